"""The home page is the briefing: figures with their ranges, quotes, what is new or rising, what changed, caveats."""

from voc.browse import charts, pages
from voc.browse.topic import weeks_chart
from voc.views import LATEST

RISING, SHOWN_RISING, FIRST_TEN = 1.25, 5, 10
# measures of the scorecard shown as tiles, with their words
_TILES = {
    "contacts": "Contacts", "same_topic_repeat_share": "Came back within the window about the same",
    "repeats_month": "Net repeat contacts a month", "repeat_hours_month": "Agent hours on repeats a month",
    "repeat_cost_avoidable_month": "Avoidable cost of repeats a month", "satisfaction_mean": "Mean satisfaction",
}  # fmt: skip
_CAVEATS = (
    "period_from", "period_to", "contacts_without_customer", "contacts_without_topic", "passages_without_topic",
    "contacts_provisional", "handle_time_measured", "handle_time_unknown", "rejects_faulty",
)  # fmt: skip
_PREVIOUS = (
    """(SELECT run_id FROM runs WHERE status = 'complete' ORDER BY started_at DESC, rowid DESC LIMIT 1 OFFSET 1)"""
)


async def home(db) -> dict:
    """What the first page shows beside the priorities; parts the database does not hold are empty."""
    there = set(await db.table_names())
    return {
        "tiles": await _tiles(db) if "scorecard" in there else [],
        "all_weeks": await _weeks(db) if "topic_weeks" in there else None,
        "rising": await _rising(db), "changes": await _changes(db),
        "first_quotes": await _quotes(db) if "evidence" in there else {},
        "caveats": await _caveats(db) if "coverage" in there else [],
    }  # fmt: skip


async def _tiles(db) -> list[dict]:
    found = {r["measure"]: r for r in await pages.rows(db, f"SELECT * FROM scorecard WHERE run_id = {LATEST}")}
    return [_tile(words, found[name]) for name, words in _TILES.items() if name in found]


def _tile(words: str, row: dict) -> dict:
    """A figure with its range; a share in percent."""
    factor, unit = (100, "%") if row["unit"] == "share" else (1, "")
    value, low, high = (v if v is None else factor * v for v in (row["value"], row["low"], row["high"]))
    shown = charts.figure(value) + unit
    if row["unit"].endswith(" a month") and row["unit"] not in ("contacts a month", "hours a month"):
        shown += " " + row["unit"].removesuffix(" a month")
    return {"words": words, "figure": shown, "range": pages.between(low, high), "definition": row["definition"]}


async def _weeks(db) -> dict | None:
    """All contacts and repeats by whole week; shares of a contact add up to one, so contacts are not counted twice."""
    weeks = await pages.rows(
        db,
        "SELECT week_on, round(sum(contact_equivalents)) AS contacts, sum(repeats_raw) AS repeats FROM topic_weeks"
        f" WHERE run_id = {LATEST} AND is_complete GROUP BY week_on ORDER BY week_on",
    )
    return {"rows": weeks, "svg": weeks_chart(weeks, "anything")} if len(weeks) > 1 else None


async def _rising(db) -> list[dict]:
    """Topics that grow and are large enough to say so."""
    found = await pages.rows(
        db,
        f"SELECT topic_id, topic, trend_ratio, contacts, owner FROM priorities WHERE run_id = {LATEST}"
        " AND trend_ratio >= :rising AND NOT is_low_volume ORDER BY trend_ratio DESC LIMIT :shown",
        {"rising": RISING, "shown": SHOWN_RISING},
    )
    return [row | {"trend": pages.change(row["trend_ratio"])} for row in found]


async def _changes(db) -> dict | None:
    """What entered and left the first ten since the complete run before, and what became of topics; None at first."""
    before = await pages.rows(db, f"SELECT run_id, started_at FROM runs WHERE run_id = {_PREVIOUS}")
    if not before:
        return None
    sides = f"""SELECT a.topic_id, a.topic, a.rank FROM priorities a WHERE a.run_id = {{here}} AND a.rank <= {FIRST_TEN}
AND a.topic_id NOT IN (SELECT topic_id FROM priorities WHERE run_id = {{there}} AND rank <= {FIRST_TEN})
ORDER BY a.rank"""
    events = []
    if "topic_lineage" in await db.table_names():
        events = await pages.rows(
            db,
            f"SELECT event, count(*) AS n FROM topic_lineage WHERE run_id = {LATEST} AND event <> 'continued'"
            " GROUP BY event",
        )
    return {
        "since": before[0]["started_at"][:10],
        "entered": await pages.rows(db, sides.format(here=LATEST, there=_PREVIOUS)),
        "left": await pages.rows(db, sides.format(here=_PREVIOUS, there=LATEST)),
        "events": events,
    }


async def _quotes(db) -> dict[str, dict]:
    """The first quote of each topic of the list."""
    found = await pages.rows(
        db,
        "SELECT topic_id, text, said_at, verbatim_id FROM evidence"
        f" WHERE run_id = {LATEST} AND position = 1 AND rank <= {pages.SHOWN_PRIORITIES}",
    )
    return {row["topic_id"]: row | {"text": pages.shorten(row["text"], 180)} for row in found}


async def _caveats(db) -> list[str]:
    """What the figures rest on, from the coverage report: counts with their share."""
    found = {r["measure"]: r for r in await pages.rows(db, f"SELECT * FROM coverage WHERE run_id = {LATEST}")}
    return [_caveat(found[name]) for name in _CAVEATS if name in found]


def _caveat(row: dict) -> str:
    if row["happened_on"]:
        return f"{row['label']}: {row['happened_on']}"
    share = f" ({100 * row['share']:.1f}% of {row['share_of']})" if row["share"] is not None else ""
    return f"{row['label']}: {row['row_count'] or 0:,}{share}"
