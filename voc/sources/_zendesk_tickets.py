"""Zendesk tickets as contacts, with the messages they hold, and their ratings as responses."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from voc.errors import VocError, did_you_mean
from voc.records import Answer, ContactRecord, DetailRecord, Message, Record, ResponseRecord
from voc.sources._people import people_in
from voc.sources._raw import raw_of
from voc.sources._tickets import Ticket, filled, items, scalar
from voc.sources._values import (
    LeftOut,
    Losses,
    RowFault,
    identifiers,
    optional,
    parse_number,
    rejected,
    required_time,
)
from voc.sources._zendesk_known import Known
from voc.sources._zendesk_messages import comment_message, merged_into, way, words_of
from voc.sources._zendesk_values import (
    COMMENT_QUESTION,
    CSAT,
    MERGE_TAG,
    UNKNOWN_TICKET,
    ParseTime,
    count,
    rating_of,
    says_outbound,
    seconds_as_minutes,
    tags_of,
)

log = logging.getLogger("voc.sources")
_NO_CONTACT = {"deleted": "deleted in Zendesk", "suspended": "suspended in Zendesk"}
_FIELD_OPTIONS = ("handle_time_field", "given_topic_field", "segment_field", "annual_revenue_field", "site_field")


class TicketReader:
    """Turns the tickets of one file into records; `finish` says what was lost and which option names no field."""

    def __init__(self, path: Path, options: Any, parse: ParseTime, known: Known) -> None:
        self.path, self.options, self.parse, self.known = path, options, parse, known
        self.losses = Losses(path)
        self.has_tickets = False
        self._wanted = {name: str(getattr(options, name)) for name in _FIELD_OPTIONS if getattr(options, name) is not None}
        self._unseen = set(self._wanted.values())
        self._names: dict[str, None] = {}
        self._tags_out = {*options.company_initiated_tags}

    def records(self, ticket: Ticket) -> Iterator[Record]:
        """The contact, its rating, and what the ticket says of other tickets; or the reject."""
        self.has_tickets = True
        fields = self._fields(ticket)
        try:
            contact = self._contact(ticket, fields)
        except RowFault as fault:
            yield rejected(fault, ticket.line, raw_of(ticket.cells, ticket.raw) if ticket.cells else ticket.raw)
            return
        yield contact
        if "satisfaction_rating" in ticket.data and (response := self._response(ticket, contact)):
            yield response
        yield from _links(ticket, contact)

    def finish(self) -> None:
        """Raise VocError for an option that names a field no ticket of the file has.

        Fields of customers may stand in a file of users beside; there it is logged.
        """
        for option, wanted in self._wanted.items() if self.has_tickets else ():
            if wanted not in self._unseen:
                continue
            what = f"{self.path}: no ticket has the field '{wanted}', which {option} names."
            if wanted.startswith("user.") and self.known.roles:
                log.warning("%s Another file of the source may have it.", what)
                continue
            hint = did_you_mean(wanted, self._names) or "Its tickets have no such fields; leave the option out."
            raise VocError(what, hint)
        self.losses.report()

    def _fields(self, ticket: Ticket) -> dict[str, str]:
        """Values of custom fields, where an option names any."""
        if not self._wanted:
            return {}
        if ticket.layout is not None:
            columns = ticket.layout.fields
            self._unseen -= columns.keys()
            self._names = columns
            cells = ticket.cells
            return {w: filled(cells[columns[w]]) or "" for w in self._wanted.values() if w in columns}
        fields = ticket.fields()
        if self._unseen:
            self._unseen -= fields.keys()
            self._names.update(dict.fromkeys(fields))
        return fields

    def _maybe(self, ticket: Ticket, text: str | None, name: str, parse: Callable[[str], Any]) -> Any:
        return optional(text, ticket.name(name), ticket.line, parse, self.losses) if text else None

    def _contact(self, ticket: Ticket, fields: dict[str, str]) -> ContactRecord:
        contact_id = _ticket_id(ticket)
        options, data = self.options, ticket.data
        get = data.get
        customer = ticket.beside("users", "requester_id", "requester")
        metrics = ticket.beside("metric_sets", "id", "metric_set", "metrics")
        via = ticket.inner("via")
        channel = scalar(via.get("channel"))
        if channel == "native_messaging":  # the word the contact rules know for it
            channel = "messaging"
        tags = tags_of(get("tags"))
        is_outbound = _is_outbound(via, channel) or not self._tags_out.isdisjoint(tags)
        opened_at = required_time(scalar(get("created_at")) or "", ticket.name("created_at"), self.parse)
        comments = _comments(ticket) if "comments" in data else []
        messages = self._messages(ticket, comments, channel, is_outbound) if comments else ()
        solved_at = self._maybe(ticket, scalar(metrics.get("solved_at")), "metric_set.solved_at", self.parse)
        replies = self._maybe(ticket, scalar(metrics.get("replies")), "metric_set.replies", count)
        subject = scalar(get("subject"))
        own = self._own_fields(ticket, fields) if self._wanted else {}
        site = options.site or own.get("site") or self._named(ticket, "groups", "group")
        return ContactRecord(
            line=ticket.line,
            contact_id=contact_id,
            opened_at=opened_at,
            text=(_first_words(comments, data) if comments else None) or scalar(get("description")) or subject or "",
            subject=subject,
            identifiers=identifiers(
                id=scalar(get("requester_id")) or scalar(customer.get("id")),
                external=scalar(customer.get("external_id")),
                email=scalar(customer.get("email")),
                phone=scalar(customer.get("phone")),
            ),
            people=_people(customer, ticket),
            channel=channel,
            closed_at=solved_at,
            updated_at=self._maybe(ticket, scalar(get("updated_at")), "updated_at", self.parse),
            status=scalar(get("status")),
            priority=scalar(get("priority")),
            given_topic=own.get("given_topic"),
            site=site,
            segment=own.get("segment"),
            organisation=self._named(ticket, "organizations", "organization"),
            annual_revenue=own.get("annual_revenue"),
            handle_minutes=own.get("handle_minutes"),
            public_reply_count=_count_replies(comments, data) if replies is None else replies,
            reopen_count=self._maybe(ticket, scalar(metrics.get("reopens")), "metric_set.reopens", count),
            follow_up_of=_follow_up_of(ticket, via),
            merged_into=_merged_into(comments, contact_id) if MERGE_TAG in tags else None,
            is_company_initiated=is_outbound,
            tags=tags,
            messages=messages,
            solved_at=(solved_at,) if solved_at else (),
        )  # fmt: skip

    def _own_fields(self, ticket: Ticket, fields: dict[str, str]) -> dict[str, Any]:
        """What stands in the fields that options name."""
        values = {option: fields.get(name) or None for option, name in self._wanted.items()}
        revenue, handling = values.get("annual_revenue_field"), values.get("handle_time_field")
        return {
            "given_topic": values.get("given_topic_field"),
            "segment": values.get("segment_field"),
            "site": values.get("site_field"),
            "annual_revenue": self._maybe(ticket, revenue, str(self.options.annual_revenue_field), parse_number),
            "handle_minutes": self._maybe(ticket, handling, str(self.options.handle_time_field), seconds_as_minutes),
        }

    def _named(self, ticket: Ticket, kind: str, key: str) -> str | None:
        """The name of a ticket's group or organisation, which may stand in another file."""
        found = scalar(ticket.beside(kind, f"{key}_id", key).get("name"))
        if found is None and f"{key}_id" in ticket.data and (linked := ticket.text(f"{key}_id")):
            found = (self.known.groups if kind == "groups" else self.known.organisations).get(linked)
        return found

    def _messages(
        self, ticket: Ticket, comments: list[dict[str, Any]], channel: str | None, is_outbound: bool
    ) -> tuple[Message, ...]:
        """The thread, where the ticket holds its comments with their times; half a thread would say nobody answered.

        Words of staff that open a ticket stand for the customer's where the customer wrote nothing: somebody called.
        """
        if not any("created_at" in one for one in comments):
            return ()
        found = []
        thread_channel = way(channel)
        for one in comments:
            at = self._maybe(ticket, scalar(one.get("created_at")), "comments.created_at", self.parse)
            if at is None:
                self.losses.note(ticket.line, "comments", words_of(one.get), "one of them has no time")
                return ()
            author = _author(ticket, scalar(one.get("author_id")), self.known)
            found.append(comment_message(one.get, at=at, author=author, thread_channel=thread_channel))
        found.sort(key=lambda message: message.at)
        spoke = any(m.author == "customer" and m.is_public for m in found)
        if not spoke and not is_outbound and not found[0].is_automatic:
            first = found[0]
            found[0] = Message(at=first.at, author="customer", text=first.text)
        return tuple(found)

    def _response(self, ticket: Ticket, contact: ContactRecord) -> ResponseRecord | None:
        """The rating of a ticket as a response: 1 good, 0 bad. Ratings carry no time of their own in tickets: the first
        known of the rating's time, the solution, the last change and the opening is taken."""
        rating = ticket.inner("satisfaction_rating")
        score = rating_of(scalar(rating.get("score")))
        if score is None:
            return None
        comment = scalar(rating.get("comment"))
        path = "satisfaction_rating.created_at"
        rated_at = self._maybe(ticket, scalar(rating.get("created_at")), path, self.parse)
        return ResponseRecord(
            line=contact.line,
            response_id=f"{contact.contact_id}-csat",
            responded_at=rated_at or contact.closed_at or contact.updated_at or contact.opened_at,
            answers=(Answer(question=COMMENT_QUESTION, text=comment),) if comment else (),
            identifiers=contact.identifiers,
            score=score,
            contact_id=contact.contact_id,
            channel=contact.channel,
            segment=contact.segment,
            site=contact.site,
            **CSAT,
        )


def _ticket_id(ticket: Ticket) -> str:
    if ticket.fault:
        raise RowFault(ticket.fault)
    contact_id = ticket.text("id")
    if contact_id is None:
        raise RowFault(f"'{ticket.name('id')}' is empty, so the row has no id")
    status = (ticket.text("status") or "").lower()
    if (ticket.text("is_deleted") or "").lower() in ("true", "t", "1"):
        status = "deleted"
    if status in _NO_CONTACT:
        raise LeftOut(_NO_CONTACT[status])
    return contact_id


def _author(ticket: Ticket, author_id: str | None, known: Known) -> str:
    """Who wrote a comment inside a ticket: whoever is neither its requester nor known as an end user is staff."""
    if author_id is not None and author_id == ticket.text("requester_id"):
        return "customer"
    if author_id is not None and author_id.startswith("-"):
        return "system"
    role = scalar(ticket.sides["users"].get(author_id or "", {}).get("role")) if ticket.sides.get("users") else None
    for key in ("submitter", "assignee") if role is None else ():
        person = ticket.inner(key)
        if person and scalar(person.get("id")) == author_id:
            role = scalar(person.get("role"))
    role = role or known.roles.get(author_id or "")
    return "customer" if role == "end-user" else "agent"


def _comments(ticket: Ticket) -> list[dict[str, Any]]:
    return [comment for comment in items(ticket.data["comments"]) if isinstance(comment, dict)]


def _first_words(comments: list[dict[str, Any]], data: Mapping[str, Any]) -> str | None:
    """What the requester said first in public."""
    customer = scalar(data.get("requester_id"))
    for comment in comments:
        if comment.get("public") is not False and scalar(comment.get("author_id")) == customer:
            body = words_of(comment.get)
            if body:
                return body
    return None


def _count_replies(comments: list[dict[str, Any]], data: Mapping[str, Any]) -> int | None:
    """Public comments by others than the customer; None when the export holds no comments."""
    if not isinstance(data.get("comments"), list):
        return None
    customer = scalar(data.get("requester_id"))
    public = (comment for comment in comments if comment.get("public") is not False)
    return sum(scalar(comment.get("author_id")) != customer for comment in public)


def _follow_up_of(ticket: Ticket, via: Any) -> str | None:
    source = via.get("source")
    origin = source.get("from") if isinstance(source, dict) and source.get("rel") == "follow_up" else None
    return ticket.text("via_followup_source_id") or scalar(origin.get("ticket_id") if isinstance(origin, dict) else None)


def _merged_into(comments: list[dict[str, Any]], contact_id: str) -> str:
    """The ticket that absorbed this one, as Zendesk's own closing comment names it."""
    found = [merged_into(words_of(comment.get)) for comment in comments]
    return next((one for one in reversed(found) if one and one != contact_id), UNKNOWN_TICKET)


def _people(customer: Mapping[str, Any], ticket: Ticket) -> tuple[str, ...]:
    """Names of the requester and of those who wrote comments, where the page holds users."""
    users = ticket.sides.get("users") or {}
    authors = {scalar(one.get("author_id")) for one in items(ticket.data.get("comments")) if isinstance(one, dict)} if users else ()
    found = [customer.get("name"), *(users[author].get("name") for author in sorted(filter(None, authors)) if author in users)]
    return people_in({"contacts": [{"name": name} for name in found if isinstance(name, str)]})


def _is_outbound(via: Any, channel: str | None) -> bool:
    """Only what Zendesk itself marks as going out: an agent who files a phone call is its submitter as well."""
    source = via.get("source")
    relation = scalar(source.get("rel")) if isinstance(source, dict) else None
    return says_outbound(relation) or says_outbound(channel)


def _links(ticket: Ticket, contact: ContactRecord) -> Iterator[DetailRecord]:
    """What a ticket says of others: those it absorbed, and those that follow it up."""
    for key, name in (("merged_ticket_ids", "merged_into"), ("followup_ids", "follow_up_of")):
        value = ticket.data.get(key)
        if not value:
            continue
        ids = map(scalar, value) if isinstance(value, list) else re.findall(r"\d+", str(value))
        for other in ids:
            if other and other != contact.contact_id:
                yield DetailRecord(line=ticket.line, contact_id=other, fields={name: contact.contact_id})
