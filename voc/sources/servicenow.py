"""ServiceNow: incidents and cases as lists export them (CSV), the Table API answers and a warehouse stores them."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from voc.records import ContactRecord, DetailRecord, Identifier, Message, MessageRecord, PersonRecord, Record
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._journal import JournalEntry, journal_entries, worked_minutes
from voc.sources._people import people_in
from voc.sources._values import LeftOut, identifiers, optional
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, whole_thread, with_defaults
from voc.sources._warehouse import rows_beside, why_not_current

DESCRIPTION = "ServiceNow incidents and cases: CSV of a list, Table API (JSON), and warehouse tables of tasks"

_PRIORITIES = {"1": "Critical", "2": "High", "3": "Moderate", "4": "Low", "5": "Planning"}
_STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
_MACHINES = {"event", "monitoring", "event management", "alert", "integration"}
_WRITTEN = "web"  # a caller's comment comes from the portal or by mail, also where the incident began with a call
_JOURNALS = ("comments_and_work_notes", "comments", "work_notes", "Comments and Work notes", "Additional comments")
_CALLERS = ("sys_id", "caller_id_value", "resolved_at")  # of the table incident
_USERS = ("sys_id", "user_name", "email")  # of the table sys_user


class Options(VendorOptions):
    """Keys of a `kind: servicenow` source; a field is a column, such as u_plan or caller_id.department."""

    classes: tuple[str, ...] = Field(
        ("incident", "case", "sn_customerservice_case", "request", "sc_request"),
        description="Classes of tasks (sys_class_name) that are contacts; others are internal work",
    )
    company_initiated_channels: tuple[str, ...] = Field(
        (), description="Contact types of tasks the company opened itself"
    )


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a list, an answer or a table of ServiceNow."""
    kind, keys = head_keys(path, head)
    return kind in ("json", "delimited") and fits_any(_KINDS, keys)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of ServiceNow: a contact an incident, case or request; journals as messages; users as people.

    In a warehouse a task says when and what, the incident of the same id who called and when it was resolved; callers,
    users and words for codes are looked up in the tables of the same folder. Only `time_worked` is agent time:
    business and calendar durations are elapsed.
    """
    export = open_export(path, options, pages=("result", "records"))
    reading = _Reading(path, options)
    return read_tables(export, _KINDS, reading, vendor="ServiceNow", why_not=why_not_current(export))


class _Reading(Reading):
    """Also what the tables in the same folder say, read when it is first asked for."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._incidents: dict[str, tuple[str | None, str | None]] | None = None
        self._users: dict[str, str] | None = None
        self._words: dict[tuple[str, str], str] | None = None

    def incident(self, sys_id: str) -> tuple[str | None, str | None]:
        """Caller and time of resolution of an incident, as the table of incidents has them."""
        if self._incidents is None:
            rows = rows_beside(self.path, self.options, *_CALLERS)
            self._incidents = {
                row.text("sys_id") or "": (row.text("caller_id_value"), row.text("resolved_at")) for row in rows
            }
        return self._incidents.get(sys_id, (None, None))

    def user_id(self, user_name: str) -> str | None:
        """The id of the user with a login name."""
        if self._users is None:
            rows = rows_beside(self.path, self.options, *_USERS)
            self._users = {row.text("user_name") or "": row.text("sys_id") or "" for row in rows}
        return self._users.get(user_name) or None

    def word(self, element: str, code: str | None, known: dict[str, str]) -> str | None:
        """The label of a code by the table of choices, else the one every instance begins with, else its name with it."""
        if code is None or not code.lstrip("-").isdigit():
            return code
        if self._words is None:
            rows = rows_beside(self.path, self.options, "element", "label", "value", "dependent_value")
            self._words = {}
            for row in sorted(rows, key=_rank):
                self._words.setdefault((row.text("element") or "", row.text("value") or ""), row.text("label") or "")
        return self._words.get((element, code)) or known.get(code) or f"{element} {code}"


def _rank(choice: Entry) -> tuple[bool, bool, bool]:
    """Words of incidents come before those of all tasks and of other tables, English ones before others."""
    table = choice.text("name")
    return (table != "incident", table != "task", choice.text("language") != "en")


def _paths(*names: str) -> tuple[str, ...]:
    """Where a field stands: in a list, a warehouse table (its value), or an answer with values and displayed words."""
    return tuple(path for name in names for path in (name, f"{name}_value", f"{name}.value"))


def _shown(*names: str) -> tuple[str, ...]:
    """Where the words shown for a field stand."""
    return tuple(path for name in names for path in (f"{name}.display_value", name))


_ID = (*_paths("sys_id"), *_paths("number"))
_OPENED = (*_paths("opened_at"), "Opened", *_paths("sys_created_on"), "Created")
_CLOSED = (*_paths("resolved_at"), "Resolved", *_paths("closed_at"), "Closed")


def _task(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, *_ID)
    _check_class(entry, reading)
    opened_at = reading.moment(entry, *_OPENED)
    subject = entry.text(*_shown("short_description"))
    text = entry.text(*_shown("description")) or subject or ""
    channel = (entry.text(*_shown("contact_type"), "Channel") or "").lower() or None
    replies = _replies(entry, reading)
    closed_at = reading.time(entry, *_CLOSED)
    resolved = reading.incident(contact_id)[1] if entry.has("sys_class_name") and not _has_resolution(entry) else None
    if resolved:
        closed_at = optional(resolved, "resolved_at", entry.line, reading.parse_time, reading.losses) or closed_at
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=subject,
        identifiers=_caller(entry),
        channel=channel,
        closed_at=closed_at,
        updated_at=reading.time(entry, *_paths("sys_updated_on"), "Updated"),
        status=reading.word("state", entry.text(*_shown("state", "incident_state")), _STATES),
        priority=reading.word("priority", entry.text(*_shown("priority")), _PRIORITIES),
        organisation=entry.text(*_shown("company"), "account", "caller_id.company"),
        public_reply_count=None if replies is None else sum(m.is_public and m.author == "agent" for m in replies),
        reopen_count=reading.count(entry, *_paths("reopen_count")),
        transfer_count=reading.count(entry, *_paths("reassignment_count")),
        is_company_initiated=channel in {name.lower() for name in reading.options.company_initiated_channels},
        is_automatic=channel in _MACHINES,
        language=entry.text("caller_id.preferred_language"),
        messages=whole_thread(Message(at=opened_at, author="customer", text=text), replies),
        solved_at=tuple(sorted({moment for moment in (closed_at, *_ends(entry, reading)) if moment})),
        **with_defaults(
            reading.fields(entry),
            given_topic=entry.text(*_shown("category")),
            site=entry.text(*_shown("assignment_group")),
            handle_minutes=_worked(entry, reading),
        ),
    )


def _check_class(entry: Entry, reading: _Reading) -> None:
    kind = entry.text(*_paths("sys_class_name"), "Task type")
    known = {_class(name) for name in reading.options.classes}
    if kind and _class(kind) not in known:
        raise LeftOut(f"{kind}: no class of tasks that customers open (classes)")


def _class(name: str) -> str:
    """A class as compared: lists show it as a label, tables by its name."""
    return name.strip().lower().replace(" ", "_")


def _has_resolution(entry: Entry) -> bool:
    return any(entry.has(path) for path in ("resolved_at", "Resolved"))


def _ends(entry: Entry, reading: Reading) -> tuple:
    return reading.times(entry, *_paths("resolved_at"), "Resolved", *_paths("closed_at"), "Closed")


def _caller(entry: Entry) -> tuple[Identifier, ...]:
    """Identifiers of the caller. Lists show callers by name, which counts only where no address or id stands by it."""
    people = ("caller_id", "contact", "requested_for")
    email = entry.text(*(f"{one}.email" for one in people), "Email")
    keys = (".user_name", ".sys_id", "_value", ".value")
    login = entry.text(*(one + key for one in people for key in keys))
    name = entry.text("caller_id", "Caller", "contact", "Contact", "requested_for", "Requested for")
    known = login or (None if email else name)
    return identifiers(id=known, email=email, phone=entry.text("caller_id.mobile_phone", "caller_id.phone"))


def _worked(entry: Entry, reading: Reading) -> float | None:
    text = entry.text(*_shown("time_worked"), "Time worked") or ""
    return optional(text, entry.name("time_worked"), entry.line, worked_minutes, reading.losses) or None


def _replies(entry: Entry, reading: Reading) -> list[Message] | None:
    """Messages of the journals in the row, each once; None when the file shows no journal.

    Tables and answers without displayed values hold the column and leave it empty, so there empty is not known.
    """
    journals = [name for name in _JOURNALS if entry.has(name)]
    is_shown = bool(entry.names) and not entry.has("_fivetran_synced")
    is_shown = is_shown or any(entry.has(f"{name}.display_value") for name in journals)
    if not journals or not (is_shown or any(entry.text(name) for name in journals)):
        return None
    caller = (entry.text("caller_id", "Caller", "caller_id.display_value") or "").casefold()
    found: dict[Message, None] = {}
    for name in journals:
        text = entry.text(*_shown(name)) or ""
        said = list(journal_entries(text))
        if text and not said:
            reading.losses.note(entry.line, name, text, "a journal whose entries have no times")
        found |= {message: None for one in said if (message := _said(one, caller, entry, reading))}
    return list(found)


def _said(one: JournalEntry, caller: str, entry: Entry, reading: Reading) -> Message | None:
    at = optional(one.time, "comments", entry.line, reading.parse_time, reading.losses)
    if at is None:
        return None
    is_theirs = one.is_public and bool(caller) and one.author.casefold() == caller
    return Message(
        at=at,
        author="customer" if is_theirs else "agent",
        text=one.text,
        is_public=one.is_public,
        channel=_WRITTEN if is_theirs else None,
    )


def _incident(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """What the warehouse's table of incidents adds to the task of the same id."""
    contact_id = reading.id(entry, "sys_id")
    fields = {
        "identifiers": identifiers(id=entry.text("caller_id_value")),
        "solved_at": reading.times(entry, "resolved_at"),
        "closed_at": reading.time(entry, "resolved_at"),
        "reopen_count": reading.count(entry, "reopen_count"),
        **with_defaults(reading.fields(entry), given_topic=entry.text("category")),
    }
    known = {name: value for name, value in fields.items() if value not in (None, ())}
    version = reading.version(entry, "incident", "sys_id", changed=("sys_updated_on",))
    yield DetailRecord(line=entry.line, contact_id=contact_id, fields=known, **version)


def _journal_row(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """A row of sys_journal_field; who wrote it is known where incidents and users stand beside."""
    contact_id = reading.id(entry, "element_id")
    element = (entry.text("element") or "").lower()
    if element not in ("comments", "work_notes"):
        reading.pass_over(entry, "journals of other fields than comments and work notes")
        return
    caller, user = reading.incident(contact_id)[0], reading.user_id(entry.text("sys_created_by") or "")
    if element == "comments" and (caller is None or user is None):
        reading.pass_over(entry, "comments whose author is not known: incident and sys_user must stand in this folder")
        return
    is_theirs = element == "comments" and caller == user
    message = Message(
        at=reading.moment(entry, "sys_created_on"),
        author="customer" if is_theirs else "agent",
        text=entry.text("value") or "",
        is_public=element == "comments",
        channel=_WRITTEN if is_theirs else None,
    )
    version = reading.version(entry, "journal entry", "sys_id", changed=("sys_updated_on",))
    yield MessageRecord(line=entry.line, contact_id=contact_id, message=message, **version)


def _user(entry: Entry, reading: _Reading) -> Iterator[Record]:
    found = identifiers(
        id=reading.id(entry, *_paths("sys_id")),
        email=entry.text(*_paths("email")),
        phone=entry.text(*_paths("mobile_phone"), *_paths("phone")),
    )
    organisation = entry.text("company.display_value", "company")
    segment = reading.named(entry, "segment_field")
    yield PersonRecord(line=entry.line, people=people_in({"contact": entry.data}), identifiers=found, organisation=organisation, segment=segment)


_KINDS = (
    TableKind(name="journal entries (sys_journal_field)", signs=("element_id; element; value",), read=_journal_row),
    TableKind(
        name="users (sys_user)",
        signs=("sys_id; user_name; email", "sys_id; user_name; sys_class_name; name"),
        read=_user,
    ),
    TableKind(
        name="words of codes (sys_choice)",
        signs=("element; label; value; dependent_value",),
        unused="they are looked up for states and priorities",
    ),
    TableKind(
        name="service levels (task_sla)",
        signs=("sla_value; task_value", "has_breached; planned_end_time; stage"),
        unused="elapsed time, which is no agent time",
    ),
    TableKind(
        name="problems",
        signs=("problem_state; known_error", "problem_state; workaround_applied"),
        unused="causes of incidents, opened by no customer",
    ),
    TableKind(
        name="incidents of a warehouse",
        signs=("sys_id; caller_id_value; incident_state; _fivetran_synced",),
        read=_incident,
    ),
    TableKind(
        name="tasks, incidents and cases",
        signs=(
            "number; short_description; opened_at",
            "number; short_description; caller_id",
            "number; short_description; sys_created_on",
            "number; caller_id; opened_at",
            "Number; Short description; Opened",
            "Number; Short description; Caller",
        ),
        read=_task,
    ),
)
