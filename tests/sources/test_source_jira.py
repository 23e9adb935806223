"""The jira source: the CSV export with columns of one name, requests and searches of the API, warehouse tables."""

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

from voc.config import ContactRules
from voc.records import (
    Answer,
    ContactRecord,
    DetailRecord,
    Message,
    MessageRecord,
    PersonRecord,
    RejectRecord,
    ResponseRecord,
)
from voc.sources import jira
from voc.threads.rules import contacts_of

CSAT = {"score_kind": "csat", "score_worst": 1.0, "score_best": 5.0}
HEADERS = [
    ["Issue key", "Summary", "Created", "Resolved", "Comment", "Comment", "Reporter Id", "Custom field (Satisfaction)"],
    ["id", "key", "reporter", "issue_type", "created", "status", "priority", "resolved"],
    ["issue_id", "author_id", "body", "is_public", "created", "x", "y", "z"],
    ["field_id", "issue_id", "time", "value", "u", "x", "y", "z"],
]
KEYS = [
    "id", "key", "fields", "issueKey", "issueId", "currentStatus", "createdDate", "reporter", "requestFieldValues", "comments",
    "status", "feedback", "changelog",
]  # fmt: skip
INNER = ["created", "summary", "description", "comment", "comments", "values", "status", "rating", "body", "content", "type", "text", "histories"]


def passed(line, reason, count):
    return RejectRecord(line=line, reason=f"{reason} (rows passed over: {count})", raw="", is_fault=False)


def test_csv_sample(caplog):
    path = SAMPLES / "jira_issues.csv"
    records = plain(read(jira, path, segment_field="Plan", company_initiated_tags=["nothing"]))
    assert records == [
        ContactRecord(
            line=2,
            contact_id="HELP-1",
            opened_at=utc(2026, 3, 2, 9),
            text="It jams on every page.",
            subject="Printer jams",
            identifiers=(("id", "acc-ana"),),
            closed_at=utc(2026, 3, 4, 12),
            updated_at=utc(2026, 3, 5, 16, 14),
            status="Done",
            priority="High",
            given_topic="Report a fault",
            segment="Pro",
            organisation="Customer AG",
            handle_minutes=30.0,
            public_reply_count=1,
            tags=("printer", "hardware"),
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="It jams on every page."),
                Message(at=utc(2026, 3, 2, 10, 30), author="agent", text="Which model; and which floor?"),
                Message(at=utc(2026, 3, 2, 11), author="customer", text="Model 7;\nfloor 2"),
                Message(at=utc(2026, 3, 2, 11, 1), author="system", text="We got your answer", is_automatic=True),
            ),
            solved_at=(utc(2026, 3, 4, 12), utc(2026, 3, 4, 12, 1)),
        ),
        ResponseRecord(
            line=2,
            response_id="HELP-1-csat",
            responded_at=utc(2026, 3, 5, 8),
            identifiers=(("id", "acc-ana"),),
            score=2.0,
            contact_id="HELP-1",
            segment="Pro",
            **CSAT,
        ),
        ContactRecord(
            line=4,
            contact_id="HELP-2",
            opened_at=utc(2026, 3, 2, 10),
            text="Login",
            subject="Login",
            identifiers=(("email", "bo@customer.example"),),
            updated_at=utc(2026, 3, 2, 10),
            status="Waiting for support",
            priority="Medium",
            given_topic="[System] Service request",
            public_reply_count=0,
            messages=(Message(at=utc(2026, 3, 2, 10), author="customer", text="Login"),),
        ),
        ContactRecord(
            line=5,
            contact_id="HELP-3",
            opened_at=utc(2026, 3, 3, 10),
            text="Cannot log in",
            subject="Login again",
            identifiers=(("id", "acc-bo"),),
            closed_at=utc(2026, 3, 3, 11),
            updated_at=utc(2026, 3, 3, 11),
            status="Closed",
            priority="Low",
            given_topic="Report a fault",
            public_reply_count=0,
            merged_into="HELP-2",
            messages=(Message(at=utc(2026, 3, 3, 10), author="customer", text="Cannot log in"),),
            solved_at=(utc(2026, 3, 3, 11),),
        ),
        RejectRecord(line=6, reason="Sub-task: part of another issue", raw="", is_fault=False),
        RejectRecord(line=7, reason="'Created' is '31/Foo/26', not a date", raw=""),
        RejectRecord(line=8, reason="'Issue key' is empty, so the row has no id", raw=""),
    ]
    assert sorted(caplog.messages) == [
        f"{path}: values of 'Comment' left out: 1, not 'date;author;text'; the first is 'no date here' on line 4.",
        f"{path}: values of 'rating' left out: 1, outside 1 (worst) to 5 (best); the first is '9' on line 5.",
    ]


def test_requests_sample():
    first, rating, second = plain(read(jira, SAMPLES / "jira_requests.json", segment_field="customfield_10050"))
    assert first == ContactRecord(
        line=1,
        contact_id="HELP-21",
        opened_at=utc(2026, 3, 2, 9),
        text="Since Monday no mail comes.",
        subject="No mail",
        identifiers=(("id", "ana"), ("email", "ana@customer.example")),
        closed_at=utc(2026, 3, 4, 9),
        status="Resolved",
        given_topic="E-mail",
        segment="Pro",
        public_reply_count=1,
        reopen_count=1,
        messages=(
            Message(at=utc(2026, 3, 2, 9), author="customer", text="Since Monday no mail comes."),
            Message(at=utc(2026, 3, 2, 10), author="agent", text="We look into it"),
            Message(at=utc(2026, 3, 2, 11), author="agent", text="Server 7", is_public=False),
            Message(at=utc(2026, 3, 3, 10), author="customer", text="It stopped again"),
        ),
        solved_at=(utc(2026, 3, 3, 9), utc(2026, 3, 4, 9)),
    )
    assert rating == ResponseRecord(
        line=1,
        response_id="HELP-21-csat",
        responded_at=utc(2026, 3, 4, 9),
        answers=(Answer(question="Satisfaction comment", text="Took long"),),
        identifiers=(("id", "ana"), ("email", "ana@customer.example")),
        score=4.0,
        contact_id="HELP-21",
        segment="Pro",
        **CSAT,
    )
    assert second == ContactRecord(
        line=2,
        contact_id="HELP-22",
        opened_at=utc(2026, 3, 2, 9),
        text="",
        identifiers=(("id", "bo"), ("email", "bo@customer.example")),
        status="Open",
    )
    assert [(one.contact_id, one.made_by) for one in contacts_of(first, ContactRules())] == [
        ("HELP-21", "thread"),
        ("HELP-21#2", "reopen"),
    ]


def test_search_sample(caplog):
    path = SAMPLES / "jira_search.json"
    assert plain(read(jira, path, segment_field="customfield_10060", channel_field="labels")) == [
        ContactRecord(
            line=1,
            contact_id="WEB-1",
            opened_at=utc(2026, 3, 2, 9),
            text="The page is blank\nsince noon\n@Kim",
            subject="Blank page",
            identifiers=(("id", "ana"), ("email", "ana@customer.example")),
            channel="ui",
            closed_at=utc(2026, 3, 5, 8),
            updated_at=utc(2026, 3, 6, 9),
            status="Done",
            priority="High",
            given_topic="Bug",
            segment="Pro, EU",
            handle_minutes=10.0,
            public_reply_count=1,
            reopen_count=1,
            tags=("ui",),
            messages=(
                Message(at=utc(2026, 3, 2, 9), author="customer", text="The page is blank\nsince noon\n@Kim"),
                Message(at=utc(2026, 3, 2, 10), author="agent", text="The page is blank\nsince noon\n@Kim"),
                Message(at=utc(2026, 3, 3, 10), author="customer", text="Here too"),
            ),
            solved_at=(utc(2026, 3, 3, 8), utc(2026, 3, 5, 8)),
        ),
        RejectRecord(line=2, reason="sub-task: part of another issue", raw="", is_fault=False),
        ContactRecord(
            line=3,
            contact_id="WEB-3",
            opened_at=utc(2026, 3, 2, 12),
            text="Blank too",
            subject="Blank too",
            given_topic="Bug",
            merged_into="WEB-1",
        ),
    ]
    assert caplog.messages == [
        f"{path}: values of 'comments' left out: 1, the page holds the first comments only; the first is '2 of 3' on line 1."
    ]


def test_issue_table_with_names_beside():
    assert plain(read(jira, SAMPLES / "jira_issue.csv")) == [
        ContactRecord(
            line=2,
            contact_id="501",
            opened_at=utc(2026, 3, 2, 9),
            text="It hums",
            subject="Fridge",
            identifiers=(("id", "acc-ana"),),
            closed_at=utc(2026, 3, 4, 10),
            updated_at=utc(2026, 3, 5, 10),
            status="Fixed",
            priority="Medium",
            given_topic="Noise",
            handle_minutes=15.0,
            solved_at=(utc(2026, 3, 4, 10),),
        ),
        ContactRecord(
            line=3,
            contact_id="502",
            opened_at=utc(2026, 3, 2, 10),
            text="Oven",
            subject="Oven",
            identifiers=(("id", "acc-bo"),),
            status="Open",
            priority="Urgent",
            given_topic="Fault",
        ),
        RejectRecord(line=5, reason="sub-task: part of another issue", raw="", is_fault=False),
        passed(4, "deleted in the tool", 1),
    ]


def test_comment_table_finds_its_authors_beside():
    def said(line, issue, hour, author, text, **more):
        message = Message(at=utc(2026, 3, 2, hour), author=author, text=text, **more)
        return MessageRecord(line=line, contact_id=issue, message=message)

    assert plain(read(jira, SAMPLES / "jira_comment.csv")) == [
        said(2, "501", 10, "agent", "Since when?"),
        said(3, "501", 11, "customer", "Since May"),
        said(4, "501", 12, "agent", "Compressor", is_public=False),
        said(5, "502", 13, "customer", "Mine too"),
        passed(6, "comments of issues that no table issue in this folder holds, so whose they are is not known", 1),
    ]


def test_field_history_tells_when_issues_were_solved():
    assert plain(read(jira, SAMPLES / "jira_history.csv")) == [
        DetailRecord(line=2, contact_id="501", fields={"solved_at": (utc(2026, 3, 3, 10),)}),
        DetailRecord(line=4, contact_id="502", fields={"solved_at": (utc(2026, 3, 3, 13),)}),
        passed(3, "changes that solved nothing", 2),
        passed(6, "history of other fields than status and resolution", 1),
        passed(7, "statuses that no table status in this folder holds, so their category is not known", 1),
    ]


def test_tables_of_names_and_people():
    assert plain(read(jira, SAMPLES / "jira_user.csv")) == [
        PersonRecord(line=2, identifiers=(("id", "acc-ana"), ("email", "ana@customer.example")))
    ]
    said = "they are looked up for the table of issues"
    assert plain(read(jira, SAMPLES / "jira_status.csv")) == [passed(2, f"names of statuses: {said}", 2)]
    assert plain(read(jira, SAMPLES / "jira_issue_type.csv")) == [passed(2, f"types of issues: {said}", 3)]
    assert plain(read(jira, SAMPLES / "jira_priority.csv")) == [passed(2, f"names of priorities or resolutions: {said}", 1)]


VENDOR_NAMES = [
    ("field", "fields: options name fields by their id", 9),
    ("issue_type", "types of issues: they are looked up for the table of issues", 3),
    ("priority", "names of priorities or resolutions: they are looked up for the table of issues", 5),
    ("resolution", "names of priorities or resolutions: they are looked up for the table of issues", 1),
    ("project", "projects: an issue's key says its project", 3),
    ("status", "names of statuses: they are looked up for the table of issues", 3),
    ("issue_field_history", "history of other fields than status and resolution", 10),
]


@pytest.mark.parametrize(("name", "reason", "count"), VENDOR_NAMES)
def test_tables_of_a_vendor_that_hold_no_contacts(real_data, name, reason, count):
    path = real_data("vendor-formats") / "jira" / f"{name}.csv"
    assert jira.sniff(path, path.read_bytes())
    assert facts(read(jira, path)) == [passed(2, reason, count)]


def test_issues_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "jira" / "issue.csv"
    assert jira.sniff(path, path.read_bytes())
    ana, bo = "5c3326c24b248c315badf3ee", "5ed0edbe2999b60c23255b4f"
    may, june, november = utc(2020, 5, 29, 11, 33, 53), utc(2020, 6, 11, 7, 38, 3), utc(2020, 11, 28, 19, 11, 45)
    assert facts(read(jira, path)) == [
        ContactRecord(
            line=2, contact_id="10011", opened_at=utc(2020, 4, 1, 8, 33, 58), text="41 07a464dd", subject="27 76388b06", identifiers=(("id", ana),),
            closed_at=may, updated_at=may, status="In Progress", priority="Medium", solved_at=(may,),
        ),
        ContactRecord(
            line=3, contact_id="10015", opened_at=june, text="17 99adbab9", subject="17 99adbab9", identifiers=(("id", bo),),
            closed_at=june, updated_at=june, status="status 10003", priority="Lowest", solved_at=(june,),
        ),
        ContactRecord(
            line=4, contact_id="10018", opened_at=utc(2020, 11, 10, 19, 11, 45), text="15 66bba5dd", subject="15 66bba5dd",
            identifiers=(("id", "557058:a9572f6a-3041-435a-96ed-5286e3811b33"),), closed_at=november, updated_at=november,
            status="status 10003", priority="Medium", solved_at=(november,),
        ),
        ContactRecord(
            line=5, contact_id="10027", opened_at=utc(2020, 11, 15, 19, 11, 45), text="41 e8bab2aa", subject="20 68f85180", identifiers=(("id", bo),),
            status="In Progress", priority="Highest",
        ),
    ]  # fmt: skip


def test_comments_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "jira" / "comment_redshift.csv"
    assert jira.sniff(path, path.read_bytes())
    *comments, rest = read(jira, path)
    assert [(one.line, one.contact_id, one.message.at, one.message.author, one.message.is_public, len(one.message.text)) for one in comments] == [
        (5, "10015", utc(2020, 11, 7, 2, 45, 38, 717000), "agent", True, 10000),
        (6, "10015", utc(2020, 11, 7, 2, 49), "agent", True, 10000),
    ]  # fmt: skip
    reason = "comments of issues that no table issue in this folder holds, so whose they are is not known"
    assert plain([rest]) == [passed(2, reason, 3)]


def test_users_of_a_vendor(real_data):
    path = real_data("vendor-formats") / "jira" / "user.csv"
    assert jira.sniff(path, path.read_bytes())
    ids = ["557058:a9572f6a-3041-435a-96ed-5286e3811b33", "5ed0edbe2999b60c23255b4f", "5c3326c24b248c315badf3ee"]
    assert read(jira, path) == [PersonRecord(line=n, identifiers=(("id", one),)) for n, one in enumerate(ids, 2)]


def test_export_of_a_vendor_without_rows(real_data):
    path = real_data("vendor-formats") / "jira" / "csv-export-header.csv"
    assert jira.sniff(path, path.read_bytes())
    assert read(jira, path) == []


def test_columns_in_another_order_and_encoding(tmp_path):
    """Comments stand in columns of one name wherever they are; dates are in the site's words and zone."""
    header = ["Comment", "Created", "Issue key", "Comment", "Reporter", "Summary"]
    row = ["3/Mrz/26 9:00;kim;Später", "02.März.2026 09:00", "H-1", "02/mars/26 10:15 AM;Ana;Früher", "Ana", "Größe"]
    path = write_csv(tmp_path / "jira.csv", header, [row], encoding="utf-16", delimiter=";")
    assert jira.sniff(path, path.read_bytes())
    (issue,) = read(jira, path, timezone="Europe/Berlin")
    assert (issue.opened_at, issue.identifiers, issue.subject) == (utc(2026, 3, 2, 8), (("id", "Ana"),), "Größe")
    assert issue.messages == (
        Message(at=utc(2026, 3, 2, 8), author="customer", text="Größe"),
        Message(at=utc(2026, 3, 2, 9, 15), author="customer", text="Früher"),
        Message(at=utc(2026, 3, 3, 8), author="agent", text="Später"),
    )


def test_a_pattern_for_dates(tmp_path):
    path = write_csv(tmp_path / "jira.csv", ["Issue key", "Summary", "Created"], [["H-1", "x", "2026 03 02"]])
    assert read(jira, path, date_format="%Y %m %d")[0].opened_at == utc(2026, 3, 2)


def test_projects_and_requests_only():
    path = SAMPLES / "jira_issues.csv"
    assert [one.contact_id for one in read(jira, path, requests_only=True) if isinstance(one, ContactRecord)] == ["HELP-1", "HELP-3"]
    reasons = {one.reason for one in read(jira, path, projects=["desk"])[:3]}
    assert reasons == {"project HELP: none of those in projects"}
    assert read(jira, path, company_initiated_tags=["printer"])[0].is_company_initiated


def test_a_field_that_no_issue_has():
    path = SAMPLES / "jira_issues.csv"
    assert error_of(lambda: read(jira, path, segment_field="Plam")) == (
        f"{path}: no thread has the field 'Plam', which segment_field names.\nDid you mean 'Plan'?"
    )


def test_another_table(tmp_path):
    path = written(tmp_path / "groups.csv", "id,name\n1,Lisbon\n")
    assert not jira.sniff(path, path.read_bytes())
    assert error_of(lambda: read(jira, path)).startswith(
        f"{path} is none of the tables that are read of Jira; its columns are: id, name.\nRead are: customer requests, "
    )


@QUICK
@given(
    start=st.sampled_from([b"", b"{", b'{"issues": [', b"Issue key,Summary,Created\n", b"\xff\xfe"]),
    rest=BYTES,
    packed=st.booleans(),
)
def test_any_bytes(tmp_path, start, rest, packed):
    check_bytes(jira, tmp_path / "any.csv", start + rest, packed=packed)


@QUICK
@given(rows=st.lists(st.lists(CELLS | st.just("1/Mar/26;a;b"), min_size=8, max_size=8), max_size=5), header=st.sampled_from(HEADERS))
def test_no_row_is_lost(tmp_path, rows, header):
    records = safely_read(jira, write_csv(tmp_path / "any.csv", header, rows))
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


@QUICK
@given(
    objects=st.lists(
        st.dictionaries(st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(INNER), JSON, max_size=6), max_size=12)
        | JSON,
        max_size=4,
    )
)
def test_no_object_is_lost(tmp_path, objects):
    records = safely_read(jira, write_json(tmp_path / "any.json", {"issues": objects}))
    assert count_rows(records) == len(objects)
