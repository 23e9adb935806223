"""Group texts that are nearly the same, word for word: MinHash signatures, banded, then the exact similarity."""

from collections.abc import Callable

import numpy as np
import pandas as pd

RUN = 3  # words of a shingle
BANDS, ROWS = 10, 4  # two texts of similarity s meet with probability 1 - (1 - s^4)^10: .995 at .8, .48 at .5
BATCH = 20_000  # texts whose words are held at once
_MOST_LEADERS = 20  # wordings compared in a bucket; nearly equal texts meet in one of ten
_MASK = np.uint64(0xFFFFFFFF)

# words of the texts at these places
Read = Callable[[np.ndarray], list[list[str]]]


def near_groups(read: Read, counts: np.ndarray, order: np.ndarray, *, similarity: float) -> np.ndarray:
    """For each of n different texts the number of the text that leads its group: itself, or a more frequent one.

    A text joins the most frequent leader whose three-word runs it shares to at least `similarity` (Jaccard). Leaders
    resemble nobody more frequent, so groups do not grow into chains. `counts` (n,): how often each text occurs;
    `order` (n,): breaks ties, so that the order of the texts does not matter.
    """
    leaders = np.arange(len(counts))
    bands = _bands(read, len(counts))
    shared = _is_shared(bands)
    candidates = np.flatnonzero(shared.any(axis=1))
    shingles: dict[int, frozenset] = {}
    buckets: dict[tuple[int, int], list[int]] = {}
    for i in candidates[np.lexsort((order[candidates], -counts[candidates]))]:
        mine = shingles[i] = _shingle_set(read(np.array([i]))[0])
        places = [(band, int(bands[i, band])) for band in np.flatnonzero(shared[i])]
        met = dict.fromkeys(leader for place in places for leader in buckets.get(place, ()))
        leader = next((other for other in met if _jaccard(mine, shingles[other]) >= similarity), None)
        if leader is not None:
            leaders[i] = leader
            del shingles[i]
            continue
        for place in places:
            bucket = buckets.setdefault(place, [])
            if len(bucket) < _MOST_LEADERS:
                bucket.append(i)
    return leaders


def _shingle_set(words: list[str]) -> frozenset:
    return frozenset(zip(*(words[k:] for k in range(RUN)), strict=False))


def _jaccard(one: frozenset, other: frozenset) -> float:
    if min(len(one), len(other)) < 0.5 * max(len(one), len(other)):
        return 0.0
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _bands(read: Read, n: int) -> np.ndarray:
    """uint64 (n, BANDS): hash of each band of each text's signature (Broder 1997)."""
    found = np.zeros((n, BANDS), dtype=np.uint64)
    for start in range(0, n, BATCH):
        stop = min(start + BATCH, n)
        found[start:stop] = _signatures(read(np.arange(start, stop)))
    return found


def _signatures(documents: list[list[str]]) -> np.ndarray:
    """uint64 (len(documents), BANDS). Every document needs at least RUN words."""
    codes, vocabulary = pd.factorize(np.array([word for words in documents for word in words], dtype=object))
    word = pd.util.hash_array(np.asarray(vocabulary, dtype=object), categorize=False)[codes]
    sizes = np.array([len(words) for words in documents])
    run = word.copy()
    for k in range(1, RUN):  # overflow wraps around: that is the hash
        run[:-k] = run[:-k] * np.uint64(0x9E3779B97F4A7C15) + word[k:]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    is_run = np.arange(len(run)) - np.repeat(starts, sizes) <= np.repeat(sizes - RUN, sizes)
    run, starts = (run[is_run] >> np.uint64(32)) & _MASK, np.concatenate([[0], np.cumsum(sizes - RUN + 1)[:-1]])
    factors = np.random.default_rng(7).integers(1, 2**31, size=(BANDS, ROWS, 2), dtype=np.uint64)
    bands = np.zeros((len(documents), BANDS), dtype=np.uint64)
    for band in range(BANDS):
        for row in range(ROWS):
            a, b = factors[band, row]
            smallest = np.minimum.reduceat((run * (a | np.uint64(1)) + b) & _MASK, starts)
            bands[:, band] = bands[:, band] * np.uint64(0x9E3779B97F4A7C15) + smallest
    return bands


def _is_shared(bands: np.ndarray) -> np.ndarray:
    """bool (n, BANDS): whether another text has the same band."""
    shared = np.zeros(bands.shape, dtype=bool)
    for band in range(bands.shape[1]):
        _, inverse, counts = np.unique(bands[:, band], return_inverse=True, return_counts=True)
        shared[:, band] = counts[inverse] > 1
    return shared
