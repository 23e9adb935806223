"""How the files of a vendor become records: which table a file is, and values, losses and rows passed over."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from voc.errors import VocError, did_you_mean
from voc.records import Message, Record, RejectRecord
from voc.sources._entries import Entry, Export, VendorOptions, fold
from voc.sources._raw import raw_of
from voc.sources._tickets import scalar
from voc.sources._values import (
    Losses,
    RowFault,
    is_nothing,
    optional,
    parse_boolean,
    parse_count,
    parse_duration,
    parse_number,
    parse_time,
    rejected,
    required_time,
    short,
)

log = logging.getLogger("voc.sources")
Value = TypeVar("Value")
_EPOCH = re.compile(r"\d{9,10}(\.\d+)?$|\d{12,13}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """One table of a vendor: told by keys it surely has, read by `read`, or passed over for the reason `unused`."""

    name: str  # as shown in messages
    signs: tuple[str, ...]  # each a list of keys, separated by semicolons, of which all must be there
    read: Callable[[Entry, "Reading"], Iterable[Record]] | None = None
    unused: str = ""

    def fits(self, keys: Iterable[str]) -> bool:
        """Whether keys (folded) are those of this table."""
        keys = {*keys}
        return any({fold(sign) for sign in signs.split(";")} <= keys for signs in self.signs)


class Reading:
    """What the readers of one file share: how its times are read, values lost, rows passed over."""

    def __init__(self, path: Path, options: VendorOptions, *, prefixes: tuple[str, ...] = ()) -> None:
        self.path = path
        self.options = options
        self.losses = Losses(path)
        self.is_one_of_many = True  # JSON, or a table of a warehouse, beside which others stand
        self.parse_time = partial(_moment, date_format=options.date_format, zone=ZoneInfo(options.timezone))
        self._prefixes = ("", *prefixes)
        named = (name for name in type(options).model_fields if name.endswith("_field"))
        self._missing = {name for name in named if getattr(options, name) is not None}
        self._known: dict[str, None] | None = None
        self._passed: dict[str, list[Any]] = {}

    def id(self, entry: Entry, *paths: str) -> str:
        """The id of a row. Raises RowFault when it has none."""
        found = entry.text(*paths)
        if found is None or is_nothing(found):
            raise RowFault(f"'{entry.name(*paths)}' is empty, so the row has no id")
        return found

    def moment(self, entry: Entry, *paths: str) -> datetime:
        """The time of a row. Raises RowFault when it has none that can be read."""
        for path in paths:
            text = entry.text(path)
            if text:
                return required_time(text, entry.name(path), self.parse_time)
        return required_time("", entry.name(*paths), self.parse_time)

    def time(self, entry: Entry, *paths: str) -> datetime | None:
        """A time a row can do without; what cannot be read is counted and logged."""
        return self._maybe(entry, paths, self.parse_time)

    def times(self, entry: Entry, *paths: str) -> tuple[datetime, ...]:
        """All times found at the paths, in order, none twice."""
        return tuple(sorted({moment for path in paths if (moment := self.time(entry, path))}))

    def count(self, entry: Entry, *paths: str) -> int | None:
        """A whole number from 0 up."""
        return self._maybe(entry, paths, parse_count)

    def number(self, entry: Entry, *paths: str) -> float | None:
        """A number."""
        return self._maybe(entry, paths, parse_number)

    def minutes(self, entry: Entry, *paths: str) -> float | None:
        """Agent time given in seconds or as h:mm:ss, in minutes. 0 says that nobody measured, so it is None."""
        return self._maybe(entry, paths, partial(parse_duration, seconds_a_unit=1)) or None

    def is_true(self, entry: Entry, *paths: str) -> bool:
        """Whether a flag is set."""
        return bool(self._maybe(entry, paths, parse_boolean))

    def version(self, entry: Entry, what: str, *ids: str, changed: tuple[str, ...] = ("updated_at",)) -> dict[str, Any]:
        """Of a message or detail, what tells its versions apart: its `key`, and when it was changed. Empty without an id.

        Where a table of a warehouse has no time of the change, that of its loading stands for it.
        """
        row_id = entry.text(*ids)
        return {"key": f"{what} {row_id}", "changed_at": self.time(entry, *changed, "_fivetran_synced")} if row_id else {}

    def named(self, entry: Entry, option: str) -> str | None:
        """The text of the field that an option names."""
        path = self.field(entry, option)
        value = entry.get(path) if path else None
        if isinstance(value, list):
            return ", ".join(filter(None, map(scalar, value))) or None
        return scalar(value)

    def fields(self, entry: Entry) -> dict[str, Any]:
        """Fields of a ContactRecord that options name; raises nothing, `finish` complains of names never found."""
        if self._missing and self._known is None:
            self._known = {}
        revenue, handling = self.field(entry, "annual_revenue_field"), self.field(entry, "handle_time_field")
        found = {
            "given_topic": self.named(entry, "given_topic_field"),
            "segment": self.named(entry, "segment_field"),
            "site": self.options.site or self.named(entry, "site_field"),
            "annual_revenue": self.number(entry, revenue) if revenue else None,
            "handle_minutes": self.minutes(entry, handling) if handling else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def field(self, entry: Entry, option: str) -> str | None:
        """Where in the entry the field stands that an option names."""
        wanted = getattr(self.options, option)
        if wanted is None:
            return None
        path = next((prefix + wanted for prefix in self._prefixes if entry.has(prefix + wanted)), None)
        if path:
            self._missing.discard(option)
        elif self._known is not None and option in self._missing:
            self._known.update(dict.fromkeys(self._names(entry)))
        return path

    def _names(self, entry: Entry) -> Iterator[str]:
        yield from entry.names.values() or entry.data
        for prefix in filter(None, self._prefixes):
            inner = entry.get(prefix.removesuffix("."))
            yield from inner if isinstance(inner, Mapping) else ()

    def _maybe(self, entry: Entry, paths: tuple[str, ...], parse: Callable[[str], Value]) -> Value | None:
        for path in paths:
            text = entry.text(path)
            if text:
                return optional(text, entry.name(path), entry.line, parse, self.losses)
        return None

    def messages(self, entries: Iterable[Entry], build: Callable[[Entry, "Reading"], Message | None]) -> list[Message]:
        """Messages inside a thread, in order of time; one that cannot be read is a counted loss, not the thread's."""
        found = []
        for one in entries:
            try:
                message = build(one, self)
            except RowFault as fault:
                self.losses.note(one.line, "messages", "", str(fault))
                continue
            if message:
                found.append(message)
        return sorted(found, key=lambda message: message.at)

    def pass_over(self, entry: Entry, why: str) -> None:
        """Count a row that is sound and holds nothing we use; `finish` says so in one reject a reason."""
        self._passed.setdefault(why, [entry, 0])[1] += 1

    def finish(self) -> Iterator[RejectRecord]:
        """What was passed over. Raises VocError for an option that names a field no thread of the file has.

        In JSON, where empty fields may be left out, and in tables of a warehouse, where the segment may stand in that
        of the contacts, another file may have the field; there it is logged.
        """
        for why, (entry, count) in self._passed.items():
            yield RejectRecord(
                line=entry.line, reason=f"{why} (rows passed over: {count})", raw=raw_of_entry(entry), is_fault=False
            )
        self.losses.report()
        for option in sorted(self._missing) if self._known is not None else ():
            wanted = getattr(self.options, option)
            what = f"{self.path}: no thread has the field '{wanted}', which {option} names."
            if not self.is_one_of_many:
                hint = did_you_mean(wanted, self._known) or "Its threads have no such fields; leave the option out."
                raise VocError(what, hint)
            log.warning("%s Another file of the source may have it.", what)


def _moment(text: str, *, date_format: str | None, zone: ZoneInfo) -> datetime:
    """A time as vendors write it: ISO 8601 and kin, or seconds or milliseconds since 1970."""
    if date_format is None and _EPOCH.match(text.strip()):
        is_milliseconds = len(text.strip().partition(".")[0]) > 10
        return parse_time(text, date_format="epoch_ms" if is_milliseconds else "epoch")
    return parse_time(text, date_format=date_format, zone=zone)


def read_tables(
    export: Export,
    kinds: tuple[TableKind, ...],
    reading: Reading,
    *,
    vendor: str,
    why_not: Callable[[Entry], str | None] = lambda entry: None,
) -> Iterator[Record]:
    """Records of a file: what the first table kind that fits makes of each row, and what cannot be read as rejects.

    Rows for which `why_not` gives a reason, and rows of tables of a loader that hold nothing we use, are counted and
    passed over. Raises VocError for another table whose header fits no kind; a JSON object that fits none is a reject.
    """
    kind = None
    if export.columns is not None:
        columns = {fold(column) for column in export.columns}
        kind = next((kind for kind in kinds if kind.fits(columns)), None)
        reading.is_one_of_many = "fivetransynced" in columns
        if kind is None and reading.is_one_of_many:
            kind = TableKind(name="another table", signs=(), unused=f"holds nothing that is read of {vendor}")
        if kind is None:
            known = ", ".join(dict.fromkeys(kind.name for kind in kinds))
            raise VocError(
                f"{export.path} is none of the tables that are read of {vendor}; its columns are: "
                f"{short(', '.join(export.columns))}.",
                f"Read are: {known}. For any other table use kind: table.",
            )
    return _records(export, kinds, kind, reading, vendor, why_not)


def _records(
    export: Export,
    kinds: tuple[TableKind, ...],
    fixed: TableKind | None,
    reading: Reading,
    vendor: str,
    why_not: Callable[[Entry], str | None],
) -> Iterator[Record]:
    for entry in export.rows():
        try:
            if entry.fault:
                raise RowFault(entry.fault)
            reason = why_not(entry)
            if reason:
                reading.pass_over(entry, reason)
                continue
            kind = fixed or next((kind for kind in kinds if kind.fits(entry.data)), None)
            if kind is None:
                raise RowFault(f"no object of {vendor} that is read")
            if kind.read is None:
                reading.pass_over(entry, f"{kind.name}: {kind.unused}")
                continue
            yield from list(kind.read(entry, reading))
        except RowFault as fault:
            yield rejected(fault, entry.line, raw_of_entry(entry))
    yield from reading.finish()


def raw_of_entry(entry: Entry) -> str:
    """An entry as its reject shows it; of a table with its columns, where one of them may name a person."""
    cells = {entry.names[key]: value for key, value in entry.data.items() if key in entry.names and isinstance(value, str)}
    return raw_of(cells, entry.raw) if cells else entry.raw


def whole_thread(opening: Message, replies: Iterable[Message] | None) -> tuple[Message, ...]:
    """Messages of a thread in order of time; none where the file does not hold the replies (None).

    Half a thread would say that nobody answered. Where replies stand in another file the opening is known by the
    thread's `opened_at` and `text`.
    """
    return () if replies is None else tuple(sorted((opening, *replies), key=lambda message: message.at))


def with_defaults(fields: Mapping[str, Any], **defaults: object) -> dict[str, Any]:
    """Fields that options name, and what the vendor itself holds where they name none."""
    return {name: value for name, value in defaults.items() if value is not None} | {**fields}


def fits_any(kinds: Iterable[TableKind], keys: set[str]) -> bool:
    """Whether keys (folded) are those of one of the tables."""
    return any(kind.fits(keys) for kind in kinds)
