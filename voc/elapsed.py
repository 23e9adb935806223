"""Elapsed time taken for agent time: told by the name of a column, and by the data (pure functions)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

LEAST_CONTACTS = 10  # with both times known, below which the data prove nothing
LONG_MINUTES = 60.0  # a call of a few minutes may well be all the time there was: only longer ones speak
_WORDS = re.compile(r"[^a-z0-9]+")
_LENGTH = r"(time|seconds?|minutes?|hours?|days?|duration)"
_SOLVED = r"(resolution|resolve|resolved|solve|solved|close|closed|closure)"
_ELAPSED = re.compile(
    rf"\b(resolution|resolve|solve|close|closing|closure|open|turnaround|turn around|lead|cycle|wait) {_LENGTH}\b"
    rf"|\b{_LENGTH} (to|until|till) (first |last |full |final )?{_SOLVED}\b"
    r"|\btime to (first |last |full )?(reply|response|respond)\b|\b(reply|response) time\b"
    rf"|\b(open|opened|create|created|creation) (to|until|till) {_SOLVED}\b|\b{_SOLVED} (minus|less) (opened|created)\b"
    r"|\belapsed\b|\bttr\b|\bmttr\b|\bttc\b|\b(ticket|case|incident|request) age\b|\bage in (minutes|hours|days)\b"
    rf"|\btime (open|spent open)\b|\b(calendar|business) (stc|duration|elapsed)\b|\b(requester|agent) wait\b"
)
_HANDLE = re.compile(r"handle")


def is_elapsed_name(name: str) -> bool:
    """Whether a column's name says time from opening to closing, or to a reply: "Full resolution time (min)"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return bool(_ELAPSED.search(_WORDS.sub(" ", words.lower()).strip()))


def elapsed_settings(block: Mapping[str, Any], path: tuple = ()) -> Iterator[tuple[tuple, str]]:
    """(place, column) of every setting of a source that maps handle time to a column of elapsed time."""
    for key, value in block.items():
        if isinstance(value, Mapping):
            yield from elapsed_settings(value, (*path, key))
        elif isinstance(value, str) and _HANDLE.search(str(key)) and is_elapsed_name(value):
            yield (*path, key), value


def elapsed_share(handle_minutes: np.ndarray, opened_days: np.ndarray, closed_days: np.ndarray) -> tuple[int, float]:
    """(contacts with both times, share of them whose handle time is the time from opening to closing).

    Times (n,) in days, NaN where unknown. Equal means within 2 % or a minute. The share is 0 where too few contacts
    tell, and where the times that agree are mostly under an hour: on a short call elapsed time is agent time.
    """
    elapsed = (closed_days - opened_days) * 24 * 60
    is_known = ~np.isnan(handle_minutes) & ~np.isnan(elapsed) & (elapsed > 0)
    minutes, elapsed = handle_minutes[is_known], elapsed[is_known]
    is_equal = np.abs(minutes - elapsed) <= np.maximum(1.0, 0.02 * elapsed)
    if len(minutes) < LEAST_CONTACTS or not is_equal.any() or np.median(minutes[is_equal]) < LONG_MINUTES:
        return len(minutes), 0.0
    return len(minutes), float(is_equal.mean())
