"""Ingest: every row is a contact, a response or a reject; people are joined; personal data stops at the door."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from runs import voc
from story import rows

from voc import flow, tables
from voc.errors import VocError
from voc.stages.ingest import ingest_sources

HEADER = "id,when,subject,text,who,mail,updated\n"
PIPELINE = """\
name: t
database: t.db
max_reject_share: {share}
sources:
  - kind: table
    name: help
    path: "{path}"
    columns: {{id: id, opened_at: when, subject: subject, text: text, customer: who, email: mail, updated_at: updated}}
"""


def context(folder: Path, text: str, *, share: float = 1.0, path: str = "a.csv", more: str = ""):
    (folder / "a.csv").write_text(HEADER + text, encoding="utf-8")
    pipeline = folder / "p.yml"
    pipeline.write_text(PIPELINE.format(share=share, path=path) + more, encoding="utf-8")
    return replace(flow.check(pipeline), run_id="r1")


def empty() -> dict:
    return {"contacts": tables.Contact.empty(), "responses": tables.Response.empty(), "verbatims": tables.Verbatim.empty()}


def ingest(folder: Path, text: str, stored: dict | None = None, **options):
    frames = stored or empty()
    return flow.as_stored(frames, ingest_sources(frames, context(folder, text, **options)))


GOOD = "1,2026-05-01 09:00,Help,I cannot log in,u1,ann@example.com,2026-05-02\n"


def test_a_row_becomes_a_contact_a_customer_and_a_verbatim(tmp_path):
    out = ingest(tmp_path, GOOD)
    assert rows(out["contacts"], "contact_id", "opened_at", "subject", "channel", "file_name", "line") == [
        ("help:1", "2026-05-01T09:00:00Z", "Help", "unknown", "a.csv", 2)
    ]
    assert rows(out["verbatims"], "verbatim_id", "kind", "contact_id", "text") == [
        ("help:1", "contact", "help:1", "Help\n\nI cannot log in")
    ]
    (customer,) = out["customers"].to_dict("records")
    assert (customer["identifier_count"], customer["contact_count"]) == (2, 1)
    assert rows(out["files"], "rows_read", "contacts", "responses", "rejects") == [(1, 1, 0, 0)]


def test_people_are_joined_over_their_identifiers_and_the_order_of_rows_does_not_matter(tmp_path):
    lines = [
        "1,2026-05-01,,a,u1,,\n", "2,2026-05-02,,b,,ann@example.com,\n", "3,2026-05-03,,c,u1, ANN@Example.com ,\n",
        "4,2026-05-04,,d,u4,,\n", "5,2026-05-05,,e,,,\n", "6,2026-05-06,,f,n/a,info@example.com,\n",
    ]  # fmt: skip
    one = ingest(tmp_path, "".join(lines))["contacts"].set_index("contact_id")["customer_id"]
    other = ingest(tmp_path, "".join(reversed(lines)))["contacts"].set_index("contact_id")["customer_id"]
    assert one["help:1"] == one["help:2"] == one["help:3"] != one["help:4"]
    assert one[["help:5", "help:6"]].isna().all()  # nobody named; a shared mailbox names nobody
    assert one.dropna().to_dict() == other.dropna().to_dict()


def test_someone_known_from_an_earlier_import_is_the_same_person(tmp_path):
    first = ingest(tmp_path, "1,2026-05-01,,a,u1,ann@example.com,\n")
    later = ingest(tmp_path, "2,2026-06-01,,b,,ann@example.com,\n", first)["contacts"]
    assert rows(later, "contact_id") == [("help:1",), ("help:2",)]
    assert later["customer_id"].nunique() == 1


def test_a_duplicate_id_is_a_reject_with_its_reason(tmp_path):
    out = ingest(tmp_path, GOOD + GOOD.replace("log in", "log out") + GOOD)
    assert rows(out["rejects"], "line", "reason", "is_fault") == [
        (3, "the id '1' is already in line 2", True),
        (4, "the id '1' is already in line 2", False),  # word for word the same
    ]
    assert rows(out["files"], "rows_read", "contacts", "rejects") == [(3, 1, 2)]


def test_the_newer_version_wins_in_a_file_and_against_the_database(tmp_path):
    newer = GOOD.replace("2026-05-02", "2026-05-09").replace("Help", "Newer")
    out = ingest(tmp_path, newer + GOOD)
    assert rows(out["contacts"], "subject") == [("Newer",)]
    assert rows(out["rejects"], "line", "reason", "is_fault") == [
        (3, "an older version of the same id; the newer is in a.csv line 2", False)
    ]
    back = ingest(tmp_path, GOOD, out)
    assert rows(back["contacts"], "subject") == [("Newer",)]
    assert rows(back["rejects"], "reason", "is_fault") == [("older than the version of it already in the database", False)]


def test_overlapping_files_keep_one_row_each(tmp_path):
    (tmp_path / "b.csv").write_text(HEADER + GOOD, encoding="utf-8")
    out = ingest(tmp_path, GOOD, path="*.csv")
    assert rows(out["contacts"], "contact_id", "file_name") == [("help:1", "b.csv")]
    assert rows(out["rejects"], "file_name", "reason", "is_fault") == [("a.csv", "read again in b.csv line 2", False)]


def test_too_many_faults_stop_the_run_with_the_first_of_them(tmp_path):
    with pytest.raises(VocError) as error:
        ingest(tmp_path, GOOD + "2,31/31/2026,,x,u2,,\n", share=0.01)
    assert str(error.value) == (
        f"{tmp_path / 'a.csv'} line 3: 'when' is '31/31/2026', not a date.\n"
        "1 of 2 rows are rejected, more than max_reject_share = 0.01.\n"
        "Mend the file or the source's settings, or raise max_reject_share in the pipeline file."
    )


def test_personal_data_stops_at_the_door(tmp_path):
    text = ("1,2026-05-01,Call me +49 30 123456789,Card 4111 1111 1111 1111 of ann@example.com,u1,ann@example.com,\n"
            "bad,never,mail bob@example.com,x,u2,bob@example.com,\n")  # fmt: skip
    out = ingest(tmp_path, text)
    everything = json.dumps({name: frame.astype(str).to_dict() for name, frame in out.items()})
    assert "example.com" not in everything
    assert "4111" not in everything
    assert "123456789" not in everything
    assert rows(out["verbatims"], "text", "redaction_count") == [("Call me [phone]\n\nCard [card] of [email]", 3)]


def test_rejected_rows_keep_no_personal_data_either(tmp_path):
    (tmp_path / "b.csv").write_text(HEADER + "1,2026-05-01,x,again,u1,,\n", encoding="utf-8")
    body = '"Hello\n4111 1111 1111 1111\nGB29 NWBK 6016 1331 9268 19\n+49 30 12345678"'
    out = ingest(tmp_path, f"1,2026-05-01,x,{body},u1,,\nbad,never,x,4915112345678,u2,ann@example.com,\n", path="*.csv")
    everything = " ".join(out["rejects"]["raw_row"])
    for secret in ("4111", "NWBK", "12345678", "example.com"):
        assert secret not in everything


def test_automatic_mail_and_merged_tickets_are_kept_and_excluded(tmp_path):
    out = ingest(tmp_path, "1,2026-05-01,Automatic reply: Help,I am away,u1,,\n2,2026-05-01,Out of office,x,u2,,\n"
                           "3,2026-05-01,Re: automatic backup fails,x,u3,,\n")  # fmt: skip
    assert rows(out["contacts"], "subject", "why_excluded") == [
        ("Automatic reply: Help", "automatic"), ("Out of office", "automatic"), ("Re: automatic backup fails", None),
    ]  # fmt: skip
    assert rows(out["verbatims"], "text")[2] == ("automatic backup fails\n\nx",)


def test_a_pattern_without_files_is_named(tmp_path):
    with pytest.raises(VocError, match=r"No file matches nothing/\*.csv"):
        ingest(tmp_path, GOOD, path="nothing/*.csv")


# ---------------------------------------------------------------- at the command line


def run(folder: Path, text: str | None, **options):
    context_ok = options.pop("pipeline", None)
    if text is not None:
        (folder / "a.csv").write_text(text, encoding="utf-8")
    (folder / "p.yml").write_text(context_ok or PIPELINE.format(share=0.01, path=options.pop("path", "a.csv")))
    return voc("run", folder / "p.yml")


@pytest.mark.parametrize(
    ("text", "path", "says", "fix"),
    [
        (None, "tickets.csv", "tickets.csv does not exist", ""),
        ("", "a.csv", "a.csv is empty", ""),
        (None, ".", "is a folder, not a file", ""),
        (HEADER.replace(",", ";") + GOOD.replace(",", ";"), "a.csv", "", ""),
        (HEADER.replace("text", "txet") + GOOD, "a.csv", "no column 'text'", "Did you mean 'txet'?"),
        (HEADER, "a.csv", "No text is left", "is the right column mapped to 'text'?"),
        (HEADER + "1,2026-05-01,,n/a,u1,,\n2,2026-05-01,,nothing,u1,,\n", "a.csv", "No text is left", ""),
    ],
    ids=["missing", "empty", "folder", "semicolons", "column", "header only", "no content"],
)
def test_bad_input_has_a_message_and_no_traceback(tmp_path, text, path, says, fix):
    done = run(tmp_path, text, path=path)
    if not says:  # another delimiter is found without being told
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert says in done.stderr
    assert fix in done.stderr


def test_a_forced_wrong_delimiter_is_named(tmp_path):
    text = HEADER + GOOD
    pipeline = PIPELINE.format(share=0.01, path="a.csv") + '    delimiter: ";"\n'
    done = run(tmp_path, text, pipeline=pipeline)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "It looks like ',' separates the columns. Set delimiter: ',' for this source." in done.stderr


def test_a_handful_of_texts_works_and_says_what_it_cannot_claim(tmp_path):
    done = run(tmp_path, HEADER + GOOD + GOOD.replace("1,", "2,", 1).replace("05-01", "05-03"))
    assert done.returncode == 0, done.stderr
    assert "few contacts (or answers): no claim about its rank" in done.stdout


def test_ids_and_file_names_that_name_a_person_are_hidden(tmp_path):
    (tmp_path / "of ann@example.com.csv").write_text(HEADER + "ann@example.com,2026-05-01,x,text here,u1,,\n", encoding="utf-8")
    out = ingest(tmp_path, "", path="of ann@example.com.csv")
    assert "example.com" not in json.dumps({name: frame.astype(str).to_dict() for name, frame in out.items()})
    assert out["contacts"]["contact_id"][0].startswith("help:hashed-")
    assert rows(out["files"], "file_name") == [("of [email]",)]


def test_contacts_of_a_source_the_pipeline_no_longer_names_are_told(tmp_path):
    first = ingest(tmp_path, GOOD)
    renamed = first | {"contacts": first["contacts"].assign(contact_id="old:1", source="old")}
    notes = ingest_sources(empty() | {"contacts": renamed["contacts"]}, context(tmp_path, GOOD)).notes
    assert notes["contacts_of_sources_not_in_the_pipeline"] == {"old": 1}
