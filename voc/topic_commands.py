"""What the `voc topics` commands write: people's edits of topics, checked and put into the curation file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from voc import curation
from voc.config import Pipeline, load_pipeline
from voc.curation import LINKED, Curation, Delete, Edit, Link, Merge, Move, Pin, Rename, Split, Unpin, part_id
from voc.curation_writer import append, as_yaml, remove
from voc.errors import VocError, did_you_mean
from voc.reports._words import line
from voc.store import Store, now
from voc.taxonomy import load_taxonomy

_LOOKS_LIKE_AN_ID = re.compile(r"[rt]-\S+")


@dataclass(frozen=True)
class Desk:
    """A pipeline with its edits and what its database holds."""

    path: Path
    pipeline: Pipeline
    database: Path
    file: Path
    curation: Curation
    names: dict[str, str] | None  # of the topics in the database; None when there is none yet

    @property
    def place(self) -> str:
        """Where topics are looked up, for messages."""
        return self.database.name


@dataclass
class Standing:
    """What the edits of a file make of the topics, whether or not a run has applied them yet."""

    names: dict[str, str] = field(default_factory=dict)  # given by people
    merged: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)  # topic -> place of the edit
    pinned: dict[str, str] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)

    def follow(self, topic: str) -> str:
        """The topic that a merged one lives on in."""
        while topic in self.merged:
            topic = self.merged[topic]
        return topic


def open_desk(path: Path) -> Desk:
    """Read a pipeline, its curation file and its topics. Raises VocError for a fault in either file."""
    pipeline = load_pipeline(path)
    if pipeline.curation is None:
        raise VocError(f"{path} turns edits off (curation: null).", "Take that line out, or name a file there.")
    folder = path.resolve().parent
    file, database = folder / pipeline.curation, folder / pipeline.database
    found = curation.load_curation(file) if file.exists() else Curation(file=file.name)
    return Desk(path, pipeline, database, file, found, _topic_names(database))


def _topic_names(database: Path) -> dict[str, str] | None:
    if not database.exists():
        return None
    with Store(database, is_read_only=True) as store:
        return {row["topic_id"]: row["name"] for row in store.rows("SELECT topic_id, name FROM topics ORDER BY 1")}


def standing(found: Curation) -> Standing:
    """Go through the edits of a file in order."""
    state = Standing()
    for edit, place in zip(found.edits, found.places, strict=True):
        topic, *others = (state.follow(topic) for topic in edit.topics)
        if isinstance(edit, Rename):
            state.names[topic] = edit.to
        elif isinstance(edit, Merge):
            state.merged |= {other: topic for other in others if other != topic}
            kept = [state.pinned.pop(other) for other in others if other in state.pinned]
            state.pinned |= {topic: state.pinned.get(topic, kept[0])} if kept else {}
        elif isinstance(edit, Split):
            parts = {part_id(edit.split, part.name): part.name for part in edit.into}
            state.names |= parts
            state.parts |= set(parts)
            for part in parts:  # one that is split off again lives again
                state.merged.pop(part, None)
                state.deleted.pop(part, None)
        elif isinstance(edit, Pin):
            state.pinned[topic] = place
        elif isinstance(edit, Unpin):
            state.pinned.pop(topic, None)
        elif isinstance(edit, Delete):
            state.deleted[topic] = place
            state.pinned.pop(topic, None)
        elif isinstance(edit, Link):
            state.linked.add(topic)
    return state


# ---------------------------------------------------------------- which topic is meant


def find_topic(desk: Desk, wanted: str) -> str:
    """Id of the topic called `wanted`: an id, or a name that only one topic has, whatever its capitals.

    A merged topic gives the one it lives on in. Raises VocError for an unknown, deleted or ambiguous one.
    """
    state = standing(desk.curation)
    known = {**(desk.names or {}), **{part: state.names[part] for part in state.parts}}
    if wanted in known or wanted in state.merged or (desk.names is None and _LOOKS_LIKE_AN_ID.fullmatch(wanted)):
        return _alive(desk, state, wanted)
    named = {topic for names in (known, state.names) for topic, name in names.items() if _same(name, wanted)}
    found = sorted({state.follow(topic) for topic in named if state.follow(topic) not in state.deleted})
    if len(found) > 1:
        raise VocError(f"{len(found)} topics are called '{wanted}': {', '.join(found)}.", "Name it by its id.")
    if named and not found:
        return _alive(desk, state, sorted(named)[0])
    if found:
        return found[0]
    if desk.names is None:
        raise VocError(
            f"There is no database {desk.place} yet, so no topic is known by the name '{wanted}'.",
            f"Name it by its id, or run first: voc run {desk.path}",
        )
    near = did_you_mean(wanted, [*known, *(line(name) for name in {**known, **state.names}.values())])
    hint = near if near.startswith("Did") else f"All topics: voc topics list {desk.path}"
    raise VocError(f"No topic called '{wanted}' in {desk.place}.", hint)


def _alive(desk: Desk, state: Standing, topic: str) -> str:
    topic = state.follow(topic)
    if topic in state.deleted:
        raise VocError(
            f"The edit at {state.deleted[topic]} deletes {topic}.",
            f"Take it back first: voc topics edits {desk.path}, then voc topics undo {desk.path} --edit NUMBER",
        )
    return topic


def _same(name: str, wanted: str) -> bool:
    return line(name).casefold() == line(wanted).casefold()


def _name(desk: Desk, topic: str) -> str | None:
    """Name of a topic, with edits that no run has applied yet."""
    return standing(desk.curation).names.get(topic) or (desk.names or {}).get(topic)


# ---------------------------------------------------------------- edits


def rename(path: Path, topic: str, to: str, **about: str | None) -> list[str]:
    """Give a topic another name."""
    desk = open_desk(path)
    topic_id = find_topic(desk, topic)
    edit = _edit(Rename, about, rename=topic_id, to=to)
    _refuse_name(desk, edit.to, besides=topic_id)
    return _write(desk, edit)


def merge(path: Path, topics: Sequence[str], into: str | None = None, **about: str | None) -> list[str]:
    """Make one topic of several; the first survives, or the one named by `into`."""
    desk = open_desk(path)
    found = list(dict.fromkeys(find_topic(desk, topic) for topic in topics))
    survivor = find_topic(desk, into) if into else found[0]
    if not set(found) - {survivor}:
        raise VocError("A merge needs two different topics.", f"All topics: voc topics list {path}")
    return _write(desk, _edit(Merge, about, merge=[survivor, *(topic for topic in found if topic != survivor)]))


def split(
    path: Path, topic: str, like: Iterable[tuple[str, str]], words: Iterable[tuple[str, str]], **about: str | None
) -> list[str]:
    """Take parts out of a topic; `like` and `words` are pairs of a part's name and a phrase or word of it."""
    desk = open_desk(path)
    topic_id = find_topic(desk, topic)
    parts: dict[str, dict[str, list[str]]] = {}
    for key, pairs in (("like", like), ("words", words)):
        for name, value in pairs:
            parts.setdefault(line(name), {}).setdefault(key, []).append(value)
    if not parts:
        raise VocError("A split needs a part.", "Add --like 'NAME' 'a phrase', or --words 'NAME' word.")
    edit = _edit(Split, about, split=topic_id, into=[{"name": name, **rule} for name, rule in parts.items()])
    for part in edit.into:
        _refuse_name(desk, part.name, besides=part_id(topic_id, part.name))
    made = [f"{part_id(topic_id, part.name)} is '{part.name}'" for part in edit.into]
    return _write(desk, edit, also=made)


def move(path: Path, passage: str, to: str, **about: str | None) -> list[str]:
    """Put a passage, with all texts equal to it, into another topic."""
    desk = open_desk(path)
    topic_id = find_topic(desk, to)
    if desk.names is not None:
        with Store(desk.database, is_read_only=True) as store:
            if not store.rows("SELECT 1 FROM passages WHERE passage_id = ?", [passage]):
                raise VocError(
                    f"No passage called '{passage}' in {desk.place}.",
                    f"`voc topics show {path} TOPIC` lists passages with their ids; --search WORD finds one.",
                )
    return _write(desk, _edit(Move, about, move=passage, to=topic_id))


def pin(path: Path, topic: str, **about: str | None) -> list[str]:
    """Keep id, name and passages of a topic, whatever a later run finds."""
    desk = open_desk(path)
    topic_id = find_topic(desk, topic)
    at = standing(desk.curation).pinned.get(topic_id)
    if at:
        raise VocError(f"{topic_id} is pinned already, at {at}.", f"To let it go: voc topics unpin {path} {topic_id}")
    return _write(desk, _edit(Pin, about, pin=topic_id, name=_name(desk, topic_id)))


def unpin(path: Path, topic: str, **about: str | None) -> list[str]:
    """Let a pinned topic go with the texts again."""
    desk = open_desk(path)
    topic_id = find_topic(desk, topic)
    if topic_id not in standing(desk.curation).pinned:
        raise VocError(f"{topic_id} is not pinned.", f"All edits: voc topics edits {path}")
    return _write(desk, _edit(Unpin, about, unpin=topic_id))


def delete(path: Path, topic: str, **about: str | None) -> list[str]:
    """Make a topic none; its passages have no topic."""
    desk = open_desk(path)
    return _write(desk, _edit(Delete, about, delete=find_topic(desk, topic)))


def link(path: Path, topic: str, says: dict[str, object], **about: str | None) -> list[str]:
    """Say something of a topic: its reason, owner, kind of demand, what a fix would save (the keys of `LINKED`)."""
    desk = open_desk(path)
    topic_id = find_topic(desk, topic)
    said = {key: value for key, value in says.items() if value not in (None, "")}
    if not said:
        options = ", ".join(f"--{key.replace('_', '-')}" for key in LINKED)
        raise VocError("A link needs something to say.", f"Add one of {options}.")
    if "reason" in said:
        _refuse_reason(desk, said["reason"])
    return _write(desk, _edit(Link, about, link=topic_id, **said))


def undo(path: Path, number: int | None = None) -> list[str]:
    """Take the last edit out of the file, or edit `number` of the list."""
    desk = open_desk(path)
    count = len(desk.curation.edits)
    if not count:
        raise VocError(
            f"{desk.file} holds no edit.", f"To write one: voc topics --help; all topics: voc topics list {path}"
        )
    if number is not None and not 1 <= number <= count:
        raise VocError(f"There is no edit {number}: {desk.file} holds {count}.", f"All edits: voc topics edits {path}")
    edit, left = remove(desk.file, (number or count) - 1)
    last = f" The last one is now: {left.edits[-1].says}." if left.edits else ""
    taken = [f"Taken out of {desk.file}:{desk.curation.lines[(number or count) - 1]}:", *as_yaml(edit).splitlines()]
    return [*taken, f"Edits left: {len(left.edits)}.{last}", next_step(desk)]


def _edit(kind: type[Edit], about: dict[str, str | None], **values):
    """An edit of today. Raises VocError for what the file could not hold."""
    from pydantic import ValidationError

    said = {key: value for key, value in about.items() if value}
    try:
        return kind.model_validate({**values, **said, "on": now()[:10]})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "edit"
        raise VocError(f"{where}: {first['msg'].removeprefix('Value error, ')}.", "Nothing was written.") from error


def _write(desk: Desk, edit: Edit, also: Sequence[str] = ()) -> list[str]:
    after = append(desk.file, edit)
    names = [f"{topic} is '{line(name)}'" for topic in edit.topics if (name := _name(desk, topic))]
    where = f"Wrote edit {len(after.edits)}: {desk.file}:{after.lines[-1]}"
    phrases = set(after.phrases) - set(desk.curation.phrases)
    return [
        _capital(edit.says),
        *(f"  {text}" for text in (*names, *also)),
        where,
        next_step(desk, "embed" if phrases else "match"),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def next_step(desk: Desk, start: str = "match") -> str:
    """The command that brings an edit into the tables; new phrases need vectors first."""
    return f"Next: voc run {desk.path}" + (f" --from {start}" if desk.names is not None else "")


def _refuse_name(desk: Desk, name: str, *, besides: str) -> None:
    state = standing(desk.curation)
    names = {**(desk.names or {}), **state.names}
    for topic, known in sorted(names.items()):
        is_gone = topic in state.merged or topic in state.deleted
        if topic != besides and not is_gone and _same(known, name):
            raise VocError(
                f"{topic} is called '{line(known)}' already.", "Choose another name, or merge the two topics."
            )


def _refuse_reason(desk: Desk, reason: str) -> None:
    if desk.pipeline.taxonomy is None:
        raise VocError(
            f"{desk.path} names no taxonomy, so there is no reason '{reason}'.", "Add 'taxonomy' to it first."
        )
    known = [r.id for r in load_taxonomy(desk.pipeline.taxonomy, desk.path.resolve().parent).reasons]
    if reason not in known:
        raise VocError(
            f"The taxonomy '{desk.pipeline.taxonomy}' has no reason '{reason}'.", did_you_mean(reason, known)
        )
