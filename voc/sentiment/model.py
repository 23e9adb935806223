"""The base model: probabilities of dissatisfaction and of effort from vectors and lexicon counts, calibrated."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from voc.sentiment.lexicon import lexicon_features
from voc.sentiment.measures import quality
from voc.sentiment.phrases import TrainingSet

PENALTY = 1.0  # C of the logistic regressions
LEXICON_WEIGHT = 0.5  # lexicon features run from 0 to 1, a vector's components from -0.2 to 0.2
FOLDS = 10
BATCH = 20_000  # texts whose features are in memory at once
_EDGE = 1e-6  # probabilities closer to 0 or 1 than this are moved there before their logit is taken


@dataclass(frozen=True)
class Classifier:
    """A logistic regression whose probability of one class is calibrated by Platt's method."""

    regression: Any
    place: int  # column of the class
    slope: float
    intercept: float
    quality: dict[str, float | int | None]  # cross-fitted on the training set

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Calibrated log-odds (n,) of feature rows (n, d)."""
        raw = self.regression.predict_proba(features)[:, self.place]
        return self.slope * logit(raw) + self.intercept


@dataclass(frozen=True)
class BaseModel:
    """Two classifiers on the same features. `uses_vectors`, `uses_lexicon` say what a feature row is made of."""

    negative: Classifier
    effort: Classifier
    uses_vectors: bool
    uses_lexicon: bool

    def logits(self, texts: list[str], vectors: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """(dissatisfaction, effort) as log-odds (n,) of n texts; vectors (n, d) unit rows."""
        parts = []
        for start in range(0, len(texts), BATCH):
            part = slice(start, start + BATCH)
            mine = vectors[part] if self.uses_vectors else None
            rows = feature_rows(texts[part], mine, uses_lexicon=self.uses_lexicon)
            parts.append((self.negative.logits(rows), self.effort.logits(rows)))
        columns = zip(*parts, strict=True) if parts else ([np.zeros(0)], [np.zeros(0)])
        negative, effort = (np.concatenate(column) for column in columns)
        return negative, effort


def fit_base(training: TrainingSet, vectors: np.ndarray | None, *, uses_lexicon: bool = True) -> BaseModel:
    """Fit on the sentences that ship. `vectors` (n, d) are theirs, in their order; None leaves the lexicon alone.

    Sentiment is fitted with its three classes, which separates complaints from requests and praise better than
    complaint against the rest; what is kept is the probability of a complaint.
    """
    rows = feature_rows(list(training.texts), vectors, uses_lexicon=uses_lexicon)
    return BaseModel(
        negative=_classifier(rows, np.array(training.sentiments, dtype=object), "negative"),
        effort=_classifier(rows, np.array(training.efforts), True),
        uses_vectors=vectors is not None,
        uses_lexicon=uses_lexicon,
    )


def feature_rows(texts: list[str], vectors: np.ndarray | None, *, uses_lexicon: bool) -> np.ndarray:
    """float64 (n, d): the vector and the weighted lexicon features beside each other."""
    parts = [] if vectors is None else [np.asarray(vectors, dtype=np.float64)]
    if uses_lexicon:
        parts.append(LEXICON_WEIGHT * lexicon_features(texts))
    return np.hstack(parts)


def logistic(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> Any:
    """A fitted logistic regression with an L2 penalty (labels of two or more classes)."""
    from sklearn.linear_model import LogisticRegression

    # Newton steps: the same coefficients as the default solver's in an eighth of the time
    regression = LogisticRegression(C=PENALTY, max_iter=200, tol=1e-6, solver="newton-cg")
    return regression.fit(rows, labels, sample_weight=weights)


def logit(probabilities: np.ndarray) -> np.ndarray:
    """Log-odds; certainties are brought back to one in a million."""
    inside = np.clip(probabilities, _EDGE, 1 - _EDGE)
    return np.log(inside / (1 - inside))


def probability(logits: np.ndarray) -> np.ndarray:
    """The inverse of `logit`, rounded to six digits so that the last bits of the arithmetic do not show."""
    return np.round(1 / (1 + np.exp(-logits)), 6)


def _classifier(rows: np.ndarray, labels: np.ndarray, wanted: str | bool) -> Classifier:
    """Fit, and calibrate on predictions of models that did not see the row (Platt 1999, ten folds)."""
    is_wanted = labels == wanted
    raw = np.zeros(len(rows))
    # every tenth row of the file's order: each fold holds each kind of sentence and each domain
    fold = np.arange(len(rows)) % FOLDS
    for number in range(FOLDS):
        left_out = fold == number
        model = logistic(rows[~left_out], labels[~left_out])
        raw[left_out] = model.predict_proba(rows[left_out])[:, list(model.classes_).index(wanted)]
    slope, intercept = _platt(logit(raw), is_wanted, np.ones(len(rows), dtype=bool))
    judged = np.zeros(len(rows))
    for number in range(FOLDS):  # the calibration, too, is judged on rows it has not seen
        a, b = _platt(logit(raw), is_wanted, fold != number)
        judged[fold == number] = probability(a * logit(raw[fold == number]) + b)
    whole = logistic(rows, labels)
    return Classifier(whole, list(whole.classes_).index(wanted), slope, intercept, quality(is_wanted, judged))


def _platt(scores: np.ndarray, is_true: np.ndarray, used: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of a logistic regression on one score, next to unpenalised."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6, tol=1e-8).fit(scores[used, None], is_true[used])
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
