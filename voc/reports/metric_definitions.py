"""Report: what every repeat and resolution metric means, who uses the same definition, and what it leaves out."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports._definitions import definitions
from voc.schema import column, table

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Definitions of the repeat and first-contact-resolution metrics: formula, window, clock, who uses them"
ORDER = 21
READS = ()
VARIES = "Published figures with the same name often have another definition: compare definitions before figures."


@table(
    "metric_definitions",
    kind="report",
    grain="run and metric of the table metrics",
    facets=("per", "better"),
    sort="position",
    cautions=(VARIES,),
)
class MetricDefinition:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    definition_id: str = column("Identifier, as in the table metrics", key=True)
    position: int = column("Order", low=1)
    name: str = column("Name")
    formula: str = column("The figure in words")
    unit: str = column("Unit of the figure", choices=("share", "number"))
    per: str = column("What one case is", choices=("contact", "episode", "response"))
    window_days: float | None = column("Window; empty where there is none", unit="days", low=0)
    clock: str = column("From when to when time is measured")
    population: str = column("What is counted")
    exclusions: str = column("What is left out")
    used_by: str = column("Who publishes a figure of this definition")
    better: str = column("Direction of good", choices=("lower", "higher", "neither"))
    caution: str = column("What to mind when reading it")


TABLE = MetricDefinition


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """The definitions with the run's own window."""
    found = definitions(run.pipeline.window_days)
    return TABLE.frame({"run_id": run.run_id, "position": i, **d._asdict()} for i, d in enumerate(found, start=1))


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """None: the section of the metrics says what its figures mean."""
    return None
