"""Report: the share of contacts that are repeats, by topic and for every usual window."""

from typing import TYPE_CHECKING

from voc.context import Chart, Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import ALL_TOPICS, draws, share_range, taking_part, topic_names
from voc.schema import column, table
from voc.tables import ESTIMATE, RAW_COUNTS
from voc.times import days

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Share of contacts that are repeats, by topic, for windows of 1, 3, 7, 14 and 30 days"
ORDER = 20
READS = ("contacts", "topics", "episode_contacts", "repeats")
WINDOWS = (1.0, 3.0, 7.0, 14.0, 30.0)
SCOPES = ("any_topic", "same_topic")
PROVISIONAL = "The last days of the period, as many as the window, cannot have shown their repeats yet."


@table(
    "repeat_rates",
    kind="report",
    grain="run, scope, topic and window: how many contacts are repeats",
    facets=("scope", "window_days"),
    sort="-repeat_share",
    cautions=(RAW_COUNTS, ESTIMATE, PROVISIONAL),
)
class RepeatRate:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    scope: str = column("Whether the earlier contact must be about the same topic", key=True, choices=SCOPES)
    topic_id: str = column("The topic; '*' for all contacts, those without a topic included", key=True)
    window_days: float = column("Longest pause after the earlier contact", key=True, unit="days", low=0)
    topic: str = column("Name of the topic in that run")
    is_run_window: bool = column("The window the run's costs and priorities use")
    contacts: int = column("Contacts of identified customers that take part", unit="contacts", low=0)
    customers: int = column("Distinct customers who made them", low=0)
    repeats: int = column("Those that are repeats, double posts left out", unit="contacts", low=0)
    repeats_with_double_posts: int = column("The same with double posts", unit="contacts", low=0)
    repeat_share: float | None = column("Repeats over contacts; empty without contacts", low=0, high=1)
    repeat_share_low: float | None = column("The same, low; wider than resampling says with few repeats", low=0, high=1)
    repeat_share_high: float | None = column("The same, high", low=0, high=1)
    provisional_contacts: int = column(
        "Contacts opened within the window of the last date: repeats of theirs may still come", unit="contacts", low=0
    )
    definition: str = column("The figure in words")


TABLE = RepeatRate


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Every scope, topic and window from the gaps in `repeats`; ranges from the run's resampled customers."""
    import numpy as np

    everyone = taking_part(frames["contacts"])
    identified = everyone.dropna(subset=["customer_id"]).assign(opened=lambda rows: days(rows["opened_at"]))
    windows = sorted({*WINDOWS, float(run.pipeline.window_days)})
    members = _members(identified, frames["episode_contacts"])
    topics = sorted({ALL_TOPICS, *members["topic_id"]})
    place = {topic: i for i, topic in enumerate(topics)}
    hits = {scope: _hits(frames["repeats"], members, scope) for scope in SCOPES}
    blocks = [(members, members["topic_id"].map(place).to_numpy(dtype=int))]
    for number, (scope, window) in enumerate((s, v) for s in SCOPES for v in windows):
        counted = hits[scope][(hits[scope]["gap"] <= window) & ~hits[scope]["is_duplicate"]]
        blocks.append((counted, counted["topic_id"].map(place).to_numpy(dtype=int) + (number + 1) * len(topics)))
    drawn = draws(
        np.concatenate([b["person"].to_numpy(dtype=object) for b, _ in blocks]),
        np.concatenate([columns for _, columns in blocks]),
        np.ones(sum(len(b) for b, _ in blocks)),
        all_people=everyone["person"],
        width=len(topics) * len(blocks),
        run=run,
    )
    names, last = topic_names(frames["topics"]), identified["opened"].max()
    grouped = dict(list(members.groupby("topic_id")))
    rows = []
    for number, (scope, window) in enumerate((s, v) for s in SCOPES for v in windows):
        inside = hits[scope][hits[scope]["gap"] <= window]
        with_doubles = inside.groupby("topic_id").size()
        repeats = inside[~inside["is_duplicate"]].groupby("topic_id").size()
        for topic in topics:
            mine = grouped.get(topic, members.iloc[:0])
            n, found = len(mine), int(repeats.get(topic, 0))
            part = drawn[:, place[topic] + (number + 1) * len(topics)]
            low, high = share_range(part, drawn[:, place[topic]], found, n)
            rows.append(
                {
                    "run_id": run.run_id,
                    "scope": scope,
                    "topic_id": topic,
                    "window_days": window,
                    "topic": names[topic],
                    "is_run_window": window == run.pipeline.window_days,
                    "contacts": n,
                    "customers": mine["person"].nunique(),
                    "repeats": found,
                    "repeats_with_double_posts": int(with_doubles.get(topic, 0)),
                    "repeat_share": found / n if n else None,
                    "repeat_share_low": low if n else None,
                    "repeat_share_high": high if n else None,
                    "provisional_contacts": int((mine["opened"] > last - window).sum()),
                    "definition": definition(scope, topic, window),
                }
            )
    return TABLE.frame(rows)


def definition(scope: str, topic: str, window: float) -> str:
    """The figure in words."""
    which = "Contacts" if topic == ALL_TOPICS else "Contacts about the topic"
    before = "about the same topic" if scope == "same_topic" else "about anything"
    linked = "; the vendor's own follow-ups count at any pause" if scope == "same_topic" else ""
    return (
        f"{which} of identified customers that came at most {w.days_text(window)} after the end of an earlier "
        f"contact of the same customer {before}, double posts left out{linked}; over all such contacts"
    )


def _members(identified: "pd.DataFrame", parts: "pd.DataFrame") -> "pd.DataFrame":
    """One row a contact and topic, and one a contact for all topics: contact_id, topic_id, person, opened."""
    import pandas as pd

    whole = identified[["contact_id", "person", "opened"]]
    by_topic = parts.dropna(subset=["topic_id"])[["contact_id", "topic_id"]].drop_duplicates()
    return pd.concat([whole.assign(topic_id=ALL_TOPICS), by_topic.merge(whole, on="contact_id")], ignore_index=True)


def _hits(repeats: "pd.DataFrame", members: "pd.DataFrame", scope: str) -> "pd.DataFrame":
    """One row a repeat and topic: topic_id, person, gap (0 for a vendor's follow-up), is_duplicate."""
    import pandas as pd

    mine = repeats[repeats["scope"] == scope]
    is_linked = (mine["repeat_type"] == "follow_up") & (scope == "same_topic")
    mine = mine.assign(gap=mine["gap_days"].where(~is_linked, 0.0), is_duplicate=mine["repeat_type"] == "duplicate")
    found = mine.groupby("contact_id", as_index=False).agg(gap=("gap", "min"), is_duplicate=("is_duplicate", "max"))
    if scope == "any_topic":
        return found.merge(members, on="contact_id")
    whole = found.assign(topic_id=ALL_TOPICS)
    by_topic = mine[["contact_id", "gap", "is_duplicate", "topic_id"]]
    return pd.concat([whole, by_topic]).merge(members, on=["contact_id", "topic_id"])


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """The sensitivity to the window, for all contacts."""
    whole = frame[frame["topic_id"] == ALL_TOPICS].sort_values("window_days")
    if whole.empty or whole["contacts"].max() == 0:
        return None
    by_scope = {scope: rows.set_index("window_days") for scope, rows in whole.groupby("scope")}
    same, any_topic = by_scope["same_topic"], by_scope["any_topic"]
    first = same.iloc[0]
    rows = tuple(
        (
            w.days_text(window),
            _share(any_topic.loc[window]),
            w.count(any_topic.loc[window, "repeats"]),
            _share(same.loc[window]),
            w.count(same.loc[window, "repeats"]),
            w.count(same.loc[window, "provisional_contacts"]),
        )
        for window in same.index
    )
    return Section(
        title="How often customers come back, by window",
        paragraphs=(
            (
                f"Of {w.plural(first['contacts'], 'contact')} of "
                f"{w.plural(first['customers'], 'identified customer')}, these came back: about anything, and about "
                "the same topic. The pause runs from the end of the earlier contact. A share that keeps growing with "
                "the window points to slow failures, a flat one to immediate ones."
            ),
        ),
        headers=("Within", "Any topic", "Repeats", "Same topic", "Repeats", "Contacts still open to a repeat"),
        rows=rows,
        cautions=(RAW_COUNTS, ESTIMATE, PROVISIONAL),
        chart=Chart(
            "bars",
            "Share of contacts that are repeats about the same topic",
            "% of contacts",
            tuple(w.days_text(v) for v in same.index),
            tuple(100 * same["repeat_share"]),
            tuple(100 * same["repeat_share_low"]),
            tuple(100 * same["repeat_share_high"]),
        ),
    )


def _share(row: "pd.Series") -> str:
    return (
        f"{w.percent(row['repeat_share'])} ({w.between(row['repeat_share_low'], row['repeat_share_high'], w.percent)})"
    )
