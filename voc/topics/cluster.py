"""Topics as communities of the neighbour graph: a consensus of Leiden runs, as fine as the texts are clear."""

import heapq
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse

ITERATIONS = 5  # of the last Leiden run; more change nothing that can be measured
RUN_ITERATIONS = 2  # of each run the consensus is made of
SEARCH_ITERATIONS = 1  # while looking for a resolution
GRID = 1.1  # resolutions tried are powers of this, so that a few texts more do not move the choice
LOWEST, START, HIGHEST = -24, 12, 64  # powers: resolution 0.10, 3.1, 446
GROWTH = 0.6  # of the number of groups with the resolution, as a power
LARGE_AT_START = 162  # groups that START gave for 100,000 texts: where the search begins in large graphs
ISLAND = 0.05  # times the mean size wanted: in large graphs smaller groups do not count towards the wanted number
CLOSE = 0.03  # of the wanted number: near enough
RUNS = (16, 128)  # of the consensus, at least and at most: 16 do where runs agree, long texts need more
RUNS_TIMES_NODES = 400_000  # at most, for time's sake; but never fewer runs than `FEWEST_RUNS`
FEWEST_RUNS = 4
RUNS_AT_A_TIME = 8  # before looking whether they suffice
SURE = 5e-4  # error variance of the edges' shares at which more runs change little: ARI between seeds about .95
NODES_FOR_FEWER = 20_000  # beyond, the last run gets fewer iterations and the cut fewer steps
CLEAR = 0.938  # share of edge weight inside topics from which finer topics are still clearly apart
FINER_AT_MOST = 1.5  # times the wanted number
SEARCH_SEED = 0  # how fine topics are follows the texts, not the run's seed
PARALLEL_RUNS = 2  # Leiden runs outside Python's lock; each holds a copy of the graph
COARSER, COARSER_STEPS = 1.2, (8, 2)  # factor, and steps at most, by which the agreed graph is cut coarser; for large ones
BEFORE = 2.0  # votes of an earlier fit for each vote of the runs
_FLOOR = 1e-9  # weight of an edge no run kept: the graph stays connected as it was


@dataclass(frozen=True, slots=True)
class Partition:
    """A group number for each node, and the resolution that gave it."""

    groups: np.ndarray
    resolution: float


def partition(
    graph: sparse.csr_matrix,
    counts: np.ndarray,
    *,
    wanted: int,
    min_texts: int,
    seed: int,
    is_raised: bool = False,
    before: np.ndarray | None = None,
    resolution: float | None = None,
) -> Partition:
    """Cut the graph into about `wanted` groups of at least `min_texts` texts each.

    `counts` (n,) says how many texts each node stands for. The number of groups grows with Leiden's
    resolution, so the resolution is found by bisection over a fixed grid. `is_raised`: where groups are so
    clear that `CLEAR` of the edge weight stays inside them, go finer, up to half as many groups more.
    `before` (n,) holds groups of an earlier fit, -1 for nodes it did not know; its votes count `BEFORE` times those
    of all runs together, so that groups live on unless the texts say otherwise. `resolution` is that of the
    earlier fit: at the same one the number of groups follows the number of texts by itself; None looks for one.
    """
    if resolution is None:
        resolution, expected = _resolution(graph, counts, wanted=wanted, min_texts=min_texts, is_raised=is_raised)
    if before is not None and (known := before[before >= 0]).size:
        expected = len(np.unique(known)) * (len(before) / len(known)) ** 0.5
    agreed = consensus_graph(graph, resolution=resolution, seed=seed, before=before)
    is_large = graph.shape[0] > NODES_FOR_FEWER
    last = RUN_ITERATIONS if is_large else ITERATIONS
    steps = range(COARSER_STEPS[is_large] + 1)
    if is_large and before is None:
        steps = steps[1:2]  # each costs as much as a run; the second changed nothing that could be measured
    for step in steps:
        # Where runs differ, and where an earlier fit cut elsewhere, the agreed graph falls into more pieces than any
        # of them; a lower resolution mends that.
        groups = _leiden(agreed, resolution=resolution / COARSER**step, iterations=last, seed=seed)
        groups = merge_small(graph, groups, counts, min_texts=min_texts)
        if _group_count(groups, counts, wanted=wanted) <= expected:
            break
    return Partition(groups, resolution)


def _resolution(
    graph: sparse.csr_matrix, counts: np.ndarray, *, wanted: int, min_texts: int, is_raised: bool
) -> tuple[float, int]:
    """(resolution that gives about the wanted number of groups, higher where they are clear; their number)."""
    found: dict[int, tuple[int, float]] = {}

    def at(power: int) -> tuple[int, float]:
        if power not in found:
            groups = _leiden(graph, resolution=GRID**power, iterations=SEARCH_ITERATIONS, seed=SEARCH_SEED)
            groups = merge_small(graph, groups, counts, min_texts=min_texts)
            found[power] = (_group_count(groups, counts, wanted=wanted), inside_weight(graph, groups))
        return found[power]

    start = _start(wanted, nodes=graph.shape[0])
    power = _nearest_power(lambda p: at(p)[0], wanted, start=start)
    is_much_coarser = at(power)[0] < wanted / 2  # the texts hold no more
    if is_raised and not is_much_coarser and at(power)[1] >= CLEAR:
        low, high = power, max(power, _nearest_power(lambda p: at(p)[0], FINER_AT_MOST * wanted, start=start))
        low = high if at(high)[1] >= CLEAR else low
        while high - low > 1:  # the highest power at which the groups are still clear
            middle = (low + high) // 2
            low, high = (middle, high) if at(middle)[1] >= CLEAR else (low, middle)
        power = low
    return GRID**power, at(power)[0]


def _start(wanted: int, *, nodes: int) -> int:
    """The first power to try. In large graphs each try takes seconds, so it is where texts at hand had it."""
    if nodes <= NODES_FOR_FEWER:
        return START
    return min(max(START + _steps(wanted / LARGE_AT_START), LOWEST), HIGHEST)


def _steps(factor: float) -> int:
    """How many powers further there are `factor` times as many groups."""
    return round(math.log(factor) / (GROWTH * math.log(GRID)))


def _nearest_power(count_at: Callable[[int], int], wanted: float, *, start: int = START) -> int:
    """The power whose number of groups comes nearest to the wanted one; of equal ones the lowest that was tried.

    The number grows with about the 0.6th power of the resolution, which gives the next power to try; what was tried
    bounds it from both sides.
    """
    low, high, power = LOWEST, HIGHEST, start
    tried: dict[int, int] = {}
    while low <= high:
        tried[power] = count = count_at(power)
        if abs(count - wanted) <= CLOSE * wanted:
            break
        low, high = (power + 1, high) if count < wanted else (low, power - 1)
        step = _steps(wanted / max(count, 1))
        power = min(max(power + (step or (1 if count < wanted else -1)), low), high)
    return min(tried, key=lambda p: (abs(tried[p] - wanted), p))


def inside_weight(graph: sparse.csr_matrix, groups: np.ndarray) -> float:
    """Share of all edge weight that lies inside groups, 0 to 1; 1 for a graph without edges."""
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    total = float(graph.data.sum())
    return float(graph.data[groups[rows] == groups[graph.indices]].sum()) / total if total else 1.0


def consensus_graph(
    graph: sparse.csr_matrix, *, resolution: float, seed: int, before: np.ndarray | None = None
) -> sparse.csr_matrix:
    """The graph with each edge weighted by the share of Leiden runs that keep its ends together.

    After Lancichinetti and Fortunato 2012 (Consensus clustering in complex networks), one round, on the
    edges of the graph alone. As many runs as it takes to know the shares: what differs between seeds is chance in
    these, while the cut of one and the same agreed graph hardly varies. An earlier partition `before` (n,; -1 =
    unknown) has `BEFORE` votes for each of theirs, on edges both of whose ends it knows.
    """
    if graph.nnz == 0:
        return graph
    rows = np.repeat(np.arange(graph.shape[0], dtype=np.int32), np.diff(graph.indptr))
    share = _shares(graph, rows, resolution=resolution, seed=seed)
    if before is not None:
        ends, others = before[rows], before[graph.indices]
        known = (ends >= 0) & (others >= 0)
        share[known] = (share[known] + BEFORE * (ends[known] == others[known])) / (1 + BEFORE)
    return sparse.csr_matrix((graph.data * share + _FLOOR, graph.indices, graph.indptr), shape=graph.shape)


def _shares(graph: sparse.csr_matrix, rows: np.ndarray, *, resolution: float, seed: int) -> np.ndarray:
    """Share of runs that keep the ends of each edge together, from as many runs as it takes to know it.

    Runs stop when the error variance of a share, p (1 - p) / runs, is `SURE` or less in the mean over the edge weight.
    """
    most = max(FEWEST_RUNS, min(RUNS[1], RUNS_TIMES_NODES // graph.shape[0]))
    together, runs, weight = np.zeros(graph.nnz, dtype=np.float32), 0, graph.data / graph.data.sum()

    def one(number: int) -> np.ndarray:
        return _leiden(graph, resolution=resolution, iterations=RUN_ITERATIONS, seed=seed * 1009 + number)

    with ThreadPoolExecutor(PARALLEL_RUNS) as pool:
        while True:
            batch = range(runs, min(runs + RUNS_AT_A_TIME, most))
            for groups in pool.map(one, (number + 1 for number in batch)):
                together += groups[rows] == groups[graph.indices]
            runs = batch.stop
            share = together / runs
            is_sure = float(weight @ (share * (1 - share))) <= SURE * runs
            if runs == most or (runs >= RUNS[0] and is_sure):
                return share


def _group_count(groups: np.ndarray, counts: np.ndarray, *, wanted: int) -> int:
    """Number of groups; in a large graph of those that count.

    Half a million texts hold thousands of knots of some twenty that neighbour only each other, whatever the
    resolution. Were they counted, the search would make the rest as coarse as it can.
    """
    if len(groups) <= NODES_FOR_FEWER:
        return int(groups.max()) + 1
    return int((np.bincount(groups, weights=counts) >= ISLAND * counts.sum() / wanted).sum())


def join_islands(rows: np.ndarray, groups: np.ndarray, counts: np.ndarray, *, wanted: int) -> np.ndarray:
    """In a large graph, let groups too small to count join the group whose centre is nearest to theirs: groups (n,).

    `rows` (n, d) are the texts' vectors: knots that neighbour only each other have no edge to go by.
    """
    sizes = np.bincount(groups, weights=counts)
    is_small = sizes < ISLAND * counts.sum() / wanted
    if len(groups) <= NODES_FOR_FEWER or not is_small.any() or is_small.all():
        return groups
    member = sparse.csr_matrix((counts.astype(np.float32), (groups, np.arange(len(groups)))))
    sums = member @ rows
    centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    into = np.arange(len(sizes))
    large = np.flatnonzero(~is_small)
    into[is_small] = large[(centres[is_small] @ centres[large].T).argmax(axis=1)]
    return renumber(into[groups])


def _leiden(graph: sparse.csr_matrix, *, resolution: float, iterations: int, seed: int) -> np.ndarray:
    """Leiden communities (Traag et al. 2019) by modularity, numbered by first node."""
    import graspologic_native

    if graph.nnz == 0:
        return np.arange(graph.shape[0])
    _, members = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        graph.shape[0],
        resolution=resolution,
        iterations=iterations,
        seed=seed,
    )
    return renumber(np.array([members[node] for node in range(graph.shape[0])]))


def renumber(groups: np.ndarray) -> np.ndarray:
    """Number groups 0.. by the first node they hold."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[inverse]


def merge_small(
    graph: sparse.csr_matrix, groups: np.ndarray, counts: np.ndarray, *, min_texts: int
) -> np.ndarray:
    """Let groups of fewer than `min_texts` texts join the group they share most edge weight with, smallest first.

    A group without any edge to another stays as it is.
    """
    groups = renumber(groups)
    sizes = np.bincount(groups, weights=counts)
    member = sparse.csr_matrix((np.ones(len(groups)), (np.arange(len(groups)), groups)))
    between = (member.T @ graph @ member).tolil()
    into = np.arange(len(sizes))
    waiting = [(size, group) for group, size in enumerate(sizes) if size < min_texts]
    heapq.heapify(waiting)
    while waiting:
        size, small = heapq.heappop(waiting)
        if into[small] != small or size != sizes[small]:  # it has joined another, or grown: a newer entry counts
            continue
        links = {g: w for g, w in zip(between.rows[small], between.data[small], strict=True) if g != small and w > 0}
        if not links:
            continue
        target = min(links, key=lambda g: (-links[g], g))
        _join(between, small, target, links)
        sizes[target] += sizes[small]
        into[into == small] = target
        if sizes[target] < min_texts:
            heapq.heappush(waiting, (sizes[target], target))
    return renumber(into[groups])


def _join(between: sparse.lil_matrix, small: int, target: int, links: dict[int, float]) -> None:
    """Move the edges of one group to another."""
    for other, weight in links.items():
        between[other, small] = 0
        if other != target:
            between[other, target] += weight
            between[target, other] += weight
    between[small, :] = 0


def inside_share(graph: sparse.csr_matrix, groups: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Share of each node's edge weight that stays inside its group, 0 to 1; 1 for a node without edges.

    A text's own copies are neighbours at no distance, of weight 1 each, inside by definition.
    """
    n = graph.shape[0]
    rows = np.repeat(np.arange(n), np.diff(graph.indptr))
    inside = np.where(groups[rows] == groups[graph.indices], graph.data, 0.0)
    copies = counts - 1.0
    total = np.bincount(rows, weights=graph.data, minlength=n) + copies
    kept = np.bincount(rows, weights=inside, minlength=n) + copies
    return np.divide(kept, total, out=np.ones(n), where=total > 0).astype(np.float32)
