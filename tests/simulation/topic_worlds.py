"""Made-up topics of two reports with known births, merges, splits and deaths between them."""

from dataclasses import dataclass, field

import numpy as np

SMALLEST, LARGEST = 5, 500


@dataclass
class World:
    """Text key -> topic at both reports, and what was done: kind -> the topics it was done to.

    Topics of the second report are numbers of their own; `became` says for each of them which old ones it is made of
    (the one whose id should live on first; none for a birth).
    """

    before: dict[str, str]
    after: dict[str, int]
    became: dict[int, tuple[str, ...]]
    merged: list[tuple[str, str]] = field(default_factory=list)
    split: list[tuple[str, int]] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    born: list[int] = field(default_factory=list)


def sizes(rng: np.random.Generator, topics: int) -> np.ndarray:
    """Power-law sizes (exponent 1.5 of the density) between 5 and 500."""
    u = rng.random(topics)
    a, b = SMALLEST**-0.5, LARGEST**-0.5
    return np.floor((a + u * (b - a)) ** -2).astype(int)


def world(rng: np.random.Generator, *, topics: int = 60, events: int = 3, new: float = 0.10, gone: float = 0.05,
          noise: float = 0.05, window: float = 0.0) -> World:  # fmt: skip
    """Two reports about `topics` topics, with `events` births, merges, splits and deaths each between them.

    `new`, `gone` and `noise` are the shares of texts that are new, removed, and moved to another topic by chance;
    `window` of the old texts leave besides, at random.
    """
    found = sizes(rng, topics)
    old = np.repeat(np.arange(topics), found)
    now = old.copy()
    order = rng.permutation(topics)
    merged = [tuple(pair) for pair in order[: 2 * events].reshape(-1, 2)]
    large = [t for t in order[2 * events :] if found[t] >= 2 * SMALLEST]
    split, rest = large[:events], [t for t in order[2 * events :] if t not in large[:events]]
    dead = rest[:events]
    for one, other in merged:
        now[old == other] = one
    parts = {}
    for number, topic in enumerate(split):
        members = rng.permutation(np.flatnonzero(old == topic))
        part = max(SMALLEST, int(len(members) * rng.uniform(0.3, 0.5)))
        now[members[:part]] = parts[number] = topics + number
    alive = np.array([t for t in np.unique(now) if t not in dead])
    leaves = np.isin(now, dead) & (rng.random(len(now)) < 0.9)  # nine tenths of a dead topic's texts are not there
    scattered = np.isin(now, dead)
    now[scattered] = rng.choice(alive, scattered.sum())
    stray = rng.random(len(now)) < noise
    now[stray] = rng.permutation(now)[: stray.sum()]  # large topics get most of the wandering texts
    is_there = ~leaves & (rng.random(len(now)) >= gone) & (rng.random(len(now)) >= window)
    came = rng.choice(now[is_there], int(new * len(old)))
    births = {topics + events + n: int(size) for n, size in enumerate(sizes(rng, events))}
    came = np.concatenate([came, *(np.full(size, topic) for topic, size in births.items())]).astype(int)
    before = {f"k{i:06d}": f"t{t:03d}" for i, t in enumerate(old)}
    after = {f"k{i:06d}": int(now[i]) for i in np.flatnonzero(is_there)}
    after |= {f"n{i:06d}": int(t) for i, t in enumerate(came)}
    name = "t{:03d}".format
    became = {int(t): (name(t),) for t in range(topics) if t not in dead}
    for one, other in merged:
        first, second = sorted((one, other), key=lambda t: -found[t])
        became[int(one)] = (name(first), name(second))
        became.pop(int(other))
    for number, topic in enumerate(split):
        became[parts[number]] = (name(topic),)
    became |= {topic: () for topic in births}
    return World(before, after, became, [(name(a), name(b)) for a, b in merged],
                 [(name(t), parts[n]) for n, t in enumerate(split)], [name(t) for t in dead], list(births))  # fmt: skip
