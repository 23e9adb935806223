"""Cost: what every contact costs, and what the repeats of every topic cost a month, with ranges."""

import numpy as np
import pandas as pd

from voc import registry, tables
from voc.config import validate_values
from voc.context import Frames, Result, RunContext
from voc.costs import CostGroup, channel_lines
from voc.errors import VocError
from voc.stats import FEW_REPEATS, customer_totals, poisson_range, ranges, resampled_totals
from voc.times import DAYS_A_MONTH, days

NO_TOPIC = "-"
NO_TOPIC_NAME = "(no topic)"
LOW_VOLUME_CONTACTS, LOW_VOLUME_CUSTOMERS = 20, 10
MEASURES = (
    "contact_equivalents", "repeats", "repeat_hours", "repeat_full", "repeat_cash", "repeat_capacity", "contact_full",
    "contact_avoidable", "imputed_hours",
)  # fmt: skip


def cost_contacts(frames: Frames, run: RunContext) -> Result:
    """Price contacts and add up repeats by topic. Without a cost file: contacts, and hours where they are known."""
    contact_costs = price_contacts(frames["contacts"], run)
    parts = topic_parts(frames, contact_costs)
    out = {
        "cost_parameters": _parameter_rows(run),
        "contact_costs": contact_costs,
        "topic_costs": _topic_rows(parts, frames, run),
    }
    return Result(out, _notes(out, run))


# ---------------------------------------------------------------- contacts


def price_contacts(contacts: pd.DataFrame, run: RunContext) -> pd.DataFrame:
    """One row a contact that was handled. Raises VocError when the cost file leaves a site or channel out."""
    handled = contacts[contacts["why_excluded"].isna()]
    groups = [run.costs.group_of(_text(site)) if run.costs else None for site in handled["site"]]
    rows = pd.DataFrame({
        "contact_id": handled["contact_id"], "channel": handled["channel"],
        "cost_group": [group.name if group else None for group in groups],
        "handle_minutes": handled["handle_minutes"],
        "handle_source": np.where(handled["handle_minutes"].notna(), "measured", "unknown"),
    })  # fmt: skip
    for name in ("cost_full", "cost_avoidable_cash", "cost_avoidable_capacity"):
        rows[name] = np.nan
    if run.costs:
        _refuse_gaps(handled, groups)
        for group in run.costs.groups:
            for channel in sorted(set(rows.loc[rows["cost_group"] == group.name, "channel"])):
                _price_channel(rows, group, channel, run)
    return tables.ContactCost.check(rows.drop(columns="channel"))


def _text(value) -> str | None:
    return value if isinstance(value, str) else None


def _refuse_gaps(handled: pd.DataFrame, groups: list[CostGroup | None]) -> None:
    for (site, channel), rows in handled.assign(group=groups).groupby(["site", "channel"], dropna=False):
        group = rows["group"].iloc[0]
        if group is None:
            raise VocError(
                f"The cost file has no group for the site '{site}' ({len(rows):,} contacts).",
                "Add the site to a group, or a group with sites: ['*'].",
            )
        if channel_lines(group, channel) is None:
            raise VocError(
                f"The cost file's group '{group.name}' has no channel '{channel}' ({len(rows):,} contacts).",
                f"Add '{channel}' or '*' under its channels; it has {', '.join(group.channels)}.",
            )


def _price_channel(rows: pd.DataFrame, group: CostGroup, channel: str, run: RunContext) -> None:
    """Fill in time and cost of one channel of one group (`rows` belongs to the caller's own new frame)."""
    parameters = channel_parameters(group, channel)
    mine = (rows["cost_group"] == group.name) & (rows["channel"] == channel)
    unknown = mine & rows["handle_minutes"].isna()
    if parameters.handle_minutes is not None:
        rows.loc[unknown, "handle_minutes"] = parameters.handle_minutes
        rows.loc[unknown, "handle_source"] = "cost_file"
    elif unknown.any() and group.model == "in_house":
        raise VocError(
            f"{int(unknown.sum()):,} contacts of the channel '{channel}' have no measured handle time, and the cost "
            f"file's group '{group.name}' gives no handle_minutes for it.",
            f"Add handle_minutes under groups.{group.name}.channels.{channel}. Elapsed time is not handle time.",
        )
    prices = registry.get("cost_models", group.model).price(rows[mine], parameters)
    for name in prices.columns:
        rows.loc[mine, name] = prices[name]


def channel_parameters(group: CostGroup, channel: str):
    """The cost model's checked parameters for a channel: the group's lines and the channel's own together."""
    model = registry.get("cost_models", group.model)
    lines = {**group.parameters, **(channel_lines(group, channel) or {})}
    values = {key: line.value for key, line in lines.items()}
    return validate_values(model.Parameters, values, f"cost file, group '{group.name}', channel '{channel}'")


def _parameter_rows(run: RunContext) -> pd.DataFrame:
    lines = run.costs.lines() if run.costs else []
    return tables.CostParameter.frame(
        {"run_id": run.run_id, "path": path, "value": line.value, "line_source": line.source, "note": line.note or None}
        for path, line in lines
    )


# ---------------------------------------------------------------- topics


def topic_parts(frames: Frames, contact_costs: pd.DataFrame) -> pd.DataFrame:
    """One row a contact and topic, with its share of every measure; over all rows they add up to the totals.

    The cost of a contact is split by the shares of its topics. A repeat is charged to the topic of its index contact
    (episodes carry that already). Unidentified customers are each a customer of their own.
    """
    parts = frames["episode_contacts"].merge(contact_costs, on="contact_id", validate="many_to_one")
    parts = parts.merge(
        frames["contacts"][["contact_id", "customer_id", "reopen_count", "opened_at"]], on="contact_id",
        validate="many_to_one",
    )  # fmt: skip
    share, repeat = parts["share"], parts["is_repeat"].astype(float)
    hours = parts["handle_minutes"] / 60 * share
    avoidable = parts["cost_avoidable_cash"] + parts["cost_avoidable_capacity"]
    return parts.assign(
        person=parts["customer_id"].where(parts["customer_id"].notna(), "contact " + parts["contact_id"]),
        contact_equivalents=share,
        repeats=repeat * share,
        repeat_hours=hours * repeat,
        repeat_full=parts["cost_full"] * share * repeat,
        repeat_cash=parts["cost_avoidable_cash"] * share * repeat,
        repeat_capacity=parts["cost_avoidable_capacity"] * share * repeat,
        contact_full=parts["cost_full"] * share,
        contact_avoidable=avoidable * share,
        imputed_hours=hours * repeat * (parts["handle_source"] == "cost_file"),
    )


def months_covered(contacts: pd.DataFrame) -> float:
    """Length of the period from the first to the last contact, in months; at least one day."""
    opened = days(contacts.loc[contacts["why_excluded"].isna(), "opened_at"])
    return max(float(opened.max() - opened.min()), 1.0) / DAYS_A_MONTH if len(opened) else 1.0 / DAYS_A_MONTH


def draws_by_topic(parts: pd.DataFrame, measures: tuple[str, ...], run: RunContext) -> dict[str, np.ndarray]:
    """For every measure its totals by topic under resampled customers: (draws, topics), topics in sorted order.

    Customers are numbered in sorted order, so every call of a run sees the same resamples.
    """
    people, person_codes = np.unique(parts["person"].to_numpy(dtype=object), return_inverse=True)
    topics, topic_codes = np.unique(parts["part"].to_numpy(dtype=object), return_inverse=True)
    columns, values = [], []
    for number, measure in enumerate(measures):
        columns.append(topic_codes + number * len(topics))
        values.append(parts[measure].fillna(0.0).to_numpy())
    totals = customer_totals(
        np.tile(person_codes, len(measures)), np.concatenate(columns), np.concatenate(values),
        (len(people), len(topics) * len(measures)),
    )  # fmt: skip
    drawn = resampled_totals(totals, draws=run.pipeline.resamples, seed=run.pipeline.seed)
    return {m: drawn[:, i * len(topics) : (i + 1) * len(topics)] for i, m in enumerate(measures)}


def _topic_rows(parts: pd.DataFrame, frames: Frames, run: RunContext) -> pd.DataFrame:
    if parts.empty:
        return tables.TopicCost.empty()
    months = months_covered(frames["contacts"])
    sums = parts.groupby("part")[list(MEASURES)].sum()
    counts = parts.groupby("part").agg(
        contacts=("contact_id", "nunique"), customers=("customer_id", "nunique"), duplicates=("is_duplicate", "sum"),
        repeats_raw=("is_repeat", "sum"),
    )  # fmt: skip
    main = parts.sort_values(["contact_id", "share", "part"], ascending=[True, False, True]).drop_duplicates("contact_id")
    reopens = main.groupby("part")["reopen_count"].sum()
    with_avoidable = parts.assign(
        repeat_avoidable=parts["repeat_cash"] + parts["repeat_capacity"],
        contact_hours=parts["handle_minutes"] / 60 * parts["share"],
    )
    # every measure of repeats with the same measure over all contacts
    measured = {"repeats": "contact_equivalents", "repeat_hours": "contact_hours", "repeat_full": "contact_full",
                "repeat_avoidable": "contact_avoidable"}  # fmt: skip
    drawn = draws_by_topic(with_avoidable, tuple(measured), run)
    spread = {repeat: _spread(drawn[repeat], with_avoidable, repeat, contact, months)
              for repeat, contact in measured.items()}  # fmt: skip
    names = frames["topics"].set_index("topic_id")["name"]
    has_hours, has_money = bool(parts["handle_minutes"].notna().any()), run.costs is not None
    rows = []
    for i, part in enumerate(sums.index):
        s, c = sums.loc[part], counts.loc[part]

        def low_mid_high(stem: str, measure: str, middle: float, is_known: bool, i: int = i) -> dict:
            low, high = spread[measure][0][i], spread[measure][1][i]
            values = (low, middle / months, high) if is_known else (None, None, None)
            return dict(zip((f"{stem}_low", f"{stem}_mid", f"{stem}_high"), values, strict=True))

        rows.append({
            "run_id": run.run_id, "topic_id": part, "topic": names.get(part, NO_TOPIC_NAME), "months": months,
            "contacts": int(c["contacts"]), "contact_equivalents": s["contact_equivalents"],
            "customers": int(c["customers"]), "repeats_raw": int(c["repeats_raw"]), "repeats_net": None,
            "duplicates": int(c["duplicates"]), "reopens": int(reopens.get(part, 0) or 0),
            **low_mid_high("repeats_month", "repeats", s["repeats"], True),
            **low_mid_high("repeat_hours_month", "repeat_hours", s["repeat_hours"], has_hours),
            **low_mid_high("repeat_cost_full_month", "repeat_full", s["repeat_full"], has_money),
            **low_mid_high("repeat_cost_avoidable_month", "repeat_avoidable", s["repeat_cash"] + s["repeat_capacity"],
                           has_money),
            "repeat_cost_cash_month_mid": s["repeat_cash"] / months if has_money else None,
            "contact_cost_full_month_mid": s["contact_full"] / months if has_money else None,
            "addressable_upper_month_mid": s["contact_avoidable"] / months if has_money else None,
            "imputed_share": s["imputed_hours"] / s["repeat_hours"] if s["repeat_hours"] > 0 else None,
            "is_low_volume": bool(c["contacts"] < LOW_VOLUME_CONTACTS or c["customers"] < LOW_VOLUME_CUSTOMERS),
        })  # fmt: skip
    return tables.TopicCost.frame(rows)


def _spread(drawn: np.ndarray, parts: pd.DataFrame, repeat: str, contact: str, months: float):
    """Low and high a month of one measure.

    Resampling cannot show what a topic with next to no repeats, or with repeats of a handful of customers, might have
    had: its interval would be narrow or of no width. There the number of repeats has the exact Poisson interval, and
    what a repeat weighs comes from the topic's own repeats, or from the mean contact where it has none.
    """
    sums = parts.groupby("part")[["repeats", "contact_equivalents", repeat, contact]].sum().astype(float)
    sums = sums.loc[:, ~sums.columns.duplicated()]
    people = parts[parts["is_repeat"]].groupby("part")["person"].nunique().reindex(sums.index, fill_value=0).to_numpy()
    repeats, contacts = sums["repeats"].to_numpy(), sums["contact_equivalents"].to_numpy()
    is_few = (repeats < FEW_REPEATS) | (people < FEW_REPEATS)
    few_low, few_high = poisson_range(repeats, contacts)
    a_contact = sums[contact].sum() / contacts.sum()
    a_repeat = np.where(repeats > 0, sums[repeat].to_numpy() / np.maximum(repeats, 1e-9), a_contact)
    low, high = ranges(drawn)
    # where customers are few, the wider of the two: resampling knows their weight, Poisson knows chance
    low = np.where(is_few, np.where(repeats < FEW_REPEATS, few_low * a_repeat, np.minimum(low, few_low * a_repeat)), low)
    high = np.where(is_few, np.where(repeats < FEW_REPEATS, few_high * a_repeat, np.maximum(high, few_high * a_repeat)), high)
    return low / months, high / months


def _notes(out: dict[str, pd.DataFrame], run: RunContext) -> dict:
    costs = out["contact_costs"]
    notes = {"handle_time": costs["handle_source"].value_counts().sort_index().to_dict()}
    if run.costs is None:
        return notes | {"caution": "no cost file: repeats are reported in contacts and hours, not in money"}
    return notes | {"currency": run.currency, "is_illustrative": run.costs.is_illustrative,
                    "cost_full": round(float(costs["cost_full"].sum()), 2)}  # fmt: skip
