"""One person is explained, handed over and erased: nothing of them is left in any byte, and they do not come back."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from person_world import IDS, MAIL, MARKS, ran, write_world
from runs import dump, voc

from voc import flow, forget, person_export, persons, tables
from voc.cli import cli
from voc.errors import VocError
from voc.schema import column, table
from voc.store import Store, locked

INPUT = (".csv", ".yml")
QUOTE = "A quote of hers that a report shows: quillonworb <b>& co</b>"


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """The folder after a run, with her quoted in the evidence, a proposal, a prompt, a warning and the briefing."""
    folder = tmp_path_factory.mktemp("people")
    ran(write_world(folder))
    with Store(folder / "people.db", flow.report_tables()) as store, store.db.atomic():
        (run,) = store.rows("SELECT run_id FROM runs")
        (hers,) = store.rows("SELECT * FROM passages WHERE verbatim_id = 'desk:t9001' AND position = 1")
        topic = store.rows("SELECT topic_id, topic, rank FROM priorities LIMIT 1")[0]
        conn, run_id = store.db.conn, run["run_id"]
        conn.execute("UPDATE passages SET text = ? WHERE passage_id = ?", [QUOTE, hers["passage_id"]])
        conn.execute(
            "INSERT INTO evidence VALUES (?, ?, 9, ?, ?, ?, '2026-05-02T09:00:00Z', 'desk', 'c-older', 'desk:t9001', ?, ?, 'by rule')",
            [run_id, topic["topic_id"], topic["topic"], topic["rank"], QUOTE, hers["passage_id"], hers["verbatim_id"]],
        )
        conn.execute(
            "INSERT INTO reason_proposals VALUES (?, 't-x', 'Quillonworb invoices', 1, 1, NULL, NULL, NULL, ?)",
            [run_id, json.dumps([QUOTE, "A quote of somebody else"])],
        )
        conn.execute(
            "INSERT INTO topic_namings VALUES (?, 't-x', 'llm:m', 'm', ?, 'Name it', 'Invoices', 1, NULL)", [run_id, f"Texts: {QUOTE}"]
        )
        notes = json.loads(store.rows("SELECT notes FROM run_stages WHERE stage = 'ingest'")[0]["notes"])
        notes["source_warnings"] = [f"desk: '{MARKS['body']}' is no number"]
        conn.execute("UPDATE run_stages SET notes = ? WHERE stage = 'ingest'", [json.dumps(notes)])
    return folder


@pytest.fixture
def folder(world, tmp_path) -> Path:
    """A copy of the world to change."""
    return Path(shutil.copytree(world, tmp_path / "copy"))


@pytest.fixture(scope="module")
def erased(world, tmp_path_factory) -> Path:
    """A copy of the world from which she was erased by the command line, her briefing quoting her before."""
    folder = Path(shutil.copytree(world, tmp_path_factory.mktemp("erased") / "copy"))
    with sqlite3.connect(folder / "people.db") as conn:
        conn.execute("UPDATE briefings SET content = content || ? WHERE format = 'html'", [QUOTE.replace("&", "&amp;").replace("<", "&lt;")])
    conn.close()
    done = voc("forget", MAIL, "--database", folder / "people.yml", "--yes")
    assert done.returncode == 0, done.stderr
    (folder / "said.csv").write_text(done.stdout, encoding="utf-8")
    return folder


def left_in(folder: Path) -> dict[str, list[str]]:
    """Of every file that voc wrote: marks, ids and names of hers in its bytes."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in INPUT:
            data = path.read_bytes().lower()
            found[path.name] = [mark for mark in (*MARKS.values(), *IDS, MAIL, "marla", "a quote of hers") if mark.encode() in data]
    return {name: marks for name, marks in found.items() if marks}


# ---------------------------------------------------------------- erased


def test_before_her_marks_are_in_the_database_and_her_address_in_the_raw_file_alone(world):
    found = left_in(world)
    assert set(found) == {"people.db", "raw.db"}
    assert set(found["people.db"]) == {*MARKS.values(), *IDS, "marla", "a quote of hers"}
    assert MAIL in found["raw.db"]


def test_after_no_byte_of_hers_is_left(erased):
    assert left_in(erased) == {}


def test_it_says_what_went_and_what_is_out_of_reach(erased):
    said = (erased / "said.csv").read_text(encoding="utf-8").splitlines()
    (run_id,) = [row[0] for row in sqlite3.connect(erased / "people.db").execute("SELECT run_id FROM runs")]
    assert said[0] == said[1].replace("Erased ", "", 1)
    assert said[1].startswith("Erased Customer ") and "2 contacts, 1 responses, 3 verbatims, 3 rejects" in said[1]
    assert said[2:] == [
        "Also 3 unredacted texts in raw.db.", "Also 3 vectors in people.db.vectors.",
        f"Stored briefings that quoted or named this customer were set anew: {run_id}.", *forget.KEPT,
    ]  # fmt: skip


# Tables whose rows of other people's change: words and names that only she had used
SCRUBBED = {"clusters", "topics", "topic_versions", "reason_proposals", "topic_namings", "run_stages"}


def test_rows_of_others_are_as_they_were(world, erased):
    before, after = dump(world / "people.db"), dump(erased / "people.db")
    with sqlite3.connect(erased / "people.db") as conn:
        hashes = {row[0] for row in conn.execute("SELECT identifier FROM forgotten")}
    conn.close()
    assert sorted(one.partition(":")[0] for one in hashes) == ["email", "id", "row", "row", "row"]
    for name in before.keys() - SCRUBBED - {"forgotten"}:
        assert set(after[name]) <= set(before[name]), name
    for name in ("contacts", "responses", "verbatims", "cleaned_verbatims", "passages", "episode_contacts", "contact_costs", "customers"):
        gone = set(before[name]) - set(after[name])
        assert gone and all("9001" in repr(row) or "9002" in repr(row) or name == "customers" for row in gone), name
    assert len(before["customers"]) - len(after["customers"]) == 1
    assert [len(before[name]) for name in sorted(SCRUBBED & before.keys())] == [len(after[name]) for name in sorted(SCRUBBED & before.keys())]


def test_quotes_words_and_prompts_go_and_the_rest_of_the_aggregate_stays(erased):
    with Store(erased / "people.db", flow.report_tables(), is_read_only=True) as store:
        (proposal,) = store.rows("SELECT topic, quotes FROM reason_proposals WHERE topic_id = 't-x'")
        (naming,) = store.rows("SELECT prompt, answer, name FROM topic_namings WHERE topic_id = 't-x'")
        assert proposal == {"topic": "invoices", "quotes": '["A quote of somebody else"]'}
        assert naming == {"prompt": None, "answer": "Name it", "name": "Invoices"}
        (ingest,) = store.rows("SELECT notes FROM run_stages WHERE stage = 'ingest'")
        assert json.loads(ingest["notes"])["source_warnings"] == ["desk: '[erased]' is no number"]
        assert store.rows("SELECT count(*) AS n FROM evidence WHERE contact_id = 'desk:t9001'") == [{"n": 0}]
        assert store.rows("PRAGMA foreign_key_check") == [] and store.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert store.rows("SELECT count(*) AS n FROM verbatims_fts WHERE verbatims_fts MATCH 'invoice'")[0]["n"] > 0


def test_the_briefing_set_anew_is_the_one_there_was_without_her(world, erased):
    sql = "SELECT format, content FROM briefings ORDER BY format"
    before, after = (dict(sqlite3.connect(folder / "people.db").execute(sql).fetchall()) for folder in (world, erased))
    assert after.keys() == {"html", "json", "markdown"}
    assert after["json"] == before["json"]
    done = voc("brief", erased / "people.db", "--format", "markdown", "-o", "-")
    assert done.returncode == 0 and done.stdout.startswith("#"), done.stderr


def test_her_page_is_not_there_and_the_others_are(world, erased):
    from test_browse import Pages

    hers = persons_id(world)
    before, after = Pages(world / "people.db"), Pages(erased / "people.db")
    assert before.get(f"/people/customers/{hers}").status_code == 200
    assert after.get(f"/people/customers/{hers}").status_code == 404
    assert after.get("/").status_code == 200
    other = sqlite3.connect(erased / "people.db").execute("SELECT customer_id FROM customers ORDER BY 1").fetchone()[0]
    assert after.get(f"/people/customers/{other}").status_code == 200


def persons_id(folder: Path) -> str:
    with Store(folder / "people.db", is_read_only=True) as store:
        return persons.find_person(store, MAIL).customer_id


def test_a_later_run_on_the_same_files_does_not_take_her_in_again(erased, tmp_path):
    folder = Path(shutil.copytree(erased, tmp_path / "again"))
    before = dump(folder / "people.db")
    ran(folder / "people.yml")
    assert left_in(folder) == {}
    after = dump(folder / "people.db")
    for name in ("customers", "contacts", "responses", "verbatims"):
        assert after[name] == before[name], name
    with Store(folder / "people.db", is_read_only=True) as store:
        found = store.rows("SELECT file_name, line, reason, raw_row, identifiers FROM rejects ORDER BY file_name, line")
    why = {"reason": "its customer was erased (voc forget)", "raw_row": "{}", "identifiers": "[]"}
    assert found == [{"file_name": name, "line": line} | why
                     for name, line in (("answers.csv", 16), *(("tickets.csv", n) for n in (86, 93, 94, 95, 96)))]  # fmt: skip


def test_asking_again_says_that_nothing_is_left(erased, tmp_path):
    folder = Path(shutil.copytree(erased, tmp_path / "again"))
    found = forget.plan(folder / "people.db", MAIL)
    assert found.counts == {} and found.lines[0].startswith(f"Nothing of this customer is left in {folder / 'people.db'}: erased 20")
    assert forget.forget(folder / "people.db", MAIL)[0] == f"Nothing of this customer was left in {folder / 'people.db'}; the file was rewritten."


# ---------------------------------------------------------------- not erased


def test_it_asks_before_and_a_no_changes_nothing(folder):
    before = (folder / "people.db").read_bytes()
    done = CliRunner().invoke(cli, ["forget", MAIL, "--database", str(folder / "people.db")], input="n\n")
    assert done.exit_code == 1 and "Erase this for good? [y/N]: n" in done.output
    assert (folder / "people.db").read_bytes() == before


def test_not_while_a_run_or_another_program_holds_the_database(folder):
    database = folder / "people.db"
    with locked(database), pytest.raises(VocError, match="Another run is writing"):
        forget.forget(database, MAIL)
    with Store(database) as store:  # something is in the log that the reader still sees
        store.db.conn.execute("UPDATE runs SET pipeline = 'people'")
        store.db.conn.commit()
        reader = sqlite3.connect(database)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contacts").fetchone()
        store.db.conn.execute("UPDATE runs SET pipeline = 'people'")
        store.db.conn.commit()
        with pytest.raises(VocError) as error:
            forget.forget(database, MAIL)
        reader.close()
    assert error.value.what == f"Another program is reading {database}, so its write-ahead log keeps what was deleted."
    assert error.value.fix == "Close it there (voc browse, Datasette, a notebook) and run the command again."
    assert forget.plan(database, MAIL).counts["contacts"] == 2


def test_a_database_that_was_moved_needs_its_pipeline_file(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in folder.glob("people.db*"):
        shutil.copy(path, elsewhere / path.name.replace("people", "moved"))
    with pytest.raises(VocError) as error:
        forget.forget(elsewhere / "moved.db", MAIL)
    assert error.value.what == (
        f"Where raw.db lies, in which the pipeline keeps unredacted texts, cannot be told from {elsewhere / 'moved.db'} alone.")
    assert error.value.fix == "Name the pipeline file instead: --database PIPELINE.yml"


def test_a_raw_file_that_is_gone_is_said(folder):
    (folder / "raw.db").unlink()
    said = forget.forget(folder / "people.db", MAIL)
    assert f"{folder / 'raw.db'}, which keep_raw named, is not there: erase the customer where it was moved to." in said
    assert not (folder / "raw.db").exists()


# ---------------------------------------------------------------- handed over


def test_the_document_holds_everything_of_hers_and_nothing_of_others(world, tmp_path):
    done = voc("export-customer", MAIL, "--database", world / "people.yml", "-o", tmp_path / "her.json")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "her.json").stat().st_mode & 0o777 == 0o600
    document = json.loads((tmp_path / "her.json").read_text(encoding="utf-8"))
    found = {name: len(rows) for name, rows in document["tables"].items()}
    assert done.stdout == (
        f"Wrote {tmp_path / 'her.json'}: {sum(found.values())} rows of {len(found)} tables about {document['customer']['name']}.\n")
    assert {name: found[name] for name in ("customers", "contacts", "responses", "verbatims", "rejects")} == {
        "customers": 1, "contacts": 2, "responses": 1, "verbatims": 3, "rejects": 3}  # fmt: skip
    assert found["removals"] and found["evidence"]
    text = json.dumps(document).lower()
    assert [mark for mark in (*MARKS.values(), *IDS[:3]) if mark not in text] == []
    assert {row["verbatim_id"] for row in document["raw_texts"]} == {"desk:t9001", "desk:t9002", "survey:s9001/1"}
    assert MAIL in document["raw_texts"][0]["text"]
    assert len(document["vectors"]) == found["passages"] and document["topics"]
    assert "u1@example.com" not in text and "desk:d1" not in text and "survey:a6" not in text


def test_the_document_goes_to_stdout_and_a_bad_place_is_said(world, tmp_path):
    (text,) = person_export.write_document(world / "people.db", MAIL, None)
    assert json.loads(text)["customer"]["customer_id"] == persons_id(world)
    with pytest.raises(VocError, match="cannot be written: No such file or directory"):
        person_export.write_document(world / "people.db", MAIL, tmp_path / "no" / "her.json")


# ---------------------------------------------------------------- no table is left out


def declared() -> list:
    return [t for t in (*tables.TABLES, *flow.report_tables()) if t.kind not in ("cache", "raw")]


def test_every_declared_table_that_speaks_of_people_is_walked(tmp_path):
    """By the declarations, not by the names the walk itself goes by."""
    ids = {"customer_id", "contact_id", "response_id", "verbatim_id", "passage_id", "episode_id", "text_hash"}
    homes = {"customers", "contacts", "responses", "verbatims", "passages", "episodes", "rejects"}
    expected = {
        t.name: {c.name for c in t.columns
                 if c.name in ids or c.name.endswith(tuple(f"_{one}" for one in ids)) or (c.ref or "").partition(".")[0] in homes}
        for t in declared()
    }  # fmt: skip
    expected = {name: names for name, names in expected.items() if names} | {"rejects": {"reject_id"}}
    with Store(tmp_path / "t.db", flow.report_tables()) as store:
        walked = {name: set(columns) for name, columns in persons.id_columns(store).items()}
        assert walked == expected
        (tmp_path / "t.db.key").write_bytes(b"k" * 32)
        nobody = persons.Person("c-none", "n", frozenset(), persons.rules_of(store), b"k" * 32)
        assert set(persons.gather(store, nobody).tables) == set(expected)


@table("remarks", kind="report", grain="remark of a plug-in nobody knows of")
class Remark:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    about: str = column("The contact", key=True, ref="contacts.contact_id")
    said_by_customer_id: str | None = column("Who")
    text: str = column("What")


def test_a_table_of_a_plug_in_is_walked_too(folder):
    hers = persons_id(folder)
    with Store(folder / "people.db", (*flow.report_tables(), Remark)) as store, store.db.atomic():
        run_id = store.rows("SELECT run_id FROM runs")[0]["run_id"]
        rows = [("desk:t9001", None), ("desk:d1", hers), ("desk:d2", "c-other")]
        store._insert(Remark, Remark.frame([{"run_id": run_id, "about": a, "said_by_customer_id": c, "text": "x"} for a, c in rows]))
    assert len(person_export.person_document(folder / "people.db", MAIL)["tables"]["remarks"]) == 2
    forget.forget(folder / "people.db", MAIL)
    with sqlite3.connect(folder / "people.db") as conn:
        assert conn.execute("SELECT about FROM remarks").fetchall() == [("desk:d2",)]
    conn.close()


def test_the_key_of_another_database_is_refused(folder):
    (folder / "people.db.key").write_bytes(b"k" * 32)
    for command in (["run", folder / "people.yml"], ["run", folder / "people.yml", "--dry-run"], ["forget", MAIL, "--database", folder / "people.db", "--yes"]):
        done = voc(*command)
        assert done.returncode == 1
        assert done.stderr.endswith(
            "people.db.key is the key of another database: with it every customer in people.db would be a stranger.\n"
            "Put back the key that lay beside the database.\n"
        )


def test_a_database_of_a_version_that_kept_no_fingerprint_is_believed(folder):
    (folder / "people.db.key").write_bytes(b"k" * 32)
    with sqlite3.connect(folder / "people.db") as conn:
        conn.execute("UPDATE runs SET versions = json_remove(versions, '$.key')")
    conn.close()
    with pytest.raises(VocError, match="No customer in"), Store(folder / "people.db", is_read_only=True) as store:
        persons.find_person(store, MAIL)
