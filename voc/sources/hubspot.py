"""HubSpot Service Hub: tickets as its pages export them (CSV), its API answers (JSON) and a warehouse stores them."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from voc.records import ContactRecord, DetailRecord, Identifier, Message, MessageRecord, PersonRecord, Record
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._people import people_in
from voc.sources._values import LeftOut, identifiers, is_nothing
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, with_defaults
from voc.sources._warehouse import rows_beside, why_not_current

DESCRIPTION = "HubSpot tickets: CSV export, API answers (JSON), and warehouse tables with contacts, e-mails and history"

_EMAIL = re.compile(r"[^\s@<>(),;]+@[^\s@<>(),;]+\.[^\s@<>(),;]+")
_JSON_SIGNS = {"hspipelinestage", "hsticketpriority", "hsticketcategory", "hsobjectid"}
_STAGE_SIGNS = ("stage_id", "pipeline_id", "ticket_state")
_COMPANY_SIGNS = ("id", "property_name")
_LINK_SIGNS = ("engagement_id", "ticket_id")


class Options(VendorOptions):
    """Keys of a `kind: hubspot` source; a field is a property (its name, such as plan_tier) or a column of the CSV."""

    company_initiated_channels: tuple[str, ...] = Field((), description="Sources of tickets the company opened itself")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is HubSpot's export of tickets, an answer of its API or one of its tables from a warehouse."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return {"properties", "createdat"} <= keys and bool(keys & _JSON_SIGNS)
    return kind == "delimited" and fits_any(_KINDS, keys)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of HubSpot: a contact a ticket, a person a contact, a message an e-mail or note of a ticket.

    Names of stages and companies, and which e-mail belongs to which ticket, are looked up in the tables of the same
    folder. Of several contacts of a ticket the first is its customer. Deleted tickets are rejects.
    """
    export = open_export(path, options, pages=("results",))
    reading = _Reading(path, options, prefixes=("property_", "properties."))
    return read_tables(export, _KINDS, reading, vendor="HubSpot", why_not=why_not_current(export))


class _Reading(Reading):
    """Also what the tables in the same folder say, read when it is first asked for."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.first_contacts: dict[str, str] = {}
        self._stages: dict[str, Entry] | None = None
        self._companies: dict[str, str] | None = None
        self._tickets: dict[str, str] | None = None

    def stage(self, stage_id: str | None) -> Entry | None:
        """The row of a stage of a pipeline."""
        if stage_id is None:
            return None
        if self._stages is None:
            rows = rows_beside(self.path, self.options, *_STAGE_SIGNS)
            self._stages = {row.text("stage_id") or "": row for row in rows}
        return self._stages.get(stage_id)

    def is_end(self, stage_id: str | None) -> bool:
        """Whether tickets of a stage are closed, as far as the table of stages says so."""
        stage = self.stage(stage_id)
        if stage is None:
            return False
        return (stage.text("ticket_state") or "").upper() == "CLOSED" or self.is_true(stage, "is_closed")

    def company(self, company_id: str | None) -> str | None:
        """The company's name."""
        if company_id is None:
            return None
        if self._companies is None:
            rows = rows_beside(self.path, self.options, *_COMPANY_SIGNS)
            self._companies = {row.text("id") or "": row.text("property_name") or "" for row in rows}
        return self._companies.get(company_id) or None

    def ticket_of(self, engagement_id: str) -> str | None:
        """The ticket that an e-mail, note or call was logged on."""
        if self._tickets is None:
            rows = rows_beside(self.path, self.options, *_LINK_SIGNS)
            self._tickets = {row.text("engagement_id") or "": row.text("ticket_id") or "" for row in rows}
        return self._tickets.get(engagement_id) or None


def _named(*names: str) -> tuple[str, ...]:
    """Where properties stand: in a warehouse table, in an answer of the API."""
    return tuple(prefix + name for name in names for prefix in ("property_", "properties."))


_OPENED = ("property_createdate", "properties.createdate", "createdAt", "Create date")
_CLOSED = (*_named("closed_date"), "Close date")


def _ticket(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = reading.id(entry, "id", "Ticket ID")
    if reading.is_true(entry, "is_deleted", "archived"):
        raise LeftOut("deleted in HubSpot")
    subject = entry.text(*_named("subject"), "Ticket name")
    channel = (entry.text(*_named("source_type"), "Source") or "").lower() or None
    closed_at = reading.time(entry, *_CLOSED)
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=reading.moment(entry, *_OPENED),
        text=entry.text(*_named("content"), "Ticket description") or subject or "",
        subject=subject,
        identifiers=_customer(entry),
        channel=channel,
        closed_at=closed_at,
        updated_at=reading.time(entry, *_named("hs_lastmodifieddate"), "updatedAt", "Last modified date"),
        status=_status(entry, reading),
        priority=entry.text(*_named("hs_ticket_priority"), "Priority"),
        organisation=_organisation(entry, reading),
        language=entry.text(*_named("hs_language")),
        is_company_initiated=channel in {name.lower() for name in reading.options.company_initiated_channels},
        solved_at=(closed_at,) if closed_at else (),
        **with_defaults(reading.fields(entry), given_topic=entry.text(*_named("hs_ticket_category"), "Category")),
    )


def _customer(entry: Entry) -> tuple[Identifier, ...]:
    """Identifiers of the ticket's first contact, where the ticket itself names its contacts."""
    ids = [one.strip() for one in re.split(r"[;,]", entry.text("Associated Contact IDs") or "") if one.strip()]
    ids += [one.text("id") or "" for one in entry.objects("associations.contacts.results")]
    addresses = _EMAIL.findall(entry.text("Associated Contact Email", "Associated Contact") or "")
    return identifiers(id=ids[0] if ids else None, email=addresses[0] if addresses else None)


def _status(entry: Entry, reading: _Reading) -> str | None:
    """The stage's name; its number where no table of the folder names stages."""
    stage_id = entry.text(*_named("hs_pipeline_stage"))
    stage = reading.stage(stage_id)
    return (stage and stage.text("label")) or entry.text("Ticket status") or stage_id


def _organisation(entry: Entry, reading: _Reading) -> str | None:
    ids = [one.text("id") for one in entry.objects("associations.companies.results")]
    return entry.text("Associated Company") or (reading.company(ids[0]) if ids else None)


def _object(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """An answer of the API: a ticket or a contact, told apart by its properties."""
    is_person = entry.has("properties.email") or entry.has("properties.lastname")
    yield from (_person if is_person else _ticket)(entry, reading)


def _person(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """A contact. Contacts that were merged into it keep their ids in older tickets, so they are its ids too."""
    contact_id = reading.id(entry, "id")
    merged = re.split(r"[;,]", entry.text(*_named("hs_merged_object_ids", "hs_calculated_merged_vids")) or "")
    ids = dict.fromkeys([contact_id, *(one.partition(":")[0].strip() for one in merged)])
    more = identifiers(
        email=entry.text(*_named("email")), phone=entry.text(*_named("mobilephone")) or entry.text(*_named("phone"))
    )
    company = entry.text(*_named("company")) or reading.company(entry.text(*_named("associatedcompanyid")))
    yield PersonRecord(
        line=entry.line,
        people=people_in({"contact": entry.data}),
        identifiers=(*(("id", one) for one in ids if not is_nothing(one)), *more),
        organisation=company,
        segment=reading.named(entry, "segment_field"),
    )


def _contact_of_ticket(entry: Entry, reading: _Reading) -> Iterator[Record]:
    ticket_id, contact_id = reading.id(entry, "ticket_id"), reading.id(entry, "contact_id")
    if reading.first_contacts.setdefault(ticket_id, contact_id) != contact_id:
        reading.pass_over(entry, "further contacts of a ticket: other people than its customer")
        return
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"identifiers": (("id", contact_id),)})


def _company_of_ticket(entry: Entry, reading: _Reading) -> Iterator[Record]:
    ticket_id = reading.id(entry, "ticket_id")
    name = reading.company(reading.id(entry, "company_id"))
    if name is None:
        reading.pass_over(entry, "companies that no table of this folder names")
        return
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"organisation": name})


def _history(entry: Entry, reading: _Reading) -> Iterator[Record]:
    """A change of a property: closing sets the date of closing, and moves the ticket to a closed stage."""
    ticket_id = reading.id(entry, "ticket_id")
    name, value = (entry.text("name") or "").lower(), entry.text("value")
    is_end = reading.is_end(value) if name == "hs_pipeline_stage" else name == "closed_date" and value
    if not is_end:
        reading.pass_over(entry, "changes that do not close a ticket")
        return
    closed_at = reading.moment(entry, "timestamp_instant", "timestamp")
    yield DetailRecord(line=entry.line, contact_id=ticket_id, fields={"solved_at": (closed_at,)})


def _email(entry: Entry, reading: _Reading) -> Iterator[Record]:
    direction = (entry.text("property_hs_email_direction", "type") or "").upper()
    text = entry.text("property_hs_email_text", "property_hs_email_html", "property_hs_email_subject") or ""
    author = "customer" if direction.startswith("INCOMING") else "agent"
    yield from _logged(entry, reading, author=author, text=text, channel="email")


def _note(entry: Entry, reading: _Reading) -> Iterator[Record]:
    text = entry.text("property_hs_note_body", "property_hs_body_preview") or ""
    yield from _logged(entry, reading, author="agent", text=text, is_public=False)


def _logged(entry: Entry, reading: _Reading, **fields: object) -> Iterator[Record]:
    """A message of the ticket it was logged on; tickets are named in the row or in the table of links."""
    engagement_id = reading.id(entry, "engagement_id", "id")
    ticket_id = entry.text("ticket_id") or reading.ticket_of(engagement_id)
    if ticket_id is None:
        reading.pass_over(entry, "logged on no ticket that the table ticket_engagement of this folder names")
        return
    at = reading.moment(entry, "property_hs_timestamp", "property_hs_createdate")
    changed = ("property_hs_lastmodifieddate",)
    version = reading.version(entry, f"engagement of ticket {ticket_id}", "engagement_id", "id", changed=changed)
    yield MessageRecord(line=entry.line, contact_id=ticket_id, message=Message(at=at, **fields), **version)


_LOOKED_UP = "their names are looked up for tickets and contacts"
_KINDS = (
    TableKind(
        name="tickets",
        signs=(
            "id; property_hs_pipeline_stage; property_createdate",
            "id; property_subject; property_createdate",
            "Ticket ID; Ticket name; Create date",
            "Ticket ID; Ticket name; Pipeline",
            "Ticket ID; Ticket name; Ticket status",
        ),
        read=_ticket,
    ),
    TableKind(name="tickets and contacts of the API", signs=("id; properties; createdAt",), read=_object),
    TableKind(
        name="e-mails",
        signs=("engagement_id; property_hs_email_subject", "engagement_id; property_hs_email_text"),
        read=_email,
    ),
    TableKind(name="notes", signs=("engagement_id; property_hs_note_body",), read=_note),
    TableKind(
        name="links of e-mails to tickets", signs=("; ".join(_LINK_SIGNS),), unused="read with the e-mails and notes"
    ),
    TableKind(name="contacts of tickets", signs=("ticket_id; contact_id; _fivetran_synced",), read=_contact_of_ticket),
    TableKind(name="companies of tickets", signs=("ticket_id; company_id; _fivetran_synced",), read=_company_of_ticket),
    TableKind(name="history of tickets", signs=("ticket_id; name; value; timestamp_instant",), read=_history),
    TableKind(
        name="contacts",
        signs=("id; property_email; property_createdate", "id; property_email; property_lastname"),
        read=_person,
    ),
    TableKind(
        name="companies",
        signs=(
            "id; property_name; property_industry",
            "id; property_name; property_domain",
            "id; property_name; property_createdate",
        ),
        unused=_LOOKED_UP,
    ),
    TableKind(name="stages of pipelines", signs=("; ".join(_STAGE_SIGNS),), unused=_LOOKED_UP),
    TableKind(
        name="pipelines",
        signs=("pipeline_id; label; display_order; object_type_id", "pipeline_id; label; display_order; active"),
        unused="a ticket's stage says where it stands",
    ),
)
