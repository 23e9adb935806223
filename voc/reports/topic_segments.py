"""Report: topics that come up more often in a segment, site or channel than its share of contacts predicts."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports._shared import topic_names
from voc.schema import column, table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DESCRIPTION = "Where a topic is over-represented: contacts by segment, site and channel against what their shares predict"
ORDER = 52
READS = ("contacts", "topics", "episode_contacts")
DIMENSIONS = ("segment", "site", "channel")
LOW_QUANTILE = 0.05
LEAST_CUSTOMERS = 5  # a smaller cell may name people
SHRUNK = (
    "Ratios are shrunk towards 1 by a gamma distribution fitted to all cells of the dimension (gamma-Poisson, DuMouchel "
    "1999 with one component), so that small counts claim little."
)


@table("topic_segments", kind="report", grain="run, topic, dimension and member: how over-represented the topic is there",
       facets=("dimension", "member", "is_over"), sort="-ratio_low", cautions=(SHRUNK,))  # fmt: skip
class TopicSegment:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    dimension: str = column("What contacts are split by", key=True, choices=DIMENSIONS)
    member: str = column("The segment, site or channel", key=True)
    topic: str = column("Name of the topic in that run")
    contacts: float = column("Contacts weighted by their share", unit="contacts", low=0)
    customers: int = column("Distinct identified customers", low=0)
    expected: float = column("Contacts that the topic's and the member's sizes predict", unit="contacts", low=0)
    ratio: float = column("Contacts over expected, shrunk towards 1", low=0)
    ratio_low: float = column("The same, 5th percentile: at least so much", low=0)
    is_over: bool = column("ratio_low lies above 1, with 5 customers or more")


TABLE = TopicSegment


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Every cell with a contact, by dimension; contacts whose member is not known take no part in that dimension."""
    import pandas as pd

    told = frames["contacts"][["contact_id", "customer_id", *DIMENSIONS]]
    parts = frames["episode_contacts"].dropna(subset=["topic_id"]).merge(told, on="contact_id")
    cells = [_cells(parts, dimension) for dimension in DIMENSIONS if parts[dimension].notna().any()]
    if not cells:
        return TABLE.empty()
    found = pd.concat(cells, ignore_index=True)
    names = topic_names(frames["topics"])
    return TABLE.check(found.assign(run_id=run.run_id, topic=found["topic_id"].map(names))[TABLE.names])


def _cells(parts: "pd.DataFrame", dimension: str) -> "pd.DataFrame":
    """One row a topic and member: observed, expected (n_topic x n_member / n) and the shrunk ratio with its low end."""
    from scipy.special import gammaincinv  # scipy.stats, which has the same, takes a second to import

    known = parts[parts[dimension].notna()].assign(member=parts[dimension])
    grouped = known.groupby(["topic_id", "member"])
    cells = grouped.agg(contacts=("share", "sum"), customers=("customer_id", "nunique")).reset_index()
    cells = cells[cells["contacts"] > 0]
    by_topic, by_member = known.groupby("topic_id")["share"].sum(), known.groupby("member")["share"].sum()
    expected = cells["topic_id"].map(by_topic) * cells["member"].map(by_member) / known["share"].sum()
    spread = _spread(cells["contacts"].to_numpy(float), expected.to_numpy(float))
    low = gammaincinv(spread + cells["contacts"], LOW_QUANTILE) / (spread + expected)
    return cells.assign(
        dimension=dimension,
        expected=expected,
        ratio=(spread + cells["contacts"]) / (spread + expected),
        ratio_low=low,
        is_over=(low > 1) & (cells["customers"] >= LEAST_CUSTOMERS),
    )


def _spread(observed: "np.ndarray", expected: "np.ndarray") -> float:
    """The `a` of Gamma(a, a), the spread of true ratios around 1, by marginal likelihood over all cells."""
    import numpy as np
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    def loss(log_a: float) -> float:
        a = np.exp(log_a)
        return -float(np.sum(gammaln(a + observed) - gammaln(a) + a * log_a - (a + observed) * np.log(a + expected)))

    return float(np.exp(minimize_scalar(loss, bounds=(-1.0, 7.0), method="bounded").x))


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Nothing of its own: each topic's sheet says where it is over-represented."""
    return None
