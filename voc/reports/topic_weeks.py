"""Report: contacts, repeats and survey responses of every topic by week."""

from typing import TYPE_CHECKING

from voc.context import Chart, Frames, RunContext, Section
from voc.reports._shared import NO_TOPIC, taking_part, topic_names
from voc.schema import column, table
from voc.tables import RAW_COUNTS
from voc.times import days

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Contacts, customers, repeats and survey responses by topic and week"
ORDER = 30
READS = ("contacts", "topics", "episode_contacts", "verbatim_topics", "responses")
PARTIAL = "The first and the last week may be covered only in part."
CHARTED, MIN_WEEKS = 5, 4


@table(
    "topic_weeks",
    kind="report",
    grain="run, topic and week; weeks without a contact are listed with 0",
    facets=("topic", "is_complete"),
    sort="-week_on",
    cautions=(RAW_COUNTS, PARTIAL),
)
class TopicWeek:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic; '-' for contacts without a topic", key=True)
    week_on: str = column("Monday of the week (UTC)", key=True)
    topic: str = column("Name of the topic in that run")
    contact_equivalents: float = column("Contacts weighted by their share; adds up to all contacts", unit="contacts")
    contacts: int = column("Contacts that speak of it", unit="contacts", low=0)
    customers: int = column("Distinct identified customers", low=0)
    repeats_raw: int = column("Repeats about the same topic in the run's window", unit="contacts", low=0)
    responses: int = column("Survey responses that speak of it", unit="responses", low=0)
    is_complete: bool = column("The data cover the week from Monday to Sunday")


TABLE = TopicWeek


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Count by topic and week over the full grid of topics and weeks."""
    import pandas as pd

    contacts = taking_part(frames["contacts"])
    parts = frames["episode_contacts"].merge(contacts[["contact_id", "customer_id", "opened_at"]], on="contact_id")
    said = _responses(frames)
    if parts.empty and said.empty:
        return TABLE.empty()
    first, last = _period(contacts, frames["responses"])
    parts = parts.assign(week=_monday(parts["opened_at"]), topic_id=parts["part"])
    by_part = parts.groupby(["topic_id", "week"]).agg(
        contact_equivalents=("share", "sum"),
        contacts=("contact_id", "nunique"),
        customers=("customer_id", "nunique"),
        repeats_raw=("is_repeat", "sum"),
    )
    by_response = said.assign(week=_monday(said["responded_at"])).groupby(["topic_id", "week"])["response_id"].nunique()
    topics = sorted({*parts["topic_id"], *said["topic_id"]})
    weeks = range(_monday_of(first), _monday_of(last) + 1, 7)
    grid = pd.MultiIndex.from_product([topics, weeks], names=["topic_id", "week"])
    table = by_part.join(by_response.rename("responses"), how="outer").reindex(grid).fillna(0).reset_index()
    names = topic_names(frames["topics"])
    table = table.assign(
        run_id=run.run_id,
        topic=table["topic_id"].map(names),
        week_on=pd.to_datetime(table["week"], unit="D").dt.strftime("%Y-%m-%d"),
        is_complete=(table["week"] >= int(first)) & (table["week"] + 6 <= int(last)),
    )
    return TABLE.check(table[TABLE.names])


def _responses(frames: Frames) -> "pd.DataFrame":
    """One row a response and topic: response_id, topic_id, responded_at."""
    labels = frames["verbatim_topics"].dropna(subset=["response_id"])[["response_id", "topic_id"]].drop_duplicates()
    return labels.merge(frames["responses"][["response_id", "responded_at"]], on="response_id")


def _period(contacts: "pd.DataFrame", responses: "pd.DataFrame") -> tuple[float, float]:
    """First and last moment of the data, in days since 1970."""
    ends = [days(s) for s in (contacts["opened_at"], responses["responded_at"]) if len(s)]
    return min(float(s.min()) for s in ends), max(float(s.max()) for s in ends)


def _monday_of(day: float) -> int:
    """Monday of the week of a day since 1970-01-01, a Thursday, as a day."""
    return int((day + 3) // 7) * 7 - 3


def _monday(moments: "pd.Series") -> "pd.Series":
    return ((days(moments) + 3) // 7 * 7 - 3).astype(int)


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Lines of the largest topics over the complete weeks."""
    complete = frame[frame["is_complete"] & (frame["topic_id"] != NO_TOPIC)]
    weeks = sorted(set(complete["week_on"]))
    if len(weeks) < MIN_WEEKS:
        return None
    measure, unit = ("contacts", "contacts a week") if complete["contacts"].sum() else ("responses", "responses a week")
    sizes = complete.groupby(["topic_id", "topic"])[measure].sum().reset_index()
    largest = sizes.sort_values([measure, "topic_id"], ascending=[False, True]).head(CHARTED)
    wide = complete.pivot(index="topic_id", columns="week_on", values=measure)
    return Section(
        title="The largest topics by week",
        paragraphs=(f"{unit.capitalize()} that speak of the topic, over {len(weeks)} complete weeks.",),
        chart=Chart(
            "lines",
            f"The largest topics, {unit}",
            unit,
            tuple(largest["topic"]),
            tuple(tuple(float(v) for v in wide.loc[topic, weeks]) for topic in largest["topic_id"]),
            ticks=tuple(weeks),
        ),
    )
