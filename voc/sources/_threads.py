"""Tables with a row a message: which row opens its thread, so that the thread itself can be told from it."""

from collections.abc import Iterable
from datetime import datetime


def opening_lines(rows: Iterable[tuple[str | None, datetime | None, int]]) -> frozenset[int]:
    """Lines of the rows that are the earliest of their thread; `rows` are (thread, time, line), None where unreadable.

    Of two rows of one time the one that stands first opens the thread. Keeps one entry a thread, no texts.
    """
    first: dict[str, tuple[datetime, int]] = {}
    for thread, at, line in rows:
        if thread is not None and at is not None:
            first[thread] = min(first.get(thread, (at, line)), (at, line))
    return frozenset(line for _, line in first.values())
