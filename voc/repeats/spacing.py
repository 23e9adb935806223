"""A lower bound for repeats: what remains when every contact of a customer may have come by chance."""

import numpy as np

from voc.repeats.layout import Groups


def spacing_excess(groups: Groups) -> np.ndarray:
    """Expected chance repeat (n,) of each contact, so that raw repeats less their sum are a conservative bound.

    n points thrown evenly into L days leave n - 1 spacings, each shorter than r with probability 1 - (1 - r/L)^n
    (Pyke 1965). r is the window plus the days the contact before was open. 0 for the first of a group and for linked
    contacts, which neither count as points nor come by chance. True repeats are among the n, so they raise what
    is taken off: the bound is low, and lowest where customers write seldom about other things.
    """
    group, start, end = (np.asarray(values) for values in (groups.group, groups.start, groups.end))
    if not len(group):
        return np.zeros(0)
    since = start.min() if groups.since is None else groups.since
    counted = ~np.asarray(groups.is_linked, dtype=bool)
    points = np.bincount(group, counted, len(groups.topic))[group]
    reach = groups.window + np.roll(end - start, 1)
    chance = 1 - (1 - np.clip(reach / max(groups.until - since, groups.window), 0, 1)) ** points
    return np.where(counted & (np.diff(group, prepend=-1) == 0), chance, 0.0)
