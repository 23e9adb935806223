"""Any tabular file through one door, and the check that it has the columns a map names."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from voc.errors import VocError, did_you_mean
from voc.sources._delimited import open_delimited
from voc.sources._files import Table, check_file, file_kind, read_head
from voc.sources._json import open_json
from voc.sources._sheets import open_parquet, open_sheet


def open_table(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    rows_at: str | None = None,
) -> Table:
    """Open CSV, TSV, JSON lines, a JSON list, a workbook or Parquet, each also packed with gzip where it is text.

    `rows_at` is the dotted key of the list of rows in pages of JSON.

    Raises VocError for whatever makes the whole file unreadable.
    """
    check_file(path)
    kind = file_kind(path, read_head(path))
    if rows_at and kind != "json":
        raise VocError(f"{path} is no JSON, so it has no rows under '{rows_at}'.", "Leave rows_at out for this file.")
    if kind == "sheet":
        return open_sheet(path, sheet=sheet)
    if kind == "parquet":
        return open_parquet(path)
    if kind == "json":
        return open_json(path, encoding=encoding, rows_at=rows_at)
    return open_delimited(path, encoding=encoding, delimiter=delimiter)


def require_columns(path: Path, columns: Iterable[str], wanted: Mapping[str, str]) -> None:
    """Raise VocError for the first setting of `wanted` (setting -> column) whose column the file lacks."""
    columns = list(columns)
    for setting, column in wanted.items():
        if column not in columns:
            twin = next((name for name in columns if " ".join(name.split()) == " ".join(column.split())), None)
            if twin is not None:
                raise VocError(
                    f"{path} has no column '{column}', which {setting} names, but one that differs in its blanks.",
                    f"Write it with its escapes, in double quotes: {json.dumps(twin)}",
                )
            hint = did_you_mean(column, columns)
            listed = f"The columns are: {', '.join(columns)}." if columns else "It has no columns."
            raise VocError(
                f"{path} has no column '{column}', which {setting} names.",
                f"{hint} {listed}" if hint.startswith("Did") else listed,
            )
