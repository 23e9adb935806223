"""The intercom source: answers of the API, warehouse tables with their versions, and what no row of them may do."""

import gzip
import json

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
from voc.sources import intercom

HISTORY = ["id", "updated_at", "_fivetran_active", "created_at", "source_delivered_as", "state", "source_body"]
PARTS = ["id", "updated_at", "_fivetran_active", "conversation_id", "part_type", "created_at", "author_type", "body"]
KEYS = [
    "id", "created_at", "source", "contacts", "state", "conversation_parts", "tags", "statistics", "conversation_rating",
    "ticket_attributes", "ticket_state", "ticket_parts", "category", "conversation_id", "part_type", "role", "type",
]  # fmt: skip


def test_conversations_sample():
    assert plain(read(intercom, SAMPLES / "intercom_conversations.json", segment_field="Plan")) == [
        ContactRecord(
            line=1,
            contact_id="8001",
            opened_at=utc(2026, 3, 2, 9),
            text="<p>I cannot log in.</p>",
            subject="Cannot log in",
            identifiers=(("id", "u1"), ("external", "crm-17"), ("email", "ana@customer.example")),
            channel="email",
            closed_at=utc(2026, 3, 4, 4, 53, 20),
            updated_at=utc(2026, 3, 5, 8, 40),
            status="closed",
            priority="priority",
            given_topic="Access",
            segment="Pro",
            organisation="Customer AG",
            handle_minutes=15.5,
            public_reply_count=1,
            reopen_count=1,
            tags=("login",),
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="<p>I cannot log in.</p>"),
                Message(at=utc(2026, 3, 2, 9, 10), author="bot", text="<p>Try the link.</p>"),
                Message(at=utc(2026, 3, 2, 9, 11, 40), author="agent", text="<p>Known user</p>", is_public=False),
                Message(at=utc(2026, 3, 2, 9, 15), author="agent", text="<p>Fixed.</p>"),
                Message(at=utc(2026, 3, 3, 1, 6, 40), author="customer", text="<p>It still fails.</p>"),
                Message(at=utc(2026, 3, 3, 1, 6, 50), author="bot", text="<p>Read this page.</p>"),
            ),
            solved_at=(utc(2026, 3, 2, 9, 15), utc(2026, 3, 4, 4, 53, 20)),
        ),
        ResponseRecord(
            line=1,
            response_id="8001-csat",
            responded_at=utc(2026, 3, 4, 5, 8, 20),
            answers=(Answer(question="Satisfaction comment", text="Slow."),),
            identifiers=(("id", "u1"), ("external", "crm-17"), ("email", "ana@customer.example")),
            score=2.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=5.0,
            contact_id="8001",
            channel="email",
            segment="Pro",
        ),
        ContactRecord(
            line=2,
            contact_id="8002",
            opened_at=utc(2026, 3, 2, 10, 6, 40),
            text="<p>What is it?</p>",
            identifiers=(("id", "u2"),),
            channel="messaging",
            closed_at=utc(2026, 3, 2, 10, 21, 40),
            updated_at=utc(2026, 3, 2, 10, 23, 20),
            status="open",
            public_reply_count=0,
            is_company_initiated=True,
            messages=(
                Message(at=utc(2026, 3, 2, 10, 6, 40), author="agent", text="<p>News</p>"),
                Message(at=utc(2026, 3, 2, 10, 13, 20), author="customer", text="<p>What is it?</p>"),
            ),
            solved_at=(utc(2026, 3, 2, 10, 15), utc(2026, 3, 2, 10, 21, 40)),
        ),
        RejectRecord(line=3, reason="'created_at' is empty, so the row has no date", raw=""),
        ContactRecord(
            line=4,
            contact_id="8004",
            opened_at=utc(2026, 3, 2, 10, 40),
            text="",
            identifiers=(("id", "u4"),),
            channel="phone",
            status="open",
        ),
        ResponseRecord(
            line=4,
            response_id="8004-csat",
            responded_at=utc(2026, 3, 2, 10, 40),
            identifiers=(("id", "u4"),),
            score=5.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=5.0,
            contact_id="8004",
            channel="phone",
        ),
    ]


def test_tickets_sample():
    assert plain(read(intercom, SAMPLES / "intercom_tickets.json")) == [
        ContactRecord(
            line=1,
            contact_id="9001",
            opened_at=utc(2026, 3, 2, 9),
            text="My card was declined.",
            subject="Card declined",
            identifiers=(("id", "u1"), ("external", "crm-17")),
            closed_at=utc(2026, 3, 2, 9, 15),
            updated_at=utc(2026, 3, 2, 9, 16, 40),
            status="Done",
            given_topic="Payments",
            public_reply_count=1,
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="My card was declined."),
                Message(at=utc(2026, 3, 2, 9, 5), author="agent", text="We look into it."),
            ),
            solved_at=(utc(2026, 3, 2, 9, 15),),
        ),
        RejectRecord(
            line=2, reason="Tracker ticket in Intercom: about customers, not with them", raw="", is_fault=False
        ),
        RejectRecord(line=3, reason="no object of Intercom that is read", raw=""),
    ]


def test_conversation_table_keeps_the_current_version():
    assert plain(read(intercom, SAMPLES / "intercom_conversation_history.csv")) == [
        ContactRecord(
            line=3,
            contact_id="501",
            opened_at=utc(2026, 3, 1, 9),
            text="Where is it?",
            identifiers=(("id", "u1"),),
            channel="messaging",
            updated_at=utc(2026, 3, 1, 12),
            status="closed",
            priority="not_priority",
        ),
        ResponseRecord(
            line=3,
            response_id="501-csat",
            responded_at=utc(2026, 3, 1, 12),
            answers=(Answer(question="Satisfaction comment", text="Nice"),),
            identifiers=(("id", "u1"),),
            score=5.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=5.0,
            contact_id="501",
            channel="messaging",
        ),
        ContactRecord(
            line=4,
            contact_id="502",
            opened_at=utc(2026, 3, 1, 9, 30),
            text="Did it arrive?",
            subject="Hello",
            channel="email",
            updated_at=utc(2026, 3, 1, 12),
            status="closed",
            priority="not_priority",
            is_company_initiated=True,
        ),
        RejectRecord(line=5, reason="'id' is empty, so the row has no id", raw=""),
        RejectRecord(
            line=2,
            reason="an older version of a row that the file holds too (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_part_table_sample():
    assert plain(read(intercom, SAMPLES / "intercom_part_history.csv")) == [
        MessageRecord(
            line=2, contact_id="501", message=Message(at=utc(2026, 3, 1, 9, 10), author="agent", text="On its way.")
        ),
        MessageRecord(
            line=3, contact_id="501", message=Message(at=utc(2026, 3, 1, 9, 20), author="agent", text="Closing this.")
        ),
        DetailRecord(line=3, contact_id="501", fields={"solved_at": (utc(2026, 3, 1, 9, 20),)}),
        RejectRecord(line=5, reason="'conversation_id' is empty, so the row has no id", raw=""),
        RejectRecord(
            line=4, reason="parts that record an action and hold no words (rows passed over: 1)", raw="", is_fault=False
        ),
    ]


def test_participants_sample():
    assert plain(read(intercom, SAMPLES / "intercom_conversation_contact_history.csv")) == [
        DetailRecord(line=2, contact_id="502", fields={"identifiers": (("id", "u2"),)}),
        RejectRecord(
            line=3,
            reason="further participants of a conversation: other people than its customer (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
        RejectRecord(
            line=4,
            reason="an older version of a row that the file holds too (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_tags_get_their_names_from_the_table_beside():
    assert plain(read(intercom, SAMPLES / "intercom_tag_history.csv")) == [
        DetailRecord(line=2, contact_id="501", fields={"tags": ("parcel",)}),
        DetailRecord(line=4, contact_id="502", fields={"tags": ("campaign",)}),
        RejectRecord(
            line=3,
            reason="tags that were deleted or that the table of tags lacks (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_contacts_get_their_company_from_the_tables_beside():
    assert plain(read(intercom, SAMPLES / "intercom_contact_history.csv")) == [
        PersonRecord(
            line=2,
            identifiers=(("id", "u1"), ("external", "crm-17"), ("email", "ana@customer.example"), ("phone", "030 1")),
            organisation="Customer AG",
        ),
        PersonRecord(line=3, identifiers=(("id", "u2"),)),
    ]


def test_tables_of_names():
    assert plain(read(intercom, SAMPLES / "intercom_tag.csv")) == [
        RejectRecord(
            line=2,
            reason="tags: their names are looked up where conversations are tagged (rows passed over: 2)",
            raw="",
            is_fault=False,
        ),
        RejectRecord(line=3, reason="deleted in the tool (rows passed over: 1)", raw="", is_fault=False),
    ]


def test_tables_of_companies():
    assert plain(read(intercom, SAMPLES / "intercom_company_history.csv")) == [
        RejectRecord(
            line=2,
            reason="companies: their names are looked up for the table of contacts (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_conversation_of_the_api(real_data):
    path = real_data("vendor-formats") / "intercom" / "api-conversation.json"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        ContactRecord(
            line=1,
            contact_id="503",
            opened_at=utc(2024, 12, 18, 15, 58, 31),
            text="31 7cf43bad",
            identifiers=(("id", "6762f1261bb69f9f2193bba7"), ("external", "70")),
            channel="messaging",
            updated_at=utc(2024, 12, 18, 15, 58, 31),
            status="closed",
            priority="not_priority",
            public_reply_count=1,
            is_company_initiated=True,
            tags=("8 efab64cf",),
            messages=(
                Message(at=utc(2022, 9, 19, 14, 20, 23), author="agent", text="12 566161d1"),
                Message(at=utc(2024, 12, 18, 15, 58, 31), author="agent", text="31 7cf43bad"),
            ),
        ),
    ]


def test_search_of_the_api(real_data):
    path = real_data("vendor-formats") / "intercom" / "api-conversations-search.json"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        ContactRecord(
            line=1,
            contact_id="515",
            opened_at=utc(2024, 12, 18, 15, 59, 6),
            text="31 7cf43bad",
            identifiers=(("id", "6762f14a1bb69f9f2193bbb3"), ("external", "70")),
            channel="messaging",
            updated_at=utc(2024, 12, 18, 15, 59, 6),
            status="closed",
            priority="not_priority",
            is_company_initiated=True,
        ),
    ]


def test_ticket_search_of_the_api(real_data):
    path = real_data("vendor-formats") / "intercom" / "api-tickets-search.json"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        RejectRecord(
            line=1, reason="Back-office ticket in Intercom: about customers, not with them", raw="", is_fault=False
        ),
    ]


def test_conversation_table(real_data):
    path = real_data("vendor-formats") / "intercom" / "conversation_history_data.csv"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        ContactRecord(
            line=4,
            contact_id="156643300001311",
            opened_at=utc(2020, 10, 28, 23, 59, 37),
            text="24 f6dca27d",
            subject="24 d3aef31c",
            identifiers=(("id", "5f7295ca37f0d717d37dfddb"),),
            channel="messaging",
            updated_at=utc(2020, 11, 2, 14, 17, 59),
            status="closed",
            priority="not_priority",
        ),
        ContactRecord(
            line=7,
            contact_id="156643300001372",
            opened_at=utc(2020, 11, 4, 3, 12, 3),
            text="24 38ab04d0",
            subject="24 d3aef31c",
            identifiers=(("id", "5f7295ca37f0d717d37dfddb"),),
            channel="messaging",
            updated_at=utc(2020, 11, 6, 13, 55, 1),
            status="closed",
            priority="not_priority",
        ),
        RejectRecord(
            line=2,
            reason="an older version of a row that the file holds too (rows passed over: 7)",
            raw="",
            is_fault=False,
        ),
    ]


def test_part_table(real_data):
    path = real_data("vendor-formats") / "intercom" / "conversation_part_history_data.csv"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        MessageRecord(
            line=2,
            contact_id="12",
            message=Message(at=utc(2020, 10, 29, 12, 38, 27), author="agent", text="24 c3c0a0a5", is_public=False),
        ),
        DetailRecord(line=3, contact_id="11", fields={"solved_at": (utc(2020, 6, 8, 20, 57, 28),)}),
        DetailRecord(line=4, contact_id="27", fields={"solved_at": (utc(2020, 6, 10, 12, 15, 52),)}),
        DetailRecord(line=5, contact_id="11", fields={"solved_at": (utc(2020, 6, 10, 16, 38, 8),)}),
        DetailRecord(line=6, contact_id="5", fields={"solved_at": (utc(2020, 6, 17, 17, 2, 16),)}),
        DetailRecord(line=7, contact_id="5", fields={"solved_at": (utc(2020, 6, 17, 17, 55, 42),)}),
        DetailRecord(line=8, contact_id="5", fields={"solved_at": (utc(2020, 6, 19, 12, 43, 1),)}),
        DetailRecord(line=9, contact_id="13", fields={"solved_at": (utc(2020, 6, 19, 21, 5, 48),)}),
        DetailRecord(line=10, contact_id="12", fields={"solved_at": (utc(2020, 6, 22, 12, 4, 10),)}),
    ]


def test_tag_table(real_data):
    path = real_data("vendor-formats") / "intercom" / "conversation_tag_history_data.csv"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        DetailRecord(line=2, contact_id="156643300000415", fields={"tags": ("4 64597828",)}),
        DetailRecord(line=4, contact_id="156643300001360", fields={"tags": ("16 dbb1df53",)}),
        DetailRecord(line=5, contact_id="156643300001196", fields={"tags": ("27 ba4e1f38",)}),
        DetailRecord(line=6, contact_id="156643300000415", fields={"tags": ("5 51483eb0",)}),
        DetailRecord(line=7, contact_id="156643300000200", fields={"tags": ("8 b35a1639",)}),
        RejectRecord(
            line=3,
            reason="tags that were deleted or that the table of tags lacks (rows passed over: 4)",
            raw="",
            is_fault=False,
        ),
    ]


def test_names_of_tags(real_data):
    path = real_data("vendor-formats") / "intercom" / "tag_data.csv"
    assert intercom.sniff(path, path.read_bytes())
    assert facts(read(intercom, path)) == [
        RejectRecord(
            line=2,
            reason="tags: their names are looked up where conversations are tagged (rows passed over: 22)",
            raw="",
            is_fault=False,
        ),
        RejectRecord(line=4, reason="deleted in the tool (rows passed over: 3)", raw="", is_fault=False),
    ]


def test_tables_of_people(real_data):
    folder = real_data("vendor-formats") / "intercom"
    people = read(intercom, folder / "contact_history_data.csv")
    assert [type(person) for person in people] == [PersonRecord] * 9
    assert people[0].identifiers == (
        ("id", "5f19187f9c0ca3ba4e5f85a4"),
        ("external", "38562efa-c962-428b-a77a-6321b5370d73"),
    )
    links = read(intercom, folder / "conversation_contact_history_data.csv")
    assert len(links) == 9
    fields = {"identifiers": (("id", "5ed93beb39021efc4ccd4ea5"),)}
    assert links[0] == DetailRecord(line=2, contact_id="156643300000684", fields=fields)
    reason = "companies: their names are looked up for the table of contacts (rows passed over: 9)"
    for name in ("company_history_data.csv", "contact_company_history_data.csv"):
        assert plain(read(intercom, folder / name)) == [RejectRecord(line=2, reason=reason, raw="", is_fault=False)]


def test_schemas_hold_no_data(real_data):
    reason = "a JSON schema: it describes fields and holds no data (rows passed over: 1)"
    for path in sorted((real_data("vendor-formats") / "intercom").glob("schema-*.json")):
        assert plain(read(intercom, path)) == [RejectRecord(line=1, reason=reason, raw="", is_fault=False)]


def test_every_vendor_file_with_data_is_known(real_data):
    paths = sorted((real_data("vendor-formats") / "intercom").glob("*.[cj]s*"))
    unknown = [path.name for path in paths if not intercom.sniff(path, path.read_bytes())]
    assert unknown == ["schema-conversation_rating.json", "schema-conversation_statistics.json"]


def test_a_tag_without_a_table_of_names_keeps_its_id(tmp_path):
    path = written(tmp_path / "tags.csv", (SAMPLES / "intercom_tag_history.csv").read_bytes())
    assert [record.fields for record in read(intercom, path)] == [{"tags": (tag,)} for tag in ("11", "12", "13")]


def test_a_broken_table_beside_is_logged(tmp_path, caplog):
    path = written(tmp_path / "b.csv", (SAMPLES / "intercom_tag_history.csv").read_bytes())
    names = b"id,_fivetran_deleted,_fivetran_synced,name\n1,false,2026-01-01,x\n"
    broken = written(tmp_path / "a.csv.gz", gzip.compress(names)[:-4])
    assert [record.fields for record in read(intercom, path)] == [{"tags": (tag,)} for tag in ("11", "12", "13")]
    assert caplog.messages == [
        f"{path}: names of a.csv.gz are not known: {broken} cannot be read: "
        "Compressed file ended before the end-of-stream marker was reached."
    ]


def test_campaigns_by_their_tag():
    records = read(intercom, SAMPLES / "intercom_tag_history.csv", company_initiated_tags=["campaign"])
    assert [record.fields for record in records[:2]] == [
        {"tags": ("parcel",)},
        {"tags": ("campaign",), "is_company_initiated": True},
    ]
    records = read(intercom, SAMPLES / "intercom_conversations.json", company_initiated_tags=["login"])
    assert records[0].is_company_initiated


def test_a_further_table_of_the_warehouse_is_passed_over(tmp_path):
    path = written(tmp_path / "team.csv", "id,name,_fivetran_synced,x\n1,Lisbon,2026-01-01,\n2,Porto,2026-01-01,\n")
    assert not intercom.sniff(path, path.read_bytes())
    reason = "another table: holds nothing that is read of Intercom (rows passed over: 2)"
    assert plain(read(intercom, path)) == [RejectRecord(line=2, reason=reason, raw="", is_fault=False)]


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert error_of(lambda: read(intercom, path)).startswith(
        f"{path} is none of the tables that are read of Intercom; its columns are: id, name.\nRead are: conversations, "
    )


@pytest.mark.parametrize(("delivered_as", "author"), [("customer_initiated", "customer"), ("automated", "system")])
def test_an_author_of_no_known_type(tmp_path, delivered_as, author):
    one = {"id": "5", "created_at": 1767225600, "contacts": {}, "conversation_parts": {"conversation_parts": []}}
    one["source"] = {"delivered_as": delivered_as, "author": {"type": "robot"}, "body": "Hi"}
    (contact,) = read(intercom, write_json(tmp_path / "any.json", one))
    assert contact.messages == (Message(at=utc(2026, 1, 1), author=author, text="Hi"),)
    assert contact.is_company_initiated is (delivered_as == "automated")


@pytest.mark.parametrize("form", ["single", "lines", "data"])
def test_conversations_in_any_wrapping(tmp_path, form):
    one = {"type": "conversation", "id": "5", "created_at": 1767225600, "state": "open", "contacts": {"contacts": []}}
    one["source"] = {"delivered_as": "customer_initiated", "author": {"type": "lead", "id": "u"}, "body": "Hi"}
    content = {"single": json.dumps(one), "lines": json.dumps(one) + "\n", "data": json.dumps({"data": [one]})}[form]
    path = written(tmp_path / "any.json", content)
    assert intercom.sniff(path, path.read_bytes())
    assert read(intercom, path) == [
        ContactRecord(
            line=1,
            contact_id="5",
            opened_at=utc(2026, 1, 1),
            text="Hi",
            identifiers=(("id", "u"),),
            status="open",
        )
    ]


@QUICK
@given(
    start=st.sampled_from(
        [b"", b"{", b"[", b"conversation_id,part_type,created_at\n", b'{"conversations": [', b"\xff\xfe"]
    ),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(intercom, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=5), header=st.sampled_from([HISTORY, PARTS]))
def test_no_row_is_lost(tmp_path, rows, header):
    rows = [row[: len(header)] for row in rows]
    records = safely_read(intercom, write_csv(tmp_path / "any.csv", header, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON, max_size=4))
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(intercom, write_json(tmp_path / "any.json", {"conversations": objects}))
    assert count_rows(records) == len(objects)
