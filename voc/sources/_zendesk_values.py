"""Zendesk's values: times, ratings, tags and marks, with short ways for what stands in millions of rows."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from voc.sources._tickets import scalar
from voc.sources._values import FORMAT_WORDS, parse_count, parse_duration, parse_time

COMMENT_QUESTION = "Satisfaction comment"
UNKNOWN_TICKET = "unknown"  # stands in merged_into when the export does not say which ticket absorbed this one
MERGE_TAG = "closed_by_merge"
CSAT = {"score_kind": "csat", "score_worst": 0.0, "score_best": 1.0}
_RATINGS = {"good": 1.0, "goodwithcomment": 1.0, "bad": 0.0, "badwithcomment": 0.0}
_OUTBOUND = re.compile(r"outbound|outgoing", re.IGNORECASE)
ParseTime = Callable[[str], datetime]


def clock(date_format: str | None, zone: ZoneInfo) -> ParseTime:
    """`parse_time` with its settings, with a short way for times that begin with the year, as nearly all do."""
    slow = partial(parse_time, date_format=date_format, zone=zone)
    if date_format not in (None, *FORMAT_WORDS[2:]):
        return slow

    def read(text: str) -> datetime:
        if text[4:5] == "-":
            try:
                moment = datetime.fromisoformat(text)
                if moment.tzinfo is not UTC:
                    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
                if 1970 <= moment.year <= 2100:
                    return moment
            except (ValueError, OverflowError):
                pass  # written in one of the ways that parse_time knows, or no date: it says so
        return slow(text)

    return read


@lru_cache(maxsize=1024)
def rating_of(text: str | None) -> float | None:
    """1 for good, 0 for bad; None for a survey that was offered or not, but not answered."""
    return _RATINGS.get(re.sub(r"[\s_]", "", (text or "").lower()))


@lru_cache(maxsize=1024)
def says_outbound(mark: str | None) -> bool:
    """Whether a channel or a relation is what Zendesk itself marks as going out."""
    return bool(mark and _OUTBOUND.search(mark))


def tags_of(tags: Any) -> tuple[str, ...]:
    """Tags of a ticket: a list, or words in one cell."""
    if isinstance(tags, list):
        return tuple(dict.fromkeys(filter(None, map(scalar, tags))))
    return _split_tags(tags) if isinstance(tags, str) else ()


@lru_cache(maxsize=4096)
def _split_tags(tags: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags.replace(",", " ").split()))


def count(text: str) -> int:
    """`parse_count` with a short way for plain digits."""
    return int(text) if len(text) < 10 and text.isascii() and text.isdigit() else parse_count(text)


def seconds_as_minutes(text: str) -> float:
    """Agent time in seconds, or h:mm:ss, as minutes."""
    return parse_duration(text, seconds_a_unit=1)
