"""Report: how much of what customers say falls under each given reason, reasons without any text included."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.schema import column, table

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Every reason of the taxonomy with what falls under it, also those without a text; share of texts covered"
ORDER = 56
READS = ("reasons", "topic_reasons", "passage_topics", "verbatim_topics")
AIM = 0.8  # share of texts under a given reason that the best comparable product aims for
BY_THRESHOLD = (
    "A topic falls under a reason when it is similar enough to it or a person linked it; not every such match is right."
)


@table(
    "reason_coverage",
    kind="report",
    grain="run and reason of the taxonomy, also without a text",
    label="label",
    facets=("run_id", "status", "area", "owner"),
    sort="-passage_count",
    cautions=(BY_THRESHOLD,),
)
class ReasonCoverage:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    reason_id: str = column("The reason", key=True)
    label: str = column("The reason in a few words")
    area: str = column("Group of reasons")
    owner: str = column("Function that owns it in the taxonomy")
    status: str = column("Whether any text falls under it", choices=("matched", "no_texts"))
    topic_count: int = column("Topics that fall under it", unit="topics", low=0)
    passage_count: int = column("Passages of these topics", unit="passages", low=0)
    contact_count: int = column("Contacts that speak of them, each counted once", unit="contacts", low=0)
    response_count: int = column("Survey responses that speak of them, each counted once", unit="responses", low=0)
    all_passage_count: int = column(
        "All passages with content of the run, those without a topic among them: what shares are of", unit="passages",
        low=0)  # fmt: skip


TABLE = ReasonCoverage


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Counts by reason over the topics that match it; no rows without a taxonomy."""
    reasons, matches = frames["reasons"], frames["topic_reasons"].dropna(subset=["reason_id"])
    reason_of = dict(zip(matches["topic_id"], matches["reason_id"], strict=True))
    shares = frames["verbatim_topics"]
    said = shares.assign(reason_id=shares["topic_id"].map(reason_of)).groupby("reason_id")
    ids = reasons["reason_id"]
    counts = {
        "topic_count": matches["reason_id"].value_counts(),
        "passage_count": frames["passage_topics"]["topic_id"].map(reason_of).value_counts(),
        "contact_count": said["contact_id"].nunique(),
        "response_count": said["response_id"].nunique(),
    }
    found = reasons.assign(
        run_id=run.run_id,
        all_passage_count=len(frames["passage_topics"]),
        **{name: ids.map(dict(counted)).fillna(0).astype(int) for name, counted in counts.items()},
    )
    found["status"] = ["matched" if n else "no_texts" for n in found["passage_count"]]
    return TABLE.check(found[TABLE.names])


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Share of the passages under a given reason against the aim, and the same by area; nothing without a taxonomy."""
    if frame.empty or not frame["all_passage_count"].max():
        return None
    base = int(frame["all_passage_count"].max())
    covered, without = int(frame["passage_count"].sum()), int((frame["status"] == "no_texts").sum())
    areas = frame.assign(with_texts=frame["status"] == "matched").groupby("area")
    areas = areas.agg(n=("reason_id", "size"), used=("with_texts", "sum"), passages=("passage_count", "sum"))
    areas = areas.reset_index().sort_values(["passages", "area"], ascending=[False, True])
    return Section(
        title="How far the given reasons cover what is said",
        paragraphs=(
            f"{w.percent(covered / base)} of passages fall under a given reason: {w.count(covered)} of "
            f"{w.count(base)}, all passages with content, those without a topic among them. The target is {w.percent(AIM)}, what the "
            f"best comparable product aims for. {_without(without, len(frame))}",
        ),
        headers=("Area", "Reasons with texts", "Passages", "Share of all passages"),
        rows=tuple(
            (w.line(row.area), f"{row.used} of {row.n}", w.count(row.passages), w.percent(row.passages / base))
            for row in areas.itertuples()
        ),
        cautions=(BY_THRESHOLD,),
    )


def _without(without: int, reasons: int) -> str:
    if not without:
        return f"Each of {w.plural(reasons, 'reason')} has texts."
    return f"{w.count(without)} of {w.plural(reasons, 'reason')} {'has' if without == 1 else 'have'} no text."
