"""Features the neighbour graph is built on: sentence vectors with a small share of plain words appended."""

import re
from array import array
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

WORD_DIMENSIONS = 64  # 64 scores as 128 and 256 do, to within the spread of seeds, in a third of the time
MOST_WORDS = 50_000  # words and word pairs counted, the commonest; 15,000 short texts hold 20,000 that occur twice
LEAST_TEXTS = 2  # that hold a word or pair
SEED = 0  # of the SVD: features follow the texts, not the run's seed
SVD_ITERATIONS = 2  # of the power method; more change nothing that can be measured in the topics
SVD_TEXTS = 25_000  # that the SVD's axes are found in; more move no figure of the topics
ROWS = 50_000  # rows joined at a time
_WORD = re.compile(r"(?u)\b\w\w+\b")


def with_words(texts: Sequence[str], vectors: np.ndarray, *, share: float) -> np.ndarray:
    """Return sqrt(1 - share) * vectors beside sqrt(share) * TF-IDF vectors, rows scaled to length 1.

    `texts` are distinct and in a fixed order; `vectors` (n, d) has unit rows; `share` (0 to 1) is the
    part of a row's squared length that comes from words. Short texts with rare product words come
    closer to each other this way than meaning alone puts them.
    """
    words = _word_vectors(texts) if share > 0 else None
    if words is None:
        return unit_rows(vectors)
    result = np.empty((len(vectors), vectors.shape[1] + words.shape[1]), dtype=np.float32)
    for start in range(0, len(vectors), ROWS):  # a copy of everything would be the peak of memory
        rows = slice(start, start + ROWS)
        result[rows] = unit_rows(np.hstack([np.sqrt(1 - share) * vectors[rows], np.sqrt(share) * words[rows]]))
    return result


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Scale rows to length 1 as float32; rows of zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows, dtype=np.float32), where=lengths > 0)


def _word_vectors(texts: Sequence[str]) -> np.ndarray | None:
    """TF-IDF of words and word pairs reduced to at most 64 unit dimensions; None where words do not repeat."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer

    counts = count_words(texts)
    dimensions = min(WORD_DIMENSIONS, *counts.shape) - 1
    if dimensions < 2:
        return None
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    svd = TruncatedSVD(dimensions, n_iter=SVD_ITERATIONS, random_state=SEED)
    with np.errstate(invalid="ignore"):  # texts of the very same words have no variance to explain
        if len(texts) <= SVD_TEXTS:
            reduced = svd.fit_transform(weighted)
        else:
            some = np.sort(np.random.default_rng(SEED).choice(len(texts), SVD_TEXTS, replace=False))
            reduced = weighted @ svd.fit(weighted[some]).components_.T.astype(np.float32)
    return unit_rows(reduced.astype(np.float32, copy=False))


def count_words(texts: Sequence[str]) -> "sparse.csr_matrix":
    """Count words and pairs of words that follow each other: float32 (n, terms), terms in alphabetical order.

    Words are runs of two or more letters, digits and underscores, in lower case; terms that only one text holds are
    left out, and beyond `MOST_WORDS` the rarer ones. The counts, entry for entry, of scikit-learn's
    CountVectorizer(ngram_range=(1, 2), min_df=2, max_features=MOST_WORDS) in a third of its time and a fraction of its
    memory: numbers stand for words, and a pair is one number made of two.
    """
    from scipy import sparse

    terms, rows = _stream(*_words(texts))
    found, first, column, times = np.unique(terms, return_index=True, return_inverse=True, return_counts=True)
    often = times >= LEAST_TEXTS
    arrival = np.empty(len(found), dtype=np.int32)  # an entry's place in its row: terms as they first occurred
    arrival[np.argsort(first)] = np.arange(len(found), dtype=np.int32)
    kept = often[column]
    shape = (len(texts), len(found))
    counts = sparse.csr_matrix((np.ones(kept.sum(), np.float32), (rows[kept], arrival[column[kept]])), shape=shape)
    counts.indices = np.argsort(first).astype(np.int32)[counts.indices]
    counts.has_sorted_indices = False
    return counts[:, _commonest(counts)]


def _words(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """All words one after the other as places in the alphabetical vocabulary, int64, and the number in each text."""
    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__
    words, lengths = array("i"), np.empty(len(texts), dtype=np.int64)
    for place, text in enumerate(texts):
        before = len(words)
        words.extend(map(number.__getitem__, _WORD.findall(text.lower())))
        lengths[place] = len(words) - before
    rank = np.empty(len(number), dtype=np.int64)
    rank[[number[word] for word in sorted(number)]] = np.arange(len(number))
    return rank[np.frombuffer(words, dtype=np.int32)], lengths


def _stream(words: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Terms in the order of occurrence, a text's words before its pairs, and the text of each.

    A term is a number whose order is that of the alphabet: a word stands before the pairs it begins. Words
    that occur once are left out, and pairs with them.
    """
    size = int(words.max(initial=0)) + 1
    rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    often = np.bincount(words, minlength=size)[words] >= LEAST_TEXTS
    is_pair = np.zeros(len(words), dtype=bool)
    is_pair[:-1] = (rows[1:] == rows[:-1]) & often[1:] & often[:-1]
    # words stand at twice their text's start, its pairs behind them
    start = np.cumsum(lengths) - lengths
    place = np.arange(len(words)) + start[rows]
    terms = np.full(2 * len(words), -1, dtype=np.int64)
    terms[place[often]] = words[often] * (size + 1)
    firsts = np.flatnonzero(is_pair)
    terms[place[firsts] + lengths[rows[firsts]]] = words[firsts] * (size + 1) + words[firsts + 1] + 1
    held = terms >= 0
    return terms[held], np.repeat(np.arange(len(lengths), dtype=np.int32), 2 * lengths)[held]


def _commonest(counts: "sparse.csr_matrix") -> np.ndarray:
    """Columns that several rows hold, ascending; the `MOST_WORDS` of the largest sums."""
    columns = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) >= LEAST_TEXTS)
    if len(columns) > MOST_WORDS:
        times = np.asarray(counts.sum(axis=0)).ravel()[columns]
        columns = np.sort(columns[(-times).argsort()[:MOST_WORDS]])
    return columns
