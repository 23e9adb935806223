"""Typeform responses: JSON of the responses API or of webhooks, and the CSV or workbook export."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from voc.errors import VocError
from voc.records import Record
from voc.sources._files import Row, Table, check_file, is_json
from voc.sources._headers import find_standard, header_of, json_text
from voc.sources._json import as_text, read_items
from voc.sources._surveys import Survey, SurveyOptions, open_survey, read_survey
from voc.sources._tables import require_columns
from voc.sources._tickets import items, scalar
from voc.sources._values import LeftOut

DESCRIPTION = "Typeform responses: JSON of the API or of webhooks, and the CSV or workbook export"

_CSV = {
    "id": ("#", "Response ID", "Token"),
    "submitted": ("Submit Date (UTC)",),
    "staged": ("Stage Date (UTC)",),
    "started": ("Start Date (UTC)",),
    "state": ("Response Type",),
    "network": ("Network ID",),
    "ending": ("Ending",),
    "tags": ("Tags",),
    "email": ("email", "E-mail"),
}
_JSON = {"id": "token", "submitted": "submitted_at", "started": "landed_at", "state": "response_type"}
_TIMES = ("submitted", "staged", "started")
_OWN_WORDS = "long_text"
_NO_TIME = "0001-"  # how the API writes the time of what was never sent off
_BROKEN_OFF = {"partial", "started"}
_VALUES = ("text", "number", "boolean", "email", "phone_number", "date", "url", "file_url")


class Options(SurveyOptions):
    """Keys of a `kind: typeform` source.

    CSV: columns are named by their questions. JSON: by the ref of the question (its id where there is no ref), and by
    `hidden.NAME`, `variables.NAME`, `calculated.score`.
    """

    questions: dict[str, str] = Field(
        {}, description="JSON: wording of questions by ref or id, which the API leaves out"
    )
    keep_unfinished: bool = Field(False, description="Take responses that were broken off, too")


@dataclass(slots=True)
class _Form:
    """What a pass over all responses tells of the form: its columns, the type of each question, its wording."""

    columns: dict[str, None] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # of answers: text, number, email ...
    wordings: dict[str, str] = field(default_factory=dict)
    is_typeform: bool = False


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a Typeform export: its names of times in JSON, or "#" and a submit date in the header."""
    text = json_text(path, head)
    if text:
        return '"landed_at"' in text and '"token"' in text and ('"answers"' in text or '"landing_id"' in text)
    names = header_of(path, head)
    return "Submit Date (UTC)" in names and bool({"#", "Network ID"} & {*names})


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read an export, a response each; see `read_survey` for how text and score are found.

    In JSON, long texts and what was written beside "other" are free text, short texts where they are many different
    ones of some length; a question of type nps is the score. Responses that were broken off are rejects unless
    `keep_unfinished`. In pages of the API `line` counts responses. Raises VocError for files of another shape.
    """
    check_file(path)
    survey = _json_survey(path, options) if is_json(path) else _csv_survey(path, options)
    settled = options.model_copy(update={"timezone": "UTC"})  # the header of the CSV and the times of JSON say so
    return read_survey(survey, settled, check=partial(_check, keeps=options.keep_unfinished))


def _csv_survey(path: Path, options: Options) -> Survey:
    table = open_survey(path, options, "Typeform")
    standard = find_standard(table.columns, _CSV)
    if "#" in table.columns:
        standard["id"] = "#"
    for name, column in (("id", "#"), ("submitted", "Submit Date (UTC)")):
        if name not in standard:
            require_columns(path, table.columns, {f"the export's {'id' if name == 'id' else 'time'}": column})
    own = {*standard.values()}
    return Survey(
        table=table,
        standard=standard,
        times=tuple(standard[name] for name in _TIMES if name in standard),
        doubtful=tuple(column for column in table.columns if column not in own),
    )


def _json_survey(path: Path, options: Options) -> Survey:
    form = _Form()
    for _, response, _ in _responses(path, options.encoding):
        _note(form, response)
    if not form.is_typeform:
        raise VocError(
            f"{path} holds no Typeform responses.", "Expected is what the responses API gives, or its items one a line."
        )
    email = _first(form.kinds, "email") or ("hidden.email" if "hidden.email" in form.columns else None)
    phone = _first(form.kinds, "phone_number")
    people = {name: column for name, column in (("email", email), ("phone", phone)) if column}
    return Survey(
        table=Table(path=path, columns=tuple(form.columns), rows=partial(_rows, path, options.encoding, form)),
        standard={**_JSON, **people},
        times=(_JSON["submitted"], _JSON["started"]),
        texts=tuple(c for c in form.columns if form.types.get(c) == _OWN_WORDS or c.endswith(" (other)")),
        doubtful=tuple(c for c, kind in form.kinds.items() if kind in ("text", "number") and _is_open(form, c)),
        nps=tuple(column for column, kind in form.types.items() if kind == "nps"),
        questions={
            column: options.questions.get(column) or form.wordings.get(column) or column for column in form.columns
        },
    )


def _is_open(form: _Form, column: str) -> bool:
    return form.types.get(column) != _OWN_WORDS


def _first(kinds: Mapping[str, str], wanted: str) -> str | None:
    return next((column for column, kind in kinds.items() if kind == wanted), None)


def _responses(path: Path, encoding: str | None) -> Iterator[tuple[int, Any, tuple[str, str | None]]]:
    """(line, response, (raw, fault)) of pages of the API, of webhooks, and of responses one after the other."""
    number = 0
    for item in read_items(path, encoding=encoding):
        page = item.value if isinstance(item.value, dict) else {}
        if isinstance(page.get("items"), list):
            for response in page["items"]:
                number += 1
                yield number, response, (as_text(response), None)
        else:
            yield item.line, page.get("form_response", item.value), (item.raw, item.fault)


def _note(form: _Form, response: Any) -> None:
    if not isinstance(response, dict):
        return
    form.is_typeform |= "token" in response or "landed_at" in response or "answers" in response
    form.columns.update(dict.fromkeys([*_JSON.values(), *_cells(response)]))
    definition = response.get("definition")
    for asked in items(definition.get("fields")) if isinstance(definition, dict) else []:
        if isinstance(asked, dict) and (title := scalar(asked.get("title"))):
            form.wordings.setdefault(_name(asked), title)
    for column, answer in _answers(response):
        form.types.setdefault(column, scalar(answer["field"].get("type")) or "")
        form.kinds.setdefault(column, scalar(answer.get("type")) or "")


def _rows(path: Path, encoding: str | None, form: _Form) -> Iterator[Row]:
    for line, response, (raw, fault) in _responses(path, encoding):
        is_whole = isinstance(response, dict)
        cells = dict.fromkeys(form.columns, "") | (_cells(response) if is_whole else {})
        yield Row(line=line, cells=cells, raw=raw, fault=fault or (None if is_whole else "not a Typeform response"))


def _cells(response: Mapping[str, Any]) -> dict[str, str]:
    """A response as a row: its own fields, hidden fields, variables, and an answer a column."""
    cells = {name: scalar(response.get(name)) or "" for name in _JSON.values()}
    cells["token"] = cells["token"] or scalar(response.get("response_id")) or ""
    cells |= {name: "" for name in ("submitted_at", "landed_at") if cells[name].startswith(_NO_TIME)}
    hidden = response.get("hidden")
    cells |= {f"hidden.{name}": as_text(value) for name, value in (hidden if isinstance(hidden, dict) else {}).items()}
    calculated = response.get("calculated")
    if isinstance(calculated, dict) and scalar(calculated.get("score")):
        cells["calculated.score"] = scalar(calculated["score"]) or ""
    for variable in items(response.get("variables")):
        if isinstance(variable, dict) and scalar(variable.get("key")):
            kind = scalar(variable.get("type")) or "text"
            cells[f"variables.{scalar(variable['key'])}"] = scalar(variable.get(kind)) or ""
    for column, answer in _answers(response):
        cells[column] = _value(answer)
        if other := _other(answer):
            cells[f"{column} (other)"] = other
    return cells


def _answers(response: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for answer in items(response.get("answers")):
        if isinstance(answer, dict) and isinstance(answer.get("field"), dict) and _name(answer["field"]):
            yield _name(answer["field"]), answer


def _name(asked: Mapping[str, Any]) -> str:
    name = scalar(asked.get("ref")) or scalar(asked.get("id")) or ""
    return f"{name} (question)" if name in _JSON.values() else name


def _value(answer: Mapping[str, Any]) -> str:
    choice, choices = answer.get("choice"), answer.get("choices")
    if isinstance(choice, dict):
        return scalar(choice.get("label")) or ""
    if isinstance(choices, dict):
        return "; ".join(filter(None, map(scalar, items(choices.get("labels")))))
    return next((as_text(answer[name]) for name in _VALUES if answer.get(name) is not None), "")


def _other(answer: Mapping[str, Any]) -> str | None:
    """What was written beside "other" among choices."""
    found = answer.get("choice") or answer.get("choices")
    return scalar(found.get("other")) if isinstance(found, dict) else None


def _check(cell: Callable[[str], str | None], *, keeps: bool) -> None:
    """Raise LeftOut for a response that was never sent off."""
    is_sent = cell("submitted") is not None and (cell("state") or "").lower() not in _BROKEN_OFF
    if not is_sent and not keeps:
        raise LeftOut("unfinished in Typeform")
