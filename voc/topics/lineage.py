"""Lasting identity: which topic of the last report each new group of texts is, and what became of every topic.

Texts are known by their keys (hashes), so that topics of two runs are compared by the texts they have in common. Only
texts there in both runs speak of a change: a topic that many new texts join, or whose old texts leave a moving
window, is still the same topic.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

EventKind = Literal["continued", "new", "merged", "split", "retired"]

# Shares, chosen by simulation (tests/simulation/test_lineage_events.py): power-law sizes, 10% new texts, 5% moved by noise.
LIVES_ON = 0.25  # of the texts of both (Jaccard): from here on a group may inherit an id; three equal parts are above
MOSTLY = 0.5  # more than this share of a topic's texts went to, or came from, one other
SUBSTANTIAL = 0.1  # a topic that lives on counts as merged or split from this share of its texts on
LITTLE = 0.5  # times the usual share: a topic with fewer known texts than that is judged by other means
LEFT_TO_JOIN = 0.25  # times the usual share: with that many left a topic can have merged; with `LITTLE`, half were "retired"
GREW = 1 / 3  # share of a topic's texts that, leaving together, are a part of it, however many new texts joined them
BODY = 5  # such texts at least
MIN_SHARED = 2  # common texts below which they are no evidence (3 loses small topics of a moving window)
# Cosine of centroids from which groups without common texts are one topic. Of topics halved at random, with 10 texts a
# half, 97% (bank queries) and 91% (assistant commands) reach it; 5% and 1% have another topic as near.
SAME = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What became of one topic. Ids and names of other topics come largest part first."""

    topic_id: str
    event: EventKind
    topic: str  # name now; of a topic that is gone, the last one
    topic_before: str | None  # name at the previous run; None for a topic that was not there
    from_topic_ids: tuple[str, ...] = ()  # other topics it took in or was cut from
    from_topics: tuple[str, ...] = ()
    into_topic_ids: tuple[str, ...] = ()  # other topics its texts went to as a body
    into_topics: tuple[str, ...] = ()
    similarity: float | None = None  # cosine between centroids then and now, where both are known
    shared_share: float | None = None  # see `events`
    passage_count_before: int = 0
    passage_count: int = 0

    def row(self) -> dict:
        """The event as a flat record; lists as JSON."""
        found = asdict(self)
        return {name: json.dumps(v, ensure_ascii=False) if isinstance(v, tuple) else v for name, v in found.items()}


def inherit(
    previous: Mapping[str, str | None],
    current: Mapping[str, int],
    *,
    weights: Mapping[str, int] | None = None,
    similarity: Mapping[tuple[str, int], float] | None = None,
) -> dict[int, str | None]:
    """Say which id each group inherits from the previous run, one-to-one; None = a new topic.

    `previous` is text key -> lasting id (None: had no topic), `current` text key -> group (-1: none), `weights` text
    key -> passages it stands for (default 1), `similarity` (id, group) -> cosine of centroids.

    Pairs that share a quarter of their common texts (Jaccard) are candidates; of these, the pairing is taken that
    leaves most texts with their id (Kuhn 1955). What the texts leave open, as where a moving window shares too few of
    them, `similarity` decides; never for a group cut from, or a topic gone into, another that lives on. Neither the
    order of the texts nor the numbers of the groups matter.
    """
    both = _Overlap(previous, {key: None if group < 0 else group for key, group in current.items()}, weights)
    pairs = _pair_by_texts(both, both.olds, both.news)
    if similarity:
        taken = set(pairs.values())
        olds = [o for o in both.olds if o not in pairs and both.main_target(o) not in taken]
        news = [n for n in both.news if n not in taken and both.main_source(n) not in pairs]
        pairs |= _assign(olds, news, lambda o, n: _at_least(similarity.get((o, n), 0.0), SAME))
    ids = {new: old for old, new in pairs.items()}
    return {new: ids.get(new) for new in sorted(both.news)}


def new_id(words: Sequence[str], taken: Collection[str]) -> str:
    """A new topic's id: "t-" and 8 hex digits of the hash of its leading words, none that is `taken`.

    Three words (in any order) make the id; more are taken until it is free, then a number.
    """
    for count in range(3, max(len(words), 3) + 1):
        found = _hashed("|".join(sorted(words[:count])))
        if found not in taken:
            return found
    number = 2
    while (found := _hashed("|".join([*sorted(words), str(number)]))) in taken:
        number += 1
    return found


def events(
    previous: Mapping[str, str | None],
    current: Mapping[str, str | None],
    *,
    weights: Mapping[str, int] | None = None,
    similarity: Mapping[tuple[str, str], float] | None = None,
    names_before: Mapping[str, str] | None = None,
    names_now: Mapping[str, str] | None = None,
) -> list[Event]:
    """Say for every id of either run, once and in the order of ids, what became of it.

    `previous` and `current` are text key -> lasting id (None: no topic); the rest as in `inherit`.

    - continued: the id is in both runs. An id that gave way to another for the same texts is continued too, with the
      other one's id (`into_topic_ids`; in the other's row `from_topic_ids`).
    - merged: most of its texts went to another topic (`into_topic_ids`), or it lives on and took in such topics
      (`from_topic_ids`), which make up a tenth of it or more.
    - split: a new topic most of whose known texts came from one (`from_topic_ids`), or a topic that lives on, or does
      not, after such parts (`into_topic_ids`) took a tenth of its texts or more.
    - new, retired: nothing of the kind; its texts were not there, scattered, or had no topic. What is left of a retired
      topic may be a topic of its own (`into_topic_ids`).

    `shared_share` is taken over the texts there in both runs: for an id that lives on, those it kept of all that were
    or are in it; for one that went into another, those of its own that went; for a part, those of its own that came
    from there; None for new and retired.
    """
    both = _Overlap(previous, current, weights)
    story = _Story(both)
    rows = []
    for topic_id in sorted({*both.olds, *both.news}):
        kind, sources, targets, other, share = story.of(topic_id)
        before, now = names_before or {}, names_now or {}
        called = {**before, **now}
        rows.append(Event(
            topic_id=topic_id,
            event=kind,
            topic=called.get(topic_id, topic_id),
            topic_before=before.get(topic_id, topic_id) if topic_id in both.before else None,
            from_topic_ids=tuple(sources),
            from_topics=tuple(before.get(i, i) for i in sources),
            into_topic_ids=tuple(targets),
            into_topics=tuple(now.get(i, i) for i in targets),
            similarity=None if other is None else (similarity or {}).get(other),
            shared_share=share,
            passage_count_before=both.before.get(topic_id, 0),
            passage_count=both.after.get(topic_id, 0),
        ))  # fmt: skip
    return rows


def kept_share(
    previous: Mapping[str, str | None],
    current: Mapping[str, str | None],
    *,
    weights: Mapping[str, int] | None = None,
) -> float | None:
    """Share of texts that kept their topic's id, of those there in both runs whose topic lives on; None without any."""
    alive = {topic for topic in current.values() if topic is not None}
    counted = [(_weight(weights, key), current[key] == topic)
               for key, topic in previous.items() if key in current and topic in alive]  # fmt: skip
    total = sum(weight for weight, _ in counted)
    return sum(weight for weight, is_kept in counted if is_kept) / total if total else None


class _Overlap:
    """Texts of old and new topics counted: how many, how many known to both runs, how many in common.

    `olds` and `news` are ordered by their first text key, so that no choice depends on ids or numbers.
    """

    def __init__(
        self,
        previous: Mapping[str, str | None],
        current: Mapping[str, Hashable],
        weights: Mapping[str, int] | None,
    ) -> None:
        self.common: dict[tuple, int] = defaultdict(int)
        self.before, self.left = _sums(previous, current, weights)  # texts then; of these, still there
        self.after, self.known = _sums(current, previous, weights)  # texts now; of these, there before
        for key in sorted(previous.keys() & current.keys()):
            if previous[key] is not None and current[key] is not None:
                self.common[previous[key], current[key]] += _weight(weights, key)
        self.olds, self.news = list(self.before), list(self.after)
        self.usually_left = sum(self.left.values()) / max(sum(self.before.values()), 1)
        self.usually_known = sum(self.known.values()) / max(sum(self.after.values()), 1)

    def jaccard(self, old: str, new: Hashable) -> float:
        """Common texts over the texts in either, of those there in both runs."""
        shared = self.common.get((old, new), 0)
        return shared / max(self.left[old] + self.known[new] - shared, 1)

    def has_little_left(self, old: str) -> bool:
        """Are the old topic's texts gone, beyond what is usual between these runs?"""
        return _is_little(self.left[old], self.before[old], self.usually_left)

    def has_little_known(self, new: Hashable) -> bool:
        """Are the new topic's texts new, beyond what is usual between these runs?"""
        return _is_little(self.known[new], self.after[new], self.usually_known)

    def main_source(self, new: Hashable) -> str | None:
        """The topic most of a new one's known texts came from, unless too few are known to say.

        Few are enough where they were a third of that topic: a part of it that grew.
        """
        source = next((o for o in self.olds if self.common.get((o, new), 0) > MOSTLY * self.known[new]), None)
        if source is None or not self.has_little_known(new):
            return source
        shared = self.common[source, new]
        return source if shared >= max(BODY, GREW * self.left[source]) else None

    def main_target(self, old: str) -> Hashable | None:
        """The topic most of an old one's texts went to, unless too few are still there to say."""
        if _is_little(self.left[old], self.before[old], self.usually_left, LEFT_TO_JOIN):
            return None
        return next((n for n in self.news if self.common.get((old, n), 0) > MOSTLY * self.left[old]), None)


class _Story:
    """What became of each id, seen from both sides, so that the rows of two topics never contradict each other."""

    def __init__(self, both: _Overlap) -> None:
        self.both = both
        gone = [old for old in both.olds if old not in both.after]
        born = [new for new in both.news if new not in both.before]
        self.instead = _pair_by_texts(both, gone, born)  # another id for the same texts
        self.replaced = {new: old for old, new in self.instead.items()}
        self.cut_from = {n: o for n in born if n not in self.replaced and (o := both.main_source(n)) is not None}
        self.went_into = {o: n for o in gone if o not in self.instead and (n := both.main_target(o)) is not None
                          and self.cut_from.get(n) != o}  # what is left of one joined nothing  # fmt: skip
        common = both.common
        self.absorbed = _grouped(self.went_into.items(), lambda old, new: common[old, new])
        self.parts = _grouped(((n, o) for n, o in self.cut_from.items()), lambda new, old: common[old, new])

    def of(self, topic: str) -> tuple[EventKind, list[str], list[str], tuple[str, str] | None, float | None]:
        """(event, ids it came from, ids it went into, pair of ids to compare, share of texts they have in common)."""
        took, gave = self.absorbed.get(topic, []), self.parts.get(topic, [])
        if topic in self.both.before and topic in self.both.after:
            return self._lives_on(topic, took, gave)
        return self._gone(topic, gave) if topic in self.both.before else self._born(topic, took)

    def _lives_on(self, topic: str, took: list[str], gave: list[str]):
        both = self.both
        came = sum(both.common[old, topic] for old in took) / max(both.known[topic], 1)
        went = sum(both.common[topic, new] for new in gave) / max(both.left[topic], 1)
        kind = "continued" if max(came, went) < SUBSTANTIAL else "merged" if came >= went else "split"
        share = both.jaccard(topic, topic) if (topic, topic) in both.common else None
        return kind, took, gave, (topic, topic), share

    def _gone(self, topic: str, gave: list[str]):
        both = self.both
        if topic in self.instead:
            other = self.instead[topic]
            return "continued", [], [other, *gave], (topic, other), both.jaccard(topic, other)
        if topic in self.went_into:
            other = self.went_into[topic]
            share = both.common[topic, other] / both.left[topic]
            return "merged", [], [other, *(g for g in gave if g != other)], (topic, other), share
        if gave:
            share = sum(both.common[topic, new] for new in gave) / both.left[topic]
            kind = "retired" if both.has_little_left(topic) else "split"  # most of its texts are gone, not elsewhere
            return kind, [], gave, (topic, gave[0]), share
        return "retired", [], [], None, None

    def _born(self, topic: str, took: list[str]):
        both = self.both
        if topic in self.replaced:
            other = self.replaced[topic]
            came = sum(both.common[old, topic] for old in took) / both.known[topic]
            kind = "merged" if came >= SUBSTANTIAL else "continued"
            return kind, [other, *took], [], (other, topic), both.jaccard(other, topic)
        if len(took) > 1:
            share = sum(both.common[old, topic] for old in took) / both.known[topic]
            return "merged", took, [], (took[0], topic), share
        if topic in self.cut_from:
            other = self.cut_from[topic]
            share = both.common[other, topic] / both.known[topic]
            return "split", [other, *(t for t in took if t != other)], [], (other, topic), share
        return "new", took, [], None, None


def _pair_by_texts(both: _Overlap, olds: Sequence[str], news: Sequence) -> dict:
    """Old -> new, the pairing that keeps most texts together among pairs alike enough."""
    olds = [old for old in olds if not both.has_little_left(old)]
    return _assign(olds, news, lambda o, n: both.common[o, n] * (both.jaccard(o, n) >= LIVES_ON)
                   if (o, n) in both.common else 0)  # fmt: skip


def _assign(olds: Sequence, news: Sequence, value) -> dict:
    """One-to-one pairs old -> new of the largest sum of values above 0."""
    from scipy.optimize import linear_sum_assignment

    values = np.array([[value(old, new) for new in news] for old in olds], dtype=float).reshape(len(olds), len(news))
    rows, columns = linear_sum_assignment(values, maximize=True)
    return {olds[i]: news[j] for i, j in zip(rows, columns, strict=True) if values[i, j] > 0}


def _sums(mine: Mapping, others: Mapping, weights: Mapping[str, int] | None) -> tuple[dict, dict]:
    """Texts by topic, and those of them whose key is in `others` too; topics in the order of their first key."""
    total: dict = {}
    shared: dict = {}
    for key in sorted(mine):
        topic = mine[key]
        if topic is not None:
            weight = _weight(weights, key)
            total[topic] = total.get(topic, 0) + weight
            shared[topic] = shared.get(topic, 0) + (weight if key in others else 0)
    return total, shared


def _grouped(pairs: Iterable[tuple[str, str]], size) -> dict[str, list[str]]:
    """Second -> its firsts, largest part first, ties by id."""
    found: dict[str, list[str]] = defaultdict(list)
    for first, second in pairs:
        found[second].append(first)
    return {second: sorted(firsts, key=lambda f, s=second: (-size(f, s), f)) for second, firsts in found.items()}


def _is_little(found: int, of: int, usual: float, times: float = LITTLE) -> bool:
    return found < min(MIN_SHARED, of) or found < times * usual * of


def _at_least(value: float, least: float) -> float:
    return value if value >= least else 0.0


def _weight(weights: Mapping[str, int] | None, key: str) -> int:
    return 1 if weights is None else weights.get(key, 1)


def _hashed(text: str) -> str:
    return "t-" + hashlib.sha256(text.encode()).hexdigest()[:8]
