"""Curation files (YAML): people's edits of topics, in order, each with its line."""

import datetime
import difflib
import hashlib
import typing
from dataclasses import dataclass
from pathlib import Path

from pydantic import AfterValidator, Field, model_validator

from voc.config import Pipeline, Settings, read_yaml, validate
from voc.errors import VocError
from voc.tables import DEMAND_TYPES


def _printable(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("should not be empty")
    if not text.isprintable():
        raise ValueError("should be one line of plain text")
    return text


Id = typing.Annotated[str, AfterValidator(_printable)]
Line = typing.Annotated[str, AfterValidator(lambda text: " ".join(_printable(text).split()))]


class Edit(Settings):
    """What every edit may say about itself."""

    by: Line | None = Field(None, description="Who decided it")
    on: datetime.date | None = Field(None, description="When (date)")
    note: Line | None = Field(None, description="Why")

    @property
    def topics(self) -> tuple[str, ...]:
        """Ids of the topics it speaks of, the one it is about first."""
        return ()

    @property
    def says(self) -> str:
        """The edit in a few words."""
        return ""


class Rename(Edit):
    """Another name for a topic."""

    rename: Id = Field(description="The topic")
    to: Line = Field(description="Its name from now on")

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.rename,)

    @property
    def says(self) -> str:
        return f"rename {self.rename} to '{self.to}'"


class Merge(Edit):
    """Several topics become one; it keeps the id and the name of the survivor."""

    merge: tuple[Id, ...] = Field(description="The topics; the first survives unless 'into' says another")
    into: Id | None = Field(None, description="The topic that survives")

    @model_validator(mode="after")
    def _two_topics(self) -> typing.Self:
        if not self.merge or len(self.topics) < 2:
            raise ValueError("a merge needs two different topics")
        return self

    @property
    def topics(self) -> tuple[str, ...]:
        survivor = self.into or self.merge[0]
        return (survivor, *dict.fromkeys(topic for topic in self.merge if topic != survivor))

    @property
    def says(self) -> str:
        return f"merge {', '.join(self.topics[1:])} into {self.topics[0]}"


class SplitPart(Settings):
    """A part that is taken out of a topic."""

    name: Line = Field(description="Name of the part")
    like: tuple[Line, ...] = Field((), description="Example phrases; passages nearer to them than to the topic go here")
    words: tuple[Line, ...] = Field(
        (), description="Passages that hold one of these words go here; 'refund*' is any ending"
    )

    @model_validator(mode="after")
    def _has_a_rule(self) -> typing.Self:
        if not self.like and not self.words:
            raise ValueError("a part needs 'like' (example phrases) or 'words'")
        return self


class Split(Edit):
    """Passages of a topic go to new topics of their own; the rest stays."""

    split: Id = Field(description="The topic")
    into: tuple[SplitPart, ...] = Field(description="The parts")

    @model_validator(mode="after")
    def _names_differ(self) -> typing.Self:
        if not self.into:
            raise ValueError("a split needs a part under 'into'")
        names = [part.name for part in self.into]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two parts are called '{twice[0]}'")
        return self

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.split,)

    @property
    def says(self) -> str:
        return f"split {self.split} into " + ", ".join(f"'{part.name}'" for part in self.into)


class Move(Edit):
    """One passage, with all texts equal to it, belongs to another topic."""

    move: Id = Field(description="The passage")
    to: Id = Field(description="The topic it belongs to")

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.to,)

    @property
    def says(self) -> str:
        return f"move passage {self.move} to {self.to}"


class Pin(Edit):
    """A topic keeps its id, its name and its passages whatever a later run finds."""

    pin: Id = Field(description="The topic")
    name: Line | None = Field(None, description="The name it keeps; the one of the last complete run when not given")

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.pin,)

    @property
    def says(self) -> str:
        return f"pin {self.pin}" + (f" as '{self.name}'" if self.name else "")


class Unpin(Edit):
    """A pinned topic goes with the texts again."""

    unpin: Id = Field(description="The topic")

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.unpin,)

    @property
    def says(self) -> str:
        return f"unpin {self.unpin}"


class Delete(Edit):
    """A topic is none; its passages have no topic."""

    delete: Id = Field(description="The topic")

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.delete,)

    @property
    def says(self) -> str:
        return f"delete {self.delete}"


LINKED = ("reason", "owner", "demand_type", "fix_repeats", "fix_first")


class Link(Edit):
    """What a person says of a topic: its contact reason, owner, kind of demand, and what a fix would save."""

    link: Id = Field(description="The topic")
    reason: Id | None = Field(None, description="Contact reason of the taxonomy; wins over the match")
    owner: Line | None = Field(None, description="Who should act; wins over the taxonomy's owner")
    demand_type: typing.Literal[DEMAND_TYPES] | None = Field(None, description="Kind of demand; wins over the reason's")
    fix_repeats: float | None = Field(None, ge=0, le=1, description="Share of its net repeats a fix would save")
    fix_first: float | None = Field(None, ge=0, le=1, description="Share of its other contacts a fix would save")

    @model_validator(mode="after")
    def _says_something(self) -> typing.Self:
        if not self.chosen:
            raise ValueError(f"a link needs one of {', '.join(LINKED)}")
        return self

    @property
    def chosen(self) -> dict[str, typing.Any]:
        """What the link says, by key."""
        return {key: value for key in LINKED if (value := getattr(self, key)) is not None}

    def over(self, weaker: "Link | None") -> "Link":
        """This link, with what it leaves open from a weaker one."""
        return self if weaker is None else self.model_copy(update=weaker.chosen | self.chosen)

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.link,)

    @property
    def says(self) -> str:
        chosen = [f"{key} '{value}'" for key, value in self.chosen.items()]
        return f"link {self.link} with {' and '.join(chosen)}"


# The key that says which edit it is, and what may stand beside it.
KINDS: dict[str, type[Edit]] = {
    "rename": Rename, "merge": Merge, "split": Split, "move": Move, "pin": Pin, "unpin": Unpin, "delete": Delete,
    "link": Link,
}  # fmt: skip


@dataclass(frozen=True)
class Curation:
    """The edits of one file, in order, with the line each begins on."""

    edits: tuple[Edit, ...] = ()
    lines: tuple[int, ...] = ()
    file: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """Where each edit stands: "curation.yml:12"."""
        return tuple(f"{self.file}:{line}" for line in self.lines)

    @property
    def phrases(self) -> tuple[str, ...]:
        """Distinct example phrases of splits: texts that need a vector."""
        parts = (part for edit in self.edits if isinstance(edit, Split) for part in edit.into)
        return tuple(dict.fromkeys(phrase for part in parts for phrase in part.like))


def part_id(topic: str, name: str) -> str:
    """Id of the part `name` split from `topic`: the same on every run."""
    return "t-" + hashlib.sha256(f"{topic}\n{name}".encode()).hexdigest()[:8]


# ---------------------------------------------------------------- read


class _File(Settings):
    edits: list[typing.Any] | None = Field(description="The edits, in order")


class _Entry(Settings):
    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, data: typing.Any) -> dict:
        kinds = ", ".join(KINDS)
        if not isinstance(data, dict):
            raise ValueError(f"should begin with one of {kinds}")
        found = [kind for kind in KINDS if kind in data]
        if len(found) > 1:
            raise ValueError(f"two edits in one entry ({', '.join(found)}): begin each with '- '")
        if not found:
            near = [n for key in data for n in difflib.get_close_matches(str(key), KINDS, n=1, cutoff=0.6)]
            raise ValueError(
                f"unknown edit - did you mean '{near[0]}'?" if near else f"should begin with one of {kinds}"
            )
        return {}


def load_curation(path: Path) -> Curation:
    """Read and check a curation file. Raises VocError with one `file:line: key: ...` a fault."""
    data = read_yaml(path)
    listed = validate(_File, data, path).edits or []
    edits, faults = [], []
    for number, entry in enumerate(listed):
        try:
            validate(_Entry, data, path, within=("edits", number))
            kind = next(kind for kind in KINDS if kind in entry)
            edits.append(validate(KINDS[kind], data, path, within=("edits", number)))
        except VocError as error:
            faults.append(error.what)
    if faults:
        raise VocError("\n".join(faults))
    lines = tuple(data["edits"].lc.item(number)[0] + 1 for number in range(len(edits)))
    return Curation(tuple(edits), lines, path.name)


def curation_of(pipeline: Pipeline, folder: Path) -> Curation:
    """The edits a run applies; none when the default file does not exist.

    Raises VocError for a faulty file, and for one that the pipeline names and that does not exist.
    """
    if pipeline.curation is None:
        return Curation()
    path = folder / pipeline.curation
    if not path.exists():
        if "curation" in pipeline.model_fields_set:
            raise VocError(
                f"{path} does not exist.",
                "The pipeline file names it under 'curation'. The first `voc topics rename` (or merge, ...) makes it.",
            )
        return Curation()
    return load_curation(path)
