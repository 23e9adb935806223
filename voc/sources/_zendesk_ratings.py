"""Zendesk's satisfaction ratings and responses to its CSAT surveys."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from voc.records import Answer, Record, ResponseRecord
from voc.sources._entries import Entry
from voc.sources._tickets import items, scalar
from voc.sources._values import RowFault, identifiers, parse_number, short
from voc.sources._vendor import Reading
from voc.sources._zendesk_reading import ZendeskReading, check_latest
from voc.sources._zendesk_values import COMMENT_QUESTION, CSAT, rating_of

_SUBJECT = re.compile(r"(?:zen|zrn):ticket:(\d+)$")


def rating(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A satisfaction rating of the older kind: good or bad, with a comment."""
    rating_id, ticket_id = reading.id(entry, "id"), entry.text("ticket_id")
    score = rating_of(entry.text("score"))
    if score is None:
        word = (entry.text("score") or "").lower()
        if word in ("offered", "unoffered", ""):
            reading.pass_over(entry, "surveys that nobody answered")
            return
        raise RowFault(f"'score' is '{short(word)}', neither good nor bad")
    check_latest(reading, "rating", ticket_id, entry)
    words = entry.text("comment")
    yield ResponseRecord(
        line=entry.line,
        response_id=f"{ticket_id}-csat" if ticket_id else rating_id,
        responded_at=reading.moment(entry, "updated_at", "created_at"),
        answers=(Answer(question=COMMENT_QUESTION, text=words),) if words else (),
        identifiers=identifiers(id=entry.text("requester_id")),
        score=score,
        contact_id=ticket_id,
        **CSAT,
    )


def survey_response(entry: Entry, reading: ZendeskReading) -> Iterator[Record]:
    """A response to a CSAT survey: a rating with its category, and open answers."""
    response_id = reading.id(entry, "id")
    ticket_id = _surveyed_ticket(entry)
    answers, score, times = [], {}, []
    for one in entry.objects("answers"):
        if one.text("type") == "skipped":
            continue
        times += [moment for name in ("updated_at", "created_at") if (moment := reading.time(one, name))][:1]
        question = one.text("question.headline.value", "question.headline") or COMMENT_QUESTION
        if one.text("rating", "rating_category") and not score:
            score = _survey_score(one, reading)
        elif (words := one.text("value")) and one.text("type") in (None, "open_ended"):
            answers.append(Answer(question=question, text=words))
    if not score and not answers:
        reading.pass_over(entry, "surveys that nobody answered")
        return
    check_latest(reading, "survey", ticket_id, entry)
    yield ResponseRecord(
        line=entry.line,
        response_id=f"{ticket_id}-csat" if ticket_id else response_id,
        responded_at=max(times) if times else reading.moment(entry, "updated_at", "created_at"),
        answers=tuple(answers),
        identifiers=identifiers(id=entry.text("responder_id")),
        contact_id=ticket_id,
        **score,
    )


def _surveyed_ticket(entry: Entry) -> str | None:
    for subject in entry.objects("subjects"):
        if subject.text("type") in ("ticket", "request") and subject.text("id"):
            return subject.text("id")
    found = (_SUBJECT.search(scalar(zrn) or "") for zrn in items(entry.get("subject_zrns")))
    return next((match[1] for match in found if match), None)


def _survey_score(answer: Entry, reading: ZendeskReading) -> dict:
    """Zendesk's own verdict, good or bad, as in ratings of tickets; else the number on the scale of the question."""
    verdict = rating_of(answer.text("rating_category"))
    if verdict is not None:
        return {"score": verdict, **CSAT}
    number = reading.number(answer, "rating")
    steps = [_number(one.text("rating")) for one in answer.objects("question.options")]
    known = [step for step in steps if step is not None]
    if number is None or len(known) < 2 or not min(known) <= number <= max(known) or min(known) == max(known):
        reading.losses.note(answer.line, "rating", answer.text("rating") or "", "no rating_category and no scale beside it")
        return {}
    return {"score": number, "score_kind": "csat", "score_worst": min(known), "score_best": max(known)}


def _number(text: str | None) -> float | None:
    try:
        return parse_number(text or "")
    except ValueError:
        return None


def last_versions(rows: Iterator[tuple[str, Entry]], reading: Reading) -> dict[tuple[str, str], int]:
    """Which line holds the last version of a call, and of a ticket's rating, of those that are answers."""
    best: dict[tuple[str, str], tuple[datetime, int]] = {}
    for kind, entry in rows:
        if kind == "rating" and rating_of(entry.text("score")) is None:
            continue
        key = entry.text("id") if kind == "call" else _surveyed_ticket(entry) if kind == "survey" else entry.text("ticket_id")
        try:
            at = reading.moment(entry, "updated_at", "created_at")
        except RowFault:
            at = datetime.min.replace(tzinfo=UTC)
        if key:
            best[kind, key] = max(best.get((kind, key), (at, entry.line)), (at, entry.line))
    return {key: line for key, (_, line) in best.items()}
