"""The briefing as slides, with native charts whose numbers can be edited in PowerPoint or LibreOffice."""

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voc.briefing import slide_charts, view
from voc.briefing.facts import Page
from voc.briefing.markup import writable
from voc.briefing.sheets import Sheet
from voc.briefing.slide_charts import FONT, INK, Place, Ranged
from voc.reports import _words as w

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.5  # inches
FULL, HALF, RIGHT = WIDTH - 2 * MARGIN, 6.05, 6.78  # width of a slide's text, of half of it, and where the right half starts
FOOT = 7.02  # inches from the top: the last line of the first slide
SOFT, BLUE = "5B6470", "0072B2"
SPREAD = 0.51  # mean width of a character of the font, in its size: of text that is mostly small letters
LEADING = 1.24  # height of a line, in its size
SMALLEST = 8.0  # points
LONGEST_OWNER = 60  # characters in the table of the first slide


def to_pptx(page: Page) -> bytes:
    """A slide with the verdict, one with the money, one a leading topic, one with the caveats."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    shown = view.view(page)
    _first(deck, page, shown)
    if shown["box"]:
        _money(deck, shown)
    for sheet in page.sheets:
        _topic(deck, sheet)
    _care(deck, page)
    # the same run gives the same file
    from datetime import datetime

    deck.core_properties.created = deck.core_properties.modified = datetime(2000, 1, 1)
    deck.core_properties.title = writable(page.title)
    found = io.BytesIO()
    deck.save(found)
    return found.getvalue()


def _first(deck: "Presentation", page: Page, shown: dict) -> None:
    """What first, what it costs and how sure that is, whose it is, what changed, and whom to ask about the data."""
    slide = _slide(deck, page.title, " · ".join(shown["about"]))
    _text(slide, [" ".join(page.sentences)], top=1.32, height=0.68, size=14)
    _scores(slide, page)
    _text(slide, [page.ask_whom], top=FOOT, height=0.3, size=10, colour=SOFT)
    if not shown["rows"]:
        return
    heads = ["#", "Topic", "Owner", "Ask", shown["lead"].heading, "80% range", "Trend", "In top 3"]
    rows = [
        [str(r["rank"]), r["topic"], w.shortened(r["owner"], LONGEST_OWNER), r["ask"], r["said"], r["range"], r["trend"], r["top_3"]]
        for r in shown["rows"]
    ]
    widths = (0.35, 2.8, 2.3, 2.9, 1.6, 1.15, 0.85, 1.0)
    below = _table(slide, heads, rows, left=MARGIN, top=2.95, width=FULL, widths=widths, size=11) + 0.12
    for left, heading, lines in ((MARGIN, "New or rising", shown["rising"]), (RIGHT, shown["since_head"], shown["changed"])):
        _text(slide, [heading, *lines], left=left, width=HALF, top=below, height=FOOT - below, size=13, first=14)


def _scores(slide: "Slide", page: Page) -> None:
    width = FULL / max(len(page.scores), 1)
    for i, score in enumerate(page.scores):
        target = [f"{score.target}: {score.status}"] if score.target else []
        known = "; ".join(part for part in (score.range, score.definition) if part)
        lines = [f"{score.label} {score.actual}", known, *target]
        _text(slide, lines, left=MARGIN + i * width, width=width - 0.1, top=2.0, height=0.9, size=10, first=14)


def _money(deck: "Presentation", shown: dict) -> None:
    """Three ways to count all repeats, and what each leading topic takes, with their ranges."""
    box, lead = shown["box"], shown["lead"]
    slide = _slide(deck, box.heading, "")
    three = [Ranged(f"{bar.label}, {bar.note}", bar.low, bar.mid, bar.high) for bar in box.bars]
    said = [f"{bar.label}: {bar.with_range}" for bar in box.bars]
    place = Place(MARGIN, 1.2, HALF, 3.7)
    unit = f"{lead.unit}, " if lead.heading == box.heading else ""
    slide_charts.bars(slide, f"All repeats, three ways to count ({unit}80% ranges)", three, place, says="; ".join(said))
    leading = [Ranged(f"{r['rank']}. {r['topic']}", r["low"], r["mid"], r["high"]) for r in shown["rows"] if r["mid"] is not None]
    if leading:
        words = "; ".join(r["label"] for r in shown["rows"] if r["mid"] is not None)
        slide_charts.bars(slide, f"Leading topics ({lead.unit}, 80% ranges)", leading, Place(RIGHT, 1.2, HALF, 3.7), says=words)
    _text(slide, ["; ".join(said) + ".", *box.sentences, shown["carried"]], top=5.05, height=2.2, size=14)


def _topic(deck: "Presentation", sheet: Sheet) -> None:
    slide = _slide(deck, f"{sheet.rank}. {sheet.topic}", sheet.about)
    _text(slide, [sheet.says, f"Ask: {sheet.ask}."], top=1.3, height=0.8, size=12)
    for plot, left in ((sheet.trend, MARGIN), (sheet.curve, RIGHT)):
        if plot:
            slide_charts.lines(slide, plot, Place(left, 2.1, HALF, 2.75))
    widths, size, top = (2.0, 2.0, 3.6), 9.0, 4.95
    heads = ("Figure", "Value (80% range)", "Basis and caution")
    figures = _that_fit(heads, sheet.figures, width=7.1, widths=widths, size=size, height=HEIGHT - top - 0.1)
    _table(slide, heads, figures, left=MARGIN, top=top, width=7.1, widths=widths, size=size)
    where = [f"Over-represented in {place}: {how}" for place, how in sheet.segments[:2]]
    said = [f"“{w.shortened(q['text'], 260)}” {q['source']}, {q['said_on']}" for q in sheet.quotes[:2]]
    _text(slide, [*where, *said], left=7.75, top=top - 0.05, width=5.1, height=HEIGHT - top - 0.1, size=11)
    notes = "\n".join(f"{what}: {value}; {basis}" for what, value, basis in sheet.figures)
    slide.notes_slide.notes_text_frame.text = writable(notes)  # all of them, whatever the slide has room for


def _care(deck: "Presentation", page: Page) -> None:
    slide = _slide(deck, "Read this with care", "")
    _text(slide, [*page.caveats, page.ask_whom], top=1.3, height=5.9, size=13)


# ---------------------------------------------------------------- what fits


def lines_of(text: str, width: float, size: float) -> int:
    """How many lines a text takes in a width in inches, in a size in points: an estimate on the safe side."""
    most = max(int(width * 72 / (size * SPREAD)), 1)
    return max(len(textwrap.wrap(text, most)), 1)


def _size_that_fits(lines: Sequence[str], width: float, height: float, size: float) -> float:
    """The size asked for, or the largest below it in which all lines fit, half a point at a time."""
    while size > SMALLEST and sum(lines_of(line, width - 0.2, size) * size * LEADING + 3 for line in lines) > (height - 0.1) * 72:
        size -= 0.5
    return size


def _row_height(cells: Sequence[str], width: float, widths: Sequence[float], size: float) -> float:
    """Inches a row of a table takes."""
    most = max(lines_of(text, width * part / sum(widths) - 0.2, size) for text, part in zip(cells, widths, strict=True))
    return most * size * LEADING / 72 + 0.08


def _that_fit(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, width: float, widths: Sequence[float], size: float, height: float
) -> list[Sequence[str]]:
    """The first rows that fit below their heads, none of them cut."""
    left, found = height - _row_height(heads, width, widths, size), []
    for row in rows:
        left -= _row_height(row, width, widths, size)
        if left < 0:
            break
        found.append(row)
    return found


# ---------------------------------------------------------------- parts of a slide


def _slide(deck: "Presentation", title: str, about: str) -> "Slide":
    from pptx.util import Inches, Pt

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = (Inches(v) for v in (MARGIN, 0.25, FULL, 0.75))
    shape.text_frame.text = writable(w.shortened(title, 170))
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
        run.font.size, run.font.bold, run.font.name = size, is_bold, FONT
        run.font.color.rgb = RGBColor.from_string(colour)


def _text(
    slide: "Slide", lines: Sequence[str], *, top: float, height: float, size: float, left: float = MARGIN,
    width: float = FULL, colour: str = INK, first: float | None = None,
) -> None:  # fmt: skip
    """A box of paragraphs, smaller where they would not fit; the first in bold and another size where that is given."""
    from pptx.util import Inches, Pt

    lines = [line for line in lines if line]
    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame
    frame.word_wrap = True
    size = _size_that_fits(lines, width, height, size)
    for i, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = writable(line)
        paragraph.space_after = Pt(3)
        is_first = first is not None and i == 0
        _font([run], Pt(first if is_first else size), colour, is_bold=is_first)


def _table(
    slide: "Slide", heads: Sequence[str], rows: Sequence[Sequence[str]], *, left: float, top: float, width: float,
    widths: Sequence[float], size: float,
) -> float:  # fmt: skip
    """A table, its rows as high as their texts need; gives where it ends, in inches from the top."""
    from pptx.util import Inches, Pt

    heights = [_row_height(cells, width, widths, size) for cells in (heads, *rows)]
    shape = slide.shapes.add_table(len(rows) + 1, len(heads), Inches(left), Inches(top), Inches(width), Inches(sum(heights)))
    table = shape.table
    for i, part in enumerate(widths):
        table.columns[i].width = Inches(part * width / sum(widths))
    for r, cells in enumerate([heads, *rows]):
        table.rows[r].height = Inches(heights[r])
        for c, text in enumerate(cells):
            cell = table.cell(r, c)
            cell.text_frame.text = writable(text)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            _font(cell.text_frame.paragraphs[0].runs, Pt(size), "FFFFFF" if r == 0 else INK, is_bold=r == 0)
            if r == 0:
                _fill(cell.fill, BLUE)
    return top + sum(heights)


def _fill(fill, colour: str) -> None:
    from pptx.dml.color import RGBColor

    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(colour)
