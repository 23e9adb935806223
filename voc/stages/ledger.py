"""The ledger: how every contact's cost is booked, line by line and by topic; it adds up to what was spent."""

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, RunContext
from voc.reports._shared import NO_TOPIC_NAME
from voc.stages.topic_moves import topic_probabilities
from voc.times import days

AMOUNTS = ("minutes", "cost_full", "cost_avoidable_cash", "cost_avoidable_capacity")


def ledger_lines(frames: Frames, contact_costs: pd.DataFrame, run: RunContext) -> pd.DataFrame:
    """One line a contact and topic (table `ledger_lines`).

    The cost of a contact is split by the shares of its topics. A repeat is charged to the topic of its first contact
    (`episode_contacts` says so already). What it counts for as a repeat:

        weight = share x (1 if the vendor links it, else probability / share of repeats the topic's labels let through)
    """
    parts = frames["episode_contacts"].merge(contact_costs, on="contact_id", validate="many_to_one")
    parts = parts.merge(frames["contacts"][["contact_id", "customer_id", "opened_at"]], on="contact_id", validate="many_to_one")
    share = parts["share"]
    is_repeat, is_linked = parts["is_repeat"].astype(bool), parts["is_linked"].astype(bool)
    soft = (share * parts["repeat_probability"]).where(is_repeat & ~is_linked, 0.0)
    factor = parts["part"].map(label_factors(parts, soft, frames["label_agreements"])).astype(float)
    weight = np.where(is_repeat & is_linked, share, soft * factor)
    lines = parts[["contact_id", "part", "topic_id", "share"]].assign(
        topic_probability=topic_probabilities(parts, frames["verbatim_topics"]),
        booked_as=np.select([is_repeat, parts["is_duplicate"].astype(bool)], ["repeat", "double_post"], "first_contact"),
        repeat_weight=weight,
        repeat_weight_bound=share * _bound_share(parts, run.pipeline.window_days),
        minutes=parts["handle_minutes"] * share,
        **{name: parts[name] * share for name in AMOUNTS[1:]},
    )
    return tables.LedgerLine.check(lines[tables.LedgerLine.names])


def label_factors(parts: pd.DataFrame, soft: pd.Series, agreements: pd.DataFrame) -> pd.Series:
    """By topic, what unlinked repeats are multiplied with: 1 / share of repeats that labels let through, 1 if unknown.

    A repeat that was missed is booked as a first contact, so no more can be moved from there than there are.
    """
    known = agreements.set_index("topic_id")["found_share"].astype(float)
    seen = soft.groupby(parts["part"]).sum()
    first = parts["share"].where(~parts["is_repeat"].astype(bool) & ~parts["is_duplicate"].astype(bool), 0.0)
    most = 1 + first.groupby(parts["part"]).sum() / seen.where(seen > 0)
    factors = (1 / known.reindex(seen.index)).clip(lower=1.0).fillna(1.0)
    return factors.where(factors <= most.fillna(np.inf), most)


def _bound_share(parts: pd.DataFrame, window: float) -> np.ndarray:
    """Of each repeat, the share that is left when all that chance could give its topic is taken out; linked ones stay.

    n contacts of a customer about a topic spread at random over L days are followed by another within W days
    (n - 1)(1 - (1 - W/L)^n) times (spacings of uniform points; Pyke 1965). That nets out true repeats as well, which add to
    n, so it lies low; not where all of a customer's contacts come in one stretch, which chance over the whole period
    does not give. What chance would have given a customer beyond what came is set off against the topic's others.
    """
    opened = days(parts["opened_at"])
    length = max(float(opened.max() - opened.min()), 1.0) if len(parts) else 1.0
    is_linked, is_repeat = parts["is_linked"].astype(bool), parts["is_repeat"].astype(bool)
    is_counted = ~parts["is_duplicate"].astype(bool) & ~is_linked & parts["customer_id"].notna() & parts["topic_id"].notna()
    topic, topics = pd.factorize(parts["part"])
    customer, customers = pd.factorize(parts["customer_id"])
    codes, groups = pd.factorize(topic * (len(customers) + 1) + customer + 1)  # -1 is no customer
    # of no rows at all bincount gives whole numbers, whatever the weights
    n = np.bincount(codes, weights=is_counted, minlength=len(groups)).astype(float)
    chance = np.maximum(n - 1, 0) * (1 - (1 - min(window / length, 1.0)) ** n)
    by_chance = np.bincount(groups // (len(customers) + 1), chance, len(topics))
    free = np.bincount(topic, weights=is_repeat & ~is_linked, minlength=len(topics)).astype(float)
    left = np.divide(np.maximum(free - by_chance, 0.0), free, out=np.zeros_like(free), where=free > 0)
    return np.where(is_repeat, np.where(is_linked, 1.0, left[topic]), 0.0)


def cost_ledger(lines: pd.DataFrame, parts: pd.DataFrame, names: pd.Series, run: RunContext) -> pd.DataFrame:
    """The ledger by topic and kind (table `cost_ledger`); `parts` is the table episode_contacts.

    What the correction for wrong topics adds to the repeats is taken from first contacts of the same topic.
    """
    is_repeat = lines["booked_as"] == "repeat"
    chances = parts.set_index(["contact_id", "part"])["repeat_probability"]
    certain = pd.Series(chances.reindex(pd.MultiIndex.from_frame(lines[["contact_id", "part"]])).to_numpy(), index=lines.index)
    certain = certain.where(is_repeat, 0.0)  # of the share; 1 where linked
    missed = (lines["repeat_weight"] / lines["share"].where(lines["share"] > 0)).fillna(0.0) - certain
    kinds = {
        "first_contact": (lines["booked_as"] == "first_contact").astype(float),
        "repeat": certain,
        "missed_repeat": missed.where(is_repeat, 0.0),
        "coincidence": (1 - certain).where(is_repeat, 0.0),
        "double_post": (lines["booked_as"] == "double_post").astype(float),
    }
    measures = {"contacts": lines["share"], "hours": lines["minutes"] / 60,
                **{name: lines[name] for name in AMOUNTS[1:]}}  # fmt: skip
    blocks = []
    for kind, factor in kinds.items():
        values = pd.DataFrame({name: series * factor for name, series in measures.items()})
        blocks.append(values.groupby(lines["part"]).sum(min_count=1).assign(booked_as=kind))
    table = pd.concat(blocks).rename_axis("topic_id").reset_index()
    table = _less_missed(table, list(measures))
    table = table[table["contacts"].abs() > 0]
    table = table.assign(run_id=run.run_id, topic=[names.get(topic, NO_TOPIC_NAME) for topic in table["topic_id"]])
    table = table.sort_values(["topic_id", "booked_as"], ignore_index=True)
    return tables.CostLedger.check(table[tables.CostLedger.names])


def _less_missed(table: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Take the missed repeats of each topic out of its first contacts."""
    missed = table[table["booked_as"] == "missed_repeat"].set_index("topic_id")[measures].fillna(0.0)
    first = table["booked_as"] == "first_contact"
    table.loc[first, measures] -= missed.reindex(table.loc[first, "topic_id"]).to_numpy()
    return table
