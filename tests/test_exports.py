"""Exports of tables: whole files read back, the dictionary complete, formulas harmless, nothing half-written."""

import csv
import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from export_help import EVIL, RUN, database, frames_of, run_row, write
from python_calamine import CalamineWorkbook
from runs import voc

from voc import registry, tables
from voc.errors import VocError
from voc.export_commands import Options, export, material_of
from voc.exports import _place, excel
from voc.exports._material import LEFT_OUT_COLUMNS, TEXT_TABLES, exported
from voc.exports._package import field_type
from voc.flow import report_tables
from voc.store import Store
from voc.tables import Contact

KINDS = registry.names("exports")
FILES = {"csv": "o", "parquet": "o", "excel": "o.xlsx", "jira": "o", "linear": "o", "wfm": "o", "knowledge_gaps": "o",
         "accounts": "o", "digest": "o.txt", "sql": "o.duckdb"}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return database(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def frames(made) -> dict[str, pd.DataFrame]:
    """Every table that leaves with customers' texts, as it leaves."""
    with Store(made, report_tables(), is_read_only=True) as store:
        material = material_of(store)
        return {t.name: material.read(t.name)[exported(t).names] for t in material.tables}


@pytest.fixture(scope="module")
def declared(made) -> dict:
    with Store(made, report_tables(), is_read_only=True) as store:
        return {t.name: exported(t) for t in material_of(store).tables}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


def as_stored(cell: str, c):
    """A cell of a CSV file by its declared type, as the dictionary tells readers."""
    if cell == "" and (c.is_nullable or c.type is not str):
        return None
    if c.type is bool:
        return {"true": True, "false": False}[cell]
    if c.type is str:
        return cell[1:] if cell.startswith("'") and cell[1:2] in ("=", "+", "-", "@") else cell
    return c.type(cell)


def plain_rows(frame: pd.DataFrame, *, empty_is_missing: bool = False) -> list[tuple]:
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False)
    return [tuple(None if empty_is_missing and v == "" else v for v in row) for row in rows]


# ---------------------------------------------------------------- csv


@pytest.fixture(scope="module")
def csv_folder(made, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("csv") / "tables"
    export(made, "csv", str(folder), options=Options(texts=True))
    return folder


def test_every_table_comes_back_from_csv_with_types_and_nulls(csv_folder, frames, declared):
    assert {p.stem for p in csv_folder.glob("*.csv")} == set(frames)
    for name, frame in frames.items():
        header, *rows = read_csv(csv_folder / f"{name}.csv")
        assert header == declared[name].names, name
        found = [tuple(as_stored(v, c) for v, c in zip(row, declared[name].columns, strict=True)) for row in rows]
        nullable_text = [c.is_nullable and c.type is str for c in declared[name].columns]
        wanted = [
            tuple(None if is_text and v == "" else v for v, is_text in zip(row, nullable_text, strict=True))
            for row in plain_rows(frame)
        ]
        assert found == wanted, name


def test_formulas_are_harmless_and_html_stays_text_in_csv(csv_folder):
    header, *rows = read_csv(csv_folder / "priorities.csv")
    assert [row[header.index("topic")] for row in rows] == ["password reset link", "refund not arrived", "'" + EVIL]
    every = [cell for path in csv_folder.glob("*.csv") for row in read_csv(path) for cell in row]
    assert [c for c in every if c.startswith(("=", "+", "@", "\t", "\r"))] == []
    numbers = [cell for cell in every if cell.startswith("-") and len(cell) > 1]
    assert numbers and [float(cell) for cell in numbers]  # what begins with a minus is a number


def test_the_dictionary_names_every_file_column_unit_key_and_link(csv_folder, declared):
    package = json.loads((csv_folder / "datapackage.json").read_text(encoding="utf-8"))
    assert [r["name"].replace("-", "_") for r in package["resources"]] == list(declared)
    for resource in package["resources"]:
        table = declared[resource["name"].replace("-", "_")]
        fields = resource["schema"]["fields"]
        assert [(f["name"], f["type"], f["description"], f.get("unit", "")) for f in fields] == [
            (c.name, field_type(c), c.description, c.unit) for c in table.columns
        ]
        assert all(f["description"] for f in fields)
        assert resource["schema"].get("primaryKey", []) == list(table.key)
        assert resource["bytes"] == (csv_folder / resource["path"]).stat().st_size
        for link in resource["schema"].get("foreignKeys", []):
            there = {r["name"]: r for r in package["resources"]}[link["reference"]["resource"]]
            assert link["reference"]["fields"][0] in [f["name"] for f in there["schema"]["fields"]]
    contact = next(r for r in package["resources"] if r["name"] == "contacts")
    by_name = {f["name"]: f for f in contact["schema"]["fields"]}
    assert by_name["opened_at"] == {
        "name": "opened_at", "type": "datetime", "description": "When the customer made contact, UTC",
        "constraints": {"required": True},
    }  # fmt: skip
    assert by_name["handle_minutes"] == {
        "name": "handle_minutes", "type": "number", "description": "Measured agent time, never elapsed time",
        "unit": "minutes", "constraints": {"minimum": 0},
    }  # fmt: skip


def test_the_dictionary_says_what_the_figures_rest_on(csv_folder):
    package = json.loads((csv_folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["created"].startswith("20")
    assert package["description"] == (
        f"Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0. Period: 5 Jan 2026 to 14 Feb 2026. Money: USD."
    )
    assert package["basis"] == {
        "run_id": RUN, "pipeline": "story", "run_started_at": "2026-03-01T08:00:00Z", "as_of": "2026-02-14T12:00:00Z",
        "period_from": "2026-01-05", "period_to": "2026-02-14", "currency": "USD", "voc_version": "0.1.0",
        "cautions": [tables.NET, tables.ESTIMATE, tables.ASSOCIATION, tables.NAMES_REMAIN],
    }  # fmt: skip


READERS = {
    "string": str, "integer": int, "number": float, "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat, "datetime": datetime.fromisoformat,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "wfm", "accounts", "knowledge_gaps"])
def test_every_cell_keeps_to_the_dictionary_beside_it(made, tmp_path, kind):
    export(made, kind, str(tmp_path / "o"))
    package = json.loads((tmp_path / "o" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["resources"]
    for resource in package["resources"]:
        fields = resource["schema"]["fields"]
        header, *rows = read_csv(tmp_path / "o" / resource["path"])
        assert header == [f["name"] for f in fields]
        for row in rows:
            for cell, field in zip(row, fields, strict=True):
                rules = field.get("constraints", {})
                assert cell or not rules.get("required"), field
                value = READERS[field["type"]](cell) if cell else None
                if value is not None:
                    assert value in rules.get("enum", [value]), field
                    assert rules.get("minimum", value) <= value <= rules.get("maximum", value), field


def test_what_is_taken_for_a_date(declared):
    found = {(kind, c.name) for t in declared.values() for c in t.columns if (kind := field_type(c)).startswith("date")}
    named = {name for kind, name in found if kind == "date"}
    assert named <= {"first_day", "last_day", "happened_on", "week_on"}
    assert {name for kind, name in found if kind == "datetime"} >= {"opened_at", "closed_at", "started_at", "said_at"}


def test_whole_texts_leave_only_on_demand_and_identifiers_never(made, declared, tmp_path):
    export(made, "csv", str(tmp_path / "o"))
    names = {path.stem for path in (tmp_path / "o").glob("*.csv")}
    assert set(declared) - names == set(TEXT_TABLES) & set(declared)
    kept_back = {"rejects", "removals", "briefings", "topic_members", "topic_decisions", "vectors", "run_stages", "files"}
    assert not names & kept_back
    columns = {name for table in declared.values() for name in table.names}
    assert not columns & {*LEFT_OUT_COLUMNS, "file_name", "line"}
    assert Contact.names.count("identifiers") == 1  # it is there, and stays


def test_only_the_tables_asked_for(made, tmp_path):
    said = export(made, "csv", str(tmp_path / "o"), options=Options(tables=("priorities", "verbatims")))
    assert said == [
        "  verbatims.csv: 66 rows", "  priorities.csv: 3 rows", f"Wrote {tmp_path / 'o'}",
        f"Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0.", "Period: 5 Jan 2026 to 14 Feb 2026.", "Money: USD.",
    ]  # fmt: skip
    package = json.loads((tmp_path / "o" / "datapackage.json").read_text())
    assert "foreignKeys" not in package["resources"][1]["schema"]  # its run is not in the package


# ---------------------------------------------------------------- parquet, sql


def typed(value, c):
    if value is None or field_type(c) not in ("date", "datetime"):
        return value
    if field_type(c) == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).astimezone(UTC)


def typed_rows(frame: pd.DataFrame, table) -> list[tuple]:
    return [tuple(typed(v, c) for v, c in zip(row, table.columns, strict=True)) for row in plain_rows(frame)]


def test_every_table_comes_back_from_parquet_with_types_nulls_and_meaning(made, frames, declared, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    export(made, "parquet", str(tmp_path / "o"), options=Options(texts=True))
    for name, frame in frames.items():
        found = parquet.read_table(tmp_path / "o" / f"{name}.parquet")
        assert [tuple(row.values()) for row in found.to_pylist()] == typed_rows(frame, declared[name]), name
        told = [(f.name, f.nullable, f.metadata[b"description"].decode()) for f in found.schema]
        assert told == [(c.name, c.is_nullable, c.description) for c in declared[name].columns]
    package = json.loads((tmp_path / "o" / "datapackage.json").read_text())
    assert [r["path"] for r in package["resources"]] == [f"{name}.parquet" for name in declared]


def test_every_table_comes_back_from_duckdb(made, frames, declared, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    target = tmp_path / "o.duckdb"
    export(made, "sql", str(target), options=Options(texts=True))
    export(made, "sql", f"duckdb:///{target}", options=Options(texts=True))  # again: it takes the place of the first
    with duckdb.connect(str(target)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in frames.items():
            found = connection.sql(f'SELECT * FROM voc."{name}"').to_arrow_table().to_pylist()
            assert [tuple(row.values()) for row in found] == typed_rows(frame, declared[name]), name
        basis = connection.sql("SELECT name, value FROM voc.export_basis ORDER BY position").fetchall()
        assert basis == [
            ("run_id", RUN), ("pipeline", "story"), ("run_started_at", "2026-03-01T08:00:00Z"), ("as_of", "2026-02-14T12:00:00Z"),
            ("period_from", "2026-01-05"), ("period_to", "2026-02-14"), ("currency", "USD"), ("voc_version", "0.1.0"),
            ("caution", tables.NET), ("caution", tables.ESTIMATE), ("caution", tables.ASSOCIATION), ("caution", tables.NAMES_REMAIN),
        ]  # fmt: skip
        comment = "SELECT comment FROM duckdb_columns() WHERE table_name = 'contacts' AND column_name = 'handle_minutes'"
        assert connection.execute(comment).fetchall() == [("Measured agent time, never elapsed time [minutes]",)]


def test_tables_come_back_from_a_database_url(made, tmp_path):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    url = f"sqlite:///{tmp_path / 'o.db'}"
    for _ in range(2):  # the second takes the place of the first
        said = export(made, "sql", url, options=Options(tables=("contacts", "priorities", "topic_weeks")))
    assert said[-4:] == [
        f"Wrote {url}", f"Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0.", "Period: 5 Jan 2026 to 14 Feb 2026.",
        "Money: USD.",
    ]  # fmt: skip
    with sqlalchemy.create_engine(url).connect() as connection:
        found = connection.execute(sqlalchemy.text("SELECT rank, topic, is_low_volume FROM voc_priorities")).fetchall()
    assert [tuple(row) for row in found] == [(1, "password reset link", 0), (2, "refund not arrived", 1), (3, EVIL, 1)]


def test_what_a_database_says_is_said_without_the_password(made, tmp_path):
    pytest.importorskip("sqlalchemy")
    addresses = ("a b://me:secret@host/x", "nosuch://me:secret@host/x", f"sqlite:///{tmp_path / 'none' / 'o.db'}")
    said = [fault(made, "sql", address) for address in addresses]
    assert said == [
        "The database URL cannot be read: Could not parse SQLAlchemy URL from given URL string. Write it as "
        "postgresql+psycopg://USER@HOST/DATABASE.",
        "The database URL cannot be read: Can't load plugin: sqlalchemy.dialects:nosuch. Write it as "
        "postgresql+psycopg://USER@HOST/DATABASE.",
        f"sqlite:///{tmp_path}/none/o.db cannot be written: unable to open database file. Nothing was written.",
    ]


def test_a_driver_that_is_missing_is_named(made, monkeypatch):
    pytest.importorskip("sqlalchemy")
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    said = fault(made, "sql", "postgresql+psycopg://me:secret@host/x")
    assert said == "The driver of postgresql+psycopg is not installed: psycopg. pip install psycopg"


@pytest.mark.parametrize("kind, module, what", [
    ("sql", "duckdb", "A DuckDB file needs the package duckdb. pip install duckdb, or export --as csv."),
    ("parquet", "pyarrow", "Parquet needs the package pyarrow. pip install pyarrow, or export --as csv."),
    ("excel", "xlsxwriter", "A workbook needs the package XlsxWriter. pip install XlsxWriter, or export --as csv."),
])  # fmt: skip
def test_a_library_that_is_missing_is_named(made, tmp_path, monkeypatch, kind, module, what):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setitem(__import__("sys").modules, f"{module}.parquet", None)
    assert fault(made, kind, str(tmp_path / FILES[kind])) == what
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_program_is_not_overwritten(made, tmp_path):
    pytest.importorskip("duckdb")
    path = tmp_path / "o.duckdb"
    path.write_text("my own notes")
    assert fault(made, "sql", str(path)) == f"{path} is not a DuckDB file. Name another file; nothing was written."
    assert path.read_text() == "my own notes"


# ---------------------------------------------------------------- excel


def test_the_workbook_says_its_basis_first_and_holds_every_report_table(made, frames, declared, tmp_path):
    path = tmp_path / "o.xlsx"
    export(made, "excel", str(path))
    book = CalamineWorkbook.from_path(str(path))
    reports = [name for name, t in declared.items() if t.kind == "report" and name != "runs"]
    assert sorted(book.sheet_names) == sorted(["about", *reports, "columns"])
    assert (book.sheet_names[0], book.sheet_names[-1]) == ("about", "columns")
    about = book.get_sheet_by_name("about").to_python()
    assert [row[1] for row in about[:3]] == [
        f"Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0.", "Period: 5 Jan 2026 to 14 Feb 2026.", "Money: USD.",
    ]  # fmt: skip
    for name in reports:
        header, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)[: len(frames[name]) + 1]
        assert header == declared[name].names
        wanted = [[_in_excel(v, c) for v, c in zip(r, declared[name].columns, strict=True)] for r in plain_rows(frames[name])]
        assert [[_rounded(v) for v in row] for row in rows] == wanted, name


def _in_excel(value, c):
    if value is None:
        return ""
    if field_type(c) == "datetime":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    if field_type(c) == "date":
        return date.fromisoformat(value)
    return _rounded(value)


def _rounded(value):
    """Excel keeps 15 digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(f"{value:.12g}")


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(made, tmp_path):
    from zipfile import ZipFile

    path = tmp_path / "o.xlsx"
    export(made, "excel", str(path))
    with ZipFile(path) as archive:
        sheets = {n: archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")}
    assert [name for name, text in sheets.items() if "<f>" in text or "<f " in text or "hyperlink" in text.lower()] == []
    assert all('<pane ' in text for name, text in sheets.items() if "sheet1.xml" not in name)  # frozen headers


def test_a_workbook_of_tables_asked_for_holds_them(made, tmp_path):
    path = tmp_path / "o.xlsx"
    export(made, "excel", str(path), options=Options(tables=("contacts",)))
    assert CalamineWorkbook.from_path(str(path)).sheet_names == ["about", "contacts", "columns"]


def test_long_text_is_cut_to_what_a_cell_holds():
    assert excel.fitting("x" * 40_000) == "x" * 32_766 + "…"
    assert excel.fitting("short") == "short"


def test_more_rows_than_a_sheet_holds_are_said(monkeypatch):
    monkeypatch.setattr(excel, "MOST_ROWS", 5)
    assert [excel._rows_said(n) for n in (1, 5, 1200)] == ["1 row", "5 rows", "1,200 rows, of which the sheet holds 5"]


# ---------------------------------------------------------------- every kind


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "sql"])
def test_the_same_run_gives_the_same_bytes(made, tmp_path, kind):
    for name in ("a", "b"):
        export(made, kind, str(tmp_path / name / FILES[kind]))
    assert files_under(tmp_path / "a") == files_under(tmp_path / "b")


def files_under(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_a_database_without_a_complete_run(tmp_path, kind):
    path = tmp_path / "empty.db"
    write(path, {}, run_row(), is_complete=False)
    assert fault(path, kind, str(tmp_path / "o")) == (
        f"{path} holds no complete run. Finish a run first: voc run PIPELINE.yml"
    )


@pytest.fixture(scope="module", params=[{"costs": None}, {"is_identified": False}, {"has_contacts": False}], ids=str)
def poorer(request, tmp_path_factory) -> Path:
    return database(tmp_path_factory.mktemp("poorer"), **request.param)


def test_every_kind_takes_runs_without_money_customers_or_contacts(poorer, tmp_path):
    for kind in KINDS:
        assert export(poorer, kind, str(tmp_path / kind / FILES[kind]))[-3].startswith("Run "), kind


def fault(database: Path, kind: str, output: str | None, **rest) -> str:
    with pytest.raises(VocError) as caught:
        export(database, kind, output, **rest)
    return f"{caught.value.what} {caught.value.fix or ''}".strip()


def test_what_cannot_be_asked_for_is_said(made, tmp_path):
    place = str(tmp_path / "o")
    assert fault(made, "csv", None) == "The export 'csv' needs a place to write to. Add -o with a folder."
    assert fault(made, "csv", "-") == "The export 'csv' needs a place to write to. Add -o with a folder."
    assert fault(made, "excel", None) == "The export 'excel' needs a place to write to. Add -o with a file."
    assert fault(made, "sql", None) == (
        "The export 'sql' needs a place to write to. Add -o with a DuckDB file or a database URL."
    )
    assert fault(made, "cvs", place) == "No export called 'cvs'. Did you mean 'csv'?"
    assert fault(made, "csv", place, options=Options(top=3)) == "The export 'csv' takes no --top. It takes --table, --texts."
    assert fault(made, "accounts", place, options=Options(owner="x")) == "The export 'accounts' takes no --owner. Leave it out."
    assert fault(made, "csv", place, options=Options(tables=("priority",))) == (
        "There is no table 'priority' to export. Did you mean 'priorities'?"
    )
    assert fault(made, "csv", place, run_id="r0") == (
        f"{made} holds no complete run 'r0'. Complete runs, latest first: {RUN}."
    )
    assert fault(made, "jira", place, options=Options(owner="Sales")) == (
        "No topic of the run belongs to 'Sales'. Owners with topics: Identity engineering."
    )
    assert fault(made, "digest", place, options=Options(links="javascript:x")) == (
        "'javascript:x' is no address of a page. Write it as http://HOST:PORT/DATABASE."
    )
    assert list(tmp_path.iterdir()) == []


def test_issues_of_a_run_without_topics(tmp_path):
    path = tmp_path / "bare.db"
    write(path, {}, run_row())
    assert fault(path, "jira", str(tmp_path / "o")) == (
        "The run has no topics, so there is nothing to make issues of. Its briefing says why."
    )
    owned = fault(path, "digest", None, options=Options(owner="Sales"))
    assert owned == "No topic of the run belongs to 'Sales'. No topic has an owner."


def copy_of(made: Path, folder: Path) -> Path:
    return Path(shutil.copy(made, folder / "story.db"))


def test_an_earlier_run_has_its_report_tables_alone(made, tmp_path):
    path = copy_of(made, tmp_path)
    later = run_row("20260401T080000000-abc123", started_at="2026-04-01T08:00:00Z")
    write(path, {name: frames_of(later["run_id"])[name] for name in ("priorities", "contacts", "customers")}, later)
    export(path, "csv", str(tmp_path / "o"), run_id=RUN)
    names = {p.stem for p in (tmp_path / "o").glob("*.csv")}
    assert "priorities" in names and "contacts" not in names
    header, *rows = read_csv(tmp_path / "o" / "priorities.csv")
    assert {row[header.index("run_id")] for row in rows} == {RUN}
    assert fault(path, "accounts", str(tmp_path / "a"), run_id=RUN) == (
        f"The table contacts holds what the latest run read, and run {RUN} is not the latest. Leave --run out, or choose "
        "an export of report tables alone, such as: voc export --as excel"
    )


def test_a_table_of_another_version_is_named(made, tmp_path):
    import sqlite3

    path = copy_of(made, tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE priorities RENAME COLUMN score TO points")
    assert fault(path, "digest", None) == (
        f"{path}: the table priorities was written by another version of voc. Run the pipeline again."
    )


# ---------------------------------------------------------------- places


def test_a_failed_export_leaves_the_one_before(made, tmp_path, monkeypatch):
    target = tmp_path / "o"
    export(made, "wfm", str(target))
    before = files(target)

    def broken(*_, **__):
        raise VocError("The disk is full.")

    monkeypatch.setattr("voc.exports._package.write_dictionary", broken)
    assert fault(made, "wfm", str(target)) == "The disk is full."
    assert files(target) == before
    assert [p.name for p in tmp_path.iterdir()] == ["o"]  # nothing half-written beside it


def test_an_export_takes_the_place_of_an_earlier_one_whole(made, tmp_path):
    target = tmp_path / "o"
    export(made, "csv", str(target))
    export(made, "accounts", str(target))
    assert sorted(files(target)) == ["accounts.csv", "datapackage.json"]


def test_places_that_are_something_else(made, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    said = [fault(made, kind, str(tmp_path / name)) for kind, name in (("csv", "mine"), ("csv", "file"), ("excel", "mine"))]
    assert [text.replace(str(tmp_path), "F") for text in said] == [
        "F/mine holds files that are not an export of voc. Name an empty or a new folder; nothing was written.",
        "F/file is a file; this export is a folder. Name another folder.",
        "F/mine is a folder; this export is a file. Name a file in it.",
    ]
    assert (tmp_path / "mine" / "notes.txt").read_text() == "x"


def test_a_place_that_cannot_be_written(made, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    assert fault(made, "csv", str(tmp_path / "file" / "o")) == (
        f"{tmp_path}/file is no folder, so nothing can be put there. Name another place."
    )

    def forbidden(*_, **__):
        raise PermissionError(13, os.strerror(13))

    with monkeypatch.context() as patched:
        patched.setattr(_place.tempfile, "mkdtemp", forbidden)
        assert fault(made, "csv", str(tmp_path / "o")) == (
            f"{tmp_path}/o cannot be written: Permission denied. Check the path and its permissions."
        )

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(_place.os, "replace", full)
    assert fault(made, "accounts", str(tmp_path / "o")) == (
        f"{tmp_path}/o cannot be written: No space left on device. Check the disk and its permissions."
    )


# ---------------------------------------------------------------- the command


def test_a_pipeline_names_its_database(made, tmp_path):
    (tmp_path / "weekly.yml").write_text(
        "name: story\ndatabase: story.db\nsources:\n  - {kind: table, name: s, path: a.csv}\n", encoding="utf-8"
    )
    copy_of(made, tmp_path)
    assert export(tmp_path / "weekly.yml", "digest", None) == export(made, "digest", None)


def test_the_command(made, tmp_path):
    done = voc("export", made, "--as", "wfm", "-o", tmp_path / "o")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "  weekly_contacts.csv: 24 rows", "  expected_change.csv: 3 rows", f"Wrote {tmp_path / 'o'}",
        f"Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0.", "Period: 5 Jan 2026 to 14 Feb 2026.", "Money: USD.",
    ]  # fmt: skip
    wrong = voc("export", made, "--as", "csv", "--webhook-json", "-o", tmp_path / "p")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr == "Error: The export 'csv' takes no --webhook-json.\nIt takes --table, --texts.\n"
