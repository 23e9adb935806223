"""Delimited text (CSV, TSV and kin) as rows: its delimiter, its line numbers, and rows that do not fit."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from voc.errors import VocError
from voc.sources._files import HEAD, Row, Table, find_encoding, open_text
from voc.sources._raw import shown_row

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
_UNUSUAL = "^~:#\x01\x1f "
_EXCEL_HINT = re.compile(r"sep=([^\"\r\n])\s*\Z", re.IGNORECASE)
_MOST_OPEN_QUOTES = 100
csv.field_size_limit(2**31 - 1)  # the module's own limit of 131,072 characters is below real texts


class _Fields(NamedTuple):
    """One record of the file: where it begins, its fields, its lines as they stand, whether a quote stayed open."""

    line: int
    fields: list[str]
    raw: str
    is_open: bool = False


def delimiter_char(name: str) -> str:
    """The character meant by a delimiter setting: itself, or "tab", "comma", "semicolon", "pipe".

    Raises ValueError for anything that is not one character.
    """
    char = _NAMES.get(name.strip().lower(), name) if name.strip() else name
    if len(char) != 1 or char in '"\r\n\0':
        raise ValueError("one character, or comma, semicolon, tab, pipe")
    return char


def guess_delimiter(sample: str, *, is_whole: bool = True) -> tuple[str, float] | None:
    """The delimiter that gives the header more than one field and most rows as many, with the share of such rows.

    `is_whole` is False when the sample may end inside a row. None when no delimiter splits the header.
    """
    best: tuple[float, str, float] | None = None
    for delimiter in DELIMITERS:
        widths = [len(record.fields) for record in _split(io.StringIO(sample, newline=""), delimiter) if record.fields]
        if not is_whole and len(widths) > 1:
            widths.pop()
        if not widths or widths[0] < 2:
            continue
        agree = sum(width == widths[0] for width in widths[1:]) / (len(widths) - 1) if widths[1:] else 1.0
        score = agree * (1 - 1 / widths[0])
        if best is None or score > best[0]:
            best = (score, delimiter, agree)
    return best[1:] if best else None


def header_names(sample: str) -> list[str]:
    """Column names in the first row of a text, [] when no delimiter splits it; for recognising a format."""
    guess = guess_delimiter(sample, is_whole=False)
    if guess is None:
        return []
    first = next((r for r in _split(io.StringIO(sample, newline=""), guess[0]) if r.fields), None)
    return [name.strip() for name in first.fields] if first else []


def open_delimited(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Open delimited text. The first line that is not blank names the columns.

    Columns without a name are called "column 3", the second of two equal names gets " (2)". Rows of blank cells are
    no rows. Raises VocError when there is no header.
    """
    encoding = find_encoding(path, encoding)
    with open_text(path, encoding) as stream:
        first = stream.readline()
        sample = first + stream.read(HEAD)
        is_whole = not stream.read(1)
    hint = _EXCEL_HINT.match(first)
    if hint:
        sample = sample[len(first) :]
    guess = guess_delimiter(sample, is_whole=is_whole)
    char = delimiter or (hint and hint[1]) or (guess[0] if guess else ",")
    records = partial(_records, path, encoding, char, skip=1 if hint else 0)
    header = next(records(), None)
    if header is None:
        raise VocError(f"{path} holds no header row, only blank lines.", "Export it again with its column names.")
    if header.is_open:
        raise VocError(f"{path} line {header.line}: a quote in the header is never closed.", "Export it again.")
    if len(header.fields) == 1:
        _complain_of_header(path, header, char, guess[0] if guess else None)
    columns = unique_columns(header.fields)
    return Table(path=path, columns=columns, rows=partial(_rows, records, columns, header.fields))


def unique_columns(names: Iterable[object]) -> tuple[str, ...]:
    """Column names as used in maps: trimmed, none empty, none twice."""
    columns: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        wanted = str(name).strip() or f"column {number}"
        unique, copy = wanted, 1
        while unique in columns:
            copy += 1
            unique = f"{wanted} ({copy})"
        columns[unique] = None
    return tuple(columns)


def _complain_of_header(path: Path, header: _Fields, used: str, guess: str | None) -> None:
    """Raise VocError for a header that another delimiter would split; a file of one column passes."""
    text = header.fields[0]
    unusual = max(_UNUSUAL, key=text.count)
    better = guess or (unusual if text.count(unusual) >= 2 else None)
    if better is None:
        return
    raise VocError(
        f"{path} line {header.line}: with delimiter {_shown(used)} the whole header is one column: '{text[:80]}'.",
        f"It looks like {_shown(better)} separates the columns. Set delimiter: {_shown(better)} for this source.",
    )


def _shown(char: str) -> str:
    return next((f"'{name}'" for name, known in _NAMES.items() if known == char and char in "\t "), f"'{char}'")


def _rows(records, columns: tuple[str, ...], header: list[str]) -> Iterator[Row]:
    named = max((number for number, name in enumerate(header, 1) if name.strip()), default=len(header))
    stream = records()
    next(stream, None)
    width = len(columns)
    for record in stream:
        fields = record.fields
        if len(fields) == width and not record.is_open:  # nearly all rows, so they take the short way
            yield Row(line=record.line, cells=dict(zip(columns, fields, strict=True)), raw=record.raw)
            continue
        yield Row(
            line=record.line,
            cells=dict(zip(columns, [*fields, *[""] * width], strict=False)),
            raw=shown_row(columns, fields, record.raw, shift=abs(len(fields) - width)),
            fault=_fault(record, named, width),
            fields=tuple(fields),
        )


def _fault(record: _Fields, named: int, width: int) -> str | None:
    """Why a record does not fit the header. Columns without a name at its end may be left out or be empty."""
    if record.is_open:
        return "a quote opened in this row is never closed"
    if len(record.fields) < named or any(field.strip() for field in record.fields[width:]):
        return f"the row has {len(record.fields)} fields, the header has {width}"
    return None


def _records(path: Path, encoding: str, delimiter: str, *, skip: int) -> Iterator[_Fields]:
    with open_text(path, encoding) as stream:
        for _ in range(skip):
            stream.readline()
        opened = 0
        for record in _split(stream, delimiter, start=skip + 1):
            opened += record.is_open
            if opened > _MOST_OPEN_QUOTES:
                raise VocError(
                    f"{path} line {record.line}: more than {_MOST_OPEN_QUOTES} rows open a quote that is never closed.",
                    "Check the delimiter, and that the export doubles the quotes inside quoted cells.",
                )
            yield record


def _split(lines: Iterable[str], delimiter: str, *, start: int = 1) -> Iterator[_Fields]:
    """Records of delimited text; blank lines and records of blank cells are left out.

    A quote that is never closed would swallow the rest of the file. The row that opened it is given as such and
    reading goes on with the next physical line.
    """
    pending: Iterator[str] = iter(lines)
    while True:
        recorder = _Recorder(pending)
        taken, record = recorder.taken, None
        for fields in csv.reader(recorder.lines(), delimiter=delimiter):
            if recorder.is_exhausted:  # the reader asked for a further line inside a quoted field
                first = taken[0].rstrip("\r\n")
                record = _Fields(start, next(csv.reader([first], delimiter=delimiter), []), first, is_open=True)
                pending = iter(taken[1:])
                break
            lines, raw = len(taken), "".join(taken)
            taken.clear()
            if any(map(str.strip, fields)):
                yield _Fields(start, fields, raw.rstrip("\r\n"))
            start += lines
        if record is None:
            return
        yield record
        start += 1


class _Recorder:
    """Lines on their way to the CSV reader: remembers those of the current record, drops NUL characters."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []  # of the current record; whoever has used them empties it
        self.is_exhausted = False

    def lines(self) -> Iterator[str]:
        """The lines as the reader asks for them."""
        keep = self.taken.append
        for line in self._lines:
            if "\0" in line:
                line = line.replace("\0", "")
            keep(line)
            yield line
        self.is_exhausted = True
