"""Links from figures to their rows in Datasette: relative where it is served, to a given address, or none."""

import re
from urllib.parse import urlencode

from markupsafe import Markup, escape

# customers' text is escaped, so no anchor of this form comes from it
_ANCHOR = re.compile(r'<a class="rows" href="\.\./[^/"]*/([^"]*)">(.*?)</a>', re.DOTALL)


def anchor(text: object, database: str, table: str, where: tuple[tuple[str, object], ...]) -> Markup:
    """A text that leads to the rows of a table, as seen from the briefing where Datasette serves it."""
    path = urlencode([(f"{column}__exact", value) for column, value in where])
    return Markup(f'<a class="rows" href="../{escape(_in_path(database))}/{table}?{escape(path)}">{escape(text)}</a>')


def _in_path(database: str) -> str:
    """A database's name as Datasette writes it in addresses: what is no letter, digit, - or _ as ~ and two hex digits."""
    return "".join(c if re.fullmatch(r"[A-Za-z0-9_-]", c) else "".join(f"~{b:02X}" for b in c.encode()) for c in database)


def without(html: str) -> str:
    """The page with the figures' text alone."""
    return _ANCHOR.sub(r"\2", html)


def based(html: str, address: str) -> str:
    """The page with links to the database at an address, such as https://host/voc."""
    base = escape(address.rstrip("/"))
    return _ANCHOR.sub(lambda found: f'<a class="rows" href="{base}/{found[1]}">{found[2]}</a>', html)
