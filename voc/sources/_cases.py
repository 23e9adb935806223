"""Salesforce's ids in one length, and which messages of a case are automatic."""

import re

_ID = re.compile(r"[A-Za-z0-9]{15}$")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# RFC 3834 and the headers that mail programs used before it
_AUTOMATIC = re.compile(
    r"^\s*(?:auto-submitted\s*:(?!\s*no\b)|x-auto(?:reply|respond)|"
    r"precedence\s*:\s*(?:auto_reply|bulk|junk))",
    re.IGNORECASE | re.MULTILINE,
)


def long_id(text: str | None) -> str | None:
    """An id in the form of 18 characters; reports show 15, of which the last three follow: five letters each, which
    of them are capitals, as a number of five bits. Anything else stays as it is."""
    if text is None or not _ID.match(text) or text.isdigit():
        return text
    chunks = (text[at : at + 5] for at in (0, 5, 10))
    bits = (sum(1 << place for place, letter in enumerate(chunk) if letter.isupper()) for chunk in chunks)
    return text + "".join(_LETTERS[number] for number in bits)


def is_automatic_mail(headers: str | None) -> bool:
    """Whether the headers of an e-mail say that a program answered."""
    return bool(headers and _AUTOMATIC.search(headers))
