"""Prices: what every contact costs by the cost file, and how that moves when the lines of the file do."""

import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from voc import tables
from voc.context import RunContext
from voc.cost_lines import channel_parameters, ledger_total, lines_of, model_of
from voc.costs import EVERY, CostFile, CostGroup, channel_key, folded
from voc.errors import VocError
from voc.stages.minutes import ENOUGH_MEASURED, group_named, own_minutes, with_minutes
from voc.times import DAYS_A_MONTH, days

COSTS = ("cost_full", "cost_avoidable_cash", "cost_avoidable_capacity")
RECONCILES = (0.8, 1.25)  # ledger over cost file
A_LITTLE = 1.01  # times the minutes, to see how much of a cost moves with them
POINTS = 32  # handle times that stand for those of a cell in the draws


@dataclass(frozen=True)
class Reconciliation:
    """The cost file held against the books of a period. Ratio (kappa_L) is ledger over cost file."""

    ledger: float
    cost_file: float
    contacts: int  # contacts of the period
    ratio: float | None  # None where the file's costs of the period are 0
    status: str  # reconciles, scaled, does_not_reconcile, period_not_covered

    @property
    def factor(self) -> float:
        """What every cost is multiplied by."""
        return self.ratio if self.status == "scaled" and self.ratio else 1.0


class Priced(NamedTuple):
    """What `price_contacts` gives back."""

    contact_costs: pd.DataFrame  # table contact_costs
    time_draws: pd.DataFrame  # table handle_time_draws
    reconciliation: Reconciliation | None  # None without a ledger block
    notes: dict[str, Any]  # warnings and shares worth telling people


class PriceDraws(NamedTuple):
    """How costs move when the lines of the cost file are drawn from their ranges.

    A cell is what shares lines: (cost group, channel, source of the handle time). Multiply the cost of contact i in
    draw b by `full[b, cell[i]]` (or `cash`, `capacity`, `minutes`); a topic's total under draw b is the sum over cells
    of its total in the cell times the cell's factor. Where no line has a range every factor is 1.
    """

    cells: tuple[tuple[str | None, str, str], ...]
    cell: np.ndarray  # (contacts,) number of the cell, in the order of contact_costs
    full: np.ndarray  # (draws, cells) cost under the drawn lines over cost at their values
    cash: np.ndarray
    capacity: np.ndarray
    minutes: np.ndarray
    of_time: np.ndarray  # (3, cells) share of the full, cash and capacity cost that goes with an imputed handle time


def price_contacts(contacts: pd.DataFrame, run: RunContext, *, parts: pd.DataFrame | None = None) -> Priced:
    """Price every contact that was handled.

    `parts` (table episode_contacts) tells topics and repeats, from which missing handle times are estimated beside
    channel and site. Raises VocError when the cost file leaves a site, a channel or a handle time out.
    """
    handled = contacts[contacts["why_excluded"].isna()].sort_values("contact_id", kind="stable").reset_index(drop=True)
    rows = pd.DataFrame({
        "contact_id": handled["contact_id"], "channel": handled["channel"],
        "cost_group": cost_groups(handled, run.costs), "handle_minutes": handled["handle_minutes"].astype(float),
        "handle_source": np.where(handled["handle_minutes"].notna(), "measured", "unknown"),
        "paid_minutes": np.nan,
    })  # fmt: skip
    rows = rows.assign(**dict.fromkeys(COSTS, np.nan))
    if run.costs:
        refuse_gaps(handled, run.costs)
    rows, time_draws = with_minutes(rows, handled, parts, run)
    found, notes = None, {}
    if run.costs:
        rows = _priced(rows, run.costs, months_covered(contacts))
        found = reconcile(rows, handled, run.costs)
        if found:
            rows = rows.assign(**{name: rows[name] * found.factor for name in COSTS})
        warnings = unused_lines(handled, run.costs) + _commitment_warnings(rows, run.costs, months_covered(contacts))
        notes = {"cost_file_warnings": warnings} if warnings else {}
        if found:
            notes["ledger"] = {"ratio": None if found.ratio is None else round(found.ratio, 3), "status": found.status}
    return Priced(tables.ContactCost.check(rows.drop(columns="channel")), time_draws, found, notes)


def months_covered(contacts: pd.DataFrame) -> float:
    """Length of the period from the first to the last contact, in months; at least one day."""
    opened = days(contacts.loc[contacts["why_excluded"].isna(), "opened_at"])
    return max(float(opened.max() - opened.min()), 1.0) / DAYS_A_MONTH if len(opened) else 1.0 / DAYS_A_MONTH


# ---------------------------------------------------------------- who prices what


def cost_groups(handled: pd.DataFrame, costs: CostFile | None) -> pd.Series:
    """Name of the cost group of every contact; None without a cost file or where no group has the site."""
    if costs is None:
        return pd.Series(None, index=handled.index, dtype=object)
    groups = {site: costs.group_of(site if isinstance(site, str) else None) for site in handled["site"].unique()}
    names = {site: group.name if group else None for site, group in groups.items() if isinstance(site, str)}
    nameless = next(
        (group.name if group else None for site, group in groups.items() if not isinstance(site, str)), None
    )
    return handled["site"].map(names).astype(object).where(handled["site"].notna(), nameless)


def refuse_gaps(handled: pd.DataFrame, costs: CostFile) -> None:
    """Raise VocError for a site or channel of the data that the file leaves out, or a handle time nobody gives."""
    named = handled.assign(group=cost_groups(handled, costs))
    for (site, channel), rows in named.groupby(["site", "channel"], dropna=False):
        group = costs.group_of(site if isinstance(site, str) else None)
        if group is None:
            whose = f"the site '{site}'" if isinstance(site, str) else "contacts that state no site"
            raise VocError(
                f"The cost file has no group for {whose} ({len(rows):,} contacts).",
                "Add the site to a group, or a group with sites: ['*'].",
            )
        if channel_key(group, channel) is None:
            raise VocError(
                f"The cost file's group '{group.name}' has no channel '{channel}' ({len(rows):,} contacts).",
                f"Add '{channel}' or '*' under its channels; it has {', '.join(group.channels)}.",
            )
    for (name, channel), rows in named.groupby(["group", "channel"]):
        group = group_named(costs, name)
        is_measured = named["group"].eq(name) & named["handle_minutes"].notna()
        missing = int(rows["handle_minutes"].isna().sum())
        has_minutes = own_minutes(costs, group, channel) is not None
        if not missing or has_minutes or is_measured.sum() >= ENOUGH_MEASURED or not _needs_minutes(group):
            continue
        raise VocError(
            f"{missing:,} contacts of the channel '{channel}' have no measured handle time, and the cost "
            f"file's group '{name}' gives no handle_minutes for it.",
            f"Add handle_minutes under groups.{name}.channels.{channel}. Elapsed time is not handle time.",
        )


def unused_lines(handled: pd.DataFrame, costs: CostFile) -> list[str]:
    """Sites and channels of the file that no contact has: a typing error, or nobody wrote there."""
    sites = {folded(site) for site in handled["site"].dropna().unique()}
    groups, found = cost_groups(handled, costs), []
    for group in costs.groups:
        found += [f"groups.{group.name}: no contact has the site '{site}'"
                  for site in group.sites if site != EVERY and folded(site) not in sites]  # fmt: skip
        channels = {folded(channel) for channel in handled.loc[groups == group.name, "channel"].unique()}
        found += [f"groups.{group.name}.channels.{key}: no contact of the group has the channel '{key}'"
                  for key in group.channels if key != EVERY and folded(key) not in channels]  # fmt: skip
    return found


def _needs_minutes(group: CostGroup) -> bool:
    return bool(getattr(model_of(group), "NEEDS_MINUTES", False))


# ---------------------------------------------------------------- price


def _priced(rows: pd.DataFrame, costs: CostFile, months: float) -> pd.DataFrame:
    blocks = []
    for (name, channel), mine, ratio in _cells(rows, costs, months):
        group = group_named(costs, name)
        parameters = channel_parameters(costs, group, channel)
        priced = _model_price(group, mine, parameters, ratio)
        paid = getattr(model_of(group), "paid_minutes", None)
        blocks.append(priced.assign(paid_minutes=paid(mine, parameters) if paid else np.nan))
    found = pd.concat(blocks) if blocks else pd.DataFrame(columns=[*COSTS, "paid_minutes"], dtype=float)
    return rows.assign(**{name: found[name].reindex(rows.index) for name in (*COSTS, "paid_minutes")})


def _cells(rows: pd.DataFrame, costs: CostFile, months: float):
    """((group, channel), its rows, the group's committed volume over the volume there is), in sorted order."""
    by_channel = {key: mine for key, mine in rows.groupby(["cost_group", "channel"], sort=True)}
    ratios = {name: _commitment_ratio(by_channel, costs, name, months) for name in {name for name, _ in by_channel}}
    for key, mine in by_channel.items():
        yield key, mine, ratios[key[0]]


def _commitment_ratio(by_channel: dict, costs: CostFile, name: str, months: float) -> float:
    """Committed volume of a group over its volume a month, all its channels together; 0 without a commitment."""
    group = group_named(costs, name)
    model = model_of(group)
    key = getattr(model, "COMMITMENT", None)
    if key is None:
        return 0.0
    committed, volume = 0.0, 0.0
    for (other, channel), mine in by_channel.items():
        if other == name:
            parameters = channel_parameters(costs, group, channel)
            committed = max(committed, float(getattr(parameters, key)))
            volume += float(model.volume(mine, parameters).sum()) / months
    return committed / volume if committed and volume > 0 else 0.0


def _commitment_warnings(rows: pd.DataFrame, costs: CostFile, months: float) -> list[str]:
    """How much of a group's volume a commitment leaves to be saved: the price of one contact does not say it."""
    found = {}
    for (name, _), _, ratio in _cells(rows, costs, months):
        if ratio >= 1:
            found[name] = (
                f"groups.{name}: the volume is {1 / ratio:.0%} of what is committed: no contact less saves its price"
            )
        elif ratio > 0:
            found[name] = (
                f"groups.{name}: {ratio:.0%} of the volume is committed: no more than {1 - ratio:.0%} of it can save "
                "cash"
            )
    return list(found.values())


def _model_price(group: CostGroup, contacts: pd.DataFrame, parameters, ratio: float) -> pd.DataFrame:
    model = model_of(group)
    more = {"commitment_ratio": ratio} if hasattr(model, "COMMITMENT") else {}
    return model.price(contacts, parameters, **more)


def reconcile(rows: pd.DataFrame, handled: pd.DataFrame, costs: CostFile) -> Reconciliation | None:
    """Hold the file's cost of all contacts of the ledger's period against the ledger.

    `rows` and `handled` are in the same order. Outside 0.8 to 1.25 the file does not reconcile, and nothing is scaled.
    """
    block = costs.ledger
    if block is None:
        return None
    day = handled["opened_at"].str[:10]
    inside = (day >= block.first_day.isoformat()) & (day <= block.last_day.isoformat())
    ledger, total = float(ledger_total(costs) or 0.0), float(rows.loc[inside.to_numpy(), "cost_full"].sum())
    ratio = ledger / total if total > 0 else None
    # a day without contacts at either end is no gap in the data
    edges = pd.to_datetime(pd.Series([block.first_day.isoformat(), day.min(), day.max(), block.last_day.isoformat()]))
    slack = pd.Timedelta(days=3)
    if day.empty or edges[1] - edges[0] > slack or edges[3] - edges[2] > slack:
        status = "period_not_covered"
    elif ratio is None or not RECONCILES[0] <= ratio <= RECONCILES[1]:
        status = "does_not_reconcile"
    else:
        status = "scaled" if block.scale else "reconciles"
    return Reconciliation(ledger, total, int(inside.sum()), ratio, status)


def reconciliation_rows(priced: Priced, run: RunContext) -> pd.DataFrame:
    """Table cost_reconciliations: one row where the cost file has a ledger block."""
    found, block = priced.reconciliation, run.costs.ledger if run.costs else None
    if found is None or block is None:
        return tables.CostReconciliation.empty()
    return tables.CostReconciliation.frame([{
        "run_id": run.run_id, "first_day": block.first_day.isoformat(), "last_day": block.last_day.isoformat(),
        "ledger_cost": found.ledger, "cost_full": found.cost_file, "contacts": found.contacts, "ratio": found.ratio,
        "status": found.status,
    }])  # fmt: skip


# ---------------------------------------------------------------- draws


def line_draws(costs: CostFile, *, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Drawn values (draws,) of every line with a range, by its place in the file, in the file's currency.

    Triangular between low and high with its peak at the value. A line's draws depend on the seed and its place alone,
    so that another line does not change them.
    """
    found = {}
    for path, line in costs.lines():
        if line.has_range:
            rng = np.random.default_rng([seed, zlib.crc32(path.encode())])
            found[path] = rng.triangular(line.low, line.value, line.high, draws)
    return found


def price_draws(
    contact_costs: pd.DataFrame, contacts: pd.DataFrame, run: RunContext, *, draws: int | None = None
) -> PriceDraws:
    """Factors by which costs move with the lines of the cost file: see PriceDraws.

    `contact_costs` as `price_contacts` gives it, `contacts` for the channels. Costs are linear in handle time, or
    nearly so, which makes the factor of a cell that of its mean contact: it is computed at 32 quantiles of the cell's
    handle times. Exact for a cell's total; for a part of it as exact as its mix of handle times is the cell's.
    """
    count = draws or run.pipeline.resamples
    channel = contact_costs["contact_id"].map(contacts.set_index("contact_id")["channel"])
    cells, cell = _numbered_cells(contact_costs["cost_group"], channel, contact_costs["handle_source"])
    ones = np.ones((count, len(cells)))
    out = PriceDraws(cells, cell, ones, ones.copy(), ones.copy(), ones.copy(), np.zeros((3, len(cells))))
    if run.costs is None:
        return out
    drawn = line_draws(run.costs, draws=count, seed=run.pipeline.seed)
    rows = contact_costs.assign(channel=channel.to_numpy())
    ratios = {(name, ch): ratio for (name, ch), _, ratio in _cells(rows, run.costs, months_covered(contacts))}
    for number, cell in enumerate(cells):
        minutes = contact_costs["handle_minutes"].to_numpy()[out.cell == number]
        factors = _cell_factors(run.costs, cell, minutes, drawn, count, ratios[cell[:2]])
        for target, column in zip((out.full, out.cash, out.capacity, out.minutes), factors, strict=True):
            target[:, number] = column
        if cell[2] == "imputed":
            out.of_time[:, number] = _time_shares(run.costs, cell, minutes, ratios[cell[:2]])
    return out


def _time_shares(costs: CostFile, cell: tuple, minutes: np.ndarray, ratio: float) -> list[float]:
    """By how many per cent the full, cash and capacity cost of a cell move with one per cent of its handle time."""
    name, channel, _ = cell
    group, base = group_named(costs, name), channel_parameters(costs, group_named(costs, name), channel)
    points = np.quantile(minutes, (np.arange(POINTS) + 0.5) / POINTS)
    before, after = (_model_price(group, pd.DataFrame({"handle_minutes": points * times}), base, ratio)[list(COSTS)].mean()
                     for times in (1.0, A_LITTLE))  # fmt: skip
    moved = (after / before.where(before > 0) - 1) / (A_LITTLE - 1)
    return moved.fillna(0.0).tolist()


def _numbered_cells(*columns: pd.Series) -> tuple[tuple, np.ndarray]:
    """(cells in sorted order, number of the cell of each row); a missing value is None."""
    coded = [pd.factorize(column, sort=True) for column in columns]
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for codes, values in coded:
        key = key * (len(values) + 1) + codes + 1  # 0 is what is missing
    numbers, first, cell = np.unique(key, return_index=True, return_inverse=True)
    cells = tuple(
        tuple(values[codes[row]] if codes[row] >= 0 else None for codes, values in coded)
        for row in first[: len(numbers)]
    )
    return cells, cell


def _cell_factors(costs: CostFile, cell: tuple, minutes: np.ndarray, drawn: dict, draws: int, ratio: float):
    """(full, cash, capacity, minutes): factors (draws,) of one cell; 1 where nothing of it is drawn."""
    name, channel, source = cell
    group = group_named(costs, name)
    mine = {n: drawn[p.path] for n, p in lines_of(costs, group, channel).items() if p.path in drawn}
    ones = np.ones(draws)
    if not mine:
        return ones, ones, ones, ones
    known = minutes[~np.isnan(minutes)]
    points = np.quantile(known, (np.arange(POINTS) + 0.5) / POINTS) if len(known) else np.full(1, np.nan)
    base = channel_parameters(costs, group, channel)
    stretch = ones
    if source == "cost_file" and "handle_minutes" in mine:
        stretch = mine["handle_minutes"] / base.handle_minutes
    frame = pd.DataFrame({"handle_minutes": np.outer(stretch, points).ravel()})
    arrays = {path: np.repeat(values, len(points)) for path, values in drawn.items()}
    moved = _model_price(group, frame, channel_parameters(costs, group, channel, arrays), ratio)
    still = _model_price(group, pd.DataFrame({"handle_minutes": points}), base, ratio)
    factors = []
    for column in COSTS:
        at_values = float(still[column].mean())
        under = moved[column].to_numpy(dtype=float).reshape(draws, len(points)).mean(axis=1)
        factors.append(under / at_values if at_values > 0 else ones)
    return (*factors, stretch)
