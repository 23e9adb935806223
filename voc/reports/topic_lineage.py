"""Report: what became of every topic since the run before."""

import json
from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.schema import column, table
from voc.tables import TOPIC_EVENTS

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "What became of every topic since the run before: continued, new, merged, split or retired"
ORDER = 55
READS = ("topic_changes",)
FEWEST = 10  # passages, then or now, from which a change is named in the briefing
NAMED = 15
SAID = {"continued": "continued", "new": "new", "merged": "merged", "split": "split", "retired": "gone"}
COMPARED = "Topics of two runs are compared by the passages they have in common; a topic that lives on keeps its id."


@table("topic_lineage", kind="report", grain="run and topic of it or of the run before", facets=("run_id", "event"),
       cautions=(COMPARED,))  # fmt: skip
class TopicLineage:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    topic: str = column("Name in that run; of a topic that is gone, the last one")
    topic_before: str | None = column("Name at the previous run; empty for a topic that was not there")
    event: str = column("What became of it", choices=TOPIC_EVENTS)
    from_topic_ids: str = column("Other topics it took in or was cut from, largest part first (JSON)")
    from_topics: str = column("Their names (JSON)")
    into_topic_ids: str = column("Other topics its passages went to as a body, largest part first (JSON)")
    into_topics: str = column("Their names (JSON)")
    similarity: float | None = column("Cosine similarity of its centre then and now", low=-1, high=1)
    shared_share: float | None = column(
        "Of the passages there in both runs: share kept; for a merged or split part, share that came along", low=0, high=1)
    passage_count_before: int = column("Passages at the previous run", unit="passages", low=0)
    passage_count: int = column("Passages in that run", unit="passages", low=0)
    previous_run_id: str | None = column("The run compared with; empty for the first")


TABLE = TopicLineage


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """The run's changes as they stand."""
    return TABLE.check(frames["topic_changes"].assign(run_id=run.run_id))


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Counts of what happened, and the changes that touch enough passages; nothing without an earlier run."""
    known = frame.dropna(subset=["previous_run_id"])
    counts = known["event"].value_counts()
    if set(counts.index) <= {"continued"}:
        return None
    size = known[["passage_count_before", "passage_count"]].max(axis=1)
    changed = known.assign(size=size)[(known["event"] != "continued") & (size >= FEWEST)]
    changed = changed.sort_values(["size", "topic_id"], ascending=[False, True])
    rows = tuple(
        (w.line(row.topic), _what(row), w.count(row.passage_count_before), w.count(row.passage_count))
        for row in changed.head(NAMED).itertuples()
    )
    said = ", ".join(f"{w.count(counts[event])} {SAID[event]}" for event in TOPIC_EVENTS if event in counts)
    rest = len(known) - int(counts.get("continued", 0)) - len(rows)
    more = f" {w.plural(rest, 'smaller or further change')} in the table topic_lineage." if rest else ""
    return Section(
        title="What became of the last report's topics",
        paragraphs=(f"Of {w.plural(len(known), 'topic')} in either report: {said}. {COMPARED}{more}",),
        headers=("Topic", "What happened", "Passages before", "Passages now") if rows else (),
        rows=rows,
    )


def _what(row) -> str:
    """The change in plain words."""
    came, went = _listed(row.from_topics), _listed(row.into_topics)
    if row.event == "new":
        return "new"
    if row.event == "retired":
        return "gone"
    if row.event == "merged":
        return f"took in {came}" if came else f"now part of {went}"
    if row.event == "split":
        return f"split off from {came}" if row.passage_count_before == 0 else f"split: parts are now {went}"
    return "continued"


def _listed(names: str) -> str:
    """Names from JSON as people list them: "A", "B" and "C"."""
    quoted = [f"“{w.line(name)}”" for name in json.loads(names)]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
