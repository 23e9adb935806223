"""A table is declared once: from it come the STRICT DDL, the frame check, Datasette's metadata, the docs and a JSON Schema.

    @table("episodes", kind="working", grain="a run of contacts by one customer about one topic")
    class Episode:
        episode_id: str = column("Identifier", key=True)
        customer_id: str | None = column("Who made the contacts; null when no source says", ref="customers")

`Episode` is then a `Table`. Frames carry text as `str`, times as ISO 8601 text in UTC ("2026-05-04T09:30:00Z"),
dates as "2026-05-04", yes/no as bool, JSON as text. Missing is NaN/None in every type.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from voc.errors import VocError

Kind = typing.Literal["source", "working", "report", "person", "cache", "raw"]
# source: upserted by key; working: replaced by each run; report: appended with run_id;
# person: written by people, never by a run; cache: grows, lives in a side file;
# raw: unredacted, lives in a file of its own and only where somebody asked for it.

_SQL_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL", bool: "INTEGER", bytes: "BLOB"}
_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", bytes: "string"}


@dataclass(frozen=True)
class Column:
    """One column: its Python type, what it means, its unit and what it may hold."""

    name: str
    type: type
    is_nullable: bool
    description: str
    is_key: bool = False
    ref: str | None = None  # "table" or "table.column" whose key this column holds
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    is_redacted: bool = False  # text a customer may have typed: the ingest stage redacts it
    is_provenance: bool = False  # where a row came from: a change here alone does not update the row

    @property
    def sql(self) -> str:
        """The column's line in CREATE TABLE."""
        parts = [f'"{self.name}" {_SQL_TYPES[self.type]}']
        if not self.is_nullable:
            parts.append("NOT NULL")
        checks = []
        if self.type is bool:
            checks.append(f'"{self.name}" IN (0, 1)')
        if self.low is not None:
            checks.append(f'"{self.name}" >= {self.low}')
        if self.high is not None:
            checks.append(f'"{self.name}" <= {self.high}')
        if self.choices:
            listed = ", ".join(f"'{choice}'" for choice in self.choices)
            checks.append(f'"{self.name}" IN ({listed})')
        parts += [f"CHECK ({check})" for check in checks]
        return " ".join(parts)


def column(description: str, *, key: bool = False, redact: bool = False, provenance: bool = False, **rest) -> Column:
    """Describe a column; its name and type come from the class it stands in."""
    return Column(
        name="", type=str, is_nullable=False, description=description, is_key=key, is_redacted=redact,
        is_provenance=provenance, **rest,
    )  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A declared table."""

    name: str
    kind: Kind
    grain: str
    columns: tuple[Column, ...]
    title: str
    cautions: tuple[str, ...] = ()
    label: str | None = None  # the column Datasette shows for a foreign key to this table
    search: tuple[str, ...] = ()  # columns in the full-text index
    facets: tuple[str, ...] = ()
    sort: str | None = None  # "column" or "-column"
    indexes: tuple[tuple[str, ...], ...] = ()
    is_hidden: bool = False
    is_latest_only: bool = False  # a report table of which the latest complete run alone is kept

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(c.name for c in self.columns if c.is_key)

    @property
    def names(self) -> list[str]:
        """Names of all columns, in order."""
        return [c.name for c in self.columns]

    @property
    def description(self) -> str:
        """Grain and cautions as text for people."""
        return " ".join([f"One row for {self.grain}.", *self.cautions])

    def ddl(self) -> str:
        """CREATE TABLE in STRICT mode with keys, checks and foreign keys."""
        lines = [c.sql for c in self.columns]
        if self.key:
            lines.append("PRIMARY KEY (" + ", ".join(f'"{k}"' for k in self.key) + ")")
        for c in self.columns:
            if c.ref:
                target, _, target_column = c.ref.partition(".")
                lines.append(
                    f'FOREIGN KEY ("{c.name}") REFERENCES "{target}" ("{target_column or c.name}")'
                    " DEFERRABLE INITIALLY DEFERRED"
                )
        body = ",\n  ".join(lines)
        return f'CREATE TABLE "{self.name}" (\n  {body}\n) STRICT'

    def empty(self) -> pd.DataFrame:
        """A frame with the declared columns and no rows."""
        return pd.DataFrame({c.name: pd.Series([], dtype=_dtype(c)) for c in self.columns})

    def frame(self, rows: typing.Iterable[Mapping]) -> pd.DataFrame:
        """A checked frame from dicts."""
        rows = list(rows)
        return self.check(pd.DataFrame(rows, columns=self.names)) if rows else self.empty()

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the declared columns, types and key order.

        Raises VocError naming the table and column when a column is missing or unknown, a value has the wrong
        type or range, a key repeats, or a column that must be filled is not.
        """
        missing = [n for n in self.names if n not in frame.columns]
        unknown = [str(n) for n in frame.columns if n not in self.names]
        if missing or unknown:
            raise VocError(
                f"Table {self.name}: missing columns {missing}, unknown columns {unknown}.",
                f"Its columns are {', '.join(self.names)}.",
            )
        checked = pd.DataFrame({c.name: _checked_series(self, c, frame[c.name]) for c in self.columns})
        if self.key:
            keys = list(self.key)
            repeated = checked[checked.duplicated(keys)]
            if len(repeated):
                shown = ", ".join(f"{k}={repeated.iloc[0][k]!r}" for k in keys)
                raise VocError(f"Table {self.name}: {len(repeated)} rows repeat a key, the first is {shown}.")
            checked = checked.sort_values(keys, kind="stable")
        return checked.reset_index(drop=True)

    def narrowed(self, *names: str) -> "Table":
        """The table with some of its columns, for a stage that reads no more."""
        return replace(self, columns=tuple(c for c in self.columns if c.name in names))

    def json_schema(self) -> dict:
        """JSON Schema of one row."""
        properties = {}
        for c in self.columns:
            base = _JSON_TYPES[c.type]
            rule: dict = {"type": [base, "null"] if c.is_nullable else base, "description": c.description}
            rule |= {k: v for k, v in (("minimum", c.low), ("maximum", c.high)) if v is not None}
            if c.choices:
                rule["enum"] = [*c.choices, None] if c.is_nullable else list(c.choices)
            properties[c.name] = rule
        required = [c.name for c in self.columns if not c.is_nullable]
        return {
            "title": self.name, "description": self.description, "type": "object",
            "properties": properties, "required": required, "additionalProperties": False,
        }  # fmt: skip


def table(name: str, *, kind: Kind, grain: str, title: str = "", **rest) -> Callable[[type], Table]:
    """Turn an annotated class into a Table. Working tables are hidden unless `is_hidden=False` is said."""

    def declare(cls: type) -> Table:
        columns = []
        for column_name, annotation in cls.__annotations__.items():
            base, is_nullable = _base_type(annotation)
            given: Column = getattr(cls, column_name)
            columns.append(
                Column(**{**given.__dict__, "name": column_name, "type": base, "is_nullable": is_nullable})
            )
        rest.setdefault("is_hidden", kind in ("working", "cache"))
        return Table(
            name=name, kind=kind, grain=grain, columns=tuple(columns),
            title=title or name.replace("_", " ").capitalize(), **rest,
        )  # fmt: skip

    return declare


def _base_type(annotation) -> tuple[type, bool]:
    if isinstance(annotation, types.UnionType):
        (base,) = [a for a in typing.get_args(annotation) if a is not type(None)]
        return base, True
    return annotation, False


def _dtype(c: Column) -> str:
    if c.type is str:
        return "str"
    if c.type is bytes:
        return "object"
    if c.type is int:
        return "Int64" if c.is_nullable else "int64"
    if c.type is bool:
        return "boolean" if c.is_nullable else "bool"
    return "float64"


def _checked_series(owner: Table, c: Column, series: pd.Series) -> pd.Series:
    place = f"Table {owner.name}, column {c.name}"
    is_null = series.isna()
    if not c.is_nullable and is_null.any():
        raise VocError(f"{place}: {int(is_null.sum())} of {len(series)} rows are empty, and it must be filled.")
    try:
        typed = series.astype(object).where(~is_null, None) if c.type is bytes else series.astype(_dtype(c))
    except (TypeError, ValueError) as error:
        raise VocError(f"{place}: cannot be read as {c.type.__name__}: {error}.") from error
    if c.type is int and len(series) and not (series[~is_null].astype(float) == typed[~is_null].astype(float)).all():
        raise VocError(f"{place}: holds numbers that are not whole.")
    filled = typed[~is_null]
    if c.low is not None and len(filled) and (filled < c.low).any():
        raise VocError(f"{place}: {filled.min()} is below {c.low}.")
    if c.high is not None and len(filled) and (filled > c.high).any():
        raise VocError(f"{place}: {filled.max()} is above {c.high}.")
    if c.choices:
        odd = sorted(set(filled.unique()) - set(c.choices))
        if odd:
            raise VocError(f"{place}: {odd[0]!r} is none of {', '.join(c.choices)}.")
    return typed


def datasette_table(declared: Table) -> dict:
    """Datasette metadata of one table: description, column descriptions, facets, sort, label, hidden."""
    columns = {}
    for c in declared.columns:
        unit = f" [{c.unit}]" if c.unit else ""
        columns[c.name] = f"{c.description}{unit}"
    block: dict = {"title": declared.title, "description": declared.description, "columns": columns}
    if declared.facets:
        block["facets"] = list(declared.facets)
    if declared.sort:
        block["sort_desc" if declared.sort.startswith("-") else "sort"] = declared.sort.lstrip("-")
    if declared.label:
        block["label_column"] = declared.label
    if declared.is_hidden:
        block["hidden"] = True
    return block


def markdown(declared: Table) -> str:
    """The table's section in the docs."""
    lines = [f"### {declared.name}", "", f"*{declared.kind}* table. {declared.description}", ""]
    lines += ["| column | type | unit | meaning |", "| --- | --- | --- | --- |"]
    for c in declared.columns:
        kind = _JSON_TYPES[c.type] + (", may be empty" if c.is_nullable else "") + (", key" if c.is_key else "")
        lines.append(f"| `{c.name}` | {kind} | {c.unit} | {c.description} |")
    return "\n".join(lines) + "\n"
