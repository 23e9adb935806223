"""The Datasette plug-in: every hook, each handing over to the module that does the work.

It is an entry point, so plain `datasette file.db` shows our pages for a database of ours; others stay as they are.
"""

import logging
from functools import partial

from datasette import Response, hookimpl
from datasette.utils import tilde_encode, urlsafe_components
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from voc import __version__
from voc.browse import cells, guard, home, metadata, pages, routes, views
from voc.browse.customer import customer
from voc.browse.questions import QUESTIONS
from voc.browse.served import first, options, served
from voc.browse.topic import topic
from voc.tables import PRIORITY_STATUSES
from voc.views import VIEWS

LOG = logging.getLogger(__name__)
_KINDS = (
    ("report", "Reports", "written by every complete run and kept"),
    ("source", "What came in", "contacts, survey answers and their words, as read from the exports"),
    ("person", "Decisions", "written by people; no run overwrites them"),
    ("working", "Working tables", "what the latest run made on the way"),
)


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """Our templates come before Datasette's own where a database is ours; its frame gets the language it lacks."""
    if served(datasette):
        frame = env.loader.get_source(env, "default:base.html")[0].replace("<html>", '<html lang="en">', 1)
        ours = [FileSystemLoader(str(routes.HERE / "templates")), DictLoader({"base.html": frame})]
        env.loader = ChoiceLoader([*ours, env.loader])
        env.filters["voc_values"] = lambda row: list(row.values())
        env.globals |= {"voc_figure": cells.figure, "voc_statuses": PRIORITY_STATUSES}


@hookimpl
def startup(datasette):
    """Datasette 1.0 is told what tables and columns mean; earlier ones ask for it in get_metadata."""
    if not hasattr(datasette, "set_column_metadata"):
        return None

    async def told():
        for name, ours in served(datasette).items():
            await metadata.register(datasette, name, ours.blocks)

    return told


@hookimpl
def get_metadata(datasette, key, database, table):
    """Titles, descriptions, settings of tables and questions, for Datasette up to 0.65."""
    found = served(datasette)
    return metadata.metadata({name: ours.blocks for name, ours in found.items()}) if found else {}


@hookimpl
def extra_css_urls(datasette):
    """Our style on every page of a server with a database of ours."""
    return [datasette.urls.path("/-/voc/browse.css")] if served(datasette) else []


@hookimpl
def extra_js_urls(datasette):
    """Our few lines of script."""
    return [datasette.urls.path("/-/voc/browse.js")] if served(datasette) else []


@hookimpl
def prepare_connection(conn, database, datasette):
    """Let questions see the views as this release defines them: a database written by an earlier one holds its own.

    Temporary views come before those of the file and live in memory; the file is not touched.
    """
    if database not in served(datasette):
        return
    conn.execute("PRAGMA temp_store = MEMORY")
    stored = dict(conn.execute("SELECT name, sql FROM main.sqlite_master WHERE type = 'view'").fetchall())
    for view in VIEWS:
        if view.name in stored and not stored[view.name].endswith(view.sql):
            conn.execute(f'CREATE TEMP VIEW "{view.name}" AS {view.sql}')


@hookimpl
def render_cell(row, value, column, table, database, datasette):
    """A link with a name for an id, a readable number or time; None leaves the cell to Datasette."""
    ours = served(datasette).get(database)
    if ours is None or value is None:
        return None
    keys = row.keys()
    if table == "briefings" and column == "content":
        return cells.briefing_link(
            datasette.urls.path("/-/briefing"), cells.plain(row["run_id"]), cells.plain(row["format"])
        )
    beside = cells.NAMES.get(column)
    if table not in ours.tables and beside in keys and row[beside] is not None:
        return _link(datasette, database, cells.LINKS[beside], row[beside], str(value))
    target = cells.reference(ours.tables, table, column)
    if target is None:
        return cells.plain_text(column, value, ours.units.get((table, column), ""))
    if isinstance(value, dict):
        return _link(datasette, database, target, value["value"], str(value["label"] or value["value"]))
    if table in ours.tables:
        return _looked_up(datasette, database, ours.tables[target], value)
    return _link(datasette, database, target, value, str(value))


def _link(datasette, database, table, key, text):
    href = views.row_address(datasette, database, table, key)
    return cells.link(href, text if len(text) <= 120 else text[:120] + "...", str(key))


def _looked_up(datasette, database, declared, key):
    """The label of the row a key names; a key without a row stays as it is."""

    async def find():
        label = declared.label or declared.key[0]
        sql = f'SELECT "{label}" AS label FROM "{declared.name}" WHERE "{declared.key[0]}" = :key'
        found = await pages.rows(datasette.get_database(database), sql, {"key": key})
        return _link(datasette, database, declared.name, key, str(found[0]["label"] or key)) if found else None

    return find()


@hookimpl
def extra_template_vars(view_name, request, database, table, datasette):
    """The run and its priorities for the front pages; what belongs to a row for the row's page."""
    ours = served(datasette).get(database) if database else first(datasette)
    if ours is None:
        return {}

    async def found():
        db = datasette.get_database(ours.database)
        said = {
            "voc_version": __version__, "voc_database": ours.database, "voc_tables": ours.tables,
            "voc_pretty": pages.pretty, "voc_key": tilde_encode, "voc_hints": {q.name: q.parameters for q in QUESTIONS},
            "voc_topic_names": partial(pages.topic_names, db), "is_current": await pages.is_current(db),
            "voc_block": ours.blocks.get(table, {}), "voc_meanings": ours.meanings, "voc_ids": cells.NAMES,
            "voc_options": options(datasette),
            "voc_others": [name for name in datasette.databases if name not in (ours.database, "_internal")],
        }  # fmt: skip
        if not said["is_current"]:
            return said
        if view_name in ("index", "database"):
            said |= await _front(db, view_name)
            said |= {"voc_views": VIEWS, "voc_questions": QUESTIONS, "voc_groups": _groups(ours.tables)}
        if view_name == "database":
            said |= {"voc_counts": await pages.counts(db, list(ours.tables))}
        if view_name == "row" and database == ours.database:
            said |= {"panel": await _panel(db, table, urlsafe_components(request.url_vars["pks"])[0])}
        return said

    return found()


async def _front(db, view_name: str) -> dict:
    said = await pages.run_facts(db)
    if view_name == "database":
        return said | {"priorities": await pages.priorities(db, pages.SHOWN_ON_DATABASE_PAGE)}
    return said | {"priorities": await pages.priorities(db)} | await home.home(db)


def _groups(tables) -> list[dict]:
    return [
        {"title": title, "says": says, "tables": [t for t in tables.values() if t.kind == kind and not t.is_hidden]}
        for kind, title, says in _KINDS
    ]


async def _panel(db, table: str, key: str) -> dict | None:
    if table == "topics":
        return await topic(db, key)
    if table == "customers":
        return await customer(db, key)
    if table == "contacts":
        return await pages.contact(db, key)
    return None


@hookimpl
def register_routes(datasette):
    """Pages that are no table: home, search, dashboards, the briefing, decisions, style and script."""
    return routes.ROUTES if served(datasette) else []


@hookimpl
def menu_links(datasette, actor):
    """The pages people come back to."""
    ours = first(datasette)
    if ours is None:
        return []
    links = [
        (datasette.urls.instance(), "Priorities"), (datasette.urls.path("/-/briefing"), "Briefing"),
        (datasette.urls.path("/-/voc/search"), "Search"), (datasette.urls.path("/-/voc/dashboards"), "Dashboards"),
        (datasette.urls.database(ours.database), "All tables and questions"),
    ]  # fmt: skip
    if options(datasette).access is not None:
        links.append((datasette.urls.path("/-/voc/logout"), "Log out"))
    return [{"href": href, "label": label} for href, label in links]


@hookimpl(tryfirst=True)
def handle_exception(datasette, request, exception):
    """A fault as a short page, in place of Datasette's own handler; what is no fault of the address is logged."""
    if not served(datasette):
        return None

    async def shown():
        status = getattr(exception, "status", 500)
        if status >= 500:
            LOG.error("%s %s: %s", request.method, request.path, exception)
        said = {"ok": False, "error": str(getattr(exception, "message", exception)), "status": status,
                "title": getattr(exception, "title", None)}  # fmt: skip
        if request.path.endswith(".json"):
            return Response.json(said, status=status)
        return Response.html(await views.page(datasette, "voc_error.html", said), status=status)

    return shown


@hookimpl
def asgi_wrapper(datasette):
    """Our checks around everything Datasette answers."""
    return partial(guard.wrap, datasette)
