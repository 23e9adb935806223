"""Tables for typed formats: times in UTC, dates, nullable types, with what each column means."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from voc.exports._package import field_type
from voc.exports._values import as_date, as_time
from voc.schema import Column, Table

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_table(declared: Table, frame: pd.DataFrame) -> "pa.Table":
    """A frame as Arrow: times in UTC, dates, nullable types; each column says what it means and its unit."""
    import pyarrow as pa

    kinds = {
        "string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(), "datetime": pa.timestamp("us", tz="UTC"),
    }  # fmt: skip
    arrays, fields = [], []
    for c in declared.columns:
        arrays.append(pa.array(_plain(c, frame[c.name]), type=kinds[field_type(c)]))
        says = {"description": c.description} | ({"unit": c.unit} if c.unit else {})
        fields.append(pa.field(c.name, kinds[field_type(c)], nullable=c.is_nullable, metadata=says))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"description": declared.description}))


def plain_rows(declared: Table, frame: pd.DataFrame) -> Iterator[dict]:
    """Rows as plain Python values: times and dates as such, None for missing."""
    columns = [_plain(c, frame[c.name]) for c in declared.columns]
    return (dict(zip(declared.names, row, strict=True)) for row in zip(*columns, strict=True))


def _plain(c: Column, series: pd.Series) -> list:
    values = series.astype(object).where(series.notna(), None).tolist()
    convert = {"date": as_date, "datetime": as_time}.get(field_type(c))
    return [None if v is None else convert(v) for v in values] if convert else values
