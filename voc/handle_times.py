"""Handle times nobody measured, from those that were: a multiplicative model with shrinkage (pure arithmetic).

    log minutes = mu + effect of the channel + effect of the topic + ... + error

Effects of every factor are drawn towards 0 by as much as the data say they vary (random effects, variances by EM;
Laird and Ware 1982), so that a topic of three measured contacts stays near the mean of all. What is longer than the
99th percentile of its channel, next to what its topic and site lead one to expect, counts as that percentile: a dear
topic keeps its minutes, a timer that ran for a week does not. The mean of a skewed quantity is not the exponential of
the mean of its logarithm: fitted values are smeared so that each channel's mean is right (Duan 1983).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEAST_MINUTES = 0.1  # 0 has no logarithm
CAP_QUANTILE, CAP_Z = 0.99, 2.3263478740408408
PRIOR_CONTACTS = 20.0  # of the overall smearing factor, added to a channel's own
MOST_LEVELS = 400  # of a factor; rarer ones have no effect of their own
ITERATIONS = 60


class Effects(NamedTuple):
    """A fitted model: the logarithm of minutes is `mean` plus the effect of every factor's level."""

    mean: float
    effects: tuple[np.ndarray, ...]  # by factor: (levels,) on the log scale
    spreads: tuple[float, ...]  # by factor: how much its levels vary (standard deviation on the log scale)
    error: float  # standard deviation of the error
    covariance: np.ndarray  # of all effects, given the data, in the order of factors and levels


class FittedMinutes(NamedTuple):
    """Expected minutes, with what tells how far they can be trusted."""

    expected: np.ndarray  # (n,) of every contact, also of those that were measured
    effects: Effects
    factors: tuple[np.ndarray, ...]  # (n,) codes of the levels that have an effect
    channels: np.ndarray  # (n,)
    is_known: np.ndarray  # (n,)

    def draws(self, *, count: int, seed: int | Sequence[int]) -> np.ndarray:
        """(count, n) expected minutes that the measured ones allow, over `expected`.

        Effects are drawn from what is known of them. Smearing holds the mean of a channel at its measured contacts,
        which leaves the differences inside it, and the error of that mean: standard deviation / sqrt(contacts).
        """
        rng = np.random.default_rng(seed)
        fitted, found = self.effects, np.zeros((count, len(self.expected)))
        root = np.linalg.cholesky(fitted.covariance + 1e-12 * np.eye(len(fitted.covariance)))
        drawn = rng.standard_normal((count, len(root))) @ root.T
        start = 0
        for effects, codes in zip(fitted.effects, self.factors, strict=True):
            table = np.append(drawn[:, start : start + len(effects)], np.zeros((count, 1)), axis=1)
            found += table[:, codes]  # -1, no effect, is the last
            start += len(effects)
        for channel in np.unique(self.channels):
            here = self.channels == channel
            like = here & self.is_known if (here & self.is_known).any() else self.is_known
            error = fitted.error * rng.standard_normal((count, 1)) / math.sqrt(like.sum())
            found[:, here] += error - found[:, like].mean(axis=1, keepdims=True)
        return np.exp(found)


def impute_minutes(minutes: np.ndarray, channels: np.ndarray, factors: Sequence[np.ndarray]) -> np.ndarray:
    """Expected minutes (n,) of every contact: see `fit_minutes`."""
    return fit_minutes(minutes, channels, factors).expected


def fit_minutes(minutes: np.ndarray, channels: np.ndarray, factors: Sequence[np.ndarray]) -> FittedMinutes:
    """Expected minutes of every contact, also of those that were measured.

    `minutes` (n,) holds NaN where nothing was measured; `channels` (n,) are codes from 0 up; `factors` are (n,) codes
    from 0 up, -1 where a contact has no level (channels are a factor too where they stand among them). Raises
    ValueError when nothing was measured.
    """
    is_known = ~np.isnan(minutes)
    if not is_known.any():
        raise ValueError("no measured minutes")
    measured, measured_channels = minutes[is_known].astype(float), channels[is_known]
    kept = [_frequent(codes, is_known) for codes in factors]
    known = [codes[is_known] for codes in kept]
    logs = np.log(np.maximum(measured, LEAST_MINUTES))
    rough = logs - predict(fit_effects(logs, known), known)
    excess = rough - cap(rough, measured_channels)
    logs, measured = logs - excess, measured * np.exp(-excess)
    fitted = fit_effects(logs, known)
    predicted = np.exp(predict(fitted, kept))
    expected = predicted * smearing(measured, predicted[is_known], measured_channels, channels)
    return FittedMinutes(expected, fitted, tuple(kept), channels, is_known)


def cap(values: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Values with what lies above the 99th percentile of the channel brought down to it (winsorised)."""
    capped = values.copy()
    for channel in np.unique(channels):
        mine = channels == channel
        capped[mine] = np.minimum(capped[mine], np.quantile(capped[mine], CAP_QUANTILE))
    return capped


def fit_effects(logs: np.ndarray, factors: Sequence[np.ndarray]) -> Effects:
    """Fit `logs` (n,) as a mean plus random effects of `factors`, each (n,) codes with -1 for none.

    EM for a linear model with crossed random effects; everything is read from the cross-products of the level
    indicators, so that the cost of a step does not depend on n.
    """
    sizes = [int(codes.max(initial=-1)) + 1 for codes in factors]
    cross, right = _normal_equations(logs, factors, sizes)
    n, total, squares = len(logs), float(logs.sum()), float((logs**2).sum())
    blocks = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1]) if sizes else []
    counts = np.diag(cross).copy()
    variance = max(squares / n - (total / n) ** 2, 1e-9)
    spreads = np.full(len(sizes), variance / (len(sizes) + 1))
    error, mean, effects = variance / (len(sizes) + 1), total / n, np.zeros(sum(sizes))
    covariance = np.zeros((sum(sizes), sum(sizes)))
    for _ in range(ITERATIONS if sizes and variance > 1e-8 else 0):
        prior = np.concatenate([np.full(size, 1 / s) for size, s in zip(sizes, spreads, strict=True)])
        covariance = np.linalg.inv(cross / error + np.diag(prior))
        effects = covariance @ (right - counts * mean) / error
        mean = (total - counts @ effects) / n
        left = (
            squares - 2 * mean * total + n * mean**2 - 2 * effects @ (right - counts * mean) + effects @ cross @ effects
        )
        error = max((left + float((cross * covariance).sum())) / n, 1e-9)
        spreads = np.array([
            max((effects[b] @ effects[b] + np.trace(covariance[np.ix_(b, b)])) / max(len(b), 1), 1e-9) for b in blocks
        ])  # fmt: skip
    return Effects(mean, tuple(effects[b] for b in blocks), tuple(np.sqrt(spreads)), float(np.sqrt(error)), covariance)


def predict(fitted: Effects, factors: Sequence[np.ndarray]) -> np.ndarray:
    """Expected logarithm of minutes (n,); a level that was not fitted, or -1, has no effect."""
    found = np.full(len(factors[0]) if factors else 0, fitted.mean)
    for effects, codes in zip(fitted.effects, factors, strict=True):
        is_known = (codes >= 0) & (codes < len(effects))
        found[is_known] += effects[codes[is_known]]
    return found


def smearing(measured: np.ndarray, predicted: np.ndarray, channels: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Factor (len(of),) by which predicted minutes fall short of the mean, by channel, drawn towards that of all.

    `measured` are capped: that takes a little from the mean of a log-normal quantity too, and is given back.
    """
    overall = measured.sum() / predicted.sum()
    table = np.full(int(max(of.max(initial=0), channels.max(initial=0))) + 1, overall)
    for channel in np.unique(channels):
        mine = channels == channel
        prior = PRIOR_CONTACTS * predicted[mine].mean()
        table[channel] = (measured[mine].sum() + prior * overall) / (predicted[mine].sum() + prior)
        table[channel] /= 1 - _cap_loss(np.log(np.maximum(measured[mine], LEAST_MINUTES) / predicted[mine]))
    return table[of]


def _cap_loss(logs: np.ndarray) -> float:
    """Share of its mean that a log-normal quantity loses when capped at its 99th percentile."""
    sigma = float(logs.std()) if len(logs) > 1 else 0.0
    above = (1 + math.erf((sigma - CAP_Z) / math.sqrt(2))) / 2
    return float(above - (1 - CAP_QUANTILE) * np.exp(CAP_Z * sigma - sigma**2 / 2))


def _frequent(codes: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    """Codes with levels beyond the most frequent measured ones set to -1 (no effect), the others numbered from 0."""
    known = codes[is_known & (codes >= 0)]
    counts = np.bincount(known, minlength=int(codes.max(initial=-1)) + 1)
    order = np.argsort(-counts, kind="stable")
    keep = [level for level in order[:MOST_LEVELS] if counts[level] > 0]
    table = np.full(len(counts) + 1, -1)
    table[sorted(keep)] = np.arange(len(keep))
    return table[codes]  # -1 reads the last place, which is -1


def _normal_equations(logs: np.ndarray, factors: Sequence[np.ndarray], sizes: list[int]):
    """Cross-products of the indicators of all levels (p, p), and their products with `logs` (p,)."""
    from scipy.sparse import csr_matrix

    starts = np.cumsum([0, *sizes])
    rows, columns = [], []
    for start, codes in zip(starts, factors, strict=False):
        has = np.flatnonzero(codes >= 0)
        rows.append(has)
        columns.append(codes[has] + start)
    if not rows:
        return np.zeros((0, 0)), np.zeros(0)
    row, column = np.concatenate(rows), np.concatenate(columns)
    design = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(logs), int(starts[-1])))
    return (design.T @ design).toarray(), design.T @ logs
