"""The alchemer source: questions of several parts, write-ins, partial sessions, exports without ids."""

import csv
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, write_xlsx, written
from survey_help import answer_counts, any_file, cut_files, holds_for_file, texts_of
from test_source_properties import CELLS, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import alchemer
from voc.sources.alchemer import Options

SAMPLE = SAMPLES / "alchemer.csv"
WHY, DIFFICULT = "Why: what is the main reason?", "What makes our shop difficult to use?"
SERVICES = "Which services do you use?"
SCALE = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(path, **options):
    return list(alchemer.read(path, Options(**options)))


def export(tmp_path, columns, *rows):
    """An export without ids; each row gives the cells of `columns`."""
    path = tmp_path / "may.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(["Time Started", "Date Submitted", "Status", *columns])
        writer.writerows(
            ["2026-03-01 10:00:00", f"2026-03-01 10:0{n}:00", "Complete", *row] for n, row in enumerate(rows)
        )
    return path


def test_sample():
    raws = SAMPLE.read_text().splitlines()
    assert read(SAMPLE, customer="customer_no", timezone="America/New_York") == [
        ResponseRecord(
            line=2,
            response_id="11",
            responded_at=utc(2026, 3, 31, 13, 4, 30),
            answers=(
                Answer(question=WHY, text='The courier never rang, and "nobody" called back.'),
                Answer(question=DIFFICULT, text="Too many steps to pay"),
                Answer(question=DIFFICULT, text=""),
                Answer(question=SERVICES, text="a gift card"),
            ),
            identifiers=(("id", "C-7"),),
            score=3.0,
            language="English",
            **SCALE,
        ),
        RejectRecord(line=3, reason="unfinished in Alchemer", raw=raws[2], is_fault=False),
        ResponseRecord(
            line=4,
            response_id="13",
            responded_at=utc(2026, 4, 1, 17, 5),
            answers=(
                Answer(question=WHY, text="All of it works well"),
                Answer(question=DIFFICULT, text="The search finds nothing\nwhen a word is wrong"),
                Answer(question=DIFFICULT, text="Payment by card fails"),
                Answer(question=SERVICES, text=""),
            ),
            score=10.0,
            language="German",
            **SCALE,
        ),
        RejectRecord(line=6, reason="disqualified in Alchemer", raw=raws[5], is_fault=False),
        RejectRecord(line=7, reason="'Date Submitted' is empty, so the row has no date", raw=raws[6]),
        RejectRecord(line=8, reason="'Response ID' is empty, so the row has no id", raw=raws[7]),
    ]


def test_unfinished_may_be_kept():
    kept = [r for r in read(SAMPLE, keep_unfinished=True) if isinstance(r, ResponseRecord)]
    assert [(record.response_id, record.score) for record in kept] == [("11", 3.0), ("12", 9.0), ("13", 10.0)]


def test_texts_are_named_by_question_or_by_part():
    part = f"Reason #2:{DIFFICULT}"
    assert texts_of(read(SAMPLE, texts=[part]))[2] == [(DIFFICULT, "Payment by card fails")]
    assert texts_of(read(SAMPLE, texts=[DIFFICULT]))[2] == [
        (DIFFICULT, "The search finds nothing\nwhen a word is wrong"),
        (DIFFICULT, "Payment by card fails"),
    ]
    assert error_of(lambda: read(SAMPLE, texts=["Reason #3"])).startswith(
        f"{SAMPLE} has no column 'Reason #3', which texts[0] names.\n"
    )


def test_tests_and_deleted_responses(tmp_path):
    columns = ["Response ID", "Is Test Data", "Why is it so?"]
    path = export(tmp_path, columns, ["1", "1", "a"], ["2", "", "b"])
    path = written(path, path.read_text().replace('10:01:00","Complete', '10:01:00","Deleted'))
    assert [(r.reason, r.is_fault) for r in read(path, texts=["Why is it so?"])] == [
        ("test in Alchemer", False),
        ("deleted in Alchemer", False),
    ]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["A #1:Why?", "A #2:Why?"], ["Why?", "Why?"]),
        (["A #1:Why?"], ["Why?"]),
        (["Note: read this", "Other::Which?"], ["Note: read this", "Other::Which?"]),
        (["Which?", "Other word(s)::Which?"], ["Which?", "Which?"]),
        (["Red:Which: one?", "Blue:Which: one?"], ["Which: one?", "Which: one?"]),
        (["Other - Write In:Which?"], ["Which?"]),
        (["#1:", ":x"], ["#1:", ":x"]),
    ],
)
def test_parts_of_questions(tmp_path, columns, expected):
    (record,) = read(export(tmp_path, columns, ["a"] * len(columns)), texts=columns)
    assert [answer.question for answer in record.answers] == expected


def test_parts_are_text_together_or_not_at_all(tmp_path):
    columns = ["Need #1:What is missing?", "Need #2:What is missing?", "City #1:Where?", "City #2:Where?"]
    rows = [[f"a better word {word} please", word, "Rome", "Oslo"] for word in ("one", "two", "three")]
    assert answer_counts(read(export(tmp_path, columns, *rows))) == {"What is missing?": 6}


def test_workbook(tmp_path):
    grid = [["Response ID", "Date Submitted", "Status", "Why?"], [7, ("date", 46082.5), "Complete", "Slow"]]
    (record,) = read(write_xlsx(tmp_path / "may.xlsx", {"Sheet": grid}), texts=["Why?"])
    assert (record.response_id, record.responded_at, texts_of([record])) == (
        "7",
        utc(2026, 3, 1, 12),
        [[("Why?", "Slow")]],
    )


def test_faults_of_the_file(tmp_path):
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Date Submitted', which the export's time names.\nThe columns are: a, b."
    )
    path = export(tmp_path, ["Which?"], ["red"])
    assert error_of(lambda: read(path)) == (
        f"{path}: no column of free text and no NPS question found.\n"
        "Name columns under texts. There are: Time Started, Date Submitted, Status, Which?."
    )
    path = written(tmp_path / "may.json", "[]")
    assert error_of(lambda: read(path)) == (
        f"{path} is JSON; of Alchemer only tables are read.\nExport the responses as CSV."
    )


def test_faulty_options(tmp_path):
    assert option_error(alchemer, tmp_path, "keep_unfinishd: true\n") == (
        "pipeline.yml:1: keep_unfinishd: unknown setting - did you mean 'keep_unfinished'?"
    )
    assert all(field.description for field in Options.model_fields.values())


def test_first_sessions_of_a_real_export(real_data):
    path = real_data("vendor-formats") / "alchemer-surveygizmo" / "survey-export-head.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    records = read(path, timezone="Etc/GMT+6")
    assert Counter(type(record) for record in records) == {ResponseRecord: 10, RejectRecord: 10}
    assert {r.reason for r in records if isinstance(r, RejectRecord)} == {"unfinished in Alchemer"}
    assert (records[1].line, records[1].responded_at) == (3, utc(2015, 12, 22, 6, 26, 1))
    texts = [4, *range(6, 9), 10, *range(11, 29), 30, 31]
    complete = [row for row in rows if row[2] == "Complete"]
    responses = [record for record in records if isinstance(record, ResponseRecord)]
    assert [[a.text for a in r.answers] for r in responses] == [[row[n] for n in texts] for row in complete]
    assert responses[0].answers[0].question == header[4]
    assert [answer.question for answer in responses[0].answers[1:4]] == [
        header[6].removeprefix("Tool / Application #1:").strip()
    ] * 3
    kept = read(path, keep_unfinished=True)
    assert [type(record) for record in kept] == [ResponseRecord] * 20
    assert len({record.response_id for record in kept}) == 20


def test_a_whole_survey(real_data, caplog):
    (path,) = real_data("jupyter-notebook-ux-2015").glob("*SurveyExport.csv")
    records = read(path, timezone="Etc/GMT+6")
    assert Counter(type(record) for record in records) == {ResponseRecord: 779, RejectRecord: 927}
    assert sum(answer_counts(records).values()) == 8694
    kept = read(path, timezone="Etc/GMT+6", keep_unfinished=True)
    assert [type(record) for record in kept] == [ResponseRecord] * 1706
    assert [*answer_counts(kept).values()] == [764, 1256, 80, 1553, 978, 1165, 903, 1147, 530, 67, 741]
    assert len({record.response_id for record in kept}) == 1706
    times = sorted(record.responded_at for record in kept)
    assert (times[0], times[-1]) == (utc(2015, 12, 22, 4, 21, 51), utc(2016, 1, 15, 17, 5, 22))
    assert {record.score for record in kept} == {None}
    assert caplog.messages == []


@QUICK
@given(file=any_file(b'"Time Started","Date Submitted","Status","Why?"\n', b"Response ID,Date Submitted,Status\n1,"))
def test_any_bytes(tmp_path, file):
    holds_for_file(alchemer, Options(), tmp_path, file)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=6), has_id=st.booleans())
def test_no_row_is_lost(tmp_path, rows, has_id):
    path = tmp_path / "any.csv"
    header = ["Response ID" if has_id else "Time Started", "Date Submitted", "Status", "A #1:Why?"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    records = read_or_error(alchemer, path, Options(texts=["Why?"]))
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows)


def test_cut_and_re_encoded_files(tmp_path):
    for path in cut_files(SAMPLE, tmp_path):
        read_or_error(alchemer, path, Options())
