"""Every stage of the flow: arguments unchanged, the same twice, shuffled rows give the same, empty in and empty out."""

from pathlib import Path

import pandas as pd
import pytest

from voc import flow, setup
from voc.context import Chunks
from voc.errors import VocError
from voc.flow import report_tables
from voc.store import Store

STAGES = flow.flow()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """(context, tables) of a small company after a whole run."""
    folder: Path = tmp_path_factory.mktemp("stages")
    setup.write_sample_company(folder, seed=2, tickets=150, answers=60)

    def nothing(*_):
        return None

    summary = flow.run(folder / "sample.yml", watch=lambda *_: nothing, done=nothing)
    context = flow.check(folder / "sample.yml")
    with Store(summary.database, report_tables(), is_read_only=True) as store:
        frames = {name: store.read(name) for name in store.tables}
    from dataclasses import replace

    return replace(context, run_id=summary.run_id), frames


def inputs(stage, frames) -> dict[str, pd.DataFrame]:
    return {t.name: frames[t.name][t.names].copy() for t in stage.reads}


def outputs(stage, frames, context) -> dict[str, pd.DataFrame]:
    result = stage.run(frames, context).frames
    declared = {t.name: t for t in stage.writes}
    assert set(result) == set(declared)
    return {n: declared[n].check(f.whole() if isinstance(f, Chunks) else f) for n, f in result.items()}


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.name)
def test_a_stage_is_pure_and_does_not_depend_on_row_order(stage, finished):
    context, frames = finished
    given = inputs(stage, frames)
    first = outputs(stage, given, context)
    for name, frame in given.items():
        pd.testing.assert_frame_equal(frame, frames[name][list(frame.columns)])
    shuffled = {n: f.sample(frac=1, random_state=3).reset_index(drop=True) for n, f in inputs(stage, frames).items()}
    second = outputs(stage, shuffled, context)
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name], check_exact=False, rtol=1e-9, obj=name)


@pytest.mark.parametrize("stage", [s for s in STAGES if s.name != "ingest"], ids=lambda s: s.name)
def test_empty_in_empty_out(stage, finished):
    context, _ = finished
    empty = {t.name: t.empty() for t in stage.reads}
    if stage.name in ("embed", "topics"):
        with pytest.raises(VocError, match="No text is left"):
            stage.run(empty, context)
        return
    told = {"reasons", "cost_parameters", "briefings", "coverage", "scorecard", "repeat_rates", "label_agreements",
            "metric_definitions", "metrics"}  # fmt: skip
    for name, frame in outputs(stage, empty, context).items():
        assert name in told or frame.empty, name


def test_the_flow_writes_every_declared_table_once():
    from voc.tables import TABLES

    written = [t.name for stage in STAGES for t in stage.writes]
    by_hand = {"runs", "run_stages", "topic_decisions", "priority_decisions", "forgotten"}
    assert sorted(written) == sorted({t.name for t in (*TABLES, *report_tables())} - by_hand)


def test_a_stage_reads_only_what_stands_before_it():
    from voc.tables import TABLES

    there = {t.name for t in TABLES if t.kind in ("source", "person", "cache")}
    # what the last complete run left for this one, so that topics keep their identity
    there |= {"topic_members", "topic_versions", "topic_fits"}
    there |= {"runs", "run_stages"}  # kept by the flow itself
    for stage in STAGES:
        assert {t.name for t in stage.reads} <= there, stage.name
        there |= {t.name for t in stage.writes}
