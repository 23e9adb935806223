"""Any bytes and any cells give records, rejects or a VocError, and no row is lost on the way."""

import csv
import gzip
import json
from datetime import UTC

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voc.errors import VocError
from voc.records import ContactRecord, RejectRecord, ResponseRecord
from voc.sources import qualtrics, table, zendesk
from voc.sources._delimited import DELIMITERS, guess_delimiter, open_delimited

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CONTACTS = table.Options(columns={"id": "id", "opened_at": "created", "text": "text", "closed_at": "solved"})
RESPONSES = table.Options(
    records="responses",
    columns={"id": "id", "responded_at": "created", "text": "text"},
    score={"column": "solved", "worst": 1, "best": 5},
)
READERS = [(table, CONTACTS), (table, RESPONSES), (zendesk, zendesk.Options()), (qualtrics, qualtrics.Options())]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")  # csv.writer leaves \r unquoted
CELLS = st.one_of(
    st.text(CHARACTERS, max_size=12),
    st.sampled_from(["", "1", "2026-01-01", "2026-01-01 10:00", "31/31/2026", "N/A", "9", 'a "quoted" word']),
    st.sampled_from(["a,b;c\nd", "x\r\ny", '"', '""', "\ufeff", "\u2028|"]),
)
WORDS = st.text(CHARACTERS | st.just("\r"), min_size=1, max_size=8).filter(str.strip)
STARTS = [
    b"", b"id,created,text,solved\n", b"id;created\n", b"{", b"[", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1",
    b"\x1f\x8b", b"\xff\xfe", b"\xef\xbb\xbf", b'{"tickets": [', b"V1,V2\nResponseID,x\n",
    b"Id,Subject,Requester,Via,Created at\n",
    b'ResponseId,EndDate\na,b\n"{""ImportId"":""_recordId""}","{""ImportId"":""QID1_TEXT""}"\n',
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
TICKET_KEYS = [
    "id", "created_at", "updated_at", "requester_id", "requester", "via", "tags", "status", "comments", "custom_fields",
    "metric_set", "satisfaction_rating", "organization", "group", "subject", "description", "fields", "group_id",
]  # fmt: skip
TICKETS = st.dictionaries(st.sampled_from(TICKET_KEYS), JSON, max_size=8) | JSON


def check(record):
    """A record can be stored: text without half letters and NUL, aware times in UTC."""
    texts = []
    if isinstance(record, RejectRecord):
        texts = [record.reason]
        assert record.reason
    elif isinstance(record, ContactRecord):
        people = [value for _, value in record.identifiers]
        texts = [record.contact_id, record.text, record.subject or "", *record.tags, *people]
        assert record.contact_id.strip() and record.opened_at.tzinfo is UTC
    else:
        texts = [record.response_id, *(a.text for a in record.answers), *(a.question for a in record.answers)]
        assert record.response_id.strip() and record.responded_at.tzinfo is UTC
        assert record.score is None or record.score_kind
    for text in texts:
        assert "\0" not in text
        text.encode("utf-8")
    assert record.line >= 1


def read(plugin, path, options):
    """Everything a source makes of a file, or the VocError."""
    try:
        records = list(plugin.read(path, options))
    except VocError as error:
        assert str(path) in str(error) and error.what
        return None
    for record in records:
        check(record)
    return records


@QUICK
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=200), packed=st.booleans(), ending=st.sampled_from(
    [".csv", ".json", ".jsonl", ".xlsx", ".parquet", ""]))  # fmt: skip
def test_any_bytes(tmp_path, start, rest, packed, ending):
    path = tmp_path / f"any{ending}"
    content = start + rest
    path.write_bytes(gzip.compress(content) if packed else content)
    head = path.read_bytes()
    for plugin, options in READERS:
        assert plugin.sniff(path, head) in (True, False)
        read(plugin, path, options)


@QUICK
@given(
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=5), max_size=6),
    delimiter=st.sampled_from(DELIMITERS),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    header=st.sampled_from([["id", "created", "text", "solved"], ["Id", "Created at", "Subject", "Via"]]),
)
def test_no_row_of_any_table_is_lost(tmp_path, rows, delimiter, end, encoding, header):
    path = tmp_path / "any.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    expected = sum(any(cell.strip() for cell in row) for row in rows)
    is_ours = header[0] == "id"
    for plugin, options in READERS[:2] if is_ours else READERS[2:3]:
        records = read(plugin, path, options)
        assert records is not None
        assert sum(is_ours or not isinstance(record, ResponseRecord) for record in records) == expected


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=6))
def test_no_row_of_any_survey_is_lost(tmp_path, rows):
    path = tmp_path / "any.csv"
    names = ["ResponseId", "RecordedDate", "Status", "Finished", "Q1"]
    ids = [json.dumps({"ImportId": name}) for name in ("_recordId", "recordedDate", "status", "finished", "QID1_TEXT")]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([names, names, ids, *rows])
    records = read(qualtrics, path, qualtrics.Options())
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(tickets=st.lists(TICKETS, max_size=4), form=st.sampled_from(["lines", "list", "page"]), sides=JSON)
def test_no_ticket_is_lost(tmp_path, tickets, form, sides):
    path = tmp_path / "any.json"
    if form == "lines":
        content = "".join(json.dumps({"id": 1, "n": 1} if not isinstance(t, dict) else t) + "\n" for t in tickets)
    else:
        content = json.dumps(tickets if form == "list" else {"tickets": tickets, "users": sides, "groups": [sides]})
    path.write_text(content or "{}", encoding="utf-8")
    records = read(zendesk, path, zendesk.Options())
    assert records is not None
    contacts_and_rejects = [record for record in records if not isinstance(record, ResponseRecord)]
    assert len(contacts_and_rejects) == (len(tickets) if content else 1)


@QUICK
@given(items=st.lists(st.dictionaries(st.sampled_from(["id", "text", "x"]), JSON), max_size=4))
def test_no_item_of_json_lines_is_lost(tmp_path, items):
    path = tmp_path / "any.jsonl"
    whole = {"id": 1, "created": "2026-01-01", "text": "a", "solved": None}
    path.write_text("".join(json.dumps(item) + "\n" for item in [whole, *items]), encoding="utf-8")
    records = read(table, path, CONTACTS)
    assert records is not None
    assert len(records) == 1 + len(items)


@QUICK
@given(
    rows=st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(DELIMITERS),
)  # fmt: skip
def test_tables_come_back_cell_by_cell(tmp_path, rows, delimiter):
    path = tmp_path / "any.csv"
    header = ["first", "second", "third"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    assert [list(row.cells.values()) for row in open_delimited(path).rows()] == rows


@QUICK
@given(text=st.text(max_size=200), is_whole=st.booleans())
def test_any_text_has_a_delimiter_or_none(text, is_whole):
    guess = guess_delimiter(text, is_whole=is_whole)
    assert guess is None or (guess[0] in DELIMITERS and 0 <= guess[1] <= 1)
