"""Numbers, dates and names as people say them; shared by the reports and the briefing."""

import math
import re
from collections.abc import Mapping

# control characters, and the marks that turn the direction of writing: they have no place in a quoted line
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]+")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_missing(value: object) -> bool:
    """None, NaN and pandas' NA are missing."""
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def line(value: object) -> str:
    """Text on one line, without control characters; missing gives an empty text."""
    return "" if is_missing(value) else " ".join(_UNSEEN.sub(" ", str(value)).split())


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words, with an ellipsis where something is left out."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:.-") + "…"


def count(value: float) -> str:
    """A whole number: 1,234."""
    return f"{round(value):,}"


def amount(value: float) -> str:
    """An estimate with the figures it deserves: 0.4, 4.2, 41, 1,240."""
    if 0 < abs(value) < 0.05:
        return "under 0.1"
    if abs(value) < 9.95:
        return f"{value:.1f}".removesuffix(".0")
    digits = min(0, 2 - math.floor(math.log10(abs(value))))
    return f"{round(value, digits):,.0f}"


def compact(value: float, like: float | None = None) -> str:
    """Whole numbers below 10,000, then two figures and a letter: 4.1, 41, 1,043, 12k, 310k, 1.2M.

    `like` is the figure that decides on the letter where several stand together: 640 beside 12,000 is 0.6k.
    """
    size = abs(value if like is None else like)
    letter = "" if size < 9999.5 else "k" if size < 999.5e3 else "M"
    scaled = value / {"": 1, "k": 1e3, "M": 1e6}[letter]
    if not value:
        return "0"
    if letter and abs(scaled) < 0.05:
        return f"under 0.1{letter}"
    text = f"{scaled:.1f}" if abs(scaled) < 9.95 else f"{scaled:,.0f}"
    return (text if letter else text.removesuffix(".0")) + letter


def money(value: float, currency: str) -> str:
    """An amount of money: USD 3,140; USD 31k."""
    return f"{currency} {compact(value)}"


def percent(share: float) -> str:
    """A share of 0 to 1 as a percentage: 4.1%, 41%."""
    value = 100 * share
    if 0 < value < 0.05:
        return "under 0.1%"
    return (f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:.0f}") + "%"


def chance(probability: float) -> str:
    """A share of resamples, which never is a certainty: 97%, over 99%, under 1%."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{100 * probability:.0f}%"


def between(low: float, high: float, say=amount) -> str:
    """A range, 2.2k to 4.1k; one figure where both ends read the same."""
    first, last = say(low), say(high)
    return first if first == last else f"{first} to {last}"


def spread(low: float, mid: float | None, high: float) -> str:
    """The range of an amount whose middle stands before it, in its manner: 883 to 1,043; 9.6k to 14k."""
    return between(low, high, lambda value: compact(value, mid))


def day(moment: object) -> str:
    """An ISO date or time as 4 Jun 2026; missing gives an empty text."""
    if is_missing(moment):
        return ""
    year, month, number = str(moment)[:10].split("-")
    return f"{int(number)} {_MONTHS[int(month) - 1]} {year}"


def period(first: object, last: object) -> str:
    """A period by its first and last day: 1 May 2026 to 31 May 2026; from 1 May 2026 on; up to 31 May 2026; all days."""
    one, other = day(first), day(last)
    if one and other:
        return one if one == other else f"{one} to {other}"
    return f"from {one} on" if one else f"up to {other}" if other else "all days of the data"


def plural(number: float, one: str, many: str = "") -> str:
    """1 contact, 2 contacts."""
    return f"{count(number)} {one if round(number) == 1 else many or one + 's'}"


def days_text(days: float) -> str:
    """7 -> '7 days', 0.5 -> '0.5 days', 1 -> '1 day'."""
    return f"{days:g} day" if days == 1 else f"{days:g} days"


DEMAND_WORDS: Mapping[str, str] = {
    "value": "wanted contact",
    "product_defect": "product defect",
    "product_gap": "product gap",
    "instruction_unclear": "unclear instructions",
    "policy_friction": "policy friction",
    "operations_delay": "operations delay",
    "wrong_answer": "wrong answer",
    "chaser": "chasing an answer",
    "access": "access",
}


def trend_words(priority: Mapping) -> str:
    """The trend of a topic (contacts a week, last 4 weeks over the 13 before) in a word.

    It rises or falls where the ratio is large and its 80% range does not hold 1; the period may be too short to tell.
    """
    ratio, low, high = (priority[name] for name in ("trend_ratio", "trend_low", "trend_high"))
    if is_missing(ratio):
        return "cannot tell"
    return "rising" if ratio >= RISING and low > 1 else "falling" if ratio <= FALLING and high < 1 else "steady"


RISING, FALLING = 1.25, 0.8
