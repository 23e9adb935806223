"""What our parts of the pages show: the run, its priorities, and what belongs to a topic, a customer or a contact."""

import json

from voc import tables
from voc.browse.cutouts import with_cutouts
from voc.reports import _words as w
from voc.views import LATEST, VIEWS

SHOWN_PRIORITIES = 12
SHOWN_ON_DATABASE_PAGE = 3
SHOWN_CONTACTS = 50
QUOTE_CHARACTERS = 400
MANY_ROWS = 10_000  # a table of more is not counted again before the next run

# leading measure -> (heading, the words for its unit, middle, low, high column)
_LEADS = {
    "avoidable_cost": ("Avoidable cost a month", "currency", "avoidable_cost_month_mid", "avoidable_cost_month_low",
                       "avoidable_cost_month_high"),
    "repeat_hours": ("Agent hours on repeats a month", "hours", "repeat_hours_month_mid", None, None),
    "repeat_contacts": ("Repeat contacts a month", "", "repeats_month_mid", "repeats_month_low", "repeats_month_high"),
    "composite_score": ("Score of 100", "", "score", None, None),
}  # fmt: skip


NEEDED = {"runs", "topics", "priorities", "topic_places"} | {view.name for view in VIEWS}


async def rows(db, sql: str, values: dict | None = None) -> list[dict]:
    """Rows of a query as dicts."""
    return [dict(zip(row.keys(), tuple(row), strict=True)) for row in await db.execute(sql, values or {})]


async def is_current(db) -> bool:
    """Whether the views of this release are there; a database of another release gets them with its next run."""
    return NEEDED <= {*await db.table_names(), *await db.view_names()}


_COUNTED: dict[tuple, dict[str, int]] = {}  # of large databases, until a run changes them


async def counts(db, names: list[str]) -> dict[str, int]:
    """Rows of each table; Datasette's own count gives up after 5 milliseconds.

    Counting a million rows takes a while, so it is done once for each state of the runs.
    """
    there = set(await db.table_names())
    state = await rows(db, "SELECT run_id, status, finished_at FROM runs ORDER BY started_at DESC, rowid DESC LIMIT 1")
    key = (db.path, *(state[0].values() if state and state[0]["status"] != "running" else ()), len(there))
    kept = {k: v for k, v in _COUNTED.get(key, {}).items() if v >= MANY_ROWS} if len(key) > 2 else {}
    counted = [
        f"SELECT '{name}' AS name, count(*) AS n FROM \"{name}\"" for name in names if name in there - kept.keys()
    ]
    found = kept | {row["name"]: row["n"] for row in await rows(db, " UNION ALL ".join(counted))}
    _COUNTED[key] = found
    return found


async def run_facts(db) -> dict:
    """The latest complete run, whether a later one ended otherwise, and how much it rests on."""
    complete = await rows(db, f"SELECT * FROM runs WHERE run_id = {LATEST}")
    last = await rows(db, "SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT 1")
    counted = await _reported(db) or await rows(
        db,
        "SELECT (SELECT count(*) FROM contacts WHERE why_excluded IS NULL) AS contacts,"
        " (SELECT count(*) FROM contacts WHERE why_excluded IS NOT NULL) AS left_out,"
        " (SELECT count(*) FROM responses) AS responses,"
        " (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM topics) AS topics,"
        " (SELECT min(opened_at) FROM contacts) AS first_at",
    )
    briefing = await rows(db, f"SELECT title FROM briefings WHERE format = 'html' AND run_id = {LATEST}")
    return {
        "run": complete[0] if complete else None,
        "pipeline": (complete or last or [{"pipeline": ""}])[0]["pipeline"],
        "unfinished": last[0] if last and last[0]["status"] != "complete" else None,
        "counted": counted[0] if counted else None,
        "briefing": briefing[0]["title"] if briefing else None,
    }


async def _reported(db) -> list[dict]:
    """The counts of the coverage report, which spares counting a million rows; empty where there is none."""
    if "coverage" not in await db.table_names():
        return []
    return await rows(
        db,
        "SELECT max(CASE WHEN measure = 'contacts_taking_part' THEN row_count END) AS contacts,"
        " sum(CASE WHEN measure LIKE 'contacts_excluded_%' OR measure = 'contacts_outside_period' THEN row_count ELSE 0 END)"
        " AS left_out, sum(CASE measure WHEN 'responses' THEN row_count WHEN 'responses_outside_period' THEN -row_count END)"
        " AS responses, coalesce(max(CASE WHEN measure = 'customers' THEN row_count END),"
        " (SELECT count(*) FROM customers)) AS customers, (SELECT count(*) FROM topics) AS topics,"
        " max(CASE WHEN measure = 'period_from' THEN happened_on END) AS first_at"
        f" FROM coverage WHERE run_id = {LATEST} HAVING contacts IS NOT NULL AND responses IS NOT NULL",
    )


async def priorities(db, limit: int = SHOWN_PRIORITIES, *, topic_id: str | None = None) -> dict | None:
    """The first priorities of the latest complete run, or one topic's: the leading measure and its bar's widths."""
    found = await rows(db, f"SELECT * FROM priorities WHERE run_id = {LATEST} ORDER BY rank")
    if not found:
        return None
    heading, unit, middle, low, high = _LEADS[found[0]["leads_by"]]
    unit = found[0]["currency"] or "" if unit == "currency" else unit
    first = [row for row in found if row["topic_id"] == topic_id] if topic_id else found[:limit]
    most = max([0, *(row[column] or 0 for row in first for column in (middle, high or middle))]) or 1
    shown = [_priority(row, middle, low, high, most) for row in first]
    cautions = [tables.NET, tables.ESTIMATE, *([tables.ASSUMPTIONS] if found[0]["is_illustrative"] else [])]
    return {
        "heading": heading, "unit": unit, "leads_by": found[0]["leads_by"], "rows": shown,
        "total": len(found), "cautions": cautions,
        "has_low_volume": any(row["is_low_volume"] for row in first),
    }  # fmt: skip


def _priority(row: dict, middle: str, low: str | None, high: str | None, most: float) -> dict:
    has_range = bool(low and high and row[low] is not None and row[high] is not None)
    return row | {
        "lead": _figure(row[middle]) if row[middle] is not None else "not known",
        "range": between(row[low], row[high]) if has_range else "",
        "bar": _percent(row[middle] or 0, most),
        "bar_low": _percent(row[low], most) if has_range else None,
        "bar_range": _percent(row[high] - row[low], most) if has_range else None,
        "repeats": _figure(row["repeats_month_mid"]),
        "trend": _trend(row),
        "sure": w.chance(row["p_top_3"]) if row["p_top_3"] is not None else "",
    }


def _figure(value: float) -> str:
    """Whole from 10 on: the range is wider than any digit behind the point."""
    return f"{value:,.0f}" if abs(value) >= 10 or not value else f"{value:.1f}"


def _percent(value: float, most: float) -> str:
    return f"{max(0.0, min(100.0, 100 * value / most)):.1f}"


def between(low: float | None, high: float | None) -> str:
    """A range in words; empty where one end is not known."""
    return "" if low is None or high is None else f"{_figure(low)} to {_figure(high)}"


def _trend(row: dict) -> str:
    """Rising or falling with the ratio, as a person says it: +30%, or 2.5 times."""
    word, ratio = w.trend_words(row), row["trend_ratio"]
    if word not in ("rising", "falling"):
        return word
    return f"{word} {f'{ratio:.1f} times' if ratio >= 2 else f'{100 * (ratio - 1):+.0f}%'}"


async def removals(db, verbatim_id: str) -> list[dict]:
    """What cleaning cut from a text, in order."""
    return await rows(
        db, "SELECT kind, text FROM removals WHERE verbatim_id = :id ORDER BY position", {"id": verbatim_id}
    )


def shorten(text: str, most: int = QUOTE_CHARACTERS) -> str:
    """A text on one line, and of a long one the beginning."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " ..."


async def contacts_of(db, customer_id: str | None, but: str = "") -> list[dict]:
    """The latest contacts of a customer, with their topics."""
    return await rows(
        db,
        "SELECT contact_id, opened_at, channel, subject, group_concat(topic, ' | ') AS topics,"
        " max(is_repeat) AS is_repeat FROM topic_contacts"
        " WHERE customer_id = :id AND contact_id <> :but GROUP BY contact_id ORDER BY opened_at DESC LIMIT :limit",
        {"id": customer_id, "but": but, "limit": SHOWN_CONTACTS},
    )


async def contact(db, contact_id: str) -> dict:
    """A contact's own words, its topics, and the other contacts of its customer."""
    words = await rows(
        db, "SELECT verbatim_id, text FROM verbatims WHERE contact_id = :id ORDER BY verbatim_id", {"id": contact_id}
    )
    for said in words:
        said["whole"] = with_cutouts(said["text"], await removals(db, said["verbatim_id"]))
    about = await rows(
        db,
        "SELECT t.topic_id, t.name AS topic, e.is_repeat, e.is_duplicate FROM episode_contacts e"
        " JOIN topics t ON t.topic_id = e.topic_id WHERE e.contact_id = :id ORDER BY e.share DESC, t.topic_id",
        {"id": contact_id},
    )
    owner = await rows(db, "SELECT customer_id FROM contacts WHERE contact_id = :id", {"id": contact_id})
    customer_id = owner[0]["customer_id"] if owner else None
    return {"words": words, "about": about, "others": await contacts_of(db, customer_id, contact_id)}


async def topic_names(db) -> list[str]:
    """Names of the topics, to choose from."""
    return [row["name"] for row in await rows(db, "SELECT name FROM topics ORDER BY passage_count DESC LIMIT 300")]


def pretty(value) -> str | None:
    """Text that is a JSON object or list, laid out over lines; None for any other value."""
    if not isinstance(value, str) or value[:1] not in "{[" or len(value) > 200_000:
        return None
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except ValueError:  # text that only looks like JSON is shown as it is
        return None
