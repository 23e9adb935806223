"""Intercom: conversations and tickets of the API, and the tables that a loader writes into a warehouse (as CSV)."""

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
from voc.sources._intercom import (
    author_of,
    channel_of,
    closings,
    count_replies,
    first_words,
    has_parts,
    is_closing,
    message_of,
    parts_of,
    people,
)
from voc.sources._people import people_in
from voc.sources._values import LeftOut, identifiers
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, whole_thread, with_defaults
from voc.sources._warehouse import rows_beside, why_not_current

DESCRIPTION = "Intercom: conversations and tickets of the API (JSON), and warehouse tables of conversations (CSV)"

COMMENT_QUESTION = "Satisfaction comment"
_INTERNAL_TICKETS = ("back-office", "tracker")
_JSON_SIGNS = {"deliveredas", "conversationparts", "ticketparts", "ticketattributes", "hashardbounced"}


class Options(VendorOptions):
    """Keys of a `kind: intercom` source; a field is a custom attribute (JSON) or a column (warehouse table)."""

    company_initiated_tags: tuple[str, ...] = Field((), description="Tags of conversations the company opened itself")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an answer of the Intercom API or one of its tables from a warehouse."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return bool(keys & _JSON_SIGNS) and {"id", "createdat"} <= keys
    if kind != "delimited" or not fits_any(_KINDS, keys):
        return False
    return not _TAGS.fits(keys) or len(keys) == 4  # other tools have longer tables of names


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Intercom: a contact a conversation or customer ticket, a response where it was rated.

    Parts are messages; closings among them are the moments of solution. What anybody but the customer began
    (`delivered_as`) is company-initiated. Names of tags and companies are looked up in the tables of the same folder.
    Back-office and tracker tickets are rejects: they are work about customers, not their contacts.
    """
    export = open_export(path, options, pages=("conversations", "tickets", "data"))
    reading = _Reading(path, options, prefixes=("custom_attributes.", "ticket_attributes."))
    return read_tables(export, _KINDS, reading, vendor="Intercom", why_not=why_not_current(export))


class _Reading(Reading):
    """Also what the tables in the same folder say, read when it is first asked for."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.first_contacts: dict[str, str] = {}
        self._tags: dict[str, str] | None = None
        self._companies: dict[str, str] | None = None

    def tag(self, tag_id: str) -> str | None:
        """The tag's name; its id where no table of the folder names tags, None for a tag that was deleted."""
        if self._tags is None:
            rows = rows_beside(self.path, self.options, *_TAGS.signs[0].split(";"))
            self._tags = {row.text("id") or "": row.text("name") or "" for row in rows if len(row.data) == 4}
        return self._tags.get(tag_id) if self._tags else tag_id

    def company(self, contact_id: str) -> str | None:
        """The name of the first company of a contact."""
        if self._companies is None:
            rows = rows_beside(self.path, self.options, "id", "name", "monthly_spend")
            names = {row.text("id"): row.text("name") for row in rows}
            self._companies = {}
            for row in rows_beside(self.path, self.options, "company_id", "contact_id"):
                name = names.get(row.text("company_id"))
                if name:
                    self._companies.setdefault(row.text("contact_id") or "", name)
        return self._companies.get(contact_id)


def _conversation(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id")
    opened_at = reading.moment(entry, "created_at")
    delivered_as = entry.text("source.delivered_as", "source_delivered_as")
    author = author_of(entry, "source.author.type", "source_author_type")
    if author == "system" and delivered_as == "customer_initiated":  # an author of no known type
        author = "customer"
    body = entry.text("source.body", "source_body")
    parts = reading.messages(parts_of(entry), message_of)
    closed = closings(entry, reading)
    tags = tuple(dict.fromkeys(filter(None, (tag.text("name") for tag in entry.objects("tags.tags")))))
    subject = entry.text("source.subject", "source_subject", "title")
    is_theirs = author == "customer"
    text = (body if is_theirs else None) or first_words(parts) or body or subject or ""
    opening = Message(at=opened_at, author=author, text=text if is_theirs else body or "")
    contact = ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=subject,
        identifiers=people(entry),
        channel=channel_of(entry),
        closed_at=reading.time(entry, "statistics.last_close_at") or (closed[-1] if closed else None),
        updated_at=reading.time(entry, "updated_at"),
        status=entry.text("state"),
        priority=entry.text("priority"),
        organisation=entry.text("company.name"),
        public_reply_count=count_replies(parts) if has_parts(entry) else None,
        reopen_count=reading.count(entry, "statistics.count_reopens"),
        is_company_initiated=delivered_as not in (None, "customer_initiated")
        or bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        messages=whole_thread(opening, parts if has_parts(entry) else None),
        solved_at=closed,
        **with_defaults(
            reading.fields(entry),
            given_topic=", ".join(filter(None, (topic.text("name") for topic in entry.objects("topics.topics"))))
            or None,
            handle_minutes=reading.minutes(entry, "statistics.handling_time"),
        ),
    )
    yield contact
    yield from _rating(entry, contact, reading)


def _rating(entry: Entry, contact: ContactRecord, reading: Reading) -> Iterator[ResponseRecord]:
    """The rating from 1 to 5. Its `created_at` is when it was asked for, so the last change comes first."""
    score = reading.number(entry, "conversation_rating.rating", "conversation_rating_value")
    remark = entry.text("conversation_rating.remark", "conversation_rating_remark")
    if score is not None and not 1 <= score <= 5:
        reading.losses.note(entry.line, "conversation_rating.rating", f"{score:g}", "outside 1 (worst) to 5 (best)")
        score = None
    if score is None and not remark:
        return
    scored = {"score": score, "score_kind": "csat", "score_worst": 1.0, "score_best": 5.0} if score else {}
    rated_at = reading.time(entry, "conversation_rating.updated_at", "conversation_rating.created_at")
    rated_at = rated_at or reading.time(entry, "conversation_rating_created_at")
    yield ResponseRecord(
        line=entry.line,
        response_id=f"{contact.contact_id}-csat",
        responded_at=rated_at or contact.closed_at or contact.updated_at or contact.opened_at,
        answers=(Answer(question=COMMENT_QUESTION, text=remark),) if remark else (),
        identifiers=contact.identifiers,
        contact_id=contact.contact_id,
        channel=contact.channel,
        segment=contact.segment,
        site=contact.site,
        **scored,
    )


def _ticket(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id", "ticket_id")
    category = entry.text("category", "ticket_type.category") or ""
    if category.lower() in _INTERNAL_TICKETS:
        raise LeftOut(f"{category} ticket in Intercom: about customers, not with them")
    opened_at = reading.moment(entry, "created_at")
    title = entry.text("ticket_attributes._default_title_")
    description = entry.text("ticket_attributes._default_description_")
    parts = reading.messages(parts_of(entry), message_of)
    closed = closings(entry, reading)
    text = description or first_words(parts) or title or ""
    opening = Message(at=opened_at, author="customer", text=text)
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=title,
        identifiers=people(entry),
        closed_at=closed[-1] if closed else None,
        updated_at=reading.time(entry, "updated_at"),
        status=entry.text("ticket_state.internal_label", "ticket_state.category", "ticket_state"),
        organisation=entry.text("company.name"),
        public_reply_count=count_replies(parts) if has_parts(entry) else None,
        messages=whole_thread(opening, parts if has_parts(entry) else None),
        solved_at=closed,
        **with_defaults(reading.fields(entry), given_topic=entry.text("ticket_type.name")),
    )


def _part_row(entry: Entry, reading: _Reading) -> Iterator[Record]:
    conversation_id = reading.id(entry, "conversation_id")
    message = message_of(entry, reading)
    if message:
        yield MessageRecord(line=entry.line, contact_id=conversation_id, message=message, **reading.version(entry, "part", "id"))
    if is_closing(entry):
        solved_at = (reading.moment(entry, "created_at"),)
        yield DetailRecord(line=entry.line, contact_id=conversation_id, fields={"solved_at": solved_at})
    elif not message:
        reading.pass_over(entry, "parts that record an action and hold no words")


def _participant(entry: Entry, reading: _Reading) -> Iterator[Record]:
    conversation_id, contact_id = reading.id(entry, "conversation_id"), reading.id(entry, "contact_id")
    if reading.first_contacts.setdefault(conversation_id, contact_id) != contact_id:
        reading.pass_over(entry, "further participants of a conversation: other people than its customer")
        return
    fields = {"identifiers": (("id", contact_id),)}
    yield DetailRecord(line=entry.line, contact_id=conversation_id, fields=fields)


def _tagging(entry: Entry, reading: _Reading) -> Iterator[Record]:
    conversation_id, tag_id = reading.id(entry, "conversation_id"), reading.id(entry, "tag_id")
    name = reading.tag(tag_id)
    if name is None:
        reading.pass_over(entry, "tags that were deleted or that the table of tags lacks")
        return
    fields = {"tags": (name,)} | (
        {"is_company_initiated": True} if name in reading.options.company_initiated_tags else {}
    )
    yield DetailRecord(line=entry.line, contact_id=conversation_id, fields=fields)


def _person(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id")
    found = identifiers(
        id=contact_id, external=entry.text("external_id"), email=entry.text("email"), phone=entry.text("phone")
    )
    company = entry.text("custom_organisation_name") or reading.company(contact_id)
    yield PersonRecord(
        line=entry.line,
        people=people_in({"contact": entry.data}),
        identifiers=found,
        organisation=company,
        segment=reading.named(entry, "segment_field"),
        is_internal=(entry.text("role") or "").lower() in ("admin", "teammate"),
    )


_TAGS = TableKind(
    name="tags",
    signs=("id; name; _fivetran_deleted; _fivetran_synced",),
    unused="their names are looked up where conversations are tagged",
)
_KINDS = (
    TableKind(
        name="conversations",
        signs=(
            "id; created_at; source; contacts",
            "id; created_at; source; conversation_parts",
            "id; created_at; conversation_parts; state",
            "id; created_at; source_delivered_as; state",
        ),
        read=_conversation,
    ),
    TableKind(
        name="tickets",
        signs=("id; created_at; ticket_attributes; ticket_state", "id; created_at; ticket_parts; ticket_type"),
        read=_ticket,
    ),
    TableKind(name="conversation parts", signs=("conversation_id; part_type; created_at",), read=_part_row),
    TableKind(
        name="contacts of conversations", signs=("conversation_id; contact_id; _fivetran_synced",), read=_participant
    ),
    TableKind(name="tags of conversations", signs=("conversation_id; tag_id; _fivetran_synced",), read=_tagging),
    TableKind(
        name="contacts",
        signs=("id; role; signed_up_at; unsubscribed_from_emails", "id; role; external_id; has_hard_bounced"),
        read=_person,
    ),
    TableKind(
        name="companies",
        signs=("id; monthly_spend; session_count", "company_id; contact_id; contact_updated_at"),
        unused="their names are looked up for the table of contacts",
    ),
    TableKind(name="a JSON schema", signs=("title; type; properties",), unused="it describes fields and holds no data"),
    _TAGS,
)
