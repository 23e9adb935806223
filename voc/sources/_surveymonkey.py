"""SurveyMonkey's API responses as a table: a column a question, a row of a matrix, or what was written beside "other"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from voc.errors import VocError
from voc.sources._files import Row, Table
from voc.sources._json import as_text, read_items
from voc.sources._surveys import Survey
from voc.sources._tickets import items, scalar

_OWN = ("id", "date_modified", "date_created", "response_status", "email_address", "custom_value", "collector_id")
_CONTACT = ("first_name", "last_name")
_OTHER = " (other)"
_ESSAY = "essay"


@dataclass(slots=True)
class _Form:
    """What a pass over all responses tells of the survey."""

    columns: dict[str, None] = field(default_factory=dict)
    wordings: dict[str, str] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)
    is_survey: bool = False


def api_survey(path: Path, *, encoding: str | None, questions: Mapping[str, str]) -> Survey:
    """Pages of `responses/bulk`, or responses one after the other, as a survey; `questions` gives wordings by id.

    With `simple=true` the API brings wordings and the labels of choices, otherwise only their ids. Raises VocError
    for JSON of another shape.
    """
    form = _Form()
    for _, response, _ in _responses(path, encoding):
        if isinstance(response, dict):
            form.is_survey |= "response_status" in response or "pages" in response
            form.columns.update(dict.fromkeys(_cells(response, form)))
    if not form.is_survey:
        raise VocError(
            f"{path} holds no SurveyMonkey responses.", "Expected is what the API's responses/bulk gives, or a CSV."
        )
    own = {*_OWN, *(column for column in form.columns if column.startswith(("custom_variables.", "contact.")))}
    wordings = form.wordings | {
        column: column.replace(asked, wording, 1)
        for column in form.columns
        for asked, wording in questions.items()
        if column == asked or column.startswith((f"{asked} - ", f"{asked}{_OTHER}"))
    }
    return Survey(
        table=Table(path=path, columns=tuple(form.columns), rows=partial(_rows, path, encoding, form)),
        standard={"id": "id", "status": "response_status", "email": "email_address"},
        times=("date_modified", "date_created"),
        texts=tuple(form.texts),
        doubtful=tuple(column for column in form.columns if column not in own and column not in form.texts),
        questions=wordings,
    )


def _responses(path: Path, encoding: str | None) -> Iterator[tuple[int, Any, tuple[str, str | None]]]:
    """(line, response, (raw, fault)); in pages `line` counts responses."""
    number = 0
    for item in read_items(path, encoding=encoding):
        page = item.value if isinstance(item.value, dict) else {}
        if isinstance(page.get("data"), list):
            for response in page["data"]:
                number += 1
                yield number, response, (as_text(response), None)
        else:
            yield item.line, item.value, (item.raw, item.fault)


def _rows(path: Path, encoding: str | None, form: _Form) -> Iterator[Row]:
    for line, response, (raw, fault) in _responses(path, encoding):
        is_whole = isinstance(response, dict)
        cells = dict.fromkeys(form.columns, "") | (_cells(response, form) if is_whole else {})
        yield Row(line=line, cells=cells, raw=raw, fault=fault or (None if is_whole else "not a SurveyMonkey response"))


def _cells(response: Mapping[str, Any], form: _Form) -> dict[str, str]:
    """A response as a row; notes the wording of its questions in `form`."""
    cells = {name: scalar(response.get(name)) or "" for name in _OWN}
    cells |= _contact(response)
    variables = response.get("custom_variables")
    if isinstance(variables, dict):
        cells |= {f"custom_variables.{name}": as_text(value) for name, value in variables.items()}
    for page in items(response.get("pages")):
        for question in items(page.get("questions")) if isinstance(page, dict) else []:
            if isinstance(question, dict) and (asked := scalar(question.get("id"))):
                _add_question(cells, f"{asked} (question)" if asked in _OWN else asked, question, form)
    return cells


def _contact(response: Mapping[str, Any]) -> dict[str, str]:
    """Who answered, where the survey was sent to a list of contacts."""
    metadata = response.get("metadata")
    contact = metadata.get("contact") if isinstance(metadata, dict) else None
    named = {name: contact.get(name) for name in _CONTACT} if isinstance(contact, dict) else {}
    return {f"contact.{name}": scalar(one.get("value")) or "" for name, one in named.items() if isinstance(one, dict)}


def _add_question(cells: dict[str, str], asked: str, question: Mapping[str, Any], form: _Form) -> None:
    heading = scalar(question.get("heading")) or asked
    for answer in items(question.get("answers")):
        if not isinstance(answer, dict):
            continue
        row, other = scalar(answer.get("row_id")), answer.get("other_id") is not None
        column = f"{asked}{_OTHER}" if other else f"{asked} - {row}" if row else asked
        text = scalar(answer.get("text")) or scalar(answer.get("simple_text")) or scalar(answer.get("choice_id")) or ""
        cells[column] = "; ".join(filter(None, (cells.get(column), text)))
        form.wordings.setdefault(column, column.replace(asked, heading, 1))
        if other or question.get("subtype") == _ESSAY:
            form.texts[column] = None
