"""Who is who: identifiers in the form they are compared in, hashed, and joined into customers."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

from voc.records import Identifier

_NOT_AN_IDENTIFIER = {"", "-", "0", "none", "null", "nan", "n/a", "na", "unknown", "anonymous", "[email]", "[phone]"}
_SHARED_MAILBOXES = {
    "info", "noreply", "no-reply", "donotreply", "do-not-reply", "support", "help", "helpdesk", "admin", "office",
    "sales", "contact", "hello", "service", "postmaster", "mailer-daemon", "webmaster", "billing", "accounts",
}  # fmt: skip


def identifier_hashes(identifiers: Iterable[Identifier], *, source: str) -> str:
    """JSON list of the hashes of a row's identifiers, sorted; those that name nobody in particular are left out."""
    normal = {_normalised(kind, value, source) for kind, value in identifiers}
    return json.dumps(sorted(hashlib.sha256(text.encode()).hexdigest()[:16] for text in normal if text))


def _normalised(kind: str, value: str, source: str) -> str | None:
    """An identifier in the one form it is compared in, or None when it names nobody in particular."""
    text = unicodedata.normalize("NFC", value or "").strip()
    if text.lower() in _NOT_AN_IDENTIFIER:
        return None
    if kind == "email":
        local, _, domain = text.lower().partition("@")
        return f"email:{local}@{domain}" if domain and local not in _SHARED_MAILBOXES else None
    if kind == "phone":
        digits = re.sub(r"\D", "", text)
        return f"phone:{digits}" if len(digits) >= 7 else None
    return f"id:{source}:{text}" if kind == "id" else f"{kind}:{text.lower()}"


def customers_by_identifier(identifier_lists: Iterable[str]) -> dict[str, str]:
    """Customer of every identifier hash: identifiers that stand in one row belong together (union-find).

    The customer's id comes from the smallest hash of the group, so it does not depend on the order of files.
    """
    parent: dict[str, str] = {}

    def root(item: str) -> str:
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for text in identifier_lists:
        hashes = json.loads(text)
        for other in hashes[1:]:
            a, b = root(hashes[0]), root(other)
            parent[max(a, b)] = min(a, b)
        if hashes:
            root(hashes[0])
    return {item: f"c-{root(item)[:12]}" for item in parent}
