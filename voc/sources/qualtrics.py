"""Qualtrics survey responses: CSV with three header rows, the legacy export with two, and warehouse tables."""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from voc.config import Settings
from voc.errors import VocError
from voc.records import Answer, Record, ResponseRecord
from voc.sources._delimited import delimiter_char, header_names
from voc.sources._entries import fold, open_export
from voc.sources._files import Row, Table, file_kind, head_text
from voc.sources._name_columns import Groups, name_columns, names_in
from voc.sources._qualtrics_columns import UNSEEN, SurveyExport, find_nps, text_columns
from voc.sources._qualtrics_tables import (
    RESPONSES,
    deleted_rows,
    is_table,
    open_responses,
    other_table,
    said_something,
)
from voc.sources._raw import raw_of
from voc.sources._scores import Score, read_score
from voc.sources._tables import open_table, require_columns
from voc.sources._values import (
    LeftOut,
    Losses,
    RowFault,
    check_date_format,
    check_timezone,
    identifiers,
    is_nothing,
    parse_time,
    rejected,
    required_time,
    some,
)

DESCRIPTION = "Qualtrics survey responses: CSV with three header rows or the legacy two, and warehouse tables"

log = logging.getLogger("voc.sources")
_COLUMNS = ("texts", "customer", "contact_id", "segment", "site", "channel", "language", "email", "external")
# Columns every export has, by their name, by the id in the third header row, or by the second row of the legacy export.
_STANDARD = {
    "id": ("ResponseId", "_recordId", "ResponseID"),
    "recorded": ("RecordedDate", "recordedDate"),
    "ended": ("EndDate", "endDate"),
    "status": ("Status", "status"),
    "finished": ("Finished", "finished"),
    "email": ("RecipientEmail", "recipientEmail", "EmailAddress"),
    "external": ("ExternalReference", "externalDataReference", "ExternalDataReference"),
    "language": ("UserLanguage", "userLanguage", "Q_Language"),
}
_PREVIEWS = {"survey preview", "survey test", "1", "2", "9", "17"}
_SPAM = {"spam", "8", "12", "40"}
_UNFINISHED = {"0", "false"}


class Options(Settings):
    """Keys of a `kind: qualtrics` source; columns are named as in the first header row."""

    texts: tuple[str, ...] = Field((), description="Columns of free text; found by themselves when not given")
    score: Score | None = Field(None, description="column, kind, worst, best, missing, labels; NPS is found")
    customer: str | None = Field(None, description="Column with the customer's id in your own tool")
    email: str | None = Field(None, description="Column with the customer's e-mail; RecipientEmail when not given")
    external: str | None = Field(None, description="Column with a CRM id; ExternalReference when not given")
    contact_id: str | None = Field(None, description="Column with the id of the ticket the survey is about")
    segment: str | None = Field(None, description="Column with the customer's segment")
    site: str | None = Field(None, description="Column with the team or location")
    channel: str | None = Field(None, description="Column with the channel")
    language: str | None = Field(None, description="Column with the language; UserLanguage when not given")
    keep_unfinished: bool = Field(False, description="Take responses that were broken off, too")
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")
    delimiter: str | None = Field(None, description="Delimiter, where it cannot be told from the file")
    date_format: str | None = Field(None, description="day_first, month_first, or a pattern such as %d/%m/%Y %H:%M")
    timezone: str | None = Field(None, description="Zone of the times; the one in the third header row, else UTC")

    _known_format = field_validator("date_format")(check_date_format)
    _known_zone = field_validator("timezone")(check_timezone)

    @field_validator("delimiter")
    @classmethod
    def _one_char(cls, name: str | None) -> str | None:
        return None if name is None else delimiter_char(name)


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a Qualtrics export: import ids among the header rows, or the legacy names V1, V2 ..."""
    try:
        kind = file_kind(path, head)
    except VocError:
        return False
    if kind != "delimited":
        return False
    text = head_text(head)
    if re.search(r'\{""?ImportId""?:', text):
        return bool(header_names(text))
    names = header_names(text)
    if is_table({fold(name) for name in names}):
        return True
    return names[:2] == ["V1", "V2"] and "ResponseID" in text[:4096]


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a Qualtrics export: a response a row; previews, tests, spam and unfinished responses are rejects.

    Without `texts` the free-text columns are those of text questions (import id QID2_TEXT) and, beside them, columns
    of questions where most answers have more than two different words and are not the same few ones. Without `score`
    the first column with a twin called ..._NPS_GROUP is the score. Raises VocError when there is neither.

    Of warehouse tables the responses (survey_response) are read with the answers in the tables of the same folder;
    a column is then named by its question's export tag. Of other tables only people (directory_contact) are.
    """
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter)
    columns = {fold(column) for column in table.columns or ()}
    if RESPONSES.fits(columns):
        export = open_responses(table, options)
        left_out = deleted_rows(open_export(path, options, pages=()))
        return chain(said_something(_read(export, options, is_whole=False)), left_out)
    if is_table(columns):
        return other_table(path, options)
    return _read(_open(table), options, is_whole=True)


def _read(export: SurveyExport, options: Options, *, is_whole: bool) -> Iterator[Record]:
    """Rows as responses. In a table of many surveys (`is_whole` False) some may have neither text nor score."""
    path = export.table.path
    _check_columns(export, options)
    score = options.score or find_nps(export)
    texts = options.texts or text_columns(export)
    if is_whole and not texts and not score:
        raise VocError(
            f"{path}: no column of free text and no NPS question found.",
            f"Name columns under texts. There are: {', '.join(export.table.columns)}.",
        )
    zone = ZoneInfo(options.timezone or export.zone or "UTC")
    parse = partial(parse_time, date_format=options.date_format, zone=zone)
    return _records(export, options, texts, score, parse)


def _open(table: Table) -> SurveyExport:
    path = table.path
    if table.columns is None:
        raise VocError(f"{path} is JSON; of Qualtrics only tables are read.", "Export the responses as CSV.")
    head = list(islice(table.rows(), 2))
    questions = head[0].cells if head else {}
    ids = {}
    zones = []
    if len(head) == 2 and any('"ImportId"' in cell for cell in head[1].cells.values()):
        entries = {column: _import_entry(cell) for column, cell in head[1].cells.items()}
        ids = {column: str(entry.get("ImportId", "")) for column, entry in entries.items()}
        zones = [entry["timeZone"] for entry in entries.values() if isinstance(entry.get("timeZone"), str)]
    return SurveyExport(
        table=table,
        questions=questions,
        ids=ids,
        standard=_standard(table.columns, ids, questions),
        header_rows=3 if ids else 2,
        zone=_known_zone(path, zones),
    )


def _import_entry(cell: str) -> dict:
    try:
        entry = json.loads(cell)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _known_zone(path: Path, zones: list[str]) -> str | None:
    """The zone the third header row names. An unknown one ("Z", or a fault) means UTC and is logged."""
    name = zones[0] if zones else None
    try:
        return check_timezone(name)
    except ValueError:
        if name not in ("Z", "UTC"):
            log.warning("%s: unknown time zone '%s', times taken as UTC. Set timezone if they are not.", path, name)
        return None


def _standard(columns, ids: Mapping[str, str], questions: Mapping[str, str]) -> dict[str, str]:
    """Which column of the file each standard field stands in."""
    found = {}
    for field, names in _STANDARD.items():
        for column in columns:
            known_as = {column, ids.get(column)} if ids else {column, questions.get(column)}
            if known_as & {*names}:
                found[field] = column
                break
    return found


def _check_columns(export: SurveyExport, options: Options) -> None:
    """Raise VocError when the export lacks its id or time, or a column the options name."""
    path, columns = export.table.path, export.table.columns
    if "id" not in export.standard:
        require_columns(path, columns, {"the export's id": "ResponseId"})
    if not {"recorded", "ended"} & {*export.standard}:
        require_columns(path, columns, {"the export's time": "RecordedDate"})
    named: dict[str, str] = {}
    for option in _COLUMNS:
        value = getattr(options, option)
        if isinstance(value, tuple):
            named |= {f"{option}[{number}]": column for number, column in enumerate(value)}
        elif value is not None:
            named[option] = value
    if options.score:
        named["score.column"] = options.score.column
    require_columns(path, columns, named)


def _records(
    export: SurveyExport, options: Options, texts: tuple[str, ...], score: Score | None, parse: Callable[[str], datetime]
) -> Iterator[Record]:
    losses = Losses(export.table.path)
    names = name_columns(export.table.columns or (), lambda column: export.questions.get(column) or column)
    for row in export.rows():
        try:
            yield _response(export, row, options, texts, score, parse, losses, names)
        except RowFault as fault:
            yield rejected(fault, row.line, raw_of(row.cells, row.raw))
    losses.report()


def _response(
    export: SurveyExport,
    row: Row,
    options: Options,
    texts: tuple[str, ...],
    score: Score | None,
    parse: Callable[[str], datetime],
    losses: Losses,
    names: Groups,
) -> ResponseRecord:
    def cell(field: str) -> str | None:
        column = getattr(options, field, None) or export.standard.get(field)
        return some(row.cells.get(column, "")) if column else None

    response_id = _checked_id(export, row, cell, options)
    responded_at = _responded_at(export, row, parse)
    answers = tuple(
        Answer(question=some(export.questions.get(name)) or name, text=_seen(row.cells.get(name, ""))) for name in texts
    )
    fields = {}
    if score:
        fields = read_score(
            score,
            _seen(row.cells.get(score.column, "")),
            line=row.line,
            has_text=any(some(answer.text) for answer in answers),
            decimal_comma=False,
            losses=losses,
        )
    return ResponseRecord(
        line=row.line,
        response_id=response_id,
        responded_at=responded_at,
        answers=answers,
        people=names_in(row.cells, names),
        identifiers=identifiers(id=cell("customer"), external=cell("external"), email=cell("email")),
        **{name: cell(name) for name in ("contact_id", "channel", "segment", "site", "language")},
        **fields,
    )


def _checked_id(export: SurveyExport, row: Row, cell: Callable[[str], str | None], options: Options) -> str:
    """The response's id. Raises RowFault for a row without one, LeftOut for what is no customer's answer."""
    if row.fault:
        raise RowFault(row.fault)
    response_id = cell("id")
    if response_id is None:
        raise RowFault(f"'{export.standard['id']}' is empty, so the row has no id")
    status = (cell("status") or "").lower()
    if status in _PREVIEWS or status.endswith("preview"):
        raise LeftOut("preview or test in Qualtrics")
    if status in _SPAM or "spam" in status:
        raise LeftOut("marked as spam in Qualtrics")
    if (cell("finished") or "").lower() in _UNFINISHED and not options.keep_unfinished:
        raise LeftOut("unfinished in Qualtrics")
    return response_id


def _responded_at(export: SurveyExport, row: Row, parse: Callable[[str], datetime]) -> datetime:
    columns = [export.standard[field] for field in ("recorded", "ended") if field in export.standard]
    column = next((column for column in columns if not is_nothing(row.cells.get(column, ""))), columns[0])
    return required_time(row.cells.get(column, ""), column, parse)


def _seen(text: str) -> str:
    return "" if text.strip() == UNSEEN else text
