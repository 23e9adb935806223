"""The weighted neighbour graph of texts: who is near whom, and how strongly they belong together."""

import numpy as np
from scipy import sparse

from voc.topics.neighbours import nearest

__all__ = ["fuzzy_graph", "nearest"]

BISECTIONS = 40
ROWS = 50_000  # rows weighed at a time


def fuzzy_graph(positions: np.ndarray, similarities: np.ndarray, counts: np.ndarray) -> sparse.csr_matrix:
    """Turn neighbours into a symmetric weighted graph (n, n), weights in 0..1 before counts.

    Each text's neighbours weigh exp(-(distance - nearest) / scale), with the scale set so that the
    weights add up to log2(k); the two directions join as a + b - ab (McInnes et al. 2018, UMAP,
    section 3.1). An edge then counts sqrt(count_i * count_j) times: texts that occurred more than
    once pull accordingly, without drowning the rest. A position of -1 is no neighbour: k is then smaller.
    """
    n, k = positions.shape
    weights = np.concatenate([
        _local_weights(1.0 - similarities[start : start + ROWS].astype(np.float64)) for start in range(0, n, ROWS)
    ])
    root = np.sqrt(counts.astype(np.float64))
    found = positions >= 0
    ends = np.concatenate([[0], np.cumsum(found.sum(axis=1))])
    one_way = sparse.csr_matrix((weights[found], positions[found], ends), shape=(n, n))
    other_way = one_way.T.tocsr()
    graph = one_way + other_way - one_way.multiply(other_way)
    graph.data *= np.repeat(root, np.diff(graph.indptr)) * root[graph.indices]
    graph.sort_indices()
    return graph


def _local_weights(distances: np.ndarray) -> np.ndarray:
    """Weights (n, k) from distances sorted ascending, each row's sum brought to log2 of its neighbours by bisection.

    Distances below 0 are rounding and count as 0; infinite ones are no neighbours and weigh 0.
    """
    found = np.isfinite(distances)
    distances = np.where(found, np.clip(distances, 0.0, None), 0.0)
    beyond = np.where(found, distances - distances[:, :1], np.inf)
    near = found.sum(axis=1)
    target = np.log2(np.maximum(near, 2))
    low, high = np.zeros(len(distances)), np.full(len(distances), np.inf)
    scale = np.ones(len(distances))
    for _ in range(BISECTIONS):
        too_much = np.exp(-beyond / scale[:, None]).sum(axis=1) > target
        high = np.where(too_much, scale, high)
        low = np.where(too_much, low, scale)
        scale = np.where(np.isinf(high), scale * 2, (low + high) / 2)
    # equidistant neighbours: keep the scale above zero
    floor = np.maximum(1e-3 * distances.sum(axis=1) / np.maximum(near, 1), 1e-12)
    return np.exp(-beyond / np.maximum(scale, floor)[:, None])
