"""The briefing as slides, with native charts whose numbers can be edited in PowerPoint or LibreOffice."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voc.briefing import view
from voc.briefing.facts import Page
from voc.briefing.plots import Plot
from voc.briefing.sheets import Sheet
from voc.reports import _words as w

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.5  # inches
INK, SOFT, BLUE, GREY = "1A1D21", "5B6470", "0072B2", "8A929C"
HUES = ("0072B2", "C44F00", "00805C", "A8518A", "8A6D00", "3B3B98")
_UNWRITABLE = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def to_pptx(page: Page) -> bytes:
    """A slide with the verdict, one with the money, one a leading topic, one with the caveats."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    shown = view.view(page)
    _first(deck, page, shown)
    if shown["box"]:
        _money(deck, shown["box"])
    for sheet in page.sheets:
        _topic(deck, sheet)
    _care(deck, page)
    # the same run gives the same file
    from datetime import datetime

    deck.core_properties.created = deck.core_properties.modified = datetime(2000, 1, 1)
    deck.core_properties.title = _clean(page.title)
    found = io.BytesIO()
    deck.save(found)
    return found.getvalue()


def _first(deck: "Presentation", page: Page, shown: dict) -> None:
    slide = _slide(deck, page.title, " · ".join(shown["about"]))
    _text(slide, [" ".join(page.sentences)], top=1.35, height=0.7, size=14)
    _scores(slide, page)
    if not shown["rows"]:
        return
    heads = ["#", "Topic", "Owner", "Ask", shown["lead"].heading, "80% range", "Trend", "In top 3"]
    rows = [
        [str(r["rank"]), r["topic"], r["owner"], r["ask"], r["said"], r["range"], r["trend"], r["top_3"]]
        for r in shown["rows"]
    ]
    _table(slide, heads, rows, left=MARGIN, top=3.0, width=WIDTH - 2 * MARGIN, widths=(0.4, 2.6, 2.2, 3.1, 1.5, 1.2, 0.8, 0.9))
    changed = [f"Since the last briefing: {text}" for text in page.changes.said]
    _text(slide, [*page.rising, *changed] or ["Nothing new, nothing rising beyond noise."], top=5.9, height=1.4, size=11)


def _scores(slide: "Slide", page: Page) -> None:
    width = (WIDTH - 2 * MARGIN) / max(len(page.scores), 1)
    for i, score in enumerate(page.scores):
        target = [f"{score.target}: {score.status}"] if score.target else []
        lines = [f"{score.label} {score.actual}", f"{score.range}; {score.definition}", *target]
        _text(slide, lines, left=MARGIN + i * width, width=width - 0.1, top=2.05, height=0.9, size=10, first=14)


def _money(deck: "Presentation", box: view.Box) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    slide = _slide(deck, f"{box.heading}: three ways to count", "")
    data = CategoryChartData()
    data.categories = [_clean(f"{bar.label}, {bar.note}") for bar in reversed(box.bars)]
    data.add_series(_clean(box.heading), [bar.mid for bar in reversed(box.bars)])
    chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data, left=MARGIN, top=1.4, width=6.4, height=4)
    _label(chart)
    ranges = [
        f"{bar.label}: {bar.said}" + ("" if bar.low is None else f" ({w.between(bar.low, bar.high, w.compact)})") for bar in box.bars
    ]
    _text(slide, [*ranges, *box.sentences], left=7.2, top=1.4, width=5.6, height=4.5, size=14)


def _label(chart) -> None:
    from pptx.util import Pt

    plot = chart.plots[0]
    plot.has_data_labels = True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "#,##0", False
    plot.data_labels.font.size = Pt(12)
    for axis in (chart.category_axis, chart.value_axis):
        axis.tick_labels.font.size = Pt(12)
    chart.value_axis.has_major_gridlines, chart.value_axis.minimum_scale = False, 0
    _fill(plot.series[0].format.fill, BLUE)


def _topic(deck: "Presentation", sheet: Sheet) -> None:
    slide = _slide(deck, f"{sheet.rank}. {sheet.topic}", sheet.about)
    _text(slide, [sheet.says, f"Ask: {sheet.ask}."], top=1.3, height=0.8, size=12)
    for plot, left in ((sheet.trend, MARGIN), (sheet.curve, WIDTH / 2)):
        if plot:
            _plot(slide, plot, left=left, top=2.1)
    figures = [[what, value, w.shortened(basis, 60)] for what, value, basis in sheet.figures[:4]]  # all are in the notes
    _table(slide, ["Figure", "Value (80% range)", "Basis and caution"], figures, left=MARGIN, top=4.95, width=6.6, widths=(2.2, 2.0, 2.4))
    where = [f"Over-represented in {place}: {how}" for place, how in sheet.segments[:2]]
    said = [f"“{w.shortened(q['text'], 170)}” {q['source']}, {q['said_on']}" for q in sheet.quotes[:2]]
    _text(slide, [*where, *said], left=7.3, top=4.95, width=5.6, height=2.2, size=11)
    notes = "\n".join(f"{what}: {value}; {basis}" for what, value, basis in sheet.figures)
    slide.notes_slide.notes_text_frame.text = _clean(notes)


def _plot(slide: "Slide", plot: Plot, *, left: float, top: float) -> None:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Pt

    data = XyChartData()
    for series in plot.series:
        for name, values in ((series.name, series.values), ("low end of the range", series.low), ("high end of the range", series.high)):
            if values:
                points = data.add_series(_clean(w.shortened(name, 60)))
                for x, y in zip(plot.x, values, strict=True):
                    if y is not None:
                        points.add_data_point(x, y)
    chart = _chart(slide, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, left=left, top=top, width=6.1, height=2.8)
    chart.has_title = True
    chart.chart_title.text_frame.text = _clean(f"{plot.title} ({plot.unit})")
    chart.chart_title.text_frame.paragraphs[0].runs[0].font.size = Pt(11)
    _style(chart, plot)


def _style(chart, plot: Plot) -> None:
    """Colours of lines; ranges thin in the colour of their line, the reference grey and dashed."""
    from pptx.dml.color import RGBColor
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    drawn = iter(chart.plots[0].series)
    for number, series in enumerate(plot.series):
        colour = GREY if series.is_reference else HUES[number % len(HUES)]
        for values, points in ((series.values, 2.0), (series.low, 0.5), (series.high, 0.5)):
            if not values:
                continue
            line = next(drawn).format.line
            line.color.rgb, line.width = RGBColor.from_string(colour), Pt(points)
            if series.is_reference:
                line.dash_style = MSO_LINE.DASH
    chart.has_legend = False
    for axis in (chart.value_axis, chart.category_axis):
        axis.tick_labels.font.size = Pt(10)
        axis.format.line.color.rgb = RGBColor.from_string(GREY)
    chart.category_axis.has_major_gridlines = False
    chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = plot.x[0], plot.x[-1]
    chart.value_axis.minimum_scale = 0
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string("DDE1E6")
    title = chart.category_axis.axis_title.text_frame
    title.text = _clean(f"{plot.x_unit}; dashed: {_reference(plot)}; thin: 80% range")
    title.paragraphs[0].runs[0].font.size, title.paragraphs[0].runs[0].font.bold = Pt(9), False


def _reference(plot: Plot) -> str:
    named = next((s.name for s in plot.series if s.is_reference), "")
    return named if len(named) < 20 else "usual level"


def _care(deck: "Presentation", page: Page) -> None:
    slide = _slide(deck, "Read this with care", "")
    _text(slide, [*page.caveats, page.ask_whom], top=1.3, height=5.7, size=13)


# ---------------------------------------------------------------- parts of a slide


def _clean(text: str) -> str:
    """Text that a slide can hold: no control characters."""
    return text.translate(_UNWRITABLE)


def _slide(deck: "Presentation", title: str, about: str) -> "Slide":
    from pptx.util import Inches, Pt

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = (Inches(v) for v in (MARGIN, 0.25, WIDTH - 2 * MARGIN, 0.75))
    shape.text_frame.text = _clean(w.shortened(title, 170))
    shape.text_frame.word_wrap = True
    paragraph = shape.text_frame.paragraphs[0]
    paragraph.alignment = 1
    _font(paragraph.runs, Pt(26 if len(title) <= 75 else 21), INK, is_bold=True)
    if about:
        _text(slide, [about], top=0.98, height=0.35, size=11, colour=SOFT)
    return slide


def _font(runs, size, colour: str, *, is_bold: bool = False) -> None:
    from pptx.dml.color import RGBColor

    for run in runs:
        run.font.size, run.font.bold = size, is_bold
        run.font.color.rgb = RGBColor.from_string(colour)


def _text(
    slide: "Slide", lines: Sequence[str], *, top: float, height: float, size: float, left: float = MARGIN,
    width: float = WIDTH - 2 * MARGIN, colour: str = INK, first: float | None = None,
) -> None:  # fmt: skip
    """A box of paragraphs; the first in bold and another size where that is given."""
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame
    frame.word_wrap = True
    for i, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = _clean(line)
        paragraph.space_after = Pt(3)
        is_first = first is not None and i == 0
        _font([run], Pt(first if is_first else size), colour, is_bold=is_first)


def _table(
    slide: "Slide", heads: Sequence[str], rows: Sequence[Sequence[str]], *, left: float, top: float, width: float, widths: Sequence[float]
) -> None:
    from pptx.util import Inches, Pt

    shape = slide.shapes.add_table(len(rows) + 1, len(heads), Inches(left), Inches(top), Inches(width), Inches(0.3 * (len(rows) + 1)))
    table = shape.table
    for i, part in enumerate(widths):
        table.columns[i].width = Inches(part * width / sum(widths))
    for r, cells in enumerate([heads, *rows]):
        for c, text in enumerate(cells):
            cell = table.cell(r, c)
            cell.text_frame.text = _clean(text)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            _font(cell.text_frame.paragraphs[0].runs, Pt(11), "FFFFFF" if r == 0 else INK, is_bold=r == 0)
            if r == 0:
                cell.fill.solid()
                _fill(cell.fill, BLUE)


def _fill(fill, colour: str) -> None:
    from pptx.dml.color import RGBColor

    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(colour)


def _chart(slide: "Slide", kind, data, *, left: float, top: float, width: float, height: float):
    from pptx.util import Inches

    place = (Inches(v) for v in (left, top, width, height))
    chart = slide.shapes.add_chart(kind, *place, data).chart
    chart.has_legend = False
    chart.has_title = False
    return chart
