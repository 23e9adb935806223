"""Fetch a vendor's lists page by page into a folder: resumable at any moment, and ending with what there is."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voc.errors import VocError
from voc.pull._client import Answer, Client, Patience, Refused
from voc.pull._landing import Landing, Progress
from voc.pull._paging import RUN_LATER, Ask, Item, Page, Paging, Position, seconds
from voc.pull._settings import Service

_EXPIRED = (400, 404, 410, 422)  # how vendors refuse a cursor they no longer know
_RESTARTS = 3  # in a row, without anything new between them
_EMPTY_PAGES = 20  # in a row, though the vendor says that there is more
PATIENT = Patience()

Fetch = Callable[[Ask, type], Any]  # the JSON of a further request, which has to be a list or an object


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One list of a vendor.

    `items` is the key its objects stand under, "" where the answer is the list; `id_key` is the key of their id, `times`
    are those of the moment they last changed. `is_ordered`: the list comes in order of that moment, so that after an
    expired cursor it can go on from the newest. `overlap` seconds are fetched again at every new start. `complete`
    fetches what the list leaves out of an object; the page then holds the completed objects. `can_vanish`: a 404 there
    says that the object was deleted meanwhile.
    """

    name: str
    items: str
    paging: Paging
    times: tuple[str, ...]
    id_key: str = "id"
    overlap: int = 60
    is_ordered: bool = True
    can_vanish: bool = False
    complete: Callable[[Fetch, Item], Item] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What one list gave: new pages and objects, objects that were deleted meanwhile, and seconds spent."""

    name: str
    pages: int
    items: int
    gone: int
    seconds: float


def pull(
    service: Service,
    endpoints: tuple[Endpoint, ...],
    folder: Path,
    *,
    since: int,
    is_full: bool = False,
    patience: Patience = PATIENT,
    say: Callable[[str], None] = lambda line: None,
    begin: Callable[[Endpoint, int, int], Callable[[int, int], None]] = lambda *_: lambda *_: None,
) -> Iterator[Pulled]:
    """Fetch every list from where the last pull left it, else from `since` (seconds since 1970).

    `begin(endpoint, position, total)` returns a callback for (objects so far, 0). Raises VocError for whatever the user
    can mend; what was stored before stays, and the next pull goes on behind it.
    """
    with (
        Landing(folder, account=service.account).opened(is_full=is_full) as landing,
        Client(service, patience=patience, say=say) as client,
    ):
        for number, endpoint in enumerate(endpoints, start=1):
            sweep = _Sweep(client, endpoint, landing, say=say)
            yield sweep.run(since, is_full=is_full, step=begin(endpoint, number, len(endpoints)))


class _Sweep:
    """One list, from where it stands to its end."""

    def __init__(self, client: Client, endpoint: Endpoint, landing: Landing, *, say: Callable[[str], None]) -> None:
        self.client = client
        self.endpoint = endpoint
        self.landing = landing
        self.say = say
        self.gone = self.pages = self.count = self.empty = self.restarts = 0
        self.asked: set[str] = set()

    def run(self, since: int, *, is_full: bool, step: Callable[[int, int], None]) -> Pulled:
        started = time.monotonic()
        progress = self._where_it_stands(since, is_full=is_full)
        self.landing.lists[self.endpoint.name] = progress
        while not progress.is_complete:
            progress = self._next(progress)
            step(self.count, 0)
        if progress.keep_from > 1:
            self.landing.drop_replaced(self.endpoint.name)
        return Pulled(
            name=self.endpoint.name, pages=self.pages, items=self.count, gone=self.gone,
            seconds=time.monotonic() - started,
        )  # fmt: skip

    def _where_it_stands(self, since: int, *, is_full: bool) -> Progress:
        now, known = int(time.time()), self.landing.lists.get(self.endpoint.name)
        if known is None:
            return Progress(floor=since, since=since, began=now)
        if is_full:
            return Progress(floor=since, since=since, began=now, pages=known.pages, keep_from=known.pages + 1)
        if since < known.floor:
            raise VocError(
                f"{self.landing.folder} holds {self.endpoint.name} from {_day(known.floor)} on, and since asks for more.",
                "Fetch everything again with --full, or put since back.",
            )
        return replace(known, is_complete=False, began=now) if known.is_complete else known

    def _next(self, progress: Progress) -> Progress:
        """Fetch one page and store it with the position behind it."""
        endpoint, paging = self.endpoint, self.endpoint.paging
        position = progress.position or paging.start(progress.since)
        self._refuse_circle(position)
        try:
            answer = self.client.get(paging.ask(position))
        except Refused as refused:
            return self._refused(refused, progress, position)
        items = self._items_of(answer)
        page = Page(data=answer.data, items=items, newest=max(map(self._time_of, items), default=0))
        latest = max(progress.latest, page.newest)
        following = paging.following(position, page)
        is_last = following is None
        self._refuse_void(items, is_last=is_last)

        raw, count = self._new_content(answer, items, progress)
        after = replace(
            progress, latest=latest, position=following, is_complete=is_last,
            pages=progress.pages + (raw is not None), edge=self._edge(items, latest, progress),
        )  # fmt: skip
        if is_last:
            after = replace(after, since=self._next_since(after), position=paging.resting(position, page))
        self.landing.store(endpoint.name, after, raw)
        self.pages += raw is not None
        self.count += count
        if raw is not None:
            self.restarts = 0
        return after

    def _refuse_circle(self, position: Position) -> None:
        key = json.dumps(position, sort_keys=True)
        if key in self.asked:
            raise VocError(
                f"{self.client.service.host} gives the same page of {self.endpoint.name} again and again.", RUN_LATER
            )
        self.asked.add(key)

    def _refuse_void(self, items: list[Item], *, is_last: bool) -> None:
        self.empty = 0 if items or is_last else self.empty + 1
        if self.empty >= _EMPTY_PAGES:
            raise VocError(
                f"{self.client.service.host} gives nothing but empty pages of {self.endpoint.name} ({self.empty} in a row).",
                RUN_LATER,
            )

    def _refused(self, refused: Refused, progress: Progress, position: Position) -> Progress:
        """Begin the list anew where its cursor has expired, from the last time known for sure."""
        is_expired = refused.status in _EXPIRED and self.endpoint.paging.has_cursor(position)
        if not is_expired or self.restarts == _RESTARTS:
            raise refusal(refused, self.client.service, self.endpoint.name) from None
        restart = progress.since
        if self.endpoint.is_ordered and progress.latest:
            restart = max(restart, progress.latest - self.endpoint.overlap)
        self.say(f"{self.endpoint.name}: the cursor has expired, going on from {_moment(restart)}")
        self.restarts += 1
        self.asked.clear()
        after = replace(progress, since=restart, position=None)
        self.landing.store(self.endpoint.name, after, None)
        return after

    def _items_of(self, answer: Answer) -> list[Item]:
        data, key = answer.data, self.endpoint.items
        found = (data.get(key) if isinstance(data, dict) else None) if key else data
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            what = f"the list '{key}'" if key else "a list"
            raise VocError(f"An answer of {self.client.service.host} lacks {what}.", RUN_LATER)
        return found

    def _new_content(self, answer: Answer, items: list[Item], progress: Progress) -> tuple[bytes | None, int]:
        """(bytes to store, objects in them): the answer as it came, or without what is stored already, or completed.

        None where nothing is new.
        """
        fresh = [item for item in items if progress.edge.get(self._id_of(item), [0, ""])[1] != _digest(item)]
        is_whole = self.endpoint.complete is None
        if is_whole and len(fresh) == len(items):
            return (answer.raw, len(items)) if items else (None, 0)
        if not is_whole:
            fresh = [one for item in fresh if (one := self._whole(item)) is not None]
        if not fresh:
            return None, 0
        around = answer.data if is_whole and self.endpoint.items else {}
        page = {**around, self.endpoint.items: fresh} if self.endpoint.items else fresh
        return json.dumps(page).encode(), len(fresh)

    def _whole(self, item: Item) -> Item | None:
        if not self._id_of(item):
            raise VocError(f"An object of {self.endpoint.name} of {self.client.service.host} has no id.", RUN_LATER)
        try:
            found = self.endpoint.complete(self._fetch, item)
        except Refused as refused:
            if refused.status not in (404, 410) or not self.endpoint.can_vanish:
                raise refusal(refused, self.client.service, self.endpoint.name) from None
            found = None
        self.gone += found is None
        return found

    def _fetch(self, ask: Ask, shape: type) -> Any:
        data = self.client.get(ask).data
        if not isinstance(data, shape):
            what = "a list" if shape is list else "an object"
            raise VocError(f"An answer of {self.client.service.host} lacks {what}.", RUN_LATER)
        return data

    def _edge(self, items: list[Item], latest: int, progress: Progress) -> dict[str, list]:
        """What changed last, by id: the next sweep begins before it, and sees it again."""
        known = progress.edge | {self._id_of(item): [self._time_of(item), _digest(item)] for item in items}
        return {one: seen for one, seen in known.items() if seen[0] >= latest - self.endpoint.overlap}

    def _next_since(self, progress: Progress) -> int:
        """Where the next sweep begins: a little before the newest change seen.

        In a list that is in no order a change may fall behind the sweep, so it begins before this one's own beginning.
        """
        newest = progress.latest if self.endpoint.is_ordered else min(progress.latest, progress.began)
        return max(progress.since, newest - self.endpoint.overlap)

    def _id_of(self, item: Item) -> str:
        return str(item.get(self.endpoint.id_key) or "")

    def _time_of(self, item: Item) -> int:
        return next((moment for key in self.endpoint.times if (moment := seconds(item.get(key))) is not None), 0)


def refusal(refused: Refused, service: Service, what: str) -> VocError:
    """What a 4xx means and what to do about it."""
    said = f" It says: {refused.detail}." if refused.detail else ""
    if "LIMIT_EXCEEDED" in refused.detail.upper():
        return VocError(
            f"{service.host}: the limit of requests of the day is used up.{said}",
            "Run the same command tomorrow: it goes on where it stopped.",
        )
    if refused.status == 401:
        return VocError(
            f"{service.host} does not accept the token (401).{said}", f"{service.asks} Then set the variable again."
        )
    if refused.status == 403:
        return VocError(
            f"{service.host} does not allow this token to read {what} (403).{said}",
            f"{service.rights} Or leave it out of what.",
        )
    if refused.status == 404:
        return VocError(
            f"{service.host} has no {what} (404).{said}",
            "Check the address in the pull block, or leave it out of what.",
        )
    return VocError(
        f"{service.host} refuses the request for {what} ({refused.status}).{said}",
        "Check the pull block; docs/sources.md says what each key does.",
    )


def _digest(item: Item) -> str:
    """What an object holds, in short: two changes in one second have the same time."""
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()[:16]


def _moment(moment: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


def _day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))
