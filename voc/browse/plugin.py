"""The Datasette plug-in: readable cells, our parts of the pages, the briefing, and no asset from another host."""

import logging
from functools import partial

from datasette import Response, hookimpl
from datasette.utils import tilde_encode, urlsafe_components

from voc import __version__
from voc.browse import cells, pages
from voc.browse.questions import QUESTIONS
from voc.views import LATEST, VIEWS

LOG = logging.getLogger(__name__)
# Nothing is loaded from anywhere else, whatever text a customer wrote; the briefing carries its own style and pictures.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
BRIEFING_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
_KINDS = (
    ("report", "Reports", "written by every complete run and kept"),
    ("source", "What came in", "contacts, survey answers and their words, as read from the exports"),
    ("person", "Decisions", "written by people; no run overwrites them"),
    ("working", "Working tables", "what the latest run made on the way"),
)


@hookimpl
def prepare_connection(conn, database, datasette):
    """Let questions see the views as this release defines them: a database written by an earlier one holds its own.

    Temporary views come before those of the file and live in memory; the file is not touched.
    """
    served = getattr(datasette, "voc", None)
    if served is None or database != served.database:
        return
    conn.execute("PRAGMA temp_store = MEMORY")
    stored = dict(conn.execute("SELECT name, sql FROM main.sqlite_master WHERE type = 'view'").fetchall())
    for view in VIEWS:
        if view.name in stored and not stored[view.name].endswith(view.sql):
            conn.execute(f'CREATE TEMP VIEW "{view.name}" AS {view.sql}')


@hookimpl
def render_cell(row, value, column, table, database, datasette):
    """A link with a name for an id, a readable number or time; None leaves the cell to Datasette."""
    served = getattr(datasette, "voc", None)
    if served is None or value is None or database != served.database:
        return None
    keys = row.keys()
    if table == "briefings" and column == "content":
        return cells.briefing_link(cells.plain(row["run_id"]), cells.plain(row["format"]))
    beside = cells.NAMES.get(column)
    if table not in served.tables and beside in keys and row[beside] is not None:
        return _link(datasette, database, cells.LINKS[beside], row[beside], str(value))
    target = cells.reference(served.tables, table, column)
    if target is None:
        return cells.plain_text(column, value, served.units.get((table, column), ""))
    if isinstance(value, dict):
        return _link(datasette, database, target, value["value"], str(value["label"] or value["value"]))
    if table in served.tables:
        return _looked_up(datasette, database, target, value)
    return _link(datasette, database, target, value, str(value))


def _link(datasette, database, table, key, text):
    href = datasette.urls.row(database, table, tilde_encode(str(key)))
    return cells.link(href, text if len(text) <= 120 else text[:120] + "...", str(key))


def _looked_up(datasette, database, target, key):
    """The label of the row a key names; a key without a row stays as it is."""
    declared = datasette.voc.tables[target]

    async def find():
        label = declared.label or declared.key[0]
        sql = f'SELECT "{label}" AS label FROM "{target}" WHERE "{declared.key[0]}" = :key'
        found = await pages.rows(datasette.get_database(database), sql, {"key": key})
        return _link(datasette, database, target, key, str(found[0]["label"] or key)) if found else None

    return find()


@hookimpl
def extra_template_vars(view_name, request, database, table, datasette):
    """The run and its priorities for the front pages; what belongs to a row for the row's page."""
    served = getattr(datasette, "voc", None)
    if served is None:
        return {}

    async def found():
        db = datasette.get_database(served.database)
        said = {
            "voc_version": __version__, "voc_database": served.database, "voc_tables": served.tables,
            "voc_pretty": pages.pretty, "voc_key": tilde_encode, "voc_hints": {q.name: q.parameters for q in QUESTIONS},
            "voc_topic_names": partial(pages.topic_names, db), "is_current": await pages.is_current(db),
        }  # fmt: skip
        if not said["is_current"]:
            return said
        if view_name in ("index", "database"):
            limit = pages.SHOWN_PRIORITIES if view_name == "index" else pages.SHOWN_ON_DATABASE_PAGE
            said |= await pages.run_facts(db) | {"priorities": await pages.priorities(db, limit)}
            said |= {"voc_views": VIEWS, "voc_questions": QUESTIONS, "voc_groups": _groups(served.tables)}
        if view_name == "database":
            said |= {"voc_counts": await pages.counts(db, list(served.tables))}
        if view_name == "row" and database == served.database:
            said |= {"panel": await _panel(db, table, urlsafe_components(request.url_vars["pks"])[0])}
        return said

    return found()


def _groups(tables) -> list[dict]:
    return [
        {"title": title, "says": says, "tables": [t for t in tables.values() if t.kind == kind and not t.is_hidden]}
        for kind, title, says in _KINDS
    ]


async def _panel(db, table: str, key: str) -> dict | None:
    if table == "topics":
        return await pages.topic(db, key)
    if table == "customers":
        return {"others": await pages.contacts_of(db, key)}
    if table == "contacts":
        return await pages.contact(db, key)
    return None


@hookimpl
def register_routes():
    """The briefing as it was written."""
    return [(r"^/-/briefing$", briefing)]


async def briefing(datasette, request):
    """The briefing of a run (the latest complete one if none is named), as HTML or as Markdown."""
    await datasette.ensure_permissions(request.actor, ["view-instance"])
    run, form = request.args.get("run"), request.args.get("format") or "html"
    where = "run_id = :run" if run else f"run_id = {LATEST}"
    db = datasette.get_database(datasette.voc.database)
    sql = f"SELECT content FROM briefings WHERE {where} AND format = :form"
    found = await pages.rows(db, sql, {"run": run, "form": form})
    if not found:
        return Response.text("There is no briefing of this run here: a run writes it when it completes.", status=404)
    body = found[0]["content"]
    answer = Response.html(body) if form == "html" else Response.text(body)
    answer.headers["content-security-policy"] = BRIEFING_POLICY
    return answer


@hookimpl
def menu_links(datasette, actor):
    """The three pages people come back to."""
    if getattr(datasette, "voc", None) is None:
        return []
    database = datasette.voc.database
    return [
        {"href": datasette.urls.instance(), "label": "Priorities"},
        {"href": datasette.urls.path("/-/briefing"), "label": "Briefing"},
        {"href": datasette.urls.table(database, "what_was_said"), "label": "What customers said"},
        {"href": datasette.urls.database(database), "label": "All tables and questions"},
    ]


@hookimpl
def handle_exception(datasette, request, exception):
    """A fault as a short page, in place of Datasette's own handler; what is no fault of the address is logged."""

    async def shown():
        status = getattr(exception, "status", 500)
        if status >= 500:
            LOG.error("%s %s: %s", request.method, request.path, exception)
        said = {"ok": False, "error": str(getattr(exception, "message", exception)), "status": status,
                "title": getattr(exception, "title", None)}  # fmt: skip
        if request.path.endswith(".json"):
            return Response.json(said, status=status)
        template = datasette.jinja_env.get_template("error.html")
        page = {"urls": datasette.urls, "app_css_hash": datasette.app_css_hash(), "menu_links": list,
                "voc_version": __version__}  # fmt: skip
        return Response.html(await template.render_async(said | page), status=status)

    return shown()


@hookimpl
def asgi_wrapper(datasette):
    """Refuse everything but reading; tell browsers to load nothing from elsewhere."""

    def wrap(app):
        async def wrapped(scope, receive, send):
            if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
                await Response.text("This database can only be read here.", status=405).asgi_send(send)
                return

            async def send_with_headers(message):
                if message["type"] == "http.response.start":
                    message = {**message, "headers": _with_policy(message.get("headers") or [])}
                await send(message)

            await app(scope, receive, send_with_headers)

        return wrapped

    return wrap


def _with_policy(headers) -> list:
    named = {name.lower() for name, _ in headers}
    ours = [(b"content-security-policy", PAGE_POLICY.encode()), (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff")]  # fmt: skip
    return [*headers, *((name, value) for name, value in ours if name not in named)]
