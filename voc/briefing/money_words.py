"""The money in words a director can defend before finance: the box on the first page and the pages behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from voc.briefing.money import Money, Range
from voc.context import Chart, Section
from voc.reports import _words as w
from voc.tables import ASSUMPTIONS, ESTIMATE

TITLE = "How the money was worked out"
EXPOSURE = (
    "Exposure, not loss: nobody knows how much of it will go, and an account with repeats about several topics counts in "
    "each, so the rows do not add up."
)
WHOLE = "As counted, a contact about two topics counts whole here; the bridge above splits it by its shares."
OUTER = "The yearly range adds up the ends of the topics' own ranges: it is wider than an 80% range of the total."


@dataclass(frozen=True)
class Bar:
    """One of the three ways to count, for the box on the first page."""

    label: str
    low: float | None
    mid: float
    high: float | None
    said: str
    note: str

    @property
    def with_range(self) -> str:
        """The figure with its range, where it has one."""
        return self.said if self.low is None else f"{self.said} ({w.spread(self.low, self.mid, self.high)})"


def headline(m: Money) -> tuple[str, list[Bar], list[str]]:
    """(what is counted, three bars, sentences) of the box on the first page."""
    if m.currency is None or m.avoidable[1] is None:
        bars = _bars(m.raw, m.net, m.bound, w.amount)
        return "Repeat contacts a month", bars, [_why_net(m)]
    raw = m.raw_cost or 0.0
    low, mid, high = m.raw
    spread = (None, raw, None) if low is None or not mid else (raw * low / mid, raw, raw * high / mid)
    bars = _bars(spread, m.avoidable, m.bound_cost or 0.0, _money(m))
    return "Avoidable cost of repeats a month", bars, [_why_net(m), _bases(m)]


def _bars(raw: Range, net: Range, bound: float, say: Callable[[float], str]) -> list[Bar]:
    return [
        Bar("as counted", *raw, say(raw[1]), "chance included"),
        Bar("net", *net, say(net[1]), "used in this briefing"),
        Bar("at the least", None, bound, None, say(bound), "conservative bound"),
    ]


def _money(m: Money) -> Callable[[float], str]:
    return lambda value: w.money(value, m.currency or "")


def _with_range(values: Range, say: Callable[[float], str], bare: Callable[[float], str] | None = None) -> str:
    """A figure with its range; the range of money is written like the figure."""
    low, mid, high = values
    if mid is None:
        return "unknown"
    if low is None or high is None:
        return say(mid)
    return f"{say(mid)} ({w.between(low, high, bare) if bare else w.spread(low, mid, high)})"


def _why_net(m: Money) -> str:
    if m.bound > m.net[1]:
        least = f"the conservative bound, {w.amount(m.bound)}, lies above it, because contacts of few customers crowd together"
    else:
        least = f"were chance granted all it could explain, {w.amount(m.bound)} would remain"
    net = _with_range(m.net, w.amount, w.amount)
    return f"{w.amount(m.raw[1])} repeats a month were counted; {net} are no coincidence; {least}."


def _bases(m: Money) -> str:
    say = _money(m)
    staff = m.staff_time
    parts = f": {say(m.cash[1])} cash, {say(staff)} staff time{_time(m)}" if staff is not None else ", staff time among it"
    wary = " Illustrative." if m.is_illustrative else ""
    return (
        f"Full cost {_with_range(m.full, say)}, of it avoidable {say(m.avoidable[1])}{parts}, which is cash only when posts "
        f"are not refilled or overtime falls.{wary}"
    )


def _time(m: Money) -> str:
    if m.hours[1] is None:
        return ""
    people = "" if m.fte is None else f", {w.amount(m.fte)} FTE"
    return f" ({w.amount(m.hours[1])} agent hours{people})"


# ---------------------------------------------------------------- the pages behind


def sections(m: Money) -> list[Section]:
    """Appendix: from counted to net, the bases, the windows, what it all rests on."""
    money = (_all_bases(m), _exposed(m)) if m.currency else ()
    found = [_from_counted_to_net(m), *money, _by_window(m), _rests_on(m)]
    return [section for section in found if section]


def _from_counted_to_net(m: Money) -> Section:
    found, chance, missed = (m.booked[kind] for kind in ("repeat", "coincidence", "missed_repeat"))
    steps = [
        ("Counted: same customer, same topic, inside the window", found + chance, "as a dashboard counts them"),
        ("Would have come anyway", -chance, "by how often the customer writes about the topic at all"),
        ("Missed, because a text was filed under another topic", missed, _labels(m)),
        ("Net: used everywhere in this briefing", found + missed, _range_words(m.net)),
        ("Conservative bound: everything chance could explain taken out", m.bound, "a floor; it has no range of its own"),
    ]
    proven = f"{w.plural(m.linked, 'repeat')} in the period {'is' if m.linked == 1 else 'are'} proven by the helpdesk's own link. "
    return Section(
        title=TITLE,
        paragraphs=(
            "Counting contacts of one customer about one topic overstates: whoever writes often writes twice in a week by "
            "chance. So every repeat counts by the probability that it is no coincidence, and repeats missed because one "
            f"of two texts has the wrong topic are added. {proven if m.linked else ''}The bound assumes the worst case of "
            "chance; what it leaves is safe to say anywhere.",
        ),
        headers=("Step", "Repeats a month", "Why"),
        rows=tuple((what, _signed(value, i), why) for i, (what, value, why) in enumerate(steps)),
        chart=_chart(m),
        cautions=(ESTIMATE,),
    )


def _signed(value: float, step: int) -> str:
    if step not in (1, 2) or not value:
        return w.amount(abs(value))
    return f"−{w.amount(-value)}" if value < 0 else f"+{w.amount(value)}"


def _labels(m: Money) -> str:
    if not m.pairs or m.pairs_agree is None:
        return "nothing added: no two contacts are known to be about one problem"
    return f"of {w.plural(m.pairs, 'pair')} known to be about one problem, {w.percent(m.pairs_agree)} have one topic"


def _range_words(values: Range) -> str:
    return "" if values[0] is None else f"80% range {w.between(values[0], values[2])}"


def _chart(m: Money) -> Chart:
    _, bars, _ = headline(m)
    unit = f"{m.currency} a month, avoidable" if m.currency and m.avoidable[1] is not None else "repeats a month"
    return Chart(
        "bars",
        "Three ways to count the same repeats",
        unit,
        tuple(f"{bar.label}: {bar.note}" for bar in bars),
        tuple(bar.mid for bar in bars),
        low=tuple(bar.low for bar in bars),
        high=tuple(bar.high for bar in bars),
    )


def _all_bases(m: Money) -> Section:
    say = _money(m)
    wary = "illustrative: lines are assumptions" if m.is_illustrative else ""
    rows = [
        ("Full (average) cost", _with_range(m.full, say), "a month", "what the budget shows, overhead included", wary),
        ("Avoidable cost", _with_range(m.avoidable, say), "a month", "cash and staff time that would be free", wary),
        ("– of it cash", _with_range(m.cash, say), "a month", "invoices and fees that fall with the next contact", wary),
    ]
    if m.staff_time is not None:
        rows.append(
            ("– of it staff time", say(m.staff_time), "a month", "capacity: paid time set free",
             "cash only when posts are not refilled or overtime falls")
        )  # fmt: skip
    if m.hours[1] is not None:
        imputed = f"{w.percent(m.imputed)} of it not measured" if m.imputed else "measured"
        rows.append(("Agent hours on repeats", _with_range(m.hours, _hours, w.amount), "a month", "handle time", imputed))
        fte = "no paid hours in the cost file (finance.paid_hours_month)" if m.fte is None else "by the file's paid hours"
        rows.append(("Full-time people", "unknown" if m.fte is None else w.amount(m.fte), "at any time", "capacity", fte))
    if m.year[1] is not None:
        rows.append(("Avoidable cost, yearly rate", _with_range(m.year, say), "a year", m.year_basis or "", OUTER))
    else:
        rows.append(("Avoidable cost, yearly rate", "none", "a year", m.year_basis or "", ""))
    rows += [
        (f"Given back: {w.line(c['kind'])}", say(c["amount"]), "in the period", w.plural(c["credits"], "credit"),
         "from the books; in none of the costs above")
        for c in m.credits
    ]  # fmt: skip
    return Section(
        title="Every money figure with its basis, range and caution",
        paragraphs=("All about net repeats, all topics together.",),
        headers=("Figure", "Value (80% range)", "Per", "Basis", "Caution"),
        rows=tuple(rows),
        cautions=(ASSUMPTIONS,),
    )  # fmt: skip


def _exposed(m: Money) -> Section | None:
    if not m.exposed:
        return None
    return Section(
        title="Revenue exposed, kept apart from every cost",
        headers=("Topic", "Yearly revenue of accounts with repeats about it", "Share of known revenue"),
        rows=tuple(
            (w.line(p["topic"]), w.money(p["revenue_exposed"], m.currency or ""), w.percent(p["revenue_share"] or 0))
            for p in m.exposed
        ),
        cautions=(EXPOSURE,),
    )


def _hours(value: float) -> str:
    return f"{w.amount(value)} h"


def _by_window(m: Money) -> Section | None:
    used = next((x for x in m.windows if x["is_used"]), None)
    if not used or not used["net"]:
        return None
    each = m.avoidable[1] / m.net[1] if m.currency and m.avoidable[1] is not None and m.net[1] else None
    rows = []
    for x in m.windows:
        share = "" if x["net"] is None else f"{x['net'] / used['net'] - 1:+.0%}".replace("-", "−")
        cost = () if each is None else ("" if x["net"] is None else w.money(x["net"] * each, m.currency or ""),)
        net = "" if x["net"] is None else w.amount(x["net"])
        mark = "used here" if x["is_used"] else share
        rows.append((w.days_text(x["days"]), w.amount(x["raw"]), net, *cost, mark))
    return Section(
        title="Were the window another one",
        paragraphs=(
            "How long after a contact the next one about the same topic still counts is a convention. Past the window at "
            "which net repeats stop growing, a longer one adds coincidences only.",
        ),
        headers=(
            *("Window", "Repeats a month as counted", "Net"),
            *(("Avoidable a month",) if each is not None else ()),
            "Net against the window used",
        ),
        rows=tuple(rows),
        cautions=(WHOLE, *(("Money at other windows: at the same cost a repeat.",) if each is not None else ())),
    )


LEDGER_WORDS = {
    "reconciles": "inside 0.8 to 1.25: the cost file reconciles with the books",
    "scaled": "inside 0.8 to 1.25, and every cost here is multiplied by it, as the cost file asks",
    "does_not_reconcile": "outside 0.8 to 1.25: the cost file does not reconcile; mend it before quoting full cost",
    "period_not_covered": "not to be used: the data do not cover the books' period",
}


def _rests_on(m: Money) -> Section:
    rows = []
    if m.currency:
        assumed, lines = m.assumed
        rows += [
            ("Cost file", f"{assumed} of {lines} lines are assumptions", "voc cost check explains every line"),
            ("Books", *_books(m)),
        ]
        rows += [("Warning of the cost file", w.line(text), "voc cost check") for text in m.warnings]
    if m.imputed is not None:
        rows.append(("Handle time", f"{w.percent(m.imputed)} of repeat hours not measured", "estimated from measured "
                     "contacts of the same channel, topic and site, or from the cost file"))  # fmt: skip
    agree = _labels(m)
    rows.append(("Topics of texts", agree[:1].upper() + agree[1:], "linked pairs; unlinked repeats are corrected by it"))
    if m.rolled:
        rows.append(("Count by theme", _few(m.rolled), "linked contacts lie in different topics"))
    if m.few_people:
        rows.append(("Few customers", _few(m.few_people), "1% of its customers bring over a quarter of its repeats"))
    if m.bursts:
        rows.append(("Week far above the usual", _few(m.bursts), "net repeats may be too high by some 6%"))
    return Section(title="What the money rests on", headers=("What", "Finding", "Meaning"), rows=tuple(rows))


def _books(m: Money) -> tuple[str, str]:
    if m.ledger is None:
        return "not compared", "the cost file names no total of the books (ledger): full cost is not held against them"
    row, say = m.ledger, _money(m)
    period = f"{w.day(row['first_day'])} to {w.day(row['last_day'])}"
    compared = f"books {say(row['ledger_cost'])}, cost file {say(row['cost_full'])}, {period}"
    factor = "" if row["ratio"] is None else f"factor {row['ratio']:.2f}: "
    return compared, f"{factor}{LEDGER_WORDS[row['status']]}"


def _few(names: list[str]) -> str:
    shown = [w.shortened(w.line(name), 60) for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
