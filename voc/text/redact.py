"""Replace e-mail addresses, phone numbers, payment cards and IBANs in a text by [email], [phone], [card] and [iban]."""

import re
from typing import NamedTuple

from voc.text import _phones


class Redacted(NamedTuple):
    """A text without personal numbers and addresses, and how many of each kind were replaced."""

    text: str
    counts: dict[str, int]


# Few texts hold anything to hide; these two tell the others apart at once.
_DIGITS = re.compile(r"\d(?:\D{0,4}\d){6}")
_AT = re.compile(r"[@\uff20]|[(\[{]\s?(?:at|arroba|a)\s?[)\]}]|\sat\s\S{1,63}\s?dot\s", re.IGNORECASE)

_TOP_LEVEL = (
    "com|org|net|edu|gov|info|biz|io|co|app|dev|ai|me|tv|eu|uk|us|ca|au|nz|ie|de|at|ch|fr|be|lu|es|pt|it|nl|se|no|dk|fi"
    "|pl|cz|sk|hu|ro|bg|gr|tr|ru|ua|in|cn|jp|kr|br|mx|ar|cl|za"
)
# A local part is 64 characters at most (RFC 5321); the bound and the look-behind keep long words without "@" linear.
_LOCAL = r"(?<![\w.+-])[\w+][\w.+&'-]{0,63}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(
    rf"{_LOCAL}[@\uff20](?:{_LABEL}\.)+(?:[^\W\d_]{{2,24}}|xn--[a-z0-9-]{{2,59}})(?![\w-])", re.IGNORECASE
)
_BRACKETED = r"\s?[(\[{]\s?"
_HIDDEN_AT = rf"(?:{_BRACKETED}(?:at|@|arroba|a)\s?[)\]}}]\s?|\s@\s?|\s?@\s|\sat\s)"
_HIDDEN_DOT = rf"(?:{_BRACKETED}(?:dot|punkt|point|punto|\.)\s?[)\]}}]\s?|\sdot\s|\.)"
_HIDDEN_EMAIL = re.compile(
    rf"{_LOCAL}(?:{_HIDDEN_AT}|@)(?:{_LABEL}{_HIDDEN_DOT}){{1,4}}(?:{_TOP_LEVEL})(?![\w-])(?!\.\w)", re.IGNORECASE
)
# "at" with a plain dot is prose ("look at example.com"): an address written out needs one of these signs.
_IS_HIDDEN_ADDRESS = re.compile(r"[@(\[{]|\sdot\s", re.IGNORECASE)

# ISO 13616: length of an IBAN by country.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL SO", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[0-9]{2}(?=[ -]?[A-Za-z0-9])")

_CARD = re.compile(r"(?<![\w.,-])(?<!\d )\d(?:[ -]?\d){12,}(?![\w]|[.,-]\d)")
_GROUP = re.compile(r"\d+")
_MOST_GROUPS = 5  # 19 digits in fours
# ISO/IEC 7812 ranges of the payment networks: lengths, then first digits.
_NETWORKS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}"
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?|35(?:2[89]|[3-8]\d)\d{12,15}|6\d{12,18}|50\d{11,17}|5[6-9]\d{11,17}"
)


def redact(text: str) -> Redacted:
    """Return `text` with personal numbers and addresses replaced by tokens, and the number of each kind.

    A card passes the Luhn check and stands in a payment network's range, an IBAN has its country's length and passes
    mod 97 (ISO 7064); phone numbers follow the rules of `_phones`. Order numbers, dates, times, prices, versions and IP
    addresses stay. Applying it twice changes nothing more. Names of people are not found.
    """
    counts: dict[str, int] = {}
    while (clean := _pass(text, counts)) != text:  # a token can bare a neighbour; each pass removes a digit or an "@"
        text = clean
    return Redacted(text, counts)


def _pass(text: str, counts: dict[str, int]) -> str:
    if _AT.search(text):
        text = _substitute(text, _emails(text), "email", counts)
    if _DIGITS.search(text):
        text = _substitute(text, _ibans(text), "iban", counts)
        text = _substitute(text, _cards(text), "card", counts)
        text = _substitute(text, _phones.find_phones(text), "phone", counts)
    return text


def _substitute(text: str, places: list[tuple[int, int]], kind: str, counts: dict[str, int]) -> str:
    """Replace ordered, non-overlapping (start, end) places by the kind's token."""
    if not places:
        return text
    counts[kind] = counts.get(kind, 0) + len(places)
    parts, position = [], 0
    for start, end in places:
        parts += (text[position:start], f"[{kind}]")
        position = end
    return "".join(parts) + text[position:]


def _emails(text: str) -> list[tuple[int, int]]:
    places = [found.span() for found in _EMAIL.finditer(text)]
    if places:
        return places
    return [found.span() for found in _HIDDEN_EMAIL.finditer(text) if _IS_HIDDEN_ADDRESS.search(found[0])]


def _ibans(text: str) -> list[tuple[int, int]]:
    places, position = [], 0
    while found := _IBAN_START.search(text, position):
        end = _end_of_iban(text, found.start(), _IBAN_LENGTHS.get(found[1].upper(), 0))
        if end:
            places.append((found.start(), end))
        position = end or found.end()
    return places


def _end_of_iban(text: str, start: int, length: int) -> int:
    """Return where an IBAN of `length` characters that begins at `start` ends; 0 if there is none."""
    characters, position = "", start
    while position < len(text) and len(characters) < length:
        if text[position].isascii() and text[position].isalnum():
            characters += text[position].upper()
        elif text[position] not in " -":
            return 0
        position += 1
    if not length or len(characters) < length or text[position : position + 1].isalnum():
        return 0
    checked = "".join(str(int(character, 36)) for character in characters[4:] + characters[:4])
    return position if int(checked) % 97 == 1 else 0


def _cards(text: str) -> list[tuple[int, int]]:
    places = []
    for run in _CARD.finditer(text):
        place = _card_in(run[0])
        if place:
            places.append((run.start() + place[0], run.start() + place[1]))
    return places


def _card_in(run: str) -> tuple[int, int] | None:
    """Return the place of the longest card number in a run of digit groups; it begins and ends with a group."""
    groups = [group.span() for group in _GROUP.finditer(run[:64])]
    for first, (start, _) in enumerate(groups):
        for _, end in reversed(groups[first : first + _MOST_GROUPS]):
            if not 13 <= end - start <= 13 + 2 * _MOST_GROUPS:
                continue
            digits = "".join(str(int(sign)) for sign in run[start:end] if sign.isdecimal())
            if _NETWORKS.fullmatch(digits) and _passes_luhn(digits):
                return start, end
    return None


def _passes_luhn(digits: str) -> bool:
    """Check digit of ISO/IEC 7812-1, annex B: every second digit from the right doubled, digit sums 0 mod 10."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
