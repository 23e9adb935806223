"""What is said and done inside a conversation or ticket of Intercom: parts, authors, closings, its customer."""

from datetime import datetime

from voc.records import Identifier, Message
from voc.sources._entries import Entry
from voc.sources._values import identifiers
from voc.sources._vendor import Reading

_AUTHORS = {
    "user": "customer", "lead": "customer", "contact": "customer", "visitor": "customer",
    "admin": "agent", "team": "agent", "teammate": "agent", "bot": "bot",
}  # fmt: skip
_AI_FLAGS = ("author.from_ai_agent", "author.is_ai_answer", "source.author.from_ai_agent")
# Parts that the customer sees; the body of any other part (a note, a summary) is for teammates
_PUBLIC_PARTS = {"comment", "open", "close", "assignment", "quick_reply", "message", "email", "phone_call"}
_RATING_PARTS = "rating"  # the score and its remark come with the conversation
_CHANNELS = {"conversation": "messaging", "phone_call": "phone", "phone_switch": "phone"}


def author_of(entry: Entry, *paths: str) -> str:
    """Whom a type of author stands for; a teammate's name over words of the AI agent is a bot's."""
    if any(entry.get(path) is True for path in _AI_FLAGS):
        return "bot"
    return _AUTHORS.get((entry.text(*paths) or "").lower(), "system")


def parts_of(entry: Entry) -> list[Entry]:
    """The parts of a conversation or ticket that the object itself holds."""
    return entry.objects("conversation_parts.conversation_parts", "ticket_parts.ticket_parts", "conversation_parts")


def message_of(entry: Entry, reading: Reading) -> Message | None:
    """What a part says; None for parts that only record an action."""
    kind, body = (entry.text("part_type") or "").lower(), entry.text("body")
    if not body or _RATING_PARTS in kind:
        return None
    return Message(
        at=reading.moment(entry, "created_at"),
        author=author_of(entry, "author.type", "author_type"),
        text=body,
        is_public=kind in _PUBLIC_PARTS,
    )


def is_closing(entry: Entry) -> bool:
    """Whether a part closed the conversation or brought the ticket to a resolved state."""
    kind = (entry.text("part_type") or "").lower()
    state = (entry.text("ticket_state") or "").lower()
    was = (entry.text("previous_ticket_state") or "").lower()
    return kind == "close" or (kind.startswith("ticket_state_updated") and state == "resolved" != was)


def closings(entry: Entry, reading: Reading) -> tuple[datetime, ...]:
    """Every closing the parts tell of, in order; where they tell of none, the first and last of the statistics."""
    found = {moment for part in parts_of(entry) if is_closing(part) and (moment := reading.time(part, "created_at"))}
    return tuple(sorted(found)) or reading.times(entry, "statistics.first_close_at", "statistics.last_close_at")


def first_words(messages: list[Message]) -> str | None:
    """What the customer said first where others could read it."""
    return next((m.text for m in messages if m.author == "customer" and m.is_public), None)


def people(entry: Entry) -> tuple[Identifier, ...]:
    """Who began the conversation, else its first contact: identifiers of further participants are other people's."""
    is_theirs = author_of(entry, "source.author.type", "source_author_type") == "customer"
    author_id = entry.text("source.author.id", "source_author_id") if is_theirs else None
    contacts = entry.objects("contacts.contacts", "contacts")
    contact = next((one for one in contacts if author_id in (None, one.text("id"))), None)
    return identifiers(
        id=author_id or (contact.text("id") if contact else None),
        external=contact.text("external_id") if contact else None,
        email=entry.text("source.author.email") if is_theirs else None,
    )


def channel_of(entry: Entry) -> str | None:
    """How the conversation was held: its type, Intercom's own messenger as messaging."""
    kind = entry.text("source.type", "source_type")
    return _CHANNELS.get(kind.lower(), kind.lower()) if kind else None


def has_parts(entry: Entry) -> bool:
    """Whether the file holds the parts; lists and searches do not."""
    return entry.get("conversation_parts", "ticket_parts") is not None


def count_replies(parts: list[Message]) -> int:
    """Public answers of teammates."""
    return sum(part.is_public and part.author == "agent" for part in parts)
