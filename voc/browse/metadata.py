"""Datasette's metadata, made from the declarations: titles, descriptions, facets, labels, search and plain questions.

Units stand in the descriptions and not under Datasette's `units:`, which fails on any currency. Datasette up to 0.65
takes all of it from a plug-in as one document; from 1.0 on texts, settings of tables and questions go three ways.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from voc.browse.questions import QUESTIONS, Question
from voc.schema import Table, datasette_table
from voc.tables import TABLES
from voc.views import VIEWS, View

if TYPE_CHECKING:
    from datasette.app import Datasette

TITLE = "What customers come back about"
DESCRIPTION = "Everything the pipeline read, found and priced."
MIGRATIONS_TABLE = {
    "title": "Changes of the database's own shape",
    "description": "One row for each change of the tables that this database has been through.",
    "hidden": True,
    "columns": {
        "id": "Running number", "migration_set": "Whose change", "name": "The change", "applied_at": "When, UTC",
    },
}  # fmt: skip
_TEXTS = ("title", "description")
_SETTINGS = ("facets", "sort", "sort_desc", "hidden", "label_column", "fts_table", "fts_pk")


def blocks(extra_tables: Iterable[Table]) -> dict[str, dict]:
    """Title, description, columns and settings of every table and view, by name."""
    stored = [t for t in (*TABLES, *extra_tables) if t.kind != "cache"]  # vectors lie in a file of their own
    tables = {t.name: datasette_table(t) for t in stored} | {v.name: _view(v) for v in VIEWS}
    return tables | {"_sqlite_migrations": MIGRATIONS_TABLE}


def meanings(tables: dict[str, dict]) -> dict[str, str]:
    """What a column of a question means, by its name: as the question says, else a view, else a table."""
    found: dict[str, str] = {}
    views = [tables[v.name]["columns"] for v in VIEWS]
    others = [block["columns"] for name, block in tables.items() if name != "_sqlite_migrations"]
    for said in (*(q.columns for q in QUESTIONS), *views, *others):
        found |= {name: meaning for name, meaning in said.items() if name not in found}
    return found


class Document(dict):
    """A metadata document without rules of access.

    For every table a page lists, Datasette 0.65 copies the whole document to look for such rules: half a second a page
    with as many columns as ours. A copy is empty, which gives the same answer.
    """

    def __deepcopy__(self, memo: dict) -> dict:
        return {}


def metadata(by_database: dict[str, dict[str, dict]]) -> Document:
    """The document Datasette up to 0.65 asks a plug-in for."""
    databases = {
        name: {"description": DESCRIPTION, "tables": tables, "queries": {q.name: _query(q) for q in QUESTIONS}}
        for name, tables in by_database.items()
    }
    return Document(title=TITLE, databases=databases)


async def register(datasette: "Datasette", name: str, tables: dict[str, dict]) -> None:
    """The same for Datasette 1.0: texts into its own tables, settings into its configuration, questions one by one."""
    await datasette.set_instance_metadata("title", TITLE)
    await datasette.set_database_metadata(name, "description", DESCRIPTION)
    settings = datasette.config.setdefault("databases", {}).setdefault(name, {}).setdefault("tables", {})
    there = {*await datasette.get_database(name).table_names(), *await datasette.get_database(name).view_names()}
    for table in sorted(there & tables.keys()):
        block = tables[table]
        for key in _TEXTS:
            await datasette.set_resource_metadata(name, table, key, block[key])
        for column, meaning in block["columns"].items():
            await datasette.set_column_metadata(name, table, column, "description", meaning)
        ours = {key: block[key] for key in _SETTINGS if key in block}
        settings[table] = ours | settings.get(table, {})  # what the person who serves has set stays
    for question in QUESTIONS:
        await datasette.add_query(
            name, question.name, question.sql, title=question.title, description=question.description,
            hide_sql=True, parameters=list(question.parameters), is_trusted=True, source="plugin",
        )  # fmt: skip


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
