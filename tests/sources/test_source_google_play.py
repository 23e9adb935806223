"""The google_play source: CSV in UTF-16 and UTF-8, ratings without text, the reviews API, statistics refused."""

import csv
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, written
from survey_help import any_file, cut_files, holds_for_file
from test_source_properties import CELLS, JSON, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import google_play
from voc.sources.google_play import Options

TABLE, PAGE = SAMPLES / "google_play.csv", SAMPLES / "google_play.json"
SCALE = {"score_kind": "rating", "score_worst": 1.0, "score_best": 5.0}


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def said(title, text):
    return (Answer(question="Review title", text=title), Answer(question="Review text", text=text))


def read(path, **options):
    return list(google_play.read(path, Options(**options)))


def test_table(caplog):
    raws = TABLE.read_text().splitlines()
    assert read(TABLE, segment="App Version Name") == [
        ResponseRecord(
            line=2,
            response_id="gp:AOq-1_x",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=said("Sad", "Payment fails,\nevery time"),
            channel="google_play",
            segment="1.2.0",
            language="en",
            score=2.0,
            **SCALE,
        ),
        ResponseRecord(
            line=4,
            response_id="87db990cf495411c",
            responded_at=utc(2026, 3, 31, 10),
            answers=said("", ""),
            channel="google_play",
            language="de",
            score=5.0,
            **SCALE,
        ),
        ResponseRecord(
            line=5,
            response_id="87db990cf495411c-2",
            responded_at=utc(2026, 3, 31, 10),
            answers=said("", ""),
            channel="google_play",
            language="de",
            score=4.0,
            **SCALE,
        ),
        ResponseRecord(
            line=6,
            response_id="gp:AOq-2",
            responded_at=utc(2026, 3, 31, 11),
            answers=said("", "Ça marche"),
            channel="google_play",
            language="fr",
        ),
        RejectRecord(line=7, reason="'Review Last Update Date and Time' is empty, so the row has no date", raw=raws[6]),
        RejectRecord(
            line=8, reason="'Star Rating' is '0', outside 1 (worst) to 5 (best), and there is no text", raw=raws[7]
        ),
    ]
    assert caplog.messages == [
        f"{TABLE}: values of 'Star Rating' left out: 1, outside 1 (worst) to 5 (best); the first is '7' on line 6."
    ]


def test_page_of_the_api():
    raws = [json.dumps(review) for review in json.loads(PAGE.read_text())["reviews"]]
    assert read(PAGE, segment="appVersionName") == [
        ResponseRecord(
            line=1,
            response_id="gp:AOq-1",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=said("Triste", "O pagamento falha sempre"),
            channel="google_play",
            segment="1.2.0",
            language="pt",
            score=2.0,
            **SCALE,
        ),
        ResponseRecord(
            line=2,
            response_id="gp:AOq-2",
            responded_at=utc(2026, 3, 31, 10),
            answers=said("", "Works"),
            channel="google_play",
            language="en",
            score=5.0,
            **SCALE,
        ),
        RejectRecord(line=3, reason="no review with a userComment", raw=raws[2]),
        RejectRecord(line=4, reason="'reviewId' is empty, so the row has no id", raw=raws[3].replace(": 5}", ': "5"}')),
    ]


def test_reviews_one_a_line(tmp_path):
    reviews = json.loads(PAGE.read_text())["reviews"]
    path = written(tmp_path / "may.jsonl", "".join(json.dumps(review) + "\n" for review in reviews))
    assert [getattr(record, "response_id", None) for record in read(path)] == ["gp:AOq-1", "gp:AOq-2", None, None]
    assert [record.line for record in read(path)] == [1, 2, 3, 4]


def test_changed_stars_keep_the_id(tmp_path):
    changed = TABLE.read_text().replace(
        "2026-03-31T10:00:00Z,1774951200000,5,", "2026-05-05T10:00:00Z,1777975200000,1,"
    )
    before, after = read(TABLE)[1], read(written(tmp_path / "later.csv", changed))[1]
    assert (after.response_id, after.score, after.responded_at) == (before.response_id, 1.0, utc(2026, 5, 5, 10))


@pytest.mark.parametrize("header", [
    "Date,Package Name,Daily Average Rating,Total Average Rating",
    "Date,Package Name,App Version Code,Daily Crashes,Daily ANRs",
    "date,package_name,device,daily_device_installs",
    "Date,Package name,Country,Total User Installs",
])  # fmt: skip
def test_statistics_are_refused(tmp_path, header):
    path = written(tmp_path / "stats.csv", f"{header}\n2026-01-01,com.example.shop{',1' * (header.count(',') - 1)}\n")
    assert google_play.sniff(path, path.read_bytes())
    assert error_of(lambda: read(path)) == (
        f"{path} holds daily sums of Google Play, not reviews: nobody's words and no single rating.\n"
        "Download the reviews report (reviews_*.csv) instead, and take this file out of the sources."
    )


def test_faults_of_the_file(tmp_path):
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Star Rating', which the export's stars names.\nThe columns are: a, b."
    )
    path = written(tmp_path / "may.csv", "Star Rating,Review Text\n1,2\n")
    assert error_of(lambda: read(path)) == (
        f"{path} has no column 'Review Submit Date and Time', which the export's time names.\n"
        "The columns are: Star Rating, Review Text."
    )
    assert error_of(lambda: read(TABLE, segment="Devise")).startswith(
        f"{TABLE} has no column 'Devise', which segment names.\nDid you mean 'Device'?"
    )
    path = written(tmp_path / "may.json", '{"data": []}')
    assert error_of(lambda: read(path)) == (
        f"{path} holds no reviews of Google Play.\nExpected is what the API's reviews list gives."
    )


def test_faulty_options(tmp_path):
    assert option_error(google_play, tmp_path, "segments: Device\n") == (
        "pipeline.yml:1: segments: unknown setting - did you mean 'segment'?"
    )
    assert all(field.description for field in Options.model_fields.values())


@pytest.mark.parametrize("name", ["reviews-utf8.csv", "reviews-utf16le.csv"])
def test_real_reviews(real_data, name, caplog):
    folder = real_data("vendor-formats") / "google-play"
    with (folder / "reviews-utf8.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    records = read(folder / name)
    assert [record.response_id for record in records[:2]] == [
        row["Review Link"].split("reviewid=")[1] for row in rows[:2]
    ]
    assert [(r.line, r.responded_at, r.score, r.score_kind, r.language, r.channel, r.identifiers) for r in records] == [
        (2, utc(2018, 3, 1, 0, 0, 22), 5.0, "rating", "id", "google_play", ()),
        (3, utc(2018, 3, 1, 0, 5, 54), 5.0, "rating", "en", "google_play", ()),
        (4, utc(2018, 3, 1, 0, 14, 11), 5.0, "rating", "en", "google_play", ()),
    ]
    assert [r.answers for r in records] == [said(row["Review Title"], row["Review Text"]) for row in rows]
    assert len(records[2].response_id) == 16
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["stats_ratings_overview.csv", "stats_ratings_app_version.csv"])
def test_real_statistics(real_data, name):
    path = real_data("vendor-formats") / "google-play" / name
    assert google_play.sniff(path, path.read_bytes())
    assert error_of(lambda: read(path)).startswith(f"{path} holds daily sums of Google Play, not reviews")


HEADER = ["Package Name", "Review Submit Date and Time", "Star Rating", "Review Title", "Review Text", "Review Link"]


@QUICK
@given(
    file=any_file(",".join(HEADER).encode() + b"\n", b'{"reviews": [{"comments": [{"userComment": {', b'{"reviewId":')
)
def test_any_bytes(tmp_path, file):
    holds_for_file(google_play, Options(segment="Device"), tmp_path, file)
    holds_for_file(google_play, Options(), tmp_path, file)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=6))
def test_no_row_is_lost(tmp_path, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-16", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    records = read_or_error(google_play, path, Options())
    assert records is not None
    assert len(records) == sum(any(cell.strip() for cell in row) for row in rows)


REVIEWS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "reviewId": JSON,
        "comments": JSON
        | st.lists(
            st.fixed_dictionaries(
                {"userComment": st.dictionaries(st.sampled_from(["text", "starRating", "lastModified"]), JSON)}
            ),
            max_size=2,
        ),
    },
)


@QUICK
@given(reviews=st.lists(REVIEWS, max_size=4))
def test_no_review_is_lost(tmp_path, reviews):
    path = written(tmp_path / "any.json", json.dumps({"reviews": reviews}))
    records = read_or_error(google_play, path, Options())
    assert records is not None
    assert len(records) == len(reviews)


def test_cut_and_re_encoded_files(tmp_path):
    for sample in (TABLE, PAGE):
        for path in cut_files(sample, tmp_path):
            read_or_error(google_play, path, Options())
