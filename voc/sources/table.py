"""Any table (CSV, TSV, JSON lines, Excel, Parquet) through a map from its columns to ours."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from voc import registry
from voc.config import Settings
from voc.errors import VocError, did_you_mean
from voc.records import Answer, ContactRecord, Record, ResponseRecord
from voc.sources._delimited import delimiter_char, guess_delimiter
from voc.sources._files import HEAD, Row, Table, file_kind, head_text
from voc.sources._scores import Score, read_score
from voc.sources._tables import open_table, require_columns
from voc.sources._values import (
    Losses,
    RowFault,
    check_date_format,
    check_timezone,
    identifiers,
    optional,
    parse_boolean,
    parse_count,
    parse_duration,
    parse_number,
    parse_tags,
    parse_time,
    rejected,
    required_time,
    some,
)

DESCRIPTION = "Any CSV, TSV, JSON lines, Excel or Parquet file, through a map from its columns to ours"

_PEOPLE = {
    "customer": "the producer's own id of the customer",
    "customer_external": "an id of the customer shared between tools, such as a CRM id",
    "email": "the customer's e-mail address",
    "phone": "the customer's phone number",
}
_BOTH = {
    "channel": "how the customer got in touch",
    "site": "team, location or outsourcer that handled it",
    "segment": "customer segment",
    "language": "language code",
}
FIELDS = {
    "contacts": {
        "id": "id of the contact (required)",
        "opened_at": "when the customer got in touch (required)",
        "text": "what the customer wrote, HTML allowed (required)",
        "subject": "subject or title",
        **_PEOPLE,
        **_BOTH,
        "closed_at": "when it was solved; never the time of the last change",
        "updated_at": "when it was changed last",
        "status": "status as the producer names it",
        "priority": "priority as the producer names it",
        "given_topic": "the category the producer's tool or form recorded",
        "organisation": "the customer's company",
        "annual_revenue": "what the customer's account brings a year, in the run's currency",
        "handle_minutes": "agent time in minutes or as h:mm:ss; never the time from opening to closing",
        "handle_seconds": "agent time in seconds or as h:mm:ss; never the time from opening to closing",
        "public_reply_count": "number of public answers",
        "reopen_count": "number of times it was reopened",
        "follow_up_of": "id of the contact this one continues",
        "merged_into": "id of the contact that absorbed this one",
        "is_company_initiated": "yes where the company wrote first",
        "tags": "tags in one cell",
    },
    "responses": {
        "id": "id of the response (required)",
        "responded_at": "when it was given (required)",
        "text": "the free-text answer; several columns go under texts",
        "question": "the question the text answers",
        **_PEOPLE,
        **_BOTH,
        "contact_id": "id of the contact it is about",
    },
}
_REQUIRED = {"contacts": ("id", "opened_at", "text"), "responses": ("id", "responded_at")}
_EACH_ROW_ITS_OWN = ("id", "opened_at", "responded_at", "text")


class Options(Settings):
    """Keys of a `kind: table` source. In `columns` our field stands left, the file's column right."""

    records: Literal["contacts", "responses"] = Field("contacts", description="What a row is: contacts or responses")
    texts: tuple[str, ...] = Field((), description="Responses: several columns of free text, named by their questions")
    score: Score | None = Field(None, description="Responses: column, kind, worst, best, missing, labels")
    columns: dict[str, str] = Field(description="Our field: the file's column")
    constants: dict[str, str | bool | int | float] = Field({}, description="Our field: one value for all rows")
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")
    delimiter: str | None = Field(None, description="Delimiter, where it cannot be told from the file")
    sheet: str | None = Field(None, description="Sheet of a workbook; the first one when not given")
    date_format: str | None = Field(None, description="day_first, month_first, epoch, epoch_ms, or a pattern: %d/%m/%Y")
    timezone: str = Field("UTC", description="Zone of times that do not say theirs, such as Europe/Berlin")
    tag_separator: str | None = Field(None, description="What separates tags; semicolon, comma or bar when not given")
    decimal_comma: bool = Field(False, description="Numbers are written 1.234,50")

    _known_format = field_validator("date_format")(check_date_format)
    _known_zone = field_validator("timezone")(check_timezone)

    @field_validator("delimiter")
    @classmethod
    def _one_char(cls, name: str | None) -> str | None:
        return None if name is None else delimiter_char(name)

    @field_validator("columns")
    @classmethod
    def _complete(cls, columns: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        records = info.data.get("records", "contacts")
        _check_fields(records, columns)
        missing = [field for field in _REQUIRED[records] if field not in columns]
        if missing:
            described = "; ".join(f"{field}: {FIELDS[records][field]}" for field in missing)
            raise ValueError(f"{records} need a column for {described}")
        if records == "responses" and not ("text" in columns or info.data.get("texts") or info.data.get("score")):
            raise ValueError("responses need a text column, texts or a score")
        if "text" in columns and info.data.get("texts"):
            raise ValueError("give either a text column or texts, not both")
        if "handle_minutes" in columns and "handle_seconds" in columns:
            raise ValueError("give either handle_minutes or handle_seconds, not both")
        return columns

    @field_validator("constants")
    @classmethod
    def _for_all_rows(cls, constants: dict, info: ValidationInfo) -> dict:
        _check_fields(info.data.get("records", "contacts"), constants)
        for field in constants:
            if field in _EACH_ROW_ITS_OWN:
                raise ValueError(f"'{field}' cannot be the same for all rows; name its column under columns")
            if field in info.data.get("columns", {}):
                raise ValueError(f"'{field}' stands under columns and under constants; keep one")
        return constants


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a table that no other source knows better."""
    try:
        kind = file_kind(path, head)
    except VocError:
        return False
    if kind == "delimited":
        guess = guess_delimiter(head_text(head), is_whole=len(head) < HEAD)
        if guess is None or guess[1] < 0.5:
            return False
    others = (registry.get("sources", name) for name in registry.names("sources") if name != "table")
    return not any(other.sniff(path, head) for other in others)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a table. Whole-file faults raise VocError at the call where the columns are known by then.

    A row without id or readable time, or with too few or too many fields, is a reject. Any other value that cannot be
    read, and a score outside its scale beside a text, is left out of its record and counted in the log.
    """
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter, sheet=options.sheet)
    wanted = _wanted(options)
    if table.columns is not None:
        require_columns(path, table.columns, wanted)
    return _records(table, options, wanted)


def _check_fields(records: str, fields) -> None:
    for field in fields:
        if field not in FIELDS[records]:
            hint = did_you_mean(field, FIELDS[records])
            raise ValueError(f"{records} have no field '{field}'. {hint}")


def _wanted(options: Options) -> dict[str, str]:
    wanted = {f"columns.{field}": column for field, column in options.columns.items()}
    wanted |= {f"texts[{number}]": column for number, column in enumerate(options.texts)}
    return wanted | ({"score.column": options.score.column} if options.score else {})


def _records(table: Table, options: Options, wanted: dict[str, str]) -> Iterator[Record]:
    losses = Losses(table.path)
    seen: dict[str, None] = {}
    build = _contact if options.records == "contacts" else _response
    for row in table.rows():
        if table.columns is None:
            seen.update(dict.fromkeys(row.cells))
        yield _record(row, options, build, losses)
    if table.columns is None and seen:
        require_columns(table.path, seen, wanted)
    losses.report()


def _record(row: Row, options: Options, build, losses: Losses) -> Record:
    try:
        if row.fault:
            raise RowFault(row.fault)
        return build(_Cells(row, options, losses))
    except RowFault as fault:
        return rejected(fault, row.line, row.raw)


class _Cells:
    """One row seen through the map: text, time and number of each of our fields."""

    def __init__(self, row: Row, options: Options, losses: Losses) -> None:
        self.row, self.options, self.losses = row, options, losses
        zone = ZoneInfo(options.timezone)
        self.parse_time = partial(parse_time, date_format=options.date_format, zone=zone)

    def column(self, field: str) -> str:
        return self.options.columns.get(field, field)

    def raw(self, field: str) -> str:
        if field in self.options.columns:
            return self.row.cells.get(self.options.columns[field], "")
        return str(self.options.constants.get(field, ""))

    def text(self, field: str) -> str | None:
        return some(self.raw(field))

    def id(self) -> str:
        value = self.text("id")
        if value is None:
            raise RowFault(f"'{self.column('id')}' is empty, so the row has no id")
        return value

    def moment(self, field: str):
        return required_time(self.raw(field), self.column(field), self.parse_time)

    def maybe(self, field: str, parse):
        return optional(self.raw(field), self.column(field), self.row.line, parse, self.losses)

    def people(self):
        return identifiers(
            id=self.text("customer"),
            external=self.text("customer_external"),
            email=self.text("email"),
            phone=self.text("phone"),
        )


def _contact(cells: _Cells) -> ContactRecord:
    comma = cells.options.decimal_comma
    seconds = "handle_seconds" in {**cells.options.columns, **cells.options.constants}
    duration = partial(parse_duration, seconds_a_unit=1 if seconds else 60, decimal_comma=comma)
    count = partial(parse_count, decimal_comma=comma)
    names = ("subject", "channel", "status", "priority", "given_topic", "site", "segment", "organisation")
    links = ("follow_up_of", "merged_into", "language")
    return ContactRecord(
        line=cells.row.line,
        contact_id=cells.id(),
        opened_at=cells.moment("opened_at"),
        text=cells.raw("text"),
        identifiers=cells.people(),
        closed_at=cells.maybe("closed_at", cells.parse_time),
        updated_at=cells.maybe("updated_at", cells.parse_time),
        annual_revenue=cells.maybe("annual_revenue", partial(parse_number, decimal_comma=comma)),
        handle_minutes=cells.maybe("handle_seconds" if seconds else "handle_minutes", duration),
        public_reply_count=cells.maybe("public_reply_count", count),
        reopen_count=cells.maybe("reopen_count", count),
        is_company_initiated=bool(cells.maybe("is_company_initiated", parse_boolean)),
        tags=parse_tags(cells.raw("tags"), cells.options.tag_separator),
        **{name: cells.text(name) for name in (*names, *links)},
    )


def _response(cells: _Cells) -> ResponseRecord:
    options = cells.options
    response_id, responded_at = cells.id(), cells.moment("responded_at")
    answers = _answers(cells)
    score = {}
    if options.score:
        score = read_score(
            options.score,
            cells.row.cells.get(options.score.column, ""),
            line=cells.row.line,
            has_text=any(some(answer.text) for answer in answers),
            decimal_comma=options.decimal_comma,
            losses=cells.losses,
        )
    return ResponseRecord(
        line=cells.row.line,
        response_id=response_id,
        responded_at=responded_at,
        answers=answers,
        identifiers=cells.people(),
        **{name: cells.text(name) for name in ("contact_id", "channel", "segment", "site", "language")},
        **score,
    )


def _answers(cells: _Cells) -> tuple[Answer, ...]:
    """One answer a question, also where nothing was written, so that what was left empty can be counted."""
    if cells.options.texts:
        return tuple(Answer(question=name, text=cells.row.cells.get(name, "")) for name in cells.options.texts)
    if "text" not in cells.options.columns:
        return ()
    return (Answer(question=cells.text("question") or cells.column("text"), text=cells.raw("text")),)
