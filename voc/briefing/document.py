"""The briefing as a Word document: the words and tables of the pages, without the charts."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voc.briefing import view
from voc.briefing.facts import Page
from voc.briefing.markup import writable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell

PAPERS = {"a4": (21.0, 29.7), "us-letter": (21.59, 27.94)}  # width and height in centimetres
SIDE, TOP = 1.6, 1.2  # margins in centimetres
FONT, BODY, CELL = "Arial", 8.5, 8.0  # points; the font, or one of its widths, is on every machine: what fits here fits there
WIDEST_LETTER, MEAN_LETTER = 0.58, 0.52  # widths of letters in the font's size: of bold words, of running text
PADDING = 0.45  # centimetres a cell leaves empty at its sides
LONGEST = 70  # characters beyond which a text asks for no wider column
SHORT = 12  # characters up to which a text keeps to one line, such as 103 to 181
LONGEST_QUOTE = 160  # characters, on the first page


def to_docx(page: Page, *, paper: str = "a4") -> bytes:
    """The first page, a part a leading topic, and the appendix. `paper` is one of PAPERS."""
    from datetime import datetime

    from docx import Document

    document = Document()
    _set_paper(document, paper)
    _set_styles(document)
    shown = view.view(page)
    _first(document, page, shown)
    for sheet in page.sheets:
        _heading(document, f"{sheet.rank}. {sheet.topic}", 1, opens_page=True)
        _lines(document, [f"{sheet.about}. {sheet.says}", f"Ask: {sheet.ask}."])
        _table(document, ("Figure", "Value (80% range)", "Basis and caution"), sheet.figures)
        _lines(document, [f"{plot.title}: {plot.says}." for plot in (sheet.trend, sheet.curve) if plot])
        _lines(document, [f"Over-represented in {where}: {how}." for where, how in sheet.segments])
        _lines(document, [f"“{q['text']}” ({q['source']}, {q['said_on']}; {q['why']})" for q in sheet.quotes])
    for i, section in enumerate(page.sections):
        _heading(document, section.title, 2, opens_page=i == 0)
        _lines(document, section.paragraphs)
        if section.rows:
            _table(document, section.headers, section.rows)
        _lines(document, section.cautions)
    # the same run gives the same file
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1)
    found = io.BytesIO()
    document.save(found)
    return found.getvalue()


def _first(document: "Document", page: Page, shown: dict) -> None:
    """The first page; it fills one sheet, so what stands side by side on the other forms does so here."""
    _lines(document, [" · ".join(shown["about"])])
    _heading(document, page.title, 1)
    _lines(document, [" ".join(page.sentences)])
    if page.scores:
        rows = [(f"{s.label}: {s.definition}", s.actual, s.range, s.last, s.target, s.status) for s in page.scores]
        _table(document, ("Measure", "Actual", "80% range", "Last full month, and before", "Target", "Status"), rows)
    if shown["rows"]:
        _heading(document, shown["heading"], 2)
        rows = [(str(r["rank"]), r["topic"], r["owner"], r["ask"], r["said"], r["range"], r["trend"], r["top_3"]) for r in shown["rows"]]
        _table(document, ("#", "Topic", "Owner", "Ask", shown["lead"].heading, "80% range", "Trend", "In top 3"), rows)
    if shown["box"]:
        _heading(document, f"{shown['box'].heading}: three ways to count", 2)
        ways = [f"{bar.label}: {bar.with_range}, {bar.note}" for bar in shown["box"].bars]
        _side_by_side(document, [("", ways), ("", shown["box"].sentences)])
    if shown["rows"]:
        _side_by_side(document, [("New or rising", shown["rising"]), (shown["since_head"], shown["changed"])])
    groups = view.quoted(page.material, LONGEST_QUOTE)
    if groups:
        _heading(document, "In customers’ words", 2)
        _lines(document, [shown["quote_rule"]])
        said = [
            (f"{g['rank']} · {g['topic']}", [f"“{q['text']}” {q['source']}, {q['said_on']}" for q in g["quotes"]]) for g in groups
        ]
        _side_by_side(document, said)
    _heading(document, "Read this with care", 2)
    _lines(document, [" ".join(page.caveats), page.ask_whom])


# ---------------------------------------------------------------- paper and styles


def _set_paper(document: "Document", paper: str) -> None:
    from docx.shared import Cm

    for part in document.sections:
        part.page_width, part.page_height = (Cm(size) for size in PAPERS[paper])
        part.left_margin = part.right_margin = Cm(SIDE)
        part.top_margin = part.bottom_margin = Cm(TOP)
        part.header_distance = part.footer_distance = Cm(TOP / 2)


def _set_styles(document: "Document") -> None:
    """One font throughout, little space between lines: the first page has to hold much."""
    from docx.shared import Pt

    for name, size, before in (("Normal", BODY, 0), ("Heading 1", 14, 2), ("Heading 2", 10, 5)):
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        fonts = style.element.rPr.rFonts
        for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[theme]  # it would win over the font named
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(2)
        style.paragraph_format.line_spacing = 1.0


# ---------------------------------------------------------------- parts of a page


def _heading(document: "Document", text: str, level: int, *, opens_page: bool = False) -> None:
    document.add_heading(writable(text), level).paragraph_format.page_break_before = opens_page


def _lines(document: "Document", lines: Sequence[str]) -> None:
    for line in lines:
        document.add_paragraph(writable(line))


def _text_width(document: "Document") -> float:
    """Centimetres between the margins."""
    return document.sections[0].page_width.cm - 2 * SIDE


def _side_by_side(document: "Document", columns: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Columns of lines under their headings, of equal width and without lines between them."""
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(columns))
    table.autofit = False
    for cell, (heading, lines) in zip(table.rows[0].cells, columns, strict=True):
        cell.width = Cm(_text_width(document) / len(columns))
        _fill(cell, heading, lines)


def _fill(cell: "_Cell", heading: str, lines: Sequence[str]) -> None:
    from docx.shared import Pt

    texts = [(heading, True)] * bool(heading) + [(line, False) for line in lines]
    for i, (text, is_heading) in enumerate(texts):
        paragraph = cell.paragraphs[0] if i == 0 else cell.add_paragraph()
        run = paragraph.add_run(writable(text))
        run.bold, run.font.size = is_heading, Pt(CELL)


def _table(document: "Document", headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from docx.shared import Cm, Pt

    widths = column_widths([headers, *rows], _text_width(document))
    table = document.add_table(rows=1, cols=len(headers))
    table.style, table.autofit = "Light Grid Accent 1", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for cells, line in [(table.rows[0].cells, headers), *((table.add_row().cells, row) for row in rows)]:
        for cell, text, width in zip(cells, line, widths, strict=True):
            cell.text, cell.width = writable(text), Cm(width)
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(CELL)


def unbroken(text: str) -> list[str]:
    """What stays on one line: a short text as it is, a longer one by its words."""
    return text.split() if len(text) > SHORT else [text]


def column_widths(rows: Sequence[Sequence[str]], width: float) -> list[float]:
    """Centimetres of each column, by its heading and its cells: none breaks a word, the rest goes to those with more to say.

    Where the longest words alone take more than there is, all columns shrink alike.
    """
    letter = CELL / 72 * 2.54
    columns = list(zip(*rows, strict=True))
    least = [max(len(part) for text in column for part in unbroken(text)) * letter * WIDEST_LETTER + PADDING for column in columns]
    # a heading may take two lines
    longest = [max(-(-len(column[0]) // 2), *map(len, column[1:]), 1) for column in columns]
    whole = [min(length, LONGEST) * letter * MEAN_LETTER + PADDING for length in longest]
    spare = width - sum(least)
    if spare <= 0:
        return [width * part / sum(least) for part in least]
    more = [max(full - part, 0.0) for full, part in zip(whole, least, strict=True)]
    if sum(more) <= spare:  # every text fits on its line
        more = [extra + (spare - sum(more)) / len(more) for extra in more]
    return [part + extra * spare / sum(more) for part, extra in zip(least, more, strict=True)]
