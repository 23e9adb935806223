"""How topics live on when data change: refits with new texts, topics injected and taken away, assignment.

    python benchmarks/identity.py [--sets banking77 clinc150] [--worlds 8] [--vectors-cache FOLDER]

Of each labelled set a first run sees a part and a second run another, through the engine and `voc.topics.lineage` as a
pipeline runs them. Four tables:

- Calm: a tenth of the texts is new, nothing else. Also with refit: auto, which assigns them.
- Births and deaths: in each of `--worlds` worlds eight labels are new and eight gone at once. A label born fills a
  topic of the undisturbed fit of all texts, a label gone one of the first run: F1 of at least .8 between its texts and
  the topic's. Others are no topics, and no model could say that they came or went.
- Merges and splits: pairs of such labels near each other. Texts made of one of either (vector: their mean and some
  noise) take the place of a half, or three quarters, of theirs in the second run (a merge: reported together) or in the
  first (a split: kept apart from now on). A change counts as visible when fits that know of no other run show it: the
  pair fills two topics before and one after, or the other way round.
- Small births: labels of which 10, 20, 40 and 80 texts come, among 2% other new ones.

Named rightly: a birth's topic is `new`; a death's is `retired`; of a merge, the topic that is gone is said to have gone
into the one that holds the pair, which names it; of a split the same, the other way round. Nothing is written.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import _sets  # noqa: E402

from voc.topics import Previous, TopicModel, TopicOptions, find_topics  # noqa: E402
from voc.topics.lineage import Event, events, inherit, kept_share  # noqa: E402

FILLS = 0.8  # F1 between a label's texts and a topic's from which the label is a topic of its own
CHANGED = 8  # labels born, and labels gone, in a world
PAIRS = 5  # merges, and splits, in a world
NEAR = 0.5  # cosine between two labels' centres from which they may be a pair
MIXED = ((0.5, 0.5), (1.0, 0.25))  # mixed texts for each text of the pair, and the share of these that is there then
NOISE = 0.3  # length of what is added to a mixed text's vector
SMALL = (10, 20, 40, 80)  # texts of a small birth
OTHERS_NEW = 0.02  # share of texts that are new beside what is injected
LARGE_ENOUGH = 80  # texts of a label that takes part


@dataclass(frozen=True)
class World:
    """Texts with vectors (n, d) and labels (n,), and which of them the first and the second run see, bool (n,)."""

    texts: np.ndarray
    vectors: np.ndarray
    labels: np.ndarray
    first: np.ndarray
    second: np.ndarray


@dataclass(frozen=True)
class Story:
    """Topic ids (n,; None: no topic or not there) of both runs, and what was said about each id."""

    before: np.ndarray
    now: np.ndarray
    told: dict[str, Event]
    kept: float
    model: TopicModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["banking77", "clinc150"])
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--vectors-cache", type=Path)
    options = parser.parse_args()
    for name in options.sets:
        texts, labels, vectors = _distinct(name, options.vectors_cache)
        everything = np.ones(len(texts), dtype=bool)
        whole = World(texts, vectors, labels, everything, everything)
        closest = _ids(whole, everything, _fit(whole, everything, seed=1))
        large = [label for label, count in sorted(Counter(labels).items()) if count >= LARGE_ENOUGH]
        able = [label for label in large if _filled(closest, labels == label) is not None]
        print(f"\n## {name}: {len(texts):,} texts; {len(able)} of {len(set(labels))} labels are a topic of their own")
        _table("calm, mode | topics | kept | events | agreement", _calm(whole))
        _table("injected | changes | named rightly | named otherwise | texts kept", _births_deaths(whole, able, options.worlds))
        _table("injected | changes | visible | of these named rightly | named otherwise | texts kept",
               _merges_splits(whole, able, max(1, options.worlds // 2)))  # fmt: skip
        _table("birth of texts | changes | a topic of its own | named rightly | texts kept",
               _small_births(whole, able, max(1, options.worlds // 4)))  # fmt: skip


def _table(head: str, rows: Iterator[tuple]) -> None:
    print(f"\n| {head} |\n|" + " --- |" * (head.count("|") + 1))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


# ---------------------------------------------------------------- worlds


def _calm(whole: World) -> Iterator[tuple]:
    world = _seen(whole, np.random.default_rng(0).random(len(whole.texts)) < 0.9, whole.second)
    before = _fit(world, world.first, seed=1)
    for refit in ("always", "auto"):
        story = _second_run(world, before, seed=2, refit=refit)
        fit, kinds = story.model.fit, Counter(event.event for event in story.told.values())
        share = fit.agreement.share if fit.agreement else None
        yield (fit.mode, f"{len(before.topics)} -> {len(story.model.topics)}", f"{story.kept:.1%}", _counted(kinds),
               "-" if share is None else f"{share:.1%}")  # fmt: skip


def _births_deaths(whole: World, able: list[str], worlds: int) -> Iterator[tuple]:
    """Labels to go are chosen from what the first run shows; it need not know that they will."""
    said: dict[str, list[str]] = {"births": [], "deaths": []}
    kept = []
    for number in range(worlds):
        rng = np.random.default_rng([1, number])
        born = list(rng.permutation(able)[:CHANGED])
        first = (rng.random(len(whole.texts)) >= OTHERS_NEW) & ~np.isin(whole.labels, born)
        model = _fit(whole, first, seed=2 * number)
        ids = _ids(whole, first, model)
        there = [label for label in able if label not in born and _filled(ids, first & (whole.labels == label)) is not None]
        gone = list(rng.permutation(there)[:CHANGED])
        world = _seen(whole, first, ~np.isin(whole.labels, gone))
        story = _second_run(world, model, seed=2 * number + 1)
        kept.append(story.kept)
        said["births"] += [_said_of_birth(story, whole.labels == label) for label in born]
        said["deaths"] += [story.told[_filled(story.before, first & (whole.labels == label))].event for label in gone]
    for kind, right in (("births", "new"), ("deaths", "retired")):
        yield (kind, len(said[kind]), _share([word == right for word in said[kind]]),
               _counted(Counter(word for word in said[kind] if word != right)), f"{np.mean(kept):.1%}")  # fmt: skip


def _merges_splits(whole: World, able: list[str], worlds: int) -> Iterator[tuple]:
    said: dict[tuple[str, float], list[str | None]] = {}
    kept = []
    for number in range(worlds):
        rng = np.random.default_rng([2, number])
        pairs = _pairs(whole, able)
        chosen = [pairs[i] for i in rng.permutation(len(pairs))[: 2 * PAIRS]]
        changes = [("merges" if i % 2 else "splits", MIXED[i // 2 % len(MIXED)], pair) for i, pair in enumerate(chosen)]
        world = _mixed(whole, changes, rng)
        before = _fit(world, world.first, seed=2 * number)
        story = _second_run(world, before, seed=2 * number + 1)
        fresh = _ids(world, world.second, _fit(world, world.second, seed=2 * number + 1))
        kept.append(story.kept)
        for kind, (_, share), pair in changes:
            judge = _said_of_merge if kind == "merges" else _said_of_split
            said.setdefault((kind, share), []).append(judge(world, story, fresh, pair))
    for (kind, share), words in sorted(said.items()):
        seen = [word for word in words if word is not None]
        yield (f"{kind}, {1 - share:.0%} give way", len(words), len(seen), _share([word == "right" for word in seen]),
               _counted(Counter(word for word in seen if word != "right")), f"{np.mean(kept):.1%}")  # fmt: skip


def _small_births(whole: World, able: list[str], worlds: int) -> Iterator[tuple]:
    said: dict[int, list[str]] = {size: [] for size in SMALL}
    kept = []
    for number in range(worlds):
        rng = np.random.default_rng([3, number])
        born = dict(zip(rng.permutation(able)[: 4 * len(SMALL)], SMALL * 4, strict=False))
        is_other = ~np.isin(whole.labels, list(born))
        first, second = is_other & (rng.random(len(is_other)) >= OTHERS_NEW), is_other.copy()
        for label, size in born.items():
            second[rng.permutation(np.flatnonzero(whole.labels == label))[:size]] = True
        world = _seen(whole, first, second)
        story = _second_run(world, _fit(world, first, seed=2 * number), seed=2 * number + 1)
        kept.append(story.kept)
        for label, size in born.items():
            said[size].append(_said_of_birth(story, second & (whole.labels == label)))
    for size, words in said.items():
        yield (size, len(words), _share([word != "no topic of its own" for word in words]),
               _share([word == "new" for word in words]), f"{np.mean(kept):.1%}")  # fmt: skip


def _seen(whole: World, first: np.ndarray, second: np.ndarray) -> World:
    return World(whole.texts, whole.vectors, whole.labels, first, second)


def _pairs(whole: World, able: list[str]) -> list[tuple[str, str]]:
    """Labels by twos, nearest centres first, each label once."""
    centres = np.stack([_unit(whole.vectors[whole.labels == label].sum(axis=0)) for label in able])
    near = np.triu(centres @ centres.T, 1)
    found: list[tuple[str, str]] = []
    taken: set[int] = set()
    for place in np.argsort(-near, axis=None, kind="stable"):
        one, other = divmod(int(place), len(able))
        if near[one, other] < NEAR:
            break
        if not {one, other} & taken:
            taken |= {one, other}
            found.append((able[one], able[other]))
    return found


def _mixed(whole: World, changes: list[tuple], rng: np.random.Generator) -> World:
    """The world with texts made of both of each pair, in the second run for a merge, in the first for a split."""
    texts, labels, vectors = list(whole.texts), list(whole.labels), [whole.vectors]
    first, second = rng.random(len(texts)) >= OTHERS_NEW, np.ones(len(texts), dtype=bool)
    firsts, seconds = [], []
    for kind, (ratio, share), (one, other) in changes:
        members = [np.flatnonzero(whole.labels == label) for label in (one, other)]
        count = round(ratio * sum(map(len, members)))
        left, right = (rng.choice(some, count) for some in members)
        noise = rng.normal(0, NOISE / whole.vectors.shape[1] ** 0.5, (count, whole.vectors.shape[1]))
        vectors.append(_unit(_unit(whole.vectors[left] + whole.vectors[right]) + noise).astype(np.float32))
        texts += [f"{whole.texts[i]} {whole.texts[j]} ({number})" for number, (i, j) in enumerate(zip(left, right, strict=True))]
        labels += [f"{one}+{other}"] * count
        gives_way = np.concatenate(members)
        gives_way = gives_way[rng.random(len(gives_way)) >= share]
        (second if kind == "merges" else first)[gives_way] = False
        firsts += [kind == "splits"] * count
        seconds += [kind == "merges"] * count
    return World(np.array(texts, dtype=object), np.concatenate(vectors), np.array(labels),
                 np.concatenate([first, firsts]).astype(bool), np.concatenate([second, seconds]).astype(bool))  # fmt: skip


# ---------------------------------------------------------------- runs


def _distinct(name: str, cache: Path | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = _sets.read(name)
    vectors = np.load(_sets.vectors_file(found, cache or Path(tempfile.mkdtemp())))["vectors"]
    unique, first = np.unique(np.array(found.texts, dtype=object), return_index=True)
    return unique, np.array(["|".join(sorted(found.labels[i])) for i in first]), vectors[first]


def _fit(world: World, mask: np.ndarray, *, seed: int, refit: str = "always", previous: Previous | None = None) -> TopicModel:
    return find_topics(list(world.texts[mask]), world.vectors[mask], options=TopicOptions(refit=refit), seed=seed,
                       names_from=_no_phrases, previous=previous)  # fmt: skip


def _ids(world: World, mask: np.ndarray, model: TopicModel, name: Callable[[int], str] = "t{}".format) -> np.ndarray:
    ids = np.full(len(world.texts), None, dtype=object)
    ids[mask] = [None if group is None else name(group) for group in model.closest]
    return ids


def _second_run(world: World, before: TopicModel, *, seed: int, refit: str = "always") -> Story:
    """The second run, told of the first as a pipeline tells it, and the lineage of its topics."""
    old = _ids(world, world.first, before)
    previous = Previous(
        ids=list(old[world.second]), is_fitted=list(world.first[world.second]), fitted_count=int(world.first.sum()),
        min_similarity=before.fit.min_similarity, resolution=before.resolution, is_comparable=True,
    )  # fmt: skip
    model = _fit(world, world.second, seed=seed, refit=refit, previous=previous)
    known = dict(zip(world.texts[world.first], old[world.first], strict=True))
    groups = {text: -1 if group is None else group
              for text, group in zip(world.texts[world.second], model.closest, strict=True)}  # fmt: skip
    cosines = {(f"t{o.number}", n.number): float(o.centroid @ n.centroid) for o in before.topics for n in model.topics}
    heirs = inherit(known, groups, similarity=cosines)
    now = _ids(world, world.second, model, lambda group: heirs.get(group) or f"n{group}")
    current = dict(zip(world.texts[world.second], now[world.second], strict=True))
    return Story(old, now, {event.topic_id: event for event in events(known, current)}, kept_share(known, current), model)


# ---------------------------------------------------------------- judgement


def _main(ids: np.ndarray, chosen: np.ndarray) -> tuple[str, float]:
    """(topic that holds most of the chosen texts, F1 between them and the topic's texts)."""
    found = Counter(topic for topic in ids[chosen] if topic is not None)
    if not found:
        return "", 0.0
    topic, common = min(found.items(), key=lambda item: (-item[1], item[0]))
    return topic, 2 * common / (found.total() + int((ids == topic).sum()))


def _filled(ids: np.ndarray, chosen: np.ndarray) -> str | None:
    """The topic these texts are, None if they are not one."""
    topic, f1 = _main(ids, chosen)
    return topic if f1 >= FILLS else None


def _said_of_birth(story: Story, chosen: np.ndarray) -> str:
    topic, _ = _main(story.now, chosen)
    is_own = 2 * int((story.now[chosen] == topic).sum()) > int((story.now == topic).sum())
    return story.told[topic].event if is_own else "no topic of its own"


def _said_of_merge(world: World, story: Story, fresh: np.ndarray, pair: tuple[str, str]) -> str | None:
    """ "right", what went wrong, or None where no one could see a merge."""
    one, other, both = _members(world, pair)
    olds = {_filled(story.before, one), _filled(story.before, other)}
    if None in olds or len(olds) < 2 or _filled(fresh, both) is None:
        return None
    target, _ = _main(story.now, both)
    gone = [story.told[topic] for topic in sorted(olds - {target})]
    if any(event.passage_count for event in gone):
        return "still apart"
    is_told = all(target in event.into_topic_ids for event in gone) and any(event.event == "merged" for event in gone)
    is_told = is_told and {event.topic_id for event in gone} <= set(story.told[target].from_topic_ids)
    return "right" if is_told else "/".join(event.event for event in gone)


def _said_of_split(world: World, story: Story, fresh: np.ndarray, pair: tuple[str, str]) -> str | None:
    one, other, both = _members(world, pair)
    source = _filled(story.before, both)
    parts = {_filled(fresh, one), _filled(fresh, other)}
    if source is None or None in parts or len(parts) < 2:
        return None
    news = {_main(story.now, one)[0], _main(story.now, other)[0]}
    if len(news) < 2:
        return "still one"
    parts = [story.told[topic] for topic in sorted(news - {source})]
    is_told = all(event.event == "split" and source in event.from_topic_ids for event in parts)
    is_told = is_told and {event.topic_id for event in parts} <= set(story.told[source].into_topic_ids)
    return "right" if is_told else "/".join(event.event for event in parts)


def _members(world: World, pair: tuple[str, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    one, other = (world.labels == label for label in pair)
    return one, other, one | other | (world.labels == "+".join(pair))


def _share(found: list[bool]) -> str:
    return f"{sum(found)} of {len(found)} ({np.mean(found):.0%})" if found else "-"


def _counted(kinds: Counter) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "-"


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _no_phrases(texts: list[str]) -> list[list[str]]:
    return [[] for _ in texts]


if __name__ == "__main__":
    main()
