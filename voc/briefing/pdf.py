"""The briefing as PDF, set by Typst: a wheel without system packages; customers' text reaches it as data, never as markup."""

import json
from collections.abc import Sequence
from importlib.resources import files

from voc.briefing import charts, plots, view
from voc.briefing.facts import Page
from voc.context import Section
from voc.reports import _words as w

PAPERS = ("a4", "us-letter")
LONGEST_CELL, WIDEST = 400, 110  # characters: a longer cell would not fit a page, a wider column would crush others
QUOTE_LENGTHS = (700, 520, 400, 310, 240, 190, 150, 110)  # characters, tried in turn until the first page holds them
HUES = ("#0072b2", "#b84a00", "#00694b", "#a8518a", "#8a6d00", "#3b3b98")
_STYLE = (
    'text{font-size:11.5px;fill:#4a525c;font-family:"Libertinus Serif"}.end{text-anchor:end}.mid{text-anchor:middle}'
    ".grid{stroke:#dde1e6;stroke-width:1}.stroke{fill:none;stroke-width:2}.band{opacity:.16}"
    ".stroke.reference{stroke:#4a525c;stroke-dasharray:5 3}.band.reference{fill:#4a525c}"
    + "".join(
        f".stroke.hue{i}{{stroke:{c}}}.band.hue{i}{{fill:{c}}}.tag.hue{i}{{fill:{c};font-weight:700}}"
        for i, c in enumerate(HUES)
    )
)


def to_pdf(page: Page, *, paper: str = "a4") -> bytes:
    """The pages as a PDF file; fonts come with the library."""
    import typst

    source = (files("voc.briefing") / "templates" / "briefing.typ").read_bytes()
    return typst.compile(source, sys_inputs={"data": json.dumps(data(page, paper=paper))}, format="pdf")


def data(page: Page, *, paper: str = "a4") -> dict:
    """What the template sets: texts, figures and pictures, nothing that is markup."""
    shown = view.view(page)
    return {
        "paper": paper,
        "title": page.title,
        "sentences": " ".join(page.sentences),
        "about": " · ".join(shown["about"]),
        "scores": [
            {"label": s.label, "actual": s.actual, "range": s.range, "target": s.target, "status": s.status,
             "definition": s.definition, "last": s.last}
            for s in page.scores
        ],
        "heading": shown["heading"],
        "lead": shown["lead"].heading,
        "has_repeats": shown["has_repeats"],
        "has": {name: bool(shown[f"has_{name}"]) for name in ("satisfaction", "trend", "certainty")},
        "satisfaction_head": shown["satisfaction_head"],
        "axis": shown["axis"],
        "rows": shown["rows"],
        "carried": shown["carried"],
        "box": _box(shown["box"]),
        "rising": page.rising,
        "since_head": shown["since_head"],
        "first_run": view.FIRST_RUN,
        "changed": list(page.changes.said),
        "quotes": [view.quoted(page.material, longest) for longest in QUOTE_LENGTHS],
        "rule": shown["quote_rule"],
        "caveats": " ".join(page.caveats),
        "ask": page.ask_whom,
        "sheets": [_sheet(sheet) for sheet in page.sheets],
        "sections": [_section(page, section) for section in page.sections],
        "run": page.material.run.run_id,
    }  # fmt: skip


def _box(box: view.Box | None) -> dict | None:
    if box is None:
        return None
    axis = charts.scale([v for bar in box.bars for v in (bar.low, bar.mid, bar.high)])
    bars = [{"label": b.label, "note": b.note, "low": b.low, "mid": b.mid, "high": b.high, "said": b.said} for b in box.bars]
    return {"heading": box.heading, "axis": axis, "bars": bars, "sentences": box.sentences}


def _sheet(sheet) -> dict:
    return {
        "rank": sheet.rank, "topic": sheet.topic, "about": sheet.about, "says": sheet.says, "ask": sheet.ask,
        "plots": [_plot(plot) for plot in (sheet.trend, sheet.curve) if plot],
        "figures": sheet.figures, "widths": _widths(("",) * 3, sheet.figures), "segments": sheet.segments,
        "quotes": [{"text": q["text"], "said": f"{q['source']}, {q['said_on']}; {q['why']}"} for q in sheet.quotes],
    }  # fmt: skip


def _plot(plot: plots.Plot) -> dict:
    legend = [{"hue": -1 if hue == "reference" else int(hue[3:]), "text": f"{tag} {name}" if tag.isdigit() else name} for hue, tag, name in plots.legend(plot)]
    svg = str(plots.draw(plot)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return {
        "title": f"{plot.title} ({plot.unit})",
        "svg": svg.replace(">", f"><style>{_STYLE}</style>", 1),
        "says": plot.says,
        "legend": legend,
    }


def _widths(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is against the others: by its longest text, within reason."""
    return [min(max(len(row[i]) for row in (headers, *rows)), WIDEST) + 4 for i in range(len(headers))]


def _section(page: Page, section: Section) -> dict:
    plot = page.plots.get(section.title)
    chart = section.chart if section.chart and section.chart.kind == "bars" and not plot else None
    bars = None
    if chart:
        blank = (None,) * len(chart.values)
        three = [
            tuple(None if w.is_missing(v) else float(v) for v in ends)
            for ends in zip(chart.low or blank, chart.values, chart.high or blank, strict=True)
        ]
        bars = {
            "title": f"{chart.title} ({chart.unit})",
            "axis": charts.scale([v for ends in three for v in ends]),
            "bars": [
                {"label": label, "low": a, "mid": b, "high": c, "said": "unknown" if b is None else w.amount(b)}
                for label, (a, b, c) in zip(chart.labels, three, strict=True)
            ],
        }
    return {
        "title": section.title,
        "paragraphs": list(section.paragraphs),
        "headers": list(section.headers),
        "widths": _widths(section.headers, section.rows),
        "rows": [[w.shortened(cell, LONGEST_CELL) for cell in row] for row in section.rows],
        "cautions": " ".join(section.cautions),
        "plot": _plot(plot) if plot else None,
        "bars": bars,
    }
