"""Report: the run's headline figures, each with its range and its definition."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import draws, share_range, taking_part
from voc.schema import column, table
from voc.stats import ranges, wilson
from voc.tables import ASSUMPTIONS, ESTIMATE, NET, NO_REPEATS

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Headline figures of the run: contacts, customers, repeat shares, cost of repeats a month, satisfaction"
ORDER = 10
READS = ("contacts", "responses", "repeats", "ledger_lines", "cost_totals")
MONTHLY = {
    "repeats_month": (
        "repeats", "contacts a month", "Net repeat contacts a month; one about two topics counts by its shares"),
    "repeat_hours_month": ("hours", "hours a month", "Agent time spent on net repeats"),
    "repeat_cost_full_month": (
        "full", "currency", "Full (average) cost of net repeats: what the budget shows for them"),
    "repeat_cost_avoidable_month": (
        "avoidable", "currency", "Cost that would not be there without the net repeats: cash and freed staff time"),
    "repeat_cost_cash_month": ("cash", "currency", "The part of the avoidable cost that is cash"),
}  # fmt: skip


@table(
    "scorecard",
    kind="report",
    grain="run and headline figure",
    sort="position",
    cautions=(NET, ESTIMATE, ASSUMPTIONS),
)
class Score:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    measure: str = column("Identifier of the figure", key=True)
    position: int = column("Order", low=1)
    value: float | None = column("The figure; empty when it cannot be known")
    low: float | None = column("Low end of its 80% range, where there is one")
    high: float | None = column("High end of its 80% range, where there is one")
    unit: str = column("Its unit; a currency is the currency of the run")
    n: int = column("Cases it rests on", low=0)
    n_of: str = column("What the cases are")
    definition: str = column("The figure in words")


TABLE = Score


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """One row a figure; figures that cannot be known are there, empty."""
    contacts = taking_part(frames["contacts"])
    rows = [
        *_counts(contacts, frames["responses"]),
        *_repeat_shares(contacts, frames, run),
        *_monthly(contacts, frames, run),
        _satisfaction(frames["responses"], run),
    ]
    return TABLE.frame({"run_id": run.run_id, "position": i, **row} for i, row in enumerate(rows, start=1))


def _row(measure: str, value, unit: str, n: int, n_of: str, definition: str, spread=(None, None)) -> dict:
    return {
        "measure": measure,
        "value": value,
        "low": spread[0],
        "high": spread[1],
        "unit": unit,
        "n": n,
        "n_of": n_of,
        "definition": definition,
    }


def _counts(contacts: "pd.DataFrame", responses: "pd.DataFrame") -> list[dict]:
    identified = contacts.dropna(subset=["customer_id"])
    return [
        _row("contacts", len(contacts), "contacts", len(contacts), "contacts", "Contacts that take part"),
        _row(
            "customers",
            identified["customer_id"].nunique(),
            "customers",
            len(identified),
            "contacts",
            "Distinct identified customers who made contact",
        ),
        _row("responses", len(responses), "responses", len(responses), "responses", "Survey responses"),
    ]


def _repeat_shares(contacts: "pd.DataFrame", frames: Frames, run: RunContext) -> list[dict]:
    """Repeats over contacts of identified customers, in the run's window: same topic and any topic."""
    import numpy as np

    identified = contacts.dropna(subset=["customer_id"])
    counted = frames["repeats"]
    counted = counted[counted["is_in_window"] & ~counted["repeat_type"].isin(NO_REPEATS)]
    ids = {scope: set(counted.loc[counted["scope"] == scope, "contact_id"]) for scope in ("same_topic", "any_topic")}
    flags = [
        np.ones(len(identified)),
        *(identified["contact_id"].isin(found).to_numpy(dtype=float) for found in ids.values()),
    ]
    n = len(identified)
    drawn = draws(
        np.tile(identified["person"].to_numpy(dtype=object), 3),
        np.repeat([0, 1, 2], n),
        np.concatenate(flags),
        all_people=contacts["person"],
        width=3,
        run=run,
    )
    window = w.days_text(run.pipeline.window_days)
    rows = []
    for number, (scope, about) in enumerate((("same_topic", "the same topic"), ("any_topic", "anything")), start=1):
        cases = int(flags[number].sum())
        spread = share_range(drawn[:, number], drawn[:, 0], cases, n) if n else (None, None)
        rows.append(
            _row(
                f"{scope}_repeat_share",
                cases / n if n else None,
                "share",
                n,
                "contacts of identified customers",
                f"Contacts within {window} after an earlier one of the same customer about {about}, "
                "double posts left out",
                spread,
            )
        )
    return rows


def _monthly(contacts: "pd.DataFrame", frames: Frames, run: RunContext) -> list[dict]:
    """Totals a month over all topics, with ranges: from the same draws as the topics' own figures."""
    totals = frames["cost_totals"].set_index("measure")
    lines = frames["ledger_lines"]
    count = int((lines["booked_as"] == "repeat").sum())
    rows = []
    for measure, (name, unit, definition) in MONTHLY.items():
        found = totals.loc[name] if name in totals.index else {"low": None, "mid": None, "high": None}
        low, value, high = (None if w.is_missing(found[end]) else float(found[end]) for end in ("low", "mid", "high"))
        shown = f"{run.currency} a month" if unit == "currency" and run.currency else unit
        rows.append(_row(measure, value, shown, count, "repeats by topic", definition, (low, high)))
    return [_net_share(contacts, totals, frames), *rows]


def _net_share(contacts: "pd.DataFrame", totals: "pd.DataFrame", frames: Frames) -> dict:
    """Net repeats over contacts of identified customers."""
    n = int(contacts["customer_id"].notna().sum())
    definition = "The same, those that chance alone would give taken out and those missed by a wrong topic added"
    value, spread = None, (None, None)
    net = float(frames["ledger_lines"]["repeat_weight"].sum())
    if n:
        value = min(net / n, 1.0)
        ends = totals.loc["repeats"] if "repeats" in totals.index else None
        if ends is not None and net > 0 and not w.is_missing(ends["mid"]):
            scale = value / float(ends["mid"])
            spread = (float(ends["low"]) * scale, min(float(ends["high"]) * scale, 1.0))
        elif ends is not None and not w.is_missing(ends["mid"]):
            spread = wilson(0, n)
    return _row("net_repeat_share", value, "share", n, "contacts of identified customers", definition, spread)


def _satisfaction(responses: "pd.DataFrame", run: RunContext) -> dict:
    import numpy as np

    scored = responses.dropna(subset=["satisfaction_share"])
    definition = "Mean of all scores, each put on a scale from 0 (worst) to 100 (best)"
    if scored.empty:
        return _row("satisfaction_mean", None, "points of 100", 0, "scored responses", definition)
    unknown = "response " + scored["response_id"].astype(object)
    person = scored["customer_id"].astype(object).where(scored["customer_id"].notna(), unknown)
    values = 100 * scored["satisfaction_share"].to_numpy()
    n = len(scored)
    drawn = draws(
        np.tile(person.to_numpy(dtype=object), 2),
        np.repeat([0, 1], n),
        np.concatenate([values, np.ones(n)]),
        all_people=person,
        width=2,
        run=run,
    )
    low, high = ranges(drawn[:, 0] / drawn[:, 1])
    return _row(
        "satisfaction_mean",
        float(values.mean()),
        "points of 100",
        n,
        "scored responses",
        definition,
        (float(low), float(high)),
    )


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Every headline figure with its range, its base and its definition."""
    known = frame[frame["value"].notna() & (frame["n"] > 0)].sort_values("position")
    if known.empty:
        return None
    rows = tuple(
        (
            row.definition,
            _said(row.value, row.unit),
            _range(row.low, row.value, row.high, row.unit),
            f"{w.count(row.n)} {row.n_of}",
        )
        for row in known.itertuples()
    )
    return Section(
        title="Headline figures and what they mean",
        headers=("Definition", "Figure", "80% range", "Rests on"),
        rows=rows,
        cautions=(NET, ESTIMATE),
    )


def _said(value: float, unit: str) -> str:
    """A figure with its unit: 4.1%, USD 3,140 a month, 41 hours a month."""
    if unit == "share":
        return w.percent(value)
    first = unit.partition(" ")[0]
    if first.isupper():
        return f"{w.money(value, first)} a month"
    return f"{w.count(value) if unit in ('contacts', 'customers', 'responses') else w.amount(value)} {unit}"


def _range(low: float | None, mid: float, high: float | None, unit: str) -> str:
    """Low to high, without the unit; empty where there is no range."""
    if w.is_missing(low):
        return ""
    if unit[:3].isupper():
        return w.spread(low, mid, high)
    return w.between(low, high, w.percent if unit == "share" else w.amount)
