"""Excel and OpenDocument sheets and Parquet files as rows of text."""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from voc.errors import VocError, did_you_mean
from voc.sources._delimited import unique_columns
from voc.sources._files import Row, Table


def open_sheet(path: Path, *, sheet: str | None = None) -> Table:
    """Open one sheet of a workbook: the one named, or the first. Its first row that is not blank names the columns.

    Raises VocError for a damaged or locked workbook, an unknown sheet and a sheet without a header.
    """
    grid = _grid(path, sheet)
    first = next((number for number, values in enumerate(grid, 1) if any(values)), None)
    if first is None:
        raise VocError(f"{path}: the sheet is empty.", "Name another one with sheet, or export it again.")
    columns = unique_columns(grid[first - 1])
    return Table(path=path, columns=columns, rows=partial(_sheet_rows, grid, columns, first))


def open_parquet(path: Path) -> Table:
    """Open a Parquet file; `line` counts its rows from 1. Raises VocError without pyarrow and for a damaged file."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise VocError(
            f"{path} is a Parquet file, and pyarrow is not installed.", "Run: pip install 'voc[parquet]'"
        ) from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = [str(name) for name in file.schema_arrow.names]
    except (OSError, ValueError, NotImplementedError) as error:  # ArrowInvalid is a ValueError
        raise VocError(f"{path} cannot be read as Parquet: {_first_line(error)}.", "Export it again.") from error
    columns = unique_columns(names)
    return Table(path=path, columns=columns, rows=partial(_parquet_rows, path, columns))


def cell_text(value: Any) -> str:
    """A typed cell as the text a person sees: 123.0 is "123", dates are ISO 8601, nothing is "".

    Elapsed times are hours:minutes:seconds.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").replace("\0", "")
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=cell_text).replace("\0", "")
    return str(value).replace("\0", "")


def _grid(path: Path, sheet: str | None) -> list[list[str]]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise VocError(f"{path} has no sheet '{sheet}'.", did_you_mean(sheet, names))
        if not names:
            raise VocError(f"{path} holds no sheets.", "Export it again.")
        values = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except python_calamine.PasswordError as error:
        raise VocError(f"{path} is locked with a password.", "Save a copy without one.") from error
    except VocError:
        raise
    except Exception as error:
        raise _damaged(path, error) from error
    except BaseException as error:  # a fault inside the reading library arrives as its own PanicException
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path, error) from error
    return [[cell_text(value) for value in row] for row in values]


def _damaged(path: Path, error: BaseException) -> VocError:
    return VocError(f"{path} cannot be read as a workbook: {_first_line(error)}.", "Save it again as .xlsx or CSV.")


def _sheet_rows(grid: list[list[str]], columns: tuple[str, ...], header: int) -> Iterator[Row]:
    for number, values in enumerate(grid[header:], header + 1):
        if any(value.strip() for value in values):
            yield _row(number, columns, values)


def _parquet_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    import pyarrow.parquet

    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=4096):
                vectors = [vector.to_pylist() for vector in batch.columns]
                for values in zip(*vectors, strict=True):
                    number += 1
                    yield _row(number, columns, [cell_text(value) for value in values])
    except (OSError, ValueError, NotImplementedError) as error:
        raise VocError(f"{path} row {number + 1}: {_first_line(error)}.", "Export the file again.") from error


def _row(number: int, columns: tuple[str, ...], values: Sequence[str]) -> Row:
    cells = dict(zip(columns, values, strict=True))
    return Row(line=number, cells=cells, raw=json.dumps(cells, ensure_ascii=False))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
