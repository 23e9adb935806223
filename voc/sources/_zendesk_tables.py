"""Zendesk's tables as a warehouse loader (Fivetran) writes them, beside that of the tickets."""

import json
from collections.abc import Iterator
from datetime import datetime

from voc.records import DetailRecord, Message, MessageRecord, Record
from voc.sources._entries import Entry, Export
from voc.sources._vendor import TableKind
from voc.sources._zendesk_messages import chat_author
from voc.sources._zendesk_pages import KINDS, UNKNOWN_AUTHOR, comment, person, tag
from voc.sources._zendesk_reading import ZendeskReading

TICKET_SIGNS = ("id; requester_id; created_at; submitter_id; via_channel", "id; requester_id; created_at; via_channel")


class TableReading(ZendeskReading):
    """Also which tickets the table of changes says were solved."""

    def __init__(self, *args, export: Export) -> None:
        super().__init__(*args)
        self._export = export
        self._solved: set[str] | None = None

    def was_solved(self, ticket_id: str) -> bool:
        """Whether the table has a change to solved for a ticket."""
        if self._solved is None:
            rows = (row for row in self._export.rows() if row.text("field_name") == "status")
            self._solved = {row.text("ticket_id") or "" for row in rows if row.text("value") == "solved"}
        return ticket_id in self._solved


def _comment(entry: Entry, reading: TableReading) -> Iterator[Record]:
    """A comment; flags say that it came by telephone or from a social network."""
    for flag, channel in (("voice_comment", "voice"), ("facebook_comment", "facebook"), ("tweet", "twitter")):
        if reading.is_true(entry, flag):
            entry = Entry(line=entry.line, raw=entry.raw, data={**entry.data, "via": channel}, names=entry.names)
            break
    yield from comment(entry, reading)


def _change(entry: Entry, reading: TableReading) -> Iterator[Record]:
    """A change of a field: the end of a ticket. Solved tickets are closed days later, which is no second end."""
    ticket_id = reading.id(entry, "ticket_id")
    status = entry.text("value") if entry.text("field_name") == "status" else None
    if status != "solved" and not (status == "closed" and not reading.was_solved(ticket_id)):
        reading.pass_over(entry, "changes that do not solve a ticket")
        return
    at = reading.moment(entry, "updated")
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"solved_at": (at,)})


def _chat_event(entry: Entry, reading: TableReading) -> Iterator[Record]:
    """What is said in a chat; the table of chats says to which ticket it belongs."""
    chat_id = reading.id(entry, "chat_id")
    if (entry.text("type") or "ChatMessage") != "ChatMessage":
        reading.pass_over(entry, "chat events other than messages")
        return
    original = _original(entry)
    text = entry.text("message") or original.text("content.text.text")
    if not text:
        reading.pass_over(entry, "chat messages without words (forms, files)")
        return
    at = reading.moment(entry, "created_at")
    ticket_id = _ticket_of(chat_id, at, reading)
    if ticket_id is None:
        reading.pass_over(entry, "messages of chats whose ticket the tables ticket_chat and ticket of this folder do not tell")
        return
    is_bot = original.text("source.type") == "zd:answerBot"
    author = chat_author(entry.text("actor_id"), None, is_bot, reading.people.role)
    if author is None:
        reading.pass_over(entry, UNKNOWN_AUTHOR)
        return
    yield MessageRecord(line=entry.line, contact_id=ticket_id, message=Message(at=at, author=author, text=text, channel="chat"))


def _original(entry: Entry) -> Entry:
    """The message as the messenger sent it; empty where the cell is none."""
    try:
        found = json.loads(entry.text("original_message") or "")
    except (ValueError, RecursionError):
        found = None
    return Entry(line=entry.line, raw="", data=found if isinstance(found, dict) else {})


def _ticket_of(chat_id: str, at: datetime, reading: TableReading) -> str | None:
    """The ticket of a message. Of several tickets of one conversation it is the last one opened by then."""
    tickets = reading.known.chats.get(chat_id, [])
    if len(tickets) < 2:
        return tickets[0] if tickets else None
    opened = []
    for ticket_id in tickets:
        text = reading.known.openings.get(ticket_id)
        moment = reading.time(Entry(line=1, raw="", data={"createdat": text}), "created_at") if text else None
        if moment:
            opened.append((moment, ticket_id))
    opened.sort()
    before = [ticket_id for moment, ticket_id in opened if moment <= at]
    return before[-1] if before else opened[0][1] if opened else None


_LOOKED_UP = "their names are looked up for tickets and people"
TABLES = (
    TableKind(name="ticket_comment", signs=("ticket_id; user_id; body; public; created",), read=_comment),
    TableKind(name="ticket_field_history", signs=("field_name; ticket_id; updated; value",), read=_change),
    TableKind(name="ticket_tag", signs=("tag; ticket_id; _fivetran_synced",), read=tag),
    TableKind(
        name="ticket_chat_event", signs=("chat_id; actor_id; chat_index; created_at; message",), read=_chat_event
    ),
    TableKind(
        name="ticket_chat", signs=("chat_id; ticket_id; visitor_id",), unused="read with the messages of the chats"
    ),
    TableKind(name="user", signs=("id; role; restricted_agent", "id; role; time_zone; locale_id"), read=person),
    TableKind(name="organization", signs=("id; name; shared_tickets",), unused=_LOOKED_UP),
    TableKind(name="brand", signs=("id; subdomain; has_help_center",), unused="a ticket's brand is not read"),
    TableKind(name="group", signs=("id; name; url; created_at; updated_at; _fivetran_synced",), unused=_LOOKED_UP),
    *(kind for key, kind in KINDS.items() if key in ("ticket_metrics", "satisfaction_ratings", "comments", "calls")),
)
