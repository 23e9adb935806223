"""SurveyMonkey responses: CSV or workbook with two header rows or one, and JSON of the API."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from pydantic import Field

from voc.records import Record
from voc.sources._delimited import unique_columns
from voc.sources._files import Row, Table, check_file, is_json
from voc.sources._headers import find_standard, header_of, json_text, plain_name
from voc.sources._surveymonkey import api_survey
from voc.sources._surveys import Survey, SurveyOptions, open_survey, read_survey, renamed
from voc.sources._tables import require_columns
from voc.sources._values import LeftOut

DESCRIPTION = "SurveyMonkey responses: CSV or workbook with two header rows or one, and JSON of the API"

_STANDARD = {
    "id": ("Respondent ID",),
    "collector": ("Collector ID",),
    "started": ("Start Date", "Date Created"),
    "ended": ("End Date", "Date Modified"),
    "ip": ("IP Address",),
    "email": ("Email Address",),
    "first_name": ("First Name",),
    "last_name": ("Last Name",),
    "custom": ("Custom Data 1", "Custom Data"),
    "language": ("Language",),
}
_OPEN = re.compile(
    r"open-?\s?ended response\W*$|other \(please specify\)\W*$|\(other\)\W*$|^comments?\W*$", re.IGNORECASE
)
_OPEN_LABEL = re.compile(rf"{_OPEN.pattern}|please specify\W*$", re.IGNORECASE)
# What the tool fills in for every response, so that it is blank in a second header row
_ALWAYS = ("id", "collector", "started", "ended", "ip")
_SINGLE = {"response", "open-ended response"}


class Options(SurveyOptions):
    """Keys of a `kind: surveymonkey` source.

    A column is named by its question; of a question with several columns, by question, " - " and choice. In JSON by
    the id of the question, and by `custom_variables.NAME`.
    """

    questions: dict[str, str] = Field({}, description="JSON: wording of questions by id, where the API left it out")
    keep_unfinished: bool = Field(False, description="JSON: take responses that were broken off, too")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a SurveyMonkey export: the respondent's id as first column, or the API's names in JSON."""
    text = json_text(path, head)
    if text:
        return '"response_status"' in text and '"collector_id"' in text
    names = header_of(path, head)
    return bool(names) and plain_name(names[0]) == "respondentid"


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read an export, a response a row; see `read_survey` for how text and score are found.

    Whether there is a second header row is told by the first row below the names: it has no respondent and no date.
    In JSON responses that are not completed are rejects; with `keep_unfinished` partial ones are not. Raises VocError
    without a column for the respondent, and without times unless `responded_on` is given.
    """
    check_file(path)
    if is_json(path):
        survey = api_survey(path, encoding=options.encoding, questions=options.questions)
        return read_survey(survey, options, check=partial(_check, keeps=options.keep_unfinished))
    table = open_survey(path, options, "SurveyMonkey")
    if "id" not in find_standard(table.columns, _STANDARD):
        require_columns(path, table.columns, {"the export's id": "Respondent ID"})
    second = _second_header(table)
    survey = _with_two(table, second) if second else _with_one(table)
    return read_survey(survey, options)


def _check(cell: Callable[[str], str | None], *, keeps: bool) -> None:
    """Raise LeftOut for a response that the API does not call completed."""
    status = cell("status") or "completed"
    if status == "partial" and not keeps:
        raise LeftOut("unfinished in SurveyMonkey")
    if status not in ("completed", "partial"):
        raise LeftOut(f"{status} in SurveyMonkey")


def _second_header(table: Table) -> Row | None:
    """The row that names the choices, None where the first row is a response already."""
    own = find_standard(table.columns, _STANDARD)
    row = next(islice(table.rows(), 1), None)
    if row is None or row.fault or any(row.cells[own[name]].strip() for name in _ALWAYS if name in own):
        return None
    labels = {cell.strip().lower() for column, cell in row.cells.items()}
    unnamed = [cell for column, cell in row.cells.items() if column.startswith("column ") and cell.strip()]
    return row if _SINGLE & labels or unnamed else None


def _own_columns(table: Table) -> set[str]:
    return {*find_standard(table.columns, _STANDARD).values()}


def _with_two(table: Table, second: Row) -> Survey:
    """Names from both header rows: a blank cell of the first belongs to the question on its left."""
    own = {column for column in _own_columns(table) if not second.cells[column].strip()}  # others are questions
    labels = [second.cells[column].strip() for column in table.columns]
    groups = _questions(table.columns, labels)
    sizes = Counter(number for number, _ in groups)
    names: list[str] = []
    wordings: list[str] = []
    texts: list[str] = []
    doubtful: list[str] = []
    for column, label, (number, question) in zip(table.columns, labels, groups, strict=True):
        is_single = column in own or not label or (sizes[number] == 1 and label.lower() in _SINGLE)
        names.append(question if is_single else f"{question} - {label}")
        wordings.append(question if is_single or label.lower() in _SINGLE else f"{question} - {label}")
    columns = unique_columns(names)
    for name, column, label in zip(columns, table.columns, labels, strict=True):
        if column in own:
            continue
        (texts if _OPEN_LABEL.search(label) else doubtful).append(name)
    return _survey(
        renamed(table, columns, skip=1), dict(zip(columns, wordings, strict=True)), tuple(texts), tuple(doubtful)
    )


def _questions(columns: tuple[str, ...], labels: list[str]) -> list[tuple[int, str]]:
    """The question each column belongs to, with its number, so that two of the same wording stay two."""
    found: list[tuple[int, str]] = []
    for number, (column, label) in enumerate(zip(columns, labels, strict=True), 1):
        is_blank = column == f"column {number}"
        found.append(found[-1] if is_blank and found and label else (number, column))
    return found


def _with_one(table: Table) -> Survey:
    own = _own_columns(table)
    asked = [column for column in table.columns if column not in own]
    texts = tuple(column for column in asked if _OPEN.search(column))
    return _survey(table, {}, texts, tuple(column for column in asked if column not in texts))


def _survey(table: Table, wordings: dict[str, str], texts: tuple[str, ...], doubtful: tuple[str, ...]) -> Survey:
    standard = find_standard(table.columns, _STANDARD)
    times = tuple(standard[name] for name in ("ended", "started") if name in standard)
    return Survey(table=table, standard=standard, times=times, texts=texts, doubtful=doubtful, questions=wordings)
