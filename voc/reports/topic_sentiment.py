"""Report: how dissatisfied the texts of each topic sound, and how much effort they tell of."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import ALL_TOPICS, NO_TOPIC, draws, topic_names
from voc.schema import column, table
from voc.tables import SENTIMENT_ESTIMATE, SENTIMENT_METHODS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DESCRIPTION = "Dissatisfaction and effort in the texts of every topic, estimated from their words"
ORDER = 35
READS = ("passage_sentiments", "passage_topics", "passages", "verbatims", "contacts", "responses", "topics")
MEASURES = ("negative", "effort", "low_score")
FEW_PASSAGES, FEW_CUSTOMERS = 20, 10
LISTED = 5
RANGE = "Low and high are an 80% range from resampled customers; the error of the model itself comes on top."
MEASURED = {
    "base_model": (
        "Measured on 1,812 patients' comments with a person's verdict and 834 shop reviews with stars: it ranks a "
        "complaint above praise in 92% and 88% of pairs (AUC)."
    ),
    "vectors_only": (
        "Measured in English on 1,812 patients' comments with a person's verdict and 834 shop reviews with stars: it "
        "ranks a complaint above praise in 89% and 83% of pairs (AUC); other languages were not measured."
    ),
    "lexicon": (
        "By a word list. Measured on 1,812 patients' comments with a person's verdict and 834 shop reviews with stars: "
        "it ranks a complaint above praise in 86% and 86% of pairs (AUC)."
    ),
}
EFFORT_MEASURED = (
    "Effort has no labelled public set: it was checked on comments about waiting and about getting through alone."
)


@table(
    "topic_sentiment",
    kind="report",
    grain="run and topic: mean dissatisfaction and effort of its passages",
    facets=("run_id", "is_low_volume"),
    sort="-effort_share",
    cautions=(SENTIMENT_ESTIMATE, RANGE),
)
class TopicSentiment:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic; '-' for passages without one, '*' for all", key=True)
    topic: str = column("Name of the topic in that run")
    passages: int = column("Passages that were estimated", unit="passages", low=0)
    passages_not_estimated: int = column("Passages in a language the embedder was not made for", unit="passages", low=0)
    customers: int = column("Distinct customers behind them; an unknown one counts by contact or response", low=0)
    negative_share: float | None = column("Mean probability of dissatisfaction", low=0, high=1)
    negative_share_low: float | None = column("The same, low", low=0, high=1)
    negative_share_high: float | None = column("The same, high", low=0, high=1)
    effort_share: float | None = column("Mean probability of effort", low=0, high=1)
    effort_share_low: float | None = column("The same, low", low=0, high=1)
    effort_share_high: float | None = column("The same, high", low=0, high=1)
    low_score_share: float | None = column(
        "Mean probability of a low score, from the run's own scores; empty where they are not used", low=0, high=1
    )
    low_score_share_low: float | None = column("The same, low", low=0, high=1)
    low_score_share_high: float | None = column("The same, high", low=0, high=1)
    method: str = column("How most of its passages were estimated", choices=SENTIMENT_METHODS)
    is_low_volume: bool = column("Fewer than 20 passages or 10 customers: no claim about its place")


TABLE = TopicSentiment


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Means by topic over passages, with ranges from the same resampled customers for every topic."""
    import numpy as np
    import pandas as pd

    said = _spoken(frames)
    if said.empty:
        return TABLE.empty()
    everything = pd.concat([said, said.assign(part=ALL_TOPICS)], ignore_index=True)
    told = everything[everything["method"] != "not_estimated"]
    topics = sorted(set(everything["part"]))
    columns, totals = _columns(told, topics)
    drawn = draws(
        pd.concat([told["person"]] * (len(MEASURES) + 1)),
        np.concatenate(columns),
        np.concatenate(totals),
        all_people=said["person"],
        width=len(topics) * (len(MEASURES) + 1),
        run=run,
    ).reshape(-1, len(MEASURES) + 1, len(topics))
    names, rows = topic_names(frames["topics"]), []
    for place, topic in enumerate(topics):
        mine = everything[everything["part"] == topic]
        rows.append(
            {"run_id": run.run_id, "topic_id": topic, "topic": names[topic], **_row(mine, drawn[:, :, place])}
        )
    return TABLE.frame(rows)


def _spoken(frames: Frames) -> "pd.DataFrame":
    """One row a passage: topic ('-' for none) as `part`, who speaks as `person`, its probabilities and method."""
    from voc.stats import speakers

    person = speakers(frames["verbatims"], frames["contacts"], frames["responses"])
    said = frames["passage_sentiments"].merge(frames["passages"][["passage_id", "verbatim_id"]], on="passage_id")
    said = said.merge(frames["passage_topics"][["passage_id", "topic_id"]], on="passage_id")
    # in the order of passages, so that sums come out the same to the last bit
    said = said.sort_values("passage_id", ignore_index=True)
    return said.assign(part=said["topic_id"].fillna(NO_TOPIC), person=said["verbatim_id"].map(person))


def _columns(told: "pd.DataFrame", topics: list[str]) -> tuple[list["np.ndarray"], list["np.ndarray"]]:
    """Columns and values of the totals to resample: for each topic the passages, then the sum of each measure."""
    import numpy as np

    place = told["part"].map({topic: i for i, topic in enumerate(topics)}).to_numpy(dtype=int)
    sums = [told[f"{name}_probability"].fillna(0.0).to_numpy(dtype=float) for name in MEASURES]
    columns = [place + i * len(topics) for i in range(len(MEASURES) + 1)]
    return columns, [np.ones(len(told)), *sums]


def _row(mine: "pd.DataFrame", drawn: "np.ndarray") -> dict:
    """Figures of one topic from its passages and its (draws, 1 + measures) resampled totals."""
    import numpy as np

    from voc.stats import ranges

    told = mine[mine["method"] != "not_estimated"]
    customers = told["person"].nunique()
    kept = drawn[drawn[:, 0] > 0]
    row: dict = {
        "passages": len(told),
        "passages_not_estimated": len(mine) - len(told),
        "customers": customers,
        "method": sorted(told["method"].value_counts().items(), key=lambda x: (-x[1], x[0]))[0][0]
        if len(told)
        else "not_estimated",
        "is_low_volume": len(told) < FEW_PASSAGES or customers < FEW_CUSTOMERS,
    }
    for i, name in enumerate(MEASURES, start=1):
        values = told[f"{name}_probability"].dropna()
        if values.empty:
            row |= dict.fromkeys((f"{name}_share", f"{name}_share_low", f"{name}_share_high"))
            continue
        mean = float(values.mean())
        low, high = (float(end[0]) for end in ranges(kept[:, [i]] / kept[:, [0]]))
        if customers < FEW_CUSTOMERS:  # resampling a handful claims too much
            low, high = _few(mean, customers, low, high)
        ends = (mean, max(0.0, min(low, mean)), min(1.0, max(high, mean)))
        row |= dict(zip((f"{name}_share", f"{name}_share_low", f"{name}_share_high"), np.round(ends, 6), strict=True))
    return row


def _few(mean: float, n: int, low: float, high: float) -> tuple[float, float]:
    """At least as wide as Wilson's range of a share, were every customer's value all or nothing."""
    from voc.stats import wilson

    wilson_low, wilson_high = wilson(mean * n, n)
    return min(low, wilson_low), max(high, wilson_high)


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """The topics that tell of the most effort, with how far such figures can be trusted."""
    told = frame[(frame["passages"] > 0) & ~frame["topic_id"].isin([ALL_TOPICS, NO_TOPIC])]
    enough = told[~told["is_low_volume"]]
    if enough.empty:
        return None
    shown = enough.sort_values(["effort_share", "topic_id"], ascending=[False, True]).head(LISTED)
    whole = frame[frame["topic_id"] == ALL_TOPICS].iloc[0]
    rows = tuple(
        (row.topic, _share(row, "effort"), _share(row, "negative"), w.count(row.passages), w.count(row.customers))
        for row in shown.itertuples()
    )
    left_out = len(told) - len(enough)
    few = f" Left out for too few texts: {w.plural(left_out, 'topic')}." if left_out else ""
    return Section(
        title="Where customers tell of effort",
        paragraphs=(
            f"Effort is repeated contacts, waits, being passed around, many steps. Over all "
            f"{w.plural(whole['passages'], 'passage')} {w.percent(whole['effort_share'])} tell of it and "
            f"{w.percent(whole['negative_share'])} voice dissatisfaction.{few}",
        ),
        headers=("Topic", "Tells of effort (80% range)", "Dissatisfied (80% range)", "Passages", "Customers"),
        rows=rows,
        cautions=(SENTIMENT_ESTIMATE, RANGE, MEASURED[whole["method"]], EFFORT_MEASURED),
    )


def _share(row, name: str) -> str:
    low, high = getattr(row, f"{name}_share_low"), getattr(row, f"{name}_share_high")
    return f"{w.percent(getattr(row, f'{name}_share'))} ({w.between(low, high, w.percent)})"
