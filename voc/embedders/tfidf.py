"""Word counts as vectors: TF-IDF over words and word pairs, reduced by SVD. Fitted on the texts themselves.

The fallback that needs no model: it knows equal words, not equal meaning.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from voc.errors import VocError

if TYPE_CHECKING:
    import numpy as np

DESCRIPTION = "TF-IDF of words and word pairs with SVD: no model needed, any language, weaker than minilm."

FITTED_ON_CORPUS = True  # all texts are embedded together: vectors made of parts of them do not compare
MAX_DIMENSIONS = 256


def model_id(argument: str | None, texts: Sequence[str]) -> str:
    """Name what vectors are cached under; they depend on all texts, so a hash of the set of texts is part of it."""
    _refuse(argument)
    digest = hashlib.sha256()
    for text in sorted(set(texts)):
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return f"tfidf-svd{MAX_DIMENSIONS}-{digest.hexdigest()[:16]}"


def embed(
    texts: Sequence[str], *, argument: str | None = None, progress: Callable[[int], None] | None = None
) -> "np.ndarray":
    """Embed texts as float32 (n, d) rows, d at most 256 and smaller for few texts.

    Rows have length 1. Texts without any word share one direction of their own, so that they are
    alike to each other and to nothing else; that last column is there for every set of texts.
    """
    import numpy as np

    _refuse(argument)
    unique = sorted(set(texts))
    if not unique:
        return np.zeros((0, 1), dtype=np.float32)
    reduced = _reduce(unique)
    lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
    wordless = lengths[:, 0] < 1e-6
    rows = np.hstack([np.divide(reduced, lengths, where=lengths >= 1e-6, out=np.zeros_like(reduced)),
                      wordless[:, None]]).astype(np.float32)
    place = {text: i for i, text in enumerate(unique)}
    if progress:
        progress(len(texts))
    return rows[[place[text] for text in texts]]


def _reduce(unique: Sequence[str]) -> "np.ndarray":
    """TF-IDF of sorted distinct texts, reduced by a seeded SVD where there are more columns than wanted."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2 if len(unique) >= 1_000 else 1)
    try:
        counts = vectorizer.fit_transform(unique)
    except ValueError:  # no text holds any word
        return np.zeros((len(unique), 1))
    if min(counts.shape) > MAX_DIMENSIONS:
        return TruncatedSVD(MAX_DIMENSIONS, random_state=0).fit_transform(counts)
    if counts.shape[1] <= MAX_DIMENSIONS:
        return counts.toarray()
    # Few texts, many words: the exact factor of the texts' own products, which loses nothing.
    values, directions = np.linalg.eigh((counts @ counts.T).toarray())
    return directions * np.sqrt(np.clip(values, 0, None))


def _refuse(argument: str | None) -> None:
    if argument:
        raise VocError(f"The embedder tfidf takes no argument, but got '{argument}'.", "Write embed: {model: tfidf}.")
