"""Text of customers stays text: escaping for Markdown, control characters for Office files; the templates escape HTML themselves."""

import re

from voc.reports import _words as w

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_ADDRESSES = re.compile(r"(?i)\b(https?|ftp)://|\bwww\.")
_OPENERS = re.compile(r"^(?:([-+])(?=\s|$)|(-{2}|=)|(\d+)([.)])(?=\s|$))")  # list, rule, heading, numbered list
_UNWRITABLE = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def writable(text: str) -> str:
    """Text that slides and Word can hold: no control characters."""
    return text.translate(_UNWRITABLE)


class Plain(str):
    """Markdown that is meant as such."""


def escape_markdown(value: object) -> str:
    """Text on one line in which Markdown finds no markup, HTML, link, table or list."""
    if isinstance(value, Plain):
        return value
    text = _SIGNS.sub(r"\\\1", w.line(value))
    text = _ADDRESSES.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), text)
    return _OPENERS.sub(lambda m: f"{m[3]}\\{m[4]}" if m[3] else f"\\{m[0]}", text)
