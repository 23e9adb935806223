"""Records as rows of contacts, responses and verbatims: one form, redacted."""

import json
import re

from voc import tables
from voc.config import ContactRules
from voc.identity import identifier_hashes
from voc.records import Answer, ContactRecord, Record, ResponseRecord
from voc.schema import Table
from voc.stages.reading import SourceFile, prefixed
from voc.text.clean import REPLY_PREFIX
from voc.text.html import html_to_text
from voc.text.redact import redact
from voc.times import iso

_AUTOMATIC = re.compile(
    r"^\s*((automatic|auto)[ -]?(reply|response)\b|out of (the )?office\b|undeliverable\b|delivery status notification"
    r"|mail delivery (failed|subsystem)|abwesenheits|automatische antwort|r[ée]ponse automatique|respuesta autom)",
    re.IGNORECASE,
)


def contact_row(file: SourceFile, record: ContactRecord, rules: ContactRules) -> dict:
    """A contact as a row of `contacts`, every free text redacted."""
    subject = _clean_line(record.subject)
    row = {
        "contact_id": prefixed(file, record.contact_id), "source": file.source,
        "customer_id": None, "identifiers": identifier_hashes(record.identifiers, source=file.source),
        "channel": (record.channel or "unknown").strip().lower(), "site": record.site, "segment": record.segment,
        "organisation": record.organisation, "annual_revenue": record.annual_revenue,
        "opened_at": iso(record.opened_at), "closed_at": iso(record.closed_at), "updated_at": iso(record.updated_at),
        "status": record.status, "priority": record.priority, "given_topic": record.given_topic, "subject": subject,
        "handle_minutes": record.handle_minutes, "public_reply_count": record.public_reply_count,
        "reopen_count": record.reopen_count, "follow_up_of": prefixed(file, record.follow_up_of),
        "merged_into": prefixed(file, record.merged_into), "language": record.language,
        "tags": json.dumps(list(record.tags), ensure_ascii=False), "made_by": record.made_by,
        "is_planned": record.is_planned, "is_bot_only": record.is_bot_only, "transfer_count": record.transfer_count,
        "why_excluded": _why_excluded(record, rules),
        "file_name": file.shown_name, "line": record.line,
    }  # fmt: skip
    return _redacted(tables.Contact, row)


def response_row(file: SourceFile, record: ResponseRecord) -> dict:
    """A survey response as a row of `responses`, every free text redacted."""
    row = {
        "response_id": prefixed(file, record.response_id), "source": file.source,
        "customer_id": None, "identifiers": identifier_hashes(record.identifiers, source=file.source), "contact_id": record.contact_id,
        "responded_at": iso(record.responded_at), "score": record.score, "score_kind": record.score_kind,
        "score_worst": record.score_worst, "score_best": record.score_best,
        "satisfaction_share": _satisfaction(record), "channel": record.channel, "segment": record.segment,
        "site": record.site, "language": record.language, "file_name": file.shown_name, "line": record.line,
    }  # fmt: skip
    return _redacted(tables.Response, row)


def _satisfaction(record: ResponseRecord) -> float | None:
    worst, best = record.score_worst, record.score_best
    if record.score is None or worst is None or best is None or worst == best:
        return None
    return min(max((record.score - worst) / (best - worst), 0.0), 1.0)


def verbatim_rows(file: SourceFile, record: Record) -> list[dict]:
    """One row a text: a contact's subject and message together, or one answer of a response."""
    if isinstance(record, ContactRecord):
        subject = REPLY_PREFIX.sub("", _clean_line(record.subject) or "")
        body = html_to_text(record.text)
        text = body if body.startswith(subject) else f"{subject}\n\n{body}".strip()
        return [_verbatim(file, f"{prefixed(file, record.contact_id)}", "contact", record, text, None)]
    return [
        _verbatim(file, f"{prefixed(file, record.response_id)}/{number}", "answer", record, html_to_text(a.text), a)
        for number, a in enumerate(record.answers, start=1)
    ]


def _verbatim(file: SourceFile, verbatim_id: str, kind: str, record: Record, text: str, answer: Answer | None) -> dict:
    clean = redact(text)
    said_at = record.opened_at if isinstance(record, ContactRecord) else record.responded_at
    return {
        "verbatim_id": verbatim_id, "source": file.source, "kind": kind,
        "contact_id": prefixed(file, record.contact_id) if kind == "contact" else None,
        "response_id": prefixed(file, record.response_id) if kind == "answer" else None,
        "said_at": iso(said_at), "question": redact(html_to_text(answer.question)).text if answer else None,
        "text": clean.text, "redaction_count": sum(clean.counts.values()),
    }  # fmt: skip


def _clean_line(text: str | None) -> str | None:
    return " ".join(html_to_text(text).split()) or None if text else None


def _redacted(declared: Table, row: dict) -> dict:
    """The row with every declared free-text column redacted."""
    for c in declared.columns:
        if c.is_redacted and row[c.name]:
            row[c.name] = redact(str(row[c.name])).text
    return row


def _why_excluded(record: ContactRecord, rules: ContactRules) -> str | None:
    if record.is_company_initiated:
        return "company_initiated"
    if record.merged_into or "closed_by_merge" in record.tags:
        return "merged"
    if record.is_automatic or _AUTOMATIC.match(record.subject or ""):
        return "automatic"
    own = tuple("@" + domain.lower().removeprefix("@") for domain in rules.own_domains)
    if own and any(kind == "email" and value.strip().lower().endswith(own) for kind, value in record.identifiers):
        return "internal"
    return "acknowledgement" if record.is_acknowledgement else None
