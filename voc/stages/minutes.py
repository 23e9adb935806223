"""Minutes of every contact: measured, else estimated from measured ones, else the cost file's; and how sure they are."""

import zlib

import numpy as np
import pandas as pd

from voc import tables
from voc.context import RunContext
from voc.cost_lines import channel_parameters
from voc.costs import CostFile, CostGroup
from voc.handle_times import FittedMinutes, fit_minutes
from voc.stages.contact_parts import NO_TOPIC

ENOUGH_MEASURED = 50  # contacts of a cost group with measured time, from which missing times are estimated from them
FEW_OF_A_CHANNEL = 10  # measured contacts of a channel below which the cost file's handle_minutes speak for it
IMPUTATIONS = 20  # of missing handle times, dealt out over the draws


def group_named(costs: CostFile, name: str) -> CostGroup:
    """The group of that name, which is there."""
    return next(group for group in costs.groups if group.name == name)


def own_minutes(costs: CostFile, group: CostGroup, channel: str) -> float | None:
    """The handle_minutes the cost file gives for a channel."""
    return getattr(channel_parameters(costs, group, channel), "handle_minutes", None)


def with_minutes(
    rows: pd.DataFrame, handled: pd.DataFrame, parts: pd.DataFrame | None, run: RunContext
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with handle time: measured, else imputed from the group's measured ones, else the cost file's; and the table
    handle_time_draws of what is imputed."""
    costs, drawn = run.costs, [tables.HandleTimeDraw.empty()]
    about = _about(rows, parts)
    minutes, source = (
        rows["handle_minutes"].to_numpy(copy=True),
        rows["handle_source"].to_numpy(dtype=object, copy=True),
    )
    group = rows["cost_group"].fillna("").to_numpy(dtype=object)
    for name in sorted(set(group)):
        mine = group == name
        measured = mine & (source == "measured")
        few = _given_minutes(rows, mine, measured, costs, name)
        missing = mine & ~measured & np.isnan(few)
        if measured.sum() >= ENOUGH_MEASURED and missing.any():
            # in a group the times are alike enough to learn from each other
            fitted = _fitted(rows[mine], [handled["site"][mine], *(factor[mine] for factor in about)])
            minutes[missing] = fitted.expected[missing[mine]]
            source[missing] = "imputed"
            topics = about[0][mine] if about else pd.Series(None, index=rows.index[mine], dtype=object)
            drawn.append(_time_draws(fitted, missing[mine], name, rows["channel"][mine], topics, run.pipeline.seed))
        given = mine & ~measured & ~np.isnan(few)
        minutes[given], source[given] = few[given], "cost_file"
    found = pd.concat([block for block in drawn if len(block)] or drawn, ignore_index=True)
    return rows.assign(handle_minutes=minutes, handle_source=source), tables.HandleTimeDraw.check(found)


def _given_minutes(rows: pd.DataFrame, mine, measured, costs: CostFile | None, name: str) -> np.ndarray:
    """The cost file's handle_minutes (n,) where they are to be used; NaN where not."""
    found = np.full(len(rows), np.nan)
    if costs is None or not name:
        return found
    group, channels = group_named(costs, name), rows["channel"].to_numpy(dtype=object)
    for channel in sorted(set(channels[mine])):
        here = mine & (channels == channel)
        given = own_minutes(costs, group, channel)
        is_learnt = measured.sum() >= ENOUGH_MEASURED and (measured & here).sum() >= FEW_OF_A_CHANNEL
        if given is not None and not is_learnt:
            found[here] = given
    return found


def _about(rows: pd.DataFrame, parts: pd.DataFrame | None) -> list[pd.Series]:
    """Main topic of each row, and whether it is a repeat; nothing where that is not known."""
    if parts is None or not len(parts):
        return []
    ordered = parts.sort_values(["contact_id", "share", "part"], ascending=[True, False, True], kind="stable")
    main = ordered.drop_duplicates("contact_id").set_index("contact_id")["topic_id"]
    repeated = parts.groupby("contact_id")["is_repeat"].any().map({True: "repeat", False: "first"})
    return [rows["contact_id"].map(main), rows["contact_id"].map(repeated)]


def _fitted(rows: pd.DataFrame, factors: list[pd.Series]) -> FittedMinutes:
    """Expected minutes from the channel and the other factors."""
    codes = [pd.factorize(factor, sort=True)[0] for factor in (rows["channel"], *factors)]
    measured = np.where(rows["handle_source"] == "measured", rows["handle_minutes"], np.nan)
    return fit_minutes(measured, codes[0], codes)


def _time_draws(
    fitted: FittedMinutes, missing: np.ndarray, name: str, channels: pd.Series, topics: pd.Series, seed: int
) -> pd.DataFrame:
    """Rows of the table handle_time_draws for one cost group: missing times as drawn over those imputed."""
    ratios = fitted.draws(count=IMPUTATIONS, seed=[seed, 3, zlib.crc32(name.encode())])[:, missing]
    imputed = fitted.expected[missing]
    cells = pd.DataFrame({"channel": channels[missing], "topic_id": topics[missing].fillna(NO_TOPIC)})
    cell, keys = pd.factorize(pd.MultiIndex.from_frame(cells), sort=True)
    sums = np.stack([np.bincount(cell, imputed * ratio, len(keys)) for ratio in ratios])
    factors = sums / np.maximum(sums.mean(axis=0), 1e-12)  # only the spread counts
    channel, topic = (np.tile(keys.get_level_values(i), IMPUTATIONS) for i in (0, 1))
    return tables.HandleTimeDraw.check(pd.DataFrame({
        "imputation": np.repeat(np.arange(IMPUTATIONS), len(keys)), "cost_group": name, "channel": channel,
        "topic_id": topic, "factor": factors.ravel(),
    }))  # fmt: skip
