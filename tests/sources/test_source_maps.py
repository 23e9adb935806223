"""Maps that the documentation gives for tools without a source of their own read what those tools export."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from source_help import written

from voc import config
from voc.config import ContactRules
from voc.records import Answer, ContactRecord, RejectRecord, ResponseRecord
from voc.sources import table
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

DOCS = Path(__file__).parents[2] / "docs" / "sources.md"
NPS = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}
MEDALLIA = """\
Survey ID,Response Date,Likelihood to Recommend,Likelihood to Recommend Comment,Customer ID,Customer Email,Segment,Unit
s1,03/31/2026 09:04:30,3,The courier never rang,crm-17,ana@customer.example,Plus,Lisbon
s2,04/01/2026,10,,,,,
"""
AGENT_CONNECT = """\
request_id,request_sent_at,request_delivery_status,response_received_at,star_rating,comments,channel,request_sent_to,brand
r1,2026-03-30T09:00:00Z,Sent,2026-03-31T09:04:30Z,2,The courier never rang,email,ana@customer.example,Shop
r2,2026-03-30T09:00:00Z,Sent,,,,email,ben@customer.example,Shop
"""
ASKNICELY = """\
response_id,person_id,contact_id,name,email,answer,answerlabel,comment,status,sent,opened,responded,segment,question_type
54120,7,7,Ana,ana@customer.example,8,8,The courier never rang,,1774947000,1774947800,1774947870,Plus,nps
54121,8,8,Ben,,10,10,,,1774947000,1774947800,1774947870,,nps
"""


def snippets(section: str) -> list[str]:
    """The YAML blocks of a section of the documentation."""
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if not found:
        pytest.skip(f"docs/sources.md has no section {section}")
    return re.findall(r"^```yaml\n(.*?)^```", found[1], re.MULTILINE | re.DOTALL)


def read(tmp_path, section, number, content):
    """What the map reads of a made-up file."""
    pipeline = written(tmp_path / "pipeline.yml", snippets(section)[number])
    (block,) = config.read_yaml(pipeline)["sources"]
    assert block["kind"] == "table"
    path = tmp_path / block["path"].replace("*", "2026-03")
    path.parent.mkdir()
    options = config.source_options(table.Options, block, pipeline)
    return list(table.read(written(path, content), options))


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_medallia(tmp_path):
    question = "Likelihood to Recommend Comment"
    assert read(tmp_path, "medallia", 0, MEDALLIA) == [
        ResponseRecord(
            line=2,
            response_id="s1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question=question, text="The courier never rang"),),
            identifiers=(("external", "crm-17"), ("email", "ana@customer.example")),
            segment="Plus",
            site="Lisbon",
            score=3.0,
            **NPS,
        ),
        ResponseRecord(
            line=3,
            response_id="s2",
            responded_at=utc(2026, 4, 1),
            answers=(Answer(question=question, text=""),),
            score=10.0,
            **NPS,
        ),
    ]


def test_medallia_agent_connect(tmp_path):
    assert read(tmp_path, "medallia", 1, AGENT_CONNECT) == [
        ResponseRecord(
            line=2,
            response_id="r1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question="comments", text="The courier never rang"),),
            identifiers=(("email", "ana@customer.example"),),
            channel="email",
            site="Shop",
            score=2.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=5.0,
        ),
        RejectRecord(
            line=3,
            reason="'response_received_at' is empty, so the row has no date",
            raw=AGENT_CONNECT.splitlines()[2],
        ),
    ]


def test_asknicely(tmp_path):
    assert read(tmp_path, "asknicely", 0, ASKNICELY) == [
        ResponseRecord(
            line=2,
            response_id="54120",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question="comment", text="The courier never rang"),),
            identifiers=(("id", "7"), ("email", "ana@customer.example")),
            segment="Plus",
            score=8.0,
            **NPS,
        ),
        ResponseRecord(
            line=3,
            response_id="54121",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question="comment", text=""),),
            identifiers=(("id", "8"),),
            score=10.0,
            **NPS,
        ),
    ]


# ---------------------------------------------------------------- tables of messages

GORGIAS = """\
{"data": [
  {"id": 1, "ticket_id": 7, "channel": "email", "from_agent": false, "public": true, "subject": "Parcel", "body_text": "Where is it?",
   "sender": {"id": 5, "email": "ana@customer.example"}, "created_datetime": "2026-03-02T09:00:00+00:00"},
  {"id": 2, "ticket_id": 7, "channel": "internal-note", "from_agent": true, "public": false, "subject": null, "body_text": "Lost",
   "sender": {"id": 9, "email": "kim@firm.example"}, "created_datetime": "2026-03-02T09:05:00+00:00"},
  {"id": 3, "ticket_id": 7, "channel": "email", "from_agent": true, "public": true, "subject": "Parcel", "body_text": "A new one is coming",
   "sender": {"id": 9, "email": "kim@firm.example"}, "created_datetime": "2026-03-02T09:10:00+00:00"}], "meta": {"next_cursor": null}}
"""
KUSTOMER = """\
{"data": [
  {"type": "message", "id": "m1", "attributes": {"channel": "sms", "direction": "in", "preview": "Where is it?", "subject": null, "sentAt": "2026-03-02T09:00:00.000Z"},
   "relationships": {"conversation": {"data": {"id": "7"}}, "customer": {"data": {"id": "5"}}}},
  {"type": "message", "id": "m2", "attributes": {"channel": "sms", "direction": "out", "preview": "Coming", "subject": null, "sentAt": "2026-03-02T09:10:00.000Z"},
   "relationships": {"conversation": {"data": {"id": "7"}}, "customer": {"data": {"id": "5"}}}}]}
"""
GLADLY = """\
{"id": "i1", "conversationId": "7", "customerId": "5", "timestamp": "2026-03-02T09:00:00Z", "initiator": {"type": "CUSTOMER", "id": "5"}, "content": {"type": "CHAT_MESSAGE", "content": "Where is it?"}}
{"id": "i2", "conversationId": "7", "customerId": "5", "timestamp": "2026-03-02T09:01:00Z", "initiator": {"type": "AGENT", "id": "9"}, "content": {"type": "TOPIC_CHANGE"}}
{"id": "i3", "conversationId": "7", "customerId": "5", "timestamp": "2026-03-02T09:02:00Z", "initiator": {"type": "RULE"}, "content": {"type": "CHAT_MESSAGE", "content": "Please wait"}}
{"id": "i4", "conversationId": "7", "customerId": "5", "timestamp": "2026-03-02T09:10:00Z", "initiator": {"type": "AGENT", "id": "9"}, "content": {"type": "CHAT_MESSAGE", "content": "Coming"}}
"""
DRIFT = """\
{"data": {"messages": [
  {"id": "a", "conversationId": 7, "type": "chat", "body": "Hello!", "author": {"id": 9, "type": "user", "bot": true}, "createdAt": 1772442000000},
  {"id": "b", "conversationId": 7, "type": "chat", "body": "Where is it?", "author": {"id": 5, "type": "contact", "bot": false}, "createdAt": 1772442060000},
  {"id": "c", "conversationId": 7, "type": "private_note", "body": "VIP", "author": {"id": 8, "type": "user", "bot": false}, "createdAt": 1772442070000},
  {"id": "d", "conversationId": 7, "type": "chat", "body": "Again me", "author": {"id": 5, "type": "contact", "bot": false}, "createdAt": 1772452800000}]}}
"""
ADA = """\
{"data": [
  {"_id": "1", "conversation_id": "7", "chatter_id": "5", "date_created": "2026-03-02T09:00:00+00:00", "sender": "Ada", "recipient": "5", "message_data": {"body": "Hi"}},
  {"_id": "2", "conversation_id": "7", "chatter_id": "5", "date_created": "2026-03-02T09:01:00+00:00", "sender": "5", "recipient": "Ada", "message_data": {"body": "Where is it?"}},
  {"_id": "3", "conversation_id": "7", "chatter_id": "5", "date_created": "2026-03-02T09:02:00+00:00", "sender": "Ada", "recipient": "5", "message_data": {"body": "Here"}},
  {"_id": "4", "conversation_id": "8", "chatter_id": "6", "date_created": "2026-03-02T10:00:00+00:00", "sender": "6", "recipient": "Ada", "message_data": {"body": "A person please"}},
  {"_id": "5", "conversation_id": "8", "chatter_id": "6", "date_created": "2026-03-02T10:05:00+00:00", "sender": "kim", "recipient": "6", "message_data": {"body": "Here I am"}}],
 "next_page_uri": null}
"""
ULTIMATE = """\
conversationId,sendTime,senderType,text,agentId
7,2026-03-02T09:00:00+00:00,visitor,Where is it?,
7,2026-03-02T09:01:00+00:00,agent,Coming,kim@firm.example
8,2026-03-02T10:00:00+00:00,bot,Hello,
8,2026-03-02T10:01:00+00:00,visitor,Opening hours?,
"""
BOT = """\
conversation_id,user_id,started_at,ended_at,escalated,customer_messages
7,5,2026-03-02T09:00:00Z,2026-03-02T09:04:00Z,false,Where is it?
8,6,2026-03-02T10:00:00Z,2026-03-02T10:04:00Z,true,A person please
"""


def contacts(tmp_path, section, number, content):
    """(id, who, channel, words, replies, bot only, made by) of the contacts that a map gives; no row of it may be a fault."""
    side = SideRecords()
    records = read(tmp_path, section, number, content)
    assert not [one for one in records if isinstance(one, RejectRecord) and one.is_fault]
    threads = [one for one in records if not side.take("file", one) and isinstance(one, ContactRecord)]
    rules = rules_of(tmp_path, section, number)
    found = [contact for thread in threads for contact in contacts_of(side.joined(thread), rules)]
    return [
        (one.contact_id, one.identifiers, one.channel, one.text, one.public_reply_count, one.is_bot_only, one.made_by)
        for one in found
    ]


def rules_of(tmp_path, section, number):
    """The contact rules that a section sets beside its source."""
    path = written(tmp_path / "rules.yml", snippets(section)[number])
    return ContactRules(**config.read_yaml(path).get("contacts", {}))


def test_gorgias(tmp_path):
    people = (("id", "5"), ("email", "ana@customer.example"))
    assert contacts(tmp_path, "gorgias", 0, GORGIAS) == [("7", people, "email", "Where is it?", 1, False, "thread")]


def test_kustomer(tmp_path):
    assert contacts(tmp_path, "kustomer", 0, KUSTOMER) == [("7", (("id", "5"),), "sms", "Where is it?", 1, False, "thread")]


def test_gladly(tmp_path):
    assert contacts(tmp_path, "gladly", 0, GLADLY) == [
        ("7", (("id", "5"),), "CHAT_MESSAGE", "Where is it?", 1, False, "thread")
    ]
    rules = rules_of(tmp_path, "gladly", 0)
    assert rules.is_live("chat_message") and rules.gap_hours("chat_message") == 0.5


def test_drift(tmp_path):
    assert contacts(tmp_path, "drift", 0, DRIFT) == [
        ("7", (("id", "5"),), "chat", "Where is it?", 0, False, "thread"),
        ("7#2", (("id", "5"),), "chat", "Again me", 0, False, "session"),
    ]


def test_ada(tmp_path):
    assert contacts(tmp_path, "ada", 0, ADA) == [
        ("7", (("id", "5"),), "chat", "Where is it?", 0, True, "thread"),
        ("8", (("id", "6"),), "chat", "A person please", 1, False, "thread"),
    ]


def test_bot_log_with_a_row_a_message(tmp_path):
    assert contacts(tmp_path, "bot logs", 0, ULTIMATE) == [
        ("7", (), "chat", "Where is it?", 1, False, "thread"),
        ("8", (), "chat", "Opening hours?", 0, False, "thread"),
    ]


def test_bot_log_with_a_row_a_conversation(tmp_path):
    assert contacts(tmp_path, "bot logs", 1, BOT) == [
        ("7", (("id", "5"),), "chat", "Where is it?", 0, True, "thread"),
        ("8", (("id", "6"),), "chat", "A person please", None, False, "thread"),
    ]
