"""How each vendor's lists are cut into pages, played by a server on this machine and read by the source of the kind."""

import contextlib
import itertools
import json
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pull_help import T0, TOKEN, Reply, Seen, Zendesk, iso, serving

from voc import registry
from voc.config import SourceBlock
from voc.errors import VocError
from voc.pull import engine, freshdesk, intercom, salesforce, zendesk
from voc.pull._client import Answer, Client, Patience
from voc.pull._paging import Ask
from voc.records import ContactRecord, RejectRecord, ResponseRecord
from voc.stages.reading import source_paths

QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.02, timeout=2)
OWN = {"zendesk": {"subdomain": "acme", "user": "me@acme.com"}, "freshdesk": {"domain": "acme"},
       "salesforce": {"domain": "acme"}, "intercom": {}}  # fmt: skip


def pull(vendor, server, folder: Path, *, say=lambda line: None, **own) -> list[tuple]:
    kind = vendor.__name__.rpartition(".")[2]
    options = vendor.Options(token_from="T", since="2026-01-01", base_url=server.address, **OWN[kind], **own)
    found = engine.pull(
        vendor.service(options, TOKEN),
        vendor.endpoints(options),
        folder,
        since=options.since_seconds,
        patience=QUICK,
        say=say,
    )
    return [(one.name, one.pages, one.items, one.gone) for one in found]


def records(kind: str, folder: Path) -> list:
    plugin = registry.get("sources", kind)
    paths = source_paths(SourceBlock(kind=kind, path=f"{folder.name}/*"), folder.parent)
    return [record for path in paths for record in plugin.read(path, plugin.Options())]


def newest(kind: str, folder: Path) -> dict[str, ContactRecord]:
    found: dict[str, ContactRecord] = {}
    for record in records(kind, folder):
        if isinstance(record, ContactRecord):
            old = found.get(record.contact_id)
            found[record.contact_id] = record if old is None or record.updated_at >= old.updated_at else old
    return found


def pages(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("[!.]*"))


def ids(folder: Path, name: str) -> list:
    """Ids of all stored objects of a list, in order: what is added up must not be there twice."""
    found = (json.loads(path.read_bytes())[name] for path in sorted(folder.glob(f"{name}-*")))
    return [item["id"] for page in found for item in page]


# ---------------------------------------------------------------- Zendesk


def test_zendesk_events_ratings_and_calls(tmp_path):
    vendor = Zendesk(count=12)
    with serving(vendor) as server:
        what = ("tickets", "ticket_events", "satisfaction_ratings")
        assert pull(zendesk, server, tmp_path / "raw", what=what) == [
            ("tickets", 2, 12, 0), ("ticket_events", 3, 25, 0), ("satisfaction_ratings", 2, 12, 0),
        ]  # fmt: skip
        assert pull(zendesk, server, tmp_path / "raw", what=what) == [
            ("tickets", 0, 0, 0), ("ticket_events", 0, 0, 0), ("satisfaction_ratings", 0, 0, 0),
        ]  # fmt: skip
    # events on the border of two pages are served twice and stored once
    assert ids(tmp_path / "raw", "ticket_events") == [9000 + number for number in range(1, 26)]
    assert {seen.params["include"] for seen in server.seen if "events" in seen.path} == {"comment_events"}


def test_zendesk_calls_end_when_the_time_stands_still(tmp_path):
    calls = [{"id": n, "updated_at": iso(T0 + n), "ticket_id": n} for n in range(1, 24)]

    def play(seen: Seen) -> Reply:
        left = [call for call in calls if call["updated_at"] >= iso(int(seen.params["start_time"]))]
        # always a next page, as Zendesk does it here
        return Reply(
            {"calls": left[:10], "count": len(left[:10]), "end_time": T0 + left[:10][-1]["id"], "next_page": "http://x"}
        )

    with serving(play) as server:
        assert pull(zendesk, server, tmp_path / "raw", what=("calls",)) == [("calls", 3, 23, 0)]
        assert ids(tmp_path / "raw", "calls") == list(range(1, 24))
        assert [seen.path for seen in server.seen] == ["/api/v2/channels/voice/stats/incremental/calls.json"] * 4


def test_a_full_page_of_one_second_is_an_error_and_no_loop(tmp_path):
    events = [{"id": n, "timestamp": T0 + 5} for n in range(1000)]
    with serving(lambda seen: Reply({"ticket_events": events, "end_time": T0 + 5})) as server:
        with pytest.raises(VocError) as error:
            pull(zendesk, server, tmp_path / "raw", what=("ticket_events",))
        assert len(server.seen) == 2
    assert error.value.what == f"127.0.0.1:{server.server_port} gives the same page of ticket_events again and again."
    assert error.value.fix == (
        "Run the same command again later: it goes on where it stopped. If it stays so, start again with --full."
    )


def test_the_same_cursor_for_ever_is_an_error_and_no_loop(tmp_path):
    answer = {"tickets": [{"id": 1, "generated_timestamp": T0}], "after_cursor": "same", "end_of_stream": False}
    with serving(lambda seen: Reply(answer)) as server, pytest.raises(VocError) as error:
        pull(zendesk, server, tmp_path / "raw", what=("tickets",))
    assert error.value.what.endswith(" gives the same page of tickets again and again.")
    assert len(server.seen) == 2


def test_new_cursors_without_anything_behind_them_are_an_error(tmp_path):
    def play(seen: Seen) -> Reply:
        return Reply({"tickets": [], "after_cursor": str(len(server.seen)), "end_of_stream": False})

    with serving(play) as server, pytest.raises(VocError) as error:
        pull(zendesk, server, tmp_path / "raw", what=("tickets",))
    assert error.value.what.endswith(" gives nothing but empty pages of tickets (20 in a row).")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"items": []}, "An answer of HOST lacks the list 'tickets'."),
        ([], "An answer of HOST lacks the list 'tickets'."),
        ({"tickets": [1]}, "An answer of HOST lacks the list 'tickets'."),
        ({"tickets": []}, "An answer of /api/v2/incremental/tickets/cursor.json has neither a next cursor nor an end."),
    ],
)
def test_an_answer_of_another_shape(tmp_path, answer, what):
    with serving(lambda seen: Reply(answer)) as server, pytest.raises(VocError) as error:
        pull(zendesk, server, tmp_path / "raw", what=("tickets",))
    assert error.value.what.replace(f"127.0.0.1:{server.server_port}", "HOST") == what
    assert pages(tmp_path / "raw") == []


def test_an_empty_last_page_is_no_file(tmp_path):
    vendor = Zendesk(count=10)

    def play(seen: Seen) -> Reply:
        reply = vendor(seen)
        reply.body["end_of_stream"] = not reply.body["tickets"]
        return reply

    with serving(play) as server:
        assert pull(zendesk, server, tmp_path / "raw", what=("tickets",)) == [("tickets", 1, 10, 0)]
        assert len(server.seen) == 2


# ---------------------------------------------------------------- Intercom


class Intercom:
    """Conversations of a workspace: searches without parts, each conversation with them."""

    def __init__(self, count: int) -> None:
        self.found = {str(n): self.conversation(n, T0 + 60 * n) for n in range(1, count + 1)}
        self.gone: set[str] = set()
        self.cursors_live = True

    def conversation(self, number: int, moment: int) -> dict:
        return {
            "type": "conversation", "id": str(number), "created_at": T0 + number, "updated_at": moment, "state": "closed",
            "source": {"type": "conversation", "delivered_as": "customer_initiated", "body": f"<p>Words {number}</p>",
                       "author": {"type": "user", "id": f"u{number}", "email": f"c{number}@example.com"}},
            "contacts": {"contacts": [{"id": f"u{number}"}]},
        }  # fmt: skip

    def __call__(self, seen: Seen) -> Reply:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}" or "intercom-version" not in seen.headers:
            return Reply(
                {"type": "error.list", "errors": [{"code": "unauthorized", "message": "Access Token Invalid"}]},
                status=401,
            )
        if seen.method == "GET":
            return self._one(seen.path.rpartition("/")[2])
        if seen.path == "/tickets/search":
            return Reply({"tickets": [], "pages": {"next": None}})
        cursor, query = seen.body["pagination"].get("starting_after"), seen.body["query"]
        if cursor and not self.cursors_live:
            return Reply({"errors": [{"code": "parameter_invalid", "message": "bad 'starting_after'"}]}, status=400)
        changed = [c for c in self.found.values() if c["updated_at"] > query["value"]]
        newest_first = sorted(changed, key=lambda c: -c["updated_at"])
        first = next((at for at, c in enumerate(newest_first) if c["id"] == cursor), -1) + 1
        page = newest_first[first : first + 4]
        more = {"starting_after": page[-1]["id"]} if len(newest_first) > first + 4 else None
        return Reply({"type": "conversation.list", "conversations": page, "pages": {"next": more}})

    def _one(self, number: str) -> Reply:
        if number in self.gone:
            return Reply({"errors": [{"code": "not_found"}]}, status=404)
        part = {
            "id": "1",
            "part_type": "comment",
            "body": "<p>Answer</p>",
            "created_at": T0 + 500,
            "author": {"type": "admin"},
        }
        return Reply(self.found[number] | {"conversation_parts": {"conversation_parts": [part]}})


def test_intercom_conversations_come_whole(tmp_path):
    vendor = Intercom(10)
    vendor.gone = {"4"}
    with serving(vendor) as server:
        assert pull(intercom, server, tmp_path / "raw") == [("conversations", 3, 9, 1), ("tickets", 0, 0, 0)]
        assert pull(intercom, server, tmp_path / "raw") == [("conversations", 0, 0, 0), ("tickets", 0, 0, 0)]
        vendor.found["2"] = vendor.conversation(2, T0 + 9000)
        assert pull(intercom, server, tmp_path / "raw", what=("conversations",)) == [("conversations", 1, 1, 0)]
    found = newest("intercom", tmp_path / "raw")
    assert {key: len(one.messages) for key, one in found.items()} == {str(n): 2 for n in range(1, 11) if n != 4}
    assert int(found["2"].updated_at.timestamp()) == T0 + 9000
    assert pages(tmp_path / "raw") == [f"conversations-{number:06d}.json" for number in range(1, 5)]


def test_intercom_begins_a_list_in_no_order_anew_when_its_cursor_expires(tmp_path):
    vendor, notes = Intercom(10), []

    def expire(number: int) -> None:
        vendor.cursors_live = number != 6  # the second search

    with serving(vendor) as server:
        server.before = expire
        pull(intercom, server, tmp_path / "raw", what=("conversations",), say=notes.append)
    assert notes == ["conversations: the cursor has expired, going on from 2026-01-01 00:00:00 UTC"]
    assert set(newest("intercom", tmp_path / "raw")) == {str(n) for n in range(1, 11)}


# ---------------------------------------------------------------- Freshdesk


class Freshdesk:
    """Tickets by number of page, as Freshdesk cuts them: what changes meanwhile shifts all that follows."""

    def __init__(self, count: int) -> None:
        self.tickets = {n: self.ticket(n, T0 + 60 * n) for n in range(1, count + 1)}

    def ticket(self, number: int, moment: int) -> dict:
        return {
            "id": number, "requester_id": 1000 + number % 5, "subject": f"Subject {number}", "description": "Words",
            "source": 1, "status": 5, "priority": 1, "created_at": iso(T0 + number), "updated_at": iso(moment),
            "due_by": iso(moment), "fr_escalated": False, "responder_id": None, "stats": {"resolved_at": iso(moment)},
            "requester": {"id": 1000 + number % 5, "email": "c@example.com"},
        }  # fmt: skip

    def __call__(self, seen: Seen) -> Reply:
        parts = seen.path.strip("/").split("/")
        page, size = int(seen.params["page"]), int(seen.params["per_page"])
        if parts[-1] == "conversations":
            number = int(parts[-2])
            words = [self._reply(number, n) for n in range(102 if number == 7 else 1)]
            return Reply(words[(page - 1) * size : page * size])
        if parts[-1] == "satisfaction_ratings":
            rating = {
                "id": 1,
                "ticket_id": 3,
                "survey_id": 1,
                "ratings": {"default_question": 103},
                "created_at": iso(T0 + 9),
            }
            return Reply([rating])
        assert seen.params["order_by"] == "updated_at" and seen.params["order_type"] == "asc"
        found = [t for t in self.tickets.values() if t["updated_at"] >= seen.params["updated_since"]]
        found.sort(key=lambda t: (t["updated_at"], t["id"]))
        return Reply(found[(page - 1) * size : page * size])

    def _reply(self, number: int, n: int) -> dict:
        return {"id": 10_000 * number + n, "ticket_id": number, "incoming": False, "private": False, "body": f"Answer {n}",
                "created_at": iso(T0 + 100 + n), "updated_at": iso(T0 + 100 + n)}  # fmt: skip


def test_freshdesk_tickets_with_their_conversations_and_ratings(tmp_path):
    with serving(Freshdesk(12)) as server:
        assert pull(freshdesk, server, tmp_path / "raw") == [("tickets", 1, 12, 0), ("satisfaction_ratings", 1, 1, 0)]
        assert pull(freshdesk, server, tmp_path / "raw") == [("tickets", 0, 0, 0), ("satisfaction_ratings", 0, 0, 0)]
    found = newest("freshdesk", tmp_path / "raw")
    assert {int(key): one.public_reply_count for key, one in found.items()} == {
        n: 102 if n == 7 else 1 for n in range(1, 13)
    }
    (rating,) = (record for record in records("freshdesk", tmp_path / "raw") if isinstance(record, ResponseRecord))
    assert (rating.contact_id, rating.score) == ("3", 7.0)


def test_freshdesk_loses_no_ticket_that_others_shift_over_the_border_of_a_page(tmp_path):
    vendor = Freshdesk(250)

    def change(number: int) -> None:
        # tickets of the first page move to the end: by numbers alone, as many of the second page would never be seen
        for ticket in range(10 * number, 10 * number + 5):
            vendor.tickets[ticket] = vendor.ticket(ticket, T0 + 60 * 300 + number)

    with serving(vendor) as server:
        server.before = lambda number: change(number) if number in (2, 3) else None
        pull(freshdesk, server, tmp_path / "raw", what=("tickets",))
    found = newest("freshdesk", tmp_path / "raw")
    assert {key: iso(int(one.updated_at.timestamp())) for key, one in found.items()} == {
        str(key): ticket["updated_at"] for key, ticket in vendor.tickets.items()
    }
    assert {seen.params["page"] for seen in server.seen} == {"1"}


def test_freshdesk_goes_by_numbers_where_many_tickets_changed_in_one_second(tmp_path):
    vendor = Freshdesk(0)
    vendor.tickets = {n: vendor.ticket(n, T0 + 10) for n in range(1, 251)}
    with serving(vendor) as server:
        pull(freshdesk, server, tmp_path / "raw", what=("tickets",))
    assert set(newest("freshdesk", tmp_path / "raw")) == set(map(str, range(1, 251)))
    assert [seen.params["page"] for seen in server.seen] == ["1", "1", "2", "3"]


# ---------------------------------------------------------------- Salesforce


class Salesforce:
    """Cases by one query; pages behind locators, and a case whose e-mails have pages of their own."""

    def __init__(self, count: int) -> None:
        self.cases = [self.case(n) for n in range(1, count + 1)]
        self.live = True

    def case(self, number: int) -> dict:
        mails = [self.mail(number, n) for n in range(3)]
        inside = {"totalSize": 3, "done": True, "records": mails}
        if number == 2:
            inside = {
                "totalSize": 3,
                "done": False,
                "records": mails[:1],
                "nextRecordsUrl": "/services/data/v61.0/query/mails-1",
            }
        return {
            "attributes": {"type": "Case"}, "Id": f"500000000000{number:03d}AAA", "CaseNumber": f"{number:08d}",
            "CreatedDate": "2026-01-01T08:00:00.000+0000", "Status": "Closed", "Subject": "S", "Description": f"Words {number}",
            "SystemModstamp": f"{iso(T0 + 60 * number)[:-1]}.000+0000", "LastModifiedDate": f"{iso(T0 + 60 * number)[:-1]}.000+0000",
            "EmailMessages": inside, "CaseComments": None, "Histories": None,
        }  # fmt: skip

    def mail(self, number: int, n: int) -> dict:
        return {
            "Incoming": False,
            "TextBody": f"Answer {n}",
            "MessageDate": f"2026-01-01T09:0{n}:00.000+0000",
            "Status": "3",
        }

    def __call__(self, seen: Seen) -> Reply:
        locator = seen.path.rpartition("/")[2]
        if locator == "mails-1":
            return Reply(
                {"done": False, "records": [self.mail(2, 1)], "nextRecordsUrl": "/services/data/v61.0/query/mails-2"}
            )
        if locator == "mails-2":
            return Reply({"done": True, "records": [self.mail(2, 2)]})
        if locator.startswith("01g"):
            if not self.live:
                return Reply([{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}], status=400)
            first, since = map(int, locator[3:].split("-"))
        else:
            first, text = 0, seen.params["q"].partition("SystemModstamp >= ")[2].partition(" ")[0]
            since = next(T0 + s for s in range(0, 10**6) if iso(T0 + s) == text)
        left = [c for c in self.cases if c["SystemModstamp"][:19] >= iso(since)[:19]][first:]
        done = len(left) <= 4
        following = {} if done else {"nextRecordsUrl": f"/services/data/v61.0/query/01g{first + 4}-{since}"}
        return Reply({"totalSize": len(left), "done": done, "records": left[:4], **following})


def test_salesforce_cases_with_all_their_mails(tmp_path, caplog):
    with serving(Salesforce(10)) as server:
        assert pull(salesforce, server, tmp_path / "raw", fields=("Plan__c",)) == [("cases", 3, 10, 0)]
    asked = server.seen[0]
    assert asked.path == "/services/data/v61.0/queryAll"
    assert asked.params["q"].startswith("SELECT Id, CaseNumber, CreatedDate, ")
    assert "SystemModstamp, Plan__c, (SELECT Incoming, Subject, TextBody" in asked.params["q"]
    assert asked.params["q"].endswith(
        " FROM Case WHERE SystemModstamp >= 2026-01-01T00:00:00Z ORDER BY SystemModstamp, Id"
    )
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    found = newest("salesforce", tmp_path / "raw")
    assert [one.public_reply_count for one in found.values()] == [3] * 10
    assert not [record for record in records("salesforce", tmp_path / "raw") if isinstance(record, RejectRecord)]
    assert caplog.messages == []  # nothing is missing, so nothing is warned of


def test_salesforce_goes_on_where_a_query_locator_has_expired(tmp_path):
    vendor, notes = Salesforce(10), []
    with serving(vendor) as server:
        server.before = lambda number: setattr(vendor, "live", len([s for s in server.seen if "01g" in s.path]) != 2)
        pull(salesforce, server, tmp_path / "raw", say=notes.append)
    assert notes == ["cases: the cursor has expired, going on from 2026-01-01 00:07:00 UTC"]
    assert len(newest("salesforce", tmp_path / "raw")) == 10


def test_salesforce_never_drops_a_case_whose_mails_cannot_be_fetched(tmp_path):
    vendor = Salesforce(3)

    def play(seen: Seen) -> Reply:
        gone = [{"errorCode": "NOT_FOUND", "message": "no such thing"}]
        return Reply(gone, status=404) if seen.path.endswith("mails-1") else vendor(seen)

    with serving(play) as server:
        with pytest.raises(VocError) as error:
            pull(salesforce, server, tmp_path / "raw")
        assert error.value.what.endswith(" has no cases (404). It says: no such thing; NOT_FOUND.")
        assert pages(tmp_path / "raw") == []
        server.play = vendor
        assert pull(salesforce, server, tmp_path / "raw") == [("cases", 1, 3, 0)]


@pytest.mark.parametrize(
    ("conversations", "what"),
    [({"error": 1}, "An answer of HOST lacks a list."), ([], "An object of tickets of HOST has no id.")],
)
def test_freshdesk_answers_of_another_shape(tmp_path, conversations, what):
    def play(seen: Seen) -> Reply:
        listed = [{"id": 1, "updated_at": iso(T0)} if conversations else {"updated_at": iso(T0)}]
        return Reply(conversations if seen.path.endswith("conversations") else listed)

    with serving(play) as server, pytest.raises(VocError) as error:
        pull(freshdesk, server, tmp_path / "raw")
    assert error.value.what.replace(f"127.0.0.1:{server.server_port}", "HOST") == what


def test_intercom_answers_of_another_shape(tmp_path):
    vendor = Intercom(1)
    with (
        serving(lambda seen: Reply([]) if seen.method == "GET" else vendor(seen)) as server,
        pytest.raises(VocError) as error,
    ):
        pull(intercom, server, tmp_path / "raw")
    assert error.value.what == f"An answer of 127.0.0.1:{server.server_port} lacks an object."


@pytest.mark.parametrize("what", [("cases",), ("cases", "comments")])
def test_salesforce_asks_only_for_what_is_wanted(what):
    options = salesforce.Options(
        token_from="T", since="2026-01-01", domain="https://acme--uat.sandbox.my.salesforce.com/", what=what
    )
    assert options.domain == "acme--uat.sandbox"
    asked = salesforce.query(options, T0)
    assert ("EmailMessages" in asked, "CaseComments" in asked) == (False, "comments" in what)
    assert salesforce.service(options, "t").address == "https://acme--uat.sandbox.my.salesforce.com"


# ---------------------------------------------------------------- whatever comes

_VENDORS = (freshdesk, intercom, salesforce, zendesk)
_KEYS = ("tickets", "ticket_events", "satisfaction_ratings", "conversations", "records", "after_cursor", "end_of_stream",
         "end_time", "meta", "has_more", "pages", "next", "starting_after", "nextRecordsUrl", "done", "id", "Id",
         "updated_at", "EmailMessages", "timestamp")  # fmt: skip
_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["/next", iso(T0)])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6)),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(_VENDORS), st.lists(_VALUES, min_size=1, max_size=4))
def test_whatever_a_service_answers_the_pull_ends_with_pages_or_a_message(vendor, answers):
    """Garbage in the place of a page: an end or a VocError, never another fault and no endless loop."""
    answers = [one if isinstance(one, list) else {key: [one] for key in _KEYS[:5]} | (one if isinstance(one, dict) else {})
               for one in answers]  # fmt: skip
    count = itertools.count()

    def get(self, ask: Ask) -> Answer:
        number = next(count)
        assert number < 500
        data = answers[number % len(answers)]
        return Answer(data=data, raw=json.dumps(data).encode())

    kind = vendor.__name__.rpartition(".")[2]
    options = vendor.Options(token_from="T", since="2026-01-01", **OWN[kind])
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(Client, "get", get), contextlib.suppress(VocError):
        service = vendor.service(options, TOKEN)
        list(engine.pull(service, vendor.endpoints(options), Path(folder) / "raw", since=options.since_seconds))
