"""The zendesk source: tables of a warehouse, as samples and as a loader's own test rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SAMPLES, error_of, written
from vendor_help import CELLS, QUICK, count_rows, facts, plain, read, safely_read, utc, write_csv

from voc.config import ContactRules
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, RejectRecord
from voc.sources import zendesk
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

UNKNOWN = "messages of authors of whom no file of the folder says whether they are customers or staff"
LOOKED_UP = "their names are looked up for tickets and people"
NO_CHAT = "messages of chats whose ticket the tables ticket_chat and ticket of this folder do not tell"
HEADERS = {
    "ticket": ["id", "requester_id", "submitter_id", "created_at", "via_channel", "status", "merged_ticket_ids", "_fivetran_deleted"],
    "comment": ["id", "body", "created", "public", "ticket_id", "user_id", "voice_comment"],
    "history": ["field_name", "ticket_id", "updated", "value"],
    "tag": ["tag", "ticket_id", "_fivetran_synced"],
    "chat": ["chat_id", "ticket_id", "visitor_id"],
    "chat event": ["chat_id", "actor_id", "chat_index", "created_at", "message", "original_message", "type"],
    "user": ["id", "role", "restricted_agent", "email", "organization_id"],
    "metrics": ["id", "ticket_id", "reopens", "replies", "solved_at"],
    "ratings": ["id", "ticket_id", "score", "assignee_id", "created_at"],
}


def sample(name, **options):
    return plain(read(zendesk, SAMPLES / f"zendesk_t_{name}.csv", **options))


def said(line, contact_id, at, author, text, **more):
    return MessageRecord(line=line, contact_id=contact_id, message=Message(at=at, author=author, text=text, **more))


def detail(line, contact_id, **fields):
    return DetailRecord(line=line, contact_id=contact_id, fields=fields)


def passed(line, why, count):
    return RejectRecord(line=line, reason=f"{why} (rows passed over: {count})", raw="", is_fault=False)


def test_tickets():
    ida, mail = {"identifiers": (("id", "9601"),)}, {"channel": "email"}
    assert sample("ticket", segment_field="custom_plan", timezone="America/New_York") == [
        ContactRecord(
            line=2,
            contact_id="601",
            opened_at=utc(2026, 3, 2, 9),  # loaders write UTC, whatever the account's zone
            text="The invoice is wrong.",
            subject="Invoice",
            updated_at=utc(2026, 3, 9, 9),
            status="closed",
            priority="high",
            segment="pro",
            site="Billing",
            organisation="Mill GmbH",
            **ida,
            **mail,
        ),
        detail(2, "602", merged_into="601"),
        detail(2, "604", follow_up_of="601"),
        ContactRecord(
            line=3,
            contact_id="602",
            opened_at=utc(2026, 3, 2, 9, 30),
            text="Invoice again",
            subject="Invoice",
            updated_at=utc(2026, 3, 2, 10),
            status="closed",
            site="Billing",
            **ida,
            **mail,
        ),
        ContactRecord(
            line=4,
            contact_id="603",
            opened_at=utc(2026, 3, 3, 9),
            text="We are moving",
            subject="News",
            identifiers=(("id", "9602"),),
            channel="voice",
            updated_at=utc(2026, 3, 3, 9),
            status="open",
            organisation="Mill GmbH",
            is_company_initiated=True,
        ),
        ContactRecord(
            line=5,
            contact_id="604",
            opened_at=utc(2026, 3, 10, 9),
            text="Still wrong",
            subject="Re: Invoice",
            channel="chat",
            updated_at=utc(2026, 3, 10, 9),
            status="open",
            site="Billing",
            organisation="Mill GmbH",
            follow_up_of="601",
            **ida,
        ),
        RejectRecord(line=6, reason="deleted in Zendesk", raw="", is_fault=False),
        RejectRecord(line=7, reason="'created_at' is 'soon', not a date", raw=""),
    ]


def test_field_that_no_ticket_has():
    path = SAMPLES / "zendesk_t_ticket.csv"
    assert error_of(lambda: read(zendesk, path, segment_field="custom_plans")) == (
        f"{path}: no ticket has the field 'custom_plans', which segment_field names.\nDid you mean 'custom_plan'?"
    )


def test_field_of_customers_in_a_table_of_users(caplog):
    path = SAMPLES / "zendesk_t_ticket.csv"
    assert len(read(zendesk, path, segment_field="user.plan")) == 8
    assert caplog.messages == [
        f"{path}: no ticket has the field 'user.plan', which segment_field names. Another file of the source may have it."
    ]


def test_tables_together_give_threads():
    sides = SideRecords()
    for path in sorted(SAMPLES.glob("zendesk_t_*.csv")):
        for record in read(zendesk, path):
            sides.take(path, record)
    (thread,) = (r for r in sample("ticket") if isinstance(r, ContactRecord) and r.contact_id == "601")
    whole = sides.joined(thread)
    assert (whole.tags, whole.solved_at) == (("billing",), (utc(2026, 3, 3, 10), utc(2026, 3, 5, 10)))
    assert whole.identifiers == (("id", "9601"), ("external", "crm-96"), ("email", "ida@customer.example"))
    found = contacts_of(whole, ContactRules())
    assert [(one.contact_id, one.made_by, one.opened_at, one.closed_at, one.follow_up_of) for one in found] == [
        ("601", "thread", utc(2026, 3, 2, 9), utc(2026, 3, 3, 10), None),
        ("601#2", "reopen", utc(2026, 3, 4, 10), utc(2026, 3, 4, 10), "601"),
        ("601#3", "session", utc(2026, 3, 5, 9), utc(2026, 3, 5, 10), None),  # a chat, 23 hours after the call
    ]
    orphans = {record.contact_id for _, record, _ in sides.orphans({"601", "602", "603", "604"})}
    assert orphans == set()


def test_comments():
    assert sample("comment") == [
        said(2, "601", utc(2026, 3, 2, 9), "customer", "The invoice is wrong."),
        said(3, "601", utc(2026, 3, 2, 9, 10), "agent", "I see", is_public=False),
        said(4, "601", utc(2026, 3, 2, 10), "agent", "We changed it"),
        said(5, "601", utc(2026, 3, 4, 10), "customer", "Call from +49", channel="voice"),
        RejectRecord(
            line=7, reason="neither the comment nor its page names the ticket; add ticket_id to the page", raw=""
        ),
        passed(6, UNKNOWN, 1),
    ]


def test_field_history():
    assert sample("history") == [
        detail(3, "601", solved_at=(utc(2026, 3, 3, 10),)),
        detail(4, "601", solved_at=(utc(2026, 3, 5, 10),)),
        detail(6, "602", solved_at=(utc(2026, 3, 2, 10),)),  # closed without having been solved
        RejectRecord(line=8, reason="'updated' is empty, so the row has no date", raw=""),
        passed(2, "changes that do not solve a ticket", 3),
    ]


def test_tags():
    assert sample("tag", company_initiated_tags=["campaign"]) == [
        detail(2, "601", tags=("billing",)),
        detail(3, "602", tags=("closed_by_merge",), merged_into="unknown"),
        detail(4, "603", tags=("campaign",), is_company_initiated=True),
        RejectRecord(line=5, reason="'tag' is empty, so the row has no id", raw=""),
    ]


def test_chats():
    chat = {"channel": "chat"}
    assert sample("chat_event") == [
        said(2, "604", utc(2026, 3, 10, 9), "customer", "Still wrong", **chat),
        said(3, "604", utc(2026, 3, 10, 9, 1), "agent", "Let me see", **chat),
        said(4, "604", utc(2026, 3, 10, 9, 1, 30), "bot", "Anything else?", **chat),
        said(6, "601", utc(2026, 3, 5, 9), "customer", "In between", **chat),  # of two tickets the one open by then
        said(7, "604", utc(2026, 3, 11, 9), "bot", "Good day", **chat),
        passed(5, "chat events other than messages", 1),
        passed(8, UNKNOWN, 1),
        passed(9, NO_CHAT, 1),
        passed(10, "chat messages without words (forms, files)", 1),
    ]
    assert sample("chat") == [passed(2, "ticket_chat: read with the messages of the chats", 3)]


def test_people_and_names():
    ids = (("id", "9601"), ("external", "crm-96"), ("email", "ida@customer.example"))
    assert sample("user", segment_field="user.plan") == [
        PersonRecord(line=2, identifiers=ids, organisation="Mill GmbH", segment="pro"),
        PersonRecord(line=3, identifiers=(("id", "170"), ("email", "jo@desk.example")), is_internal=True),
    ]
    assert sample("organization") == [passed(2, f"organization: {LOOKED_UP}", 1)]
    assert sample("group") == [passed(2, f"group: {LOOKED_UP}", 1), passed(3, "deleted in the tool", 1)]
    assert sample("brand") == [passed(2, "brand: a ticket's brand is not read", 1)]


def test_groups_of_another_tool_are_not_claimed(tmp_path):
    text = (SAMPLES / "zendesk_t_group.csv").read_text().replace("/api/v2/groups/", "/teams/")
    assert not zendesk.sniff(tmp_path / "group.csv", text.encode())


@pytest.mark.parametrize("name", HEADERS)
def test_header_alone(tmp_path, name):
    path = write_csv(tmp_path / "any.csv", HEADERS[name], [])
    assert zendesk.sniff(path, path.read_bytes())
    assert read(zendesk, path) == []


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=6, max_size=8), max_size=5), name=st.sampled_from(sorted(HEADERS)))
def test_no_row_of_any_table_is_lost(tmp_path, rows, name):
    header = HEADERS[name]
    rows = [[*row, *[""] * 8][: len(header)] for row in rows]
    path = write_csv(tmp_path / "any.csv", header, rows)
    records = safely_read(zendesk, path)
    assert records is not None
    assert count_rows(records) == sum(any(cell.strip() for cell in row) for row in rows)


# ---------------------------------------------------------------- the loader's own rows


def test_loader_tickets(real_data):
    found = facts(read(zendesk, real_data("vendor-formats") / "zendesk" / "ticket_data.csv"))
    contacts = [record for record in found if isinstance(record, ContactRecord)]
    assert [(one.line, one.contact_id, one.opened_at, one.status, one.channel, one.identifiers) for one in contacts] == [
        (3, "16988", utc(2020, 12, 22, 0, 19, 23), "solved", "email", (("id", "1500656884401"),)),
        (4, "14173", utc(2020, 10, 28, 12, 3, 2), "closed", "email", (("id", "424883466453"),)),
        (5, "11071", utc(2020, 8, 28, 18, 6, 36), "closed", "email", (("id", "2222"),)),
        (6, "1966", utc(2020, 2, 27, 6, 5, 8), "closed", "email", (("id", "402813302773"),)),
        (8, "1404", utc(2020, 2, 13, 21, 43, 58), "closed", "email", (("id", "403125197514"),)),
        (9, "4721", utc(2020, 4, 20, 14, 31, 46), "closed", "email", (("id", "402862357193"),)),
        (10, "6171", utc(2020, 5, 17, 17, 50, 31), "closed", "email", (("id", "410930434074"),)),
        (11, "6605", utc(2020, 5, 26, 22, 29, 50), "closed", "email", (("id", "410416672973"),)),
    ]
    assert {(one.subject, one.priority, one.organisation, one.closed_at) for one in contacts if one.contact_id != "11071"} == {
        (contacts[0].subject, None, None, None)
    }
    assert [len(one.text.split()) for one in contacts] == [2] * 8  # a length and a digest each
    assert [record for record in found if not isinstance(record, ContactRecord)] == [
        RejectRecord(line=2, reason="deleted in Zendesk", raw="", is_fault=False),
        detail(6, "1967", merged_into="1966"),
        RejectRecord(line=7, reason="deleted in Zendesk", raw="", is_fault=False),
    ]


def test_loader_field_history(real_data):
    found = plain(read(zendesk, real_data("vendor-formats") / "zendesk" / "ticket_field_history_data.csv"))
    imported = [
        (23, "8205", utc(2020, 7, 7, 23, 1, 47)),
        (24, "103", utc(2020, 2, 10, 8, 36, 38)),
        (26, "95", utc(2020, 2, 10, 8, 36, 39)),
        (27, "107", utc(2020, 2, 10, 8, 36, 38)),
        (28, "102", utc(2020, 2, 10, 8, 36, 38)),
        (29, "102", utc(2020, 2, 10, 8, 36, 38)),
        (30, "226", utc(2020, 2, 10, 8, 35, 52)),
        (31, "229", utc(2020, 2, 10, 8, 35, 52)),
        (32, "11016", utc(2020, 9, 2, 15, 53, 15)),
        (33, "102", utc(2020, 2, 10, 8, 36, 38)),
        (34, "982", utc(2020, 2, 10, 22, 32, 56)),
        (35, "141", utc(2020, 2, 10, 8, 36, 25)),
        (36, "1192", utc(2020, 2, 12, 0, 22, 26)),
        (37, "102", utc(2020, 2, 10, 8, 36, 38)),
        (38, "312", utc(2020, 2, 10, 8, 35, 18)),
    ]
    first = [
        (18, "11071", utc(2020, 11, 14, 11, 1, 27)),
        (20, "6964", utc(2020, 6, 1, 21, 11, 59)),
        (21, "974", utc(2020, 2, 10, 21, 47, 41)),
    ]
    expected = [detail(line, ticket, solved_at=(at,)) for line, ticket, at in first + imported]
    assert found == [*expected, passed(2, "changes that do not solve a ticket", 20)]


def test_loader_tables_beside(real_data, tmp_path):
    folder = real_data("vendor-formats") / "zendesk"

    def rows(name):
        return plain(read(zendesk, folder / f"{name}_data.csv"))

    assert rows("ticket_comment") == [passed(2, UNKNOWN, 20)]  # its tickets and users are in none of the tables
    assert rows("ticket_tag") == [
        detail(line, ticket, tags=(word,))
        for line, (word, ticket) in enumerate(
            [("customer", "123")] * 3 + [("prospect", "123")] + [("customer", "455")] * 2
            + [("prospect", "455"), ("connector", "789"), ("prospect", "1011"), ("customer", "1012")],
            start=2,
        )
    ]  # fmt: skip
    assert rows("ticket_chat") == [passed(2, "ticket_chat: read with the messages of the chats", 10)]
    events = facts(rows("ticket_chat_event"))
    assert [(r.line, r.contact_id, r.message.at, r.message.author) for r in events if isinstance(r, MessageRecord)] == [
        (7, "6605", utc(2023, 12, 8, 5, 7, 28, 408000), "bot"),
        (8, "47", utc(2023, 12, 28, 14, 22, 12, 840000), "bot"),
        (9, "52", utc(2023, 12, 28, 14, 20, 35, 32000), "bot"),
        (10, "53", utc(2023, 12, 22, 10, 37, 20, 489000), "bot"),
    ]
    assert [r for r in events if isinstance(r, RejectRecord)] == [
        passed(2, "chat messages without words (forms, files)", 1),
        passed(3, "chat events other than messages", 3),
        passed(5, NO_CHAT, 4),
    ]
    users = rows("user")
    assert [(r.line, r.identifiers[0][1], r.is_internal, r.organisation) for r in users[:2]] == [
        (2, "1111", True, None),
        (3, "2222", False, None),
    ]
    assert (len(users), {r.is_internal for r in users[1:]}, {len(r.identifiers) for r in users}) == (
        len((folder / "user_data.csv").read_text().splitlines()) - 1, {False}, {2},
    )  # fmt: skip
    assert rows("organization") == [passed(2, f"organization: {LOOKED_UP}", 10)]
    assert rows("group") == [passed(2, f"group: {LOOKED_UP}", 8)]
    assert rows("brand") == [passed(2, "brand: a ticket's brand is not read", 1)]


def test_csv_export_is_no_table_of_a_warehouse(tmp_path):
    path = written(tmp_path / "may.csv", "Id,Requester id,Subject,Created at,Via\n7,5,Late,2026-01-01 10:00,Mail\n")
    assert read(zendesk, path, timezone="Europe/Berlin")[0].opened_at == utc(2026, 1, 1, 9)
