"""Export: contacts a week by topic and what fixes would save, for workforce planning."""

from typing import TYPE_CHECKING

from voc.schema import column, table

if TYPE_CHECKING:
    from pathlib import Path

    from voc.exports._material import Material

DESCRIPTION = "For workforce planning: contacts a week by topic, and the contacts and hours a fix would save, with ranges"
TARGET = "folder"
OPTIONS = ("owner",)
WEEKS_A_MONTH = 365.25 / 12 / 7
RECENT = 8  # complete weeks behind the present rate
Z80 = 1.2816  # the middle 80% of a normal distribution
NO_FORECAST = "No forecast: the rate is what it was, and a saving comes only if the fix is made and works."
CEILING = "nobody has said what a fix would save, so all of its net repeats: a ceiling"
SAID = "the share of its contacts a fix would save, as a person or the taxonomy says"


@table("weekly_contacts", kind="report", grain="topic and week of the period", cautions=(NO_FORECAST,))
class WeeklyContacts:
    topic_id: str = column("The topic; '-' for contacts without a topic", key=True)
    week_on: str = column("Monday of the week (UTC)", key=True)
    topic: str = column("Name of the topic")
    contacts: float = column("Contacts by their shares; topics add up to all contacts", unit="contacts", low=0)
    repeats_raw: int = column("Repeats about the same topic, as counted", unit="contacts", low=0)
    is_complete: bool = column("The data cover the week from Monday to Sunday")


@table("expected_change", kind="report", grain="topic: its present rate, and what a fix would save a week",
       cautions=(NO_FORECAST,))  # fmt: skip
class ExpectedChange:
    rank: int = column("Place among the priorities", key=True, low=1)
    topic_id: str = column("The topic")
    topic: str = column("Name of the topic")
    owner: str | None = column("Who should act")
    weeks: int = column(f"Complete weeks behind the rate, the last {RECENT} at most", unit="weeks", low=0)
    contacts_week_low: float | None = column("Contacts a week, low end of the 80% range of the mean", unit="contacts a week")
    contacts_week_mid: float | None = column("Contacts a week, mean", unit="contacts a week")
    contacts_week_high: float | None = column("Contacts a week, high end", unit="contacts a week")
    saved_contacts_week_low: float = column("Contacts a week a fix would save, low end of the 80% range", unit="contacts a week")
    saved_contacts_week_mid: float = column("Contacts a week a fix would save", unit="contacts a week")
    saved_contacts_week_high: float = column("Contacts a week a fix would save, high end", unit="contacts a week")
    saved_hours_week_low: float | None = column("Agent hours a week these take, low end", unit="hours a week")
    saved_hours_week_mid: float | None = column("Agent hours a week these take", unit="hours a week")
    saved_hours_week_high: float | None = column("Agent hours a week these take, high end", unit="hours a week")
    saving_basis: str = column("What the saving rests on")
    is_low_volume: bool = column("Fewer than 20 contacts or 10 customers: the range is wide")


def write(material: "Material", path: "Path") -> list[str]:
    """weekly_contacts.csv, expected_change.csv and the dictionary."""
    from voc.exports._package import write_tables

    priorities = material.priorities()
    wanted = {row["topic_id"] for row in priorities} if material.options.owner else None
    weeks = [row for row in material.rows("topic_weeks") if wanted is None or row["topic_id"] in wanted]
    frames = {
        "weekly_contacts": WeeklyContacts.frame(_week(row) for row in weeks),
        "expected_change": ExpectedChange.frame(expected(priorities, material.rows("topic_costs"), weeks)),
    }
    return write_tables(
        path, (WeeklyContacts, ExpectedChange), frames.__getitem__, material.basis, title="Weekly contacts by topic")  # fmt: skip


def _week(row: dict) -> dict:
    return {name: row[name] for name in ("topic_id", "week_on", "topic", "repeats_raw", "is_complete")} | {
        "contacts": row["contact_equivalents"]
    }


def expected(priorities: list[dict], costs: list[dict], weeks: list[dict]) -> list[dict]:
    """One row a topic that contacts speak of, in the order of the priorities."""
    by_topic = {row["topic_id"]: row for row in costs}
    found = []
    for row in priorities:
        if (cost := by_topic.get(row["topic_id"])) is None:  # a topic of surveys alone
            continue
        counts = [
            week["contact_equivalents"] for week in sorted(weeks, key=lambda week: week["week_on"])
            if week["topic_id"] == row["topic_id"] and week["is_complete"]
        ][-RECENT:]  # fmt: skip
        found.append(
            {name: row[name] for name in ("rank", "topic_id", "topic", "owner", "is_low_volume")}
            | {"weeks": len(counts)} | _rate(counts) | _saving(cost)
        )  # fmt: skip
    return found


def _rate(counts: list[float]) -> dict:
    """Mean of the weeks with its 80% range; weeks vary at least as much as chance makes them (Poisson)."""
    import math
    from statistics import mean, variance

    names = tuple(f"contacts_week_{end}" for end in ("low", "mid", "high"))
    if not counts:
        return dict.fromkeys(names)
    middle = mean(counts)
    spread = variance(counts) if len(counts) > 1 else 0.0
    half = Z80 * math.sqrt(max(spread, middle) / len(counts))
    return dict(zip(names, (max(middle - half, 0.0), middle, middle + half), strict=True))


def _saving(cost: dict) -> dict:
    """Contacts and hours a week a fix would save; where nobody has said how much, all net repeats and no more."""
    is_ceiling = cost["is_upper_bound"]
    of_repeats, of_others = (1.0, 0.0) if is_ceiling else (cost["fix_repeats_share"], cost["fix_first_share"])
    others = max(cost["contact_equivalents"] / cost["months"] - cost["repeats_month_mid"], 0.0) if cost["months"] else 0.0
    hours, repeats = cost["repeat_hours_month_mid"], cost["repeats_month_mid"]
    each = hours / repeats if hours is not None and repeats else None
    found: dict = {"saving_basis": CEILING if is_ceiling else SAID}
    for end in ("low", "mid", "high"):
        saved = (of_repeats * cost[f"repeats_month_{end}"] + of_others * others) / WEEKS_A_MONTH
        found |= {f"saved_contacts_week_{end}": saved, f"saved_hours_week_{end}": None if each is None else saved * each}
    return found
