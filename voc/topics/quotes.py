"""Quotes: which of a topic's texts to show, central, from different customers, none saying the same."""

from collections.abc import Sequence

import numpy as np

SAME_SAYING = 0.92  # cosine from which two texts say nearly the same in nearly the same words
READABLE = (5, 45)  # words
SHARE_CENTRAL = 0.5  # quotes come from the more central half where it has enough


def choose(
    texts: Sequence[str],
    vectors: np.ndarray,
    *,
    customers: Sequence[object | None] | None,
    centroid: np.ndarray | None,
    count: int,
) -> list[int]:
    """Positions of up to `count` texts; see `voc.topics.choose_quotes`."""
    if not len(texts) or count < 1:
        return []
    centre = vectors.mean(axis=0) if centroid is None else centroid
    near = np.round(vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12)), 5)
    median = float(np.quantile(near, 1 - SHARE_CENTRAL))
    who = list(customers) if customers is not None else [None] * len(texts)

    def rank(i: int) -> tuple:
        return (not _is_readable(texts[i]), bool(near[i] < median), -float(near[i]), texts[i], str(who[i]))

    chosen: list[int] = []
    seen: set[object] = set()
    for i in sorted(range(len(texts)), key=rank):
        repeats = chosen and float((vectors[chosen] @ vectors[i]).max()) >= SAME_SAYING
        if repeats or (who[i] is not None and who[i] in seen):
            continue
        chosen.append(i)
        seen.add(who[i])
        if len(chosen) == count:
            break
    return chosen


def _is_readable(text: str) -> bool:
    least, most = READABLE
    return least <= len(text.split()) <= most
