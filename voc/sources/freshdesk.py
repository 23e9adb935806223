"""Freshdesk: tickets, conversations, ratings, time entries and contacts of API v2 (v1: tickets), and the CSV export."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from voc.records import (
    Answer,
    ContactRecord,
    DetailRecord,
    Message,
    MessageRecord,
    PersonRecord,
    Record,
    ResponseRecord,
)
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._people import people_in
from voc.sources._tickets import scalar
from voc.sources._values import LeftOut, RowFault, identifiers, parse_tags, short
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, whole_thread, with_defaults

DESCRIPTION = "Freshdesk: tickets, conversations, ratings and time entries of the API, and the CSV export of tickets"

COMMENT_QUESTION = "Satisfaction comment"
_STATUSES = {"2": "Open", "3": "Pending", "4": "Resolved", "5": "Closed"}
_PRIORITIES = {"1": "Low", "2": "Medium", "3": "High", "4": "Urgent"}
_OUTBOUND = "outbound email"
_CHANNELS = {
    "1": "email", "2": "portal", "3": "phone", "4": "forum", "5": "twitter", "6": "facebook", "7": "chat",
    "8": "mobihelp", "9": "feedback widget", "10": _OUTBOUND, "11": "ecommerce", "12": "bot", "13": "whatsapp",
}  # fmt: skip
# The numbers stand far apart (100 is neutral, 101 happy), so they are put on seven even steps.
_RATINGS = {"-103": 1.0, "-102": 2.0, "-101": 3.0, "100": 4.0, "101": 5.0, "102": 6.0, "103": 7.0}
_RATING_WORDS = {
    "extremely unhappy": 1.0, "very unhappy": 2.0, "unhappy": 3.0, "neutral": 4.0, "happy": 5.0, "very happy": 6.0,
    "extremely happy": 7.0,
}  # fmt: skip
_SCALE = {"score_kind": "csat", "score_worst": 1.0, "score_best": 7.0}
_MERGED = re.compile(r"merged\s+(?:in)?to\s+(?:the\s+)?ticket\s+(?:with\s+)?(?:id\s+)?#?\s*(\d+)", re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]*>|&nbsp;")
_HOURS = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d))?$")


class Options(VendorOptions):
    """Keys of a `kind: freshdesk` source; a field is the name of a custom field, such as cf_reason, or of a column."""

    company_initiated_tags: tuple[str, ...] = Field((), description="Tags of tickets the company opened itself")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an answer of the Freshdesk API or its CSV export of tickets."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return fits_any(_KINDS[:-1], keys) and not keys & {"submitterid", "via"}
    return kind == "delimited" and _KINDS[-1].fits(keys)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Freshdesk: a contact a ticket, a message a conversation, a response a rating.

    Time entries become handle time in minutes, one detail each: those of a ticket add up. "Resolution time (in hrs)"
    is elapsed time and is not read. Spam and deleted tickets are rejects.
    """
    export = open_export(path, options, pages=("tickets", "helpdesk_ticket", "conversations", "results"))
    reading = Reading(path, options, prefixes=("custom_fields.", "custom_field."))
    return read_tables(export, _KINDS, reading, vendor="Freshdesk")


def _ticket(entry: Entry, reading: Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id", "display_id")
    _check_kept(entry, reading)
    opened_at = reading.moment(entry, "created_at")
    channel = _word(entry.text("source"), _CHANNELS, "source")
    is_outbound = channel == _OUTBOUND
    description = entry.text("description", "description_html", "description_text")
    has_replies = isinstance(entry.get("conversations"), list)
    replies = reading.messages(entry.objects("conversations"), _message)
    text = description or _first_words(replies) or entry.text("subject") or ""
    opening = Message(at=opened_at, author="agent" if is_outbound else "customer", text=text)
    solved_at = reading.times(entry, "stats.resolved_at", "stats.closed_at")
    tags = _tags(entry)
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=entry.text("subject"),
        identifiers=identifiers(
            id=entry.text("requester_id", "requester.id"),
            external=entry.text("requester.unique_external_id", "unique_external_id"),
            email=entry.text("requester.email", "email"),
            phone=entry.text("requester.mobile", "requester.phone", "phone"),
        ),
        channel=channel,
        closed_at=reading.time(entry, "stats.resolved_at", "stats.closed_at"),
        updated_at=reading.time(entry, "updated_at"),
        status=entry.text("status_name") or _word(entry.text("status"), _STATUSES, "status"),
        priority=entry.text("priority_name") or _word(entry.text("priority"), _PRIORITIES, "priority"),
        organisation=entry.text("company.name", "company_name"),
        language=entry.text("requester.language"),
        public_reply_count=_count_replies(replies) if has_replies else None,
        merged_into=_merged_into(contact_id, replies),
        is_company_initiated=is_outbound or bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        messages=whole_thread(opening, replies if has_replies else None),
        solved_at=solved_at,
        **with_defaults(reading.fields(entry), given_topic=entry.text("type", "ticket_type")),
    )


def _check_kept(entry: Entry, reading: Reading) -> None:
    for flag, reason in (("spam", "spam in Freshdesk"), ("deleted", "deleted in Freshdesk")):
        if reading.is_true(entry, flag):
            raise LeftOut(reason)


def _word(code: str | None, words: dict[str, str], what: str) -> str | None:
    """The word for a number; a number without a known word, as an account can add, is told with what it is."""
    if code is None or not code.isdigit():
        return code
    return words.get(code, f"{what} {code}")


def _tags(entry: Entry) -> tuple[str, ...]:
    tags = entry.get("tags")
    if isinstance(tags, list):
        return tuple(dict.fromkeys(filter(None, map(scalar, tags))))
    return parse_tags(scalar(tags) or "")


def _message(entry: Entry, reading: Reading) -> Message:
    """What a conversation says: incoming is the customer's, anything else an agent's, private a note.

    Replies with an address are e-mails, also in a ticket that began with a call or a chat.
    """
    is_mail = entry.text("source") in (None, "0") and entry.get("from_email", "to_emails", "support_email")
    return Message(
        at=reading.moment(entry, "created_at"),
        author="customer" if reading.is_true(entry, "incoming") else "agent",
        text=entry.text("body", "body_text") or "",
        is_public=not reading.is_true(entry, "private"),
        channel="email" if is_mail else None,
    )


def _first_words(replies: list[Message]) -> str | None:
    return next((m.text for m in replies if m.author == "customer" and m.is_public and m.text), None)


def _count_replies(replies: list[Message]) -> int:
    return sum(message.is_public and message.author == "agent" for message in replies)


def _merged_into(ticket_id: str, replies: list[Message]) -> str | None:
    """The ticket that absorbed this one, as the note that Freshdesk writes when it merges names it."""
    found = [_MERGED.search(_MARKUP.sub(" ", message.text)) for message in replies if not message.is_public]
    return next((match[1] for match in reversed(found) if match and match[1] != ticket_id), None)


def _conversation(entry: Entry, reading: Reading) -> Iterator[Record]:
    ticket_id = reading.id(entry, "ticket_id")
    message = _message(entry, reading)
    yield MessageRecord(line=entry.line, contact_id=ticket_id, message=message, **reading.version(entry, "conversation", "id"))
    merged_into = _merged_into(ticket_id, [message])
    if merged_into:
        yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"merged_into": merged_into})


def _rating(entry: Entry, reading: Reading) -> Iterator[Record]:
    response_id = reading.id(entry, "id")
    ratings = entry.get("ratings")
    ratings = ratings if isinstance(ratings, dict) else {}
    # Further questions have answers of their own; only the first stands for the whole
    value = scalar(ratings.get("defaultquestion")) or (scalar(*ratings.values()) if len(ratings) == 1 else None)
    feedback = entry.text("feedback")
    score = _score(value, entry, reading, has_text=bool(feedback))
    yield ResponseRecord(
        line=entry.line,
        response_id=response_id,
        responded_at=reading.moment(entry, "created_at"),
        answers=(Answer(question=COMMENT_QUESTION, text=feedback),) if feedback else (),
        identifiers=identifiers(id=entry.text("user_id")),
        contact_id=entry.text("ticket_id"),
        **score,
    )


def _score(value: str | None, entry: Entry, reading: Reading, *, has_text: bool) -> dict:
    if value in _RATINGS:
        return {"score": _RATINGS[value], **_SCALE}
    why = "none of the ratings -103 to -101 and 100 to 103"
    if not has_text:
        raise RowFault(f"'ratings' is '{short(value or '')}', {why}, and there is no text")
    if value is not None:
        reading.losses.note(entry.line, "ratings", value, why)
    return {}


def _time_entry(entry: Entry, reading: Reading) -> Iterator[Record]:
    ticket_id = reading.id(entry, "ticket_id")
    spent = entry.text("time_spent") or ""
    minutes = _tracked(spent)
    if minutes is None:
        raise RowFault(f"'time_spent' is '{short(spent)}', not hours:minutes")
    version = reading.version(entry, "time entry", "id")
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"handle_minutes": minutes}, **version)


def _tracked(text: str) -> float | None:
    """Minutes of hours:minutes, with or without seconds."""
    match = _HOURS.match(text)
    return int(match[1]) * 60 + int(match[2]) + int(match[3] or 0) / 60 if match else None


def _person(entry: Entry, reading: Reading) -> Iterator[Record]:
    found = identifiers(
        id=reading.id(entry, "id"),
        external=entry.text("unique_external_id"),
        email=entry.text("email"),
        phone=entry.text("mobile", "phone"),
    )
    yield PersonRecord(line=entry.line, people=people_in({"contact": entry.data}), identifiers=found, organisation=entry.text("company.name"))


def _csv_ticket(entry: Entry, reading: Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "Ticket ID")
    channel = (entry.text("Source") or "").lower() or None
    tags = _tags(entry)
    tracked = entry.text("Time tracked")
    minutes = _tracked(tracked) if tracked else None
    if tracked and minutes is None:
        reading.losses.note(entry.line, entry.name("Time tracked"), tracked, "not hours:minutes")
    contact = ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=reading.moment(entry, "Created time"),
        text=entry.text("Description", "Subject") or "",
        subject=entry.text("Subject"),
        identifiers=identifiers(
            id=entry.text("Contact ID", "Requester ID"),
            external=entry.text("Unique External ID"),
            email=entry.text("Email", "Requester Email"),
            phone=entry.text("Mobile phone", "Work phone"),
        ),
        channel=channel,
        closed_at=reading.time(entry, "Resolved time", "Closed time"),
        updated_at=reading.time(entry, "Last update time"),
        status=entry.text("Status"),
        priority=entry.text("Priority"),
        organisation=entry.text("Company Name"),
        language=entry.text("Language"),
        public_reply_count=reading.count(entry, "Agent interactions"),
        is_company_initiated=channel == _OUTBOUND or bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        solved_at=reading.times(entry, "Resolved time", "Closed time"),
        **with_defaults(
            reading.fields(entry),
            given_topic=entry.text("Type"),
            site=entry.text("Group"),
            handle_minutes=minutes or None,
        ),
    )
    yield contact
    yield from _csv_rating(entry, contact, reading)


def _csv_rating(entry: Entry, contact: ContactRecord, reading: Reading) -> Iterator[ResponseRecord]:
    """The rating in the ticket's row. It has no time of its own: that of the solution, the last change, the opening."""
    rated = (entry.text("Survey results") or "").lower()
    if not rated:
        return
    if rated not in _RATING_WORDS:
        reading.losses.note(entry.line, entry.name("Survey results"), rated, "no known rating")
        return
    yield ResponseRecord(
        line=entry.line,
        response_id=f"{contact.contact_id}-csat",
        responded_at=contact.closed_at or contact.updated_at or contact.opened_at,
        identifiers=contact.identifiers,
        score=_RATING_WORDS[rated],
        contact_id=contact.contact_id,
        channel=contact.channel,
        segment=contact.segment,
        site=contact.site,
        language=contact.language,
        **_SCALE,
    )


_KINDS = (
    TableKind(name="conversations", signs=("incoming; private; ticket_id; created_at",), read=_conversation),
    TableKind(
        name="satisfaction ratings",
        signs=("ratings; ticket_id; survey_id", "ratings; ticket_id; agent_id"),
        read=_rating,
    ),
    TableKind(
        name="time entries",
        signs=("time_spent; ticket_id; timer_running", "time_spent; ticket_id; billable"),
        read=_time_entry,
    ),
    TableKind(
        name="tickets",
        signs=(
            "id; requester_id; created_at; responder_id; fr_escalated",
            "id; requester_id; created_at; responder_id; status_name",
            "id; requester_id; created_at; responder_id; description_text",
            "id; requester_id; created_at; responder_id; due_by",
            "id; requester_id; created_at; is_escalated",
        ),
        read=_ticket,
    ),
    TableKind(
        name="contacts",
        signs=("id; mobile; unique_external_id", "id; mobile; twitter_id; view_all_tickets"),
        read=_person,
    ),
    TableKind(
        name="the CSV export of tickets",
        signs=(
            "Ticket ID; Subject; Created time; Due by Time",
            "Ticket ID; Subject; Created time; Last update time",
            "Ticket ID; Subject; Created time; Resolved time",
            "Ticket ID; Subject; Created time; Requester ID",
            "Ticket ID; Subject; Created time; Email",
        ),
        read=_csv_ticket,
    ),
)
