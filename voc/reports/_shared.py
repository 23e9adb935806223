"""What several reports need: who takes part, names of topics, and shares with ranges from resampled customers."""

from typing import TYPE_CHECKING

from voc.stats import customer_totals, ranges, resampled_totals, wilson

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from voc.context import RunContext

ALL_TOPICS, ALL_TOPICS_NAME = "*", "(all topics)"
NO_TOPIC, NO_TOPIC_NAME = "-", "(no topic)"
FEW = 5  # with fewer cases resampling shows next to no spread, so the range is widened by Wilson's


def taking_part(contacts: "pd.DataFrame") -> "pd.DataFrame":
    """Contacts that were not excluded at import, with `person`: the customer, or the contact itself if unknown."""
    rows = contacts[contacts["why_excluded"].isna()]
    unknown = "contact " + rows["contact_id"].astype(object)
    return rows.assign(person=rows["customer_id"].astype(object).where(rows["customer_id"].notna(), unknown))


def topic_names(topics: "pd.DataFrame") -> dict[str, str]:
    """Name by topic id, '-' and '*' included."""
    return {
        **dict(zip(topics["topic_id"], topics["name"], strict=True)),
        NO_TOPIC: NO_TOPIC_NAME,
        ALL_TOPICS: ALL_TOPICS_NAME,
    }


def of_run(frame: "pd.DataFrame", run: "RunContext") -> "pd.DataFrame":
    """Rows of this run: report tables hold those of earlier runs too."""
    return frame[frame["run_id"] == run.run_id]


def draws(
    people: "pd.Series", columns: "np.ndarray", values: "np.ndarray", *, all_people, width: int, run: "RunContext"
) -> "np.ndarray":
    """Column totals under resampled customers: (draws, width).

    `people`, `columns` and `values` are one entry a case. Customers are numbered in sorted order among `all_people`,
    as the cost stage does, so that every figure of a run is read from the same resamples.
    """
    import numpy as np

    known = np.unique(np.asarray(all_people, dtype=object))
    codes = np.searchsorted(known, np.asarray(people, dtype=object))
    return draws_of(codes, columns, values, people=len(known), width=width, run=run)


def draws_of(
    codes: "np.ndarray",
    columns: "np.ndarray",
    values: "np.ndarray",
    *,
    people: int,
    width: int,
    run: "RunContext",
    most: int | None = None,
) -> "np.ndarray":
    """The same from customers' numbers in sorted order; `most` keeps to the first of the run's resamples."""
    import numpy as np

    totals = customer_totals(np.asarray(codes), np.asarray(columns), np.asarray(values, dtype=float), (people, width))
    wanted = min(run.pipeline.resamples, most or run.pipeline.resamples)
    return resampled_totals(totals, draws=wanted, seed=run.pipeline.seed)


def share_range(part: "np.ndarray", whole: "np.ndarray", cases: int, n: int) -> tuple[float, float]:
    """80% range of a share from the draws of both its counts; with few cases at least as wide as Wilson's."""
    import numpy as np

    if n == 0:
        return 0.0, 1.0
    drawn = np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)
    low, high = (float(end) for end in ranges(drawn))
    if min(cases, n - cases) < FEW:
        wilson_low, wilson_high = wilson(cases, n)
        low, high = min(low, wilson_low), max(high, wilson_high)
    return max(0.0, min(low, cases / n)), min(1.0, max(high, cases / n))
