"""The database: created from the declarations, upserted, replaced, appended; strangers refused; nothing half-written."""

import json
import os
import sqlite3

import pandas as pd
import pytest

from voc import migrations, tables
from voc.context import Chunks
from voc.errors import VocError
from voc.flow import report_tables
from voc.store import Store, locked, now
from voc.views import VIEWS

RUN = {
    "run_id": "r1", "pipeline": "p", "status": "running", "started_at": "2026-01-01T00:00:00Z", "finished_at": None,
    "as_of": None, "seed": 1, "settings": "{}", "versions": "{}", "inputs": "{}", "currency": None,
}  # fmt: skip


def stage_row(run_id: str = "r1", stage: str = "ingest", position: int = 1) -> dict:
    return {"run_id": run_id, "stage": stage, "position": position, "rows_in": "{}", "rows_out": "{}", "notes": "{}",
            "seconds": 0.1}  # fmt: skip


def contact(number: int, **changes) -> dict:
    row = {c.name: None for c in tables.Contact.columns}
    row |= {"contact_id": f"s:{number}", "source": "s", "identifiers": "[]", "channel": "web",
            "opened_at": "2026-01-01T00:00:00Z", "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False, "file_name": "a.csv", "line": number}  # fmt: skip
    return row | changes


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "voc.db", report_tables()) as opened:
        opened.start_run(RUN)
        yield opened


def test_every_declared_table_and_view_is_there_in_strict_mode(store):
    found = {row["name"]: row for row in store.rows("SELECT name, type, strict FROM pragma_table_list WHERE schema='main'")}
    for declared in (*tables.TABLES, *report_tables()):
        if declared.kind != "cache":
            assert found[declared.name]["strict"] == 1
            columns = [row["name"] for row in store.rows(f"SELECT name FROM pragma_table_info('{declared.name}')")]
            assert columns == declared.names
    for view in VIEWS:
        assert found[view.name]["type"] == "view"
        store.rows(f"SELECT * FROM {view.name}")


def test_source_rows_are_upserted_and_only_changes_count(store):
    first = tables.Contact.frame([contact(1), contact(2)])
    assert store.write_stage({"contacts": first}, stage_row()) == {"contacts": {"inserted": 2, "updated": 0}}
    again = tables.Contact.frame([contact(1, line=9, file_name="b.csv"), contact(2, subject="New words")])
    assert store.write_stage({"contacts": again}, stage_row(stage="again")) == {"contacts": {"inserted": 0, "updated": 1}}
    rows = store.rows("SELECT contact_id, subject, file_name, line FROM contacts")
    assert rows == [
        {"contact_id": "s:1", "subject": None, "file_name": "a.csv", "line": 1},
        {"contact_id": "s:2", "subject": "New words", "file_name": "a.csv", "line": 2},
    ]


def test_working_rows_are_replaced_and_later_tables_cleared(store):
    store.write_stage({"contacts": tables.Contact.frame([contact(1)])}, stage_row())
    rows = [{"contact_id": "s:1", "cost_group": None, "handle_minutes": None, "handle_source": "unknown", "cost_full": None,
             "cost_avoidable_cash": None, "cost_avoidable_capacity": None}]  # fmt: skip
    store.write_stage({"contact_costs": tables.ContactCost.frame(rows)}, stage_row(stage="cost", position=7))
    store.write_stage({"customers": tables.Customer.empty()}, stage_row(stage="b"), clear=["contact_costs"])
    assert store.counts()["contact_costs"] == 0


def test_a_stage_is_written_whole_or_not_at_all(store):
    orphan = tables.Reject.frame([{
        "reject_id": "f#1", "file_id": "nowhere", "file_name": "f", "line": 1, "reason": "r", "is_fault": True, "raw_row": "",
    }])  # fmt: skip
    with pytest.raises(sqlite3.IntegrityError):
        store.write_stage({"contacts": tables.Contact.frame([contact(1)]), "rejects": orphan}, stage_row())
    assert store.counts()["contacts"] == 0
    assert store.counts()["run_stages"] == 0


def test_an_unfinished_run_publishes_nothing(store):
    rows = [{"run_id": "r1", "path": "a", "value": 1.0, "line_source": "ledger", "note": None}]
    store.write_stage({"cost_parameters": tables.CostParameter.frame(rows)}, stage_row(stage="cost"))
    store.start_run(RUN | {"run_id": "r2"})
    assert store.counts()["cost_parameters"] == 0
    assert store.rows("SELECT run_id, status FROM runs ORDER BY 1") == [
        {"run_id": "r1", "status": "interrupted"}, {"run_id": "r2", "status": "running"},
    ]  # fmt: skip
    store.finish_run("r2", "complete", "2026-01-02T00:00:00Z")
    assert store.latest_run("complete")["run_id"] == "r2"


def test_search_finds_words(store):
    store.write_stage({
        "contacts": tables.Contact.frame([contact(1)]),
        "verbatims": tables.Verbatim.frame([{
            "verbatim_id": "s:1", "source": "s", "kind": "contact", "contact_id": "s:1", "response_id": None,
            "said_at": "2026-01-01T00:00:00Z", "question": None, "text": "Invoices are missing", "redaction_count": 0,
        }]),
    }, stage_row())  # fmt: skip
    found = store.rows("SELECT rowid FROM verbatims_fts WHERE verbatims_fts MATCH 'invoice'")
    assert found == [{"rowid": 1}]


def test_vectors_live_in_the_side_file(store):
    import numpy as np
    import pandas as pd

    one = pd.DataFrame({"model": "m", "text_hash": ["h"], "vector": [np.ones(2, dtype=np.float32).tobytes()]})
    store.save_cache("vectors", one)
    store.save_cache("vectors", one)
    assert store.read("vectors")["vector"].tolist() == [np.ones(2, dtype=np.float32).tobytes()]
    assert store.vector_path.name == "voc.db.vectors"
    assert "vectors" not in [row["name"] for row in store.rows("SELECT name FROM sqlite_master")]


def test_what_is_read_is_what_was_written(store):
    frame = tables.Contact.frame([contact(1, handle_minutes=2.5, reopen_count=1), contact(2)])
    store.write_stage({"contacts": frame}, stage_row())
    assert store.read("contacts").equals(frame)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.mkdir(), "is a folder, not a database."),
        (lambda p: p.write_text("name,age\n" * 20), "is not a SQLite database."),
        (lambda p: sqlite3.connect(p).execute("CREATE TABLE t (a)"), "is a database of another program."),
    ],
)
def test_strangers_are_refused(tmp_path, make, says):
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(VocError) as error:
        Store(path)
    assert error.value.what == f"{path} {says}"
    with pytest.raises(VocError) as error:
        Store(path, is_read_only=True)
    assert error.value.what == f"{path} {says}" and "'database'" not in error.value.fix or path.is_dir()
    assert before is None or path.read_bytes() == before


def test_a_missing_folder_or_file_is_named(tmp_path):
    with pytest.raises(VocError, match="The folder .* does not exist"):
        Store(tmp_path / "no" / "x.db")
    with pytest.raises(VocError, match="x.db does not exist"):
        Store(tmp_path / "x.db", is_read_only=True)


def test_a_read_only_database_is_named(tmp_path, monkeypatch):
    path = tmp_path / "x.db"
    Store(path).close()
    # the superuser may write anywhere, so the answer of the system is given here
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(VocError) as error:
        Store(path)
    assert str(error.value) == f"{path} is read-only.\nChange its permissions (chmod u+w), or name another 'database'."


def test_a_truncated_database_is_named(tmp_path):
    path = tmp_path / "x.db"
    Store(path).close()
    path.write_bytes(path.read_bytes()[:2048])
    with pytest.raises(VocError, match="is damaged"):
        Store(path)


def test_two_runs_at_once_are_refused(tmp_path):
    path = tmp_path / "x.db"
    with locked(path), pytest.raises(VocError, match="Another run is writing"), locked(path):
        raise AssertionError("the second run got the lock")
    with locked(path):
        assert not path.exists()


def test_a_database_killed_as_it_began_is_ours(tmp_path):
    path = tmp_path / "x.db"
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = WAL")  # a file of one page, without tables and without our mark
    conn.close()
    assert path.stat().st_size > 0
    with Store(path) as store:
        assert store.counts()["contacts"] == 0


@pytest.mark.parametrize("table", [t for t in tables.TABLES if t.kind == "working"], ids=lambda t: t.name)
def test_a_working_table_of_an_older_shape_is_made_anew(tmp_path, table):
    path = tmp_path / "x.db"
    with Store(path) as store:
        store.start_run(RUN)
        owner = tables.Customer.frame([{"customer_id": "c", "name": "n", "identifier_count": 1, "segment": None,
                                        "organisation": None, "annual_revenue": None, "contact_count": 1,
                                        "response_count": 0, "first_seen_at": None, "last_seen_at": None}])  # fmt: skip
        frames = {"customers": owner, "contacts": tables.Contact.frame([contact(1, customer_id="c")])}
        store.write_stage(frames, stage_row())
        store.db.conn.execute(f'ALTER TABLE "{table.name}" ADD COLUMN of_yesterday TEXT')
        store.db.conn.commit()
    with Store(path) as store:
        columns = [row["name"] for row in store.rows(f"SELECT name FROM pragma_table_info('{table.name}')")]
        assert columns == table.names
        assert store.counts()["contacts"] == 1


def test_a_kept_table_of_another_version_is_named(tmp_path):
    path = tmp_path / "x.db"
    with Store(path) as store:
        store.db.conn.execute("ALTER TABLE contacts ADD COLUMN of_tomorrow TEXT")
        store.db.conn.commit()
    with pytest.raises(VocError, match="the table contacts has other columns than this version of voc writes"):
        Store(path)


def test_fresh_and_migrated_databases_have_the_same_schema(tmp_path):
    with Store(tmp_path / "fresh.db", report_tables()) as fresh:
        expected = fresh.rows("SELECT name, sql FROM sqlite_master ORDER BY name")
    with Store(tmp_path / "old.db", report_tables()) as old:
        old.db.conn.execute("DELETE FROM _sqlite_migrations")
        old.db.conn.commit()
    with Store(tmp_path / "old.db", report_tables()) as migrated:
        assert migrated.rows("SELECT name, sql FROM sqlite_master ORDER BY name") == expected
        assert [m.name for m in migrations.MIGRATIONS.pending(migrated.db)] == []


def test_now_is_iso_utc():
    assert len(now()) == 20
    assert json.dumps(now()).endswith('Z"')


def member(run_id: str, text_hash: str) -> dict:
    return {"run_id": run_id, "text_hash": text_hash, "cluster_id": "t-1", "topic_id": "t-1", "is_fitted": True}


def test_what_only_the_latest_complete_run_keeps(store):
    """Rows of an earlier run stay until a later one is complete; a run that fails takes back its own alone."""
    held = []
    for number, status in enumerate(("complete", "failed", "complete"), start=1):
        run_id = f"r{number}"
        if number > 1:
            store.start_run(RUN | {"run_id": run_id})
        parameter = {"run_id": run_id, "path": "a", "value": 1.0, "line_source": "ledger", "note": None}
        store.write_stage({
            "topic_members": tables.TopicMember.frame([member(run_id, "x"), member(run_id, "y")]),
            "cost_parameters": tables.CostParameter.frame([parameter]),
        }, stage_row(run_id))  # fmt: skip
        store.finish_run(run_id, status, None)
        held.append((store.read("topic_members").to_dict("records"), store.read("cost_parameters")["run_id"].tolist()))
    first, last = ([member(run, "x"), member(run, "y")] for run in ("r1", "r3"))
    assert held == [(first, ["r1"]), (first, ["r1"]), (last, ["r1", "r3"])]


def test_a_new_database_is_filled_without_a_log_and_then_lets_readers_in(tmp_path):
    def mode(opened: Store) -> str:
        return opened.rows("PRAGMA journal_mode")[0]["journal_mode"]

    with Store(tmp_path / "t.db") as store:
        assert mode(store) == "delete"
        store.start_run(RUN)
        store.write_stage({"contacts": tables.Contact.frame([contact(1)])}, stage_row())
        assert mode(store) == "wal"
    with Store(tmp_path / "t.db") as store:
        assert mode(store) == "wal"


def test_what_a_killed_first_run_had_begun_is_taken_back_by_a_reader(tmp_path):
    with Store(tmp_path / "t.db") as store:
        store.db.conn.execute("PRAGMA cache_size = 1")  # pages: the rows go to the file before they are committed
        store.db.conn.execute("BEGIN")
        store._insert(tables.Contact, tables.Contact.frame([contact(n) for n in range(500)]))
        for end in ("", "-journal"):  # as they lie on the disk when the process is killed
            (tmp_path / f"killed.db{end}").write_bytes((tmp_path / f"t.db{end}").read_bytes())
        store.db.conn.rollback()
    assert b"s:499" in (tmp_path / "killed.db").read_bytes()
    with Store(tmp_path / "killed.db", is_read_only=True) as found:
        assert found.counts()["contacts"] == 0


def test_rows_of_a_table_too_large_to_hold_are_written_and_its_indexes_made_last(store):
    rows = list(tables.Contact.frame([contact(n) for n in range(1, 31)]).astype(object).where(lambda f: f.notna(), None).itertuples(index=False, name=None))
    chunks = Chunks(tables.Contact, lambda: iter([rows[:10], rows[10:30]]), 30)
    before = {r["name"] for r in store.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert store.write_stage({"contacts": chunks}, stage_row()) == {"contacts": {"inserted": 30, "updated": 0}}
    assert {r["name"] for r in store.rows("SELECT name FROM sqlite_master WHERE type = 'index'")} == before
    assert any("contacts_opened_at" in str(r) for r in store.rows("EXPLAIN QUERY PLAN SELECT 1 FROM contacts WHERE opened_at > '2026'"))
    again = Chunks(tables.Contact, lambda: iter([rows[:2]]), 2)
    assert store.write_stage({"contacts": again}, stage_row(stage="again")) == {"contacts": {"inserted": 0, "updated": 0}}
    pd.testing.assert_frame_equal(store.read("contacts"), chunks.whole())
