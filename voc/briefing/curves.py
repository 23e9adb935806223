"""How soon customers come back: curves of topics against all contacts, from the table repeat_curves."""

from collections.abc import Sequence

from voc.briefing.plots import Plot, Series
from voc.reports import _words as w

ALL = "*"
MARKS = (1.0, 3.0, 7.0, 14.0, 30.0)
FEWEST_DAYS = 3


def plot(rows: Sequence[dict], topics: Sequence[str], *, has_bands: bool) -> Plot | None:
    """Net shares that came back by day, the topics in their order and all contacts as reference; raw where net is unknown.

    `rows` are this run's rows of repeat_curves. None without a curve of all contacts, or of any of the topics.
    """
    by_topic: dict[str, dict[float, dict]] = {}
    for row in rows:
        by_topic.setdefault(row["topic_id"], {})[row["day"]] = row
    whole = by_topic.get(ALL, {})
    stem = "net_share" if any(row["net_share"] is not None for row in whole.values()) else "came_back_share"
    at = tuple(day for day in sorted(whole) if whole[day][stem] is not None)
    shown = [(n, t) for n, t in enumerate(topics, start=1) if t in by_topic]
    if len(at) < FEWEST_DAYS or not shown:
        return None
    tag = str if len(topics) > 1 else (lambda _: "")
    series = [_series(by_topic[t], at, stem, tag=tag(n), has_band=has_bands) for n, t in shown]
    reference = _series(whole, at, stem, tag="all", has_band=True, name="all contacts", is_reference=True)
    kind = "net of coincidence" if stem == "net_share" else "as counted"
    return Plot(
        title=f"Share that came back about the same topic, {kind}",
        unit="% of contacts",
        x=at,
        ticks=tuple((day, f"{day:g} days" if day == MARKS[-1] else f"{day:g}") for day in MARKS if at[0] <= day <= at[-1]),
        series=(*series, reference),
        says="; ".join(_said(s, at) for s in (*series, reference)),
        x_unit="days since the end of the contact",
    )


def _series(
    days: dict[float, dict], at: tuple[float, ...], stem: str, *, tag: str, has_band: bool, name: str = "", is_reference: bool = False
) -> Series:
    def percent(column: str) -> tuple[float | None, ...]:
        values = [days[day][column] if day in days else None for day in at]
        return tuple(None if v is None else 100 * v for v in values)

    return Series(
        name=name or w.line(next(iter(days.values()))["topic"]),
        values=percent(stem),
        tag=tag,
        low=percent(f"{stem}_low") if has_band else (),
        high=percent(f"{stem}_high") if has_band else (),
        is_reference=is_reference,
    )


def _said(series: Series, at: tuple[float, ...]) -> str:
    """A line in words: its share at 7 days and at its end."""
    known = {day: v for day, v in zip(at, series.values, strict=True) if v is not None}
    marks = [day for day in (7.0, max(known, default=0.0)) if day in known]
    said = ", ".join(f"{w.percent(known[day] / 100)} within {w.days_text(day)}" for day in dict.fromkeys(marks))
    return f"{series.name}: {said or 'unknown'}"
