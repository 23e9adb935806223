"""Report: every report plug-in computes its table, and the briefing is written from all of them."""

from voc import registry
from voc.briefing import render
from voc.context import Frames, Result, RunContext


def write_reports(frames: Frames, run: RunContext) -> Result:
    """Compute each report in the order of its `ORDER`, then render the briefing from the same frames."""
    plugins = sorted(registry.load_all("reports").values(), key=lambda plugin: (getattr(plugin, "ORDER", 100), plugin.__name__))
    out = {}
    for plugin in plugins:
        needed = {name: frames[name] for name in plugin.READS}
        out[plugin.TABLE.name] = plugin.TABLE.check(plugin.compute(needed, run))
    sections = [s for plugin in plugins if (s := plugin.section(out[plugin.TABLE.name], run))]
    out["briefings"] = render.briefing_rows({**frames, **out}, sections, run)
    return Result(out, {"reports": [plugin.TABLE.name for plugin in plugins], "sections": len(sections)})
