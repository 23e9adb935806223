"""Qualtrics' tables as a warehouse loader (Fivetran) writes them: responses with their answers beside them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from voc.records import PersonRecord, Record, RejectRecord, ResponseRecord
from voc.sources._entries import Entry, Export, fold, open_export
from voc.sources._files import Row, Table
from voc.sources._people import people_in
from voc.sources._qualtrics_columns import NPS_GROUP, SurveyExport
from voc.sources._values import identifiers, some
from voc.sources._vendor import Reading, TableKind, raw_of_entry, read_tables
from voc.sources._warehouse import rows_beside, why_not_current

# Which column of the table of responses holds what the CSV export has under other names
_STANDARD = {
    "id": "id", "recorded": "recorded_date", "ended": "end_date", "status": "status", "finished": "finished",
    "email": "recipient_email", "external": "external_data_reference", "language": "user_language",
}  # fmt: skip
RESPONSES = TableKind(name="survey_response", signs=("id; recorded_date; survey_id; finished; duration_in_seconds",))
_NUMBER = re.compile(r"(\d+)")
_WITH_RESPONSES = "read with the responses of the same folder (survey_response)"
NOTHING_SAID = "responses without free text and score (name questions under texts or score)"


def _person(entry: Entry, reading: Reading) -> Iterator[Record]:
    """A contact of the directory."""
    found = identifiers(
        id=reading.id(entry, "id"),
        external=entry.text("ext_ref"),
        email=entry.text("email"),
        phone=entry.text("phone"),
    )
    yield PersonRecord(line=entry.line, people=people_in({"contact": entry.data}), identifiers=found)


def _unused(name: str, signs: str, why: str = _WITH_RESPONSES) -> TableKind:
    return TableKind(name=name, signs=(signs,), unused=why)


TABLES = (
    TableKind(name="directory_contact", signs=("id; directory_id; ext_ref; email",), read=_person),
    _unused("question_response", "response_id; question_id; question_option_key; value"),
    _unused("question", "id; survey_id; question_type; data_export_tag"),
    _unused("question_option", "key; question_id; survey_id; recode_value"),
    _unused("survey_embedded_data", "import_id; key; response_id; value"),
    _unused("distribution", "id; request_type; survey_link_survey_id", "invitations say nothing of answers"),
    _unused("survey", "id; survey_name; survey_status; owner_id", "a survey's settings say nothing of answers"),
)


def is_table(columns: set[str]) -> bool:
    """Whether folded names are those of one of Qualtrics' warehouse tables, the responses among them."""
    return RESPONSES.fits(columns) or any(kind.fits(columns) for kind in TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One column of answers: its label, wording and kind. Labels are those of the CSV export (Q3, Q5_1)."""

    survey_id: str
    question_id: str
    part: str  # the loop and the row of a matrix, or "TEXT" beside a choice; "" for a whole question
    wording: str
    tag: str
    kind: str
    selector: str

    @property
    def label(self) -> str:
        return f"{self.tag}_{self.part}" if self.part else self.tag

    @property
    def import_id(self) -> str:
        """As in the third header row of the CSV export, by which free text is known."""
        is_text = self.kind == "TE" or self.part.endswith("TEXT")
        base = f"{self.question_id}_{self.part}".removesuffix("_TEXT").rstrip("_")
        return f"{base}_TEXT" if is_text else base


@dataclass(slots=True)
class _Answers:
    """Everything the tables beside the responses say: cells by response and question, embedded data by response."""

    cells: dict[str, dict[_Question, str]] = field(default_factory=lambda: defaultdict(dict))
    embedded: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


def other_table(path: Path, options: Any) -> Iterator[Record]:
    """Records of a table beside that of the responses: people, or a count of rows that are read with the responses."""
    plain = options.model_copy(update={"timezone": options.timezone or "UTC"})
    export = open_export(path, options, pages=())
    return read_tables(export, TABLES, Reading(path, plain), vendor="Qualtrics", why_not=why_not_current(export))


def open_responses(table: Table, options: Any) -> SurveyExport:
    """The table of responses with a column a question, as the CSV export has it; its times are in UTC."""
    export = open_export(table.path, options, pages=())
    surveys = {row.text("id") or "": row.text("survey_id") or "" for row in export.rows()}
    answers = _answers_beside(table.path, options, surveys)
    labels = _labels({question for cells in answers.cells.values() for question in cells})
    embedded = sorted({key for values in answers.embedded.values() for key in values})
    own = table.columns or ()
    groups = [f"{label}{NPS_GROUP}" for question, label in labels.items() if question.selector.upper() == "NPS"]
    columns = tuple(dict.fromkeys((*own, *labels.values(), *groups, *embedded)))
    standard = {name: column for name in _STANDARD for column in own if fold(column) == fold(_STANDARD[name])}
    why_not = why_not_current(export)

    def rows() -> Iterator[Row]:
        for row, entry in zip(table.rows(), export.rows(), strict=True):
            if not row.fault and why_not(entry):
                continue
            response_id = row.cells.get(standard["id"], "").strip()
            cells = dict.fromkeys(columns, "") | answers.embedded.get(response_id, {})
            cells |= {labels[question]: text for question, text in answers.cells.get(response_id, {}).items()}
            yield Row(line=row.line, cells=cells | row.cells, raw=row.raw, fault=row.fault)

    return SurveyExport(
        table=Table(path=table.path, columns=columns, rows=rows),
        questions={label: question.wording for question, label in labels.items()},
        ids={column: "" for column in own} | {label: question.import_id for question, label in labels.items()},
        standard=standard,
        header_rows=1,
        zone="UTC",
    )


def _answers_beside(path: Path, options: Any, surveys: Mapping[str, str]) -> _Answers:
    """Answers of the responses in `surveys` (response id -> survey id)."""
    questions = {
        (row.text("survey_id") or "", row.text("id") or ""): row
        for row in rows_beside(path, options, "id", "survey_id", "question_type", "data_export_tag")
    }
    choices = {
        (row.text("survey_id") or "", row.text("question_id") or "", row.text("key") or ""): row.text("text") or ""
        for row in rows_beside(path, options, "key", "question_id", "survey_id", "recode_value")
    }
    found = _Answers()
    for row in rows_beside(path, options, "response_id", "question_id", "question_option_key", "value"):
        response_id, question_id = row.text("response_id") or "", row.text("question_id") or ""
        if response_id not in surveys or not question_id:
            continue
        survey_id = surveys[response_id]
        known = questions.get((survey_id, question_id))
        choice = choices.get((survey_id, question_id, row.text("question_option_key") or ""))
        cells = found.cells[response_id]
        for question, text in _cells(row, survey_id, known, choice):
            cells[question] = f"{cells[question]}, {text}" if cells.get(question) else text
    for row in rows_beside(path, options, "import_id", "key", "response_id", "value"):
        response_id, key, value = row.text("response_id") or "", row.text("key"), row.text("value")
        if response_id in surveys and key and value:
            found.embedded[response_id][key] = value
    return found


def _cells(row: Entry, survey_id: str, known: Entry | None, choice: str | None) -> Iterator[tuple[_Question, str]]:
    """The answer's cell; beside the number of a choice also what was written into it ("other, please say")."""
    question_id = row.text("question_id") or ""
    kind = (known.text("question_type") if known else None) or ""
    sub_key, loop = row.text("sub_question_key"), row.text("loop_id")
    wording = row.text("question") or (known.text("question_text") if known else None) or question_id
    base = _Question(
        survey_id=survey_id,
        question_id=question_id,
        part="_".join(part for part in (loop, sub_key) if part),
        wording=" - ".join(part for part in (wording, row.text("sub_question_text")) if part),
        tag=(known.text("data_export_tag") if known else None) or question_id,
        kind=kind,
        selector=(known.text("selector") if known else None) or "",
    )
    text, value = row.text("text"), row.text("value")
    own = (text or value) if kind == "TE" else (value or text)
    if own:
        yield base, own
    if kind != "TE" and value and text and choice and text != choice:
        yield replace(base, part=f"{base.part}_TEXT".lstrip("_"), wording=f"{base.wording} - {choice}"), text


def _labels(questions: set[_Question]) -> dict[_Question, str]:
    """A column name a question: its label, with the survey behind it where surveys ask different things under one."""
    ordered = sorted(questions, key=lambda q: (q.survey_id, _natural(q.question_id), _natural(q.part), q.wording))
    wordings: dict[str, set[str]] = defaultdict(set)
    for question in ordered:
        wordings[question.label].add(question.wording)
    named: dict[_Question, str] = {}
    for question in ordered:
        label = question.label
        named[question] = f"{label} ({question.survey_id})" if len(wordings[label]) > 1 else label
    return named


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Q2 before Q10."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in _NUMBER.split(text))


def said_something(records: Iterator[Record]) -> Iterator[Record]:
    """Responses without the blank answers of other surveys' questions; those that say nothing are counted."""
    silent: list[ResponseRecord] = []
    for record in records:
        if not isinstance(record, ResponseRecord):
            yield record
            continue
        answers = tuple(answer for answer in record.answers if some(answer.text))
        if answers or record.score is not None:
            yield replace(record, answers=answers)
        else:
            silent.append(record)
    if silent:
        yield RejectRecord(
            line=silent[0].line,
            reason=f"{NOTHING_SAID} (rows passed over: {len(silent)})",
            raw=silent[0].response_id,
            is_fault=False,
        )


def deleted_rows(export: Export) -> Iterator[RejectRecord]:
    """One reject that counts the rows of a table which were deleted in the tool."""
    why_not = why_not_current(export)
    gone = [(entry, why) for entry in export.rows() if not entry.fault and (why := why_not(entry))]
    for why in dict.fromkeys(why for _, why in gone):
        mine = [entry for entry, reason in gone if reason == why]
        yield RejectRecord(
            line=mine[0].line, reason=f"{why} (rows passed over: {len(mine)})", raw=raw_of_entry(mine[0]), is_fault=False
        )
