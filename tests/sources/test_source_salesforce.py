"""The salesforce source: exports, answers of queries and data trees, and what no row of them may do."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, written
from vendor_help import (
    BYTES,
    CELLS,
    JSON,
    QUICK,
    check_bytes,
    count_rows,
    facts,
    plain,
    read,
    safely_read,
    utc,
    write_csv,
    write_json,
)

from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, RejectRecord
from voc.sources import salesforce
from voc.sources._cases import is_automatic_mail, long_id

HEADERS = [
    ["Id", "CaseNumber", "Subject", "Status", "CreatedDate", "ClosedDate", "IsDeleted", "Description"],
    ["Id", "ParentId", "Incoming", "MessageDate", "TextBody", "Status", "Headers", "Subject"],
    ["Id", "CaseId", "Field", "OldValue", "NewValue", "CreatedDate", "IsDeleted", "CreatedById"],
    ["Id", "ParentId", "CommentBody", "IsPublished", "CreatedDate", "IsDeleted", "CreatedById", "x"],
]
KEYS = [
    "Id", "CaseNumber", "CreatedDate", "Subject", "Status", "Contact", "Account", "Owner", "EmailMessages", "Histories",
    "ParentId", "Incoming", "MessageDate", "CommentBody", "CaseId", "Field", "NewValue", "attributes", "IsDeleted",
]  # fmt: skip


def test_cases_sample():
    assert plain(
        read(
            salesforce,
            SAMPLES / "salesforce_case.csv",
            segment_field="Plan__c",
            opened_field="Opened_before__c",
            language_field="Language__c",
        )
    ) == [
        ContactRecord(
            line=2,
            contact_id="500Ab000001AbCdIAK",
            opened_at=utc(2026, 2, 27, 8),
            text="I was charged twice.",
            subject="Charged twice",
            identifiers=(
                ("id", "003Ab000002AbCdIAK"),
                ("external", "003Ab000002AbCdIAK"),
                ("email", "ana@customer.example"),
                ("phone", "030 1"),
            ),
            channel="Email",
            closed_at=utc(2026, 3, 3, 10),
            updated_at=utc(2026, 3, 5, 9),
            status="Closed",
            priority="High",
            given_topic="Double charge",
            segment="Pro",
            organisation="Customer AG",
            language="de",
            solved_at=(utc(2026, 3, 3, 10),),
        ),
        ContactRecord(
            line=3,
            contact_id="500Ab000001AbCeIAK",
            opened_at=utc(2026, 3, 9, 9),
            text="Charged again",
            subject="Charged again",
            identifiers=(("email", "bo@shop.example"),),
            channel="Web",
            status="New",
            priority="Low",
            organisation="Shop GmbH",
            follow_up_of="500Ab000001AbCdIAK",
        ),
        ContactRecord(
            line=4,
            contact_id="500Ab000001AbCfIAK",
            opened_at=utc(2026, 3, 9, 10),
            text="Same again",
            subject="Same again",
            identifiers=(("id", "003Ab000002AbCdIAK"), ("external", "003Ab000002AbCdIAK")),
            channel="Web",
            status="Closed",
            priority="Low",
            merged_into="500Ab000001AbCdIAK",
        ),
        RejectRecord(line=5, reason="deleted in Salesforce", raw="", is_fault=False),
        ContactRecord(
            line=6,
            contact_id="500Ab000001AbChIAK",
            opened_at=utc(2026, 3, 9, 10),
            text="We called",
            subject="We called",
            identifiers=(("id", "003Ab000002AbCdIAK"), ("external", "003Ab000002AbCdIAK")),
            channel="Outbound call",
            status="New",
            priority="Low",
            is_company_initiated=True,
        ),
        RejectRecord(line=7, reason="'Id' is empty, so the row has no id", raw=""),
        RejectRecord(line=8, reason="'CreatedDate' is empty, so the row has no date", raw=""),
    ]


def test_e_mails_sample():
    assert plain(read(salesforce, SAMPLES / "salesforce_email.csv")) == [
        MessageRecord(
            line=2,
            contact_id="500Ab000001AbCdIAK",
            message=Message(at=utc(2026, 3, 2, 8, 59), author="customer", text="I was charged twice.", channel="email"),
        ),
        MessageRecord(
            line=3,
            contact_id="500Ab000001AbCdIAK",
            message=Message(at=utc(2026, 3, 3, 9, 50), author="agent", text="<p>We refund it.</p>", channel="email"),
        ),
        MessageRecord(
            line=4,
            contact_id="500Ab000001AbCdIAK",
            message=Message(
                at=utc(2026, 3, 3, 9, 51), author="customer", text="I am away.", is_automatic=True, channel="email"
            ),
        ),
        RejectRecord(line=8, reason="'MessageDate' is empty, so the row has no date", raw=""),
        RejectRecord(line=6, reason="drafts and deleted messages (rows passed over: 1)", raw="", is_fault=False),
        RejectRecord(line=7, reason="e-mails of no case (rows passed over: 1)", raw="", is_fault=False),
    ]


def test_comments_sample():
    assert plain(read(salesforce, SAMPLES / "salesforce_comment.csv")) == [
        MessageRecord(
            line=2,
            contact_id="500Ab000001AbCdIAK",
            message=Message(at=utc(2026, 3, 3, 12), author="customer", text="Thanks!", channel="web"),
        ),
        MessageRecord(
            line=3,
            contact_id="500Ab000001AbCdIAK",
            message=Message(at=utc(2026, 3, 3, 13), author="agent", text="Known case", is_public=False),
        ),
        RejectRecord(line=4, reason="drafts and deleted messages (rows passed over: 1)", raw="", is_fault=False),
    ]


def test_history_sample():
    assert plain(read(salesforce, SAMPLES / "salesforce_history.csv")) == [
        DetailRecord(line=3, contact_id="500Ab000001AbCdIAK", fields={"solved_at": (utc(2026, 3, 2, 12),)}),
        DetailRecord(line=5, contact_id="500Ab000001AbCdIAK", fields={"solved_at": (utc(2026, 3, 3, 10),)}),
        RejectRecord(line=7, reason="'CaseId' is empty, so the row has no id", raw=""),
        RejectRecord(line=2, reason="changes that do not close a case (rows passed over: 3)", raw="", is_fault=False),
    ]


def test_contacts_get_their_account_from_the_table_beside():
    assert plain(read(salesforce, SAMPLES / "salesforce_contact.csv")) == [
        PersonRecord(
            line=2,
            identifiers=(
                ("id", "003Ab000002AbCdIAK"),
                ("external", "003Ab000002AbCdIAK"),
                ("email", "ana@customer.example"),
                ("phone", "0170 2"),
            ),
            organisation="Customer AG",
        ),
        RejectRecord(line=3, reason="deleted in Salesforce", raw="", is_fault=False),
    ]


def test_accounts_hold_only_names():
    assert plain(read(salesforce, SAMPLES / "salesforce_account.csv")) == [
        RejectRecord(
            line=2,
            reason="accounts: their names are looked up for cases and contacts (rows passed over: 1)",
            raw="",
            is_fault=False,
        ),
    ]


def test_query_sample():
    assert plain(read(salesforce, SAMPLES / "salesforce_query.json", segment_field="Account.Type")) == [
        ContactRecord(
            line=1,
            contact_id="500Ab000001AbCdIAK",
            opened_at=utc(2026, 3, 2, 9),
            text="I was charged twice.",
            subject="Charged twice",
            identifiers=(
                ("id", "003Ab000002AbCdIAK"),
                ("external", "003Ab000002AbCdIAK"),
                ("email", "ana@customer.example"),
                ("phone", "0170 2"),
            ),
            channel="Email",
            closed_at=utc(2026, 3, 3, 10),
            status="Closed",
            site="Billing queue",
            segment="Enterprise",
            organisation="Customer AG",
            public_reply_count=1,
            messages=(
                Message(at=utc(2026, 3, 2, 8, 59), author="customer", text="I was charged twice.", channel="email"),
                Message(at=utc(2026, 3, 2, 10), author="agent", text="Look again", is_public=False),
                Message(at=utc(2026, 3, 3, 9, 50), author="agent", text="We refund it.", channel="email"),
            ),
            solved_at=(utc(2026, 3, 2, 12), utc(2026, 3, 3, 10)),
        ),
        ContactRecord(
            line=2,
            contact_id="500Ab000001AbCeIAK",
            opened_at=utc(2026, 3, 4, 9),
            text="By phone",
            subject="By phone",
            channel="Phone",
            status="New",
            public_reply_count=1,
            messages=(
                Message(at=utc(2026, 3, 4, 9), author="customer", text="By phone"),
                Message(at=utc(2026, 3, 5, 10), author="agent", text="Called back"),
            ),
        ),
        RejectRecord(line=3, reason="no object of Salesforce that is read", raw=""),
    ]


def test_a_data_tree_has_no_times(real_data):
    path = real_data("vendor-formats") / "salesforce" / "sfdx-data-tree-Cases.json"
    assert salesforce.sniff(path, path.read_bytes())
    assert facts(read(salesforce, path)) == [
        RejectRecord(line=1, reason="'CreatedDate' is empty, so the row has no date", raw=""),
    ]


def test_every_case_of_a_full_export(real_data):
    path = real_data("vendor-formats") / "salesforce" / "Case.csv"
    assert salesforce.sniff(path, path.read_bytes())
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    fields = {"opened_field": "createddate__c", "closed_field": "CloseDate__c"}
    cases = read(salesforce, path, **fields, given_topic_field="Type")
    assert [type(case) for case in cases] == [ContactRecord] * 40
    assert [case.contact_id for case in cases] == [row["Id"] for row in rows]
    assert [case.text for case in cases] == [row["Subject"] for row in rows]
    assert [case.given_topic for case in cases] == [row["Type"] for row in rows]
    assert [(case.opened_at, case.closed_at, case.status) for case in cases[:2]] == [
        (utc(2023, 2, 4), utc(2022, 10, 13), "Closed"),
        (utc(2023, 10, 22), None, "open"),
    ]
    assert sum(case.closed_at is not None for case in cases) == 14
    assert len({case.identifiers for case in cases}) == 31
    assert {case.opened_at for case in read(salesforce, path)} == {utc(2024, 1, 23, 13, 26, 8)}


def test_ids_of_fifteen_characters_are_those_of_eighteen(real_data):
    path = real_data("vendor-formats") / "salesforce" / "Case.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        ids = [row[name] for row in csv.DictReader(stream) for name in ("Id", "ContactId", "OwnerId")]
    assert [long_id(one[:15]) for one in ids] == ids
    assert [long_id(one) for one in (None, "00001014", "123456789012345", "500Ab000001AbCdIAK")] == [
        None,
        "00001014",
        "123456789012345",
        "500Ab000001AbCdIAK",
    ]


@pytest.mark.parametrize(
    ("headers", "is_automatic"),
    [
        (None, False),
        ("From: a@b.example", False),
        ("Auto-Submitted: no", False),
        ("From: a@b.example\nAuto-Submitted: auto-generated", True),
        ("X-Autoreply: yes", True),
        ("precedence: bulk", True),
    ],
)
def test_automatic_mail(headers, is_automatic):
    assert is_automatic_mail(headers) is is_automatic


def test_a_page_of_several_is_told(caplog):
    path = SAMPLES / "salesforce_query.json"
    read(salesforce, path)
    assert caplog.messages == [
        f"{path}: one page of 3 records; the others are at its nextRecordsUrl. Read those files too."
    ]


def test_a_report_with_labels(tmp_path):
    header = ["Case ID", "Case Number", "Date/Time Opened", "Date/Time Closed", "Case Origin", "Subject", "Status"]
    row = ["500Ab000001AbCd", "00002001", "2/3/2026, 9:00 AM", "3/3/2026 10:00", "Email", "Charged", "Closed"]
    path = write_csv(
        tmp_path / "report.csv", [*header, "Contact: Email", "Account Name"], [[*row, "a@b.example", "AG"]]
    )
    assert salesforce.sniff(path, path.read_bytes())
    assert read(salesforce, path, date_format="day_first", timezone="Europe/Berlin") == [
        ContactRecord(
            line=2,
            contact_id="500Ab000001AbCdIAK",
            opened_at=utc(2026, 3, 2, 8),
            text="Charged",
            subject="Charged",
            identifiers=(("email", "a@b.example"),),
            channel="Email",
            closed_at=utc(2026, 3, 3, 9),
            status="Closed",
            organisation="AG",
            solved_at=(utc(2026, 3, 3, 9),),
        )
    ]


def test_statuses_and_origins_of_an_organisation(tmp_path):
    path = SAMPLES / "salesforce_history.csv"
    records = read(salesforce, path, closed_statuses=["closed - refunded"])
    assert [record.line for record in records if isinstance(record, DetailRecord)] == [5]
    cases = read(salesforce, SAMPLES / "salesforce_case.csv", company_initiated_channels=["web"])
    started = [case.contact_id[-6:-3] for case in cases if getattr(case, "is_company_initiated", False)]
    assert started == ["bCe", "bCf", "bCh"]


def test_columns_of_a_warehouse(tmp_path):
    header = ["id", "_fivetran_synced", "case_number", "created_date", "closed_date", "subject", "status", "contact_id"]
    row = ["500Ab000001AbCdIAK", "2026-04-01", "00002001", "2026-03-02 09:00:00", "", "Hi", "New", "003Ab000002AbCdIAK"]
    path = write_csv(tmp_path / "case.csv", header, [row])
    assert salesforce.sniff(path, path.read_bytes())
    (case,) = read(salesforce, path)
    assert (case.contact_id, case.opened_at, case.identifiers[0][1]) == (row[0], utc(2026, 3, 2, 9), row[7])


def test_users_are_passed_over(tmp_path):
    path = written(tmp_path / "user.csv", "Id,Username,LastName,ProfileId\n005,kim,Kim,00e\n")
    reason = "users: agents are not told apart (rows passed over: 1)"
    assert plain(read(salesforce, path)) == [RejectRecord(line=2, reason=reason, raw="", is_fault=False)]


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert not salesforce.sniff(path, path.read_bytes())
    assert error_of(lambda: read(salesforce, path)) == (
        f"{path} is none of the tables that are read of Salesforce; its columns are: id, name.\n"
        "Read are: cases, e-mails of cases (EmailMessage), comments on cases (CaseComment), "
        "history of cases (CaseHistory), contacts, accounts, users. For any other table use kind: table."
    )


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b"[", b"Id,CaseNumber,CreatedDate\n", b'{"records": [', b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(salesforce, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=5), header=st.sampled_from(HEADERS))
def test_no_row_is_lost(tmp_path, rows, header):
    records = safely_read(salesforce, write_csv(tmp_path / "any.csv", header, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(objects=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON, max_size=4))
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(salesforce, write_json(tmp_path / "any.json", {"records": objects}))
    assert count_rows(records) == len(objects)
