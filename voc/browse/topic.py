"""A topic's page: its place, costs with ranges, weeks, how soon people return, segments, words and lineage."""

import json

from markupsafe import Markup

from voc.browse import charts, decisions, pages
from voc.browse.cutouts import with_cutouts
from voc.views import LATEST, inside

SHOWN_QUOTES = 6
# heading -> (stem of the low, mid and high columns of topic_costs, unit)
_COSTS = {
    "Net repeat contacts": ("repeats_month", ""),
    "Agent hours on them": ("repeat_hours_month", "hours"),
    "Avoidable cost of them": ("repeat_cost_avoidable_month", "currency"),
    "Full cost of them": ("repeat_cost_full_month", "currency"),
    "What a fix would save": ("addressable_month", "currency"),
}


async def topic(db, topic_id: str) -> dict:
    """All that the page of a topic shows; parts the database does not hold are empty."""
    there = set(await db.table_names())
    ranked = await pages.priorities(db, topic_id=topic_id)
    return {
        "place": ranked["rows"][0] if ranked and ranked["rows"] else None, "ranked": ranked,
        "decision": await decisions.of_topic(db, topic_id),
        "costs": await _costs(db, topic_id, there), "weeks": await _weeks(db, topic_id, there),
        "curve": await _curve(db, topic_id, there), "split": await _split(db, topic_id),
        "quotes": await quotes(db, topic_id, there), "history": await _history(db, topic_id),
        "lineage": await _lineage(db, topic_id, there), "parts": await _parts(db, topic_id),
        "trust": await _trust(db, topic_id, there),
    }  # fmt: skip


async def _latest(db, table: str, topic_id: str, there: set[str]) -> dict | None:
    """The topic's row of a report table in the latest complete run."""
    if table not in there:
        return None
    found = await pages.rows(
        db, f'SELECT * FROM "{table}" WHERE run_id = {LATEST} AND topic_id = :id LIMIT 1', {"id": topic_id}
    )
    return found[0] if found else None


async def _costs(db, topic_id: str, there: set[str]) -> dict | None:
    """Rows of (heading, figure, range, unit), the yearly figure and what to know of them."""
    row = await _latest(db, "topic_costs", topic_id, there)
    if row is None:
        return None
    runs = await pages.rows(db, f"SELECT currency FROM runs WHERE run_id = {LATEST}")
    currency = (runs[0]["currency"] if runs else None) or "currency of the run"
    lines = []
    for heading, (stem, unit) in _COSTS.items():
        low, mid, high = (row[f"{stem}_{end}"] for end in ("low", "mid", "high"))
        if mid is not None:
            unit = currency if unit == "currency" else unit
            lines.append(
                {"heading": heading, "figure": charts.figure(mid), "range": pages.between(low, high), "unit": unit}
            )
    year = row["repeat_cost_avoidable_year_mid"]
    return {
        "lines": lines, "row": row, "notes": _cost_notes(row),
        "year": year and f"{charts.figure(year)} {currency} "
        f"({pages.between(row['repeat_cost_avoidable_year_low'], row['repeat_cost_avoidable_year_high'])})",
    }  # fmt: skip


def _cost_notes(row: dict) -> list[str]:
    """What a reader must know of these figures, in words."""
    said = [
        f"{row['repeats_raw']:,} repeats were counted, {row['repeats_linked']:,} of them by the vendor's own link; "
        f"{charts.figure(row['repeats_net'])} remain without coincidences, {charts.figure(row['repeats_bound'])} by a "
        f"conservative bound."
    ]
    if row["is_upper_bound"]:
        said.append("Nobody has said what a fix would save, so all of it is assumed.")
    if (row["imputed_share"] or 0) >= 0.1:
        said.append(f"{100 * row['imputed_share']:.0f}% of the repeat hours rest on handle time that was not measured.")
    if (row["top_customers_share"] or 0) > 0.25:
        said.append(
            f"Few people decide this figure: 1% of its customers bring {100 * row['top_customers_share']:.0f}% of it."
        )
    if row["is_burst"]:
        said.append("It holds a week far above the usual; net repeats may be too high by some 6%.")
    return said


async def _weeks(db, topic_id: str, there: set[str]) -> dict | None:
    """Contacts and repeats by whole week: the chart and its rows."""
    if "topic_weeks" not in there:
        return None
    weeks = await pages.rows(
        db,
        f"SELECT week_on, contacts, repeats_raw AS repeats, customers FROM topic_weeks WHERE run_id = {LATEST}"
        " AND topic_id = :id AND is_complete ORDER BY week_on",
        {"id": topic_id},
    )
    return {"rows": weeks, "svg": weeks_chart(weeks, "this topic")} if len(weeks) > 1 else None


def weeks_chart(weeks: list[dict], about: str) -> Markup:
    """Columns of contacts with their repeats."""
    contacts, repeats = [w["contacts"] for w in weeks], [w["repeats"] for w in weeks]
    label = (
        f"Contacts and repeats by week about {about}, {weeks[0]['week_on']} to {weeks[-1]['week_on']}: "
        f"{charts.figure(min(contacts))} to {charts.figure(max(contacts))} contacts a week, "
        f"{charts.figure(min(repeats))} to {charts.figure(max(repeats))} repeats."
    )
    shown = [charts.Series("contacts", contacts), charts.Series("repeats", repeats)]
    return charts.columns([f"week of {w['week_on']}" for w in weeks], shown, label=label)


async def _curve(db, topic_id: str, there: set[str]) -> dict | None:
    """Percent that came back by each day, for the topic and for all: the chart and its rows."""
    if "repeat_curves" not in there:
        return None
    found = await pages.rows(
        db,
        "SELECT topic_id, day, 100 * came_back_share AS share, 100 * came_back_share_low AS low,"
        f" 100 * came_back_share_high AS high, 100 * net_share AS net FROM repeat_curves WHERE run_id = {LATEST}"
        " AND topic_id IN (:id, '*') ORDER BY day",
        {"id": topic_id},
    )
    own = [r for r in found if r["topic_id"] == topic_id]
    everything = {r["day"]: r["share"] for r in found if r["topic_id"] == "*"}
    if len(own) < 2:
        return None
    rows = [{k: v for k, v in r.items() if k != "topic_id"} | {"all": everything.get(r["day"])} for r in own]
    label = "Percent of contacts that came back about this topic, by days since the contact ended: " + ", ".join(
        f"{charts.figure(r['share'])}% by day {charts.figure(r['day'])}" for r in rows if r["share"] is not None
    )
    series = [
        charts.Series("this topic", [r["share"] for r in rows], [r["low"] for r in rows], [r["high"] for r in rows]),
        charts.Series("without coincidences", [r["net"] for r in rows]),
        charts.Series("all topics", [r["all"] for r in rows]),
    ]
    svg = charts.lines([r["day"] for r in rows], series, label=label, unit="%", x_unit="days")
    return {"rows": rows, "svg": svg}


async def _split(db, topic_id: str) -> list[dict]:
    """Contacts and repeats by channel, site and segment."""
    return await pages.rows(
        db,
        "SELECT dimension, value, contacts, repeats_raw AS repeats, round(100 * repeat_share, 1) AS repeat_percent"
        f" FROM topic_places WHERE run_id = {LATEST} AND topic_id = :id AND value <> 'not stated'"
        " ORDER BY dimension, contacts DESC, value",
        {"id": topic_id},
    )


_EVIDENCE = f"""SELECT e.text, e.verbatim_id, e.said_at, e.why_chosen, e.customer_id, e.contact_id, v.kind,
  v.text AS whole, u.name AS customer
FROM evidence e JOIN verbatims v ON v.verbatim_id = e.verbatim_id LEFT JOIN customers u ON u.customer_id = e.customer_id
WHERE e.run_id = {LATEST} AND e.topic_id = :id ORDER BY e.position LIMIT {SHOWN_QUOTES}"""
_NEAREST = f"""SELECT p.text, v.verbatim_id, v.said_at, v.kind, v.contact_id, v.text AS whole, u.customer_id,
  u.name AS customer, coalesce(c.customer_id, s.customer_id, v.verbatim_id) AS who
FROM (SELECT passage_id, centrality FROM passage_topics WHERE topic_id = :id
  ORDER BY centrality DESC, passage_id LIMIT 60) x
JOIN passages p ON p.passage_id = x.passage_id JOIN verbatims v ON v.verbatim_id = p.verbatim_id
LEFT JOIN contacts c ON c.contact_id = v.contact_id LEFT JOIN responses s ON s.response_id = v.response_id
LEFT JOIN customers u ON u.customer_id = coalesce(c.customer_id, s.customer_id)
WHERE {inside("v.said_at")} ORDER BY x.centrality DESC, p.passage_id"""


async def quotes(db, topic_id: str, there: set[str]) -> list[dict]:
    """The quotes the report chose, then passages nearest to the topic's centre, of different customers, with cut-outs."""
    chosen = await pages.rows(db, _EVIDENCE, {"id": topic_id}) if "evidence" in there else []
    if len(chosen) < SHOWN_QUOTES:
        known = {quote["verbatim_id"] for quote in chosen}
        near = await pages.rows(db, _NEAREST, {"id": topic_id})
        first = {quote["who"]: quote for quote in reversed(near)}
        more = [q for q in near if first[q["who"]] is q and q["verbatim_id"] not in known]
        chosen += [q | {"why_chosen": "near the topic's centre"} for q in more[: SHOWN_QUOTES - len(chosen)]]
    for quote in chosen:
        cuts = await pages.removals(db, quote["verbatim_id"])
        quote |= {"text": pages.shorten(quote["text"]), "cut_count": len(cuts),
                  "whole": with_cutouts(quote["whole"], cuts, quote["text"])}  # fmt: skip
    return chosen


async def _history(db, topic_id: str) -> list[dict]:
    """Its place and figures in every complete run, latest first."""
    return await pages.rows(
        db,
        "SELECT r.started_at, p.rank, p.topic, p.owner, p.contacts, p.repeats_month_mid, p.avoidable_cost_month_mid,"
        " p.currency, p.run_id FROM priorities p JOIN runs r USING (run_id) WHERE p.topic_id = :id"
        " AND r.status = 'complete' ORDER BY r.started_at DESC LIMIT 20",
        {"id": topic_id},
    )


async def _lineage(db, topic_id: str, there: set[str]) -> list[dict]:
    """What became of it from run to run, and which topics it took in or went into, by name."""
    if "topic_lineage" not in there:
        return []
    found = await pages.rows(
        db,
        "SELECT l.*, r.started_at FROM topic_lineage l JOIN runs r USING (run_id) WHERE l.topic_id = :id"
        " AND l.previous_run_id IS NOT NULL ORDER BY r.started_at DESC LIMIT 20",
        {"id": topic_id},
    )
    for row in found:
        row |= {name: _named(row[f"{name}_topic_ids"], row[f"{name}_topics"]) for name in ("from", "into")}
    return found


def _named(ids: str, names: str) -> list[dict]:
    return [
        {"topic_id": i, "topic": n} for i, n in zip(json.loads(ids or "[]"), json.loads(names or "[]"), strict=False)
    ]


async def _parts(db, topic_id: str) -> dict:
    """The clusters it is made of, with their leading words; the words of the whole; its theme."""
    clusters = await pages.rows(
        db,
        "SELECT x.cluster_id, x.passage_count, x.joined_by, (SELECT group_concat(word, ', ') FROM (SELECT word FROM"
        " cluster_words w WHERE w.cluster_id = x.cluster_id ORDER BY position LIMIT 8)) AS words"
        " FROM topic_clusters x WHERE x.topic_id = :id ORDER BY x.passage_count DESC LIMIT 20",
        {"id": topic_id},
    )
    about = await pages.rows(
        db,
        "SELECT t.words, t.named_by, h.name AS theme, r.label AS reason, r.description AS reason_says FROM topics t"
        " LEFT JOIN themes h USING (theme_id) LEFT JOIN topic_reasons m ON m.topic_id = t.topic_id"
        " LEFT JOIN reasons r ON r.reason_id = m.reason_id WHERE t.topic_id = :id",
        {"id": topic_id},
    )
    return {"clusters": clusters, "about": about[0] if about else None}


async def _trust(db, topic_id: str, there: set[str]) -> dict | None:
    return await _latest(db, "topic_quality", topic_id, there)
