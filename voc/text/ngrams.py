"""Runs of words that several texts share: what topics in languages without a parser are named by."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from voc.text.stopwords import UNKNOWN, stop_words

LENGTHS = range(1, 6)  # words
LEAST_TEXTS = 2
_PART = re.compile(r"[.!?;:,()\[\]{}\"«»„“”|/\n]+|\s[-–—]\s")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def frequent_ngrams(texts: Mapping[int, tuple[str, str]], people: frozenset[str]) -> dict[int, list[str]]:
    """Runs of one to five words inside a clause that at least two texts hold, for each text, in lower case.

    `texts` holds (text, language) by any key. A run begins and ends with a word that is neither a
    function word of its language nor a number, and holds no word of `people`.
    """
    runs = {key: list(dict.fromkeys(_runs(text, language, people))) for key, (text, language) in texts.items()}
    held = Counter(run for found in runs.values() for run in found)
    return {key: [run for run in found if held[run] >= LEAST_TEXTS] for key, found in runs.items()}


def _runs(text: str, language: str, people: frozenset[str]) -> Iterator[str]:
    stop = stop_words(language) | stop_words(UNKNOWN)  # short texts are easily taken for a neighbouring language
    for part in _PART.split(text.lower()):
        words = _WORD.findall(part)
        says = [len(w) > 2 and w not in stop and w.isalpha() and set(w) != {"x"} for w in words]
        for first in range(len(words)):
            for length in LENGTHS:
                last = first + length - 1
                run = words[first : last + 1]
                if last < len(words) and says[first] and says[last] and people.isdisjoint(run):
                    if all(word.isalpha() or "'" in word or "’" in word or "-" in word for word in run):
                        yield " ".join(run)
