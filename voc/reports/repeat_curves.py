"""Report: how soon customers come back about the same topic, day by day, allowing for the end of the data."""

from typing import TYPE_CHECKING

from voc.context import Chart, Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._shared import ALL_TOPICS, topic_names
from voc.schema import column, table
from voc.tables import ESTIMATE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DESCRIPTION = "Share of contacts that came back about the same topic by day 0 to 30, raw and net, with ranges"
ORDER = 24
READS = ("contacts", "topics", "episode_contacts", "repeats")
DAYS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0)
EARLY, LATE = 7.0, 30.0  # the windows the pattern compares
SLOW, IMMEDIATE = 2.0, 1.2  # late share over early share
FEW_CASES, FEW_CUSTOMERS, FEW_RETURNS, CHARTED = 20, 10, 5, 5
PATTERNS = {
    "slow": "slow failure: true returns at least double between 7 and 30 days",
    "immediate": "immediate failure: hardly any true return after 7 days",
    "mixed": "returns both early and late",
}
LATER = (
    "Kaplan-Meier: contacts of the last days count for as long as they were watched. A customer who gives up and one "
    "who is content look alike."
)


@table(
    "repeat_curves",
    kind="report",
    grain="run, topic and day since the end of the contact",
    facets=("day", "pattern"),
    sort="day",
    cautions=(LATER, ESTIMATE),
)
class RepeatCurve:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic; '*' for all contacts with a topic", key=True)
    day: float = column("Time since the end of the contact", key=True, unit="days", low=0)
    topic: str = column("Name of the topic in that run")
    came_back_share: float | None = column(
        "Share that came back about the same topic by then; empty past the longest time watched", low=0, high=1
    )
    came_back_share_low: float | None = column("The same, low", low=0, high=1)
    came_back_share_high: float | None = column("The same, high", low=0, high=1)
    net_share: float | None = column(
        "Share whose return is no coincidence, by the probabilities of the returns", low=0, high=1
    )
    net_share_low: float | None = column("The same, low", low=0, high=1)
    net_share_high: float | None = column("The same, high", low=0, high=1)
    at_risk: int = column("Contacts neither back nor out of sight just before that day", unit="contacts", low=0)
    contacts: int = column("Contacts the curve starts with", unit="contacts", low=0)
    is_low_volume: bool = column("Fewer than 20 contacts or 10 customers")
    pattern: str | None = column(
        "Growth of the net share (else the raw one) from 7 to 30 days: slow at 2 times or more, immediate at 1.2 or "
        "less; empty with few cases", choices=tuple(PATTERNS)
    )  # fmt: skip


TABLE = RepeatCurve


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """The curve of all contacts and of every topic."""
    import numpy as np
    import pandas as pd

    from voc.reports._estimates import all_and_topics, distinct
    from voc.reports._returns import watch

    world = watch(frames)
    names = topic_names(frames["topics"])
    blocks = []
    for group in all_and_topics(world):
        watched = world.by_topic if group.codes is None else world.same_topic
        if not len(watched.gap):
            continue
        member, members = group.of(watched), len(group.members)
        raw, net = _curves(world, watched, member, members, run)
        customers = distinct(member, world.person[watched.contact], members)
        counts = np.bincount(member, minlength=members)
        is_low = (counts < FEW_CASES) | (customers < FEW_CUSTOMERS)
        ids = [ALL_TOPICS] if group.by == "all" else group.members
        patterns = _patterns(net[0] if world.is_net_known else raw[0], raw[0], counts, is_low)
        if not world.is_net_known:
            net = [np.full_like(part, np.nan) for part in net]
        at_risk = _at_risk(watched, member, members)
        for d, day in enumerate(DAYS):
            blocks.append(pd.DataFrame({
                "run_id": run.run_id, "topic_id": ids, "day": day, "topic": [names[t] for t in ids],
                "came_back_share": raw[0][d], "came_back_share_low": raw[1][d], "came_back_share_high": raw[2][d],
                "net_share": net[0][d], "net_share_low": net[1][d], "net_share_high": net[2][d],
                "at_risk": at_risk[d], "contacts": counts, "is_low_volume": is_low, "pattern": patterns,
            }))  # fmt: skip
    found = pd.concat(blocks, ignore_index=True) if blocks else None
    return TABLE.empty() if found is None else TABLE.check(found[found["contacts"] > 0])


def _curves(world, watched, member, members: int, run: RunContext) -> tuple[list, list]:
    """Raw and net shares as [value, low, high], each (days, members)."""
    import numpy as np

    from voc.reports import _survival as survival

    plain = watched._replace(before=np.zeros(len(watched.gap)))  # whether it opens an episode does not matter here
    given = {"world": world, "windows": DAYS, "members": members, "run": run}
    counts = survival.cells(plain, member, **given)
    true = survival.cells(plain, member, values=watched.probability, **given)
    n, found = np.bincount(member, minlength=members), []
    for weights, is_net in ((None, False), (true, True)):
        exact = survival.by_member(watched, member, np.array(DAYS), members=members, is_net=is_net)
        steps = survival.product_limit(counts, len(DAYS), true=weights)
        drawn = [survival.around(exact[:, d], steps[d]) for d in range(len(DAYS))]
        ends = [survival.spread(values, n, is_share=True) for values in drawn]
        found.append([exact.T, np.array([low for low, _ in ends]), np.array([high for _, high in ends])])
    return found[0], found[1]


def _at_risk(watched, member, members: int) -> list["np.ndarray"]:
    import numpy as np

    time = np.minimum(watched.gap, watched.seen)
    return [np.bincount(member, weights=time >= day, minlength=members).astype(int) for day in DAYS]


def _patterns(net, raw, counts, is_low) -> list[str | None]:
    """Whether returns come early or late, by member."""
    early, late = DAYS.index(EARLY), DAYS.index(LATE)
    found = []
    for a, b, returns, low in zip(net[early], net[late], raw[late] * counts, is_low, strict=True):
        if low or not returns >= FEW_RETURNS or not a + b > 0:
            found.append(None)
        else:
            found.append("slow" if b >= SLOW * a else "immediate" if b <= IMMEDIATE * a else "mixed")
    return found


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """Curves of all contacts and of the topics with most returns, and what their shape says."""
    wide = frame.pivot(index="topic_id", columns="day", values="came_back_share")
    if wide.empty or ALL_TOPICS not in wide.index or wide.loc[ALL_TOPICS].isna().all():
        return None
    shown = [day for day in DAYS if wide.loc[ALL_TOPICS, day] == wide.loc[ALL_TOPICS, day]]
    facts = frame[frame["day"] == shown[-1]].set_index("topic_id")
    facts = facts.assign(returns=facts["came_back_share"] * facts["contacts"])
    usable = facts[(facts["returns"] > 0) & ~facts["is_low_volume"] & (facts.index != ALL_TOPICS)]
    order = usable.reset_index().sort_values(["returns", "topic_id"], ascending=[False, True])["topic_id"].head(CHARTED)
    topics = [ALL_TOPICS, *(t for t in order if wide.loc[t, shown].notna().all())]
    days = [day for day in (1.0, EARLY, LATE) if day in shown]
    rows = []
    for topic in topics:
        mine = frame[frame["topic_id"] == topic].set_index("day")
        said = PATTERNS.get(facts.loc[topic, "pattern"], "too few returns to tell")
        net = [_net(mine.loc[day]) for day in days if day in (EARLY, LATE)]
        rows.append((w.line(facts.loc[topic, "topic"]), *(_share(mine.loc[day]) for day in days), *net, said))
    return Section(
        title="How soon customers come back about the same topic",
        paragraphs=(
            "Share of contacts after which the same customer came back about the same topic, by the time since the end "
            "of the contact; net, those whose return is no coincidence. A share that doubles between 7 and 30 days "
            "points to a slow failure (what was promised did not come); a flat one to an immediate failure (the answer "
            "was no help).",
        ),
        headers=(
            "Topic",
            *(f"Within {w.days_text(day)}" for day in days),
            *(f"Net, {w.days_text(day)}" for day in days if day in (EARLY, LATE)),
            "What the net curve says",
        ),
        rows=tuple(rows),
        cautions=(LATER, ESTIMATE),
        chart=Chart(
            "lines",
            "Share that came back about the same topic",
            "% of contacts",
            tuple(w.line(facts.loc[t, "topic"]) for t in topics),
            tuple(tuple(100 * float(wide.loc[t, day]) for day in shown) for t in topics),
            ticks=tuple(w.days_text(day) for day in shown),
        ),
    )


def _net(row: "pd.Series") -> str:
    return "unknown" if w.is_missing(row["net_share"]) else w.percent(row["net_share"])


def _share(row: "pd.Series") -> str:
    low, high = row["came_back_share_low"], row["came_back_share_high"]
    return f"{w.percent(row['came_back_share'])} ({w.between(low, high, w.percent)})"
