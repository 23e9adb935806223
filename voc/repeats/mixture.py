"""How likely each contact is a repeat of an earlier one, and not a new issue that came close by chance.

A self-exciting point process. In a group (one customer, one topic) contacts come at the rate, per day,

    mu_g(t) + sum over earlier contacts i of alive_i * lambda_k(t - t_i) + other_g(t)

mu_g: background of new issues. lambda_k: hazard of the one repeat a contact may have, constant within bins of days
since its end; alive_i: chance that i has not had its repeat yet. other_g: what the customer's last contact about
another topic sets off, repeats that got a wrong topic above all; they are neither repeats here nor issues. The chance
that contact j is a repeat, pi_j, is the middle term's share. Expectation-maximisation (Dempster, Laird and Rubin 1977; for point
processes Marsan and Lengline 2008) estimates all parts from each other in turn:

    lambda_k(bin) = sum of pi in the bin / days the topic's contacts were at risk in the bin
    mu_g(t)       = rate of the customer * share of the topic in the customer's issues * profile of the topic in time

A contact is at risk until its repeat or the end of the data, which takes care of censoring. Every part is shrunk by
empirical Bayes only as far as the data ask for it:

    lambda   level of each topic to that of all, then bins to the shape of all, unless they differ by more than chance
    rate     posterior mean given the customer's issues, under the distribution of rates that fits all customers best
             (Robbins 1956, Kiefer and Wolfowitz 1956), those never seen included. In blocks of 30 days it is shrunk to
             the customer's own mean, more so the steadier all customers are: people come, go and have bad months
    share    Dirichlet-multinomial around the topic's share of all issues; concentration by the method of moments, by the
             customer's volume: who writes all the time has favourite topics, who writes thrice may have none
    profile  weeks, and days inside weeks, each shrunk to the topic's mean unless counts vary by more than chance.
             An outage or a season thereby counts as background and makes no repeats

Counts of issues leave out the contact at hand (collapsed as in Asuncion et al. 2009): a contact must not vouch for its
own background. While a contact is open, days run from its start and the hazard is one of its own. Linked contacts (a
vendor's follow-up) are repeats of the one before for certain.
"""

from typing import NamedTuple

import numpy as np

from voc.repeats.background import background, background_of_groups, count_issues, fit_prior, shrunk
from voc.repeats.layout import TINY, Groups, Layout, Pairs, Sums, at_risk, lay_out, sum_up

__all__ = ["Groups", "Mixture", "fit_mixture", "within"]

FIRST_GUESS = 0.5  # chance that the contact before is the one repeated, ahead of the first iteration
FIRST_OTHER = 0.2
SETTLED = 3e-4  # iterations end when chances move by less than this share of their sum
LONGEST_LEAP = 20.0


class Mixture(NamedTuple):
    """The fitted mixture. Rates are per day, bins lie between `edges` (days since the end of the contact repeated)."""

    probability: np.ndarray  # (n,) of being a repeat: nan for the first of a group, 1 where linked
    other: np.ndarray  # (n,) of being set off by a contact about another topic: mostly repeats given a wrong topic
    repeat_rate: np.ndarray  # (n,) of repeats at that moment; probability = repeat_rate / sum of the three rates
    other_rate: np.ndarray  # (n,)
    issue_rate: np.ndarray  # (n,) of new issues. All three are nan where there is no question
    background: np.ndarray  # (g,) new issues
    hazard: np.ndarray  # (topics, bins) repeats, linked ones included
    exposure: np.ndarray  # (topics, bins) days at risk
    edges: np.ndarray  # (bins + 1,)
    open_repeats: np.ndarray  # (topics,) repeats a contact that came while it was open
    layout: Layout  # what a refit of the same groups takes over
    chances: "Chances"


class Rates(NamedTuple):
    """Rates a day at the time of each candidate, by what may have set it off."""

    pair: np.ndarray  # (p,) the earlier contact of the pair
    other: np.ndarray  # (m,) a contact about another topic
    background: np.ndarray  # (m,) nothing: a new issue


class Chances(NamedTuple):
    """Their shares."""

    pair: np.ndarray  # (p,) that the later contact repeats the earlier one; 1 where linked
    other: np.ndarray  # (m,) that a contact about another topic set it off


def fit_mixture(
    groups: Groups, *, topics: int, weights: np.ndarray | None = None, iterations: int = 60,
    start_from: Mixture | None = None,
) -> Mixture:  # fmt: skip
    """Fit hazards and background; `topics` is the number of topic codes.

    weights: (g,) how often the customer of each group was drawn, for resamples. start_from: a fit of the same groups,
    from which 9 to 12 iterations do. Iterations are steps of the EM algorithm; they end early when nothing moves.
    """
    layout = start_from.layout if start_from else lay_out(groups, topics)
    sums = sum_up(layout, np.ones(len(groups.topic)) if weights is None else np.asarray(weights, dtype=float))
    chances = start_from.chances if start_from else _first_guess(layout)
    for _ in range(-(-iterations // 3) if len(layout.candidates.place) else 0):
        first = _iterate(layout, sums, chances)
        second = _iterate(layout, sums, first)
        if _distance(second, first) <= SETTLED:
            chances = second
            break
        chances = _iterate(layout, sums, _leap(chances, first, second))
    return _mixture(layout, sums, chances)


def within(mixture: Mixture, window: float) -> np.ndarray:
    """Probability (topics,) that a contact is repeated within `window` days of its end, chance left out.

    1 - exp(-sum of hazard * days up to the window); repeats while it was open included.
    """
    days = np.clip(window - mixture.edges[:-1], 0, np.diff(mixture.edges))
    return 1 - np.exp(-(mixture.hazard @ days + mixture.open_repeats))


def _first_guess(layout: Layout) -> Chances:
    pairs = layout.pairs
    pair = np.where(pairs.later - pairs.earlier == 1, FIRST_GUESS, 0.0)
    is_other = layout.candidates.other_bin < len(layout.edges) - 1
    return Chances(np.where(pairs.is_linked, 1.0, pair), np.where(is_other, FIRST_OTHER, 0.0))


def _iterate(layout: Layout, sums: Sums, chances: Chances) -> Chances:
    return _chances(layout, _rates(layout, sums, chances))


def _rates(layout: Layout, sums: Sums, chances: Chances) -> Rates:
    """The M-step: all parts from the chances so far, and the rates to which they come at each candidate."""
    pairs, here = layout.pairs, layout.candidates
    no_issue = _repeats(layout, chances.pair) + chances.other
    issues = count_issues(layout, sums, no_issue)
    prior = fit_prior(layout, sums, issues, no_issue)
    hazard = _hazard(layout, sums, chances.pair, _exposure(layout, sums, chances.pair)).ravel()
    other = _other_hazard(layout, sums, chances.other)[here.other_bin]
    return Rates(
        _alive(pairs, chances.pair) * hazard[pairs.cell],
        other * prior.shares[here.topic] / np.maximum(1 - prior.shares[here.other_topic], TINY),
        background(layout, issues, prior, no_issue),
    )  # fmt: skip


def _chances(layout: Layout, rates: Rates) -> Chances:
    """The E-step: each chance is a share of the three rates together."""
    total = _repeats(layout, rates.pair) + rates.other + rates.background + TINY
    is_linked, candidate = layout.pairs.is_linked, layout.pairs.candidate
    pair = rates.pair / total[candidate] if len(total) else rates.pair
    return Chances(np.where(is_linked, 1.0, pair), rates.other / total)


def _distance(new: Chances, old: Chances) -> float:
    """How far the chances have moved, as a share of their sum."""
    moved = sum(np.abs(a - b).sum() for a, b in zip(new, old, strict=True))
    return moved / max(sum(values.sum() for values in new), TINY)


def _leap(start: Chances, first: Chances, second: Chances) -> Chances:
    """Where two steps lead when carried on: squared extrapolation (SQUAREM 3 of Varadhan and Roland 2008)."""
    begin, middle, end = (np.concatenate(chances) for chances in (start, first, second))
    step = middle - begin
    bend = end - middle - step
    length = min(max(np.linalg.norm(step) / max(np.linalg.norm(bend), TINY), 1.0), LONGEST_LEAP)
    reached = np.clip(begin + 2 * length * step + length**2 * bend, 0.0, 1.0)
    return Chances(*np.split(reached, [len(start.pair)]))


def _repeats(layout: Layout, pair: np.ndarray) -> np.ndarray:
    """Sum over the pairs of each candidate (m,)."""
    free = np.where(layout.pairs.is_linked, 0.0, pair)
    return np.bincount(layout.pairs.candidate, free, len(layout.candidates.place))[: len(layout.candidates.place)]


def _alive(pairs: Pairs, pair: np.ndarray) -> np.ndarray:
    """Chance (p,) that the earlier contact has had no repeat before the later one."""
    alive = np.ones(len(pair))
    for depth, rival in pairs.rivals:
        alive[depth] -= np.where(rival >= 0, pair[rival], 0.0)
    return np.maximum(alive, 0.0)


def _exposure(layout: Layout, sums: Sums, pair: np.ndarray) -> np.ndarray:
    """Days at risk (topics, 2, bins): until the end of the data, but only until the repeat as far as there is one."""
    weight = sums.pair_weight * pair
    shorter = at_risk(layout.pairs.until_end, weight, layout.topics, layout.edges)
    shorter -= at_risk(layout.pairs.until_later, weight, layout.topics, layout.edges)
    return np.maximum(sums.exposure - shorter, 0.0)


def _hazard(layout: Layout, sums: Sums, pair: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Repeats a day at risk (topics, 2, bins): mean of all topics * level of the topic * shape of the topic."""
    weight = np.where(layout.pairs.is_linked, 0.0, sums.pair_weight * pair)
    repeats, squares = (
        np.bincount(layout.pairs.cell, values, exposure.size).reshape(exposure.shape)
        for values in (weight, weight * pair)
    )  # fmt: skip
    mean = repeats.sum(axis=0) / np.maximum(exposure.sum(axis=0), TINY)
    level = shrunk(repeats.sum(axis=2), (mean * exposure).sum(axis=2), _noise(repeats, squares, 2), axis=0)
    level = level[:, :, None] * mean
    return level * shrunk(repeats, level * exposure, _noise(repeats, squares), axis=2)


def _other_hazard(layout: Layout, sums: Sums, other: np.ndarray) -> np.ndarray:
    """Contacts a day about any other topic (bins + 1,), set off by the customer's last one; the last is 0."""
    bins = len(layout.edges) - 1
    found = np.bincount(layout.candidates.other_bin, sums.weight * other, bins + 1)[:bins]
    return np.append(found / np.maximum(sums.other_exposure, TINY), 0.0)


def _noise(repeats: np.ndarray, squares: np.ndarray, *axis: int) -> np.ndarray:
    """Variance of a sum of probabilities as an estimate of repeats: inverse of its observed information.

    The second derivative of the log-likelihood in a rate r is -sum of (pi / r) squared.
    """
    return repeats.sum(axis=axis) ** 2 / np.maximum(squares.sum(axis=axis), TINY)


def _mixture(layout: Layout, sums: Sums, chances: Chances) -> Mixture:
    rates = _rates(layout, sums, chances)
    chances = _chances(layout, rates)
    repeats = _repeats(layout, chances.pair)
    probability = _at_contacts(layout, repeats, 0.0)
    probability[np.diff(layout.group, prepend=-1) != 0] = np.nan
    probability[layout.is_linked] = 1.0
    exposure = _exposure(layout, sums, chances.pair)
    linked = np.where(layout.pairs.is_linked, sums.pair_weight, 0.0)
    linked = np.bincount(layout.pairs.cell, linked, exposure.size).reshape(exposure.shape)
    by_cell = _hazard(layout, sums, chances.pair, exposure) * exposure + linked
    contacts = np.bincount(layout.topic, sums.group_weight[layout.group], layout.topics)
    no_issue = repeats + chances.other
    issues = count_issues(layout, sums, no_issue)
    return Mixture(
        probability, _at_contacts(layout, chances.other, 0.0),
        *(_at_contacts(layout, rate) for rate in (_repeats(layout, rates.pair), rates.other, rates.background)),
        background_of_groups(layout, issues, fit_prior(layout, sums, issues, no_issue)),
        by_cell[:, 0] / np.maximum(exposure[:, 0], TINY), exposure[:, 0], layout.edges,
        by_cell[:, 1].sum(axis=1) / np.maximum(contacts, TINY), layout, chances,
    )  # fmt: skip


def _at_contacts(layout: Layout, values: np.ndarray, elsewhere: float = np.nan) -> np.ndarray:
    """Values of candidates (m,) at their place among all contacts (n,)."""
    found = np.full(len(layout.group), elsewhere)
    found[layout.candidates.place] = values
    return found
