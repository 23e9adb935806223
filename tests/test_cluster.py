"""The consensus takes as many runs as it needs to know how often neighbours stay together, and no more than it may."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from voc.topics import cluster
from voc.topics.features import unit_rows
from voc.topics.graph import fuzzy_graph, nearest


def graph_of(rows: np.ndarray) -> sparse.csr_matrix:
    return fuzzy_graph(*nearest(unit_rows(rows.astype(np.float32)), count=10), np.ones(len(rows)))


@pytest.fixture(scope="module")
def clear() -> sparse.csr_matrix:
    """Ten clumps far apart."""
    random = np.random.default_rng(0)
    return graph_of(np.repeat(random.normal(size=(10, 20)), 30, axis=0) + 0.1 * random.normal(size=(300, 20)))


@pytest.fixture(scope="module")
def unclear() -> sparse.csr_matrix:
    """One cloud, which can be cut in many ways about as well."""
    return graph_of(np.random.default_rng(0).normal(size=(300, 6)))


@pytest.fixture
def runs(monkeypatch) -> list[int]:
    """The seeds of the runs made for a consensus at resolution 1."""
    made, leiden = [], cluster._leiden

    def counted(graph, **options):
        made.append(options["seed"])
        return leiden(graph, **options)

    monkeypatch.setattr(cluster, "_leiden", counted)
    return made


def test_clear_groups_need_the_fewest_runs(clear, runs):
    agreed = cluster.consensus_graph(clear, resolution=1, seed=2)
    assert sorted(runs) == [2019 + number for number in range(16)]
    inside = np.arange(300)[:, None] // 30 == np.arange(300) // 30
    wanted = np.where(inside, clear.toarray(), 0) + np.where(clear.toarray() > 0, 1e-9, 0)
    assert np.allclose(agreed.toarray(), wanted, atol=1e-12)


def test_unclear_groups_get_more_runs_until_shares_are_known(unclear, runs, monkeypatch):
    monkeypatch.setattr(cluster, "RUNS", (16, 10_000))
    monkeypatch.setattr(cluster, "RUNS_TIMES_NODES", 10**9)
    agreed = cluster.consensus_graph(unclear, resolution=2, seed=0)
    share = agreed.data / unclear.data
    variance = np.average(share * (1 - share), weights=unclear.data)
    assert len(runs) > 16 and len(runs) % 8 == 0 and len(set(runs)) == len(runs)
    assert variance / len(runs) <= cluster.SURE


@pytest.mark.parametrize(("nodes_times_runs", "expected"), [(300 * 20, 20), (300 * 2, 4), (10**9, 40)])
def test_runs_are_bounded_by_the_size_of_the_graph(unclear, runs, monkeypatch, nodes_times_runs, expected):
    monkeypatch.setattr(cluster, "SURE", 0.0)
    monkeypatch.setattr(cluster, "RUNS", (16, 40))
    monkeypatch.setattr(cluster, "RUNS_TIMES_NODES", nodes_times_runs)
    cluster.consensus_graph(unclear, resolution=2, seed=0)
    assert len(runs) == expected


def test_the_number_of_threads_changes_nothing(unclear, monkeypatch):
    several = cluster.consensus_graph(unclear, resolution=2, seed=3)
    monkeypatch.setattr(cluster, "PARALLEL_RUNS", 1)
    assert cluster.consensus_graph(unclear, resolution=2, seed=3).data.tobytes() == several.data.tobytes()


def test_another_seed_cuts_even_an_unclear_graph_nearly_alike(unclear):
    found = [
        cluster.partition(unclear, np.ones(300), wanted=12, min_texts=3, seed=seed).groups for seed in range(3)
    ]
    assert np.mean([adjusted_rand_score(found[0], other) for other in found[1:]]) > 0.9


def test_a_graph_without_edges_stays_as_it_is():
    empty = sparse.csr_matrix((5, 5))
    assert cluster.consensus_graph(empty, resolution=1, seed=0) is empty
    assert cluster.partition(empty, np.ones(5), wanted=2, min_texts=1, seed=0).groups.tolist() == [0, 1, 2, 3, 4]
