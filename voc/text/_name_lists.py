"""Lists of given names, surnames and words that are no names; read once from the folder `names`."""

import re
from pathlib import Path

_FOLDER = Path(__file__).parent / "names"


def _words(name: str) -> frozenset[str]:
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


_GIVEN = _words("given")
# Also a word, a place or a brand ("Mark", "Paris", "Chase"): a name only where the words around say so.
AMBIGUOUS = frozenset(word[1:] for word in _GIVEN if word.startswith("?"))
GIVEN = frozenset(word for word in _GIVEN if not word.startswith("?")) - AMBIGUOUS
NOT_A_NAME = _words("not_names") - GIVEN
FAMILY = _words("surnames")  # right after a given name
SURNAMES = FAMILY - NOT_A_NAME
_FOLD = {sign: plain for signs, plain in (
    ("áàâäãåą", "a"), ("éèêëę", "e"), ("íìîïı", "i"), ("óòôöõøő", "o"), ("úùûüű", "u"), ("ñńň", "n"), ("çćč", "c"), ("ýÿ", "y"),
    ("šśş", "s"), ("žźż", "z"), ("łľ", "l"), ("ğ", "g"), ("řŕ", "r"), ("ťţ", "t"), ("ďđ", "d"),
) for sign in signs}  # fmt: skip
_FOLDED = str.maketrans(_FOLD)
_ODD = re.compile("[^\x00-\x7f]")


def folded(word: str) -> str:
    """A word in small letters without accents, as the lists hold it: "José" is "jose"."""
    word = word.lower()
    return word.translate(_FOLDED) if _ODD.search(word) else word
