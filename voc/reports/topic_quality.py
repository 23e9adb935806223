"""Report: how far each topic can be trusted, and which of the leading ones are doubtful."""

import json
from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import ALL_TOPICS, of_run, topic_names
from voc.schema import column, table
from voc.tables import COHERENCE, DOUBTFUL, LINKED_AGREEMENT, LINKED_PAIRS, SEPARATION, STABILITY

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "How far each topic can be trusted: stability, separation, coherence, agreement of linked contacts"
ORDER = 55
READS = ("topics", "topic_checks", "priorities")
SHOWN = 10  # doubtful topics named in the briefing
NO_PROOF = "The measures find topics that cannot be right; that one is right only labels show (voc evaluate)."
WORDS = {
    "few_texts": "few texts",
    "linked_pairs_disagree": "contacts linked to it have other topics",
    "unstable": "falls apart when texts are resampled",
    "not_separate": "hardly differs from another topic",
    "incoherent": "its leading words have little to do with each other",
    "low_confidence": "its texts might as well be in other topics",
}


@table(
    "topic_quality",
    kind="report",
    grain="run and topic: how far it can be trusted; '*' for all topics together",
    label="topic",
    facets=("run_id", "is_doubtful"),
    sort="rank",
    cautions=(NO_PROOF,),
)
class TopicQuality:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic; '*' for all, with the median over topics of each measure", key=True)
    topic: str = column("Name of the topic in that run")
    rank: int | None = column("Its place among the run's priorities", low=1)
    is_doubtful: bool = column(DOUBTFUL)
    why_doubtful: str | None = column("Why, in words; empty for a sound topic")
    is_roll_up_advised: bool = column("Linked pairs disagree: count repeats by the theme above it, not by itself")
    distinct_text_count: int = column("Different texts of its passages", unit="texts", low=0)
    stability: float | None = column(STABILITY, low=0, high=1)
    is_stability_low_end: bool = column("Not all texts were resampled: the true stability is higher")
    separation: float | None = column(SEPARATION, low=-2, high=2)
    coherence: float | None = column(COHERENCE, low=-1, high=1)
    coherence_chance: float | None = column(
        "Coherence that 1 in 20 lists of words reaches whose words each lead another topic", low=-1, high=1
    )
    confidence: float | None = column("Mean confidence of its passages; below .7 a weak sign", low=0, high=1)
    linked_pair_count: int = column(LINKED_PAIRS, unit="pairs", low=0)
    linked_agreement: float | None = column(LINKED_AGREEMENT, low=0, high=1)
    linked_agreement_low: float | None = column("The same, low end of Wilson's 80% interval", low=0, high=1)
    linked_agreement_high: float | None = column("The same, high end", low=0, high=1)
    linked_agreement_chance: float | None = column(
        "Agreement that topics dealt out at random would reach; for '*' alone", low=0, high=1
    )
    without_topic_share: float | None = column("Share of passages without a topic; for '*' alone", low=0, high=1)


TABLE = TopicQuality


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """The stage's checks with the names and ranks of the topics."""
    checks = frames["topic_checks"]
    whole = checks.loc[checks["topic_id"] == ALL_TOPICS, "distinct_text_count"].max()
    ranks = of_run(frames["priorities"], run).set_index("topic_id")["rank"].to_dict()
    found = checks.assign(
        run_id=run.run_id,
        topic=checks["topic_id"].map(topic_names(frames["topics"])),
        rank=checks["topic_id"].map(ranks).astype("Int64"),
        why_doubtful=[_in_words(text) for text in checks["why_doubtful"]],
        is_stability_low_end=checks["stability"].notna() & (checks["stability_text_count"] < whole),
    )
    return TABLE.check(found[TABLE.names])


def _in_words(codes: str) -> str | None:
    return "; ".join(WORDS[code] for code in json.loads(codes)) or None


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Overall reliability in a line, and the doubtful topics among the priorities, the most costly first."""
    by_topic = frame[frame["topic_id"] != ALL_TOPICS]
    if by_topic.empty:
        return None
    doubtful = by_topic[by_topic["is_doubtful"] & by_topic["rank"].notna()].sort_values("rank")
    rows = tuple(
        (w.count(rank), w.line(topic), why)
        for rank, topic, why in zip(doubtful["rank"], doubtful["topic"], doubtful["why_doubtful"], strict=True)
    )[:SHOWN]
    return Section(
        title="How far the topics can be trusted",
        paragraphs=(" ".join(_overall(frame)), _doubtful_words(by_topic, len(doubtful))),
        headers=("Rank", "Topic", "Why not to trust it") if rows else (),
        rows=rows,
        cautions=(NO_PROOF,),
    )


def _overall(frame: "pd.DataFrame") -> list[str]:
    """Stability, agreement of linked pairs and texts without a topic, a sentence each; what is not known is said so."""
    whole = frame[frame["topic_id"] == ALL_TOPICS].iloc[0]
    said = []
    if not w.is_missing(whole["stability"]):
        least = "at least " if whole["is_stability_low_end"] else ""
        said.append(
            f"Stability, the overlap of a topic with what is found again in four fifths of the texts: {least}"
            f"{w.percent(whole['stability'])} for the middle topic (75% is stable, under 60% is weak)."
        )
    pairs = whole["linked_pair_count"]
    if pairs:
        low, high = whole["linked_agreement_low"], whole["linked_agreement_high"]
        said.append(
            f"Of {w.plural(pairs, 'pair')} of contacts known to be about one problem, "
            f"{w.percent(whole['linked_agreement'])} ({w.between(low, high, w.percent)}) have the same topic; chance "
            f"would give {w.percent(whole['linked_agreement_chance'])}."
        )
    else:
        said.append("No two contacts are known to be about one problem, so agreement cannot be told.")
    if not w.is_missing(whole["without_topic_share"]):
        said.append(f"{w.percent(whole['without_topic_share'])} of passages have no topic.")
    return said


def _doubtful_words(by_topic: "pd.DataFrame", ranked: int) -> str:
    count, total = int(by_topic["is_doubtful"].sum()), w.plural(len(by_topic), "topic")
    if not count:
        return f"None of the topics is doubtful ({total} checked)."
    shown = f", the first {SHOWN} of them below" if ranked > SHOWN else ""
    return f"Doubtful: {count} of {total}, {ranked} of them among the priorities{shown}."
