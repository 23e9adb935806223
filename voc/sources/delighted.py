"""Delighted responses: CSV exports and JSON of the API kept from before the service ended in June 2026."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from voc.errors import VocError
from voc.records import Record
from voc.sources._files import Row, Table, check_file, is_json
from voc.sources._headers import find_standard, header_of, json_text, plain_name
from voc.sources._json import as_text, read_items
from voc.sources._scores import Score
from voc.sources._surveys import SURVEYED, Survey, SurveyOptions, open_survey, read_survey
from voc.sources._tables import require_columns
from voc.sources._tickets import items, scalar
from voc.sources._values import LeftOut, Losses, parse_time

DESCRIPTION = "Delighted responses: CSV exports and JSON of the API, kept from before the service ended"

_STANDARD = {
    "id": ("Survey Response ID", "Response ID", "ID"),
    "person": ("Person ID", "Person"),
    "type": ("Survey Type",),
    "score": ("Score",),
    "comment": ("Comment", "Comments"),
    "created": ("Created At", "Survey Response Created At", "Responded At", "Response Date", "Date"),
    "updated": ("Updated At",),
    "email": ("Person Email", "Email", "Email Address"),
    "phone": ("Person Phone Number", "Phone Number", "Phone"),
    "name": ("Person Name", "Name"),
    "link": ("Permalink", "Response Permalink"),
    "tags": ("Tags",),
    "notes": ("Notes",),
    "language": ("Locale",),
}
# Kind of score, worst and best by survey type. Thumbs and smileys stand in no document with their numbers: not guessed.
_SCALES: dict[str, tuple[str, float, float]] = {
    "nps": ("nps", 0, 10),
    "csat": ("csat", 1, 5),
    "csat3": ("csat", 1, 3),
    "ces": ("ces", 1, 5),
    "ces7": ("ces", 1, 7),
    "5star": ("rating", 1, 5),
    "fivestar": ("rating", 1, 5),
    "pmf": ("rating", 1, 3),
}
_KINDS = {"nps": "nps", "csat": "csat", "csat3": "csat", "ces": "ces", "ces7": "ces"}
_EMPLOYEES = "enps"
_EPOCH = re.compile(r"\d{9,10}(\.\d+)?")


class Options(SurveyOptions):
    """Keys of a `kind: delighted` source; in JSON properties are columns called person_properties.NAME."""

    survey_type: str | None = Field(
        None, description="nps, csat, ces, 5-star, pmf ... where the export does not say it"
    )
    scales: dict[str, tuple[float, float]] = Field(
        {}, description="Worst and best value by survey type, where it is another or unknown, such as csat: [1, 3]"
    )

    @field_validator("scales")
    @classmethod
    def _two_ends(cls, scales: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (worst, best) in scales.items():
            if worst == best:
                raise ValueError(f"worst and best of {name} must differ")
        return {plain_name(name): ends for name, ends in scales.items()}


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a Delighted export: score and comment with the type of the survey or its permalink."""
    text = json_text(path, head)
    if text:
        return '"survey_type"' in text and '"permalink"' in text and '"person"' in text
    names = {plain_name(name) for name in header_of(path, head)}
    return {"score", "comment"} <= names and bool(names & {"surveytype", "permalink"})


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read an export, a response each: the comment, free answers to further questions, and the score.

    The scale of the score goes by the survey type; a CES above 5 shows that the file's CES has seven points. eNPS
    responses are rejects, since employees are no customers. Raises VocError where neither file nor options say what
    kind of survey it was.
    """
    check_file(path)
    if is_json(path):
        table = _json_table(path, options.encoding)
    else:
        table = open_survey(path, options, "Delighted")
    survey = _survey(table, options)
    return read_survey(survey, options, check=partial(_check, default=options.survey_type), parse=_moment)


def _survey(table: Table, options: Options) -> Survey:
    standard = find_standard(table.columns, _STANDARD)
    for name, column in (("score", "Score"), ("created", "Created At")):
        if name not in standard and not (name == "created" and options.responded_on):
            require_columns(table.path, table.columns, {f"the export's {name.replace('created', 'time')}": column})
    if "type" not in standard and options.survey_type is None and options.score is None:
        raise VocError(
            f"{table.path} does not say what kind of survey it was.",
            "Set survey_type to nps, csat, ces, 5-star or pmf.",
        )
    if "id" not in standard and "link" in standard:
        standard["id"] = standard["link"]  # every response has an address of its own
    own = {*standard.values()}
    people = {"customer": standard["person"]} if "person" in standard else {}
    is_json = "additional_answers" in table.columns
    return Survey(
        table=table,
        standard=standard | people,
        times=(standard["created"],) if "created" in standard else (),
        texts=tuple(c for c in table.columns if c == standard.get("comment") or c.startswith(_FREE)),
        doubtful=() if is_json else tuple(column for column in table.columns if column not in own),
        questions={c: c.removeprefix(_FREE) for c in table.columns if c.startswith(_FREE)}
        | ({standard["comment"]: "Comment"} if "comment" in standard else {}),
        score_of=partial(_score_of, standard=standard, options=options, longest=_highest(table, standard)),
    )


def _highest(table: Table, standard: Mapping[str, str]) -> dict[str, float]:
    """The highest score by survey type in the first rows."""
    highest: dict[str, float] = {}
    for row in islice(table.rows(), SURVEYED):
        kind, text = (plain_name(row.cells.get(standard.get(name, ""), "")) for name in ("type", "score"))
        if text.isdecimal() and text.isascii() and len(text) < 3:
            highest[kind] = max(highest.get(kind, 0), float(text))
    return highest


def _score_of(
    row: Row, losses: Losses, *, standard: Mapping[str, str], options: Options, longest: Mapping[str, float]
) -> Score | None:
    column = standard["score"]
    found = plain_name(row.cells.get(standard.get("type", ""), ""))
    kind = found or plain_name(options.survey_type or "")
    if kind in options.scales:
        worst, best = options.scales[kind]
        return Score(column=column, kind=_KINDS.get(kind, "rating"), worst=worst, best=best)
    if kind == "ces" and 5 < longest.get(found, 0) <= 7:
        kind = "ces7"
    if kind in _SCALES:
        name, worst, best = _SCALES[kind]
        return Score(column=column, kind=name, worst=worst, best=best)
    if text := row.cells.get(column, "").strip():
        losses.note(row.line, column, text, f"of a survey of type '{kind}' whose ends are not known: set scales")
    return None


def _check(cell: Callable[[str], str | None], *, default: str | None) -> None:
    """Raise LeftOut for answers of employees."""
    if plain_name(cell("type") or default or "") == _EMPLOYEES:
        raise LeftOut("answer of an employee (eNPS) in Delighted")


def _moment(text: str, *, date_format: str | None, zone: ZoneInfo) -> datetime:
    """A time as the API writes it, in seconds since 1970, or as the CSV does."""
    is_epoch = date_format is None and _EPOCH.fullmatch(text.strip())
    return parse_time(text, date_format="epoch" if is_epoch else date_format, zone=zone)


_FREE = "additional_answers: "


def _json_table(path: Path, encoding: str | None) -> Table:
    columns: dict[str, None] = {}
    is_delighted = False
    for item in read_items(path, encoding=encoding):
        if isinstance(item.value, dict):
            is_delighted |= "survey_type" in item.value or "score" in item.value
            columns.update(dict.fromkeys(_cells(item.value)))
    if not is_delighted:
        raise VocError(f"{path} holds no Delighted responses.", "Expected is what the API lists as survey responses.")
    return Table(path=path, columns=tuple(columns), rows=partial(_rows, path, encoding, tuple(columns)))


def _rows(path: Path, encoding: str | None, columns: tuple[str, ...]) -> Iterator[Row]:
    for item in read_items(path, encoding=encoding):
        is_whole = isinstance(item.value, dict)
        cells = dict.fromkeys(columns, "") | (_cells(item.value) if is_whole else {})
        fault = item.fault or (None if is_whole else "not a Delighted response")
        yield Row(line=item.line, cells=cells, raw=item.raw, fault=fault)


def _cells(response: Mapping[str, Any]) -> dict[str, str]:
    """A response as a row: its own fields, the person's where they stand inside, properties, and free answers."""
    own = ("id", "survey_type", "score", "comment", "permalink", "created_at", "updated_at")
    cells = {name: scalar(response.get(name)) or "" for name in own}
    person = response.get("person")
    if isinstance(person, dict):
        cells |= {"person_id": scalar(person.get("id")) or ""}
        cells |= {f"person_{name}": scalar(person.get(name)) or "" for name in ("name", "email", "phone_number")}
    else:
        cells["person_id"] = scalar(person) or ""
    properties = response.get("person_properties")
    if isinstance(properties, dict):
        cells |= {f"person_properties.{name}": as_text(value) for name, value in properties.items()}
    cells["additional_answers"] = ""
    for answer in items(response.get("additional_answers")):
        if isinstance(answer, dict) and isinstance(answer.get("value"), dict):
            question = answer.get("question")
            wording = scalar(question.get("text")) if isinstance(question, dict) else None
            if text := scalar(answer["value"].get("free_response")):
                cells[f"{_FREE}{wording or scalar(answer.get('id')) or 'further question'}"] = text
    return cells
