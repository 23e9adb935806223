"""Messages and details that several files hold: counted once, the version changed last, whatever the order of the files."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc import registry
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord
from voc.threads.join import SideRecords

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def thread(**more) -> ContactRecord:
    return ContactRecord(line=1, contact_id="7", opened_at=START, text="It broke", **more)


def detail(minutes: float, changed: int | None, key: str | None = "call 61", contact_id: str = "7") -> DetailRecord:
    changed_at = None if changed is None else at(changed)
    return DetailRecord(line=1, contact_id=contact_id, fields={"handle_minutes": minutes}, key=key, changed_at=changed_at)


def comment(text: str, changed: int | None = None, key: str | None = "comment 5") -> MessageRecord:
    message = Message(at=at(5), author="agent", text=text)
    return MessageRecord(line=1, contact_id="7", message=message, key=key, changed_at=None if changed is None else at(changed))


def taken(*records) -> SideRecords:
    side = SideRecords()
    for number, record in enumerate(records):
        assert side.take(number, record)
    return side


@pytest.mark.parametrize(
    "records, minutes",
    [
        ((detail(5, 1), detail(8, 2)), 8),
        ((detail(8, 2), detail(5, 1)), 8),  # the later file may hold the older state
        ((detail(5, None), detail(8, None)), 8),  # no time: the one read last
        ((detail(5, 1), detail(5, 1)), 5),
        ((detail(5, 1), detail(8, 2), detail(3, 1, "call 62")), 11),
        ((detail(5, 1, None), detail(5, 1, None)), 10),  # nothing says that they are one
        ((detail(5, 1, contact_id="8"), detail(8, 2)), 8),  # filed to another ticket since
    ],
)
def test_agent_time_counts_once(records, minutes):
    assert taken(*records).joined(thread()).handle_minutes == minutes


def test_a_call_that_was_moved_leaves_its_former_ticket():
    side = taken(detail(5, 1), detail(8, 2, contact_id="8"))
    assert side.joined(thread()).handle_minutes is None
    assert [why for _, _, why in side.orphans({"7", "8"})] == ["an older version of 'call 61', which the source holds again"]


def test_the_last_metrics_count():
    old = DetailRecord(line=1, contact_id="7", fields={"reopen_count": 0, "solved_at": (at(9),), "closed_at": at(9)}, key="m 7", changed_at=at(9))
    new = DetailRecord(line=2, contact_id="7", fields={"reopen_count": 1, "solved_at": (at(99),), "closed_at": at(99)}, key="m 7", changed_at=at(99))
    for order in ((old, new), (new, old)):
        joined = taken(*order).joined(thread())
        assert (joined.reopen_count, joined.solved_at, joined.closed_at) == (1, (at(99),), at(99))


def test_a_comment_that_was_edited_is_one_message():
    side = taken(comment("My PIN is 1", 5), comment("My PIN is", 9), comment("Other", 1, "comment 6"))
    assert [m.text for m in side.joined(thread()).messages] == ["It broke", "My PIN is", "Other"]
    assert list(side.orphans({"7"})) == [(0, comment("My PIN is 1", 5), "an older version of 'comment 5', which the source holds again")]


def test_copies_are_no_loss():
    assert list(taken(comment("a", 5), comment("a", 5), detail(3, 1), detail(3, 2)).orphans({"7"})) == []


def test_names_are_for_texts_alone():
    named = DetailRecord(line=1, contact_id="9", fields={"people": ("Dalbir Tripathi",), "site": "Lisbon"})
    ((_, shown, why),) = taken(named).orphans({"7"})
    assert (shown.fields, why) == ({"site": "Lisbon"}, "a detail of the thread '9', which is in no file of this source")
    joined = taken(named).joined(ContactRecord(line=1, contact_id="9", opened_at=START, text=""))
    assert (joined.people, joined.site) == (("Dalbir Tripathi",), "Lisbon")


def test_one_transcript_in_two_files_is_one():
    words = DetailRecord(line=1, contact_id="7", fields={"text": "I was billed twice"})
    leg = DetailRecord(line=1, contact_id="7", fields={"text": "Again in May"})
    call = ContactRecord(line=1, contact_id="7", opened_at=START, text="")
    assert taken(words, words, leg, words, leg).joined(call).text == "I was billed twice\n\nAgain in May"


versions = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50)), min_size=1, max_size=12).map(lambda found: [*dict(((k, c), None) for k, c in found)])


@given(versions=versions, order=st.randoms(use_true_random=False), copies=st.integers(1, 3))
def test_the_order_of_files_does_not_matter(versions, order, copies):
    """Of each key the latest counts; every other version that says something else is given back."""
    records = [detail(changed + 1, changed, key) for key, changed in versions] * copies
    order.shuffle(records)
    side = taken(*records)
    last = dict(sorted(versions))  # key -> its last change
    assert side.joined(thread()).handle_minutes == sum(changed + 1 for changed in last.values())
    lost = {(record.key, record.fields["handle_minutes"]) for _, record, _ in side.orphans({"7"})}
    assert lost == {(key, changed + 1) for key, changed in versions if last[key] != changed}


# ---------------------------------------------------------------- as the sources read them


def joined(kind: str, folder: Path, files: dict[str, str], contact_id: str) -> ContactRecord:
    """The thread as the files of a folder, in their order, give it."""
    plugin = registry.get("sources", kind)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    side, threads = SideRecords(), []
    for name in files:
        for record in plugin.read(folder / name, plugin.Options()):
            if not side.take(name, record) and isinstance(record, ContactRecord):
                threads.append(record)
    (found,) = [one for one in threads if one.contact_id == contact_id] or [ContactRecord(line=1, contact_id=contact_id, opened_at=START, text="")]
    return side.joined(found)


def page(key: str, *objects: dict) -> str:
    return json.dumps({key: objects, "next_page": None, "count": len(objects)})


CALL = {"id": 61, "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:10:00Z", "agent_id": 70, "customer_id": 9, "ticket_id": 7,
        "direction": "inbound", "completion_status": "completed", "talk_time": 240, "hold_time": 60, "wrap_up_time": 0, "duration": 300}  # fmt: skip
METRIC = {"id": 1, "ticket_id": 7, "reopens": 0, "replies": 1, "solved_at": "2026-03-02T10:00:00Z", "created_at": "2026-03-02T09:00:00Z",
          "updated_at": "2026-03-02T10:00:00Z", "group_stations": 1, "assignee_stations": 1}  # fmt: skip


def test_a_call_of_zendesk_talk_that_was_wrapped_up_later(tmp_path):
    later = CALL | {"updated_at": "2026-03-02T09:20:00Z", "wrap_up_time": 60}
    other = CALL | {"id": 62, "talk_time": 60, "hold_time": 0}
    files = {"1.json": page("calls", CALL, other), "2.json": page("calls", later)}
    assert joined("zendesk", tmp_path, files, "7").handle_minutes == 7
    assert joined("zendesk", tmp_path, {"1.json": files["2.json"], "2.json": files["1.json"]}, "7").handle_minutes == 7


def test_metrics_and_comments_of_zendesk_in_two_files(tmp_path):
    later = METRIC | {"reopens": 1, "replies": 3, "solved_at": "2026-03-04T10:00:00Z", "updated_at": "2026-03-04T10:00:00Z"}
    said = {"id": 5, "author_id": -1, "body": "a", "public": True, "created_at": "2026-03-02T09:00:00Z", "ticket_id": 7}
    edited = page("comments", said | {"body": "b"}, said | {"id": 6})
    files = {"1.json": page("ticket_metrics", METRIC), "2.json": page("ticket_metrics", later), "3.json": page("comments", said), "4.json": edited}
    found = joined("zendesk", tmp_path, files, "7")
    assert (found.reopen_count, found.public_reply_count, len(found.solved_at)) == (1, 3, 1)
    assert [m.text for m in found.messages if m.author == "system"] == ["b", "a"]


CSV = {
    "salesforce": (
        "Id,ParentId,TextBody,Subject,FromAddress,ToAddress,Incoming,MessageDate,Status,IsDeleted,LastModifiedDate",
        ["02s1,5001,{text},Re,a@x.example,b@y.example,true,2026-03-02T09:00:00Z,1,false,{changed}"],
    ),
    "intercom": (
        "id,updated_at,_fivetran_active,_fivetran_synced,assigned_to_id,author_id,author_type,conversation_id,created_at,part_type,body",
        ["1,{changed},true,2026-03-02 00:00:00,,7,admin,7,2026-03-01 09:10:00,comment,{text}"],
    ),
}


@pytest.mark.parametrize("kind, contact_id", [("salesforce", "5001"), ("intercom", "7")])
def test_messages_of_tables_that_were_loaded_twice(tmp_path, kind, contact_id):
    header, rows = CSV[kind]
    files = {
        f"{number}.csv": "\n".join([header, *(row.format(text=text, changed=changed) for row in rows)]) + "\n"
        for number, (text, changed) in enumerate([("final", "2026-03-03T09:00:00Z"), ("draft", "2026-03-02T09:00:00Z")])
    }
    assert [m.text for m in joined(kind, tmp_path, files, contact_id).messages if m.text] == ["final"]


def test_comments_of_jira(tmp_path):
    issue = "id,_fivetran_synced,key,summary,description,created,reporter,issue_type,status,updated,resolved,priority\n7,2026-03-09,A-1,s,d,2026-03-02 09:00:00,acc-ana,1,1,,,1\n"
    header = "id,_fivetran_synced,author_id,body,created,is_public,issue_id\n"
    files = {
        "0.csv": issue,
        "1.csv": f"{header}1,2026-03-10,acc-kim,Since May?,2026-03-02 10:00:00,true,7\n",
        "2.csv": f"{header}1,2026-03-09,acc-kim,Since when?,2026-03-02 10:00:00,true,7\n",
    }
    assert [m.text for m in joined("jira", tmp_path, files, "7").messages] == ["d", "Since May?"]


def test_time_entries_and_conversations_of_freshdesk(tmp_path):
    spent = {"id": 3, "ticket_id": 7, "time_spent": "00:10", "timer_running": False, "billable": True, "agent_id": 1, "updated_at": "2026-03-02T09:00:00Z"}
    said = {"id": 4, "ticket_id": 7, "incoming": True, "private": False, "body_text": "a", "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z"}
    changed = {"updated_at": "2026-03-02T10:00:00Z"}
    files = {
        "1.json": json.dumps([spent, spent | {"id": 9, "time_spent": "00:05"}]),
        "2.json": json.dumps([spent | changed | {"time_spent": "00:30"}]),
        "3.json": json.dumps([said]),
        "4.json": json.dumps([said | changed | {"body_text": "b"}]),
    }
    found = joined("freshdesk", tmp_path, files, "7")
    assert (found.handle_minutes, [m.text for m in found.messages]) == (35, ["b"])


def test_transcripts_of_genesys(tmp_path):
    def transcript(words: str) -> str:
        phrases = [{"text": words, "participantPurpose": "external", "startTimeMs": 1772442000000}]
        return json.dumps([{"conversationId": "7", "mediaType": "call", "transcripts": [{"transcriptId": "t1", "phrases": phrases}]}])

    assert joined("genesys", tmp_path, {"1.json": transcript("I was build"), "2.json": transcript("I was billed")}, "7").text == "I was billed"


def test_handle_time_of_front_in_exports_that_overlap(tmp_path):
    header = "Message ID,Segment,Conversation ID,Conversation API ID,Direction,Status,Inbox,Message date,Autoreply,Handle time,Author,Contact handle,Subject,Extract\n"
    first = "m1,1,c1,cnv_1,Inbound,Open,B,2026-03-02 09:00:00,,,,a@x.example,S,Help\n"
    answer = "m2,1,c1,cnv_1,Outbound,Open,B,2026-03-02 10:00:00,,{seconds},Kim,a@x.example,S,Done\n"
    files = {"1.csv": header + first + answer.format(seconds=60), "2.csv": header + answer.format(seconds=120)}
    side = SideRecords()
    plugin = registry.get("sources", "front")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        for record in plugin.read(tmp_path / name, plugin.Options()):
            side.take(name, record)
    (found,) = side.details["cnv_1"]
    assert found[1].fields["handle_minutes"] == 2
