"""ServiceNow's journals and durations as it writes them into one cell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_ENTRY = re.compile(
    r"^(\S[^\n]*?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?[^\n]*?) - ([^\n]+?) \(([^()\n]+)\)[ \t]*$", re.MULTILINE
)
_PUBLIC = ("additional comments", "comments")
_UNITS = {"day": 1440.0, "hour": 60.0, "minute": 1.0, "second": 1 / 60}
_WORDED = re.compile(r"(\d+)\s*(day|hour|minute|second)s?\b", re.IGNORECASE)
_SINCE_1970 = re.compile(r"19[67]\d-\d{2}-\d{2} \d{1,2}:\d{2}:\d{2}$")
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d)$")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry of a journal: when and by whom (a displayed name), what, and whether the caller sees it."""

    time: str
    author: str
    text: str
    is_public: bool


def journal_entries(text: str) -> Iterator[JournalEntry]:
    """Entries of a journal as lists and reports show it, headed by "2026-03-02 09:00:00 - Name (Additional comments)".

    Entries of any other label than comments (work notes) are not public.
    """
    heads = list(_ENTRY.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):
        label = head[3].strip().lower()
        yield JournalEntry(head[1].strip(), head[2].strip(), text[head.end() : end].strip(), label in _PUBLIC)


def worked_minutes(text: str) -> float:
    """Agent time in minutes: seconds, h:mm:ss, "1 Hour 10 Minutes", or a moment counted from 1970 (00:10 is 10).

    Raises ValueError("not a duration").
    """
    text = text.strip()
    if match := _CLOCK.match(text):
        return int(match[1]) * 60 + int(match[2]) + int(match[3]) / 60
    if _SINCE_1970.match(text):
        try:
            minutes = (datetime.strptime(text, "%Y-%m-%d %H:%M:%S") - datetime(1970, 1, 1)).total_seconds() / 60
        except ValueError:
            minutes = -1.0
    elif found := _WORDED.findall(text):
        minutes = sum(int(number) * _UNITS[unit.lower()] for number, unit in found)
    else:
        minutes = int(text) / 60 if text.isascii() and text.isdigit() and len(text) < 12 else -1.0
    if minutes < 0:
        raise ValueError("not a duration")
    return minutes
