"""Which of a topic's passages are quoted: one stated rule for every report that quotes customers."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from voc.context import Frames
from voc.reports import _words as w
from voc.times import days

if TYPE_CHECKING:
    import pandas as pd

QUOTE_READS = ("passages", "passage_topics", "verbatims", "contacts", "responses", "episode_contacts")
SHORTEST, LONGEST = 40, 400  # characters a person reads without effort
RECENT_DAYS = 28.0
ALIKE = 0.6  # share of common words from which two quotes say the same
RULE = (
    "Quotes are chosen by rule, not by hand: the passage nearest to the topic's centre, then the nearest one of a "
    "customer who came back about it, then the nearest one of the last 28 days; each from another customer, 40 to 400 "
    "characters where there are such, and no two nearly alike."
)


def candidates(frames: Frames) -> "pd.DataFrame":
    """Passages with a topic, best first: of readable length, then nearest to the centre, then by identifier.

    Reads the tables of `QUOTE_READS`; columns beside those tables': `customer_id`, `is_recent`, `is_repeat`,
    `is_readable`.
    """
    rows = frames["passage_topics"].dropna(subset=["topic_id"])[["passage_id", "topic_id", "centrality"]]
    rows = rows.merge(frames["passages"][["passage_id", "verbatim_id", "text"]], on="passage_id")
    rows = rows.merge(
        frames["verbatims"][["verbatim_id", "source", "contact_id", "response_id", "said_at"]], on="verbatim_id"
    )
    people = {
        **dict(zip(frames["contacts"]["contact_id"], frames["contacts"]["customer_id"], strict=True)),
        **dict(zip(frames["responses"]["response_id"], frames["responses"]["customer_id"], strict=True)),
    }
    where = rows["contact_id"].where(rows["contact_id"].notna(), rows["response_id"])
    parts = frames["episode_contacts"]
    back = set(zip(*(parts.loc[parts["is_repeat"], c] for c in ("contact_id", "part")), strict=True))
    said = days(rows["said_at"])
    length = rows["text"].str.len()
    rows = rows.assign(
        customer_id=where.map(people),
        is_recent=said > said.max() - RECENT_DAYS,
        is_repeat=[pair in back for pair in zip(rows["contact_id"], rows["topic_id"], strict=True)],
        is_readable=(length >= SHORTEST) & (length <= LONGEST),
    )
    return rows.sort_values(["is_readable", "centrality", "passage_id"], ascending=[False, False, True])


def choose(candidates: list[dict], number: int) -> list[tuple[dict, str]]:
    """Up to `number` of the candidates (best first) with the reason each was chosen."""
    turns: list[tuple[str, Callable[[dict], bool]]] = [
        ("nearest to the topic's centre", lambda row: True),
        ("from a customer who came back about it", lambda row: row["is_repeat"]),
        ("from the last 28 days", lambda row: row["is_recent"]),
        *[("next nearest to the topic's centre", lambda row: True)] * number,
    ]
    chosen: list[tuple[dict, str]] = []
    for why, suits in turns:
        if len(chosen) == number:
            break
        taken = [row for row, _ in chosen]
        found = next((row for row in candidates if suits(row) and _is_new(row, taken)), None)
        if found is not None:
            chosen.append((found, why))
    return chosen


def _is_new(row: dict, taken: list[dict]) -> bool:
    """Another customer (or another text, if unknown) with other words than the quotes taken before."""
    return all(_speaker(row) != _speaker(other) and not _is_alike(row["text"], other["text"]) for other in taken)


def _speaker(row: dict) -> str:
    return row["verbatim_id"] if w.is_missing(row["customer_id"]) else row["customer_id"]


def _is_alike(one: str, other: str) -> bool:
    first, second = _words_of(one), _words_of(other)
    return len(first & second) >= ALIKE * max(len(first | second), 1)


@lru_cache(maxsize=4096)  # a quote is compared with many candidates
def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))
