"""Text of customers stays text: escaping for Markdown; HTML is escaped by the templates themselves."""

import re

from voc.reports import _words as w

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_ADDRESSES = re.compile(r"(?i)\b(https?|ftp)://|\bwww\.")
_OPENERS = re.compile(r"^(?:([-+])(?=\s|$)|(-{2}|=)|(\d+)([.)])(?=\s|$))")  # list, rule, heading, numbered list


class Plain(str):
    """Markdown that is meant as such."""


def escape_markdown(value: object) -> str:
    """Text on one line in which Markdown finds no markup, HTML, link, table or list."""
    if isinstance(value, Plain):
        return value
    text = _SIGNS.sub(r"\\\1", w.line(value))
    text = _ADDRESSES.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), text)
    return _OPENERS.sub(lambda m: f"{m[3]}\\{m[4]}" if m[3] else f"\\{m[0]}", text)
