"""Report: the metric family (repeat rates, first-contact resolution, ...) over all, topics, channels, sites and time."""

from typing import TYPE_CHECKING

from voc.context import Frames, RunContext, Section
from voc.reports import _words as w
from voc.reports._definitions import ANY_TOPIC_DAYS, APART, definitions, identifier
from voc.reports._shared import ALL_TOPICS
from voc.schema import column, table
from voc.tables import ESTIMATE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from voc.reports._definitions import Definition
    from voc.reports._estimates import Drawn, Group
    from voc.reports._returns import World

DESCRIPTION = "Repeat and first-contact-resolution metrics with ranges, by topic, channel, site, segment, month and week"
ORDER = 22
READS = ("contacts", "responses", "verbatims", "topics", "episode_contacts", "repeats")
FACETS = ("all", "topic", "channel", "site", "segment", "month", "week")
METHODS = ("Kaplan-Meier", "mature contacts only", "maturity factor", "share")
FEW_CASES, FEW_CUSTOMERS = 20, 10
OPEN_END = (
    "Contacts of the last days cannot have shown their return yet. Kaplan-Meier allows for it; a period that is not "
    "over is provisional: its returns so far over those due so far."
)
NOT_GIVEN = {
    "one_touch": "No source counts the public replies of solved contacts.",
    "one_touch_under_2": "No source counts the public replies of solved contacts.",
    "fcr_survey": "No survey question asks whether the matter was resolved.",
    "zero_customer_reply": "No source counts the messages a customer wrote on a ticket.",
    "fcr_strict": "No source marks escalations or calls back.",
    "chaser_rate": "No source tells a customer's message on an open ticket from a new contact.",
}
NO_CUSTOMERS = "No source says who made contact."
NO_PROBABILITIES = "The repeats have no probabilities."
TOO_SHORT = "The data are too short for it, or no contact has a topic."
DATED = (("contacts", "opened_at"), ("responses", "responded_at"))


@table(
    "metrics",
    kind="report",
    grain="run, metric, group and method",
    facets=("definition_id", "by", "method"),
    sort="definition_id",
    cautions=(OPEN_END, ESTIMATE),
    indexes=(("definition_id", "by"),),
)
class Metric:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    definition_id: str = column("The metric, as in metric_definitions", key=True)
    by: str = column("What the groups are", key=True, choices=FACETS)
    member: str = column("The group: topic id, channel, ..., month (2026-05), Monday of the week; '*' for all", key=True)
    method: str = column("How the end of the data is dealt with", key=True, choices=METHODS)
    member_name: str = column("The group in words")
    value: float | None = column("The figure; empty where the data cannot give it")
    low: float | None = column("Low end of its 80% range; wider than resampling says with few cases")
    high: float | None = column("High end of its 80% range")
    unit: str = column("Share (0 to 1) or number", choices=("share", "number"))
    n: int = column("Cases: contacts, episodes or responses, as metric_definitions.per says", low=0)
    resamples: int = column("Resamples behind the range; with more than 50,000 contacts the run's first 200", low=0)
    as_of: str | None = column("Last date of the data")
    is_preferred: bool = column("The one to quote where there are two methods")
    is_provisional: bool = column("The period is not over: the figure will still move")
    is_low_volume: bool = column("Fewer than 20 cases or 10 customers")
    why_missing: str | None = column("Why there is no figure")


TABLE = Metric


def compute(frames: Frames, run: RunContext) -> "pd.DataFrame":
    """Every metric over every group; what cannot be known is there once, empty, with the reason."""
    import numpy as np
    import pandas as pd

    from voc.reports import _estimates as estimates
    from voc.reports._returns import watch

    world = watch(frames)
    names = {ALL_TOPICS: "all", **dict(zip(frames["topics"]["topic_id"], frames["topics"]["name"], strict=True))}
    known = {d.definition_id: d for d in definitions(run.pipeline.window_days)}
    blocks = []
    for group in estimates.groups(world):
        people = estimates.customers(world, group)
        found = estimates.of_group(world, group, run)
        blocks += [_rows(group, drawn, people, names, known[drawn.definition_id]) for drawn in found]
    for group, drawn, people in estimates.said_resolved(frames, run):
        blocks.append(_rows(group, drawn, people, names, known[drawn.definition_id]))
    found = pd.DataFrame({name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]} if blocks else {})
    rows = pd.concat([part for part in (found, _missing(found, world, run)) if len(part)], ignore_index=True)
    last = max((str(frames[t][c].max())[:10] for t, c in DATED if len(frames[t])), default=None)
    return TABLE.check(rows.assign(run_id=run.run_id, as_of=last)[TABLE.names])


def _rows(
    group: "Group", drawn: "Drawn", people: "np.ndarray", names: dict[str, str], definition: "Definition"
) -> "dict[str, np.ndarray]":
    """Columns of the rows of one metric: one row a member with cases."""
    import numpy as np

    from voc.reports._survival import spread

    value, n = drawn.values[0], drawn.n.round().astype(int)
    low, high = spread(drawn.values, n, is_share=definition.unit == "share")
    member = np.array(group.members, dtype=object)
    columns = {
        "definition_id": drawn.definition_id, "by": group.by, "member": member, "method": drawn.method,
        "member_name": np.array([names.get(m, m) if group.by in ("all", "topic") else m for m in member], dtype=object),
        "value": value, "low": low, "high": high, "unit": definition.unit, "n": n,
        "resamples": len(drawn.values) - 1, "is_preferred": drawn.is_preferred,
        "is_provisional": drawn.is_provisional, "is_low_volume": (n < FEW_CASES) | (people < FEW_CUSTOMERS),
        "why_missing": np.where(np.isfinite(value), None, _too_short(drawn.method, definition)),
    }  # fmt: skip
    there = n > 0
    return {
        name: np.broadcast_to(np.array(x, dtype=object if isinstance(x, str) else None), n.shape)[there]
        for name, x in columns.items()
    }


def _too_short(method: str, definition: "Definition") -> str:
    if method == "maturity factor":
        return "The period has hardly begun."
    window = definition.window_days
    return f"No contact has been watched for {w.days_text(window)} yet." if window else "There are no cases."


def _missing(found: "pd.DataFrame", world: "World", run: RunContext) -> "pd.DataFrame":
    """One empty row for every metric that has none, with the reason."""
    import pandas as pd

    there = set(found["definition_id"]) if len(found) else set()
    has_customers = bool(world.contacts["customer_id"].notna().any())
    rows = []
    for d in definitions(run.pipeline.window_days):
        if d.definition_id in there:
            continue
        rows.append({
            "definition_id": d.definition_id, "by": "all", "member": ALL_TOPICS, "method": "share", "member_name": "all",
            "value": None, "low": None, "high": None, "unit": d.unit, "n": 0, "resamples": 0, "is_preferred": True,
            "is_provisional": False, "is_low_volume": True, "why_missing": _why(d, has_customers, world.is_net_known),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _why(definition: "Definition", has_customers: bool, is_net_known: bool) -> str:
    """Why a metric has no cases at all."""
    name = definition.definition_id
    if name in NOT_GIVEN:
        return NOT_GIVEN[name]
    if not has_customers:
        return NO_CUSTOMERS
    if name.startswith("net_") and not is_net_known:
        return NO_PROBABILITIES
    return TOO_SHORT


def section(frame: "pd.DataFrame", run: RunContext) -> Section | None:
    """The family over all contacts, the check of chains against resolution, and what cannot be known."""
    whole = frame[(frame["by"] == "all") & frame["is_preferred"]].set_index("definition_id")
    if not whole["value"].notna().any():
        return None
    rows, missing = [], {}
    for d in definitions(run.pipeline.window_days):
        row = whole.loc[d.definition_id]
        say = w.percent if d.unit == "share" else _two_digits
        if w.is_missing(row["value"]):
            missing.setdefault(row["why_missing"], []).append(d.name)
        elif d.window_days in (None, run.pipeline.window_days, ANY_TOPIC_DAYS):
            range_ = w.between(row["low"], row["high"], say)
            rows.append((d.name, say(row["value"]), range_, f"{w.count(row['n'])} {d.per}s", row["method"], d.used_by))
    return Section(
        title="Repeat rates and first-contact resolution, and who counts them so",
        paragraphs=tuple(p for p in (_checked(whole, run), _unknown(missing)) if p),
        headers=("Metric", "Figure", "80% range", "Cases", "Method", "Used by"),
        rows=tuple(rows),
        cautions=(OPEN_END, ESTIMATE),
    )


def _checked(whole: "pd.DataFrame", run: RunContext) -> str:
    """Whether contacts per resolution agree with 1/FCR."""
    check, chain = whole.loc["fcr_check"], whole.loc["contacts_per_resolution"]
    fcr = whole.loc[identifier("fcr", run.pipeline.window_days)]
    if w.is_missing(check["value"]):
        return ""
    both = f"Contacts per resolution are {_two_digits(chain['value'])}, 1/FCR is {_two_digits(1 / fcr['value'])}"
    if abs(check["value"] - 1) <= APART:
        return f"{both}: they agree within {APART:.0%}."
    return (
        f"{both}: more than {APART:.0%} apart. Customers or topics may be joined or split wrongly, or few customers "
        "write on and on; look at both before quoting either."
    )


def _unknown(missing: dict[str, list[str]]) -> str:
    said = "; ".join(f"{', '.join(names)} ({why.rstrip('.')})" for why, names in missing.items())
    return said and f"Not known: {said}."


def _two_digits(value: float) -> str:
    return f"{value:.2f}"
