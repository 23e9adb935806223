"""A database made of the story of report_help, with hostile names and words, for the tests of exports and of diff."""

from functools import cache
from pathlib import Path

import pandas as pd
from report_help import WORDS, story

from voc import registry, tables
from voc.flow import report_tables
from voc.store import Store

RUN = "20260301T080000000-abc123"
EVIL = '=HYPERLINK("http://evil.example","x") <script>alert(1)</script>'
SAID = "@SUM(1+1)|cmd {noformat} *bold* [click](http://evil.example) <!channel> # title"
TOPICS = {"login": "password reset link", "refund": "refund not arrived", "export": EVIL}


def run_row(run_id: str = RUN, **changes) -> dict:
    """A row of the table runs, as it stands when a run begins."""
    return {
        "run_id": run_id, "pipeline": "story", "status": "running", "started_at": "2026-03-01T08:00:00Z",
        "finished_at": None, "as_of": None, "seed": 7, "settings": '{"window_days": 7.0}',
        "versions": '{"voc": "0.1.0"}', "inputs": "{}", "currency": "USD",
    } | changes  # fmt: skip


# Figures of the topic login, put in place of those the method finds: what is said of them is tested, not they.
REPEATS = {"repeats_month_low": 4.2, "repeats_month_mid": 6.8, "repeats_month_high": 11.0}
COST = {"avoidable_cost_month_low": 22.0, "avoidable_cost_month_mid": 36.0, "avoidable_cost_month_high": 59.0}


def frames_of(run_id: str = RUN, **options) -> dict[str, pd.DataFrame]:
    """Every table of the story, its report tables computed, under a run's name."""
    named = {t.name: t for t in (*tables.TABLES, *report_tables())}
    return {
        name: frame.assign(run_id=run_id) if named[name].kind == "report" else frame
        for name, frame in _frames(*options.items()).items()
    }


@cache
def _frames(*options: tuple) -> dict[str, pd.DataFrame]:
    frames, run = story(**{"names": TOPICS, "words": WORDS | {"export": SAID}} | dict(options))
    _settle(frames, has_money=run.costs is not None)
    for plugin in registry.load_all("reports").values():
        frames[plugin.TABLE.name] = plugin.TABLE.check(plugin.compute({n: frames[n] for n in plugin.READS}, run))
    versions = [
        {c.name: row.get(c.name) for c in tables.TopicVersion.columns}
        | {"run_id": run.run_id, "cluster_ids": "[]", "theme": "Access" if row["theme_id"] == "a-access" else None}
        for row in frames["topics"].astype(object).where(frames["topics"].notna(), None).to_dict("records")
    ]
    frames["topic_versions"] = tables.TopicVersion.frame(versions)
    named = {t.name: t for t in (*tables.TABLES, *report_tables()) if t.kind != "cache" and t.name != "runs"}
    frames["clusters"] = tables.Cluster.frame(
        {"cluster_id": f"t-{row['topic_id']}", "name": row["name"], "words": "w", "passage_count": 1, "confidence": 0.8}
        for row in versions
    )
    return {name: frame for name, frame in frames.items() if name in named}


def _settle(frames: dict[str, pd.DataFrame], *, has_money: bool) -> None:
    """Give the topic login its figures, and the others none."""
    for name, figures in (("priorities", REPEATS | (COST if has_money else {}) | {"p_top_3": 0.999}), ("topic_costs", REPEATS)):
        frame = frames[name].copy()
        for column, value in figures.items():
            frame[column] = frame[column].where(frame["topic_id"] == "login", 0.0 if column in REPEATS else None)
            frame.loc[frame["topic_id"] == "login", column] = value
        frames[name] = frame


def database(folder: Path, **options) -> Path:
    """A finished run of the story in a database."""
    path = folder / "story.db"
    frames = frames_of(**options)
    frames["briefings"] = tables.Briefing.frame(
        [{"run_id": RUN, "format": "markdown", "title": "Fix <it> & *soon*", "content": "-"}])  # fmt: skip
    write(path, frames, run_row())
    return path


def write(path: Path, frames: dict[str, pd.DataFrame], run: dict, *, is_complete: bool = True) -> None:
    """One run with its tables, as the flow leaves them."""
    with Store(path, report_tables()) as store:
        store.start_run(run)
        stage = {"run_id": run["run_id"], "stage": "report", "position": 11, "rows_in": "{}", "rows_out": "{}",
                 "notes": "{}", "seconds": 0.1}  # fmt: skip
        store.write_stage(frames, stage)
        store.finish_run(run["run_id"], "complete" if is_complete else "failed", "2026-02-14T12:00:00Z")
