"""The qualtrics source: responses of a warehouse with the answers that stand in other tables of the folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of
from vendor_help import BYTES, CELLS, QUICK, check_bytes, count_rows, plain, read, safely_read, utc, write_csv

from voc.records import Answer, PersonRecord, RejectRecord, ResponseRecord
from voc.sources import qualtrics

WITH_RESPONSES = "read with the responses of the same folder (survey_response)"
NOTHING = "responses without free text and score (name questions under texts or score)"
RESPONSE = ["id", "recorded_date", "end_date", "survey_id", "finished", "status", "duration_in_seconds", "_fivetran_deleted"]
ANSWER = ["response_id", "question_id", "question_option_key", "question", "text", "value"]
QUESTION = ["id", "survey_id", "question_type", "data_export_tag", "selector", "question_text"]
HEADERS = {
    "directory_contact": ["id", "directory_id", "ext_ref", "email", "phone"],
    "question_response": ANSWER,
    "question": QUESTION,
    "question_option": ["key", "question_id", "survey_id", "recode_value", "text"],
    "survey_embedded_data": ["import_id", "key", "response_id", "value"],
    "distribution": ["id", "request_type", "survey_link_survey_id"],
    "survey": ["id", "survey_name", "survey_status", "owner_id"],
}


def sample(name, **options):
    return plain(read(qualtrics, SAMPLES / f"qualtrics_t_{name}.csv", **options))


def passed(line, why, count):
    return RejectRecord(line=line, reason=f"{why} (rows passed over: {count})", raw="", is_fault=False)


def test_responses_with_their_answers():
    first, second = sample("response", contact_id="ticket", segment="plan")[:2]
    assert first == ResponseRecord(
        line=2,
        response_id="R_t1",
        responded_at=utc(2026, 3, 1, 10, 0, 1),
        answers=(
            Answer(question="What could we do better?", text="Answer the phone."),
            Answer(question="How did you reach us? - Other, please say", text="By carrier pigeon"),
        ),
        identifiers=(("email", "ana@customer.example"),),
        score=3.0,
        score_kind="nps",
        score_worst=0.0,
        score_best=10.0,
        contact_id="3001",
        segment="pro",
        language="EN",
    )
    assert second == ResponseRecord(
        line=3,
        response_id="R_t2",
        responded_at=utc(2026, 3, 2, 10, 0, 1),
        answers=(Answer(question="Was fehlt?", text="Ein Export nach Excel"),),
        language="DE",
    )
    assert sample("response")[2:] == [
        RejectRecord(line=4, reason="unfinished in Qualtrics", raw="", is_fault=False),
        RejectRecord(line=5, reason="preview or test in Qualtrics", raw="", is_fault=False),
        RejectRecord(line=7, reason="'recorded_date' is empty, so the row has no date", raw=""),
        passed(6, NOTHING, 1),
    ]


def test_named_questions():
    """Columns are named as in the CSV export; two surveys that ask different things as Q2 say which they are."""
    found = sample("response", texts=["Q3_TEXT"], score={"column": "Q4_2", "kind": "csat", "worst": 1, "best": 5})
    assert (found[0].answers[0].text, found[0].score, found[0].score_best) == ("By carrier pigeon", 1.0, 5.0)
    kept = sample("response", texts=["Q2 (SV_a)"], keep_unfinished=True)
    assert [one.answers[0].text for one in kept if isinstance(one, ResponseRecord) and one.answers] == [
        "Answer the phone.",
        "I stopped here",
    ]
    path = SAMPLES / "qualtrics_t_response.csv"
    assert error_of(lambda: read(qualtrics, path, texts=["Q2 (SV_c)"])).startswith(
        f"{path} has no column 'Q2 (SV_c)', which texts[0] names.\nDid you mean 'Q2 (SV_"
    )


def test_choices_are_numbers_and_several_stand_together():
    found = sample("response", texts=["Q3"])
    assert found[0].answers == (Answer(question="How did you reach us?", text="4, 1"),)


def test_other_tables():
    ids = (("id", "CID_1"), ("external", "crm-17"), ("email", "ana@customer.example"), ("phone", "+49 30 1234"))
    assert sample("contact") == [
        PersonRecord(line=2, identifiers=ids),
        RejectRecord(line=3, reason="'id' is empty, so the row has no id", raw=""),
    ]
    assert sample("question_response") == [passed(2, f"question_response: {WITH_RESPONSES}", 9)]
    assert sample("question") == [passed(2, f"question: {WITH_RESPONSES}", 5)]
    assert sample("option") == [passed(2, f"question_option: {WITH_RESPONSES}", 2)]
    assert sample("embedded") == [passed(2, f"survey_embedded_data: {WITH_RESPONSES}", 3)]
    assert sample("distribution") == [passed(2, "distribution: invitations say nothing of answers", 1)]
    assert sample("survey") == [passed(2, "survey: a survey's settings say nothing of answers", 1)]


def test_responses_alone_say_nothing(tmp_path):
    rows = [["R_1", "2026-01-01", "", "SV_1", "1", "0", "5", "false"], ["R_2", "2026-01-01", "", "SV_1", "1", "0", "5", "true"]]
    path = write_csv(tmp_path / "any.csv", RESPONSE, rows)
    assert plain(read(qualtrics, path)) == [passed(2, NOTHING, 1), passed(3, "deleted in the tool", 1)]


@pytest.mark.parametrize("name", HEADERS)
def test_header_alone(tmp_path, name):
    path = write_csv(tmp_path / "any.csv", HEADERS[name], [])
    assert qualtrics.sniff(path, path.read_bytes())
    assert read(qualtrics, path) == []


@QUICK
@given(
    responses=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=4),
    answers=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=4),
    questions=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=3),
)
def test_no_response_is_lost(tmp_path, responses, answers, questions):
    write_csv(tmp_path / "answers.csv", ANSWER, answers)
    write_csv(tmp_path / "questions.csv", QUESTION, questions)
    path = write_csv(tmp_path / "any.csv", RESPONSE, responses)
    records = safely_read(qualtrics, path)
    assert records is not None
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in responses)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=5), name=st.sampled_from(sorted(HEADERS)))
def test_no_row_of_another_table_is_lost(tmp_path, rows, name):
    rows = [row[: len(HEADERS[name])] for row in rows]
    records = safely_read(qualtrics, write_csv(tmp_path / "any.csv", HEADERS[name], rows))
    assert records is not None
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(rest=BYTES, packed=st.booleans())
def test_any_bytes(tmp_path, rest, packed):
    check_bytes(qualtrics, tmp_path / "any.csv", ",".join(RESPONSE).encode() + b"\n" + rest, packed=packed)


# ---------------------------------------------------------------- the loader's own rows


def test_loader_tables(real_data):
    folder = real_data("vendor-formats") / "qualtrics"

    def rows(name):
        return plain(read(qualtrics, folder / f"{name}.csv"))

    unfinished = [RejectRecord(line=n, reason="unfinished in Qualtrics", raw="", is_fault=False) for n in range(2, 7)]
    assert rows("survey_response") == unfinished
    assert rows("question_response") == [passed(2, f"question_response: {WITH_RESPONSES}", 5)]
    assert rows("question") == [passed(2, f"question: {WITH_RESPONSES}", 5)]
    assert rows("question_option") == [passed(2, f"question_option: {WITH_RESPONSES}", 5)]
    assert rows("survey_embedded_data") == [passed(2, f"survey_embedded_data: {WITH_RESPONSES}", 5)]
    assert rows("distribution") == [passed(2, "distribution: invitations say nothing of answers", 5)]
    assert rows("survey") == [passed(2, "survey: a survey's settings say nothing of answers", 5)]
    people = rows("directory_contact")
    assert [(one.line, one.identifiers[0], [kind for kind, _ in one.identifiers]) for one in people] == [
        (2, ("id", "CID_0VVnnbsmkvMGyrj"), ["id", "email", "phone"]),
        (3, ("id", "CID_0pkCodbTgpX4awd"), ["id", "email"]),
        (4, ("id", "CID_d060swLlNUKGa1L"), ["id", "email"]),
        (5, ("id", "CID_6fEsreE9bM67AVv"), ["id", "email"]),
        (6, ("id", "CID_71bfBUYt4qS6Fsp"), ["id", "email"]),
    ]


def test_loader_responses_that_were_broken_off(real_data):
    path = real_data("vendor-formats") / "qualtrics" / "survey_response.csv"
    assert plain(read(qualtrics, path, keep_unfinished=True)) == [passed(2, NOTHING, 5)]
