"""Shares that come back within a window, for many groups at once and under every resample of the customers.

Contacts are counted in cells: the window class in which the next contact came, that in which the data end, and for
how many windows the contact is the first of its episode. A resample re-weights cells, and every share is a sum over
cells, so that no contact is read twice. Point values of Kaplan-Meier are exact; the resamples follow the same curve in
steps of the windows, and their spread is laid around the exact value.
"""

from typing import TYPE_CHECKING, NamedTuple

from voc.reports._shared import FEW, draws_of
from voc.stats import ranges, wilson

if TYPE_CHECKING:
    import numpy as np

    from voc.context import RunContext
    from voc.reports._returns import Watched, World

# Beyond so many contacts the first 200 resamples of the run must do: they leave an end of a range uncertain by an
# eighth of a standard error (1,000 by a twentieth), and so many contacts make standard errors small.
MANY_CONTACTS, FIRST_RESAMPLES = 50_000, 200


class Cells(NamedTuple):
    """Counts by cell; row 0 of `totals` holds the data themselves, the others the resamples."""

    member: "np.ndarray"  # (cells,)
    first: "np.ndarray"  # (cells,) windows, from the shortest on, for which the contact opens an episode
    back: "np.ndarray"  # (cells,) place of the shortest window that holds the gap; len(windows) for none
    seen: "np.ndarray"  # (cells,) how many windows end before the data do
    totals: "np.ndarray"  # (1 + resamples, cells)
    members: int
    windows: tuple[float, ...]

    def sums(self, mask: "np.ndarray") -> "np.ndarray":
        """Totals of the cells of a mask by member: (1 + resamples, members)."""
        from scipy.sparse import coo_matrix

        columns = mask.nonzero()[0]
        shape = (self.members, len(columns))
        by_member = coo_matrix((mask[columns].astype(float), (self.member[columns], range(len(columns)))), shape=shape)
        return (by_member.tocsr() @ self.totals[:, columns].T).T


def drawn_sums(codes, columns, values, *, world: "World", width: int, run: "RunContext") -> "np.ndarray":
    """Sums of `values` by column in row 0 and under every resample of the customers below: (1 + resamples, width)."""
    import numpy as np

    most = FIRST_RESAMPLES if len(world.contacts) > MANY_CONTACTS else None
    own = np.bincount(columns, weights=values, minlength=width)[None, :]
    there = np.flatnonzero(values)
    drawn = draws_of(codes[there], columns[there], values[there], people=world.people, width=width, run=run, most=most)
    return np.vstack([own, drawn])


def cells(
    watched: "Watched",
    member: "np.ndarray",
    *,
    world: "World",
    windows: tuple[float, ...],
    members: int,
    run: "RunContext",
    values: "np.ndarray | None" = None,
) -> Cells:
    """Count entries (or add up `values`) by cell, under every resample of the run."""
    import numpy as np

    ends, k = np.asarray(windows), len(windows)
    back = np.searchsorted(ends, watched.gap, side="left")
    seen = np.searchsorted(ends, watched.seen, side="right")
    first = np.minimum(
        np.searchsorted(ends, watched.before, side="left"), np.searchsorted(ends, watched.look_back, side="right")
    )
    code = ((member * (k + 1) + first) * (k + 1) + back) * (k + 1) + seen
    found = np.flatnonzero(np.bincount(code))
    column = np.searchsorted(found, code)
    weights = np.ones(len(code)) if values is None else values
    totals = drawn_sums(world.person[watched.contact], column, weights, world=world, width=len(found), run=run)
    rest, seen_of = np.divmod(found, k + 1)
    rest, back_of = np.divmod(rest, k + 1)
    member_of, first_of = np.divmod(rest, k + 1)
    return Cells(member_of, first_of, back_of, seen_of, totals, members, tuple(windows))


def mature(counts: Cells, window: int, *, first_only: bool = False) -> tuple["np.ndarray", "np.ndarray"]:
    """(came back, contacts) of those watched for the whole window: each (1 + resamples, members)."""
    import numpy as np

    base = (counts.seen > window) & _index(counts, window, first_only)
    return counts.sums(base & (counts.back <= window)), counts.sums(np.asarray(base))


def product_limit(
    counts: Cells, steps: int, *, first_only: bool = False, true: Cells | None = None
) -> "np.ndarray":
    """Kaplan-Meier share that came back by the end of each of the first `steps` windows: (steps, 1 + resamples, members).

    Half of those lost inside a step count as watched (the actuarial convention). With `true`, returns weighted by
    their probability of being no coincidence, the share whose first return is a true repeat (cumulative incidence).
    """
    import numpy as np

    base = _index(counts, steps - 1, first_only)
    at_risk = counts.sums(base)
    stays, back, found = np.ones_like(at_risk), np.zeros_like(at_risk), []
    for step in range(steps):
        events = counts.sums(base & (counts.back == step))
        lost = counts.sums(base & (counts.back > step) & (counts.seen == step))
        watched = at_risk - lost / 2
        counted = events if true is None else true.sums(true.back == step)
        back = back + stays * np.divide(counted, watched, out=np.zeros_like(events), where=watched > 0)
        stays = stays * (1 - np.divide(events, watched, out=np.zeros_like(events), where=watched > 0))
        at_risk = at_risk - events - lost
        found.append(back)
    return np.clip(np.stack(found), 0, 1)


def _index(counts: Cells, window: int, first_only: bool) -> "np.ndarray":
    import numpy as np

    return counts.first > window if first_only else np.ones(len(counts.first), dtype=bool)


def by_member(
    watched: "Watched", member: "np.ndarray", at: "np.ndarray", *, members: int, is_net: bool = False
) -> "np.ndarray":
    """Kaplan-Meier shares of every member at the days `at`: (members, days); nan where nobody was watched so long.

    Net: the share whose first return is no coincidence. A return counts as either cause by its probability.
    """
    import numpy as np

    from voc.repeats.survival import cumulative_incidence, kaplan_meier

    time, is_event = np.minimum(watched.gap, watched.seen), np.isfinite(watched.gap)
    order = np.argsort(member.astype(np.int32), kind="stable")
    cuts = np.searchsorted(member[order], np.arange(members + 1))
    found = np.full((members, len(at)), np.nan)
    for i in range(members):
        mine = order[cuts[i] : cuts[i + 1]]
        if not len(mine):
            continue
        if is_net:
            chance = np.where(is_event[mine], watched.probability[mine], 0.0)
            kinds = np.r_[is_event[mine].astype(int), np.full(len(mine), 2)]
            weights = np.r_[np.where(is_event[mine], chance, 1.0), np.where(is_event[mine], 1 - chance, 0.0)]
            shares = cumulative_incidence(np.tile(time[mine], 2), kinds, at=at, weights=weights, kinds=2)[0]
        else:
            shares = kaplan_meier(time[mine], is_event[mine], at=at)
        found[i] = np.where(watched.seen[mine].max() >= at, shares, np.nan)
    return found


def around(exact: "np.ndarray", steps: "np.ndarray") -> "np.ndarray":
    """Exact shares (members,) in row 0 and below the resamples of `steps`, moved so that they lie around them."""
    import numpy as np

    return np.vstack([exact, np.clip(steps[1:] - steps[0] + exact, 0, 1)])


def spread(values: "np.ndarray", n: "np.ndarray", *, is_share: bool) -> tuple["np.ndarray", "np.ndarray"]:
    """80% range (members,) of figures in row 0 of `values` from their resamples in the other rows; `n` cases each.

    A share of few cases is at least as wide as Wilson's: resampling a handful shows next to no spread.
    """
    import numpy as np

    value = values[0]
    drawn = np.where(np.isfinite(values[1:]), values[1:], value)
    low, high = ranges(drawn)
    low, high = np.minimum(low, value), np.maximum(high, value)
    if not is_share:
        return low, high
    cases = value * n
    for i in np.flatnonzero(np.minimum(cases, n - cases) < FEW):
        few_low, few_high = wilson(float(cases[i]), float(n[i]))
        low[i], high[i] = min(low[i], few_low), max(high[i], few_high)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def ratio(part: "np.ndarray", whole: "np.ndarray") -> "np.ndarray":
    """part / whole, nan where there is nothing to divide by."""
    import numpy as np

    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
