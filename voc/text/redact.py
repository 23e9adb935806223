"""Replace personal data in a text by marks: [email], [phone], [name], [order 3f9a1c07] and the other kinds of `KINDS`."""

import hmac
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from voc.text._bank_numbers import find_cards, find_ibans
from voc.text._birth_dates import find_birth_dates
from voc.text._cues import HIDDEN
from voc.text._identity_numbers import find_identity_numbers
from voc.text._mail_addresses import find_emails
from voc.text._names import find_names
from voc.text._network_numbers import find_ips
from voc.text._phones import find_phones
from voc.text._reference_numbers import find_references
from voc.text._signs import digit_runs, near
from voc.text._stated_names import find_people
from voc.text._street_addresses import find_addresses
from voc.text.marks import KINDS, MARK, REFERENCES, TOKEN_LENGTH, mark

__all__ = ["KINDS", "Redacted", "Redactor", "holds_personal_data", "redact"]

Names = Literal["rules", "model", "off"]
Place = tuple[int, int, str]


class Redacted(NamedTuple):
    """A text without personal data, and how many of each kind were replaced."""

    text: str
    counts: dict[str, int]


# Signs that nobody sees; between two digits they would hide a number.
_UNSEEN = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|(?<=[\x21-\x7f])[\u200c\u200d](?=[\x21-\x7f])"
)
_ENTITY = re.compile(r"&(?:nbsp|#160|#xa0|#64|#x40|commat|#43|#x2b|plus|#8203);", re.IGNORECASE)
_ENTITIES = {
    "nbsp": " ",
    "#160": " ",
    "#xa0": " ",
    "#64": "@",
    "#x40": "@",
    "commat": "@",
    "#43": "+",
    "#x2b": "+",
    "plus": "+",
    "#8203": "",
}
# Signs that look like others, read as those; one sign for one, so that places stay the same.
_LOOKS_LIKE = re.compile(
    "[\u00a0\u1680\u2000-\u200a\u2010-\u2015\u202f\u205f\u2212\u3000\uff0b\uff0d\uff20]|[^\\W0-9a-zA-Z_\u00aa-\u02ff\u0370-\u05ff]"
)
_SPACES = frozenset("\u00a0\u1680\u202f\u205f\u3000") | {chr(code) for code in range(0x2000, 0x200B)}
_DASHES = frozenset("\u2212\uff0d") | {chr(code) for code in range(0x2010, 0x2016)}
_ESCAPED = re.compile(r"\\[nrt]")
_CONTROL = str.maketrans({"\t": " ", "\r": " ", "_": " ", "\v": " ", "\f": " "})
_FAR = 130  # characters before a place that the rules read
_BEFORE = 70  # characters before a new mark in which it may change what stands there; most rules read what stands before a place
_LEAST_DIGITS = 7  # of a phone number, card, IBAN


def redact(text: str, *, key: bytes = b"", people: Iterable[str] = (), names: Names = "rules") -> Redacted:
    """Return `text` with personal data replaced by marks, and the number of each kind.

    `key`: secret of the database; with it numbers of orders, invoices, tickets and accounts become stable tokens
    ("[order 3f9a1c07]": HMAC-SHA256, the first 32 bits), without it "[order]". `people`: names known from the row, of
    the customer and of agents; every place of theirs goes. `names`: how other names of people are found, "rules"
    (lists of names and the words around), "model" (spaCy's English model in addition) or "off" (only `people`).
    Applying it twice changes nothing more. Prices, dates, versions, error codes and names of products stay.
    """
    if not text.isascii() and _UNSEEN.search(text):
        text = _UNSEEN.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: _ENTITIES[found[0][1:-1].lower()], text)
    known = tuple(people)
    counts: dict[str, int] = {}
    places = _find(text, known, names)
    while places:  # a mark can bare a neighbour; each pass leaves less to find
        text, marks = _replace(text, places, key, counts)
        places = _find_near(text, marks, known, names)
    return Redacted(text, counts)


def holds_personal_data(text: str) -> bool:
    """Does a short text, such as a vendor's id, hold personal data? Numbers of orders and tickets and names do not count."""
    return bool(set(redact(text, names="off").counts) - set(REFERENCES))


class Redactor:
    """`redact` with the secret of one database and one way of finding names; call it with a text.

    `people` are replaced in every text beside those of the row: names of agents, say.
    """

    def __init__(self, key: bytes = b"", *, names: Names = "rules", people: Iterable[str] = ()) -> None:
        self.key, self.names, self.people = key, names, tuple(people)

    def __call__(self, text: str, people: Iterable[str] = ()) -> Redacted:
        """As `redact`; `people` of this text come beside those of the redactor."""
        return redact(text, key=self.key, people=(*self.people, *people), names=self.names)


def _find(text: str, people: tuple[str, ...], names: Names) -> list[Place]:
    """(start, end, kind) of all personal data in `text`, in order and apart; marks are passed over."""
    plain = _plain(text)
    lowered = plain.lower()
    search = _Search(plain)
    search.add("email", find_emails(plain, lowered))
    if "_" in search.plain or "\t" in search.plain or "\r" in search.plain:
        search.plain = search.plain.translate(_CONTROL)
    if runs := digit_runs(search.plain):
        _find_numbers(search, lowered, runs)
    if people:
        search.add("name", find_people(search.plain, lowered, people))
    if names != "off":
        search.add("name", find_names(search.plain, lowered))
    if names == "model":
        from voc.text._name_model import find_modelled

        search.add("name", find_modelled(search.plain))
    return sorted(search.places)


def _find_near(text: str, marks: list[tuple[int, int]], people: tuple[str, ...], names: Names) -> list[Place]:
    """As `_find`, where new marks may have changed what their neighbours mean; no rule reads farther than that."""
    windows = [(low, min(len(text), high)) for low, high in near(marks, _FAR + _BEFORE, _FAR + _FAR // 2)]
    if sum(high - low for low, high in windows) > 0.7 * len(text):
        return _find(text, people, names)
    return [
        (low + start, low + end, kind)
        for low, high in windows
        for start, end, kind in _find(text[low:high], people, names)
        if (start >= _FAR or not low) and (end <= high - low - _FAR // 2 or high == len(text))
    ]


class _Search:
    """What has been found so far, hidden from the searches that follow."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self.places: list[Place] = []

    def add(self, kind: str, found: Iterable[tuple[int, int]]) -> None:
        self.add_kinds((start, end, kind) for start, end in found)

    def add_kinds(self, found: Iterable[Place]) -> None:
        for start, end, kind in found:
            if HIDDEN not in self.plain[start:end]:
                self.plain = self.plain[:start] + HIDDEN * (end - start) + self.plain[end:]
                self.places.append((start, end, kind))


def _find_numbers(search: _Search, lowered: str, runs: list[tuple[int, int]]) -> None:
    """All kinds that hold digits; the stricter kinds come first."""
    digits = sum(end - start for start, end in runs)
    if digits >= _LEAST_DIGITS:
        search.add("iban", find_ibans(search.plain, runs))
        search.add("card", find_cards(search.plain, runs))
    if digits >= 2:
        search.add_kinds(find_identity_numbers(search.plain, lowered, runs))
        search.add("ip", find_ips(search.plain, runs))
        search.add("birth-date", find_birth_dates(search.plain, search.plain.lower() if search.places else lowered, runs))
    search.add("address", find_addresses(search.plain, search.plain.lower(), runs))
    if digits >= _LEAST_DIGITS:
        search.add("phone", find_phones(search.plain, runs))
    search.add_kinds(find_references(search.plain, runs))


def _plain(text: str) -> str:
    """The text with look-alike signs replaced and marks hidden, each sign at its place."""
    if not text.isascii():
        text = _LOOKS_LIKE.sub(_look_alike, text)
    if "\\" in text:
        text = _ESCAPED.sub("  ", text)
    if HIDDEN in text:
        text = text.replace(HIDDEN, " ")
    return MARK.sub(lambda found: HIDDEN * len(found[0]), text) if "[" in text else text


def _look_alike(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in _SPACES:
        return " "
    if sign in _DASHES:
        return "-"
    if "\uff01" <= sign <= "\uff5e":  # full width
        return chr(ord(sign) - 0xFEE0)
    return str(int(sign)) if sign.isdecimal() else sign


def _replace(text: str, places: list[Place], key: bytes, counts: dict[str, int]) -> tuple[str, list[tuple[int, int]]]:
    """The text with marks in those places, and where the marks stand."""
    parts, position, length = [], 0, 0
    marks: list[tuple[int, int]] = []
    for start, end, kind in places:
        counts[kind] = counts.get(kind, 0) + 1
        token = _token(text[start:end], key) if kind in REFERENCES else ""
        parts += (text[position:start], mark(kind, token))
        length += len(parts[-2])
        marks.append((length, length + len(parts[-1])))
        length, position = marks[-1][1], end
    return "".join(parts) + text[position:], marks


def _token(number: str, key: bytes) -> str:
    """The same for a number however it is written; empty without a key."""
    if not key:
        return ""
    value = "".join(_look_alike_sign(sign) for sign in number if sign.isalnum()).upper()
    return hmac.digest(key, value.encode(), "sha256").hex()[:TOKEN_LENGTH]


def _look_alike_sign(sign: str) -> str:
    return str(int(sign)) if sign.isdecimal() else sign
