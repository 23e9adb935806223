"""What topics cost a month: net repeats, hours and money with ranges, all read from one set of draws."""

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, RunContext
from voc.reports._shared import NO_TOPIC_NAME
from voc.stages.draws import MEASURES, TopicDraws, draw_topics
from voc.stages.prices import months_covered
from voc.stages.yearly import DAYS_A_WEEK, Year, weeks_back, whole_weeks, window_weeks, year_of
from voc.stats import FEW_REPEATS, poisson_range, ranges
from voc.times import days

LOW_VOLUME_CONTACTS, LOW_VOLUME_CUSTOMERS = 20, 10


def measured(lines: pd.DataFrame, contact_costs: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Ledger lines with `person`, one column a measure of `MEASURES`, the contact's day, and what else counts need."""
    rows = lines.merge(frames["contacts"][["contact_id", "customer_id", "opened_at"]], on="contact_id", validate="many_to_one")
    rows = rows.merge(contact_costs[["contact_id", "handle_source", "paid_minutes"]], on="contact_id", validate="many_to_one")
    rows = rows.merge(frames["episode_contacts"][["contact_id", "part", "is_linked", "episode_id"]], on=["contact_id", "part"],
                      validate="one_to_one")  # fmt: skip
    opened = days(rows["opened_at"])
    per_contact = rows["repeat_weight"] / rows["share"].where(rows["share"] > 0)
    ratio = per_contact.fillna(0.0)
    avoidable, is_low = rows["cost_avoidable_cash"] + rows["cost_avoidable_capacity"], _is_low_volume(rows).to_numpy(dtype=bool)
    return rows.assign(
        person=rows["customer_id"].where(rows["customer_id"].notna(), "contact " + rows["contact_id"]),
        opened=opened,
        repeats=rows["repeat_weight"],
        hours=rows["minutes"] / 60 * ratio,
        full=rows["cost_full"] * ratio,
        cash=rows["cost_avoidable_cash"] * ratio,
        avoidable=avoidable * ratio,
        is_low_volume=is_low,
        recent=(avoidable * ratio).where(_is_in_window(opened.to_numpy(), is_low), 0.0),
        contact_avoidable=avoidable,
        paid_hours=rows["paid_minutes"] / 60 * rows["repeat_weight"],
    )


def _is_low_volume(rows: pd.DataFrame) -> np.ndarray:
    """Rows of topics with fewer than 20 contacts or 10 customers."""
    people = rows[["part", "customer_id"]].dropna().drop_duplicates()["part"].value_counts()
    few = (rows["part"].value_counts() < LOW_VOLUME_CONTACTS).to_dict()  # a row is a contact and topic
    return rows["part"].map({part: is_few or people.get(part, 0) < LOW_VOLUME_CUSTOMERS for part, is_few in few.items()})


def _is_in_window(opened: np.ndarray, is_low_volume: np.ndarray) -> np.ndarray:
    """Rows inside the weeks that the yearly figure of their topic rests on."""
    if not len(opened):
        return np.zeros(0, bool)
    few, usual = (window_weeks(whole_weeks(opened), is_low) for is_low in (True, False))
    return weeks_back(opened) < np.where(is_low_volume, few, usual)


def topic_costs(
    rows: pd.DataFrame, contact_costs: pd.DataFrame, frames: Frames, run: RunContext
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables `topic_costs` of this run and `cost_totals`; `rows` as from `measured`."""
    if rows.empty:
        return tables.TopicCost.empty(), tables.CostTotal.empty()
    names = tuple(n for n, (_, is_money) in MEASURES.items() if run.costs or not is_money)
    drawn = draw_topics(rows, names, contact_costs, frames, run)
    return _topic_rows(rows, names, drawn, frames, run), _total_rows(rows, names, drawn, frames, run)


def _total_rows(
    rows: pd.DataFrame, names: tuple[str, ...], drawn: TopicDraws, frames: Frames, run: RunContext
) -> pd.DataFrame:
    """All topics together, from the draws of each."""
    months = months_covered(frames["contacts"])
    is_identified = bool(rows["customer_id"].notna().any())  # without customers repeats are unknown, not 0
    found = []
    for name in ("repeats", "hours", "full", "avoidable", "cash"):
        is_known = is_identified and name in names and bool(rows[name].notna().any())
        low, high = _ranges(drawn.of_all[name][:, None], rows.assign(part="*"), name) if is_known else (None, None)
        ends = [None] * 3 if not is_known else [float(v) / months for v in (low[0], rows[name].sum(), high[0])]
        found.append({"measure": name, **dict(zip(("low", "mid", "high"), ends, strict=True))})
    return tables.CostTotal.frame(found)


def _topic_rows(
    rows: pd.DataFrame, names: tuple[str, ...], drawn: TopicDraws, frames: Frames, run: RunContext
) -> pd.DataFrame:
    months = months_covered(frames["contacts"])
    has_hours, has_money = bool(rows["minutes"].notna().any()), run.costs is not None
    by = rows.groupby("part")
    year = year_of(rows["opened"].to_numpy(), rows["share"].to_numpy(), rows["customer_id"], run.costs)
    share = _fix_shares(frames["topic_reasons"], drawn.topics)
    sums = by[["share", "repeats", "repeat_weight_bound", "hours", "full", "avoidable", "cash", "recent",
               "contact_avoidable", "cost_full", "paid_hours"]].sum()  # fmt: skip
    spreads = {name: _ranges(drawn.of[name], rows, name) for name in names}
    table = sums.join(_counts(rows, frames)).join(share)
    topic_names = frames["topics"].set_index("topic_id")["name"]
    out = pd.DataFrame({
        "run_id": run.run_id, "topic_id": table.index, "months": months,
        "topic": [topic_names.get(topic, NO_TOPIC_NAME) for topic in table.index],
        **{name: table[name].to_numpy() for name in
           ("contacts", "customers", "repeats_raw", "repeats_linked", "duplicates", "reopens", "fix_repeats_share",
            "fix_first_share", "is_upper_bound", "label_agreement", "top_customers_share", "is_burst")},
        "contact_equivalents": table["share"].to_numpy(), "repeats_net": table["repeats"].to_numpy(),
        "repeats_bound": table["repeat_weight_bound"].to_numpy(),
        "repeats_raw_month": table["raw_weight"].to_numpy() / months,
        "repeats_bound_month": table["repeat_weight_bound"].to_numpy() / months,
        "is_low_volume": by["is_low_volume"].first().to_numpy(),
    })  # fmt: skip
    stems = {"repeats": "repeats_month", "hours": "repeat_hours_month", "full": "repeat_cost_full_month",
             "avoidable": "repeat_cost_avoidable_month"}  # fmt: skip
    for name, stem in stems.items():
        is_known = name in names and (name != "hours" or has_hours)
        _put(out, stem, spreads.get(name), table[name].to_numpy(), months if is_known else None)
    out["imputed_share"] = _imputed(rows, table.index)
    paid = run.costs.finance.paid_hours_month.value if run.costs and run.costs.finance else None
    out["repeat_fte"] = table["paid_hours"].to_numpy() / months / paid if paid else None
    money = ("repeat_cost_cash_month_mid", "contact_cost_full_month_mid", "repeat_cost_avoidable_raw_month",
             "repeat_cost_avoidable_bound_month")  # fmt: skip
    values = (table["cash"], table["cost_full"], table["raw_avoidable"], table["bound_avoidable"])
    for column, value in zip(money, values, strict=True):
        out[column] = value.to_numpy() / months if has_money else None
    _put_year(out, spreads.get("recent"), table["recent"].to_numpy(), year, has_money)
    _put_addressable(out, drawn, table, months, has_money)
    return tables.TopicCost.check(out[tables.TopicCost.names].reset_index(drop=True))


def _put(out: pd.DataFrame, stem: str, spread, middle: np.ndarray, per: float | np.ndarray | None) -> None:
    low, high = spread if per is not None else (None, None)
    for end, value in (("low", low), ("mid", middle), ("high", high)):
        out[f"{stem}_{end}"] = value / per if per is not None else None


def _counts(rows: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Counts by topic that need no draws."""
    is_repeat = rows["booked_as"] == "repeat"
    avoidable = rows["cost_avoidable_cash"] + rows["cost_avoidable_capacity"]
    bound = rows["repeat_weight_bound"] / rows["share"].where(rows["share"] > 0)
    rows = rows.assign(
        is_repeat=is_repeat, linked=is_repeat & rows["is_linked"], is_double=rows["booked_as"] == "double_post",
        raw_weight=rows["share"].where(is_repeat, 0.0), raw_avoidable=avoidable.where(is_repeat, 0.0),
        bound_avoidable=(avoidable * bound).fillna(0.0),
    )  # fmt: skip
    by = rows.groupby("part")
    found = by.agg(
        contacts=("contact_id", "nunique"), customers=("customer_id", "nunique"), repeats_raw=("is_repeat", "sum"),
        repeats_linked=("linked", "sum"), duplicates=("is_double", "sum"), raw_weight=("raw_weight", "sum"),
        raw_avoidable=("raw_avoidable", "sum"), bound_avoidable=("bound_avoidable", "sum"),
    )  # fmt: skip
    main = rows.sort_values(["contact_id", "share", "part"], ascending=[True, False, True]).drop_duplicates("contact_id")
    reopened = main["contact_id"].map(frames["contacts"].set_index("contact_id")["reopen_count"]).astype(float)
    found["reopens"] = reopened.groupby(main["part"]).sum().reindex(found.index).fillna(0).astype(int)
    agreement = frames["label_agreements"].set_index("topic_id")["shrunk"]
    found["label_agreement"] = agreement.reindex(found.index).astype(float)
    found["top_customers_share"] = _top_share(rows).reindex(found.index)
    found["is_burst"] = _bursts(rows).reindex(found.index).fillna(False).astype(bool)
    return found


def _top_share(rows: pd.DataFrame) -> pd.Series:
    """Share of a topic's repeats from the 1% of its customers, at least one, who have most."""
    by_person = rows.groupby(["part", "person"])["repeats"].sum()
    found = {}
    for part, repeats in by_person.groupby(level=0):
        values = np.sort(repeats.to_numpy())[::-1]
        total = values.sum()
        found[part] = float(values[: max(1, len(values) // 100)].sum() / total) if total > 0 else np.nan
    return pd.Series(found, dtype=float)


def _bursts(rows: pd.DataFrame) -> pd.Series:
    """Topics with a week far above the usual."""
    from voc.repeats.bursts import burst_topics

    topics, codes = np.unique(rows["part"].to_numpy(dtype=object), return_inverse=True)
    at = rows["opened"].to_numpy(dtype=float)
    return pd.Series(burst_topics(at, codes, topics=len(topics), since=at.min(), until=at.max()), index=topics)


def _imputed(rows: pd.DataFrame, topics: pd.Index) -> np.ndarray:
    """Share of repeat hours whose time was not measured."""
    hours = rows["hours"].fillna(0.0)
    assumed = hours.where(rows["handle_source"].isin(["cost_file", "imputed"]), 0.0).groupby(rows["part"]).sum()
    total = hours.groupby(rows["part"]).sum()
    return (assumed / total.where(total > 0)).reindex(topics).to_numpy()


def _fix_shares(reasons: pd.DataFrame, topics: list[str]) -> pd.DataFrame:
    """What a fix would save of each topic's repeats and first contacts; everything where nobody has said."""
    found = reasons.set_index("topic_id").reindex(topics)[["fix_repeats_share", "fix_first_share"]].astype(float)
    return found.fillna(1.0).assign(is_upper_bound=found.isna().any(axis=1))


def _ranges(drawn: np.ndarray, rows: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    """80% range of the period's total by topic.

    Resampling cannot show what a topic with next to no repeats, or with repeats of a handful of customers, might have
    had. There the number of repeats has the exact Poisson interval, and what a repeat weighs comes from the topic's
    own repeats, or from the mean contact where it has none.
    """
    low, high = ranges(drawn)
    if not MEASURES[name][0]:
        return low, high
    contact_measure = {
        "repeats": rows["share"], "hours": rows["minutes"] / 60, "full": rows["cost_full"], "cash": rows["cost_avoidable_cash"],
    }.get(name, rows["contact_avoidable"])  # fmt: skip
    by = rows.assign(value=rows[name].fillna(0.0)).groupby("part")[["repeats", "share", "value"]].sum()
    people = rows[rows["repeats"] > 0].groupby("part")["person"].nunique().reindex(by.index, fill_value=0).to_numpy()
    repeats = by["repeats"].to_numpy()
    is_few = (repeats < FEW_REPEATS) | (people < FEW_REPEATS)
    few_low, few_high = poisson_range(repeats, np.maximum(by["share"].to_numpy(), repeats))
    a_contact = float(contact_measure.fillna(0.0).sum()) / max(float(rows["share"].sum()), 1e-9)
    if name == "recent":  # only the last weeks' part of what a contact costs
        days_of = DAYS_A_WEEK / max(float(rows["opened"].max() - rows["opened"].min()), DAYS_A_WEEK)
        few, usual = (window_weeks(whole_weeks(rows["opened"].to_numpy()), is_low) * days_of for is_low in (True, False))
        a_contact = a_contact * np.where(rows.groupby("part")["is_low_volume"].first(), few, usual)
    a_repeat = np.where(repeats > 0, by["value"].to_numpy() / np.maximum(repeats, 1e-9), a_contact)
    # where customers are few, the wider of the two: resampling knows their weight, Poisson knows chance
    is_handful = repeats < FEW_REPEATS
    low = np.where(is_few, np.where(is_handful, few_low * a_repeat, np.minimum(low, few_low * a_repeat)), low)
    high = np.where(is_few, np.where(is_handful, few_high * a_repeat, np.maximum(high, few_high * a_repeat)), high)
    return low, high


def _put_year(out: pd.DataFrame, spread, recent: np.ndarray, year: Year, has_money: bool) -> None:
    """The present rate for a year."""
    factors = np.where(out["is_low_volume"], *(year.of_a_year(low) for low in (True, False))) if year.is_known else None
    _put(out, "repeat_cost_avoidable_year", spread, recent, 1 / factors if has_money and year.is_known else None)
    out["year_basis"] = year.basis if has_money else "no cost file"


def _put_addressable(out: pd.DataFrame, drawn: TopicDraws, table: pd.DataFrame, months: float, has_money: bool) -> None:
    """alpha x net repeats + beta x other contacts, avoidable basis."""
    if not has_money:
        _put(out, "addressable_month", None, table["avoidable"].to_numpy(), None)
        return
    alpha, beta = (table[name].to_numpy() for name in ("fix_repeats_share", "fix_first_share"))

    def saved(repeats: np.ndarray, contacts: np.ndarray) -> np.ndarray:
        return alpha * repeats + beta * np.maximum(contacts - repeats, 0.0)

    spread = ranges(saved(drawn.of["avoidable"], drawn.of["contact_avoidable"]))
    middle = saved(table["avoidable"].to_numpy(), table["contact_avoidable"].to_numpy())
    _put(out, "addressable_month", spread, middle, months)
