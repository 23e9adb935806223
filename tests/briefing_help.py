"""Stories taken through the reports once, however many tests ask for them: a report takes seconds."""

import pandas as pd
from report_help import story

from voc import tables
from voc.context import RunContext
from voc.stages.report import write_reports

_TOLD: dict[str, tuple[dict[str, pd.DataFrame], RunContext]] = {}


def world(**options) -> tuple[dict[str, pd.DataFrame], RunContext]:
    """(frames with those of the reports, run) of a story. The frames are shared: change copies of them."""
    key = repr(sorted(options.items()))
    if key not in _TOLD:
        frames, run = story(**options)
        _TOLD[key] = {**frames, **write_reports(frames, run).frames}, run
    frames, run = _TOLD[key]
    return dict(frames), run


def two_runs(**then):
    """(frames of a run with another before it, whose priorities had these values, run)."""
    frames, run = world(copies=5)
    old = frames["priorities"].assign(run_id="run-0", **then)
    settings = run.pipeline.model_dump_json()
    base = {"pipeline": "story", "status": "complete", "started_at": "", "finished_at": None, "seed": 1, "inputs": "{}", "currency": "USD"}
    runs = tables.Run.frame(
        [
            base | {"run_id": "run-0", "as_of": "2026-01-20", "settings": settings, "versions": '{"voc": "0.1.0"}'},
            base | {"run_id": "run-1", "as_of": "2026-02-14", "settings": settings, "versions": '{"voc": "0.1.0"}'},
        ]
    )
    parameters = frames["cost_parameters"]
    return {
        **frames, "runs": runs, "priorities": pd.concat([old, frames["priorities"]]),
        "cost_parameters": pd.concat([parameters.assign(run_id="run-0"), parameters]),
    }, run  # fmt: skip
