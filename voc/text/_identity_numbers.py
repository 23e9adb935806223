"""Find national identity numbers, passports and driving licences: by shape and check digit, or by the word before."""

import re
from collections.abc import Callable, Sequence

from voc.text._cues import HIDDEN, REACH, cues, is_linked

Place = tuple[int, int, str]
_START, _END = r"(?<![^\W_])", r"(?![^\W_])"
# Shapes that are told by themselves; the check follows.
_SHAPES = re.compile(
    rf"{_START}(?:"
    r"(?P<ssn>(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4})"  # United States, also ITIN (first digit 9)
    r"|(?P<nino>(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D])"
    r"|(?P<nir>[12][ .]?\d\d[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d\d|2[AB])[ .]?\d{3}[ .]?\d{3}[ .-]?\d\d)"
    r"|(?P<dni>\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Za-z])"
    r"|(?P<nie>[XYZxyz][ -]?\d\.?\d{3}\.?\d{3}[ -]?[A-Za-z])"
    r"|(?P<fiscal>[A-Za-z]{6}[ ]?[\dL-V]{2}[A-EHLMPRSTa-ehlmprst][\dL-V]{2}[ ]?[A-Za-z][\dL-V]{3}[A-Za-z])"
    r"|(?P<cpf>\d{3}\.\d{3}\.\d{3}-\d\d)"
    r"|(?P<pension>\d\d[ ]?[0-3]\d[01]\d\d\d[ ]?[A-Z][ ]?\d{3})"
    rf"){_END}"
)
_LONG = re.compile(r"[0-9](?:[^0-9\x02]{0,3}[0-9]){5}")
_SOME = re.compile(r"[0-9](?:[^0-9\x02]{0,3}[0-9]){3}")
_BEFORE = re.compile(r"[A-Za-z]{1,6}[ -]?\Z")
# A number after the word that names it; groups of digits and letters.
_NAMED = re.compile(
    r"[A-Za-z]{0,6}[ -]?\d[\dA-Za-z]*(?:(?:[ ./\-\n]|[ ]-[ ])[A-Za-z]{0,2}\d[\dA-Za-z]*|[ \-/][A-Z](?![^\W_]))*"
)
_LENGTHS = {"national-id": (8, 18), "passport": (6, 12), "licence": (5, 20)}  # letters and digits
_LEAST_DIGITS = {"national-id": 6, "passport": 2, "licence": 3}
_DOCUMENTS = (
    "pass",
    "licen",
    "führerschein",
    "permis",
    "pasap",
    "conduc",
    "patente",
    "condu",
    "rijbewijs",
    "cnh",
    "paspoort",
)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FAR = 26  # characters between a word and a number that has the length of an identity number


def find_identity_numbers(text: str, lowered: str, runs: Sequence[tuple[int, int]]) -> list[Place]:
    """Return (start, end, kind) of each identity number; `runs` are the places of digits in order."""
    places: list[Place] = []
    for start, _ in runs:
        if (places and start < places[-1][1]) or text[start] == HIDDEN:
            continue
        place = (_LONG.match(text, start) and _by_shape(text, start)) or (
            (_SOME.match(text, start) or _speaks_of_document(lowered, start)) and _by_word(text, start)
        )
        if place and (not places or place[0] >= places[-1][1]):
            places.append(place)
    return places


def _speaks_of_document(lowered: str, start: int) -> bool:
    before = lowered[max(0, start - REACH - 8) : start + 8]
    return any(hint in before for hint in _DOCUMENTS)


def _by_shape(text: str, start: int) -> Place | None:
    letters = _BEFORE.search(text, max(0, start - 7), start)
    for first in (start, *([letters.start()] if letters else [])):
        found = _SHAPES.match(text, first)
        if found and _CHECKS[str(found.lastgroup)](re.sub(r"[ .\-]", "", found[0]).upper()):
            return (*found.span(), "national-id")
    return None


def _by_word(text: str, start: int) -> Place | None:
    letters = _BEFORE.search(text, max(0, start - 7), start)
    is_part = letters is not None and letters[0][-1] != " "
    kind = _kind_named(text, letters.start() if letters and is_part else start)
    if not kind:
        return None
    for first in ([letters.start()] if letters and _is_part(letters[0]) else []) + [start]:
        found = _NAMED.match(text, first)
        if found and not text[first - 1 : first].isalnum():
            last = _cut(found[0], _LENGTHS[kind][1])
            value = found[0][:last]
            signs = sum(map(str.isalnum, value))
            if _LENGTHS[kind][0] <= signs and sum(map(str.isdigit, value)) >= _LEAST_DIGITS[kind]:
                return first, first + last, kind
    return None


def _is_part(letters: str) -> bool:
    return letters.rstrip(" -").isupper() and (letters[-1:] not in " " or len(letters.strip()) <= 2)


def _cut(value: str, most: int) -> int:
    """Where a number ends that has at most `most` letters and digits, cut between groups."""
    ends = [found.end() for found in re.finditer(r"[^\W_]+", value)]
    return next((end for end in reversed(ends) if sum(map(str.isalnum, value[:end])) <= most), 0)


def _kind_named(text: str, start: int) -> str | None:
    """The kind of identity number that the words before speak of."""
    for kind, between in cues(text, start):
        if kind in _LENGTHS:
            near = is_linked(between) or (len(between) <= _FAR and not any(map(str.isdigit, between)))
            return kind if near else None
        if kind in ("order", "invoice", "ticket", "phone", "hash") and not is_linked(between):
            return None
        if kind not in ("other", "account", "version", "ip", "ticket"):
            return None
    return None


def _is_nir(value: str) -> bool:
    number = value[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(value[13:])


def _is_codice_fiscale(value: str) -> bool:
    """Check letter of the decree of 23 December 1976: characters at odd places are weighted by a table."""
    odd = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                   [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] + [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
                                                          12, 14, 16, 10, 22, 25, 24, 23], strict=True))  # fmt: skip
    even = {sign: int(sign) if sign.isdigit() else ord(sign) - 65 for sign in odd}
    total = sum(odd[s] if place % 2 == 0 else even[s] for place, s in enumerate(value[:15]))
    return chr(65 + total % 26) == value[15]


def _is_cpf(value: str) -> bool:
    """Two check digits mod 11, weights 10 to 2 and 11 to 2."""
    digits = [int(sign) for sign in value]

    def check(count: int) -> int:
        return sum(d * w for d, w in zip(digits, range(count + 1, 1, -1), strict=False)) * 10 % 11 % 10

    return check(9) == digits[9] and check(10) == digits[10]


def _is_nie(value: str) -> bool:
    return _is_dni(str("XYZ".index(value[0])) + value[1:])


def _is_dni(value: str) -> bool:
    return _DNI_LETTERS[int(value[:-1]) % 23] == value[-1]


_CHECKS: dict[str, Callable[[str], bool]] = {
    "ssn": lambda _: True, "nino": lambda _: True, "nir": _is_nir, "dni": _is_dni, "nie": _is_nie,
    "fiscal": _is_codice_fiscale, "cpf": _is_cpf, "pension": lambda _: True,
}  # fmt: skip
