"""Write the briefing of a stored run: as it was stored, or set anew for an audience, an owner, a segment or a format."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from voc import registry, tables
from voc.briefing import links, render
from voc.briefing.facts import Page
from voc.config import Pipeline
from voc.context import RunContext, Section
from voc.costs import CostFile, CostGroup, Line
from voc.errors import VocError, did_you_mean
from voc.reports import _words as w
from voc.setup import read_briefing, write_text
from voc.store import Store

AUDIENCES = {
    "product": ("product_defect", "product_gap", "access", "instruction_unclear"),
    "operations": ("operations_delay", "policy_friction", "chaser"),
    "support": ("wrong_answer", "instruction_unclear", "chaser", "access"),
}
FORMATS = {"html": ".html", "markdown": ".md", "pdf": ".pdf", "pptx": ".pptx", "docx": ".docx", "json": ".json"}
STORED = ("html", "markdown", "json")
NEEDS = "Install it: pip install 'voc[briefing]'; HTML and Markdown need nothing more."
TOTALS = "totals, ranks and repeats are those of all topics and customers"
# what the page reads beside the tables of report plug-ins
_FRAMES = (
    "priorities", "topic_costs", "cost_ledger", "cost_parameters", "cost_reconciliations", "topic_credits", "runs",
    "run_stages", "priority_decisions",
)  # fmt: skip

_NEEDED = ("runs", "priorities", "topic_costs", "scorecard", "coverage", "evidence")  # there is no first page without them


@dataclass(frozen=True)
class Wanted:
    """What the page is narrowed to; nothing by default."""

    audience: str | None = None
    owner: str | None = None
    demand_types: tuple[str, ...] = ()
    segment: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()


def wanted(
    *, audience: str | None = None, owner: str | None = None, demand_types: tuple[str, ...] = (), segment: str | None = None
) -> Wanted:
    """What is asked for, checked. Raises VocError for a kind of demand that is none."""
    for kind in demand_types:
        if kind not in w.DEMAND_WORDS:
            raise VocError(f"'{kind}' is no kind of demand.", did_you_mean(kind, w.DEMAND_WORDS))
    return Wanted(audience, owner, tuple(demand_types), segment)


def format_of(format_: str | None, output: Path | None) -> str:
    """The format asked for, else that of the file's ending, else HTML. Raises VocError for an ending that is none's."""
    if format_ or output is None or not output.suffix:
        return format_ or "html"
    endings = {ending: name for name, ending in FORMATS.items()} | {".htm": "html", ".markdown": "markdown"}
    ending = output.suffix.lower()
    if ending not in endings:
        raise VocError(f"No briefing ends in '{ending}'.", did_you_mean(ending, FORMATS.values()))
    return endings[ending]


def write(path: Path, content: str | bytes) -> None:
    """Write a file. Raises VocError where that cannot be."""
    if isinstance(content, str):
        write_text(path, content)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise VocError(f"{path} cannot be written: {error.strerror}.", "Name another file with --output.") from error


def brief(
    database: Path, run_id: str | None, format_: str, asked: Wanted = Wanted(), *, address: str | None = None
) -> tuple[str | bytes, str]:
    """(content, headline) of a run's briefing, the latest complete run's when none is named.

    `address` is where Datasette serves the database: figures of HTML link to their rows there. Raises VocError where
    there is no such run, or nothing is left of what is wanted.
    """
    if asked.is_whole and format_ in STORED:
        text, title = read_briefing(database, run_id, format_)
        return _linked(text, format_, address), title
    page = stored_page(database, run_id, asked)
    return _set(page, format_, address), page.title


def _set(page: Page, format_: str, address: str | None) -> str | bytes:
    if format_ == "html":
        return _linked(render.to_html(page), format_, address)
    if format_ == "markdown":
        return render.to_markdown(page)
    if format_ == "json":
        return render.to_json(page)
    try:
        if format_ == "pdf":
            from voc.briefing import pdf

            return pdf.to_pdf(page)
        if format_ == "pptx":
            from voc.briefing import slides

            return slides.to_pptx(page)
        from voc.briefing import document

        return document.to_docx(page)
    except ModuleNotFoundError as error:
        raise VocError(f"{format_.upper()} needs {error.name}, which is not installed.", NEEDS) from error


def _linked(text: str, format_: str, address: str | None) -> str:
    if format_ != "html":
        return text
    return links.based(text, address) if address else links.without(text)


def stored_page(database: Path, run_id: str | None, asked: Wanted) -> Page:
    """The page of a stored run, from its report tables alone."""
    reports = sorted(registry.load_all("reports").values(), key=lambda p: (getattr(p, "ORDER", 100), p.__name__))
    with Store(database, tuple(p.TABLE for p in reports), is_read_only=True) as store:
        row = _run_row(store, database, run_id)
        there = {found["name"] for found in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
        names = [n for n in (*_FRAMES, *(p.TABLE.name for p in reports)) if n in there]
        frames, unread = _read(store, names)
    run = _context(row, frames, database)
    for name in [p.TABLE.name for p in reports] + list(_FRAMES):
        if name not in frames:
            frames[name] = _empty(name, reports)
    sections = [s for p in reports if (s := _section(p, frames[p.TABLE.name], run))]
    keep, narrowed = _narrow(asked, frames, run)
    other = (f"left out, as another version of voc wrote them: {', '.join(unread)}",) if unread else ()
    return render.page_of(frames, sections, run, keep=keep, narrowed=(*narrowed, *other))


def _read(store: Store, names: list[str]) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """(tables, names of those that have other columns than this version writes). Raises VocError for one of the first page."""
    frames, unread = {}, []
    for name in names:
        try:
            frames[name] = store.read(name)
        except VocError:
            if name in _NEEDED:
                raise
            unread.append(name)
    return frames, unread


def _run_row(store: Store, database: Path, run_id: str | None) -> dict:
    if run_id is None:
        found = store.latest_run("complete")
        if not found:
            raise VocError(f"{database} holds no complete run.", "Finish a run first: voc run PIPELINE.yml")
        return found
    rows = store.rows("SELECT * FROM runs WHERE run_id = ? AND status = 'complete'", [run_id])
    if not rows:
        known = [r["run_id"] for r in store.rows("SELECT run_id FROM runs WHERE status = 'complete' ORDER BY 1")]
        fix = f"Complete runs: {', '.join(known[-5:])}." if known else "Finish a run first: voc run PIPELINE.yml"
        raise VocError(f"{database} holds no briefing of run '{run_id}'.", fix)
    return rows[0]


def _context(row: dict, frames: dict[str, pd.DataFrame], database: Path) -> RunContext:
    """The run as its stored settings tell; its cost file as far as the stored lines tell."""
    lines = frames.get("cost_parameters")
    mine = [] if lines is None else lines[lines["run_id"] == row["run_id"]].to_dict("records")
    costs = None
    if row["currency"]:
        stored = {x["path"]: Line.model_construct(value=x["value"], source=x["line_source"], note="") for x in mine}
        group = CostGroup.model_construct(name="stored", parameters=stored, channels={})
        costs = CostFile.model_construct(currency=row["currency"], groups=[group], finance=None, ledger=None)
    pipeline = Pipeline.model_validate(json.loads(row["settings"]))
    return RunContext(pipeline=pipeline, folder=database.resolve().parent, run_id=row["run_id"], costs=costs)


def _empty(name: str, reports: list) -> pd.DataFrame:
    own = {p.TABLE.name: p.TABLE for p in reports} | {t.name: t for t in tables.TABLES}
    return own[name].empty()


def _section(report, frame: pd.DataFrame, run: RunContext) -> Section | None:
    mine = frame[frame["run_id"] == run.run_id]
    return report.section(mine, run) if len(mine) else None


# ---------------------------------------------------------------- narrowing


def _narrow(
    asked: Wanted, frames: dict[str, pd.DataFrame], run: RunContext
) -> tuple[Callable[[dict], bool] | None, tuple[str, ...]]:
    """Which priorities stay, and the words for it. Raises VocError when none does."""
    if asked.is_whole:
        return None, ()
    rows = frames["priorities"][frames["priorities"]["run_id"] == run.run_id].to_dict("records")
    tests: list[Callable[[dict], bool]] = []
    said = []
    types = {*asked.demand_types, *(AUDIENCES[asked.audience] if asked.audience else ())}
    if types:
        tests.append(lambda p: p["demand_type"] in types)
        said.append(f"for {asked.audience}" if asked.audience else f"only {', '.join(w.DEMAND_WORDS[t] for t in sorted(types))}")
    if asked.owner:
        tests.append(lambda p: asked.owner.casefold() in w.line(p["owner"]).casefold())
        said.append(f"owner “{w.line(asked.owner)}”")
    if asked.segment:
        over = _over_represented(asked.segment, frames["topic_segments"], run)
        tests.append(lambda p: p["topic_id"] in over)
        said.append(f"topics over-represented in segment “{w.line(asked.segment)}”")
    left = [p for p in rows if all(test(p) for test in tests)]
    if not left:
        owners = sorted({w.line(p["owner"]) for p in rows if w.line(p["owner"])})
        raise VocError(f"No priority is left: {', '.join(said)}.", f"Owners of this run: {', '.join(owners) or 'none'}.")
    return lambda p: all(test(p) for test in tests), (f"narrowed to {w.plural(len(left), 'topic')}: {', '.join(said)}", TOTALS)


def _over_represented(segment: str, rows: pd.DataFrame, run: RunContext) -> set[str]:
    mine = rows[(rows["run_id"] == run.run_id) & (rows["dimension"] == "segment")]
    known = sorted(set(mine["member"]))
    found = next((name for name in known if name.casefold() == segment.casefold()), None)
    if found is None:
        raise VocError(f"No segment '{segment}' in this run.", did_you_mean(segment, known) or "No segment is known.")
    return set(mine.loc[(mine["member"] == found) & mine["is_over"].astype(bool), "topic_id"])
