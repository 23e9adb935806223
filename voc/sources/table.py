"""Any table (CSV, TSV, JSON lines, Excel, Parquet) through a map from its columns to ours."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from voc import registry
from voc.config import Settings
from voc.errors import VocError, did_you_mean
from voc.records import Answer, ContactRecord, Message, Record, RejectRecord, ResponseRecord
from voc.sources._delimited import delimiter_char, guess_delimiter
from voc.sources._fields import EACH_ROW_ITS_OWN, FIELDS, REQUIRED
from voc.sources._files import HEAD, Row, Table, file_kind, head_text
from voc.sources._messages import Author, MessageRows
from voc.sources._raw import raw_of, shown_row
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
_NAMES = ("customer_name", "agent_name")  # our fields with names of people


class Options(Settings):
    """Keys of a `kind: table` source. In `columns` our field stands left, the file's column right."""

    records: Literal["contacts", "messages", "responses"] = Field(
        "contacts", description="What a row is: contacts, messages of conversations, or responses"
    )
    texts: tuple[str, ...] = Field((), description="Responses: several columns of free text, named by their questions")
    score: Score | None = Field(None, description="Responses: column, kind, worst, best, missing, labels")
    columns: dict[str, str] = Field(description="Our field: the file's column")
    constants: dict[str, str | bool | int | float] = Field({}, description="Our field: one value for all rows")
    authors: dict[Author, tuple[str, ...]] = Field(
        {}, description="Messages: names of authors under customer, agent, bot, system; '*' stands for all others"
    )
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")
    delimiter: str | None = Field(None, description="Delimiter, where it cannot be told from the file")
    only: dict[str, tuple[str, ...]] = Field(
        {}, description="Rows that count: a column of the file and its values; others are passed over with a count"
    )
    rows_at: str | None = Field(None, description="JSON: key of the list of rows in pages of an API, such as data.messages")
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
        missing = [field for field in REQUIRED[records] if field not in columns]
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
            if field in EACH_ROW_ITS_OWN:
                raise ValueError(f"'{field}' cannot be the same for all rows; name its column under columns")
            if field in info.data.get("columns", {}):
                raise ValueError(f"'{field}' stands under columns and under constants; keep one")
        return constants


    @model_validator(mode="after")
    def _say_who_wrote(self) -> Self:
        is_named = "author" in {**self.columns, **self.constants}
        if self.records == "messages" and not is_named:
            raise ValueError(f"messages need a column for author: {FIELDS['messages']['author']}")
        if self.authors and self.records != "messages":
            raise ValueError("authors are those of messages: add records: messages, or leave them out")
        return self


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
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter, sheet=options.sheet, rows_at=options.rows_at)
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
    wanted |= {f"only.{column}": column for column in options.only}
    return wanted | ({"score.column": options.score.column} if options.score else {})


def _records(table: Table, options: Options, wanted: dict[str, str]) -> Iterator[Record]:
    losses = Losses(table.path)
    seen: dict[str, None] = {}
    build = _builder(table, options)
    passed, first = 0, None
    for row in table.rows():
        if table.columns is None:
            seen.update(dict.fromkeys(row.cells))
        try:
            if row.fault:
                raise RowFault(row.fault)
            if not _counts(row, options):
                passed, first = passed + 1, first or row
                continue
            yield from list(build(_Cells(row, options, losses)))
        except RowFault as fault:
            yield rejected(fault, row.line, _raw(row, options))
    if table.columns is None and seen:
        require_columns(table.path, seen, wanted)
    if first:
        reason = f"none of the values in only (rows passed over: {passed})"
        yield RejectRecord(line=first.line, reason=reason, raw=_raw(first, options), is_fault=False)
    losses.report()


def _raw(row: Row, options: Options) -> str:
    """A row as its reject shows it, without what columns of names hold."""
    names = tuple(options.columns[field] for field in _NAMES if field in options.columns)
    if row.fields and names:
        return shown_row(tuple(row.cells), row.fields, row.raw, names=names, shift=abs(len(row.fields) - len(row.cells)))
    return raw_of(row.cells, row.raw, names=names)


def _counts(row: Row, options: Options) -> bool:
    """Whether `only` lets a row count; case and blanks around do not matter."""
    return all(
        row.cells.get(column, "").strip().casefold() in {value.strip().casefold() for value in values}
        for column, values in options.only.items()
    )


def _builder(table: Table, options: Options) -> Callable[["_Cells"], Iterable[Record]]:
    """What makes records of a row."""
    if options.records == "messages":
        unheard = Losses(table.path)
        rows = (row for row in table.rows() if not row.fault and _counts(row, options))
        return MessageRows((_Cells(row, options, unheard) for row in rows), options.authors).records
    return _contact if options.records == "contacts" else _response


@lru_cache(maxsize=16)
def _time_parser(date_format: str | None, timezone: str) -> Callable[[str], datetime]:
    return partial(parse_time, date_format=date_format, zone=ZoneInfo(timezone))


class _Cells:
    """One row seen through the map: text, time and number of each of our fields."""

    def __init__(self, row: Row, options: Options, losses: Losses) -> None:
        self.row, self.cells, self.options, self.losses = row, row.cells, options, losses
        self.columns, self.constants = options.columns, options.constants
        self.parse_time = _time_parser(options.date_format, options.timezone)

    def column(self, field: str) -> str:
        return self.columns.get(field, field)

    def raw(self, field: str) -> str:
        column = self.columns.get(field)
        if column is not None:
            return self.cells.get(column, "")
        return str(self.constants.get(field, "")) if self.constants else ""

    def text(self, field: str) -> str | None:
        column = self.columns.get(field)
        if column is None and not self.constants:  # most fields of most tables
            return None
        return some(self.raw(field))

    def id(self) -> str:
        value = self.text("id")
        if value is None:
            raise RowFault(f"'{self.column('id')}' is empty, so the row has no id")
        return value

    def moment(self, field: str):
        return required_time(self.raw(field), self.column(field), self.parse_time)

    def maybe(self, field: str, parse):
        text = self.raw(field)
        return optional(text, self.column(field), self.row.line, parse, self.losses) if text else None

    def people(self):
        return identifiers(
            id=self.text("customer"),
            external=self.text("customer_external"),
            email=self.text("email"),
            phone=self.text("phone"),
        )

    def names(self) -> tuple[str, ...]:
        return tuple(filter(None, map(self.text, _NAMES)))

    def tags(self) -> tuple[str, ...]:
        return parse_tags(self.raw("tags"), self.options.tag_separator)


def _contact(cells: _Cells) -> Iterator[ContactRecord]:
    comma = cells.options.decimal_comma
    seconds = "handle_seconds" in cells.columns or "handle_seconds" in cells.constants
    duration = partial(parse_duration, seconds_a_unit=1 if seconds else 60, decimal_comma=comma)
    count = partial(parse_count, decimal_comma=comma)
    names = ("subject", "channel", "status", "priority", "given_topic", "site", "segment", "organisation")
    links = ("follow_up_of", "merged_into", "language")
    contact_id, opened_at, closed_at = cells.id(), cells.moment("opened_at"), cells.maybe("closed_at", cells.parse_time)
    yield ContactRecord(
        line=cells.row.line,
        contact_id=contact_id,
        opened_at=opened_at,
        text=cells.raw("text"),
        identifiers=cells.people(),
        people=cells.names(),
        closed_at=closed_at,
        updated_at=cells.maybe("updated_at", cells.parse_time),
        annual_revenue=cells.maybe("annual_revenue", partial(parse_number, decimal_comma=comma)),
        handle_minutes=cells.maybe("handle_seconds" if seconds else "handle_minutes", duration),
        public_reply_count=cells.maybe("public_reply_count", count),
        reopen_count=cells.maybe("reopen_count", count),
        is_company_initiated=bool(cells.maybe("is_company_initiated", parse_boolean)),
        tags=cells.tags(),
        messages=_handled_by_bot(cells, opened_at, closed_at),
        **{name: cells.text(name) for name in (*names, *links)},
    )


def _handled_by_bot(cells: _Cells, opened_at: datetime, closed_at: datetime | None) -> tuple[Message, ...]:
    """The customer's words and a bot's answer, where the row says that nobody else answered; else nothing is known."""
    is_bot_only = cells.maybe("is_bot_only", parse_boolean)
    if is_bot_only is None:
        is_bot_only = cells.maybe("is_escalated", parse_boolean) is False
    if not is_bot_only:
        return ()
    answer = Message(at=max(opened_at, closed_at or opened_at), author="bot")
    return Message(at=opened_at, author="customer", text=cells.raw("text")), answer


def _response(cells: _Cells) -> Iterator[ResponseRecord]:
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
    yield ResponseRecord(
        line=cells.row.line,
        response_id=response_id,
        responded_at=responded_at,
        answers=answers,
        identifiers=cells.people(),
        people=cells.names(),
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
