"""Cells as values: times, numbers, durations, lists and identifiers, and what to say about those that are none."""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from voc.errors import did_you_mean
from voc.records import Identifier, RejectRecord

log = logging.getLogger("voc.sources")
Value = TypeVar("Value")

FORMAT_WORDS = ("epoch", "epoch_ms", "day_first", "month_first")
# What tools write for "nothing". An identifier among these would make one customer of many strangers.
_NOTHING = {"", "-", "--", "n/a", "#n/a", "na", "nan", "null", "none", "nil", "unknown", "undefined", "anonymous"}
_OFFSET = re.compile(r"\s+(?:UTC|GMT)?([+-]\d{2}:?\d{2})$")
_UTC_NAME = re.compile(r"\s*(?:UTC|GMT)$")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(.+))?$")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2}),?(?:[T\s]+(.+))?$")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?$")
_DURATION = re.compile(r"(\d+):([0-5]\d):([0-5]\d)(?:\.\d+)?$")
_TAGS = re.compile(r"[;,|\n]")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class RowFault(Exception):
    """Why one row cannot become a record; the reason shown among the rejects."""


class LeftOut(RowFault):
    """Why a sound row takes no part, such as a survey preview: counted, but no fault of the file."""


def rejected(fault: RowFault, line: int, raw: str) -> RejectRecord:
    """The reject for a row that raised `fault`."""
    return RejectRecord(line=line, reason=str(fault), raw=raw, is_fault=not isinstance(fault, LeftOut))


class Losses:
    """Values that could not be used in rows that were kept: counted, and logged once a column when the file ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def note(self, line: int, column: str, value: str, why: str) -> None:
        self._seen.setdefault((column, why), []).append((line, value))

    def report(self) -> None:
        for (column, why), places in self._seen.items():
            line, value = places[0]
            log.warning(
                "%s: values of '%s' left out: %d, %s; the first is '%s' on line %d.",
                self._path, column, len(places), why, short(value), line,
            )  # fmt: skip


def short(value: str) -> str:
    """A value as shown in a message: one line of at most 80 characters."""
    flat = " ".join(value.split())
    return flat if len(flat) <= 80 else f"{flat[:77]}..."


def is_nothing(text: str) -> bool:
    """Whether a cell holds one of the words tools write for "no value"."""
    return text.strip().lower() in _NOTHING


def some(text: str | None) -> str | None:
    """The trimmed text of a cell, or None when nothing is in it."""
    return (text or "").strip() or None


def required_time(text: str, column: str, parse: Callable[[str], datetime]) -> datetime:
    """The time of a row. Raises RowFault: `'Created' is '31/31/2026', not a date`."""
    if is_nothing(text):
        raise RowFault(f"'{column}' is empty, so the row has no date")
    try:
        return parse(text)
    except ValueError as error:
        raise RowFault(f"'{column}' is '{short(text)}', {error}") from error


def optional(text: str, column: str, line: int, parse: Callable[[str], Value], losses: Losses) -> Value | None:
    """A value a row can do without: None when the cell is empty, None and a noted loss when it cannot be read."""
    if is_nothing(text):
        return None
    try:
        return parse(text)
    except ValueError as error:
        losses.note(line, column, text, str(error))
        return None


def parse_time(text: str, *, date_format: str | None = None, zone: ZoneInfo | None = None) -> datetime:
    """Read a date or time as an aware time in UTC; times without an offset are in `zone` (default UTC).

    ISO 8601 and kin need no `date_format`. `03/04/2026` does: "day_first", "month_first", a strptime pattern; so do
    seconds since 1970 ("epoch", "epoch_ms"). Raises ValueError with a clause that follows "'Created' is '...', ".
    """
    text = text.strip()
    try:
        naive = _parse(text, date_format)
        aware = naive if naive.tzinfo else naive.replace(tzinfo=zone or UTC)
        moment = aware.astimezone(UTC)
    except _Ambiguous:
        raise
    except (ValueError, OverflowError, OSError) as error:
        pattern = f" written as {date_format}" if date_format else ""
        raise ValueError(f"not a date{pattern}") from error
    if not 1970 <= moment.year <= 2100:
        raise ValueError("not a date between 1970 and 2100")
    return moment


class _Ambiguous(ValueError):
    """A date whose day and month could be exchanged."""


def _parse(text: str, date_format: str | None) -> datetime:
    if date_format in ("epoch", "epoch_ms"):
        number = float(text) / (1000 if date_format == "epoch_ms" else 1)
        return datetime.fromtimestamp(number, UTC)
    if date_format and date_format not in FORMAT_WORDS:
        return datetime.strptime(text, date_format)
    text = _UTC_NAME.sub("+00:00", _OFFSET.sub(r"\1", text))
    if not text.isdigit() or len(text) == 8:  # a bare number is a date only as 20260531
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    if match := _YEAR_FIRST.match(text):
        return _at_clock(*(int(part) for part in match.groups()[:3]), match[4])
    if match := _YEAR_LAST.match(text):
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        day, month = _day_and_month(int(match[1]), int(match[2]), year, date_format)
        return _at_clock(year, month, day, match[4])
    raise ValueError("no known form")


def _day_and_month(first: int, second: int, year: int, date_format: str | None) -> tuple[int, int]:
    if date_format == "day_first" or (date_format is None and (first > 12 or first == second)):
        return first, second
    if date_format == "month_first" or second > 12:
        return second, first
    dates = f"{first} {_MONTHS[second - 1]} or {second} {_MONTHS[first - 1]}" if first and second else "either way"
    raise _Ambiguous(f"which may be {dates} {year}: set date_format to day_first or month_first")


def _at_clock(year: int, month: int, day: int, clock: str | None) -> datetime:
    if clock is None:
        return datetime(year, month, day)
    offset = re.search(r"(Z|[+-]\d{2}:?\d{2})$", clock)
    match = _CLOCK.match(clock[: offset.start()] if offset else clock)
    if not match:
        raise ValueError("no time of day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of twelve")
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    zone = datetime.fromisoformat(f"2000-01-01T00:00{offset[1]}").tzinfo if offset else None
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def check_date_format(text: str | None) -> str | None:
    """Pass a `date_format` setting on. Raises ValueError when it is neither a known word nor a pattern."""
    if text is None or text in FORMAT_WORDS:
        return text
    if "%" not in text:
        hint = did_you_mean(text, FORMAT_WORDS)
        raise ValueError(f"a date format is {', '.join(FORMAT_WORDS)} or a pattern such as %d/%m/%Y %H:%M. {hint}")
    try:
        datetime.strptime(datetime(2026, 12, 31).strftime(text), text)
    except (ValueError, re.error) as error:
        raise ValueError(f"not a pattern for dates: {error}") from error
    return text


def check_timezone(name: str | None) -> str | None:
    """Pass a `timezone` setting on. Raises ValueError with a suggestion when there is no such zone."""
    if name is not None and name not in available_timezones():
        hint = did_you_mean(name, available_timezones())
        raise ValueError(f"no such time zone. {hint if hint.startswith('Did') else 'An example is Europe/Berlin.'}")
    return name


def parse_number(text: str, *, decimal_comma: bool = False) -> float:
    """Read a number, with thousands separators and a currency sign if need be: "1,234.50", "€ 1.234,50", "12 %" not.

    Raises ValueError("not a number") also for infinity, and for "12,5" without `decimal_comma`.
    """
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    plain = re.sub(r"^[$€£¥]|[$€£¥]$", "", plain)
    point, comma = (",", ".") if decimal_comma else (".", ",")
    form = rf"[+-]?(\d+|\d{{1,3}}(\{comma}\d{{3}})+)?(\{point}\d*)?([eE][+-]?\d{{1,2}})?"
    if not re.fullmatch(form, plain, re.ASCII):
        raise ValueError("not a number")
    try:
        number = float(plain.replace(comma, "").replace(point, "."))
    except ValueError:
        raise ValueError("not a number") from None
    if abs(number) == float("inf"):
        raise ValueError("not a number")
    return number


def parse_count(text: str, *, decimal_comma: bool = False) -> int:
    """Read a whole number from 0 up. Raises ValueError("not a count")."""
    try:
        number = parse_number(text, decimal_comma=decimal_comma)
    except ValueError:
        raise ValueError("not a count") from None
    if number < 0 or number != int(number) or number > 2**53:
        raise ValueError("not a count")
    return int(number)


def parse_duration(text: str, *, seconds_a_unit: float, decimal_comma: bool = False) -> float:
    """Read agent time in minutes: a number of units, or hours:minutes:seconds. Raises ValueError("not a duration")."""
    if match := _DURATION.match(text.strip()):
        return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3])) / timedelta(minutes=1)
    try:
        minutes = parse_number(text, decimal_comma=decimal_comma) * seconds_a_unit / 60
    except (ValueError, OverflowError):
        raise ValueError("not a duration") from None
    if minutes < 0 or minutes == float("inf"):
        raise ValueError("not a duration")
    return minutes


def parse_boolean(text: str) -> bool:
    """Read yes or no. Raises ValueError("neither yes nor no")."""
    word = text.strip().lower()
    if word in ("1", "1.0", "true", "t", "yes", "y", "x"):
        return True
    if word in ("0", "0.0", "false", "f", "no", "n"):
        return False
    raise ValueError("neither yes nor no")


def parse_tags(text: str, separator: str | None = None) -> tuple[str, ...]:
    """Split a cell of tags at `separator`, or at semicolons, commas, bars and line breaks; a JSON list is one too."""
    parts: list[Any] = []
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
            parts = found if isinstance(found, list) else []
        except (ValueError, RecursionError):
            pass
    if not parts:
        parts = text.split(separator) if separator else _TAGS.split(text)
    tags = (str(part).strip() for part in parts if not isinstance(part, (list, dict)) and part is not None)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def identifiers(**cells: str | None) -> tuple[Identifier, ...]:
    """Identifiers by kind (id, external, email, phone); words for "nobody" and addresses without "@" are left out."""
    found = []
    for kind, text in cells.items():
        value = (text or "").strip()
        if not is_nothing(value) and (kind != "email" or "@" in value):
            found.append((kind, value))
    return tuple(found)
