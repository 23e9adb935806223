"""The app_store source: pages of customerReviews, one review a line, and what is no review."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, option_error, written
from survey_help import any_file, cut_files, holds_for_file
from test_source_properties import JSON, QUICK
from test_source_properties import read as read_or_error

from voc.records import Answer, RejectRecord, ResponseRecord
from voc.sources import app_store
from voc.sources.app_store import Options

PAGE = SAMPLES / "app_store.json"
SCALE = {"score_kind": "rating", "score_worst": 1.0, "score_best": 5.0}
NO_REVIEW = "no item of customerReviews with attributes"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def said(title, text):
    return (Answer(question="Review title", text=title), Answer(question="Review text", text=text))


def read(path, **options):
    return list(app_store.read(path, Options(**options)))


def test_page():
    raws = [json.dumps(review).replace(": 4,", ': "4",') for review in json.loads(PAGE.read_text())["data"]]
    assert read(PAGE, segment="territory") == [
        ResponseRecord(
            line=1,
            response_id="00000011-1111-2222-3333-444444444444",
            responded_at=utc(2026, 3, 31, 9, 4, 30),
            answers=said("Sad", "Payment fails,\nevery time"),
            channel="app_store",
            segment="PRT",
            score=2.0,
            **SCALE,
        ),
        ResponseRecord(
            line=2,
            response_id="00000012",
            responded_at=utc(2026, 4, 1),
            answers=said("Works", ""),
            channel="app_store",
            segment="USA",
            score=5.0,
            **SCALE,
        ),
        RejectRecord(line=3, reason="'attributes.createdDate' is empty, so the row has no date", raw=raws[2]),
        RejectRecord(line=4, reason="a response of the developer", raw=raws[3], is_fault=False),
    ]


def test_segment_only_when_asked_for():
    assert [getattr(record, "segment", None) for record in read(PAGE)] == [None] * 4


def test_reviews_one_a_line_and_pages_after_each_other(tmp_path):
    reviews = json.loads(PAGE.read_text())["data"][:2]
    path = written(tmp_path / "may.jsonl", "".join(json.dumps(review) + "\n" for review in reviews))
    by_line = read(path)
    pages = [{"data": [review], "links": {}} for review in reviews]
    path = written(tmp_path / "may.jsonl", "".join(json.dumps(page) + "\n" for page in pages))
    assert [record.response_id for record in by_line] == ["00000011-1111-2222-3333-444444444444", "00000012"]
    assert read(path) == by_line


def test_other_items_are_faults(tmp_path):
    review = json.loads(PAGE.read_text())["data"][1]
    path = written(tmp_path / "may.json", json.dumps({"data": [review, {"type": "apps", "id": "7"}, 3, None]}))
    assert [getattr(record, "reason", None) for record in read(path)] == [None, NO_REVIEW, NO_REVIEW, NO_REVIEW]


def test_page_without_reviews(tmp_path):
    assert read(written(tmp_path / "may.json", '{"data": [], "links": {}, "meta": {}}')) == []


def test_stars_that_are_none(tmp_path):
    review = {"type": "customerReviews", "id": "1", "attributes": {"rating": 9, "createdDate": "2026-04-01T00:00:00Z"}}
    path = written(tmp_path / "may.json", json.dumps({"data": [review, {**review, "attributes": {
        "createdDate": "2026-04-01T00:00:00Z"}}]}))  # fmt: skip
    assert [record.reason for record in read(path)] == [
        "'attributes.rating' is '9', outside 1 (worst) to 5 (best), and there is no text",
        "'attributes.rating' is empty, and there is no text",
    ]


def test_faults_of_the_file(tmp_path):
    path = written(tmp_path / "may.json", '{"data": [{"type": "apps", "id": "1"}]}')
    assert error_of(lambda: read(path)) == (
        f"{path} holds no reviews of the App Store.\nExpected is JSON of customerReviews of App Store Connect."
    )
    assert not app_store.sniff(path, path.read_bytes())
    path = written(tmp_path / "may.csv", "a,b\n1,2\n")
    assert error_of(lambda: read(path)) == (f"{path} line 1: not JSON: expecting value (column 1).\nExport it again.")


def test_faulty_options(tmp_path):
    assert option_error(app_store, tmp_path, "segment: country\n") == (
        "pipeline.yml:1: segment: input should be 'territory' (it is 'country')"
    )
    assert all(field.description for field in Options.model_fields.values())


@QUICK
@given(file=any_file(b'{"data": [{"type": "customerReviews", "attributes": {', b'{"type": "customerReviews"}\n'))
def test_any_bytes(tmp_path, file):
    holds_for_file(app_store, Options(segment="territory"), tmp_path, file)


REVIEWS = JSON | st.fixed_dictionaries(
    {"type": st.just("customerReviews")},
    optional={
        "id": JSON,
        "attributes": st.dictionaries(st.sampled_from(["rating", "title", "body", "createdDate"]), JSON) | JSON,
    },
)


@QUICK
@given(reviews=st.lists(REVIEWS, max_size=4))
def test_no_review_is_lost(tmp_path, reviews):
    whole = {"type": "customerReviews", "id": "1", "attributes": {"rating": 1, "createdDate": "2026-01-01"}}
    path = written(tmp_path / "any.json", json.dumps({"data": [whole, *reviews]}))
    records = read_or_error(app_store, path, Options())
    assert records is not None
    assert len(records) == 1 + len(reviews)


def test_cut_and_re_encoded_files(tmp_path):
    for path in cut_files(PAGE, tmp_path):
        read_or_error(app_store, path, Options())
