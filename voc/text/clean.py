"""Take quoted replies, signatures and legal boilerplate out of a message and say what was taken."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal, NamedTuple

from voc.text import _mail_words as words

Kind = Literal["quoted_reply", "signature", "boilerplate"]


class Removal(NamedTuple):
    """A part taken out of a message, as it stood there."""

    kind: Kind
    text: str


class Cleaned(NamedTuple):
    """What the customer wrote this time, and what was taken out, in the order of the rules."""

    text: str
    removals: tuple[Removal, ...]


# "Re:" and its like in the languages of cleaning, at the head of a subject line.
REPLY_PREFIX = re.compile(r"^\s*((re|fw|fwd|aw|wg|antw|tr|rv|rif|res|enc)\s*:\s*)+", re.IGNORECASE)

_Places = list[tuple[int, int]]

_GAP = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_QUOTED_LINE = re.compile(r"^[ \t]*>.*\n?", re.MULTILINE)
_PROMPT = re.compile(r"[ \t]*>>> ")
_COMPARISON = re.compile(r"[ \t]*>\s?[=\d$€£]")

_SEPARATOR = re.compile(rf"^[ \t>]*-{{2,}}[ \t]*(?:{words.SEPARATORS})[ \t]*-{{2,}}", re.IGNORECASE | re.MULTILINE)
_REPLY_ABOVE = re.compile(r"^.{0,20}\b(?:type|write) your reply above this line\b.*$", re.IGNORECASE | re.MULTILINE)
# "On Mon, 5 Jan 2026 at 10:00, Ann <a@b.c> wrote:", over up to three lines or in the middle of a flattened text.
_WROTE_LINE = re.compile(
    r"^[ \t>]*(?:On|Am|Le|El|Il|Op|Em)\s(?=[^\n]*\d)[^\n]{3,150}(?:\n[^\n]{0,150}){0,2}?"
    rf"\b(?:{words.WROTE})\b[^\n]{{0,100}}?:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_DAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?|\d{1,4}[-./,]?)"
_WROTE_INSIDE = re.compile(rf"\bOn {_DAY} (?=[^\n]{{0,80}}\d)[^\n]{{5,150}}? wrote:", re.IGNORECASE)
_MAIL_HEADER = re.compile(
    rf"@|\[email\]|^[ \t>*]*(?:{words.HEADER_LINES})\s?\*?:|\d\d:\d\d|{words.OTHER_HEADERS}",
    re.IGNORECASE | re.MULTILINE,
)
# mail-parser-reply knows headers in thirteen languages. Its signature patterns are not used: they take everything
# after a line that begins with "Thanks,", and their time grows with the square of the number of empty lines.
_PARSER_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "cs", "da", "ja", "ko", "pl", "sv", "zh")
_PARSER_REACH = 20_000  # characters
_LONG_LINE = re.compile(r"[^\n]{300,}")  # its header patterns are quadratic in the length of a line
_HEADER_SIGN = re.compile(
    rf"{words.WROTE}|{words.OTHER_WROTE}|{words.OTHER_HEADERS}|^[ \t>*]*(?:{words.FIRST_HEADER_LINES})\s?\*?:",
    re.IGNORECASE | re.MULTILINE,
)

_SENT_FROM = re.compile(
    rf"[ \t]*(?:(?:{words.SENT})\b[^\n]{{0,30}}?\b(?:{words.DEVICES})|{words.GET_OUTLOOK}\b)[^\n]{{0,40}}",
    re.IGNORECASE,
)
_DELIMITER = re.compile("--|__|—|–")
_FORMULA = re.compile(
    rf"(?:{words.FORMULAS})(?:[ \t]*[/&+][ \t]*(?:{words.FORMULAS}))?[ \t]*"
    r"(?:[,.!;:—–-]+[ \t]*(?P<name>[^\n]{0,50}))?",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[^\W\d_][\w.'’-]*(?:[ \t]+|$)){1,4}")
_CONTACT = re.compile(words.CONTACT_DETAILS, re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[\d{1,2}\]")
_LONGEST_SIGNATURE = 12  # lines
_SIGNATURE_REACH = 2_000  # characters from the end
_LONGEST_SIGNATURE_LINE = 8  # words

_NOTICE = re.compile(rf"(?:^|(?<=[.!?] ))[ \t*]*(?:{words.NOTICES})", re.IGNORECASE | re.MULTILINE)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n|\Z")
_BANNER = re.compile(r"^[ \t*\[]*(?:\[?external(?: e-?mail)?\]?|##-.*-##)[ \t*\]]*$", re.IGNORECASE | re.MULTILINE)
_SIGN = re.compile(words.SIGNS)


def clean(text: str) -> Cleaned:
    """Return what the customer wrote in this message, and everything taken out of it.

    Quoted replies are known by "> " lines, by "On ... wrote:" and mail headers (thirteen languages) and by separators
    such as "-----Original Message-----"; a header cuts only what stands below a text of the customer's own.
    Signatures and legal notices are known by their wording (English, German, French, Spanish, Italian, Dutch,
    Portuguese). A message of nothing but courtesy or notices is kept whole; one of nothing but quotes becomes empty.
    """
    if not text.startswith(">") and not _SIGN.search(text.lower()):
        return Cleaned(text, ())
    removals: list[Removal] = []
    own = _take(text, "quoted_reply", _quotes, removals)
    quotes = tuple(removals)
    cleaned = _take(own, "boilerplate", _boilerplate, removals)
    cleaned = _take(cleaned, "signature", _signature, removals)
    if not _has_words(cleaned) and _has_words(own):
        return Cleaned(own.strip() if quotes else text, quotes)
    return Cleaned(_GAP.sub("\n\n", cleaned).strip() if removals else text, tuple(removals))


def _take(text: str, kind: Kind, rule: Callable[[str], _Places], removals: list[Removal]) -> str:
    """Apply one rule: return the text without the places it names and add what stood there to `removals`."""
    kept, position = [], 0
    for start, end in rule(text):
        removals.append(Removal(kind, text[start:end].strip()))
        kept.append(text[position:start])
        position = end
    return "".join(kept) + text[position:]


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _merge(places: _Places) -> _Places:
    """Return places in order, those that touch or overlap as one."""
    merged: _Places = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _quotes(text: str) -> _Places:
    lines = _quoted_lines(text)
    quoted_starts = {start for start, _ in lines}
    first_own = _first_own_word(text, lines)
    places = list(lines)
    for start, end in _headers(text):
        below = end
        while below < len(text) and text[below].isspace():
            below += 1
        if below in quoted_starts or text.rfind("\n", 0, start) + 1 in quoted_starts:
            places.append((start, below))  # the quote is marked line by line: answers between its lines stay
        elif first_own < start:
            places.append((_rule_above(text, start), len(text)))
            break
    return _merge(places)


def _first_own_word(text: str, places: _Places) -> int:
    """Return where the first letter or digit outside `places` stands; the length of the text if there is none."""
    position = 0
    for start, end in [*places, (len(text), len(text))]:
        for at in range(position, start):
            if text[at].isalnum():
                return at
        position = end
    return len(text)


def _rule_above(text: str, start: int) -> int:
    """Return the start of the line of dashes or underscores right above `start`, or `start` itself."""
    above = text[:start].rstrip()
    line = above.rfind("\n") + 1
    return line if len(above) - line >= 5 and not above[line:].strip("-_=* \t") else start


def _quoted_lines(text: str) -> _Places:
    """Return the lines that begin with ">", unless they are comparisons ("> 3 hours") or a Python prompt."""
    if ">" not in text:
        return []
    lines = list(_QUOTED_LINE.finditer(text))
    if all(_PROMPT.match(line[0]) for line in lines) or (len(lines) == 1 and _COMPARISON.match(lines[0][0])):
        return []
    return [line.span() for line in lines]


def _headers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of what introduces a quoted message, in order."""
    rules = (_SEPARATOR, _REPLY_ABOVE, _WROTE_LINE, _WROTE_INSIDE)
    found = [place.span() for rule in rules for place in rule.finditer(text)]
    found += [place.span() for place in _parser_headers(text)]
    yield from _merge(found)


def _parser_headers(text: str) -> Iterator[re.Match[str]]:
    """Yield the mail headers mail-parser-reply knows that name an address, a time or a subject."""
    if not _HEADER_SIGN.search(text):
        return
    head = _LONG_LINE.sub(lambda line: "x" * len(line[0]), text[:_PARSER_REACH])
    for header in _parser_pattern().finditer(head):
        if header[0].strip() and _MAIL_HEADER.search(header[0]):
            yield header


@cache
def _parser_pattern() -> re.Pattern[str]:
    from mailparser_reply import EmailMessage

    return EmailMessage(text="", languages=list(_PARSER_LANGUAGES)).HEADER_REGEX


def _boilerplate(text: str) -> _Places:
    places = [banner.span() for banner in _BANNER.finditer(text)]
    for notice in _NOTICE.finditer(text):
        end = _PARAGRAPH_END.search(text, notice.end())
        places.append((notice.start(), end.start() if end else len(text)))
    return _merge(places)


def _signature(text: str) -> _Places:
    """Return the place of the signature: from its first line to the end of the text, and "Sent from ..." lines."""
    tail = max(0, text.rfind("\n", 0, max(0, len(text) - _SIGNATURE_REACH)) + 1)
    lines = [line for line in _lines(text, tail) if text[slice(*line)].strip()]
    sent_from = [line for line in lines if _SENT_FROM.fullmatch(text, *line)]
    lines = [line for line in lines if line not in sent_from]
    for number, line in enumerate(lines):
        below = [text[slice(*place)].strip() for place in lines[number + 1 :]]
        if (number or tail) and _is_closing(text[slice(*line)].strip(), below):
            return [(line[0], len(text))]
    return sent_from


def _lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of every line from `start` on, without its line end."""
    for line in text[start:].split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _is_closing(line: str, below: list[str]) -> bool:
    """Say whether a line opens a signature: a delimiter or a closing formula, and below only what a signature has."""
    if len(below) > _LONGEST_SIGNATURE:
        return False
    if _DELIMITER.fullmatch(line):
        return bool(below)
    formula = _FORMULA.fullmatch(line)
    if not formula or not all(map(_is_signature_line, below)):
        return False
    return not formula["name"] or _NAME.fullmatch(formula["name"]) is not None


def _is_signature_line(row: str) -> bool:
    """A name, a role, a company, an address or a way to reach it: short, without a verb's sentence around it."""
    parts = row.split()
    if _FOOTNOTE.match(row) or row.endswith(("?", "!", ":")):
        return False
    if _FORMULA.fullmatch(row):
        return True
    if _CONTACT.search(row):
        return len(parts) <= 2 * _LONGEST_SIGNATURE_LINE
    if len(parts) > _LONGEST_SIGNATURE_LINE or len(row) > 80:
        return False
    large = sum(not part[0].islower() for part in parts)
    return large * 2 > len(parts) or len(parts) == 1
