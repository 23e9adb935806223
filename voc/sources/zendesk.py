"""Zendesk: tickets and what stands around them as JSON of its API or its export, the CSV export, warehouse tables."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from voc.config import Settings
from voc.records import Record
from voc.sources._delimited import delimiter_char
from voc.sources._entries import fold, head_keys, open_export
from voc.sources._files import check_file, head_text, is_json
from voc.sources._tables import open_table
from voc.sources._tickets import CSV_PATHS, WAREHOUSE_PATHS, Ticket, table_tickets
from voc.sources._values import RowFault, check_date_format, check_timezone, rejected
from voc.sources._vendor import TableKind, fits_any, read_tables
from voc.sources._warehouse import why_not_current
from voc.sources._zendesk_json import Found, objects_of
from voc.sources._zendesk_known import Known, known_beside
from voc.sources._zendesk_pages import KINDS, VERSIONED
from voc.sources._zendesk_ratings import last_versions
from voc.sources._zendesk_reading import ZendeskReading
from voc.sources._zendesk_tables import TABLES, TICKET_SIGNS, TableReading
from voc.sources._zendesk_tickets import TicketReader
from voc.sources._zendesk_values import clock

DESCRIPTION = "Zendesk: tickets, comments, events, ratings, calls as JSON, the CSV export, and warehouse tables"

_CSV_SIGNS = {"summationcolumn", "via", "assigneestations", "satisfactionscore", "requesterid"}
# Keys, of all depths, by which the other objects are known
_JSON_SIGNS = (
    "author_id; public; audit_id", "author_id; public; html_body; plain_body", "ticket_id; child_events",
    "ticket_id; events; author_id; via", "ticket_id; group_stations; assignee_stations", "ticket_id; metric; instance_id",
    "ticket_id; score; requester_id; assignee_id", "answers; responder_id; subjects", "answers; responder_id; subject_zrns",
    "talk_time; wrap_up_time; completion_status", "role; restricted_agent", "shared_tickets; shared_comments",
    "groups; url; name; deleted; created_at",
)  # fmt: skip
_TICKET_TABLE = TableKind(name="ticket", signs=TICKET_SIGNS)


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
    """Whether this is an answer of Zendesk's API, its JSON or CSV export of tickets, or one of its warehouse tables."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        if "requesterid" in keys and keys & {"submitterid", "via"}:  # other tools: the first only
            return True
        return any({fold(sign) for sign in signs.split(";")} <= keys for signs in _JSON_SIGNS)
    if kind != "delimited":
        return False
    has_requester = any(key.startswith("requester") for key in keys)
    if {"id", "subject", "createdat"} <= keys and has_requester and keys & _CSV_SIGNS and "responderid" not in keys:
        return True
    if not _TICKET_TABLE.fits(keys) and not fits_any(TABLES, keys):
        return False
    return "fivetransynced" not in keys or not _is_of_another_tool(keys, head)


def _is_of_another_tool(keys: set[str], head: bytes) -> bool:
    """Tables of groups look alike in several tools; those of Zendesk name its address."""
    group = next(kind for kind in TABLES if kind.name == "group")
    others = [kind for kind in TABLES if kind.name != "group"]
    return group.fits(keys) and not fits_any(others, keys) and "/api/v2/groups/" not in head_text(head)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Zendesk: a contact a ticket, a message a comment, a response a rating, a detail for what other
    tables say of a ticket, a person a user.

    The text of a ticket is the customer's first public comment, else the description, else the subject: the CSV export
    has no description, so there a contact's text is its subject. `closed_at` is the time of the solution from the
    ticket's metrics, never that of the last change. Handle time is read only from the field the options name, and from
    calls. Deleted and suspended tickets and those without id or time are rejects. In pages of the API `line` counts
    objects.
    """
    check_file(path)
    known = known_beside(path, options)
    if is_json(path):
        return _json_records(path, options, known)
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter)
    keys = {fold(column) for column in table.columns or ()}
    is_warehouse = _TICKET_TABLE.fits(keys)
    if not is_warehouse and fits_any(TABLES, keys):
        return _table_records(path, options, known)
    zone = ZoneInfo("UTC" if is_warehouse else options.timezone)
    reader = TicketReader(path, options, clock(options.date_format, zone), known)
    tickets = table_tickets(table, WAREHOUSE_PATHS if is_warehouse else CSV_PATHS)
    return _ticket_records(reader, tickets)


def _ticket_records(reader: TicketReader, tickets: Iterator[Ticket]) -> Iterator[Record]:
    for ticket in tickets:
        yield from reader.records(ticket)
    reader.finish()


def _table_records(path: Path, options: Options, known: Known) -> Iterator[Record]:
    """Rows of a warehouse table; loaders write times in UTC."""
    export = open_export(path, options, pages=())
    utc = options.model_copy(update={"timezone": "UTC"})
    return read_tables(
        export, TABLES, TableReading(path, utc, known, export=export), vendor="Zendesk", why_not=why_not_current(export)
    )


def _json_records(path: Path, options: Options, known: Known) -> Iterator[Record]:
    """Tickets and other objects, in the order of the file; JSON says the zone of its times itself."""
    plain = options.model_copy(update={"timezone": "UTC", "date_format": None})
    tickets = TicketReader(path, plain, clock(None, ZoneInfo("UTC")), known)
    reading = ZendeskReading(path, plain, known)
    for found in objects_of(path, options.encoding, reading.see_page):
        if isinstance(found, Ticket):
            yield from tickets.records(found)
        else:
            yield from _object_records(found, reading, path, options)
    tickets.finish()
    yield from reading.finish()


def _object_records(found: Found, reading: ZendeskReading, path: Path, options: Options) -> Iterator[Record]:
    kind, entry = KINDS[found.page], found.entry
    if found.page in VERSIONED and reading.latest is None:
        rows = (one for one in objects_of(path, options.encoding, lambda page: None) if not isinstance(one, Ticket))
        reading.latest = last_versions(((VERSIONED[r.page], r.entry) for r in rows if r.page in VERSIONED), reading)
    try:
        if entry.fault:
            raise RowFault(entry.fault)
        if kind.read is None:
            reading.pass_over(entry, f"{kind.name}: {kind.unused}")
            return
        yield from list(kind.read(entry, reading))
    except RowFault as fault:
        yield rejected(fault, entry.line, entry.raw)
