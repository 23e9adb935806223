"""Zendesk's other objects: comments, events and audits, metrics, ratings, survey responses, calls and users."""

from collections.abc import Iterator
from datetime import datetime

from voc.records import (
    ContactRecord,
    DetailRecord,
    Message,
    MessageRecord,
    PersonRecord,
    Record,
)
from voc.sources._entries import Entry
from voc.sources._people import people_in
from voc.sources._values import RowFault, identifiers
from voc.sources._vendor import TableKind
from voc.sources._zendesk_messages import chat_author, comment_message, merged_into
from voc.sources._zendesk_ratings import rating, survey_response
from voc.sources._zendesk_reading import ZendeskReading, check_latest
from voc.sources._zendesk_values import MERGE_TAG, UNKNOWN_TICKET

UNKNOWN_AUTHOR = "messages of authors of whom no file of the folder says whether they are customers or staff"
_SOLVING_METRICS = ("requester_wait_time", "agent_work_time")
_CHAT_EVENTS = ("ChatStartedEvent", "ChatEndedEvent")


def comment(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A comment of a ticket, from a page of comments or a table."""
    ticket_id = entry.text("ticket_id") or reading.page_ticket
    if ticket_id is None:
        raise RowFault("neither the comment nor its page names the ticket; add ticket_id to the page")
    at = reading.moment(entry, "created_at", "created")
    yield from _message(entry, entry, ticket_id, at, reading)


def _message(entry: Entry, said: Entry, ticket_id: str, at: datetime, reading: ZendeskReading) -> Iterator[Record]:
    author = reading.author(said.text("author_id", "user_id"), ticket_id)
    if author is None:
        reading.pass_over(entry, UNKNOWN_AUTHOR)
        return
    message = comment_message(said.get, at=at, author=author)
    version = reading.version(said, f"comment of ticket {ticket_id}", "id")
    yield MessageRecord(line=entry.line, contact_id=ticket_id, message=message, **version)
    absorbed_by = merged_into(message.text) if author != "customer" else None
    if absorbed_by and absorbed_by != ticket_id:
        yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"merged_into": absorbed_by})


def events(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A change of a ticket: an audit, or an event of the incremental export with its child events."""
    ticket_id = reading.id(entry, "ticket_id")
    at = reading.moment(entry, "created_at", "timestamp")
    inner = entry.objects("child_events", "events")
    found: list[Record] = []
    for event in inner:
        if requester := _changed(event, "requester_id"):
            reading.people.see_requester(ticket_id, requester[0])
    passed_over = False
    for event in inner:
        kind = event.text("event_type", "type")
        if kind in ("Comment", "VoiceComment"):
            before = len(found)
            said = Entry(line=entry.line, raw=entry.raw, data={"authorid": entry.text("author_id", "updater_id")} | event.data)
            found += _message(entry, said, ticket_id, at, reading)
            passed_over |= len(found) == before
        elif kind in _CHAT_EVENTS:
            found += _chat(entry, event, ticket_id, reading)
        elif (status := _changed(event, "status")) and _is_end(*status):
            found.append(DetailRecord(line=entry.line, contact_id=ticket_id, fields={"solved_at": (at,)}))
    if not found and not passed_over:
        reading.pass_over(entry, "changes of tickets that are neither messages nor solve them")
    yield from found


def _changed(event: Entry, name: str) -> tuple[str, str | None] | None:
    """The new and the former value of a field, if the event sets it: audits name the field, child events have it as key."""
    if event.text("event_type", "type") not in ("Change", "Create"):
        return None
    value = event.text("value") if event.text("field_name") == name else event.text(name)
    return (value, event.text("previous_value")) if value else None


def _is_end(status: str, former: str | None) -> bool:
    """Whether a change of status ends a ticket. Solved tickets are closed days later, which is no second end."""
    return status == "solved" or (status == "closed" and former not in (None, "solved"))


def _chat(entry: Entry, event: Entry, ticket_id: str, reading: ZendeskReading) -> Iterator[Record]:
    """Lines of a chat as audits hold them."""
    for line in event.objects("value.history"):
        text = line.text("message", "msg")
        if not text or (line.text("type") or "ChatMessage") != "ChatMessage":
            continue
        author = chat_author(line.text("actor_id"), line.text("actor_type"), False, reading.people.role)
        if author is None:
            reading.losses.note(entry.line, "history", text, "a message of nobody named")
            continue
        at = reading.moment(line, "timestamp", "created_at")
        yield MessageRecord(line=entry.line, contact_id=ticket_id, message=Message(at=at, author=author, text=text))


def metrics(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """Metrics of a ticket: when it was solved, how often it was reopened and answered."""
    ticket_id = reading.id(entry, "ticket_id")
    solved_at = reading.time(entry, "solved_at")
    fields = {
        "closed_at": solved_at,
        "solved_at": (solved_at,) if solved_at else None,
        "reopen_count": reading.count(entry, "reopens"),
        "public_reply_count": reading.count(entry, "replies"),
    }
    yield DetailRecord(
        line=entry.line,
        contact_id=ticket_id,
        fields={name: value for name, value in fields.items() if value is not None},
        **reading.version(entry, "metrics of ticket", "ticket_id"),
    )


def metric_event(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """The requester's waiting ends when a ticket is solved, each time."""
    ticket_id = reading.id(entry, "ticket_id")
    if entry.text("metric") not in _SOLVING_METRICS or entry.text("type") != "fulfill":
        reading.pass_over(entry, "metric events other than the end of a requester's waiting")
        return
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"solved_at": (reading.moment(entry, "time"),)})


def call(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A call: agent time of its ticket, or a contact of its own where it has none."""
    call_id, ticket_id = reading.id(entry, "id"), entry.text("ticket_id")
    check_latest(reading, "call", call_id, entry)
    parts = [reading.number(entry, name) for name in ("talk_time", "hold_time", "wrap_up_time")]
    minutes = sum(part for part in parts if part and part > 0) / 60
    if ticket_id:
        if not minutes:
            reading.pass_over(entry, "calls of tickets in which nobody talked")
            return
        version = reading.version(entry, "call", "id")
        yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"handle_minutes": minutes}, **version)
        return
    opened_at = reading.moment(entry, "created_at")
    yield ContactRecord(
        line=entry.line,
        contact_id=f"call-{call_id}",
        opened_at=opened_at,
        text="",
        identifiers=identifiers(id=entry.text("customer_id")),
        channel="voice",
        updated_at=reading.time(entry, "updated_at"),
        status=entry.text("completion_status"),
        site=reading.options.site,
        handle_minutes=minutes or None,
        is_company_initiated=(entry.text("direction") or "").lower() == "outbound",
    )


def person(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A user: identifiers, organisation, and whether they are staff."""
    found = identifiers(
        id=reading.id(entry, "id"),
        external=entry.text("external_id"),
        email=entry.text("email"),
        phone=entry.text("phone"),
    )
    organisation = entry.text("organization_id")
    yield PersonRecord(
        line=entry.line,
        people=people_in({"contact": entry.data}),
        identifiers=found,
        organisation=reading.known.organisations.get(organisation) if organisation else None,
        segment=_user_field(entry, reading.options.segment_field),
        is_internal=entry.text("role") in ("agent", "admin"),
    )


def _user_field(entry: Entry, option: str | int | None) -> str | None:
    """The value of a field of the customer that an option names as `user.KEY`; tables have it as custom_KEY."""
    prefix, _, key = str(option or "").partition(".")
    return entry.text(f"user_fields.{key}", f"custom_{key}") if prefix == "user" and key else None


def tag(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A tag of a ticket, from the table of tags."""
    ticket_id, word = reading.id(entry, "ticket_id"), reading.id(entry, "tag")
    fields: dict = {"tags": (word,)}
    if word == MERGE_TAG:
        fields["merged_into"] = UNKNOWN_TICKET
    if word in reading.options.company_initiated_tags:
        fields["is_company_initiated"] = True
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields=fields)


def _named_elsewhere(name: str, *signs: str) -> TableKind:
    return TableKind(name=name, signs=signs, unused="their names are looked up for tickets and people")


# In pages the key tells the kind; for single objects and tables the keys of the object do
KINDS = {
    "comments": TableKind(
        name="comments",
        signs=("author_id; body; public", "author_id; html_body; public", "ticket_id; user_id; body; public; created"),
        read=comment,
    ),
    "ticket_events": TableKind(name="ticket events", signs=("ticket_id; child_events",), read=events),
    "audits": TableKind(name="ticket audits", signs=("ticket_id; events; author_id",), read=events),
    "ticket_metrics": TableKind(
        name="ticket metrics", signs=("ticket_id; reopens; replies", "ticket_id; group_stations; assignee_stations"), read=metrics
    ),
    "ticket_metric_events": TableKind(
        name="metric events", signs=("ticket_id; metric; instance_id; type; time",), read=metric_event
    ),
    "satisfaction_ratings": TableKind(
        name="satisfaction ratings",
        signs=("id; ticket_id; score; assignee_id", "id; ticket_id; score; requester_id"),
        read=rating,
    ),
    "survey_responses": TableKind(
        name="survey responses",
        signs=("id; answers; responder_id", "id; answers; survey_id; expires_at", "id; answers; subjects"),
        read=survey_response,
    ),
    "calls": TableKind(
        name="calls", signs=("id; talk_time; wrap_up_time; completion_status", "id; talk_time; direction; customer_id"), read=call
    ),
    "users": TableKind(name="users", signs=("id; role; restricted_agent", "id; role; time_zone; locale_id"), read=person),
    "organizations": _named_elsewhere("organisations", "id; name; shared_tickets", "id; name; shared_comments"),
    "groups": _named_elsewhere("groups", "id; name; url; created_at; updated_at; deleted"),
}  # fmt: skip
SINGLE = {
    "comment": "comments", "audit": "audits", "ticket_audits": "audits", "ticket_metric": "ticket_metrics",
    "satisfaction_rating": "satisfaction_ratings", "survey_response": "survey_responses", "user": "users", "call": "calls",
}  # fmt: skip
VERSIONED = {"calls": "call", "satisfaction_ratings": "rating", "survey_responses": "survey"}
