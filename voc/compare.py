"""What changed between two runs, which changes are beyond noise, and what is behind them."""

import json
import math
from pathlib import Path

from voc import flow
from voc.config import database_of
from voc.errors import VocError
from voc.reports import _words as w
from voc.store import Store

TOP = 5
SAME_DATA_LEAST = 0.05  # where both runs read the same data nothing is chance; smaller changes are not worth a line
Z80 = 1.2816  # half the width of an 80% range, in standard deviations
MEASURES = {
    "avoidable_cost": ("avoidable_cost_month", "avoidable {currency} a month"),
    "repeats": ("repeats_month", "repeat contacts a month"),
}
NEEDED = ("runs", "priorities", "topic_costs", "topic_versions", "topic_lineage", "topic_fits", "cost_parameters",
          "coverage", "scorecard")  # fmt: skip
RULE = (
    "Beyond noise: the 80% ranges of the two runs do not overlap; P is how sure the direction is. Runs that share contacts "
    "vary together, so the rule rather misses a change than invents one."
)
RULE_SAME_DATA = (
    f"Both runs read the same data, so no change is chance; listed are those of {SAME_DATA_LEAST:.0%} or more."
)


def diff(target: Path | None, runs: tuple[str, ...] = ()) -> dict:
    """What changed from one complete run to another.

    `runs`: none compares the latest two, one compares that run with the latest, two are taken in their order. Raises
    VocError for a database without two runs, an unknown run, and tables of another version.
    """
    database = database_of(target)
    with Store(database, flow.report_tables(), is_read_only=True) as store:
        store.db.conn.execute("BEGIN")  # one moment of the database
        _refuse_other_shape(store)
        before, after = (_loaded(store, run) for run in _chosen(store, runs))
        between = _lineage(store, before["run"], after["run"])
    return compared(before, after, between)


def compared(before: dict, after: dict, between: dict[str, dict]) -> dict:
    """The comparison of two loaded runs. `between`: the last thing that became of a topic on the way."""
    reasons = why(before, after)
    is_same_data = not any(reason["kind"] in ("period", "data", "sources") for reason in reasons)
    measure = _measure(before["run"], after["run"])
    old, new = before["topics"], after["topics"]
    both = [_moved(old[t], new[t], measure, is_same_data) for t in new if t in old]
    return {
        "from": _shown_run(before), "to": _shown_run(after), "why": reasons, "is_same_data": is_same_data,
        "rule": RULE_SAME_DATA if is_same_data else RULE, "measure": measure,
        "totals": _totals(before, after, is_same_data),
        "entered": [_entered(new[t], between.get(t), measure) for t in new if t not in old],
        "left": [_left(old[t], between.get(t), measure) for t in old if t not in new],
        "moved": sorted((m for m in both if m["is_beyond_noise"]), key=lambda m: (-abs(m["change"]), m["topic_id"])),
        "first_five": _first_five(old, new),
        "reassigned": _reassigned(old, new), "unmoved_count": sum(not m["is_beyond_noise"] for m in both),
    }  # fmt: skip


# ---------------------------------------------------------------- reading


def _refuse_other_shape(store: Store) -> None:
    for name in NEEDED:
        found = [row["name"] for row in store.rows("SELECT name FROM pragma_table_info(?)", [name])]
        if found != store.tables[name].names:
            raise VocError(f"{store.path}: the table {name} was written by another version of voc.", "Run the pipeline again.")


def _chosen(store: Store, wanted: tuple[str, ...]) -> tuple[dict, dict]:
    complete = store.rows("SELECT * FROM runs WHERE status = 'complete' ORDER BY started_at DESC, rowid DESC")
    by_id = {row["run_id"]: row for row in complete}
    if len(wanted) > 2:
        raise VocError(f"Two runs can be compared, not {len(wanted)}.", "Name two, one, or none for the latest two.")
    for run_id in wanted:
        if run_id not in by_id:
            listed = f"Complete runs, latest first: {', '.join(list(by_id)[:5])}." if by_id else "It holds none."
            raise VocError(f"{store.path} holds no complete run '{run_id}'.", listed)
    if len(wanted) == 2:
        if wanted[0] == wanted[1]:
            raise VocError(f"'{wanted[0]}' cannot be compared with itself.", "Name two runs, or none for the latest two.")
        return by_id[wanted[0]], by_id[wanted[1]]
    if len(complete) < 2:
        count = "one complete run" if complete else "no complete run"
        raise VocError(f"{store.path} holds {count}; a comparison needs two.", "Run the pipeline again: voc run PIPELINE.yml")
    after = complete[0]
    if wanted and wanted[0] != after["run_id"]:
        return by_id[wanted[0]], after
    return next((row for row in complete[1:] if row["pipeline"] == after["pipeline"]), complete[1]), after


def _loaded(store: Store, run: dict) -> dict:
    """What is stored of a run, by what it is about."""

    def rows(name: str, order: str) -> list[dict]:
        return store.rows(f'SELECT * FROM "{name}" WHERE run_id = ? ORDER BY {order}', [run["run_id"]])

    costs = {row["topic_id"]: row for row in rows("topic_costs", "topic_id")}
    priorities = rows("priorities", "rank")
    return {
        "run": run, "settings": json.loads(run["settings"]), "inputs": json.loads(run["inputs"]),
        "versions": {name: one for name, one in json.loads(run["versions"]).items() if name != "key"},  # of the database, no version
        "topics": {row["topic_id"]: row | {"months": costs.get(row["topic_id"], {}).get("months")} for row in priorities},
        "costs": {row["path"]: row["value"] for row in rows("cost_parameters", "path")},
        "coverage": {row["measure"]: row for row in rows("coverage", "position")},
        "scores": {row["measure"]: row for row in rows("scorecard", "position")},
        "fit": next(iter(rows("topic_fits", "run_id")), None),
    }  # fmt: skip


def _lineage(store: Store, before: dict, after: dict) -> dict[str, dict]:
    """By topic, the last thing but 'continued' that became of it in the runs after one and up to the other."""
    found = store.rows(
        "SELECT l.* FROM topic_lineage l JOIN runs r USING (run_id) WHERE r.status = 'complete' AND r.started_at > ? "
        "AND r.started_at <= ? AND l.event != 'continued' AND l.previous_run_id IS NOT NULL ORDER BY r.started_at, l.topic_id",
        [before["started_at"], after["started_at"]],
    )
    return {row["topic_id"]: row for row in found}


# ---------------------------------------------------------------- why


def why(before: dict, after: dict) -> list[dict]:
    """What differs between two runs beside their figures: kind and words, the period and the data first.

    Where the runs are of other periods, other counts are the period's doing; new files are named all the same.
    """
    period = _period(before, after)
    found = [
        *(("period" if period else "data", text) for text in (*period, *_data(before, after))),
        *(("sources", text) for text in _files(before, after)),
        *(("taxonomy", text) for text in _taxonomy(before, after)),
        *(("edits", text) for text in _edits(before, after)),
        *(("model", text) for text in _model(before, after)),
        *(("settings", text) for text in _changes(_settings(before), _settings(after))),
        *(("cost file", text) for text in _changes(before["costs"], after["costs"])),
        *(("version", text) for text in _changes(before["versions"], after["versions"])),
    ]
    return [{"kind": kind, "says": text} for kind, text in found]


def _period(before: dict, after: dict) -> list[str]:
    """That the runs were asked for different periods."""
    old, new = ((side["run"]["first_day"], side["run"]["last_day"]) for side in (before, after))
    return [f"period changed: {w.period(*old)} → {w.period(*new)}"] if old != new else []


def _settings(side: dict) -> dict[str, object]:
    """Settings by their path, but for the period, which has a line of its own."""
    return {key: value for key, value in _flat(side["settings"]).items() if not key.startswith("period.")}


def _data(before: dict, after: dict) -> list[str]:
    """Counts and days of the data that differ."""

    def counted(side: dict, measure: str) -> int:
        return side["coverage"].get(measure, {}).get("row_count") or 0

    found = []
    contacts = [counted(side, "contacts_taking_part") for side in (before, after)]
    responses = [counted(side, "responses") - counted(side, "responses_outside_period") for side in (before, after)]
    for (old, new), what in ((contacts, "contacts that take part"), (responses, "survey responses")):
        if old != new:
            found.append(f"{what}: {w.count(old)} → {w.count(new)}")
    for measure, what in (("period_from", "first day"), ("period_to", "last day")):
        old, new = (side["coverage"].get(measure, {}).get("happened_on") for side in (before, after))
        if old != new:
            found.append(f"{what}: {w.day(old) or 'none'} → {w.day(new) or 'none'}")
    return found


def _is_source(name: str, settings: dict) -> bool:
    return not name.startswith(("taxonomy ", "edits ")) and name != settings.get("costs")


def _files(before: dict, after: dict) -> list[str]:
    """Input files that came, went or hold other bytes."""
    old, new = (
        {n: facts["sha256"] for n, facts in side["inputs"].items() if _is_source(n, side["settings"])} for side in (before, after)
    )
    found = [f"file no longer read: {w.line(name)}" for name in sorted(old.keys() - new.keys())]
    found += [f"new file: {w.line(name)}" for name in sorted(new.keys() - old.keys())]
    return found + [f"file changed: {w.line(name)}" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]


def _edits(before: dict, after: dict) -> list[str]:
    """That people's edits of topics are not what they were."""
    old, new = ({n: f["sha256"] for n, f in side["inputs"].items() if n.startswith("edits ")} for side in (before, after))
    return [f"people's edits of topics changed: {w.line(n.removeprefix('edits '))}"
            for n in sorted(old.keys() | new.keys()) if old.get(n) != new.get(n)]  # fmt: skip


def _taxonomy(before: dict, after: dict) -> list[str]:
    old, new = ({n: f["sha256"] for n, f in side["inputs"].items() if n.startswith("taxonomy ")} for side in (before, after))
    found = [f"{w.line(name)}: its reasons changed" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
    return found + [f"no longer {w.line(n)}" for n in sorted(old.keys() - new.keys())] + [
        f"now {w.line(n)}" for n in sorted(new.keys() - old.keys())]  # fmt: skip


def _model(before: dict, after: dict) -> list[str]:
    """Embedding model and how the topics came about."""
    old, new = before["fit"], after["fit"]
    if not old or not new:
        return []
    found = [f"{what}: {old[key]} → {new[key]}" for key, what in (("model", "embedding model"), ("engine", "topic engine"))
             if old[key] != new[key]]  # fmt: skip
    if new["mode"] == "refit":
        found.append(f"topics were found anew: {w.line(new['why'])}")
    return found


def _flat(settings: dict, prefix: str = "") -> dict[str, object]:
    """Nested settings by their dotted path; `seed` and the like at the top keep their name."""
    found: dict[str, object] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            found |= _flat({str(n): item for n, item in enumerate(value)}, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _changes(old: dict, new: dict) -> list[str]:
    """Keys whose values differ, with both values."""
    keys = dict.fromkeys([*old, *new])
    return [f"{key}: {_value(old.get(key))} → {_value(new.get(key))}" for key in keys if old.get(key) != new.get(key)]


def _value(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else w.line(value)


# ---------------------------------------------------------------- figures


def _measure(before: dict, after: dict) -> dict:
    """The figure topics are compared by: money where both runs have it in one currency, else repeats."""
    name = "avoidable_cost" if before["currency"] and before["currency"] == after["currency"] else "repeats"
    stem, unit = MEASURES[name]
    return {"name": name, "stem": stem, "unit": unit.format(currency=after["currency"])}


def _three(row: dict, stem: str) -> dict[str, float | None]:
    return {end: row[f"{stem}_{end}"] for end in ("low", "mid", "high")}


def judged(old: dict, new: dict, is_same_data: bool) -> dict:
    """Change of a figure with its 80% ranges, whether it is beyond noise, and the probability that it went that way."""
    if old["mid"] is None or new["mid"] is None:
        return {"from": old, "to": new, "change": None, "is_beyond_noise": False, "probability": None}
    change = new["mid"] - old["mid"]
    if is_same_data:
        is_beyond = abs(change) >= SAME_DATA_LEAST * max(abs(old["mid"]), abs(new["mid"]), 1e-9)
        return {"from": old, "to": new, "change": change, "is_beyond_noise": is_beyond, "probability": None}
    if None in (old["low"], old["high"], new["low"], new["high"]):
        return {"from": old, "to": new, "change": change, "is_beyond_noise": False, "probability": None}
    lower, upper = (old, new) if change >= 0 else (new, old)
    # ranges are lopsided: what counts is the side on which the two face each other
    spread = math.hypot(lower["high"] - lower["mid"], upper["mid"] - upper["low"]) / Z80
    probability = 0.5 * (1 + math.erf(abs(change) / spread / math.sqrt(2))) if spread else None
    probability = probability if change else 0.5
    is_beyond = new["low"] > old["high"] or new["high"] < old["low"]
    return {"from": old, "to": new, "change": change, "is_beyond_noise": is_beyond, "probability": probability}


def _moved(old: dict, new: dict, measure: dict, is_same_data: bool) -> dict:
    found = judged(_three(old, measure["stem"]), _three(new, measure["stem"]), is_same_data)
    factors = _factors(old, new)
    return {
        "topic_id": new["topic_id"], "topic": new["topic"],
        "topic_before": old["topic"] if old["topic"] != new["topic"] else None,
        "rank_from": old["rank"], "rank_to": new["rank"], **found, "factors": factors,
        "mainly": _mainly(factors), "is_low_volume": bool(old["is_low_volume"] or new["is_low_volume"]),
    }  # fmt: skip


def _factors(old: dict, new: dict) -> dict[str, dict]:
    """What the cost is the product of: contacts a month, repeats a contact, cost of a repeat, in both runs."""
    found = {}
    for side, row in (("from", old), ("to", new)):
        months, repeats, cost = row["months"], row["repeats_month_mid"], row["avoidable_cost_month_mid"]
        contacts = row["contacts"] / months if months else None
        for name, value in (
            ("contacts_month", contacts), ("repeats_a_contact", repeats / contacts if contacts else None),
            ("cost_a_repeat", cost / repeats if repeats and cost is not None else None),
        ):  # fmt: skip
            found.setdefault(name, {})[side] = value
    return found


FACTOR_WORDS = {
    "contacts_month": ("more contacts", "fewer contacts"),
    "repeats_a_contact": ("customers come back more often", "customers come back less often"),
    "cost_a_repeat": ("a repeat costs more", "a repeat costs less"),
}


def _mainly(factors: dict[str, dict]) -> str | None:
    """The factor that changed most, in words; None where none can be compared."""
    ratios = {
        name: math.log(values["to"] / values["from"]) for name, values in factors.items()
        if (values["from"] or 0) > 0 and (values["to"] or 0) > 0
    }  # fmt: skip
    if not ratios:
        return None
    name = max(ratios, key=lambda key: abs(ratios[key]))
    if abs(ratios[name]) < 0.005:
        return None
    return FACTOR_WORDS[name][ratios[name] < 0]


def _totals(before: dict, after: dict, is_same_data: bool) -> list[dict]:
    """Figures of the scorecard that both runs have."""
    found = []
    for measure, new in after["scores"].items():
        old = before["scores"].get(measure)
        if old is None or old["unit"] != new["unit"] or old["value"] is None or new["value"] is None:
            continue
        sides = ({"low": row["low"], "mid": row["value"], "high": row["high"]} for row in (old, new))
        found.append({"measure": measure, "unit": new["unit"], **judged(*sides, is_same_data)})
    return found


def _entered(row: dict, event: dict | None, measure: dict) -> dict:
    what = "new"
    if event and event["event"] == "split" or event and json.loads(event["from_topics"]):
        what = f"from {_named(event['from_topics'])}"
    return _listed(row, measure) | {"what": what}


def _left(row: dict, event: dict | None, measure: dict) -> dict:
    into = json.loads(event["into_topics"]) if event else []
    return _listed(row, measure) | {"what": f"went into {_named(event['into_topics'])}" if into else "gone"}


def _named(names: str) -> str:
    return ", ".join(f"'{w.line(name)}'" for name in json.loads(names)[:3]) or "another topic"


def _listed(row: dict, measure: dict) -> dict:
    figures = _three(row, measure["stem"])
    return {"topic_id": row["topic_id"], "topic": row["topic"], "rank": row["rank"], "contacts": row["contacts"],
            "figure": figures, "is_low_volume": bool(row["is_low_volume"])}  # fmt: skip


def _first_five(old: dict[str, dict], new: dict[str, dict]) -> dict[str, list[dict]]:
    """Topics that came into the first five or went out of them; likely by chance where their rank ranges meet."""
    before, after = ({t for t, row in side.items() if row["rank"] <= TOP} for side in (old, new))

    def row(topic: str) -> dict:
        one, other = old.get(topic), new.get(topic)
        ends = [(r["rank_low"], r["rank_high"]) for r in (one, other) if r and r["rank_low"] is not None]
        may_be_chance = len(ends) == 2 and max(e[0] for e in ends) <= min(e[1] for e in ends)
        return {
            "topic_id": topic, "topic": (other or one)["topic"], "rank_from": one and one["rank"],
            "rank_to": other and other["rank"], "may_be_chance": may_be_chance,
        }  # fmt: skip

    return {
        "came": [row(t) for t in sorted(after - before, key=lambda t: new[t]["rank"])],
        "went": [row(t) for t in sorted(before - after, key=lambda t: old[t]["rank"])],
    }


def _reassigned(old: dict[str, dict], new: dict[str, dict]) -> list[dict]:
    """Topics of both runs with another name, owner, contact reason or kind of demand."""
    return [
        {"topic_id": topic, "topic": new[topic]["topic"], "what": key, "from": old[topic][key], "to": new[topic][key]}
        for topic in new if topic in old
        for key in ("topic", "owner", "reason", "demand_type") if old[topic][key] != new[topic][key]
    ]  # fmt: skip


def _shown_run(side: dict) -> dict:
    run, days = side["run"], side["coverage"]
    return {
        "run_id": run["run_id"], "pipeline": run["pipeline"], "started_at": run["started_at"], "as_of": run["as_of"],
        "period_from": days.get("period_from", {}).get("happened_on"), "currency": run["currency"],
        "first_day": run["first_day"], "last_day": run["last_day"],
        "period_to": days.get("period_to", {}).get("happened_on"),
    }  # fmt: skip
