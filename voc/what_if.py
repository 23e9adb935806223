"""What if a topic were fixed: what it would save a month, with its range, and when the effort is paid back."""

import math
from pathlib import Path

from voc.config import database_of
from voc.errors import VocError, did_you_mean
from voc.flow import report_tables
from voc.reports import _words as w
from voc.store import Store

ENDS = ("low", "mid", "high")
MONTHS_A_YEAR = 12


def what_if(
    target: Path | None, topic: str, *, fix_share: float, fix_first: float | None = None, effort_weeks: float | None = None,
    week_cost: float | None = None,
) -> dict:  # fmt: skip
    """Saving and payback of a fix.

    `topic`: id, name or rank of the latest run. fix_share: share of its net repeats the fix would save; fix_first: share
    of its other contacts (what the run used when not given). week_cost: of the people who make the fix, in the
    run's currency. Raises VocError for an unknown topic or a run without money.
    """
    if week_cost is not None and effort_weeks is None:
        raise VocError("A cost a week needs the weeks.", "Add --effort-weeks.")
    row = _row(database_of(target), topic)
    if row["repeat_cost_avoidable_month_mid"] is None:
        raise VocError("The run has no cost file, so there is no money to save.", "voc cost init writes one.")
    first_share = fix_first if fix_first is not None else (0.0 if row["is_upper_bound"] else row["fix_first_share"])
    others = max(_first_contacts(row), 0.0)
    saved = {end: fix_share * row[f"repeat_cost_avoidable_month_{end}"] + first_share * others for end in ENDS}
    found = {
        "topic_id": row["topic_id"], "topic": row["topic"], "currency": row["currency"], "rank": row["rank"],
        "is_illustrative": bool(row["is_illustrative"]), "is_low_volume": bool(row["is_low_volume"]),
        "fix_share": fix_share, "fix_first": first_share,
        "repeat_cost_avoidable_month": {end: row[f"repeat_cost_avoidable_month_{end}"] for end in ENDS},
        "saving_month": saved, "repeats_saved_month": {end: fix_share * row[f"repeats_month_{end}"] for end in ENDS},
        "cash_share": row["repeat_cost_cash_month_mid"] / max(row["repeat_cost_avoidable_month_mid"], 1e-9),
    }  # fmt: skip
    if effort_weeks is not None:
        found["effort_weeks"] = effort_weeks
        found["week_cost_paid_back_in_a_year"] = {
            end: MONTHS_A_YEAR * saved[end] / effort_weeks if effort_weeks else None for end in ENDS}  # fmt: skip
    if week_cost is not None:
        cost = effort_weeks * week_cost
        months = {end: cost / saved[other] if saved[other] > 0 else None for end, other in zip(ENDS, reversed(ENDS), strict=True)}
        found |= {"effort_cost": cost, "payback_months": months}
    return found


def _first_contacts(row: dict) -> float:
    """Avoidable cost a month of contacts that are no net repeats, from what the run said is addressable."""
    alpha, beta = row["fix_repeats_share"], row["fix_first_share"]
    if not beta:
        return 0.0
    return (row["addressable_month_mid"] - alpha * row["repeat_cost_avoidable_month_mid"]) / beta


def _row(database: Path, topic: str) -> dict:
    with Store(database, report_tables(), is_read_only=True) as store:
        rows = store.rows(
            "SELECT c.*, p.rank, p.currency, p.is_illustrative FROM topic_costs c JOIN priorities p USING (run_id, topic_id) "
            "WHERE c.run_id = (SELECT run_id FROM runs WHERE status = 'complete' ORDER BY started_at DESC LIMIT 1) "
            "ORDER BY p.rank", [],
        )  # fmt: skip
    if not rows:
        raise VocError(f"{database} holds no complete run with topics.", "Run the pipeline first: voc run PIPELINE.")
    wanted = topic.strip().casefold()
    for row in rows:
        if wanted in (row["topic_id"].casefold(), row["topic"].casefold(), str(row["rank"])):
            return row
    starts = [row for row in rows if row["topic"].casefold().startswith(wanted)]
    if len(starts) == 1:
        return starts[0]
    raise VocError(f"There is no topic '{topic}' in the latest run.", did_you_mean(topic, [row["topic"] for row in rows]))


def what_if_text(found: dict) -> str:
    """The answer in words."""
    money = found["currency"]
    saved, now = found["saving_month"], found["repeat_cost_avoidable_month"]

    def said(three: dict) -> str:
        return f"{w.money(three['mid'], money)} a month ({w.spread(three['low'], three['mid'], three['high'])})"

    whom = f"{w.percent(found['fix_share'])} of its repeats" + (
        f" and {w.percent(found['fix_first'])} of its other contacts" if found["fix_first"] else "")  # fmt: skip
    lines = [
        f"{found['topic']} (rank {found['rank']})",
        f"Its repeats cost an avoidable {said(now)}; 80% range.",
        f"A fix that saves {whom} saves {said(saved)}, {w.percent(found['cash_share'])} of it cash, the rest staff time.",
    ]
    if "payback_months" in found:
        pay = found["payback_months"]
        lines.append(f"{_weeks(found)} cost {w.money(found['effort_cost'], money)}: {_payback(pay)}.")
    elif found.get("effort_weeks"):
        worth = found["week_cost_paid_back_in_a_year"]
        lines.append(
            f"{_weeks(found)} are paid back within a year if a week costs less than {w.money(worth['mid'], money)} "
            f"({w.spread(worth['low'], worth['mid'], worth['high'])}). Add --week-cost for the payback."
        )
    lines.append(f"The share a fix saves is your assumption, not a measurement.{_notes(found)}")
    return "\n".join(lines)


def _weeks(found: dict) -> str:
    weeks = found["effort_weeks"]
    return f"{weeks:g} {'week' if weeks == 1 else 'weeks'}"


def _payback(pay: dict) -> str:
    if pay["mid"] is None:
        return "it is never paid back by repeats saved"
    high = "never" if pay["high"] is None else f"{math.ceil(pay['high'] * 10) / 10:g}"
    return f"paid back in {pay['mid']:.1f} months ({pay['low']:.1f} to {high})"


def _notes(found: dict) -> str:
    notes = " Money is illustrative: lines of the cost file are assumptions." if found["is_illustrative"] else ""
    return notes + (" Few contacts: the range is wide." if found["is_low_volume"] else "")
