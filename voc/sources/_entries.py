"""Rows and JSON objects of a vendor's files in one shape, whatever the spelling of their keys."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from voc.config import Settings
from voc.errors import VocError
from voc.sources._delimited import delimiter_char, header_names
from voc.sources._files import Table, check_file, file_kind, head_text, is_json
from voc.sources._json import as_text, read_items
from voc.sources._tables import open_table
from voc.sources._tickets import items, scalar
from voc.sources._values import check_date_format, check_timezone

_SIGNS_OF_NO_LETTERS = re.compile(r"[\W_]+")
_JSON_KEY = re.compile(r'"([^"\\]{1,80})"\s*:')
_SAMPLED = 1 << 16


class VendorOptions(Settings):
    """Keys that the sources of help desks share."""

    handle_time_field: str | None = Field(None, description="Field with agent time in seconds or as h:mm:ss")
    given_topic_field: str | None = Field(None, description="Field with the reason agents recorded")
    segment_field: str | None = Field(None, description="Field with the customer's segment")
    annual_revenue_field: str | None = Field(None, description="Field with the account's revenue a year")
    site_field: str | None = Field(None, description="Field with team or location; the group when not given")
    site: str | None = Field(None, description="One team or location for all threads")
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")
    delimiter: str | None = Field(None, description="Delimiter of a CSV, where it cannot be told from the file")
    date_format: str | None = Field(None, description="day_first, month_first, or a pattern such as %d/%m/%Y %H:%M")
    timezone: str = Field("UTC", description="Zone of times that do not say theirs, such as Europe/Berlin")

    _known_format = field_validator("date_format")(check_date_format)
    _known_zone = field_validator("timezone")(check_timezone)

    @field_validator("delimiter")
    @classmethod
    def _one_char(cls, name: str | None) -> str | None:
        return None if name is None else delimiter_char(name)


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """A key without case, blanks and signs, so that createdAt, "Created at" and created_at are one; dots stay."""
    return ".".join(_SIGNS_OF_NO_LETTERS.sub("", part.casefold()) for part in name.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a table or one JSON object: keys folded; `names` gives the spelling of the file's header."""

    line: int
    raw: str
    data: Mapping[str, Any]
    page: str | None = None  # the key under which a page of the API held it
    names: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    def get(self, *paths: str) -> Any:
        """The first value at one of the dotted paths that is there and not empty, else None."""
        for path in paths:
            value = _at(self.data, fold(path))
            if value is not None and not (isinstance(value, str) and not value.strip()):
                return value
        return None

    def text(self, *paths: str) -> str | None:
        """The first scalar at one of the paths, trimmed."""
        for path in paths:
            value = _at(self.data, fold(path))
            found = value.strip() if isinstance(value, str) else value and scalar(value)
            if found:
                return found
        return None

    def name(self, *paths: str) -> str:
        """What the file calls the first of the paths that it has; the first path when it has none."""
        return next((self.names[fold(path)] for path in paths if fold(path) in self.names), paths[0])

    def objects(self, *paths: str) -> list["Entry"]:
        """The objects of a list inside this one, each as an entry of the same line."""
        found = (one for one in items(self.get(*paths)) if isinstance(one, dict))
        return [Entry(line=self.line, raw=self.raw, data=one) for one in found]

    def has(self, path: str) -> bool:
        """Whether the key is there, be it empty."""
        return _holds(self.data, fold(path))


def _at(data: Any, path: str) -> Any:
    if path in data or "." not in path:
        return data.get(path)
    for key in path.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _holds(data: Any, path: str) -> bool:
    if path in data:
        return True
    *outer, last = path.split(".")
    inner = _at(data, ".".join(outer)) if outer else data
    return isinstance(inner, dict) and last in inner


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file of a vendor: its columns (None for JSON) and its rows or objects, as often as wanted."""

    path: Path
    columns: tuple[str, ...] | None
    rows: Callable[[], Iterator[Entry]]


def open_export(
    path: Path,
    options: VendorOptions,
    *,
    pages: Iterable[str],
    on_page: Callable[[dict[str, Any]], None] = lambda page: None,
) -> Export:
    """Open a table (CSV, workbook, Parquet) or JSON; objects of a page stand under one of the keys `pages`.

    A page is an object without an id that holds a list, or one object, under such a key; `line` then counts objects.
    `on_page` is shown each page, keys folded.
    Raises VocError for whatever makes the whole file unreadable.
    """
    check_file(path)
    if is_json(path):
        rows = partial(_json_entries, path, options.encoding, tuple(map(fold, pages)), on_page)
        return Export(path=path, columns=None, rows=rows)
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter)
    return Export(path=path, columns=table.columns, rows=partial(_table_entries, table))


def _table_entries(table: Table) -> Iterator[Entry]:
    names: dict[str, str] = {}
    for column in table.columns or ():
        names.setdefault(fold(column), column)
    for row in table.rows():
        data = {key: row.cells.get(column, "") for key, column in names.items()}
        yield Entry(line=row.line, raw=row.raw, data=data, names=names, fault=row.fault)


def _json_entries(
    path: Path, encoding: str | None, pages: tuple[str, ...], on_page: Callable[[dict[str, Any]], None]
) -> Iterator[Entry]:
    number, has_pages = 0, False
    for item in read_items(path, encoding=encoding):
        value = _folded(item.value)
        found = next((key for key in pages if _is_page(value, key)), None)
        if found is None:
            number = number + 1 if has_pages else item.line
            yield _json_entry(number, item.raw, value, fault=item.fault)
            continue
        has_pages = True
        on_page(value)
        inner = value[found]
        for one in inner if isinstance(inner, list) else [inner]:
            number += 1
            yield _json_entry(number, as_text(one), one, page=found)


def _is_page(value: Any, key: str) -> bool:
    return isinstance(value, dict) and "id" not in value and isinstance(value.get(key), (list, dict))


def _json_entry(line: int, raw: str, value: Any, *, page: str | None = None, fault: str | None = None) -> Entry:
    if isinstance(value, dict):
        return Entry(line=line, raw=raw, data=value, page=page, fault=fault)
    return Entry(line=line, raw=raw, data={}, fault=fault or "not a JSON object")


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(inner) for inner in value]
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found.setdefault(fold(key), _folded(inner))
        return found
    return value


def head_keys(path: Path, head: bytes) -> tuple[str, set[str]]:
    """How a file lies ("json", "delimited" or "") and the keys of its first bytes, folded, for recognising a format.

    Of JSON these are the keys of all depths. Never raises.
    """
    try:
        kind = file_kind(path, head)
    except VocError:
        return "", set()
    text = head_text(head)
    if kind == "json":
        return kind, {fold(key) for key in _JSON_KEY.findall(text[:_SAMPLED])}
    if kind == "delimited":
        return kind, {fold(name) for name in header_names(text)}
    return "", set()
