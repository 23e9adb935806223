"""Charts as inline SVG: bars with whiskers and small lines, readable without colour, described for screen readers."""

from collections.abc import Sequence

from markupsafe import Markup, escape

BLOCKS = "▁▂▃▄▅▆▇█"


def scale(values: Sequence[float | None]) -> tuple[float, float]:
    """Ends of an axis that holds 0 and every value; never of length 0."""
    known = [0.0, *(v for v in values if v is not None)]
    low, high = min(known), max(known)
    return (low, high) if high > low else (0.0, 1.0)


def bar(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    axis: tuple[float, float],
    label: str,
    is_faint: bool = False,
) -> Markup:
    """A bar from 0 to `value` with a whisker from `low` to `high`; it fills its place whatever its width.

    A negative value has its own colour and lies left of the zero line; a faint bar is outlined only.
    """
    start, end = axis

    def x(number: float) -> str:
        return f"{98 * (number - start) / (end - start) + 1:.2f}"

    marks = [f'<line class="zero" x1="{x(0)}" y1="0" x2="{x(0)}" y2="16"/>']
    if value is not None:
        left, right = sorted((0.0, value))
        kind = ("loss " if value < 0 else "") + ("faint" if is_faint else "solid")
        width = float(x(right)) - float(x(left))
        marks.append(f'<rect class="{kind}" x="{x(left)}" y="3" width="{width:.2f}" height="10"/>')
    if low is not None and high is not None:
        marks.append(f'<path class="whisker" d="M{x(low)} 8H{x(high)}M{x(low)} 5V11M{x(high)} 5V11"/>')
    return _svg("bar", 100, 16, marks, label)


def line(values: Sequence[float], *, top: float, label: str) -> Markup:
    """A line over an area, on an axis from 0 to `top`."""
    step = 100 / max(len(values) - 1, 1)
    points = [f"{i * step:.2f} {30 - 28 * v / (top or 1):.2f}" for i, v in enumerate(values)]
    marks = [
        f'<path class="area" d="M0 30L{"L".join(points)}L100 30Z"/>',
        f'<path class="line" d="M{"L".join(points)}"/>',
        '<line class="zero" x1="0" y1="30" x2="100" y2="30"/>',
    ]
    return _svg("spark", 100, 31, marks, label)


def blocks(values: Sequence[float], top: float) -> str:
    """The line as characters, for Markdown."""
    return "".join(BLOCKS[round(min(v / (top or 1), 1) * (len(BLOCKS) - 1))] for v in values)


def _svg(kind: str, width: int, height: int, marks: Sequence[str], label: str) -> Markup:
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(marks)}</svg>'
    )
