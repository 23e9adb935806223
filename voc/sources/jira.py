"""Jira Service Management: the CSV export of issues, answers of the API (requests, searches), and warehouse tables."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from voc.records import (
    Answer,
    ContactRecord,
    Message,
    Record,
    ResponseRecord,
)
from voc.sources import _jira as jira
from voc.sources import _jira_tables as tables
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._people import people_in
from voc.sources._values import identifiers
from voc.sources._vendor import TableKind, fits_any, read_tables, whole_thread, with_defaults
from voc.sources._warehouse import why_not_current

DESCRIPTION = "Jira Service Management: CSV export of issues, requests and searches of the API, and warehouse tables"

COMMENT_QUESTION = "Satisfaction comment"
_ISSUE_SIGNS = ({"key", "fields", "issuetype"}, {"key", "fields", "reporter"}, {"key", "fields", "statuscategory"})
_REQUEST_TYPES = ("Custom field (Customer Request Type)", "Custom field (Request Type)", "Customer Request Type", "Request Type")
_RATINGS = ("Custom field (Satisfaction)", "Custom field (Satisfaction rating)", "Satisfaction rating", "Satisfaction")


class Options(VendorOptions):
    """Keys of a `kind: jira` source; a field is a custom field: its name in CSV, customfield_10050 in the API."""

    projects: tuple[str, ...] = Field((), description="Keys of projects that customers write to; all when not given")
    requests_only: bool = Field(False, description="CSV, searches: leave out issues without a customer request type")
    request_type_field: str | None = Field(None, description="Searches: the field with the customer request type")
    channel_field: str | None = Field(None, description="Field with how the customer got in touch")
    closed_statuses: tuple[str, ...] = Field(
        ("Done", "Closed", "Resolved", "Completed", "Canceled", "Cancelled", "Declined"),
        description="Names of statuses that end an issue, for its changelog",
    )
    company_initiated_tags: tuple[str, ...] = Field((), description="Labels of issues the company opened itself")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is an export, an answer or a table of Jira."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return fits_any(_REQUESTS, keys) or any(signs <= keys for signs in _ISSUE_SIGNS)
    return kind == "delimited" and (fits_any(_TABLES, keys) or keys == _NAMES)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Jira: a contact an issue or request, comments as messages, ratings as responses.

    Only logged work (Time Spent) is agent time. A resolution, or a status of the category done, is when it was solved.
    Words for statuses and priorities, and who reported an issue, are looked up in the tables of the same folder.
    """
    export = open_export(path, options, pages=("issues", "values"))
    reading = jira.JiraReading(path, options, prefixes=("fields.", "Custom field ("))
    return read_tables(export, _KINDS, reading, vendor="Jira", why_not=why_not_current(export))


def _rating(contact: ContactRecord, score: float | None, comment: str | None, at: datetime | None, reading) -> Iterator[Record]:
    """The rating from 1 to 5 stars. Where it has no time of its own, that of the solution, the last change, the opening."""
    if score is not None and not 1 <= score <= 5:
        reading.losses.note(contact.line, "rating", f"{score:g}", "outside 1 (worst) to 5 (best)")
        score = None
    if score is None and not comment:
        return
    scale = {"score": score, "score_kind": "csat", "score_worst": 1.0, "score_best": 5.0} if score is not None else {}
    yield ResponseRecord(
        line=contact.line,
        response_id=f"{contact.contact_id}-csat",
        responded_at=at or contact.closed_at or contact.updated_at or contact.opened_at,
        answers=(Answer(question=COMMENT_QUESTION, text=comment),) if comment else (),
        identifiers=contact.identifiers,
        contact_id=contact.contact_id,
        channel=contact.channel,
        segment=contact.segment,
        site=contact.site,
        language=contact.language,
        **scale,
    )


def _count_replies(replies: list[Message] | None) -> int | None:
    return None if replies is None else sum(message.is_public and message.author == "agent" for message in replies)


# ---------------------------------------------------------------- CSV export


def _csv_issue(entry: Entry, reading: jira.JiraReading) -> Iterator[Record]:
    contact_id = reading.id(entry, "Issue key", "Key", "Issue id")
    given = reading.named(entry, "request_type_field") or entry.text(*_REQUEST_TYPES)
    reading.keep(contact_id, entry.text("Issue Type"), request_type=given)
    opened_at = reading.moment(entry, "Created")
    subject = entry.text("Summary")
    reporter = (entry.text("Reporter Id"), entry.text("Reporter"))
    replies = jira.cell_comments(entry, reporter, reading)
    text = entry.text("Description") or subject or ""
    resolved = reading.time(entry, "Resolved")
    is_done = (entry.text("Status Category") or "").lower() == "done"
    done_at = reading.time(entry, "Status Category Changed") if is_done else None
    tags = jira.labels(entry)
    name = entry.text("Reporter") or ""
    contact = ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=subject,
        identifiers=identifiers(
            id=reporter[0] or (None if "@" in name else name), email=entry.text("Reporter email") or name
        ),
        channel=(reading.named(entry, "channel_field") or "").lower() or None,
        closed_at=resolved or done_at,
        updated_at=reading.time(entry, "Updated"),
        status=entry.text("Status"),
        priority=entry.text("Priority"),
        organisation=entry.text("Custom field (Organizations)", "Organizations"),
        language=entry.text("Custom field (Request language)"),
        public_reply_count=_count_replies(replies),
        merged_into=_duplicate_of(entry),
        is_company_initiated=bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        messages=whole_thread(Message(at=opened_at, author="customer", text=text), replies),
        solved_at=jira.solved(resolved, done_at),
        **with_defaults(
            reading.fields(entry), given_topic=given or entry.text("Issue Type"), handle_minutes=reading.minutes(entry, "Time Spent")
        ),
    )
    yield contact
    rated_at = reading.time(entry, "Custom field (Satisfaction date)", "Satisfaction date")
    yield from _rating(contact, reading.number(entry, *_RATINGS), None, rated_at, reading)


def _duplicate_of(entry: Entry) -> str | None:
    is_duplicate = (entry.text("Resolution") or "").lower() == "duplicate"
    return entry.text("Outward issue link (Duplicate)") if is_duplicate else None


# ---------------------------------------------------------------- API


def _api_issue(entry: Entry, reading: jira.JiraReading) -> Iterator[Record]:
    """An issue of a search, with the changelog where the search expanded it."""
    contact_id = reading.id(entry, "key")
    kind = "sub-task" if reading.is_true(entry, "fields.issuetype.subtask") else None
    given = reading.named(entry, "request_type_field")
    reading.keep(contact_id, kind, request_type=given if reading.options.request_type_field else "")
    opened_at = reading.moment(entry, "fields.created")
    account = entry.text(*(f"fields.reporter.{name}" for name in ("accountId", "key", "name")))
    listed = _inside(entry, "fields.comment.comments")
    build = partial(jira.api_message, (account, entry.text("fields.reporter.displayName")))
    replies = reading.messages(listed, build) if entry.get("fields.comment") is not None else None
    _say_what_is_missing(entry, len(listed), reading)
    subject = entry.text("fields.summary")
    text = jira.document_text(entry.get("fields.description")) or subject or ""
    moments, reopened = jira.changes(entry, frozenset(map(str.casefold, reading.options.closed_statuses)), reading)
    resolved = reading.time(entry, "fields.resolutiondate")
    is_done = (entry.text("fields.status.statusCategory.key") or "").lower() in jira.DONE
    done_at = reading.time(entry, "fields.statuscategorychangedate") if is_done else None
    tags = jira.labels(entry)
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=subject,
        identifiers=identifiers(id=account, email=entry.text("fields.reporter.emailAddress")),
        channel=(reading.named(entry, "channel_field") or "").lower() or None,
        closed_at=resolved or done_at,
        updated_at=reading.time(entry, "fields.updated"),
        status=entry.text("fields.status.name"),
        priority=entry.text("fields.priority.name"),
        public_reply_count=_count_replies(replies),
        reopen_count=reopened,
        merged_into=_linked_duplicate(entry),
        is_company_initiated=bool({*tags} & {*reading.options.company_initiated_tags}),
        tags=tags,
        messages=whole_thread(Message(at=opened_at, author="customer", text=text), replies),
        solved_at=jira.solved(*moments, resolved, done_at),
        **with_defaults(
            reading.fields(entry),
            given_topic=given or entry.text("fields.issuetype.name"),
            handle_minutes=reading.minutes(entry, "fields.timespent"),
        ),
    )


def _inside(entry: Entry, path: str) -> list[Entry]:
    """The object, or the objects of the list, at a path."""
    found = entry.get(path)
    return [Entry(line=entry.line, raw=entry.raw, data=found)] if isinstance(found, dict) else entry.objects(path)


def _say_what_is_missing(entry: Entry, count: int, reading: jira.JiraReading) -> None:
    total = reading.count(entry, "fields.comment.total")
    if total is not None and total > count:
        reading.losses.note(entry.line, "comments", f"{count} of {total}", "the page holds the first comments only")


def _linked_duplicate(entry: Entry) -> str | None:
    if (entry.text("fields.resolution.name") or "").lower() != "duplicate":
        return None
    links = (link for link in entry.objects("fields.issuelinks") if (link.text("type.name") or "").lower() == "duplicate")
    return next(filter(None, (link.text("outwardIssue.key") for link in links)), None)


def _request(entry: Entry, reading: jira.JiraReading) -> Iterator[Record]:
    """A customer request, with its comments, statuses and feedback where the answer expanded them."""
    contact_id = reading.id(entry, "issueKey", "issueId")
    reading.keep(entry.text("issueKey"), None)
    opened_at = reading.moment(entry, "createdDate.epochMillis", "createdDate.iso8601", "createdDate")
    values = {one.text("fieldId") or "": one for one in entry.objects("requestFieldValues")}
    subject = (values["summary"].text("value") if "summary" in values else None) or entry.text("summary")
    body = jira.document_text(values["description"].get("value")) if "description" in values else None
    text = body or subject or ""
    account = entry.text("reporter.accountId", "reporter.key", "reporter.name")
    has_comments = entry.get("comments") is not None
    build = partial(jira.api_message, (account, entry.text("reporter.displayName")))
    replies = reading.messages(entry.objects("comments.values", "comments"), build) if has_comments else None
    solved_at, reopened = _statuses(entry, reading)
    fields = Entry(line=entry.line, raw=entry.raw, data={key.replace("_", ""): one.get("value") for key, one in values.items()})
    given = reading.named(fields, "request_type_field") or entry.text("requestType.name", "requestTypeName")
    contact = ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=subject,
        identifiers=identifiers(id=account, email=entry.text("reporter.emailAddress")),
        channel=(reading.named(fields, "channel_field") or "").lower() or None,
        closed_at=solved_at[-1] if solved_at else None,
        status=entry.text("currentStatus.status"),
        public_reply_count=_count_replies(replies),
        reopen_count=reopened,
        messages=whole_thread(Message(at=opened_at, author="customer", text=text), replies),
        solved_at=solved_at,
        **with_defaults(reading.fields(fields), given_topic=given),
    )
    yield contact
    comment = entry.text("feedback.comment.body", "feedback.comment")
    yield from _rating(contact, reading.number(entry, "feedback.rating"), comment, None, reading)


def _statuses(entry: Entry, reading: jira.JiraReading) -> tuple[tuple[datetime, ...], int | None]:
    """Moments at which a request came to the category done; reopenings where the answer holds all its statuses."""
    listed = _inside(entry, "status.values")
    times = ("statusDate.epochMillis", "statusDate.iso8601", "statusDate")
    found = [(at, _is_done(one)) for one in [*listed, *_inside(entry, "currentStatus")] if (at := reading.time(one, *times))]
    found = sorted(set(found))
    steps = list(zip([False, *(is_done for _, is_done in found)], found, strict=False))
    solved = tuple(at for was_done, (at, is_done) in steps if is_done and not was_done)
    reopened = sum(was_done and not is_done for was_done, (_, is_done) in steps)
    return solved, reopened if listed else None


def _is_done(status: Entry) -> bool:
    return (status.text("statusCategory") or "").lower() in jira.DONE


# ---------------------------------------------------------------- kinds of files


def _names(name: str, signs: str, unused: str = "they are looked up for the table of issues") -> TableKind:
    return TableKind(name=name, signs=(signs,), unused=unused)


_NAMES: set[Any] = {"id", "fivetransynced", "description", "name"}
_REQUESTS = (
    TableKind(
        name="customer requests",
        signs=("issueKey; currentStatus", "issueKey; requestFieldValues", "issueKey; requestTypeId"),
        read=_request,
    ),
)
_TABLES = (
    TableKind(name="the CSV export of issues", signs=("Issue key; Summary; Created", "Issue key; Issue id; Created"), read=_csv_issue),
    TableKind(name="issues of a warehouse", signs=("id; key; reporter; issue_type; created",), read=tables.issue_row),
    TableKind(name="comments of a warehouse", signs=("issue_id; author_id; body; is_public",), read=tables.comment_row),
    TableKind(name="field history of a warehouse", signs=("field_id; issue_id; time; value",), read=tables.history_row),
    TableKind(name="users of a warehouse", signs=("id; locale; time_zone; username; _fivetran_synced",), read=tables.user_row),
    _names("names of statuses", "id; name; status_category_id"),
    _names("types of issues", "id; name; description; subtask"),
    _names("projects", "id; key; project_type_key", "an issue's key says its project"),
    _names("fields", "id; is_array; is_custom; name", "options name fields by their id"),
)
_KINDS = (
    *_REQUESTS,
    TableKind(name="issues of a search", signs=("key; fields",), read=_api_issue),
    *_TABLES,
    _names("names of priorities or resolutions", "id; description; name; _fivetran_synced"),
)
