"""Stories taken through the reports once, however many tests ask for them: a report takes seconds."""

import pandas as pd
from report_help import story

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
