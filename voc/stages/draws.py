"""One set of draws: what each measure of a topic might have been. Every range and every rank is read from it.

Drawn are customers, label agreement, the gap mixture, topics of unsure texts, missing handle times, and the lines of
the cost file that have a range. Rates of exchange are not drawn: they are fixed in the cost file, with their date.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from voc.context import Frames, RunContext
from voc.stages.agreement import ALL, PRIOR_PAIRS
from voc.stages.prices import price_draws
from voc.stages.topic_moves import Moves
from voc.stats import calibrated_totals, customer_totals, dealt

LEAST_AGREEMENT = 0.3  # drawn: a topic cannot have more than some three times the repeats that are seen
# measure: whether it is of repeats (else of all contacts), and whether it is money
MEASURES = {
    "repeats": (True, False), "hours": (True, False), "full": (True, True), "avoidable": (True, True),
    "cash": (True, True), "recent": (True, True), "contact_avoidable": (False, True),
}  # fmt: skip


@dataclass(frozen=True)
class TopicDraws:
    """Draws of each measure over the whole period: name -> (draws, topics), and of all topics together (draws,).

    All topics together are studentised as one total: added up, the long upper tails of the topics would shift it.
    """

    topics: list[str]
    of: dict[str, np.ndarray]
    of_all: dict[str, np.ndarray]


def draw_topics(
    rows: pd.DataFrame, names: tuple[str, ...], contact_costs: pd.DataFrame, frames: Frames, run: RunContext
) -> TopicDraws:
    """Draws of measures by topic. In every draw customers are drawn again, label agreement is drawn from what its pairs
    allow, the gap mixture is one of those fitted to other customers, texts of an unsure topic are moved by one of 20
    imputations, missing handle times are drawn from what measured ones allow, and ranges of the cost file's lines are.

    `rows` as from `measured`.
    """
    persons, people = pd.factorize(rows["person"], sort=True)
    codes, topics = pd.factorize(rows["part"], sort=True)
    k, m = len(topics), len(names)
    values = [rows[name].fillna(0.0).to_numpy(dtype=float) for name in names]
    columns = [codes + i * k for i in range(m)] + [np.full(len(rows), m * k + i) for i in range(m)]
    totals = customer_totals(
        np.tile(persons, 2 * m), np.concatenate(columns), np.concatenate(values * 2), (len(people), m * (k + 1))
    )
    drawn = calibrated_totals(totals, draws=run.pipeline.resamples, seed=run.pipeline.seed)
    labels = _label_draws(rows, list(topics), frames, run)
    cells = _cells(rows, list(topics), contact_costs, frames, run) if set(names) - {"repeats"} else None
    found, of_all = {}, {}
    moves = Moves(rows, codes, list(topics), seed=run.pipeline.seed)
    for i, name in enumerate(names):
        factors = labels if MEASURES[name][0] else np.ones_like(labels)
        if cells and name != "repeats":
            factors = factors * _cell_draws(cells, name, values[i], codes, k)
        weight = np.bincount(codes, values[i], k)
        moved = moves.factors(values[i], weight, draws=run.pipeline.resamples)  # of all topics together nothing moves
        found[name] = drawn[:, i * k : (i + 1) * k] * factors * moved
        of_all[name] = drawn[:, m * k + i] * (factors @ weight / weight.sum() if weight.sum() > 0 else 1.0)
    return TopicDraws(list(topics), found, of_all)


def _label_draws(rows: pd.DataFrame, topics: list[str], frames: Frames, run: RunContext) -> np.ndarray:
    """(draws, topics): repeats with the drawn label agreement and mixture over repeats with the published ones.

    Linked repeats are sure. Label agreement: Beta of the pairs that match, with all topics' agreement as `PRIOR_PAIRS`
    pairs more; not drawn where no pair tells. The mixtures fitted to resampled customers (table `repeat_refits`) are
    dealt out over the draws.
    """
    draws = run.pipeline.resamples
    is_linked = rows["is_linked"].to_numpy(dtype=bool)
    total = rows.groupby("part")["repeats"].sum().reindex(topics).to_numpy(dtype=float)
    soft = rows["repeats"].where(~is_linked, 0.0).groupby(rows["part"]).sum().reindex(topics).to_numpy(dtype=float)
    soft_share = np.divide(soft, total, out=np.zeros_like(total), where=total > 0)
    factor = np.ones((draws, len(topics)))
    refits = frames["repeat_refits"]
    if len(refits):
        table = refits.pivot(index="refit", columns="topic_id", values="factor").reindex(columns=topics).fillna(1.0)
        # only their spread counts: resampled customers come in copies, which moves the level of a refit by itself
        spread = table.to_numpy() / np.maximum(table.to_numpy().mean(axis=0), 1e-9)
        factor *= spread[dealt(len(table), draws, step=0)]
    agreements = frames["label_agreements"]
    whole = agreements[agreements["topic_id"] == ALL]
    if whole["pairs"].sum():
        found = agreements.set_index("topic_id").reindex(topics)
        mean = found["shrunk"].fillna(1.0).to_numpy(dtype=float)
        pairs = found["pairs"].fillna(0.0).to_numpy(dtype=float) + PRIOR_PAIRS
        rng = np.random.default_rng([run.pipeline.seed, 1])
        drawn = rng.beta(np.maximum(mean * pairs, 1e-3), np.maximum((1 - mean) * pairs, 1e-3), (draws, len(topics)))
        labels = mean / np.maximum(drawn, LEAST_AGREEMENT)
        factor *= labels / labels.mean(axis=0)  # the mean of 1/x is above 1 over the mean of x
    return 1 + soft_share * (factor - 1)


class _Cells(NamedTuple):
    """Cells of rows that share lines of the cost file, and how what they add up to moves.

    `lines`: by measure (draws, cells), under drawn lines over that at their values. `times`: (imputations, cells,
    topics), drawn handle times over the imputed ones; 1 where nothing is imputed. `of_time`: by measure (cells,), the
    share that moves with the handle time.
    """

    of: np.ndarray  # (rows,)
    lines: dict[str, np.ndarray]
    times: np.ndarray
    of_time: dict[str, np.ndarray]


def _cells(
    rows: pd.DataFrame, topics: list[str], contact_costs: pd.DataFrame, frames: Frames, run: RunContext
) -> _Cells:
    """Avoidable cost moves by what is cash and what capacity in each cell."""
    prices = price_draws(contact_costs, frames["contacts"], run)
    cell = prices.cell[pd.Index(contact_costs["contact_id"]).get_indexer(rows["contact_id"])]
    cells = len(prices.cells)
    cash, capacity = (np.bincount(cell, rows[name].fillna(0.0), cells)
                      for name in ("cost_avoidable_cash", "cost_avoidable_capacity"))  # fmt: skip
    total = cash + capacity
    share = np.divide(cash, total, out=np.ones(cells), where=total > 0)
    full, of_cash, of_capacity = prices.of_time
    return _Cells(
        cell,
        {"hours": prices.minutes, "full": prices.full, "cash": prices.cash,
         "avoidable": prices.cash * share + prices.capacity * (1 - share)},
        _time_factors(frames["handle_time_draws"], prices.cells, topics),
        {"hours": np.ones(cells), "full": full, "cash": of_cash, "avoidable": of_cash * share + of_capacity * (1 - share)},
    )  # fmt: skip


def _time_factors(table: pd.DataFrame, cells: tuple, topics: list[str]) -> np.ndarray:
    """(imputations, cells, topics) from the table handle_time_draws."""
    numbers = {(group or "", channel): i for i, (group, channel, source) in enumerate(cells) if source == "imputed"}
    found = np.ones((max(int(table["imputation"].max()) + 1 if len(table) else 1, 1), len(cells), len(topics)))
    keys = zip(table["cost_group"], table["channel"], strict=True)
    cell = np.array([numbers.get(key, -1) for key in keys], dtype=int)
    topic = pd.Index(topics).get_indexer(table["topic_id"])
    rows = np.flatnonzero((cell >= 0) & (topic >= 0))
    found[table["imputation"].to_numpy(dtype=int)[rows], cell[rows], topic[rows]] = table["factor"].to_numpy()[rows]
    return found


def _cell_draws(cells: _Cells, name: str, values: np.ndarray, codes: np.ndarray, k: int) -> np.ndarray:
    """(draws, topics): a measure under drawn lines of the cost file and drawn handle times over the published one."""
    lines, of_time = (found.get(name, found["avoidable"]) for found in (cells.lines, cells.of_time))
    draws, count = lines.shape
    weights = np.bincount(cells.of * k + codes, values, count * k).reshape(count, k)
    total = weights.sum(axis=0)
    weights = np.divide(weights, total, out=np.full(weights.shape, 1 / max(count, 1)), where=total > 0)
    times = np.einsum("ct,mct->mt", weights * of_time[:, None], cells.times - 1)
    return lines @ weights * (1 + times)[dealt(len(times), draws, step=3)]
