"""Take quoted replies, signatures and legal boilerplate out of a message and say what was taken."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from voc.text import _mail_words as words
from voc.text._draft import Draft

Kind = Literal["quoted_reply", "signature", "boilerplate", "template"]
RULES = {
    "quoted_reply": ("quoted_line", "wrote_line", "mail_header", "separator_line", "reply_above_line"),
    "signature": ("closing_formula", "dash_line", "sent_from_line"),
    "boilerplate": ("legal_notice", "security_banner"),
    "template": ("repeated_text", "repeated_block", "form_label"),
}


class Removal(NamedTuple):
    """A part taken out of a message, as it stood there: from character `start`, by that rule of its kind."""

    kind: Kind
    text: str
    rule: str
    start: int
    template_id: str | None = None


@dataclass(frozen=True)
class Cleaned:
    """What the customer wrote this time, and what was taken out, in the order of the rules."""

    text: str
    removals: tuple[Removal, ...]
    draft: Draft | None = field(default=None, compare=False, repr=False)

    def without_templates(self, places: Sequence[tuple[int, int, str, str]]) -> "Cleaned":
        """The same without these places of `text`: (start, end, rule, template id), in order and without overlap."""
        if not places:
            return self
        draft, removals = self.draft or Draft(self.text), list(self.removals)
        for start, end, rule, template_id in places:
            removals += _removed(draft, start, end, "template", rule, template_id)
        draft = _tidy(draft.without((start, end) for start, end, *_ in places))
        return Cleaned(draft.text, tuple(removals), draft)


# "Re:" and its like in the languages of cleaning, at the head of a subject line.
REPLY_PREFIX = re.compile(r"^\s*((re|fw|fwd|aw|wg|antw|tr|rv|rif|res|enc)\s*:\s*)+", re.IGNORECASE)

_Places = list[tuple[int, int]]
_Named = list[tuple[int, int, str]]  # with the rule that found the place

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
    own = _take(Draft(text), "quoted_reply", _quotes, removals)
    quotes = tuple(removals)
    cleaned = _take(own, "boilerplate", _boilerplate, removals)
    cleaned = _take(cleaned, "signature", _signature, removals)
    if not removals:
        return Cleaned(text, ())
    if not _has_words(cleaned.text) and _has_words(own.text):
        own = own.stripped() if quotes else Draft(text)
        return Cleaned(own.text, quotes, own)
    cleaned = _tidy(cleaned)
    return Cleaned(cleaned.text, tuple(removals), cleaned)


def _take(draft: Draft, kind: Kind, rule: Callable[[str], _Named], removals: list[Removal]) -> Draft:
    """Apply one rule: return the draft without the places it names and add what stood there to `removals`."""
    places = rule(draft.text)
    for start, end, name in places:
        removals += _removed(draft, start, end, kind, name)
    return draft.without((start, end) for start, end, _ in places) if places else draft


def _removed(
    draft: Draft, start: int, end: int, kind: Kind, rule: str, template_id: str | None = None
) -> Iterator[Removal]:
    """What a place of the draft held: one removal a run of the original, without blanks at its ends."""
    for first, last in draft.origin(start, end):
        piece = draft.original[first:last]
        if text := piece.strip():
            yield Removal(kind, text, rule, first + len(piece) - len(piece.lstrip()), template_id)


def _tidy(draft: Draft) -> Draft:
    """The draft without blanks at its ends and with no more than one empty line in a row."""
    gaps = [(gap.start() + 1, gap.end() - 1) for gap in _GAP.finditer(draft.text)]
    return (draft.without(gaps) if gaps else draft).stripped()


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _merge(places: _Named) -> _Named:
    """Return places in order, those that touch or overlap as one, by the rule of the first."""
    merged: _Named = []
    for start, end, rule in sorted(places, key=lambda place: place[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, end, rule))
    return merged


def _quotes(text: str) -> _Named:
    lines = _quoted_lines(text)
    quoted_starts = {start for start, _ in lines}
    first_own = _first_own_word(text, lines)
    places = [(*line, "quoted_line") for line in lines]
    for start, end, rule in _headers(text):
        below = end
        while below < len(text) and text[below].isspace():
            below += 1
        if below in quoted_starts or text.rfind("\n", 0, start) + 1 in quoted_starts:
            places.append((start, below, rule))  # the quote is marked line by line: answers between its lines stay
        elif first_own < start:
            places.append((_rule_above(text, start), len(text), rule))
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


def _headers(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of what introduces a quoted message, in order."""
    rules = ((_SEPARATOR, "separator_line"), (_REPLY_ABOVE, "reply_above_line"), (_WROTE_LINE, "wrote_line"),
             (_WROTE_INSIDE, "wrote_line"))  # fmt: skip
    found = [(*place.span(), name) for rule, name in rules for place in rule.finditer(text)]
    found += [(*place.span(), "mail_header") for place in _parser_headers(text)]
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


def _boilerplate(text: str) -> _Named:
    places = [(*banner.span(), "security_banner") for banner in _BANNER.finditer(text)]
    for notice in _NOTICE.finditer(text):
        end = _PARAGRAPH_END.search(text, notice.end())
        places.append((notice.start(), end.start() if end else len(text), "legal_notice"))
    return _merge(places)


def _signature(text: str) -> _Named:
    """Return the place of the signature: from its first line to the end of the text, and "Sent from ..." lines."""
    tail = max(0, text.rfind("\n", 0, max(0, len(text) - _SIGNATURE_REACH)) + 1)
    lines = [line for line in _lines(text, tail) if text[slice(*line)].strip()]
    sent_from = [line for line in lines if _SENT_FROM.fullmatch(text, *line)]
    lines = [line for line in lines if line not in sent_from]
    for number, line in enumerate(lines):
        below = [text[slice(*place)].strip() for place in lines[number + 1 :]]
        first = text[slice(*line)].strip()
        if (number or tail) and _is_closing(first, below):
            return [(line[0], len(text), "dash_line" if _DELIMITER.fullmatch(first) else "closing_formula")]
    return [(*line, "sent_from_line") for line in sent_from]


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
