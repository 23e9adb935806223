"""What a namer is told about a topic and what it answers; which answers may stand in a report."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from voc.text.people import people_in_texts

MOST_WORDS = 6
MOST_CHARACTERS = 60
_MARKUP = re.compile(r"[<>\[\]{}|*_`#\\@]|https?:|www\.|&\w+;", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{4,}")
_QUOTED = re.compile(r"^[\"'“”‘’«»„](.*)[\"'“”‘’«»]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingTask:
    """One topic to be named. All texts are redacted."""

    topic_id: str
    words: tuple[str, ...]  # leading words, heaviest first
    phrases: tuple[str, ...]  # readable phrases, best first
    quotes: tuple[str, ...]  # central texts
    neighbours: tuple[str, ...]  # names of the topics it must not be confused with
    fallback: str  # the name made of its words, which stays where the answer cannot be used


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """A topic's name, and how it came about. `prompt` and `answer` are None where nobody was asked."""

    topic_id: str
    name: str
    model: str | None
    prompt: str | None
    answer: str | None
    is_used: bool  # the namer's answer is the name
    why_not: str | None  # why the fallback stays, or nobody was asked


def tidy(answer: str) -> str:
    """An answer without the quotation marks and the full stop that models like to add."""
    text = answer.strip()
    quoted = _QUOTED.match(text)
    return (quoted[1] if quoted else text).strip().removesuffix(".").strip()


def why_unusable(name: str, taken: Collection[str]) -> str | None:
    """Why a tidied answer cannot be a topic's name; None when it can. `taken` holds other names in lower case."""
    checks = (
        (not name, "the answer is empty"),
        ("\n" in name or "\r" in name, "the answer has more than one line"),
        (not name.isprintable(), "the answer holds control characters"),
        (bool(_MARKUP.search(name)), "the answer holds markup"),
        (bool(_LONG_NUMBER.search(name)), "the answer holds a long number"),
        (not any(letter.isalpha() for letter in name), "the answer holds no word"),
        (len(name.split()) > MOST_WORDS or len(name) > MOST_CHARACTERS, f"the answer is longer than {MOST_WORDS} words"),
        (bool(people_in_texts([name])), "the answer holds a person's name"),
        (name.lower() in taken, "another topic has this name"),
    )
    return next((reason for fails, reason in checks if fails), None)
