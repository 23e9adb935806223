"""Refunds and credits from the books, by the topic of the contact they belong to; never part of handling cost."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from voc import currencies, tables
from voc.context import Frames, RunContext
from voc.costs import CostFile
from voc.errors import VocError
from voc.reports._shared import NO_TOPIC, NO_TOPIC_NAME
from voc.sources._tables import open_table
from voc.sources._values import parse_number, short, some

NO_CONTACT, NO_CONTACT_NAME = "?", "(contact not in the data)"
NO_KIND = "credit"
_ROW = "Mend the row, or take it out; the file stands under 'credits' in the cost file."


@dataclass(frozen=True)
class Credit:
    """One amount given to a customer."""

    contact: str  # id of the contact: with its source's name before a colon, or the vendor's own
    amount: float  # in the report's currency
    kind: str


def credits_path(run: RunContext) -> Path | None:
    """The file of refunds and credits of a run; None where there is none."""
    if run.costs is None or run.costs.credits is None or run.pipeline.costs is None:
        return None
    return (run.folder / run.pipeline.costs).parent / run.costs.credits


def read_credits(path: Path, costs: CostFile) -> list[Credit]:
    """Read a table of credits: contact_id, amount, and if need be currency and kind.

    Raises VocError for a missing column, and with its line for an amount that is none or negative, an unknown currency,
    or one without a rate.
    """
    table = open_table(path)
    rows = list(table.rows())
    columns = table.columns if table.columns is not None else [name for row in rows[:1] for name in row.cells]
    known = {name.strip().lower(): name for name in columns}
    for wanted in ("contact_id", "amount"):
        if columns and wanted not in known:
            raise VocError(f"{path}: no column '{wanted}'.", f"It has: {', '.join(known.values())}.")
    return [_credit(path, row, known, costs) for row in rows]


def _credit(path: Path, row, known: dict[str, str], costs: CostFile) -> Credit:
    place = f"{path} line {row.line}"
    if row.fault:
        raise VocError(f"{place}: {row.fault}.", _ROW)
    cells = {name: some(row.cells.get(column, "")) for name, column in known.items()}
    contact, text = cells.get("contact_id"), cells.get("amount") or ""
    if contact is None:
        raise VocError(f"{place}: no contact_id.", _ROW)
    try:
        amount = parse_number(text)
    except ValueError as error:
        raise VocError(f"{place}: the amount '{short(text)}' is {error}.", _ROW) from error
    if amount < 0:
        raise VocError(
            f"{place}: the amount {amount:g} is negative.", "Give what customers received as positive amounts."
        )
    currency = (cells.get("currency") or costs.currency).upper()
    try:
        currencies.currency_code(currency)
    except ValueError as error:
        raise VocError(f"{place}: '{currency}' is {error}", _ROW) from error
    factor = currencies.factor(costs.fx, currency, costs.currency, place)
    return Credit(contact, amount * factor, (cells.get("kind") or NO_KIND).lower())


def topic_credits(frames: Frames, run: RunContext) -> pd.DataFrame:
    """Table topic_credits: the credits by kind and by the topic their contact is charged to, split by its shares.

    Adds up to the file: credits of contacts that are not in the data stand in a line of their own.
    """
    path = credits_path(run)
    if path is None or run.costs is None:
        return tables.TopicCredit.empty()
    by_vendor_id = _by_vendor_id(frames["contacts"]["contact_id"])
    known = set(frames["contacts"]["contact_id"])
    parts: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for contact, topic, share in frames["episode_contacts"][["contact_id", "topic_id", "share"]].itertuples(
        index=False
    ):
        parts[contact].append((topic if isinstance(topic, str) else NO_TOPIC, share))
    names = frames["topics"].set_index("topic_id")["name"].to_dict() | {
        NO_TOPIC: NO_TOPIC_NAME,
        NO_CONTACT: NO_CONTACT_NAME,
    }
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for credit in read_credits(path, run.costs):
        contact = credit.contact if credit.contact in known else by_vendor_id.get(credit.contact)
        # a contact the company opened itself is in the data, and about no topic
        for topic, share in [(NO_CONTACT, 1.0)] if contact is None else parts.get(contact) or [(NO_TOPIC, 1.0)]:
            total = sums[topic, credit.kind]
            total[0], total[1] = total[0] + credit.amount * share, total[1] + share
    return tables.TopicCredit.frame(
        {"run_id": run.run_id, "topic_id": topic, "kind": kind, "topic": names.get(topic, NO_TOPIC_NAME),
         "credits": count, "amount": amount}
        for (topic, kind), (amount, count) in sorted(sums.items())
    )  # fmt: skip


def _by_vendor_id(contact_ids: pd.Series) -> dict[str, str | None]:
    """Contact by the vendor's own id; None where two sources have it."""
    found: dict[str, str | None] = {}
    for contact_id in contact_ids:
        vendor_id = contact_id.partition(":")[2]
        found[vendor_id] = None if vendor_id in found else contact_id
    return found
