"""Dashboards from a file: a title and charts, each a query and a kind; drawn here, from every row of the answer."""

import re
import typing
from pathlib import Path

from markupsafe import Markup
from pydantic import Field, field_validator

from voc.browse import charts
from voc.config import Settings, read_yaml, validate
from voc.errors import VocError
from voc.views import LATEST

HERE = Path(__file__).parent / "dashboards"
MOST_ROWS = 2000  # more marks than that is no chart; the page says when a query gives more
Kind = typing.Literal["columns", "lines", "bars", "table", "figure"]
Scalar = str | int | float | None


class Chart(Settings):
    """One chart. The query's first column names the rows; `values` are the columns drawn, else all others."""

    title: str = Field(description="What it shows, in words")
    kind: Kind = Field(description="columns (over time), lines, bars (ranked), table, or figure (one number)")
    sql: str = Field(description="One SELECT; :latest_run is the latest complete run, other :names are filters")
    values: list[str] = Field([], description="Columns that are drawn; every other column when not given")
    low: str | None = Field(None, description="Column with the low end of the range")
    high: str | None = Field(None, description="Column with the high end of the range")
    unit: str = Field("", description="Unit of the values")
    note: str = Field("", description="What a reader must know")

    @field_validator("sql")
    @classmethod
    def _is_select(cls, sql: str) -> str:
        if not re.match(r"\s*(select|with)\b", sql, re.IGNORECASE):
            raise ValueError("must begin with SELECT or WITH")
        return sql


class Filter(Settings):
    """A field above the charts whose text takes the place of :name in their queries."""

    label: str = Field(description="What is asked for")
    choices: str | None = Field(None, description="Query whose first column lists what can be chosen")


class Dashboard(Settings):
    """A page of charts."""

    name: str = Field("", description="Its part of the address; the file's name when not given")
    title: str = Field(description="Its heading")
    description: str = Field("", description="What it is for")
    filters: dict[str, Filter] = Field({}, description="Fields above the charts, by the name used in the queries")
    charts: list[Chart] = Field(description="The charts, in order", min_length=1)


def read(path: Path) -> Dashboard:
    """A dashboard from its YAML file. Raises VocError with file, line and key for what is wrong in it."""
    found = validate(Dashboard, read_yaml(path), path)
    for chart in found.charts:
        unknown = sorted(_asked(chart.sql) - {"latest_run"} - found.filters.keys())
        if unknown:
            raise VocError(
                f"{path}: the chart '{chart.title}' asks for :{unknown[0]}, which is no filter.",
                f"Add '{unknown[0]}' under 'filters'.",
            )
    return found if found.name else found.model_copy(update={"name": path.stem})


def read_all(paths: typing.Iterable[Path]) -> tuple[Dashboard, ...]:
    """Our own dashboards, then those of the files; a file's takes the place of ours of the same name."""
    found = {d.name: d for d in shipped()}
    for path in paths:
        one = read(path)
        found[one.name] = one
    return tuple(found.values())


def shipped() -> tuple[Dashboard, ...]:
    """The dashboards that come with voc."""
    return tuple(read(path) for path in sorted(HERE.glob("*.yml")))


async def drawn(db, dashboard: Dashboard, given: dict[str, str]) -> dict:
    """The dashboard's charts with their rows, and its filters with what can be chosen. A failing chart says why."""
    values = await _values(db, dashboard, given)
    filters = [await _filter(db, name, f, values[name]) for name, f in dashboard.filters.items()]
    return {
        "dashboard": dashboard,
        "filters": filters,
        "charts": [await _draw(db, c, values) for c in dashboard.charts],
    }


async def answer(db, dashboard: Dashboard, number: int, given: dict[str, str]) -> tuple[list[str], list[tuple]]:
    """(columns, rows) of one chart, counted from 1. Raises VocError where the chart cannot be drawn."""
    drawing = await _draw(db, dashboard.charts[number - 1], await _values(db, dashboard, given))
    if drawing["fault"]:
        raise VocError(f"This chart cannot be drawn: {drawing['fault']}", "Mend the dashboard's file.")
    return drawing["columns"], drawing["rows"]


async def _values(db, dashboard: Dashboard, given: dict[str, str]) -> dict[str, Scalar]:
    """What the queries ask for by name: the latest complete run, and what the filters were given."""
    latest = await db.execute(f"SELECT {LATEST}")
    return {"latest_run": latest.rows[0][0]} | {name: given.get(name, "").strip() for name in dashboard.filters}


async def _filter(db, name: str, declared: Filter, value: str) -> dict:
    chosen = (await db.execute(declared.choices)).rows if declared.choices else []
    return {"name": name, "label": declared.label, "value": value, "choices": [str(r[0]) for r in chosen if r[0]]}


async def _draw(db, chart: Chart, values: dict[str, Scalar]) -> dict:
    asked = {name: values[name] for name in _asked(chart.sql)}
    try:
        # `truncate` would stop at the page's number of rows without a word; one more than is drawn tells of the rest
        found = await db.execute(f"SELECT * FROM ({chart.sql.strip().rstrip(';')}) LIMIT {MOST_ROWS + 1}", asked)
    except Exception as error:  # a chart with a fault must not take the others with it
        return {"chart": chart, "fault": str(error), "columns": [], "rows": [], "svg": None, "is_cut": False}
    names = [d[0] for d in found.description]
    rows = [tuple(r) for r in found.rows]
    is_cut = len(rows) > MOST_ROWS
    rows = rows[:MOST_ROWS]
    fault = _missing(chart, names)
    svg = None if fault or not rows else picture(chart, names, rows)
    return {"chart": chart, "fault": fault, "columns": names, "rows": rows, "svg": svg, "is_cut": is_cut}


def picture(chart: Chart, names: list[str], rows: list[tuple]) -> Markup | None:
    """The chart of an answer; None for a table, which shows its rows."""
    drawn = chart.values or [n for n in names[1:] if n not in (chart.low, chart.high)]
    label = f"{chart.title}: {len(rows)} rows. " + chart.note
    if chart.kind == "figure":
        return Markup('<p class="big-figure">{} <span>{}</span></p>').format(_shown(rows[0][0]), chart.unit)
    if chart.kind == "bars":
        at = {name: names.index(name) for name in (drawn[0], chart.low, chart.high) if name}
        bars = [charts.Bar(str(r[0]), *(_number(r[at[n]]) if n else None for n in (drawn[0], chart.low, chart.high)))
                for r in rows]  # fmt: skip
        return charts.bars(bars, label=label, unit=chart.unit)
    if chart.kind in ("columns", "lines"):
        return _over(chart, names, rows, drawn, label)
    return None


def _over(chart: Chart, names: list[str], rows: list[tuple], drawn: list[str], label: str) -> Markup:
    xs = [r[0] if r[0] is not None else "" for r in rows]
    series = []
    for n, name in enumerate(drawn):
        ends = [_column(rows, names, end) if end and n == 0 else () for end in (chart.low, chart.high)]
        has_range = all(len(end) for end in ends)
        series.append(charts.Series(_words(name), _column(rows, names, name), *(ends if has_range else ((), ()))))
    if chart.kind == "columns":
        return charts.columns([str(x) for x in xs], series, label=label, unit=chart.unit)
    return charts.lines(xs, series, label=label, unit=chart.unit)


def _column(rows: list[tuple], names: list[str], name: str) -> list[float | None]:
    return [_number(r[names.index(name)]) for r in rows]


def _number(value: Scalar) -> float | None:
    """A number to draw; text is none."""
    return value if isinstance(value, int | float) else None


def _shown(value: Scalar) -> str:
    return charts.figure(value) if isinstance(value, int | float) else str(value or "")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _asked(sql: str) -> set[str]:
    """Names after a colon, text in quotes left out."""
    return set(re.findall(r"(?<![:\w]):([a-z_]\w*)", re.sub(r"'[^']*'", "''", sql), re.IGNORECASE))


def _missing(chart: Chart, names: list[str]) -> str | None:
    wanted = [*chart.values, *(n for n in (chart.low, chart.high) if n)]
    absent = [n for n in wanted if n not in names]
    return f"The query has no column '{absent[0]}'; it has {', '.join(names)}." if absent else None
