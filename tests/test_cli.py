"""The command line: results on stdout, the rest on stderr, exit codes, no traceback."""

import json

import pytest
from click.testing import CliRunner
from runs import voc

from voc.cli import cli


def invoke(*arguments: object):
    return CliRunner().invoke(cli, [str(a) for a in arguments], prog_name="voc")


def test_init_writes_a_valid_pipeline_once(tmp_path):
    assert f"Wrote {tmp_path / 'pipeline.yml'}" in invoke("init", tmp_path).output
    again = invoke("init", tmp_path)
    assert again.exit_code == 1
    assert again.stderr == (
        f"Error: {tmp_path / 'pipeline.yml'} exists already.\nDelete it or name another file; nothing was overwritten.\n"
    )


def test_check_reads_the_first_rows(tmp_path):
    invoke("init", tmp_path)
    header = "Ticket ID,Created,Solved,Subject,Description,Requester ID,Channel,Team\n"
    (tmp_path / "tickets.csv").write_text(header + "1,2026-05-01,,Help,It fails,u1,web,Leeds\n2,never,,x,y,u2,web,Leeds\n")
    shown = invoke("check", tmp_path / "pipeline.yml")
    assert shown.exit_code == 1
    assert "tickets.csv: first 2 rows: 1 read, 1 with a customer, 1 set aside" in shown.stdout
    assert "  line 3: 'Created' is 'never', not a date" in shown.stdout
    assert "more than max_reject_share" in shown.stderr
    (tmp_path / "tickets.csv").write_text(header + "1,2026-05-01,,Help,It fails,u1,web,Leeds\n")
    assert "is fine. Next: voc run" in invoke("check", tmp_path / "pipeline.yml").stdout


def test_check_says_when_a_file_is_of_another_kind(tmp_path):
    source = "name: x\ndatabase: x.db\nsources: [{kind: zendesk, name: t, path: q.csv}]\n"
    (tmp_path / "p.yml").write_text(source)
    (tmp_path / "q.csv").write_text("id,created,body\n1,2026-05-01,Help\n")
    shown = invoke("check", tmp_path / "p.yml")
    assert shown.stderr == (
        f"Error: {tmp_path / 'q.csv'} has no column 'Created at', which the export's time names. It does not look like the kind 'zendesk'.\n"
        "voc inspect q.csv says what it is. Did you mean 'created'? The columns are: id, created, body.\n"
    )


def test_check_says_when_there_are_no_rows_or_no_words(tmp_path):
    (tmp_path / "p.yml").write_text("name: x\ndatabase: x.db\nsources: [{kind: servicenow, name: t, path: q.csv}]\n")
    (tmp_path / "q.csv").write_text("number,opened_at,caller_id,short_description\n")
    assert invoke("check", tmp_path / "p.yml").stdout.splitlines()[0] == "q.csv: no rows"
    (tmp_path / "q.csv").write_text("number,opened_at,caller_id,short_description\nINC1,2026-05-01 09:00:00,u1,\n")
    assert invoke("check", tmp_path / "p.yml").stdout.splitlines()[:2] == [
        "q.csv: first 1 rows: 1 read, 1 with a customer, 0 set aside",
        "  none of them holds text: topics are made of words, so a run needs some",
    ]


@pytest.mark.parametrize("content", [b"id,text\n1,a: b: c\n", b"\xff\xfe\x00\xd8", b"id\n1\n"])
def test_an_export_in_place_of_a_pipeline_file(tmp_path, content):
    (tmp_path / "q.csv").write_bytes(content)
    shown = invoke("run", tmp_path / "q.csv")
    assert shown.exit_code == 1
    assert shown.stderr.splitlines()[-1] == "A file of settings is wanted here, such as voc init writes. Is it an export? voc inspect q.csv"


def test_cost_init(tmp_path):
    path = tmp_path / "costs.yml"
    assert f"Wrote {path}" in invoke("cost", "init", path).output
    assert invoke("cost", "init", path).exit_code == 1


@pytest.mark.parametrize("kind", ["stages", "sources", "embedders", "cost_models", "reports", "taxonomies", "pipelines"])
def test_list_names_and_describes(kind):
    found = json.loads(invoke("list", kind, "--json").stdout)
    assert list(found) == [kind]
    assert all(item["name"] and item["description"] for item in found[kind])
    assert found[kind][0]["name"] in invoke("list").stdout


def test_list_of_nothing():
    assert invoke("list", "sorces").stderr == "Error: Nothing called 'sorces' to list.\nDid you mean 'sources'?\n"


def test_tables_describe_without_a_database():
    found = json.loads(invoke("tables", "--json").stdout)
    names = [row["name"] for row in found]
    assert {"contacts", "priorities", "latest_priorities", "evidence"} <= set(names)
    assert "rows" not in found[0]
    assert "One row for" in invoke("tables").stdout


def test_brief_of_a_database_without_a_run(tmp_path):
    from voc.store import Store

    Store(tmp_path / "x.db").close()
    shown = invoke("brief", tmp_path / "x.db")
    assert shown.stderr == f"Error: {tmp_path / 'x.db'} holds no complete run.\nFinish a run first: voc run PIPELINE.yml\n"
    assert invoke("brief", tmp_path / "none.db").stderr.startswith(f"Error: {tmp_path / 'none.db'} does not exist.")


def test_usage_errors_exit_with_2():
    wrong = invoke("rnu")
    assert wrong.exit_code == 2
    assert invoke("run").exit_code == 2


def test_a_fault_of_ours_is_one_line_and_verbose_shows_it(monkeypatch, tmp_path):
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("voc.setup.write_starter", broken)
    shown = invoke("init", tmp_path)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("Error: a fault in voc itself: ZeroDivisionError: division by zero\nPlease report it")
    assert isinstance(invoke("--verbose", "init", tmp_path).exception, ZeroDivisionError)


def test_the_sample_refuses_a_folder_it_may_not_write(tmp_path):
    (tmp_path / "file").write_text("")
    done = voc("sample", tmp_path / "file" / "demo", "--tickets", 120, "--answers", 20)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


