"""How topics live on when data changes: a refit with new texts, topics born and gone, another seed, assignment.

    python benchmarks/identity.py [--sets banking77 clinc150] [--vectors-cache FOLDER]

Of each labelled set a first run sees nine tenths of the texts, and of five labels none at all (births); the second
run sees all, but nothing of five other labels (deaths). Printed: share of texts that kept their topic where it
lives on, how many births and deaths `topic_lineage` would name, false ones, and the agreement between assigning new
texts and a refit. Nothing is written.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import _sets  # noqa: E402

from voc.topics import Previous, TopicModel, TopicOptions, find_topics  # noqa: E402
from voc.topics.lineage import events, inherit, kept_share  # noqa: E402

CHANGED = 5  # labels born, and labels gone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["banking77", "clinc150"])
    parser.add_argument("--vectors-cache", type=Path)
    options = parser.parse_args()
    print("| set | change | mode | topics | texts kept | births named | deaths named | other events | agreement |")
    print("|" + " --- |" * 9)
    for name in options.sets:
        for row in rows(name, options.vectors_cache):
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


def rows(name: str, cache: Path | None):
    """A row a change: only new texts of known labels; and births and deaths beside them."""
    texts, labels, vectors = _distinct(name, cache)
    rng = np.random.default_rng(0)
    is_old = rng.random(len(texts)) < 0.9
    common = [label for label, count in Counter(labels).items() if count >= 50]
    chosen = rng.choice(sorted(common), 2 * CHANGED, replace=False)
    born, gone = set(chosen[:CHANGED]), set(chosen[CHANGED:])
    calm = (is_old, np.ones(len(texts), bool), set(), set())
    shift = (is_old & ~np.isin(labels, list(born)), ~np.isin(labels, list(gone)), born, gone)
    for title, (first, second, births, deaths) in (("a tenth new", calm), ("and labels born, gone", shift)):
        before = _fit(texts, vectors, first, seed=1)
        ids = {texts[i]: f"t{c}" for i, c in zip(np.flatnonzero(first), before.closest, strict=True) if c is not None}
        for refit in ("always", "auto"):
            after = _fit(texts, vectors, second, seed=2, refit=refit, ids=ids, before=before)
            yield name, title, *_judge(texts, labels, np.flatnonzero(second), ids, before, after, births, deaths)


def _distinct(name: str, cache: Path | None) -> tuple[list[str], np.ndarray, np.ndarray]:
    found = _sets.read(name)
    vectors = np.load(_sets.vectors_file(found, cache or Path(tempfile.mkdtemp())))["vectors"]
    unique, first = np.unique(np.array(found.texts, dtype=object), return_index=True)
    return list(unique), np.array(["|".join(sorted(found.labels[i])) for i in first]), vectors[first]


def _fit(
    texts: list[str], vectors: np.ndarray, mask: np.ndarray, *, seed: int, refit: str = "always",
    ids: dict[str, str] | None = None, before: TopicModel | None = None,
) -> TopicModel:  # fmt: skip
    chosen = np.flatnonzero(mask)
    mine = [texts[i] for i in chosen]
    previous = None
    if before is not None:
        previous = Previous(
            ids=[ids.get(text) for text in mine], is_fitted=[text in ids for text in mine], fitted_count=len(ids),
            min_similarity=before.fit.min_similarity, resolution=before.resolution, is_comparable=True,
        )  # fmt: skip
    return find_topics(mine, vectors[chosen], options=TopicOptions(refit=refit), seed=seed, names_from=_no_phrases,
                       previous=previous)  # fmt: skip


def _judge(texts, labels, chosen, ids, before, after, births: set, deaths: set) -> tuple:
    """(mode, topics, kept, births, deaths, other events, agreement); a birth counts when its label's texts lead a topic
    that is new or split off, a death when the topics its texts led are retired."""
    current = {texts[i]: -1 if c is None else c for i, c in zip(chosen, after.closest, strict=True)}
    heirs = inherit(ids, current)
    now = {text: None if group < 0 else heirs.get(group) or f"n{group}" for text, group in current.items()}
    kinds = {event.topic_id: event.event for event in events(ids, now)}
    label_of = dict(zip(texts, labels, strict=True))
    leads_now, led_before = _leading(now, label_of), _leading(ids, label_of)
    named_births = sum(any(kinds[t] in ("new", "split") for t in leads_now.get(label, ())) for label in births)
    named_deaths = sum(
        all(kinds[t] in ("retired", "merged") for t in led_before.get(label, ())) and label in led_before for label in deaths
    )
    about = {t for label in births for t in leads_now.get(label, ())}
    about |= {t for label in deaths for t in led_before.get(label, ())}
    others = Counter(kind for topic, kind in kinds.items() if topic not in about and kind != "continued")
    agreement = after.fit.agreement
    return (
        after.fit.mode, f"{len(before.topics)} -> {len(after.topics)}", f"{kept_share(ids, now):.1%}",
        f"{named_births} of {len(births)}", f"{named_deaths} of {len(deaths)}",
        ", ".join(f"{count} {kind}" for kind, count in sorted(others.items())) or "none",
        f"{agreement.share:.1%}" if agreement and agreement.share is not None else "-",
    )  # fmt: skip


def _leading(topic_of: dict[str, str | None], label_of: dict[str, str]) -> dict[str, list[str]]:
    """Label -> topics most of whose texts carry it."""
    counts: dict[str, Counter] = {}
    for text, topic in topic_of.items():
        if topic is not None:
            counts.setdefault(topic, Counter())[label_of[text]] += 1
    found: dict[str, list[str]] = {}
    for topic, labels in counts.items():
        label, count = labels.most_common(1)[0]
        if count > 0.5 * labels.total():
            found.setdefault(label, []).append(topic)
    return found


def _no_phrases(texts: list[str]) -> list[list[str]]:
    return [[] for _ in texts]


if __name__ == "__main__":
    main()
