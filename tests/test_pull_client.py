"""What a pull does about rate limits, faults of the service, cut-off answers, refusals and addresses that are none."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pull_help import TOKEN, Reply, Seen, serving

from voc.errors import VocError
from voc.pull._client import Client, Patience, Refused, asked_wait
from voc.pull._paging import Ask, seconds
from voc.pull._settings import Service
from voc.pull.engine import refusal

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02, timeout=0.3)
ASK = Ask(path="/list", params={"page": 1})


def good(seen: Seen) -> Reply:
    return Reply({"items": [{"id": 1}]})


def service(address: str) -> Service:
    return Service(
        account="acme", address=address, headers={"Authorization": f"Bearer {TOKEN}"}, secrets=(TOKEN,),
        asks="Make a token.", rights="Give it rights.",
    )  # fmt: skip


def asked(server, ask: Ask = ASK, *, patience: Patience = QUICK, say=lambda line: None):
    with Client(service(server.address), patience=patience, say=say) as client:
        return client.get(ask).data


def error_of(server, **options) -> tuple[str, str]:
    with pytest.raises(VocError) as error:
        asked(server, **options)
    assert TOKEN not in str(error.value) + repr(error.value.__context__) + repr(error.value.__cause__)
    return error.value.what.replace(f"127.0.0.1:{server.server_port}", "HOST"), error.value.fix


LATER = "Run the same command again later: it goes on where it stopped."


@pytest.mark.parametrize(
    "fault",
    [
        Reply({}, status=500),
        Reply({}, status=502),
        Reply({}, status=408),
        Reply({}, status=429, headers={"Retry-After": "0"}),
        Reply({}, status=429),
        Reply({"items": [1, 2, 3]}, cut=True),
        Reply(b'{"items": [1, 2'),
        Reply({"items": []}, hang=0.6),
    ],
    ids=["500", "502", "408", "429 at once", "429 unsaid", "cut off", "half a page", "time-out"],
)
def test_what_passes_is_tried_again(fault):
    with serving(good) as server:
        server.faults = {1: fault}
        assert asked(server) == {"items": [{"id": 1}]}
        assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Reply({}, status=500), "the service answers with a fault (500)"),
        (Reply({}, status=429, headers={"Retry-After": "0"}), "the rate limit is reached"),
        (Reply({"items": [1, 2, 3]}, cut=True), "the answer broke off (RemoteProtocolError)"),
        (Reply(b'{"items": [1, 2'), "the answer is no whole JSON"),
        (Reply({"items": []}, hang=0.5), "no answer within 0.3 s"),
    ],
)
def test_what_does_not_pass_is_an_error_with_the_next_step(fault, why):
    with serving(lambda seen: fault) as server:
        assert error_of(server) == (f"HOST: {why}, 4 times in a row.", LATER)
        assert len(server.seen) == 4


def test_retry_after_is_kept_to_and_said():
    said = []
    with serving(good) as server:
        server.faults = {1: Reply({}, status=429, headers={"Retry-After": "1"})}
        asked(server, say=said.append)
        first, second = server.times
    assert 1.0 <= second - first < 5
    assert said == []  # short waits are not worth a line


def test_retry_after_as_a_date_counts_from_the_clock_of_the_server():
    then = datetime(2020, 1, 1, tzinfo=UTC)
    headers = {
        "date": format_datetime(then, usegmt=True),
        "retry-after": format_datetime(then + timedelta(seconds=90), usegmt=True),
    }
    assert asked_wait(headers, is_limited=True) == 90.0
    assert asked_wait({"retry-after": "Wed, 01 Jan 2020 00:00:00 GMT"}, is_limited=True) == 0.0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"ratelimit-reset": "43"}, 43.0),  # Zendesk: seconds
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_what_a_vendor_asks_to_wait(headers, wait):
    assert asked_wait(headers, is_limited=True) == wait


def test_a_reset_as_a_moment_counts_from_now():
    wait = asked_wait({"x-ratelimit-reset": str(int(time.time()) + 30)}, is_limited=True)  # Intercom
    assert 28 <= wait <= 30
    assert asked_wait({"x-ratelimit-reset": "30"}, is_limited=False) is None  # a fault of the service, no limit


@given(st.dictionaries(st.sampled_from(["retry-after", "date", "x-ratelimit-reset", "ratelimit-reset"]), st.text()))
def test_any_header_is_a_wait_or_none(headers):
    wait = asked_wait(headers, is_limited=True)
    assert wait is None or wait >= 0


@given(st.one_of(st.none(), st.booleans(), st.text(), st.lists(st.integers()), st.integers(-(10**12), 10**12)))
def test_any_value_is_a_time_or_none(value):
    assert isinstance(seconds(value), int | None)


def test_times_as_vendors_write_them():
    assert seconds("2026-01-01T00:00:00Z") == seconds("2026-01-01T02:00:00.000+0200") == seconds(1_767_225_600)
    assert seconds("2026-01-01T00:00:00") == 1_767_225_600  # without a zone: UTC
    assert seconds(True) is None


def test_a_day_long_wait_is_left_to_the_user():
    with serving(lambda seen: Reply({}, status=429, headers={"Retry-After": "7200"})) as server:
        assert error_of(server) == (
            "HOST asks to wait 120 minutes (rate limit).",
            "Run the same command after that: it goes on where it stopped.",
        )
        assert len(server.seen) == 1


def test_the_last_request_allowed_is_followed_by_a_wait():
    with serving(good) as server, Client(service(server.address), patience=QUICK, say=lambda line: None) as client:
        server.faults = {1: Reply({}, headers={"X-RateLimit-Remaining": "0", "ratelimit-reset": "1"})}
        client.get(ASK)
        client.get(ASK)
        first, second = server.times
    assert second - first >= 0.95


def test_a_redirect_is_not_followed():
    with serving(good) as other, serving(good) as server:
        server.faults = {1: Reply({}, status=302, headers={"Location": other.address + "/list"})}
        assert error_of(server) == (
            "HOST redirects to another address (302), and the token is not sent on.",
            "Check the address in the pull block: an account that was renamed has a new one.",
        )
        assert other.seen == []


def test_a_next_page_on_another_host_is_refused():
    with serving(good) as server:
        for path in ("https://evil.example/list", "//evil.example/list", "@evil.example/list"):
            what, fix = error_of(server, ask=Ask(path=path))
            assert what == "HOST names a next page on another host."
            assert fix == "Check the address in the pull block."
        assert server.seen == []


def test_a_web_page_is_no_answer():
    with serving(lambda seen: Reply(b"<html>Log in", headers={"Content-Type": "text/html"})) as server:
        assert error_of(server) == (
            "HOST answers with a web page instead of data.",
            "Check the address in the pull block, and whether a proxy or a login stands in between.",
        )


def test_an_unknown_host(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Client(service("https://no-such-account.invalid"), patience=QUICK, say=lambda line: None) as client:
        with pytest.raises(VocError) as error:
            client.get(ASK)
    assert error.value.what == "There is no host no-such-account.invalid, or this machine has no network."
    assert (
        error.value.fix
        == "Check the address in the pull block, the network, and HTTPS_PROXY if you go through a proxy."
    )


def test_nobody_listens():
    with serving(good) as server:
        address = server.address
    with Client(service(address), patience=QUICK, say=lambda line: None) as client, pytest.raises(VocError) as error:
        client.get(ASK)
    assert error.value.what.startswith(f"{address.removeprefix('http://')}: cannot be reached (")
    assert error.value.what.endswith("), 4 times in a row.")
    assert error.value.fix == LATER


@pytest.mark.parametrize(
    ("status", "body", "what", "fix"),
    [
        (401, {"error": "Couldn't authenticate you"},
         "HOST does not accept the token (401). It says: Couldn't authenticate you.", "Make a token. Then set the variable again."),
        (403, {"errors": [{"code": "api_plan_restricted", "message": "no access"}]},
         "HOST does not allow this token to read tickets (403). It says: no access; api_plan_restricted.",
         "Give it rights. Or leave it out of what."),
        (404, b"not json", "HOST has no tickets (404).", "Check the address in the pull block, or leave it out of what."),
        (400, [{"message": "No such column 'X__c'", "errorCode": "INVALID_FIELD"}],
         "HOST refuses the request for tickets (400). It says: No such column 'X__c'; INVALID_FIELD.",
         "Check the pull block; docs/sources.md says what each key does."),
        (403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}],
         "HOST: the limit of requests of the day is used up. It says: TotalRequests Limit exceeded.; REQUEST_LIMIT_EXCEEDED.",
         "Run the same command tomorrow: it goes on where it stopped."),
        (422, {"description": f"bad token {TOKEN} of ana@example.com"},
         "HOST refuses the request for tickets (422). It says: bad token [hidden] of [email].",
         "Check the pull block; docs/sources.md says what each key does."),
    ],
)  # fmt: skip
def test_refusals_say_what_to_do(status, body, what, fix):
    with serving(lambda seen: Reply(body, status=status)) as server:
        with pytest.raises(Refused) as refused:
            asked(server)
        error = refusal(refused.value, service(server.address), "tickets")
        assert (error.what.replace(service(server.address).host, "HOST"), error.fix) == (what, fix)
        assert len(server.seen) == 1
        assert TOKEN not in repr(service(server.address))
