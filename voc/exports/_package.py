"""Tidy CSV files with a data dictionary (Frictionless Data Package): names, types, units, meaning of every column."""

import csv
import hashlib
import json
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from voc.exports._guard import SAYS, guarded
from voc.exports._material import Basis
from voc.reports import _words as w
from voc.schema import Column, Table

DICTIONARY = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
Read = Callable[[str], pd.DataFrame]
ROWS_AT_ONCE = 50_000
_DAYS = ("_on", "_day")


def field_type(c: Column) -> str:
    """Type of a column by the words of the data package: string, integer, number, boolean, date or datetime."""
    if c.type is str and c.name.endswith("_at"):
        return "datetime"
    return "date" if c.type is str and c.name.endswith(_DAYS) else _TYPES[c.type]


def write_tables(folder: Path, tables: Sequence[Table], read: Read, basis: Basis, *, title: str) -> list[str]:
    """Write a CSV file a table, and the dictionary; returns what was written, a line a file.

    One table at a time is held. Missing is an empty cell, yes and no are true and false, times are ISO 8601 in UTC,
    numbers have all their digits and a decimal point.
    """

    def write(path: Path, declared: Table, frame: pd.DataFrame) -> None:
        write_csv(path, declared.names, cells(frame[declared.names]))

    return write_files(folder, tables, read, basis, title=title, suffix=".csv", write=write)


def write_files(
    folder: Path, tables: Sequence[Table], read: Read, basis: Basis, *, title: str, suffix: str,
    write: Callable[[Path, Table, pd.DataFrame], None],
) -> list[str]:  # fmt: skip
    """Write a file a table by `write`, and the dictionary; returns what was written, a line a file."""
    resources, said = [], []
    there = {t.name for t in tables}
    for declared in tables:
        frame = read(declared.name)
        path = folder / f"{declared.name}{suffix}"
        write(path, declared, frame)
        resources.append(tabular_resource(declared, path, there))
        said.append(f"{path.name}: {w.plural(len(frame), 'row')}")
    write_dictionary(folder, resources, basis, title=title)
    return said


def write_csv(path: Path, header: list[str], rows: Iterable[list]) -> None:
    """One CSV file in UTF-8 with commas, RFC 4180; text that would be a formula is guarded."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def cells(frame: pd.DataFrame) -> Iterator[list]:
    """Rows of a frame as CSV holds them: None for missing, true and false for yes and no, plain numbers."""
    for start in range(0, len(frame), ROWS_AT_ONCE):
        columns = []
        for name in frame.columns:
            series = frame[name].iloc[start : start + ROWS_AT_ONCE]
            values = series.astype(object).where(series.notna(), None).tolist()
            if series.dtype in ("bool", "boolean"):
                values = [None if v is None else "true" if v else "false" for v in values]
            columns.append(values)
        yield from (list(row) for row in zip(*columns, strict=True))


# ---------------------------------------------------------------- dictionary


def write_dictionary(folder: Path, resources: list[dict], basis: Basis, *, title: str) -> None:
    """datapackage.json: the files, their columns, and the run, period, currency and cautions they rest on."""
    document = {
        "$schema": PROFILE, "name": "voc-export", "title": title, "description": " ".join(basis.lines),
        "created": basis.finished_at, "basis": basis.document(), "resources": resources,
    }  # fmt: skip
    text = json.dumps(document, indent=2, ensure_ascii=False)
    (folder / DICTIONARY).write_text(text + "\n", encoding="utf-8")


def tabular_resource(declared: Table, path: Path, there: Container[str]) -> dict:
    """A table's file with its schema; `there`: the tables of the package, which alone can be referred to."""
    return file_resource(path, declared.description, name=declared.name) | {
        "type": "table", "title": declared.title,
        "cautions": [*declared.cautions, *([SAYS] if path.suffix == ".csv" else [])],
        "schema": schema(declared, there),
    }  # fmt: skip


def file_resource(path: Path, description: str, *, name: str) -> dict:
    """A file with its size and hash."""
    media = {".csv": "text/csv", ".json": "application/json", ".md": "text/markdown"}
    return {
        "name": resource_name(name), "type": "file", "path": path.name, "description": description, "format": path.suffix[1:],
        "mediatype": media.get(path.suffix, "application/vnd.apache.parquet"), "encoding": "utf-8",
        "bytes": path.stat().st_size, "hash": f"sha256:{_sha256(path)}",
    }  # fmt: skip


def schema(declared: Table, there: Container[str]) -> dict:
    """Table Schema of a table: its fields, key and references."""
    found: dict = {"fields": [_field(c) for c in declared.columns], "missingValues": [""]}
    if declared.key:
        found["primaryKey"] = list(declared.key)
    links = [(c.name, *c.ref.partition(".")[::2]) for c in declared.columns if c.ref]
    kept = [
        {"fields": [name], "reference": {"resource": resource_name(table), "fields": [column or name]}}
        for name, table, column in links if table in there
    ]  # fmt: skip
    return found | ({"foreignKeys": kept} if kept else {})


def resource_name(table: str) -> str:
    """Name of a table's resource: dashes for underscores."""
    return table.replace("_", "-")


def _field(c: Column) -> dict:
    field: dict = {"name": c.name, "type": field_type(c), "description": c.description}
    if c.unit:
        field["unit"] = c.unit
    rules: dict = {}
    # A text that must be there may be empty, which a CSV file cannot tell from missing.
    if not c.is_nullable and (c.type is not str or c.is_key or c.choices or field["type"] != "string"):
        rules["required"] = True
    rules |= {k: v for k, v in (("minimum", c.low), ("maximum", c.high)) if v is not None}
    if c.choices:
        rules["enum"] = list(c.choices)
    return field | ({"constraints": rules} if rules else {})


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
