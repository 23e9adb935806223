"""`voc inspect` on tables with a row a message: proposed as messages where the rows show it, and never a row a ticket."""

import csv
import io
import json
from itertools import islice
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from voc import inspection
from voc.errors import VocError
from voc.records import ContactRecord, MessageRecord, RejectRecord
from voc.sources import table
from voc.sources._message_tables import MessageTable, message_table
from voc.sources._tables import open_table
from voc.threads.join import SideRecords

SAMPLES = Path(__file__).parent / "sources" / "samples"
HEADER = ["message_id", "ticket_id", "created_at", "sender_type", "sender_id", "body", "internal"]
ROWS = [
    ["m1", "t1", "2026-03-02 09:00", "end_user", "u1", "My parcel is late", "false"],
    ["m2", "t1", "2026-03-02 09:05", "agent", "a1", "I will look", "false"],
    ["m3", "t2", "2026-03-02 10:00", "end_user", "u2", "Where is my refund?", "false"],
    ["m4", "t2", "2026-03-02 10:05", "bot", "b1", "Here is an article", "false"],
    ["m5", "t2", "2026-03-02 10:09", "end_user", "u2", "A person, please", "false"],
    ["m6", "t1", "2026-03-02 11:00", "agent", "a1", "Courier lost it", "true"],
]


def written(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def as_rows(header: list[str], rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(header, row, strict=True)) for row in rows]


def proposed(path: Path) -> dict:
    (entry,) = yaml.safe_load(inspection.inspect(path).snippet)
    return entry


def records_of(path: Path) -> list:
    """The rows as the source reads them under the entry proposed."""
    entry = {key: value for key, value in proposed(path).items() if key not in ("kind", "name", "path")}
    return list(table.read(path, table.Options(**entry)))


def threads(records: list) -> dict[str, tuple]:
    """Thread -> (author, text) of its messages in order, with the thread's people."""
    side = SideRecords()
    found = [one for one in records if not side.take("f", one) and isinstance(one, ContactRecord)]
    return {
        thread.contact_id: (thread.identifiers, [(m.author, m.is_public, m.text) for m in thread.messages])
        for thread in map(side.joined, found)
    }


def test_messages_are_proposed_and_read(tmp_path):
    path = written(tmp_path / "chat log.csv", HEADER, ROWS)
    found = inspection.inspect(path)
    assert found.snippet == """  - kind: table
    name: chat-log
    path: "chat log.csv"
    records: messages
    columns:
      id: ticket_id
      sent_at: created_at
      author: sender_type
      text: body
      is_internal: internal
      customer: sender_id"""
    assert found.read[0] == "First 10 rows: 6 messages, 2 contacts, 2 details of contacts"
    records = records_of(path)
    assert not any(isinstance(one, RejectRecord) for one in records)
    assert threads(records) == {
        "t1": ((("id", "u1"),), [("customer", True, "My parcel is late"), ("agent", True, "I will look"), ("agent", False, "Courier lost it")]),
        "t2": ((("id", "u2"),), [("customer", True, "Where is my refund?"), ("bot", True, "Here is an article"), ("customer", True, "A person, please")]),
    }


def test_the_command_that_checks_takes_the_snippet(tmp_path):
    from click.testing import CliRunner

    from voc.cli import cli

    path = written(tmp_path / "chat.csv", HEADER, ROWS)
    (tmp_path / "p.yml").write_text(f"name: t\ndatabase: t.db\nsources:\n{inspection.inspect(path).snippet}\n")
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "p.yml")])
    assert done.exit_code == 0, done.output
    assert "2 read, 2 with a customer" in done.output


@pytest.mark.parametrize("header, customer, agent", [
    (["Ticket #", "Posted", "From", "Body"], "customer", "agent"),
    (["case_number", "timestamp", "direction", "message_text"], "Inbound", "Outbound"),
    (["Conversation ID", "Created", "author_role", "comment"], "Requester", "Support Agent"),
    (["chat_key", "Date sent", "Sender Type", "content"], "VISITOR", "Operator"),
    (["id", "time", "speaker", "utterance"], "user", "virtual assistant"),
])  # fmt: skip
def test_headers_of_other_tools(tmp_path, header, customer, agent):
    rows = [["1", "2026-03-02 09:00", customer, "a"], ["1", "2026-03-02 09:05", agent, "b"], ["2", "2026-03-02 09:00", customer, "c"]]
    path = written(tmp_path / "m.csv", header, rows)
    assert proposed(path)["columns"] == dict(zip(("id", "sent_at", "author", "text"), header, strict=True))
    assert [len(messages) for _, messages in threads(records_of(path)).values()] == [2, 1]


def test_flags_say_the_side(tmp_path):
    rows = [[*row[:3], {"end_user": "False"}.get(row[3], "True"), *row[4:]] for row in ROWS]
    path = written(tmp_path / "m.csv", ["id", "conversation", "sent_at", "from_agent", "user_id", "text", "private"], rows)
    entry = proposed(path)
    assert entry["authors"] == {"customer": ["False"], "agent": ["True"]}
    assert entry["columns"] == {
        "id": "conversation", "sent_at": "sent_at", "author": "from_agent", "text": "text", "is_internal": "private", "customer": "user_id",
    }  # fmt: skip
    assert [author for author, _, _ in threads(records_of(path))["t2"][1]] == ["customer", "agent", "customer"]


def test_the_customer_named_beside_the_author(tmp_path):
    mails = {"u1": "ann@example.com", "u2": "bob@example.com"}
    rows = [[row[1], row[2], mails.get(row[4], "help@firm.example"), mails["u1" if row[1] == "t1" else "u2"], row[5]] for row in ROWS]
    path = written(tmp_path / "m.csv", ["Ticket", "Date", "From", "Customer Email", "Message"], rows)
    entry = proposed(path)
    assert (entry["columns"]["author"], entry["columns"]["email"], entry["authors"]) == ("From", "Customer Email", {"agent": ["*"]})
    assert threads(records_of(path))["t1"][1] == [("customer", True, "My parcel is late"), ("agent", True, "I will look"), ("agent", True, "Courier lost it")]


def test_authors_in_words_of_a_house_are_left_to_fill_in(tmp_path):
    names = {"u1": "Ann Lee", "u2": "Bob Ray", "a1": "Kim Moss", "b1": "Robo"}
    rows = [[row[1], row[2], names[row[4]], row[5]] for row in ROWS]
    found = inspection.inspect(written(tmp_path / "m.csv", ["Ticket", "Date", "Sender", "Message"], rows))
    assert found.snippet.endswith("text: Message\n    authors:\n      customer: # fill in, such as [Visitor]\n      agent: # fill in")
    assert found.missing == (
        "Rows are messages, but who wrote them stands in 'Sender' in words that are not known: name those of customers, agents, bots "
        "under authors ('*' stands for all others), then voc check tells more.",
    )
    assert found.read == ()


def test_times_since_1970_and_days_before_months(tmp_path):
    for name, way, times in (
        ("a", "epoch", ["1772442000", "1772442060", "1772442120"]),
        ("b", "epoch_ms", ["1772442000000", "1772442060000", "1772442120000"]),
        ("c", "day_first", ["02/03/2026 09:00", "13/03/2026 09:00", "14/03/2026 09:00"]),
    ):
        rows = [["c1", at, author, text] for at, author, text in zip(times, ("user", "assistant", "user"), ("a", "b", "c"), strict=True)]
        path = written(tmp_path / f"{name}.csv", ["session_id", "timestamp", "role", "content"], rows)
        assert proposed(path)["date_format"] == way
        assert threads(records_of(path)) == {"c1": ((), [("customer", True, "a"), ("bot", True, "b"), ("customer", True, "c")])}


def test_objects_inside_json(tmp_path):
    lines = [{"conversationId": row[1], "createdAt": row[2], "author": {"type": row[3], "id": row[4]}, "body": row[5]} for row in ROWS]
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert proposed(path)["columns"] == {
        "id": "conversationId", "sent_at": "createdAt", "author": "author.type", "text": "body", "customer": "author.id",
    }  # fmt: skip
    assert sum(isinstance(one, MessageRecord) for one in records_of(path)) == 6


TICKETS = as_rows(HEADER, ROWS)


@pytest.mark.parametrize(
    "rows",
    [
        [row | {"ticket_id": f"t{number}"} for number, row in enumerate(TICKETS)],  # a ticket a row
        [row | {"conversation_id": row["ticket_id"], "ticket_id": str(n)} for n, row in enumerate(TICKETS)],  # a ticket a row, in conversations
        [row | {"number": f"INC{n}"} for n, row in enumerate(TICKETS)],  # the same, by its number
        [row | {"priority": f"p{n}"} for n, row in enumerate(TICKETS)],  # rows that have a priority each
        [row for row in (TICKETS[0], TICKETS[2]) for _ in range(4)],  # the same tickets exported four times
        [TICKETS[0] | {"ticket_id": "t9", "internal": str(n)} for n in range(4)],  # states of one ticket
        [{name: value for name, value in row.items() if name != "body"} for row in TICKETS],  # a history without words
        [row | {"sender_type": "customer"} for row in TICKETS],  # one side only
        [row | {"created_at": "2026-03-02"} for row in TICKETS],  # one time a thread
        TICKETS[:1],
        [],
    ],
)
def test_other_rows_are_contacts(rows):
    assert message_table(rows, ["sender_id"]) is None


words = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)
ticket_rows = st.lists(
    st.fixed_dictionaries(
        {
            "conversation_id": st.sampled_from(["c1", "c2"]),
            "created_at": st.datetimes().map(str),
            "direction": st.sampled_from(["inbound", "outbound"]),
            "sender": words,
            "from_agent": st.booleans().map(str),
            "body": words,
        }
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(rows=ticket_rows, name=st.sampled_from(["ticket_id", "Case Number", "case_id", "number", "Issue key", "request_no", "Incident ID"]))
def test_a_row_a_ticket_is_never_messages(rows, name):
    assert message_table([{name: f"T{n}", **row} for n, row in enumerate(rows)], ["sender"]) is None


@settings(max_examples=30, deadline=None)
@given(rows=ticket_rows)
def test_whatever_is_proposed_can_be_read(tmp_path_factory, rows):
    """Each row is a message or a reject with its reason, and every message has its thread."""
    found = message_table(rows)
    if found is None or found.unknown:
        return
    assert isinstance(found, MessageTable)
    path = written(tmp_path_factory.mktemp("any") / "m.csv", list(rows[0]), [list(row.values()) for row in rows])
    authors = {author: names for author, names in found.authors.items()}
    options = table.Options(records="messages", columns=found.columns, authors=authors, date_format=found.date_format)
    records = list(table.read(path, options))
    messages = [one for one in records if isinstance(one, MessageRecord)]
    assert len(messages) + sum(isinstance(one, RejectRecord) for one in records) == len(rows)
    assert {one.contact_id for one in records if isinstance(one, ContactRecord)} == {one.contact_id for one in messages}


def tables_of_messages(folder: Path) -> set[str]:
    """Names of the files whose rows, were they read as a table of no known tool, would be messages."""
    found = set()
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and one.stat().st_size < 1_000_000):
        try:
            rows = [row.cells for row in islice(open_table(path).rows(), 500) if not row.fault]
        except VocError:
            continue
        if message_table(rows, list(rows[0]) if rows else ()):
            found.add(path.name)
    return found


def test_of_the_samples_only_the_tables_of_messages_are_some():
    """Sources of their own claim two of them before."""
    assert tables_of_messages(SAMPLES) == {"freshdesk_conversations.json", "jira_comment.csv", "table_messages.csv"}
    assert {inspection.sniffed(SAMPLES / name) for name in ("freshdesk_conversations.json", "jira_comment.csv")} == {"freshdesk", "jira"}


def test_no_real_export_of_tickets_or_answers_is_messages(real_data):
    assert tables_of_messages(real_data("vendor-formats")) == set()
