"""Where digits and capitals stand in a text. Bytes are looked through many times faster than a pattern looks through a text."""

import re
from collections.abc import Sequence

_DIGITS = b"0123456789"
_ALL = bytes(range(256))
_NO_DIGITS = _ALL.translate(None, _DIGITS)
_ONLY_DIGITS = bytes(48 if code in _DIGITS else 32 for code in _ALL)
# Windows-1252 holds the letters of the seven languages, one byte each; in it capitals become "A", what else a word is made of "a".
_LETTERS = _ALL.decode("cp1252", "replace")
UPPER = "A-ZÀ-ÖØ-ÞĀ-ɎΑ-ΫА-Я"  # Latin extended holds small letters as well
_SHAPES = bytes(ord("A") if re.match(f"[{UPPER}]", sign) else ord("a") if sign.isalnum() else ord(" ") for sign in _LETTERS)


def digit_runs(text: str) -> list[tuple[int, int]]:
    """(start, end) of every run of the digits 0 to 9, in order."""
    if not text.encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS):
        return []
    digits = text.encode("latin-1", "replace").translate(_ONLY_DIGITS)
    places, start = [], digits.find(b"0")
    while start >= 0:
        end = digits.find(b" ", start)
        end = len(digits) if end < 0 else end
        places.append((start, end))
        start = digits.find(b"0", end)
    return places


def near(places: Sequence[tuple[int, int]], before: int, behind: int) -> list[tuple[int, int]]:
    """Stretches that reach from `before` characters ahead of a place to `behind` characters after it, where they meet as one."""
    found: list[tuple[int, int]] = []
    for start, end in places:
        low = max(0, start - before)
        if found and low <= found[-1][1]:
            low = found.pop()[0]
        found.append((low, end + behind))
    return found


def shapes(text: str) -> bytes | None:
    """A byte a character: "A" for capitals, "a" for other letters and for digits, " " for the rest; None for rarer alphabets."""
    try:
        return text.encode("ascii" if text.isascii() else "cp1252").translate(_SHAPES)
    except UnicodeEncodeError:
        return None
