"""Line charts with axes and uncertainty: one description, drawn as SVG here and natively in slides."""

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 460.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 44.0, 12.0, 34.0
GAP = 13.0  # between the labels at the ends of lines


@dataclass(frozen=True)
class Series:
    """One line; `tag` stands at its end and before its name in the legend. A reference is drawn grey and dashed."""

    name: str
    values: tuple[float | None, ...]
    tag: str = ""
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    is_reference: bool = False


@dataclass(frozen=True)
class Plot:
    """Lines over numbers."""

    title: str
    unit: str
    x: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]  # place and text under the axis
    series: tuple[Series, ...]
    says: str  # the picture in words, for those who do not see it
    x_unit: str = ""


def nice_top(value: float) -> tuple[float, float]:
    """(end of an axis that holds `value`, step between its marks): 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 0:
        return 1.0, 0.5
    rough = value / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    return step * math.ceil(value / step - 1e-9), step


def draw(plot: Plot) -> Markup:
    """The plot as SVG of its own size; colours come from the style sheet."""
    known = [v for s in plot.series for v in (*s.values, *s.high) if v is not None]
    top, step = nice_top(max(known, default=1.0))
    first, last = plot.x[0], plot.x[-1]

    def x(value: float) -> str:
        return f"{LEFT + (WIDTH - LEFT - RIGHT) * (value - first) / ((last - first) or 1):.1f}"

    def y(value: float) -> str:
        return f"{HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top:.1f}"

    marks = []
    for i in range(round(top / step) + 1):
        at = y(i * step)
        marks.append(f'<line class="grid" x1="{LEFT}" y1="{at}" x2="{WIDTH - RIGHT}" y2="{at}"/>')
        marks.append(f'<text class="end" x="{LEFT - 5}" y="{float(at) + 4:.1f}">{i * step:g}</text>')
    for place, text in plot.ticks:
        marks.append(f'<text class="mid" x="{x(place)}" y="{HEIGHT - BOTTOM + 16}">{escape(text)}</text>')
    for number, series in enumerate(plot.series):
        marks += _line(plot.x, series, _hue(number, series), x, y)
    marks += _tags(plot, y)
    return Markup(
        f'<svg class="plot" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(plot.says)}">'
        f"{''.join(marks)}</svg>"
    )


def _hue(number: int, series: Series) -> str:
    return "reference" if series.is_reference else f"hue{number % 6}"


def _line(at: tuple[float, ...], series: Series, hue: str, x, y) -> list[str]:
    marks = []
    ends = [(p, lo, hi) for p, lo, hi in zip(at, series.low, series.high, strict=False) if None not in (lo, hi)]
    if ends:
        there = [f"{x(p)} {y(hi)}" for p, _, hi in ends]
        back = [f"{x(p)} {y(lo)}" for p, lo, _ in reversed(ends)]
        marks.append(f'<path class="band {hue}" d="M{"L".join(there + back)}Z"/>')
    points = [f"{x(p)} {y(v)}" for p, v in zip(at, series.values, strict=True) if v is not None]
    if points:
        marks.append(f'<path class="stroke {hue}" d="M{"L".join(points)}"/>')
    return marks


def _tags(plot: Plot, y) -> list[str]:
    """The tags at the ends of the lines, moved apart where they would touch."""
    ends = [(float(y(s.values[-1])), n, s) for n, s in enumerate(plot.series) if s.tag and s.values[-1] is not None]
    marks, lowest = [], -math.inf
    for at, number, series in sorted(ends, key=lambda end: end[:2]):
        lowest = max(at, lowest + GAP)
        hue = _hue(number, series)
        marks.append(f'<text class="tag {hue}" x="{WIDTH - RIGHT + 5}" y="{lowest + 4:.1f}">{escape(series.tag)}</text>')
    return marks


def legend(plot: Plot) -> list[tuple[str, str, str]]:
    """(class of its colour, tag, name) of every line."""
    return [(_hue(number, s), s.tag, s.name) for number, s in enumerate(plot.series)]
