"""Records as rows of contacts, responses, verbatims and rejects: one form, redacted, nothing of it needing other rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from voc import tables
from voc.config import ContactRules, IdentityRules
from voc.identity import account_hash, identifier_hashes
from voc.records import ContactRecord, DetailRecord, Record, RejectRecord, ResponseRecord
from voc.schema import Table
from voc.sources._raw import NAMES_A_PERSON
from voc.stages.row_people import ERASED, HAS_WORDS, LONG_NUMBER, hashes_in, prefixed, speaks_of
from voc.text.automatic import is_automatic
from voc.text.clean import REPLY_PREFIX
from voc.text.html import html_to_text
from voc.text.redact import Names, Redacted, Redactor, redact
from voc.threads.rules import contacts_of
from voc.times import iso

_OPENING = 5000  # characters of a text in which automatic mail gives itself away
# Columns of words that a tool or an account chose: a site may be called Victoria.
_CLOSED = {"channel", "site", "segment", "organisation", "status", "priority", "language", "given_topic"}
_NOT_SHOWN = ("identifiers", "answers", "fields", "people", "key", "changed_at")  # of a record that belongs to nothing
_SHORT = 100  # characters of values that come again and again: channels, sites, tags


_as_json = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` makes an encoder at every call


class Origin(NamedTuple):
    """What rows say of the file they come from."""

    source: str
    file_id: str
    file_name: str  # as it is shown


@dataclass(frozen=True)
class RowRules:
    """Settings that rows depend on."""

    contacts: ContactRules
    identity: IdentityRules
    key: bytes  # what hashes and tokens are made with
    names: Names = "rules"  # how names of people are found
    keeps_raw: bool = False
    forgotten: frozenset[str] = frozenset()  # identifiers and rows of erased customers

    @property
    def hide(self) -> Redactor:
        """Replaces personal data in a text."""
        return Redactor(self.key, names=self.names)


class Head(NamedTuple):
    """A row without its long text; `row` holds the values of its table's columns in order."""

    number: int  # of its record
    file: int
    table: str  # contacts, responses or rejects
    row: tuple
    texts: int = 0  # verbatims
    redactions: int = 0  # in them


class Text(NamedTuple):
    """A row of verbatims, and its text as it came where that is kept."""

    number: int
    row: tuple
    raw: str | None

    @property
    def redactions(self) -> int:
        """Personal data replaced in it."""
        return self.row[tables.Verbatim.names.index("redaction_count")]


def rows_of(records: Sequence[tuple[int, int, Record]], origins: Sequence[Origin], rules: RowRules) -> tuple[list[Head], list[Text]]:
    """Rows of (number, file, record): heads and texts. Threads are cut into contacts."""
    heads: list[Head] = []
    texts: list[Text] = []
    for number, file, record in records:
        origin = origins[file]
        if isinstance(record, RejectRecord):
            heads.append(Head(number, file, "rejects", _values(tables.Reject, reject_row(origin, record, rules), rules)))
            continue
        if isinstance(record, ResponseRecord):
            said = [Text(number, *one) for one in _answers(origin, record, rules)]
            row = _values(tables.Response, _response_row(origin, record, rules), rules)
            heads.append(Head(number, file, "responses", row, len(said), sum(text.redactions for text in said)))
            texts += said
            continue
        for contact in contacts_of(record, rules.contacts):
            said = Text(number, *_contact_text(origin, contact, rules))
            row = _values(tables.Contact, _contact_row(origin, contact, rules), rules, contact.people)
            heads.append(Head(number, file, "contacts", row, 1, said.redactions))
            texts.append(said)
    return heads, texts


def _values(declared: Table, row: dict, rules: RowRules, people: tuple[str, ...] = ()) -> tuple:
    """The row's values in the order of the table's columns, every free text redacted."""
    for name in _redacted_names(declared.name):
        if row[name]:
            row[name] = _hidden(str(row[name]), rules, people, is_closed=name in _CLOSED)
    return tuple(row[name] for name in declared.names)


@lru_cache
def _redacted_names(table: str) -> tuple[str, ...]:
    declared = next(t for t in tables.TABLES if t.name == table)
    return tuple(c.name for c in declared.columns if c.is_redacted and (table, c.name) != ("rejects", "raw_row"))


def _hidden(text: str, rules: RowRules, people: tuple[str, ...] = (), *, is_closed: bool = False) -> str:
    if len(text) <= _SHORT and not people:
        return _hidden_short(text, rules.key, "off" if is_closed else rules.names)
    return redact(text, key=rules.key, people=people, names="off" if is_closed else rules.names).text


@lru_cache(maxsize=1 << 15)
def _hidden_short(text: str, key: bytes, names: Names) -> str:
    return redact(text, key=key, names=names).text


# ---------------------------------------------------------------- contacts and responses


def _contact_row(origin: Origin, record: ContactRecord, rules: RowRules) -> dict:
    return {
        "contact_id": prefixed(origin.source, record.contact_id, rules.key), "source": origin.source, "customer_id": None,
        "identifiers": _identifiers(record, origin, rules),
        "account": account_hash(record.identifiers, record.organisation, rules=rules.identity, key=rules.key),
        "channel": (record.channel or "unknown").strip().lower(), "site": record.site, "segment": record.segment,
        "organisation": record.organisation, "annual_revenue": record.annual_revenue,
        "opened_at": iso(record.opened_at), "closed_at": iso(record.closed_at), "updated_at": iso(record.updated_at),
        "status": record.status, "priority": record.priority, "given_topic": record.given_topic,
        "subject": _clean_line(record.subject),
        "handle_minutes": record.handle_minutes, "public_reply_count": record.public_reply_count,
        "reopen_count": record.reopen_count, "follow_up_of": prefixed(origin.source, record.follow_up_of, rules.key),
        "merged_into": prefixed(origin.source, record.merged_into, rules.key), "language": record.language,
        "tags": _as_json(record.tags), "made_by": record.made_by,
        "is_planned": record.is_planned, "is_bot_only": record.is_bot_only, "transfer_count": record.transfer_count,
        "why_excluded": _why_excluded(record, rules.contacts),
        "file_name": origin.file_name, "line": record.line,
    }  # fmt: skip


def _response_row(origin: Origin, record: ResponseRecord, rules: RowRules) -> dict:
    return {
        "response_id": prefixed(origin.source, record.response_id, rules.key), "source": origin.source,
        "customer_id": None, "identifiers": _identifiers(record, origin, rules), "contact_id": record.contact_id,
        "responded_at": iso(record.responded_at), "score": record.score, "score_kind": record.score_kind,
        "score_worst": record.score_worst, "score_best": record.score_best,
        "satisfaction_share": _satisfaction(record), "channel": record.channel, "segment": record.segment,
        "site": record.site, "language": record.language, "file_name": origin.file_name, "line": record.line,
    }  # fmt: skip


def _identifiers(record: ContactRecord | ResponseRecord, origin: Origin, rules: RowRules) -> str:
    return json.dumps(identifier_hashes(record.identifiers, source=origin.source, rules=rules.identity, key=rules.key))


def _satisfaction(record: ResponseRecord) -> float | None:
    worst, best = record.score_worst, record.score_best
    if record.score is None or worst is None or best is None or worst == best:
        return None
    return min(max((record.score - worst) / (best - worst), 0.0), 1.0)


def _why_excluded(record: ContactRecord, rules: ContactRules) -> str | None:
    if record.is_company_initiated:
        return "company_initiated"
    if record.merged_into or "closed_by_merge" in record.tags:
        return "merged"
    if record.is_automatic or is_automatic(record.subject, _plain(record.text)[:_OPENING]):
        return "automatic"
    own = tuple("@" + domain.lower().removeprefix("@") for domain in rules.own_domains)
    if own and any(kind == "email" and value.strip().lower().endswith(own) for kind, value in record.identifiers):
        return "internal"
    return "acknowledgement" if record.is_acknowledgement else None


# ---------------------------------------------------------------- texts


def _contact_text(origin: Origin, record: ContactRecord, rules: RowRules) -> tuple[tuple, str | None]:
    """A contact's subject and message together."""
    subject = REPLY_PREFIX.sub("", _clean_line(record.subject) or "")
    body = _plain(record.text)
    text = body if body.startswith(subject) else f"{subject}\n\n{body}".strip()
    contact_id = prefixed(origin.source, record.contact_id, rules.key)
    owners, hide = (contact_id, None), rules.hide
    return _verbatim(contact_id, origin, "contact", owners, iso(record.opened_at), None, text, hide(text, record.people), rules)


def _answers(origin: Origin, record: ResponseRecord, rules: RowRules) -> list[tuple[tuple, str | None]]:
    """One answer of a response each."""
    response_id = prefixed(origin.source, record.response_id, rules.key)
    owners, found = (None, response_id), []
    for number, answer in enumerate(record.answers, start=1):
        question, text = _hidden(html_to_text(answer.question), rules), html_to_text(answer.text)
        clean = rules.hide(text, record.people)
        found.append(_verbatim(f"{response_id}/{number}", origin, "answer", owners, iso(record.responded_at), question, text, clean, rules))
    return found


def _verbatim(
    verbatim_id, origin, kind, owners, said_at, question, text: str, clean: Redacted, rules: RowRules
) -> tuple[tuple, str | None]:
    row = {
        "verbatim_id": verbatim_id, "source": origin.source, "kind": kind, "contact_id": owners[0], "response_id": owners[1],
        "said_at": said_at, "question": question, "text": clean.text, "redaction_count": sum(clean.counts.values()),
    }  # fmt: skip
    return tuple(row[name] for name in tables.Verbatim.names), text if rules.keeps_raw else None


@lru_cache(maxsize=16)
def _plain(text: str) -> str:
    """A text without markup; asked for twice in a row."""
    return html_to_text(text)


@lru_cache(maxsize=16)
def _clean_line(text: str | None) -> str | None:
    return " ".join(html_to_text(text).split()) or None if text else None


# ---------------------------------------------------------------- rejects


def reject_of(record: Record, reason: str) -> RejectRecord:
    """The reject for a record that was read and belongs to nothing; identifiers of the customer are left out."""
    fields = {name: getattr(record, name) for name in record.__slots__ if name not in _NOT_SHOWN}
    if isinstance(record, DetailRecord):
        fields |= {name: value for name, value in record.fields.items() if name not in _NOT_SHOWN}
    shown = {name: str(value) for name, value in fields.items() if value not in (None, "", ())}
    return RejectRecord(line=record.line, reason=reason, raw=json.dumps(shown, ensure_ascii=False), is_fault=False)


def reject_row(origin: Origin, record: RejectRecord, rules: RowRules) -> dict:
    """A reject as a row; its running number comes later. Of an erased customer's row nothing but its place is kept."""
    hashes = hashes_in(record.raw, origin.source, rules.identity, rules.key)
    is_erased = bool(rules.forgotten) and (
        not rules.forgotten.isdisjoint(hashes) or speaks_of(record.raw, origin.source, rules.forgotten, rules.identity, rules.key)
    )
    return {
        "reject_id": "", "file_id": origin.file_id, "file_name": origin.file_name, "line": record.line,
        "reason": ERASED if is_erased else record.reason, "is_fault": record.is_fault,
        "raw_row": "{}" if is_erased else _redacted_raw(record.raw, rules), "identifiers": json.dumps([] if is_erased else hashes),
    }  # fmt: skip


def _redacted_raw(raw: str, rules: RowRules) -> str:
    """A raw row without personal data. In JSON each text is redacted by itself: an escaped line break hides a number.

    A reject keeps columns nobody mapped, so long bare numbers (phones, cards, customer numbers) go as well, and what stands
    under a key that names a person.
    """
    try:
        parsed = json.loads(raw)
    except ValueError:
        return _without_numbers(raw, rules)
    return json.dumps(_redacted_leaves(parsed, rules), ensure_ascii=False)


def _redacted_leaves(value: Any, rules: RowRules, *, is_person: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            _hidden(key, rules): _redacted_leaves(inner, rules, is_person=bool(NAMES_A_PERSON.search(key))) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_redacted_leaves(inner, rules, is_person=is_person) for inner in value]
    if is_person and isinstance(value, str) and HAS_WORDS.search(value) and len(value) <= _SHORT:
        return "[name]"
    return _without_numbers(str(value), rules) if isinstance(value, str | int | float) else value


def _without_numbers(text: str, rules: RowRules) -> str:
    return LONG_NUMBER.sub("[number]", rules.hide(text).text)
