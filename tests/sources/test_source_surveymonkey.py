"""The surveymonkey source: two header rows and one, one column a choice, damaged letters, workbooks."""

import csv
import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, as_object, error_of, option_error, write_xlsx, written
from survey_help import answer_counts, any_file, cut_files, holds_for_file, texts_of
from test_source_properties import CELLS, JSON, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import surveymonkey
from voc.sources.surveymonkey import Options

SAMPLE = SAMPLES / "surveymonkey.csv"
NPS, BETTER = "How likely is it that you would recommend our shop to a friend?", "What should we do better?"
OTHER = "Which services do you use? - Other (please specify)"
SCALE = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(path, **options):
    return list(surveymonkey.read(path, Options(**options)))


def test_sample(caplog):
    raws = SAMPLE.read_text().splitlines()
    asked, rated = "Which services do you use? - ", "How satisfied are you with ... - "
    first, _, others = raws[0].partition(",Which services do you use?")
    columns = ",".join((first, *(asked + part for part in ("Delivery", "Repair", "Rental", "Other (please specify)")), rated + "Price", rated + "Speed"))
    assert others and read(SAMPLE, external="Custom Data 1") == [
        ResponseRecord(
            line=3,
            response_id="114000000001",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(
                Answer(question=BETTER, text="The courier never rang,\nand nobody called back."),
                Answer(question=OTHER, text="a gift card"),
            ),
            identifiers=(("external", "crm-17"), ("email", "ana@customer.example")),
            score=3.0,
            **SCALE,
        ),
        ResponseRecord(
            line=5,
            response_id="114000000002",
            responded_at=utc(2026, 4, 1, 13, 2),
            answers=(Answer(question=BETTER, text=""), Answer(question=OTHER, text="")),
            score=10.0,
            **SCALE,
        ),
        ResponseRecord(
            line=6,
            response_id="114000000003",
            responded_at=utc(2026, 4, 1, 14),
            answers=(Answer(question=BETTER, text="Faster repairs please"), Answer(question=OTHER, text="")),
        ),
        RejectRecord(line=7, reason="'Respondent ID' is empty, so the row has no id", raw=as_object(columns, raws[6])),
        RejectRecord(line=8, reason="'Respondent ID' is '1.14E+11', an id that a spreadsheet rounded", raw=as_object(columns, raws[7])),
        RejectRecord(line=9, reason="'End Date' is empty, so the row has no date", raw=as_object(columns, raws[8])),
    ]
    assert caplog.messages == []


def test_named_columns_and_score_of_a_matrix():
    score = {"column": "How satisfied are you with ... - Speed", "kind": "csat", "worst": 1, "best": 5}
    first, second, *_ = read(SAMPLE, texts=[OTHER], score=score, customer="Collector ID", timezone="Europe/Berlin")
    assert (first.answers, first.score, first.score_kind) == (
        (Answer(question=OTHER, text="a gift card"),),
        1.0,
        "csat",
    )
    assert first.identifiers == (("id", "40001"), ("email", "ana@customer.example"))
    assert first.responded_at == utc(2026, 3, 31, 7, 4, 30)  # summer time
    assert (second.answers[0].text, second.score) == ("", 4.0)


def test_one_header_row(tmp_path):
    path = written(
        tmp_path / "may.csv",
        "Respondent ID,End Date,Services: Delivery,Services: Other (please specify),Why?,Colour\n"
        "1,2026-05-01 10:00,Delivery,cake,It never came on time,red\n"
        "2,2026-05-02 10:00,,,Too slow for the price,red\n"
        "3,2026-05-03 10:00,,,no,blue\n",
    )
    other = "Services: Other (please specify)"
    assert texts_of(read(path)) == [
        [(other, "cake"), ("Why?", "It never came on time")],
        [("Why?", "Too slow for the price")],
        [("Why?", "no")],
    ]
    assert [record.line for record in read(path)] == [2, 3, 4]


def test_first_row_without_respondent_is_no_header(tmp_path):
    path = written(tmp_path / "may.csv", "Respondent ID,End Date,Comment\n,2026-05-01,Good\n2,2026-05-02,More\n")
    assert texts_of(read(path)) == ["'Respondent ID' is empty, so the row has no id", [("Comment", "More")]]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["12/10/2014", "12/31/2014"], ["2014-12-10", "2014-12-31"]),
        (["12/10/2014", "31/12/2014"], ["2014-10-12", "2014-12-31"]),
    ],
)
def test_one_date_settles_the_form_of_all(tmp_path, dates, expected):
    rows = "".join(f"{number},{day},words of answer {number}\n" for number, day in enumerate(dates))
    path = written(tmp_path / "may.csv", f"Respondent ID,End Date,Comment\n{rows}")
    assert [record.responded_at.date().isoformat() for record in read(path)] == expected


def test_dates_that_may_be_two_are_asked_for(tmp_path):
    path = written(tmp_path / "may.csv", "Respondent ID,End Date,Comment\n1,12/10/2014,a\n2,11/10/2014,b\n")
    assert texts_of(read(path)) == [
        "'End Date' is '12/10/2014', which may be 12 October or 10 December 2014: set date_format to day_first or "
        "month_first",
        "'End Date' is '11/10/2014', which may be 11 October or 10 November 2014: set date_format to day_first or "
        "month_first",
    ]
    assert [r.responded_at for r in read(path, date_format="month_first")] == [utc(2014, 12, 10), utc(2014, 11, 10)]


def test_names_and_addresses_are_no_opinions(tmp_path):
    rows = "".join(
        f"{n},2026-05-0{n},Ana Maria Silva {word},Rua {word} numero sete,the shop in {word} is cold\n"
        for n, word in enumerate(("Porto", "Lisboa", "Faro"), 1)
    )
    path = written(
        tmp_path / "may.csv",
        f"Respondent ID,End Date,Who are you?,,Address of the shop you like?\n,,Full name:,Street address:,Response\n{rows}",
    )
    assert answer_counts(read(path)) == {"Address of the shop you like?": 3}
    assert answer_counts(read(path, texts=["Who are you? - Full name:"])) == {"Who are you? - Full name:": 3}


def test_questions_named_like_columns_of_the_tool(tmp_path):
    path = written(
        tmp_path / "may.csv",
        "Respondent ID,End Date,Email Address,Language,Which?,,\n"
        ",,Open-Ended Response,Response,I left comments,Other; please specify,Comments\n"
        "1,2026-05-01,ana@customer.example,Portuguese,I left comments,by tram,none\n",
    )
    (record,) = read(path)
    assert (record.identifiers, record.language) == ((("email", "ana@customer.example"),), "Portuguese")
    assert texts_of([record]) == [[("Which? - Other; please specify", "by tram"), ("Which? - Comments", "none")]]


def test_workbook_with_two_header_rows(tmp_path):
    grid = [
        ["Respondent ID", "End Date", "Why?", "Which?", None],
        [None, None, "Open-Ended Response", "Red", "Other (please specify)"],
        [114000000001, ("date", 46082.5), "Slow", "Red", "green"],
    ]
    assert read(write_xlsx(tmp_path / "may.xlsx", {"Sheet": grid})) == [
        ResponseRecord(
            line=3,
            response_id="114000000001",
            responded_at=utc(2026, 3, 1, 12),
            answers=(
                Answer(question="Why?", text="Slow"),
                Answer(question="Which? - Other (please specify)", text="green"),
            ),
        )
    ]


def test_faults_of_the_file(tmp_path):
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Respondent ID', which the export's id names.\nThe columns are: a, b."
    )
    path = written(tmp_path / "may.csv", "RespondentID,Why?\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column with the time of a response.\n"
        "Export it with its times, or set responded_on to the day all responses stand for."
    )
    assert error_of(lambda: read(path, responded_on="2026-05-01")) == (
        f"{path}: no column of free text and no NPS question found.\n"
        "Name columns under texts. There are: RespondentID, Why?."
    )
    assert error_of(lambda: read(path, responded_on="2026-05-01", texts=["Why"])) == (
        f"{path} has no column 'Why', which texts[0] names.\nDid you mean 'Why?'? The columns are: RespondentID, Why?."
    )


def test_faulty_options(tmp_path):
    assert option_error(surveymonkey, tmp_path, "question: [Q1]\nresponded_on: May\n").splitlines() == [
        "pipeline.yml:2: responded_on: input should be a valid date or datetime, input is too short (it is 'May')",
        "pipeline.yml:1: question: unknown setting - did you mean 'questions'?",
    ]


def test_every_option_is_described():
    assert all(field.description for field in Options.model_fields.values())


def own_cells(path, encoding, *numbers):
    """Cells of physical rows, read without any of our code."""
    with path.open(encoding=encoding, newline="") as stream:
        rows = list(csv.reader(stream))
    return [rows[number] for number in numbers]


def test_two_header_rows_of_a_real_export(real_data, caplog):
    path = real_data("vendor-formats") / "surveymonkey" / "two-header-rows-star-wars.csv"
    questions, choices, first, last = own_cells(path, "cp1252", 0, 1, 2, 41)
    shot, ranked = questions[29], f"{questions[9]} - {choices[13]}"
    options = {"texts": [shot], "score": {"column": ranked, "worst": 6, "best": 1}, "responded_on": "2014-06-05"}
    records = read(path, **options)
    assert [type(record) for record in records] == [ResponseRecord] * 40
    assert records[0] == ResponseRecord(
        line=3,
        response_id="3292879998",
        responded_at=utc(2014, 6, 5),
        answers=(Answer(question=shot, text=first[29]),),
        score=5.0,
        score_kind="rating",
        score_worst=6.0,
        score_best=1.0,
    )
    assert records[1] == ResponseRecord(
        line=4, response_id="3292879538", responded_at=utc(2014, 6, 5), answers=(Answer(question=shot, text=""),)
    )
    assert (records[39].response_id, records[39].answers[0].text) == (last[0], last[29])
    assert sum(record.score is not None for record in records) == 35
    assert caplog.messages == [
        f"{path}: not UTF-8, read as cp1252 (guess from its letters: Windows-1252, confidence 0.26). Set encoding if "
        "letters look wrong."
    ]
    assert error_of(lambda: read(path, responded_on="2014-06-05")).startswith(f"{path}: no column of free text")


def test_one_header_row_of_a_real_export(real_data):
    path = real_data("vendor-formats") / "surveymonkey" / "one-header-row-comma-survey.csv"
    header, first = own_cells(path, "utf-8", 0, 1)
    records = read(path, texts=[header[4]], responded_on="2014-06-05")
    assert records[0] == ResponseRecord(
        line=2,
        response_id="3292953864",
        responded_at=utc(2014, 6, 5),
        answers=(Answer(question=header[4], text=first[4]),),
    )
    assert {type(record) for record in records} == {ResponseRecord}
    assert len({record.response_id for record in records}) == len(records)


def test_one_column_a_choice_of_a_real_export(real_data):
    path = real_data("vendor-formats") / "surveymonkey" / "one-column-per-choice-jupyter-2020.csv"
    header, first, last = own_cells(path, "utf-8", 0, 1, 28)
    *responses, cut = read(path, texts=[header[1]], responded_on="2021-02-01")
    assert [(r.line, r.response_id, r.answers[0].text) for r in (responses[0], responses[-1])] == [
        (2, first[0], first[1]),
        (30, last[0], last[1]),
    ]
    assert [type(record) for record in responses] == [ResponseRecord] * 28
    assert (cut.line, cut.reason) == (31, "a quote opened in this row is never closed")  # the file ends inside a row


def test_a_whole_survey(real_data):
    folder = real_data("jupyter-survey-2020")
    records = read(folder / "text_fields.csv", responded_on="2021-02-01")
    assert [type(record) for record in records] == [ResponseRecord] * 1135
    counts = answer_counts(records)
    assert (len(counts), sum(counts.values())) == (18, 1463)
    assert {308, 91, 83} < {*counts.values()}  # open feedback, comments about collaboration, problems with the UI
    text = next(answer.text for record in records for answer in record.answers if answer.text.strip())
    assert hashlib.sha256(text.encode()).hexdigest()[:12] == "b217ef52c902"


def test_a_whole_survey_with_one_column_a_choice(real_data):
    path = real_data("jupyter-survey-2020") / "all_responses.csv.gz"
    (path_error,) = {error_of(lambda: read(path, responded_on="2021-02-01")).splitlines()[0]}
    assert path_error == f"{path}: no column of free text and no NPS question found."
    records = read(path, responded_on="2021-02-01", texts=["3. Python.", "3. R."])
    assert [type(record) for record in records] == [ResponseRecord] * 1135
    assert answer_counts(records) == {"3. Python.": 1122, "3. R.": 184}


@QUICK
@given(
    file=any_file(
        b"Respondent ID,End Date,Why?\n",
        b"RespondentID,a,,\n,Response,x,y\n1,",
        b"Respondent ID\n",
        b'{"data": [{"id": 1, "response_status": "completed", ',
    )
)
def test_any_bytes(tmp_path, file):
    holds_for_file(surveymonkey, Options(), tmp_path, file)
    holds_for_file(surveymonkey, Options(responded_on="2026-05-01"), tmp_path, file)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=6), is_two=st.booleans())
def test_no_row_is_lost(tmp_path, rows, is_two):
    path = tmp_path / "any.csv"
    heads = [["Respondent ID", "End Date", "Which?", ""], ["", "", "Red", "Other (please specify)"]]
    heads = heads if is_two else [["Respondent ID", "End Date", "Which?", "Why? (other)"], ["1", "2026-05-01", "", ""]]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([*heads, *rows])
    records = read_or_error(surveymonkey, path, Options())
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows) + (not is_two)


def test_cut_and_re_encoded_files(tmp_path):
    for sample in (SAMPLE, SAMPLES / "surveymonkey.json"):
        for path in cut_files(sample, tmp_path):
            read_or_error(surveymonkey, path, Options())


def test_page_of_the_api():
    page = SAMPLES / "surveymonkey.json"
    unread = [json.dumps(response, ensure_ascii=False) for response in json.loads(page.read_text())["data"]]
    services = "Which services do you use? (other)"
    assert read(page, customer="custom_variables.customer") == [
        ResponseRecord(
            line=1,
            response_id="118000000001",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(
                Answer(question=BETTER, text="The courier never rang,\nand nobody called back."),
                Answer(question=services, text="a gift card"),
            ),
            identifiers=(("id", "C-7"), ("email", "ana@customer.example")),
            score=3.0,
            **SCALE,
        ),
        ResponseRecord(
            line=2,
            response_id="118000000002",
            responded_at=utc(2026, 4, 1, 9, 4, 30),
            answers=(Answer(question=BETTER, text=""), Answer(question=services, text="")),
            score=10.0,
            **SCALE,
        ),
        RejectRecord(line=3, reason="unfinished in SurveyMonkey", raw=unread[2], is_fault=False),
        RejectRecord(line=4, reason="disqualified in SurveyMonkey", raw=unread[3], is_fault=False),
        RejectRecord(line=5, reason="not a SurveyMonkey response", raw="no response"),
    ]
    kept = read(page, keep_unfinished=True)
    assert [getattr(record, "response_id", None) for record in kept] == [
        "118000000001", "118000000002", "118000000003", None, None,
    ]  # fmt: skip


def test_api_without_wordings(tmp_path):
    answers = [{"text": "open on Sundays too", "row_id": "5"}, {"text": "more staff at noon", "row_id": "6"}]
    pages = [{"questions": [{"id": "71", "answers": answers}]}]
    response = {"id": 1, "response_status": "completed", "date_modified": "2026-04-01T09:04:30Z", "pages": pages}
    path = written(tmp_path / "may.jsonl", json.dumps(response) + "\n" + json.dumps({**response, "id": 2}) + "\n")
    assert texts_of(read(path, texts=["71 - 5"])) == [[("71 - 5", "open on Sundays too")]] * 2
    assert (
        texts_of(read(path, texts=["71 - 6"], questions={"71": "What is missing?"}))
        == [[("What is missing? - 6", "more staff at noon")]] * 2
    )


def test_json_of_another_shape(tmp_path):
    path = written(tmp_path / "may.json", '{"data": [{"id": 1}]}')
    assert error_of(lambda: read(path)) == (
        f"{path} holds no SurveyMonkey responses.\nExpected is what the API's responses/bulk gives, or a CSV."
    )


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Respondent ID,Why?\n", True),
        (b"RespondentID;Why?\n", True),
        (b"Why?,Respondent ID\n", False),
        (b'{"data": [{"response_status": "completed", "collector_id": "1"}]}', True),
        (b'{"data": [{"response_status": "completed"}]}', False),
        (b"PK\x03\x04", False),
    ],
)
def test_sniff(tmp_path, head, expected):
    assert surveymonkey.sniff(tmp_path / "any", head) is expected


ANSWER = st.dictionaries(st.sampled_from(["text", "choice_id", "row_id", "other_id", "simple_text"]), JSON)
QUESTION = JSON | st.fixed_dictionaries({"id": JSON, "answers": JSON | st.lists(ANSWER, max_size=2)})
RESPONSE = JSON | st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "response_status": JSON,
        "custom_variables": JSON,
        "date_modified": JSON | st.just("2026-04-01T09:04:30Z"),
        "pages": JSON
        | st.lists(JSON | st.fixed_dictionaries({"questions": st.lists(QUESTION, max_size=2)}), max_size=2),
    },
)


@QUICK
@given(found=st.lists(RESPONSE, max_size=4))
def test_no_response_is_lost(tmp_path, found):
    whole = {"id": 1, "response_status": "completed", "date_modified": "2026-04-01T09:04:30Z"}
    path = written(tmp_path / "any.json", json.dumps({"data": [whole, *found]}))
    records = read_or_error(surveymonkey, path, Options(texts=["id"]))
    assert records is not None
    assert len(records) == 1 + len(found)
