"""The ways vendors cut a long list into pages. A position is plain data: it is kept in the state file."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from voc.errors import VocError

Position = dict[str, Any]
Item = dict[str, Any]
_RECENT = 61  # Zendesk refuses a start_time in the last minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: path on the vendor's host, query parameters, and a JSON body (which makes it a POST)."""

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer: the parsed JSON, its list of objects, and the newest change among them (0 where none is known)."""

    data: Any
    items: list[Item]
    newest: int


class Paging(Protocol):
    """A sweep goes from a time to the end of the list; the next one goes on from there."""

    def start(self, since: int) -> Position:
        """Where a sweep begins that wants everything changed since then (seconds since 1970)."""

    def ask(self, position: Position) -> Ask:
        """The request for the page at a position."""

    def following(self, position: Position, page: Page) -> Position | None:
        """The position after a page; None where the sweep ends and the next one starts anew from the newest change.

        Where the vendor's own position goes on beyond the end, `resting` gives it.
        """

    def resting(self, position: Position, page: Page) -> Position | None:
        """Position the next sweep goes on from; None for a new start from the newest change seen."""

    def has_cursor(self, position: Position) -> bool:
        """Whether the position is a cursor that the vendor can let expire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorExport:
    """Zendesk's incremental export by cursor: always an `after_cursor`; `end_of_stream` says that it is the last."""

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def start(self, since: int) -> Position:
        return {"start_time": since}

    def ask(self, position: Position) -> Ask:
        return Ask(path=self.path, params={**self.params, **_not_too_recent(position)})

    def following(self, position: Position, page: Page) -> Position | None:
        if page.data.get("end_of_stream") is True:
            return None
        if not page.data.get("after_cursor"):
            raise VocError(f"An answer of {self.path} has neither a next cursor nor an end.", RUN_LATER)
        return {"cursor": str(page.data["after_cursor"])}

    def resting(self, position: Position, page: Page) -> Position | None:
        cursor = page.data.get("after_cursor")
        return {"cursor": str(cursor)} if cursor else position

    def has_cursor(self, position: Position) -> bool:
        return "cursor" in position


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeExport:
    """Zendesk's incremental export by time: `end_time` starts the next page, so what lies on the border comes twice."""

    path: str
    page_size: int
    params: Mapping[str, Any] = field(default_factory=dict)

    def start(self, since: int) -> Position:
        return {"start_time": since}

    def ask(self, position: Position) -> Ask:
        return Ask(path=self.path, params={**self.params, **_not_too_recent(position)})

    def following(self, position: Position, page: Page) -> Position | None:
        if page.data.get("end_of_stream") is True or not page.items:
            return None
        after = self._after(position, page)
        # A page that does not move on is the last one, unless it is full: then more of the same second is hidden
        return None if after == position and len(page.items) < self.page_size else after

    def resting(self, position: Position, page: Page) -> Position | None:
        return self._after(position, page)

    def has_cursor(self, position: Position) -> bool:
        return False

    def _after(self, position: Position, page: Page) -> Position:
        end = seconds(page.data.get("end_time"))
        return {"start_time": max(end, position["start_time"])} if end else position


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorList:
    """A list from a time on, with a cursor that ends: where the answer has none, or says that there is no more."""

    request: Callable[[int, str | None], Ask]
    cursor: Callable[[Any], str | None]

    def start(self, since: int) -> Position:
        return {"since": since}

    def ask(self, position: Position) -> Ask:
        return self.request(position["since"], position.get("cursor"))

    def following(self, position: Position, page: Page) -> Position | None:
        cursor = self.cursor(page.data)
        return {"since": position["since"], "cursor": cursor} if cursor else None

    def resting(self, position: Position, page: Page) -> Position | None:
        return None

    def has_cursor(self, position: Position) -> bool:
        return "cursor" in position


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPages:
    """Pages by number, the last one shorter than the others.

    `is_by_change`: the list is in order of the last change. Then every full page moves the start to its newest change
    and counts from 1 again: an object that changes meanwhile goes to the end of the list and would shift another one
    over the border of two pages, out of sight; and vendors serve only so many pages of one list.
    """

    path: str
    since_param: str
    page_size: int
    params: Mapping[str, Any] = field(default_factory=dict)
    is_by_change: bool = False

    def start(self, since: int) -> Position:
        return {"since": since, "page": 1}

    def ask(self, position: Position) -> Ask:
        moment = datetime.fromtimestamp(position["since"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        own = {self.since_param: moment, "per_page": self.page_size, "page": position["page"]}
        return Ask(path=self.path, params={**self.params, **own})

    def following(self, position: Position, page: Page) -> Position | None:
        if len(page.items) < self.page_size:
            return None
        before_newest = page.newest - 1  # the same second again: the vendor may mean "after" or "from"
        if self.is_by_change and before_newest > position["since"]:
            return self.start(before_newest)
        return {"since": position["since"], "page": position["page"] + 1}

    def resting(self, position: Position, page: Page) -> Position | None:
        return None

    def has_cursor(self, position: Position) -> bool:
        return False


RUN_LATER = "Run the same command again later: it goes on where it stopped. If it stays so, start again with --full."


def seconds(value: Any) -> int | None:
    """A time as vendors write it (ISO 8601, or seconds since 1970) in seconds since 1970.

    None for anything else, and for moments before 1970 or after 2106, which no change of a ticket has.
    """
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found < 2**32 and not isinstance(value, bool) else None


def _not_too_recent(position: Position) -> Position:
    start = position.get("start_time")
    return position if start is None else {"start_time": min(start, int(time.time()) - _RECENT)}
