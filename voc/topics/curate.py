"""People's edits applied to topics: a pure function of the edits, in their order, and of what was found."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from voc.curation import Delete, Edit, Link, Merge, Move, Pin, Rename, Split, Unpin, part_id
from voc.errors import did_you_mean
from voc.topics.parts import choose_parts

DELETED = "deleted_by_person"
_NONE: Mapping = MappingProxyType({})


@dataclass(frozen=True)
class Curated:
    """Topics after the edits. Lists have one entry a passage, in the order given."""

    topic_ids: list[str | None]
    why_unassigned: list[str | None]  # DELETED where an edit took the topic away, else None
    names: dict[str, str]  # of every topic that has a passage
    named_by_person: frozenset[str]  # a namer leaves these alone: renamed, split off, or pinned with a known name
    pinned: frozenset[str]
    links: dict[str, Link]  # the reason or owner a person chose
    merged: dict[str, str]  # topic -> the one it went into
    split_from: dict[str, str]  # part -> the topic it was taken out of
    deleted: dict[str, int]  # topic -> passages that lost their topic
    touched: frozenset[str]  # topics with other passages than came in: their words and centres are to be made anew
    strays: tuple[str, ...]  # edits without effect, and what to do about each; in the order of the file


def apply(
    edits: Sequence[Edit],
    *,
    keys: Sequence[str],
    passage_ids: Sequence[str],
    texts: Sequence[str],
    vectors: np.ndarray,
    topic_ids: Sequence[str | None],
    names: Mapping[str, str],
    phrase_vectors: Mapping[str, np.ndarray] = _NONE,
    previous: Mapping[str, str] = _NONE,
    previous_names: Mapping[str, str] = _NONE,
    reasons: Collection[str] | None = None,
    places: Sequence[str] = (),
) -> Curated:
    """Apply edits in their order to the topics of passages.

    `keys` (text hashes), `passage_ids`, `texts`, `vectors` (float32 (n, d), unit rows) and `topic_ids` have one entry
    a passage. `phrase_vectors` holds the example phrases of splits. `previous` and `previous_names` say which topic
    each text was in at the end of the last complete run, and its name: what pinned topics hold on to. `reasons` are
    the ids of the taxonomy (None: not checked), `places` where each edit stands ("curation.yml:12").
    Equal texts share a topic afterwards if they did before. Raises VocError when a phrase has no vector.
    """
    work = _Work(
        keys=keys, passage_ids=passage_ids, texts=texts, vectors=vectors, phrase_vectors=phrase_vectors,
        reasons=reasons, names=dict(names), previous_names=previous_names,
        places=[*places] or [f"edit {number}" for number in range(1, len(edits) + 1)],
    )  # fmt: skip
    work.codes = np.array([-1 if topic is None else work.code(topic) for topic in topic_ids], dtype=np.int64)
    work.is_deleted = np.zeros(len(work.codes), dtype=bool)
    work.rows_to_move = _rows_to_move(edits, passage_ids, keys)
    before = work.codes.copy()
    _hold(work, _holds(edits), previous)
    for number, edit in enumerate(edits):
        work.number, work.says = number, edit.says
        _STEPS[type(edit)](work, edit)
    _report_unused(work, edits)
    return _curated(work, before, previous)


@dataclass
class _Work:
    """What the edits change, step by step. Topics are numbered; -1 is no topic."""

    keys: Sequence[str]
    passage_ids: Sequence[str]
    texts: Sequence[str]
    vectors: np.ndarray
    phrase_vectors: Mapping[str, np.ndarray]
    reasons: Collection[str] | None
    names: dict[str, str]
    previous_names: Mapping[str, str]
    places: list[str]
    ids: list[str] = field(default_factory=list)
    number_of: dict[str, int] = field(default_factory=dict)
    codes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    is_deleted: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    rows_to_move: dict[str, list[int]] = field(default_factory=dict)
    by_person: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    links: dict[str, Link] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    split_from: dict[str, str] = field(default_factory=dict)
    deleted_at: dict[str, int] = field(default_factory=dict)  # topic -> number of the edit
    deleted: dict[str, int] = field(default_factory=dict)
    uses: dict[int, str] = field(default_factory=dict)  # number of an edit -> topic it says something about
    missed: list[tuple[int, str, str | None]] = field(default_factory=list)  # edit, message, topic looked for
    number: int = 0
    says: str = ""

    def code(self, topic: str) -> int:
        """Number of a topic, given on first sight."""
        if topic not in self.number_of:
            self.number_of[topic] = len(self.ids)
            self.ids.append(topic)
        return self.number_of[topic]

    def follow(self, topic: str) -> str:
        """The topic that a merged one lives on in."""
        while topic in self.merged:
            topic = self.merged[topic]
        return topic

    def find(self, topic: str) -> str | None:
        """The topic an edit speaks of, or None after noting that there is none."""
        topic = self.follow(topic)
        if topic in self.deleted_at:
            where = self.places[self.deleted_at[topic]]
            self.miss(f"{topic} was deleted by the edit at {where}. Remove one of the two.")
        elif topic not in self.number_of:
            self.miss("", topic)
        else:
            return topic
        return None

    def miss(self, message: str, topic: str | None = None) -> None:
        """Note that the edit at hand has no effect, or only a part of it."""
        self.missed.append((self.number, f"{self.says}: {message}", topic))

    def members(self, topic: str) -> np.ndarray:
        """Positions of a topic's passages."""
        return np.flatnonzero(self.codes == self.number_of[topic])


# ---------------------------------------------------------------- pins


def _holds(edits: Sequence[Edit]) -> dict[str, str]:
    """Topics of the last run whose texts are held -> the topic they begin in.

    Texts of a part that was split from a pinned topic begin in that topic: the split then takes them out again.
    """
    merged: dict[str, str] = {}
    holds: dict[str, str] = {}
    for edit in edits:
        about = [_end(merged, topic) for topic in edit.topics]
        if isinstance(edit, Pin):
            holds[about[0]] = about[0]
        elif isinstance(edit, Unpin | Delete):
            holds = {topic: start for topic, start in holds.items() if about[0] not in (topic, start)}
        elif isinstance(edit, Merge):
            if any(topic in holds for topic in about[1:]):
                holds.setdefault(about[0], about[0])
            merged |= {topic: about[0] for topic in about[1:] if topic != about[0]}
        elif isinstance(edit, Split) and about[0] in holds:
            for part in edit.into:
                holds.setdefault(part_id(edit.split, part.name), holds[about[0]])
    return holds


def _end(merged: Mapping[str, str], topic: str) -> str:
    while topic in merged:
        topic = merged[topic]
    return topic


def _hold(work: _Work, holds: Mapping[str, str], previous: Mapping[str, str]) -> None:
    """Give held texts the topic they had, before any edit."""
    if not holds or not previous:
        return
    for position, key in enumerate(work.keys):
        start = holds.get(previous.get(key, ""))
        if start is not None:
            work.codes[position] = work.code(start)


def _pin(work: _Work, edit: Pin) -> None:
    topic = work.find(edit.pin)
    if topic is None:
        return
    work.pinned.add(topic)
    work.uses[work.number] = topic
    known = work.previous_names.get(topic) if topic not in work.by_person else None
    if edit.name or known:
        work.names[topic] = edit.name or known
        work.by_person.add(topic)


def _unpin(work: _Work, edit: Unpin) -> None:
    topic = work.find(edit.unpin)
    if topic is not None and topic not in work.pinned:
        work.miss(f"{topic} is not pinned at this place. Remove the edit.")
    work.pinned.discard(topic or "")


# ---------------------------------------------------------------- names, links


def _rename(work: _Work, edit: Rename) -> None:
    topic = work.find(edit.rename)
    if topic is None:
        return
    work.names[topic] = edit.to
    work.by_person.add(topic)
    work.uses[work.number] = topic


def _link(work: _Work, edit: Link) -> None:
    topic = work.find(edit.link)
    if topic is None:
        return
    if edit.reason and work.reasons is not None and edit.reason not in work.reasons:
        near = did_you_mean(edit.reason, work.reasons)
        hint = near if near.startswith("Did") else "See its file, or remove the edit."
        work.miss(f"the taxonomy has no reason '{edit.reason}'. {hint}")
        edit = edit.model_copy(update={"reason": None})
    if edit.chosen:
        work.uses[work.number] = topic
        work.links[topic] = edit.over(work.links.get(topic))


# ---------------------------------------------------------------- passages


def _merge(work: _Work, edit: Merge) -> None:
    survivor, *others = (work.follow(topic) for topic in edit.topics)
    if survivor in work.deleted_at:
        work.find(survivor)
        return
    others = [topic for topic in dict.fromkeys(others) if topic != survivor]
    if not others:
        work.miss("they are one topic already. Remove the edit.")
        return
    here = [topic for topic in others if work.find(topic)]
    if work.find(survivor) is None:
        if not here:
            return
        # people chose the id that lives on; it does, even when the run has found nothing under it
        name = work.previous_names.get(survivor, work.names.get(here[0], here[0]))
        work.names.setdefault(survivor, name)
    for topic in here:
        work.codes[work.members(topic)] = work.code(survivor)
        work.merged[topic] = survivor
        if topic in work.pinned:
            work.pinned.add(survivor)
            work.pinned.discard(topic)
        if topic in work.links:
            weaker = work.links.pop(topic)
            work.links[survivor] = work.links[survivor].over(weaker) if survivor in work.links else weaker


def _delete(work: _Work, edit: Delete) -> None:
    topic = work.find(edit.delete)
    if topic is None:
        return
    members = work.members(topic)
    work.codes[members] = -1
    work.is_deleted[members] = True
    work.deleted[topic] = len(members)
    work.deleted_at[topic] = work.number
    work.pinned.discard(topic)
    work.links.pop(topic, None)


def _rows_to_move(edits: Sequence[Edit], passage_ids: Sequence[str], keys: Sequence[str]) -> dict[str, list[int]]:
    """Positions of every passage that an edit moves and of all texts equal to it."""
    wanted = {edit.move for edit in edits if isinstance(edit, Move)}
    key_of = {passage: key for passage, key in zip(passage_ids, keys, strict=True) if passage in wanted}
    rows: dict[str, list[int]] = {key: [] for key in key_of.values()}
    for position, key in enumerate(keys) if rows else ():
        if key in rows:
            rows[key].append(position)
    return {passage: rows[key] for passage, key in key_of.items()}


def _move(work: _Work, edit: Move) -> None:
    topic = work.find(edit.to)
    if topic is None:
        return
    equal = work.rows_to_move.get(edit.move)
    if equal is None:
        work.miss("there is no such passage (any more). Put the id of a passage there is, or remove the edit.")
        return
    work.codes[equal] = work.code(topic)
    work.is_deleted[equal] = False


def _split(work: _Work, edit: Split) -> None:
    topic = work.find(edit.split)
    if topic is None:
        return
    members = work.members(topic)
    chosen = choose_parts(
        edit.into, texts=[work.texts[m] for m in members], keys=[work.keys[m] for m in members],
        vectors=work.vectors[members], phrase_vectors=work.phrase_vectors,
    )  # fmt: skip
    for number, part in enumerate(edit.into):
        name = part_id(edit.split, part.name)
        work.codes[members[chosen == number]] = work.code(name)
        work.names[name] = part.name
        work.by_person.add(name)
        work.split_from[name] = topic
        work.deleted_at.pop(name, None)  # a part that is split off again lives again
        work.merged.pop(name, None)
        if not (chosen == number).any():
            work.miss(
                f"no passage of {topic} is like '{part.name}'. Give the part other phrases or words, or remove it."
            )


_STEPS: dict[type[Edit], Callable] = {
    Rename: _rename, Merge: _merge, Split: _split, Move: _move, Pin: _pin, Unpin: _unpin, Delete: _delete, Link: _link,
}  # fmt: skip


# ---------------------------------------------------------------- result


def _report_unused(work: _Work, edits: Sequence[Edit]) -> None:
    """Note edits that speak of a topic in which no passage is left in the end."""
    filled = {work.ids[code] for code in np.unique(work.codes[work.codes >= 0])}
    for number, named in work.uses.items():
        topic = work.follow(named)
        is_over = topic in work.deleted_at or (isinstance(edits[number], Pin) and topic not in work.pinned)
        if topic not in filled and not is_over:
            work.number, work.says = number, edits[number].says
            work.miss(
                f"no passage is left in {topic} after all edits. Put the id of the topic meant, or remove the edit."
            )


def _curated(work: _Work, before: np.ndarray, previous: Mapping[str, str]) -> Curated:
    topic_ids = [None if code < 0 else work.ids[code] for code in work.codes.tolist()]
    filled = sorted({topic for topic in topic_ids if topic is not None})
    names = {topic: work.names.get(topic) or work.previous_names.get(topic) or topic for topic in filled}
    changed = work.codes != before
    touched = {work.ids[code] for code in np.unique([before[changed], work.codes[changed]]) if code >= 0}
    is_deleted = work.is_deleted & (work.codes < 0)
    return Curated(
        topic_ids=topic_ids,
        why_unassigned=[DELETED if gone else None for gone in is_deleted.tolist()],
        names=names,
        named_by_person=frozenset(work.by_person.intersection(filled)),
        pinned=frozenset(work.pinned.intersection(filled)),
        links={topic: link for topic, link in work.links.items() if topic in names},
        merged={topic: work.follow(topic) for topic in work.merged},
        split_from={part: work.follow(topic) for part, topic in work.split_from.items()},
        deleted=work.deleted,
        touched=frozenset(touched.intersection(filled)),
        strays=(*_strays(work, topic_ids, names, previous), *_same_names(work, names)),
    )


def _strays(work: _Work, topic_ids: list[str | None], names: Mapping[str, str], previous: Mapping) -> list[str]:
    looked_for = {topic for _, _, topic in work.missed if topic}
    now: dict[str, Counter] = {topic: Counter() for topic in looked_for}
    if looked_for & set(previous.values()):
        for key, topic_id in dict(zip(work.keys, topic_ids, strict=True)).items():
            if previous.get(key) in now:
                now[previous[key]][topic_id] += 1
    found = sorted(work.missed, key=lambda miss: miss[0])
    return [
        f"{work.places[number]}: {message}{_no_topic(topic, names, now[topic]) if topic else ''}"
        for number, message, topic in found
    ]


def _no_topic(topic: str, names: Mapping[str, str], now: Counter) -> str:
    """What to do about an edit of a topic there is not: where its texts are now, or whose name it is."""
    ends = "or remove the edit."
    named = [other for other, name in names.items() if name.casefold() == topic.casefold()]
    if named:
        return f"'{topic}' is a name. Put its id, {named[0]}, {ends}"
    gone = f"there is no topic {topic} (any more)."
    best = min(now.items(), key=lambda item: (-item[1], str(item[0])), default=(None, 0))
    if best[0] is not None and 2 * best[1] > now.total():
        return (
            f"{gone} {best[1]} of its {now.total()} texts are in {best[0]} '{names[best[0]]}' now: put that id, {ends}"
        )
    return f"{gone} Put the id of the topic meant, {ends}"


def _same_names(work: _Work, names: Mapping[str, str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for topic, name in names.items():
        found.setdefault(name.casefold(), []).append(topic)
    return [
        f"{len(topics)} topics are called '{names[topics[0]]}': {', '.join(topics)}. Rename one, or merge them."
        for topics in found.values() if len(topics) > 1 and work.by_person.intersection(topics)
    ]  # fmt: skip
