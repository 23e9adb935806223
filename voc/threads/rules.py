"""Threads to contacts: when a message is a contact of its own, and which contacts take no part.

A contact is one demand of a customer that had to be handled. The first message of a thread is one. A later message of the
customer is a new contact when the thread was solved before it (reopen), when on a live channel everybody had been silent
for longer than the channel's gap (session), or when elsewhere the customer had waited longer than the gap without an
answer (chaser). Every other message continues the contact it follows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from voc.config import ContactRules
from voc.records import ContactRecord, Message
from voc.threads.courtesy import is_acknowledgement

HOUR = 3600.0
LINKED = ("reopen", "chaser")  # about the contact before; a session of a thread that never ends may be about anything


@dataclass
class _Part:
    """The messages of one contact of a thread."""

    made_by: str
    opened_at: datetime
    messages: list[Message] = field(default_factory=list)

    @property
    def inbound(self) -> list[Message]:
        return [m for m in self.messages if _is_inbound(m)]

    @property
    def replies(self) -> int:
        return sum(m.author == "agent" and m.is_public and not m.is_automatic for m in self.messages)


def contacts_of(thread: ContactRecord, rules: ContactRules) -> list[ContactRecord]:
    """The contacts a thread holds, in order of time; without messages the thread is one contact.

    The first keeps the thread's id, later ones have `#2`, `#3` ... behind it and reopenings and chasers name the one
    before in `follow_up_of`.
    Measured handle time is shared out by public replies.
    """
    if not thread.messages:
        return [thread]
    if not thread.solved_at and thread.closed_at:  # the last of what may be several
        thread = replace(thread, solved_at=(thread.closed_at,))
    parts = _parts(thread, rules)
    if not parts:
        return [_without_customer(thread)]
    return list(_contacts(thread, parts, rules))


# ---------------------------------------------------------------- where contacts begin


def _is_inbound(message: Message) -> bool:
    return message.author == "customer" and message.is_public and not message.is_automatic


def _parts(thread: ContactRecord, rules: ContactRules) -> list[_Part]:
    parts: list[_Part] = []
    earlier: list[Message] = []  # what the company said before the customer said anything
    for message in thread.messages:
        if not _is_inbound(message):
            (parts[-1].messages if parts else earlier).append(message)
            continue
        made_by = _first(thread, earlier) if not parts else _new_contact(parts[-1], message, thread, rules)
        if made_by:
            parts.append(_Part(made_by, message.at))
        parts[-1].messages.append(message)
    return parts


def _first(thread: ContactRecord, earlier: Sequence[Message]) -> str:
    """A customer who answers what the company began is a contact, but not one of a thread of their own."""
    spoke = any(m.is_public and m.author in ("agent", "bot") and not m.is_automatic for m in earlier)
    return "answer_to_outreach" if thread.is_company_initiated and spoke else "thread"


def _new_contact(part: _Part, message: Message, thread: ContactRecord, rules: ContactRules) -> str | None:
    """Which rule makes a message a contact of its own; None where it continues the contact before."""
    channel = (message.channel or thread.channel or "").lower()
    last_inbound = part.inbound[-1].at
    if any(last_inbound <= at <= message.at for at in thread.solved_at):
        return "reopen"
    gap = rules.gap_hours(channel) * HOUR
    if rules.is_live(channel):
        last_public = max(m.at for m in part.messages if m.is_public)
        return "session" if (message.at - last_public).total_seconds() > gap else None
    answered = any(m.is_public and m.author != "customer" and not m.is_automatic and m.at >= last_inbound for m in part.messages)
    return "chaser" if not answered and (message.at - last_inbound).total_seconds() > gap else None


# ---------------------------------------------------------------- contacts


def _without_customer(thread: ContactRecord) -> ContactRecord:
    """A thread in which no customer says anything of their own."""
    is_automatic = any(m.author == "customer" and m.is_automatic for m in thread.messages)
    kept = replace(thread, messages=())
    return replace(kept, is_automatic=True) if is_automatic else replace(kept, is_company_initiated=True)


def _contacts(thread: ContactRecord, parts: list[_Part], rules: ContactRules) -> Iterator[ContactRecord]:
    weights = [max(part.replies, 1) for part in parts]
    ends = [*(part.opened_at for part in parts[1:]), None]
    is_planned = bool(set(thread.tags) & set(rules.planned_tags))
    for number, (part, following, weight) in enumerate(zip(parts, ends, weights, strict=True), start=1):
        live = rules.is_live((part.inbound[0].channel or thread.channel or "").lower())
        text = _text(part, live)
        yield replace(
            thread,
            contact_id=_numbered(thread.contact_id, number),
            follow_up_of=thread.follow_up_of if number == 1 else _numbered(thread.contact_id, number - 1) if part.made_by in LINKED else None,
            made_by=part.made_by,
            opened_at=part.opened_at if number > 1 or part.made_by != "thread" else min(thread.opened_at, part.opened_at),
            closed_at=_closed(thread, part, following),
            text=text or thread.text if number == 1 else text,
            channel=part.inbound[0].channel or thread.channel,
            handle_minutes=None if thread.handle_minutes is None else thread.handle_minutes * weight / sum(weights),
            public_reply_count=part.replies,
            reopen_count=_reopenings_not_seen(thread, parts) if number == 1 else 0,
            is_company_initiated=False,
            is_planned=is_planned and number > 1,
            is_acknowledgement=part.made_by != "thread" and not part.replies and rules.acknowledgements
            and all(is_acknowledgement(m.text) for m in part.inbound),
            is_bot_only=not part.replies and any(m.author == "bot" and m.is_public for m in part.messages),
            messages=(),
            solved_at=(),
        )  # fmt: skip


def _reopenings_not_seen(thread: ContactRecord, parts: list[_Part]) -> int | None:
    """Reopenings the source counts beyond those that became contacts: by staff, or without their moment."""
    seen = sum(part.made_by == "reopen" for part in parts)
    return None if thread.reopen_count is None else max(thread.reopen_count - seen, 0)


def _numbered(contact_id: str, number: int) -> str:
    return contact_id if number == 1 else f"{contact_id}#{number}"


def _closed(thread: ContactRecord, part: _Part, following: datetime | None) -> datetime | None:
    """When the contact ended: when it was solved, else, where another follows, with its last public message."""
    last = part.inbound[-1].at
    solved = [at for at in thread.solved_at if at >= last and (following is None or at <= following)]
    if solved:
        return solved[0]
    if following is None:
        return thread.closed_at if thread.closed_at and thread.closed_at >= last else None
    return max(m.at for m in part.messages if m.is_public)


def _text(part: _Part, is_live: bool) -> str:
    """The customer's words: of a live session all, elsewhere those before the first answer, which say what it is about."""
    said = []
    for message in part.messages:
        if _is_inbound(message):
            said.append(message.text)
        elif said and not is_live and message.is_public and message.author != "system" and not message.is_automatic:
            break
    return "\n\n".join(text for text in said if text)
