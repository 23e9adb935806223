"""Features the neighbour graph is built on: sentence vectors with a small share of plain words appended."""

from collections.abc import Sequence

import numpy as np

WORD_DIMENSIONS = 64  # 64 scores as 128 and 256 do, to within the spread of seeds, in a third of the time
MOST_WORDS = 50_000  # words and word pairs counted, the commonest; 15,000 short texts hold 20,000 that occur twice
SEED = 0  # of the SVD: features follow the texts, not the run's seed
SVD_ITERATIONS = 2  # of the power method; more change nothing that can be measured in the topics


def with_words(texts: Sequence[str], vectors: np.ndarray, *, share: float) -> np.ndarray:
    """Return sqrt(1 - share) * vectors beside sqrt(share) * TF-IDF vectors, rows scaled to length 1.

    `texts` are distinct and in a fixed order; `vectors` (n, d) has unit rows; `share` (0 to 1) is the
    part of a row's squared length that comes from words. Short texts with rare product words come
    closer to each other this way than meaning alone puts them.
    """
    words = _word_vectors(texts) if share > 0 else None
    if words is None:
        return unit_rows(vectors)
    return unit_rows(np.hstack([np.sqrt(1 - share) * vectors, np.sqrt(share) * words]))


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Scale rows to length 1 as float32; rows of zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows, dtype=np.float32), where=lengths > 0)


def _word_vectors(texts: Sequence[str]) -> np.ndarray | None:
    """TF-IDF of words and word pairs reduced to at most 64 unit dimensions; None where words do not repeat."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        counts = TfidfVectorizer(
            ngram_range=(1, 2), min_df=2, max_features=MOST_WORDS, sublinear_tf=True, dtype=np.float32
        ).fit_transform(texts)
    except ValueError:  # no word occurs in two texts
        return None
    dimensions = min(WORD_DIMENSIONS, *counts.shape) - 1
    if dimensions < 2:
        return None
    with np.errstate(invalid="ignore"):  # texts of the very same words have no variance to explain
        reduced = TruncatedSVD(dimensions, n_iter=SVD_ITERATIONS, random_state=SEED).fit_transform(counts)
    return unit_rows(reduced.astype(np.float32))
