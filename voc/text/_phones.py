"""Find phone numbers as people write them, and tell them from order numbers, dates, prices and versions."""

import re
from collections.abc import Sequence

from voc.text._cues import cues, is_linked
from voc.text.marks import REFERENCES

_PLUS = "+\uff0b"
# A run that may be a phone number: digits with single separators, an opening "+" or bracket, 7 to 20 digits.
_CANDIDATE = re.compile(
    rf"(?<![\w@#/=&?%-])(?<!\w\.)(?<!\d[,:])(?<!\w[{_PLUS}])(?:[{_PLUS}]\s?)?(?:\(\s?[{_PLUS}]?\d{{1,5}}\s?\)|\d)"
    r"(?:[ .\-/\u2010-\u2013]{0,3}(?:\(\d{1,5}\)|\d)){6,19}(?![\w@]|[.,:/=]\d|-\w)"
)
_DIGIT = re.compile(r"\d")
_LONG = re.compile(r"\d(?:[ .\-/()\n]{0,3}\d){6}")
_BROKEN = re.compile(_CANDIDATE.pattern.replace(".\\-/", ".\\-/\\n"))  # over a line's end
_OPENING = re.compile(r"(?:\+\s?|\(\s?){1,2}\Z")

# Written as a number of its own: "+44 20 7946 0958", "0044 20 7946 0958", "0044207946 0958".
_INTERNATIONAL = re.compile(rf"(?:\(?\s?[{_PLUS}]\s?[1-9]|00\s?[1-9])")
# North American numbering plan, area and exchange from 2 to 9: "(415) 555-0132", "1-415-555-0132", "415.555.0132".
_NORTH_AMERICAN = re.compile(
    r"(?:1[ .-]?)?(?:\([2-9]\d\d\)[ .-]{0,2}[2-9]\d\d[ .-]?|[2-9]\d\d[ .-][2-9]\d\d[ .-])\d{4}"
    r"|1[ .-]?[2-9]\d\d[ .-][2-9]\d{6}"
)
# Trunk prefix 0 with its groups apart ("020 7946 0958", "06 12 34 56 78", "089/123456", "(030) 123 456") ...
_TRUNK_GROUPED = re.compile(r"\(?0[1-9]\d{0,4}\)?[ .\-/]{1,3}\d[\d .\-/]*\d")
# ... or all in one: United Kingdom, Germany, France, Netherlands and others; 10 or 11 digits.
_TRUNK_SOLID = re.compile(r"0[1-9]\d{8,9}")
# An area code in brackets: "(11) 91234-5678".
_BRACKETED = re.compile(r"\(\d{2,5}\)[ .-]{0,2}\d[\d .-]{4,}\d")
# National forms whose grouping alone gives them away.
_NATIONAL = re.compile(
    r"[6-9]\d{4}[ -]\d{5}"  # India
    r"|[6789]\d\d[ -]\d{3}[ -]\d{3}"  # Spain, Portugal, Poland
    r"|[679]\d\d[ .-]\d\d[ .-]\d\d[ .-]\d\d|9\d[ .-]\d{3}[ .-]\d\d[ .-]\d\d"  # Spain
    r"|3[2-9]\d[ .-/]\d{3}[ ]?\d{3,4}"  # Italy, mobile
    r"|[1-9]\d 9\d{4}-\d{4}"  # Brazil, mobile
    r"|[49]\d\d \d\d \d{3}"  # Norway, mobile
    r"|0[1-9](?:[ .-]\d\d){4}"  # France
)

_FRENCH = re.compile(r"0[1-9](?:[ .-]\d\d){4}")
# A date, a time, an IP address or a version inside a candidate.
_DATE_OR_TIME = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:19|20)\d\d"
    r"|(?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)\d\d"
    r"|(?:[0-2]?\d|3[01])([-./])(?:[0-2]?\d|3[01])\1\d\d(?![-./]))(?!\d)"
)
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d{1,2}\.\d{1,2}(?:\.\d+){1,2}|\d+\.\d+")
_UNIT = re.compile(
    r"\s?(?:[$€£%¥₹]|(?:eur|usd|gbp|chf|inr|jpy|pln|euros?|dollars?|pounds?|[kmgt]i?b|bytes?|ms|sec|seconds?|users"
    r"|rows|records|km|kg|hz|pixels|px)\b)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹]|\b(?:eur|usd|gbp|chf|inr|rs\.?))\s?-?$", re.IGNORECASE)

_MOST_GROUPS = 7


def find_phones(text: str, runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the (start, end) of every phone number in `text`, in order; `runs` are the places of digits."""
    places, position = [], 0
    for start, _ in runs:
        if start < position or not _LONG.match(text, start):
            continue
        opening = _OPENING.search(text, max(position, start - 6), start)
        firsts = [first for first in range(opening.start(), start) if text[first] in "+("] if opening else []
        found = next(
            filter(
                None,
                ((_BROKEN if text[first] in "+0" else _CANDIDATE).match(text, first) for first in (*firsts, start)),
            ),
            None,
        )
        if found:
            position = found.end()
            if place := _phone_in(text, found.start(), position):
                places.append(place)
    return places


def _phone_in(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the phone number inside a candidate: the whole, or what is left of it beside a date or a second number."""
    for from_, to in _readings(text, start, end):
        if _is_phone(text, from_, to):
            return from_, to
    return None


def _readings(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the candidate, then its shorter readings, longest first, cut at spaces: numbers can stand side by side."""
    spaces = [found.span() for found in re.finditer(r"\s+", text[start:end])]
    starts = [start] + [start + after for _, after in spaces]
    ends = [start + before for before, _ in spaces] + [end]
    places = [
        (a, b)
        for i, a in enumerate(starts)
        for groups, b in enumerate(ends[i : i + _MOST_GROUPS], start=1)
        if b - a >= max(7, 3 * groups - 3)  # groups of about two digits and more: a list of small numbers is no phone
    ]
    return sorted(places, key=lambda place: place[0] - place[1])


def _is_phone(text: str, start: int, end: int) -> bool:
    number = text[start:end]
    number = number.replace("\n", " ")
    digits = len(_DIGIT.findall(number))
    if (
        not 7 <= digits <= 15
        or (_DATE_OR_TIME.search(number) and not _FRENCH.fullmatch(number))
        or number.count("(") != number.count(")")
    ):
        return False
    if _FRENCH.fullmatch(number):  # five pairs are nothing else
        return True
    before = cues(text, start)
    named = _named(before)
    is_reference = bool(before) and before[0][0] in REFERENCES and is_linked(before[0][1]) and "phone" not in named
    if is_reference and number[0] not in "+(":
        return False
    if _INTERNATIONAL.match(number):
        return digits >= (8 if number.lstrip("( ")[0] in _PLUS else 12 if number.isdigit() else 10)
    if _MONEY_BEFORE.search(text[max(0, start - 6) : start]) or _UNIT.match(text, end):
        return False
    if _DOTTED.fullmatch(number):
        return False
    if before and before[0][0] == "phone" and is_linked(before[0][1]):
        return True
    return named == {"phone"} or ((named != {"other"} or number[0] == "(") and _has_phone_shape(number, digits))


def _has_phone_shape(number: str, digits: int) -> bool:
    if _NORTH_AMERICAN.fullmatch(number) or _NATIONAL.fullmatch(number) or _TRUNK_SOLID.fullmatch(number):
        return True
    if _TRUNK_GROUPED.fullmatch(number):
        return 9 <= digits <= 12
    return bool(_BRACKETED.fullmatch(number)) and 8 <= digits <= 12


def _named(before: Sequence[tuple[str, str]]) -> set[str]:
    """Return what the words before a number speak of: {"phone"}, {"other"}, both or neither."""
    return {"phone" for kind, _ in before if kind == "phone"} | {
        "other"
        for kind, between in before
        # "page 030 ..." is no phone number; "the page stays white, 030 ..." may be one
        if kind not in ("phone", "ip", "birth-date") and is_linked(between)
    }
