"""The delighted source: CSV and JSON, the scale of each survey type, employees left out."""

import csv
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, as_object, error_of, option_error, written
from survey_help import any_file, cut_files, holds_for_file, texts_of
from test_source_properties import CELLS, JSON, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import delighted
from voc.sources.delighted import Options

TABLE, PAGE = SAMPLES / "delighted.csv", SAMPLES / "delighted.json"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def scored(score, kind, worst, best):
    return {"score": float(score), "score_kind": kind, "score_worst": float(worst), "score_best": float(best)}


def said(text):
    return (Answer(question="Comment", text=text),)


def read(path, **options):
    return list(delighted.read(path, Options(**options)))


def export(tmp_path, *scores, kind="csat"):
    rows = "".join(f"{n},{n},{kind},{score},text {n},2026-04-0{n}\n" for n, score in enumerate(scores, 1))
    return written(tmp_path / "may.csv", f"ID,Person ID,Survey Type,Score,Comment,Created At\n{rows}")


def test_table(caplog):
    raws = TABLE.read_text().splitlines()
    assert read(TABLE, segment="plan") == [
        ResponseRecord(
            line=2,
            response_id="501",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=said("The courier never rang,\nand nobody called back."),
            identifiers=(("id", "10"), ("email", "ana@customer.example")),
            segment="pro",
            **scored(3, "nps", 0, 10),
        ),
        ResponseRecord(
            line=4,
            response_id="502",
            responded_at=utc(2026, 4, 1, 9, 4, 30),
            answers=said(""),
            identifiers=(("id", "11"),),
            segment="free",
            **scored(5, "csat", 1, 5),
        ),
        ResponseRecord(
            line=5,
            response_id="503",
            responded_at=utc(2026, 4, 1, 10, 4, 30),
            answers=said("Easy to do"),
            identifiers=(("id", "12"),),
            **scored(7, "ces", 1, 7),
        ),
        RejectRecord(line=6, reason="answer of an employee (eNPS) in Delighted", raw=as_object(raws[0], raws[5]), is_fault=False),
        ResponseRecord(
            line=7,
            response_id="505",
            responded_at=utc(2026, 4, 1, 12, 4, 30),
            answers=said("Fine"),
            identifiers=(("id", "14"),),
        ),
        RejectRecord(
            line=8, reason="'Score' is '11', outside 0 (worst) to 10 (best), and there is no text", raw=as_object(raws[0], raws[7])
        ),
        RejectRecord(line=9, reason="'Created At' is empty, so the row has no date", raw=as_object(raws[0], raws[8])),
    ]
    assert caplog.messages == [
        f"{TABLE}: values of 'Score' left out: 1, of a survey of type 'thumbs' whose ends are not known: set scales; "
        "the first is '1' on line 7."
    ]


def test_page_of_the_api():
    raw = json.loads(PAGE.read_text())[2]
    missing = "What is missing?"
    assert read(PAGE, segment="person_properties.plan", language="person_properties.locale") == [
        ResponseRecord(
            line=1,
            response_id="501",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(*said("The courier never rang"), Answer(question=missing, text="Evening deliveries")),
            identifiers=(("id", "10"), ("email", "ana@customer.example"), ("phone", "+351210000000")),
            segment="pro",
            language="pt",
            **scored(3, "nps", 0, 10),
        ),
        ResponseRecord(
            line=2,
            response_id="502",
            responded_at=utc(2026, 4, 1, 9, 4, 30),
            answers=(*said(""), Answer(question=missing, text="")),
            identifiers=(("id", "11"),),
            **scored(4, "csat", 1, 5),
        ),
        RejectRecord(
            line=3,
            reason="'id' is empty, so the row has no id",
            raw=json.dumps(raw).replace(": 4,", ': "4",').replace(": 1775034270", ': "1775034270"'),
        ),
        RejectRecord(line=4, reason="not a Delighted response", raw="no response"),
    ]


@pytest.mark.parametrize(
    ("kind", "scores", "options", "expected"),
    [
        ("ces", (5, 1), {}, [(5, "ces", 1, 5), (1, "ces", 1, 5)]),
        ("ces", (6, 1), {}, [(6, "ces", 1, 7), (1, "ces", 1, 7)]),
        ("CES7", (5,), {}, [(5, "ces", 1, 7)]),
        ("csat", (3,), {"scales": {"csat": [1, 3]}}, [(3, "csat", 1, 3)]),
        ("five_star", (2,), {}, [(2, "rating", 1, 5)]),
        ("5-star", (2,), {}, [(2, "rating", 1, 5)]),
        ("pmf", (3,), {}, [(3, "rating", 1, 3)]),
        ("thumbs", (0,), {"scales": {"Thumbs": [0, 1]}}, [(0, "rating", 0, 1)]),
        ("", (9,), {"survey_type": "nps"}, [(9, "nps", 0, 10)]),
        ("csat", (2,), {"score": {"column": "Score", "worst": 5, "best": 1}}, [(2, "rating", 5, 1)]),
    ],
)
def test_scales(tmp_path, kind, scores, options, expected):
    records = read(export(tmp_path, *scores, kind=kind), **options)
    assert [(r.score, r.score_kind, r.score_worst, r.score_best) for r in records] == expected


def test_comment_stays_where_the_score_is_outside_its_scale(tmp_path, caplog):
    path = export(tmp_path, 6)
    assert [(r.score, texts_of([r])) for r in read(path)] == [(None, [[("Comment", "text 1")]])]
    assert caplog.messages == [
        f"{path}: values of 'Score' left out: 1, outside 1 (worst) to 5 (best); the first is '6' on line 2."
    ]


def test_export_without_ids_takes_the_permalink(tmp_path):
    path = written(tmp_path / "may.csv", "Score,Comment,Permalink,Date\n9,Good,https://app.example/r/x,2026-04-01\n")
    assert [record.response_id for record in read(path, survey_type="nps")] == ["https://app.example/r/x"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Score,Comment,Survey Type\n", True),
        (b"Score,Comment,Permalink,x\n", True),
        (b"Score,Comment,Date\n", False),
        (b'[{"person": "1", "survey_type": "nps", "permalink": "x"}]', True),
        (b'[{"survey_type": "nps"}]', False),
    ],
)
def test_sniff(tmp_path, head, expected):
    assert delighted.sniff(tmp_path / "any", head) is expected


def test_faults_of_the_file(tmp_path):
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Score', which the export's score names.\nThe columns are: a, b."
    )
    path = written(tmp_path / "may.csv", "Score,Comment\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Created At', which the export's time names.\nThe columns are: Score, Comment."
    )
    path = written(tmp_path / "may.csv", "Score,Comment,Date\n1,a,2026-04-01\n")
    assert error_of(lambda: read(path)) == (
        f"{path} does not say what kind of survey it was.\nSet survey_type to nps, csat, ces, 5-star or pmf."
    )
    path = written(tmp_path / "may.json", '[{"a": 1}]')
    assert error_of(lambda: read(path)) == (
        f"{path} holds no Delighted responses.\nExpected is what the API lists as survey responses."
    )


def test_faulty_options(tmp_path):
    assert option_error(delighted, tmp_path, "scales: {csat: [1, 1]}\n") == (
        "pipeline.yml:1: scales: worst and best of csat must differ"
    )
    assert all(field.description for field in Options.model_fields.values())


@QUICK
@given(
    file=any_file(
        b"ID,Survey Type,Score,Comment,Created At\n", b'[{"id": 1, "survey_type": "nps", "score": 1, ',
        b'{"id": 1, "survey_type": "nps", "created_at": 1775034270, "score": 3}\n',
    )
)  # fmt: skip
def test_any_bytes(tmp_path, file):
    holds_for_file(delighted, Options(), tmp_path, file)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=6))
def test_no_row_is_lost(tmp_path, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["ID", "Survey Type", "Score", "Comment", "Created At"], *rows])
    records = read_or_error(delighted, path, Options())
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows)


KEYS = ["id", "person", "survey_type", "score", "comment", "created_at", "person_properties", "additional_answers"]
ANSWER = st.fixed_dictionaries({"value": JSON | st.just({"free_response": "a"}), "question": JSON, "id": JSON})
RESPONSES = JSON | st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(ANSWER, max_size=2), max_size=8)


@QUICK
@given(found=st.lists(RESPONSES, max_size=4))
def test_no_response_is_lost(tmp_path, found):
    whole = {"id": 1, "survey_type": "nps", "score": 3, "created_at": 1775034270, "comment": "a"}
    path = written(tmp_path / "any.json", json.dumps([whole, *found]))
    records = read_or_error(delighted, path, Options())
    assert records is not None
    assert len(records) == 1 + len(found)


def test_cut_and_re_encoded_files(tmp_path):
    for sample in (TABLE, PAGE):
        for path in cut_files(sample, tmp_path):
            read_or_error(delighted, path, Options())
