"""The front source: analytics exports of messages and activities, and answers of the API joined into conversations."""

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
    plain,
    read,
    safely_read,
    utc,
    write_csv,
    write_json,
)

from voc.config import ContactRules
from voc.records import Answer, ContactRecord, DetailRecord, Message, MessageRecord, RejectRecord, ResponseRecord
from voc.sources import front
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

ANA = (("email", "ana@customer.example"),)
HEADERS = [
    ["Conversation ID", "Direction", "Message date", "Extract", "Segment end", "Handle time", "Contact handle", "Autoreply"],
    ["Conversation ID", "Activity ID", "Message date", "Type", "Direction", "Survey rating", "Survey comment", "Extract"],
]
KEYS = ["id", "type", "is_inbound", "created_at", "posted_at", "body", "_links", "status", "recipient", "tags", "emitted_at", "conversation"]


def said(line, contact_id, at, author, text, **more):
    message = Message(at=at, author=author, text=text, **more)
    return MessageRecord(line=line, contact_id=contact_id, message=message)


def test_messages_sample():
    """The earliest message gives the contact, wherever it stands in the file."""
    opening = Message(at=utc(2026, 3, 2, 9), author="customer", text="I was charged twice.")
    outreach = Message(at=utc(2026, 3, 2, 10), author="agent", text="Our new plan")
    assert plain(read(front, SAMPLES / "front_messages.csv", segment_field="Plan")) == [
        said(2, "cnv_1", utc(2026, 3, 2, 12), "customer", "Any news?"),
        DetailRecord(line=2, contact_id="cnv_1", fields={"solved_at": (utc(2026, 3, 3, 10),)}),
        ContactRecord(
            line=3,
            contact_id="cnv_1",
            opened_at=utc(2026, 3, 2, 9),
            text="I was charged twice.",
            subject="Charged twice",
            identifiers=ANA,
            status="Archived",
            site="Billing",
            segment="Pro",
            organisation="Customer AG",
            tags=("refund", "vip"),
            messages=(opening,),
        ),
        MessageRecord(line=3, contact_id="cnv_1", message=opening),
        said(4, "cnv_1", utc(2026, 3, 2, 9, 1), "agent", "We got your message", is_automatic=True),
        said(5, "cnv_1", utc(2026, 3, 3, 9), "agent", "Refunded"),
        DetailRecord(line=5, contact_id="cnv_1", fields={"handle_minutes": 5.0}),
        ContactRecord(
            line=6,
            contact_id="cnv_2",
            opened_at=utc(2026, 3, 2, 10),
            text="",
            subject="Offer",
            identifiers=(("phone", "+49 30 1234567"),),
            status="Open",
            site="Sales",
            is_company_initiated=True,
            messages=(outreach,),
        ),
        MessageRecord(line=6, contact_id="cnv_2", message=outreach),
        DetailRecord(line=6, contact_id="cnv_2", fields={"handle_minutes": 2.0}),
        RejectRecord(line=7, reason="'Message date' is 'not a day', not a date", raw=""),
        RejectRecord(line=8, reason="'Conversation API ID' is empty, so the row has no id", raw=""),
    ]


def test_activities_sample(caplog):
    path = SAMPLES / "front_activities.csv"
    opening = Message(at=utc(2026, 3, 4, 9), author="customer", text="It broke", channel="chat")
    assert plain(read(front, path, channel="chat", survey_scale=[1, 5])) == [
        ContactRecord(
            line=2,
            contact_id="cnv_3",
            opened_at=utc(2026, 3, 4, 9),
            text="It broke",
            identifiers=(("id", "@ana"),),
            channel="chat",
            site="Help",
            messages=(opening,),
        ),
        MessageRecord(line=2, contact_id="cnv_3", message=opening),
        said(4, "cnv_3", utc(2026, 3, 4, 9, 10), "agent", "Try now", channel="chat"),
        DetailRecord(line=5, contact_id="cnv_3", fields={"solved_at": (utc(2026, 3, 4, 10),)}),
        ResponseRecord(
            line=6,
            response_id="a5",
            responded_at=utc(2026, 3, 5, 10),
            answers=(Answer(question="Survey comment", text="Quick"),),
            identifiers=(("id", "@ana"),),
            score=4.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=5.0,
            contact_id="cnv_3",
            channel="chat",
            site="Help",
        ),
        RejectRecord(
            line=3,
            reason="activities that are no message, rating or archiving (rows passed over: 2)",
            raw="",
            is_fault=False,
        ),
    ]
    assert caplog.messages == [
        f"{path}: values of 'Survey rating' left out: 1, outside 1 (worst) to 5 (best); the first is '9' on line 7."
    ]


def test_a_rating_of_an_unknown_scale_keeps_its_comment(caplog):
    path = SAMPLES / "front_activities.csv"
    (response,) = [one for one in read(front, path) if isinstance(one, ResponseRecord)]
    assert (response.score, response.answers[0].text) == (None, "Quick")
    assert caplog.messages == [
        f"{path}: values of 'Survey rating' left out: 2, of a scale that is not known: set survey_scale; the first is '4' on line 6."
    ]


def test_api_samples():
    assert plain(read(front, SAMPLES / "front_conversations.json", segment_field="Plan")) == [
        ContactRecord(
            line=1,
            contact_id="cnv_9",
            opened_at=utc(2026, 3, 2, 9, 0, 0, 500000),
            text="",
            subject="Parcel",
            identifiers=ANA,
            updated_at=utc(2026, 3, 3, 9),
            status="resolved",
            segment="Pro",
            tags=("delivery",),
        ),
        ContactRecord(
            line=2,
            contact_id="cnv_8",
            opened_at=utc(2026, 3, 2, 9),
            text="",
            subject="News",
            identifiers=(("id", "@bo"),),
            status="unassigned",
            is_company_initiated=True,
        ),
        RejectRecord(line=3, reason="deleted in Front", raw="", is_fault=False),
    ]
    assert plain(read(front, SAMPLES / "front_api_messages.json")) == [
        said(1, "cnv_9", utc(2026, 3, 2, 9, 0, 0, 500000), "customer", "Where is it?", channel="email"),
        said(2, "cnv_9", utc(2026, 3, 2, 9, 1), "agent", "Got it", channel="email", is_automatic=True),
        said(3, "cnv_9", utc(2026, 3, 2, 10), "agent", "Tomorrow", channel="chat"),
        RejectRecord(line=4, reason="a draft, which was not sent", raw="", is_fault=False),
        RejectRecord(
            line=5, reason="'_links.related.conversation' is empty, so the row belongs to no conversation", raw=""
        ),
    ]
    assert plain(read(front, SAMPLES / "front_comments.json")) == [
        said(1, "cnv_9", utc(2026, 3, 2, 10, 1, 40), "agent", "Lost by the courier", is_public=False)
    ]
    assert plain(read(front, SAMPLES / "front_events.json")) == [
        DetailRecord(line=1, contact_id="cnv_9", fields={"solved_at": (utc(2026, 3, 3, 9),)}),
        RejectRecord(line=2, reason="events that are no archiving (rows passed over: 1)", raw="", is_fault=False),
    ]


def test_files_become_contacts():
    """A chaser waits for its answer in the thread; outreach without an answer of the customer is no contact."""
    names = ("front_messages.csv", "front_conversations.json", "front_api_messages.json", "front_comments.json", "front_events.json")
    side, threads = SideRecords(), []
    for name in names:
        threads += [one for one in read(front, SAMPLES / name) if not side.take(name, one)]
    contacts = [
        contact
        for thread in threads
        if isinstance(thread, ContactRecord)
        for contact in contacts_of(side.joined(thread), ContactRules())
    ]
    assert [(one.contact_id, one.text, one.closed_at, one.handle_minutes, one.public_reply_count, one.is_company_initiated) for one in contacts] == [
        ("cnv_1", "I was charged twice.\n\nAny news?", utc(2026, 3, 3, 10), 5.0, 1, False),
        ("cnv_2", "", None, 2.0, None, True),
        ("cnv_9", "Where is it?", utc(2026, 3, 3, 9), None, 1, False),
        ("cnv_8", "", None, None, None, True),
    ]  # fmt: skip


def test_columns_in_another_order_and_encoding(tmp_path):
    header = ["Extract", "Message date", "Direction", "Conversation ID"]
    path = write_csv(tmp_path / "m.csv", header, [["Größe", "02/03/2026 09:00", "in", "7"]], encoding="utf-16", delimiter=";")
    assert front.sniff(path, path.read_bytes())
    contact, message = read(front, path, date_format="day_first", timezone="Europe/Berlin")
    assert (contact.contact_id, contact.opened_at, contact.text) == ("7", utc(2026, 3, 2, 8), "Größe")
    assert message.message == contact.messages[0]


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert not front.sniff(path, path.read_bytes())
    assert error_of(lambda: read(front, path)).startswith(
        f"{path} is none of the tables that are read of Front; its columns are: id, name.\nRead are: the analytics exports"
    )


def test_a_scale_needs_two_ends(tmp_path):
    error = option_error(front, tmp_path, "kind: front\npath: x.csv\nsurvey_scale: [1, 1]\n")
    assert "worst and best rating should differ" in error


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b'{"_results": [', b"Conversation ID,Direction,Message date\n", b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(front, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=5), header=st.sampled_from(HEADERS))
def test_no_row_is_lost(tmp_path, rows, header):
    records = safely_read(front, write_csv(tmp_path / "any.csv", header, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON, max_size=4))
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(front, write_json(tmp_path / "any.json", {"_results": objects}))
    assert count_rows(records) == len(objects)
