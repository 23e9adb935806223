"""The briefing in words: what every format shows, once; the formats only set it."""

from dataclasses import dataclass

from voc.briefing import charts, facts, money_words, sheets
from voc.reports import _words as w

LONGEST_NAME, LONGEST_QUOTE, QUOTES, QUOTED = 42, 110, 2, 3
HEADINGS = {
    "repeats": "What to fix first",
    "contacts": "What customers contact you about",
    "answers": "What to look at first",
    "few": "What they wrote about",
    "nothing": "",
}
FIRST_RUN = "This is the first run of this pipeline here: nothing to compare with."
SATISFACTION = "Satisfaction, points of 100"
QUOTE_RULES = {
    True: "by rule: nearest to the topic's centre, then of one who came back; distinct customers",
    False: "by rule: nearest to the topic's centre, then of the last 28 days; distinct customers",
}


@dataclass(frozen=True)
class Box:
    """The money on the first page."""

    heading: str
    bars: list[money_words.Bar]
    sentences: list[str]


def view(page: facts.Page) -> dict:
    """The names all formats use."""
    m = page.material
    rows = [_priority(m, p) for p in m.priorities[: facts.SHOWN]]
    figures = [f for p in m.priorities[: facts.SHOWN] for f in m.lead.figures[p["topic_id"]]]
    return {
        "page": page,
        "heading": HEADINGS[m.kind],
        "run": m.run,
        "kind": m.kind,
        "lead": m.lead,
        "about": about(page),
        "rows": rows,
        "axis": charts.scale(figures),
        "has_trend": m.has_trend,
        "has_satisfaction": m.has_satisfaction,
        "satisfaction_head": SATISFACTION,
        "has_certainty": m.has_certainty,
        "has_repeats": m.kind in ("repeats", "few") and bool(m.score("customers")),
        "counts_lead": m.lead.unit == "repeats a month",
        "has_contacts": bool(m.score("contacts")),
        "has_last": any(score.last for score in page.scores),
        "has_target": any(score.target for score in page.scores),
        "carried": facts.carried(m),
        "quotes": quoted(m),
        "quote_rule": QUOTE_RULES[m.kind == "repeats"],
        "rising": page.rising,
        "since_head": "Since the last briefing" + (f" (data to {page.changes.before})" if page.changes.before else ""),
        "changed": list(page.changes.said) or [FIRST_RUN],
        "box": money_box(m),
    }


def money_box(m: facts.Material) -> Box | None:
    """Three ways to count the repeats; none where nothing is said about repeats."""
    if m.money is None or m.kind != "repeats":
        return None
    return Box(*money_words.headline(m.money))


def about(page: facts.Page) -> list[str]:
    """What the briefing is about: pipeline, period, how much, basis of its money, and what it is narrowed to."""
    m = page.material
    contacts, answers = m.score("contacts") or 0, m.score("responses") or 0
    people = f" of {w.plural(m.score('customers') or 0, 'customer')}" if m.score("customers") else ""
    known = f" ({w.percent(facts.identified_share(m))} identified)" if people else ""
    basis = "money is illustrative" if m.run.costs and m.run.costs.is_illustrative and m.score("contacts") else ""
    parts = (
        w.line(m.run.pipeline.name),
        *((f"period asked for: {asked}", f"data of {facts.period(m)}") if (asked := facts.asked_period(m)) else (facts.period(m),)),
        f"{w.plural(contacts, 'contact')}{people}{known}" if contacts else "",
        w.plural(answers, "survey answer") if answers else "",
        basis,
        *page.narrowed,
    )
    return [part for part in parts if part]


def _priority(m: facts.Material, row: dict) -> dict:
    """One line of the table of priorities, in words; None where the line has nothing to say."""
    low, mid, high = m.lead.figures[row["topic_id"]]
    demand = w.DEMAND_WORDS.get(row["demand_type"] or "", "")
    is_doubtful, is_thin = m.is_doubtful(row["topic_id"]), is_low_volume(m, row)
    marks = ["doubtful"] * is_doubtful + ["too few for a claim"] * is_thin
    return {
        "rank": row["rank"],
        "topic_id": row["topic_id"],
        "topic": w.shortened(w.line(row["topic"]), LONGEST_NAME),
        "low": low,
        "mid": mid,
        "high": high,
        "said": "unknown" if mid is None else m.lead.say(mid),
        "range": m.lead.range(row["topic_id"]),
        "label": f"{row['topic']}: {m.lead.said(row['topic_id'])}, {m.lead.unit}",
        "demand": demand,
        "owner": w.line(row["owner"]) or "no owner yet",
        "ask": sheets.ask(row["demand_type"]),
        "marks": marks,
        "repeats": w.amount(row["repeats_month_mid"]),
        "customers": w.count(row["customers_with_repeat"]),
        "contacts": w.count(row["contacts"]),
        "answers": w.count(m.answers.get(row["topic_id"], 0)),
        "satisfaction": _pull(row),
        "trend": w.trend_words(row),
        "top_3": "" if row["p_top_3"] is None else w.chance(row["p_top_3"]),
        "is_low_volume": is_thin,
    }


def _pull(row: dict) -> str:
    """What the topic does to mean satisfaction; a dash where its range holds 0."""
    low, mid, high = (row[f"satisfaction_impact{end}"] for end in ("_low", "", "_high"))
    return "" if mid is None else facts.points(mid) if low > 0 or high < 0 else "–"


def is_low_volume(m: facts.Material, row: dict) -> bool:
    """Whether a topic has too little behind it for a claim."""
    if m.kind == "answers":
        return m.answers.get(row["topic_id"], 0) < facts.FEW_ANSWERS
    return row["is_low_volume"] and m.kind == "repeats"


def quoted(m: facts.Material, longest: int = LONGEST_QUOTE) -> list[dict]:
    """Quotes of the leading topics for the first page, each cut to a length in characters."""
    return [group for p in m.priorities[:QUOTED] if (group := _quoted(m, p, longest))]


def _quoted(m: facts.Material, row: dict, longest: int) -> dict | None:
    found = quotes(m, row["topic_id"], QUOTES, longest)
    name = w.shortened(w.line(row["topic"]), LONGEST_NAME)
    return {"rank": row["rank"], "topic": name, "topic_id": row["topic_id"], "quotes": found} if found else None


def quotes(m: facts.Material, topic_id: str, number: int, longest: int) -> list[dict]:
    """The first quotes of the evidence, cut to a length; its order is the rule's."""
    return [
        {"text": w.shortened(w.line(q["text"].strip().replace("\n\n", " / ")), longest), "said_on": w.day(q["said_at"]), "source": w.line(q["source"]),
         "why": q["why_chosen"]}
        for q in m.quotes.get(topic_id, [])[:number]
    ]  # fmt: skip


def topic_sheets(m: facts.Material) -> tuple[sheets.Sheet, ...]:
    """A page a leading topic, where repeats lead the list; none for a topic without contacts in the period."""
    if m.kind not in ("repeats", "contacts"):
        return ()
    return tuple(_sheet(m, p) for p in m.priorities[: facts.SHOWN] if p["topic_id"] in m.costs)


def _sheet(m: facts.Material, p: dict) -> sheets.Sheet:
    line, cost = _priority(m, p), m.costs[p["topic_id"]]
    says = f"{w.plural(p['contacts'], 'contact')} of {w.plural(p['customers'], 'customer')}"
    if p["customers_with_repeat"]:
        says += f"; {w.plural(p['customers_with_repeat'], 'customer')} came back about it"
    if p["p_top_3"] is not None and len(m.priorities) > 3:
        says += f"; among the first three in {w.chance(p['p_top_3'])} of resamples"
    ranks = "" if p["rank_low"] is None else f"; rank {w.between(p['rank_low'], p['rank_high'], w.count)} (80% range, indicative)"
    doubt = f" Doubtful: {m.quality[p['topic_id']]['why_doubtful']}." if m.is_doubtful(p["topic_id"]) else ""
    return sheets.Sheet(
        rank=p["rank"],
        topic_id=p["topic_id"],
        topic=w.line(p["topic"]),
        about=" · ".join(part for part in (line["demand"], f"owner: {line['owner']}") if part),
        owner=line["owner"],
        ask=line["ask"],
        says=f"{says}{ranks}.{doubt}",
        figures=sheets.figures(cost, p, m.run.currency),
        trend=sheets.trend(m.weeks.get(p["topic_id"], []), p["topic"]),
        curve=sheets.curve(m.curves, p["topic_id"]),
        segments=sheets.segments(m.segments.get(p["topic_id"], [])),
        quotes=tuple(quotes(m, p["topic_id"], 3, 400)),
    )
