"""Rank: topics by the avoidable cost of their repeats, a composite score beside it, and how sure the order is."""

import re

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.reports._shared import NO_TOPIC
from voc.stages.topic_costs import LOW_VOLUME_CONTACTS, draw_topics, measured
from voc.stats import customer_totals, ranges, ranks, resampled_totals
from voc.times import days

RECENT_DAYS, BEFORE_DAYS, WEEK = 28.0, 91.0, 7.0
TREND = ("trend_ratio", "trend_low", "trend_high", "contacts_week_recent", "contacts_week_before")
TREND_Z = 1.2816  # half width of an 80% range in standard errors
TREND_PRIOR = 5.0  # contacts added to both periods: a ratio of 3 to 1 contacts is no trend
APART = 0.8  # chance that one topic exceeds the other from which two are told apart
MOST_TIED = 12  # ranks looked at
MIN_SCORED = 10  # fewer scored responses give no satisfaction figure
_URGENT = {"urgent", "high", "critical", "p1"}  # bare numbers mean the opposite in some tools
_SEVERE = re.compile(
    r"\b(urgent(ly)?|asap|outage|data loss|lost (all|everything|our data)|security breach|hacked|fraud\w*|lawyer|legal action"
    r"|unusable|cannot work|can't work|losing (money|customers)|critical|emergency)\b",
    re.IGNORECASE,
)
UNITS = {
    "customers": "customers with a repeat", "satisfaction": "points of 100", "trend": "ratio",
    "severity": "share of contacts", "strategic": "share of revenue",
}  # fmt: skip


def rank_topics(frames: Frames, run: RunContext) -> Result:
    """Rank the run's topics. Every component of the score is published with its raw value and weight."""
    costs = frames["topic_costs"]
    costs = costs[(costs["run_id"] == run.run_id) & (costs["topic_id"] != NO_TOPIC)].set_index("topic_id")
    topics = frames["topics"].set_index("topic_id")[["name", "passage_count"]].sort_index()
    if topics.empty:
        return Result({"priorities": tables.Priority.empty(), "priority_components": tables.PriorityComponent.empty()})
    parts = measured(frames["ledger_lines"], frames["contact_costs"], frames)
    measures = topics.join(_cost_measures(costs)).join(_customer_measures(parts, frames)).join(trend(parts))
    measures = measures.join(_severity(parts, frames)).join(_satisfaction(frames, run))
    leads_by = leading_measure(measures, parts)
    components = _components(measures, leads_by, run)
    measures["score"] = components.groupby("topic_id")["contribution"].sum().clip(0, 100)
    lead = measures[_LEAD_COLUMN[leads_by]].fillna(0.0)
    measures = measures.assign(lead=lead).sort_values(
        ["lead", "score", "passage_count", "name"], ascending=[False, False, False, True])  # fmt: skip
    certainty = _certainty(parts, leads_by, measures, frames, run)
    rows = _priority_rows(measures, certainty, leads_by, frames, run)
    out = {"priorities": rows, "priority_components": _component_rows(components, topics, run)}
    return Result(out, {"leads_by": leads_by, "topics": len(rows)})


# ---------------------------------------------------------------- measures


_LEAD_COLUMN = {
    "avoidable_cost": "cost_mid", "repeat_hours": "hours_mid", "repeat_contacts": "repeats_mid",
    "composite_score": "score",
}  # fmt: skip


NEGLIGIBLE = 0.05  # net repeats a month of all topics together, shown as "under 0.1": nothing to rank by


def leading_measure(measures: pd.DataFrame, parts: pd.DataFrame) -> str:
    """What leads: money where there is a cost file, else hours, else contacts; the score where nobody came back, or no more than by chance.

    Hours lead only when the time of every repeat is known: an unknown time is not zero hours.
    """
    if measures["repeats_mid"].fillna(0).sum() < NEGLIGIBLE:
        return "composite_score"
    if measures["cost_mid"].notna().any():
        return "avoidable_cost"
    is_timed = parts.loc[parts["booked_as"] == "repeat", "minutes"].notna().all()
    return "repeat_hours" if is_timed else "repeat_contacts"


def _cost_measures(costs: pd.DataFrame) -> pd.DataFrame:
    renamed = {
        "repeat_cost_avoidable_month": "cost", "repeat_hours_month": "hours", "repeats_month": "repeats",
    }  # fmt: skip
    columns = {f"{old}_{end}": f"{new}_{end}" for old, new in renamed.items() for end in ("low", "mid", "high")}
    return costs.rename(columns=columns)[[*columns.values(), "contacts", "customers", "is_low_volume"]]


def _customer_measures(parts: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    identified = parts.dropna(subset=["customer_id", "topic_id"])
    back = identified[identified["booked_as"] == "repeat"]
    by_topic = identified.groupby("topic_id")
    repeated = back.groupby("topic_id")["repeat_weight"].sum().reindex(by_topic.size().index, fill_value=0.0)
    shares = repeated / by_topic["share"].sum()
    revenue = _revenue_by_account(frames["customers"])
    total = revenue["annual_revenue"].sum() if len(revenue) else 0.0
    affected = back[["topic_id", "customer_id"]].merge(frames["customers"][["customer_id", "organisation"]])
    affected = affected.assign(account=_account(affected)).drop_duplicates(["topic_id", "account"])
    exposed = affected.merge(revenue, on="account").groupby("topic_id")["annual_revenue"].sum()
    table = pd.DataFrame({
        "customers_with_repeat": back.groupby("topic_id")["customer_id"].nunique(),
        "repeat_share": shares.clip(upper=1.0),
    }, index=by_topic.size().index)  # fmt: skip
    table["revenue_exposed"] = exposed.reindex(table.index).fillna(0.0) if total > 0 else np.nan
    table["revenue_share"] = table["revenue_exposed"] / total if total > 0 else np.nan
    return table


def _account(rows: pd.DataFrame) -> pd.Series:
    """The account revenue belongs to: the organisation, else the customer alone."""
    return rows["organisation"].where(rows["organisation"].notna(), rows["customer_id"])


def _revenue_by_account(customers: pd.DataFrame) -> pd.DataFrame:
    known = customers.dropna(subset=["annual_revenue"])
    return known.assign(account=_account(known)).groupby("account", as_index=False)["annual_revenue"].max()


def trend(parts: pd.DataFrame) -> pd.DataFrame:
    """Contacts in the last 4 weeks over what the 13 weeks before would lead one to expect, shrunk towards 1.

    Its 80% range is that of a ratio of two counts whose weeks vary more than Poisson's by the dispersion of the weeks
    before (quasi-Poisson on the logarithm; McCullagh and Nelder 1989, section 6.2.3).
    """
    opened = days(parts["opened_at"])
    end = opened.max() if len(parts) else 0.0
    before_days = min(BEFORE_DAYS, float(end - RECENT_DAYS - opened.min())) if len(parts) else 0.0
    named = parts.dropna(subset=["topic_id"])
    if before_days < RECENT_DAYS:
        return pd.DataFrame(np.nan, index=sorted(set(named["topic_id"])), columns=list(TREND))
    at = opened.loc[named.index]
    recent = named[at > end - RECENT_DAYS].groupby("topic_id")["share"].sum()
    earlier = named[(at <= end - RECENT_DAYS) & (at > end - RECENT_DAYS - before_days)]
    both = pd.DataFrame({"recent": recent, "before": earlier.groupby("topic_id")["share"].sum()}).fillna(0.0)
    expected = both["before"] * RECENT_DAYS / before_days
    ratio = (both["recent"] + TREND_PRIOR) / (expected + TREND_PRIOR)
    whole_weeks = int(before_days // WEEK)
    week = ((end - RECENT_DAYS - at.loc[earlier.index]) // WEEK).astype(int)
    dispersion = _dispersion(earlier.assign(week=week)[week < whole_weeks], whole_weeks).reindex(both.index).fillna(1.0)
    error = np.sqrt(dispersion * (1 / (both["recent"] + TREND_PRIOR) + 1 / (both["before"] + TREND_PRIOR)))
    spread = np.exp(TREND_Z * error)
    figures = (ratio, ratio / spread, ratio * spread, both["recent"] * WEEK / RECENT_DAYS, both["before"] * WEEK / before_days)
    return pd.DataFrame(dict(zip(TREND, figures, strict=True)))


def _dispersion(contacts: pd.DataFrame, weeks: int) -> pd.Series:
    """Variance of a topic's weekly contacts over their mean, at least 1: fewer would promise more than counts can."""
    weekly = contacts.pivot_table(index="topic_id", columns="week", values="share", aggfunc="sum")
    weekly = weekly.reindex(columns=range(weeks)).fillna(0.0)
    return (weekly.var(axis=1, ddof=1) / weekly.mean(axis=1)).clip(lower=1.0)


def _severity(parts: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    contacts = frames["contacts"].set_index("contact_id")
    urgent = contacts["priority"].fillna("").str.lower().isin(_URGENT)
    # cleaned texts: a disclaimer that threatens with the law says nothing about the problem
    own = frames["verbatims"][["verbatim_id", "contact_id"]].dropna(subset=["contact_id"])
    own = own.merge(frames["cleaned_verbatims"][["verbatim_id", "text"]], on="verbatim_id")
    # plain texts: iterating over an Arrow array is slow
    worded = own.loc[[bool(_SEVERE.search(text)) for text in own["text"].to_numpy(dtype=object)], "contact_id"]
    is_severe = urgent | contacts.index.isin(set(worded))
    named = parts.dropna(subset=["topic_id"])
    weight = named["share"] * named["contact_id"].map(is_severe).astype(float)
    both = pd.DataFrame({"topic_id": named["topic_id"], "severe": weight, "share": named["share"]})
    sums = both.groupby("topic_id")[["severe", "share"]].sum()
    return pd.DataFrame({"severity_share": (sums["severe"] / sums["share"]).clip(0, 1)})


def _satisfaction(frames: Frames, run: RunContext) -> pd.DataFrame:
    """Mean satisfaction of all scored responses minus the mean without the topic's, in points of 100.

    The leave-one-out "impact" of feedback tools: descriptive, not causal. A response speaks of the topics of its
    answers and of the contact it answers about. Interval: customers resampled.
    """
    scored = frames["responses"].dropna(subset=["satisfaction_share"])
    columns = ["satisfaction_impact", "satisfaction_impact_low", "satisfaction_impact_high"]
    labels = frames["verbatim_topics"][["topic_id", "contact_id", "response_id"]]
    own = labels.dropna(subset=["response_id"])[["topic_id", "response_id"]]
    linked = scored[["response_id", "contact_id"]].dropna().merge(labels.dropna(subset=["contact_id"])[["topic_id", "contact_id"]])
    pairs = pd.concat([own, linked[["topic_id", "response_id"]]]).drop_duplicates()
    pairs = pairs.merge(scored[["response_id", "customer_id", "satisfaction_share"]], on="response_id")
    counts = pairs.groupby("topic_id").size()
    topics = sorted(counts[counts >= MIN_SCORED].index)
    if not topics:
        return pd.DataFrame(columns=columns, dtype=float)
    person = scored["customer_id"].where(scored["customer_id"].notna(), "response " + scored["response_id"])
    people, codes = np.unique(person.to_numpy(dtype=object), return_inverse=True)
    code_of = dict(zip(scored["response_id"], codes, strict=True))
    pairs = pairs[pairs["topic_id"].isin(topics)]
    rows = np.concatenate([codes, codes, *(pairs["response_id"].map(code_of).to_numpy(),) * 2])
    column = pairs["topic_id"].map({t: i for i, t in enumerate(topics)}).to_numpy()
    k = len(topics)
    cols = np.concatenate([np.zeros(len(codes)), np.ones(len(codes)), 2 + column, 2 + k + column]).astype(int)
    score = 100 * scored["satisfaction_share"].to_numpy()
    mine = 100 * pairs["satisfaction_share"].to_numpy()
    values = np.concatenate([score, np.ones(len(codes)), mine, np.ones(len(mine))])
    totals = customer_totals(rows, cols, values, (len(people), 2 + 2 * k))
    drawn = resampled_totals(totals, draws=run.pipeline.resamples, seed=run.pipeline.seed)
    point = _leave_one_out(np.asarray(totals.sum(axis=0)), k)[0]
    low, high = ranges(_leave_one_out(drawn, k))
    return pd.DataFrame(dict(zip(columns, (point, low, high), strict=True)), index=topics)


def _leave_one_out(totals: np.ndarray, k: int) -> np.ndarray:
    """(rows, k) impacts from columns: sum of scores, number of scores, then the same by topic."""
    all_sum, all_n, sums, ns = totals[:, :1], totals[:, 1:2], totals[:, 2 : 2 + k], totals[:, 2 + k :]
    rest_n = all_n - ns
    rest = np.divide(all_sum - sums, rest_n, out=np.zeros_like(sums, dtype=float), where=rest_n > 0)
    mean = np.divide(all_sum, all_n, out=np.zeros_like(all_sum, dtype=float), where=all_n > 0)
    return np.where(rest_n > 0, mean - rest, 0.0)


# ---------------------------------------------------------------- score


def _components(measures: pd.DataFrame, leads_by: str, run: RunContext) -> pd.DataFrame:
    """Long table of the score's parts: raw measure and range, its value on 0 to 1, weight, contribution."""
    stem, unit = {
        "avoidable_cost": ("cost", f"{run.currency} a month"), "repeat_hours": ("hours", "hours a month"),
    }.get(leads_by, ("repeats", "repeat contacts a month"))  # fmt: skip
    # only the part of a bad impact that even its friendly end shows is counted
    dissatisfaction = (-measures["satisfaction_impact_high"]).clip(lower=0)
    scaled = {
        "cost": _log_scale(measures[f"{stem}_mid"]),
        "customers": _log_scale(measures["customers_with_repeat"]),
        "satisfaction": _to_max(dissatisfaction),
        "trend": (np.log2(measures["trend_ratio"]) / 2).clip(0, 1),
        "severity": measures["severity_share"],
        "strategic": _to_max(measures["revenue_share"]),
    }
    raw = {
        "cost": (f"{stem}_mid", f"{stem}_low", f"{stem}_high"), "customers": ("customers_with_repeat", None, None),
        "satisfaction": ("satisfaction_impact", "satisfaction_impact_low", "satisfaction_impact_high"),
        "trend": ("trend_ratio", None, None), "severity": ("severity_share", None, None),
        "strategic": ("revenue_share", None, None),
    }  # fmt: skip
    weights = run.pipeline.weights.model_dump()
    total = sum(weights.values()) or 1.0
    blocks = []
    for component, columns in raw.items():
        values = [measures[c].astype(float) if c else pd.Series(np.nan, index=measures.index) for c in columns]
        part = pd.DataFrame(dict(zip(("raw", "raw_low", "raw_high"), values, strict=True)))
        part["scaled"] = scaled[component].astype(float).fillna(0.0).clip(0, 1)
        part["weight"] = weights[component] / total
        part["component"], part["unit"] = component, UNITS.get(component, unit)
        blocks.append(part)
    long = pd.concat(blocks).rename_axis("topic_id").reset_index()
    return long.assign(contribution=100 * long["scaled"] * long["weight"])


def _log_scale(series: pd.Series) -> pd.Series:
    filled = series.astype(float).fillna(0.0)
    top = np.log1p(filled.max())
    return np.log1p(filled) / top if top > 0 else filled * 0.0


def _to_max(series: pd.Series) -> pd.Series:
    filled = series.astype(float).fillna(0.0)
    return filled / filled.max() if filled.max() > 0 else filled * 0.0


def _component_rows(components: pd.DataFrame, topics: pd.DataFrame, run: RunContext) -> pd.DataFrame:
    rows = components.assign(run_id=run.run_id, topic=components["topic_id"].map(topics["name"]))
    return tables.PriorityComponent.check(rows[tables.PriorityComponent.names])


# ---------------------------------------------------------------- certainty


def _certainty(
    parts: pd.DataFrame, leads_by: str, measures: pd.DataFrame, frames: Frames, run: RunContext
) -> pd.DataFrame:
    """P(top k), the 80% range of the rank and the ranks it cannot be told apart from, from the run's draws.

    Ties within a draw keep the published order. A topic of low volume, or without any repeat, gets no claim.
    """
    named = parts.dropna(subset=["topic_id"])
    if leads_by == "composite_score" or named.empty:
        return pd.DataFrame(columns=["p_top_1", "p_top_3", "p_top_5", "rank_low", "rank_high", "tied_low", "tied_high"],
                            dtype=float)  # fmt: skip
    measure = {"avoidable_cost": "avoidable", "repeat_hours": "hours"}.get(leads_by, "repeats")
    drawn = draw_topics(parts, (measure,), frames["contact_costs"], frames, run)
    column = {topic: i for i, topic in enumerate(drawn.topics)}
    ordered = [topic for topic in measures.index if topic in column]
    values = drawn.of[measure][:, [column[topic] for topic in ordered]]
    places = ranks(values)
    low, high = ranges(places)
    tied_low, tied_high = tied_ranks(values)
    table = {f"p_top_{k}": (places <= k).mean(axis=0) for k in (1, 3, 5)}
    found = pd.DataFrame({**table, "rank_low": np.floor(low), "rank_high": np.ceil(high), "tied_low": tied_low,
                          "tied_high": tied_high}, index=ordered)  # fmt: skip
    is_claimed = (measures["lead"] > 0) & ~measures["is_low_volume"].fillna(True).astype(bool)
    return found[is_claimed.reindex(ordered)]


def tied_ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each column of draws (draws, n), in the order of ranks, the first and last rank it cannot be told apart from.

    Two are told apart when one exceeds the other in at least 80% of draws; ranks 2 to 4 cannot be told apart when no two
    of them are. Equal values count half.
    """
    n = values.shape[1]
    first, last = np.arange(1, n + 1), np.arange(1, n + 1)
    for i in range(n):
        for j in range(i + 1, min(i + MOST_TIED, n)):
            block = values[:, i:j]
            above = (block > values[:, [j]]).mean(axis=0) + 0.5 * (block == values[:, [j]]).mean(axis=0)
            if ((above >= APART) | (above <= 1 - APART)).any():
                break
            last[i] = j + 1
        first[i : last[i]] = np.minimum(first[i : last[i]], i + 1)
    return first, last


def _priority_rows(measures: pd.DataFrame, certainty: pd.DataFrame, leads_by: str, frames: Frames, run: RunContext):
    matched = frames["topic_reasons"].set_index("topic_id")
    labels = frames["reasons"].set_index("reason_id")["label"]
    m = measures.join(certainty)
    rows = pd.DataFrame({
        "run_id": run.run_id, "rank": np.arange(1, len(m) + 1), "topic_id": m.index, "topic": m["name"],
        "reason": matched["reason_id"].map(labels).reindex(m.index), "owner": matched["owner"].reindex(m.index),
        "demand_type": matched["demand_type"].reindex(m.index), "leads_by": leads_by,
        "avoidable_cost_month_low": m["cost_low"], "avoidable_cost_month_mid": m["cost_mid"],
        "avoidable_cost_month_high": m["cost_high"], "currency": run.currency,
        "is_illustrative": bool(run.costs and run.costs.is_illustrative), "repeat_hours_month_mid": m["hours_mid"],
        "repeats_month_low": m["repeats_low"].fillna(0.0), "repeats_month_mid": m["repeats_mid"].fillna(0.0),
        "repeats_month_high": m["repeats_high"].fillna(0.0), "contacts": m["contacts"].fillna(0).astype(int),
        "customers": m["customers"].fillna(0).astype(int),
        "customers_with_repeat": m["customers_with_repeat"].fillna(0).astype(int), "repeat_share": m["repeat_share"],
        "satisfaction_impact": m["satisfaction_impact"], "satisfaction_impact_low": m["satisfaction_impact_low"],
        "satisfaction_impact_high": m["satisfaction_impact_high"], **{name: m[name] for name in TREND},
        "severity_share": m["severity_share"], "revenue_exposed": m["revenue_exposed"],
        "revenue_share": m["revenue_share"], "score": m["score"],
        "p_top_1": m["p_top_1"], "p_top_3": m["p_top_3"], "p_top_5": m["p_top_5"], "rank_low": m["rank_low"],
        "rank_high": m["rank_high"], "tied_low": m["tied_low"], "tied_high": m["tied_high"],
        "is_low_volume": _low_volume(m, frames["topics"].set_index("topic_id")["response_count"]),
    })  # fmt: skip
    return tables.Priority.check(rows.reset_index(drop=True))


def _low_volume(m: pd.DataFrame, responses: pd.Series) -> pd.Series:
    """Too few contacts to claim a rank; where the run has no contacts at all, too few survey responses."""
    if m["contacts"].fillna(0).sum() == 0:
        return responses.reindex(m.index) < LOW_VOLUME_CONTACTS
    return m["is_low_volume"].map(lambda v: True if pd.isna(v) else bool(v)).astype(bool)
