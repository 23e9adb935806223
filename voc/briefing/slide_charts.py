"""Native charts of the slides: bars with their 80% ranges as error bars, and lines; all numbers can be edited."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.briefing.markup import writable
from voc.briefing.plots import Plot, nice_top
from voc.reports import _words as w

if TYPE_CHECKING:
    from pptx.slide import Slide

FONT = "Arial"  # there, or a font of its widths, on every machine: what fits here fits there
INK, GREY, PALE, LINE = "1A1D21", "8A929C", "8CC3E6", "DDE1E6"
HUES = ("0072B2", "C44F00", "00805C", "A8518A", "8A6D00", "3B3B98")
_ERROR_BARS = (
    '<c:errBars xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:errBarType val="both"/><c:errValType val="cust"/>'
    '<c:noEndCap val="0"/>{plus}{minus}<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="' + INK + '"/></a:solidFill></a:ln>'
    "</c:spPr></c:errBars>"
)


@dataclass(frozen=True)
class Place:
    """Where a chart stands on its slide, in inches."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Ranged:
    """A bar with its range."""

    label: str
    low: float | None
    mid: float
    high: float | None


def bars(slide: "Slide", title: str, rows: Sequence[Ranged], place: Place, *, says: str) -> None:
    """Bars from top to bottom with error bars from low to high; `says` is the picture in words, for its alternative text."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    drawn = list(reversed(rows))  # the first category of a bar chart is its lowest
    data = CategoryChartData()
    data.categories = [writable(row.label) for row in drawn]
    data.add_series(writable(title), [row.mid for row in drawn])
    chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data, place, title=title, says=says)
    _add_error_bars(chart, drawn)
    chart.part.chart_workbook.update_from_xlsx_blob(_workbook(title, drawn))
    _set_bars(chart, max(row.mid if row.high is None else row.high for row in drawn))


def _set_bars(chart, largest: float) -> None:
    """Axis from 0, numbers upright; the value stands at the foot of its bar, clear of the error bar."""
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    plot, axis = chart.plots[0], chart.value_axis
    top, step = nice_top(largest)
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = 0, top, step
    form = "#,##0" if step >= 1 else "0.0#"
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = form, False
    axis.major_gridlines.format.line.color.rgb = _rgb(LINE)
    plot.has_data_labels, plot.gap_width = True, 60
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked, labels.position = form, False, XL_LABEL_POSITION.INSIDE_BASE
    labels.font.size, labels.font.bold, labels.font.color.rgb = Pt(10), True, _rgb(INK)
    plot.series[0].format.fill.solid()
    plot.series[0].format.fill.fore_color.rgb = _rgb(PALE)
    for part in (chart.category_axis, axis):
        part.tick_labels.font.size = Pt(10)
        part.format.line.color.rgb = _rgb(GREY)
        part._element.txPr.bodyPr.set("rot", "0")


def _add_error_bars(chart, rows: Sequence[Ranged]) -> None:
    """Custom error bars, whose numbers stand beside the values in the chart's own workbook (ECMA-376, 21.2.2.55)."""
    from lxml import etree

    if all(row.low is None or row.high is None for row in rows):
        return
    ends = _ends(rows)
    plus, minus = (_numbers(name, column, [pair[i] for pair in ends]) for i, (name, column) in enumerate((("plus", "C"), ("minus", "D"))))
    series = chart.plots[0].series[0]._element
    series.find("{*}cat").addprevious(etree.fromstring(_ERROR_BARS.format(plus=plus, minus=minus)))


def _ends(rows: Sequence[Ranged]) -> list[tuple[float | None, float | None]]:
    """How far the range reaches above and below each value; None where there is no range."""
    return [(None, None) if row.low is None or row.high is None else (max(row.high - row.mid, 0.0), max(row.mid - row.low, 0.0)) for row in rows]


def _numbers(name: str, column: str, values: Sequence[float | None]) -> str:
    points = "".join(f'<c:pt idx="{i}"><c:v>{float(v)!r}</c:v></c:pt>' for i, v in enumerate(values) if v is not None)
    cells = f"Sheet1!${column}$2:${column}${len(values) + 1}"
    return (
        f"<c:{name}><c:numRef><c:f>{cells}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{points}</c:numCache></c:numRef></c:{name}>'
    )


def _workbook(title: str, rows: Sequence[Ranged]) -> bytes:
    """The chart's numbers as PowerPoint opens them for editing: texts as texts, never as formulas."""
    import xlsxwriter

    found = io.BytesIO()
    with xlsxwriter.Workbook(found, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        for column, head in enumerate(("", writable(title), "up to the high end", "down to the low end")):
            sheet.write_string(0, column, head)
        for line, (row, ends) in enumerate(zip(rows, _ends(rows), strict=True), start=1):
            sheet.write_string(line, 0, writable(row.label))
            for column, value in enumerate((row.mid, *ends), start=1):
                if value is not None:
                    sheet.write_number(line, column, value)
    return found.getvalue()


def lines(slide: "Slide", plot: Plot, place: Place) -> None:
    """Lines over numbers; ranges as thin lines."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = XyChartData()
    for series in plot.series:
        for name, values in ((series.name, series.values), ("low end of the range", series.low), ("high end of the range", series.high)):
            if values:
                points = data.add_series(writable(w.shortened(name, 60)))
                for x, y in zip(plot.x, values, strict=True):
                    if y is not None:
                        points.add_data_point(x, y)
    title = f"{plot.title} ({plot.unit})"
    chart = _chart(slide, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, place, title=title, says=f"{title}. {plot.says}")
    _set_lines(chart, plot)


def _set_lines(chart, plot: Plot) -> None:
    """Colours of lines; ranges thin in the colour of their line, the reference grey and dashed."""
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    drawn = iter(chart.plots[0].series)
    for number, series in enumerate(plot.series):
        colour = GREY if series.is_reference else HUES[number % len(HUES)]
        for values, points in ((series.values, 2.0), (series.low, 0.5), (series.high, 0.5)):
            if not values:
                continue
            line = next(drawn).format.line
            line.color.rgb, line.width = _rgb(colour), Pt(points)
            if series.is_reference:
                line.dash_style = MSO_LINE.DASH
    for axis in (chart.value_axis, chart.category_axis):
        axis.tick_labels.font.size = Pt(10)
        axis.format.line.color.rgb = _rgb(GREY)
    chart.category_axis.has_major_gridlines = False
    chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = plot.x[0], plot.x[-1]
    chart.value_axis.minimum_scale = 0
    chart.value_axis.major_gridlines.format.line.color.rgb = _rgb(LINE)
    title = chart.category_axis.axis_title.text_frame
    title.text = writable(f"{plot.x_unit}; dashed: {_reference(plot)}; thin: 80% range")
    title.paragraphs[0].runs[0].font.size, title.paragraphs[0].runs[0].font.bold = Pt(9), False


def _reference(plot: Plot) -> str:
    named = next((s.name for s in plot.series if s.is_reference), "")
    return named if len(named) < 20 else "usual level"


def _chart(slide: "Slide", kind, data, place: Place, *, title: str, says: str):
    from pptx.util import Inches, Pt

    shape = slide.shapes.add_chart(kind, *(Inches(v) for v in (place.left, place.top, place.width, place.height)), data)
    shape._element.nvGraphicFramePr.cNvPr.set("descr", writable(says))
    chart = shape.chart
    chart.font.name = FONT
    chart.has_legend, chart.has_title = False, True
    chart.chart_title.text_frame.text = writable(title)
    run = chart.chart_title.text_frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold, run.font.name = Pt(10), True, FONT
    return chart


def _rgb(colour: str):
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour)
