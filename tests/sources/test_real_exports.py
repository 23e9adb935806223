"""Real exports, where they are present: every row is accounted for and the known counts come out."""

from collections import Counter

import pytest

from voc import registry
from voc.records import ContactRecord, RejectRecord, ResponseRecord
from voc.sources import qualtrics, table, zendesk


def test_forum_questions(real_data):
    (path,) = real_data("firefox-support-sample").glob("*.csv")
    columns = {
        "id": "id", "opened_at": "created", "updated_at": "updated", "subject": "title", "text": "content",
        "customer": "creator", "given_topic": "topic", "language": "locale", "tags": "tags",
    }  # fmt: skip
    records = list(table.read(path, table.Options(columns=columns, constants={"channel": "forum"})))
    contacts = [record for record in records if isinstance(record, ContactRecord)]
    rejects = [record for record in records if isinstance(record, RejectRecord)]
    assert (len(records), rejects) == (2154, [])
    assert len({contact.identifiers for contact in contacts}) == 2043
    assert len({contact.contact_id for contact in contacts}) == 2154
    assert len({contact.given_topic for contact in contacts}) == 15
    assert max(len(contact.text) for contact in contacts) == 83_902
    assert min(contact.opened_at for contact in contacts).isoformat() == "2023-05-15T08:20:05+00:00"
    lines = [contact.line for contact in contacts]
    assert lines == sorted(set(lines))


def test_patient_comments(real_data, caplog):
    path = real_data("nhs-fft-nhft") / "comments.csv"
    options = table.Options(
        records="responses",
        columns={
            "id": "Comment ID", "responded_at": "Date", "customer": "Respondent ID", "text": "FFT answer",
            "question": "FFT question", "segment": "Service type 1",
        },
        score={"column": "FFT categorical answer", "worst": 5, "best": 1, "missing": [6, 7]},
        date_format="day_first",
    )  # fmt: skip
    records = list(table.read(path, options))
    assert [type(record) for record in records] == [ResponseRecord] * 2812
    assert sum(not record.answers[0].text.strip() for record in records) == 499
    assert len({record.identifiers for record in records}) == 1507
    assert {record.answers[0].question for record in records} == {"What was good?", "What could we do better?"}
    assert Counter(record.score for record in records) == {1: 1506, 2: 489, 3: 143, 4: 122, 5: 190, None: 362}
    assert {(r.score_worst, r.score_best) for r in records if r.score} == {(5.0, 1.0)}
    assert min(record.responded_at for record in records).isoformat() == "2021-06-02T00:00:00+00:00"
    assert caplog.messages == []


@pytest.mark.parametrize(("name", "options"), [("sample.csv", {}), ("sample_legacy.csv", {"texts": ["Q2"]})])
def test_survey_exports(real_data, name, options):
    path = real_data("vendor-formats") / "qualtrics" / name
    (record,) = qualtrics.read(path, qualtrics.Options(**options))
    assert (record.line, record.response_id, record.responded_at.isoformat(), record.identifiers, record.score) == (
        4 if name == "sample.csv" else 3,
        "R_2YPOQ602ER1jkf1",
        "2017-07-18T08:28:48+00:00",
        (),
        None,
    )
    assert [answer.text[:5] for answer in record.answers] == ["Hello"]


def test_ticket_export_without_rows(real_data):
    path = real_data("vendor-formats") / "zendesk" / "csv-export-header.csv"
    assert list(zendesk.read(path, zendesk.Options())) == []


def test_answers_of_the_ticket_api(real_data):
    paths = sorted((real_data("vendor-formats") / "zendesk").glob("api-*tickets*.json"))
    if not paths:
        pytest.skip("no JSON answers of the API among the real data")
    for path in paths:
        records = list(zendesk.read(path, zendesk.Options()))
        assert any(isinstance(record, ContactRecord) for record in records), path.name


def test_every_vendor_file_is_claimed_by_one_source(real_data):
    plugins = registry.load_all("sources")
    own = {"alchemer-surveygizmo": "alchemer", "google-forms": "google_forms", "google-play": "google_play"}
    folder = real_data("vendor-formats")
    for path in sorted((*folder.rglob("*.csv"), *folder.rglob("*.json"))):
        if path.name.startswith(("schema-", "singer-")):
            continue
        place = str(path.relative_to(folder))
        vendor = own.get(path.parent.name, path.parent.name)
        if vendor not in plugins:
            vendor = "table"  # no source of its own reads it yet
        assert [name for name, plugin in plugins.items() if plugin.sniff(path, path.read_bytes()[: 1 << 18])] == [vendor], place
