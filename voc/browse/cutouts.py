"""A customer's text with what cleaning removed shown in its place, and the passage at hand marked."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from voc.text.marks import REFERENCES

# Passages hold marks without the tokens that the verbatim has
_TOKEN = re.compile(rf"(\\\[(?:{'|'.join(REFERENCES)}))\\\]")
_WORDS = {"quoted_reply": "quoted reply", "signature": "signature", "boilerplate": "boilerplate", "template": "template"}


def with_cutouts(text: str, removals: Sequence[dict], passage: str = "") -> Markup:
    """`text` with each removal (kind, text) struck through and `passage` marked; all of it escaped.

    Cleaning may have joined lines, so places are found whatever the spaces between the words. What cannot be found is
    listed at the end: nothing that was cut goes unshown.
    """
    spans, missing = [], []
    for cut in removals:
        found = _place(text, cut["text"], taken=spans)
        if found is None:
            missing.append(cut)
        else:
            spans.append((*found, "cut", cut["kind"]))
    parts = _outside(_place(text, passage, taken=[]), spans)
    shown = _marked(text, sorted([*spans, *((start, end, "passage", "") for start, end in parts)]))
    for cut in missing:
        shown += Markup("\n") + _cut(cut["text"], cut["kind"])
    return shown


def _place(text: str, piece: str, *, taken: Sequence[tuple]) -> tuple[int, int] | None:
    """Where the words of `piece` stand in `text`, first place that is not taken; None if nowhere."""
    words = piece.split()
    if not words:
        return None
    pattern = re.compile(_TOKEN.sub(r"\1(?: [0-9a-f]+)?\\]", r"[\s>]*".join(map(re.escape, words))) if len(words) < 4000 else re.escape(piece))
    for match in pattern.finditer(text):
        if all(match.end() <= start or match.start() >= end for start, end, *_ in taken):
            return match.span()
    return None


def _outside(span: tuple[int, int] | None, cuts: Sequence[tuple]) -> list[tuple[int, int]]:
    """The parts of a span that no cut covers."""
    parts = [span] if span else []
    for start, end, *_ in sorted(cuts):
        parts = [piece for a, b in parts for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
    return parts


def _marked(text: str, spans: Sequence[tuple]) -> Markup:
    shown, at = Markup(""), 0
    for start, end, what, kind in spans:
        shown += Markup("{}").format(text[at:start])
        piece = text[start:end]
        shown += Markup("<mark>{}</mark>").format(piece) if what == "passage" else _cut(piece, kind)
        at = end
    return shown + Markup("{}").format(text[at:])


def _cut(piece: str, kind: str) -> Markup:
    return Markup('<del title="cut out: {}">{}</del>').format(_WORDS.get(kind, kind), piece)
