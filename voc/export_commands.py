"""What `voc export` does: finds the run, gives its figures to the plug-in, and puts the result in its place at once."""

import json
import tempfile
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import ModuleType

import pandas as pd

from voc import flow, registry, tables
from voc.config import database_of
from voc.errors import VocError
from voc.exports._material import LEFT_OUT_TABLES, Basis, Material, Options
from voc.exports._place import placed
from voc.schema import Table
from voc.store import Store

FLAGS = {"top": "--top", "owner": "--owner", "links": "--links", "tables": "--table", "texts": "--texts",
         "webhook_json": "--webhook-json"}  # fmt: skip
NO_OPTIONS = Options()
PLACES = {"folder": "a folder", "file": "a file", "text": "a file", "database": "a DuckDB file or a database URL"}


def export(
    target: Path, kind: str, output: str | None, *, run_id: str | None = None, options: Options = NO_OPTIONS
) -> list[str]:
    """Write an export of a run (the latest complete one when none is named); returns lines that say what was written.

    `target`: the database, or a pipeline file that names it; `output`: where to write, as the kind takes it. A text without `output`, or with '-', is returned itself. Raises VocError for an unknown kind, run or option, a
    place that cannot be written to, and what the plug-in finds wrong.
    """
    plugin = registry.get("exports", kind)
    _refuse_options(kind, plugin, options)
    if output in (None, "-") and plugin.TARGET != "text":
        raise VocError(f"The export '{kind}' needs a place to write to.", f"Add -o with {PLACES[plugin.TARGET]}.")
    with Store(database_of(target), flow.report_tables(), is_read_only=True) as store:
        material = material_of(store, run_id, options)
        if plugin.TARGET == "database":
            return plugin.write(material, output)
        if output in (None, "-"):
            return [_as_text(plugin, material)]
        with placed(Path(output), is_folder=plugin.TARGET == "folder") as path:
            said = plugin.write(material, path)
    return [*(f"  {line}" for line in said), f"Wrote {output}", *material.basis.lines]


def _refuse_options(kind: str, plugin: ModuleType, options: Options) -> None:
    for field in fields(Options):
        if getattr(options, field.name) != field.default and field.name not in plugin.OPTIONS:
            takes = ", ".join(FLAGS[name] for name in plugin.OPTIONS)
            raise VocError(
                f"The export '{kind}' takes no {FLAGS[field.name]}.", f"It takes {takes}." if takes else "Leave it out.")  # fmt: skip


def _as_text(plugin: ModuleType, material: Material) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        plugin.write(material, path)
        return path.read_text(encoding="utf-8").rstrip("\n")


# ---------------------------------------------------------------- reading


def material_of(store: Store, run_id: str | None = None, options: Options = NO_OPTIONS) -> Material:
    """A run's figures as plug-ins read them. Raises VocError for an unknown run or a database without one."""
    store.db.conn.execute("BEGIN")  # one moment of the database, even while a run goes on writing
    run = _run(store, run_id)
    newest = store.rows("SELECT run_id FROM run_stages ORDER BY rowid DESC LIMIT 1")
    is_latest = bool(newest) and newest[0]["run_id"] == run["run_id"]
    kinds = ("report", "working", "source") if is_latest else ("report",)
    there = {row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    leaving = tuple(
        t for t in store.tables.values()
        if t.kind in kinds and t.name in there and not t.is_hidden and t.name not in LEFT_OUT_TABLES
    )  # fmt: skip
    return Material(_basis(store, run), leaving, partial(_read, store, run["run_id"], is_latest), options)


def _run(store: Store, run_id: str | None) -> dict:
    _refuse_other_shape(store, tables.Run)
    found = store.rows("SELECT * FROM runs WHERE status = 'complete' ORDER BY started_at DESC, rowid DESC")
    if not found:
        raise VocError(f"{store.path} holds no complete run.", "Finish a run first: voc run PIPELINE.yml")
    if run_id is None:
        return found[0]
    named = [row for row in found if row["run_id"] == run_id]
    if not named:
        listed = ", ".join(row["run_id"] for row in found[:5])
        raise VocError(f"{store.path} holds no complete run '{run_id}'.", f"Complete runs, latest first: {listed}.")
    return named[0]


def _read(store: Store, run_id: str, is_latest: bool, name: str) -> pd.DataFrame:
    declared = store.tables[name]
    if declared.kind != "report" and not is_latest:
        raise VocError(
            f"The table {name} holds what the latest run read, and run {run_id} is not the latest.",
            "Leave --run out, or choose an export of report tables alone, such as: voc export --as excel",
        )
    _refuse_other_shape(store, declared)
    if declared.kind != "report":
        return store.read(name)
    rows = store.rows(f'SELECT * FROM "{name}" WHERE run_id = ?', [run_id])
    return declared.frame(rows)


def _refuse_other_shape(store: Store, declared: Table) -> None:
    found = [row["name"] for row in store.rows("SELECT name FROM pragma_table_info(?)", [declared.name])]
    if found != declared.names:
        raise VocError(
            f"{store.path}: the table {declared.name} was written by another version of voc.", "Run the pipeline again."
        )


def _basis(store: Store, run: dict) -> Basis:
    days = {
        row["measure"]: row["happened_on"]
        for row in store.rows("SELECT measure, happened_on FROM coverage WHERE run_id = ?", [run["run_id"]])
    }
    assumed = store.rows(
        "SELECT count(*) AS n FROM cost_parameters WHERE run_id = ? AND line_source = 'assumption'", [run["run_id"]]
    )[0]["n"]
    cautions = [tables.NET, tables.ESTIMATE]
    if assumed:
        cautions.append("Money is illustrative: lines of the cost file are assumptions.")
    return Basis(
        run_id=run["run_id"], pipeline=run["pipeline"], started_at=run["started_at"], finished_at=run["finished_at"],
        as_of=run["as_of"], period_from=days.get("period_from"), period_to=days.get("period_to"),
        currency=run["currency"], voc_version=json.loads(run["versions"]).get("voc", "unknown"),
        cautions=(*cautions, tables.ASSOCIATION, tables.NAMES_REMAIN),
    )  # fmt: skip
