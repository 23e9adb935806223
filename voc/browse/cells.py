"""How one cell reads on a page: linked names instead of ids, numbers a person reads, yes and no. JSON stays raw."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from voc.browse import charts
from voc.schema import Table
from voc.tables import TABLES

_STORED = {t.name: t for t in TABLES if t.kind in ("source", "working", "report")}
_KEYS = {c.name: t.name for t in _STORED.values() for c in t.columns if t.key == (c.name,) and not c.ref}
_REFS = {
    c.name: c.ref.partition(".")[0]
    for t in _STORED.values() for c in t.columns
    if c.ref and len(_STORED[c.ref.partition(".")[0]].key) == 1
}  # fmt: skip
# column of a view -> the table whose row it names; what other tables refer to goes before tables about the same thing
LINKS = _KEYS | _REFS
# column -> the codes among the values it may hold; pages show them as words, exports and facets as they are stored
CODES = {
    c.name: {choice for choice in c.choices if "_" in choice} for t in _STORED.values() for c in t.columns if c.choices
}
NAMES = {"topic": "topic_id", "customer": "customer_id", "subject": "contact_id"}  # name in a view -> the id beside it


def plain(value: Any) -> Any:
    """The stored value of a cell; Datasette wraps foreign keys as {"value": ..., "label": ...}."""
    return value["value"] if isinstance(value, dict) else value


def reference(tables: Mapping[str, Table], table: str | None, column: str) -> str | None:
    """The table whose row a cell names: by declaration in a table, by the column's name in a view or a query."""
    declared = tables.get(table or "")
    if declared is None:
        return LINKS.get(column)
    found = [c.ref.partition(".")[0] for c in declared.columns if c.name == column and c.ref]
    return found[0] if found else None


def link(href: str, text: str, title: str = "") -> Markup:
    """A link; every part is escaped."""
    return Markup('<a href="{}" title="{}">{}</a>').format(href, title, text)


def briefing_link(path: str, run_id: str, form: str) -> Markup:
    """Where the briefing itself can be read."""
    return link(f"{path}?" + urlencode({"run": run_id, "format": form}), "Read it")


def plain_text(column: str, value: Any, unit: str = "") -> Markup | str | None:
    """A value as a person reads it, None where it stands well as it is.

    Yes and no for is_ and has_ columns, times to the minute, thousands with commas, small numbers to three digits.
    """
    if column.startswith(("is_", "has_")) and value in (0, 1):
        return Markup('<span class="yes">yes</span>') if value else Markup('<span class="no">no</span>')
    if isinstance(value, str) and value in CODES.get(column, ()):
        return value.replace("_", " ")
    if column == "identifiers" and isinstance(value, str):
        return f"{value.count(',') + (value != '[]')} hashed"
    if isinstance(value, str) and column.endswith("_at") and len(value) == 20 and value[10] == "T":
        return f"{value[:10]} {value[11:16]}"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int) and unit and abs(value) >= 1000:
        return f"{value:,}"
    return None


def figure(value: Any) -> str:
    """A value in one of our own tables: numbers as charts write them, text as it is, nothing for what is missing."""
    if value is None:
        return ""
    return charts.figure(value) if isinstance(value, int | float) else str(value)


def number(value: float) -> str:
    """Three significant digits below 100, whole numbers with commas above."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}"
