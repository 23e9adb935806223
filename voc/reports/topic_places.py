"""Report: where a topic's contacts come in and come back, by channel, site and customer segment."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports._shared import topic_names
from voc.schema import column, table
from voc.tables import RAW_COUNTS

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Contacts, repeats, customers and handle time by topic and channel, site or segment"
ORDER = 53
READS = ("contacts", "topics", "episode_contacts")
DIMENSIONS = ("channel", "site", "segment")
NOT_STATED = "not stated"
SMALL = "Small counts say little."


@table(
    "topic_places",
    kind="report",
    grain="run, topic, dimension and value",
    facets=("dimension", "value"),
    sort="-contacts",
    cautions=(RAW_COUNTS, SMALL),
    is_latest_only=True,
)
class TopicPlace:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    dimension: str = column("What it is split by", key=True, choices=DIMENSIONS)
    value: str = column(f"The channel, site or segment; '{NOT_STATED}' where the source says nothing", key=True)
    topic: str = column("Name of the topic in that run")
    contacts: int = column(
        "Contacts, double posts included; one about two topics counts under each", unit="contacts", low=0
    )
    identified_contacts: int = column("Those of identified customers", unit="contacts", low=0)
    repeats_raw: int = column("Repeats about the same topic in the run's window", unit="contacts", low=0)
    repeat_share: float | None = column(
        "Repeats over contacts of identified customers; empty without any", low=0, high=1
    )
    customers: int = column("Distinct identified customers", low=0)
    handle_minutes_mean: float | None = column(
        "Mean of the measured agent time; empty where none is measured", unit="minutes", low=0)  # fmt: skip


TABLE = TopicPlace


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Count the parts of contacts by topic and each dimension."""
    import pandas as pd

    told = frames["contacts"][["contact_id", "customer_id", "handle_minutes", *DIMENSIONS]]
    parts = frames["episode_contacts"].dropna(subset=["topic_id"]).merge(told, on="contact_id")
    if parts.empty:
        return TABLE.empty()
    found = pd.concat([_by(parts, dimension) for dimension in DIMENSIONS], ignore_index=True)
    names = topic_names(frames["topics"])
    return TABLE.check(found.assign(run_id=run.run_id, topic=found["topic_id"].map(names))[TABLE.names])


def _by(parts: "pd.DataFrame", dimension: str) -> "pd.DataFrame":
    grouped = parts.assign(value=parts[dimension].fillna(NOT_STATED)).groupby(["topic_id", "value"])
    counted = grouped.agg(
        contacts=("contact_id", "size"),
        identified_contacts=("customer_id", "count"),
        repeats_raw=("is_repeat", "sum"),
        customers=("customer_id", "nunique"),
        handle_minutes_mean=("handle_minutes", "mean"),
    )
    share = counted["repeats_raw"] / counted["identified_contacts"].where(counted["identified_contacts"] > 0)
    return counted.reset_index().assign(dimension=dimension, repeat_share=share.to_numpy())


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Nothing in the briefing: the pages of the topics show it."""
    return None
