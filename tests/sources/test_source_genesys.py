"""The genesys source: details of conversations, attributes, transcripts, and who counts as having handled a customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, written
from vendor_help import BYTES, JSON, QUICK, check_bytes, count_rows, facts, plain, read, safely_read, utc, write_json

from voc.config import ContactRules
from voc.inspection import inspect
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, RejectRecord, ResponseRecord
from voc.sources import genesys
from voc.sources._genesys import words_of_lines
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

TEXT = "genesys_00000000-0000-4000-8000-000000000006.txt"
KEYS = [
    "conversationId", "conversationStart", "conversationEnd", "participants", "originatingDirection", "surveys", "id",
    "startTime", "transcripts", "phrases", "selfServed", "name", "selfUri", "mediaType",
]  # fmt: skip
INNER = ["purpose", "sessions", "segments", "metrics", "ani", "name", "value", "segmentType", "segmentStart", "flow", "attributes"]


def conversation_id(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def test_details_sample():
    assert plain(read(genesys, SAMPLES / "genesys_details.json")) == [
        ContactRecord(
            line=1,
            contact_id=conversation_id(1),
            opened_at=utc(2026, 3, 2, 9),
            text="",
            identifiers=(("id", "ec-1"), ("phone", "+493012345678")),
            channel="voice",
            closed_at=utc(2026, 3, 2, 9, 20),
            given_topic="Refund",
            site="Lisbon refunds",
            handle_minutes=5 + 6.5 + 2 + 1.5,
            public_reply_count=2,
            language="de-de",
            transfer_count=1,
        ),
        ResponseRecord(
            line=1,
            response_id="s-1",
            responded_at=utc(2026, 3, 2, 10),
            identifiers=(("id", "ec-1"), ("phone", "+493012345678")),
            score=3.0,
            score_kind="nps",
            score_worst=0.0,
            score_best=10.0,
            contact_id=conversation_id(1),
            channel="voice",
            site="Lisbon refunds",
            language="de-de",
        ),
        ContactRecord(
            line=2,
            contact_id=conversation_id(2),
            opened_at=utc(2026, 3, 2, 10),
            text="",
            identifiers=(("phone", "+493087654321"),),
            channel="voice",
            closed_at=utc(2026, 3, 2, 10, 3),
            public_reply_count=0,
            transfer_count=0,
        ),
        ContactRecord(
            line=3,
            contact_id=conversation_id(3),
            opened_at=utc(2026, 3, 2, 11),
            text="",
            channel="voice",
            closed_at=utc(2026, 3, 2, 11, 2),
            public_reply_count=0,
            messages=(
                Message(at=utc(2026, 3, 2, 11), author="customer"),
                Message(at=utc(2026, 3, 2, 11), author="bot"),
            ),
            transfer_count=0,
        ),
        ContactRecord(
            line=4,
            contact_id=conversation_id(4),
            opened_at=utc(2026, 3, 2, 12),
            text="",
            identifiers=(("phone", "+493012345678"),),
            channel="voice",
            handle_minutes=5.0,
            public_reply_count=1,
            is_company_initiated=True,
            transfer_count=0,
        ),
        ContactRecord(
            line=5,
            contact_id=conversation_id(5),
            opened_at=utc(2026, 3, 3, 8),
            text="",
            identifiers=(("phone", "4917012345678"),),
            channel="whatsapp",
            closed_at=utc(2026, 3, 3, 18),
            handle_minutes=2.0,
            public_reply_count=1,
            transfer_count=0,
        ),
        ContactRecord(
            line=6,
            contact_id=conversation_id(6),
            opened_at=utc(2026, 3, 3, 9),
            text="",
            subject="Invoice twice",
            identifiers=(("email", "ana@customer.example"),),
            channel="email",
            closed_at=utc(2026, 3, 3, 10),
            public_reply_count=0,
            transfer_count=0,
        ),
        ResponseRecord(
            line=6,
            response_id="s-3",
            responded_at=utc(2026, 3, 3, 10),
            identifiers=(("email", "ana@customer.example"),),
            score=80.0,
            score_kind="csat",
            score_worst=0.0,
            score_best=100.0,
            contact_id=conversation_id(6),
            channel="email",
        ),
        RejectRecord(line=7, reason="no object of Genesys Cloud that is read", raw=""),
    ]


def test_attributes_sample():
    options = {"given_topic_field": "MainIntent1", "segment_field": "LOB", "customer_field": "memberId"}
    assert plain(read(genesys, SAMPLES / "genesys_attributes.json", **options)) == [
        DetailRecord(
            line=1,
            contact_id=conversation_id(1),
            fields={
                "identifiers": (("id", "ec-1"), ("external", "M-77")),
                "given_topic": "refund",
                "segment": "retail",
                "site": "Refunds",
            },
        )
    ]


def test_transcripts_sample():
    said = [
        (utc(2026, 3, 3, 8), "customer", "Where is my parcel?"),
        (utc(2026, 3, 3, 8, 0, 1), "bot", "Let me look"),
        (utc(2026, 3, 3, 9), "agent", "It is on its way"),
        (utc(2026, 3, 3, 18), "customer", "It never came"),
    ]
    assert plain(read(genesys, SAMPLES / "genesys_transcripts.json")) == [
        DetailRecord(line=1, contact_id=conversation_id(1), fields={"text": "I was billed twice in May\nThank you"}),
        *(
            MessageRecord(line=2, contact_id=conversation_id(5), message=Message(at=at, author=author, text=text))
            for at, author, text in said
        ),
        RejectRecord(line=4, reason="'conversationId' is empty, so the row has no id", raw=""),
        RejectRecord(
            line=3, reason="transcripts without words of a customer (rows passed over: 1)", raw="", is_fault=False
        ),
    ]


def test_plain_transcript_sample():
    words = "I paid the invoice twice\nand want it back\nThanks: bye"
    assert read(genesys, SAMPLES / TEXT) == [
        DetailRecord(line=1, contact_id=conversation_id(6), fields={"text": words})
    ]


def test_lists_of_names_are_looked_up():
    assert plain(read(genesys, SAMPLES / "genesys_names.json")) == [
        RejectRecord(
            line=1,
            reason="names of wrap-up codes and queues: they are looked up where conversations name their ids (rows passed over: 2)",
            raw="",
            is_fault=False,
        )
    ]


def test_files_of_a_folder_become_contacts():
    """Calls are one contact however long a caller held; a message hours after the last one is another contact."""
    side, threads = SideRecords(), []
    for name in ("genesys_details.json", "genesys_attributes.json", "genesys_transcripts.json", TEXT):
        threads += [one for one in read(genesys, SAMPLES / name) if not side.take(name, one)]
    threads = [one for one in threads if isinstance(one, ContactRecord)]
    contacts = [one for thread in threads for one in contacts_of(side.joined(thread), ContactRules())]
    assert [(one.contact_id[-3:], one.text, one.public_reply_count, one.is_bot_only, one.is_company_initiated) for one in contacts] == [
        ("001", "I was billed twice in May\nThank you", 2, False, False),
        ("002", "", 0, False, False),
        ("003", "", 0, True, False),
        ("004", "", 1, False, True),
        ("005", "Where is my parcel?", 1, False, False),
        ("5#2", "It never came", 0, False, False),
        ("006", "I paid the invoice twice\nand want it back\nThanks: bye", 0, False, False),
    ]  # fmt: skip
    assert list(side.orphans({one.contact_id for one in threads})) == []


def test_two_legs_of_a_call_give_their_words_one_after_the_other():
    side = SideRecords()
    for words in ("First leg", "Second leg"):
        side.take("file", DetailRecord(line=1, contact_id="1", fields={"text": words}))
    call = ContactRecord(line=1, contact_id="1", opened_at=utc(2026, 3, 2), text="")
    assert side.joined(call).text == "First leg\n\nSecond leg"
    mail = ContactRecord(line=1, contact_id="1", opened_at=utc(2026, 3, 2), text="Its own words")
    assert side.joined(mail).text == "Its own words"


def test_details_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "genesys" / "analytics-conversations-details-query.json"
    assert genesys.sniff(path, path.read_bytes())
    assert facts(read(genesys, path)) == [
        ContactRecord(
            line=1,
            contact_id="xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            opened_at=utc(2020, 1, 1),
            text="",
            identifiers=(("id", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),),
            channel="voice",
            closed_at=utc(2020, 1, 1),
            public_reply_count=0,
            language="lt-lt",
            transfer_count=0,
        )
    ]


def test_attributes_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "genesys" / "conversation-participant-attributes.json"
    assert genesys.sniff(path, path.read_bytes())
    assert facts(read(genesys, path, given_topic_field="Final Main Intent", customer_field="memberId")) == [
        DetailRecord(
            line=1,
            contact_id="xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            fields={
                "identifiers": (("id", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"), ("external", "123456789")),
                "given_topic": "finalmainintent",
                "site": "dev_name",
            },
        )
    ]


def test_names_of_codes_by_an_option(tmp_path):
    path = written(tmp_path / "details.json", (SAMPLES / "genesys_details.json").read_bytes())
    first = read(genesys, path)[0]
    assert (first.given_topic, first.site) == ("w-2", None)  # no list beside
    first = read(genesys, path, names={"w-2": "Money back", "q-2": "Lisbon"})[0]
    assert (first.given_topic, first.site) == ("Money back", "Lisbon")


def test_a_score_outside_its_scale_is_a_logged_loss(tmp_path, caplog):
    survey = {"surveyId": "s", "surveyStatus": "Finished", "surveyPromoterScore": 11}
    details = {"conversationId": "1", "conversationStart": "2026-03-02T09:00:00Z", "participants": [], "surveys": [survey]}
    path = write_json(tmp_path / "details.json", {"conversations": [details]})
    assert [type(one) for one in read(genesys, path)] == [ContactRecord]
    assert caplog.messages == [
        f"{path}: values of 'surveys' left out: 1, outside 0 (worst) to 10 (best); the first is '11' on line 1."
    ]


@pytest.mark.parametrize(
    ("purposes", "more", "is_bot"),
    [
        (["ivr"], {}, True),
        (["bot", "workflow"], {}, True),
        (["ivr", "acd"], {}, False),
        (["ivr", "voicemail"], {}, False),
        (["ivr", "agent"], {}, False),
        ([], {}, False),
        (["acd"], {"selfServed": True}, True),
    ],
)
def test_who_handled_a_conversation(tmp_path, purposes, more, is_bot):
    people = [{"purpose": purpose, "sessions": [{"mediaType": "voice"}]} for purpose in ["customer", *purposes]]
    details = {"conversationId": "1", "conversationStart": "2026-03-02T09:00:00Z", "participants": people, **more}
    (call,) = read(genesys, write_json(tmp_path / "details.json", {"conversations": [details]}))
    (contact,) = contacts_of(call, ContactRules())
    assert (contact.is_bot_only, contact.public_reply_count) == (is_bot, 0)


def test_a_transcript_can_be_looked_at():
    looked = inspect(SAMPLES / TEXT)
    assert (looked.kind, looked.fields) == ("genesys", ())


def test_a_text_without_a_conversation_id(tmp_path):
    path = written(tmp_path / "call.txt", "Customer: hello\n")
    assert not genesys.sniff(path, path.read_bytes())
    assert error_of(lambda: read(genesys, path)) == (
        f"{path} is no JSON of Genesys Cloud, and its name does not end in the id of a conversation.\n"
        "Name a plain transcript <conversationId>.txt. For a table use kind: table."
    )


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_encodings_of_transcripts(tmp_path, encoding):
    path = written(tmp_path / f"{conversation_id(9)}.txt", "Agent: Grüße\nCustomer: Größe fehlt, Grüße\n".encode(encoding))
    assert genesys.sniff(path, path.read_bytes())
    (detail,) = read(genesys, path, encoding="latin-1" if encoding == "latin-1" else None)
    assert detail.fields == {"text": "Größe fehlt, Grüße"}


def test_a_cut_off_file(tmp_path):
    path = written(tmp_path / "details.json", (SAMPLES / "genesys_details.json").read_bytes()[:900])
    assert genesys.sniff(path, path.read_bytes())
    assert error_of(lambda: read(genesys, path)).startswith(f"{path} line ")


def test_words_without_speakers_are_all_taken():
    assert words_of_lines(["I want my money back", "", " now "]) == "I want my money back\nnow"
    assert words_of_lines(["Agent: hello", "hello?"]) == ""
    assert words_of_lines([]) == ""


@QUICK
@given(start=st.sampled_from([b"", b"{", b'{"conversations": [', b'[{"conversationId": "1"', b"\xff\xfe"]), rest=BYTES, packed=st.booleans())
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(genesys, tmp_path / "any.json", start + rest, packed=packed)
    check_bytes(genesys, tmp_path / f"{conversation_id(1)}.txt", start + rest, packed=packed)


@QUICK
@given(
    objects=st.lists(
        st.dictionaries(
            st.sampled_from(KEYS), JSON | st.lists(st.dictionaries(st.sampled_from(INNER), JSON, max_size=6), max_size=3), max_size=12
        )
        | JSON,
        max_size=4,
    )
)
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(genesys, write_json(tmp_path / "any.json", {"conversations": objects}))
    assert count_rows(records) == len(objects)
