"""Render the briefing: the same facts as Markdown and as one HTML file that needs nothing else."""

import re
from dataclasses import replace

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from voc import tables
from voc.briefing import caveats, charts, facts
from voc.briefing.markup import Plain, escape_markdown
from voc.briefing.verdict import verdict
from voc.context import Chart, Frames, RunContext, Section
from voc.reports import _words as w

LOADER = PackageLoader("voc.briefing", "templates")
LONGEST_NAME, LONGEST_QUOTE, SHORT_CELL = 48, 170, 20  # characters
HEADINGS = {
    "repeats": "What to fix first",
    "contacts": "What customers contact you about",
    "answers": "What to look at first",
    "few": "What they wrote about",
    "nothing": "",
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_FIGURE = re.compile(r"^(unknown|under [\d.]+%?|[A-Z]{3} [\d.,]+\w*|[−-]?\d[\d.,]*%?[kM]?)( \([^)]*\))?( h)?$")


def briefing_rows(frames: Frames, sections: list[Section], run: RunContext) -> pd.DataFrame:
    """The briefing in both formats as rows of `briefings`.

    `frames` hold the report tables of the run (rows of earlier runs are passed over) and `topics`; `sections` come
    from the report plug-ins and stand behind the first page in their order.
    """
    page = _page(frames, sections, run)
    return tables.Briefing.frame(
        {"run_id": run.run_id, "format": name, "title": page.title, "content": content}
        for name, content in (("markdown", to_markdown(page)), ("html", to_html(page)))
    )


def _page(frames: Frames, sections: list[Section], run: RunContext) -> facts.Page:
    material = facts.gather(frames, run)
    title, sentences = verdict(material)
    following = facts.next_priorities(material)
    shown = _cautions_once([*([following] if following else []), *sections])
    return facts.Page(
        title=title,
        sentences=sentences,
        material=material,
        tiles=facts.tiles(material),
        caveats=caveats.caveats(material),
        definitions=caveats.definitions(material),
        sections=shown,
    )


def _cautions_once(sections: list[Section]) -> tuple[Section, ...]:
    """Every caution where it is first needed; said in each section it would be read in none."""
    said: set[str] = set()
    shown = []
    for section in sections:
        shown.append(replace(section, cautions=tuple(c for c in section.cautions if c not in said)))
        said |= set(section.cautions)
    return tuple(shown)


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
        "column_class": _column_classes,
        "day": w.day,
        "glued": _glued,
    }
    return environment.get_template("briefing.html.j2").render(**_shown(page))


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
    text = environment.get_template("briefing.md.j2").render(**_shown(page))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _shown(page: facts.Page) -> dict:
    """The names the templates use."""
    m = page.material
    rows = [_priority(m, p) for p in m.priorities[: facts.SHOWN]]
    figures = [f for p in m.priorities[: facts.SHOWN] for f in m.lead.figures[p["topic_id"]]]
    return {
        "page": page,
        "heading": HEADINGS[m.kind],
        "run": m.run,
        "kind": m.kind,
        "lead": m.lead,
        "about": _about(page),
        "rows": rows,
        "axis": charts.scale(figures),
        "has_trend": m.has_trend,
        "has_satisfaction": m.has_satisfaction,
        "has_certainty": m.has_certainty,
        "has_repeats": m.kind in ("repeats", "few") and bool(m.score("customers")),
        "counts_lead": m.lead.unit == "repeats a month",
        "has_about": any(row["about"] for row in rows),
        "has_contacts": bool(m.score("contacts")),
        "carried": facts.carried(m),
        "quotes": _quotes(m),
    }


def _about(page: facts.Page) -> list[str]:
    """What the briefing is about: pipeline, period, basis of its money."""
    m = page.material
    basis = "money is illustrative" if m.run.costs and m.run.costs.is_illustrative and m.score("contacts") else ""
    return [part for part in (m.run.pipeline.name, facts.period(m), basis) if part]


def _priority(m: facts.Material, row: dict) -> dict:
    """One line of the table of priorities, in words; None where the line has nothing to say."""
    low, mid, high = m.lead.figures[row["topic_id"]]
    demand = w.DEMAND_WORDS.get(row["demand_type"] or "")
    about = " · ".join(w.line(part) for part in (demand, row["owner"]) if part)
    is_doubtful, is_thin = m.is_doubtful(row["topic_id"]), _is_thin(m, row)
    marks = ["doubtful"] * is_doubtful + ["too few for a claim"] * is_thin
    return {
        "rank": row["rank"],
        "topic": w.shortened(w.line(row["topic"]), LONGEST_NAME),
        "low": low,
        "mid": mid,
        "high": high,
        "said": "unknown" if mid is None else m.lead.say(mid),
        "range": m.lead.range(row["topic_id"]),
        "label": f"{row['topic']}: {m.lead.said(row['topic_id'])}, {m.lead.unit}",
        "about": about,
        "marks": marks,
        "notes": [about, *marks] if about else marks,
        "repeats": w.amount(row["repeats_month_mid"]),
        "customers": w.count(row["customers_with_repeat"]),
        "contacts": w.count(row["contacts"]),
        "answers": w.count(m.answers.get(row["topic_id"], 0)),
        "satisfaction": _pull(row),
        "trend": w.trend_words(row["trend_ratio"]),
        "top_3": "" if row["p_top_3"] is None else w.chance(row["p_top_3"]),
        "is_low_volume": is_thin,
    }


def _pull(row: dict) -> str:
    """What the topic does to mean satisfaction; a dash where its range holds 0."""
    low, mid, high = (row[f"satisfaction_impact{end}"] for end in ("_low", "", "_high"))
    return "" if mid is None else facts.points(mid) if low > 0 or high < 0 else "–"


def _is_thin(m: facts.Material, row: dict) -> bool:
    if m.kind == "answers":
        return m.answers.get(row["topic_id"], 0) < facts.FEW_ANSWERS
    return row["is_low_volume"] and m.kind == "repeats"


def _quotes(m: facts.Material) -> list[dict]:
    """One quote for each of the leading topics: the first of the evidence short enough, else cut."""
    shown = []
    for row in m.priorities[: facts.QUOTED]:
        found = m.quotes.get(row["topic_id"], [])
        if not found:
            continue
        quote = next((q for q in found if len(q["text"]) <= LONGEST_QUOTE), found[0])
        shown.append(
            {
                "rank": row["rank"],
                "topic": w.shortened(w.line(row["topic"]), LONGEST_NAME),
                "text": w.shortened(w.line(quote["text"]), LONGEST_QUOTE),
                "said_on": w.day(quote["said_at"]),
                "source": w.line(quote["source"]),
            }
        )
    return shown


# ---------------------------------------------------------------- charts and tables of the sections


def _glued(text: str) -> str:
    """Keep a currency and its amount on one line."""
    return re.sub(r"\b([A-Z]{3}) (?=\d)", "\\1\N{NO-BREAK SPACE}", text)


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
