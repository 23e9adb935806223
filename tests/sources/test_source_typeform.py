"""The typeform source: pages of the API, webhooks, JSON lines, and the CSV export."""

import csv
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, written
from survey_help import any_file, cut_files, holds_for_file, texts_of
from test_source_properties import CELLS, JSON, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import typeform
from voc.sources.typeform import Options

PAGE, TABLE = SAMPLES / "typeform.json", SAMPLES / "typeform.csv"
SCALE = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}
BETTER = "What should we do better?"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(path, **options):
    return list(typeform.read(path, Options(**options)))


def response(number, *answers, **changes):
    return {
        "token": f"t{number}",
        "landed_at": "2026-05-01T10:00:00Z",
        "submitted_at": "2026-05-01T10:05:00Z",
        "answers": list(answers),
        **changes,
    }


def said(ref, text, kind="short_text"):
    return {"field": {"id": f"id-{ref}", "ref": ref, "type": kind}, "type": "text", "text": text}


def lines(tmp_path, *values):
    return written(tmp_path / "may.jsonl", "".join(json.dumps(value) + "\n" for value in values))


def test_page_of_the_api():
    unread = json.loads(PAGE.read_text())["items"]
    assert read(PAGE, customer="hidden.user_id", segment="hidden.plan", questions={"why": BETTER}) == [
        ResponseRecord(
            line=1,
            response_id="t1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(
                Answer(question=BETTER, text="The courier never rang,\nand nobody called back."),
                Answer(question="service (other)", text="a gift card"),
            ),
            identifiers=(("id", "C-7"), ("email", "ana@customer.example"), ("phone", "+351210000000")),
            segment="pro",
            score=3.0,
            **SCALE,
        ),
        ResponseRecord(
            line=2,
            response_id="t2",
            responded_at=utc(2026, 4, 1, 9, 4, 30),
            answers=(Answer(question=BETTER, text=""), Answer(question="service (other)", text="")),
            segment="free",
            score=10.0,
            **SCALE,
        ),
        RejectRecord(
            line=3, reason="unfinished in Typeform", raw=json.dumps(unread[2], ensure_ascii=False), is_fault=False
        ),
        RejectRecord(line=4, reason="'token' is empty, so the row has no id", raw=json.dumps(unread[3])),
        RejectRecord(line=5, reason="not a Typeform response", raw="no response"),
    ]


def test_table():
    raws = TABLE.read_text().splitlines()
    assert read(TABLE, customer="user_id") == [
        ResponseRecord(
            line=2,
            response_id="u1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question=BETTER, text="The courier never rang,\nand nobody called back."),),
            identifiers=(("id", "C-7"),),
            score=3.0,
            **SCALE,
        ),
        ResponseRecord(
            line=4,
            response_id="u2",
            responded_at=utc(2026, 4, 1, 9, 4, 30),
            answers=(Answer(question=BETTER, text=""),),
            score=10.0,
            **SCALE,
        ),
        RejectRecord(line=5, reason="unfinished in Typeform", raw=raws[4], is_fault=False),
        RejectRecord(line=6, reason="unfinished in Typeform", raw=raws[5], is_fault=False),
    ]


def test_times_of_the_table_are_utc_whatever_the_option():
    assert read(TABLE, timezone="Asia/Tokyo")[0].responded_at == utc(2026, 3, 31, 9, 4, 30)


def test_unfinished_may_be_kept():
    kept = [r for r in read(TABLE, keep_unfinished=True) if isinstance(r, ResponseRecord)]
    assert [(r.response_id, r.responded_at) for r in kept] == [
        ("u1", utc(2026, 3, 31, 9, 4, 30)),
        ("u2", utc(2026, 4, 1, 9, 4, 30)),
        ("u3", utc(2026, 4, 1, 10, 2)),
    ]
    third = read(PAGE, keep_unfinished=True)[2]
    assert (third.response_id, third.responded_at) == ("t3", utc(2026, 4, 1, 10, 0, 10))


def test_webhooks_bring_the_wording(tmp_path):
    definition = {"fields": [{"id": "id-why", "ref": "why", "type": "long_text", "title": "Why is it so?"}]}
    event = {"event_id": "e1", "event_type": "form_response"}
    sent = response(1, said("why", "It rained", "long_text"), definition=definition)
    path = lines(tmp_path, {**event, "form_response": sent})
    assert texts_of(read(path)) == [[("Why is it so?", "It rained")]]
    assert typeform.sniff(path, path.read_bytes())


def test_short_texts_are_told_from_names(tmp_path):
    path = lines(
        tmp_path,
        response(1, said("name", "Ana Silva"), said("wish", "open on Sundays too")),
        response(2, said("name", "Ben Roe"), said("wish", "a better search please")),
    )
    assert texts_of(read(path)) == [[("wish", "open on Sundays too")], [("wish", "a better search please")]]
    assert texts_of(read(path, texts=["name"])) == [[("name", "Ana Silva")], [("name", "Ben Roe")]]


def test_questions_named_like_fields_of_the_response(tmp_path):
    path = lines(tmp_path, response(1, said("token", "a word from the customer", "long_text")))
    assert [(r.response_id, texts_of([r])) for r in read(path)] == [
        ("t1", [[("token (question)", "a word from the customer")]])
    ]


def test_scores_that_are_named(tmp_path):
    rating = {"field": {"id": "f9", "type": "rating"}, "type": "number", "number": 4}
    path = lines(
        tmp_path, response(1, rating, calculated={"score": 7}, variables=[{"key": "v", "type": "number", "number": 2}])
    )
    for column, expected in (("f9", 4.0), ("calculated.score", 7.0), ("variables.v", 2.0)):
        (record,) = read(path, score={"column": column, "worst": 1, "best": 9})
        assert (record.score, record.score_kind, record.answers) == (expected, "rating", ())


def test_two_nps_questions_are_logged(tmp_path, caplog):
    asked = [{"field": {"ref": ref, "type": "nps"}, "type": "number", "number": n} for ref, n in (("a", 9), ("b", 1))]
    path = lines(tmp_path, response(1, *asked))
    assert [record.score for record in read(path)] == [9.0]
    assert caplog.messages == [f"{path}: 2 NPS questions, the score is 'a'. Set score for another one."]


def test_broken_line(tmp_path):
    path = lines(tmp_path, response(1, said("why", "It rained", "long_text")))
    path = written(path, path.read_text() + '{"token": "t2", "answ')
    first, second = read(path)
    assert first.response_id == "t1"
    assert (second.line, second.reason[:8], second.is_fault) == (2, "not JSON", True)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"items": [{"landing_id": "x", "token": "y", "landed_at": "z"}]}', True),
        (b'{"items": [{"token": "y", "created_at": "z"}]}', False),
        (b"#,Why?,Submit Date (UTC)\n", True),
        (b"Why?,Start Date (UTC),Submit Date (UTC),Network ID\n", True),
        (b"#,Why?,Date\n", False),
    ],
)
def test_sniff(tmp_path, head, expected):
    assert typeform.sniff(tmp_path / "any", head) is expected


def test_faults_of_the_file(tmp_path):
    path = written(tmp_path / "may.json", '[{"a": 1}]')
    assert error_of(lambda: read(path)) == (
        f"{path} holds no Typeform responses.\nExpected is what the responses API gives, or its items one a line."
    )
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column '#', which the export's id names.\nThe columns are: a, b."
    )
    path = written(tmp_path / "may.csv", "#,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Submit Date (UTC)', which the export's time names.\nThe columns are: #, b."
    )
    path = lines(tmp_path, response(1, said("name", "Ana")))
    assert error_of(lambda: read(path)) == (
        f"{path}: no column of free text and no NPS question found.\n"
        "Name columns under texts. There are: token, submitted_at, landed_at, response_type, name."
    )
    assert error_of(lambda: read(path, customer="hidden.id")) == (
        f"{path} has no column 'hidden.id', which customer names.\n"
        "The columns are: token, submitted_at, landed_at, response_type, name."
    )


def test_faulty_options(tmp_path):
    assert option_error(typeform, tmp_path, "question: {a: b}\n") == (
        "pipeline.yml:1: question: unknown setting - did you mean 'questions'?"
    )
    assert all(field.description for field in Options.model_fields.values())


@QUICK
@given(
    file=any_file(
        b'{"items": [{"token": "a", "landed_at": "b", "answers": [', b'{"token": "a", "answers": []}\n',
        b"#,Why?,Submit Date (UTC),Network ID\n", b'{"form_response": {"token": 1, ',
    )
)  # fmt: skip
def test_any_bytes(tmp_path, file):
    holds_for_file(typeform, Options(), tmp_path, file)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "field": JSON | st.just({"ref": "why", "type": "long_text"}),
        "type": JSON | st.sampled_from(["text", "choice", "number"]),
        "text": JSON,
        "choice": JSON,
        "choices": JSON,
    },
)
RESPONSES = JSON | st.fixed_dictionaries(
    {},
    optional={
        "token": JSON,
        "submitted_at": JSON | st.just("2026-05-01T10:00:00Z"),
        "landed_at": JSON,
        "hidden": JSON,
        "calculated": JSON,
        "variables": JSON,
        "definition": JSON,
        "answers": st.lists(ANSWERS, max_size=3) | JSON,
    },
)


@QUICK
@given(found=st.lists(RESPONSES, max_size=4), is_page=st.booleans())
def test_no_response_is_lost(tmp_path, found, is_page):
    whole = response(0, said("why", "It rained", "long_text"))
    found = [whole, *found] if is_page else [whole, *(one for one in found if isinstance(one, dict))]
    content = json.dumps({"items": found}) if is_page else "".join(json.dumps(one) + "\n" for one in found)
    path = written(tmp_path / "any.json", content)
    records = read_or_error(typeform, path, Options(texts=["why"]))
    assert records is not None
    assert len(records) == len(found)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
def test_no_row_is_lost(tmp_path, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["#", "Why?", "Submit Date (UTC)"], *rows])
    records = read_or_error(typeform, path, Options(texts=["Why?"]))
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows)


def test_cut_and_re_encoded_files(tmp_path):
    for sample in (PAGE, TABLE):
        for path in cut_files(sample, tmp_path):
            read_or_error(typeform, path, Options())
