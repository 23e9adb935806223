"""Read the files of every source, join what belongs together, and set aside what cannot be used, with a reason."""

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from voc import registry
from voc.config import ContactRules, SourceBlock
from voc.context import Frames, RunContext
from voc.errors import VocError
from voc.records import ContactRecord, DetailRecord, MessageRecord, PersonRecord, Record, RejectRecord, ResponseRecord
from voc.text.redact import redact
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of
from voc.times import iso

_LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d(?:[ -]?\d){8,}(?![\w:-])")
SIDE = (MessageRecord, DetailRecord, PersonRecord)  # what belongs to a thread or a person


@dataclass
class SourceFile:
    """What one input file gave."""

    block: SourceBlock
    path: Path
    file_id: str
    records: list[Record] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Name of its source in every table."""
        return self.block.name or self.block.kind

    @property
    def shown_name(self) -> str:
        """Name of the file without what it may say of a person."""
        return redact(self.path.name).text

    @property
    def row_count(self) -> int:
        """Rows or items of the file: a rated ticket is one, though it gives a contact and a response."""
        return len({record.line for record in self.records})


@contextmanager
def warnings_of(logger_name: str) -> Iterator[list[str]]:
    """Collect what sources warn of (a guessed encoding, values they could not use): the run's notes keep it."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(redact(record.getMessage()).text)
    logger = logging.getLogger(logger_name)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def source_paths(block: SourceBlock, folder: Path) -> list[Path]:
    """Files of a source: the path itself, or every match of a pattern, sorted by name."""
    if any(sign in block.path for sign in "*?["):
        base = Path(block.path)
        root, pattern = (Path(base.anchor), str(base.relative_to(base.anchor))) if base.is_absolute() else (folder, block.path)
        found = sorted(path for path in root.glob(pattern) if path.is_file())
        if not found:
            raise VocError(f"No file matches {block.path}.", f"The pattern is read relative to {folder}.")
        return found
    return [folder / block.path]


def read_all(run: RunContext) -> list[SourceFile]:
    """Every file of every source with its records, in the order of the pipeline file."""
    files: list[SourceFile] = []
    for block, options in zip(run.pipeline.sources, run.source_options, strict=True):
        for path in source_paths(block, run.folder):
            plain = f"{block.name or block.kind}/{redact(path.name).text}"
            twins = sum(file.file_id.partition("#")[0] == plain for file in files)
            file_id = f"{plain}#{twins + 1}" if twins else plain  # same name in two folders
            files.append(_read(SourceFile(block, path, file_id), options, run))
    return files


def _read(file: SourceFile, options: Any, run: RunContext) -> SourceFile:
    plugin = registry.get("sources", file.block.kind)
    for count, record in enumerate(plugin.read(file.path, options), start=1):
        file.records.append(record)
        if count % 5000 == 0:
            run.progress(count, 0)
    return file


class Rejects:
    """Rows set aside, and the rule that stops a run when there are too many of them."""

    def __init__(self, max_share: float) -> None:
        self.max_share = max_share
        self.rows: list[dict] = []
        self.faults: dict[str, list[dict]] = {}
        self.orphans: Counter[str] = Counter()  # messages and details without their thread, by file

    def add(self, file: SourceFile, line: int, reason: str, raw: str, *, is_fault: bool) -> None:
        row = {
            "reject_id": f"{file.file_id}#{len(self.rows) + 1:07d}", "file_id": file.file_id,
            "file_name": file.shown_name, "line": line, "reason": redact(reason).text, "is_fault": is_fault,
            "raw_row": _redacted_raw(raw),
        }  # fmt: skip
        self.rows.append(row)
        if is_fault:
            self.faults.setdefault(file.file_id, []).append(row)

    def check(self, files: list[SourceFile]) -> None:
        """Raise VocError when the faulty share of a file is above the limit; the first faults are shown."""
        for file in files:
            faults, rows = self.faults.get(file.file_id, []), file.row_count
            if rows and len(faults) / rows > self.max_share:
                first = faults[0]
                raise VocError(
                    f"{file.path} line {first['line']}: {first['reason']}.\n"
                    f"{len(faults):,} of {rows:,} rows are rejected, more than max_reject_share = {self.max_share}.",
                    "Mend the file or the source's settings, or raise max_reject_share in the pipeline file.",
                )


def newest(files: list[SourceFile], rejects: Rejects, frames: Frames) -> list[tuple[SourceFile, Record]]:
    """Keep one version of every contact and response; every other row becomes a reject with its reason."""
    best: dict[str, tuple[SourceFile, Record]] = {}
    for file in files:
        for record in file.records:
            if isinstance(record, RejectRecord):
                rejects.add(file, record.line, record.reason, record.raw, is_fault=record.is_fault)
                continue
            if isinstance(record, SIDE):
                continue
            key = _key(file, record)
            if key not in best:
                best[key] = (file, record)
                continue
            winner, loser, reason, is_fault = _choose(best[key], (file, record))
            best[key] = winner
            rejects.add(loser[0], loser[1].line, reason, _raw(loser[1]), is_fault=is_fault)
    stored = _stored_updates(frames)
    kept = []
    for key, (file, record) in best.items():
        updated = iso(getattr(record, "updated_at", None))
        if updated and stored.get(key, "") > updated:
            reason = "older than the version of it already in the database"
            rejects.add(file, record.line, reason, _raw(record), is_fault=False)
        else:
            kept.append((file, record))
    return kept


def joined_and_cut(
    files: list[SourceFile], winners: list[tuple[SourceFile, Record]], rules: ContactRules, rejects: Rejects
) -> list[tuple[SourceFile, Record]]:
    """Threads with the messages, details and people of their source's other files, cut into contacts; responses joined.

    A message or detail whose thread is in no file of the source is set aside.
    """
    sides: dict[str, SideRecords] = {}
    for file in files:
        side = sides.setdefault(file.source, SideRecords())
        for record in file.records:
            side.take(file, record)
    found: list[tuple[SourceFile, Record]] = []
    known: dict[str, set[str]] = {source: set() for source in sides}
    for file, record in winners:
        whole = sides[file.source].joined(record)
        if isinstance(whole, ContactRecord):
            known[file.source].add(whole.contact_id)
            found.extend((file, contact) for contact in contacts_of(whole, rules))
        else:
            found.append((file, whole))
    for source, side in sides.items():
        for file, record, why in side.orphans(known[source]):
            rejects.add(file, record.line, why, _raw(record), is_fault=False)
            rejects.orphans[file.file_id] += 1
    return found


def _choose(old: tuple[SourceFile, Record], new: tuple[SourceFile, Record]):
    """(winner, loser, why the loser is set aside, is it a fault) of two rows with the same id."""
    old_time, new_time = (getattr(record, "updated_at", None) for _, record in (old, new))
    same_file = old[0] is new[0]
    versions_differ = old_time and new_time and old_time != new_time
    if versions_differ:
        winner, loser = (new, old) if new_time > old_time else (old, new)
        return winner, loser, f"an older version of the same id; the newer is in {_place(winner)}", False
    if same_file:
        # an incremental export may hold a ticket twice, word for word: said, but no fault
        is_fault = replace(old[1], line=0) != replace(new[1], line=0)
        return old, new, f"the id '{_vendor_id(new[1])}' is already in line {old[1].line}", is_fault
    return new, old, f"read again in {_place(new)}", False


def _place(found: tuple[SourceFile, Record]) -> str:
    return f"{found[0].shown_name} line {found[1].line}"


def _vendor_id(record: Record) -> str:
    return record.contact_id if isinstance(record, ContactRecord) else record.response_id


def _key(file: SourceFile, record: Record) -> str:
    kind = "contact" if isinstance(record, ContactRecord) else "response"
    return f"{kind}|{prefixed(file, _vendor_id(record))}"


def prefixed(file: SourceFile, vendor_id: str | None) -> str | None:
    """The vendor's id under its source's name; an id that is itself an address or a number of a person is hashed."""
    if not vendor_id:
        return None
    if redact(vendor_id).text != vendor_id:
        vendor_id = f"hashed-{hashlib.sha256(vendor_id.encode()).hexdigest()[:12]}"
    return f"{file.source}:{vendor_id}"


def _raw(record: Record) -> str:
    """A record as text, for the table of rejects; identifiers of the customer are left out."""
    fields = {name: getattr(record, name) for name in record.__slots__ if name not in ("identifiers", "answers", "fields")}
    if isinstance(record, DetailRecord):
        fields |= {name: value for name, value in record.fields.items() if name != "identifiers"}
    shown = {name: str(value) for name, value in fields.items() if value not in (None, "", ())}
    if isinstance(record, ResponseRecord):
        shown |= {f"answer to {a.question}": a.text for a in record.answers}
    return json.dumps(shown, ensure_ascii=False)


def _redacted_raw(raw: str) -> str:
    """A raw row without personal data. In JSON each text is redacted by itself: an escaped line break hides a number.

    A reject keeps columns nobody mapped, so long bare numbers (phones, cards, customer numbers) go as well.
    """
    try:
        parsed = json.loads(raw)
    except ValueError:
        return _LONG_NUMBER.sub("[number]", redact(raw).text)
    return json.dumps(_redacted_leaves(parsed), ensure_ascii=False)


def _redacted_leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {redact(key).text: _redacted_leaves(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_redacted_leaves(inner) for inner in value]
    return _LONG_NUMBER.sub("[number]", redact(str(value)).text) if isinstance(value, str | int | float) else value


def _stored_updates(frames: Frames) -> dict[str, str]:
    stored = frames["contacts"].dropna(subset=["updated_at"])
    return {f"contact|{i}": at for i, at in zip(stored["contact_id"], stored["updated_at"], strict=True)}
