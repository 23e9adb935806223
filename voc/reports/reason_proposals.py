"""Report: topics that match no reason of the taxonomy, as proposals for new ones, with quotes."""

import json
from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._quotes import QUOTE_READS, RULE, candidates, choose
from voc.schema import column, table
from voc.tables import NAMES_REMAIN

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Topics that match no reason of the taxonomy, largest first, with quotes: is a reason missing?"
ORDER = 57
READS = ("reasons", "topics", "topic_reasons", *QUOTE_READS)
QUOTES, SHOWN = 3, 5
LONGEST_QUOTE = 200  # characters of a quote in the briefing


@table(
    "reason_proposals",
    kind="report",
    grain="run and topic that matches no reason of the taxonomy",
    label="topic",
    facets=("run_id", "nearest_reason"),
    sort="-passage_count",
    cautions=(RULE, NAMES_REMAIN),
)
class ReasonProposal:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    topic: str = column("Name of the topic in that run")
    passage_count: int = column("Passages", unit="passages", low=1)
    contact_count: int = column("Contacts that speak of it", unit="contacts", low=0)
    nearest_reason_id: str | None = column("The most similar reason, not similar enough")
    nearest_reason: str | None = column("Its label")
    score: float | None = column("Similarity to it", low=-1, high=1)
    quotes: str = column("Up to three passages, redacted (JSON list)")


TABLE = ReasonProposal


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Unmatched topics with quotes; no rows without a taxonomy."""
    reasons, topics = frames["reasons"], frames["topics"][["topic_id", "name", "passage_count", "contact_count"]]
    topics = topics[topics["passage_count"] > 0]  # a topic nobody spoke of in the run's period proposes nothing
    found = frames["topic_reasons"].query("status == 'unmatched'").merge(topics, on="topic_id")
    if reasons.empty or found.empty:
        return TABLE.empty()
    quotes = _quotes(frames, set(found["topic_id"]))
    found = found.assign(
        run_id=run.run_id,
        topic=found["name"],
        nearest_reason=found["nearest_reason_id"].map(dict(zip(reasons["reason_id"], reasons["label"], strict=True))),
        quotes=[json.dumps(quotes.get(topic, []), ensure_ascii=False) for topic in found["topic_id"]],
    )
    return TABLE.check(found[TABLE.names])


def _quotes(frames: Frames, topics: set[str]) -> dict[str, list[str]]:
    """Texts of up to three passages of each topic, by the rule of all quotes."""
    rows = candidates(frames)
    return {
        topic: [row["text"] for row, _ in choose(passages.to_dict("records"), QUOTES)]
        for topic, passages in rows[rows["topic_id"].isin(topics)].groupby("topic_id")
    }


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """The largest topics without a reason, each with one quote."""
    if frame.empty:
        return None
    shown = frame.sort_values(["passage_count", "topic_id"], ascending=[False, True]).head(SHOWN)
    largest = f" The {len(shown)} largest are below, the others in the table reason_proposals." * (len(frame) > SHOWN)
    return Section(
        title="New reasons?",
        paragraphs=(
            f"{w.plural(len(frame), 'topic')} with {w.plural(frame['passage_count'].sum(), 'passage')} "
            f"{'matches' if len(frame) == 1 else 'match'} no reason of the taxonomy. Each is a new reason to add, or "
            f"to be linked to a given one.{largest}",
        ),
        headers=("Topic", "Passages", "Contacts", "Nearest reason (similarity)", "Quote"),
        rows=tuple(
            (w.line(r.topic), w.count(r.passage_count), w.count(r.contact_count), _nearest(r), _first(r.quotes))
            for r in shown.itertuples()
        ),
        cautions=(NAMES_REMAIN,),
    )


def _nearest(row) -> str:
    return "" if w.is_missing(row.nearest_reason) else f"{w.line(row.nearest_reason)} ({row.score:.2f})"


def _first(quotes: str) -> str:
    found = json.loads(quotes)
    return f"“{w.shortened(w.line(found[0]), LONGEST_QUOTE)}”" if found else ""
