"""Find the numbers of orders, invoices, tickets and customers, and tell them from prices, dates, versions and errors."""

import re
from collections.abc import Sequence

from voc.text._cues import HIDDEN, cues, is_linked, marked
from voc.text.marks import REFERENCES

Place = tuple[int, int, str]
# The number itself, from its first digit on; groups that a space divides have three digits and more.
_NUMBER = re.compile(
    r"\d[\dA-Za-z]*(?:[\-/][\dA-Za-z]*\d[\dA-Za-z]*|[\-/][A-Z]{1,4}(?![^\W_])|\.(?!\d\d?(?!\d))\d[\dA-Za-z]*)*"
    r"(?: \d{3,}(?![.,:/-]\d)(?!\s?(?:[$€£%]|eur|usd|gbp)))*",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(?<![^\W_])(?:[A-Z][A-Z0-9]{0,7}[-/]?|[A-Z]{1,3} |[A-Z]{1,6}-[A-Z]{1,6}-|[a-z]{2,5}-)\Z")
# Shapes that say themselves what they are.
_SPOKEN = (
    (re.compile(r"(?:INC|REQ|RITM|CHG|PRB|SCTASK|TASK|CS|HR[CT]|CASE|TKT|TCK|SR)[-_ ]?\d{4,}(?![^\W_])"), "ticket"),
    (re.compile(r"(?:ORD|ORDER|SO|PO|RMA|BST|CMD|PED)-?(?:\d{2,4}-)?\d{3,}[\dA-Z-]*"), "order"),
    (re.compile(r"(?:INV|RE|RG|FA|FAC|FV|FT|RECHNUNG|INVOICE)-?(?:\d{2,4}[-/])?\d{4,}[\dA-Z-]*"), "invoice"),
    (re.compile(r"[A-Z]{1,5}-(?:19|20)\d\d-\d{3,8}(?![^\W_])"), "ticket"),
)
_PUBLIC = ("CVE", "ISO", "DIN", "EN", "IEC", "GHSA", "RFC", "KB", "MS", "USN", "UTF", "SHA", "HTTP", "COVID")
_AMAZON = re.compile(r"\d{3}-\d{7}(?:-\d{7})?(?![^\W_])")
_UPS = re.compile(r"1Z[0-9A-Z]{16}(?![^\W_])")
# What is no reference.
_DATE = re.compile(
    r"(?:\d{1,2}[-/](?:0?[1-9]|1[0-2])[-/](?:\d\d|\d{4})|(?:0?[1-9]|1[0-2])[-/]\d{1,2}[-/](?:\d\d|\d{4})|(?:19|20)\d\d[-/]\d{1,2}(?:[-/]\d{1,2})?|\d{1,2}/(?:19|20)\d\d)\Z"
)
_NOT_AFTER = re.compile(
    r"\s?(?:[$€£¥%₹°]|[.,:]\d|(?:eur|euros?|usd|gbp|chf|dollars?|pounds?|units?|pieces?|pcs|items?|st[üu]ck"
    r"|pi[èe]ces?|unidades"
    r"|unit[àa]|stuks|x|kg|g|km|ms|[kmgt]i?b|s|sec|min|h|mins?|minutes?|hours?|days?|weeks?|times|users?|people"
    r"|seats|more|of the"
    r"|minuten|stunden|tage|heures|jours|horas|d[íi]as|ore|giorni|uur|dagen|th|st|nd|rd)(?![^\W\d_]))",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹]|\b(?:eur|usd|gbp|chf))\s?-?\Z", re.IGNORECASE)
_VERB = re.compile(r"\b(?:to|can|could|will|would|want|i|we|please|you|not)\s\Z", re.IGNORECASE)
_MARKED = re.compile(r"(?:[#:№=°º]|(?i:\bno?|nr|\bnum\w*|nummer))\W{0,3}\Z")
_HASH_DIGITS, _BARE_DIGITS = 3, 4


def find_references(text: str, runs: Sequence[tuple[int, int]]) -> list[Place]:
    """Return (start, end, kind) of each reference number, kind one of `REFERENCES`; `runs` of digits in order."""
    places: list[Place] = []
    for start, _ in runs:
        if text[start] == HIDDEN or (places and start < places[-1][1]):
            continue
        place = _reference_at(text, start)
        if place and (not places or place[0] >= places[-1][1]):
            places.append(place)
    return places


def _reference_at(text: str, start: int) -> Place | None:
    if text[start - 1 : start] in (".", ",", ":") and text[start - 2 : start - 1].isdigit():  # decimals, minutes
        return None
    prefix = _PREFIX.search(text, max(0, start - 12), start)
    if not prefix and text[start - 1 : start].isalpha():
        return None
    if text[start - 1 : start] == ":" and text[start - 2 : start - 1] == HIDDEN:  # a port
        return None
    first = prefix.start() if prefix else start
    number = _NUMBER.match(text, start)
    is_short = first == start and number is not None and sum(map(str.isdigit, number[0])) < _BARE_DIGITS
    if is_short and not _MARKED.search(text, max(0, start - 10), start):
        return None
    before = cues(text, first)
    if found := _by_shape(text, first, start):
        return found[0], found[1], _kind_named(text, first, text[found[0] : found[1]], before) or found[2]
    if not before or _is_money_or_decimal(text, start):
        return None
    if not number or _DATE.match(number[0]) or _NOT_AFTER.match(text, number.end()):
        return None
    kind = _kind_named(text, first, text[first : number.end()], before)
    if kind and prefix and prefix[0][-1] == " " and not marked(before[0][1]):
        first = start
    if not kind and prefix and first != start:  # "ORDER-4711"
        first, kind = start, _kind_named(text, start, number[0], cues(text, start))
    return (first, number.end(), kind) if kind else None


def _by_shape(text: str, first: int, start: int) -> Place | None:
    if first < start:
        for pattern, kind in _SPOKEN:
            found = pattern.match(text, first)
            if found and found.end() > start and not _DATE.match(text[start : found.end()]):
                return None if found[0].startswith(_PUBLIC) else (first, found.end(), kind)
        return None
    if text[start - 1 : start].isalnum() or text[start - 1 : start] == "-":
        return None
    found = _AMAZON.match(text, start) or _UPS.match(text, start)
    return (start, found.end(), "order") if found else None


def _is_money_or_decimal(text: str, start: int) -> bool:
    before = text[max(0, start - 6) : start]
    return bool(_MONEY_BEFORE.search(before) or before.endswith("+"))


def _kind_named(text: str, start: int, number: str, before: Sequence[tuple[str, str]]) -> str | None:
    """The kind that the nearest linked words before name, where the number is long enough for them."""
    digits = sum(map(str.isdigit, number))
    is_mixed = digits < len(number) and number.isalnum() and number.isupper() and len(number) >= 5
    has_hash = False
    for kind, between in before:
        if not is_linked(between):
            break
        if kind == "hash":
            has_hash = has_hash or not between.strip()
        elif kind in REFERENCES:
            is_marked = has_hash or marked(between)
            if not is_mixed and digits < (1 if has_hash else 2 if is_marked else _BARE_DIGITS):
                return None
            is_verb = kind == "order" and _VERB.search(text[max(0, start - 56) : max(0, start - len(between) - 5)])
            is_year = not is_marked and len(number) == 4 and number[:2] in ("19", "20")
            return None if (is_verb and not is_marked) or is_year else kind
        elif has_hash and kind == "version":  # "the app #48213": no version is written so
            break
        elif kind not in ("other", "phone") or (kind == "other" and not _is_only_number_word(text, start, between)):
            return None
    return "ticket" if has_hash and digits >= _HASH_DIGITS else None


def _is_only_number_word(text: str, start: int, between: str) -> bool:
    """ "order id 4711", "customer code: 4711": the word right before says "number" and no more."""
    before = text[max(0, start - 56) : start - len(between) if between else start].lower()
    return before.endswith(("id", "ids", "code"))
