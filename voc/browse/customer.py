"""A customer's page: contacts by channel, open and long episodes, topics, scores, cost to serve, signs of risk."""

from datetime import datetime, timedelta

from voc.browse import charts, pages
from voc.views import LATEST

LONG_EPISODE = 3  # contacts
RECENT_DAYS, CHASER_DAYS, RATE_DAYS, RATE_BEFORE_DAYS = 90, 14, 28, 91
LOW_SCORE, SCORE_DROP = 0.5, 0.25  # of satisfaction_share, 0 worst to 1 best
SHOWN_SCORES = 20


async def customer(db, customer_id: str) -> dict:
    """All that the page of a customer shows, counted back from the date the figures speak of."""
    there = set(await db.table_names())
    as_of = await _as_of(db)
    values = {"id": customer_id} | {f"since_{n}": _back(as_of, n) for n in (14, 28, 90, 119, 365)}
    episodes = await _episodes(db, values | {"as_of": as_of})
    topics = await _topics(db, values, there)
    scores = await _scores(db, values)
    return {
        "as_of": as_of[:10], "who": await _who(db, values), "channels": await _channels(db, values),
        "episodes": episodes, "topics": topics, "scores": scores, "money": await _money(db, values, there),
        "signs": await _signs(db, values, episodes, topics, scores), "others": await pages.contacts_of(db, customer_id),
    }  # fmt: skip


async def _as_of(db) -> str:
    """The date of the figures: that of the latest complete run, else of the last contact."""
    found = await pages.rows(
        db,
        f"SELECT coalesce((SELECT as_of FROM runs WHERE run_id = {LATEST}),"
        " (SELECT max(opened_at) FROM contacts)) AS at",
    )
    return found[0]["at"] or "1970-01-01T00:00:00Z"


def _back(as_of: str, days: int) -> str:
    at = datetime.fromisoformat(as_of[:19]) - timedelta(days=days)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


async def _who(db, values: dict) -> dict | None:
    found = await pages.rows(db, "SELECT * FROM customers WHERE customer_id = :id", values)
    return found[0] if found else None


async def _channels(db, values: dict) -> list[dict]:
    """Contacts by channel in the last 90 and 365 days and ever, most of all first, and all together at the end."""
    found = await pages.rows(
        db,
        "SELECT channel, sum(opened_at > :since_90) AS days_90, sum(opened_at > :since_365) AS days_365,"
        " count(*) AS ever FROM contacts WHERE customer_id = :id AND why_excluded IS NULL"
        " GROUP BY channel ORDER BY ever DESC, channel",
        values,
    )
    if len(found) > 1:
        found.append({"channel": "all"} | {n: sum(r[n] for r in found) for n in ("days_90", "days_365", "ever")})
    return found


_EPISODES = """SELECT e.episode_id, e.topic_id, t.name AS topic, e.contact_count, e.started_at, e.ended_at,
  e.window_days,
  last.closed_at, last.status, last.contact_id, last.subject
FROM episodes e LEFT JOIN topics t ON t.topic_id = e.topic_id
JOIN contacts last ON last.contact_id = (SELECT x.contact_id FROM episode_contacts x WHERE x.episode_id = e.episode_id
  ORDER BY x.position DESC, x.contact_id DESC LIMIT 1)
WHERE e.customer_id = :id ORDER BY e.ended_at DESC LIMIT 500"""


async def _episodes(db, values: dict) -> dict[str, list[dict]]:
    """Open ones (still within the window, or not closed by the source) and long ones."""
    found = await pages.rows(db, _EPISODES, values)
    closes = any(row["closed_at"] for row in found)  # a source that never says when it closed says nothing of open ones
    for row in found:
        end = row["closed_at"] or row["ended_at"]
        is_recent = end > _back(values["as_of"], row["window_days"])
        row["why_open"] = (
            "the last contact is not closed" if closes and not row["closed_at"]
            else f"within {row['window_days']:.0f} days of its last contact" if is_recent else ""
        )  # fmt: skip
    return {
        "open": [row for row in found if row["why_open"]],
        "long": sorted(
            (row for row in found if row["contact_count"] >= LONG_EPISODE), key=lambda r: -r["contact_count"]
        ),
    }


async def _topics(db, values: dict, there: set[str]) -> list[dict]:
    """Topics with contacts, repeats as counted and net, how severe they are, and what was decided."""
    decided = "priority_decisions" in there
    return await pages.rows(
        db,
        "SELECT e.topic_id, t.name AS topic, count(*) AS contacts, sum(e.is_repeat) AS repeats,"
        " round(sum(e.share * e.repeat_probability), 2) AS net_repeats, max(c.opened_at) AS last_at,"
        " max(CASE WHEN e.is_repeat THEN c.opened_at END) AS last_repeat_at, p.severity_share, p.rank,"
        f" {'d.status' if decided else 'NULL'} AS decision FROM contacts c JOIN episode_contacts e USING (contact_id)"
        " JOIN topics t ON t.topic_id = e.topic_id"
        f" LEFT JOIN priorities p ON p.topic_id = e.topic_id AND p.run_id = {LATEST}"
        + (" LEFT JOIN priority_decisions d ON d.topic_id = e.topic_id" if decided else "")
        + " WHERE c.customer_id = :id GROUP BY e.topic_id ORDER BY net_repeats DESC, contacts DESC, t.name",
        values,
    )


async def _scores(db, values: dict) -> list[dict]:
    """Scores with what was said beside them, latest first."""
    return await pages.rows(
        db,
        "SELECT s.response_id, s.responded_at, s.score, s.score_kind, s.score_best, s.satisfaction_share,"
        " (SELECT group_concat(v.text, char(10)) FROM verbatims v WHERE v.response_id = s.response_id) AS said"
        f" FROM responses s WHERE s.customer_id = :id ORDER BY s.responded_at DESC LIMIT {SHOWN_SCORES}",
        values,
    )


async def _money(db, values: dict, there: set[str]) -> dict | None:
    """Cost to serve in the last 365 days, what of it net repeats took, and its share of the yearly revenue."""
    if "ledger_lines" not in there:
        return None
    found = await pages.rows(
        db,
        "SELECT sum(l.cost_full) AS cost_full, sum(l.minutes) / 60 AS hours,"
        " sum((l.cost_avoidable_cash + l.cost_avoidable_capacity) * min(1, l.repeat_weight / nullif(l.share, 0)))"
        " AS cost_repeats, sum(l.repeat_weight) AS net_repeats FROM contacts c JOIN ledger_lines l USING (contact_id)"
        " WHERE c.customer_id = :id AND c.opened_at > :since_365",
        values,
    )
    runs = await pages.rows(db, f"SELECT currency FROM runs WHERE run_id = {LATEST}")
    row = found[0]
    if row["cost_full"] is None and row["hours"] is None:
        return None
    return row | {"currency": (runs[0]["currency"] if runs else None) or ""}


async def _signs(db, values: dict, episodes: dict, topics: list[dict], scores: list[dict]) -> list[str]:
    """Signs of risk in words, each with what it rests on; a list and no score, so that each can be judged."""
    signs = []
    recent = [t for t in topics if (t["last_repeat_at"] or "") > values["since_14"]]
    if recent:
        signs.append(f"Came back within the last {CHASER_DAYS} days about: {_listed(recent)}.")
    severe = [t for t in topics if t["repeats"] and (t["severity_share"] or 0) >= 0.25]
    if severe:
        signs.append(f"Repeats about topics that are often urgent or severe: {_listed(severe)}.")
    stuck = [e for e in episodes["open"] if e["contact_count"] >= LONG_EPISODE]
    if stuck:
        signs.append(f"An open episode with {LONG_EPISODE} contacts or more: {_listed(stuck)}.")
    return signs + _score_signs(scores) + await _rate_signs(db, values)


def _listed(rows: list[dict]) -> str:
    names = list(dict.fromkeys(row["topic"] or "no topic" for row in rows))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _score_signs(scores: list[dict]) -> list[str]:
    """A low last score, or one far below those before it."""
    known = [s for s in scores if s["satisfaction_share"] is not None]
    if not known:
        return []
    last, before = known[0], [s["satisfaction_share"] for s in known[1:] if s["score_kind"] == known[0]["score_kind"]]
    said = f"{last['score_kind'] or 'score'} {charts.figure(last['score'])} on {last['responded_at'][:10]}"
    signs = (
        [f"The last score is in the lower half of its scale: {said}."] if last["satisfaction_share"] < LOW_SCORE else []
    )
    if len(before) >= 2 and sum(before) / len(before) - last["satisfaction_share"] >= SCORE_DROP:
        drop = 100 * (sum(before) / len(before) - last["satisfaction_share"])
        signs.append(
            f"The last score lies {drop:.0f} points of 100 below the mean of the {len(before)} before it: {said}."
        )
    return signs


async def _rate_signs(db, values: dict) -> list[str]:
    """Contacts of the last 4 weeks against the 13 before: twice the rate, and 3 contacts at least."""
    row = (await pages.rows(
        db, "SELECT sum(opened_at > :since_28) AS now, sum(opened_at <= :since_28) AS before FROM contacts"
        " WHERE customer_id = :id AND why_excluded IS NULL AND opened_at > :since_119", values))[0]  # fmt: skip
    now, before = row["now"] or 0, row["before"] or 0
    if now < 3 or now / RATE_DAYS < 2 * before / RATE_BEFORE_DAYS:
        return []
    return [f"Contacts are rising: {now} in the last 4 weeks, {before} in the 13 weeks before."]
