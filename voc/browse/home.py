"""The home page is the briefing: its first page as the run stored it, with quotes and the weeks from the tables."""

import json

from voc.browse import pages
from voc.browse.topic import weeks_chart
from voc.views import LATEST


async def home(db) -> dict:
    """What the first page shows beside the priorities; parts the database does not hold are empty."""
    there = set(await db.table_names())
    return {
        "first_page": await _first_page(db) if "briefings" in there else None,
        "all_weeks": await _weeks(db) if "topic_weeks" in there else None,
        "first_quotes": await _quotes(db) if "evidence" in there else {},
    }  # fmt: skip


async def _first_page(db) -> dict | None:
    """The first page of the latest complete run's briefing, as `briefing.render.to_json` wrote it."""
    found = await pages.rows(db, f"SELECT content FROM briefings WHERE format = 'json' AND run_id = {LATEST}")
    return json.loads(found[0]["content"]) if found else None


async def _weeks(db) -> dict | None:
    """All contacts and repeats by whole week; shares of a contact add up to one, so contacts are not counted twice."""
    weeks = await pages.rows(
        db,
        "SELECT week_on, round(sum(contact_equivalents)) AS contacts, sum(repeats_raw) AS repeats FROM topic_weeks"
        f" WHERE run_id = {LATEST} AND is_complete GROUP BY week_on ORDER BY week_on",
    )
    return {"rows": weeks, "svg": weeks_chart(weeks, "anything")} if len(weeks) > 1 else None


async def _quotes(db) -> dict[str, dict]:
    """The first quote of each topic of the list."""
    found = await pages.rows(
        db,
        "SELECT topic_id, text, said_at, verbatim_id FROM evidence"
        f" WHERE run_id = {LATEST} AND position = 1 AND rank <= {pages.SHOWN_PRIORITIES}",
    )
    return {row["topic_id"]: row | {"text": pages.shorten(row["text"], 180)} for row in found}
