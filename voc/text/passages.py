"""Cut texts into passages: units of sense of at most some sixty words, each told by its place in the text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from voc.text import _openings

MAX_WORDS = 60
MAX_PASSAGES = 20  # a text; what stands beyond the last is in no passage
MIN_WORDS = 5  # shorter pieces join a neighbour
_WORD_LENGTH = 8  # characters of a long word: where words are longer, or there are none, characters count
_MOST_COURTESIES = 4  # greetings at the start, thanks at the end
_LONGEST_TOKEN = 60  # characters; a tokenizer's time grows with the square of what it cannot split

_Place = tuple[int, int]

_LINE = re.compile(r"[^\s](?:[^\n]*[^\s])?")
_STOP = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\uff61][\"')\]\u201d\u2019]*(?=\s|$)|[\u3002\uff01\uff1f\uff61]")
_IDEOGRAPH_STOP = re.compile(r"(?<=[\u3002\uff01\uff1f\uff61])")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff]")  # scripts without spaces
_BARE_NUMBER = re.compile(r"\(?\d{1,2}[.)]+")
_LONG_TOKEN = re.compile(rf"\S{{{_LONGEST_TOKEN + 1},}}")


class Span(NamedTuple):
    """One passage: characters `start` to `end` of the text, which read `text`."""

    start: int
    end: int
    text: str


class Passages(list[Span]):
    """The passages of one text, in order; `is_truncated` where it holds more than the most passages allowed."""

    is_truncated: bool = False


def split_passages(
    texts: Sequence[str], *, max_words: int = MAX_WORDS, max_passages: int = MAX_PASSAGES
) -> list[Passages]:
    """Return the passages of each text, in order, without overlap; none for a text of blanks.

    A text of up to `max_words` words stays one passage unless a second problem clearly opens ("Another thing", "2)");
    longer ones are cut between sentences or lines into passages of about two thirds of `max_words` to `max_words`, and
    inside a sentence only where it is longer than that. A greeting at the start and thanks at the end stand in no
    passage unless there is nothing else.
    """
    return [_split(text, max_words, max_passages) for text in texts]


def _split(text: str, max_words: int, max_passages: int) -> Passages:
    start, end = _core(text)
    reach = min(end, start + (max_passages + 1) * max_words * _WORD_LENGTH)
    places = list(_passages(text, start, reach, max_words)) if start < end else []
    passages = Passages(Span(a, b, text[a:b]) for a, b in places[:max_passages])
    passages.is_truncated = len(places) > max_passages or reach < end
    return passages


def _core(text: str) -> _Place:
    """Return the place of what remains without blanks, an opening greeting and closing thanks."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    first, last = start, end
    for _ in range(_MOST_COURTESIES):
        greeting = _openings.GREETING.match(text, first)
        first = greeting.end() if greeting else first
        last = _openings.last_thanks(text, first, last) or last
    return (first, last) if _size(text[first:last][:200]) >= 2 else (start, end)


def _passages(text: str, start: int, end: int, max_words: int) -> Iterator[_Place]:
    piece = text[start:end]
    opens = _openings.SECOND_PROBLEM.search(piece) is not None
    if not opens and _size(piece) <= max_words:
        yield start, end
        return
    units = [part for unit in _units(text, start, end) for part in _cut(text, unit, max_words)]
    for problem in _problems(text, units) if opens else [units]:
        yield from _pack(text, problem, max_words)


def _size(piece: str) -> int:
    """Return the number of words of a piece, or what its length in characters amounts to where that is more."""
    size = max(len(piece.split()), -(-len(piece) // _WORD_LENGTH))
    if piece.isascii():
        return size
    return max(size, len(_IDEOGRAPH.findall(piece)) // 2)


def _units(text: str, start: int, end: int) -> Iterator[_Place]:
    """Yield the places of the sentences and lines between `start` and `end`."""
    for line in _LINE.finditer(text, start, end):
        first = None
        for a, b in _sentences(line[0]):
            first = a if first is None else first
            if b < len(line[0]) and _BARE_NUMBER.fullmatch(line[0], first, b):
                continue  # "2." is no sentence but the head of the next
            yield from _items(text, line.start() + first, line.start() + b)
            first = None


def _sentences(line: str) -> Iterator[_Place]:
    """Yield the places of the sentences in a line; a line without a stop inside is one."""
    if not _STOP.search(line, 0, len(line) - 1):
        yield 0, len(line)
        return
    at = 0
    for part in _IDEOGRAPH_STOP.split(line):
        masked = _LONG_TOKEN.sub(lambda token: "x" * (len(token[0]) - 1) + token[0][-1], part)
        for sentence in _sentencizer()(masked).sents if part.strip() else ():
            yield from _strip(line, at + sentence.start_char, at + sentence.end_char)
        at += len(part)


def _strip(text: str, start: int, end: int) -> Iterator[_Place]:
    """Yield the place without blanks at its ends, if anything is left."""
    piece = text[start:end]
    if not piece.isspace():
        yield start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _items(text: str, start: int, end: int) -> Iterator[_Place]:
    """Yield the parts of a sentence that runs through a numbered list: "1) this 2) that"."""
    for item in _openings.numbered_items(text, start, end):
        yield from _strip(text, start, item)
        start = item
    yield from _strip(text, start, end)


@cache
def _sentencizer() -> Any:
    import spacy
    from spacy.attrs import IS_PUNCT

    nlp = spacy.blank("en")  # its tokenizer knows abbreviations; other languages read well with it
    # The one attribute of a word the sentencizer reads; working out the others costs as much as the rest.
    nlp.vocab.lex_attr_getters = {IS_PUNCT: nlp.vocab.lex_attr_getters[IS_PUNCT]}
    nlp.add_pipe("sentencizer")
    return nlp


def _cut(text: str, unit: _Place, max_words: int) -> Iterator[_Place]:
    """Yield a unit, cut between words (or, without blanks, between characters) where it is too long."""
    start, end = unit
    parts = -(-_size(text[start:end]) // max_words)
    while parts > 1:
        limit = start + max(1, (end - start) // parts)
        blank = text.rfind(" ", start + 1, limit + 1)
        border = blank if blank > start + (limit - start) // 2 else limit
        yield from _strip(text, start, border)
        start = border
        parts = -(-_size(text[start:end]) // max_words)
    yield from _strip(text, start, end)


def _problems(text: str, units: list[_Place]) -> list[list[_Place]]:
    """Group units by problem: a new group where a second problem opens and both sides say enough."""
    groups: list[list[_Place]] = []
    for unit in units:
        if not groups or _openings.SECOND_PROBLEM.match(text, *unit):
            groups.append([])
        groups[-1].append(unit)
    return _join_short(text, groups)


def _join_short(text: str, groups: list[list[_Place]]) -> list[list[_Place]]:
    """Join every group of fewer than the fewest words to the one before it, the first to the one after."""
    joined: list[list[_Place]] = []
    for group in groups:
        if joined and min(_words(text, joined[-1]), _words(text, group)) < MIN_WORDS:
            joined[-1] = joined[-1] + group
        else:
            joined.append(group)
    return joined


def _words(text: str, group: Iterable[_Place]) -> int:
    return sum(_size(text[start:end]) for start, end in group)


def _pack(text: str, units: list[_Place], max_words: int) -> Iterator[_Place]:
    """Yield runs of units of about equal size, none longer than `max_words` by more than a short remainder."""
    left = _words(text, units)
    groups: list[list[_Place]] = []
    size, target = 0, left
    for unit in units:
        more = _size(text[slice(*unit)])
        if not groups or size + more > max_words or size + more / 2 > target:
            groups.append([])
            size, target = 0, left / -(-left // max_words)
        groups[-1].append(unit)
        size, left = size + more, left - more
    for group in _join_short(text, groups):
        yield group[0][0], group[-1][1]
