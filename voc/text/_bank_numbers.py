"""Find payment cards and IBANs by their length, their issuer's range and their check digits."""

import re
from collections.abc import Sequence

Run = tuple[int, int]

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
_COUNTRY = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[ -]?\Z")
_IBAN_SEPARATORS = " -.\n"

_CARD = re.compile(r"\d(?:(?:[ \n/-]{0,2}|(?<=\d{4})\.(?=\d{4}(?!\d)))\d){12,}(?![^\W_]|[.,]\d)")
_GROUP = re.compile(r"\d+")
_MOST_GROUPS = 5  # 19 digits in fours
_CARD_WORD = re.compile(
    r"\b(?:card|kart|carte|tarjeta|carta|cart[ãa]o|kaart|visa|mastercard|amex|cc)\w*\W[^.;\n]{0,20}\Z"
)
# ISO/IEC 7812 ranges of the payment networks: lengths, then first digits.
_NETWORKS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}"
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?|35(?:2[89]|[3-8]\d)\d{12,15}|6\d{12,18}|50\d{11,17}|5[6-9]\d{11,17}"
)


def find_ibans(text: str, runs: Sequence[Run]) -> list[Run]:
    """Return the (start, end) of every IBAN: its country's length and mod 97 (ISO 7064); `runs` of digits in order."""
    places: list[Run] = []
    for start, end in runs:
        country = _COUNTRY.search(text, max(0, start - 4), start) if end - start >= 2 else None
        if country and (not places or country.start() >= places[-1][1]):
            stop = _end_of_iban(text, country.start(1), _IBAN_LENGTHS.get(country[1].upper(), 0))
            places += [(country.start(1), stop)] if stop else []
    return places


def _end_of_iban(text: str, start: int, length: int) -> int:
    """Return where an IBAN of `length` characters that begins at `start` ends; 0 if there is none."""
    characters, position = "", start
    while position < len(text) and len(characters) < length:
        if text[position].isascii() and text[position].isalnum():
            characters += text[position].upper()
        elif text[position] not in _IBAN_SEPARATORS:
            return 0
        position += 1
    if not length or len(characters) < length or text[position : position + 1].isalnum():
        return 0
    checked = "".join(str(int(character, 36)) for character in characters[4:] + characters[:4])
    return position if int(checked) % 97 == 1 else 0


def find_cards(text: str, runs: Sequence[Run]) -> list[Run]:
    """Return the (start, end) of every card: in a payment network's range and by Luhn, or after the word "card"."""
    places: list[Run] = []
    for start, _ in runs:
        before = text[max(0, start - 2) : start]
        if (
            (places and start < places[-1][1])
            or before[-1:].isalnum()
            or (before[-1:] in ".," and before[:1].isdigit())
        ):
            continue
        run = _CARD.match(text, start)
        place = (
            _card_in(run[0], _CARD_WORD.search(text[max(0, start - 40) : start].lower()) is not None) if run else None
        )
        if place and not (place[0] and _continues(text, start)):
            places.append((start + place[0], start + place[1]))
    return places


def _continues(text: str, start: int) -> bool:
    return text[max(0, start - 2) : start].strip().isdigit()


def _card_in(run: str, is_named: bool) -> Run | None:
    """Return the place of the longest card number in a run of digit groups; it begins and ends with a group."""
    groups = [group.span() for group in _GROUP.finditer(run[:64])]
    places = [
        (start, end, "".join(filter(str.isdigit, run[start:end])))
        for first, (start, _) in enumerate(groups)
        for _, end in reversed(groups[first : first + _MOST_GROUPS])
    ]
    checked = ((a, b) for a, b, digits in places if _NETWORKS.fullmatch(digits) and passes_luhn(digits))
    named = ((a, b) for a, b, digits in places if is_named and len(digits) in (15, 16))
    return next(checked, None) or next(named, None)


def passes_luhn(digits: str) -> bool:
    """Check digit of ISO/IEC 7812-1, annex B: every second digit from the right doubled, digit sums 0 mod 10."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
