"""Reviews of app stores in one shape: stars, title and text, and nobody who could be called a customer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from voc.records import Answer, Record, ResponseRecord
from voc.sources._values import LeftOut, Losses, RowFault, parse_number, rejected, required_time, short, some

TITLE, TEXT = "Review title", "Review text"
_STARS = (1.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review as found; `fields` are the vendor's own by their names, for `segment`."""

    line: int
    raw: str
    id: str | None = None
    at: str = ""
    stars: str = ""
    title: str = ""
    text: str = ""
    language: str | None = None
    fields: Mapping[str, str] | None = None
    fault: str | None = None
    left_out: str | None = None  # why a sound item is no customer's review


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the vendor calls the id, the time and the stars, and the channel its reviews come by."""

    channel: str
    id: str
    at: str
    stars: str


def review_records(
    path: Path, reviews: Iterator[Review], store: Store, *, segment: str | None, parse: Callable[[str], datetime]
) -> Iterator[Record]:
    """Reviews as responses: stars are a rating from 1 to 5, title and text two answers; identifiers there are none.

    A review without id or time is a reject; so is one without a text whose stars cannot be read.
    """
    losses = Losses(path)
    for review in reviews:
        try:
            yield _response(review, store, segment, parse, losses)
        except RowFault as fault:
            yield rejected(fault, review.line, review.raw)
    losses.report()


def _response(
    review: Review, store: Store, segment: str | None, parse: Callable[[str], datetime], losses: Losses
) -> ResponseRecord:
    if review.fault:
        raise RowFault(review.fault)
    if review.left_out:
        raise LeftOut(review.left_out)
    if some(review.id) is None:
        raise RowFault(f"'{store.id}' is empty, so the row has no id")
    return ResponseRecord(
        line=review.line,
        response_id=some(review.id) or "",
        responded_at=required_time(review.at, store.at, parse),
        answers=(Answer(question=TITLE, text=review.title), Answer(question=TEXT, text=review.text)),
        channel=store.channel,
        segment=some((review.fields or {}).get(segment, "")) if segment else None,
        language=some(review.language),
        **_score(review, store, losses),
    )


def _score(review: Review, store: Store, losses: Losses) -> dict:
    worst, best = _STARS
    if some(review.stars) is None:
        if not (some(review.title) or some(review.text)):
            raise RowFault(f"'{store.stars}' is empty, and there is no text")
        return {}
    try:
        stars = parse_number(review.stars)
    except ValueError:
        stars = 0.0
    if worst <= stars <= best:
        return {"score": stars, "score_kind": "rating", "score_worst": worst, "score_best": best}
    why = f"outside {worst:g} (worst) to {best:g} (best)"
    if not (some(review.title) or some(review.text)):
        raise RowFault(f"'{store.stars}' is '{short(review.stars)}', {why}, and there is no text")
    losses.note(review.line, store.stars, review.stars, why)
    return {}
