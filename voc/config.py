"""Pipeline files (YAML) become frozen, checked settings; a fault names its file, line and key."""

import datetime
import difflib
import re
import typing
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voc.errors import VocError

Model = typing.TypeVar("Model", bound=BaseModel)


class Settings(BaseModel):
    """Base of every block of a file people write: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SourceBlock(Settings):
    """One entry under `sources`. Keys beside these belong to the source plug-in, which checks them itself."""

    model_config = ConfigDict(extra="allow", frozen=True)
    kind: str = Field(description="Source plug-in: table, zendesk, qualtrics ... (`voc list sources`)")
    path: str = Field(description="File, or a pattern such as exports/*.csv, relative to the pipeline file")
    name: str = Field("", description="Name shown in every table; the kind when not given")
    pull: dict[str, typing.Any] | None = Field(
        None, exclude=True, description="What `voc pull` fetches from the vendor's API into the folder of path"
    )
    handle_time_is_effort: bool = Field(
        False, description="What is mapped as handle time is agent time, though it looks like time from opening to closing"
    )


class EmbedBlock(Settings):
    """Which model turns texts into vectors."""

    model: str = Field(
        "minilm", description="minilm, use-multilingual, tfidf, or sentence-transformers:<name or folder>"
    )
    quality: typing.Literal["best", "balanced", "fast"] = Field(
        "best",
        description="best: exact; balanced: the processor's fastest arithmetic; fast: a student taught by the model on a "
        "sample of the texts embeds the rest, from 3,000 different texts on",
    )


class TopicsBlock(Settings):
    """How texts are grouped."""

    size: typing.Literal["few", "normal", "many"] | int = Field("normal", description="few, normal, many, or a number")
    engine: str = Field("leiden", description="leiden; bertopic-default or evoc for comparison")
    min_texts: int = Field(3, ge=1, description="Smallest topic; smaller groups join their nearest topic")
    min_confidence: float = Field(0.0, ge=0, le=1, description="Less sure passages have no topic")
    min_similarity: float | None = Field(
        None, ge=-1, le=1,
        description="Passages less like their nearest ones have no topic; chosen from the data when not given, -1 for none",
    )  # fmt: skip
    refit: typing.Literal["auto", "always"] = Field(
        "auto", description="auto: new passages join the topics there are until they drift; always: find topics anew"
    )
    languages: typing.Literal["joined", "apart"] = Field(
        "joined", description="apart: topics of each language by themselves; joined: by meaning, as far as the model knows"
    )
    namer: str = Field("words", description="words: the customers' own; llm:<model id> asks a model, off the machine if remote")


class TextsBlock(Settings):
    """Which texts take part in topics."""

    templates: bool = Field(True, description="Cut out what many customers sent word for word: forms, macros, notifications, footers")
    min_customers: int = Field(5, ge=2, description="Different customers who must have sent it")
    similarity: float = Field(
        0.8, ge=0.5, le=1, description="Jaccard similarity of three-word runs from which long texts are nearly the same")  # fmt: skip
    languages: typing.Literal["supported", "all"] | tuple[str, ...] = Field(
        "supported", description="supported: en, de, fr, es, it, pt, nl and what the embedder was made for; all; or codes such as "
        "[en, sv]. Passages in other languages are counted and are in no topic",
    )  # fmt: skip

    @field_validator("languages")
    @classmethod
    def _are_codes(cls, languages: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for code in () if isinstance(languages, str) else languages:
            if not re.fullmatch(r"[a-z]{2,3}", code):
                raise ValueError(f"'{code}' is no language code such as en, de or sv")
        return languages


class MatchBlock(Settings):
    """How topics are matched with the taxonomy."""

    threshold: float | None = Field(None, ge=0, le=1, description="Similarity from which a topic counts as matched")


class RankWeights(Settings):
    """Weights of the composite score; scaled to add up to 1."""

    cost: float = Field(0.35, ge=0, description="Leading measure of repeats a month")
    customers: float = Field(0.15, ge=0, description="Customers who came back")
    satisfaction: float = Field(0.15, ge=0, description="Pull on mean satisfaction")
    trend: float = Field(0.10, ge=0, description="Rise of contacts in the last 4 weeks")
    severity: float = Field(0.10, ge=0, description="Share marked urgent or worded as severe")
    strategic: float = Field(0.15, ge=0, description="Share of known revenue affected")


class Targets(Settings):
    """What the scorecard of the briefing is held against; no target where there is none."""

    csat: float | None = Field(0.80, ge=0, le=1, description="Share of satisfied answers, at least")
    nps: float | None = Field(None, ge=-100, le=100, description="Net promoter score, at least")
    fcr: float | None = Field(0.70, ge=0, le=1, description="First-contact resolution in the run's window, at least")
    repeat_share: float | None = Field(None, ge=0, le=1, description="Net repeats over contacts, at most")
    handle_minutes: float | None = Field(None, gt=0, description="Mean agent time of a contact in minutes, at most")
    cost_contact: float | None = Field(None, gt=0, description="Mean full cost of a contact in the run's currency, at most")


class BriefingBlock(Settings):
    """What the briefing holds the figures against, and whom it names for questions."""

    data_contact: str | None = Field(None, description="Whom readers ask about the data: a name, a team, an address")
    targets: Targets = Field(Targets(), description="Targets of the scorecard")


class ContactRules(Settings):
    """When a message of a thread is a contact of its own, and which contacts take no part."""

    session_gap_hours: dict[str, float] = Field(
        {}, description="Channel and the silence in hours after which a message is a contact of its own; beside the built-in "
        "ones: email, web, api 24; messaging, whatsapp, sms 4; chat .5; phone, voice 1/12; others 24")  # fmt: skip
    live_channels: tuple[str, ...] = Field(
        ("chat", "messaging", "whatsapp", "sms", "phone", "voice"),
        description="Channels whose sessions end by silence, whoever spoke last; on others a message after an answer continues")  # fmt: skip
    own_domains: tuple[str, ...] = Field((), description="The company's mail domains: contacts from them are internal")
    planned_tags: tuple[str, ...] = Field(
        (), description="Tags of threads whose customer was asked to come back: later contacts are planned and no repeats")  # fmt: skip
    acknowledgements: bool = Field(
        True, description="Leave out a reopening that only says thanks and got no answer")

    @field_validator("session_gap_hours")
    @classmethod
    def _are_positive(cls, gaps: dict[str, float]) -> dict[str, float]:
        for channel, hours in gaps.items():
            if not hours > 0:
                raise ValueError(f"the gap of '{channel}' should be more than 0 hours")
        return {channel.lower(): hours for channel, hours in gaps.items()}

    def gap_hours(self, channel: str) -> float:
        """Hours of silence after which a message on a channel is a contact of its own."""
        return self.session_gap_hours.get(channel, SESSION_GAP_HOURS.get(channel, SESSION_GAP_HOURS["email"]))

    def is_live(self, channel: str) -> bool:
        """Whether sessions on a channel end by silence alone."""
        return channel in self.live_channels


# Gaps in use for such channels; a redial within five minutes is the same call
SESSION_GAP_HOURS = {
    "email": 24.0, "web": 24.0, "api": 24.0, "messaging": 4.0, "whatsapp": 4.0, "sms": 4.0, "chat": 0.5, "phone": 1 / 12, "voice": 1 / 12,
}  # fmt: skip


class IdentityRules(Settings):
    """How identifiers make one customer of many rows."""

    level: typing.Literal["person", "account"] = Field(
        "person", description="account: colleagues of one organisation (or mail domain that is no free-mail) count as one customer")
    phone_region: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="Country of phone numbers that do not say theirs, such as DE: 0170 ... and +49 170 ... are then one")
    fold_plus_tags: bool = Field(False, description="ann+shop@example.com is ann@example.com")
    fold_gmail_dots: bool = Field(False, description="a.nn@gmail.com is ann@gmail.com")
    shared_mailboxes: tuple[str, ...] = Field(
        (), description="More addresses, or names before the @, that are no person's; info, support, noreply and the like are known")  # fmt: skip
    ignored_domains: tuple[str, ...] = Field((), description="Mail domains that name nobody, such as a relay's; the company's own stand in contacts.own_domains")
    company_numbers: tuple[str, ...] = Field((), description="The company's own phone numbers, which name nobody")
    max_identifiers: int = Field(12, ge=2, description="A cluster of more identifiers is not joined but listed in identity_reviews")
    accept: tuple[str, ...] = Field((), description="Clusters of identity_reviews that are one customer all the same")

    @field_validator("shared_mailboxes", "ignored_domains")
    @classmethod
    def _lower(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.strip().lower().removeprefix("@") for name in names)

    def without(self, own_domains: typing.Iterable[str]) -> typing.Self:
        """The rules with the company's own mail domains among those that name nobody."""
        own = tuple(domain.lower().removeprefix("@") for domain in own_domains)
        return self.model_copy(update={"ignored_domains": (*self.ignored_domains, *own)})


class RedactBlock(Settings):
    """How personal data is taken out of texts; e-mail addresses, numbers and postal addresses always are."""

    names: typing.Literal["rules", "model", "off"] = Field(
        "rules", description="Names of people: by lists and the words around them; model: by spaCy's English model as well, ten times as "
        "slow and at the cost of some names of products; off: only names that stand in the row itself")  # fmt: skip


class Period(Settings):
    """Which days the figures are of: all days of the data where none is named."""

    first_day: datetime.date | None = Field(None, description="First day that counts (UTC); from the first of the data if not given")
    last_day: datetime.date | None = Field(None, description="Last day that counts, itself included (UTC); to the last if not given")

    @field_validator("first_day", "last_day", mode="before")
    @classmethod
    def _is_a_day(cls, value: typing.Any) -> typing.Any:
        # a bare number would be taken for seconds since 1970
        is_day = type(value) is datetime.date or isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        if value is not None and not is_day:
            raise ValueError("should be a day such as 2026-04-01")
        return value

    @model_validator(mode="after")
    def _can_be(self) -> typing.Self:
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise ValueError(f"first_day {self.first_day} is after last_day {self.last_day}")
        return self

    @property
    def is_set(self) -> bool:
        """Whether any day is left out."""
        return self.first_day is not None or self.last_day is not None

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """First and last day as ISO dates, None for an open end."""
        return tuple(day.isoformat() if day else None for day in (self.first_day, self.last_day))


class Pipeline(Settings):
    """A pipeline file."""

    name: str = Field(description="Name of the pipeline, shown in every report")
    database: str = Field(description="SQLite file to write, relative to the pipeline file")
    sources: list[SourceBlock] = Field(min_length=1, description="What to read")
    taxonomy: str | None = Field(None, description="Starter taxonomy or path of a taxonomy file")
    costs: str | None = Field(None, description="Cost file; without one repeats are counted, not priced")
    curation: str | None = Field("curation.yml", description="People's edits of topics; the default is read when it exists")
    period: Period = Field(Period(), description="Days the figures are of; topics are found in all data")
    window_days: float = Field(7, gt=0, le=30, description="A contact within this time of the last one is a repeat")
    duplicate_hours: float = Field(24, ge=0, description="Same words again within this time is a double post; 0: none is")
    max_reject_share: float = Field(0.01, ge=0, le=1, description="Stop when more rows of a file are faulty")
    seed: int = Field(1, ge=0, le=2**32 - 1, description="Seed of every random choice")
    resamples: int = Field(1000, ge=100, le=10000, description="Resamples behind every interval")
    texts: TextsBlock = Field(TextsBlock(), description="Which texts take part in topics")
    embed: EmbedBlock = Field(EmbedBlock(), description="Which model turns texts into vectors")
    topics: TopicsBlock = Field(TopicsBlock(), description="How texts are grouped")
    match: MatchBlock = Field(MatchBlock(), description="How topics are matched with the taxonomy")
    weights: RankWeights = Field(RankWeights(), description="Weights of the composite score")
    contacts: ContactRules = Field(ContactRules(), description="From messages to contacts")
    keep_raw: str | None = Field(None, description="SQLite file, readable by its owner alone, for the texts as they came; none when not given")
    redact: RedactBlock = Field(RedactBlock(), description="Personal data in texts")
    identity: IdentityRules = Field(IdentityRules(), description="Who is who")
    briefing: BriefingBlock = Field(BriefingBlock(), description="Targets and the person to ask, for the briefing")

    @property
    def source_names(self) -> set[str]:
        """Names the sources have in every table."""
        return {block.name or block.kind for block in self.sources}

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: list[SourceBlock]) -> list[SourceBlock]:
        names = [block.name or block.kind for block in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called '{twice[0]}': give each a name of its own")
        return sources


def _wants_settings(path: Path) -> str:
    """The next step where somebody gave an export in place of a file of settings; empty where its name is that of one."""
    if path.suffix.lower() in ("", ".yml", ".yaml", ".json"):
        return ""
    return f"A file of settings is wanted here, such as voc init writes. Is it an export? voc inspect {path.name}"


def read_yaml(path: Path) -> typing.Any:
    """Parse a YAML file, keeping line numbers. Raises VocError with the line of a broken one."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except IsADirectoryError as error:
        raise VocError(f"{path} is a folder, not a file.", "Name the YAML file inside it.") from error
    except FileNotFoundError as error:
        raise VocError(f"{path} does not exist.", _near_file(path)) from error
    except UnicodeDecodeError as error:
        raise VocError(f"{path} cannot be read: {error}.", _wants_settings(path) or "Save it as UTF-8 text.") from error
    except PermissionError as error:
        raise VocError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    try:
        data = YAML().load(text)
    except DuplicateKeyError as error:
        line, key = error.problem_mark.line + 1, str(error.problem).partition('"')[2].partition('"')[0]
        raise VocError(f"{path}:{line}: the key '{key}' stands there twice.", "Keep one of the two.") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise VocError(f"{path}:{line}: not valid YAML: {error.problem}.", _wants_settings(path) or "Check indentation and colons.") from error
    except (YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # what the parser itself stumbles over without saying where: the date 2026-13-01, tags such as !!set
        raise VocError(f"{path}: not valid YAML: {error}.", "Is every date a day of the calendar?") from error
    if not isinstance(data, dict):
        raise VocError(f"{path}: holds no settings.", _wants_settings(path) or "It should be lines of 'key: value'.")
    return data


def validate(model: type[Model], data: typing.Any, path: Path, *, within: tuple = ()) -> Model:
    """Check `data` (from `read_yaml`) against a model. Raises VocError with one `file:line: key: ...` a fault.

    `within` leads from `data` to the block that the model describes; the whole when not given.
    """
    block = data
    for step in within:
        block = block[step]
    try:
        return model.model_validate(_plain(block))
    except ValidationError as error:
        faults = [_fault(model, data, path, details, within=within) for details in error.errors()]
        raise VocError("\n".join(dict.fromkeys(faults))) from error


def load_pipeline(path: Path) -> Pipeline:
    """Read and check a pipeline file; paths inside it stay relative to its folder."""
    return validate(Pipeline, read_yaml(path), path)


def database_of(target: Path | None) -> Path:
    """The database that is named, that of the pipeline file that is named, or the only one in the folder."""
    if target is None:
        found = sorted(path for path in Path().glob("*.db") if not _holds_raw_texts(path))
        if len(found) == 1:
            return found[0]
        here = f"Here are: {', '.join(path.name for path in found)}." if found else "There is none in this folder."
        raise VocError("Which database?", f"{here} Name it, or its pipeline file: --database FILE.")
    if target.suffix.lower() not in (".yml", ".yaml"):
        return target
    return target.resolve().parent / load_pipeline(target).database


def _holds_raw_texts(path: Path) -> bool:
    """Whether a file was made by keep_raw, as its header says."""
    try:
        with path.open("rb") as handle:
            return handle.read(72)[68:] == b"vocr"
    except OSError:  # a folder, or not ours to read: whoever opens it says so
        return False


def source_options(options: type[Model], data: typing.Any, path: Path) -> Model:
    """Check the keys of a source that its plug-in defines. `data` is the block as read from the file."""
    known = set(SourceBlock.model_fields)
    own = {key: value for key, value in _plain(data).items() if key not in known}
    try:
        return options.model_validate(own)
    except ValidationError as error:
        faults = [_fault(options, data, path, details, extra=known) for details in error.errors()]
        raise VocError("\n".join(dict.fromkeys(faults))) from error


def validate_values(model: type[Model], values: dict[str, typing.Any], place: str) -> Model:
    """Check values that were gathered from several places of a file; `place` says from where."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [_fault(model, None, Path(place), details).replace(":1: ", ": ", 1) for details in error.errors()]
        raise VocError("\n".join(dict.fromkeys(faults))) from error


def value_faults(model: type[BaseModel], values: dict[str, typing.Any]) -> list[tuple[str, str]]:
    """(key, what is wrong) of values gathered from several places of a file; empty when they are fine."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        faults = [_fault(model, None, Path("-"), details).split(": ", 2)[1:] for details in error.errors()]
        return [(key, message) for key, message in faults]
    return []


def line_of(data: typing.Any, where: typing.Iterable) -> int:
    """Line of a key in a file as read by `read_yaml`; where the path breaks off, of what it reached last."""
    return _line(data, list(where))


def _plain(data: typing.Any) -> typing.Any:
    """ruamel's containers as plain ones: pydantic must not see their round-trip types."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data


def _fault(
    model: type[BaseModel], data, path: Path, details, *, extra: typing.Iterable[str] = (), within: tuple = ()
) -> str:
    where = [step for step in details["loc"] if _is_step(step)]
    key = ".".join(str(step) for step in [*within, *where]) or "settings"
    place = f"{path}:{_line(data, [*within, *where])}"
    if details["type"] == "extra_forbidden":
        known = sorted({*_fields_at(model, where[:-1]), *(extra if len(where) == 1 else ())})
        near = difflib.get_close_matches(str(where[-1]), known, n=1, cutoff=0.6)
        hint = f"did you mean '{near[0]}'?" if near else f"known settings: {', '.join(known)}"
        return f"{place}: {key}: unknown setting - {hint}"
    if details["type"] == "missing":
        return f"{place}: {key}: missing"
    message = details["msg"].removeprefix("Value error, ").replace(" after validation", "")
    # a list or a block stands in the file, at that line
    shown = "" if isinstance(details["input"], list | dict) else f" (it is {_shown(details['input'])})"
    return f"{place}: {key}: {message[:1].lower()}{message[1:]}{shown}"


def _is_step(step: typing.Any) -> bool:
    # pydantic puts the tried members of a union into the path; they are no keys of the file
    return isinstance(step, int) or not (step in ("int", "float", "str") or step.startswith(("literal[", "list[")))


def _shown(value: typing.Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _line(data: typing.Any, where: list) -> int:
    line = 1
    for step in where:
        try:
            line = (data.lc.key(step) if isinstance(data, dict) else data.lc.item(step))[0] + 1
            data = data[step]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line


def _fields_at(model: typing.Any, where: list) -> list[str]:
    """Names of the fields a block may hold, following lists, dicts and optional blocks down the path."""
    for step in where:
        field = model.model_fields.get(step) if isinstance(step, str) and _is_model(model) else None
        annotation = field.annotation if field else model
        model = next((m for m in _models_in(annotation)), None)
        if model is None:
            return []
    return list(model.model_fields) if _is_model(model) else []


def _is_model(thing: typing.Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)


def _models_in(annotation: typing.Any) -> typing.Iterator[type[BaseModel]]:
    if _is_model(annotation):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def _near_file(path: Path) -> str:
    names = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else "Check the path."
