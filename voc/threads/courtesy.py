"""Messages that only thank or say that all is well: a thread reopened by one had nothing left to do."""

import re

from voc.threads._words import ACKNOWLEDGEMENTS

LONGEST = 14  # words; a longer text says more than thanks
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def is_acknowledgement(text: str) -> bool:
    """Whether a text says thanks or "it works now" and nothing else, in one of seven languages.

    A question mark, a number or a word that is neither courtesy nor good news makes it more than that.
    """
    words = [w.casefold().replace("’", "'") for w in _WORD.findall(text)]
    if not words or len(words) > LONGEST or "?" in text or re.search(r"\d", text):
        return False
    return all(w in ACKNOWLEDGEMENTS for w in words) and any(w in _SIGNS for w in words)


_SIGNS = frozenset(
    "thanks thank thx ty cheers solved resolved fixed works working sorted danke dank vielen gelöst funktioniert merci résolu "
    "gracias resuelto grazie risolto obrigado obrigada resolvido bedankt dankjewel opgelost".split()
)
