"""Alchemer (SurveyGizmo) responses: the CSV or workbook export, with questions of several parts."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pydantic import Field

from voc.records import Record
from voc.sources._headers import find_standard, header_of, plain_name
from voc.sources._surveys import Survey, SurveyOptions, open_survey, read_survey
from voc.sources._tables import require_columns
from voc.sources._values import LeftOut

DESCRIPTION = "Alchemer (SurveyGizmo) responses: CSV or workbook, with questions of several parts"

_STANDARD = {
    "id": ("Response ID",),
    "submitted": ("Date Submitted",),
    "started": ("Time Started", "Date Started"),
    "status": ("Status",),
    "test": ("Is Test Data", "Test Data"),
    "email": ("Invite Email", "Email Address", "Email"),
    "language": ("Language",),
}
# What the tool writes beside the questions
_OTHERS = (
    "Contact ID", "Legacy Comments", "Comments", "Referer", "SessionID", "User Agent", "Extended User Agent", "Tags",
    "IP Address", "Longitude", "Latitude", "Country", "Country (Auto)", "City", "State/Region", "Postal", "DMA",
    "Link Name", "Link ID", "Response Time", "Data Quality",
)  # fmt: skip
_PART = re.compile(r"(.*?):+\s*(?=\S)(.+)", re.DOTALL)
_WRITE_IN = re.compile(r"other - write in|other\b.*\(?write in|other\b.*:$|comments?$", re.IGNORECASE)
_NUMBERED = re.compile(r".*#\s*\d+$", re.DOTALL)
_NO_ANSWERS = {"disqualified": "disqualified in Alchemer", "deleted": "deleted in Alchemer"}


class Options(SurveyOptions):
    """Keys of a `kind: alchemer` source; a question of several parts is named by its wording, or part by part."""

    keep_unfinished: bool = Field(False, description="Take responses that were broken off, too")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an Alchemer export: when a session began, when it was sent off, and its status."""
    names = {plain_name(name) for name in header_of(path, head)}
    return bool(names & {"timestarted", "datestarted"}) and {"datesubmitted", "status"} <= names


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read an export, a response a row; see `read_survey` for how text and score are found.

    Each part of a question (`Aspect #1:What is difficult?`) is an answer to the question. Partial, disqualified and
    test responses are rejects, partial ones not with `keep_unfinished`. Where the export has no Response ID, ids are
    made from the cells. Raises VocError without a column for the time.
    """
    table = open_survey(path, options, "Alchemer")
    standard = find_standard(table.columns, _STANDARD)
    times = tuple(standard[name] for name in ("submitted", "started") if name in standard)
    if not times and options.responded_on is None:
        require_columns(path, table.columns, {"the export's time": "Date Submitted"})
    others = {*standard.values(), *find_standard(table.columns, {name: (name,) for name in _OTHERS}).values()}
    asked = [column for column in table.columns if column not in others]
    questions = _questions(asked)
    survey = Survey(
        table=table,
        standard=standard,
        times=times,
        texts=tuple(column for column in asked if _is_write_in(column, questions[column])),
        doubtful=tuple(column for column in asked if not _is_write_in(column, questions[column])),
        questions=questions,
        groups={column: questions[column] for column in asked if _NUMBERED.match(_label(column, questions[column]))},
    )
    parts = {text: [column for column in asked if questions[column] == text] for text in options.texts}
    texts = tuple(c for text in options.texts for c in ([text] if text in asked else parts[text] or [text]))
    return read_survey(
        survey, options.model_copy(update={"texts": texts}), check=partial(_check, keeps=options.keep_unfinished)
    )


def _questions(columns: list[str]) -> dict[str, str]:
    """The question each column belongs to: the words behind the part's name, where the name is one.

    A colon inside a question is no part's name; only one that other columns share the rest with, that is numbered or
    a write-in is.
    """
    splits = {column: match for column in columns if (match := _PART.fullmatch(column))}
    shared = Counter(match[2].strip() for match in splits.values())
    whole = {column.strip() for column in columns}
    found = {}
    for column in columns:
        match = splits.get(column)
        is_part = match and (
            shared[match[2].strip()] > 1
            or match[2].strip() in whole
            or _NUMBERED.match(match[1])
            or _WRITE_IN.match(match[1])
        )
        found[column] = match[2].strip() if is_part else column
    return found


def _label(column: str, question: str) -> str:
    """The name of the part, "" for a question of one part."""
    return "" if column == question else column.removesuffix(question).rstrip().removesuffix(":")


def _is_write_in(column: str, question: str) -> bool:
    return bool(_WRITE_IN.match(_label(column, question)))


def _check(cell: Callable[[str], str | None], *, keeps: bool) -> None:
    """Raise LeftOut for a response that is no customer's, or was broken off."""
    status = (cell("status") or "").lower()
    if (cell("test") or "").lower() in ("1", "true", "yes"):
        raise LeftOut("test in Alchemer")
    if status in _NO_ANSWERS:
        raise LeftOut(_NO_ANSWERS[status])
    if status == "partial" and not keeps:
        raise LeftOut("unfinished in Alchemer")
