"""What the other files of a folder say of Zendesk's people, organisations, groups, tickets and chats."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from voc.errors import VocError
from voc.sources._entries import Entry, VendorOptions, head_keys
from voc.sources._files import read_head
from voc.sources._json import read_items
from voc.sources._tickets import items, scalar
from voc.sources._warehouse import rows_beside

log = logging.getLogger("voc.sources")
_JSON_ENDINGS = {".json", ".jsonl", ".ndjson", ".gz"}
Fits = Callable[[set[str]], bool]


class Known:
    """Names and links of a folder, each read when it is first asked for."""

    def __init__(self, folder: Path, encoding: str | None, delimiter: str | None) -> None:
        self._any = folder / "*"  # no file by itself: what a file says of its own rows is sought, too
        self._options = VendorOptions(encoding=encoding, delimiter=delimiter)

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """User id -> end-user, agent or admin."""
        return self._pairs(
            "users", lambda keys: "role" in keys and bool(keys & {"users", "restrictedagent"}), ("id", "role", "restricted_agent"),
            lambda one: one.text("role"),
        )  # fmt: skip

    @cached_property
    def requesters(self) -> Mapping[str, str]:
        """Ticket id -> id of its requester."""
        return self._pairs(
            "tickets", lambda keys: {"requesterid", "submitterid"} <= keys, ("id", "requester_id", "submitter_id"),
            lambda one: one.text("requester_id"),
        )  # fmt: skip

    @cached_property
    def organisations(self) -> Mapping[str, str]:
        """Organisation id -> its name."""
        return self._pairs(
            "organizations", lambda keys: "sharedtickets" in keys and "tickets" not in keys, ("id", "name", "shared_tickets"),
            lambda one: one.text("name"),
        )  # fmt: skip

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """Group id -> its name."""
        return self._pairs(
            "groups", lambda keys: "groups" in keys and "tickets" not in keys, ("id", "name", "url", "_fivetran_synced"),
            lambda one: one.text("name") if "/groups/" in (one.text("url") or "/groups/") else None,
        )  # fmt: skip

    @cached_property
    def chats(self) -> Mapping[str, list[str]]:
        """Chat id -> ids of the tickets it belongs to."""
        found: dict[str, list[str]] = {}
        for row in rows_beside(self._any, self._options, "chat_id", "ticket_id", "visitor_id"):
            chat_id, ticket_id = row.text("chat_id"), row.text("ticket_id")
            if chat_id and ticket_id and ticket_id not in found.setdefault(chat_id, []):
                found[chat_id].append(ticket_id)
        return found

    @cached_property
    def openings(self) -> Mapping[str, str]:
        """Ticket id -> when it was opened, as the table of tickets writes it."""
        rows = rows_beside(self._any, self._options, "id", "requester_id", "submitter_id", "created_at")
        return {row.text("id") or "": row.text("created_at") or "" for row in rows}

    def _pairs(
        self, page: str, fits: Fits, columns: tuple[str, ...], value: Callable[[Entry], str | None]
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in (*rows_beside(self._any, self._options, *columns), *self._objects(page, fits)):
            key, text = one.text("id"), value(one)
            if key and text:
                found[key] = text
        return found

    def _objects(self, page: str, fits: Fits) -> Iterator[Entry]:
        """Objects of the JSON files whose first keys fit: those of pages, or one a line."""
        for path in sorted(self._any.parent.iterdir()):
            if path.suffix.lower() not in _JSON_ENDINGS or not path.is_file():
                continue
            try:
                kind, keys = head_keys(path, read_head(path))
                if kind == "json" and fits(keys):
                    yield from map(_entry, _objects_of(path, page, self._options.encoding))
            except VocError as error:
                log.warning("%s: what it says of other files is not known: %s", path.name, error.what)


def _objects_of(path: Path, page: str, encoding: str | None) -> Iterator[dict[str, Any]]:
    for item in read_items(path, encoding=encoding):
        if isinstance(item.value, dict):
            inner = item.value.get(page)
            yield from (one for one in (items(inner) if inner is not None else [item.value]) if isinstance(one, dict))


def _entry(one: dict[str, Any]) -> Entry:
    """The few scalars that are asked for, under folded keys."""
    asked = {"id": one.get("id"), "role": one.get("role"), "name": one.get("name"), "url": one.get("url")}
    return Entry(line=1, raw="", data=asked | {"requesterid": one.get("requester_id")})


def known_beside(path: Path, options: Any) -> Known:
    """What the folder of a file says; shared by the files of a folder, since each may ask for the same."""
    files = tuple((one.name, one.stat().st_mtime_ns) for one in sorted(path.parent.iterdir()) if one.is_file())
    return _known(path.parent, files, options.encoding, options.delimiter)


@lru_cache(maxsize=2)
def _known(folder: Path, files: tuple[tuple[str, int], ...], encoding: str | None, delimiter: str | None) -> Known:
    return Known(folder, encoding, delimiter)


class People:
    """Who wrote a message: the ticket's requester, an end user, staff, or Zendesk itself."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._roles: dict[str, str] = {}  # of the pages seen so far
        self._requesters: dict[str, str] = {}

    def see(self, users: Any) -> None:
        """Take in the users of a page."""
        for user in items(users):
            if isinstance(user, dict) and (user_id := scalar(user.get("id"))) and (role := scalar(user.get("role"))):
                self._roles[user_id] = role

    def see_requester(self, ticket_id: str, requester_id: str) -> None:
        """Take in who opened a ticket."""
        self._requesters[ticket_id] = requester_id

    def role(self, user_id: str) -> str | None:
        """end-user, agent or admin; None where no file says."""
        return self._roles.get(user_id) or self._known.roles.get(user_id)

    def author(self, author_id: str | None, ticket_id: str) -> str | None:
        """customer, agent or system; None where neither the author's role nor the ticket's requester is known."""
        if author_id is None:
            return None
        if author_id.startswith("-"):
            return "system"
        role = self.role(author_id)
        if role == "end-user":
            return "customer"
        requester = self._requesters.get(ticket_id) or self._known.requesters.get(ticket_id)
        if author_id == requester:
            return "customer"
        return None if requester is None and role is None else "agent"
