"""The folder raw pages are stored in: owner-only, one file a page, never half a file, and where each list stands."""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voc.errors import VocError
from voc.pull._paging import Position

STATE = ".pull-state.json"
_LOCK = ".pull-lock"
_PART = ".part"
_VERSION = 1
_START_AGAIN = "Start again with --full, or give the source a folder of its own."


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a list is fetched.

    `floor` is the first moment asked for, `since` where the sweep under way began, `began` the clock then, `latest`
    the newest change seen (all in seconds since 1970). `position` is what to ask next, None before the first request.
    `edge` holds, by id, time and digest of what changed last, which the next sweep sees again. Pages numbered below
    `keep_from` are deleted once the sweep is through: a full pull replaces them.
    """

    floor: int
    since: int
    began: int
    latest: int = 0
    position: Position | None = None
    is_complete: bool = False
    pages: int = 0
    keep_from: int = 1
    edge: dict[str, list] = field(default_factory=dict)


def page_name(name: str, number: int) -> str:
    """Name of the file of a page; names sort in the order of pages."""
    return f"{name}-{number:06d}.json"


class Landing:
    """The files of one source, held by one process at a time."""

    def __init__(self, folder: Path, *, account: str) -> None:
        self.folder = folder
        self.account = account
        self.lists: dict[str, Progress] = {}

    @contextmanager
    def opened(self, *, is_full: bool = False) -> Iterator["Landing"]:
        """Make the folder, lock it, clear away unfinished files and read the state (not with `is_full`).

        Raises VocError when another pull is at work there, when the folder holds another account's pages, and when
        it cannot be written.
        """
        with _writing(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)  # the pages hold what customers wrote, unredacted
            lock = os.open(self.folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _lock(lock, self.folder)
            with _writing(self.folder):
                for left in self.folder.glob(f".*{_PART}"):
                    left.unlink()
            self._read_state(is_full=is_full)
            yield self
        finally:
            os.close(lock)

    def store(self, name: str, progress: Progress, raw: bytes | None) -> None:
        """Write a page (None: it held nothing new), then the state that counts it.

        The order makes a kill between the two harmless: the same page is fetched again under the same name.
        """
        if raw is not None:
            self._write(page_name(name, progress.pages), raw)
        self.lists[name] = progress
        self._write_state()

    def drop_replaced(self, name: str) -> None:
        """Delete the pages that a full pull has replaced."""
        progress = self.lists[name]
        for path in self.folder.glob(f"{name}-*.json"):
            number = re.fullmatch(rf"{name}-(\d+)\.json", path.name)
            if number and int(number[1]) < progress.keep_from:
                with _writing(path):
                    path.unlink()

    def _read_state(self, *, is_full: bool) -> None:
        path = self.folder / STATE
        if not path.exists():
            return
        try:
            state = json.loads(path.read_bytes())
            account, lists = state["account"], {name: Progress(**one) for name, one in state["lists"].items()}
            if state["version"] != _VERSION:
                raise ValueError(state["version"])
        except OSError as error:
            raise VocError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if is_full:
                self._number_after_files()
                return
            raise VocError(f"{path} is damaged: it does not say how far the pull has come.", _START_AGAIN) from error
        if account != self.account:
            raise VocError(
                f"{self.folder} holds pages of {account}, and {self.account} is asked for.",
                "Give the source a folder of its own: two accounts in one would be read as one.",
            )
        self.lists = lists

    def _number_after_files(self) -> None:
        """Without a state the files themselves say which numbers are taken."""
        for path in self.folder.glob("*-*.json"):
            match = re.fullmatch(r"([a-z_]+)-(\d{6,})\.json", path.name)
            if match:
                known = self.lists.setdefault(match[1], Progress(floor=0, since=0, began=0))
                known.pages = max(known.pages, int(match[2]))

    def _write_state(self) -> None:
        lists = {name: asdict(progress) for name, progress in self.lists.items()}
        state: dict[str, Any] = {"version": _VERSION, "account": self.account, "lists": lists}
        self._write(STATE, json.dumps(state, indent=1).encode())

    def _write(self, name: str, data: bytes) -> None:
        part = self.folder / f".{name.lstrip('.')}{_PART}"
        with _writing(self.folder / name):
            with open(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(self.folder / name)
            _sync_folder(self.folder)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "Free some space or check its permissions, then run the same command again: it goes on where it stopped."
        raise VocError(f"{path} cannot be written: {error.strerror}.", fix) from error


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    """Hold the folder until the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise VocError(f"Another pull is writing into {folder}.", "Wait until it is done, or stop it.") from error
