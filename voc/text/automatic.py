"""Tell mail that a program wrote - absence notes, delivery failures, receipts - from mail that a person wrote."""

import re
from functools import cache

from voc.text._automatic_words import OPENINGS, SUBJECTS

_REACH = 600  # characters of a body: such notes say at once what they are
_MARKS = re.compile(r"^[\s*#>\-_=\[\](){}!:.|]+")
_GREETING = re.compile(
    r"(?:(?:dear|hello|hi|good (?:morning|day|afternoon)|hallo|guten tag|liebe[r]?|sehr geehrte[rs]?|bonjour|madame|monsieur|"
    r"hola|buenos d[ií]as|estimad[oa]s?|ciao|buongiorno|gentile|salve|ol[áa]|bom dia|prezad[oa]s?|beste|geachte|goedendag)"
    r"\b[^\n.!]{0,60}[,.!\n:]\s*)+",
    re.IGNORECASE,
)


def is_automatic(subject: str | None, body: str | None = None) -> bool:
    """Whether a subject, or the first sentence of a body, is that of automatic mail, in one of seven languages.

    A body counts only by how it begins, after a greeting: a person who quotes such a note, or asks about one, wrote
    something else first.
    """
    if subject and _subjects().match(subject):
        return True
    if not body:
        return False
    start = _MARKS.sub("", body[:_REACH])
    greeting = _GREETING.match(start)
    return _openings().match(_MARKS.sub("", start[greeting.end() :]) if greeting else start) is not None


@cache
def _subjects() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{'|'.join(SUBJECTS)})", re.IGNORECASE)


@cache
def _openings() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(OPENINGS)})", re.IGNORECASE)
