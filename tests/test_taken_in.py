"""What a run says it took in: rows, customers, what stays out, what was replaced."""

from pathlib import Path

import pandas as pd
import pytest

from voc import tables, taken_in
from voc.store import Store


def row(table, **values) -> dict:
    return {c.name: None for c in table.columns} | values


def a_file(**values) -> dict:
    given = {"file_id": "s/a", "source": "s", "kind": "table", "file_name": "a.csv", "sha256": "0", "byte_count": 9,
             "records": 9, "contacts": 0, "responses": 0, "joined": 0, "rejects": 0}  # fmt: skip
    return row(tables.File, **given | values)


def contact(key: str, identifiers: str, customer: str | None, why: str | None = None) -> dict:
    return row(tables.Contact, contact_id=key, source="s", identifiers=identifiers, customer_id=customer, channel="email", tags="[]",
               opened_at="2026-05-04T09:00:00Z", made_by="thread", is_planned=False, is_bot_only=False, file_name="a.csv", line=1,
               why_excluded=why)  # fmt: skip


def reject(number: int, reason: str, is_fault: bool) -> dict:
    return row(tables.Reject, reject_id=f"s/a#{number}", file_id="s/a", file_name="a.csv", line=number, reason=reason, is_fault=is_fault, raw_row="")


def text(key: str, redactions: int) -> dict:
    return row(tables.Verbatim, verbatim_id=key, source="s", kind="contact", said_at="2026-05-04T09:00:00Z", text="x", redaction_count=redactions,
               contact_id=key)  # fmt: skip


def cleaned(key: str, language: str | None, why: str | None = None) -> dict:
    return row(tables.CleanedVerbatim, verbatim_id=key, text="x", language=language, language_confidence=0.9, word_count=1,
               removed_character_count=0, uncovered_character_count=0, why_excluded=why)  # fmt: skip


def said(tmp_path: Path, frames: dict[str, pd.DataFrame]) -> list[str]:
    with Store(tmp_path / "x.db", []) as store:
        store.db.conn.execute("PRAGMA foreign_keys = OFF")
        for name, frame in frames.items():
            store._insert(store.tables[name], frame)
        store.db.conn.commit()
        return list(taken_in.lines(store))


def test_every_kind_of_row_is_told(tmp_path):
    review = {"review_id": "r-1", "identifier_count": 20, "row_count": 30, "kinds": "{}", "widest": "email:0", "is_joined": False}
    frames = {
        "files": tables.File.frame([a_file(rows_read=12, contacts=3, joined=2, rejects=5), a_file(file_id="s/b", rows_read=1, responses=1)]),
        "rejects": tables.Reject.frame([
            reject(2, "'Created' is 'never', not a date", True), reject(3, "'Created' is 'x', not a date", True),
            reject(4, "deleted", False), reject(5, "brands (rows passed over: 1,200)", False), reject(6, "a note of '17'", False)]),
        "contacts": tables.Contact.frame([
            contact("s:1", '["id:a", "email:b"]', "c-1"), contact("s:2", '["email:b"]', "c-1"), contact("s:3", "[]", None, "merged")]),
        "identity_reviews": tables.IdentityReview.frame([review]),
        "verbatims": tables.Verbatim.frame([text("s:1", 3), text("s:2", 0)]),
        "cleaned_verbatims": tables.CleanedVerbatim.frame([
            cleaned("s:1", "en"), cleaned("s:2", None), cleaned("s:3", "en", "contact_excluded"), cleaned("s:4", "cs", "unsupported_language"),
            cleaned("s:5", "en"), cleaned("s:6", None, "empty")]),
    }  # fmt: skip
    assert said(tmp_path, frames) == [
        "Read: 1,212 rows of 2 files: 3 contacts, 1 survey response, 2 joined to them (messages, details, people).",
        "Could not be read: 2 rows: 'Created' is '…', not a date (2). Each with its line: table rejects.",
        "Set aside: 1,202 rows: brands (1,200), a note of '…' (1), deleted (1). Each with its line: table rejects.",
        "Customers: 1. 67% of 3 contacts and responses say whose they are, by customer id 1, e-mail 2. "
        "Too many identifiers for one person: 1 group, see voc identity reviews.",
        "Left out: 1 contact: merged into another (1).",
        "Left out: 2 texts: empty (1), in languages that are not taken in (1).",
        "Personal data replaced: 3 times, in 1 of 2 texts.",
        "Languages of the texts taken in: en (2), not known (1).",
    ]


@pytest.mark.parametrize("rows", [[], [contact("s:1", "[]", None)]])
def test_nobody_is_known(tmp_path, rows):
    frames = {"files": tables.File.frame([a_file(rows_read=1, contacts=1)]), "contacts": tables.Contact.frame(rows)}
    assert said(tmp_path, frames) == ["Read: 1 row of 1 file: 1 contact.", taken_in.NOBODY]


@pytest.mark.parametrize(("rows", "why"), [
    ([], "Survey answers alone cannot say who came back"),
    ([contact("s:1", "[]", None)], "Without customers repeats cannot be seen"),
    ([contact("s:1", '["id:a"]', "c-1")], "Nobody came back about a topic more often than by chance"),
])  # fmt: skip
def test_why_there_are_no_repeats(tmp_path, rows, why):
    with Store(tmp_path / "x.db", []) as store:
        store.db.conn.execute("PRAGMA foreign_keys = OFF")
        store._insert(store.tables["contacts"], tables.Contact.frame(rows))
        assert taken_in.why_no_repeats(store) == why


def test_every_reason_has_words():
    assert set(taken_in._EXCLUDED_CONTACTS) == set(tables.WHY_CONTACT_EXCLUDED)
    assert set(taken_in._EXCLUDED_TEXTS) == set(tables.WHY_TEXT_EXCLUDED) - {"contact_excluded"}
