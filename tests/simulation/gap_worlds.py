"""Made-up contact histories with known parents: what is a repeat and what is chance is known for every contact."""

from typing import NamedTuple

import numpy as np

DAYS = 270.0
LAG_MEDIAN, LAG_SIGMA = 2.2, 0.9  # log-normal days from the end of a contact to its repeat


class GapWorld(NamedTuple):
    """Contacts sorted by time. parent: index of the contact this one repeats, -1 for a new issue."""

    customer: np.ndarray
    topic: np.ndarray
    start: np.ndarray
    parent: np.ndarray
    topics: int
    until: float

    @property
    def lag(self) -> np.ndarray:
        """Days since the true parent, inf for a new issue."""
        return np.where(self.parent >= 0, self.start - self.start[self.parent], np.inf)


class Stress(NamedTuple):
    """What differs from the base case: 8,000 customers, 2 % heavy ones who bring a third of the contacts."""

    customers: int = 8_000
    days: float = DAYS
    heavy_share: float = 0.02
    is_heavy_by_chance: bool = False  # each customer is heavy with that chance; else exactly that share of them is
    heavy_days: float = DAYS  # a heavy customer writes during this many days, at the same rate
    repeat: tuple[float, ...] = (0.10, 0.40)  # chance of a repeat: lowest and highest, spread over the topics, or of each
    outage: int = 0  # contacts about topic 0 within one week, each by a customer drawn anew; none is a repeat
    season: float = 0.0  # amplitude of a 90-day wave in new issues
    desks: int = 0  # customers who stand for many people and bring three issues a day


STRESSES = {
    "base: 2 % heavy": Stress(),
    "no heavy": Stress(heavy_share=0.0),
    "6 % heavy": Stress(heavy_share=0.06),
    "no true repeats": Stress(repeat=(0.0, 0.0)),
    "5 % repeat": Stress(repeat=(0.05, 0.05)),
    "small: 800 customers": Stress(customers=800),
    "one-week outage": Stress(outage=3_000),
    "90-day season": Stress(season=0.6),
    "heavy for 40 days only": Stress(heavy_days=40.0),
    "ten shared desks": Stress(desks=10),
    "two months of data": Stress(days=60.0),
    "one month of data": Stress(days=30.0),
}


def gap_world(rng: np.random.Generator, stress: Stress = Stress(), *, topics: int = 12) -> GapWorld:  # noqa: B008
    """Issues by a Poisson process for each customer, and geometric chains of repeats with log-normal lags.

    Rates a day are exponential with mean 1/120; heavy customers have 1/5. Topics are drawn from a mix of the
    customer's own, Dirichlet(0.3), so that a customer's contacts concentrate on few topics.
    """
    customer, day = _issues(rng, stress)
    mix = rng.dirichlet(np.full(topics, 0.3), stress.customers).cumsum(axis=1)
    topic = np.minimum((rng.random(len(customer))[:, None] > mix[customer]).sum(axis=1), topics - 1)
    if stress.outage:
        customer = np.concatenate([customer, rng.integers(0, stress.customers, stress.outage)])
        topic = np.concatenate([topic, np.zeros(stress.outage, dtype=int)])
        day = np.concatenate([day, rng.uniform(130, 137, stress.outage)])
    chance = np.array(stress.repeat) if len(stress.repeat) == topics else np.linspace(*stress.repeat, topics)
    chance = chance[topic]
    chance[len(chance) - stress.outage :] = 0.0
    return _sorted(*_with_repeats(rng, customer, topic, day, chance, stress.days), topics, stress.days)


def _issues(rng, stress: Stress) -> tuple[np.ndarray, np.ndarray]:
    """Customer and day of every new issue."""
    rate = rng.gamma(1.0, 1 / 120, stress.customers)
    heavy = np.arange(stress.customers) < round(stress.heavy_share * stress.customers)
    if stress.is_heavy_by_chance:
        heavy = rng.random(stress.customers) < stress.heavy_share
    rate[heavy] = 1 / 5
    rate[stress.customers - stress.desks :] = 3.0
    length = np.where(heavy, min(stress.heavy_days, stress.days), stress.days)
    first = rng.random(stress.customers) * (stress.days - length)
    customer = np.repeat(np.arange(stress.customers), rng.poisson(rate * length * (1 + stress.season)))
    day = first[customer] + rng.random(len(customer)) * length[customer]
    wave = (1 + stress.season * np.sin(2 * np.pi * day / 90)) / (1 + stress.season)
    kept = rng.random(len(day)) < wave
    return customer[kept], day[kept]


def _with_repeats(rng, customer, topic, day, chance, days):
    """Add generation after generation of repeats until all chains have ended or left the period."""
    parent = np.full(len(day), -1)
    parts, offset, start = [(customer, topic, day, parent)], 0, day
    while len(start):
        again = rng.random(len(start)) < chance
        day = start[again] + rng.lognormal(np.log(LAG_MEDIAN), LAG_SIGMA, again.sum())
        inside = day < days
        parent = (offset + np.flatnonzero(again))[inside]
        customer, topic, chance = (values[again][inside] for values in (customer, topic, chance))
        offset, start = offset + len(start), day[inside]
        parts.append((customer, topic, start, parent))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _sorted(customer, topic, start, parent, topics: int, days: float) -> GapWorld:
    order = np.argsort(start, kind="stable")
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    parent = np.where(parent >= 0, place[parent], -1)[order]
    return GapWorld(customer[order], topic[order], start[order], parent, topics, days)


def noisy_labels(rng: np.random.Generator, world: GapWorld, accuracy: float) -> np.ndarray:
    """Topics as an imperfect model gives them: right with chance `accuracy`, else one of the others, all alike."""
    wrong = rng.random(len(world.topic)) >= accuracy
    shift = rng.integers(1, world.topics, len(world.topic))
    return np.where(wrong, (world.topic + shift) % world.topics, world.topic)
