"""The table source for tables of messages and for bot logs: threads, authors, and who handled a contact."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, written
from vendor_help import CELLS, QUICK, count_rows, plain, read, safely_read, utc, write_csv

from voc.config import ContactRules
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, RejectRecord
from voc.sources import table
from voc.sources._threads import opening_lines
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

COLUMNS = {
    "id": "conversation", "sent_at": "written", "author": "sender", "text": "body", "customer": "user_ref", "email": "mail",
    "is_internal": "private", "channel": "medium", "closed_at": "ended", "given_topic": "topic",
}  # fmt: skip
MESSAGES = {"records": "messages", "columns": COLUMNS}
BOT_LOG = {"id": "session", "customer": "user_ref", "opened_at": "started", "closed_at": "finished", "text": "utterances"}


def contacts(records):
    side = SideRecords()
    threads = [one for one in records if not side.take("file", one) and isinstance(one, ContactRecord)]
    return [contact for thread in threads for contact in contacts_of(side.joined(thread), ContactRules())]


def test_messages_sample():
    records = plain(read(table, SAMPLES / "table_messages.csv", **MESSAGES))
    end = utc(2026, 3, 2, 9, 20)
    greeting = Message(at=utc(2026, 3, 2, 9), author="bot", text="Hello! How can I help?", channel="chat")
    ana = (("id", "u1"), ("email", "ana@customer.example"))
    assert records[:6] == [
        DetailRecord(line=2, contact_id="c1", fields={"identifiers": ana}),
        MessageRecord(
            line=2,
            contact_id="c1",
            message=Message(at=utc(2026, 3, 2, 9, 0, 5), author="customer", text="My parcel is late", channel="chat"),
        ),
        ContactRecord(
            line=3,
            contact_id="c1",
            opened_at=utc(2026, 3, 2, 9),
            text="",
            identifiers=ana,
            channel="chat",
            closed_at=end,
            given_topic="delivery",
            messages=(greeting,),
            solved_at=(end,),
        ),
        MessageRecord(line=3, contact_id="c1", message=greeting),
        MessageRecord(
            line=4,
            contact_id="c1",
            message=Message(at=utc(2026, 3, 2, 9, 2), author="agent", text="I will look", channel="chat"),
        ),
        MessageRecord(
            line=5,
            contact_id="c1",
            message=Message(at=utc(2026, 3, 2, 9, 3), author="agent", text="Courier lost it", is_public=False, channel="chat"),
        ),
    ]
    assert [one for one in records if isinstance(one, RejectRecord)] == [
        RejectRecord(line=13, reason="'sender' is 'Robocop', no author that is known: name it under authors", raw=""),
        RejectRecord(line=14, reason="'written' is empty, so the row has no date", raw=""),
        RejectRecord(line=15, reason="'conversation' is empty, so the row has no id", raw=""),
    ]
    assert count_rows(records) == 14


def test_messages_become_contacts():
    """A greeting alone is no contact; a bot alone, an answer to outreach and a return after the end are told apart."""
    found = contacts(read(table, SAMPLES / "table_messages.csv", **MESSAGES))
    assert [(one.contact_id, one.text, one.made_by, one.identifiers[:1], one.public_reply_count, one.is_bot_only, one.is_company_initiated) for one in found] == [
        ("c1", "My parcel is late", "thread", (("id", "u1"),), 1, False, False),
        ("c1#2", "Still nothing", "reopen", (("id", "u1"),), 0, False, False),
        ("c2", "Opening hours?", "thread", (("id", "u2"),), 0, True, False),
        ("c3", "", "thread", (), None, False, True),
        ("c4", "Please prolong it", "answer_to_outreach", (("id", "u4"),), 0, False, False),
    ]  # fmt: skip


def test_messages_of_two_files_are_one_thread(tmp_path):
    """An export by month cuts threads in two; no message is lost and the thread begins with its first one."""
    header = ["conversation", "written", "sender", "body", "user_ref"]
    columns = {name: COLUMNS[name] for name in ("id", "sent_at", "author", "text", "customer")}
    march = write_csv(tmp_path / "3.csv", header, [["c1", "2026-03-31 09:00", "in", "First", "u1"]])
    april = write_csv(tmp_path / "4.csv", header, [["c1", "2026-04-01 09:00", "out", "Answer", "kim"]])
    old, new = (read(table, path, records="messages", columns=columns) for path in (march, april))
    later = [*new, *(one for one in old if not isinstance(one, ContactRecord))]  # the file read last gives the thread
    (contact,) = contacts(later)
    assert (contact.opened_at, contact.text, contact.is_company_initiated) == (utc(2026, 3, 31, 9), "First", False)
    assert (contact.identifiers, contact.public_reply_count) == ((("id", "u1"),), 1)


def test_authors_of_a_tool(tmp_path):
    path = written(
        tmp_path / "drift.jsonl",
        "".join(
            json.dumps({"conversationId": 7, "createdAt": at, "author": {"type": kind, "id": number}, "body": body}) + "\n"
            for at, kind, number, body in [(1772442000000, "contact", 5, "Hi"), (1772442060000, "user", 9, "Hello"), (1772442120000, "x", 1, "?")]
        ),
    )
    columns = {"id": "conversationId", "sent_at": "createdAt", "author": "author.type", "text": "body", "customer": "author.id"}
    options = {"records": "messages", "columns": columns, "date_format": "epoch_ms"}
    messages = [one.message for one in read(table, path, authors={"agent": ["User"], "system": ["*"]}, **options) if isinstance(one, MessageRecord)]
    assert [(one.author, one.text) for one in messages] == [("customer", "Hi"), ("agent", "Hello"), ("system", "?")]
    (contact,) = contacts(read(table, path, authors={"agent": ["user"], "system": ["*"]}, **options))
    assert contact.identifiers == (("id", "5"),)


def test_one_author_for_all_messages(tmp_path):
    path = write_csv(tmp_path / "in.csv", ["t", "d", "b"], [["1", "2026-03-02", "Größe"]], encoding="utf-16", delimiter=";")
    columns = {"id": "t", "sent_at": "d", "text": "b"}
    records = read(table, path, records="messages", columns=columns, constants={"author": "customer", "channel": "sms"})
    assert contacts(records)[0].text == "Größe"


def test_a_thread_whose_first_row_cannot_be_read(tmp_path):
    rows = [["1", "2026-03-02 09:00", "Robocop", "a"], ["1", "2026-03-02 09:05", "user", "b"]]
    columns = {name: COLUMNS[name] for name in ("id", "sent_at", "author", "text")}
    path = write_csv(tmp_path / "m.csv", list(columns.values()), rows)
    (contact,) = contacts(one for one in read(table, path, records="messages", columns=columns) if not isinstance(one, RejectRecord))
    assert (contact.opened_at, contact.text) == (utc(2026, 3, 2, 9, 5), "b")


def test_bot_log_sample():
    columns = {**BOT_LOG, "is_escalated": "escalated"}
    records = read(table, SAMPLES / "table_bot_log.csv", columns=columns, constants={"channel": "chat"})
    assert records[0].messages == (
        Message(at=utc(2026, 3, 2, 9), author="customer", text="Where is my parcel?"),
        Message(at=utc(2026, 3, 2, 9, 3), author="bot"),
    )
    assert [(one.contact_id, one.text, one.is_bot_only, one.public_reply_count, one.closed_at) for one in contacts(records)] == [
        ("s1", "Where is my parcel?", True, 0, utc(2026, 3, 2, 9, 3)),
        ("s2", "I want a person", False, None, utc(2026, 3, 2, 10, 4)),
        ("s3", "Just looking", False, None, None),
    ]


def test_a_flag_of_a_bot_alone_outweighs_escalation(tmp_path):
    path = write_csv(tmp_path / "log.csv", ["id", "at", "b", "e", "t"], [["1", "2026-03-02", "no", "no", "x"], ["2", "2026-03-02", "yes", "yes", "x"]])
    columns = {"id": "id", "opened_at": "at", "text": "t", "is_bot_only": "b", "is_escalated": "e"}
    assert [one.is_bot_only for one in contacts(read(table, path, columns=columns))] == [False, True]


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("records: messages\ncolumns: {id: a, sent_at: b, text: c}\n", "messages need a column for author: who wrote it"),
        ("records: messages\ncolumns: {id: a, text: c, author: d}\n", "messages need a column for sent_at: when the message was written (required)"),
        ("records: messages\ncolumns: {id: a, sent_at: b, text: c, author: d, handle_minutes: e}\n", "messages have no field 'handle_minutes'"),
        ("columns: {id: a, opened_at: b, text: c, author: d}\n", "contacts have no field 'author'"),
        ("records: messages\ncolumns: {id: a, sent_at: b, text: c, author: d}\nauthors: {robot: [x]}\n", "authors"),
        ("columns: {id: a, opened_at: b, text: c}\nauthors: {bot: [x]}\n", "authors are those of messages: add records: messages, or leave them out"),
    ],
)  # fmt: skip
def test_maps_that_cannot_be(tmp_path, yaml, said):
    assert said in option_error(table, tmp_path, f"kind: table\npath: x.csv\n{yaml}")


def test_a_column_that_the_file_lacks():
    columns = {**COLUMNS, "author": "sendr"}
    path = SAMPLES / "table_messages.csv"
    assert error_of(lambda: read(table, path, records="messages", columns=columns)).startswith(
        f"{path} has no column 'sendr', which columns.author names.\nDid you mean 'sender'?"
    )


def test_rows_at_is_for_json():
    path = SAMPLES / "table_messages.csv"
    assert error_of(lambda: read(table, path, rows_at="data", **MESSAGES)) == (
        f"{path} is no JSON, so it has no rows under 'data'.\nLeave rows_at out for this file."
    )


def test_only_a_column_that_is_there():
    path = SAMPLES / "table_messages.csv"
    assert error_of(lambda: read(table, path, only={"privat": ["no"]}, **MESSAGES)).startswith(
        f"{path} has no column 'privat', which only.privat names.\nDid you mean 'private'?"
    )


def test_opening_lines():
    rows = [("a", utc(2026, 3, 2), 2), ("a", utc(2026, 3, 1), 3), ("b", None, 4), (None, utc(2026, 3, 1), 5), ("c", utc(2026, 3, 1), 6), ("c", utc(2026, 3, 1), 7)]
    assert opening_lines(rows) == {3, 6}
    assert opening_lines([]) == frozenset()


@QUICK
@given(rows=st.lists(st.lists(CELLS | st.sampled_from(["customer", "bot", "agent"]), min_size=10, max_size=10), max_size=6))
def test_no_row_is_lost(tmp_path, rows):
    path = write_csv(tmp_path / "any.csv", list(COLUMNS.values()), rows)
    records = safely_read(table, path, **MESSAGES)
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)
    messages = [one for one in records if isinstance(one, MessageRecord)]
    threads = [one.contact_id for one in records if isinstance(one, ContactRecord)]
    assert sorted(threads) == sorted({one.contact_id for one in messages})


def test_rows_of_pages_that_count(tmp_path):
    """Pages of an API hold the rows under a key; events and notes between the messages are told apart by columns."""
    message = {"conversationId": 7, "createdAt": 1772442000000, "body": "Hi", "type": "chat", "author": {"type": "contact", "id": 5}}
    bot = message | {"createdAt": 1772442001000, "author": {"type": "user", "id": 9, "bot": True}}
    note = message | {"type": "private_note", "author": {"type": "user", "id": 9, "bot": False}}
    pages = [{"data": {"messages": [message, bot, note, "x"]}}, {"error": "none"}, {"data": {"messages": [note]}}]
    path = written(tmp_path / "drift.jsonl", "\n".join(map(json.dumps, pages)))
    options = {
        "records": "messages",
        "rows_at": "data.messages",
        "only": {"type": ["CHAT"]},
        "authors": {"agent": ["user"]},
        "columns": {"id": "conversationId", "sent_at": "createdAt", "author": "author.type", "text": "body", "is_bot": "author.bot"},
        "date_format": "epoch_ms",
    }
    records = plain(read(table, path, **options))
    assert [(one.line, one.message.author) for one in records if isinstance(one, MessageRecord)] == [(1, "customer"), (2, "bot")]
    assert [one for one in records if isinstance(one, RejectRecord)] == [
        RejectRecord(line=4, reason="not a JSON object", raw=""),
        RejectRecord(line=5, reason="no list under 'data.messages' (rows_at)", raw=""),
        RejectRecord(line=3, reason="none of the values in only (rows passed over: 2)", raw="", is_fault=False),
    ]
    (contact,) = contacts(records)
    assert (contact.is_bot_only, contact.text) == (True, "Hi")


def test_notes_by_a_flag_of_what_is_public(tmp_path):
    rows = [["1", "2026-03-02 09:00", "false", "yes", "a"], ["1", "2026-03-02 09:05", "true", "no", "b"]]
    columns = {"id": "t", "sent_at": "d", "author": "from_agent", "is_public": "public", "text": "b"}
    path = write_csv(tmp_path / "m.csv", list(columns.values()), rows)
    records = read(table, path, records="messages", columns=columns, authors={"customer": ["false"], "agent": ["true"]})
    assert [(one.message.author, one.message.is_public) for one in records if isinstance(one, MessageRecord)] == [("customer", True), ("agent", False)]
