"""The briefing as a Word document: the words and tables of the pages, without the charts."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voc.briefing import view
from voc.briefing.facts import Page

if TYPE_CHECKING:
    from docx.document import Document

TEXT_WIDTH = 17.4  # centimetres
_UNWRITABLE = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def to_docx(page: Page) -> bytes:
    """The first page, a part a leading topic, and the appendix."""
    from datetime import datetime

    from docx import Document
    from docx.shared import Cm, Pt

    paper = Document()
    paper.styles["Normal"].font.size = Pt(9.5)
    for part in paper.sections:
        part.left_margin = part.right_margin = Cm(1.8)
        part.top_margin = part.bottom_margin = Cm(1.5)
    shown = view.view(page)
    _first(paper, page, shown)
    for sheet in page.sheets:
        paper.add_page_break()
        _heading(paper, f"{sheet.rank}. {sheet.topic}", 1)
        _lines(paper, [f"{sheet.about}. {sheet.says}", f"Ask: {sheet.ask}."])
        _table(paper, ("Figure", "Value (80% range)", "Basis and caution"), sheet.figures)
        _lines(paper, [f"{plot.title}: {plot.says}." for plot in (sheet.trend, sheet.curve) if plot])
        _lines(paper, [f"Over-represented in {where}: {how}." for where, how in sheet.segments])
        _lines(paper, [f"“{q['text']}” ({q['source']}, {q['said_on']}; {q['why']})" for q in sheet.quotes])
    paper.add_page_break()
    for section in page.sections:
        _heading(paper, section.title, 2)
        _lines(paper, section.paragraphs)
        if section.rows:
            _table(paper, section.headers, section.rows)
        _lines(paper, section.cautions)
    # the same run gives the same file
    paper.core_properties.created = paper.core_properties.modified = datetime(2000, 1, 1)
    found = io.BytesIO()
    paper.save(found)
    return found.getvalue()


def _first(paper: "Document", page: Page, shown: dict) -> None:
    _lines(paper, [" · ".join(shown["about"])])
    _heading(paper, page.title, 1)
    _lines(paper, [" ".join(page.sentences)])
    if page.scores:
        rows = [(f"{s.label}: {s.definition}", s.actual, s.range, s.last, s.target, s.status) for s in page.scores]
        _table(paper, ("Measure", "Actual", "80% range", "Last full month, and before", "Target", "Status"), rows)
    if shown["rows"]:
        _heading(paper, shown["heading"], 2)
        rows = [(str(r["rank"]), r["topic"], r["owner"], r["ask"], r["said"], r["range"], r["trend"], r["top_3"]) for r in shown["rows"]]
        _table(paper, ("#", "Topic", "Owner", "Ask", shown["lead"].heading, "80% range", "Trend", "In top 3"), rows)
    if shown["box"]:
        _heading(paper, f"{shown['box'].heading}: three ways to count", 2)
        _lines(paper, [f"{bar.label}: {bar.said}, {bar.note}" for bar in shown["box"].bars] + shown["box"].sentences)
    _lines(paper, page.rising)
    if page.changes.said:
        _heading(paper, f"Since the last briefing (data to {page.changes.before})", 2)
        _lines(paper, page.changes.said)
    _heading(paper, "Read this with care", 2)
    _lines(paper, [" ".join(page.caveats), page.ask_whom])


def _clean(text: str) -> str:
    """Text that a document can hold: no control characters."""
    return text.translate(_UNWRITABLE)


def _heading(paper: "Document", text: str, level: int) -> None:
    paper.add_heading(_clean(text), level)


def _lines(paper: "Document", lines: Sequence[str]) -> None:
    from docx.shared import Pt

    for line in lines:
        paper.add_paragraph(_clean(line)).paragraph_format.space_after = Pt(3)


def _table(paper: "Document", headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from docx.shared import Cm, Pt

    # a column is as wide as its longest text, within reason
    lengths = [min(max(len(str(row[i])) for row in [headers, *rows]), 40) + 7 for i in range(len(headers))]
    table = paper.add_table(rows=1, cols=len(headers))
    for i, length in enumerate(lengths):
        table.columns[i].width = Cm(TEXT_WIDTH * length / sum(lengths))
    table.style, table.autofit = "Light Grid Accent 1", False
    for cells, line in [(table.rows[0].cells, headers), *((table.add_row().cells, row) for row in rows)]:
        for cell, text, length in zip(cells, line, lengths, strict=True):
            cell.text, cell.width = _clean(text), Cm(TEXT_WIDTH * length / sum(lengths))
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8)
