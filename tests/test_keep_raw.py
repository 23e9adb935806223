"""Unredacted texts go where keep_raw says, to their owner's eyes alone, and nowhere else."""

import os
import sqlite3
from pathlib import Path

import pytest
from test_ingest import GOOD, context

from voc import flow, store
from voc.config import database_of
from voc.errors import VocError
from voc.store import Store, erase_raw, raw_rows, refuse_as_raw

FIX = "Name a file of its own under 'keep_raw', such as private/raw.db."


def texts(*rows: tuple[str, str]):
    return [list(rows)]


@pytest.fixture
def database(tmp_path) -> Store:
    with Store(tmp_path / "t.db") as opened:
        yield opened


def test_only_its_owner_can_read_it_from_the_first_byte_on(database, tmp_path, monkeypatch):
    path, modes = tmp_path / "raw.db", []
    real = sqlite3.connect

    def connect(place, *args, **options):
        if Path(place) == path:
            modes.append((path.stat().st_mode & 0o777, path.stat().st_size))
        return real(place, *args, **options)

    monkeypatch.setattr(store.sqlite3, "connect", connect)
    before = os.umask(0)
    try:
        database.save_raw(path, texts(("a", "Ann, 0170 1234567")))
    finally:
        os.umask(before)
    assert modes == [(0o600, 0)] and path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    database.save_raw(path, texts(("b", "Bob")))
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_newest_text_of_a_verbatim_stays(database, tmp_path):
    path = tmp_path / "raw.db"
    database.save_raw(path, texts(("a", "old"), ("b", "Bob")))
    database.save_raw(path, texts(("a", "new")))
    assert raw_rows(path, ["a", "b", "c"]) == [{"verbatim_id": "a", "text": "new"}, {"verbatim_id": "b", "text": "Bob"}]
    assert erase_raw(path, ["a", "c"]) == 1 and raw_rows(path, ["a", "b"]) == [{"verbatim_id": "b", "text": "Bob"}]
    assert b"new" not in path.read_bytes()


def test_what_is_not_there_holds_nothing(tmp_path):
    assert raw_rows(tmp_path / "raw.db", ["a"]) == [] and erase_raw(tmp_path / "raw.db", ["a"]) == 0
    assert not (tmp_path / "raw.db").exists()


def place(folder: Path, name: str) -> Path:
    """A file or folder that is no place for unredacted texts."""
    path = folder / name
    if name == "folder":
        path.mkdir()
    elif name == "other.db":
        with sqlite3.connect(path) as conn:
            conn.execute("CREATE TABLE raw_texts (verbatim_id TEXT, text TEXT)")
        conn.close()
    elif name in ("tickets.csv", "t.db.key"):
        path.write_text("id,text\n", encoding="utf-8")
    return path


BELONGS = "belongs to the database, which holds redacted texts alone."
THERE = "is there already and was not made by keep_raw."


@pytest.mark.parametrize(("name", "why"), [
    ("t.db", BELONGS), ("t.db.vectors", BELONGS), ("t.db-wal", BELONGS), ("t.db.key", BELONGS), ("folder", "is a folder."),
    ("other.db", THERE), ("tickets.csv", THERE),
])  # fmt: skip
def test_no_place_for_unredacted_texts(database, tmp_path, name, why):
    path = place(tmp_path, name)
    kept = path.read_bytes() if path.is_file() else None
    for attempt in (lambda: refuse_as_raw(path, database.path), lambda: database.save_raw(path, texts(("a", "Ann")))):
        with pytest.raises(VocError) as error:
            attempt()
        assert (error.value.what, error.value.fix) == (f"keep_raw: {path} {why}", FIX)
    if name not in ("t.db", "t.db-wal"):
        assert (path.read_bytes() if path.is_file() else None) == kept


def test_a_folder_that_is_missing_and_a_link_into_nowhere_are_said(database, tmp_path):
    with pytest.raises(VocError, match="keep_raw: the folder .*/no does not exist"):
        refuse_as_raw(tmp_path / "no" / "raw.db", database.path)
    (tmp_path / "link.db").symlink_to(tmp_path / "no" / "raw.db")
    with pytest.raises(VocError, match="cannot be written: File exists"):
        database.save_raw(tmp_path / "link.db", texts(("a", "Ann")))


def test_a_check_of_the_pipeline_refuses_before_anything_is_read(tmp_path):
    with pytest.raises(VocError, match="keep_raw: .*a.csv is there already and was not made by keep_raw"):
        context(tmp_path, GOOD, more="keep_raw: a.csv\n")


def test_a_run_puts_texts_as_they_came_there_and_nowhere_else(tmp_path):
    """Ingest alone, written as a run writes it; the whole run stands in test_forget."""
    secret = "Call me: +49 170 1234567 or ann.lee@example.com"
    run = context(tmp_path, f"1,2026-05-01,Help,{secret},u1,ann.lee@example.com,\n", more="keep_raw: raw.db\n")
    with Store(flow.database_path(run), flow.report_tables()) as opened:
        stage = flow.flow()[0]
        result = stage.run({t.name: opened.read(t.name, t.names) for t in stage.reads}, run)
        opened.save_raw(run.folder / run.pipeline.keep_raw, result.raw)
        opened.start_run({**flow._run_row(run)})
        row = {"run_id": run.run_id, "stage": "ingest", "position": 1, "rows_in": "{}", "rows_out": "{}", "notes": "{}", "seconds": 0.0}
        opened.write_stage(result.frames, row)
    assert raw_rows(tmp_path / "raw.db", ["help:1"]) == [{"verbatim_id": "help:1", "text": f"Help\n\n{secret}"}]
    for path in tmp_path.iterdir():
        if path.name not in ("raw.db", "a.csv"):
            data = path.read_bytes()
            assert b"ann.lee" not in data and b"1234567" not in data, path.name


def test_the_only_database_of_a_folder_is_not_the_raw_file(database, tmp_path, monkeypatch):
    database.save_raw(tmp_path / "raw.db", texts(("a", "Ann")))
    monkeypatch.chdir(tmp_path)
    assert database_of(None) == Path("t.db")
