"""Which part of a split topic a passage goes to: by the words it holds, else by the example phrases it leans to."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from voc.curation import SplitPart
from voc.errors import VocError

_DIGITS = 5  # cosines are compared rounded, so that the last bit of a product decides nothing


def choose_parts(
    parts: Sequence[SplitPart],
    *,
    texts: Sequence[str],
    keys: Sequence[str],
    vectors: np.ndarray,
    phrase_vectors: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Number of the part each passage of a topic goes to, -1 for those that stay: int (n,).

    The first part whose words a passage holds takes it; the others go to the part they lean to most, when they lean to
    any (see `_leaning`). `keys` tell equal texts. Raises VocError when a phrase has no vector.
    """
    chosen = np.full(len(texts), -1)
    rules = [_holds_word(part.words) for part in parts]
    for place, text in enumerate(texts):
        chosen[place] = next((number for number, rule in enumerate(rules) if rule and rule(text)), -1)
    if len(texts) and any(part.like for part in parts):
        leaning = _leaning(parts, keys, vectors, phrase_vectors)
        best = leaning.argmax(axis=1)
        goes = (chosen < 0) & (leaning[np.arange(len(best)), best] > 0)
        chosen[goes] = best[goes]
    return chosen


def _holds_word(words: Sequence[str]) -> Callable[[str], object] | None:
    """Whether a text holds one of the words, whole and whatever its capitals; "refund*" takes any ending."""
    patterns = []
    for word in words:
        pattern = r"\s+".join(map(re.escape, word.removesuffix("*").split()))
        patterns.append(pattern + (r"\w*" if word.endswith("*") else ""))
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE).search if words else None


def _leaning(
    parts: Sequence[SplitPart], keys: Sequence[str], vectors: np.ndarray, phrase_vectors: Mapping[str, np.ndarray]
) -> np.ndarray:
    """How far each passage leans from the topic's middle towards each part: (n, parts), -1 to 1.

    Cosine of the passage with the mean of the part's phrases after the topic's mean (over distinct texts) is taken
    from both: above 0 the passage lies on the part's side of the topic.
    """
    first = {key: place for place, key in reversed([*enumerate(keys)])}
    centre = vectors[sorted(first.values())].mean(axis=0, dtype=np.float64)
    off_centre = _unit(vectors - centre)
    leaning = np.full((len(keys), len(parts)), -1.0)
    for number, part in enumerate(parts):
        if part.like:
            mean = np.mean([_vector(phrase, phrase_vectors) for phrase in part.like], axis=0, dtype=np.float64)
            leaning[:, number] = off_centre @ _unit(_unit(mean) - centre)
    return np.round(leaning, _DIGITS)


def _vector(phrase: str, phrase_vectors: Mapping[str, np.ndarray]) -> np.ndarray:
    if phrase not in phrase_vectors:
        raise VocError(f"The phrase '{phrase}' of a split has no vector.", "Run again from the stage: --from embed.")
    return phrase_vectors[phrase]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
