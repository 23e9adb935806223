"""Which databases of a Datasette are ours, how it serves them, and what their tables, views and columns mean."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from voc.browse.access import Access
from voc.browse.dashboards import Dashboard, shipped
from voc.browse.metadata import blocks, meanings
from voc.flow import report_tables
from voc.schema import Table
from voc.store import is_ours
from voc.tables import TABLES

if TYPE_CHECKING:
    from datasette.app import Datasette


@dataclass(frozen=True)
class Served:
    """What the plug-in knows of one database it serves."""

    database: str
    tables: dict[str, Table]
    units: dict[tuple[str, str], str]  # (table, column) -> unit
    blocks: dict[str, dict]  # table or view -> title, description, columns, facets ...
    meanings: dict[str, str]  # column of a question -> what it means


@dataclass(frozen=True)
class Options:
    """How `voc browse` serves. Under plain Datasette the defaults hold, and Datasette's own rules."""

    is_read_only: bool = False  # refuse every request that is not for reading
    can_edit: bool = False  # decisions about priorities may be written
    access: Access | None = None  # who may look; None: whoever reaches the port
    dashboards: tuple[Dashboard, ...] = field(default_factory=shipped)


def options(datasette: "Datasette") -> Options:
    """How this Datasette serves our databases."""
    if not hasattr(datasette, "voc_options"):
        datasette.voc_options = Options()
    return datasette.voc_options


def served(datasette: "Datasette") -> dict[str, Served]:
    """Our databases by name, in the order Datasette has them; looked up again only when one was added."""
    names = tuple(datasette.databases)
    if getattr(datasette, "voc_names", None) != names:
        ours = [name for name, db in datasette.databases.items() if db.path and is_ours(Path(db.path))]
        datasette.voc_names, datasette.voc_served = names, {name: _describe(name) for name in ours}
    return datasette.voc_served


def first(datasette: "Datasette", name: str | None = None) -> Served | None:
    """The database asked for by name, or else the first of ours."""
    found = served(datasette)
    return found.get(name) if name else next(iter(found.values()), None)


def _describe(name: str) -> Served:
    extra = report_tables()
    known = {t.name: t for t in (*TABLES, *extra) if t.kind != "cache"}
    units = {(t.name, c.name): c.unit for t in known.values() for c in t.columns}
    described = blocks(extra)
    return Served(name, known, units, described, meanings(described))
