"""Ingest joins the files of a source and cuts its threads into contacts; every row is accounted for."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from story import rows

from voc import flow, registry, tables
from voc.config import Settings
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, RejectRecord
from voc.stages.episodes import find_episodes
from voc.stages.ingest import ingest_sources

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
PIPELINE = """\
name: t
database: t.db
sources: [{kind: fakedesk, name: desk, path: "*.txt"}]
"""


class Options(Settings):
    """None."""


def message(hours: float, text: str, author: str = "customer") -> Message:
    return Message(at=START + timedelta(hours=hours), author=author, text=text)


def ticket(contact_id: str, customer: str, **more) -> ContactRecord:
    base = {"line": int(contact_id), "opened_at": START, "text": "First words", "subject": "Login", "channel": "email"}
    return ContactRecord(contact_id=contact_id, identifiers=(("id", customer),), **(base | more))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


FILES = {
    "1-tickets.txt": [ticket("1", "u1"), ticket("2", "u2", closed_at=at(5)), ticket("3", "u3"), RejectRecord(line=4, reason="spam", raw="x", is_fault=False)],
    "2-messages.txt": [
        MessageRecord(line=1, contact_id="1", message=message(0, "I cannot log in")),
        MessageRecord(line=2, contact_id="1", message=message(1, "Try again", "agent")),
        MessageRecord(line=3, contact_id="1", message=message(48, "It is back, write to ann@example.com")),
        MessageRecord(line=4, contact_id="2", message=message(0, "How do I export?")),
        MessageRecord(line=5, contact_id="2", message=message(30, "Thank you very much!")),
        MessageRecord(line=6, contact_id="9", message=message(0, "whose is this, bob@example.com")),
    ],
    "3-solved.txt": [DetailRecord(line=1, contact_id="1", fields={"solved_at": (at(2),)}), DetailRecord(line=2, contact_id="2", fields={"solved_at": (at(5),)})],
    "4-people.txt": [PersonRecord(line=1, identifiers=(("id", "u1"), ("email", "one@firm.example")), organisation="Firm"),
                     PersonRecord(line=2, identifiers=(("id", "u3"), ("email", "kim@own.example")))],
}  # fmt: skip


@pytest.fixture
def out(tmp_path, monkeypatch) -> dict:
    module = ModuleType("fakedesk")
    module.DESCRIPTION, module.Options, module.sniff = "made up", Options, lambda path, head: False
    module.read = lambda path, options: iter(FILES[path.name])
    monkeypatch.setitem(sys.modules, "fakedesk", module)
    paths = registry._paths
    monkeypatch.setattr(registry, "_paths", lambda kind: paths(kind) | ({"fakedesk": "fakedesk"} if kind == "sources" else {}))
    for name in FILES:
        (tmp_path / name).write_text("x")
    (tmp_path / "p.yml").write_text(PIPELINE + "contacts: {own_domains: [own.example]}\n")
    run = replace(flow.check(tmp_path / "p.yml"), run_id="r1")
    empty = {"contacts": tables.Contact.empty(), "responses": tables.Response.empty(), "verbatims": tables.Verbatim.empty()}
    return flow.as_stored(empty, ingest_sources(empty, run)) | {"run": run}


def test_threads_become_contacts_by_the_rules(out):
    assert rows(out["contacts"], "contact_id", "made_by", "opened_at", "closed_at", "follow_up_of", "why_excluded", "organisation") == [
        ("desk:1", "thread", "2026-05-04T09:00:00Z", "2026-05-04T11:00:00Z", None, None, "Firm"),
        ("desk:1#2", "reopen", "2026-05-06T09:00:00Z", None, "desk:1", None, "Firm"),
        ("desk:2", "thread", "2026-05-04T09:00:00Z", "2026-05-04T14:00:00Z", None, None, None),
        ("desk:2#2", "reopen", "2026-05-05T15:00:00Z", None, "desk:2", "acknowledgement", None),
        ("desk:3", "thread", "2026-05-04T09:00:00Z", None, None, "internal", None),
    ]
    assert rows(out["verbatims"], "verbatim_id", "text")[:2] == [
        ("desk:1", "Login\n\nI cannot log in"), ("desk:1#2", "Login\n\nIt is back, write to [email]"),
    ]  # fmt: skip


def test_every_row_is_accounted_for(out):
    assert rows(out["files"], "file_name", "rows_read", "contacts", "responses", "joined", "rejects") == [
        ("1-tickets.txt", 4, 3, 0, 0, 1), ("2-messages.txt", 6, 0, 0, 5, 1), ("3-solved.txt", 2, 0, 0, 2, 0), ("4-people.txt", 2, 0, 0, 2, 0),
    ]  # fmt: skip
    (orphan,) = out["rejects"][out["rejects"]["reason"] != "spam"].to_dict("records")
    assert orphan["reason"] == "a message of the thread '9', which is in no file of this source"
    assert "bob@" not in orphan["raw_row"] and not orphan["is_fault"]


def test_a_reopening_is_a_repeat_by_the_vendors_link(out):
    told = {**out, "verbatim_topics": tables.VerbatimTopic.empty(), "topics": tables.Topic.empty()}
    told["verbatim_topics"] = tables.VerbatimTopic.frame(
        {"verbatim_id": c, "topic_id": "t", "contact_id": c, "response_id": None, "share": 1.0, "is_main": True} for c in ("desk:1", "desk:1#2")
    )
    told["topics"] = tables.Topic.frame([{c.name: None for c in tables.Topic.columns} | {
        "topic_id": "t", "name": "login", "named_by": "words", "words": "login", "cluster_count": 1, "passage_count": 2, "contact_count": 2,
        "response_count": 0, "is_pinned": False, "confidence": 0.9}])  # fmt: skip
    found = find_episodes(told, out["run"]).frames["repeats"]
    same = found[found["scope"] == "same_topic"]
    assert rows(same, "contact_id", "previous_contact_id", "repeat_type", "match_level", "repeat_probability") == [
        ("desk:1#2", "desk:1", "reopen", "vendor_link", 1.0)
    ]


def test_parts_of_a_thread_that_is_read_again_with_fewer_take_no_part(out, monkeypatch):
    monkeypatch.setitem(FILES, "2-messages.txt", [r for r in FILES["2-messages.txt"] if r.line != 3])
    stored = {name: out[name] for name in ("contacts", "responses")}
    known = {"contacts": stored["contacts"][[*tables.KNOWN_OF_CONTACTS]], "responses": stored["responses"]}
    result = ingest_sources(known, out["run"])
    again = flow.as_stored(stored, result)["contacts"].set_index("contact_id")
    assert again.loc["desk:1#2", "why_excluded"] == "superseded"
    assert result.patches["contacts"].to_dict("records") == [
        {"contact_id": "desk:1#2", "customer_id": again.loc["desk:1", "customer_id"], "why_excluded": "superseded"}]  # fmt: skip


def test_rows_of_an_erased_customer_are_set_aside_without_their_words(out):
    contact = out["contacts"].set_index("contact_id").loc["desk:1"]
    forgotten = tables.Forgotten.frame({"identifier": one, "forgotten_at": "2026-06-01T00:00:00Z"} for one in json.loads(contact["identifiers"]))
    empty = {"contacts": tables.Contact.empty(), "responses": tables.Response.empty(), "forgotten": forgotten}
    again = flow.as_stored(empty, ingest_sources(empty, out["run"]))
    assert "desk:1" not in set(again["contacts"]["contact_id"])
    mine = again["rejects"][again["rejects"]["reason"].str.contains("erased")]
    assert set(mine["raw_row"]) == {"{}"} and len(mine)
