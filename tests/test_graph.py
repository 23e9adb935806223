"""Neighbours are the true ones, the same on any number of threads; the graph weighs them as its docstring says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from threadpoolctl import threadpool_limits

from voc.topics import neighbours
from voc.topics.features import unit_rows
from voc.topics.graph import fuzzy_graph, nearest
from voc.topics.neighbours import find_neighbours, largest


def clumps(n: int, *, dimensions: int = 120, seed: int = 0) -> np.ndarray:
    """Unit rows around n / 20 centres that lie on a few directions, as texts do."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(n // 20, 12)) @ random.normal(size=(12, dimensions))
    rows = centres[random.integers(0, len(centres), n)] + 1.5 * random.normal(size=(n, dimensions))
    return unit_rows(rows.astype(np.float32))


def true_neighbours(rows: np.ndarray, count: int) -> np.ndarray:
    near = rows.astype(np.float64) @ rows.T.astype(np.float64)
    np.fill_diagonal(near, -np.inf)
    return np.argsort(-near, axis=1, kind="stable")[:, :count]


def test_exact_neighbours_are_the_true_ones_nearest_first():
    rows = clumps(2000)
    found, truth = find_neighbours(rows, count=15), true_neighbours(rows, 15)
    assert (found.positions == truth).mean() > 0.999  # two as near as float32 tells may stand the other way round
    assert np.allclose(found.similarities, (rows[:, None] * rows[truth]).sum(axis=2), atol=1e-6)
    assert np.allclose(found.similarities, (rows[:, None] * rows[found.positions]).sum(axis=2), atol=1e-6)
    assert found.recall is None


def test_positions_and_similarities_alone():
    rows = clumps(100)
    found = find_neighbours(rows, count=5)
    positions, similarities = nearest(rows, count=5)
    assert positions.tolist() == found.positions.tolist() and similarities.tolist() == found.similarities.tolist()


def test_no_more_neighbours_than_there_are_and_ties_by_position():
    rows = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], np.float32)
    found = find_neighbours(rows, count=15)
    assert found.positions.tolist() == [[2, 3, 1], [0, 2, 3], [0, 3, 1], [0, 2, 1]]
    assert found.similarities.tolist() == [[1, 1, 0], [0, 0, 0], [1, 1, 0], [1, 1, 0]]


def test_blocks_do_not_change_what_is_found(monkeypatch):
    rows = clumps(500)
    whole = find_neighbours(rows, count=7)
    monkeypatch.setattr(neighbours, "ROWS", 33)
    monkeypatch.setattr(neighbours, "COLUMNS", 41)
    assert find_neighbours(rows, count=7).positions.tolist() == whole.positions.tolist()


@pytest.fixture
def many(monkeypatch) -> np.ndarray:
    """Rows that count as too many for comparing every pair."""
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 4000)
    return clumps(6000)


def test_beyond_the_limit_nearly_all_true_neighbours_are_found_and_the_share_is_told(many):
    found = find_neighbours(many, count=15)
    near = many[::5] @ many.T
    near[np.arange(len(near)), np.arange(0, len(many), 5)] = -1
    truth = np.argpartition(-near, 15, axis=1)[:, :15]
    recall = np.mean([len(set(a) & set(b)) / 15 for a, b in zip(found.positions[::5], truth, strict=True)])
    assert found.recall >= 0.98
    assert abs(recall - found.recall) < 0.01
    assert (found.positions != np.arange(len(many))[:, None]).all() and (found.positions >= 0).all()
    assert (np.diff(found.similarities, axis=1) <= 0).all()


def test_beyond_the_limit_not_every_pair_is_compared(many, monkeypatch):
    compared = []
    monkeypatch.setattr(neighbours, "largest", lambda near, count: compared.append(near.size) or largest(near, count))
    find_neighbours(many, count=15)
    assert sum(compared) - 1000 * len(many) < len(many) ** 2 / 4  # without the sample's own search


def test_threads_and_reruns_change_nothing(many):
    found = find_neighbours(many, count=15)
    with threadpool_limits(1):
        alone = find_neighbours(many, count=15)
    assert found.positions.tobytes() == alone.positions.tobytes()
    assert found.similarities.tobytes() == alone.similarities.tobytes()
    assert found.recall == alone.recall


def test_many_equal_rows_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 500)
    rows = np.repeat(clumps(40, dimensions=30), 50, axis=0)
    found = find_neighbours(rows, count=15)
    assert (found.positions // 50 == np.arange(2000)[:, None] // 50).mean() > 0.95
    assert np.isfinite(found.similarities).all()


def test_groups_are_kept_apart():
    rows = clumps(300)
    groups = np.arange(300) % 3
    found = find_neighbours(rows, count=6, groups=groups)
    for group in range(3):
        mine = np.flatnonzero(groups == group)
        assert found.positions[mine].tolist() == mine[true_neighbours(rows[mine], 6)].tolist()
    assert found.recall is None


def test_one_group_is_no_group():
    rows = clumps(100)
    found = find_neighbours(rows, count=6, groups=np.full(100, 7))
    assert found.positions.tolist() == find_neighbours(rows, count=6).positions.tolist()


def test_small_groups_have_fewer_neighbours_and_a_lone_row_none():
    rows = np.eye(6, dtype=np.float32)
    found = find_neighbours(rows, count=3, groups=np.array([0, 1, 1, 0, 0, 2]))
    assert found.positions.tolist() == [
        [3, 4, -1], [2, -1, -1], [1, -1, -1], [0, 4, -1], [0, 3, -1], [-1, -1, -1]
    ]  # fmt: skip
    assert np.isinf(found.similarities).tolist() == (found.positions < 0).tolist()
    graph = fuzzy_graph(found.positions, found.similarities, np.ones(6))
    assert (graph.toarray() > 0).astype(int).tolist() == [
        [0, 0, 0, 1, 1, 0], [0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0], [1, 0, 0, 1, 0, 0], [0] * 6
    ]  # fmt: skip


def test_the_lowest_recall_over_groups_is_told(many):
    groups = np.r_[np.zeros(4500, int), np.ones(1500, int)]
    found = find_neighbours(many, count=15, groups=groups)
    assert found.recall == find_neighbours(many[:4500], count=15).recall


@given(
    rows=arrays.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 300)), elements=st.floats(-1, 1, width=32)),
    count=st.integers(1, 20),
)
@settings(max_examples=200, deadline=None)
def test_largest_values_are_found_in_any_shape(rows, count):
    columns = largest(rows, count)
    wanted = min(count, rows.shape[1])
    assert columns.shape == (len(rows), wanted)
    assert all(len(set(c)) == wanted for c in columns.tolist())
    found = np.sort(np.take_along_axis(rows, columns, axis=1), axis=1)
    assert found.tolist() == np.sort(rows, axis=1)[:, rows.shape[1] - wanted :].tolist()


def test_weights_of_neighbours_add_up_to_log2_of_their_number():
    random = np.random.default_rng(0)
    similarities = -np.sort(-random.random((50, 8)).astype(np.float32), axis=1)
    positions = np.array([[(i + j + 1) % 50 for j in range(8)] for i in range(50)])
    one_way = np.zeros((50, 50))
    graph = fuzzy_graph(positions, similarities, np.ones(50)).toarray()
    for i in range(50):  # weights solved for by hand: exp(-(distance - nearest) / scale)
        beyond = similarities[i, 0] - similarities[i].astype(float)
        low, high = 1e-6, 1e6
        for _ in range(200):
            scale = (low * high) ** 0.5
            low, high = (low, scale) if np.exp(-beyond / scale).sum() > 3 else (scale, high)
        one_way[i, positions[i]] = np.exp(-beyond / scale)
    assert np.allclose(one_way.sum(axis=1), 3)
    assert np.allclose(graph, one_way + one_way.T - one_way * one_way.T, atol=1e-6)


def test_texts_that_occurred_often_pull_by_the_root_of_their_counts():
    positions, similarities = np.array([[1, 2], [0, 2], [0, 1]]), np.array([[0.9, 0.5], [0.9, 0.4], [0.5, 0.4]])
    once = fuzzy_graph(positions, similarities, np.ones(3)).toarray()
    often = fuzzy_graph(positions, similarities, np.array([4, 9, 1])).toarray()
    assert np.allclose(often, once * np.array([[0, 6, 2], [6, 0, 3], [2, 3, 0]]))
    assert (often == often.T).all()


def test_equidistant_neighbours_weigh_one():
    graph = fuzzy_graph(np.array([[1, 2], [0, 2], [0, 1]]), np.full((3, 2), 0.5), np.ones(3))
    assert graph.toarray().tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_blocks_of_rows_do_not_change_the_weights(monkeypatch):
    positions, similarities = nearest(clumps(300), count=10)
    whole = fuzzy_graph(positions, similarities, np.ones(300))
    monkeypatch.setattr("voc.topics.graph.ROWS", 37)
    assert (fuzzy_graph(positions, similarities, np.ones(300)) != whole).nnz == 0
