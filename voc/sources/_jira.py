"""Jira's own ways of writing: dates with names of months, comments in a cell, documents as trees, names in tables beside."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from voc.errors import VocError
from voc.records import Message
from voc.sources._entries import Entry, open_export
from voc.sources._tickets import items, scalar
from voc.sources._values import LeftOut, parse_time
from voc.sources._vendor import Reading
from voc.sources._warehouse import rows_beside

DONE = ("done", "3")  # key of the status category in the API, its id in a warehouse
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
_NAMED_MONTH = re.compile(r"(\d{1,2})[/. -]([^\W\d_]{3,10})\.?[/. -](\d{2}|\d{4})(?=\s|,|$)")
# Beginnings of names of months in the languages sites are set to most; of two that fit the longer counts
_MONTHS = {
    "jan": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "avr": 4, "abr": 4,
    "may": 5, "mai": 5, "mag": 5, "jun": 6, "juin": 6, "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aoû": 8,
    "aou": 8, "ago": 8, "sep": 9, "set": 9, "oct": 10, "okt": 10, "out": 10, "ott": 10, "nov": 11, "dec": 12, "déc": 12,
    "dez": 12, "dic": 12,
}  # fmt: skip
_COMMENT_COLUMN = re.compile(r"comment\d*$")
_LABEL_COLUMN = re.compile(r"labels\d*$")
_PORTAL_ACCOUNT = "qm:"  # account ids of customers who know the portal only
_AUTOMATION = ("automation for jira", "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077")
_CUSTOM_FIELD = re.compile(r"^Custom field \((.*)\)$")
_PARTS = ("subtask", "teilaufgabe", "unteraufgabe")
_TABLES_BESIDE = {
    "status": ("id", "name", "status_category_id"),
    "issue_type": ("id", "name", "subtask"),
}
_BLOCKS = {"paragraph", "heading", "listitem", "tablerow", "codeblock", "blockquote"}


class JiraReading(Reading):
    """Also dates such as 21/Jun/25 4:14 PM, values that are objects, and what the tables in the same folder say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain, zone = self.parse_time, ZoneInfo(self.options.timezone)
        self.parse_time = plain if self.options.date_format else partial(_moment, plain, zone)
        self._beside: dict[str, dict[str, Entry]] = {}
        self._priorities: dict[str, str] | None = None
        self._reporters: dict[str, str] | None = None

    def named(self, entry: Entry, option: str) -> str | None:
        """The text of the field an option names: of a choice its value, of a list its values with commas."""
        path = self.field(entry, option)
        return shown(entry.get(path)) if path else None

    def _names(self, entry: Entry) -> Iterator[str]:
        """Names as options take them, so that those a message proposes can be copied."""
        yield from (_CUSTOM_FIELD.sub(r"\1", name) for name in super()._names(entry))

    def row(self, table: str, key: str | None) -> Entry | None:
        """The row with an id of a table of statuses or types of issues in the same folder."""
        if table not in self._beside:
            rows = rows_beside(self.path, self.options, *_TABLES_BESIDE[table])
            self._beside[table] = {row.text("id") or "": row for row in rows}
        return self._beside[table].get(key or "")

    def reporter(self, issue_id: str) -> str | None:
        """Who reported an issue by the table of issues beside; None where it is not there, "" for nobody."""
        if self._reporters is None:
            rows = rows_beside(self.path, self.options, "id", "key", "reporter", "issue_type")
            self._reporters = {row.text("id") or "": row.text("reporter") or "" for row in rows}
        return self._reporters.get(issue_id)

    def status(self, key: str | None) -> str | None:
        """The name of a status by the table beside, else the id with what it is of; a word stays as it is."""
        if key is None or not key.isdigit():
            return key
        found = self.row("status", key)
        return (found.text("name") if found else None) or f"status {key}"

    def priority(self, key: str | None) -> str | None:
        """The name of a priority by the table beside, else the one every site begins with."""
        if key is None or not key.isdigit():
            return key
        if self._priorities is None:
            self._priorities = _named_priorities(self.path, self.options)
        return self._priorities.get(key) or PRIORITIES.get(key) or f"priority {key}"

    def keep(self, key: str | None, kind: str | None, *, request_type: str | None = "") -> None:
        """Raise LeftOut for an issue that is no contact; `request_type` None says that no customer asked."""
        project = (key or "").rpartition("-")[0].upper()
        wanted = {name.upper() for name in self.options.projects}
        if kind and re.sub(r"[\W_]", "", kind).casefold() in _PARTS:
            raise LeftOut(f"{kind}: part of another issue")
        if wanted and project not in wanted:
            raise LeftOut(f"project {project or 'unknown'}: none of those in projects")
        if self.options.requests_only and request_type is None:
            raise LeftOut("no customer request type (requests_only)")


def _named_priorities(path: Path, options: Any) -> dict[str, str]:
    """Priorities by id. Their table has the header of the one of resolutions, so the file's name tells."""
    found: dict[str, str] = {}
    for other in sorted(path.parent.iterdir()):
        if other == path or not other.is_file() or "priorit" not in other.name.lower():
            continue
        try:
            rows = open_export(other, options, pages=()).rows()
            found |= {row.text("id") or "": row.text("name") or "" for row in rows if row.names and not row.fault}
        except VocError:  # it is complained of where it is read for itself
            continue
    return found


def _moment(plain: Any, zone: ZoneInfo, text: str) -> datetime:
    match = _NAMED_MONTH.match(text.strip())
    name = match[2].casefold() if match else ""
    month = next((_MONTHS[name[:length]] for length in (4, 3) if name[:length] in _MONTHS), None)
    if match is None or month is None:
        return plain(text)
    year = match[3] if len(match[3]) == 4 else f"20{match[3]}"
    return parse_time(f"{year}-{month}-{match[1]}{text.strip()[match.end() :].replace(',', '')}", zone=zone)


def shown(value: Any) -> str | None:
    """What a field's value is called: a text, the value or name of a choice, or several with commas."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(shown, value))) or None
    if isinstance(value, dict):
        found = (shown(value[key]) for key in ("value", "name", "displayname") if key in value)
        return next(filter(None, found), None)
    return scalar(value)


def document_text(value: Any) -> str | None:
    """Text of a field: words as they are, a document of API version 3 (a tree of nodes) as lines."""
    if not isinstance(value, dict):
        return scalar(value)
    return re.sub(r"\n\s*\n+", "\n", "".join(_words(value))).strip() or None


def _words(node: dict[str, Any]) -> Iterator[str]:
    kind = (scalar(node.get("type")) or "").lower()
    attributes = node.get("attrs")
    if kind == "hardbreak":
        yield "\n"
    if kind == "text":
        yield str(node.get("text") or "")
    if kind in ("mention", "emoji") and isinstance(attributes, dict):
        yield scalar(attributes.get("text")) or ""
    for inner in items(node.get("content")):
        if isinstance(inner, dict):
            yield from _words(inner)
    if kind in _BLOCKS:
        yield "\n"


# ---------------------------------------------------------------- people and comments


def author_of(account: str | None, reporter: tuple[str | None, ...], kind: str | None = None) -> str:
    """Who an account is in an issue: its reporter and portal accounts are customers, the automation is the system."""
    if (account or "").casefold() in _AUTOMATION:
        return "system"
    known = {name.casefold() for name in reporter if name}
    is_theirs = bool(account) and (account.casefold() in known or account.startswith(_PORTAL_ACCOUNT))
    return "customer" if is_theirs or (kind or "").lower() == "customer" else "agent"


def cell_comments(entry: Entry, reporter: tuple[str | None, ...], reading: Reading) -> list[Message] | None:
    """Comments of a row of the CSV export, whose columns have one name; None when the file has no such column."""
    columns = [key for key in entry.data if _COMMENT_COLUMN.match(key)]
    return reading.messages(_cells(entry, columns, reading), partial(_cell_message, reporter)) if columns else None


def _cells(entry: Entry, columns: list[str], reading: Reading) -> Iterator[Entry]:
    for column in columns:
        text = (entry.data[column] or "").strip()
        parts = text.split(";", 2)
        if len(parts) == 3:
            data = dict(zip(("created", "author", "body"), parts, strict=True))
            yield Entry(line=entry.line, raw=entry.raw, data=data, names={"created": "Comment"})
        elif text:
            reading.losses.note(entry.line, "Comment", text, "not 'date;author;text'")


def _cell_message(reporter: tuple[str | None, ...], entry: Entry, reading: Reading) -> Message:
    author = author_of(entry.text("author"), reporter)
    return Message(
        at=reading.moment(entry, "created"),
        author=author,
        text=entry.text("body") or "",
        is_automatic=author == "system",
    )


def api_message(reporter: tuple[str | None, ...], entry: Entry, reading: Reading) -> Message:
    """A comment of the API: of an issue (`jsdPublic`) or of a customer request (`public`)."""
    account = entry.text("author.accountId", "author.key", "author.name", "author.displayName")
    author = author_of(account, reporter, entry.text("author.accountType"))
    if (entry.text("author.displayName") or "").casefold() in _AUTOMATION:
        author = "system"
    is_internal = entry.get("jsdPublic", "public") in (False, "false", "False")
    return Message(
        at=reading.moment(entry, "created.epochMillis", "created.iso8601", "created"),
        author=author,
        text=document_text(entry.get("body")) or "",
        is_public=not is_internal,
        is_automatic=author == "system",
    )


def labels(entry: Entry) -> tuple[str, ...]:
    """Labels: one a column in the CSV export, a list in the API."""
    listed = [shown(label) for label in items(entry.get("fields.labels", "labels"))]
    columns = [scalar(entry.data[key]) for key in entry.data if _LABEL_COLUMN.match(key)]
    return tuple(dict.fromkeys(filter(None, listed or [one for cell in columns if cell for one in cell.split()])))


# ---------------------------------------------------------------- endings


def changes(entry: Entry, closed_statuses: frozenset[str], reading: Reading) -> tuple[list[datetime], int | None]:
    """When the changelog of an issue says that it was solved, and how often it was opened again (None without one).

    A resolution that is set or taken back says so in every language; statuses are told by their names.
    """
    if entry.get("changelog") is None:
        return [], None
    endings, reopened = [], 0
    for history in entry.objects("changelog.histories", "changelog.values", "changelog"):
        steps = [_step(item, closed_statuses) for item in history.objects("items")]
        at = reading.time(history, "created.epochMillis", "created")
        if at and "solved" in steps:
            endings.append(at)
        reopened += "reopened" in steps
    return endings, reopened


def _step(item: Entry, closed_statuses: frozenset[str]) -> str | None:
    field = (item.text("field", "fieldId") or "").lower()
    before, after = (item.text(f"{side}String", side) for side in ("from", "to"))
    if field == "status":
        was, is_now = ((name or "").casefold() in closed_statuses for name in (before, after))
    elif field == "resolution":
        was, is_now = bool(before), bool(after)
    else:
        return None
    return None if was == is_now else "solved" if is_now else "reopened"


def solved(*moments: datetime | None) -> tuple[datetime, ...]:
    """Moments in order, each once."""
    return tuple(sorted({moment for moment in moments if moment}))
