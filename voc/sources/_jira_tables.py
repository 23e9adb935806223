"""Tables of Jira as a warehouse loader (Fivetran) writes them: issues, comments, field history, users."""

from collections.abc import Iterator

from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, Record
from voc.sources._entries import Entry
from voc.sources._jira import DONE, JiraReading, author_of, solved
from voc.sources._values import identifiers
from voc.sources._vendor import with_defaults


def issue_row(entry: Entry, reading: JiraReading) -> Iterator[Record]:
    """A row of the table of issues; names of statuses and priorities stand in tables beside."""
    contact_id = reading.id(entry, "id")
    kind = reading.row("issue_type", entry.text("issue_type"))
    reading.keep(entry.text("key"), "sub-task" if kind and reading.is_true(kind, "subtask") else None)
    status = reading.row("status", entry.text("status"))
    is_done = status is not None and status.text("status_category_id") in DONE
    resolved = reading.time(entry, "resolved")
    done_at = reading.time(entry, "status_category_changed") if is_done else None
    subject = entry.text("summary")
    yield ContactRecord(
        line=entry.line,
        contact_id=contact_id,
        opened_at=reading.moment(entry, "created"),
        text=entry.text("description") or subject or "",
        subject=subject,
        identifiers=identifiers(id=entry.text("reporter")),
        channel=(reading.named(entry, "channel_field") or "").lower() or None,
        closed_at=resolved or done_at,
        updated_at=reading.time(entry, "updated"),
        status=reading.status(entry.text("status")),
        priority=reading.priority(entry.text("priority")),
        solved_at=solved(resolved, done_at),
        **with_defaults(
            reading.fields(entry),
            given_topic=reading.named(entry, "request_type_field") or (kind.text("name") if kind else None),
            handle_minutes=reading.minutes(entry, "time_spent", "_time_spent"),
        ),
    )


def comment_row(entry: Entry, reading: JiraReading) -> Iterator[Record]:
    """A row of the table of comments; whose it is, the table of issues beside tells."""
    contact_id = reading.id(entry, "issue_id")
    reporter = reading.reporter(contact_id)
    if reporter is None:
        reading.pass_over(entry, "comments of issues that no table issue in this folder holds, so whose they are is not known")
        return
    is_public = (entry.text("is_public") or "true").lower() not in ("false", "f", "0")
    author = author_of(entry.text("author_id"), (reporter,))
    message = Message(
        at=reading.moment(entry, "created"),
        author=author,
        text=entry.text("body") or "",
        is_public=is_public,
        is_automatic=author == "system",
    )
    version = reading.version(entry, "comment", "id", changed=("updated",))
    yield MessageRecord(line=entry.line, contact_id=contact_id, message=message, **version)


def history_row(entry: Entry, reading: JiraReading) -> Iterator[Record]:
    """A value that a field took: a resolution, or a status of the category done, is a solution."""
    contact_id = reading.id(entry, "issue_id")
    name, value = (entry.text("field_id") or "").lower(), entry.text("value")
    status = reading.row("status", value) if name == "status" else None
    is_done = status is not None and status.text("status_category_id") in DONE
    if name not in ("resolution", "status"):
        reading.pass_over(entry, "history of other fields than status and resolution")
    elif name == "status" and status is None:
        reading.pass_over(entry, "statuses that no table status in this folder holds, so their category is not known")
    elif is_done or (name == "resolution" and value):
        solved_at = (reading.moment(entry, "time"),)
        yield DetailRecord(line=entry.line, contact_id=contact_id, fields={"solved_at": solved_at})
    else:
        reading.pass_over(entry, "changes that solved nothing")


def user_row(entry: Entry, reading: JiraReading) -> Iterator[Record]:
    """A row of the table of users; which of them are staff it does not say."""
    found = identifiers(id=reading.id(entry, "id"), email=entry.text("email"))
    yield PersonRecord(line=entry.line, identifiers=found, segment=reading.named(entry, "segment_field"))
