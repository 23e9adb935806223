"""The zendesk source: both exports, their samples and the records they stand for, and odd shapes of tickets."""

import json
from datetime import UTC, datetime

import pytest
from source_help import SAMPLES, as_object, error_of, option_error, written

from voc.records import Answer, ContactRecord, RejectRecord, ResponseRecord
from voc.sources import zendesk
from voc.sources.zendesk import Options

ANA = (("id", "901"), ("external", "crm-17"), ("email", "ana@customer.example"), ("phone", "+49 30 1234"))
BO = (("id", "811"), ("email", "bo@shop.example"), ("phone", "0170 5550"))


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(path, **options):
    return list(zendesk.read(path, Options(**options)))


def test_json_lines_sample():
    lines = (SAMPLES / "zendesk.jsonl").read_text().splitlines()
    fields = {
        "handle_time_field": 55001, "given_topic_field": "55002", "segment_field": "user.plan",
        "annual_revenue_field": "organization.arr",
    }  # fmt: skip
    assert read(SAMPLES / "zendesk.jsonl", **fields) == [
        ContactRecord(
            line=1,
            contact_id="3001",
            opened_at=utc(2026, 2, 1, 8),
            text="Hello, I was charged twice in January.\n\nAna",
            subject="Invoice twice",
            identifiers=ANA,
            channel="email",
            closed_at=utc(2026, 2, 5, 16, 30),
            updated_at=utc(2026, 2, 9, 10),
            status="closed",
            priority="high",
            given_topic="billing__double",
            site="Lisbon",
            segment="pro",
            organisation="Customer AG",
            annual_revenue=24000.0,
            handle_minutes=10.0,
            public_reply_count=3,
            reopen_count=1,
            tags=("billing", "vip"),
            solved_at=(utc(2026, 2, 5, 16, 30),),
        ),
        ResponseRecord(
            line=1,
            response_id="3001-csat",
            responded_at=utc(2026, 2, 5, 16, 30),
            answers=(Answer(question="Satisfaction comment", text="It took four days."),),
            identifiers=ANA,
            score=0.0,
            score_kind="csat",
            score_worst=0.0,
            score_best=1.0,
            contact_id="3001",
            channel="email",
            segment="pro",
            site="Lisbon",
        ),
        ContactRecord(
            line=2,
            contact_id="3002",
            opened_at=utc(2026, 2, 10, 8),
            text="Still charged twice.",
            subject="Re: Invoice twice",
            identifiers=(("id", "901"),),
            channel="web",
            updated_at=utc(2026, 2, 11, 8),
            status="open",
            follow_up_of="3001",
        ),
        ContactRecord(
            line=3,
            contact_id="3003",
            opened_at=utc(2026, 2, 10, 8, 5),
            text="Charged twice!",
            subject="Invoice",
            identifiers=(("id", "901"),),
            channel="web",
            status="closed",
            public_reply_count=1,
            merged_into="3002",
            tags=("closed_by_merge",),
        ),
        RejectRecord(line=4, reason="deleted in Zendesk", raw=lines[3], is_fault=False),
        RejectRecord(line=5, reason="not JSON: unterminated string starting (column 28)", raw=lines[4]),
        RejectRecord(line=6, reason="'created_at' is 'yesterday', not a date", raw=lines[5]),
    ]


def test_pages_sample():
    assert read(SAMPLES / "zendesk_pages.json", company_initiated_tags=["campaign"]) == [
        ContactRecord(
            line=1,
            contact_id="41",
            opened_at=utc(2026, 1, 5, 12),
            text="My parcel never came.",
            subject="Parcel lost",
            identifiers=BO,
            channel="chat",
            closed_at=utc(2026, 1, 6, 9),
            updated_at=utc(2026, 1, 7, 12),
            status="solved",
            site="Porto (BPO)",
            public_reply_count=2,
            reopen_count=0,
            tags=("parcel",),
            solved_at=(utc(2026, 1, 6, 9),),
        ),
        ResponseRecord(
            line=1,
            response_id="41-csat",
            responded_at=utc(2026, 1, 6, 9),
            identifiers=BO,
            score=1.0,
            score_kind="csat",
            score_worst=0.0,
            score_best=1.0,
            contact_id="41",
            channel="chat",
            site="Porto (BPO)",
        ),
        ContactRecord(
            line=2,
            contact_id="42",
            opened_at=utc(2026, 1, 6, 12),
            text="We called about the delay.",
            subject="Call to customer",
            identifiers=(("id", "812"),),
            channel="voice",
            updated_at=utc(2026, 1, 6, 12, 30),
            status="closed",
            is_company_initiated=True,
        ),
        RejectRecord(
            line=3,
            reason="suspended in Zendesk",
            raw='{"id": "43", "created_at": "2026-01-08T12:00:00Z", "subject": "Only a subject", "description": "", '
            '"status": "suspended", "requester_id": "811"}',
            is_fault=False,
        ),
        RejectRecord(line=4, reason="not a Zendesk ticket", raw="no ticket"),
        ContactRecord(
            line=5,
            contact_id="44",
            opened_at=utc(2026, 1, 9, 12),
            text="Only a subject",
            subject="Only a subject",
            identifiers=(("id", "811"),),
            status="new",
            merged_into="unknown",
            tags=("closed_by_merge",),
        ),
    ]


def test_csv_sample(caplog):
    path = SAMPLES / "zendesk.csv"
    lines = path.read_text().splitlines()
    fields = {"handle_time_field": "Total time spent (sec)", "given_topic_field": "Contact reason [list]"}
    ana = ANA[:3]
    assert read(path, timezone="America/New_York", **fields) == [
        ContactRecord(
            line=2,
            contact_id="7001",
            opened_at=utc(2026, 2, 1, 14),
            text="Where is my refund?",
            subject="Where is my refund?",
            identifiers=ana,
            channel="Mail",
            closed_at=utc(2026, 2, 3, 15),
            updated_at=utc(2026, 2, 9, 16),
            status="Solved",
            priority="High",
            given_topic="Refund",
            site="Lisbon",
            organisation="Customer AG",
            handle_minutes=15.5,
            public_reply_count=4,
            reopen_count=1,
            tags=("refund", "billing"),
            solved_at=(utc(2026, 2, 3, 15),),
        ),
        ResponseRecord(
            line=2,
            response_id="7001-csat",
            responded_at=utc(2026, 2, 3, 15),
            identifiers=ana,
            score=0.0,
            score_kind="csat",
            score_worst=0.0,
            score_best=1.0,
            contact_id="7001",
            channel="Mail",
            site="Lisbon",
        ),
        ContactRecord(
            line=3,
            contact_id="7002",
            opened_at=utc(2026, 2, 2, 14),
            text="Password reset",
            subject="Password reset",
            identifiers=(("id", "902"),),
            channel="Web form",
            updated_at=utc(2026, 2, 2, 14, 30),
            status="Open",
            public_reply_count=0,
            reopen_count=0,
        ),
        ContactRecord(
            line=4,
            contact_id="7003",
            opened_at=utc(2026, 2, 2, 15),
            text="We called you",
            subject="We called you",
            identifiers=(("id", "903"),),
            channel="Phone call (outgoing)",
            updated_at=utc(2026, 2, 2, 15, 5),
            status="Closed",
            priority="Normal",
            site="Lisbon",
            public_reply_count=1,
            reopen_count=0,
            is_company_initiated=True,
        ),
        RejectRecord(line=5, reason="deleted in Zendesk", raw=as_object(lines[0], lines[4]), is_fault=False),
        RejectRecord(line=6, reason="'Id' is empty, so the row has no id", raw=as_object(lines[0], lines[5])),
    ]
    assert caplog.messages == [
        f"{path}: values of 'Solved at' left out: 1, not a date; the first is 'never' on line 4."
    ]


def one(tmp_path, ticket, **options):
    """The contact of a single ticket with the fields every ticket has."""
    base = {"id": 1, "created_at": "2026-01-01T00:00:00Z", "requester_id": 5, "submitter_id": 5}
    return read(written(tmp_path / "one.json", json.dumps({"ticket": base | ticket})), **options)[0]


def test_text_is_the_customers_first_public_comment(tmp_path):
    comments = [
        {"author_id": 7, "public": True, "body": "Filed by phone"},
        {"author_id": 5, "public": False, "body": "hidden"},
        "no comment",
        {"author_id": 5, "body": "", "html_body": "<p>Mine</p>"},
        {"author_id": 5, "body": "Later"},
    ]
    ticket = {"description": "Filed by phone", "comments": comments}
    assert one(tmp_path, ticket).text == "<p>Mine</p>"
    assert one(tmp_path, {**ticket, "comments": comments[:2]}).text == "Filed by phone"


def test_last_change_is_never_the_end(tmp_path):
    ticket = {"status": "closed", "updated_at": "2026-02-01T00:00:00Z", "metric_set": {"solved_at": None}}
    contact = one(tmp_path, ticket)
    assert (contact.closed_at, contact.updated_at) == (None, utc(2026, 2, 1))


def test_elapsed_time_is_never_handle_time(tmp_path):
    metrics = {"full_resolution_time_in_minutes": {"calendar": 500, "business": 90}, "agent_wait_time_in_minutes": 4}
    assert one(tmp_path, {"metric_set": metrics}).handle_minutes is None


def test_agent_filing_for_a_customer_is_not_company_initiated(tmp_path):
    ticket = {"submitter_id": 7, "via": {"channel": "voice", "source": {"rel": "inbound"}}, "tags": ["campaign"]}
    assert one(tmp_path, ticket).is_company_initiated is False
    assert one(tmp_path, ticket, company_initiated_tags=["campaign"]).is_company_initiated is True


def test_follow_up_by_either_field(tmp_path):
    assert one(tmp_path, {"via_followup_source_id": 77}).follow_up_of == "77"
    assert one(tmp_path, {"via": {"source": {"rel": "follow_up", "from": {"ticket_id": 78}}}}).follow_up_of == "78"
    assert one(tmp_path, {"via": {"source": {"rel": "merge", "from": {"ticket_id": 78}}}}).follow_up_of is None


def test_site_by_option_and_field(tmp_path):
    ticket = {"custom_fields": [{"id": 9, "value": ["north", "two"]}], "group": {"name": "Lisbon"}}
    sites = [one(tmp_path, ticket, **o).site for o in ({}, {"site_field": 9}, {"site_field": 9, "site": "BPO"})]
    assert sites == ["Lisbon", "north, two", "BPO"]


def test_field_that_no_ticket_has(tmp_path):
    path = SAMPLES / "zendesk.csv"
    assert error_of(lambda: read(path, handle_time_field="Total time spend (sec)")) == (
        f"{path}: no ticket has the field 'Total time spend (sec)', which handle_time_field names.\n"
        "Did you mean 'Total time spent (sec)'?"
    )
    path = written(tmp_path / "one.json", '{"ticket": {"id": 1, "created_at": "2026-01-01"}}')
    assert error_of(lambda: read(path, segment_field="user.plan")) == (
        f"{path}: no ticket has the field 'user.plan', which segment_field names.\n"
        "Its tickets have no such fields; leave the option out."
    )


@pytest.mark.parametrize(("header", "setting", "column"), [
    ("Subject,Requester,Created at", "the export's id", "Id"),
    ("Id,Subject,Requester", "the export's time", "Created at"),
])  # fmt: skip
def test_csv_without_id_or_time(tmp_path, header, setting, column):
    path = written(tmp_path / "may.csv", header + "\n")
    listed = header.replace(",", ", ")
    assert error_of(lambda: read(path)).splitlines()[0] == f"{path} has no column '{column}', which {setting} names."
    assert error_of(lambda: read(path)).endswith(f"The columns are: {listed}.")


def test_wrong_delimiter(tmp_path):
    path = written(tmp_path / "may.csv", "Id;Subject;Requester;Created at\n")
    assert error_of(lambda: read(path, delimiter=",")) == (
        f"{path} line 1: with delimiter ',' the whole header is one column: 'Id;Subject;Requester;Created at'.\n"
        "It looks like ';' separates the columns. Set delimiter: ';' for this source."
    )


def test_faulty_options(tmp_path):
    assert option_error(zendesk, tmp_path, "handle_time_fields: 1\ntimezone: Europe/Belin\n") == (
        "pipeline.yml:2: timezone: no such time zone. Did you mean 'Europe/Berlin'? (it is 'Europe/Belin')\n"
        "pipeline.yml:1: handle_time_fields: unknown setting - did you mean 'handle_time_field'?"
    )
    assert option_error(zendesk, tmp_path, "delimiter: ab\n") == (
        "pipeline.yml:1: delimiter: one character, or comma, semicolon, tab, pipe (it is 'ab')"
    )


def test_every_option_is_described():
    assert all(field.description for field in Options.model_fields.values())
