"""Read the files of every source, join what belongs together, and say which version of a row counts."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from voc import registry
from voc.config import SourceBlock
from voc.context import RunContext
from voc.errors import VocError
from voc.records import ContactRecord, DetailRecord, MessageRecord, PersonRecord, Record, RejectRecord, ResponseRecord
from voc.sources._files import is_json
from voc.stages.record_rows import prefixed, reject_of
from voc.text.redact import redact
from voc.threads.join import SideRecords
from voc.times import iso

PROBED = 1000  # rows of a lone table that show what it holds
SIDE = (MessageRecord, DetailRecord, PersonRecord)  # what belongs to a thread or a person


@dataclass
class SourceFile:
    """One input file, and what was counted in it."""

    block: SourceBlock
    path: Path
    file_id: str
    number: int  # its place among all files of the run
    rows: int = 0  # rows or items: a rated ticket is one, though it gives a contact and a response
    records: int = 0
    orphans: int = 0  # messages and details whose thread is in no file of the source
    sides: int = 0
    faults: int = 0
    first_fault: tuple[int, str] | None = None
    _last_line: int = -1

    @property
    def source(self) -> str:
        """Name of its source in every table."""
        return self.block.name or self.block.kind

    @property
    def shown_name(self) -> str:
        """Name of the file without what it may say of a person."""
        return redact(self.path.name).text

    def saw(self, record: Record) -> None:
        """Count a record; records of one row follow one another."""
        self.records += 1
        self.sides += isinstance(record, SIDE)
        self.rows += record.line != self._last_line
        self._last_line = record.line

    def fault(self, line: int, reason: str) -> None:
        """Count a faulty row."""
        self.faults += 1
        self.first_fault = self.first_fault or (line, redact(reason).text)


class Read(NamedTuple):
    """A record on its way to rows: its number in the run, its file's number, and the record."""

    number: int
    file: int
    record: Record


class Lost(NamedTuple):
    """Why a row that was read does not count."""

    reason: str
    is_fault: bool


class _Seen(NamedTuple):
    number: int
    file: int
    line: int
    updated: datetime | None
    content: int  # hash of everything but the line


@dataclass
class Intake:
    """What a run reads, record by record, and which of two versions of a row counts."""

    run: RunContext
    stored: dict[str, str]  # contact id -> updated_at of what the database holds
    files: list[SourceFile] = field(default_factory=list)
    lost: dict[int, Lost] = field(default_factory=dict)
    _best: dict[str, _Seen] = field(default_factory=dict)
    _count: int = 0

    def records(self) -> Iterator[Read]:
        """Every contact, response and reject of every source, in the order of the pipeline file, threads joined.

        Whatever is no reject may still lose against a later version: `lost` is complete when this ends.
        Raises VocError for a file that cannot be read.
        """
        for block, options in zip(self.run.pipeline.sources, self.run.source_options, strict=True):
            files = [self._file(block, path) for path in source_paths(block, self.run.folder)]
            yield from self._of_source(files, options)

    def check(self) -> None:
        """Raise VocError when the faulty share of a file is above the limit; the first fault is shown."""
        limit = self.run.pipeline.max_reject_share
        for file in self.files:
            if file.rows and file.faults / file.rows > limit:
                line, reason = file.first_fault
                raise VocError(
                    f"{file.path} line {line}: {reason}.\n"
                    f"{file.faults:,} of {file.rows:,} rows are rejected, more than max_reject_share = {limit}.",
                    "Mend the file or the source's settings, or raise max_reject_share in the pipeline file.",
                )

    def _file(self, block: SourceBlock, path: Path) -> SourceFile:
        plain = f"{block.name or block.kind}/{redact(path.name).text}"
        twins = sum(file.file_id.partition("#")[0] == plain for file in self.files)
        file_id = f"{plain}#{twins + 1}" if twins else plain  # same name in two folders
        self.files.append(SourceFile(block, path, file_id, len(self.files)))
        return self.files[-1]

    def _of_source(self, files: list[SourceFile], options: Any) -> Iterator[Read]:
        plugin = registry.get("sources", files[0].block.kind)
        side = SideRecords()
        # What belongs to a thread may stand behind it, so it is gathered first. A lone table of threads is read once.
        gathered = files if len(files) > 1 or _holds_sides(plugin.read(files[0].path, options), files[0].path) else []
        for file in gathered:
            for record in plugin.read(file.path, options):
                side.take(file, record)
        known: set[str] = set()
        for file in files:
            for record in plugin.read(file.path, options):
                file.saw(record)
                if isinstance(record, SIDE):
                    if not gathered:
                        _refuse_late(file, record)
                    continue
                if isinstance(record, ContactRecord):
                    known.add(record.contact_id)
                yield self._numbered(file, side, record)
        yield from self._orphans(side, known)

    def _numbered(self, file: SourceFile, side: SideRecords, record: Record) -> Read:
        self._count += 1
        if self._count % 5000 == 0:
            self.run.progress(self._count, 0)
        if isinstance(record, RejectRecord):
            if record.is_fault:
                file.fault(record.line, record.reason)
            return Read(self._count, file.number, record)
        self._choose(file, record)
        return Read(self._count, file.number, side.joined(record))

    def _orphans(self, side: SideRecords, known: set[str]) -> Iterator[Read]:
        for file, record, why in side.orphans(known):
            file.orphans += 1
            self._count += 1
            yield Read(self._count, file.number, reject_of(record, why))

    # ------------------------------------------------------------ versions

    def _choose(self, file: SourceFile, record: ContactRecord | ResponseRecord) -> None:
        """Note which of two rows of one id counts; the other is lost, with the reason."""
        key = _key(file, record, self.run.key)
        updated = getattr(record, "updated_at", None)
        new = _Seen(self._count, file.number, record.line, updated, _content(record))
        old = self._best.get(key)
        winner, loser, why = new, None, None
        if old is not None:
            winner, loser, why = self._winner(old, new, _vendor_id(record))
        self._best[key] = winner
        if loser is not None:
            self.lost[loser.number] = why
            if why.is_fault:
                self.files[loser.file].fault(loser.line, why.reason)
        if winner is new and updated and self.stored.get(key.partition("|")[2], "") > iso(updated):
            self.lost[new.number] = Lost("older than the version of it already in the database", False)

    def _winner(self, old: _Seen, new: _Seen, vendor_id: str) -> tuple[_Seen, _Seen, Lost]:
        if old.updated and new.updated and old.updated != new.updated:
            winner, loser = (new, old) if new.updated > old.updated else (old, new)
            return winner, loser, Lost(f"an older version of the same id; the newer is in {self._place(winner)}", False)
        if old.file == new.file:
            # an incremental export may hold a ticket twice, word for word: said, but no fault
            is_fault = old.content != new.content
            return old, new, Lost(f"the id '{vendor_id}' is already in line {old.line}", is_fault)
        return new, old, Lost(f"read again in {self._place(new)}", False)

    def _place(self, seen: _Seen) -> str:
        return f"{self.files[seen.file].shown_name} line {seen.line}"


def source_paths(block: SourceBlock, folder: Path) -> list[Path]:
    """Files of a source: the path itself, or every match of a pattern, sorted by name; hidden files match none."""
    if any(sign in block.path for sign in "*?["):
        base = Path(block.path)
        root, pattern = (Path(base.anchor), str(base.relative_to(base.anchor))) if base.is_absolute() else (folder, block.path)
        found = sorted(path for path in root.glob(pattern) if path.is_file() and not path.name.startswith("."))
        if not found:
            fix = f"The pattern is read relative to {folder}."
            if block.pull is not None:
                fix = f"Fetch its pages first: voc pull {block.name or block.kind}"
            raise VocError(f"No file matches {block.path}.", fix)
        return found
    return [folder / block.path]


@contextmanager
def warnings_of(logger_name: str) -> Iterator[list[str]]:
    """Collect what sources warn of (a guessed encoding, values they could not use), each once: the run's notes keep it."""
    found: dict[str, None] = {}
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.setdefault(redact(record.getMessage()).text)
    logger = logging.getLogger(logger_name)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    listed: list[str] = []
    try:
        yield listed
    finally:
        listed.extend(found)
        logger.removeHandler(handler)
        logger.propagate = before


def _holds_sides(records: Iterator[Record], path: Path) -> bool:
    """Whether a file may hold messages or details beside its threads: JSON may, a table shows it in its first rows."""
    return path.is_file() and is_json(path) or any(isinstance(record, SIDE) for record in islice(records, PROBED))


def _refuse_late(file: SourceFile, record: Record) -> None:
    """A message after so many threads alone could no longer be joined: better a stop than a silent loss."""
    raise VocError(
        f"{file.path} line {record.line}: a {type(record).__name__} in a table whose first {PROBED:,} rows are threads.",
        "Put threads and what belongs to them into files of their own.",
    )


def _key(file: SourceFile, record: ContactRecord | ResponseRecord, key: bytes) -> str:
    kind = "contact" if isinstance(record, ContactRecord) else "response"
    return f"{kind}|{prefixed(file.source, _vendor_id(record), key)}"


def _vendor_id(record: ContactRecord | ResponseRecord) -> str:
    return record.contact_id if isinstance(record, ContactRecord) else record.response_id


def _content(record: ContactRecord | ResponseRecord) -> int:
    return hash(record.values()[1:])  # all but the line, which stands first
