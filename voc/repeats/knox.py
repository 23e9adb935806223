"""Do contacts of one customer that lie close in time share their topic more often than chance would have it?"""

from typing import NamedTuple

import numpy as np

STRATUM_DAYS = 7.0  # topics are shuffled among contacts of the same week, so that outages and seasons stay
MAX_AHEAD = 20  # later contacts each one is paired with; more would be a machine's


class Knox(NamedTuple):
    """Close pairs with one topic: as they are, and on average over the shuffles, by topic."""

    observed: np.ndarray  # (topics,)
    expected: np.ndarray  # (topics,)
    p_value: float  # of all topics together, one-sided

    @property
    def ratio(self) -> float:
        """Observed to expected pairs, nan without any."""
        total = self.expected.sum()
        return float(self.observed.sum() / total) if total else float("nan")


def knox(
    customer: np.ndarray,
    topic: np.ndarray,
    start: np.ndarray,
    *,
    topics: int,
    window: float,
    draws: int = 99,
    seed: int,
) -> Knox:
    """Knox test (Knox 1964; permutation as in Mantel 1967) of nearness in time against sameness of topic.

    customer, topic: (n,) codes; start: (n,) days. Pairs are contacts of one customer at most `window` days apart.
    Customers and times are kept, topics are shuffled among all contacts of a week. It is a diagnosis of topics and no
    estimate of repeats: a customer's own mix of topics makes pairs too.
    """
    first, second = _close_pairs(customer, start, window)
    observed = _alike(topic, first, second, topics)
    rng = np.random.default_rng(seed)
    stratum = np.floor((start - start.min(initial=0)) / STRATUM_DAYS)
    place = np.argsort(stratum, kind="stable")
    total, as_many = np.zeros(topics), 0
    for _ in range(draws):
        shuffled = np.empty_like(topic)
        shuffled[place] = topic[np.argsort(stratum + rng.random(len(topic)))]
        pairs = _alike(shuffled, first, second, topics)
        total += pairs
        as_many += pairs.sum() >= observed.sum()
    return Knox(observed, total / max(draws, 1), (1 + as_many) / (1 + draws))


def _close_pairs(customer: np.ndarray, start: np.ndarray, window: float) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((start, customer))
    customer, start = customer[order], start[order]
    first, second = [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)]
    for ahead in range(1, min(MAX_AHEAD, len(order) - 1) + 1):
        close = np.flatnonzero((customer[ahead:] == customer[:-ahead]) & (start[ahead:] - start[:-ahead] <= window))
        if not len(close):
            break
        first.append(order[close])
        second.append(order[close + ahead])
    return np.concatenate(first), np.concatenate(second)


def _alike(topic: np.ndarray, first: np.ndarray, second: np.ndarray, topics: int) -> np.ndarray:
    left = topic[first]
    return np.bincount(left[left == topic[second]], minlength=topics)
