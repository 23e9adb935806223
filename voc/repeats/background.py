"""The background of the mixture: how often a customer would write about a topic if nothing were ever repeated."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from voc.repeats.layout import TINY, Issues, Layout, Sums, calendars

SAME = 1e6  # shape of a prior when the data vary no more than by chance
WEIGHTS = 0.05, 1e3  # least and most issues that a prior may count for
MANY = 400  # issues of a customer that speak for themselves
RATE_STEPS = 50
VOLUMES = 7  # customers by their issues: 1, 2, 4, 8 ... 64 and more
FEW_PAIRS = 5.0  # pairs of issues that all customers together count for at each volume
FINE = 8  # steps between whole numbers of issues in the table of rates


class Prior(NamedTuple):
    """What all customers together say about the background of one."""

    rates: np.ndarray  # issues a day of a customer with 0, 1/8, 2/8 ... MANY others
    shares: np.ndarray  # (topics,) of all issues
    focus: np.ndarray  # (VOLUMES,) issues that `shares` count for, by the customer's own: 1, 2, 4, 8 ...
    steadiness: float  # issues that the customer's own mean counts for in a block of days
    busy: np.ndarray  # (blocks,) length in days of mean busyness
    profile: np.ndarray  # (m,) busyness of the topic on the day of each candidate, as a multiple of its mean


def shrunk(observed: np.ndarray, expected: np.ndarray, noise: np.ndarray, *, axis: int) -> np.ndarray:
    """observed / expected as the posterior mean under a Gamma prior of mean 1: (observed + s) / (expected + s).

    Its shape s is by moments, from what `observed` varies about `expected` beyond its noise along the axis.
    """
    shape = _shape(observed, expected, noise, axis=axis)
    return (observed + shape) / (expected + shape)


def _shape(observed: np.ndarray, expected: np.ndarray, noise: np.ndarray, *, axis: int) -> np.ndarray:
    excess = ((observed - expected) ** 2 - noise).sum(axis=axis, keepdims=True)
    square = (expected**2).sum(axis=axis, keepdims=True)
    return np.where(excess > 0, square / np.maximum(excess, TINY), SAME) + TINY


def count_issues(layout: Layout, sums: Sums, no_issue: np.ndarray) -> Issues:
    """Contacts less the chances `no_issue` (m,) that they are none."""
    here = layout.candidates
    return Issues(*(
        np.maximum(contacts - np.bincount(code, no_issue, len(contacts)), 0)
        for contacts, code in zip(sums.contacts, (here.group, here.customer, here.block, here.moment), strict=True)
    ))  # fmt: skip


def fit_prior(layout: Layout, sums: Sums, issues: Issues, no_issue: np.ndarray) -> Prior:
    day = np.bincount(layout.candidates.day, sums.weight * no_issue, sums.day.size).reshape(sums.day.shape)
    day = np.maximum(sums.day - day, 0)
    total = max(day.sum(), TINY)
    shares = day.sum(axis=1) / total
    busy = np.bincount(calendars(layout.days, layout.blocks)[1], day.sum(axis=0), layout.blocks) / total
    focus, steadiness = _weights_of_priors(layout, sums, issues, no_issue, (shares**2).sum(), (busy**2).sum())
    steadiness = steadiness if layout.blocks > 1 else WEIGHTS[1]  # one block is the whole period
    rates = _rates(issues.customer, sums.customer_weight) / layout.days
    rates = np.interp(np.arange(MANY * FINE + 1) / FINE, np.arange(MANY + 1), rates)
    return Prior(rates, shares, focus, steadiness, busy * layout.days, _profile(layout, day, sums.weight * (1 - no_issue)))


def _rates(issues: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Issues a period to be expected of a customer with 0, 1, 2 ... MANY others (posterior means).

    The distribution of rates is the one of greatest likelihood on a grid, given that each customer was seen at all.
    """
    is_used = (issues > 0) & (issues < MANY)
    issues, weight = np.maximum(issues[is_used], 1.0), weight[is_used]
    whole = issues.astype(int)
    numbers = np.arange(MANY + 1)
    seen = np.bincount(whole, weight * (whole + 1 - issues), MANY + 1)
    seen += np.bincount(whole + 1, weight * (issues - whole), MANY + 1)
    grid = np.arange(0.3, np.sqrt(MANY) + 2, 0.4) ** 2  # even steps of Poisson noise
    chance = np.exp(numbers[:, None] * np.log(grid) - grid - gammaln(numbers + 1)[:, None]) / -np.expm1(-grid)
    rows, share = seen > 0, np.full(len(grid), 1 / len(grid))
    for _ in range(RATE_STEPS if rows.any() else 0):
        posterior = chance[rows] * share
        share = seen[rows] @ (posterior / posterior.sum(axis=1, keepdims=True)) / seen.sum()
    share = np.maximum(share, TINY)
    return chance @ (share * grid) / (chance @ share)


def _profile(layout: Layout, day: np.ndarray, own: np.ndarray) -> np.ndarray:
    """How busy the topic was on the day of each candidate (m,), as a multiple of its mean, the candidate left out.

    day: (topics, days) issues; own: (m,) what of them is the candidate's.
    """
    week_of, _ = calendars(layout.days, 1)
    lengths = np.bincount(week_of)
    week = np.add.reduceat(day, np.flatnonzero(np.diff(week_of, prepend=-1)), axis=1)
    mean = day.mean(axis=1, keepdims=True)
    of_week = _shape(week, mean * lengths, week, axis=1)[:, 0]
    of_day = _shape(day, (week / lengths)[:, week_of], day, axis=1)[:, 0]
    topic, on = layout.candidates.topic, layout.candidates.day % layout.days
    length, in_week = lengths[week_of[on]], np.maximum(week[topic, week_of[on]] - own, 0)
    busy_week = (in_week + of_week[topic]) / (mean[topic, 0] * length + of_week[topic])
    in_day = np.maximum(day[topic, on] - own, 0)
    return busy_week * (in_day + of_day[topic]) / (in_week / length + of_day[topic])


def _weights_of_priors(
    layout: Layout, sums: Sums, issues: Issues, no_issue: np.ndarray, one_topic_by_chance: float,
    one_block_by_chance: float,
) -> tuple[np.ndarray, float]:  # fmt: skip
    """How many issues the shares of all topics count for, by volume of the customer, and how many the mean of a customer in a block of days.

    By moments, from pairs of issues of one customer. With p by chance, the share of pairs about one topic is
    (1 + c p) / (1 + c) under a Dirichlet prior of concentration c, that of pairs in one block p (1 + 1/s) / (1 + p/s)
    under Gamma rates of shape s. A customer's pairs count by one over the customer's issues, so that the few with
    thousands of pairs do not speak for all; to them the prior hardly matters. What is said in one contact makes no pair.
    """
    customers = len(sums.customer_weight)
    weight = sums.customer_weight / np.maximum(issues.customer, 2.0)
    alone = sums.certain + np.bincount(layout.candidates.customer, (1 - no_issue) ** 2, customers)
    together = np.bincount(layout.customer_of_moment, issues.moment**2, customers)
    pairs = weight * (issues.customer**2 - together)
    one_topic = weight * (np.bincount(layout.customer_of_group, issues.group**2, customers) - alone)
    one_block = weight * (np.bincount(layout.customer_of_block, issues.block**2, customers) - together)
    total = max(pairs.sum(), TINY)
    volume = _volume(issues.customer)
    below = volume.astype(int)
    rest = volume - below  # between two volumes a customer counts for both
    here, shared = (
        np.bincount(below, values * (1 - rest), VOLUMES) + np.bincount(below + 1, values * rest, VOLUMES + 1)[:VOLUMES]
        for values in (pairs, one_topic)
    )
    topic = (shared + FEW_PAIRS * one_topic.sum() / total) / (here + FEW_PAIRS)
    focus = (1 - topic) / np.maximum(topic - one_topic_by_chance, TINY)
    block = one_block.sum() / total
    steadiness = one_block_by_chance * (1 - block) / max(block - one_block_by_chance, TINY)
    return np.clip(focus, *WEIGHTS), float(np.clip(steadiness, *WEIGHTS))


def background(layout: Layout, issues: Issues, prior: Prior, no_issue: np.ndarray) -> np.ndarray:
    """New issues a day (m,) expected at each candidate, itself left out."""
    here = layout.candidates
    of_group, of_customer, of_block = (
        np.maximum(count[code] - (1 - no_issue), 0)
        for count, code in zip(issues[:3], (here.group, here.customer, here.block), strict=True)
    )  # fmt: skip
    rate = prior.steadiness / _rate_of(prior, of_customer, layout.days)
    rate = (prior.steadiness + of_block) / (rate + prior.busy[here.calendar])
    focus = _focus_of(prior, of_customer)
    share = (focus * prior.shares[here.topic] + of_group) / (focus + of_customer)
    return prior.profile * share * rate


def background_of_groups(layout: Layout, issues: Issues, prior: Prior) -> np.ndarray:
    """New issues a day (g,) of each group, on average over the period."""
    of_customer = issues.customer[layout.customer_of_group]
    focus = _focus_of(prior, of_customer)
    share = (focus * prior.shares[layout.topic_of_group] + issues.group) / (focus + of_customer)
    return share * _rate_of(prior, of_customer, layout.days)


def _volume(issues: np.ndarray) -> np.ndarray:
    """0 for one issue, 1 for two, 2 for four ... and what lies between."""
    return np.clip(np.log2(np.maximum(issues, 1.0)), 0.0, VOLUMES - 1.0)


def _focus_of(prior: Prior, issues: np.ndarray) -> np.ndarray:
    """Issues that the shares of all topics count for, of customers with so many beside the one at hand."""
    return np.exp(np.interp(_volume(issues + 1), np.arange(VOLUMES), np.log(prior.focus)))


def _rate_of(prior: Prior, issues: np.ndarray, days: int) -> np.ndarray:
    """Issues a day of customers with so many others."""
    place = np.minimum(issues * FINE + 0.5, MANY * FINE).astype(int)
    return np.where(issues < MANY, prior.rates[place], issues / days)
