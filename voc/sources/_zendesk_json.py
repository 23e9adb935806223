"""Objects of Zendesk's JSON, tickets and others: of its export (one a line), of lists, of pages of its API."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voc.sources._entries import Entry, fold
from voc.sources._json import as_text, read_items
from voc.sources._tickets import Ticket, items, scalar
from voc.sources._zendesk_pages import KINDS, SINGLE

# Kinds of objects that pages of the API carry beside the tickets, and the key that links them to a ticket.
_SIDES = {"users": "id", "groups": "id", "organizations": "id", "metric_sets": "ticket_id"}
_PAGE_MARKS = ("count", "next_page", "previous_page", "meta", "links", "end_time", "end_of_stream", "after_url", "ticket_id")
_OWN = {"ticket_events", "ticket_metrics", "ticket_metric_events", "satisfaction_ratings", "survey_responses"}
_ORDER = (*(key for key in KINDS if key not in ("users", "organizations", "groups")), "ticket_audits")


@dataclass(frozen=True, slots=True)
class Found:
    """An object that is no ticket, and the page of the API that holds such objects."""

    page: str
    entry: Entry


def objects_of(path: Path, encoding: str | None, see_page: Callable[[dict[str, Any]], None]) -> Iterator[Ticket | Found]:
    """Tickets and other objects in the order of the file; `see_page` is shown each page, keys folded, before its objects.

    `line` is the physical line in JSON lines and the position among the objects in pages and lists.
    """
    number, has_pages = 0, False
    for item in read_items(path, encoding=encoding):
        value = item.value
        page = page_of(value)
        if page is None:
            number = number + 1 if has_pages else item.line
            yield _single(number, item.raw, value, item.fault)
            continue
        has_pages = True
        if page == "results":  # of a search: objects of any kind
            for one in value[page]:
                number += 1
                yield _single(number, as_text(one), one, None)
            continue
        tickets = page == "tickets"
        sides = {kind: _by_link(value.get(kind), link) for kind, link in _SIDES.items()} if tickets else {}
        see_page({fold(key): inner for key, inner in value.items() if key != page})
        for one in value[page] if isinstance(value[page], list) else [value[page]]:
            number += 1
            if tickets:
                yield _ticket(number, None, one, sides)
            else:
                yield Found(SINGLE.get(page, page), _entry(number, as_text(one), one))


def page_of(value: Any) -> str | None:
    """The key under which a page of the API holds its objects; None for an object that is no page."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("tickets"), list):
        return "tickets"
    if "id" in value or "ticket" in value:
        return None
    if isinstance(value.get("results"), list) and any(mark in value for mark in _PAGE_MARKS):
        return "results"
    listed = [key for key in _ORDER if isinstance(value.get(key), list)]
    found = next((key for key in listed if key in _OWN or _is_page_of(value, key)), None)
    if found:
        return found
    people = [key for key in ("users", "organizations", "groups") if isinstance(value.get(key), list) and _is_page_of(value, key)]
    if people:
        return next((key for key in people if value[key]), people[0])
    return next((key for key in SINGLE if isinstance(value.get(key), dict) and len(value) == 1), None)


def _is_page_of(value: Mapping[str, Any], key: str) -> bool:
    """Words such as comments and calls are keys of other objects, too: a page says how it goes on, or holds the like."""
    if any(mark in value for mark in _PAGE_MARKS):
        return True
    first = next((one for one in value[key] if isinstance(one, dict)), None)
    kind = KINDS[SINGLE.get(key, key)]
    return first is not None and kind.fits({fold(name) for name in first})


def _single(line: int, raw: str, value: Any, fault: str | None) -> Ticket | Found:
    if fault:
        return Ticket(line=line, raw_text=raw, data={}, fault=fault)
    if not isinstance(value, dict):
        return _ticket(line, raw, value, {})
    inner = value.get("ticket")
    if inner is not None and ("id" not in value or isinstance(inner, dict)):
        sides = {kind: _by_link(value.get(kind), link) for kind, link in _SIDES.items()}
        if isinstance(inner, dict) and isinstance(value.get("comments"), list):
            inner = {"comments": value["comments"], **inner}
        return _ticket(line, raw, inner, sides)
    if "ticket_id" not in value and ("subject" in value or "description" in value or "status" in value):
        return _ticket(line, raw, value, {})
    keys = {fold(key) for key in value}
    page = next((page for page, kind in KINDS.items() if kind.fits(keys)), None)
    return _ticket(line, raw, value, {}) if page is None else Found(page, _entry(line, raw, value))


def _ticket(line: int, raw: str | None, data: Any, sides: Mapping[str, Mapping[str, Any]]) -> Ticket:
    if not isinstance(data, dict):
        return Ticket(line=line, raw_text=as_text(data) if raw is None else raw, data={}, fault="not a Zendesk ticket")
    return Ticket(line=line, raw_text=raw, data=data, sides=sides)


def _entry(line: int, raw: str, value: Any) -> Entry:
    if not isinstance(value, dict):
        return Entry(line=line, raw=raw, data={}, fault="not a JSON object")
    return Entry(line=line, raw=raw, data=folded(value))


def folded(value: Any) -> Any:
    """A JSON value with all its keys as entries have them."""
    if isinstance(value, list):
        return [folded(inner) for inner in value]
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found.setdefault(fold(key), folded(inner))
        return found
    return value


def _by_link(objects: Any, link: str) -> dict[str, Any]:
    return {scalar(one.get(link)) or "": one for one in items(objects) if isinstance(one, dict)}
