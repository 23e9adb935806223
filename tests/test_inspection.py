"""`voc inspect`: the format, the fields, the first rows as read, what is missing, and a snippet that runs."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from voc import inspection, registry
from voc.cli import cli
from voc.config import load_pipeline
from voc.errors import VocError

TABLE = """Ticket ID,Created,Requester,Email,Phone,Subject,Message,Plan
7,2026-03-01 09:00,u1,ann@example.com,2006521318,Login,"I cannot log in, write to ann@example.com",pro
8,2026-03-02 09:00,u2,bob@example.com,,Export,"=cmd|'x' <b>Export</b> is empty",free
"""


def looked_at(path, text: str, kind: str | None = None) -> inspection.Inspected:
    path.write_text(text, encoding="utf-8")
    return inspection.inspect(path, kind)


def test_a_table_is_described_and_its_columns_are_proposed(tmp_path):
    found = looked_at(tmp_path / "May tickets.csv", TABLE)
    assert found.kind == "table"
    assert found.fields == (
        ("Ticket ID", "7"), ("Created", "2026-03-01 09:00"), ("Requester", "u1"), ("Email", "(not shown)"), ("Phone", "(not shown)"),
        ("Subject", "Login"), ("Message", "I cannot log in, write to [email]"), ("Plan", "pro"),
    )  # fmt: skip
    assert found.read == (
        "First 2 rows: 2 contacts", "line 2: 2026-03-01T09:00:00Z · Login · I cannot log in, write to [email]",
        "line 3: 2026-03-02T09:00:00Z · Export · =cmd|'x' Export is empty",
    )  # fmt: skip
    assert [line.split(":")[0] for line in found.missing] == ["No row says when it was solved", "No row holds agent time", "No messages"]
    assert found.snippet == """  - kind: table
    name: may-tickets
    path: "May tickets.csv"
    records: contacts
    columns:
      id: "Ticket ID"
      opened_at: Created
      text: Message
      subject: Subject
      customer: Requester
      email: Email
      phone: Phone
      segment: Plan"""


def test_the_snippet_runs_as_it_is(tmp_path):
    found = looked_at(tmp_path / "tickets.csv", TABLE)
    (tmp_path / "p.yml").write_text(f"name: t\ndatabase: t.db\nsources:\n{found.snippet}\n")
    assert load_pipeline(tmp_path / "p.yml").sources[0].kind == "table"
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "p.yml")])
    assert done.exit_code == 0 and "2 read, 2 with a customer" in done.output


def test_columns_that_are_not_known_are_left_to_fill_in(tmp_path):
    found = looked_at(tmp_path / "odd.csv", "alpha,beta\n1,2\n")
    assert found.missing == ("Columns for id, opened_at, text were not recognised: fill them in, then voc check tells more.",)
    assert found.snippet.endswith("columns:\n      id: # fill in\n      opened_at: # fill in\n      text: # fill in")


def test_less_usual_names_are_found_by_what_they_hold(tmp_path):
    found = looked_at(tmp_path / "c.csv", "Date received,Complaint ID,Consumer complaint narrative\n2020-03-18,35,It broke\n")
    assert '      id: "Complaint ID"\n      opened_at: "Date received"\n      text: "Consumer complaint narrative"' in found.snippet
    assert found.missing[0] == "No row says who the customer is: nobody can be seen to come back."


def test_a_named_source_shows_rows_and_reasons(tmp_path):
    tickets = [{"id": 1, "requester_id": 5, "submitter_id": 5, "created_at": "2026-05-01T09:00:00Z", "subject": "Help", "description": "It broke", "via": {"channel": "web"}},
               {"id": 2, "requester_id": 6, "submitter_id": 6, "status": "deleted", "created_at": "2026-05-01T09:00:00Z", "via": {"channel": "web"}}]  # fmt: skip
    found = looked_at(tmp_path / "z.jsonl", "\n".join(map(json.dumps, tickets)))
    assert found.kind == "zendesk" and ("via", "an object with channel") in found.fields
    assert found.read[:3] == ("First 2 rows: 1 contacts, 1 set aside", "line 1: 2026-05-01T09:00:00Z · web · Help · It broke", "set aside 1 times: deleted in Zendesk")
    assert found.snippet == '  - kind: zendesk\n    name: z\n    path: z.jsonl'


def test_the_command_prints_all_of_it(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_text(TABLE)
    done = CliRunner().invoke(cli, ["inspect", str(path)])
    assert done.exit_code == 0
    assert done.output.startswith("tickets.csv: table\n  Ticket ID ") and "For the pipeline file:\nsources:\n  - kind: table" in done.output
    assert "ann@" not in done.output


def test_faults_are_said(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(VocError) as caught:
        inspection.inspect(path)
    assert caught.value.what == f"{path} is of no format that is known."
    with pytest.raises(VocError) as caught:
        looked_at(tmp_path / "t.csv", TABLE, "zendsk")
    assert caught.value.what == "No source called 'zendsk'." and "zendesk" in caught.value.fix


@given(st.binary(max_size=300), st.sampled_from([None, *registry.names("sources")]))
def test_no_bytes_make_a_traceback(tmp_path_factory, data, kind):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    try:
        found = inspection.inspect(path, kind)
    except VocError:
        return
    assert found.kind in registry.names("sources")


@pytest.mark.parametrize(("header", "wanted"), [
    ("Comment ID,Date,Comment", {"id": "Comment ID", "opened_at": "Date", "text": "Comment"}),
    ("Review ID,Submitted at,Review Text,Rating", {"id": "Review ID", "opened_at": "Submitted at", "text": "Review Text"}),
    ("id,created,message id,utterance", {"id": "id", "opened_at": "created", "text": "utterance"}),
    ("Response number,Date,Feedback score,Feedback", {"id": "Response number", "opened_at": "Date", "text": "Feedback"}),
])  # fmt: skip
def test_an_id_or_a_score_is_no_text(header, wanted):
    assert inspection._guessed(header.split(",")) == wanted


def test_what_only_a_person_can_add_is_asked_for_beside_the_entry(tmp_path):
    sheet = "Respondent ID,Comments,Q2\n,Response,Response\n1,Too slow,Yes\n"
    found = looked_at(tmp_path / "s.csv", sheet, "surveymonkey")
    assert found.snippet == "  - kind: surveymonkey\n    name: s\n    path: s.csv"
    assert len(found.missing) == 1 and "responded_on" in found.missing[0] and found.fields[1] == ("Comments", "Response")


def test_a_file_that_belongs_to_others_asks_for_their_folder(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    said = {"comments": [{"id": 5, "author_id": 3, "body": "x", "public": True, "created_at": "2026-05-01T09:00:00Z"}], "ticket_id": 3, "users": []}
    found = looked_at(folder / "comments.json", json.dumps(said), "zendesk")
    assert found.missing == ("This file gives no contact by itself: name the folder with all files of the export.",)
    assert found.snippet.endswith("path: \"export/*\"")


def test_columns_without_rows(tmp_path):
    assert looked_at(tmp_path / "t.csv", TABLE.splitlines()[0] + "\n").read == ("Columns, and no rows under them.",)


@pytest.mark.parametrize(("start", "what"), [
    (b"%PDF-1.4\n", "is a PDF, which holds no rows."), (b"PK\x03\x04....xl/workbook.xml", "is an Excel workbook by its content."),
    (b"PK\x03\x04....notes.txt", "is a zip archive."),
])  # fmt: skip
def test_what_holds_no_table_is_named(tmp_path, start, what):
    path = tmp_path / "t.csv"
    path.write_bytes(start + bytes(range(128, 256)) * 9)
    for kind in (None, "table"):
        with pytest.raises(VocError) as caught:
            inspection.inspect(path, kind)
        assert caught.value.what == f"{path} {what}" and caught.value.fix
