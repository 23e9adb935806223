"""What the tests of help desk sources share: reading a file, and what holds for any bytes, cells and objects."""

import csv
import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from voc.errors import VocError
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, RejectRecord, ResponseRecord

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")  # csv.writer leaves \r unquoted
CELLS = st.text(_CHARACTERS, max_size=12) | st.sampled_from(
    [
        "",
        "1",
        "2026-01-01",
        "2026-01-01 10:00",
        "31/31/2026",
        "N/A",
        "9",
        "true",
        "1767222000",
        "10:30",
        'a "word"',
        "x\ny",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["2026-01-01T00:00:00Z", 1767222000, "1", "true"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
BYTES = st.binary(max_size=200)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def read(plugin: ModuleType, path: Path, **options: object) -> list:
    return list(plugin.read(path, plugin.Options(**options)))


def safely_read(plugin: ModuleType, path: Path, **options: object) -> list | None:
    """Records of any file, each fit to be stored, or None where a VocError says why there are none."""
    try:
        records = read(plugin, path, **options)
    except VocError as error:
        assert str(path) in str(error) and error.what
        return None
    for record in records:
        _check(record)
    return records


def check_bytes(plugin: ModuleType, path: Path, content: bytes, *, packed: bool) -> None:
    """Neither sniff nor read raises anything but VocError, whatever the bytes."""
    path.write_bytes(gzip.compress(content) if packed else content)
    assert plugin.sniff(path, path.read_bytes()) in (True, False)
    safely_read(plugin, path)


def write_csv(path: Path, header: list[str], rows: list[list[str]], **form: str) -> Path:
    with path.open("w", encoding=form.get("encoding", "utf-8"), newline="") as stream:
        csv.writer(stream, delimiter=form.get("delimiter", ",")).writerows([header, *rows])
    return path


def write_json(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def count_rows(records: list) -> int:
    """Rows of a file that its records account for: several of one row count once, passed-over rows by their number."""
    lines = set()
    passed = 0
    for record in records:
        if isinstance(record, RejectRecord) and "(rows passed over: " in record.reason:
            passed += int(record.reason.rpartition(" ")[2].rstrip(")"))
        else:
            lines.add(record.line)
    return len(lines) + passed


def _check(record: object) -> None:
    assert record.line >= 1
    texts = {
        RejectRecord: lambda r: [r.reason],
        ContactRecord: lambda r: [r.contact_id, r.text, r.subject or "", *r.tags, *(m.text for m in r.messages)],
        ResponseRecord: lambda r: [r.response_id, *(a.text for a in r.answers)],
        MessageRecord: lambda r: [r.contact_id, r.message.text],
        DetailRecord: lambda r: [r.contact_id],
        PersonRecord: lambda r: [value for _, value in r.identifiers],
    }[type(record)](record)
    for text in texts:
        assert "\0" not in text
        text.encode("utf-8")
    if isinstance(record, RejectRecord):
        assert record.reason
    if isinstance(record, ContactRecord):
        moments = [record.opened_at, *record.solved_at, *(m.at for m in record.messages)]
        assert record.contact_id.strip() and all(moment.tzinfo is UTC for moment in moments)
        assert list(record.solved_at) == sorted(record.solved_at)
    if isinstance(record, ResponseRecord) and record.score is not None:
        assert record.score_kind and record.score_worst != record.score_best
    if isinstance(record, MessageRecord | DetailRecord):
        assert record.contact_id.strip()


def plain(records: list) -> list:
    """Records as compared in tests: rejects without the row as it stood in the file."""
    return [replace(r, raw="") if isinstance(r, RejectRecord) else r for r in records]


def facts(records: list) -> list:
    """Records of others' files as compared in tests: words as their length and the beginning of their SHA-256."""
    return [_measured(record) for record in plain(records)]


def _measured(value: object) -> object:
    changed = {}
    for name in ("text", "subject", "tags", "messages", "message", "answers", "organisation", "fields"):
        found = getattr(value, name, None)
        if isinstance(found, str) and found:
            changed[name] = _print(found)
        elif name == "fields" and found and "tags" in found:
            changed[name] = {**found, "tags": tuple(map(_print, found["tags"]))}
        elif isinstance(found, tuple):
            changed[name] = tuple(_print(one) if isinstance(one, str) else _measured(one) for one in found)
        elif isinstance(found, Message):
            changed[name] = _measured(found)
    return replace(value, **changed) if changed else value


def _print(text: str) -> str:
    return f"{len(text)} {hashlib.sha256(text.encode()).hexdigest()[:8]}"
