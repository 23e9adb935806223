"""Report: how many contacts are repeats, by topic and for every usual window: raw, and those that are no coincidence."""

from typing import TYPE_CHECKING

from voc.context import Chart, Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._definitions import windows
from voc.reports._shared import ALL_TOPICS, taking_part, topic_names
from voc.schema import column, table
from voc.tables import NO_REPEATS
from voc.times import days

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DESCRIPTION = "Contacts that are repeats, counted raw and net of coincidence, by topic, for windows of 1 to 30 days"
ORDER = 20
READS = ("contacts", "topics", "episode_contacts", "repeats", "ledger_lines")
SCOPES = ("any_topic", "same_topic")
PROVISIONAL = "The last days of the period, as many as the window, cannot have shown their repeats yet."
COUNTS = "Counts as they stand; rates with ranges that allow for the end of the data stand in the table metrics."


@table(
    "repeat_rates",
    kind="report",
    grain="run, scope, topic and window: how many contacts are repeats",
    facets=("scope", "window_days"),
    sort="-repeats_raw",
    cautions=(COUNTS, PROVISIONAL),
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
    repeats_raw: int = column("Those that are repeats, as counted; double posts left out", unit="contacts", low=0)
    repeats_net: float | None = column(
        "Repeats by their shares, coincidences taken out, corrected for wrong topics; empty for any_topic, where all "
        "contacts of a customer may be one matter",
        unit="contacts",
        low=0,
    )
    repeats_with_double_posts: int = column("Raw repeats and double posts", unit="contacts", low=0)
    provisional_contacts: int = column(
        "Contacts opened within the window of the last date: repeats of theirs may still come", unit="contacts", low=0
    )
    definition: str = column("The raw count in words")


TABLE = RepeatRate


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Every scope, topic and window from the gaps in `repeats`."""
    import numpy as np
    import pandas as pd

    identified = taking_part(frames["contacts"]).dropna(subset=["customer_id"])
    identified = identified.assign(opened=days(identified["opened_at"]))
    ends = windows(run.pipeline.window_days)
    members = _members(identified, frames["episode_contacts"])
    topics = sorted({ALL_TOPICS, *members["topic_id"]})
    names = topic_names(frames["topics"])
    per_topic = members.groupby("topic_id").agg(contacts=("person", "size"), customers=("person", "nunique"))
    per_topic = per_topic.reindex(topics, fill_value=0).rename_axis("topic_id").reset_index()
    last, factors = identified["opened"].max(), _label_factors(frames)
    blocks = []
    for scope in SCOPES:
        hits = _hits(frames["repeats"], members, factors, scope)
        raw, net, doubled = _by_window(hits, topics, ends)
        for k, window in enumerate(ends):
            young = members.loc[members["opened"] > last - window, "topic_id"].value_counts()
            blocks.append(per_topic.assign(
                run_id=run.run_id, scope=scope, window_days=window, topic=[names[t] for t in topics],
                is_run_window=window == run.pipeline.window_days, repeats_raw=raw[k],
                repeats_net=np.nan if scope == "any_topic" else net[k], repeats_with_double_posts=doubled[k],
                provisional_contacts=[int(young.get(t, 0)) for t in topics],
                definition=[definition(scope, t, window) for t in topics],
            ))  # fmt: skip
    return TABLE.check(pd.concat(blocks)[TABLE.names])


def definition(scope: str, topic: str, window: float) -> str:
    """The figure in words."""
    which = "Contacts" if topic == ALL_TOPICS else "Contacts about the topic"
    before = "about the same topic" if scope == "same_topic" else "about anything"
    linked = "; the vendor's own follow-ups count at any pause" if scope == "same_topic" else ""
    return (
        f"{which} of identified customers that came at most {w.days_text(window)} after the end of an earlier "
        f"contact of the same customer {before}, double posts left out{linked}"
    )


def _members(identified: "pd.DataFrame", parts: "pd.DataFrame") -> "pd.DataFrame":
    """One row a contact and topic, and one a contact for all topics: contact_id, topic_id, person, opened."""
    import pandas as pd

    whole = identified[["contact_id", "person", "opened"]]
    by_topic = parts.dropna(subset=["topic_id"])[["contact_id", "topic_id"]].drop_duplicates()
    return pd.concat([whole.assign(topic_id=ALL_TOPICS), by_topic.merge(whole, on="contact_id")], ignore_index=True)


def _label_factors(frames: Frames) -> "pd.Series":
    """By topic, what the ledger multiplies unlinked net repeats with, so that both say the same of the run's window."""
    parts = frames["episode_contacts"].merge(frames["ledger_lines"][["contact_id", "part", "repeat_weight"]])
    soft = parts[parts["is_repeat"] & ~parts["is_linked"]]
    soft = soft.assign(net=soft["share"] * soft["repeat_probability"])
    sums = soft.groupby("part")[["repeat_weight", "net"]].sum()
    return (sums["repeat_weight"] / sums["net"].where(sums["net"] > 0)).dropna()


def _hits(repeats: "pd.DataFrame", members: "pd.DataFrame", factors: "pd.Series", scope: str) -> "pd.DataFrame":
    """One row a repeat and topic: topic_id, person, gap (0 for a vendor's follow-up), is_duplicate, is_raw, net."""
    import pandas as pd

    mine = repeats[repeats["scope"] == scope]
    is_linked = (mine["match_level"] == "vendor_link") & ~mine["repeat_type"].isin(NO_REPEATS) & (scope == "same_topic")
    factor = mine["topic_id"].map(factors).astype(float).fillna(1.0).where(~is_linked, 1.0)
    chance = mine["repeat_probability"].astype(float).fillna(0.0).where(~is_linked, 1.0)
    mine = mine.assign(
        gap=mine["gap_days"].where(~is_linked, 0.0), is_duplicate=mine["repeat_type"].isin(NO_REPEATS),
        net=mine["share"] * chance * factor,
    )  # fmt: skip
    found = mine.groupby("contact_id", as_index=False).agg(gap=("gap", "min"), is_duplicate=("is_duplicate", "max"))
    if scope == "any_topic":
        return found.assign(net=0.0, is_raw=True).merge(members, on="contact_id")
    # over all topics a contact is one raw repeat, and as many net ones as the shares of those of its topics that repeat
    whole = found.assign(topic_id=ALL_TOPICS, net=0.0, is_raw=True)
    net = mine.assign(topic_id=ALL_TOPICS, is_raw=False)[list(whole.columns)]
    by_topic = mine.assign(is_raw=True)[list(whole.columns)]
    return pd.concat([whole, net, by_topic]).merge(members, on=["contact_id", "topic_id"])


def _by_window(
    hits: "pd.DataFrame", topics: list[str], ends: tuple[float, ...]
) -> tuple["np.ndarray", "np.ndarray", "np.ndarray"]:
    """Raw repeats, net ones, and raw ones with double posts: each (windows, topics)."""
    import numpy as np

    place = {topic: i for i, topic in enumerate(topics)}
    bins = np.searchsorted(ends, hits["gap"].to_numpy(dtype=float), side="left")
    hits = hits.assign(cell=bins * len(topics) + hits["topic_id"].map(place).to_numpy(dtype=int))[bins < len(ends)]
    is_single = ~hits["is_duplicate"].to_numpy(dtype=bool)
    is_raw = hits["is_raw"].to_numpy(dtype=bool)

    def total(values: "np.ndarray") -> "np.ndarray":
        sums = np.bincount(hits["cell"].to_numpy(dtype=int), weights=values, minlength=len(ends) * len(topics))
        return sums.reshape(len(ends), len(topics)).cumsum(axis=0)

    raw, doubled = total(is_raw & is_single).astype(int), total(is_raw).astype(int)
    return raw, total(hits["net"].to_numpy(dtype=float) * is_single), doubled


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
            w.count(any_topic.loc[window, "repeats_raw"]),
            w.count(same.loc[window, "repeats_raw"]),
            w.count(same.loc[window, "repeats_net"]),
            w.count(same.loc[window, "provisional_contacts"]),
        )
        for window in same.index
    )
    return Section(
        title="How many contacts are repeats, by window",
        paragraphs=(
            (
                f"Of {w.plural(first['contacts'], 'contact')} of "
                f"{w.plural(first['customers'], 'identified customer')}, so many came back. The pause runs from the "
                "end of the earlier contact. Net: what chance gives frequent writers is taken out."
            ),
        ),
        headers=("Within", "About anything", "About the same topic", "Net of coincidence", "Contacts still open to a repeat"),
        rows=rows,
        cautions=(COUNTS, PROVISIONAL),
        chart=Chart(
            "bars",
            "Repeats about the same topic, net of coincidence",
            "contacts",
            tuple(w.days_text(v) for v in same.index),
            tuple(same["repeats_net"]),
        ),
    )
