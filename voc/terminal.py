"""What the command line shows: progress on stderr, results as text or JSON. Prints nothing itself but progress."""

import json
import sys
import time
from pathlib import Path

from voc import flow, registry, starters, taken_in
from voc.errors import VocError, did_you_mean
from voc.reports import _words as w
from voc.store import Store
from voc.tables import TABLES
from voc.views import VIEWS

_KINDS = ("stages", *registry.CONTRACTS, "taxonomies", "pipelines")
_DRAW_EVERY = 0.1  # seconds


class Progress:
    """One line a stage on stderr: done, rate, time remaining; silent where nobody watches."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self.is_quiet = is_quiet
        self.is_live = not is_quiet and sys.stderr.isatty()
        self.label = ""
        self.started = self.drawn = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        self._clear()

    def watch(self, stage: flow.Stage, position: int, total: int):
        """Begin a stage; returns its progress callback."""
        self.label = f"[{position}/{total}] {stage.name:<9} {stage.says}"
        self.started, self.drawn = time.monotonic(), 0.0
        self._draw(self.label)
        return self._step

    def done(self, finished: flow.StageDone) -> None:
        """End a stage with what it wrote and set aside."""
        self._clear()
        if self.is_quiet:
            return
        rows = ", ".join(f"{count:,} {name}" for name, count in finished.rows_out.items() if count)
        notes = ", ".join(f"{_said(key)} {_short(value)}" for key, value in finished.notes.items() if value not in ({}, [], None))
        sys.stderr.write(f"{self.label}: {rows} ({finished.seconds:.1f} s)\n")
        if notes:
            sys.stderr.write(f"      {notes}\n")
        sys.stderr.flush()

    def say(self, line: str) -> None:
        """A line in between, such as what is being waited for."""
        self._clear()
        if not self.is_quiet:
            sys.stderr.write(f"      {line}\n")
            sys.stderr.flush()

    def _step(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.is_live or now - self.drawn < _DRAW_EVERY or now - self.started < 1:
            return
        self.drawn = now
        rate = done / max(now - self.started, 1e-9)
        if total:
            left = (total - done) / max(rate, 1e-9)
            self._draw(f"{self.label} {done / total:4.0%} {done:,}/{total:,} {rate:,.0f}/s {left:,.0f} s left")
        else:
            self._draw(f"{self.label} {done:,} {now - self.started:,.0f} s")

    def _draw(self, text: str) -> None:
        if self.is_live:
            sys.stderr.write(f"\r\x1b[2K{text[:160]}")
            sys.stderr.flush()

    def _clear(self) -> None:
        self._draw("")


def _said(name: str) -> str:
    return name.replace("_", " ")


def _short(value) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{_said(key)} {_short(inner)}" for key, inner in value.items()) + ")"
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    if value is None or isinstance(value, float):
        return "not known" if value is None else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


# ---------------------------------------------------------------- run


def stages_json(stages) -> list[dict]:
    """Finished stages as plain data."""
    return [
        {"stage": s.stage.name, "rows_out": s.rows_out, "notes": s.notes, "seconds": round(s.seconds, 2)} for s in stages
    ]


def dry_run_text(stages: list[dict]) -> str:
    """What a run would read and set aside."""
    lines = ["Nothing was written. A run would take in:"]
    for stage in stages:
        lines += [f"  {_said(name)}: {count:,}" for name, count in stage["rows_out"].items()]
        lines += [f"  {_said(key)}: {_short(value)}" for key, value in stage["notes"].items()]
    return "\n".join(lines)


def run_json(summary: flow.RunSummary) -> str:
    """A finished run as one JSON document with the priorities."""
    with Store(summary.database, flow.report_tables(), is_read_only=True) as store:
        found = store.rows("SELECT * FROM priorities WHERE run_id = ? ORDER BY rank", [summary.run_id])
    document = {
        "run_id": summary.run_id, "database": str(summary.database), "stages": stages_json(summary.stages),
        "priorities": found,
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False)


def run_text(summary: flow.RunSummary, *, width: int = 100, count: int = 10) -> str:
    """What was taken in, the first priorities as a table, and where to look next."""
    with Store(summary.database, flow.report_tables(), is_read_only=True) as store:
        rows = store.rows("SELECT * FROM priorities WHERE run_id = ? ORDER BY rank LIMIT ?", [summary.run_id, count])
        taken, why_no_repeats = [*taken_in.lines(store), ""], taken_in.why_no_repeats(store)
    if not rows:
        return "\n".join([*taken, f"No topics were found. {summary.database} says why: table run_stages."])
    database = _relative(summary.database)
    period = [f"Period: {w.period(*summary.period.ends)}. Topics are found in all data.", ""] if summary.period.is_set else []
    return "\n".join([
        *taken, *period, *_priority_lines(rows, max(width, 80), why_no_repeats), "",
        f"Briefing: voc brief {database}", f"Browse:   voc browse {database}",
    ])  # fmt: skip


def _relative(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _priority_lines(rows: list[dict], width: int, why_no_repeats: str) -> list[str]:
    lead = rows[0]["leads_by"]
    money = lead == "avoidable_cost"
    head = {
        "avoidable_cost": f"avoidable {rows[0]['currency']} a month (80% range)", "repeat_hours": "repeat hours a month",
        "repeat_contacts": "repeats a month (80% range)", "composite_score": "score (0 to 100)",
    }[lead]  # fmt: skip
    name_width = width - 4 - 38 - 12 - 10 - 4
    lines = [
        f"{'':>3} {'topic':<{name_width}} {head:>38} {'repeats/mo':>11} {'P(top 3)':>9}",
    ]
    for row in rows:
        sure = "-" if row["p_top_3"] is None else f"{row['p_top_3']:.0%}"
        mark = "*" if row["is_low_volume"] else " "
        repeats = f"{row['repeats_month_mid']:.1f}"
        lines.append(
            f"{row['rank']:>3} {_cut(row['topic'], name_width):<{name_width}} {_lead(row, lead):>38} {repeats:>11} {sure:>9}{mark}"
        )
    notes = [] if lead == "composite_score" else ["Repeats are net: what chance alone would give is taken out."]
    if money and rows[0]["is_illustrative"]:
        notes.append("Illustrative: the cost file holds assumptions.")
    if lead in ("repeat_contacts", "repeat_hours"):
        notes.append("No cost file: repeats are counted, not priced (voc cost init).")
    if lead == "composite_score":
        notes.append(f"{why_no_repeats}, so the order is by the composite score.")
    if any(row["is_low_volume"] for row in rows):
        notes.append("* few contacts (or answers): no claim about its rank.")
    return [*lines, "", *notes]


def _lead(row: dict, lead: str) -> str:
    if lead == "avoidable_cost":
        low, mid, high = (row[f"avoidable_cost_month_{end}"] or 0 for end in ("low", "mid", "high"))
        return f"{mid:,.0f} ({low:,.0f} to {high:,.0f})"
    if lead == "repeat_hours":
        return f"{row['repeat_hours_month_mid'] or 0:,.1f}"
    if lead == "repeat_contacts":
        low, mid, high = (row[f"repeats_month_{end}"] for end in ("low", "mid", "high"))
        return f"{mid:,.1f} ({low:,.1f} to {high:,.1f})"
    return f"{row['score']:.0f}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


# ---------------------------------------------------------------- lists


def inventory(kind: str | None) -> dict[str, list[dict]]:
    """Everything that can be named in a pipeline file, with one sentence each. Raises VocError for an unknown kind."""
    if kind is not None and kind.replace("-", "_") not in _KINDS:
        raise VocError(f"Nothing called '{kind}' to list.", did_you_mean(kind, _KINDS))
    wanted = [kind.replace("-", "_")] if kind else list(_KINDS)
    return {k: _of_kind(k) for k in wanted}


def _of_kind(kind: str) -> list[dict]:
    if kind == "stages":
        return [{"name": stage.name, "description": stage.says} for stage in flow.flow()]
    if kind in ("taxonomies", "pipelines"):
        return [{"name": name, "description": starters.title(kind, name)} for name in starters.starter_names(kind)]
    return [{"name": n, "description": registry.get(kind, n).DESCRIPTION} for n in registry.names(kind)]


def inventory_text(found: dict[str, list[dict]]) -> str:
    """The inventory, a line each."""
    lines = []
    for kind, items in found.items():
        lines.append(kind.replace("_", " "))
        lines += [f"  {item['name']:<22} {item['description']}" for item in items]
    return "\n".join(lines)


def table_list(database: Path | None) -> list[dict]:
    """Every table and view: name, kind, meaning, rows when a database is given."""
    counts: dict[str, int] = {}
    if database is not None:
        with Store(database, flow.report_tables(), is_read_only=True) as store:
            counts = store.counts()
    declared = [t for t in (*TABLES, *flow.report_tables()) if t.kind != "cache"]
    rows = [{"name": t.name, "kind": t.kind, "description": t.description} for t in declared]
    rows += [{"name": view.name, "kind": "view", "description": view.description} for view in VIEWS]
    return [row | ({"rows": counts.get(row["name"])} if database else {}) for row in rows]


def table_text(found: list[dict]) -> str:
    """The tables, a line each."""
    lines = []
    for row in found:
        count = f"{row['rows']:>9,} " if row.get("rows") is not None else ""
        lines.append(f"{count}{row['name']:<22} {row['kind']:<8} {row['description']}")
    return "\n".join(lines)
