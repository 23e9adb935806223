"""Help Scout: conversations with their threads, ratings and customers, as pages and objects of its API (JSON)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

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
from voc.sources._entries import Entry, Export, VendorOptions, fold, head_keys, open_export
from voc.sources._json import as_text
from voc.sources._people import people_in
from voc.sources._tickets import items, scalar
from voc.sources._values import LeftOut, RowFault, identifiers, short
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables

DESCRIPTION = "Help Scout: conversations with threads, ratings and customers of the API (JSON)"

COMMENT_QUESTION = "Satisfaction comment"
_LISTS = ("conversations", "threads", "ratings", "customers")
_CONVERSATION = re.compile(r"/conversations/(\d+)")
_LEFT_OUT = {"spam": "spam in Help Scout", "deleted": "deleted in Help Scout", "draft": "a draft, which was not sent"}
_UNSENT = ("draft", "hidden", "review")
_INTERNAL = ("note", "forwardchild", "forwardparent")
# Words of the API and of webhooks, numbers of the report of ratings
_RATINGS = {"great": 3.0, "1": 3.0, "okay": 2.0, "ok": 2.0, "2": 2.0, "not good": 1.0, "bad": 1.0, "3": 1.0}
_SCALE = {"score_kind": "csat", "score_worst": 1.0, "score_best": 3.0}


class Options(VendorOptions):
    """Keys of a `kind: helpscout` source; a field is the name of a custom field."""

    company_initiated_tags: tuple[str, ...] = Field((), description="Tags of conversations the company opened itself")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an answer of the Help Scout API."""
    kind, keys = head_keys(path, head)
    return kind == "json" and fits_any(_KINDS, keys) and not keys & {"zendeskid", "fivetransynced"}


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Help Scout: a contact a conversation, its threads as messages, a response a rating.

    Notes and forwards are internal. A reply that closes the conversation, and `closedAt`, are when it was solved.
    What a user began is company-initiated, but a logged call is a customer's. Help Scout measures no handle time.
    """
    reading = _Reading(path, options, prefixes=("customFields.",))
    export = open_export(path, options, pages=("_embedded", "results"), on_page=reading.see_page)
    if export.columns is None:
        export = Export(path=path, columns=None, rows=partial(_one_by_one, export))
    return read_tables(export, _KINDS, reading, vendor="Help Scout")


def _one_by_one(export: Export) -> Iterator[Entry]:
    """Objects of pages, whose list stands one level further down, each with its position; others as they are."""
    number = 0
    for entry in export.rows():
        lists = [entry.data[name] for name in _LISTS if isinstance(entry.data.get(name), list)] if entry.page == "embedded" else []
        if entry.page == "embedded" and lists:
            for one in lists[0]:
                number += 1
                is_object = isinstance(one, dict)
                fault = None if is_object else "not a JSON object"
                yield Entry(line=number, raw=as_text(one), data=one if is_object else {}, page="embedded", fault=fault)
        else:
            number += 1
            yield replace(entry, line=max(number, entry.line))


class _Reading(Reading):
    """Also the conversation whose threads a page holds, which only the page's own address names."""

    conversation_id: str | None = None

    def see_page(self, page: dict[str, Any]) -> None:
        """Note whose threads follow."""
        links = page.get("links")
        this = links.get("self") if isinstance(links, dict) else None
        match = _CONVERSATION.search(scalar(this.get("href")) or "") if isinstance(this, dict) else None
        self.conversation_id = match[1] if match else None


def _conversation(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id")
    status = (entry.text("status") or "").lower()
    for word in (status, (entry.text("state") or "").lower()):
        if word in _LEFT_OUT:
            raise LeftOut(_LEFT_OUT[word])
    opened_at = reading.moment(entry, "createdAt")
    threads = entry.objects("_embedded.threads")
    said = reading.messages(threads, _message)
    closings = {at for thread in threads if (at := _closing(thread, reading))}
    closed_at = reading.time(entry, "closedAt") if status == "closed" else None
    solved_at = tuple(sorted(closings | {moment for moment in (closed_at, reading.time(entry, "closedAt")) if moment}))
    channel = (entry.text("type") or "").lower() or None
    is_theirs = "user" not in (entry.text("createdBy.type"), entry.text("source.via")) or channel == "phone"
    names = [scalar(tag.get("tag")) if isinstance(tag, dict) else scalar(tag) for tag in items(entry.get("tags"))]
    tags = tuple(dict.fromkeys(filter(None, names)))
    text = next((one.text for one in said if one.author == "customer" and one.text), None) or entry.text("preview", "subject")
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text or "",
        subject=entry.text("subject"),
        identifiers=identifiers(
            id=entry.text("primaryCustomer.id"),
            email=entry.text("primaryCustomer.email"),
            phone=entry.text("primaryCustomer.phone"),
        ),
        channel=channel,
        closed_at=closed_at,
        updated_at=reading.time(entry, "userUpdatedAt"),
        status=entry.text("status"),
        public_reply_count=sum(one.is_public and one.author == "agent" for one in said) if threads else None,
        is_company_initiated=not is_theirs or bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        messages=tuple(said),
        solved_at=solved_at,
        **reading.fields(_with_custom_fields(entry)),
    )


def _with_custom_fields(entry: Entry) -> Entry:
    """The entry with custom fields by their name: the text shown, where a choice has one."""
    found = {fold(one.text("name") or ""): one.text("text", "value") for one in entry.objects("customFields")}
    return replace(entry, data={**entry.data, fold("customFields"): found})


def _message(thread: Entry, reading: Reading) -> Message | None:
    """What a thread says; None for drafts and for lines that record an action. A logged call stands for the customer's."""
    kind, state = (thread.text("type") or "").lower(), (thread.text("state") or "").lower()
    if kind == "lineitem" or state in _UNSENT:
        return None
    is_theirs = thread.text("createdBy.type") == "customer" or kind in ("customer", "phone")
    return Message(
        at=reading.moment(thread, "createdAt"),
        author="customer" if is_theirs else "agent",
        text=thread.text("body") or "",
        is_public=kind not in _INTERNAL,
    )


def _closing(thread: Entry, reading: Reading) -> datetime | None:
    """When a thread closed its conversation: its status is the one that it set."""
    is_unsent = (thread.text("state") or "").lower() in _UNSENT
    closed = (thread.text("status") or "").lower() == "closed" and not is_unsent
    return reading.time(thread, "createdAt") if closed else None


def _thread(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """A thread of `GET /v2/conversations/ID/threads`."""
    contact_id = entry.text("conversationId") or reading.conversation_id
    if contact_id is None:
        raise RowFault("neither the thread nor the address of its page (_links.self) names the conversation")
    message, closed_at = _message(entry, reading), _closing(entry, reading)
    if message:
        yield MessageRecord(line=entry.line, contact_id=contact_id, message=message, **reading.version(entry, "thread", "id"))
    if closed_at:
        yield DetailRecord(line=entry.line, contact_id=contact_id, fields={"solved_at": (closed_at,)})
    if not message and not closed_at:
        reading.pass_over(entry, "threads that record an action, and drafts")


def _rating(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """A rating of the API, of a webhook or of the report of ratings: great, okay or not good, on three even steps."""
    rated = (entry.text("rating", "ratingId") or "").lower().replace("_", " ")
    comment = entry.text("comments", "ratingComments")
    score = _RATINGS.get(rated)
    if score is None and not comment:
        raise RowFault(f"'rating' is '{short(rated)}', none of great, okay, not good, and there is no comment")
    if score is None:
        reading.losses.note(entry.line, "rating", rated, "none of great, okay, not good")
    is_report = entry.has("ratingCreatedAt")
    emails = (one.text("value") for one in entry.objects("customer.emails"))
    yield ResponseRecord(
        line=entry.line,
        response_id=f"{reading.id(entry, 'threadId', 'id')}-rating" if is_report else reading.id(entry, "id"),
        responded_at=reading.moment(entry, "createdAt", "ratingCreatedAt"),
        answers=(Answer(question=COMMENT_QUESTION, text=comment),) if comment else (),
        identifiers=identifiers(
            id=entry.text("customer.id", "ratingCustomerId"),
            email=entry.text("customer.email") or next(filter(None, emails), None),
        ),
        contact_id=entry.text("id") if is_report else entry.text("conversationId", "ticketId"),
        **({"score": score, **_SCALE} if score is not None else {}),
    )


def _customer(entry: Entry, reading: _Reading) -> Iterator[Record]:
    found = [("id", reading.id(entry, "id"))]
    for kind, path in (("email", "_embedded.emails"), ("phone", "_embedded.phones")):
        values = (one.text("value") for one in entry.objects(path))
        found += [pair for value in values for pair in identifiers(**{kind: value})]
    organisation = entry.text("organization.name", "organization")
    yield PersonRecord(line=entry.line, people=people_in({"contact": entry.data}), identifiers=tuple(found), organisation=organisation)


_KINDS = (
    TableKind(
        name="conversations",
        signs=("id; createdAt; primaryCustomer; mailboxId", "id; createdAt; primaryCustomer; userUpdatedAt"),
        read=_conversation,
    ),
    TableKind(
        name="ratings",
        signs=("id; rating; threadId; createdAt", "id; rating; conversationId; createdAt", "id; ratingId; ratingCreatedAt"),
        read=_rating,
    ),
    TableKind(name="threads", signs=("id; type; state; createdBy; createdAt; assignedTo", "id; type; state; createdBy; source; createdAt"), read=_thread),
    TableKind(name="customers", signs=("id; firstName; photoUrl; createdAt", "id; firstName; _embedded; createdAt"), read=_customer),
)
