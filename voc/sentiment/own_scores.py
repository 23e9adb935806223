"""A model of the user's own satisfaction scores, cross-fitted by person, with the base model as its prior."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from voc.compute import batches
from voc.sentiment.measures import auc, quality
from voc.sentiment.model import logistic, probability
from voc.stats import ranges

FOLDS = 5
MIN_RESPONSES, MIN_EACH_END = 200, 40  # fewer scored responses, or fewer at one end, teach nothing reliable
BASE_WEIGHT = 0.5  # as the lexicon's: the base model's log-odds count for more than a component of a vector
DRAWS = 200
BATCH = 20_000  # passages whose features are in memory at once


@dataclass(frozen=True)
class OwnScores:
    """Probabilities of a score at the low end, one a passage; None when the model is not used. `notes` say why."""

    probabilities: np.ndarray | None
    notes: dict = field(default_factory=dict)


def predict_own_scores(
    rows_of: Callable[[np.ndarray], np.ndarray], base_logits: np.ndarray, *, responses: Sequence[str | None],
    is_low: np.ndarray, people: Sequence[str], seed: int,
) -> OwnScores:  # fmt: skip
    """Learn from scored passages what a low score sounds like, and predict every passage.

    `rows_of` gives the features float64 (m, d) of the passages at m positions, `base_logits` (n,) are the base
    model's; `responses` the scored response a passage belongs to (None: not scored), `is_low` bool (n,) whether its
    score lies at the low end, `people` who speaks. People are dealt to five folds by a hash, and a passage is
    predicted by the model that saw no word of its fold: no response helps to predict itself or another of the same
    person. Used only where it tells low scores from others better than the base model: the 10th percentile of the
    gain in AUC, persons resampled, must lie above 0.
    """
    scored = np.flatnonzero([response is not None for response in responses])
    codes = np.unique(np.array([responses[i] for i in scored], dtype=object), return_inverse=True)[1]
    total = int(codes.max()) + 1 if len(codes) else 0
    low = int((np.bincount(codes, is_low[scored]) > 0).sum())
    counts = {"responses": total, "low": low, "others": total - low}
    if total < MIN_RESPONSES or min(low, total - low) < MIN_EACH_END:
        why = f"fewer than {MIN_RESPONSES} scored responses with text, or than {MIN_EACH_END} low or other ones"
        return OwnScores(None, {"used": False, "why": why, **counts})

    def features(places: np.ndarray) -> np.ndarray:
        return np.hstack([rows_of(places), BASE_WEIGHT * base_logits[places, None]])

    found = _cross_fitted(features, scored, is_low, 1.0 / np.bincount(codes)[codes], folds_of(people))
    notes = _judged(found[scored], base_logits[scored], is_low[scored], codes, [people[i] for i in scored], seed)
    is_better = notes["auc_gain_low"] > 0
    why = {} if is_better else {"why": "not better than the base model at telling low scores from others"}
    return OwnScores(found if is_better else None, {"used": is_better, **why, **counts, **notes})


def folds_of(people: Sequence[str]) -> np.ndarray:
    """int (n,) fold of each person: a hash, so that it depends on nobody else and on no order."""
    fold = {who: int(hashlib.sha256(who.encode()).hexdigest()[:8], 16) % FOLDS for who in set(people)}
    return np.array([fold[who] for who in people], dtype=int)


def _cross_fitted(features, scored, is_low, weights, fold) -> np.ndarray:
    """(n,) probabilities. A response counts as one, however many passages it has."""
    found = np.zeros(len(fold))
    taught = features(scored)
    for number in range(FOLDS):
        seen = fold[scored] != number
        model = logistic(taught[seen], is_low[scored][seen], weights[seen])
        for part in batches(np.flatnonzero(fold == number), BATCH):
            found[part] = model.predict_proba(features(part))[:, 1]
    return np.round(found, 6)


def _judged(found, base_logits, is_low, codes, people, seed: int) -> dict:
    """By response: AUC of both models, 80% range of the gain with persons resampled, calibration."""
    size = np.bincount(codes)
    low = np.bincount(codes, is_low) > 0
    own, base = np.bincount(codes, found) / size, np.bincount(codes, probability(base_logits)) / size
    first = np.unique(codes, return_index=True)[1]
    person = np.unique(np.array(people, dtype=object)[first], return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    gains = []
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(0, person.max() + 1, person.max() + 1), minlength=person.max() + 1)[person]
        kept = times > 0
        pair = [auc(low[kept], scores[kept], times[kept]) for scores in (own, base)]
        gains.append(0.0 if None in pair else pair[0] - pair[1])  # a draw with one end alone shows no gain
    gain_low, gain_high = (round(float(end[0]), 4) for end in ranges(np.array(gains)[:, None]))
    told = {"auc_gain_low": gain_low, "auc_gain_high": gain_high, "base_auc": round(auc(low, base), 4)}
    return told | quality(low, own)
