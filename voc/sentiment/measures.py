"""How good probabilities are: discrimination and calibration."""

import numpy as np


def auc(is_true: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float | None:
    """Area under the ROC curve of (n,) scores: how often a true one scores above a false one, ties counting half.

    `weights` (n,) count a row several times. None where only one class is there.
    """
    weights = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(scores, kind="stable")
    ordered = np.asarray(scores)[order]
    if not len(ordered):
        return None
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    true, false = (np.add.reduceat((weights * chosen)[order], starts) for chosen in (is_true, ~is_true))
    if true.sum() == 0 or false.sum() == 0:
        return None
    below = np.cumsum(false) - false
    return float((true * (below + false / 2)).sum() / (true.sum() * false.sum()))


def brier(is_true: np.ndarray, probabilities: np.ndarray) -> float:
    """Brier score: mean squared distance of (n,) probabilities from what came true; 0 is perfect."""
    return float(np.mean((probabilities - is_true) ** 2))


def calibration_error(is_true: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of share and mean probability over equally wide bins."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.abs(np.bincount(place, probabilities - is_true, minlength=bins))
    return float(gaps.sum() / len(probabilities))


def quality(is_true: np.ndarray, probabilities: np.ndarray) -> dict[str, float | int | None]:
    """The three measures, rounded to four digits, and what they rest on."""
    area = auc(is_true, probabilities)
    return {
        "n": len(is_true),
        "auc": None if area is None else round(area, 4),
        "brier": round(brier(is_true, probabilities), 4),
        "calibration_error": round(calibration_error(is_true, probabilities), 4),
    }
