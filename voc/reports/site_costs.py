"""Report: contacts, repeats and their cost by site and channel."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import taking_part
from voc.schema import column, table
from voc.tables import ASSUMPTIONS, NET

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Contacts, repeats, hours and cost by site and channel"
ORDER = 50
READS = ("contacts", "contact_costs", "ledger_lines")
CASE_MIX = "Sites and channels differ in what they handle: this is no league table."
CHARGED_HERE = "A repeat is counted where it arrived, not where the first contact was handled."
NO_SITE = "(not stated)"
FEW_CONTACTS = 20


@table(
    "site_costs",
    kind="report",
    grain="run, site and channel, over the whole period",
    facets=("site", "channel"),
    sort="-cost_full",
    cautions=(CASE_MIX, CHARGED_HERE, NET, ASSUMPTIONS),
)
class SiteCost:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    site: str = column("Team, location or outsourcer; '(not stated)' where the source does not say", key=True)
    channel: str = column("Channel", key=True)
    cost_group: str | None = column("Group of the cost file; empty without one")
    contacts: int = column("Contacts that take part", unit="contacts", low=0)
    identified_contacts: int = column("Those of identified customers", unit="contacts", low=0)
    customers: int = column("Distinct identified customers", low=0)
    repeats: float = column("Net repeats about the same topic in the run's window", unit="contacts", low=0)
    repeat_share: float | None = column("Repeats over contacts of identified customers", low=0, high=1)
    hours: float | None = column("Agent time on all contacts", unit="hours", low=0)
    repeat_hours: float | None = column("Agent time on repeats", unit="hours", low=0)
    cost_full: float | None = column("Full cost of all contacts in the period", unit="currency of the run", low=0)
    repeat_cost_full: float | None = column("Full cost of repeats in the period", unit="currency of the run", low=0)
    repeat_cost_avoidable_cash: float | None = column(
        "Cash not spent without the repeats", unit="currency of the run", low=0
    )
    repeat_cost_avoidable_capacity: float | None = column(
        "Paid time freed without the repeats", unit="currency of the run", low=0
    )
    is_low_volume: bool = column("Fewer than 20 contacts: no claim about its share")


TABLE = SiteCost


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Sums by the contact's own site and channel; a contact about two topics repeats by the share that does."""
    import numpy as np

    weights = frames["ledger_lines"].groupby("contact_id")["repeat_weight"].sum()
    rows = (
        taking_part(frames["contacts"]).drop(columns="handle_minutes").merge(frames["contact_costs"], on="contact_id")
    )
    weight = rows["contact_id"].map(weights).astype(float).fillna(0.0)
    hours = rows["handle_minutes"] / 60
    rows = rows.assign(
        site=rows["site"].fillna(NO_SITE),
        is_identified=rows["customer_id"].notna(),
        net_repeats=weight,
        hours=hours,
        repeat_hours=hours * weight,
        repeat_cost_full=rows["cost_full"] * weight,
        repeat_cost_avoidable_cash=rows["cost_avoidable_cash"] * weight,
        repeat_cost_avoidable_capacity=rows["cost_avoidable_capacity"] * weight,
    )
    groups = rows.groupby(["site", "channel"])
    table = groups.agg(
        cost_group=("cost_group", "first"),
        contacts=("contact_id", "size"),
        identified_contacts=("is_identified", "sum"),
        customers=("customer_id", "nunique"),
        repeats=("net_repeats", "sum"),
    )
    for name in (
        "hours",
        "repeat_hours",
        "cost_full",
        "repeat_cost_full",
        "repeat_cost_avoidable_cash",
        "repeat_cost_avoidable_capacity",
    ):
        table[name] = groups[name].sum(min_count=1)  # nothing known stays empty, it is not 0
    identified = table["identified_contacts"]
    table = table.assign(
        run_id=run.run_id,
        repeat_share=(table["repeats"] / identified.where(identified > 0, np.nan)).clip(upper=1.0),
        is_low_volume=table["contacts"] < FEW_CONTACTS,
    ).reset_index()
    return TABLE.check(table[TABLE.names])


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Sites and channels with enough contacts to be read."""
    shown = frame[~frame["is_low_volume"]].sort_values(["contacts", "site", "channel"], ascending=[False, True, True])
    if shown.empty:
        return None
    has_money, has_hours = bool(shown["cost_full"].notna().any()), bool(shown["hours"].notna().any())
    headers = (
        "Site",
        "Channel",
        "Contacts",
        "Repeats",
        "Repeat share",
        *(("Hours on repeats",) if has_hours else ()),
        *(("Full cost", "Full cost of repeats", "Avoidable: cash", "Avoidable: staff time") if has_money else ()),
    )
    rows = []
    for row in shown.itertuples():
        cells = [
            w.line(row.site),
            w.line(row.channel),
            w.count(row.contacts),
            w.amount(row.repeats),
            _said(row.repeat_share, w.percent),
        ]
        cells += [_said(row.repeat_hours, w.amount)] if has_hours else []
        cells += (
            [
                _said(value, lambda v: w.money(v, run.currency or ""))
                for value in (
                    row.cost_full,
                    row.repeat_cost_full,
                    row.repeat_cost_avoidable_cash,
                    row.repeat_cost_avoidable_capacity,
                )
            ]
            if has_money
            else []
        )
        rows.append(tuple(cells))
    hidden = int(frame["is_low_volume"].sum())
    more = f" {w.plural(hidden, 'line')} with fewer than {FEW_CONTACTS} contacts left out here." if hidden else ""
    return Section(
        title="By site and channel, whole period",
        paragraphs=(f"{CHARGED_HERE}{more}",),
        headers=headers,
        rows=tuple(rows),
        cautions=(CASE_MIX, *((ASSUMPTIONS,) if has_money else ())),
    )


def _said(value: float | None, say) -> str:
    return "unknown" if w.is_missing(value) else say(value)
