"""The truth about a sample: contacts.csv, answers.csv, reasons.csv and the story in words."""

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from voc.sample import company
from voc.sample.company import PROCESSES, Calendar
from voc.sample.process import Contact
from voc.sample.survey_file import PlantedAnswer
from voc.sample.wording import Writer
from voc.sample.zendesk_file import external_id, user_id

CONTACT_COLUMNS = (
    "contact_id", "customer", "customer_external_id", "kind", "reason_id", "case", "second_reason_id", "second_case",
    "issue", "second_issue", "is_true_repeat", "repeats_contact_id", "lag_days", "position", "is_follow_up",
    "reopen_count", "is_coincidence", "coincides_with_contact_id", "is_double_post", "double_post_of", "is_addendum",
    "is_merged", "merged_into", "is_company_initiated", "is_automatic", "is_spam", "is_heavy_customer", "has_identity",
    "opened_at", "ended_at", "channel", "site", "segment", "language",
)  # fmt: skip
REASON_COLUMNS = (
    "reason_id", "demand_type", "trend", "trend_from", "new_issues_a_week", "true_repeat_probability",
    "repeat_probability_after_fix", "repeat_lag_distribution", "repeat_lag_median_days", "repeat_lag_sigma",
    "contacts", "as_second_reason", "true_repeats", "reopenings", "coincidences",
)  # fmt: skip


def write_contacts(path: Path, contacts: list[Contact], writer: Writer) -> None:
    """One row a ticket of the export, in the order of ticket ids; ids are those of the export."""
    _write(path, CONTACT_COLUMNS, (_contact_row(contact, writer) for contact in contacts))


def _contact_row(contact: Contact, writer: Writer) -> list[object]:
    customer = None if contact.customer is None else writer.customers[contact.customer]
    cause = contact.cause if contact.is_true_repeat else None
    lag = (contact.opened_at - cause.ended_at).total_seconds() / 86_400 if cause else None
    return [
        contact.ticket,
        user_id(customer.number) if customer else None,
        external_id(customer.number) if customer else None,
        contact.kind,
        contact.first.reason if contact.first else None,
        contact.first.case if contact.first else None,
        contact.second.reason if contact.second else None,
        contact.second.case if contact.second else None,
        contact.first.key if contact.first else None,
        contact.second.key if contact.second else None,
        int(contact.is_true_repeat),
        cause.ticket if cause else None,
        None if lag is None else f"{lag:.4f}",
        contact.position if contact.first else None,
        int(contact.kind == "follow_up"),
        len(contact.returns),
        int(contact.coincides_with is not None),
        contact.coincides_with.ticket if contact.coincides_with else None,
        int(contact.kind == "double_post"),
        contact.cause.ticket if contact.kind == "double_post" else None,
        int(contact.kind == "addendum"),
        int(contact.merged_into is not None),
        contact.merged_into.ticket if contact.merged_into else None,
        int(contact.kind == "company"),
        int(contact.kind == "automatic"),
        int(contact.kind == "spam"),
        int(bool(customer and customer.is_heavy)),
        int(customer is not None),
        _stamp(contact.opened_at),
        _stamp(contact.ended_at) if contact.ended_at else None,
        contact.channel,
        contact.site,
        customer.segment if customer else None,
        writer.language(contact) if contact.first else None,
    ]


def write_answers(path: Path, answers: Iterable[PlantedAnswer]) -> None:
    """One row a question of every finished survey response."""
    columns = ("response_id", "question", "customer", "reason_id", "score")
    rows = (
        [a.response_id, a.question, None if a.customer is None else user_id(a.customer), a.reason, a.score]
        for a in answers
    )
    _write(path, columns, rows)


def write_reasons(path: Path, contacts: list[Contact], calendar: Calendar, scale: float) -> None:
    """One row a reason: its process as planted, and what came of it in this draw."""
    first, second, repeats, reopened, chance = (Counter() for _ in range(5))
    for contact in contacts:
        if not contact.first or contact.kind in ("double_post", "addendum"):
            continue
        first[contact.first.reason] += 1
        second[contact.second.reason if contact.second else None] += 1
        repeats[contact.first.reason] += contact.is_true_repeat
        reopened[contact.first.reason] += len(contact.returns)
        chance[contact.first.reason] += contact.coincides_with is not None
    starts = {"fixed": company.FIX_WEEK, "emerging": company.EMERGING_WEEK, "outage": company.OUTAGE_WEEK}
    rows = []
    for p in PROCESSES:
        since = f"{calendar.week_start(starts[p.trend]):%Y-%m-%d}" if p.trend in starts else None
        after = company.FIXED_REPEAT_PROBABILITY if p.trend == "fixed" else None
        planned = [p.reason, p.demand_type, p.trend, since, f"{p.weekly * scale:.2f}", p.repeat, after]
        lag = ["lognormal", p.lag_days, p.lag_sigma]
        rows.append(planned + lag + [count[p.reason] for count in (first, second, repeats, reopened, chance)])
    _write(path, REASON_COLUMNS, rows)


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
