"""Cost: what every contact costs, how it is booked, and what the repeats of every topic cost a month, with ranges."""

import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.credits import topic_credits
from voc.stages.ledger import cost_ledger, ledger_lines
from voc.stages.prices import price_contacts, reconciliation_rows
from voc.stages.topic_costs import measured, topic_costs


def cost_contacts(frames: Frames, run: RunContext) -> Result:
    """Price contacts and add up repeats by topic. Without a cost file: contacts, and hours where they are known."""
    priced = price_contacts(frames["contacts"], run, parts=frames["episode_contacts"])
    lines = ledger_lines(frames, priced.contact_costs, run)
    rows = measured(lines, priced.contact_costs, frames)
    names = frames["topics"].set_index("topic_id")["name"]
    by_topic, totals = topic_costs(rows, priced.contact_costs, frames | {"handle_time_draws": priced.time_draws}, run)
    out = {
        "cost_parameters": _parameter_rows(run),
        "contact_costs": priced.contact_costs,
        "handle_time_draws": priced.time_draws,
        "cost_reconciliations": reconciliation_rows(priced, run),
        "topic_credits": topic_credits(frames, run),
        "ledger_lines": lines,
        "cost_ledger": cost_ledger(lines, frames["episode_contacts"], names, run),
        "topic_costs": by_topic,
        "cost_totals": totals,
    }
    return Result(out, _notes(out, run) | priced.notes)


def _parameter_rows(run: RunContext) -> pd.DataFrame:
    lines = run.costs.lines() if run.costs else []
    return tables.CostParameter.frame(
        {"run_id": run.run_id, "path": path, "value": line.value, "value_low": line.low, "value_high": line.high,
         "currency": line.currency, "line_source": line.source, "note": line.note or None}
        for path, line in lines
    )


def _notes(out: dict[str, pd.DataFrame], run: RunContext) -> dict:
    costs = out["contact_costs"]
    notes = {"handle_time": costs["handle_source"].value_counts().sort_index().to_dict()}
    lines = out["ledger_lines"]
    notes["repeats"] = {
        "raw": round(float(lines.loc[lines["booked_as"] == "repeat", "share"].sum()), 1),
        "net": round(float(lines["repeat_weight"].sum()), 1),
        "bound": round(float(lines["repeat_weight_bound"].sum()), 1),
    }
    if run.costs is None:
        return notes | {"caution": "no cost file: repeats are reported in contacts and hours, not in money"}
    return notes | {"currency": run.currency, "is_illustrative": run.costs.is_illustrative,
                    "cost_full": round(float(costs["cost_full"].sum()), 2)}  # fmt: skip
