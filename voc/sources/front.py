"""Front: analytics exports of messages and activities (CSV), and conversations, messages, comments, events of the API."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import Field, field_validator

from voc.records import Answer, ContactRecord, DetailRecord, Identifier, Message, MessageRecord, Record, ResponseRecord
from voc.sources._entries import Entry, Export, VendorOptions, head_keys, open_export
from voc.sources._people import people_in
from voc.sources._threads import opening_lines
from voc.sources._values import LeftOut, RowFault, identifiers, parse_tags
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, with_defaults

DESCRIPTION = "Front: analytics exports of messages and activities (CSV), and answers of the API (JSON)"

COMMENT_QUESTION = "Survey comment"
_CHANNELS = {
    "call": "phone", "front_chat": "chat", "frontchat": "chat", "smooch": "messaging", "intercom": "messaging", "tweet": "twitter",
    "tweet_dm": "twitter",
}  # fmt: skip
_RESOLVED = ("archive", "archived", "resolve", "resolved")
_LEFT_OUT = {"spam": "spam in Front", "deleted": "deleted in Front", "trashed": "deleted in Front"}
_CONVERSATION = re.compile(r"/conversations/([^/?#]+)")
_PHONE = re.compile(r"\+?[\d\s().-]{7,20}$")


class Options(VendorOptions):
    """Keys of a `kind: front` source; a field is a custom field of the conversation, or a column."""

    channel: str | None = Field(None, description="Channel of all conversations of an analytics export, which names none")
    survey_scale: tuple[float, float] | None = Field(None, description="Worst and best survey rating, such as [1, 5]")
    company_initiated_tags: tuple[str, ...] = Field((), description="Tags of conversations the company opened itself")

    @field_validator("survey_scale")
    @classmethod
    def _has_two_ends(cls, scale: tuple[float, float] | None) -> tuple[float, float] | None:
        if scale and scale[0] == scale[1]:
            raise ValueError("worst and best rating should differ")
        return scale


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an analytics export of Front or an answer of its API."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return "links" in keys and fits_any(_API, keys) and bool(keys & {"results", "related", "iteratable"})
    return kind == "delimited" and fits_any(_EXPORTS, keys)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Front. In analytics exports a row is a message or an activity; the first message of a conversation
    gives the contact too. Of the API a conversation gives the contact, messages and comments belong to it.

    Archiving a conversation (its segment's end) is when it was solved. Handle time is that of the messages export.
    """
    export = open_export(path, options, pages=("_results",))
    reading = _Reading(path, options, prefixes=("custom_fields.",))
    reading.export = export
    return read_tables(export, _KINDS, reading, vendor="Front")


class _Reading(Reading):
    """Also which rows of an analytics export open a conversation, found by going through it once more."""

    export: Export
    _openings: frozenset[int] | None = None
    segment_ends: dict[str, str]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.segment_ends = {}

    def opens(self, entry: Entry) -> bool:
        """Whether a row is the first message of its conversation."""
        if self._openings is None:
            rows = (row for row in self.export.rows() if not row.fault and _is_message(row))
            self._openings = opening_lines((_thread(row), self._at(row), row.line) for row in rows)
        return entry.line in self._openings

    def _at(self, row: Entry) -> datetime | None:
        try:
            return self.parse_time(row.text("Message date") or "")
        except ValueError:
            return None


# ---------------------------------------------------------------- analytics exports


def _thread(row: Entry) -> str | None:
    """The API's id of a conversation where the export has it, so that the API's answers join."""
    return row.text("Conversation API ID", "Conversation ID")


def _is_message(row: Entry) -> bool:
    kind = (row.text("Type") or "").lower().replace("_", " ")
    return bool(row.text("Direction")) and (not kind or "bound" in kind or "reply" in kind or "message" in kind)


def _row(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "Conversation API ID", "Conversation ID")
    at = reading.moment(entry, "Message date")
    records = list(_survey(entry, contact_id, at, reading))
    if _is_message(entry):
        records += _said(entry, contact_id, at, reading)
    elif (entry.text("Type") or "").lower() in _RESOLVED:
        records.append(DetailRecord(line=entry.line, contact_id=contact_id, fields={"solved_at": (at,)}))
    if not records:
        reading.pass_over(entry, "activities that are no message, rating or archiving")
    yield from records


def _said(entry: Entry, contact_id: str, at: datetime, reading: _Reading) -> Iterator[Record]:
    is_inbound = (entry.text("Direction") or "").lower().startswith("in")
    message = Message(
        at=at,
        author="customer" if is_inbound else "agent",
        text=entry.text("Extract") or "",
        is_automatic=reading.is_true(entry, "Autoreply"),
        channel=reading.options.channel,
    )
    if reading.opens(entry):
        tags = parse_tags(entry.text("Tags") or "")
        yield ContactRecord(
            line=entry.line,
            people=people_in(entry.data),
            contact_id=contact_id,
            opened_at=at,
            text=message.text if is_inbound else "",
            subject=entry.text("Subject"),
            identifiers=_handle(entry.text("Contact handle")),
            channel=reading.options.channel,
            status=entry.text("Ticket status name", "Status"),
            organisation=entry.text("Account names", "Account name"),
            is_company_initiated=not is_inbound or bool({*tags} & {*reading.options.company_initiated_tags}),
            tags=tags,
            messages=(message,),
            **with_defaults(reading.fields(entry), site=entry.text("Inbox")),
        )
    # Exports of months that overlap hold a message twice, the later one perhaps with another handle time
    own = entry.text("Message ID", "Message API ID") or f"{at.isoformat()} {message.author} {message.text}"
    key = f"message of {contact_id}: {own}"
    yield MessageRecord(line=entry.line, contact_id=contact_id, message=message, key=key)
    minutes = None if entry.has("Activity ID") or is_inbound else reading.minutes(entry, "Handle time")
    solved_at = _segment_end(entry, contact_id, reading)
    fields = {"handle_minutes": minutes, "solved_at": (solved_at,) if solved_at else None}
    known = {name: value for name, value in fields.items() if value}
    if known:
        yield DetailRecord(line=entry.line, contact_id=contact_id, fields=known, key=key)


def _segment_end(entry: Entry, contact_id: str, reading: _Reading) -> datetime | None:
    """When the segment of a message was archived; None where it is open, or where a row before said so."""
    text = entry.text("Segment end")
    is_closed = reading.is_true(entry, "Segment closed") if entry.has("Segment closed") else bool(text)
    if not text or not is_closed or reading.segment_ends.get(contact_id) == text:
        return None
    reading.segment_ends[contact_id] = text
    return reading.time(entry, "Segment end")


def _survey(entry: Entry, contact_id: str, at: datetime, reading: _Reading) -> Iterator[ResponseRecord]:
    """The rating in an activity. Front lets each survey have its own scale, which the export does not tell."""
    rating, comment = reading.number(entry, "Survey rating"), entry.text("Survey comment")
    scale, score = reading.options.survey_scale, {}
    if rating is not None and scale is None:
        reading.losses.note(entry.line, "Survey rating", f"{rating:g}", "of a scale that is not known: set survey_scale")
    elif rating is not None and not min(scale) <= rating <= max(scale):
        reading.losses.note(entry.line, "Survey rating", f"{rating:g}", f"outside {scale[0]:g} (worst) to {scale[1]:g} (best)")
    elif rating is not None:
        score = {"score": rating, "score_kind": "csat", "score_worst": scale[0], "score_best": scale[1]}
    if not score and not comment:
        return
    yield ResponseRecord(
        line=entry.line,
        response_id=entry.text("Activity API ID", "Activity ID") or f"{contact_id}-csat",
        responded_at=at,
        answers=(Answer(question=COMMENT_QUESTION, text=comment),) if comment else (),
        identifiers=_handle(entry.text("Contact handle")),
        contact_id=contact_id,
        channel=reading.options.channel,
        site=entry.text("Inbox"),
        **score,
    )


def _handle(handle: str | None) -> tuple[Identifier, ...]:
    """An address of a contact: mail, phone, or whatever else a channel uses (meaningful in Front only)."""
    handle = (handle or "").split(",")[0].strip()
    if "@" in handle[1:]:
        return identifiers(email=handle)
    return identifiers(phone=handle) if _PHONE.match(handle) else identifiers(id=handle)


# ---------------------------------------------------------------- API


def _conversation(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id")
    status = (entry.text("status") or "").lower()
    if status in _LEFT_OUT:
        raise LeftOut(_LEFT_OUT[status])
    names = (tag.text("name") for tag in entry.objects("tags"))
    tags = tuple(dict.fromkeys(filter(None, names)))
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=reading.moment(entry, "created_at"),
        text="",
        subject=entry.text("subject"),
        identifiers=_handle(entry.text("recipient.handle")),
        updated_at=reading.time(entry, "updated_at"),
        status=entry.text("status_category", "status"),
        # The main recipient stands under "to" where the company wrote first
        is_company_initiated=entry.text("recipient.role") == "to" or bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        **reading.fields(entry),
    )


def _conversation_of(entry: Entry) -> str:
    link = entry.text("_links.related.conversation", "conversation.id") or ""
    match = _CONVERSATION.search(link)
    found = match[1] if match else link
    if not found or "/" in found:
        raise RowFault("'_links.related.conversation' is empty, so the row belongs to no conversation")
    return found


def _api_message(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = _conversation_of(entry)
    if reading.is_true(entry, "is_draft"):
        raise LeftOut("a draft, which was not sent")
    is_inbound = entry.get("is_inbound") in (True, "true")
    kind = (entry.text("type") or "").lower()
    message = Message(
        at=reading.moment(entry, "created_at"),
        author="customer" if is_inbound else "agent",
        text=entry.text("text", "body", "blurb") or "",
        # What rules send has no author
        is_automatic=not is_inbound and entry.has("author") and entry.get("author") is None,
        channel=_CHANNELS.get(kind, kind) or None,
    )
    yield MessageRecord(line=entry.line, contact_id=contact_id, message=message, **reading.version(entry, "message", "id"))


def _comment(entry: Entry, reading: _Reading) -> Iterator[Record]:
    message = Message(
        at=reading.moment(entry, "posted_at"), author="agent", text=entry.text("body") or "", is_public=False
    )
    version = reading.version(entry, "comment", "id")
    yield MessageRecord(line=entry.line, contact_id=_conversation_of(entry), message=message, **version)


def _event(entry: Entry, reading: _Reading) -> Iterator[Record]:
    if (entry.text("type") or "").lower() not in _RESOLVED:
        reading.pass_over(entry, "events that are no archiving")
        return
    contact_id = reading.id(entry, "conversation.id")
    solved_at = (reading.moment(entry, "emitted_at"),)
    yield DetailRecord(line=entry.line, contact_id=contact_id, fields={"solved_at": solved_at})


_EXPORTS = (
    TableKind(
        name="the analytics exports of messages and activities",
        signs=("Conversation ID; Direction; Message date", "Conversation API ID; Direction; Message date", "Conversation ID; Activity ID"),
        read=_row,
    ),
)
_API = (
    TableKind(name="messages", signs=("id; type; is_inbound; created_at",), read=_api_message),
    TableKind(name="comments", signs=("id; body; posted_at",), read=_comment),
    TableKind(name="events", signs=("id; type; emitted_at; conversation",), read=_event),
    TableKind(name="conversations", signs=("id; status; recipient; created_at",), read=_conversation),
)
_KINDS = (*_EXPORTS, *_API)
