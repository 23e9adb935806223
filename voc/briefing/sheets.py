"""A page for each leading topic: trend, repeat curve, cost with ranges, where it is over-represented, quotes, owner."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voc.briefing import curves
from voc.briefing.plots import Plot, Series
from voc.reports import _words as w

Z = 1.2815515655446004  # of the 80% range
RECENT, BEFORE, FEWEST_WEEKS = 4, 13, 8
SEGMENTS = 4
ASKS = {
    "product_defect": "Fix the defect and name a date",
    "product_gap": "Decide: build it, or say no where customers look",
    "instruction_unclear": "Rewrite the instructions where they are read",
    "policy_friction": "Change the rule, or explain it before it bites",
    "operations_delay": "Shorten the delay, and tell the customer when",
    "wrong_answer": "Correct the answer in macros, help pages and training",
    "chaser": "Tell the status before customers ask",
    "access": "Let customers get in by themselves",
    "value": "Keep it, and make it cheap to serve",
}
NO_KIND = "Read its texts, name an owner and a cause"
BASES = (
    ("Avoidable cost of repeats", "repeat_cost_avoidable_month", "cash and staff time that would be free"),
    ("Full cost of repeats", "repeat_cost_full_month", "what the budget shows, overhead included"),
)


@dataclass(frozen=True)
class Sheet:
    """A topic's page, in words and plots."""

    rank: int
    topic_id: str
    topic: str
    about: str  # kind of demand, owner
    owner: str
    ask: str
    says: str
    figures: tuple[tuple[str, str, str], ...]  # what, value with range, basis and caution
    trend: Plot | None
    curve: Plot | None
    segments: tuple[tuple[str, str], ...]  # segment, in words how much
    quotes: tuple[dict, ...]


def ask(demand_type: str | None) -> str:
    """What to ask of the owner, by the kind of demand."""
    return ASKS.get(demand_type or "", NO_KIND)


def trend(weeks: Sequence[dict], topic: str) -> Plot | None:
    """Contacts of a topic by complete week, against the level of the 13 weeks before the last 4.

    `weeks` are the topic's rows of topic_weeks. The band holds 80% of weeks if nothing changed (quasi-Poisson).
    """
    rows = sorted((r for r in weeks if r["is_complete"]), key=lambda r: r["week_on"])
    if len(rows) < RECENT + 1:
        return None
    values = tuple(float(r["contacts"]) for r in rows)
    base = values[-RECENT - BEFORE : -RECENT]
    series = [Series(w.line(topic), values, "")]
    says = f"{w.line(topic)}: {w.amount(values[0])} contacts in the first week, {w.amount(values[-1])} in the last"
    if len(base) >= FEWEST_WEEKS:
        level = sum(base) / len(base)
        spread = sum((v - level) ** 2 for v in base) / (len(base) - 1)
        half = Z * math.sqrt(max(spread, level))
        n = len(values)
        name = "level of the 13 weeks before the last 4; 80% of weeks lie in the band if nothing changed"
        series.append(
            Series(name, (level,) * n, "", (max(level - half, 0.0),) * n, (level + half,) * n, is_reference=True)
        )
        says += f"; usual {w.amount(level)} ({w.between(max(level - half, 0.0), level + half)})"
    at = tuple(map(float, range(len(rows))))
    since = f"weeks since {w.day(rows[0]['week_on'])}"
    return Plot("Contacts a week", "contacts", at, _months(rows), tuple(series), says, since)


def _months(rows: Sequence[dict]) -> tuple[tuple[float, str], ...]:
    """Ticks at the first week of each month, at most some eight."""
    firsts = [(float(i), r["week_on"]) for i, r in enumerate(rows) if i == 0 or r["week_on"][:7] != rows[i - 1]["week_on"][:7]]
    firsts = [f for n, f in enumerate(firsts) if n + 1 == len(firsts) or firsts[n + 1][0] - f[0] >= 2]
    step = math.ceil(len(firsts) / 8)
    return tuple((i, w.day(on).split(" ", 1)[1].rsplit(" ", 1)[0]) for i, on in firsts[::step])


def figures(cost: dict, priority: dict, currency: str | None) -> tuple[tuple[str, str, str], ...]:
    """What a topic's repeats take a month, each with range, basis and caution."""
    wary = "; illustrative" if priority["is_illustrative"] else ""
    found = []
    if currency:
        for label, stem, basis in BASES:
            found.append((f"{label} a month", _ranged(cost, stem, lambda v: w.money(v, currency)), f"{basis}{wary}"))
        cash = cost["repeat_cost_cash_month_mid"]
        if cash is not None:
            found.append(("– of the avoidable, cash", w.money(cash, currency), f"the rest is staff time: capacity, no cash yet{wary}"))
        found.append((
            "Avoidable, yearly rate", _ranged(cost, "repeat_cost_avoidable_year", lambda v: w.money(v, currency)),
            cost["year_basis"] or "",
        ))  # fmt: skip
        upper = "upper bound: nobody has said what a fix would save" if cost["is_upper_bound"] else "by the shares people set"
        found.append(("What a fix would save a month", _ranged(cost, "addressable_month", lambda v: w.money(v, currency)),
                      f"repeats and first contacts; {upper}"))  # fmt: skip
    found.append(("Repeat contacts a month", _ranged(cost, "repeats_month", w.amount, w.amount),
                  f"net; {w.amount(cost['repeats_raw_month'])} as counted, {w.amount(cost['repeats_bound_month'])} at the least"))  # fmt: skip
    if cost["repeat_hours_month_mid"] is not None:
        imputed = f"; {w.percent(cost['imputed_share'])} not measured" if cost["imputed_share"] else ""
        found.append(("Agent hours a month", _ranged(cost, "repeat_hours_month", w.amount, w.amount), f"handle time of repeats{imputed}"))
    if priority["revenue_exposed"] and currency:
        found.append(("Revenue exposed", w.money(priority["revenue_exposed"], currency), "a year; exposure, not loss"))
    return tuple(found)


def _ranged(row: dict, stem: str, say: Callable[[float], str], bare: Callable[[float], str] | None = None) -> str:
    """A figure with its range; the range of money is written like the figure."""
    low, mid, high = (row[f"{stem}_{end}"] for end in ("low", "mid", "high"))
    if mid is None:
        return "none"
    if low is None or high is None:
        return say(mid)
    return f"{say(mid)} ({w.between(low, high, bare) if bare else w.spread(low, mid, high)})"


def segments(rows: Sequence[dict]) -> tuple[tuple[str, str], ...]:
    """Where a topic is over-represented, most surely so first; small cells stay unnamed."""
    over = sorted((r for r in rows if r["is_over"]), key=lambda r: (-r["ratio_low"], r["member"]))[:SEGMENTS]
    return tuple(
        (f"{r['dimension']} {w.line(r['member'])}",
         f"{r['ratio']:.1f} times the expected, at least {r['ratio_low']:.1f} ({w.count(r['contacts'])} contacts)")
        for r in over
    )  # fmt: skip


def curve(rows: Sequence[dict], topic_id: str) -> Plot | None:
    """The topic's repeat curve with its band, against all contacts."""
    return curves.plot(rows, [topic_id], has_bands=True)
