"""Survey tables of all tools in one shape: which columns are free text, which is the score, and rows as responses."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from voc.config import Settings
from voc.errors import VocError
from voc.records import Answer, Record, ResponseRecord
from voc.sources._answers import asks_who, is_free_text, is_nps, plain_score, row_id, settled_date_format
from voc.sources._delimited import delimiter_char
from voc.sources._files import Row, Table
from voc.sources._name_columns import Groups, name_columns, names_in
from voc.sources._raw import raw_of
from voc.sources._scores import Score, read_score
from voc.sources._tables import open_table, require_columns
from voc.sources._values import (
    Losses,
    RowFault,
    check_date_format,
    check_timezone,
    identifiers,
    is_nothing,
    parse_time,
    rejected,
    required_time,
    short,
    some,
)

log = logging.getLogger("voc.sources")
_COLUMNS = ("texts", "customer", "contact_id", "segment", "site", "channel", "language", "email", "external")
SURVEYED = 5000  # rows looked at to tell free text from choices, and day first from month first
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)


class SurveyOptions(Settings):
    """Keys that sources of survey tables share; columns are named as `voc inspect` shows them."""

    texts: tuple[str, ...] = Field((), description="Columns of free text; found by themselves when not given")
    score: Score | None = Field(None, description="column, kind, worst, best, missing, labels; NPS is found")
    customer: str | None = Field(None, description="Column with the customer's id in your own tool")
    email: str | None = Field(None, description="Column with the customer's e-mail, where it is not the tool's own")
    external: str | None = Field(None, description="Column with a CRM id")
    contact_id: str | None = Field(None, description="Column with the id of the ticket the survey is about")
    segment: str | None = Field(None, description="Column with the customer's segment")
    site: str | None = Field(None, description="Column with the team or location")
    channel: str | None = Field(None, description="Column with the channel")
    language: str | None = Field(None, description="Column with the language")
    responded_on: date | None = Field(None, description="Day of all responses, where the export has no times")
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")
    delimiter: str | None = Field(None, description="Delimiter, where it cannot be told from the file")
    sheet: str | None = Field(None, description="Sheet of a workbook; the first one when not given")
    date_format: str | None = Field(
        None, description="day_first, month_first, or a pattern; told from the dates where one of them can be but one"
    )
    timezone: str = Field("UTC", description="Zone of times that do not say theirs, such as Europe/Berlin")

    _known_format = field_validator("date_format")(check_date_format)
    _known_zone = field_validator("timezone")(check_timezone)

    @field_validator("delimiter")
    @classmethod
    def _one_char(cls, name: str | None) -> str | None:
        return None if name is None else delimiter_char(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey table with its header understood.

    `standard` says in which column the tool's own fields stand (id, email, language ...), `times` the columns of the
    time in order of preference. `texts` are free text by the header's own word, `doubtful` may be; columns of one
    group (`groups`: column -> group) are text together or not at all. `nps` are scores that the tool calls so.
    """

    table: Table
    standard: Mapping[str, str] = field(default_factory=dict)
    times: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    nps: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)  # wording of a column, where it is not its name
    groups: Mapping[str, str] = field(default_factory=dict)
    score_of: Callable[[Row, Losses], Score | None] | None = None  # where the scale is another from row to row

    def question(self, column: str) -> str:
        return self.questions.get(column) or column


Check = Callable[[Callable[[str], str | None]], None]
Clock = Callable[[str], datetime]


def open_survey(path: Path, options: SurveyOptions, tool: str) -> Table:
    """Open CSV or a workbook. Raises VocError for JSON and whatever makes the whole file unreadable."""
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter, sheet=options.sheet)
    if table.columns is None:
        raise VocError(f"{path} is JSON; of {tool} only tables are read.", "Export the responses as CSV.")
    return table


def renamed(table: Table, names: tuple[str, ...], *, skip: int = 0) -> Table:
    """The same table under other column names, without its first `skip` rows."""

    def rows() -> Iterator[Row]:
        for row in islice(table.rows(), skip, None):
            cells = dict(zip(names, row.cells.values(), strict=True))
            yield Row(line=row.line, cells=cells, raw=row.raw, fault=row.fault)

    return Table(path=table.path, columns=names, rows=rows)


def read_survey(
    survey: Survey, options: SurveyOptions, *, check: Check | None = None, parse: Callable[..., datetime] = parse_time
) -> Iterator[Record]:
    """Rows as responses. `check` raises LeftOut for rows that are no customer's answer; `parse` is as `parse_time`.

    Without `texts` free text is what the header calls so and, beside it, columns with many different answers of more
    than two words that do not ask for a name or an address. Without `score` the first question about recommending, answered by numbers up to 9 or 10, is NPS.
    A response without an id in the file gets one made from its cells, so that reading the file again gives the same.
    Raises VocError when there is neither text nor score, or no time and no `responded_on`.
    """
    _check_columns(survey, options)
    seen = _look_through(survey)
    score = options.score or (None if survey.score_of else _nps(survey, seen))
    texts = options.texts or _text_columns(survey, seen)
    if not (texts or score or survey.score_of):
        raise VocError(
            f"{survey.table.path}: no column of free text and no NPS question found.",
            f"Name columns under texts. There are: {', '.join(survey.table.columns)}.",
        )
    settled = options.date_format or settled_date_format(text for c in survey.times for text in seen[c])
    clock = partial(parse, date_format=settled, zone=ZoneInfo(options.timezone))
    named = {name: column for name in _COLUMNS if name != "texts" and (column := getattr(options, name))}
    reading = _Reading(
        survey=survey,
        options=options,
        texts=texts,
        score=score,
        clock=clock,
        columns={**survey.standard, **named},
        names=name_columns(survey.table.columns, survey.question),
    )
    return _records(reading, check)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A survey with everything decided that its rows are read by."""

    survey: Survey
    options: SurveyOptions
    texts: tuple[str, ...]
    score: Score | None
    clock: Clock
    columns: Mapping[str, str]  # of every field, the options before the tool's own
    names: Groups = ()  # columns with names of people
    copies: Counter[str] = field(default_factory=Counter)


def _check_columns(survey: Survey, options: SurveyOptions) -> None:
    """Raise VocError when the export lacks its time, or a column the options name."""
    if not survey.times and options.responded_on is None:
        raise VocError(
            f"{survey.table.path} has no column with the time of a response.",
            "Export it with its times, or set responded_on to the day all responses stand for.",
        )
    named: dict[str, str] = {}
    for option in _COLUMNS:
        value = getattr(options, option)
        if isinstance(value, tuple):
            named |= {f"{option}[{number}]": column for number, column in enumerate(value)}
        elif value is not None:
            named[option] = value
    if options.score:
        named["score.column"] = options.score.column
    require_columns(survey.table.path, survey.table.columns, named)


def _look_through(survey: Survey) -> dict[str, Counter[str]]:
    """How often each answer was given, of the columns that may be text, score or time, in the first rows."""
    seen: dict[str, Counter[str]] = {c: Counter() for c in (*survey.doubtful, *survey.texts, *survey.times)}
    for row in islice(survey.table.rows(), SURVEYED):
        for column, answers in seen.items():
            text = " ".join(row.cells.get(column, "").lower().split())
            if not row.fault and text:
                answers[text] += 1
    return seen


def _text_columns(survey: Survey, seen: Mapping[str, Counter[str]]) -> tuple[str, ...]:
    pooled: dict[str, Counter[str]] = {}
    asked = [column for column in (*survey.texts, *survey.doubtful) if not asks_who(survey.question(column))]
    for column in asked:
        pooled.setdefault(survey.groups.get(column, column), Counter()).update(seen[column])
    free = {group for group, answers in pooled.items() if is_free_text(answers)}
    found = {column for column in asked if column in survey.texts or survey.groups.get(column, column) in free}
    return tuple(column for column in survey.table.columns if column in found)


def _nps(survey: Survey, seen: Mapping[str, Counter[str]]) -> Score | None:
    found = list(survey.nps) or [c for c in survey.doubtful if is_nps(survey.question(c), seen[c])]
    if len(found) > 1:
        log.warning(
            "%s: %d NPS questions, the score is '%s'. Set score for another one.",
            survey.table.path, len(found), found[0],
        )  # fmt: skip
    return Score(column=found[0], kind="nps") if found else None


def _records(reading: _Reading, check: Check | None) -> Iterator[Record]:
    losses = Losses(reading.survey.table.path)
    for row in reading.survey.table.rows():
        try:
            yield _response(reading, row, check, losses)
        except RowFault as fault:
            yield rejected(fault, row.line, raw_of(row.cells, row.raw))
    losses.report()


def _response(reading: _Reading, row: Row, check: Check | None, losses: Losses) -> ResponseRecord:
    def cell(name: str) -> str | None:
        column = reading.columns.get(name)
        return some(row.cells.get(column, "")) if column else None

    if row.fault:
        raise RowFault(row.fault)
    response_id = _id(reading, row, cell)
    if check:
        check(cell)
    responded_at = _responded_at(reading, row)
    answers = tuple(
        Answer(question=reading.survey.question(name), text=row.cells.get(name, "")) for name in reading.texts
    )
    return ResponseRecord(
        line=row.line,
        response_id=response_id,
        responded_at=responded_at,
        answers=answers,
        people=names_in(row.cells, reading.names),
        identifiers=identifiers(
            id=cell("customer"), external=cell("external"), email=cell("email"), phone=cell("phone")
        ),
        **{name: cell(name) for name in ("contact_id", "channel", "segment", "site", "language")},
        **_score(reading, row, answers, losses),
    )


def _id(reading: _Reading, row: Row, cell: Callable[[str], str | None]) -> str:
    column = reading.survey.standard.get("id")
    if column is None:
        return row_id(row.cells, reading.copies)
    found = cell("id")
    if found is None:
        raise RowFault(f"'{column}' is empty, so the row has no id")
    if _ROUNDED.fullmatch(found):
        raise RowFault(f"'{column}' is '{short(found)}', an id that a spreadsheet rounded")
    return found


def _responded_at(reading: _Reading, row: Row) -> datetime:
    times, day = reading.survey.times, reading.options.responded_on
    column = next((c for c in times if not is_nothing(row.cells.get(c, ""))), None)
    if column is None and day is not None:
        return datetime.combine(day, time(), ZoneInfo(reading.options.timezone)).astimezone(UTC)
    column = column or times[0]
    return required_time(row.cells.get(column, ""), column, reading.clock)


def _score(reading: _Reading, row: Row, answers: tuple[Answer, ...], losses: Losses) -> dict:
    score = reading.score
    if score is None and reading.survey.score_of:
        score = reading.survey.score_of(row, losses)
    if score is None:
        return {}
    text = row.cells.get(score.column, "")
    return read_score(
        score,
        text if text.strip().lower() in score.labels else plain_score(text),
        line=row.line,
        has_text=any(some(answer.text) for answer in answers),
        decimal_comma=False,
        losses=losses,
    )
