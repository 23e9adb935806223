"""The google_forms source: times as form and sheet write them, lists of choices told from words, ids made of cells."""

import csv
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, write_xlsx, written
from survey_help import answer_counts, any_file, cut_files, holds_for_file, texts_of
from test_source_properties import CELLS, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import google_forms
from voc.sources.google_forms import Options

SAMPLE = SAMPLES / "google_forms.csv"
WRONG = "What went wrong?"
SCALE = {"score_kind": "nps", "score_worst": 0.0, "score_best": 10.0}


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(path, **options):
    return list(google_forms.read(path, Options(**options)))


def form(tmp_path, *rows, first="Timestamp"):
    lines = [[first, "What should we do better?"], *rows]
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    return written(tmp_path / "may.csv", "\n".join(quoted) + "\n")


def test_sample():
    raws = SAMPLE.read_text().splitlines()
    assert read(SAMPLE) == [
        ResponseRecord(
            line=2,
            response_id="2e778478d60c3a7b",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=(Answer(question=WRONG, text="The courier never rang.\n\nNobody called back."),),
            identifiers=(("email", "ana@customer.example"),),
            score=3.0,
            **SCALE,
        ),
        ResponseRecord(
            line=5,
            response_id="95b3a60b75d9c716",
            responded_at=utc(2026, 4, 1, 13, 2),
            answers=(Answer(question=WRONG, text=""),),
            score=10.0,
            **SCALE,
        ),
        ResponseRecord(
            line=6,
            response_id="95b3a60b75d9c716-2",
            responded_at=utc(2026, 4, 1, 13, 2),
            answers=(Answer(question=WRONG, text=""),),
            score=10.0,
            **SCALE,
        ),
        ResponseRecord(
            line=7,
            response_id="03d8a459b9967868",
            responded_at=utc(2026, 4, 2, 8),
            answers=(Answer(question=WRONG, text="The rental bike had a flat tyre"),),
            identifiers=(("email", "ben@customer.example"),),
        ),
        RejectRecord(line=8, reason="'Timestamp' is empty, so the row has no date", raw=raws[7]),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026/03/31 7:57:50 PM GMT+2", utc(2026, 3, 31, 17, 57, 50)),
        ("2026/03/31 7:57:50 pm GMT+5:30", utc(2026, 3, 31, 14, 27, 50)),
        ("2026/03/31 7:57:50 a.\u00a0m. GMT-3", utc(2026, 3, 31, 10, 57, 50)),
        ("2026/03/31 7:57:50 PM CEST", utc(2026, 3, 31, 17, 57, 50)),
        ("2026/03/31 12:00:00 AM EST", utc(2026, 3, 31, 5)),
        ("2026/03/31 7:57:50 PM GMT", utc(2026, 3, 31, 19, 57, 50)),
        ("31.03.2026 19:57:50", utc(2026, 3, 31, 17, 57, 50)),
        ("31/03/2026 19:57:50", utc(2026, 3, 31, 17, 57, 50)),
        ("3/31/2026 19:57:50", utc(2026, 3, 31, 17, 57, 50)),
        ("2026-03-31 19:57:50", utc(2026, 3, 31, 17, 57, 50)),
    ],
)
def test_times(tmp_path, text, expected):
    (record,) = read(form(tmp_path, [text, "a"]), texts=["What should we do better?"], timezone="Europe/Berlin")
    assert record.responded_at == expected


def test_zones_that_mean_several_are_not_guessed(tmp_path):
    path = form(tmp_path, ["2026/03/31 7:57:50 PM IST", "a b c"], ["2026/03/31 7:57:50 PM CET", "More words here"])
    assert texts_of(read(path)) == [
        "'Timestamp' is '2026/03/31 7:57:50 PM IST', not a date",
        [("What should we do better?", "More words here")],
    ]


def test_dates_that_may_be_two_are_asked_for(tmp_path):
    rows = ["04.03.2026 10:00:00", "The price is high"], ["05.03.2026 10:00:00", "The shop is small"]
    path = form(tmp_path, *rows, first="Zeitstempel")
    assert texts_of(read(path)) == [
        f"'Zeitstempel' is '0{day}.03.2026 10:00:00', which may be {day} March or 3 {month} 2026: set date_format to "
        "day_first or month_first"
        for day, month in ((4, "April"), (5, "May"))
    ]
    assert [r.responded_at for r in read(path, date_format="day_first")] == [utc(2026, 3, 4, 10), utc(2026, 3, 5, 10)]
    path = form(tmp_path, *rows, ["25.03.2026 10:00:00", "Too few bikes there"], first="Zeitstempel")
    assert [r.responded_at.day for r in read(path)] == [4, 5, 25]


def test_ids_do_not_change_with_further_rows_and_columns(tmp_path):
    before = [record.response_id for record in read(SAMPLE) if isinstance(record, ResponseRecord)]
    with SAMPLE.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    path = tmp_path / "later.csv"
    with path.open("w", newline="") as stream:
        new = ["4/3/2026 9:00:00", "", "", "Repair", "The queue was very long", "x"]
        csv.writer(stream).writerows([[*header, "New?"], new, *[[*row, ""] for row in rows]])
    after = [record.response_id for record in read(path) if isinstance(record, ResponseRecord)]
    assert after[1:] == before
    assert len({*after}) == len(after)


def test_sheet_as_workbook(tmp_path):
    grid = [["Timestamp", "What should we do better?"], [("date", 46082.5), "Open on Sundays"]]
    path = write_xlsx(tmp_path / "may.xlsx", {"Form responses 1": grid})
    (record,) = read(path, texts=["What should we do better?"])
    assert (record.responded_at, texts_of([record])) == (
        utc(2026, 3, 1, 12),
        [[("What should we do better?", "Open on Sundays")]],
    )


def test_score_of_a_linear_scale(tmp_path):
    score = {"column": "What should we do better?", "kind": "csat", "worst": 1, "best": 5}
    path = form(tmp_path, ["2026-03-31", "4"], ["2026-03-31", "6"])
    first, second = read(path, score=score)
    assert (first.score, first.score_kind, first.answers) == (4.0, "csat", ())
    assert second.reason == ("'What should we do better?' is '6', outside 1 (worst) to 5 (best), and there is no text")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["It is too slow", "The price is high", "no"], True),
        (["It is too slow", "It is too slow", "It is too slow", "The price is high"], False),
        (["red car", "red bike", "blue"], False),
        (["The price is high", "a", "b", "c"], False),
        (["配送が遅すぎます", "値段が高いと思う", "なし"], True),
        (["on foot, by bike", "by bike, on foot", "by bike, on foot, by car"], False),
        (["It came late, sadly", "I waited, twice, for a call", "fine, thanks a lot"], True),
    ],
)
def test_own_words_are_told_from_choices(tmp_path, answers, expected):
    rows = [["3/31/2026 10:00:00", answer] for answer in answers]
    path = form(tmp_path, *rows)
    if expected:
        assert texts_of(read(path)) == [[("What should we do better?", answer)] for answer in answers]
    else:
        assert error_of(lambda: read(path)).startswith(f"{path}: no column of free text and no NPS question found.\n")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Timestamp,What went wrong?", True),
        ("Zeitstempel,Was sollen wir besser machen", True),
        ("Horodateur;Pourquoi ?", True),
        ("Timestamp,Level,Message", False),
        ("Time,What went wrong?", False),
        ("Timestamp", False),
    ],
)
def test_sniff(tmp_path, header, expected):
    assert google_forms.sniff(tmp_path / "any.csv", f"{header}\n".encode()) is expected


def test_faults_of_the_file(tmp_path):
    path = form(tmp_path, ["2026-03-31", "a"], first="Date")
    assert error_of(lambda: read(path)) == (
        f"{path}: the first column is 'Date', not the Timestamp of Google Forms.\n"
        "Export the responses again with all columns, or read the file with kind: table."
    )
    path = form(tmp_path, ["2026-03-31", "a"])
    assert error_of(lambda: read(path)) == (
        f"{path}: no column of free text and no NPS question found.\n"
        "Name columns under texts. There are: Timestamp, What should we do better?."
    )
    path = written(tmp_path / "may.jsonl", '{"Timestamp": "2026-01-01"}\n')
    assert error_of(lambda: read(path)) == (
        f"{path} is JSON; of Google Forms only tables are read.\nExport the responses as CSV."
    )


def test_faulty_options(tmp_path):
    assert option_error(google_forms, tmp_path, "date_format: us\n") == (
        "pipeline.yml:1: date_format: a date format is epoch, epoch_ms, day_first, month_first or a pattern such as "
        "%d/%m/%Y %H:%M. There are: day_first, epoch, epoch_ms, month_first. (it is 'us')"
    )


def test_a_real_form(real_data, caplog):
    path = real_data("vendor-formats") / "google-forms" / "jupyter-education-2016-head.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    records = read(path, timezone="America/Los_Angeles")
    assert [type(record) for record in records] == [ResponseRecord] * 30
    open_questions = [header[number] for number in (6, 8, 16, 17, 18)]
    assert answer_counts(records) == dict(zip(open_questions, [23, 12, 6, 11, 10], strict=True))
    assert [[a.text for a in r.answers] for r in records] == [[row[n] for n in (6, 8, 16, 17, 18)] for row in rows]
    assert [record.responded_at for record in (records[0], records[4], records[29])] == [
        utc(2016, 4, 23, 2, 57, 50),
        utc(2016, 4, 23, 8, 4, 22),
        utc(2016, 4, 25, 16, 54, 12),
    ]
    assert [record.line for record in records[:3]] == [2, 3, 4]
    assert len({record.response_id for record in records}) == 30
    assert {(record.score, record.identifiers) for record in records} == {(None, ())}
    assert caplog.messages == []


@QUICK
@given(file=any_file(b"Timestamp,Why is it so?\n", b"Zeitstempel;Warum nur?\n1/2/2026,", b"Timestamp\n"))
def test_any_bytes(tmp_path, file):
    holds_for_file(google_forms, Options(), tmp_path, file)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
def test_no_row_is_lost(tmp_path, rows):
    path = tmp_path / "any.csv"
    header = ["Timestamp", "What went wrong?", "Which?"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    records = read_or_error(google_forms, path, Options(texts=["What went wrong?"]))
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows)
    ids = [record.response_id for record in records if isinstance(record, ResponseRecord)]
    assert len({*ids}) == len(ids)


def test_cut_and_re_encoded_files(tmp_path):
    for path in cut_files(SAMPLE, tmp_path):
        read_or_error(google_forms, path, Options())
