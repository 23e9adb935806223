"""The hubspot source: CSV export, API answers, warehouse tables side by side, and what no row of them may do."""

import csv

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
from voc.sources import hubspot

HEADERS = [
    [
        "Ticket ID",
        "Ticket name",
        "Create date",
        "Close date",
        "Ticket status",
        "Associated Contact",
        "Source",
        "Pipeline",
    ],
    [
        "id",
        "property_createdate",
        "property_closed_date",
        "property_subject",
        "property_content",
        "is_deleted",
        "x",
        "y",
    ],
    ["ticket_id", "contact_id", "_fivetran_synced", "a", "b", "c", "d", "e"],
    ["ticket_id", "name", "value", "timestamp_instant", "a", "b", "c", "d"],
    ["engagement_id", "ticket_id", "property_hs_email_text", "property_hs_timestamp", "type", "a", "b", "c"],
]
KEYS = ["id", "properties", "createdAt", "updatedAt", "archived", "associations"]
PROPERTIES = ["subject", "content", "createdate", "closed_date", "email", "hs_pipeline_stage", "source_type"]


def test_csv_export_sample():
    assert plain(read(hubspot, SAMPLES / "hubspot_tickets.csv", segment_field="Plan tier")) == [
        ContactRecord(
            line=2,
            contact_id="901",
            opened_at=utc(2026, 3, 2, 9),
            text="My parcel is late.",
            subject="Where is it?",
            identifiers=(("id", "71"), ("email", "ana@customer.example")),
            channel="email",
            closed_at=utc(2026, 3, 3, 10),
            updated_at=utc(2026, 3, 4, 10),
            status="Closed",
            priority="HIGH",
            given_topic="Shipping",
            segment="Pro",
            organisation="Customer AG",
            solved_at=(utc(2026, 3, 3, 10),),
        ),
        ContactRecord(
            line=3,
            contact_id="902",
            opened_at=utc(2026, 3, 2, 10),
            text="We miss you",
            subject="We miss you",
            channel="campaign",
            status="New",
            priority="LOW",
        ),
        RejectRecord(line=4, reason="'Create date' is empty, so the row has no date", raw=""),
        RejectRecord(line=5, reason="'Ticket ID' is empty, so the row has no id", raw=""),
    ]


def test_ticket_table_sample():
    assert plain(read(hubspot, SAMPLES / "hubspot_ticket.csv", segment_field="plan_tier")) == [
        ContactRecord(
            line=2,
            contact_id="801",
            opened_at=utc(2026, 3, 2, 9),
            text="I was charged twice.",
            subject="Charged twice",
            channel="email",
            closed_at=utc(2026, 3, 3, 10),
            status="Done",
            priority="HIGH",
            given_topic="BILLING",
            segment="Pro",
            solved_at=(utc(2026, 3, 3, 10),),
        ),
        ContactRecord(
            line=3,
            contact_id="802",
            opened_at=utc(2026, 3, 2, 10),
            text="Login",
            subject="Login",
            channel="chat",
            status="77",
        ),
        RejectRecord(line=4, reason="deleted in HubSpot", raw="", is_fault=False),
        RejectRecord(line=5, reason="'property_createdate' is empty, so the row has no date", raw=""),
    ]


def test_contacts_of_tickets():
    assert plain(read(hubspot, SAMPLES / "hubspot_ticket_contact.csv")) == [
        DetailRecord(line=2, contact_id="801", fields={"identifiers": (("id", "71"),)}),
        DetailRecord(line=4, contact_id="802", fields={"identifiers": (("id", "73"),)}),
        RejectRecord(
            line=3,
            reason="further contacts of a ticket: other people than its customer (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_companies_of_tickets_get_their_names_from_the_table_beside():
    assert plain(read(hubspot, SAMPLES / "hubspot_ticket_company.csv")) == [
        DetailRecord(line=2, contact_id="801", fields={"organisation": "Customer AG"}),
        RejectRecord(
            line=3, reason="companies that no table of this folder names (rows passed over: 1)", raw="", is_fault=False
        ),
    ]


def test_contacts_sample():
    assert plain(read(hubspot, SAMPLES / "hubspot_contact.csv", segment_field="plan_tier")) == [
        PersonRecord(
            line=2,
            identifiers=(
                ("id", "71"),
                ("id", "70"),
                ("id", "69"),
                ("email", "ana@customer.example"),
                ("phone", "030 1"),
            ),
            organisation="Customer AG",
            segment="Pro",
        ),
        PersonRecord(line=3, identifiers=(("id", "73"),), organisation="Shop GmbH"),
        RejectRecord(line=4, reason="deleted in the tool (rows passed over: 1)", raw="", is_fault=False),
    ]


def test_e_mails_find_their_ticket_in_the_table_beside():
    assert plain(read(hubspot, SAMPLES / "hubspot_email.csv")) == [
        MessageRecord(
            line=2,
            contact_id="801",
            message=Message(at=utc(2026, 3, 4, 9), author="customer", text="It happened again.", channel="email"),
        ),
        MessageRecord(
            line=3,
            contact_id="801",
            message=Message(at=utc(2026, 3, 3, 9), author="agent", text="We refund it.", channel="email"),
        ),
        MessageRecord(
            line=4,
            contact_id="801",
            message=Message(at=utc(2026, 3, 4, 10), author="customer", text="By its type", channel="email"),
        ),
        RejectRecord(line=6, reason="'property_hs_timestamp' is empty, so the row has no date", raw=""),
        RejectRecord(
            line=5,
            reason="logged on no ticket that the table ticket_engagement of this folder names (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_notes_find_their_ticket_in_the_table_beside():
    assert plain(read(hubspot, SAMPLES / "hubspot_note.csv")) == [
        MessageRecord(
            line=2,
            contact_id="801",
            message=Message(at=utc(2026, 3, 3, 8), author="agent", text="<p>Checked the invoice</p>", is_public=False),
        ),
    ]


def test_history_sample():
    assert plain(read(hubspot, SAMPLES / "hubspot_history.csv")) == [
        DetailRecord(line=3, contact_id="801", fields={"solved_at": (utc(2026, 3, 2, 12),)}),
        DetailRecord(line=4, contact_id="801", fields={"solved_at": (utc(2026, 3, 3, 10),)}),
        RejectRecord(line=6, reason="'timestamp_instant' is empty, so the row has no date", raw=""),
        RejectRecord(line=2, reason="changes that do not close a ticket (rows passed over: 2)", raw="", is_fault=False),
    ]


def test_api_sample():
    assert plain(read(hubspot, SAMPLES / "hubspot_api.json")) == [
        ContactRecord(
            line=1,
            contact_id="801",
            opened_at=utc(2026, 3, 2, 9, 0, 0, 123000),
            text="I was charged twice.",
            subject="Charged twice",
            identifiers=(("id", "71"),),
            channel="email",
            closed_at=utc(2026, 3, 3, 10),
            updated_at=utc(2026, 3, 5, 9),
            status="Done",
            priority="HIGH",
            organisation="Customer AG",
            solved_at=(utc(2026, 3, 3, 10),),
        ),
        RejectRecord(line=2, reason="deleted in HubSpot", raw="", is_fault=False),
        PersonRecord(line=3, identifiers=(("id", "71"), ("email", "ana@customer.example")), organisation="Customer AG"),
    ]


def test_table_company_is_passed_over():
    assert plain(read(hubspot, SAMPLES / "hubspot_company.csv")) == [
        RejectRecord(
            line=2,
            reason="companies: their names are looked up for tickets and contacts (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_table_stage_is_passed_over():
    assert plain(read(hubspot, SAMPLES / "hubspot_stage.csv")) == [
        RejectRecord(
            line=2,
            reason="stages of pipelines: their names are looked up for tickets and contacts (rows passed over: 2)",
            raw="",
            is_fault=False,
        ),
    ]


def test_table_pipeline_is_passed_over():
    assert plain(read(hubspot, SAMPLES / "hubspot_pipeline.csv")) == [
        RejectRecord(
            line=2,
            reason="pipelines: a ticket's stage says where it stands (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_table_ticket_engagement_is_passed_over():
    assert plain(read(hubspot, SAMPLES / "hubspot_ticket_engagement.csv")) == [
        RejectRecord(
            line=2,
            reason="links of e-mails to tickets: read with the e-mails and notes (rows passed over: 5)",
            raw="",
            is_fault=False,
        ),
    ]


def test_contacts_of_tickets_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "hubspot" / "ticket_contact_data.csv"
    assert hubspot.sniff(path, path.read_bytes())
    assert facts(read(hubspot, path)) == [
        DetailRecord(line=2, contact_id="1", fields={"identifiers": (("id", "1"),)}),
        DetailRecord(line=3, contact_id="2", fields={"identifiers": (("id", "2"),)}),
        DetailRecord(line=4, contact_id="3", fields={"identifiers": (("id", "3"),)}),
        DetailRecord(line=5, contact_id="4", fields={"identifiers": (("id", "1"),)}),
        DetailRecord(line=6, contact_id="5", fields={"identifiers": (("id", "2"),)}),
        DetailRecord(line=7, contact_id="6", fields={"identifiers": (("id", "3"),)}),
        DetailRecord(line=8, contact_id="7", fields={"identifiers": (("id", "1"),)}),
        DetailRecord(line=9, contact_id="8", fields={"identifiers": (("id", "2"),)}),
        DetailRecord(line=10, contact_id="9", fields={"identifiers": (("id", "3"),)}),
    ]


def test_tickets_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "hubspot" / "ticket_data.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    tickets = read(hubspot, path)
    assert [type(ticket) for ticket in tickets] == [ContactRecord] * 25
    assert [ticket.contact_id for ticket in tickets] == [row["id"] for row in rows]
    assert [(ticket.text, ticket.subject) for ticket in tickets] == [
        (row["property_content"], row["property_subject"]) for row in rows
    ]
    assert [ticket.closed_at is None for ticket in tickets] == [not row["property_closed_date"] for row in rows]
    assert (tickets[0].opened_at, tickets[0].closed_at, tickets[0].status) == (
        utc(2021, 2, 16, 20, 31, 5),
        utc(2020, 11, 10, 14, 54, 50),
        "7970058",
    )


def test_people_of_a_vendor(real_data):
    people = read(hubspot, real_data("vendor-formats") / "hubspot" / "contact_data.csv")
    assert [type(person) for person in people] == [PersonRecord] * 22
    assert people[0].identifiers == (("id", "78971951"), ("id", "76340251"), ("id", "46897301"), ("id", "76226001"))
    assert [len(person.identifiers) for person in people[1:]] == [1] * 21


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("company_data", "companies: their names are looked up for tickets and contacts (rows passed over: 24)"),
        ("ticket_company_data", "companies that no table of this folder names (rows passed over: 9)"),
        ("ticket_pipeline_data", "pipelines: a ticket's stage says where it stands (rows passed over: 9)"),
        (
            "ticket_pipeline_stage_data",
            "stages of pipelines: their names are looked up for tickets and contacts (rows passed over: 15)",
        ),
        ("ticket_property_history_data", "changes that do not close a ticket (rows passed over: 15)"),
        (
            "engagement_email_data",
            "logged on no ticket that the table ticket_engagement of this folder names (rows passed over: 1)",
        ),
        (
            "engagement_note_data",
            "logged on no ticket that the table ticket_engagement of this folder names (rows passed over: 1)",
        ),
    ],
)
def test_vendor_tables_without_use(real_data, name, reason):
    path = real_data("vendor-formats") / "hubspot" / f"{name}.csv"
    assert hubspot.sniff(path, path.read_bytes())
    assert plain(read(hubspot, path)) == [RejectRecord(line=2, reason=reason, raw="", is_fault=False)]


def test_channels_that_the_company_opened():
    tickets = read(hubspot, SAMPLES / "hubspot_tickets.csv", company_initiated_channels=["Campaign"])
    assert [ticket.is_company_initiated for ticket in tickets[:2]] == [False, True]


def test_a_field_of_another_table_is_logged(caplog):
    path = SAMPLES / "hubspot_ticket.csv"
    read(hubspot, path, segment_field="tier")
    assert caplog.messages == [
        f"{path}: no thread has the field 'tier', which segment_field names. Another file of the source may have it."
    ]
    path = SAMPLES / "hubspot_tickets.csv"
    assert error_of(lambda: read(hubspot, path, segment_field="Plan teir")) == (
        f"{path}: no thread has the field 'Plan teir', which segment_field names.\nDid you mean 'Plan tier'?"
    )


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert not hubspot.sniff(path, path.read_bytes())
    assert error_of(lambda: read(hubspot, path)).startswith(
        f"{path} is none of the tables that are read of HubSpot; its columns are: id, name.\nRead are: tickets, "
    )


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b"[", b"Ticket ID,Ticket name,Pipeline\n", b'{"results": [', b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(hubspot, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=5), header=st.sampled_from(HEADERS))
def test_no_row_is_lost(tmp_path, rows, header):
    records = safely_read(hubspot, write_csv(tmp_path / "any.csv", header, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(
    objects=st.lists(
        st.fixed_dictionaries(
            {},
            optional={key: JSON for key in KEYS}
            | {"properties": st.dictionaries(st.sampled_from(PROPERTIES), JSON, max_size=6)},
        )
        | JSON,
        max_size=4,
    )
)
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(hubspot, write_json(tmp_path / "any.json", {"results": objects}))
    assert count_rows(records) == len(objects)
