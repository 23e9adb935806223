"""The helpscout source: conversations with threads, pages of threads, ratings in their three forms, customers."""

from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, written
from vendor_help import BYTES, JSON, QUICK, check_bytes, count_rows, plain, read, safely_read, utc, write_json

from voc.config import ContactRules
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
from voc.sources import helpscout
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

ANA = (("id", "71"), ("email", "ana@customer.example"))
BO = (("id", "72"), ("email", "bo@customer.example"))
CSAT = {"score_kind": "csat", "score_worst": 1.0, "score_best": 3.0}
KEYS = [
    "id", "type", "state", "status", "createdAt", "createdBy", "source", "assignedTo", "primaryCustomer", "mailboxId", "rating",
    "threadId", "conversationId", "_embedded", "customFields", "tags", "firstName", "photoUrl", "comments",
]  # fmt: skip


def test_conversations_sample():
    assert plain(read(helpscout, SAMPLES / "helpscout_conversations.json", segment_field="Plan")) == [
        ContactRecord(
            line=1,
            contact_id="900",
            opened_at=utc(2026, 3, 2, 9),
            text="Where is my refund?",
            subject="Refund",
            identifiers=ANA,
            channel="email",
            closed_at=utc(2026, 3, 5, 10),
            updated_at=utc(2026, 3, 5, 10),
            status="closed",
            segment="Pro",
            public_reply_count=2,
            tags=("refund",),
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="Where is my refund?"),
                Message(at=utc(2026, 3, 2, 10), author="agent", text="Check bank", is_public=False),
                Message(at=utc(2026, 3, 2, 12), author="agent", text="On its way"),
                Message(at=utc(2026, 3, 4, 9), author="customer", text="Not there yet"),
                Message(at=utc(2026, 3, 5, 10), author="agent", text="Second answer"),
            ),
            solved_at=(utc(2026, 3, 3, 10), utc(2026, 3, 5, 10)),
        ),
        ContactRecord(
            line=2,
            contact_id="901",
            opened_at=utc(2026, 3, 2, 9),
            text="First words",
            subject="Subject",
            identifiers=BO,
            channel="email",
            status="active",
            is_company_initiated=True,
        ),
        ContactRecord(
            line=3,
            contact_id="902",
            opened_at=utc(2026, 3, 2, 9),
            text="First words",
            subject="Subject",
            identifiers=BO,
            channel="phone",
            status="active",
        ),
        RejectRecord(line=4, reason="spam in Help Scout", raw="", is_fault=False),
        RejectRecord(line=5, reason="'createdAt' is empty, so the row has no date", raw=""),
        RejectRecord(line=6, reason="not a JSON object", raw=""),
    ]


def test_pages_of_threads_name_their_conversation():
    assert plain(read(helpscout, SAMPLES / "helpscout_threads.json")) == [
        MessageRecord(
            line=1, contact_id="901", message=Message(at=utc(2026, 3, 2, 9, 30), author="customer", text="Hello?")
        ),
        MessageRecord(line=3, contact_id="901", message=Message(at=utc(2026, 3, 2, 10), author="agent", text="Done")),
        DetailRecord(line=3, contact_id="901", fields={"solved_at": (utc(2026, 3, 2, 10),)}),
        RejectRecord(line=2, reason="threads that record an action, and drafts (rows passed over: 1)", raw="", is_fault=False),
    ]


def test_threads_without_their_conversation(tmp_path):
    thread = {"id": 1, "type": "customer", "state": "published", "createdBy": {}, "source": {}, "createdAt": "2026-03-02"}
    path = write_json(tmp_path / "threads.json", [thread])
    assert helpscout.sniff(path, path.read_bytes())
    assert plain(read(helpscout, path)) == [
        RejectRecord(
            line=1, reason="neither the thread nor the address of its page (_links.self) names the conversation", raw=""
        )
    ]


def test_ratings_samples():
    assert plain(read(helpscout, SAMPLES / "helpscout_ratings.json")) == [
        ResponseRecord(
            line=1,
            response_id="1",
            responded_at=utc(2026, 3, 3, 12),
            answers=(Answer(question="Satisfaction comment", text="Slow"),),
            identifiers=ANA,
            score=1.0,
            contact_id="900",
            **CSAT,
        ),
        ResponseRecord(
            line=2,
            response_id="2",
            responded_at=utc(2026, 3, 3, 12),
            identifiers=BO,
            score=3.0,
            contact_id="901",
            **CSAT,
        ),
        RejectRecord(line=3, reason="'rating' is 'unknown', none of great, okay, not good, and there is no comment", raw=""),
    ]
    assert plain(read(helpscout, SAMPLES / "helpscout_report.json")) == [
        ResponseRecord(
            line=1,
            response_id="5-rating",
            responded_at=utc(2026, 3, 4, 12),
            answers=(Answer(question="Satisfaction comment", text="Fine"),),
            identifiers=(("id", "71"),),
            score=2.0,
            contact_id="900",
            **CSAT,
        )
    ]


def test_customers_sample():
    assert read(helpscout, SAMPLES / "helpscout_customers.json") == [
        PersonRecord(line=1, identifiers=(*ANA, ("email", "ana@home.example"), ("phone", "030 1234567")), organisation="Customer AG")
    ]


def test_files_become_contacts():
    """A reply that closes makes what follows a reopening; an answer to outreach is a contact."""
    side, threads = SideRecords(), []
    for name in ("helpscout_conversations.json", "helpscout_threads.json"):
        threads += [one for one in read(helpscout, SAMPLES / name) if not side.take(name, one)]
    contacts = [
        contact
        for thread in threads
        if isinstance(thread, ContactRecord)
        for contact in contacts_of(side.joined(thread), ContactRules())
    ]
    assert [(one.contact_id, one.text, one.made_by, one.closed_at) for one in contacts] == [
        ("900", "Where is my refund?", "thread", utc(2026, 3, 3, 10)),
        ("900#2", "Not there yet", "reopen", utc(2026, 3, 5, 10)),
        ("901", "Hello?", "answer_to_outreach", utc(2026, 3, 2, 10)),
        ("902", "First words", "thread", None),
    ]


def test_a_table_is_none_of_help_scout(tmp_path):
    path = written(tmp_path / "report.csv", "Number,Subject\n1,x\n")
    assert not helpscout.sniff(path, path.read_bytes())
    assert error_of(lambda: read(helpscout, path)) == (
        f"{path} is none of the tables that are read of Help Scout; its columns are: Number, Subject.\n"
        "Read are: conversations, ratings, threads, customers. For any other table use kind: table."
    )


def test_a_cut_off_file(tmp_path):
    path = written(tmp_path / "cut.json", (SAMPLES / "helpscout_conversations.json").read_bytes()[:700])
    assert error_of(lambda: read(helpscout, path)).startswith(f"{path} line ")


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b'{"_embedded": {"conversations": [', b'{"id": 1, "primaryCustomer": ', b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(helpscout, tmp_path / "any.json", start + rest, packed=packed)


@QUICK
@given(
    objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=14) | JSON, max_size=4),
    name=st.sampled_from(["conversations", "threads", "ratings", "customers"]),
)
def test_no_object_is_lost(tmp_path, objects, name):
    records = safely_read(helpscout, write_json(tmp_path / "any.json", {"_embedded": {name: objects}}))
    assert count_rows(records) == len(objects)
