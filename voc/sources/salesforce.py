"""Salesforce Service Cloud: cases with e-mails, comments and history, as CSV, answers of SOQL queries or data trees."""

import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, Record
from voc.sources._cases import is_automatic_mail, long_id
from voc.sources._entries import Entry, VendorOptions, head_keys, open_export
from voc.sources._people import people_in
from voc.sources._values import LeftOut, identifiers
from voc.sources._vendor import Reading, TableKind, fits_any, read_tables, whole_thread, with_defaults
from voc.sources._warehouse import rows_beside, why_not_current

DESCRIPTION = "Salesforce cases with their e-mails, comments and history: CSV, SOQL answers (JSON), data trees"

log = logging.getLogger("voc.sources")
_OUTBOUND = re.compile(r"outbound|outgoing|proactive", re.IGNORECASE)
_DRAFT = ("5", "draft")
_PORTAL_USERS = re.compile(r"customer|csp|guest|partner", re.IGNORECASE)
_ID = ("Id", "Case ID", "CaseNumber")
_OPENED = ("CreatedDate", "Date/Time Opened", "Opened Date")
_CLOSED = ("ClosedDate", "Date/Time Closed", "Closed Date")
_SAME = timedelta(minutes=10)  # an e-mail this near to the opening of its case is what opened it


class Options(VendorOptions):
    """Keys of a `kind: salesforce` source; a field is a column or API name, such as Plan__c or Account.Type."""

    opened_field: str | None = Field(None, description="Field with the time of opening, for cases that were migrated")
    closed_field: str | None = Field(None, description="Field with the time of closing, for cases that were migrated")
    language_field: str | None = Field(None, description="Field with the customer's language")
    closed_statuses: tuple[str, ...] = Field(
        (), description="Statuses that end a case, for its history; those that begin with Closed when not given"
    )
    company_initiated_channels: tuple[str, ...] = Field(
        (), description="Origins of cases the company opened itself; those with outbound in their name always are"
    )


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a table or an answer of Salesforce."""
    kind, keys = head_keys(path, head)
    if kind == "json":
        return fits_any(_KINDS, keys) and ("attributes" in keys or "casenumber" in keys)
    return kind == "delimited" and fits_any(_KINDS, keys)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read a file of Salesforce: a contact a case, a message an e-mail or published comment, closings of its history.

    E-mails, comments and history may stand inside a case (subqueries) or in files of their own. Ids of 15 characters
    are brought to 18, so that reports and exports fit together. Deleted cases are rejects; merged ones name the case
    that absorbed them. Rows without id or time, as in a data tree, are rejects.
    """
    export = open_export(path, options, pages=("records",), on_page=lambda page: _say_what_is_missing(path, page))
    reading = _Reading(path, options)
    return read_tables(export, _KINDS, reading, vendor="Salesforce", why_not=why_not_current(export))


def _say_what_is_missing(path: Path, page: dict[str, Any]) -> None:
    """Log that an answer of a query is one page of several."""
    if page.get("nextrecordsurl"):
        log.warning(
            "%s: one page of %s records; the others are at its nextRecordsUrl. Read those files too.",
            path, page.get("totalsize") or "more",
        )  # fmt: skip


class _Reading(Reading):
    """Also the names of accounts, which stand in a table of their own in the same folder."""

    _accounts: dict[str, str] | None = None

    def account(self, account_id: str | None) -> str | None:
        """The account's name."""
        if account_id is None:
            return None
        if self._accounts is None:
            rows = rows_beside(self.path, self.options, "Id", "Name", "BillingCountry")
            self._accounts = {long_id(row.text("Id")) or "": row.text("Name") or "" for row in rows}
        return self._accounts.get(account_id) or None


def _case(entry: Entry, reading: _Reading) -> Iterator[Record]:
    contact_id = long_id(reading.id(entry, *_ID))
    merged_into = long_id(entry.text("MasterRecordId"))
    if reading.is_true(entry, "IsDeleted") and not merged_into:
        raise LeftOut("deleted in Salesforce")
    opened_at = _moment_of(entry, reading, "opened_field") or reading.moment(entry, *_OPENED)
    closed_at = _moment_of(entry, reading, "closed_field") or reading.time(entry, *_CLOSED)
    channel = entry.text("Origin", "Case Origin")
    subject = entry.text("Subject")
    replies = _replies(entry, reading)
    text = entry.text("Description") or _first_words(replies or []) or subject or ""
    solved_at = _closings_inside(entry, reading) or ((closed_at,) if closed_at else ())
    yield ContactRecord(
        line=entry.line,
        people=people_in(entry.data),
        contact_id=contact_id,
        opened_at=opened_at,
        text=text,
        subject=subject,
        identifiers=_customer(entry),
        channel=channel,
        closed_at=closed_at,
        updated_at=reading.time(entry, "LastModifiedDate", "Last Modified Date"),
        status=entry.text("Status"),
        priority=entry.text("Priority"),
        organisation=entry.text("Account.Name", "Account Name", "SuppliedCompany")
        or reading.account(long_id(entry.text("AccountId"))),
        public_reply_count=None if replies is None else sum(m.is_public and m.author == "agent" for m in replies),
        follow_up_of=long_id(entry.text("ParentId", "Parent.Id")),
        merged_into=merged_into,
        is_company_initiated=_is_outbound(channel, reading.options),
        language=reading.named(entry, "language_field"),
        messages=_thread(opened_at, text, replies),
        solved_at=solved_at,
        **with_defaults(
            reading.fields(entry), given_topic=entry.text("Reason", "Case Reason", "Type"), site=_queue(entry)
        ),
    )


def _moment_of(entry: Entry, reading: Reading, option: str) -> datetime | None:
    """The time in the field that an option names."""
    path = reading.field(entry, option)
    return reading.time(entry, path) if path else None


def _customer(entry: Entry):
    """Identifiers of the contact. Its id is the CRM's own, which other tools hold too, so it counts as external."""
    contact = long_id(entry.text("ContactId", "Contact.Id", "Contact ID"))
    return identifiers(
        id=contact,
        external=contact,
        email=entry.text(
            "ContactEmail", "Contact.Email", "Contact Email", "Contact: Email", "SuppliedEmail", "Web Email"
        ),
        phone=entry.text("ContactPhone", "Contact.Phone", "ContactMobile", "Contact.MobilePhone", "SuppliedPhone"),
    )


def _queue(entry: Entry) -> str | None:
    """The owner's name where the owner is a queue and not a person."""
    kinds = {entry.text("Owner.attributes.type"), entry.text("Owner.Type")}
    return entry.text("Owner.Name") if kinds & {"Group", "Queue"} else None


def _is_outbound(channel: str | None, options: Options) -> bool:
    named = {name.lower() for name in options.company_initiated_channels}
    return bool(channel and (_OUTBOUND.search(channel) or channel.lower() in named))


def _replies(entry: Entry, reading: Reading) -> list[Message] | None:
    """E-mails and comments inside a case; None when the query did not ask for any."""
    lists = [name for name in ("EmailMessages", "CaseComments") if entry.has(name)]
    if not lists:
        return None
    emails = reading.messages(entry.objects("EmailMessages.records", "EmailMessages"), _mail)
    return emails + reading.messages(entry.objects("CaseComments.records", "CaseComments"), _remark)


def _thread(opened_at: datetime, text: str, replies: list[Message] | None) -> tuple[Message, ...]:
    """Messages of a case: with its description in front, unless the e-mail that opened it is among them."""
    opening = Message(at=opened_at, author="customer", text=text)
    if replies and any(m.author == "customer" and abs(m.at - opened_at) <= _SAME for m in replies):
        return tuple(sorted(replies, key=lambda message: message.at))
    return whole_thread(opening, replies)


def _first_words(replies: list[Message]) -> str | None:
    return next((m.text for m in replies if m.author == "customer" and m.is_public and m.text), None)


def _closings_inside(entry: Entry, reading: Reading) -> tuple[datetime, ...]:
    rows = entry.objects("Histories.records", "Histories")
    return tuple(sorted({moment for row in rows if _is_closing(row, reading) and (moment := _when(row, reading))}))


def _when(entry: Entry, reading: Reading) -> datetime | None:
    return reading.time(entry, "CreatedDate", "Edit Date")


def _is_closing(entry: Entry, reading: Reading) -> bool:
    """Whether a row of history brings a case from an open to a closed status."""
    if (entry.text("Field") or "").lower() not in ("status", "status_name"):
        return False
    return _ends(entry.text("NewValue"), reading) and not _ends(entry.text("OldValue"), reading)


def _ends(status: str | None, reading: Reading) -> bool:
    known = {one.lower() for one in reading.options.closed_statuses}
    word = (status or "").lower()
    return word in known if known else word.startswith("closed")


def _mail(entry: Entry, reading: Reading) -> Message | None:
    """An e-mail: incoming ones are the customer's. None for a draft."""
    if (entry.text("Status") or "").lower() in _DRAFT or reading.is_true(entry, "IsDeleted"):
        return None
    is_incoming = reading.is_true(entry, "Incoming", "IsIncoming", "Is Incoming")
    return Message(
        at=reading.moment(entry, "MessageDate", "CreatedDate"),
        author="customer" if is_incoming else "agent",
        text=entry.text("TextBody", "HtmlBody") or entry.text("Subject") or "",
        is_automatic=is_automatic_mail(entry.text("Headers")),
        channel="email",
    )


def _remark(entry: Entry, reading: Reading) -> Message | None:
    """A comment on a case: by a user of the customer portal, where the file names the kind of user, or by an agent."""
    if reading.is_true(entry, "IsDeleted"):
        return None
    is_theirs = bool(_PORTAL_USERS.search(entry.text("CreatedBy.UserType", "CreatedBy.Type") or ""))
    return Message(
        at=reading.moment(entry, "CreatedDate"),
        author="customer" if is_theirs else "agent",
        channel="web" if is_theirs else None,
        text=entry.text("CommentBody", "Body") or "",
        is_public=reading.is_true(entry, "IsPublished", "Public"),
    )


def _mail_row(entry: Entry, reading: _Reading) -> Iterator[Record]:
    case_id = long_id(entry.text("ParentId", "Parent.Id", "RelatedToId"))
    if case_id is None:
        reading.pass_over(entry, "e-mails of no case")
        return
    yield from _message_row(entry, reading, case_id, _mail(entry, reading))


def _comment_row(entry: Entry, reading: _Reading) -> Iterator[Record]:
    case_id = long_id(reading.id(entry, "ParentId", "Parent.Id"))
    yield from _message_row(entry, reading, case_id, _remark(entry, reading))


def _message_row(entry: Entry, reading: _Reading, case_id: str, message: Message | None) -> Iterator[Record]:
    if message is None:
        reading.pass_over(entry, "drafts and deleted messages")
        return
    version = reading.version(entry, "message", "Id", changed=("LastModifiedDate", "SystemModstamp"))
    yield MessageRecord(line=entry.line, contact_id=case_id, message=message, **version)


def _history_row(entry: Entry, reading: _Reading) -> Iterator[Record]:
    case_id = long_id(reading.id(entry, "CaseId", "Case.Id"))
    if not _is_closing(entry, reading):
        reading.pass_over(entry, "changes that do not close a case")
        return
    closed_at = reading.moment(entry, "CreatedDate")
    yield DetailRecord(line=entry.line, contact_id=case_id, fields={"solved_at": (closed_at,)})


def _person(entry: Entry, reading: _Reading) -> Iterator[Record]:
    if reading.is_true(entry, "IsDeleted"):
        raise LeftOut("deleted in Salesforce")
    contact_id = long_id(reading.id(entry, "Id"))
    found = identifiers(
        id=contact_id, external=contact_id, email=entry.text("Email"), phone=entry.text("MobilePhone", "Phone")
    )
    organisation = entry.text("Account.Name") or reading.account(long_id(entry.text("AccountId")))
    yield PersonRecord(line=entry.line, people=people_in({"contact": entry.data}), identifiers=found, organisation=organisation)


_KINDS = (
    TableKind(name="cases", signs=("CaseNumber; Subject; Status", "CaseNumber; CreatedDate"), read=_case),
    TableKind(
        name="e-mails of cases (EmailMessage)",
        signs=("ParentId; Incoming; MessageDate", "RelatedToId; Incoming; MessageDate", "ParentId; Incoming; TextBody"),
        read=_mail_row,
    ),
    TableKind(name="comments on cases (CaseComment)", signs=("ParentId; CommentBody; CreatedDate",), read=_comment_row),
    TableKind(name="history of cases (CaseHistory)", signs=("CaseId; Field; NewValue",), read=_history_row),
    TableKind(
        name="contacts", signs=("Id; LastName; AccountId; Email", "Id; LastName; Email; MailingCountry"), read=_person
    ),
    TableKind(
        name="accounts", signs=("Id; Name; BillingCountry",), unused="their names are looked up for cases and contacts"
    ),
    TableKind(name="users", signs=("Id; Username; ProfileId",), unused="agents are not told apart"),
)
