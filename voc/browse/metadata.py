"""Datasette's metadata, made from the declarations: titles, descriptions, facets, labels, search and plain questions.

Units stand in the descriptions and not under Datasette's `units:`, which fails on any currency.
"""

from collections.abc import Iterable

from voc.browse.questions import QUESTIONS, Question
from voc.schema import Table, datasette_table
from voc.tables import TABLES
from voc.views import VIEWS, View

TITLE = "What customers come back about"
MIGRATIONS_TABLE = {
    "title": "Changes of the database's own shape",
    "description": "One row for each change of the tables that this database has been through.",
    "hidden": True,
    "columns": {
        "id": "Running number", "migration_set": "Whose change", "name": "The change", "applied_at": "When, UTC",
    },
}  # fmt: skip


def metadata(database_name: str, extra_tables: Iterable[Table]) -> dict:
    """Datasette metadata of a database whose report plug-ins declare `extra_tables`."""
    stored = [t for t in (*TABLES, *extra_tables) if t.kind != "cache"]  # vectors lie in a file of their own
    tables = {t.name: datasette_table(t) for t in stored} | {v.name: _view(v) for v in VIEWS}
    return {
        "title": TITLE,
        "extra_css_urls": ["/-/voc/browse.css"],
        "extra_js_urls": ["/-/voc/browse.js"],
        "databases": {
            database_name: {
                "description": "Everything the pipeline read, found and priced. Nothing here can be changed.",
                "tables": tables | {"_sqlite_migrations": MIGRATIONS_TABLE},
                "queries": {q.name: _query(q) for q in QUESTIONS},
            }
        },
    }


def _view(view: View) -> dict:
    block: dict = {"title": view.title, "description": view.description, "columns": view.columns}
    if view.facets:
        block["facets"] = list(view.facets)
    if view.sort:
        block["sort_desc" if view.sort.startswith("-") else "sort"] = view.sort.lstrip("-")
    if view.search:
        block["fts_table"], block["fts_pk"] = view.search
    return block


def _query(question: Question) -> dict:
    return {
        "title": question.title, "description": question.description, "sql": question.sql,
        "params": list(question.parameters), "hide_sql": True,
    }  # fmt: skip
