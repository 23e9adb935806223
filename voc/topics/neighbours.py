"""Each text's nearest texts by cosine: exact while the texts are few, cell by cell with measured recall beyond."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

EXACT_UP_TO = 50_000  # rows
SEED = 0  # of what is drawn on the way; another one would find nearly the same neighbours at other places
ROWS, COLUMNS = 1024, 8192  # similarities a worker holds at a time: 34 MB
SAMPLE = 1000  # rows whose true neighbours say how many cells to search
RECALL = 0.975  # share of true neighbours to be found
CELLS = 8.0  # times the square root of n
CELL_DIMENSIONS = 128  # principal components that cells are formed by; similarities are taken in all dimensions
CELL_ITERATIONS, CELL_SAMPLE = 5, 24  # of k-means, and the rows a cell it sees
HELD = 32_000_000  # similarities a worker holds while it searches cells: 128 MB

Map = Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]


class Neighbours(NamedTuple):
    """Positions (n, count) and similarities of each row's neighbours, nearest first; recall None where exact.

    A row with fewer than `count` others in its group ends in -1 with similarity -inf.
    `recall` is the share of the true neighbours of 1,000 rows that were found, the lowest over groups.
    """

    positions: np.ndarray
    similarities: np.ndarray
    recall: float | None


class Cells(NamedTuple):
    """Rows sorted into cells: those of cell c are `order[starts[c]:starts[c + 1]]`, ascending.

    `of` is the cell of each row, `reduced` the rows in a few dimensions, `centres` the cells' directions in these.
    Cells of like numbers lie near each other.
    """

    of: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    reduced: np.ndarray
    centres: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        return np.diff(self.starts)


def find_neighbours(features: np.ndarray, *, count: int, groups: np.ndarray | None = None) -> Neighbours:
    """Find each row's `count` nearest other rows by cosine, within its group where `groups` (n,) is given.

    `features` float32 (n, d) has unit rows; `count` is cut to n - 1. Ties go to the smaller position. The
    result does not depend on the number of threads. Up to 50,000 rows a group every pair is compared; beyond,
    a row is compared with those of the cells it lies closest to, as many as it takes to find 97.5 % of the true
    neighbours of a sample.
    """
    features = np.ascontiguousarray(features, dtype=np.float32)
    count = min(count, len(features) - 1)
    if groups is None or len(np.unique(groups)) < 2:
        return _within(features, count)
    positions = np.full((len(features), count), -1, dtype=np.int32)
    similarities = np.full((len(features), count), -np.inf, dtype=np.float32)
    recalls = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        found = _within(features[rows], min(count, len(rows) - 1))
        width = found.positions.shape[1]
        positions[rows, :width] = np.where(found.positions < 0, -1, rows[found.positions])
        similarities[rows, :width] = found.similarities
        recalls.append(found.recall)
    return Neighbours(positions, similarities, min((r for r in recalls if r is not None), default=None))


def nearest(features: np.ndarray, *, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and similarities alone; see `find_neighbours`."""
    return find_neighbours(features, count=count)[:2]


def _within(features: np.ndarray, count: int) -> Neighbours:
    with _workers() as each:
        if len(features) > EXACT_UP_TO:
            return _by_cells(features, count, each)
        parts = _slices(len(features), ROWS)
        blocks = _slices(len(features), COLUMNS)
        found = each(lambda rows: _best(features, rows, blocks, count), parts)
    return Neighbours(np.concatenate([p for p, _ in found]), np.concatenate([s for _, s in found]), None)


@contextmanager
def _workers() -> Iterator[Map]:
    """A map over as many threads as BLAS would use, each with BLAS on one thread.

    Sums are then formed in the same order however many threads there are, and the selection of the
    largest, which is not BLAS's, shares the processors too.
    """
    from threadpoolctl import threadpool_info, threadpool_limits

    threads = max((lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"), default=1)
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        yield lambda function, items: list(pool.map(function, items))


def _slices(n: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def _best(
    features: np.ndarray, rows: slice | np.ndarray, among: Sequence[slice], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """The `count` nearest of the rows `among`, the row itself left out: positions and similarities, nearest first."""
    positions, values = [], []
    for part in among:
        near = features[rows] @ features[part].T
        best = largest(near, count + 1)
        positions.append(part.start + best)
        values.append(np.take_along_axis(near, best, axis=1))
    return _ordered(np.hstack(positions), np.hstack(values), np.arange(len(features))[rows], count)


def _ordered(
    positions: np.ndarray, values: np.ndarray, own: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut to the `count` nearest, nearest first, ties by position, without the row itself; -1 where there are fewer."""
    values = np.where(positions == own[:, None], -np.inf, values)
    order = np.lexsort((positions, -values), axis=1)[:, :count]
    values = np.take_along_axis(values, order, axis=1)
    positions = np.where(np.isinf(values), -1, np.take_along_axis(positions, order, axis=1))
    lacking = ((0, 0), (0, count - positions.shape[1]))
    return np.pad(positions, lacking, constant_values=-1), np.pad(values, lacking, constant_values=-np.inf)


def largest(rows: np.ndarray, count: int) -> np.ndarray:
    """Columns of the `count` largest values of each row (m, n), in no order; all columns where n <= count.

    Columns are first joined in groups: the largest values lie in the groups of the largest maxima, so
    that the slow selection sees a fraction of the columns (some four times faster at n = 3,000).
    """
    m, n = rows.shape
    if n <= count:
        return np.broadcast_to(np.arange(n), (m, n))
    size = int((n / count) ** 0.5 / 2)
    if size < 2:
        return np.argpartition(rows, n - count, axis=1)[:, n - count :]
    width = n // size
    maxima = rows[:, : width * size].reshape(m, size, width).max(axis=1)
    chosen = np.argpartition(maxima, width - count, axis=1)[:, width - count :]
    columns = (chosen[:, :, None] + width * np.arange(size)).reshape(m, -1)
    columns = np.hstack([columns, np.broadcast_to(np.arange(width * size, n), (m, n - width * size))])
    values = rows.ravel()[columns + n * np.arange(m)[:, None]]
    best = np.argpartition(values, values.shape[1] - count, axis=1)[:, values.shape[1] - count :]
    return np.take_along_axis(columns, best, axis=1)


def _by_cells(features: np.ndarray, count: int, each: Map) -> Neighbours:
    """Compare each row with the rows of the cells it lies closest to.

    An inverted file (Jégou, Douze and Schmid 2011, section IV) read cell by cell: all rows of a block that want a
    cell are compared with it by one matrix product, which is several times faster than row by row.
    """
    random = np.random.default_rng(SEED)
    cells = _cells(features, random, each)
    width, recall = _cells_to_search(features, cells, count, random, each)
    stored = features[cells.order]
    positions = np.empty((len(features), count), dtype=np.int32)
    similarities = np.empty((len(features), count), dtype=np.float32)

    def search(part: slice) -> None:
        rows = cells.order[part]
        positions[rows], similarities[rows] = _search_cells(stored, part, cells, width, count)

    each(search, _slices(len(features), max(64, int(HELD / (1.5 * width * cells.sizes.mean())))))
    return Neighbours(positions, similarities, recall)


def _search_cells(
    stored: np.ndarray, part: slice, cells: Cells, width: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Nearest rows of the rows `part` of `stored` (rows in the order of cells) in the `width` cells closest to each."""
    queries, rows = stored[part], cells.order[part]
    chosen = largest(cells.reduced[rows] @ cells.centres.T, width)
    ends = np.cumsum(cells.sizes[chosen], axis=1)
    begins = ends - cells.sizes[chosen]  # a row's similarities stand one cell after the other
    near = np.full((len(rows), ends[:, -1].max()), -np.inf, dtype=np.float32)
    by_cell = np.argsort(chosen, axis=None, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(chosen.ravel(), minlength=len(cells.sizes)))])
    places = (begins + np.arange(len(rows))[:, None] * near.shape[1]).ravel()
    for cell in np.flatnonzero(np.diff(bounds) * cells.sizes):
        wanted = by_cell[bounds[cell] : bounds[cell + 1]]
        found = queries.take(wanted // chosen.shape[1], axis=0) @ stored[cells.starts[cell] : cells.starts[cell + 1]].T
        near.ravel()[places[wanted, None] + np.arange(cells.sizes[cell])] = found
    best = largest(near, count + 1)
    values = np.take_along_axis(near, best, axis=1)
    slots = np.minimum((best[:, :, None] >= ends[:, None, :]).sum(axis=2), chosen.shape[1] - 1)
    inside = cells.starts[np.take_along_axis(chosen, slots, axis=1)] + best - np.take_along_axis(begins, slots, axis=1)
    found = cells.order[np.minimum(inside, len(stored) - 1)]  # beyond a row's last cell nothing was found: -inf
    return _ordered(found, values, rows, count)


def _cells(features: np.ndarray, random: np.random.Generator, each: Map) -> Cells:
    """Sort rows into about 8 sqrt(n) cells by spherical k-means on their principal components."""
    n = len(features)
    some = features[np.sort(random.choice(n, min(n, 20_000), replace=False))]
    axes = np.linalg.eigh(some.T @ some)[1][:, -CELL_DIMENSIONS:]
    reduced = np.concatenate(each(lambda rows: features[rows] @ axes, _slices(n, ROWS)))
    wanted = round(CELLS * n**0.5)
    centres = _directions(reduced, wanted, random, each)
    centres = centres[np.argsort(_closest(centres, _directions(centres, round(wanted**0.5), random, each), each))]
    of = _closest(reduced, centres, each)
    starts = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=wanted))])
    return Cells(of, np.argsort(of, kind="stable"), starts, reduced, centres)


def _directions(rows: np.ndarray, wanted: int, random: np.random.Generator, each: Map) -> np.ndarray:
    """Unit centres of `wanted` cells, by spherical k-means on a sample of the rows."""
    seen = rows[np.sort(random.choice(len(rows), min(len(rows), wanted * CELL_SAMPLE), replace=False))]
    centres = _unit(seen[np.sort(random.choice(len(seen), wanted, replace=False))])
    for _ in range(CELL_ITERATIONS):
        centres = _means(seen, _closest(seen, centres, each), centres)
    return centres


def _closest(rows: np.ndarray, centres: np.ndarray, each: Map) -> np.ndarray:
    """The centre of the largest cosine for each row."""
    return np.concatenate(each(lambda part: (rows[part] @ centres.T).argmax(axis=1), _slices(len(rows), ROWS)))


def _means(rows: np.ndarray, cell_of: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Direction of each cell's rows; a cell without rows stays where it was."""
    from scipy import sparse

    shape = (len(before), len(rows))
    sums = sparse.csr_matrix((np.ones(len(rows), np.float32), (cell_of, np.arange(len(rows)))), shape=shape) @ rows
    return np.where(np.bincount(cell_of, minlength=len(before))[:, None] > 0, _unit(sums), before)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _cells_to_search(
    features: np.ndarray, cells: Cells, count: int, random: np.random.Generator, each: Map
) -> tuple[int, float]:
    """How many cells a row must be compared with, and the recall that gives.

    The true neighbours of a sample are found by comparing with all rows; where they lie in a row's order of
    cells says what each number of cells would find.
    """
    sample = np.sort(random.choice(len(features), min(SAMPLE, len(features)), replace=False))
    parts = each(lambda part: _best(features, sample, [part], count), _slices(len(features), COLUMNS))
    truth, _ = _ordered(np.hstack([p for p, _ in parts]), np.hstack([s for _, s in parts]), sample, count)
    near = cells.reduced[sample] @ cells.centres.T
    at_truth = np.take_along_axis(near, cells.of[truth], axis=1)
    places = np.concatenate([(row > at[:, None]).sum(axis=1) for row, at in zip(near, at_truth, strict=True)])
    share = np.cumsum(np.bincount(places, minlength=len(cells.centres))) / places.size
    needed = int(np.searchsorted(share, RECALL)) + 1
    # cells enough to hold the neighbours asked for, however small they are
    width = min(max(needed, int(np.ceil(4 * count / cells.sizes.mean()))), len(cells.centres))
    return width, float(share[width - 1])
