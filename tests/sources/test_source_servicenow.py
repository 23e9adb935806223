"""The servicenow source: lists, answers of the Table API, warehouse tables side by side, journals and durations."""

import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, written
from vendor_help import (
    BYTES,
    CELLS,
    JSON,
    QUICK,
    check_bytes,
    count_rows,
    facts,
    plain,
    read,
    safely_read,
    utc,
    write_csv,
    write_json,
)

from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, RejectRecord
from voc.sources import servicenow, table
from voc.sources._journal import JournalEntry, journal_entries, worked_minutes

HEADERS = [
    ["number", "short_description", "caller_id", "opened_at", "resolved_at", "comments", "time_worked", "state"],
    ["sys_id", "caller_id_value", "incident_state", "_fivetran_synced", "resolved_at", "reopen_count", "x", "y"],
    ["element_id", "element", "value", "sys_created_on", "sys_created_by", "x", "y", "z"],
    ["sys_id", "user_name", "email", "phone", "u", "x", "y", "z"],
]
KEYS = [
    "sys_id", "number", "short_description", "opened_at", "caller_id", "comments", "state", "sys_class_name", "element_id",
    "element", "value", "user_name", "email", "time_worked", "reopen_count", "closed_at", "label", "dependent_value",
]  # fmt: skip


def test_list_sample():
    assert plain(read(servicenow, SAMPLES / "servicenow_list.csv", segment_field="u_plan")) == [
        ContactRecord(
            line=2,
            contact_id="INC0000101",
            opened_at=utc(2026, 3, 2, 9),
            text="My VPN drops every hour.",
            subject="VPN drops",
            identifiers=(("email", "ana@customer.example"),),
            channel="email",
            closed_at=utc(2026, 3, 3, 10),
            status="Closed",
            priority="3 - Moderate",
            given_topic="Network",
            site="Lisbon desk",
            segment="Pro",
            organisation="Customer AG",
            handle_minutes=20.0,
            public_reply_count=1,
            reopen_count=1,
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="My VPN drops every hour."),
                Message(at=utc(2026, 3, 2, 10), author="customer", text="It happened again.", channel="web"),
                Message(at=utc(2026, 3, 2, 11), author="agent", text="Known gateway fault", is_public=False),
                Message(at=utc(2026, 3, 3, 9, 50), author="agent", text="Please restart it."),
            ),
            solved_at=(utc(2026, 3, 3, 10), utc(2026, 3, 10, 10)),
            transfer_count=2,
        ),
        ContactRecord(
            line=12,
            contact_id="INC0000102",
            opened_at=utc(2026, 3, 2, 10),
            text="Login fails",
            subject="Login fails",
            identifiers=(("id", "Bo Example"),),
            channel="monitoring",
            status="Resolved",
            priority="High",
            given_topic="Access",
            public_reply_count=0,
            reopen_count=0,
            messages=(Message(at=utc(2026, 3, 2, 10), author="customer", text="Login fails"),),
            transfer_count=0,
            is_automatic=True,
        ),
        RejectRecord(
            line=13, reason="Change Request: no class of tasks that customers open (classes)", raw="", is_fault=False
        ),
        RejectRecord(line=14, reason="'opened_at' is empty, so the row has no date", raw=""),
        RejectRecord(line=15, reason="'number' is empty, so the row has no id", raw=""),
    ]


def test_api_sample():
    assert plain(read(servicenow, SAMPLES / "servicenow_api.json")) == [
        ContactRecord(
            line=1,
            contact_id="a1",
            opened_at=utc(2026, 3, 2, 9),
            text="No mail",
            subject="No mail",
            identifiers=(("id", "u1"),),
            channel="self-service",
            status="New",
            given_topic="E-mail",
            site="Lisbon desk",
            handle_minutes=5.0,
        ),
        ContactRecord(
            line=2,
            contact_id="a2",
            opened_at=utc(2026, 3, 2, 10),
            text="My headset is silent.",
            subject="No sound",
            identifiers=(("id", "u2"),),
            closed_at=utc(2026, 3, 4, 10),
            status="Closed",
            priority="priority 9",
            reopen_count=2,
            solved_at=(utc(2026, 3, 4, 10),),
        ),
        RejectRecord(line=3, reason="no object of ServiceNow that is read", raw=""),
    ]


def test_task_table_with_incidents_and_words_beside():
    assert plain(read(servicenow, SAMPLES / "servicenow_task.csv")) == [
        ContactRecord(
            line=2,
            contact_id="t1",
            opened_at=utc(2026, 3, 2, 9),
            text="It does not print.",
            subject="Printer",
            channel="phone",
            closed_at=utc(2026, 3, 3, 9),
            status="Closed",
            priority="Low",
            solved_at=(utc(2026, 3, 3, 9), utc(2026, 3, 10, 9)),
            transfer_count=1,
        ),
        ContactRecord(
            line=3,
            contact_id="t2",
            opened_at=utc(2026, 3, 2, 10),
            text="Laptop",
            subject="Laptop",
            status="Brand new",
            priority="Moderate",
            transfer_count=0,
        ),
        RejectRecord(line=4, reason="problem: no class of tasks that customers open (classes)", raw="", is_fault=False),
    ]


def test_incident_table_adds_to_tasks():
    assert plain(read(servicenow, SAMPLES / "servicenow_incident.csv")) == [
        DetailRecord(
            line=2,
            contact_id="t1",
            fields={
                "identifiers": (("id", "u1"),),
                "solved_at": (utc(2026, 3, 3, 9),),
                "closed_at": utc(2026, 3, 3, 9),
                "reopen_count": 1,
                "given_topic": "hardware",
            },
        ),
        DetailRecord(line=3, contact_id="t2", fields={"identifiers": (("id", "u2"),)}),
    ]


def test_journal_table_finds_its_authors_beside():
    assert plain(read(servicenow, SAMPLES / "servicenow_journal.csv")) == [
        MessageRecord(
            line=2,
            contact_id="t1",
            message=Message(at=utc(2026, 3, 2, 12), author="customer", text="Still jammed", channel="web"),
        ),
        MessageRecord(line=3, contact_id="t1", message=Message(at=utc(2026, 3, 3, 8), author="agent", text="Try now")),
        MessageRecord(
            line=4,
            contact_id="t1",
            message=Message(at=utc(2026, 3, 3, 8, 30), author="agent", text="Paper tray", is_public=False),
        ),
        RejectRecord(
            line=5,
            reason="comments whose author is not known: incident and sys_user must stand in this folder (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
        RejectRecord(
            line=6,
            reason="journals of other fields than comments and work notes (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_users_sample():
    assert plain(read(servicenow, SAMPLES / "servicenow_user.csv")) == [
        PersonRecord(line=2, identifiers=(("id", "u1"), ("email", "ana@customer.example"), ("phone", "030 1"))),
        PersonRecord(line=3, identifiers=(("id", "u9"), ("email", "kim@firm.example"), ("phone", "0170 9"))),
    ]


def test_table_choice_is_passed_over():
    assert plain(read(servicenow, SAMPLES / "servicenow_choice.csv")) == [
        RejectRecord(
            line=2,
            reason="words of codes (sys_choice): they are looked up for states and priorities (rows passed over: 3)",
            raw="",
            is_fault=False,
        ),
    ]


def test_table_sla_is_passed_over():
    assert plain(read(servicenow, SAMPLES / "servicenow_sla.csv")) == [
        RejectRecord(
            line=2,
            reason="service levels (task_sla): elapsed time, which is no agent time (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_table_problem_is_passed_over():
    assert plain(read(servicenow, SAMPLES / "servicenow_problem.csv")) == [
        RejectRecord(
            line=2,
            reason="problems: causes of incidents, opened by no customer (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_incident_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "servicenow" / "incident_data.csv"
    assert servicenow.sniff(path, path.read_bytes())
    assert facts(read(servicenow, path)) == [
        DetailRecord(
            line=2,
            contact_id="a9e30c7dc61122760116894de7bcc7bd",
            fields={"identifiers": (("id", "46c6f9efa9fe198101ddf5eed9adf6e7"),), "given_topic": "software"},
        ),
    ]


def test_problem_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "servicenow" / "problem_data.csv"
    assert servicenow.sniff(path, path.read_bytes())
    assert facts(read(servicenow, path)) == [
        RejectRecord(
            line=2,
            reason="problems: causes of incidents, opened by no customer (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_sys_choice_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "servicenow" / "sys_choice_data.csv"
    assert servicenow.sniff(path, path.read_bytes())
    assert facts(read(servicenow, path)) == [
        RejectRecord(
            line=2,
            reason="words of codes (sys_choice): they are looked up for states and priorities (rows passed over: 7)",
            raw="",
            is_fault=False,
        ),
        RejectRecord(line=3, reason="deleted in the tool (rows passed over: 3)", raw="", is_fault=False),
    ]


def test_sys_user_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "servicenow" / "sys_user_data.csv"
    assert servicenow.sniff(path, path.read_bytes())
    assert facts(read(servicenow, path)) == [
        PersonRecord(
            line=2, identifiers=(("id", "b0f31e5673500010c2e7660c4cf6a711"), ("email", "first.last@gmail.com"))
        ),
    ]


def test_task_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "servicenow" / "task_data.csv"
    assert servicenow.sniff(path, path.read_bytes())
    assert facts(read(servicenow, path)) == [
        RejectRecord(
            line=2, reason="change_request: no class of tasks that customers open (classes)", raw="", is_fault=False
        ),
    ]


def test_task_sla_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "servicenow" / "task_sla_data.csv"
    assert servicenow.sniff(path, path.read_bytes())
    assert facts(read(servicenow, path)) == [
        RejectRecord(
            line=2,
            reason="service levels (task_sla): elapsed time, which is no agent time (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_a_list_without_texts(real_data, tmp_path):
    path = real_data("it-service-desk-incidents") / "incidents.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = [row for row, _ in zip(csv.reader(stream), range(2001), strict=False)]
    part = write_csv(tmp_path / "part.csv", rows[0], rows[1:])
    incidents = read(servicenow, part)
    assert [type(incident) for incident in incidents] == [ContactRecord] * 2000
    first = incidents[0]
    assert (first.contact_id, first.identifiers, first.channel) == ("INC0000045", (("id", "Caller 2403"),), "phone")
    assert (first.opened_at, first.closed_at) == (utc(2016, 2, 29, 1, 16), utc(2016, 2, 29, 11, 29))
    assert first.solved_at == (utc(2016, 2, 29, 11, 29), utc(2016, 3, 5, 12))
    assert (first.transfer_count, first.reopen_count, first.handle_minutes) == (0, 0, None)
    columns = {"id": "number", "opened_at": "opened_at", "text": "category", "customer": "caller_id"}
    mapped = list(table.read(part, table.Options(columns=columns)))
    assert [(one.contact_id, one.opened_at) for one in mapped] == [(one.contact_id, one.opened_at) for one in incidents]


def test_a_list_with_labels(tmp_path):
    header = ["Number", "Short description", "Caller", "Opened", "Resolved", "Channel", "State", "Assignment group"]
    rows = [["INC1", "Größe", "Ana", "02.03.2026 09:00", "", "Phone", "New", "Desk"]]
    path = write_csv(tmp_path / "list.csv", header, rows, encoding="utf-16", delimiter="\t")
    assert servicenow.sniff(path, path.read_bytes())
    assert read(servicenow, path, date_format="day_first", timezone="Europe/Berlin") == [
        ContactRecord(
            line=2,
            contact_id="INC1",
            opened_at=utc(2026, 3, 2, 8),
            text="Größe",
            subject="Größe",
            identifiers=(("id", "Ana"),),
            channel="phone",
            status="New",
            site="Desk",
        )
    ]


def test_classes_and_channels_of_an_instance():
    path = SAMPLES / "servicenow_list.csv"
    tasks = read(servicenow, path, classes=["Change Request"], company_initiated_channels=["Email"])
    assert [
        getattr(task, "contact_id", task.reason if isinstance(task, RejectRecord) else "") for task in tasks[:3]
    ] == [
        "Incident: no class of tasks that customers open (classes)",
        "Incident: no class of tasks that customers open (classes)",
        "CHG0000103",
    ]
    assert read(servicenow, path, company_initiated_channels=["email"])[0].is_company_initiated


def test_comments_without_incidents_beside(tmp_path):
    path = written(tmp_path / "journal.csv", (SAMPLES / "servicenow_journal.csv").read_bytes())
    records = plain(read(servicenow, path))
    assert [record.line for record in records if isinstance(record, MessageRecord)] == [4]
    reason = "comments whose author is not known: incident and sys_user must stand in this folder (rows passed over: 3)"
    assert records[1] == RejectRecord(line=2, reason=reason, raw="", is_fault=False)


def test_a_journal_without_times_is_a_logged_loss(tmp_path, caplog):
    rows = [["INC1", "x", "Ana", "2026-03-02", "", "no heading", "", "1"]]
    path = write_csv(tmp_path / "list.csv", HEADERS[0], rows)
    (task,) = read(servicenow, path)
    assert task.messages == (Message(at=utc(2026, 3, 2), author="customer", text="x"),)
    assert caplog.messages == [
        f"{path}: values of 'comments' left out: 1, a journal whose entries have no times; "
        "the first is 'no heading' on line 2."
    ]


def test_journal_entries():
    text = "2026-03-02 10:00:00 - Ana - Sales (Additional comments)\nIt fails (again)\n\n02.03.2026 09:00 - Kim (Work notes)\nOld\n"
    assert list(journal_entries(text)) == [
        JournalEntry("2026-03-02 10:00:00", "Ana - Sales", "It fails (again)", True),
        JournalEntry("02.03.2026 09:00", "Kim", "Old", False),
    ]
    assert list(journal_entries("")) == list(journal_entries("Call - me (please)")) == []


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("600", 10.0),
        ("1:10:30", 70.5),
        ("1 Hour 10 Minutes", 70.0),
        ("1970-01-02 00:05:00", 1445.0),
        ("30 seconds", 0.5),
    ],
)
def test_worked_minutes(text, minutes):
    assert worked_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "a while", "-5", "1969-12-31 23:00:00", "1970-02-31 00:00:00"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="not a duration"):
        worked_minutes(text)


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert not servicenow.sniff(path, path.read_bytes())
    assert error_of(lambda: read(servicenow, path)).startswith(
        f"{path} is none of the tables that are read of ServiceNow; its columns are: id, name.\nRead are: journal "
    )


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b"[", b"number,short_description,opened_at\n", b'{"result": [', b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(servicenow, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=5), header=st.sampled_from(HEADERS))
def test_no_row_is_lost(tmp_path, rows, header):
    records = safely_read(servicenow, write_csv(tmp_path / "any.csv", header, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON, max_size=4))
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(servicenow, write_json(tmp_path / "any.json", {"result": objects}))
    assert count_rows(records) == len(objects)


@QUICK
@given(text=st.text(max_size=80))
def test_any_text_is_a_journal(text):
    for entry in journal_entries(text * 2):
        assert entry.time and entry.author
