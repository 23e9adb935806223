"""The qualtrics source: exports with three and with two header rows, and how free text and scores are found."""

import json
from datetime import UTC, datetime

import pytest
from source_help import SAMPLES, error_of, option_error, write_xlsx, written

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import qualtrics
from voc.sources.qualtrics import Options

BETTER, OTHER = "What could we do better?", "Which other? - Text"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(path, **options):
    return list(qualtrics.read(path, Options(**options)))


def export(tmp_path, columns, *rows):
    """An export of the standard columns and `columns` (name: import id); each row gives those columns' cells."""
    head = {"EndDate": "endDate", "ResponseId": "_recordId", **columns}
    lines = [
        list(head), [f"text of {name}" for name in head], [json.dumps({"ImportId": i}) for i in head.values()],
        *[["2026-03-01", f"R_{number}", *row] for number, row in enumerate(rows, 1)],
    ]  # fmt: skip
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    return written(tmp_path / "may.csv", "\n".join(quoted) + "\n")


def texts(records):
    return [[(answer.question.removeprefix("text of "), answer.text) for answer in r.answers] for r in records]


def test_sample(caplog):
    path = SAMPLES / "qualtrics.csv"
    raws = {line.split(",R_")[1][0]: line for line in path.read_text().splitlines() if ",R_" in line}
    assert read(path, contact_id="ticket", site="team") == [
        ResponseRecord(
            line=4,
            response_id="R_1",
            responded_at=utc(2026, 3, 1, 17, 5, 1),
            answers=(
                Answer(question=BETTER, text="Nobody called back.\nI waited, twice."),
                Answer(question=OTHER, text=""),
            ),
            identifiers=(("external", "crm-17"), ("email", "ana@customer.example")),
            score=3.0,
            score_kind="nps",
            score_worst=0.0,
            score_best=10.0,
            contact_id="3001",
            site="Lisbon",
            language="EN",
        ),
        ResponseRecord(
            line=6,
            response_id="R_2",
            responded_at=utc(2026, 3, 1, 18, 5, 1),
            answers=(Answer(question=BETTER, text=""), Answer(question=OTHER, text="a shop")),
            score=10.0,
            score_kind="nps",
            score_worst=0.0,
            score_best=10.0,
            language="DE",
        ),
        RejectRecord(line=7, reason="preview or test in Qualtrics", raw=raws["3"], is_fault=False),
        RejectRecord(line=8, reason="unfinished in Qualtrics", raw=raws["4"], is_fault=False),
        RejectRecord(line=9, reason="marked as spam in Qualtrics", raw=raws["5"], is_fault=False),
        ResponseRecord(
            line=10,
            response_id="R_6",
            responded_at=utc(2026, 3, 1, 18, 5),
            answers=(Answer(question=BETTER, text="too high"), Answer(question=OTHER, text="")),
            language="EN",
        ),
        RejectRecord(line=11, reason="'RecordedDate' is empty, so the row has no date", raw=raws["7"]),
    ]
    assert caplog.messages == [
        f"{path}: values of 'Q2' left out: 1, outside 0 (worst) to 10 (best); the first is '11' on line 10."
    ]


def test_legacy_sample():
    path = SAMPLES / "qualtrics_legacy.csv"
    raws = path.read_text(encoding="utf-8-sig").splitlines()
    scale = {"score_kind": "rating", "score_worst": 5.0, "score_best": 1.0}
    assert read(path, score={"column": "Q3", "worst": 5, "best": 1}) == [
        ResponseRecord(
            line=3,
            response_id="R_a",
            responded_at=utc(2015, 5, 1, 8, 4),
            answers=(Answer(question="What is missing?", text="I miss an export to Excel"),),
            identifiers=(("external", "crm-17"), ("email", "ana@customer.example")),
            score=2.0,
            **scale,
        ),
        ResponseRecord(
            line=4,
            response_id="R_b",
            responded_at=utc(2015, 5, 2, 8, 4),
            answers=(Answer(question="What is missing?", text="The search finds nothing useful"),),
            score=5.0,
            **scale,
        ),
        RejectRecord(line=5, reason="preview or test in Qualtrics", raw=raws[4], is_fault=False),
        RejectRecord(line=6, reason="unfinished in Qualtrics", raw=raws[5], is_fault=False),
    ]


@pytest.mark.parametrize(
    ("zone", "hour"), [(None, 17), ("Europe/Berlin", 9), ("UTC", 10)]
)  # the sample's third header row says America/Denver
def test_timezone_option_wins_over_the_header(zone, hour):
    (first, *_) = read(SAMPLES / "qualtrics.csv", timezone=zone)
    assert first.responded_at == utc(2026, 3, 1, hour, 5, 1)


def test_unknown_zone_in_the_header_is_logged(tmp_path, caplog):
    content = (SAMPLES / "qualtrics.csv").read_text().replace("America/Denver", "Mars/Base")
    path = written(tmp_path / "may.csv", content)
    assert read(path)[0].responded_at == utc(2026, 3, 1, 10, 5, 1)
    assert caplog.messages[0] == (
        f"{path}: unknown time zone 'Mars/Base', times taken as UTC. Set timezone if they are not."
    )


def test_unfinished_may_be_kept():
    records = read(SAMPLES / "qualtrics.csv", keep_unfinished=True)
    kept = [record.response_id for record in records if isinstance(record, ResponseRecord)]
    assert kept == ["R_1", "R_2", "R_4", "R_6"]


@pytest.mark.parametrize(("status", "reason"), [
    ("1", "preview or test in Qualtrics"), ("17", "preview or test in Qualtrics"),
    ("Offline Survey Preview", "preview or test in Qualtrics"), ("8", "marked as spam in Qualtrics"),
    ("Possible Spam", "marked as spam in Qualtrics"),
])  # fmt: skip
def test_rows_that_are_no_answers(tmp_path, status, reason):
    path = export(tmp_path, {"Status": "status", "Q1": "QID1_TEXT"}, [status, "a"], ["0", "b"], ["16", "c"])
    first, *rest = read(path)
    assert (first.reason, first.is_fault, texts(rest)) == (reason, False, [[("Q1", "b")], [("Q1", "c")]])


def test_free_text_columns_are_found(tmp_path):
    columns = {
        "Q1": "QID1_TEXT", "Q1 - Topics": "QID1_TEXT_eae5a8d0e7fd4bd183e983e5Topics", "Q2": "QID2", "Q3_1": "QID3_1",
        "Q4": "QID4", "note": "note",
    }  # fmt: skip
    rows = [
        [
            "short",
            "Some topic found here",
            "Very much so indeed",
            f"My order {word} came late",
            "",
            "no question at all",
        ]
        for word in ("from monday", "of shoes", "for ana")
    ]
    found = [name for name, _ in texts(read(export(tmp_path, columns, *rows)))[0]]
    assert found == ["Q1", "Q3_1"]


def test_choices_written_out_are_not_free_text(tmp_path):
    choices = ["Very satisfied with the service", "Not satisfied with the service"]
    rows = [[choices[number % 2], f"words of answer {number}"] for number in range(60)]
    path = export(tmp_path, {"Q1": "QID1", "Q2_TEXT": "QID2"}, *rows)
    assert texts(read(path))[1] == [("Q2_TEXT", "words of answer 1")]


def test_named_columns(tmp_path):
    columns = {"Q1": "QID1_TEXT", "Q2": "QID2_TEXT", "cid": "cid", "mail": "mail", "plan": "plan", "via": "via"}
    path = export(tmp_path, columns, ["a", "b", "7", "a@b.example", "pro", "chat"])
    (record,) = read(path, texts=["Q2"], customer="cid", email="mail", segment="plan", channel="via", language="Q1")
    assert record == ResponseRecord(
        line=4,
        response_id="R_1",
        responded_at=utc(2026, 3, 1),
        answers=(Answer(question="text of Q2", text="b"),),
        identifiers=(("id", "7"), ("email", "a@b.example")),
        channel="chat",
        segment="pro",
        language="a",
    )


def test_two_nps_questions_are_logged(tmp_path, caplog):
    columns = {"Q1_NPS_GROUP": "QID1_NPS_GROUP", "Q1": "QID1", "Q2_NPS_GROUP": "QID2_NPS_GROUP", "Q2": "QID2"}
    path = export(tmp_path, columns, ["Promoter", "9", "Detractor", "1"], ["", "-99", "", ""])
    assert [record.score for record in read(path)] == [9.0, None]
    assert caplog.messages == [f"{path}: 2 NPS questions, the score is 'Q1'. Set score for another one."]


def test_nothing_to_read(tmp_path):
    path = export(tmp_path, {"Q1": "QID1"}, ["1"])
    assert error_of(lambda: read(path)) == (
        f"{path}: no column of free text and no NPS question found.\n"
        "Name columns under texts. There are: EndDate, ResponseId, Q1."
    )


def test_missing_column(tmp_path):
    path = export(tmp_path, {"Q12": "QID1_TEXT"}, ["a"])
    for options, setting in (
        ({"texts": ["Q21"]}, "texts[0]"),
        ({"contact_id": "Q21"}, "contact_id"),
        ({"score": {"column": "Q21", "worst": 1, "best": 5}}, "score.column"),
    ):
        assert error_of(lambda options=options: read(path, **options)) == (
            f"{path} has no column 'Q21', which {setting} names.\n"
            "Did you mean 'Q12'? The columns are: EndDate, ResponseId, Q12."
        )


def test_other_files(tmp_path):
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'ResponseId', which the export's id names.\nThe columns are: a, b."
    )
    path = written(tmp_path / "may.csv", "ResponseId,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'RecordedDate', which the export's time names.\nThe columns are: ResponseId, b."
    )


def test_json_is_refused(tmp_path):
    path = written(tmp_path / "may.json", '{"responses": []}')
    assert error_of(lambda: read(path)) == (
        f"{path} is JSON; of Qualtrics only tables are read.\nExport the responses as CSV."
    )


def test_workbook_with_three_header_rows(tmp_path):
    ids = [json.dumps({"ImportId": name}) for name in ("_recordId", "endDate", "QID1_TEXT")]
    grid = [["ResponseId", "EndDate", "Q1"], ["", "", "Why?"], ids, ["R_1", ("date", 46082.5), "Slow"]]
    assert read(write_xlsx(tmp_path / "may.xlsx", {"Sheet0": grid})) == [
        ResponseRecord(
            line=4,
            response_id="R_1",
            responded_at=utc(2026, 3, 1, 12),
            answers=(Answer(question="Why?", text="Slow"),),
        )
    ]


def test_export_without_responses(tmp_path):
    assert read(export(tmp_path, {"Q1": "QID1_TEXT"})) == []


def test_row_without_id(tmp_path):
    path = written(tmp_path / "may.csv", export(tmp_path, {"Q1": "QID1_TEXT"}, ["a"]).read_text().replace("R_1", ""))
    assert read(path) == [
        RejectRecord(line=4, reason="'ResponseId' is empty, so the row has no id", raw='"2026-03-01","","a"')
    ]


def test_faulty_options(tmp_path):
    assert option_error(qualtrics, tmp_path, "text: [Q1]\n") == (
        "pipeline.yml:1: text: unknown setting - did you mean 'texts'?"
    )
    assert option_error(qualtrics, tmp_path, "date_format: us\ntimezone: Europe/Belin\ndelimiter: ''\n") == (
        "pipeline.yml:3: delimiter: one character, or comma, semicolon, tab, pipe (it is '')\n"
        "pipeline.yml:1: date_format: a date format is epoch, epoch_ms, day_first, month_first or a pattern such as "
        "%d/%m/%Y %H:%M. There are: day_first, epoch, epoch_ms, month_first. (it is 'us')\n"
        "pipeline.yml:2: timezone: no such time zone. Did you mean 'Europe/Berlin'? (it is 'Europe/Belin')"
    )


def test_every_option_is_described():
    assert all(field.description for field in Options.model_fields.values())
