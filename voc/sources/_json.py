"""JSON documents and JSON lines as items, numbers kept as the text they were written in."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from voc.errors import VocError
from voc.sources._files import Row, Table, find_encoding, open_text

# "12345678901234567890" and "1.50" keep their digits, since ids are text; NaN and Infinity are no JSON
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=lambda _: None)
_SPACE = re.compile(r"[\s\ufeff]*")
_UNSTORABLE = re.compile("[\ud800-\udfff]")
_ESCAPES = re.compile(r"\\u(d[89a-f]|0000)", re.IGNORECASE)
_DEEPEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One value of a JSON file, or the fault of a line that is none.

    `line` is the physical line in JSON lines, the position among the items (from 1) in a JSON document.
    """

    line: int
    value: Any
    raw: str
    fault: str | None = None


def read_items(path: Path, *, encoding: str | None = None) -> Iterator[Item]:
    """Go through JSON lines, a JSON list, or one or several JSON values one after the other.

    A broken line of JSON lines is an item with a fault; raises VocError for a broken document.
    """
    return _items(path, find_encoding(path, encoding))


def _items(path: Path, encoding: str) -> Iterator[Item]:
    with open_text(path, encoding) as stream:
        first = next((line for line in stream if line.strip("\ufeff \t\r\n\0")), "")
    if _is_value(first):
        return _line_items(path, encoding)
    return _document_items(path, encoding)


def open_json(path: Path, *, encoding: str | None = None, rows_at: str | None = None) -> Table:
    """Open a JSON list or JSON lines as a table: `{"user": {"id": 1}}` gives the column `user.id`.

    `rows_at` is the dotted key of the list of rows where pages of an API wrap it, such as `data.messages`.
    """
    return Table(path=path, columns=None, rows=partial(_rows, path, find_encoding(path, encoding), rows_at))


def as_text(value: Any) -> str:
    """A JSON value as the text of a cell: "" for null, JSON for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False)


def _rows(path: Path, encoding: str, rows_at: str | None) -> Iterator[Row]:
    items = _items(path, encoding)
    for item in _unwrapped(items, rows_at.split(".")) if rows_at else items:
        is_row = isinstance(item.value, dict)
        fault = item.fault or (None if is_row else "not a JSON object")
        yield Row(line=item.line, cells=_flat(item.value) if is_row else {}, raw=item.raw, fault=fault)


def _unwrapped(pages: Iterable[Item], keys: list[str]) -> Iterator[Item]:
    """The items of the lists that pages hold, counted through; a page that holds none is an item with a fault."""
    number = 0
    for page in pages:
        inner = page.value
        for key in keys:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if not isinstance(inner, list):
            number += 1
            yield replace(page, line=number, fault=page.fault or f"no list under '{'.'.join(keys)}' (rows_at)")
            continue
        for value in inner:
            number += 1
            yield Item(line=number, value=value, raw=as_text(value))


def _flat(value: dict[str, Any], prefix: str = "", depth: int = 1) -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, inner in value.items():
        if isinstance(inner, dict) and inner and depth < _DEEPEST:
            cells.update(_flat(inner, f"{prefix}{key}.", depth + 1))
        else:
            cells[f"{prefix}{key}"] = as_text(inner)
    return cells


def _is_value(line: str) -> bool:
    try:
        value, _ = _decode(line, _SPACE.match(line).end())
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def _line_items(path: Path, encoding: str) -> Iterator[Item]:
    with open_text(path, encoding) as stream:
        for number, line in enumerate(stream, 1):
            line = line.strip("\ufeff \t\r\n\0")
            position = 0
            while position < len(line):
                begin = position
                try:
                    value, end = _decode(line, position)
                except (ValueError, RecursionError) as error:
                    yield Item(line=number, value=None, raw=line[begin:], fault=f"not JSON: {_why(error)}")
                    break
                position = _SPACE.match(line, end).end()
                yield Item(line=number, value=value, raw=line[begin:end])


def _document_items(path: Path, encoding: str) -> Iterator[Item]:
    with open_text(path, encoding) as stream:
        text = stream.read()
    number, position = 0, _SPACE.match(text).end()
    if position == len(text):
        raise VocError(f"{path} holds no JSON, only blank lines.", "Export it again.")
    while position < len(text):
        try:
            value, end = _decode(text, position)
        except (ValueError, RecursionError) as error:
            place = getattr(error, "pos", position)
            line = text.count("\n", 0, place) + 1
            raise VocError(f"{path} line {line}: not JSON: {_why(error)}.", "Export it again.") from error
        for inner in value if isinstance(value, list) else [value]:
            number += 1
            yield Item(line=number, value=inner, raw=as_text(inner))
        position = _SPACE.match(text, end).end()


def _decode(text: str, position: int) -> tuple[Any, int]:
    value, end = _DECODER.raw_decode(text, position)
    return (_storable(value) if _ESCAPES.search(text, position, end) else value), end


def _storable(value: Any) -> Any:
    """Without half surrogates and NUL characters, which JSON escapes can hold and a database cannot."""
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return _UNSTORABLE.sub("\ufffd", whole).replace("\0", "")
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return value


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower().removesuffix(' at')} (column {error.colno})"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"
