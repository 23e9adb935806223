"""Recognising a format by its first bytes, and a tool's own columns by their names."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from voc.errors import VocError
from voc.sources._delimited import header_names
from voc.sources._files import file_kind, head_text


def header_of(path: Path, head: bytes) -> list[str]:
    """Names in the first row of delimited text, [] for any other file; for recognising a format, never raises."""
    try:
        kind = file_kind(path, head)
    except VocError:
        return []
    return header_names(head_text(head)) if kind == "delimited" else []


def json_text(path: Path, head: bytes) -> str:
    """First text of a JSON file, "" for any other file; for recognising a format, never raises."""
    try:
        return head_text(head) if file_kind(path, head) == "json" else ""
    except VocError:
        return ""


def plain_name(name: str) -> str:
    """A column name for comparing: lower case, letters and digits only."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def find_standard(columns: Iterable[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Which column each standard field stands in; `known` gives its names in order of preference."""
    by_name = {plain_name(column): column for column in reversed(list(columns))}
    found = {}
    for name, candidates in known.items():
        column = next((by_name[plain_name(c)] for c in candidates if plain_name(c) in by_name), None)
        if column is not None:
            found[name] = column
    return found
