"""Charts as inline SVG, drawn from all rows of a result: columns over time, lines with their range, bars with whiskers.

One frame for all of them: text and lines in the page's colours, a description for screen readers, values as titles of
the marks. Nothing is loaded and no script runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from markupsafe import Markup

WIDTH, HEIGHT = 780, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 12, 26
BAR_STEP, BAR_LABEL = 26, 250
MOST_CHARACTERS = 36
LEAST = 1e-9  # nothing anybody counts or pays is smaller


@dataclass(frozen=True)
class Series:
    """A named run of values, with low and high ends where they are known; None is a gap."""

    name: str
    values: Sequence[float | None]
    lows: Sequence[float | None] = ()
    highs: Sequence[float | None] = ()


@dataclass(frozen=True)
class Bar:
    """A labelled value with its range."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


def columns(xs: Sequence[str], series: Sequence[Series], *, label: str, unit: str = "") -> Markup:
    """Columns in the order given, the series drawn over one another: the first is the whole, the next its part."""
    top = _round_up(max([v or 0 for s in series for v in s.values], default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(xs), 1)
    marks = [_grid(0, top, unit)]
    for position, x in enumerate(xs):
        said = f"{x}: " + ", ".join(f"{figure(s.values[position])} {s.name}" for s in series)
        marks.append(Markup("<g><title>{}</title>").format(said))
        for number, one in enumerate(series):
            height = _tall(max(one.values[position] or 0, 0), 0, top)
            marks.append(_rect(number, LEFT + position * step, TOP + _inner() - height, step * 0.8, height))
        marks.append(Markup("</g>"))
    ends = [(LEFT, xs[0], "start"), (WIDTH - RIGHT, xs[-1], "end")] if xs else []
    marks += [_text(x, HEIGHT - 8, said, anchor) for x, said, anchor in ends]
    return _svg(marks, HEIGHT, label) + legend([s.name for s in series])


def lines(
    xs: Sequence[float | str], series: Sequence[Series], *, label: str, unit: str = "", x_unit: str = ""
) -> Markup:
    """Lines with bands from low to high. Numbers on the x axis keep their distances, other values stand evenly."""
    known = [v for s in series for v in (*s.values, *s.lows, *s.highs) if v is not None]
    top, bottom = _round_up(max(known, default=0)), min([0.0, *known])
    places = _places(xs)
    marks = [_grid(bottom, top, unit)]
    for number, one in enumerate(series):
        marks.append(_band(number, places, one, bottom, top))
        marks.append(_path(number, places, one, xs, bottom, top))
    for place, x, anchor in _ticks(places, xs):
        said = figure(x) if isinstance(x, int | float) else x
        marks.append(_text(place, HEIGHT - 8, f"{said} {x_unit}".strip(), anchor))
    return _svg(marks, HEIGHT, label) + legend([s.name for s in series], "lines")


def bars(rows: Sequence[Bar], *, label: str, unit: str = "") -> Markup:
    """Horizontal bars, one a row, each with its value and a whisker for its range."""
    ends = [v for r in rows for v in (r.value, r.low, r.high) if v is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends]) or 1.0
    room = WIDTH - BAR_LABEL - 90

    def x(value: float) -> float:
        return BAR_LABEL + room * (value - low) / ((high - low) or 1)

    marks = []
    for position, row in enumerate(rows):
        y = position * BAR_STEP
        marks.append(Markup("<g><title>{}</title>").format(f"{row.label}: {_with_range(row, unit)}"))
        marks.append(_text(BAR_LABEL - 8, y + 17, _short(row.label), "end"))
        if row.value is not None:
            start, end = sorted((x(0), x(row.value)))
            marks.append(_rect(0, start, y + 6, end - start, 14))
        if row.low is not None and row.high is not None:
            marks.append(
                Markup('<path class="whisker" d="M{0:.1f} {2}H{1:.1f}M{0:.1f} {3}v8M{1:.1f} {3}v8"/>').format(
                    x(row.low), x(row.high), y + 13, y + 9
                )
            )
        marks.append(_text(max(x(row.high or 0), x(row.value or 0)) + 6, y + 17, figure(row.value), "start"))
        marks.append(Markup("</g>"))
    return _svg(marks, max(len(rows), 1) * BAR_STEP + 4, label)


def legend(names: Sequence[str], kind: str = "columns") -> Markup:
    """The names of the series with their colours; nothing for one alone."""
    if len(names) < 2:
        return Markup("")
    shown = (Markup('<span class="key s{}"></span>{}').format(n, name) for n, name in enumerate(names))
    return Markup('<p class="legend {}">{}</p>').format(kind, Markup(" ").join(shown))


def figure(value: float | None) -> str:
    """A number a person reads: three digits below 100, whole with commas above; words where there is none."""
    if value is None:
        return "not known"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}"


def _with_range(row: Bar, unit: str) -> str:
    said = f"{figure(row.value)} {unit}".strip()
    return said if row.low is None or row.high is None else f"{said} ({figure(row.low)} to {figure(row.high)})"


def _inner() -> int:
    return HEIGHT - TOP - BOTTOM


def _tall(value: float, bottom: float, top: float) -> float:
    return _inner() * (value - bottom) / ((top - bottom) or 1)


def _round_up(value: float) -> float:
    """The next round number: one of a few steps times a power of ten."""
    if value < LEAST:
        return 1.0
    power = 10 ** floor(log10(value))
    return next(n * power for n in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if n * power >= value)


def _grid(bottom: float, top: float, unit: str) -> Markup:
    """Lines at the ends and in the middle of the axis, with their values."""
    marks = []
    for value in (bottom, (bottom + top) / 2, top):
        y = TOP + _inner() - _tall(value, bottom, top)
        marks.append(
            Markup('<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(LEFT, y, WIDTH - RIGHT, y)
        )
        marks.append(_text(LEFT - 6, y + 4, figure(value) + ("%" if unit == "%" else ""), "end"))
    return Markup("").join(marks)


def _places(xs: Sequence[float | str]) -> list[float]:
    """Where each x stands, in the frame's units."""
    room = WIDTH - LEFT - RIGHT
    if xs and all(isinstance(x, int | float) for x in xs):
        first, last = min(xs), max(xs)
        return [LEFT + room * (x - first) / ((last - first) or 1) for x in xs]
    return [LEFT + room * n / max(len(xs) - 1, 1) for n in range(len(xs))]


def _ticks(places: list[float], xs: Sequence) -> list[tuple[float, object, str]]:
    """First, last and at most three x between them that have room for their text."""
    if not xs:
        return []
    found = [(places[0], xs[0], "start")]
    for share in (0.25, 0.5, 0.75):
        place, x = places[int(share * (len(xs) - 1))], xs[int(share * (len(xs) - 1))]
        if place - found[-1][0] > 110 and places[-1] - place > 110:
            found.append((place, x, "middle"))
    return [*found, (places[-1], xs[-1], "end")] if len(xs) > 1 else found


def _path(number: int, places: list[float], one: Series, xs: Sequence, bottom: float, top: float) -> Markup:
    """The line of a series, broken where a value is missing, with a dot that carries each value."""
    parts, dots, is_open = [], [], False
    for place, x, value in zip(places, xs, one.values, strict=True):
        if value is None:
            is_open = False
            continue
        y = TOP + _inner() - _tall(value, bottom, top)
        parts.append(f"{'L' if is_open else 'M'}{place:.1f} {y:.1f}")
        is_open = True
        dots.append(Markup('<circle class="s{}" cx="{:.1f}" cy="{:.1f}" r="2.5"><title>{}</title></circle>').format(
            number, place, y, f"{x}: {figure(value)} {one.name}"))  # fmt: skip
    return Markup('<path class="line s{}" d="{}"/>{}').format(number, " ".join(parts), Markup("").join(dots))


def _band(number: int, places: list[float], one: Series, bottom: float, top: float) -> Markup:
    if not one.lows:
        return Markup("")
    known = [(p, a, b) for p, a, b in zip(places, one.lows, one.highs, strict=True) if a is not None and b is not None]
    if len(known) < 2:
        return Markup("")
    upper = [f"{p:.1f} {TOP + _inner() - _tall(b, bottom, top):.1f}" for p, _, b in known]
    lower = [f"{p:.1f} {TOP + _inner() - _tall(a, bottom, top):.1f}" for p, a, _ in reversed(known)]
    return Markup('<path class="band s{}" d="M{}Z"/>').format(number, "L".join(upper + lower))


def _rect(number: int, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="s{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        number, x, y, width, height
    )


def _text(x: float, y: float, said: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, said)


def _short(label: str) -> str:
    return label if len(label) <= MOST_CHARACTERS else label[: MOST_CHARACTERS - 1] + "…"


def _svg(marks: Sequence[Markup], height: int, label: str) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, label, Markup("").join(marks)
    )
