"""New texts into topics that are there: spread topics over the neighbour graph, and say when a refit is due."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from voc.stats import wilson

SWEEPS = 10  # most labels stand still after 2; the few that would alternate for ever stop here
FOLDS = 10
ENOUGH = 20_000  # hidden texts judged: more would not narrow the range

# When a refit is due. New passages are compared with what texts known and new would show if they were alike: the same
# figures with "new" dealt out at random.
MOST_NEW = 0.25  # new texts, as a share of those the fit saw
MOST_GONE = 0.25  # texts of the fit that are no longer there
UNLIKE = 0.05  # of known texts have their nearest known text this far away or farther: such new ones are novel
MOST_NOVEL = 0.10  # share of new texts that are novel, its lower end above: twice what is expected
MOSTLY_NEW = 0.5  # share of edge weight that goes to other new texts, above which a new text belongs to a knot
FEWEST = 4  # new texts in a knot, or novel ones, that can ask for a refit
SMALL = 0.5  # times the usual number of texts of a group: smaller ones may be more than a partition resolves
DEALS = 99  # times "new" is dealt out at random
CHANCE = 0.04  # share of deals with a knot as large, up to which it is no coincidence


@dataclass(frozen=True, slots=True)
class Agreement:
    """Share of `n` texts that two ways put into the same topic, with its 80% range; share None without texts."""

    share: float | None
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far new texts are from what the topics were fitted on."""

    new_count: int  # distinct texts
    new_share: float  # of the number of texts the fit saw; may exceed 1
    gone_share: float  # of the texts the fit saw, those no longer there
    novel_share: float | None  # of the new texts, those farther from any known one than 95% of known ones are
    knot: int  # most new texts that hang together and neighbour new rather than known ones: a topic being born
    is_refit_due: bool
    why: str  # one sentence for people


def spread(graph: sparse.csr_matrix, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give texts without a topic (-1) that of their neighbours: labels (n,) and confidence (n,), 0 to 1.

    `graph` (n, n) holds symmetric weights, `labels` (n,) topic numbers. Each such text takes the topic with most edge
    weight among its neighbours, ties to the smaller number. New texts may neighbour only new texts, so topics spread
    outward, and the new texts look again until none changes, at most ten times after the last was reached. Known
    labels stay; texts without a path to a known one stay -1. Confidence is the share of a text's edge weight that
    lies inside its topic: 1 without edges, 0 without topic.
    """
    found = np.asarray(labels, dtype=np.int64).copy()
    free = np.flatnonzero(found < 0)
    if len(free) and (found >= 0).any():
        _spread_outward(graph, found, free)
        rows = graph[free]
        for _ in range(SWEEPS):
            latest = _most_weight(rows, found)
            if np.array_equal(latest, found[free]):
                break
            found[free] = latest
    return found, _inside(graph, found)


def _spread_outward(graph: sparse.csr_matrix, found: np.ndarray, free: np.ndarray) -> None:
    """Label in place: first the neighbours of known texts, then theirs, and so on."""
    while len(free):
        latest = _most_weight(graph[free], found)
        if (latest < 0).all():
            return
        found[free] = latest
        free = free[latest < 0]


def _most_weight(rows: sparse.csr_matrix, labels: np.ndarray) -> np.ndarray:
    """For each row the label with most weight, -1 where no neighbour has one."""
    has = np.flatnonzero(labels >= 0)
    width = int(labels.max()) + 1
    votes = rows @ sparse.csr_matrix((np.ones(len(has)), (has, labels[has])), shape=(len(labels), width))
    votes.data = np.round(votes.data, 9)  # sums of the same weights in another order tie
    best = np.asarray(votes.argmax(axis=1)).ravel()
    return np.where(np.asarray(votes.max(axis=1).todense()).ravel() > 0, best, -1)


def _inside(graph: sparse.csr_matrix, labels: np.ndarray) -> np.ndarray:
    edges = graph.tocoo()
    inside = np.where(labels[edges.row] == labels[edges.col], edges.data, 0.0)
    total = np.bincount(edges.row, weights=edges.data, minlength=len(labels))
    kept = np.bincount(edges.row, weights=inside, minlength=len(labels))
    share = np.divide(kept, total, out=np.ones(len(labels)), where=total > 0)
    return np.where(labels >= 0, share, 0.0)


def agreement(first: Sequence[Hashable], second: Sequence[Hashable]) -> Agreement:
    """Share of positions at which both hold the same, with its Wilson range."""
    same = sum(one == other for one, other in zip(first, second, strict=True))
    return Agreement(same / len(first) if len(first) else None, *wilson(same, len(first)), len(first))


def held_out_agreement(graph: sparse.csr_matrix, labels: np.ndarray, *, seed: int = 0) -> Agreement:
    """Say how often `spread` puts known texts where the fit put them when a tenth of the topics is hidden at a time.

    This says what assigning costs as long as the topics stay as they are. How much a refit would move is another
    question, which only a refit answers: `agreement` of the topics before and after.
    """
    known = np.flatnonzero(np.asarray(labels) >= 0)
    among, truth = graph[known][:, known], np.asarray(labels)[known]
    fold = np.random.default_rng(seed).permutation(len(known)) % FOLDS
    found, wanted = [], []
    for number in range(FOLDS):
        if len(found) < ENOUGH:
            hidden = fold == number
            found += spread(among, np.where(hidden, -1, truth))[0][hidden].tolist()
            wanted += truth[hidden].tolist()
    return agreement(found, wanted)


def drift(
    graph: sparse.csr_matrix,
    positions: np.ndarray,
    similarities: np.ndarray,
    is_new: np.ndarray,
    *,
    fitted_count: int,
    seed: int = 0,
) -> Drift:
    """Say whether texts the fit has not seen (`is_new` (n,), bool) ask for new topics.

    `positions` and `similarities` (n, k) are each text's nearest others, `graph` what is made of them, over known and
    new texts together; `fitted_count` is the number of distinct texts the fit saw, gone ones included. A refit is due
    when a quarter is new or gone; when surely more than a tenth of the new texts are novel; or when four or more new
    texts form a knot larger than all but one in 25 that chance makes.
    """
    is_new = np.asarray(is_new, dtype=bool)
    new, known = int(is_new.sum()), int((~is_new).sum())
    gone = max(0.0, 1 - known / fitted_count) if fitted_count else 0.0
    share = new / fitted_count if fitted_count else float(new > 0)
    novel = _novel(positions, similarities, is_new) if new and known else 0
    knot = _largest_knot(graph, is_new) if new else 0
    reasons = []
    if share > MOST_NEW:
        reasons.append(f"{_count(new)} new since topics were fitted on {fitted_count:,}, over {MOST_NEW:.0%}")
    if gone > MOST_GONE:
        reasons.append(f"{gone:.0%} of the passages the topics were fitted on are gone, over {MOST_GONE:.0%}")
    if knot >= FEWEST and _is_rare(graph, new, knot, seed):
        reasons.append(f"{_count(knot)} new and resemble each other more than anything known")
    if novel >= FEWEST and wilson(novel, new)[0] > MOST_NOVEL:
        reasons.append(f"{novel / new:.0%} of the new passages are unlike any known one, expected {UNLIKE:.0%}")
    calm = f"{_count(new)} new and fit in, the topics were fitted on {fitted_count:,}" if new else "No passage is new"
    return Drift(
        new_count=new, new_share=share, gone_share=gone, novel_share=novel / new if new and known else None,
        knot=knot, is_refit_due=bool(reasons), why="; ".join(reasons or [calm]) + ".",
    )  # fmt: skip


def _novel(positions: np.ndarray, similarities: np.ndarray, is_new: np.ndarray) -> int:
    """New texts whose nearest known text is farther away than that of 95% of known texts."""
    is_known = ~is_new[positions] & (positions >= 0)
    first = is_known.argmax(axis=1)
    nearest = similarities[np.arange(len(positions)), first]
    nearest = np.where(is_known.any(axis=1), nearest, similarities[:, -1])  # none near: at most as near as the last
    return int((nearest[is_new] < np.quantile(nearest[~is_new], UNLIKE)).sum())


def born(graph: sparse.csr_matrix, groups: np.ndarray, is_new: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Give knots of new texts that a refit left inside larger groups a group of their own: groups (n,).

    A partition into some sqrt(n) groups resolves no topic of 10 texts among 10,000, although new texts that have most
    of their edge weight to each other are a topic being born. A knot counts within each of the `groups` (n,, from 0)
    by itself; it is cut out where it makes up less than half of one, has at least four texts, and hardly any random
    choice of as many new texts holds a knot as large. Other new texts of the group follow where most of their weight
    goes to it. New groups are numbered after the old ones, largest knot first.
    """
    is_new = np.asarray(is_new, dtype=bool)
    found = np.asarray(groups, dtype=np.int64).copy()
    sizes = np.bincount(found)
    hidden = [rows for rows in _pieces(_knots(graph, is_new), found)
              if len(rows) <= MOSTLY_NEW * sizes[found[rows[0]]] and _inner_share(graph, rows) > MOSTLY_NEW]  # fmt: skip
    if hidden:
        least = _rare_size(graph, int(is_new.sum()), seed)
        for rows in hidden:
            if len(rows) >= least:
                found = _cut_out(graph, found, is_new, rows)
    return found


def undivided(graph: sparse.csr_matrix, groups: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Give small topics back that a refit joined to larger groups for no reason in the texts: groups (n,).

    `before` (n,) holds the earlier groups, -1 for unknown. What `born` cut out is below what a partition resolves, so the
    next one would lose it again. An earlier group stays cut out where most of it lies in one of the `groups`, of which
    it makes up less than half, where it is smaller than half of a usual group, and where most of the edge weight of it and
    the new texts that follow stays inside. New texts are the reason to join topics: where they make up more than a quarter of
    the group, the topics stay joined.
    """
    found, before = np.asarray(groups, dtype=np.int64).copy(), np.asarray(before)
    sizes, left = np.bincount(found), np.bincount(before[before >= 0])
    came = np.bincount(found, weights=before < 0)
    for rows in _pieces(before, found):
        group = found[rows[0]]
        is_small = len(rows) < SMALL * len(found) / len(sizes) and len(rows) <= MOSTLY_NEW * sizes[group]
        is_whole = len(rows) > MOSTLY_NEW * left[before[rows[0]]]
        if is_small and is_whole and came[group] <= MOST_NEW * sizes[group]:
            apart = _cut_out(graph, found, before < 0, rows)
            if _inner_share(graph, np.flatnonzero(apart > found.max())) > MOSTLY_NEW:
                found = apart
    return found


def _pieces(knot: np.ndarray, groups: np.ndarray) -> list[np.ndarray]:
    """Rows of each knot within each group, of those large enough to be a birth, largest first."""
    rows = np.flatnonzero(knot >= 0)
    _, piece = np.unique(np.stack([knot[rows], groups[rows]]), axis=1, return_inverse=True)
    found = [rows[piece.ravel() == number] for number in np.flatnonzero(np.bincount(piece.ravel()) >= FEWEST)]
    return sorted(found, key=lambda members: (-len(members), members[0]))


def _cut_out(graph: sparse.csr_matrix, groups: np.ndarray, is_new: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Groups with these rows as one of their own, and with them, wave by wave, new texts of their group that follow."""
    found, old, number = groups.copy(), groups[rows[0]], groups.max() + 1
    found[rows] = number
    for _ in range(SWEEPS):
        rest = np.flatnonzero((found == old) & is_new)
        follows = rest[graph[rest] @ (found == number).astype(float) > graph[rest] @ (found == old).astype(float)]
        if not len(follows):
            break
        found[follows] = number
    return found


def _inner_share(graph: sparse.csr_matrix, rows: np.ndarray) -> float:
    """Share of these texts' edge weight that stays among them."""
    mine = graph[rows]
    total = float(mine.sum())
    return float(mine[:, rows].sum()) / total if total else 1.0


def _largest_knot(graph: sparse.csr_matrix, is_new: np.ndarray) -> int:
    """Most new texts that hang together, of those with most of their edge weight to new texts."""
    knot = _knots(graph, is_new)
    return int(np.bincount(knot[knot >= 0]).max()) if (knot >= 0).any() else 0


def _knots(graph: sparse.csr_matrix, is_new: np.ndarray) -> np.ndarray:
    """Number (n,) of the knot each new text hangs together with, of those with most weight to new texts; else -1."""
    from scipy.sparse.csgraph import connected_components

    found = np.full(len(is_new), -1)
    rows = np.flatnonzero(is_new)
    mine = graph[rows]
    total = np.asarray(mine.sum(axis=1)).ravel()
    rows = rows[mine @ is_new.astype(float) > MOSTLY_NEW * total]
    if len(rows):
        found[rows] = connected_components(graph[rows][:, rows], directed=False)[1]
    return found


def _is_rare(graph: sparse.csr_matrix, new: int, knot: int, seed: int) -> bool:
    """Do hardly any random choices of as many texts hold so large a knot?"""
    rng = np.random.default_rng(seed)
    reached = 0
    for _ in range(DEALS):
        dealt = np.zeros(graph.shape[0], dtype=bool)
        dealt[rng.choice(graph.shape[0], new, replace=False)] = True
        reached += _largest_knot(graph, dealt) >= knot
        if (1 + reached) / (1 + DEALS) > CHANCE:
            return False
    return True


def _rare_size(graph: sparse.csr_matrix, new: int, seed: int) -> int:
    """The smallest knot that counts as rare by `_is_rare`, at least `FEWEST`."""
    rng = np.random.default_rng(seed)
    largest = []
    for _ in range(DEALS):
        dealt = np.zeros(graph.shape[0], dtype=bool)
        dealt[rng.choice(graph.shape[0], new, replace=False)] = True
        largest.append(_largest_knot(graph, dealt))
    may_reach = int(CHANCE * (1 + DEALS)) - 1
    return max(FEWEST, sorted(largest, reverse=True)[may_reach] + 1)


def _count(texts: int) -> str:
    return "1 passage is" if texts == 1 else f"{texts:,} passages are"
