"""The zendesk source: threads with their comments, and the other objects of the API, of which pages and lines are made."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, written
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
from voc.sources import zendesk
from voc.threads.rules import contacts_of

CSAT = {"score_kind": "csat", "score_worst": 0.0, "score_best": 1.0}
UNKNOWN = "messages of authors of whom no file of the folder says whether they are customers or staff"
PAGES = [
    "tickets", "ticket_events", "audits", "ticket_audits", "ticket_metrics", "ticket_metric_events", "comments",
    "satisfaction_ratings", "survey_responses", "calls", "users", "organizations", "groups",
]  # fmt: skip
KEYS = [
    "id", "ticket_id", "created_at", "updated_at", "author_id", "body", "public", "via", "child_events", "events", "reopens",
    "replies", "solved_at", "metric", "type", "time", "score", "comment", "answers", "subjects", "responder_id", "talk_time",
    "wrap_up_time", "direction", "role", "email", "organization_id", "requester_id", "comments", "metadata",
]  # fmt: skip


def sample(name, **options):
    return plain(read(zendesk, SAMPLES / f"zendesk_{name}.json", **options))


def said(line, contact_id, at, author, text, **more):
    return MessageRecord(line=line, contact_id=contact_id, message=Message(at=at, author=author, text=text, **more))


def detail(line, contact_id, **fields):
    return DetailRecord(line=line, contact_id=contact_id, fields=fields)


def passed(line, why, count):
    return RejectRecord(line=line, reason=f"{why} (rows passed over: {count})", raw="", is_fault=False)


def test_thread_with_its_comments():
    assert sample("thread") == [
        ContactRecord(
            line=1,
            contact_id="501",
            opened_at=utc(2026, 3, 2, 9),
            text="My card was declined.",
            subject="Card declined",
            identifiers=(("id", "9001"),),
            channel="web",
            closed_at=utc(2026, 3, 3, 9),
            updated_at=utc(2026, 3, 9, 9),
            status="solved",
            public_reply_count=1,
            reopen_count=1,
            tags=("payment",),
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="My card was declined."),
                Message(at=utc(2026, 3, 2, 10), author="agent", text="Please try again."),
                Message(at=utc(2026, 3, 2, 11), author="agent", text="<p>Known fault</p>", is_public=False),
                Message(
                    at=utc(2026, 3, 4, 9), author="customer", text="I pay for her, it fails still.", channel="email"
                ),
                Message(
                    at=utc(2026, 3, 4, 9, 0, 1), author="system", text="Your request was updated.", is_automatic=True
                ),
                Message(
                    at=utc(2026, 3, 4, 9, 5), author="customer", text="I am away until Monday.", is_automatic=True,
                    channel="email",
                ),
            ),
            solved_at=(utc(2026, 3, 3, 9),),
        ),
        detail(1, "502", follow_up_of="501"),
    ]  # fmt: skip


def test_thread_is_cut_where_it_was_reopened():
    thread = sample("thread")[0]
    found = contacts_of(thread, ContactRules())
    assert [(one.contact_id, one.made_by, one.opened_at, one.closed_at, one.reopen_count) for one in found] == [
        ("501", "thread", utc(2026, 3, 2, 9), utc(2026, 3, 3, 9), 0),
        ("501#2", "reopen", utc(2026, 3, 4, 9), None, 0),
    ]


def ticket(comments, **fields):
    return {"ticket": {"id": 1, "created_at": "2026-01-01T00:00:00Z", "requester_id": 5, "submitter_id": 7, "subject": "S",
                       "description": "D", "comments": comments} | fields}  # fmt: skip


def said_by(author_id, day, **fields):
    return {"author_id": author_id, "body": f"of {author_id}", "created_at": f"2026-01-0{day}T00:00:00Z"} | fields


def thread_of(tmp_path, comments, **fields):
    return read(zendesk, write_json(tmp_path / "one.json", ticket(comments, **fields)))[0]


def test_call_filed_by_staff_is_the_customers_contact(tmp_path):
    filed = thread_of(tmp_path, [said_by(7, 1, public=False), said_by(7, 2)], via={"channel": "voice"})
    assert [(m.author, m.is_public) for m in filed.messages] == [("customer", True), ("agent", True)]
    assert [one.is_company_initiated for one in contacts_of(filed, ContactRules())] == [False]
    outbound = thread_of(tmp_path, [said_by(7, 1)], via={"channel": "voice", "source": {"rel": "outbound"}})
    assert [m.author for m in outbound.messages] == ["agent"]
    answered = thread_of(tmp_path, [said_by(7, 1), said_by(5, 2)])
    assert [m.author for m in answered.messages] == ["agent", "customer"]
    assert (answered.text, answered.messages[1].text) == ("of 5", "of 5")


def test_bots_and_rules(tmp_path):
    comments = [
        said_by(5, 1),
        said_by(8, 2, via={"channel": "answer_bot_for_web_widget"}),
        said_by(8, 3, via={"channel": "rule"}),
    ]
    found = thread_of(tmp_path, comments).messages
    assert [(m.author, m.is_automatic) for m in found] == [("customer", False), ("bot", False), ("agent", True)]


def test_messaging_is_called_as_the_contact_rules_do(tmp_path):
    comments = [said_by(5, 1, via={"channel": "native_messaging"}), said_by(5, 2, via={"channel": "native_messaging"})]
    thread = thread_of(tmp_path, comments, via={"channel": "native_messaging"})
    assert (thread.channel, [m.channel for m in thread.messages]) == ("messaging", [None, None])
    assert [one.made_by for one in contacts_of(thread, ContactRules())] == ["thread", "session"]


def test_comments_without_their_times_are_no_thread(tmp_path, caplog):
    assert thread_of(tmp_path, [{"author_id": 5, "body": "a"}]).messages == ()
    assert caplog.messages == []
    assert thread_of(tmp_path, [said_by(5, 1), said_by(7, 1, created_at=None)]).messages == ()
    assert caplog.messages == [
        f"{tmp_path}/one.json: values of 'comments' left out: 1, one of them has no time; the first is 'of 7' on line 1."
    ]


def test_comments_beside_a_single_ticket(tmp_path):
    inner = ticket([])["ticket"]
    del inner["comments"]
    path = write_json(tmp_path / "one.json", {"ticket": inner, "comments": [said_by(5, 1), said_by(7, 2)]})
    assert [m.author for m in read(zendesk, path)[0].messages] == ["customer", "agent"]


def test_results_of_a_search(tmp_path):
    first = {"id": 8, "result_type": "ticket", "subject": "S", "created_at": "2026-01-01T00:00:00Z", "requester_id": 5}
    user = {"id": 5, "result_type": "user", "role": "end-user", "restricted_agent": True, "email": "a@customer.example"}
    page = {"results": [first, user], "next_page": None, "count": 2}
    found = read(zendesk, written(tmp_path / "found.json", json.dumps(page) + json.dumps(page | {"results": [{}]})))
    assert plain(found) == [
        ContactRecord(
            line=1,
            contact_id="8",
            opened_at=utc(2026, 1, 1),
            text="S",
            subject="S",
            identifiers=(("id", "5"),),
        ),
        PersonRecord(line=2, identifiers=(("id", "5"), ("email", "a@customer.example"))),
        RejectRecord(line=3, reason="'id' is empty, so the row has no id", raw=""),
    ]


def test_names_from_pages_beside(tmp_path):
    write_json(tmp_path / "orgs.json", {"organizations": [{"id": 3, "name": "Mill", "shared_tickets": True}], "count": 1})
    write_json(tmp_path / "groups.json", {"groups": [{"id": 4, "name": "North", "url": "https://x/groups/4"}], "count": 1})
    found = thread_of(tmp_path, [], organization_id=3, group_id=4)
    assert (found.organisation, found.site) == ("Mill", "North")


def test_comments_pages():
    assert sample("comments") == [
        said(1, "503", utc(2026, 3, 5, 9), "customer", "Where is it?", channel="email"),
        said(2, "503", utc(2026, 3, 5, 10), "agent", "On its way."),
        said(3, "503", utc(2026, 3, 5, 11), "agent", "This request was closed and merged into request #504.", is_public=False),
        detail(3, "503", merged_into="504"),
        RejectRecord(line=4, reason="'created_at' is empty, so the row has no date", raw=""),
        RejectRecord(
            line=6, reason="neither the comment nor its page names the ticket; add ticket_id to the page", raw=""
        ),
        said(7, "505", utc(2026, 3, 5, 14), "customer", "Thanks"),
        passed(5, UNKNOWN, 1),
    ]  # fmt: skip


def test_authors_by_the_tickets_of_another_file(tmp_path):
    page = {"ticket_id": 1, "comments": [said_by(5, 1, public=True), said_by(7, 2, public=True)], "count": 2}
    path = write_json(tmp_path / "comments.json", page)
    assert plain(read(zendesk, path)) == [passed(1, UNKNOWN, 2)]
    write_json(tmp_path / "tickets.json", {"tickets": [ticket([])["ticket"]]})
    assert [record.message.author for record in read(zendesk, path)] == ["customer", "agent"]


def test_ticket_events():
    assert sample("events") == [
        said(1, "511", utc(2026, 3, 2, 9), "customer", "Refund please", channel="email"),
        said(2, "511", utc(2026, 3, 2, 10), "agent", "Done"),
        detail(2, "511", solved_at=(utc(2026, 3, 2, 10),)),
        detail(4, "512", solved_at=(utc(2026, 3, 6, 10),)),
        RejectRecord(line=5, reason="'ticket_id' is empty, so the row has no id", raw=""),
        passed(3, "changes of tickets that are neither messages nor solve them", 1),
    ]


def test_audits():
    assert sample("audits") == [
        said(1, "521", utc(2026, 3, 2, 9), "customer", "It broke"),
        detail(2, "521", solved_at=(utc(2026, 3, 2, 10),)),
        said(3, "522", utc(2026, 3, 2, 11, 0, 1), "customer", "Hello?"),
        said(3, "522", utc(2026, 3, 2, 11, 0, 2), "agent", "Good day"),
        said(3, "522", utc(2026, 3, 2, 11, 0, 3), "bot", "Rate us"),
    ]


def test_metrics():
    solved = utc(2026, 3, 2, 9)
    assert sample("metrics") == [
        detail(1, "531", closed_at=solved, solved_at=(solved,), reopen_count=2, public_reply_count=3),
        detail(2, "532", reopen_count=0),
        RejectRecord(line=3, reason="'ticket_id' is empty, so the row has no id", raw=""),
    ]


def test_metric_events():
    assert sample("metric_events") == [
        detail(2, "533", solved_at=(utc(2026, 3, 2, 10),)),
        detail(4, "533", solved_at=(utc(2026, 3, 4, 10),)),
        passed(1, "metric events other than the end of a requester's waiting", 2),
    ]


def test_ratings():
    assert sample("ratings") == [
        RejectRecord(
            line=1, reason="an older version of the rating of '541', which the file holds again", raw="", is_fault=False
        ),
        ResponseRecord(
            line=3,
            response_id="541-csat",
            responded_at=utc(2026, 3, 3, 9),
            identifiers=(("id", "9041"),),
            score=1.0,
            contact_id="541",
            **CSAT,
        ),
        RejectRecord(line=4, reason="'score' is 'so-so', neither good nor bad", raw=""),
        passed(2, "surveys that nobody answered", 1),
    ]


def test_survey_responses():
    assert sample("survey") == [
        ResponseRecord(
            line=1,
            response_id="551-csat",
            responded_at=utc(2026, 3, 2, 9, 1),
            answers=(Answer(question="Anything else?", text="Nobody answered me."),),
            identifiers=(("id", "9051"),),
            score=0.0,
            contact_id="551",
            **CSAT,
        ),
        ResponseRecord(
            line=2,
            response_id="552-csat",
            responded_at=utc(2026, 3, 3, 9),
            identifiers=(("id", "9052"),),
            score=3.0,
            score_kind="csat",
            score_worst=1.0,
            score_best=3.0,
            contact_id="552",
        ),
        ResponseRecord(
            line=4,
            response_id="01S4",
            responded_at=utc(2026, 3, 3, 9),
            answers=(Answer(question="Satisfaction comment", text="Fine"),),
            identifiers=(("id", "9054"),),
        ),
        passed(3, "surveys that nobody answered", 1),
    ]


def test_rating_without_category_or_scale_is_a_counted_loss(tmp_path, caplog):
    answers = [{"type": "rating_scale", "rating": 4}, {"type": "open_ended", "value": "Fine"}]
    response = {"id": "a", "responder_id": 1, "subjects": [], "answers": answers, "created_at": "2026-01-01T00:00:00Z"}
    path = write_json(tmp_path / "one.json", {"survey_responses": [response]})
    assert read(zendesk, path) == [
        ResponseRecord(
            line=1,
            response_id="a",
            responded_at=utc(2026, 1, 1),
            answers=(Answer(question="Satisfaction comment", text="Fine"),),
            identifiers=(("id", "1"),),
        )
    ]
    assert caplog.messages == [
        f"{path}: values of 'rating' left out: 1, no rating_category and no scale beside it; the first is '4' on line 1."
    ]


def test_calls():
    call = {"channel": "voice"}
    assert sample("calls") == [
        RejectRecord(
            line=1, reason="an older version of the call of '61', which the file holds again", raw="", is_fault=False
        ),
        detail(2, "561", handle_minutes=6.0),
        ContactRecord(
            line=3,
            contact_id="call-62",
            opened_at=utc(2026, 3, 2, 10),
            text="",
            identifiers=(("id", "9062"),),
            updated_at=utc(2026, 3, 2, 10, 5),
            status="abandoned_in_queue",
            **call,
        ),
        ContactRecord(
            line=4,
            contact_id="call-63",
            opened_at=utc(2026, 3, 2, 11),
            text="",
            identifiers=(("id", "9063"),),
            updated_at=utc(2026, 3, 2, 11, 5),
            status="completed",
            handle_minutes=1.5,
            is_company_initiated=True,
            **call,
        ),
        passed(5, "calls of tickets in which nobody talked", 1),
    ]


def test_users():
    ids = (("id", "9071"), ("external", "crm-71"), ("email", "eva@customer.example"), ("phone", "+49 30 71"))
    assert sample("users", segment_field="user.plan") == [
        PersonRecord(line=1, identifiers=ids, organisation="Harbour Ltd", segment="pro"),
        PersonRecord(line=2, identifiers=(("id", "70"), ("email", "bo@desk.example")), is_internal=True),
        RejectRecord(line=3, reason="'id' is empty, so the row has no id", raw=""),
    ]
    assert sample("organizations") == [passed(1, "organisations: their names are looked up for tickets and people", 1)]


def kept(records):
    return [record for record in records if not isinstance(record, RejectRecord | PersonRecord)]


@pytest.mark.parametrize(
    "name", ["events", "audits", "metrics", "metric_events", "ratings", "survey", "calls", "users", "organizations"]
)
@pytest.mark.parametrize("form", ["lines", "list"])
def test_objects_without_their_page(tmp_path, name, form):
    page = json.loads((SAMPLES / f"zendesk_{name}.json").read_text())
    objects = page[next(key for key in PAGES if key in page)]
    objects = [one for one in objects if len(one) > 3]
    text = "\n".join(map(json.dumps, objects)) if form == "lines" else json.dumps(objects)
    path = written(tmp_path / "many.json", text)
    assert zendesk.sniff(path, path.read_bytes())
    found, expected = plain(read(zendesk, path)), plain(sample(name))
    strange = [r.reason for r in found if isinstance(r, RejectRecord) and "Zendesk ticket" in r.reason]
    assert strange == []
    assert kept(found) == kept(expected)


@QUICK
@given(
    objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON, max_size=4),
    page=st.sampled_from(PAGES),
    sides=st.dictionaries(st.sampled_from(["users", "links", "next_page", "ticket_id"]), JSON),
)
def test_no_object_of_any_page_is_lost(tmp_path, objects, page, sides):
    if page in ("organizations", "groups"):  # beside users they are side-loaded
        sides.pop("users", None)
    path = write_json(tmp_path / "any.json", sides | {page: objects, "count": len(objects)})
    records = safely_read(zendesk, path)
    assert records is not None
    assert count_rows([r for r in records if not isinstance(r, ResponseRecord) or page != "tickets"]) == len(objects)


@QUICK
@given(start=st.sampled_from([b'{"comments": [', b'{"calls": [{"id": 1, ', b"id,role,restricted_agent\n"]), rest=BYTES, packed=st.booleans())
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(zendesk, tmp_path / "any.json", start + rest, packed=packed)
