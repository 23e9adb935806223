"""Which topics had a week far above their usual: an outage, a campaign, a price change."""

import numpy as np

FEWEST_WEEKS = 8
FEWEST_CONTACTS = 10
DEVIATIONS = 5.0
OVERDISPERSION = 0.1  # weekly counts of contacts vary as mean + 0.1 mean^2


def burst_topics(start: np.ndarray, topic: np.ndarray, *, topics: int, since: float, until: float) -> np.ndarray:
    """Topics (topics,) with a week of more than median + 5 deviations, and of at least ten contacts.

    start: (n,) days, topic: (n,) codes. Deviation: square root of the median + 0.1 * its square, the variance of a
    negative binomial count. Whole weeks from `since` on; with fewer than eight nothing is usual yet.
    """
    weeks = int((until - since) // 7)
    if weeks < FEWEST_WEEKS:
        return np.zeros(topics, dtype=bool)
    week = ((np.asarray(start) - since) // 7).astype(int)
    inside = (week >= 0) & (week < weeks)
    counts = np.bincount(np.asarray(topic)[inside] * weeks + week[inside], minlength=topics * weeks)
    counts = counts.reshape(topics, weeks)
    usual = np.median(counts, axis=1, keepdims=True)
    most = usual + DEVIATIONS * np.sqrt(usual + OVERDISPERSION * usual**2)
    return ((counts > most) & (counts >= FEWEST_CONTACTS)).any(axis=1)
