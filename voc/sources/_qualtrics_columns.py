"""What the columns of a Qualtrics export are: free text, the NPS question, results of its own analysis."""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from voc.sources._files import Row, Table
from voc.sources._scores import Score

log = logging.getLogger("voc.sources")
_LEGACY_ONLY = {"ResponseSet", "Name", "IPAddress", "StartDate", "LocationLatitude", "LocationLongitude"}
UNSEEN = "-99"  # what Qualtrics can be told to write for questions that were seen and not answered
_TEXT_QUESTION = re.compile(r"QID\d+(_\d+)*_TEXT(_\d+)?$|^Q\w*_TEXT$")
_ANALYTICS = re.compile(r"_TEXT_[0-9a-f]{8,}| - (Topics|Sentiment|Parent Topics|Topic Sentiment|Topic Hierarchy)\b")
_SURVEYED = 5000  # rows looked at to tell free text from choices
NPS_GROUP = "_NPS_GROUP"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyExport:
    """An export with its header rows read: question texts, import ids and where the standard columns stand."""

    table: Table
    questions: Mapping[str, str]
    ids: Mapping[str, str]
    standard: Mapping[str, str]
    header_rows: int
    zone: str | None

    def rows(self) -> Iterator[Row]:
        return islice(self.table.rows(), self.header_rows - 1, None)


def find_nps(export: SurveyExport) -> Score | None:
    columns = export.table.columns
    found = [c.removesuffix(NPS_GROUP) for c in columns if c.endswith(NPS_GROUP)]
    found = [column for column in found if column in columns]
    if len(found) > 1:
        log.warning(
            "%s: %d NPS questions, the score is '%s'. Set score for another one.",
            export.table.path, len(found), found[0],
        )  # fmt: skip
    return Score(column=found[0], kind="nps") if found else None


def text_columns(export: SurveyExport) -> tuple[str, ...]:
    """Columns of free text in the order of the file, see `read`."""
    standard = {*export.standard.values()}
    texts = {c for c in export.table.columns if _is_text_question(export, c)}
    open_to_doubt = [
        column
        for column in export.table.columns
        if column not in texts | standard and _is_question(export, column)
    ]  # fmt: skip
    seen: dict[str, Counter[str]] = {column: Counter() for column in open_to_doubt}
    for row in islice(export.rows(), _SURVEYED):
        for column in open_to_doubt:
            text = " ".join(row.cells.get(column, "").lower().split())
            if not row.fault and text and text != UNSEEN:
                seen[column][text] += 1
    texts |= {column for column in open_to_doubt if _is_free_text(seen[column])}
    return tuple(column for column in export.table.columns if column in texts)


def _is_text_question(export: SurveyExport, column: str) -> bool:
    return any(_TEXT_QUESTION.search(name) for name in (export.ids.get(column, ""), column)) and not _is_derived(
        export, column
    )


def _is_question(export: SurveyExport, column: str) -> bool:
    if _is_derived(export, column):
        return False
    if export.ids:
        return export.ids.get(column, "").startswith("QID")
    named = export.questions.get(column, "")
    return bool(named) and named not in _LEGACY_ONLY and named != column


def _is_derived(export: SurveyExport, column: str) -> bool:
    """Results of Qualtrics' text analysis, groups of scores."""
    return column.endswith(NPS_GROUP) or any(_ANALYTICS.search(name) for name in (export.ids.get(column, ""), column))


def _is_free_text(answers: Counter[str]) -> bool:
    """More than half of the answers have over two different words, and they are not the same few choices."""
    total = sum(answers.values())
    wordy = sum(count for text, count in answers.items() if len({w for w in text.split() if w.isalpha()}) > 2)
    varied = len(answers) > max(12, total / 10) or len(answers) > total / 2
    return wordy > total / 2 and varied
