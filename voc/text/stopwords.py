"""Tell texts that are not English, and take the commonest words of their language out of them."""

import importlib.util
import re
import runpy
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from voc.text.language import detect_language

SURE = 0.5  # confidence of the language from which a text is taken to be in it
# One such word in eight makes a text English without asking the slower detector. None is a word of another language
# ("a", "no", "to", "is", "i" and "me" are).
ENGLISH = frozenset(
    "the it you my and with not this that have has does did how what when why there from but if your after out get "
    "been will would any just they we then some now please still don't can't isn't doesn't won't could should into "
    "over its their our more than only can".split()
)
ENGLISH_SHARE = 1 / 8
UNKNOWN = "xx"  # not English, but in no language the detector is sure of
EUROPEAN = ("es", "pt", "fr", "it", "de", "nl")
LONG = 5  # words from which a text without one common English word is not English if the detector doubts it too
COURTESIES = frozenset(
    "gracias hola saludos favor grazie ciao salve merci bonjour danke hallo bitte obrigado obrigada boa olá děkuji "
    "dobrý den prosím dziękuję dzień bedankt dank tack hej teşekkürler merhaba buongiorno buonasera salve buenos buenas bom dia "
    "tarde noite guten tag hilfe ayuda aiuto ajuda aide "
    "problem problema problemas problemi problème problèmes probleme".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def foreign_languages(texts: Sequence[str]) -> list[str | None]:
    """The language (ISO 639, or "xx" for an unknown one) of each text that is surely not English, else None."""
    languages: list[str | None] = [None] * len(texts)
    shares = [_english_share(text) for text in texts]
    doubtful = [i for i, share in enumerate(shares) if share < ENGLISH_SHARE]
    found = detect_language([texts[i] for i in doubtful])
    for i, (language, confidence) in zip(doubtful, found, strict=True):
        if language and language != "en" and confidence >= SURE:
            languages[i] = language
        elif language != "en" and shares[i] == 0 and len(texts[i].split()) >= LONG:
            languages[i] = UNKNOWN
    return languages


def content_words(text: str, language: str | None) -> str:
    """The text without its language's function words and courtesies; unchanged for English (None)."""
    if language is None:
        return text
    stop = stop_words(language)
    return " ".join(word for word in _WORD.findall(text) if word.lower() not in stop and len(word) > 2)


def _english_share(text: str) -> float:
    words = [word.lower() for word in _WORD.findall(text[:400])]
    return sum(word in ENGLISH for word in words) / max(len(words), 1)


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """Function words and courtesies of a language (ISO 639), in lower case: spaCy's list, or only courtesies without one.

    Of a text in no language the detector is sure of, the function words of the usual European ones.
    """
    languages = EUROPEAN if language == UNKNOWN else (language,)
    return frozenset(word.lower() for each in languages for word in _listed(each)) | COURTESIES


def _listed(language: str) -> set[str]:
    """spaCy's own list. Its file is run by itself: importing the language would build its tokenizer, seconds for French."""
    package = importlib.util.find_spec("spacy")
    path = Path(package.origin).parent / "lang" / language / "stop_words.py" if package and package.origin else None
    return runpy.run_path(str(path)).get("STOP_WORDS", set()) if path and path.is_file() else set()
