"""Rejects of tables: a bare name in a cell does not reach the database, whatever the tool and wherever the row broke."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import written

from voc import flow, registry, tables
from voc.records import RejectRecord
from voc.sources._raw import raw_of, shown_row
from voc.stages.ingest import ingest_sources

EMPTY = {"contacts": tables.Contact.empty(), "responses": tables.Response.empty()}
NAMES = ("Dalbir", "Tripathi", "Kimura")


def test_a_table_without_names_keeps_its_lines():
    assert raw_of({"id": "1", "text": "Dalbir wrote"}, "1,Dalbir wrote") == "1,Dalbir wrote"
    assert raw_of({}, '{"requester": {"name": "Dalbir"}}') == '{"requester": {"name": "Dalbir"}}'


def test_a_table_with_names_shows_its_columns():
    cells = {"id": "1", "Vorname": "Dalbir", "Email": "d@example.com", "Customer": "u1"}
    shown = {"id": "1", "Vorname": "[name]", "Email": "d@example.com", "Customer": "u1"}
    assert json.loads(raw_of(cells, "1,Dalbir,d@example.com,u1")) == shown
    assert json.loads(raw_of(cells, json.dumps(cells))) == shown  # as sheets have it
    assert raw_of(cells, raw_of(cells, "x")) == raw_of(cells, "x")


def test_what_is_no_bare_name_stays_for_ingest_to_hash():
    columns = ("First Name", "Requester")
    for value in ("d@example.com", "+49 170 1234567", "7", "", "x" * 101):
        assert json.loads(shown_row(columns, (value, "u1"), "")) == {"First Name": value, "Requester": "u1"}


@pytest.mark.parametrize("values, shift, shown", [
    (("1", "a", "b", "Dalbir"), 1, {"id / text": "1", "id / text / Name": "a", "text / Name": "b", "Name": "[name]"}),
    (("1", "Dalbir"), 1, {"id / text": "1", "id / text / Name": "[name]"}),
    (("1", "a", "b", "cc", "dd dd", "Dalbir"), 3, {
        "id / text / Name": "1", "id / text / Name (2)": "a", "id / text / Name (3)": "b", "id / text / Name (4)": "[name]",
        "text / Name": "[name]", "Name": "[name]"}),
    ((), 3, {}),
])  # fmt: skip
def test_a_row_that_does_not_fit_its_header(values, shift, shown):
    assert json.loads(shown_row(("id", "text", "Name"), values, "raw", shift=shift)) == shown


cells = st.text(max_size=12)


@given(values=st.lists(cells, max_size=8), shift=st.integers(0, 5), name=st.sampled_from(["Name", "Nachname", "x", "Requester"]))
def test_no_cell_is_lost(values, shift, name):
    found = shown_row(("id", name, "text"), values, "raw", shift=shift)
    if name == "x":
        assert found == "raw"
        return
    shown = json.loads(found)
    assert len(shown) == len(values)
    assert all(was == now or now == "[name]" for was, now in zip(values, shown.values(), strict=True))


# ---------------------------------------------------------------- as the sources read them, and as ingest stores them

SURVEY = "Timestamp,Your first name,Your last name,Why did you call us today?\n,Dalbir,Tripathi,Because it broke\n2026/03/02 9:00:00 AM GMT,Dalbir,Tripathi\n2026/03/02 9:00:00 AM GMT,Kim,Lee,It is late again\n"
QUALTRICS = (
    "ResponseId,RecordedDate,Status,Finished,RecipientFirstName,RecipientLastName,Q1\n"
    "Response ID,Recorded Date,Response Type,Finished,Recipient First Name,Recipient Last Name,Why?\n"
    '"{""ImportId"":""_recordId""}","{""ImportId"":""recordedDate""}","{""ImportId"":""status""}","{""ImportId"":""finished""}",'
    '"{""ImportId"":""recipientFirstName""}","{""ImportId"":""recipientLastName""}","{""ImportId"":""QID1_TEXT""}"\n'
    "R_1,2026-03-02 09:00:00,Survey Preview,True,Dalbir,Tripathi,It broke\nR_2,soon,IP Address,True,Kimura,Dalbir,It broke\n"
)
FILES = {
    "google_forms": ("g.csv", SURVEY, "texts: [\"Why did you call us today?\"]"),
    "qualtrics": ("q.csv", QUALTRICS, ""),
    "table": ("t.csv", "id,when,who,text,Agent Name\n1,,Dalbir,It broke,Kimura\n2,2026-03-02,It, broke,Dalbir,Kimura\n", "columns: {id: id, opened_at: when, text: text, customer_name: who}"),
    "zendesk": ("z.csv", "Id,Requester,Requester id,Subject,Created at,Assignee\n1,Dalbir,5,Help,,Kimura\n", ""),
    "salesforce": ("s.csv", "Id,CaseNumber,CreatedDate,Subject,Description,Status,Origin,ContactId,SuppliedName\n5001,1,,Help,It broke,New,Web,,Dalbir\n", ""),
    "freshdesk": ("f.csv", "Ticket ID,Subject,Status,Source,Created time,Resolved time,Full name,Agent\n,Help,Open,Email,2026-03-02 09:00:00,,Dalbir,Kimura\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_no_name_of_a_rejected_row_is_stored(kind, tmp_path):
    name, text, options = FILES[kind]
    written(tmp_path / name, text)
    more = f"\n    {options}" if options else ""
    written(tmp_path / "p.yml", f"name: t\ndatabase: t.db\nmax_reject_share: 1\nsources:\n  - kind: {kind}\n    name: desk\n    path: {name}{more}\n")
    rejects = flow.as_stored(EMPTY, ingest_sources(EMPTY, flow.check(tmp_path / "p.yml")))["rejects"]
    assert len(rejects) > 0
    stored = " ".join(rejects["raw_row"])
    assert not [name for name in NAMES if name in stored], stored
    assert "[name]" in stored


def test_a_mapped_column_of_names_is_hidden_whatever_it_is_called(tmp_path):
    table = registry.get("sources", "table")
    options = table.Options(columns={"id": "id", "opened_at": "when", "text": "text", "customer_name": "who"})
    path = written(tmp_path / "t.csv", "id,when,who,text\n1,,Dalbir,It broke\n2,2026-03-02,so,Dalbir,It broke\n")
    first, second = table.read(path, options)
    assert isinstance(first, RejectRecord) and isinstance(second, RejectRecord)
    assert json.loads(first.raw) == {"id": "1", "when": "", "who": "[name]", "text": "It broke"}
    assert json.loads(second.raw) == {
        "id / when": "2", "id / when / who": "2026-03-02", "when / who / text": "[name]", "who / text": "[name]", "text": "It broke",
    }  # fmt: skip
