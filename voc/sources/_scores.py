"""Survey scores: which end of a scale is the best, which values mean "no answer", and values outside the scale."""

from typing import Literal, TypedDict

from pydantic import Field, field_validator, model_validator

from voc.config import Settings
from voc.sources._values import Losses, RowFault, is_nothing, parse_number, short

_SCALES = {"nps": (0.0, 10.0)}


class Score(Settings):
    """Where the score of a response stands and which way it runs."""

    column: str = Field(description="Column of the file that holds the score")
    kind: Literal["nps", "csat", "ces", "rating"] = Field("rating", description="nps, csat, ces or rating")
    worst: float | None = Field(None, description="The value that means the worst; 0 for nps")
    best: float | None = Field(None, description="The value that means the best, be it the lower; 10 for nps")
    missing: tuple[float | str, ...] = Field((), description="Values that mean no answer, such as 99 or Don't know")
    labels: dict[str, float] = Field({}, description="Numbers of worded answers, such as Very good: 5")

    @field_validator("labels")
    @classmethod
    def _lower(cls, labels: dict[str, float]) -> dict[str, float]:
        return {label.strip().lower(): number for label, number in labels.items()}

    @model_validator(mode="after")
    def _has_scale(self) -> "Score":
        worst, best = self.scale
        if worst is None or best is None:
            raise ValueError("score needs worst and best: the values at the two ends of the scale")
        if worst == best:
            raise ValueError("worst and best must differ")
        return self

    @property
    def scale(self) -> tuple[float | None, float | None]:
        """Worst and best value."""
        worst, best = _SCALES.get(self.kind, (None, None))
        return (worst if self.worst is None else self.worst), (best if self.best is None else self.best)


class ScoreFields(TypedDict, total=False):
    """The score's part of a ResponseRecord."""

    score: float
    score_kind: str
    score_worst: float
    score_best: float


def read_score(
    score: Score, text: str, *, line: int, has_text: bool, decimal_comma: bool, losses: Losses
) -> ScoreFields:
    """Read a score cell; no fields when it is empty or stands for "no answer".

    A value outside the scale is lost but noted when the response has a text to keep; otherwise raises RowFault.
    """
    if is_nothing(text) or _is_missing(score, text, decimal_comma):
        return {}
    worst, best = score.scale
    number = _number(score, text, decimal_comma)
    if number is not None and min(worst, best) <= number <= max(worst, best):
        return {"score": number, "score_kind": score.kind, "score_worst": worst, "score_best": best}
    why = f"outside {worst:g} (worst) to {best:g} (best)"
    if not has_text:
        raise RowFault(f"'{score.column}' is '{short(text)}', {why}, and there is no text")
    losses.note(line, score.column, text, why)
    return {}


def _is_missing(score: Score, text: str, decimal_comma: bool) -> bool:
    number = _number(score, text, decimal_comma)
    words = {value.strip().lower() for value in score.missing if isinstance(value, str)}
    numbers = {value for value in score.missing if not isinstance(value, str)}
    return text.strip().lower() in words or (number is not None and number in numbers)


def _number(score: Score, text: str, decimal_comma: bool) -> float | None:
    label = text.strip().lower()
    if label in score.labels:
        return score.labels[label]
    try:
        return parse_number(text, decimal_comma=decimal_comma)
    except ValueError:
        return None
