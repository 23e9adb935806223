"""Report: satisfaction, handle time and cost of a contact over the whole period and by month, each with its range."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports._shared import draws, share_range, taking_part
from voc.schema import column, table
from voc.stats import ranges
from voc.tables import ASSUMPTIONS, ESTIMATE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DESCRIPTION = "CSAT, NPS, handle time and cost of a contact, whole period and by month, with ranges"
ORDER = 12
READS = ("contacts", "responses", "contact_costs")
WHOLE = "*"
TOP_BOX = 0.75  # of the scale: 4 and 5 of 5, 6 and 7 of 7, "good" of two
PROMOTER, DETRACTOR = 0.9, 0.6  # of 10: 9 and 10; 6 and less
FEW = 20
MEASURES = {
    "csat": ("share", "Share of satisfaction answers in the top quarter of their scale: 4 and 5 of 5, or 'good'"),
    "nps": ("points", "Net promoter score: share of 9 and 10 less share of 0 to 6, times 100"),
    "handle_minutes": ("minutes", "Mean agent time of a contact, where it was measured"),
    "cost_contact": ("currency of the run", "Mean full cost of a contact"),
}


@table("monthly_scores", kind="report", grain="run, measure and month", facets=("measure", "month"), sort="measure",
       cautions=(ESTIMATE, ASSUMPTIONS))  # fmt: skip
class MonthlyScore:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    measure: str = column("Which", key=True, choices=tuple(MEASURES))
    month: str = column("Month (2026-05); '*' for the whole period", key=True)
    value: float = column("The figure")
    low: float = column("Low end of its 80% range: customers resampled")
    high: float = column("High end of its 80% range")
    unit: str = column("Unit of the figure")
    n: int = column("Answers or contacts it rests on", low=0)
    is_low_volume: bool = column("Fewer than 20 of them")
    definition: str = column("The figure in words")


TABLE = MonthlyScore


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """One row a measure and month with cases."""
    rows = []
    for measure, cases in _cases(frames).items():
        rows += _by_month(measure, cases, run)
    return TABLE.frame(rows)


def _cases(frames: Frames) -> "dict[str, pd.DataFrame]":
    """By measure: one row a case with person, month and value."""
    answers = frames["responses"].dropna(subset=["satisfaction_share"])
    unknown = "response " + answers["response_id"].astype(object)
    answers = answers.assign(
        person=answers["customer_id"].astype(object).where(answers["customer_id"].notna(), unknown),
        month=answers["responded_at"].str[:7],
    )
    share = answers["satisfaction_share"]
    csat, nps = answers["score_kind"] == "csat", answers["score_kind"] == "nps"
    promoted = (share > PROMOTER - 1e-9).astype(float) - (share < DETRACTOR + 1e-9).astype(float)
    contacts = taking_part(frames["contacts"]).merge(
        frames["contact_costs"][["contact_id", "handle_source", "cost_full"]], on="contact_id"
    )
    contacts = contacts.assign(month=contacts["opened_at"].str[:7])
    timed = contacts[(contacts["handle_source"] == "measured") & contacts["handle_minutes"].notna()]
    return {
        "csat": answers[csat].assign(value=(share[csat] >= TOP_BOX).astype(float)),
        "nps": answers[nps].assign(value=100 * promoted[nps]),
        "handle_minutes": timed.assign(value=timed["handle_minutes"].astype(float)),
        "cost_contact": contacts.dropna(subset=["cost_full"]).assign(value=lambda c: c["cost_full"].astype(float)),
    }


def _by_month(measure: str, cases: "pd.DataFrame", run: RunContext) -> list[dict]:
    import numpy as np

    if cases.empty:
        return []
    months, codes = np.unique(cases["month"].to_numpy(dtype=object), return_inverse=True)
    width = len(months) + 1  # the last column is the whole period
    people = np.tile(cases["person"].to_numpy(dtype=object), 2)
    at = np.concatenate([codes, np.full(len(cases), width - 1)])
    values, ones = np.tile(cases["value"].to_numpy(), 2), np.ones(2 * len(cases))
    drawn = draws(
        np.tile(people, 2), np.concatenate([at, at + width]), np.concatenate([values, ones]),
        all_people=cases["person"], width=2 * width, run=run,
    )  # fmt: skip
    sums, counts = np.bincount(at, values, width), np.bincount(at, minlength=width)
    unit, definition = MEASURES[measure]
    found = []
    for i, month in enumerate([*months, WHOLE]):
        low, high = _ends(measure, drawn[:, i], drawn[:, width + i], int(round(sums[i])), int(counts[i]))
        found.append({
            "run_id": run.run_id, "measure": measure, "month": month, "value": float(sums[i] / counts[i]), "low": low,
            "high": high, "unit": unit, "n": int(counts[i]), "is_low_volume": bool(counts[i] < FEW),
            "definition": definition,
        })  # fmt: skip
    return found


def _ends(measure: str, total: "np.ndarray", count: "np.ndarray", cases: int, n: int) -> tuple[float, float]:
    """80% range of a mean from the draws of its sum and its count; of a share at least as wide as Wilson's with few cases."""
    if measure == "csat":
        return share_range(total, count, cases, n)
    there = count > 0
    low, high = ranges((total[there] / count[there])[:, None]) if there.any() else ([float("nan")], [float("nan")])
    return float(low[0]), float(high[0])


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """None: the figures stand in the scorecard of the first page."""
    return None
