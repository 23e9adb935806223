"""What a source yields: one record a contact, a survey response or a row that could not be read.

A source reads one export format and says nothing about tables, customers or redaction:
the ingest stage turns records into rows. Texts are as exported (HTML allowed); times are
aware datetimes in UTC; `line` is the physical line (or row, or item) a person can go to in the file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Literal

# An identifier of a customer: (kind, value). Kinds: "id" (the vendor's own id, meaningful inside one
# source only), "external" (an id shared between tools, such as a CRM id), "email", "phone".
Identifier = tuple[str, str]


class _Packed:
    """Goes between processes as its values alone: records do so by the million, and a dataclass by itself takes three times as long."""

    __slots__ = ()

    def __reduce__(self) -> tuple:
        return _unpacked, (type(self), self.values())

    def values(self) -> tuple:
        """What its fields hold, in their order."""
        return _getter(type(self))(self)


@cache
def _getter(kind: type) -> Callable[[Any], tuple]:
    return attrgetter(*kind.__slots__)


def _unpacked(kind: type, values: tuple) -> Any:
    record, put = object.__new__(kind), object.__setattr__
    for name, value in zip(kind.__slots__, values, strict=True):
        put(record, name, value)
    return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(_Packed):
    """One item of a thread: what was said or written, by whom, and whether the customer saw it."""

    at: datetime
    author: Literal["customer", "agent", "bot", "system"]
    text: str = ""
    is_public: bool = True  # False for internal notes
    is_automatic: bool = False  # an auto-reply, a delivery failure, a notice sent by a rule
    channel: str | None = None  # where it differs from the thread's


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord(_Packed):
    """One contact: a ticket, chat, call or forum question opened by a customer."""

    line: int
    contact_id: str
    opened_at: datetime
    text: str
    subject: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    channel: str | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    status: str | None = None
    priority: str | None = None
    given_topic: str | None = None  # the category the producer's own tool or form recorded
    site: str | None = None  # the team, location or outsourcer that handled it
    segment: str | None = None
    organisation: str | None = None
    annual_revenue: float | None = None  # of the customer's account a year, in the run's currency
    handle_minutes: float | None = None  # measured agent time, never elapsed time
    public_reply_count: int | None = None
    reopen_count: int | None = None
    follow_up_of: str | None = None  # vendor id of the contact this one continues
    merged_into: str | None = None  # vendor id of the contact that absorbed this one
    is_company_initiated: bool = False
    language: str | None = None
    tags: tuple[str, ...] = ()
    # Names in the row, of the customer and of agents: they go from all its texts and are not stored, so they are no part of what it says.
    people: tuple[str, ...] = field(default=(), compare=False)
    # What the contact rules work on, where the export holds it; `text` is then the first public words of the customer.
    messages: tuple[Message, ...] = ()  # in order of time
    solved_at: tuple[datetime, ...] = ()  # every moment the thread was solved or closed, in order
    transfer_count: int | None = None
    is_automatic: bool = False  # headers or the vendor say that no person sent it
    # What the contact rules found (voc.threads.rules); sources leave these alone.
    made_by: str = "thread"
    is_planned: bool = False
    is_acknowledgement: bool = False
    is_bot_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_Packed):
    """One free-text answer inside a response."""

    question: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """A message that stands in a file or a page of its own; ingest joins it to its thread inside the same source.

    Of the messages of one `key` (what it is and its vendor id, such as "comment 17") the one changed last counts, of
    those changed at one time or none the one read last; without a key only equal messages are one.
    """

    line: int
    contact_id: str  # vendor id of the thread
    message: Message
    key: str | None = field(default=None, compare=False)
    changed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailRecord:
    """What another table of the same export says of a thread: a join table, metrics, field history.

    `fields` are fields of ContactRecord. Tuples (identifiers, tags, solved_at) are added to what is there; of other
    fields the thread's own value stays where it has one; texts of several details follow each other, agent time adds
    up. Of the details of one `key` one counts, as in MessageRecord.
    """

    line: int
    contact_id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = field(default=None, compare=False)
    changed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A row of a table of people: identifiers that belong to one person, and what is known of them."""

    line: int
    identifiers: tuple[Identifier, ...]
    organisation: str | None = None
    segment: str | None = None
    annual_revenue: float | None = None
    is_internal: bool = False  # an agent or administrator, whose messages are no contacts
    people: tuple[str, ...] = field(default=(), compare=False)  # the person's name


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRecord(_Packed):
    """One survey response: a score, free-text answers, or both."""

    line: int
    response_id: str
    responded_at: datetime
    answers: tuple[Answer, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    score: float | None = None
    score_kind: str | None = None  # nps, csat, ces, rating
    score_worst: float | None = None  # the value that means the worst, so that direction is never guessed
    score_best: float | None = None
    contact_id: str | None = None  # vendor id of the contact it answers about, where known
    channel: str | None = None
    segment: str | None = None
    site: str | None = None
    language: str | None = None
    people: tuple[str, ...] = field(default=(), compare=False)  # as in ContactRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRecord(_Packed):
    """A row that could not be read, with the reason and the row as it stood in the file."""

    line: int
    reason: str
    raw: str
    is_fault: bool = True  # False for rows that are rightly no contact (a survey preview, a deleted ticket)


Record = ContactRecord | MessageRecord | DetailRecord | PersonRecord | ResponseRecord | RejectRecord
