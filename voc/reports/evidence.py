"""Report: customers' own words for every topic, chosen by a stated rule."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._quotes import LONGEST, QUOTE_READS, RULE, candidates, choose
from voc.reports._shared import of_run
from voc.schema import column, table
from voc.tables import NAMES_REMAIN

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Up to three quotes for each leading topic and one for every other, chosen by a stated rule"
ORDER = 40
READS = ("priorities", "topics", *QUOTE_READS)
LEADING, QUOTES = 15, 3


@table(
    "evidence",
    kind="report",
    grain="run, topic and quote",
    facets=("topic", "source"),
    sort="rank",
    cautions=(RULE, NAMES_REMAIN),
)
class Evidence:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    position: int = column("Order of the quote in its topic", key=True, low=1)
    topic: str = column("Name of the topic in that run")
    rank: int | None = column("Place of the topic among the priorities", low=1)
    text: str = column("The passage, redacted")
    said_at: str = column("When it was said, UTC")
    source: str = column("Name of the source")
    customer_id: str | None = column("Who said it; empty when the source does not say")
    contact_id: str | None = column("The contact it comes from")
    passage_id: str = column("The passage")
    verbatim_id: str = column("The text it was cut from")
    why_chosen: str = column("Which part of the rule chose it")


TABLE = Evidence


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Quotes by topic: three for the leading ones, one for the others."""
    priorities = of_run(frames["priorities"], run)
    rank_of = dict(zip(priorities["topic_id"], priorities["rank"], strict=True))
    names = dict(zip(frames["topics"]["topic_id"], frames["topics"]["name"], strict=True))
    rows = []
    for topic, passages in candidates(frames).groupby("topic_id"):
        rank = rank_of.get(topic)
        chosen = choose(passages.to_dict("records"), QUOTES if rank is not None and rank <= LEADING else 1)
        rows += [
            {
                **{name: row[name] for name in TABLE.names if name in row},
                "run_id": run.run_id,
                "topic": names[topic],
                "rank": rank,
                "position": position,
                "why_chosen": why,
            }
            for position, (row, why) in enumerate(chosen, start=1)
        ]
    return TABLE.frame(rows)


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """The quotes of topics that have more than one; the briefing's first page shows the leading ones."""
    if frame.empty:
        return None
    sizes = frame.groupby("topic_id")["position"].transform("size")
    shown = frame[sizes > 1] if (sizes > 1).any() else frame
    rows = tuple(
        (
            w.line(row.topic) if row.position == 1 else "",
            w.shortened(w.line(row.text), LONGEST),
            w.day(row.said_at),
            row.why_chosen,
        )
        for row in shown.sort_values(["rank", "topic", "position"]).itertuples()
    )
    return Section(
        title="In customers' own words",
        paragraphs=(RULE,),
        headers=("Topic", "Quote", "Said on", "Why this one"),
        rows=rows,
        cautions=(NAMES_REMAIN,),
    )
