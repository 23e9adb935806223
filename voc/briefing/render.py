"""Render the briefing: the same facts as Markdown and as one HTML file that needs nothing else."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from voc import tables
from voc.briefing import caveats, changes, charts, facts, links, money_words, plots, view
from voc.briefing.markup import Plain, escape_markdown
from voc.briefing.verdict import verdict
from voc.context import Chart, Frames, RunContext, Section
from voc.reports import _words as w

LOADER = PackageLoader("voc.briefing", "templates")
SHORT_CELL = 28  # characters
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_FIGURE = re.compile(r"^(unknown|under [\d.]+%?|[A-Z]{3} [\d.,]+\w*|[−-]?\d[\d.,]*%?[kM]?)( \([^)]*\))?( h)?$")


def briefing_rows(frames: Frames, sections: list[Section], run: RunContext) -> pd.DataFrame:
    """The briefing as rows of `briefings`: Markdown, HTML, and its first page as JSON for the pages of Datasette.

    `frames` hold the report tables of the run (rows of earlier runs are passed over) and `topics`; `sections` come
    from the report plug-ins and stand behind the first page in their order.
    """
    page = page_of(frames, sections, run)
    return tables.Briefing.frame(
        {"run_id": run.run_id, "format": name, "title": page.title, "content": content}
        for name, content in (("markdown", to_markdown(page)), ("html", to_html(page)), ("json", to_json(page)))
    )


def page_of(
    frames: Frames, sections: list[Section], run: RunContext, *, keep: Callable[[dict], bool] | None = None, narrowed: tuple[str, ...] = ()
) -> facts.Page:
    """Everything the formats set. `keep` narrows the priorities; `narrowed` says so on the page."""
    material = facts.gather(frames, run)
    if keep:
        material = replace(material, priorities=[p for p in material.priorities if keep(p)], is_narrowed=True)
    previous = changes.previous_run(frames, run)
    title, sentences = verdict(material)
    following = facts.next_priorities(material)
    behind = money_words.sections(material.money) if material.money and material.kind == "repeats" else []
    return facts.Page(
        title=title,
        sentences=sentences,
        material=material,
        scores=facts.scorecard(material),
        rising=changes.new_or_rising(frames, run, material.priorities, previous)
        or [changes.NO_CONTACTS if material.kind == "answers" else changes.NOTHING_RISING if material.has_trend else changes.TOO_SHORT],
        changes=changes.since(frames, run, previous),
        ask_whom=_whom(run),
        narrowed=narrowed,
        caveats=caveats.caveats(material),
        sheets=view.topic_sheets(material),
        sections=_cautions_once([*([_terms(material)] if material.kind != "nothing" else []), *([following] if following else []), *behind, *sections]),
        plots=facts.plots(material),
    )


def _terms(m: facts.Material) -> Section:
    return Section(title="Terms of the first page", paragraphs=tuple(caveats.definitions(m)))


def _whom(run: RunContext) -> str:
    """Whom to ask about the data, and by which words."""
    named = run.pipeline.briefing.data_contact
    who = w.line(named) if named else "nobody is named (briefing: data_contact in the pipeline file names one)"
    return f"Questions about the data: {who}. Name the run {run.run_id} of {run.pipeline.name}."


def _cautions_once(sections: list[Section]) -> tuple[Section, ...]:
    """Every caution where it is first needed; said in each section it would be read in none."""
    said: set[str] = set()
    shown = []
    for section in sections:
        shown.append(replace(section, cautions=tuple(c for c in section.cautions if c not in said)))
        said |= set(section.cautions)
    return tuple(shown)


def to_json(page: facts.Page) -> str:
    """What the first page says, as an object: texts, the scorecard, what rises, what changed, cautions."""
    said = {
        "title": page.title, "about": view.about(page), "sentences": page.sentences,
        "scores": [asdict(score) for score in page.scores], "rising": page.rising, "changes": asdict(page.changes),
        "caveats": page.caveats, "ask_whom": page.ask_whom,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def to_html(page: facts.Page) -> str:
    """One self-contained file: no script, nothing fetched; the first part fills one printed page."""
    environment = Environment(
        loader=LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "draw_bar": _bar,
        "draw_lines": _lines,
        "span": _span,
        "draw_bars": _bars,
        "draw_plot": plots.draw,
        "legend": plots.legend,
        "column_class": _column_classes,
        "day": w.day,
        "glued": _glued,
        "between": _between,
        "whole_axis": _whole_axis,
        "draw_box": _box_bar,
        "rows_of": partial(_rows_of, page),
    }
    return environment.get_template("briefing.html.j2").render(**view.view(page))


def to_markdown(page: facts.Page) -> str:
    """Every value is escaped unless it is marked as Markdown of our own."""
    environment = Environment(
        loader=LOADER,
        autoescape=False,
        finalize=escape_markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "numeric": _numeric_columns,
        "md_row": _markdown_row,
        "md_rule": _markdown_rule,
        "sparks": _sparks,
        "span": _span,
        "day": w.day,
    }
    text = environment.get_template("briefing.md.j2").render(**view.view(page))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


# ---------------------------------------------------------------- charts and tables of the sections


def _glued(text: str) -> str:
    """Keep a currency and its amount on one line."""
    return re.sub(r"\b([A-Z]{3}) (?=\d)", "\\1\N{NO-BREAK SPACE}", text)


def _rows_of(page: facts.Page, text: object, table: str, *where: tuple[str, object]) -> Markup:
    """A figure that leads to its rows."""
    run = page.material.run
    return links.anchor(_glued(str(text)), Path(run.pipeline.database).stem, table, (("run_id", run.run_id), *where))


def _between(bar: money_words.Bar) -> str:
    return w.spread(bar.low, bar.mid, bar.high)


def _whole_axis(bars: list[money_words.Bar]) -> tuple[float, float]:
    return charts.scale([v for bar in bars for v in (bar.low, bar.mid, bar.high)])


def _box_bar(heading: str, bar: money_words.Bar, axis: tuple[float, float]) -> Markup:
    label = f"{heading}, {bar.label}: {bar.said}"
    return charts.bar(bar.mid, bar.low, bar.high, axis=axis, label=label, is_faint=bar.label != "net")


def _bar(row: dict, axis: tuple[float, float]) -> Markup:
    return charts.bar(row["mid"], row["low"], row["high"], axis=axis, label=row["label"], is_faint=row["is_low_volume"])


def _bars(chart: Chart) -> list[tuple[str, Markup, str]]:
    """(label, bar, value in words) of every bar of a chart."""
    blank = (None,) * len(chart.values)
    low, high = chart.low or blank, chart.high or blank
    known = [
        tuple(None if w.is_missing(v) else float(v) for v in three)
        for three in zip(low, chart.values, high, strict=True)
    ]
    axis = charts.scale([v for three in known for v in three])
    return [
        (label, charts.bar(mid, a, b, axis=axis, label=f"{label}: {_said(a, mid, b)} {chart.unit}"), _said(a, mid, b))
        for label, (a, mid, b) in zip(chart.labels, known, strict=True)
    ]


def _said(low: float | None, mid: float | None, high: float | None) -> str:
    if mid is None:
        return "unknown"
    return w.amount(mid) if low is None or high is None else f"{w.amount(mid)} ({w.between(low, high)})"


def _lines(chart: Chart) -> list[tuple[str, Markup, str]]:
    """(label, line, its ends in words) of every series of a chart; one axis for all."""
    top = max((max(series) for series in chart.values if series), default=1.0)
    return [
        (label, charts.line(series, top=top, label=f"{label}: {_ends(series)} {chart.unit}"), _ends(series))
        for label, series in zip(chart.labels, chart.values, strict=True)
    ]


def _ends(series: tuple[float, ...]) -> str:
    return f"{w.amount(series[0])} to {w.amount(series[-1])}, at most {w.amount(max(series))}"


def _span(ticks: tuple[str, ...]) -> str:
    """From where to where a line runs: weeks by their Mondays, else as the ticks say it."""
    if _DATE.fullmatch(ticks[0]):
        return f"Weeks of {w.day(ticks[0])} to {w.day(ticks[-1])}"
    return f"{ticks[0]} to {ticks[-1]}"


def _sparks(chart: Chart) -> list[tuple[str, Plain, str]]:
    top = max((max(series) for series in chart.values if series), default=1.0)
    return [
        (label, Plain(charts.blocks(series, top)), _ends(series))
        for label, series in zip(chart.labels, chart.values, strict=True)
    ]


def _numeric_columns(rows: tuple[tuple[str, ...], ...]) -> list[bool]:
    """Which columns hold figures, and are set flush right."""
    return [
        any(column) and all(not cell or _FIGURE.match(cell) for cell in column) for column in zip(*rows, strict=True)
    ]


def _column_classes(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    """How each column is set: figures flush right, short texts on one line."""
    return [
        "n" if is_figure else "short" if max(map(len, column)) <= SHORT_CELL else ""
        for is_figure, column in zip(_numeric_columns(rows), zip(*rows, strict=True), strict=True)
    ]


def _markdown_row(cells: tuple[str, ...]) -> Plain:
    return Plain("| " + " | ".join(escape_markdown(cell) for cell in cells) + " |")


def _markdown_rule(is_numeric: list[bool]) -> Plain:
    return Plain("|" + "|".join(" ---: " if number else " --- " for number in is_numeric) + "|")
