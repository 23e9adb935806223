"""Zendesk tickets: the JSON export (one ticket a line, or pages of the API) and the CSV export."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from voc.config import Settings
from voc.errors import VocError, did_you_mean
from voc.records import Answer, ContactRecord, Record, ResponseRecord
from voc.sources._delimited import delimiter_char, header_names
from voc.sources._files import check_file, file_kind, head_text, read_head
from voc.sources._tables import open_table
from voc.sources._tickets import Ticket, csv_tickets, items, json_tickets, scalar
from voc.sources._values import (
    LeftOut,
    Losses,
    RowFault,
    check_date_format,
    check_timezone,
    identifiers,
    optional,
    parse_count,
    parse_duration,
    parse_number,
    parse_time,
    rejected,
    required_time,
)

DESCRIPTION = "Zendesk tickets: JSON export (one ticket a line, or pages of the API) and CSV export"

COMMENT_QUESTION = "Satisfaction comment"
UNKNOWN_TICKET = "unknown"  # stands in merged_into when the export does not say which ticket absorbed this one
_NO_CONTACT = {"deleted": "deleted in Zendesk", "suspended": "suspended in Zendesk"}
_RATINGS = {"good": 1.0, "goodwithcomment": 1.0, "bad": 0.0, "badwithcomment": 0.0}
_MERGED = re.compile(r"merged into (?:request|ticket) #(\d+)", re.IGNORECASE)
_OUTBOUND = re.compile(r"outbound|outgoing", re.IGNORECASE)
_CSV_SIGNS = {"summation column", "via", "assignee stations", "satisfaction score", "requester id"}
_FIELD_OPTIONS = ("handle_time_field", "given_topic_field", "segment_field", "annual_revenue_field", "site_field")
ParseTime = Callable[[str], datetime]


class Options(Settings):
    """Keys of a `kind: zendesk` source.

    A field is the number of a custom field (JSON), its name (CSV), `organization.KEY` or `user.KEY` for a field of
    the customer's organisation or of the customer.
    """

    handle_time_field: str | int | None = Field(
        None, description="Custom field with agent time in seconds, such as Total time spent (sec)"
    )
    given_topic_field: str | int | None = Field(None, description="Custom field with the reason agents recorded")
    segment_field: str | int | None = Field(None, description="Field with the customer's segment")
    annual_revenue_field: str | int | None = Field(None, description="Field with the account's revenue a year")
    site_field: str | int | None = Field(None, description="Field with team or location; the group when not given")
    site: str | None = Field(None, description="One team or location for all tickets")
    company_initiated_tags: tuple[str, ...] = Field((), description="Tags of tickets the company opened itself")
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")
    delimiter: str | None = Field(None, description="Delimiter of the CSV, where it cannot be told from the file")
    date_format: str | None = Field(None, description="CSV: day_first, month_first, or a pattern such as %d/%m/%Y")
    timezone: str = Field("UTC", description="CSV: zone of the account, since its times do not say theirs")

    _known_format = field_validator("date_format")(check_date_format)
    _known_zone = field_validator("timezone")(check_timezone)

    @field_validator("delimiter")
    @classmethod
    def _one_char(cls, name: str | None) -> str | None:
        return None if name is None else delimiter_char(name)


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a Zendesk export: tickets as JSON, or the header of the CSV export."""
    try:
        kind = file_kind(path, head)
    except VocError:
        return False
    text = head_text(head)
    if kind == "json":
        return '"requester_id"' in text and ('"submitter_id"' in text or '"via"' in text)  # other tools: the first only
    if kind != "delimited":
        return False
    names = {name.lower() for name in header_names(text)}
    has_requester = any(name.startswith("requester") for name in names)
    return {"id", "subject", "created at"} <= names and has_requester and bool(names & _CSV_SIGNS)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a Zendesk export: a contact a ticket, and a response where the ticket was rated good or bad.

    The text is the customer's first public comment, else the description, else the subject: the CSV export has no
    description, so there a contact's text is its subject. `closed_at` is the time of the solution from the ticket's
    metrics, never that of the last change. Handle time is read only from the field the options name. Deleted and
    suspended tickets and those without id or time are rejects. In pages of the API `line` counts tickets.
    """
    check_file(path)
    if file_kind(path, read_head(path)) == "json":
        return _records(path, json_tickets(path, encoding=options.encoding), options, parse_time)
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter)
    zoned = partial(parse_time, date_format=options.date_format, zone=ZoneInfo(options.timezone))
    return _records(path, csv_tickets(table), options, zoned)


def _records(path: Path, tickets: Iterator[Ticket], options: Options, parse: ParseTime) -> Iterator[Record]:
    losses = Losses(path)
    known: dict[str, None] = {}
    ticket = None
    for ticket in tickets:
        fields = ticket.fields()
        known.update(dict.fromkeys(fields))
        try:
            contact = _contact(ticket, fields, options, parse, losses)
        except RowFault as fault:
            yield rejected(fault, ticket.line, ticket.raw)
            continue
        yield contact
        response = _response(ticket, contact, parse, losses)
        if response:
            yield response
    if ticket is not None:
        _check_fields(path, options, known)
    losses.report()


def _check_fields(path: Path, options: Options, known: dict[str, None]) -> None:
    """Raise VocError for an option that names a field no ticket of the file has."""
    for option in _FIELD_OPTIONS:
        wanted = getattr(options, option)
        if wanted is not None and str(wanted) not in known:
            hint = did_you_mean(str(wanted), known) or "Its tickets have no such fields; leave the option out."
            raise VocError(f"{path}: no ticket has the field '{wanted}', which {option} names.", hint)


def _contact(
    ticket: Ticket, fields: dict[str, str], options: Options, parse: ParseTime, losses: Losses
) -> ContactRecord:
    contact_id = _ticket_id(ticket)
    customer = ticket.beside("users", "requester_id", "requester")
    metrics = ticket.beside("metric_sets", "id", "metric_set", "metrics")
    tags = _tags(ticket)

    def maybe(value: Any, name: str, read_value):
        return optional(scalar(value) or "", name, ticket.line, read_value, losses)

    def field(option: str) -> str | None:
        return fields.get(str(getattr(options, option))) or None

    replies = maybe(metrics.get("replies"), ticket.name("metric_set.replies"), parse_count)
    return ContactRecord(
        line=ticket.line,
        contact_id=contact_id,
        opened_at=required_time(ticket.text("created_at") or "", ticket.name("created_at"), parse),
        text=_first_text(ticket),
        subject=ticket.text("subject"),
        identifiers=identifiers(
            id=ticket.text("requester_id") or scalar(customer.get("id")),
            external=scalar(customer.get("external_id")),
            email=scalar(customer.get("email")),
            phone=scalar(customer.get("phone")),
        ),
        channel=ticket.text("via.channel"),
        closed_at=maybe(metrics.get("solved_at"), ticket.name("metric_set.solved_at"), parse),
        updated_at=maybe(ticket.get("updated_at"), ticket.name("updated_at"), parse),
        status=ticket.text("status"),
        priority=ticket.text("priority"),
        given_topic=field("given_topic_field"),
        site=options.site or field("site_field") or scalar(ticket.beside("groups", "group_id", "group").get("name")),
        segment=field("segment_field"),
        organisation=scalar(ticket.beside("organizations", "organization_id", "organization").get("name")),
        annual_revenue=maybe(field("annual_revenue_field"), str(options.annual_revenue_field), parse_number),
        handle_minutes=maybe(
            field("handle_time_field"), str(options.handle_time_field), partial(parse_duration, seconds_a_unit=1)
        ),
        public_reply_count=_count_replies(ticket) if replies is None else replies,
        reopen_count=maybe(metrics.get("reopens"), ticket.name("metric_set.reopens"), parse_count),
        follow_up_of=_follow_up_of(ticket),
        merged_into=_merged_into(ticket, tags),
        is_company_initiated=_is_outbound(ticket) or bool({*tags} & {*options.company_initiated_tags}),
        tags=tags,
    )


def _ticket_id(ticket: Ticket) -> str:
    if ticket.fault:
        raise RowFault(ticket.fault)
    contact_id = ticket.text("id")
    if contact_id is None:
        raise RowFault(f"'{ticket.name('id')}' is empty, so the row has no id")
    why_left_out = _NO_CONTACT.get((ticket.text("status") or "").lower())
    if why_left_out:
        raise LeftOut(why_left_out)
    return contact_id


def _first_text(ticket: Ticket) -> str:
    customer = ticket.text("requester_id")
    for comment in _public_comments(ticket):
        body = _body(comment)
        if body and scalar(comment.get("author_id")) == customer:
            return body
    return ticket.text("description") or ticket.text("subject") or ""


def _public_comments(ticket: Ticket) -> list[dict[str, Any]]:
    comments = [comment for comment in items(ticket.get("comments")) if isinstance(comment, dict)]
    return [comment for comment in comments if comment.get("public") is not False]


def _body(comment: dict[str, Any]) -> str | None:
    return next(filter(None, (scalar(comment.get(key)) for key in ("body", "plain_body", "html_body"))), None)


def _count_replies(ticket: Ticket) -> int | None:
    """Public comments by others than the customer; None when the export holds no comments."""
    if not isinstance(ticket.get("comments"), list):
        return None
    customer = ticket.text("requester_id")
    return sum(scalar(comment.get("author_id")) != customer for comment in _public_comments(ticket))


def _follow_up_of(ticket: Ticket) -> str | None:
    source = ticket.text("via.source.from.ticket_id") if ticket.text("via.source.rel") == "follow_up" else None
    return ticket.text("via_followup_source_id") or source


def _merged_into(ticket: Ticket, tags: tuple[str, ...]) -> str | None:
    """The ticket that absorbed this one, as Zendesk's own closing comment names it."""
    if "closed_by_merge" not in tags:
        return None
    bodies = (_body(comment) or "" for comment in items(ticket.get("comments")) if isinstance(comment, dict))
    found = [match[1] for match in map(_MERGED.search, bodies) if match]
    return found[-1] if found else UNKNOWN_TICKET


def _is_outbound(ticket: Ticket) -> bool:
    """Only what Zendesk itself marks as going out: an agent who files a phone call is its submitter as well."""
    marks = (ticket.text("via.source.rel"), ticket.text("via.channel"))
    return any(mark and _OUTBOUND.search(mark) for mark in marks)


def _tags(ticket: Ticket) -> tuple[str, ...]:
    tags = ticket.get("tags")
    if isinstance(tags, list):
        return tuple(dict.fromkeys(filter(None, map(scalar, tags))))
    return tuple(dict.fromkeys(re.split(r"[\s,]+", scalar(tags)))) if scalar(tags) else ()


def _response(ticket: Ticket, contact: ContactRecord, parse: ParseTime, losses: Losses) -> ResponseRecord | None:
    """The rating of a ticket as a response: 1 good, 0 bad. Ratings carry no time of their own in tickets: the first
    known of the rating's time, the solution, the last change and the opening is taken."""
    rated = re.sub(r"[\s_]", "", (ticket.text("satisfaction_rating.score") or "").lower())
    if rated not in _RATINGS:
        return None
    comment = ticket.text("satisfaction_rating.comment")
    path = "satisfaction_rating.created_at"
    rated_at = optional(ticket.text(path) or "", ticket.name(path), ticket.line, parse, losses)
    return ResponseRecord(
        line=contact.line,
        response_id=f"{contact.contact_id}-csat",
        responded_at=rated_at or contact.closed_at or contact.updated_at or contact.opened_at,
        answers=(Answer(question=COMMENT_QUESTION, text=comment),) if comment else (),
        identifiers=contact.identifiers,
        score=_RATINGS[rated],
        score_kind="csat",
        score_worst=0.0,
        score_best=1.0,
        contact_id=contact.contact_id,
        channel=contact.channel,
        segment=contact.segment,
        site=contact.site,
    )
