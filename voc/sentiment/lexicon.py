"""Counts of praise, complaint, wishes and signs of effort in a text, from a word list with negation."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

# A negation turns the words up to this many places on, unless a mark or a contrast comes between.
_REACH = 4
_BREAK = frozenset((",", ".", ";", ":", "!", "?", "but", "yet", "however", "although", "though"))
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[.,;:!?]")
_LONGEST = 4_000  # characters read of one text
COUNTS = ("praise", "complaint", "praise_negated", "complaint_negated", "wish", "effort")


def lexicon_counts(texts: Sequence[str]) -> np.ndarray:
    """float64 (n, 6): praise, complaint, negated praise, negated complaint, wishes, signs of effort a text."""
    lexicon = _lexicon()
    return np.array([_counts(text, lexicon) for text in texts], dtype=float).reshape(len(texts), len(COUNTS))


def lexicon_features(texts: Sequence[str]) -> np.ndarray:
    """float64 (n, 7): the counts on a scale that a long text cannot run away on, and whether a question is asked.

    A count c becomes c / (c + 1): the first word says most, the tenth next to nothing.
    """
    counts = lexicon_counts(texts)
    asks = np.array([text.rstrip().endswith("?") for text in texts], dtype=float).reshape(-1, 1)
    return np.hstack([counts / (counts + 1.0), asks])


@dataclass(frozen=True)
class _Lexicon:
    kind: Callable[[str], str]  # of a word or of two words with a space: praise, complaint, negation or ""
    pair_starts: frozenset[str]  # first words of the pairs listed
    idiom: re.Pattern[str]  # praise worded as a negation
    wish: re.Pattern[str]
    effort: re.Pattern[str]


def _counts(text: str, lexicon: _Lexicon) -> tuple[int, ...]:
    lowered = lexicon.idiom.sub("perfect", text[:_LONGEST].lower().replace("’", "'"))
    tokens = _TOKEN.findall(lowered)
    found = dict.fromkeys(COUNTS, 0)
    negated_for = 0
    for place, token in enumerate(tokens):
        negated_for -= 1
        if token in _BREAK:
            negated_for = 0
            continue
        kind = lexicon.kind(token)
        if not kind and token in lexicon.pair_starts:
            kind = lexicon.kind(" ".join(tokens[place : place + 2]))
        if kind == "negation":
            negated_for = _REACH + 1
        elif kind:
            found[f"{kind}_negated" if negated_for > 0 else kind] += 1
    found["wish"] = sum(1 for _ in lexicon.wish.finditer(lowered))
    found["effort"] = sum(1 for _ in lexicon.effort.finditer(lowered))
    return tuple(found.values())


@cache
def _lexicon() -> _Lexicon:
    listed = tomllib.loads((files("voc.sentiment") / "lexicon.toml").read_text(encoding="utf-8"))
    words = {word: kind for kind in ("praise", "complaint", "negation") for word in listed[kind]}
    return _Lexicon(
        kind=_finder(words),
        pair_starts=frozenset(word.split()[0] for word in words if " " in word),
        idiom=_pattern(listed["idiom"]),
        wish=_pattern(listed["wish"]),
        effort=_pattern(listed["effort"]),
    )


def _finder(words: dict[str, str]) -> Callable[[str], str]:
    """Kind of a word by the list; a * at the end of a listed word stands for any ending, the longest match wins."""
    whole = {word: kind for word, kind in words.items() if not word.endswith("*")}
    stems = {word[:-1]: kind for word, kind in words.items() if word.endswith("*")}
    lengths = sorted({len(stem) for stem in stems}, reverse=True)

    @cache
    def kind(word: str) -> str:
        return whole.get(word) or next((stems[word[:n]] for n in lengths if word[:n] in stems), "")

    return kind


def _pattern(alternatives: list[str]) -> re.Pattern[str]:
    """Any of the patterns, tried at the start of words only: at every character it would take five times as long."""
    return re.compile(r"\b(?:" + "|".join(alternatives) + ")")
