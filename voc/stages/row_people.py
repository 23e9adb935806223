"""Whom a row that was set aside speaks of, and whether that person was erased: by keyed hashes alone."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from voc.config import IdentityRules
from voc.identity import identifier_hashes
from voc.records import Identifier
from voc.secret import keyed_hash
from voc.sources._raw import NAMES_A_PERSON
from voc.text.redact import holds_personal_data, redact

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ERASED = "its customer was erased (voc forget)"  # why a row is set aside
# Too short for a number of a person: most ids need no closer look.
_PLAIN_ID = re.compile(r"[A-Za-z]{0,12}[-_]?\d{1,6}")
LEAST_DIGITS = 7  # of a phone number
LONGEST = 100  # characters of a value that may be an identifier
# Short values in words are hidden whatever they say where their key names a person
HAS_WORDS = re.compile(r"[^\W\d_]{2}")
LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d(?:[ -]?\d){8,}(?![\w:-])")


def row_hash(row_id: str, key: bytes) -> str:
    """`row:hash` of a contact's or response's full id: how an erased row is known again, whatever it says of its customer."""
    return f"row:{keyed_hash(key, f'row:{row_id}')}"


def hashes_in(raw: str, source: str, rules: IdentityRules, key: bytes) -> list[str]:
    """`kind:hash` of the people in an unredacted row: mail addresses anywhere, and values that redaction is going to hide.

    A value that stays as it is can be hashed whenever it is asked for; what is hidden can not, so it is hashed here as every
    kind it may be.
    """
    hidden = [value for value in values_of(raw) if LONG_NUMBER.sub("", redact(value).text) != value]
    hidden += [value for value in named_values(raw) if value not in hidden]
    people: list[Identifier] = [("email", found) for found in _ADDRESS.findall(raw)]
    people += [(kind, value) for value in hidden for kind in _kinds_of(value)]
    hashes = identifier_hashes(people, source=source, rules=rules, key=key)
    return [*hashes, *(_of_row(source, value, key) for value in sorted(set(hidden)))]


def named_values(raw: str) -> Iterator[str]:
    """Short values in words under keys that name a person: they are hidden for where they stand, be they ids."""
    try:
        parsed = json.loads(raw)
    except ValueError:
        return
    yield from (value for value in _named(parsed, is_person=False) if len(value) <= LONGEST and HAS_WORDS.search(value))


def _named(value: Any, *, is_person: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(inner, is_person=bool(NAMES_A_PERSON.search(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, is_person=is_person)
    elif is_person and isinstance(value, str):
        yield value.strip()


def speaks_of(raw: str, source: str, wanted: frozenset[str], rules: IdentityRules, key: bytes) -> bool:
    """Whether a value of a row is one of the wanted identifiers, or the id of a wanted contact or response."""
    for value in set(values_of(raw)):
        if _of_row(source, value, key) in wanted:
            return True
        if not wanted.isdisjoint(identifier_hashes([(kind, value) for kind in _kinds_of(value)], source=source, rules=rules, key=key)):
            return True
    return False


def _kinds_of(value: str) -> tuple[str, ...]:
    """What kinds of identifier a value may be."""
    is_number = sum(sign.isdigit() for sign in value) >= LEAST_DIGITS
    return ("id", "external", "handle", *(["email"] if "@" in value else []), *(["phone"] if is_number else []))


def _of_row(source: str, value: str, key: bytes) -> str:
    return row_hash(value if value.startswith(f"{source}:") else prefixed(source, value, key), key)


def prefixed(source: str, vendor_id: str | None, key: bytes = b"") -> str | None:
    """The vendor's id under its source's name; an id that is itself an address or a number of a person is hashed."""
    if not vendor_id:
        return None
    if not _PLAIN_ID.fullmatch(vendor_id) and _is_personal(vendor_id):
        vendor_id = f"hashed-{keyed_hash(key, vendor_id)}"
    return f"{source}:{vendor_id}"


@lru_cache(maxsize=1 << 12)
def _is_personal(vendor_id: str) -> bool:
    return holds_personal_data(vendor_id)


def values_of(raw: str, longest: int = LONGEST) -> Iterator[str]:
    """Values of a row (JSON, or cells with separators) of at most `longest` characters, without white space around them."""
    try:
        parsed = json.loads(raw)
    except ValueError:
        parsed = re.split(r"[,;|\t]", raw)
    for leaf in _leaves(parsed):
        if leaf and len(leaf) <= longest:
            yield leaf


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool | float):
        yield str(value).strip().strip('"')
