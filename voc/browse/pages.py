"""What our parts of the pages show: the run, its priorities, and what belongs to a topic, a customer or a contact."""

import json
from datetime import date, timedelta

from markupsafe import Markup

from voc import tables
from voc.views import LATEST, VIEWS

SHOWN_PRIORITIES = 12
SHOWN_ON_DATABASE_PAGE = 3
SHOWN_QUOTES = 6
SHOWN_CONTACTS = 50
QUOTE_CHARACTERS = 400

# leading measure -> (heading, the words for its unit, middle, low, high column)
_LEADS = {
    "avoidable_cost": ("Avoidable cost a month", "currency", "avoidable_cost_month_mid", "avoidable_cost_month_low",
                       "avoidable_cost_month_high"),
    "repeat_hours": ("Agent hours on repeats a month", "hours", "repeat_hours_month_mid", None, None),
    "repeat_contacts": ("Repeat contacts a month", "", "repeats_month_mid", "repeats_month_low", "repeats_month_high"),
    "composite_score": ("Score of 100", "", "score", None, None),
}  # fmt: skip


NEEDED = {"runs", "topics", "priorities"} | {view.name for view in VIEWS}


async def rows(db, sql: str, values: dict | None = None) -> list[dict]:
    """Rows of a query as dicts."""
    return [dict(zip(row.keys(), tuple(row), strict=True)) for row in await db.execute(sql, values or {})]


async def is_current(db) -> bool:
    """Whether the views of this release are there; a database of another release gets them with its next run."""
    return NEEDED <= {*await db.table_names(), *await db.view_names()}


async def counts(db, names: list[str]) -> dict[str, int]:
    """Rows of each table; Datasette's own count gives up after 5 milliseconds."""
    there = set(await db.table_names())
    counted = [f"SELECT '{name}' AS name, count(*) AS n FROM \"{name}\"" for name in names if name in there]
    return {row["name"]: row["n"] for row in await rows(db, " UNION ALL ".join(counted))}


async def run_facts(db) -> dict:
    """The latest complete run, whether a later one ended otherwise, and how much it rests on."""
    complete = await rows(db, f"SELECT * FROM runs WHERE run_id = {LATEST}")
    last = await rows(db, "SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT 1")
    counted = await rows(
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


async def priorities(db, limit: int = SHOWN_PRIORITIES) -> dict | None:
    """The first priorities of the latest complete run: text of the leading measure and widths of its bar."""
    found = await rows(db, f"SELECT * FROM priorities WHERE run_id = {LATEST} ORDER BY rank")
    if not found:
        return None
    heading, unit, middle, low, high = _LEADS[found[0]["leads_by"]]
    unit = found[0]["currency"] or "" if unit == "currency" else unit
    first = found[:limit]
    most = max([row[high or middle] or 0 for row in first] + [row[middle] or 0 for row in first]) or 1
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
        "range": f"{_figure(row[low])} to {_figure(row[high])}" if has_range else "",
        "bar": _percent(row[middle] or 0, most),
        "bar_low": _percent(row[low], most) if has_range else None,
        "bar_range": _percent(row[high] - row[low], most) if has_range else None,
        "repeats": _figure(row["repeats_month_mid"]),
        "trend": _change(row["trend_ratio"]),
        "sure": f"{100 * row['p_top_3']:.0f}%" if row["p_top_3"] is not None else "",
    }


def _figure(value: float) -> str:
    """Whole from 10 on: the range is wider than any digit behind the point."""
    return f"{value:,.0f}" if abs(value) >= 10 or not value else f"{value:.1f}"


def _percent(value: float, most: float) -> str:
    return f"{max(0.0, min(100.0, 100 * value / most)):.1f}"


def _change(ratio: float | None) -> str:
    if ratio is None:
        return ""
    if ratio >= 2:
        return f"{ratio:.1f} times"
    return f"{100 * (ratio - 1):+.0f}%"


async def topic(db, topic_id: str) -> dict:
    """A topic's place, weeks, quotes from different customers, and where its contacts come in."""
    ranked = await priorities(db, limit=10_000)
    place = [row for row in ranked["rows"] if row["topic_id"] == topic_id] if ranked else []
    weeks = await rows(
        db,
        "SELECT week_starts_on, contacts, repeats FROM weeks_by_topic WHERE topic_id = :id ORDER BY 1",
        {"id": topic_id},
    )
    split = await rows(
        db,
        "SELECT dimension, value, contacts, repeats, repeat_percent FROM topic_breakdown"
        " WHERE topic_id = :id AND value <> 'not stated' ORDER BY dimension, contacts DESC",
        {"id": topic_id},
    )
    return {
        "place": place[0] if place else None, "ranked": ranked, "quotes": await _quotes(db, topic_id),
        "weeks": weeks_chart(weeks), "split": split,
    }  # fmt: skip


async def _quotes(db, topic_id: str) -> list[dict]:
    """Passages nearest to the topic's centre, at most one a customer."""
    near = await rows(
        db,
        "SELECT p.text, v.verbatim_id, v.kind, v.said_at, coalesce(c.customer_id, s.customer_id, v.verbatim_id) AS who"
        " FROM passage_topics x JOIN passages p ON p.passage_id = x.passage_id"
        " JOIN verbatims v ON v.verbatim_id = p.verbatim_id LEFT JOIN contacts c ON c.contact_id = v.contact_id"
        " LEFT JOIN responses s ON s.response_id = v.response_id WHERE x.topic_id = :id"
        " ORDER BY x.centrality DESC, p.passage_id LIMIT 60",
        {"id": topic_id},
    )
    first = {quote["who"]: quote for quote in reversed(near)}
    chosen = [quote for quote in near if first[quote["who"]] is quote][:SHOWN_QUOTES]
    return [quote | {"text": shorten(quote["text"])} for quote in chosen]


def shorten(text: str) -> str:
    """A text on one line, and of a long one the beginning."""
    text = " ".join(text.split())
    return text if len(text) <= QUOTE_CHARACTERS else text[:QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " ..."


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
    about = await rows(
        db,
        "SELECT t.topic_id, t.name AS topic, e.is_repeat, e.is_duplicate FROM episode_contacts e"
        " JOIN topics t ON t.topic_id = e.topic_id WHERE e.contact_id = :id ORDER BY e.share DESC, t.topic_id",
        {"id": contact_id},
    )
    owner = await rows(db, "SELECT customer_id FROM contacts WHERE contact_id = :id", {"id": contact_id})
    customer_id = owner[0]["customer_id"] if owner else None
    return {"words": words, "about": about, "others": await contacts_of(db, customer_id, contact_id)}


def weeks_chart(weeks: list[dict]) -> Markup | None:
    """Contacts a week as bars with their repeats in a darker colour: an SVG without any outside part."""
    if len(weeks) < 2:
        return None
    starts = _all_weeks(weeks)
    by_week = {week["week_starts_on"]: week for week in weeks}
    most = max(week["contacts"] for week in weeks)
    step, height = 720 / len(starts), 110
    bars = []
    for position, start in enumerate(starts):
        week = by_week.get(start, {"contacts": 0, "repeats": 0})
        said = f"Week of {start}: {week['contacts']} contacts, {week['repeats']} repeats"
        bars.append(Markup("<g><title>{}</title>").format(said))
        for kind in ("contacts", "repeats"):
            tall = height * week[kind] / most
            bars.append(
                Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    kind, position * step, height - tall + 4, step * 0.8, tall
                )
            )
        bars.append(Markup("</g>"))
    return Markup(
        '<svg class="weeks" viewBox="0 0 780 140" role="img" aria-label="Contacts and repeats by week">{}'
        '<text x="0" y="132">{}</text><text x="720" y="132" text-anchor="end">{}</text>'
        '<text x="726" y="12">{}</text></svg>'
    ).format(Markup("").join(bars), starts[0], starts[-1], most)


def _all_weeks(weeks: list[dict]) -> list[str]:
    """Every Monday from the first to the last, also those without a contact."""
    first, last = (date.fromisoformat(weeks[end]["week_starts_on"]) for end in (0, -1))
    return [(first + timedelta(days=7 * n)).isoformat() for n in range((last - first).days // 7 + 1)]


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
