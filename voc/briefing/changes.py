"""What changed since the last briefing: topics, ranks and costs beyond noise, definitions, and what became of the asks."""

import json
from dataclasses import dataclass

from voc.briefing.money import rows_of
from voc.context import Frames, RunContext
from voc.reports import _words as w

TOP, NAMED, FEWEST = 10, 3, 10
NOTHING_RISING = "Nothing beyond noise."
NO_CONTACTS = "Trends are told of contacts, and these are survey answers alone."
TOO_SHORT = "Nothing new; the period is too short for a trend, which needs 8 weeks."
SETTINGS = {
    "window_days": "the window of repeats", "duplicate_hours": "the time of double posts", "taxonomy": "the taxonomy",
    "costs": "the cost file's name", "weights": "the weights of the composite score", "embed": "the embedding model",
    "topics": "how topics are found", "match": "how topics are matched", "sources": "the sources",
}  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """Sentences, and the last day of the data the run before had; None where this is the first run."""

    before: str | None
    said: tuple[str, ...]


def since(frames: Frames, run: RunContext, previous: str | None) -> Changes:
    """This run against the complete run before it of the same pipeline."""
    if previous is None:
        return Changes(None, ())
    now, then = ({p["topic_id"]: p for p in rows_of(frames, "priorities", run_id)} for run_id in (run.run_id, previous))
    runs = {row["run_id"]: row for row in frames["runs"].to_dict("records")}
    said = [
        *_other_period(runs, run, previous),
        *_entered_and_left(now, then),
        *_moved(now, then),
        *_definitions(frames, runs, run, previous),
        *_decided(frames, then),
    ]
    as_of = runs.get(previous, {}).get("as_of")
    return Changes(w.day(as_of) or "an unknown day", tuple(said))


def _other_period(runs: dict, run: RunContext, previous: str) -> list[str]:
    """That the two briefings are of different periods, named."""
    before = runs.get(previous, {})
    now, then = run.pipeline.period.ends, tuple(None if w.is_missing(before.get(n)) else before[n] for n in ("first_day", "last_day"))
    if now == then:
        return []
    return [f"Two periods are compared: this briefing is of {w.period(*now)}, the last one of {w.period(*then)}."]


def previous_run(frames: Frames, run: RunContext) -> str | None:
    """The last complete run of the same pipeline before this one."""
    if "runs" not in frames or frames["runs"].empty:
        return None
    runs = frames["runs"]
    known = runs[(runs["status"] == "complete") & (runs["pipeline"] == run.pipeline.name) & (runs["run_id"] < run.run_id)]
    with_rows = set(frames["priorities"]["run_id"])
    return max((r for r in known["run_id"] if r in with_rows), default=None)


def _names(topics: list[dict]) -> str:
    shown = [f"“{w.shortened(w.line(t['topic']), 40)}” ({t['rank']})" for t in topics[:NAMED]]
    return ", ".join(shown) + (f" and {len(topics) - NAMED} more" if len(topics) > NAMED else "")


def _entered_and_left(now: dict, then: dict) -> list[str]:
    """Topics that came into the first ten or dropped out."""
    first = {t for t, p in now.items() if p["rank"] <= TOP}
    was = {t for t, p in then.items() if p["rank"] <= TOP}
    entered = sorted((now[t] for t in first - was), key=lambda p: p["rank"])
    left = sorted((then[t] for t in was - first), key=lambda p: p["rank"])
    found = [f"Into the top ten: {_names(entered)}."] if entered else []
    return [*found, f"Out of it (rank then): {_names(left)}."] if left else found


def _moved(now: dict, then: dict) -> list[str]:
    """Ranks and costs whose ranges in the two runs do not touch."""
    both = sorted((t for t in now if t in then), key=lambda t: now[t]["rank"])
    ranks = [t for t in both if _apart(now[t], then[t], "rank_low", "rank_high") and _is_shown(now[t], then[t])]
    found = []
    if ranks:
        said = [f"“{w.shortened(w.line(now[t]['topic']), 40)}” {then[t]['rank']} → {now[t]['rank']}" for t in ranks]
        found.append(f"Rank moved beyond noise: {', '.join(said[:NAMED])}.")
    stem = "avoidable_cost_month" if all(p["leads_by"] == "avoidable_cost" for p in (*now.values(), *then.values())) else "repeats_month"
    costs = [t for t in both if _apart(now[t], then[t], f"{stem}_low", f"{stem}_high") and _is_shown(now[t], then[t])]
    if costs:
        what = "Cost" if stem.startswith("avoidable") else "Repeats"
        said = [
            f"“{w.shortened(w.line(now[t]['topic']), 40)}” {w.compact(then[t][f'{stem}_mid'], now[t][f'{stem}_mid'])} → {w.compact(now[t][f'{stem}_mid'])}"
            for t in costs
        ]
        found.append(f"{what} a month moved beyond noise: {', '.join(said[:NAMED])}.")
    return found or ["No topic's rank or cost moved by more than noise."]


def _is_shown(now: dict, then: dict) -> bool:
    return min(now["rank"], then["rank"]) <= TOP


def _apart(now: dict, then: dict, low: str, high: str) -> bool:
    if None in (now[low], now[high], then[low], then[high]):
        return False
    return now[low] > then[high] or now[high] < then[low]


def _definitions(frames: Frames, runs: dict, run: RunContext, previous: str) -> list[str]:
    """Settings, program version and lines of the cost file that are not what they were."""
    if run.run_id not in runs or previous not in runs:
        return []
    now, then = (json.loads(runs[r]["settings"]) for r in (run.run_id, previous))
    found = [
        f"{said} ({then[key]:g} → {now[key]:g})" if isinstance(now.get(key), int | float) else said
        for key, said in SETTINGS.items()
        if key in now and key in then and now[key] != then[key]
    ]
    versions = [json.loads(runs[r]["versions"]).get("voc") for r in (run.run_id, previous)]
    if versions[0] != versions[1]:
        found.append(f"voc itself ({versions[1]} → {versions[0]})")
    lines = [{x["path"]: x["value"] for x in rows_of(frames, "cost_parameters", r)} for r in (run.run_id, previous)]
    changed = sum(lines[0].get(path) != lines[1].get(path) for path in lines[0].keys() | lines[1].keys())
    if changed:
        found.append(f"{w.plural(changed, 'line')} of the cost file")
    return [f"Changed since: {', '.join(found)}. Differences may come from that."] if found else []


def _decided(frames: Frames, then: dict) -> list[str]:
    """What people said about the topics the briefing before asked for."""
    if "priority_decisions" not in frames:
        return []
    decisions = frames["priority_decisions"].set_index("topic_id")["status"].to_dict()
    asked = sorted((p for p in then.values() if p["rank"] <= 5), key=lambda p: p["rank"])
    said = [f"“{w.shortened(w.line(p['topic']), 40)}” {decisions[p['topic_id']]}" for p in asked if p["topic_id"] in decisions]
    return [f"Last time's asks: {', '.join(said)}; {len(asked) - len(said)} without an answer."] if said else []


def new_or_rising(frames: Frames, run: RunContext, priorities: list[dict], previous: str | None) -> list[str]:
    """Up to three topics that are new since the run before or rise beyond noise, by the contacts a week they add."""
    events = {row["topic_id"]: row for row in rows_of(frames, "topic_lineage", run.run_id)} if previous else {}
    found = []
    for p in priorities:
        event = events.get(p["topic_id"], {})
        name = f"“{w.shortened(w.line(p['topic']), 48)}”"
        # a run that began after the topics repeats what became of them before the run it is compared with
        is_new = event.get("event") == "new" and event.get("previous_run_id") == previous and event["passage_count"] >= FEWEST
        now, before = (0.0 if w.is_missing(p[f"contacts_week_{when}"]) else p[f"contacts_week_{when}"] for when in ("recent", "before"))
        if is_new:
            found.append((now, f"New: {name}, {w.plural(p['contacts'], 'contact')}, rank {p['rank']}."))
        elif not p["is_low_volume"] and w.trend_words(p) == "rising":
            grew = f"{w.amount(now)} contacts a week, {w.amount(before)} before"
            found.append((now - before, f"Rising: {name}, {grew}, rank {p['rank']}."))
    return [said for _, said in sorted(found, key=lambda x: -x[0])[:NAMED]]
