"""The scorecard of the first page: actual with range, last month and the one before, target, and whether it is met."""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voc.config import Targets
from voc.reports import _words as w

WHOLE = "*"
MET, MISSED, CANNOT_TELL = "met", "missed", "cannot tell"


@dataclass(frozen=True)
class Score:
    """One line of the scorecard, in words."""

    label: str
    definition: str
    actual: str
    range: str
    last: str  # last full month, with what it was the month before; empty without two full months
    target: str
    status: str
    table: str  # where its rows stand
    where: tuple[tuple[str, str], ...]  # column, value


@dataclass(frozen=True)
class _Line:
    label: str
    definition: str
    target: float | None
    is_floor: bool  # the target is the least it should be
    say: Callable[[float], str]
    bare: Callable[[float], str]
    table: str
    key: str
    by_month: Mapping[str, dict]  # month, or '*', -> value, low, high


def status(low: float | None, high: float | None, target: float | None, *, is_floor: bool) -> str:
    """Met only if the whole range clears the target, missed only if none of it does; empty without target or range."""
    if target is None or low is None or high is None:
        return ""
    if is_floor:
        return MET if low >= target else MISSED if high < target else CANNOT_TELL
    return MET if high <= target else MISSED if low > target else CANNOT_TELL


def scores(
    monthly: list[dict], metrics: list[dict], targets: Targets, *, window: float, currency: str | None, first: str, last: str
) -> list[Score]:
    """Lines whose figure is known. `monthly` and `metrics` are this run's rows; `first` and `last` the days of the data."""
    by_measure: dict[str, dict[str, dict]] = {}
    for row in monthly:
        by_measure.setdefault(row["measure"], {})[row["month"]] = row
    months = full_months(first, last)
    found = [_score(line, months) for line in _lines(by_measure, metrics, targets, window, currency)]
    return [score for score in found if score]


def _lines(by_measure: dict, metrics: list[dict], targets: Targets, window: float, currency: str | None) -> list[_Line]:
    days = w.days_text(window)

    def of(name: str) -> dict[str, dict]:
        rows = [r for r in metrics if r["definition_id"] == name and r["is_preferred"] and r["value"] is not None]
        return {r["member"]: r for r in rows if r["by"] in ("all", "month")}

    def money(value: float) -> str:
        return f"{currency} {value:,.2f}"

    fcr, net = f"fcr_{window:g}d", f"net_repeat_rate_{window:g}d"
    return [
        _Line("CSAT", "satisfied answers, top boxes", targets.csat, True, w.percent, w.percent, "monthly_scores", "csat",
              by_measure.get("csat", {})),
        _Line("NPS", "promoters less detractors", targets.nps, True, _points, _points, "monthly_scores", "nps",
              by_measure.get("nps", {})),
        _Line("FCR", f"not back, same topic, {days}", targets.fcr, True, w.percent, w.percent, "metrics", fcr, of(fcr)),
        _Line("Repeat rate", f"back, same topic, {days}, net", targets.repeat_share, False, w.percent, w.percent,
              "metrics", net, of(net)),
        _Line("Handle time", "minutes a contact, measured", targets.handle_minutes, False, w.amount, w.amount,
              "monthly_scores", "handle_minutes", by_measure.get("handle_minutes", {})),
        _Line("Cost a contact", "full cost, mean", targets.cost_contact, False, money, lambda v: f"{v:,.2f}",
              "monthly_scores", "cost_contact", by_measure.get("cost_contact", {})),
    ]  # fmt: skip


def _points(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


def _score(line: _Line, months: list[str]) -> Score | None:
    whole = line.by_month.get(WHOLE)
    if whole is None:
        return None
    low, high = whole["low"], whole["high"]
    sign = "≥" if line.is_floor else "≤"
    column = "definition_id" if line.table == "metrics" else "measure"
    return Score(
        label=line.label,
        definition=line.definition,
        actual=line.say(whole["value"]),
        range="" if low is None or high is None else w.between(low, high, line.bare),
        last=_last(line, months),
        target="" if line.target is None else f"{sign} {line.say(line.target)}",
        status=status(low, high, line.target, is_floor=line.is_floor),
        table=line.table,
        where=((column, line.key),),
    )


def _last(line: _Line, months: list[str]) -> str:
    """The last full month and the one before, and whether they differ by more than noise."""
    known = [m for m in months if m in line.by_month and not line.by_month[m].get("is_provisional")]
    if len(known) < 2:
        return ""
    now, before = line.by_month[known[-1]], line.by_month[known[-2]]
    apart = now["low"] > before["high"] or now["high"] < before["low"]
    mark = "" if not apart else " ▲" if now["value"] > before["value"] else " ▼"
    names = [calendar.month_abbr[int(m[5:7])] for m in known[-2:]]
    return f"{names[1]} {line.bare(now['value'])}{mark}, {names[0]} {line.bare(before['value'])}"


def full_months(first: str, last: str) -> list[str]:
    """Months that the data cover from the first day to the last, given as dates."""
    if not first or not last:
        return []
    year, month = int(first[:4]), int(first[5:7])
    found = []
    while f"{year}-{month:02}" <= last[:7]:
        end = f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"
        if first[:10] <= f"{year}-{month:02}-01" and end <= last[:10]:
            found.append(f"{year}-{month:02}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found
