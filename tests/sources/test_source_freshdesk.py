"""The freshdesk source: answers of the API, the CSV export, and what no row of them may do."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, written
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

from voc.records import (
    Answer,
    ContactRecord,
    DetailRecord,
    Message,
    MessageRecord,
    PersonRecord,
    RejectRecord,
    ResponseRecord,
)
from voc.sources import freshdesk

CSV = ["Ticket ID", "Created time", "Subject", "Due by Time", "Resolved time", "Time tracked", "Survey results", "Tags"]
KEYS = [
    "id", "ticket_id", "requester_id", "requester", "created_at", "responder_id", "fr_escalated", "incoming", "private",
    "conversations", "ratings", "survey_id", "time_spent", "billable", "tags", "stats", "spam", "source", "feedback",
]  # fmt: skip


def test_tickets_sample():
    assert plain(
        read(freshdesk, SAMPLES / "freshdesk_tickets.json", segment_field="cf_plan", given_topic_field="cf_reason")
    ) == [
        ContactRecord(
            line=1,
            contact_id="71",
            opened_at=utc(2026, 3, 2, 9),
            text="<p>My refund is missing.</p>",
            subject="Refund missing",
            identifiers=(("id", "901"), ("email", "ana@customer.example"), ("phone", "+49 30 1234")),
            channel="email",
            closed_at=utc(2026, 3, 4, 10),
            updated_at=utc(2026, 3, 6, 9),
            status="Closed",
            priority="Medium",
            given_topic="Refund late",
            segment="Pro",
            organisation="Shop GmbH",
            public_reply_count=1,
            tags=("refund", "vip"),
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="<p>My refund is missing.</p>"),
                Message(at=utc(2026, 3, 2, 10), author="agent", text="Look at it", is_public=False),
                Message(at=utc(2026, 3, 3, 9), author="customer", text="<p>Any news?</p>"),
                Message(at=utc(2026, 3, 4, 9, 55), author="agent", text="It is on its way."),
            ),
            solved_at=(utc(2026, 3, 4, 10), utc(2026, 3, 6, 9)),
        ),
        ContactRecord(
            line=2,
            contact_id="72",
            opened_at=utc(2026, 3, 2, 9, 30),
            text="Your parcel is late.",
            subject="Delay",
            identifiers=(("id", "902"),),
            channel="outbound email",
            status="Open",
            priority="Low",
            is_company_initiated=True,
        ),
        ContactRecord(
            line=3,
            contact_id="73",
            opened_at=utc(2026, 3, 3, 8),
            text="Refund",
            subject="Refund",
            identifiers=(("id", "901"),),
            channel="portal",
            status="Closed",
            priority="Urgent",
            public_reply_count=0,
            merged_into="71",
            messages=(
                Message(at=utc(2026, 3, 3, 8), author="customer", text="Refund"),
                Message(
                    at=utc(2026, 3, 3, 8, 5),
                    author="agent",
                    text="<div>This ticket is closed and merged into ticket <a>71</a></div>",
                    is_public=False,
                ),
            ),
        ),
        RejectRecord(line=4, reason="spam in Freshdesk", raw="", is_fault=False),
        RejectRecord(line=5, reason="deleted in Freshdesk", raw="", is_fault=False),
        RejectRecord(line=6, reason="'created_at' is 'soon', not a date", raw=""),
        ContactRecord(
            line=7,
            contact_id="77",
            opened_at=utc(2026, 3, 5, 8),
            text="Just a subject",
            subject="Just a subject",
            identifiers=(("id", "904"),),
            channel="source 99",
            status="status 8",
            priority="High",
        ),
        RejectRecord(line=8, reason="no object of Freshdesk that is read", raw=""),
    ]


def test_conversations_sample():
    assert plain(read(freshdesk, SAMPLES / "freshdesk_conversations.json")) == [
        MessageRecord(
            line=1,
            contact_id="72",
            message=Message(at=utc(2026, 3, 3, 10), author="customer", text="<p>Thank you.</p>"),
        ),
        MessageRecord(
            line=2,
            contact_id="72",
            message=Message(at=utc(2026, 3, 3, 10), author="agent", text="Merged into ticket ID 71", is_public=False),
        ),
        DetailRecord(line=2, contact_id="72", fields={"merged_into": "71"}),
        RejectRecord(line=3, reason="'ticket_id' is empty, so the row has no id", raw=""),
        RejectRecord(line=4, reason="'created_at' is empty, so the row has no date", raw=""),
    ]


def test_ratings_sample():
    assert plain(read(freshdesk, SAMPLES / "freshdesk_ratings.json")) == [
        ResponseRecord(
            line=1,
            response_id="31",
            responded_at=utc(2026, 3, 7, 10),
            answers=(Answer(question="Satisfaction comment", text="It took too long."),),
            identifiers=(("id", "901"),),
            score=1.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=7.0,
            contact_id="71",
        ),
        ResponseRecord(
            line=2,
            response_id="32",
            responded_at=utc(2026, 3, 8, 10),
            identifiers=(("id", "902"),),
            score=4.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=7.0,
            contact_id="72",
        ),
        RejectRecord(
            line=3,
            reason="'ratings' is '7', none of the ratings -103 to -101 and 100 to 103, and there is no text",
            raw="",
        ),
        ResponseRecord(
            line=4,
            response_id="34",
            responded_at=utc(2026, 3, 8, 11),
            answers=(Answer(question="Satisfaction comment", text="Odd scale"),),
            identifiers=(("id", "902"),),
            contact_id="72",
        ),
    ]


def test_time_entries_sample():
    assert plain(read(freshdesk, SAMPLES / "freshdesk_time_entries.json")) == [
        DetailRecord(line=1, contact_id="71", fields={"handle_minutes": 12.0}),
        DetailRecord(line=2, contact_id="71", fields={"handle_minutes": 65.0}),
        RejectRecord(line=3, reason="'time_spent' is '5 min', not hours:minutes", raw=""),
    ]


def test_contacts_sample():
    assert plain(read(freshdesk, SAMPLES / "freshdesk_contacts.json")) == [
        PersonRecord(
            line=1,
            identifiers=(("id", "901"), ("external", "crm-17"), ("email", "ana@customer.example"), ("phone", "0170 1")),
        ),
        PersonRecord(line=2, identifiers=(("id", "902"),)),
    ]


def test_csv_sample():
    assert plain(read(freshdesk, SAMPLES / "freshdesk.csv", segment_field="account tier")) == [
        ContactRecord(
            line=2,
            contact_id="501",
            opened_at=utc(2026, 3, 1, 10),
            text="Invoice wrong",
            subject="Invoice wrong",
            identifiers=(("id", "901"), ("external", "crm-17"), ("email", "ana@customer.example"), ("phone", "0170 2")),
            channel="email",
            closed_at=utc(2026, 3, 2, 12),
            updated_at=utc(2026, 3, 5, 9),
            status="Closed",
            priority="High",
            given_topic="Billing",
            site="Lisbon",
            segment="Gold",
            organisation="Customer AG",
            handle_minutes=25.5,
            public_reply_count=2,
            language="en",
            tags=("billing", "vip"),
            solved_at=(utc(2026, 3, 2, 12), utc(2026, 3, 4, 12)),
        ),
        ResponseRecord(
            line=2,
            response_id="501-csat",
            responded_at=utc(2026, 3, 2, 12),
            identifiers=(("id", "901"), ("external", "crm-17"), ("email", "ana@customer.example"), ("phone", "0170 2")),
            score=2.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=7.0,
            contact_id="501",
            channel="email",
            segment="Gold",
            site="Lisbon",
            language="en",
        ),
        ContactRecord(
            line=3,
            contact_id="502",
            opened_at=utc(2026, 3, 1, 11),
            text="News for you",
            subject="News for you",
            identifiers=(("id", "902"), ("email", "bo@shop.example")),
            channel="outbound email",
            updated_at=utc(2026, 3, 1, 11),
            status="Open",
            priority="Low",
            public_reply_count=1,
            is_company_initiated=True,
        ),
        ContactRecord(
            line=4,
            contact_id="503",
            opened_at=utc(2026, 1, 13),
            text="Where is it?",
            subject="Where is it?",
            channel="portal",
            status="Open",
            priority="Low",
        ),
        ContactRecord(
            line=5,
            contact_id="504",
            opened_at=utc(2026, 3, 1, 12),
            text="Late again",
            subject="Late again",
            channel="portal",
            status="Open",
            priority="Low",
        ),
        RejectRecord(line=6, reason="'Ticket ID' is empty, so the row has no id", raw=""),
    ]


def test_ticket_of_the_api(real_data):
    path = real_data("vendor-formats") / "freshdesk" / "api-v2-ticket.json"
    assert freshdesk.sniff(path, path.read_bytes())
    assert facts(read(freshdesk, path)) == [
        ContactRecord(
            line=1,
            contact_id="1",
            opened_at=utc(2016, 5, 18, 4, 36, 4),
            text="59 d38384aa",
            subject="23 65f3099e",
            identifiers=(("id", "6012691534"), ("email", "dummyname@example.com")),
            channel="portal",
            closed_at=utc(2020, 7, 24, 15, 35, 21),
            updated_at=utc(2016, 5, 18, 23, 42, 50),
            status="Open",
            priority="Low",
            given_topic="Question",
            tags=("3 2c26b46b", "3 fcde2b2e"),
            solved_at=(utc(2020, 7, 24, 15, 35, 21),),
        ),
    ]


def test_conversations_of_the_api(real_data):
    path = real_data("vendor-formats") / "freshdesk" / "api-v2-conversations.json"
    assert freshdesk.sniff(path, path.read_bytes())
    assert facts(read(freshdesk, path)) == [
        MessageRecord(
            line=1,
            contact_id="1",
            message=Message(at=utc(2016, 5, 19, 5, 36, 12), author="agent", text="33 c909a785", is_public=False),
        ),
        MessageRecord(
            line=2,
            contact_id="1",
            message=Message(at=utc(2016, 5, 19, 5, 36, 14), author="agent", text="26 5916fd98", channel="email"),
        ),
    ]


def test_tickets_of_the_first_api(real_data):
    path = real_data("vendor-formats") / "freshdesk" / "api-v1-all-tickets.json"
    assert freshdesk.sniff(path, path.read_bytes())
    assert facts(read(freshdesk, path)) == [
        ContactRecord(
            line=1,
            contact_id="1",
            opened_at=utc(2014, 12, 31, 2, 27, 9),
            text="48 148035d6",
            subject="23 65f3099e",
            identifiers=(("id", "5004272351"),),
            channel="portal",
            updated_at=utc(2015, 1, 1, 0, 58, 39),
            status="Open",
            priority="Low",
            given_topic="Question",
            tags=("5 a05cb098",),
        ),
    ]


def test_every_column_of_the_export_dialogue(real_data, tmp_path):
    path = real_data("vendor-formats") / "freshdesk" / "csv-export-header.csv"
    assert freshdesk.sniff(path, path.read_bytes())
    assert read(freshdesk, path) == []
    header = path.read_text().strip().split(",")
    values = {
        "Ticket ID": "9", "Subject": "Hi", "Created time": "2026-01-01 10:00:00", "Resolution time (in hrs)": "50:00:00",
        "Time tracked": "01:30", "Closed time": "2026-01-02 10:00:00", "Renewal date": "never", "Time zone": "Berlin",
    }  # fmt: skip
    filled = write_csv(tmp_path / "filled.csv", header, [[values.get(name, "") for name in header]])
    (contact,) = read(freshdesk, filled, timezone="Europe/Berlin")
    assert (contact.opened_at, contact.closed_at) == (utc(2026, 1, 1, 9), utc(2026, 1, 2, 9))
    assert (contact.handle_minutes, contact.tags, contact.text) == (90.0, (), "Hi")


def test_losses_are_logged(caplog):
    read(freshdesk, SAMPLES / "freshdesk_tickets.json")
    read(freshdesk, SAMPLES / "freshdesk.csv")
    assert [message.partition(": ")[2] for message in caplog.messages] == [
        "values of 'messages' left out: 1, 'created_at' is empty, so the row has no date; the first is '' on line 1.",
        "values of 'Time tracked' left out: 1, not hours:minutes; the first is 'a while' on line 5.",
        "values of 'Survey results' left out: 1, no known rating; the first is 'not rated' on line 5.",
    ]


@pytest.mark.parametrize("form", ["single", "wrapped", "lines", "page"])
def test_tickets_in_any_wrapping(tmp_path, form):
    ticket = {
        "id": 5,
        "requester_id": 6,
        "responder_id": None,
        "fr_escalated": False,
        "created_at": "2026-01-01T00:00:00Z",
    }
    content = {
        "single": json.dumps(ticket),
        "wrapped": json.dumps({"helpdesk_ticket": ticket}),
        "lines": f"{json.dumps(ticket)}\n",
        "page": json.dumps({"results": [ticket], "total": 1}),
    }[form]
    path = written(tmp_path / "any.json", content)
    assert freshdesk.sniff(path, path.read_bytes())
    assert read(freshdesk, path) == [
        ContactRecord(line=1, contact_id="5", opened_at=utc(2026, 1, 1), text="", identifiers=(("id", "6"),))
    ]


def test_columns_in_another_order_and_encoding(tmp_path):
    rows = [["2026-01-01 10:00", "Größe fehlt", "7", "2026-01-05"]]
    header = ["Created time", "Subject", "Ticket ID", "Due by Time"]
    path = write_csv(tmp_path / "any.csv", header, rows, encoding="utf-16", delimiter=";")
    assert freshdesk.sniff(path, path.read_bytes())
    assert [(r.contact_id, r.text) for r in read(freshdesk, path)] == [("7", "Größe fehlt")]


def test_the_note_on_the_ticket_that_stays_is_no_merge(tmp_path):
    note = {"ticket_id": 71, "incoming": False, "private": True, "created_at": "2026-01-01T00:00:00Z"}
    note["body"] = "Ticket 73 was merged into ticket 71"
    path = write_json(tmp_path / "notes.json", [note, note | {"ticket_id": 73}])
    assert [record.fields for record in read(freshdesk, path) if isinstance(record, DetailRecord)] == [
        {"merged_into": "71"}
    ]


def test_tags_of_campaigns():
    first = read(freshdesk, SAMPLES / "freshdesk_tickets.json", company_initiated_tags=["vip"], site="Porto")[0]
    assert (first.is_company_initiated, first.site) == (True, "Porto")


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert not freshdesk.sniff(path, path.read_bytes())
    assert error_of(lambda: read(freshdesk, path)) == (
        f"{path} is none of the tables that are read of Freshdesk; its columns are: id, name.\n"
        "Read are: conversations, satisfaction ratings, time entries, tickets, contacts, the CSV export of tickets. "
        "For any other table use kind: table."
    )


def test_a_field_that_no_ticket_has():
    path = SAMPLES / "freshdesk.csv"
    assert error_of(lambda: read(freshdesk, path, segment_field="Account teir")) == (
        f"{path}: no thread has the field 'Account teir', which segment_field names.\nDid you mean 'Account tier'?"
    )


def test_a_field_that_no_object_of_json_has_may_be_in_another_file(caplog):
    path = SAMPLES / "freshdesk_tickets.json"
    read(freshdesk, path, site_field="cf_plam")
    assert caplog.messages[-1] == (
        f"{path}: no thread has the field 'cf_plam', which site_field names. Another file of the source may have it."
    )


def test_unknown_options(tmp_path):
    message = option_error(freshdesk, tmp_path, "kind: freshdesk\npath: x.json\nsegment: Gold\n")
    assert "segment" in message and "segment_field" in message


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b"[", b"Ticket ID,Subject,Created time,Due by Time\n", b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(freshdesk, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=len(CSV), max_size=len(CSV)), max_size=5))
def test_no_row_is_lost(tmp_path, rows):
    records = safely_read(freshdesk, write_csv(tmp_path / "any.csv", CSV, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON, max_size=4))
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(freshdesk, write_json(tmp_path / "any.json", {"tickets": objects}))
    assert count_rows(records) == len(objects)
