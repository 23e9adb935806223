"""The whole run: the same in a fresh process, with the network cut, after a kill; twice changes nothing."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs import OF_THE_MODE, differences, dump, voc

from voc import flow
from voc.flow import report_tables
from voc.sample import write_sample
from voc.store import Store


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Path:
    """A small made-up company, run once."""
    from voc import setup

    folder = tmp_path_factory.mktemp("company")
    setup.write_sample_company(folder, seed=5, tickets=160, answers=80)
    done = voc("run", folder / "sample.yml")
    assert done.returncode == 0, done.stderr
    return folder


def copy_of(company: Path, folder: Path) -> Path:
    """The company's input files without its database."""
    target = folder / "copy"
    shutil.copytree(company, target, ignore=shutil.ignore_patterns("*.db*"))
    return target


def twice(rows: list[tuple], *, is_latest_only: bool) -> list[tuple]:
    """What two runs with the same result leave of a report's rows: every row under either run, or the latest's alone."""
    return rows if is_latest_only else sorted(rows * 2, key=repr)


@pytest.fixture(scope="module")
def undisturbed(company) -> dict:
    return dump(company / "sample.db")


def test_a_fresh_process_gives_the_same_tables(company, undisturbed, tmp_path):
    folder = copy_of(company, tmp_path)
    done = voc("run", folder / "sample.yml", env=os.environ | {"PYTHONHASHSEED": "99"})
    assert done.returncode == 0, done.stderr
    assert differences(undisturbed, dump(folder / "sample.db")) == {}


def test_no_network_is_needed(company, undisturbed, tmp_path):
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let a process cut its own network off (unshare -rn)")
    folder = copy_of(company, tmp_path)
    done = subprocess.run(["unshare", "-rn", sys.executable, "-m", "voc", "run", str(folder / "sample.yml")],
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert differences(undisturbed, dump(folder / "sample.db")) == {}


def test_a_second_run_changes_nothing_and_embeds_nothing(company, undisturbed, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(company, folder)
    done = voc("run", folder / "sample.yml", "--json")
    assert done.returncode == 0, done.stderr
    stages = {stage["stage"]: stage["notes"] for stage in json.loads(done.stdout)["stages"]}
    assert stages["embed"]["embedded_now"] == 0
    unchanged = {"inserted": 0, "updated": 0}
    assert stages["ingest"]["changes"] == {"contacts": unchanged, "responses": unchanged, "verbatims": unchanged}
    again = dump(folder / "sample.db")
    reports = {t.name: t for t in (*report_tables(), *(t for s in flow.flow() for t in s.writes)) if t.kind == "report"}
    left_out = reports.keys() | OF_THE_MODE
    assert differences({k: v for k, v in undisturbed.items() if k not in left_out},
                       {k: v for k, v in again.items() if k not in left_out}) == {}  # fmt: skip
    for name in (reports.keys() & again.keys()) - OF_THE_MODE:
        assert again[name] == twice(undisturbed[name], is_latest_only=reports[name].is_latest_only), name
    topics = [row[0] for row in undisturbed["topics"]]
    assert (stages["topics"]["mode"], stages["topics"]["why"]) == ("assigned", "No passage is new.")
    assert stages["match"]["passages_kept_topic_share"] == 1.0
    assert stages["match"]["changes_since_last_run"] == {"continued": len(topics)}
    with Store(folder / "sample.db", report_tables(), is_read_only=True) as store:
        first, second = (row["run_id"] for row in store.rows("SELECT run_id FROM runs ORDER BY started_at, rowid"))
        fits = store.rows("SELECT run_id, mode, fitted_run_id, new_text_count, kept_id_share FROM topic_fits ORDER BY run_id")
        assert [(f["run_id"], f["mode"], f["fitted_run_id"], f["kept_id_share"]) for f in fits] == [
            (first, "fit", first, None), (second, "assigned", first, 1.0),
        ]  # fmt: skip
        assert fits[1]["new_text_count"] == 0
        changes = store.rows("SELECT topic_id, event, previous_run_id FROM topic_changes ORDER BY topic_id")
        assert [tuple(change.values()) for change in changes] == [(t, "continued", first) for t in sorted(topics)]
        assert {row["run_id"] for row in store.rows("SELECT DISTINCT run_id FROM topic_members")} == {second}


def test_one_changed_ticket_updates_one_row(company, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(company, folder)
    path = folder / "tickets.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["tickets"][3]["subject"] = "A new subject for this one"
    path.write_text(json.dumps(document), encoding="utf-8")
    stages = {s["stage"]: s["notes"] for s in json.loads(voc("run", folder / "sample.yml", "--json").stdout)["stages"]}
    assert stages["ingest"]["changes"]["contacts"] == {"inserted": 0, "updated": 1}
    assert stages["ingest"]["changes"]["verbatims"] == {"inserted": 0, "updated": 1}


@pytest.mark.parametrize("stage", ["ingest", "embed", "rank"])
def test_killed_at_any_moment_the_next_run_finishes(company, undisturbed, tmp_path, stage):
    """Killed a moment after `stage` has been recorded: whole stages are there, and the next run ends as if undisturbed."""
    folder = copy_of(company, tmp_path)
    database = folder / "sample.db"
    process = subprocess.Popen([sys.executable, "-m", "voc", "run", str(folder / "sample.yml")],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
    for line in process.stderr:
        if f"] {stage}" in line:
            break
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    with sqlite3.connect(database) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        done = [row[0] for row in conn.execute("SELECT stage FROM run_stages ORDER BY position")]
    names = [s.name for s in flow.flow()]
    assert done[: names.index(stage) + 1] == names[: names.index(stage) + 1]
    partial = dump(database)
    for finished in flow.flow()[: len(done)]:
        for table in finished.writes:
            if table.kind in ("source", "working"):
                assert partial[table.name] == undisturbed[table.name], table.name
    again = voc("run", folder / "sample.yml")
    assert again.returncode == 0, again.stderr
    assert differences(undisturbed, dump(database)) == {}


def test_from_a_stage_and_its_refusals(company, undisturbed, tmp_path):
    folder = copy_of(company, tmp_path)
    empty = voc("run", folder / "sample.yml", "--from", "topics")
    assert empty.returncode == 1
    assert "holds no tables yet." in empty.stderr
    assert "Run without --from first." in empty.stderr
    wrong = voc("run", folder / "sample.yml", "--from", "topcs")
    assert "No stage called 'topcs'.\nDid you mean 'topics'?" in wrong.stderr


@pytest.mark.parametrize("start", ["episodes", "rank", "report"])
def test_a_late_start_publishes_what_a_whole_run_does(company, undisturbed, tmp_path, start):
    whole = tmp_path / "whole"
    shutil.copytree(company, whole)
    late = voc("run", whole / "sample.yml", "--from", start, "--json")
    assert late.returncode == 0, late.stderr
    names = [s.name for s in flow.flow()]
    assert [s["stage"] for s in json.loads(late.stdout)["stages"]] == names[names.index(start) :]
    declared = {t.name: t for t in (*report_tables(), *(t for s in flow.flow() for t in s.writes))}
    for name, rows in dump(whole / "sample.db").items():
        expected = undisturbed[name]
        if name == "topic_fits":  # of the run it stands on, every passage kept its topic
            place = [c for c in declared[name].names if c not in ("run_id", "fitted_run_id")].index("kept_id_share")
            (fit,) = undisturbed[name]
            expected = sorted([fit, (*fit[:place], 1.0, *fit[place + 1 :])], key=repr)
        elif name in declared and declared[name].kind == "report":
            expected = twice(expected, is_latest_only=declared[name].is_latest_only)
        assert rows == expected, name


def test_a_late_start_on_another_pipelines_tables_is_refused(company, tmp_path):
    whole = tmp_path / "whole"
    shutil.copytree(company, whole)
    text = (whole / "sample.yml").read_text(encoding="utf-8")
    (whole / "other.yml").write_text(text.replace("name: sample\n", "name: other\n", 1), encoding="utf-8")
    done = voc("run", whole / "other.yml", "--from", "cost")
    assert done.returncode == 1
    assert "are those of the pipeline 'sample', not of 'other'." in done.stderr


def test_a_failed_stage_can_be_run_again(company, undisturbed, tmp_path):
    whole = tmp_path / "whole"
    shutil.copytree(company, whole)
    costs = (whole / "costs.yml").read_text(encoding="utf-8")
    (whole / "costs.yml").write_text(costs.replace("'*':   {handle", "fax:   {handle"), encoding="utf-8")
    failed = voc("run", whole / "sample.yml", "--from", "cost")
    assert failed.returncode == 1
    assert "has no channel" in failed.stderr
    (whole / "costs.yml").write_text(costs, encoding="utf-8")
    mended = voc("run", whole / "sample.yml", "--from", "cost", "--json")
    assert mended.returncode == 0, mended.stderr
    late = voc("run", whole / "sample.yml", "--from", "report", "-q")
    assert late.returncode == 0, late.stderr


def test_a_dry_run_writes_nothing(company, tmp_path):
    folder = copy_of(company, tmp_path)
    done = voc("run", folder / "sample.yml", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert [s["stage"] for s in json.loads(done.stdout)] == ["ingest", "prepare"]
    assert not (folder / "sample.db").exists()


def test_every_row_is_accounted_for(company):
    with Store(company / "sample.db", report_tables(), is_read_only=True) as store:
        for row in store.rows("SELECT * FROM files"):
            assert row["records"] == row["contacts"] + row["responses"] + row["rejects"], row
        read = {row["file_name"]: row["rows_read"] for row in store.rows("SELECT file_name, rows_read FROM files")}
        tickets = json.loads((company / "tickets.json").read_text(encoding="utf-8"))["tickets"]
        assert read == {"tickets.json": len(tickets), "survey.csv": 80}
        counts = store.counts()
        one = store.rows("""SELECT
            (SELECT count(*) FROM verbatims) = (SELECT count(*) FROM cleaned_verbatims) AS verbatims,
            (SELECT count(*) FROM passages) = (SELECT count(*) FROM passage_topics) AS passages,
            (SELECT count(*) FROM contacts WHERE why_excluded IS NULL) = (SELECT count(*) FROM contact_costs) AS costs,
            (SELECT count(*) FROM contacts WHERE why_excluded IS NULL)
              = (SELECT count(DISTINCT contact_id) FROM episode_contacts) AS episodes,
            (SELECT count(*) FROM verbatims v JOIN cleaned_verbatims c USING (verbatim_id) WHERE why_excluded IS NULL
              AND NOT EXISTS (SELECT 1 FROM passages p WHERE p.verbatim_id = v.verbatim_id)) = 0 AS covered""")[0]
        assert one == {"verbatims": 1, "passages": 1, "costs": 1, "episodes": 1, "covered": 1}
        shares = store.rows("SELECT contact_id, sum(share) AS s FROM episode_contacts GROUP BY 1 HAVING abs(s - 1) > 1e-9")
        assert shares == []
        assert counts["contacts"] > 100


def test_money_adds_up_from_contacts_to_report(company):
    with Store(company / "sample.db", report_tables(), is_read_only=True) as store:
        (row,) = store.rows("""SELECT (SELECT sum(cost_full) FROM contact_costs) AS contacts,
            (SELECT sum(contact_cost_full_month_mid * months) FROM topic_costs) AS topics""")
        assert row["contacts"] == pytest.approx(row["topics"])
        assert store.rows("""SELECT p.topic FROM priorities p JOIN topic_costs t USING (run_id, topic_id)
            WHERE p.avoidable_cost_month_mid IS NOT t.repeat_cost_avoidable_month_mid""") == []


def test_no_seeded_personal_data_is_left(company):
    """Addresses, cards and accounts the sample's people wrote are in no file the run made."""
    written = (company / "tickets.json").read_text(encoding="utf-8") + (company / "survey.csv").read_text(encoding="utf-8")
    addresses = set(re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:com|org|net)", written))
    numbers = set(re.findall(r"\b(?:\d{4} ){3}\d{4}\b|\b\d{16}\b|\b[A-Z]{2}\d{20}\b", written))
    assert len(addresses) > 50
    content = b"".join(p.read_bytes() for p in company.glob("sample.db*")).lower()
    assert [a for a in sorted(addresses) if a.lower().encode() in content] == []
    assert [n for n in sorted(numbers) if n.lower().encode() in content] == []


def test_the_same_customer_is_one_person_in_tickets_and_survey(company):
    with Store(company / "sample.db", report_tables(), is_read_only=True) as store:
        (row,) = store.rows("SELECT count(*) AS n FROM customers WHERE contact_count > 0 AND response_count > 0")
    assert row["n"] > 10


def test_sample_writer_is_the_one_behind_the_command(tmp_path):
    write_sample(tmp_path / "a", seed=3, tickets=120, answers=30)
    done = voc("sample", tmp_path / "b", "--seed", 3, "--tickets", 120, "--answers", 30)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a" / "tickets.json").read_bytes() == (tmp_path / "b" / "tickets.json").read_bytes()
