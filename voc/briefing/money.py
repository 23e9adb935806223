"""The money of the briefing: what repeats cost, as counted, net of coincidence and at the least, and what it rests on."""

import json
from dataclasses import dataclass

from voc.context import Frames, RunContext
from voc.reports import _words as w

ALL = "*"
Range = tuple[float | None, float | None, float | None]  # low, mid, high
UNKNOWN: Range = (None, None, None)
BOOKED = ("repeat", "coincidence", "missed_repeat")


@dataclass(frozen=True)
class Money:
    """What all repeats together take a month, and what these figures rest on. Sums are of the run's currency."""

    currency: str | None  # None without a cost file
    is_illustrative: bool
    raw: Range  # repeats a month as counted
    net: Range
    bound: float  # conservative bound
    raw_cost: float | None  # avoidable
    bound_cost: float | None
    avoidable: Range
    full: Range
    cash: Range
    hours: Range
    fte: float | None
    year: Range  # avoidable; the ends are those of the topics added up
    year_basis: str | None
    booked: dict[str, float]  # repeats a month by how they are booked
    linked: int
    pairs: int  # pairs of contacts known to be about one problem
    pairs_agree: float | None
    rolled: list[str]  # topics better counted by their theme
    imputed: float | None  # share of repeat hours that was not measured
    assumed: tuple[int, int]  # lines of the cost file that are assumptions, of how many
    ledger: dict | None
    credits: list[dict]  # kind, credits, amount
    exposed: list[dict]  # the leading topics: topic, revenue_exposed
    warnings: list[str]
    windows: list[dict]
    few_people: list[str]  # topics decided by 1% of their customers
    bursts: list[str]

    @property
    def staff_time(self) -> float | None:
        """The part of the avoidable cost that is paid time set free, not cash."""
        mid, cash = self.avoidable[1], self.cash[1]
        return None if mid is None or cash is None else mid - cash


def gather(frames: Frames, run: RunContext, scores: dict[str, dict], priorities: list[dict]) -> Money | None:
    """The money of this run; None where no repeat was counted."""
    costs = _mine(frames, "topic_costs", run)
    if not costs or not sum(row["repeats_raw_month"] or 0 for row in costs):
        return None
    net = _three(scores, "repeats_month")
    if net[1] is None:
        return None
    quality = {row["topic_id"]: row for row in _mine(frames, "topic_quality", run)}
    whole = quality.get(ALL, {})
    raw = _total(costs, "repeats_raw_month") or 0.0
    lines = _mine(frames, "cost_parameters", run)
    ledger = _mine(frames, "cost_reconciliations", run)
    named = {row["topic_id"]: row for row in costs}
    leading = [p["topic_id"] for p in priorities[:10] if p["topic_id"] in named]  # not those without a contact
    return Money(
        currency=run.currency,
        is_illustrative=bool(run.costs and run.costs.is_illustrative),
        raw=_scaled(raw, scores.get("same_topic_repeat_share")),
        net=net,
        bound=_total(costs, "repeats_bound_month") or 0.0,
        raw_cost=_total(costs, "repeat_cost_avoidable_raw_month"),
        bound_cost=_total(costs, "repeat_cost_avoidable_bound_month"),
        avoidable=_three(scores, "repeat_cost_avoidable_month"),
        full=_three(scores, "repeat_cost_full_month"),
        cash=_three(scores, "repeat_cost_cash_month"),
        hours=_three(scores, "repeat_hours_month"),
        fte=_total(costs, "repeat_fte"),
        year=tuple(_total(costs, f"repeat_cost_avoidable_year_{end}") for end in ("low", "mid", "high")),
        year_basis=next((row["year_basis"] for row in costs if row["year_basis"]), None),
        booked=_booked(_mine(frames, "cost_ledger", run), costs[0]["months"]),
        linked=int(_total(costs, "repeats_linked") or 0),
        pairs=int(whole.get("linked_pair_count") or 0),
        pairs_agree=whole.get("linked_agreement"),
        rolled=[row["topic"] for key, row in quality.items() if key != ALL and row["is_roll_up_advised"]],
        imputed=_imputed(costs),
        assumed=(sum(line["line_source"] == "assumption" for line in lines), len(lines)),
        ledger=ledger[0] if ledger else None,
        credits=_credits(_mine(frames, "topic_credits", run)),
        exposed=[p for p in priorities[:5] if p["revenue_exposed"]],
        warnings=_warnings(frames, run),
        windows=_windows(frames, run, costs[0]["months"]),
        few_people=[named[t]["topic"] for t in leading if (named[t]["top_customers_share"] or 0) > 0.25],
        bursts=[named[t]["topic"] for t in leading if named[t]["is_burst"]],
    )


def rows_of(frames: Frames, name: str, run_id: str) -> list[dict]:
    """A run's rows of a table; none where the table is not at hand."""
    if name not in frames:
        return []
    frame = frames[name]
    rows = frame[frame["run_id"] == run_id].to_dict("records")
    return [{k: None if w.is_missing(v) else v for k, v in row.items()} for row in rows]


def _mine(frames: Frames, name: str, run: RunContext) -> list[dict]:
    return rows_of(frames, name, run.run_id)


def _three(scores: dict[str, dict], measure: str) -> Range:
    row = scores.get(measure)
    return (row["low"], row["value"], row["high"]) if row else UNKNOWN


def _scaled(value: float, share: dict | None) -> Range:
    """A figure with the range of the share it is a multiple of."""
    if not share or not share["value"] or share["low"] is None:
        return None, value, None
    return value * share["low"] / share["value"], value, value * share["high"] / share["value"]


def _total(rows: list[dict], name: str) -> float | None:
    known = [row[name] for row in rows if row[name] is not None]
    return float(sum(known)) if known else None


def _booked(lines: list[dict], months: float) -> dict[str, float]:
    return {kind: sum(x["contacts"] for x in lines if x["booked_as"] == kind) / months for kind in BOOKED}


def _imputed(costs: list[dict]) -> float | None:
    """Share of all repeat hours whose handle time was not measured: the topics' shares by their hours."""
    known = [(r["imputed_share"], r["repeat_hours_month_mid"]) for r in costs if r["imputed_share"] is not None]
    hours = sum(h or 0 for _, h in known)
    return sum(share * (h or 0) for share, h in known) / hours if hours else None


def _credits(rows: list[dict]) -> list[dict]:
    kinds: dict[str, dict] = {}
    for row in rows:
        found = kinds.setdefault(row["kind"], {"kind": row["kind"], "credits": 0.0, "amount": 0.0})
        found["credits"] += row["credits"]
        found["amount"] += row["amount"]
    return sorted(kinds.values(), key=lambda found: (-found["amount"], found["kind"]))


def _warnings(frames: Frames, run: RunContext) -> list[str]:
    """What the cost stage found odd in the cost file; of an earlier run where this one began after that stage."""
    if "run_stages" not in frames:
        return []
    stages = frames["run_stages"]
    notes = stages[(stages["stage"] == "cost") & (stages["run_id"] <= run.run_id)].sort_values("run_id")["notes"]
    return list(json.loads(notes.iloc[-1]).get("cost_file_warnings", [])) if len(notes) else []


def _windows(frames: Frames, run: RunContext, months: float) -> list[dict]:
    """Repeats of all contacts a month, by window."""
    rows = [r for r in _mine(frames, "repeat_rates", run) if r["topic_id"] == ALL and r["scope"] == "same_topic"]
    return [
        {
            "days": row["window_days"],
            "raw": row["repeats_raw"] / months,
            "net": None if row["repeats_net"] is None else row["repeats_net"] / months,
            "is_used": bool(row["is_run_window"]),
        }
        for row in sorted(rows, key=lambda row: row["window_days"])
    ]
