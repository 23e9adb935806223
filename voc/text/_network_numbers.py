"""Find IP addresses, and tell them from versions of software and times of day."""

import ipaddress
import re
from collections.abc import Sequence

from voc.text._cues import cues

_IPV4 = re.compile(r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![^\W_]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?=[0-9a-f]*\d?[0-9a-f]*:)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE)
_SMALL = 20  # numbers of a version are mostly below


def find_ips(text: str, runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the (start, end) of every IPv4 and IPv6 address; `runs` are the places of digits in order."""
    places: list[tuple[int, int]] = []
    if text.count(".") >= 3:
        for start, end in runs:
            if end - start > 3 or text[end : end + 1] != "." or (places and start < places[-1][1]):
                continue
            found = _IPV4.match(text, start)
            before = text[max(0, start - 2) : start]
            if found and not before[-1:].isalnum() and before[-1:] != "." and _is_address(text, start, found[0]):
                places.append(found.span())
    if "::" in text or text.count(":") >= 7:
        places += [found.span() for found in _IPV6.finditer(text) if _is_ipv6(found[0])]
    return sorted(places)


def _is_address(text: str, start: int, number: str) -> bool:
    """The nearest word decides; without one, four small numbers are a version."""
    for kind, between in cues(text, start):
        if kind in ("ip", "version") and len(between) <= 24:
            return kind == "ip"
    return max(map(int, number.split("."))) >= _SMALL


def _is_ipv6(text: str) -> bool:
    if not any(sign.isdigit() for sign in text) or text.count(":") < 3 + ("::" not in text) * 4:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
