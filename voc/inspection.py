"""Look at a file before a pipeline names it: its format, its fields, its first rows as they would be read, a snippet."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from voc import registry
from voc.errors import VocError
from voc.records import ContactRecord, DetailRecord, MessageRecord, PersonRecord, Record, RejectRecord, ResponseRecord
from voc.sources import _message_tables
from voc.sources._fields import FIELDS, REQUIRED
from voc.sources._files import check_file, file_kind, is_json, read_head
from voc.sources._message_tables import Cells, MessageTable, letters, message_table
from voc.sources._tables import open_table
from voc.stages.reading import warnings_of
from voc.text.html import html_to_text
from voc.text.redact import redact
from voc.times import iso

ROWS, SHOWN, WIDTH = 500, 3, 72
_WORDS = {ContactRecord: "contacts", ResponseRecord: "survey responses", MessageRecord: "messages", DetailRecord: "details of contacts",
          PersonRecord: "people", RejectRecord: "set aside"}  # fmt: skip
# Usual column names of each of our fields, in small letters and without signs; the first that is there is proposed.
_USUAL = {
    "id": ("ticketid", "id", "caseid", "casenumber", "number", "incident", "conversationid", "key", "issuekey", "reference"),
    "opened_at": ("createdat", "created", "openedat", "opened", "createddate", "creationdate", "opendate", "date", "datecreated", "timestamp", "time"),
    "closed_at": ("solvedat", "resolvedat", "closedat", "solved", "resolved", "closed", "closeddate", "resolveddate"),
    "updated_at": ("updatedat", "updated", "lastmodified", "lastmodifieddate", "modified"),
    "text": ("description", "body", "text", "message", "comment", "content", "question", "details", "review", "complaint", "narrative"),
    "subject": ("subject", "title", "summary", "shortdescription", "topic"),
    "customer": ("customerid", "requesterid", "userid", "contactid", "clientid", "customer", "requester", "caller", "creator", "reporter"),
    "email": ("email", "emailaddress", "requesteremail", "contactemail", "customeremail"),
    "phone": ("phone", "phonenumber", "mobile", "callerid", "ani"),
    "channel": ("channel", "via", "origin", "contacttype", "medium", "source"),
    "site": ("site", "team", "group", "assignmentgroup", "location"),
    "segment": ("segment", "plan", "tier", "customertype"),
    "status": ("status",),
    "priority": ("priority", "urgency"),
    "given_topic": ("category", "reason", "topicname", "contactreason", "tag"),
    "organisation": ("organisation", "organization", "company", "account"),
    "language": ("language", "locale", "lang"),
    "tags": ("tags", "labels"),
}  # fmt: skip
# and, where none is there, what such a name holds
_LIKE = {
    "id": r"^(ticket|case|complaint|conversation|request|issue|review|contact|incident|comment|response|answer)\w*(id|number|no)$",
    "opened_at": r"(date|time)(received|opened|created|submitted|posted)|(received|opened|created|submitted|posted)(at|on|date|time)",
    "text": r"narrative|description|comment|message|text|review|feedback|body|utterance|answer",
}
_HOLDS_NO_TEXT = re.compile(r"(id|number|no|date|time|count|code|type|at|by|on|score|rating)$")  # "Comment ID", "Review date"
_WRITERS = ("senderid", "authorid", "fromid")  # of a message: in the customer's rows, who the customer is
_OF_A_PERSON = re.compile(r"phone|mobile|fax|mail|name|address|street|birth|ip$|nick", re.IGNORECASE)


@dataclass(frozen=True)
class Inspected:
    """What a file holds: `fields` with an example each, lines of the first rows, what is missing, and a snippet."""

    kind: str
    fields: tuple[tuple[str, str], ...]
    read: tuple[str, ...]
    missing: tuple[str, ...]
    snippet: str


def inspect(path: Path, kind: str | None = None) -> Inspected:
    """Look at a file. Raises VocError where no source knows it, or the kind named is none."""
    check_file(path)
    kind = kind or sniffed(path)
    plugin = registry.get("sources", kind)
    block: dict[str, Any] = {"kind": kind, "name": _plain(path.stem) or kind, "path": path.name}
    fields = _fields(path) if kind == "table" else _fields_if_any(path)
    if kind == "table":
        rows = [row.cells for row in islice(open_table(path).rows(), _message_tables.ROWS) if not row.fault]
        messages = _messages(rows)
        block |= _as_messages(messages, rows) if messages else {"records": "contacts", "columns": _guessed([name for name, _ in fields])}
        if said := _unsure(block, messages):
            return Inspected(kind, fields, (), (said,), snippet(block, _lacking(block)))
    with warnings_of("voc.sources") as warnings:
        try:
            options = plugin.Options(**{k: v for k, v in block.items() if k not in ("kind", "name", "path")})
            records = list(islice(plugin.read(path, options), ROWS))
        except VocError as error:
            if not fields:
                raise
            # a key that only a person can give: what is known helps to give it
            return Inspected(kind, fields, tuple(warnings), (f"{error.what} {error.fix or ''}".strip(),), snippet(block))
    if _is_part(records):
        block["path"] = f"{path.resolve().parent.name}/*"
    return Inspected(kind, fields, (*_read(records), *warnings), tuple(_missing(records)), snippet(block))


def _lacking(block: dict[str, Any]) -> list[str]:
    return [name for name in REQUIRED[block["records"]] if name not in block["columns"]]


def _unsure(block: dict[str, Any], messages: MessageTable | None) -> str | None:
    """What has to be filled in before the table can be read; None where nothing."""
    if lacking := _lacking(block):
        return f"Columns for {', '.join(lacking)} were not recognised: fill them in, then voc check tells more."
    if messages and messages.unknown:
        column = messages.columns["author"]
        return (
            f"Rows are messages, but who wrote them stands in '{column}' in words that are not known: name those of customers, agents, bots "
            "under authors ('*' stands for all others), then voc check tells more."
        )
    return None


def sniffed(path: Path) -> str:
    """The one source that claims a file. Raises VocError where none does."""
    head = read_head(path)
    found = [name for name, plugin in registry.load_all("sources").items() if plugin.sniff(path, head)]
    if not found:
        file_kind(path, head)  # may know what it is instead
        raise VocError(f"{path} is of no format that is known.", "Name one yourself: --kind; all kinds: voc list sources")
    return found[0]


# ---------------------------------------------------------------- what stands in it


def _fields(path: Path) -> tuple[tuple[str, str], ...]:
    """Columns, or keys of the first object, each with the first value that is not empty, redacted."""
    if is_json(path):
        from voc.sources._json import read_items

        item = next(iter(read_items(path, encoding=None)), None)
        value = item.value if item and isinstance(item.value, dict) else {}
        return tuple((name, _shown_value(name, _example(inner))) for name, inner in value.items())
    table = open_table(path)
    rows = list(islice(table.rows(), 50))
    return tuple((name, _shown_value(name, next((r.cells[name] for r in rows if r.cells.get(name)), ""))) for name in table.columns or ())


def _fields_if_any(path: Path) -> tuple[tuple[str, str], ...]:
    """Fields of a file whose source may read text that is no table, such as a transcript."""
    try:
        return _fields(path)
    except VocError:
        return ()


def _shown_value(name: str, value: str) -> str:
    """An example; not of a field that holds who somebody is."""
    return "(not shown)" if value and _OF_A_PERSON.search(name) else _short(value)


def _example(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"an object with {', '.join(list(value)[:4])}" if isinstance(value, dict) else "" if value is None else str(value)


def _short(text: str, width: int = WIDTH) -> str:
    """One redacted line."""
    line = " ".join(redact(html_to_text(text)).text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _read(records: list[Record]) -> Iterator[str]:
    """How many of what, the first as they were read, and why others are set aside."""
    counts = Counter(_WORDS[type(record)] for record in records)
    if not records:
        yield "Columns, and no rows under them."
        return
    yield f"First {len(records)} rows: " + ", ".join(f"{n} {what}" for what, n in counts.most_common())
    yield from (_shown(record) for record in islice((r for r in records if not isinstance(r, RejectRecord)), SHOWN))
    reasons = Counter(redact(r.reason).text for r in records if isinstance(r, RejectRecord))
    yield from (f"set aside {n} times: {reason}" for reason, n in reasons.most_common(SHOWN))


def _shown(record: Record) -> str:
    if isinstance(record, ContactRecord):
        said = [iso(record.opened_at), record.channel, record.subject, record.text, f"{len(record.messages)} messages" if record.messages else None]
    elif isinstance(record, ResponseRecord):
        score = None if record.score is None else f"{record.score_kind} {record.score:g}"
        said = [iso(record.responded_at), score, *(f"{a.question}: {a.text}" for a in record.answers)]
    elif isinstance(record, MessageRecord):
        said = [iso(record.message.at), record.message.author, f"of {record.contact_id}", record.message.text]
    elif isinstance(record, DetailRecord):
        said = [f"of {record.contact_id}", ", ".join(record.fields)]
    else:
        said = [f"a person with {len(record.identifiers)} identifiers", record.organisation]
    return f"line {record.line}: " + _short(" · ".join(str(part) for part in said if part), 2 * WIDTH)


def _missing(records: list[Record]) -> Iterator[str]:
    """What the rows cannot tell, and what follows from it."""
    contacts = [r for r in records if isinstance(r, ContactRecord)]
    told = [r for r in records if isinstance(r, ContactRecord | ResponseRecord)]
    if _is_part(records):
        yield "This file gives no contact by itself: name the folder with all files of the export."
    if told and not any(r.identifiers for r in told):
        yield "No row says who the customer is: nobody can be seen to come back."
    if contacts and not any(r.closed_at or r.solved_at for r in contacts):
        yield "No row says when it was solved: the time to a repeat counts from the opening."
    if contacts and not any(r.handle_minutes is not None for r in contacts):
        yield "No row holds agent time: give handle_minutes in the cost file, or map a field."
    if contacts and not any(r.messages for r in contacts):
        yield "No messages: reopenings and chasers inside a thread cannot be told apart from its opening."


def _is_part(records: list[Record]) -> bool:
    """Whether rows are of the kinds that only add to contacts of other files."""
    return bool(records) and not any(isinstance(r, ContactRecord | ResponseRecord) or isinstance(r, RejectRecord) and r.is_fault for r in records)


# ---------------------------------------------------------------- the snippet


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", redact(name).text.lower()).strip("-")


def _messages(rows: Sequence[Cells]) -> MessageTable | None:
    """The settings of a table with a row a message; None where its rows are contacts."""
    guessed = _guessed(_columns(rows))
    return message_table(rows, [guessed[name] for name in ("customer", "email", "phone") if name in guessed])


def _columns(rows: Sequence[Cells]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _as_messages(messages: MessageTable, rows: Sequence[Cells]) -> dict[str, Any]:
    """The settings of a source that reads a table as messages, with whatever else its columns hold."""
    columns = [name for name in _columns(rows) if name not in messages.columns.values()]
    others = {name: column for name, column in _guessed(columns, "messages").items() if name not in messages.columns}
    block: dict[str, Any] = {"records": "messages", "columns": messages.columns | others}
    if messages.authors:
        block["authors"] = {author: list(names) for author, names in messages.authors.items()}
    elif messages.unknown:
        block["authors"] = {}
    return block | ({"date_format": messages.date_format} if messages.date_format else {})


def _guessed(columns: list[str], records: str = "contacts") -> dict[str, str]:
    """Our field -> the file's column, where a column has a usual name."""
    plain = {letters(name): name for name in reversed(columns)}
    known = _USUAL if records == "contacts" else _USUAL | {"customer": (*_USUAL["customer"], *_WRITERS)}
    found: dict[str, str] = {}
    for field, usual in known.items():
        exact = [plain[name] for name in usual if name in plain]
        free = (column for column in (*exact, *_alike(field, columns)) if column not in found.values())
        if field in FIELDS[records] and (column := next(free, None)):
            found[field] = column
    return found


def _alike(field: str, columns: list[str]) -> Iterator[str]:
    """Columns whose names hold what such a field is called."""
    for column in columns if field in _LIKE else ():
        name = letters(column)
        if re.search(_LIKE[field], name) and not (field == "text" and _HOLDS_NO_TEXT.search(name)):
            yield column


def snippet(block: dict[str, Any], lacking: list[str] | tuple = ()) -> str:
    """An entry of `sources`, as YAML."""
    lines = [f"{name}: {_scalar(value)}" for name, value in block.items() if not isinstance(value, dict)]
    if "columns" in block:
        lines.append("columns:")
        lines += [f"  {name}: {_scalar(value)}" for name, value in block["columns"].items()]
        lines += [f"  {name}: # fill in" for name in lacking]
    if "authors" in block:
        named = [f"  {author}: [{', '.join(map(_quoted, names))}]" for author, names in block["authors"].items()]
        lines += ["authors:", *(named or ["  customer: # fill in, such as [Visitor]", "  agent: # fill in"])]
    return "\n".join(("  - " if n == 0 else "    ") + line for n, line in enumerate(lines))


def _scalar(value: Any) -> str:
    """A text as YAML, in quotes unless it is a plain word."""
    text = str(value)
    return text if re.fullmatch(r"[A-Za-z_][\w./-]*", text) else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

