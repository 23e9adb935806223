"""The parts of the pages one by one: charts, cut-outs, search, topic, customer, dashboards, access and decisions."""

import asyncio
import base64
import csv
import importlib
import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_browse import IS_1, RUN, Pages, database, row  # noqa: F401

from voc import tables
from voc.browse import access, charts, cutouts, dashboards, search, server
from voc.browse.served import Options, served
from voc.errors import VocError
from voc.flow import report_tables
from voc.reports import repeat_curves, topic_weeks
from voc.store import Store, is_ours

EVIL = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def site(database) -> Pages:  # noqa: F811
    return Pages(database)


@pytest.fixture
def copied(database, tmp_path) -> Path:  # noqa: F811
    return Path(shutil.copy(database, tmp_path / "weekly.db"))


def insert(path: Path, declared, *rows: dict) -> None:
    with Store(path, report_tables()) as store, store.db.atomic():
        store._insert(declared, declared.frame([row(declared, **values) for values in rows]))


def execute(path: Path, sql: str) -> None:
    with Store(path, report_tables()) as store, store.db.atomic():
        store.db.conn.execute(sql)


def asked(path: Path, sql: str) -> list[dict]:
    with Store(path, report_tables(), is_read_only=True) as store:
        return store.rows(sql)


# ---------------------------------------------------------------- charts


def test_columns_lie_over_one_another_and_say_their_values():
    svg = charts.columns(
        ["w1", "w2"], [charts.Series("contacts", [4, 2]), charts.Series("repeats", [1, None])], label="L"
    )
    assert re.findall(r"<title>(.*?)</title>", svg) == [
        "w1: 4 contacts, 1 repeats",
        "w2: 2 contacts, not known repeats",
    ]
    heights = [float(h) for h in re.findall(r'<rect class="s\d"[^>]* height="([\d.]+)"', svg)]
    assert heights == [182.0, 45.5, 91.0, 0.0]
    assert 'role="img" aria-label="L"' in svg and re.findall(r"</span>(\w+)", svg) == ["contacts", "repeats"]


def test_a_line_breaks_where_a_value_is_missing():
    svg = charts.lines(
        [0, 1, 10, 20], [charts.Series("share", [1.0, None, 3.0, 2.0], [0, None, 2, 1], [2, None, 4, 3])], label="L"
    )
    path = re.search(r'class="line s0" d="([^"]+)"', svg).group(1)
    assert [part[0] for part in path.split(" ")[::2]] == ["M", "M", "L"]
    assert [float(x) for x in re.findall(r'cx="([\d.]+)"', svg)] == [56.0, 411.0, 766.0]  # days keep their distances
    assert 'class="band s0"' in svg


def test_bars_have_whiskers_where_a_range_is_known():
    svg = charts.bars([charts.Bar(EVIL, 10.0, 5.0, 20.0), charts.Bar("b" * 50, None)], label="L", unit="EUR")
    assert re.findall(r"<title>(.*?)</title>", svg) == [
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;: 10 EUR (5 to 20)", "b" * 50 + ": not known EUR"]  # fmt: skip
    assert svg.count('class="whisker"') == 1 and "b" * 35 + "…" in svg


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=12))
def test_every_chart_draws_whatever_the_values(values):
    xs = [str(n) for n in range(len(values))]
    for svg in (charts.columns(xs, [charts.Series("a", values)], label="L"), charts.lines(xs, [charts.Series("a", values)], label="L"),
                charts.bars([charts.Bar("a", v) for v in values], label="L")):  # fmt: skip
        assert svg.startswith("<svg") and "nan" not in svg and "inf" not in svg


# ---------------------------------------------------------------- cut-outs


@pytest.mark.parametrize("text, cuts, passage, shown", [
    ("Hello\nHelp me\nBye, A", [("signature", "Bye, A")], "Help me",
     'Hello\n<mark>Help me</mark>\n<del title="cut out: signature">Bye, A</del>'),
    ("one  two\nthree", [("quoted_reply", "one two")], "", '<del title="cut out: quoted reply">one  two</del>\nthree'),
    ("abc", [("boilerplate", "gone <b>")], "", 'abc\n<del title="cut out: boilerplate">gone &lt;b&gt;</del>'),
    ("a b c d", [("boilerplate", "b")], "a b c", '<mark>a </mark><del title="cut out: boilerplate">b</del><mark> c</mark> d'),
    ("x x", [("boilerplate", "x"), ("boilerplate", "x")], "",
     '<del title="cut out: boilerplate">x</del> <del title="cut out: boilerplate">x</del>'),
    ("<i>", [], "", "&lt;i&gt;"),
])  # fmt: skip
def test_cut_outs_stand_in_their_place(text, cuts, passage, shown):
    assert cutouts.with_cutouts(text, [{"kind": k, "text": t} for k, t in cuts], passage) == shown


@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=3), st.text(max_size=20))
def test_no_part_of_a_text_is_lost_or_left_unescaped(text, cuts, passage):
    shown = cutouts.with_cutouts(text, [{"kind": "signature", "text": cut} for cut in cuts], passage)
    bare = re.sub(r"</?(?:mark|del)[^>]*>", "", shown)
    assert str(charts.Markup.escape(text)) in bare and "<" not in bare


# ---------------------------------------------------------------- search


def test_search_marks_words_and_names_topics_and_customers(site):
    page = site.get("/-/voc/search?q=Refunds").text
    assert "2 texts" not in page and "3 texts with all these words" in site.text("/-/voc/search?q=Refunds")
    assert "<mark>refunds</mark> were promised last week &lt;script&gt;" in page
    said = site.text("/-/voc/search?q=Refunds")
    assert said.index("Refund took weeks") < said.index("refunds were promised") < said.index("waiting for my refund")
    assert "Customer ben222" in said and "refund not arrived" in said
    assert "Topics of that name: refund not arrived" in site.text("/-/voc/search?q=not+arrived")
    assert "Customers of that name: Customer ana111" in site.text("/-/voc/search?q=ana111")


def test_search_within_a_topic_and_for_nothing(site):
    assert "No text holds all these words." in site.text("/-/voc/search?q=refund&topic=t2")
    assert "waiting for my refund" in site.text("/-/voc/search?q=refund&topic=t1").replace("\n", " ")
    for words in ("", "%22", "zzz", "AND", "a*b", "NEAR(", "it's", "%00", "text:x"):
        assert site.get(f"/-/voc/search?q={words}").status_code == 200
    assert site.get("/-/voc/search?q=refund&before=x").status_code == 200


def test_search_goes_on_on_a_second_page(site, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 1)
    first = site.get("/-/voc/search?q=refund").text
    more = re.search(r'href="(/-/voc/search\?q=refund&amp;before=\d+)"', first).group(1).replace("&amp;", "&")
    assert "refunds were promised" not in re.sub("<[^>]+>", "", first)
    assert "refunds were promised" in re.sub("<[^>]+>", "", site.get(more).text)


@given(st.text(max_size=30))
def test_any_words_make_a_query_of_quoted_words(words):
    assert re.fullmatch(r'(?:"[^"]+"(?: "[^"]+")*)?', search.fts_words(words))


# ---------------------------------------------------------------- topic, customer, home


def test_a_topic_page_holds_costs_weeks_curve_and_lineage(copied):
    insert(copied, tables.TopicCost, {
        "run_id": RUN, "topic_id": "t1", "topic": "refund", "repeats_raw": 9, "repeats_linked": 2, "repeats_net": 7.5,
        "repeats_bound": 4.0, "repeats_month_low": 1.0, "repeats_month_mid": 2.0, "repeats_month_high": 3.0, "is_upper_bound": True,
        "repeat_cost_avoidable_month_low": 900.0, "repeat_cost_avoidable_month_mid": 1234.0,
        "repeat_cost_avoidable_month_high": 1600.0, "imputed_share": 0.3, "top_customers_share": 0.5, "is_burst": True})  # fmt: skip
    weeks = [{"run_id": RUN, "topic_id": "t1", "week_on": f"2026-05-{d:02d}", "contacts": n, "repeats_raw": 1, "is_complete": True}
             for d, n in ((4, 3), (11, 5))]  # fmt: skip
    insert(copied, topic_weeks.TABLE, *weeks)
    curve = [
        {"run_id": RUN, "topic_id": t, "day": d, "came_back_share": d / 10} for t in ("t1", "*") for d in (1.0, 3.0)
    ]
    insert(copied, repeat_curves.TABLE, *curve)
    said = Pages(copied).text("/weekly/topics/t1")
    assert "Net repeat contacts 2 1.0 to 3.0" in said
    assert "Avoidable cost of them 1,234 900 to 1,600 EUR" in said
    assert ("9 repeats were counted, 2 of them by the vendor's own link; 7.5 remain without coincidences, 4 by a "
            "conservative bound.") in said  # fmt: skip
    for note in ("Nobody has said what a fix would save, so all of it is assumed.",
                 "30% of the repeat hours rest on handle time that was not measured.",
                 "Few people decide this figure: 1% of its customers bring 50% of it.",
                 "It holds a week far above the usual; net repeats may be too high by some 6%."):  # fmt: skip
        assert note in said
    page = Pages(copied).get("/weekly/topics/t1").text
    assert "2026-05-04 to 2026-05-11: 3 to 5 contacts a week, 1 to 1 repeats." in page
    assert "10% by day 1, 30% by day 3" in page
    assert "continued refund" in said  # what became of it, with its name before


def test_a_customer_page_is_a_file_on_the_customer(copied):
    execute(copied, "UPDATE runs SET as_of = '2026-05-21T23:00:00Z'")
    execute(copied, "UPDATE contacts SET closed_at = opened_at WHERE contact_id = 'desk:1'")
    insert(copied, tables.LedgerLine,
           {"contact_id": "desk:1", "part": "t1", "share": 1.0, "cost_full": 6.0, "minutes": 30.0, "cost_avoidable_cash": 1.0,
            "cost_avoidable_capacity": 2.0},
           {"contact_id": "desk:2", "part": "t1", "share": 1.0, "cost_full": 6.0, "minutes": 30.0, "cost_avoidable_cash": 1.0,
            "cost_avoidable_capacity": 2.0, "repeat_weight": 0.5, "booked_as": "repeat"})  # fmt: skip
    execute(copied, "UPDATE customers SET annual_revenue = 1200, organisation = 'Ana & Co' WHERE customer_id = 'c-ana'")
    scores = [("r1", "2026-05-02", 9.0, 0.9), ("r2", "2026-05-03", 8.0, 0.8), ("r3", "2026-05-20", 1.0, 0.1)]
    insert(copied, tables.Response, *(
        {"response_id": i, "customer_id": "c-ana", "responded_at": f"{on}T08:00:00Z", "score": s, "score_kind": "nps",
         "score_best": 10.0, "satisfaction_share": share, "identifiers": "[]"} for i, on, s, share in scores))  # fmt: skip
    said = Pages(copied).text("/weekly/customers/c-ana")
    assert "Ana & Co. Segment: retail. Yearly revenue: 1,200 EUR." in said
    assert "All below is counted back from 2026-05-21." in said
    assert (
        "12 EUR in full; 1.5 EUR of avoidable cost went on net repeats. That is 1% of the yearly revenue. 1 agent hours."
        in said
    )
    assert "chat 1 1 1" in said and "email 1 1 1" in said and "all 2 2 2" in said
    assert "The last score is in the lower half of its scale: nps 1 on 2026-05-20." in said
    assert "The last score lies 75 points of 100 below the mean of the 2 before it: nps 1 on 2026-05-20." in said
    assert "Came back within the last 14 days about: refund not arrived." in said
    assert "refund not arrived 2 1 0 2026-05-08 1" in said  # contacts, repeats, net, last, rank


def test_a_customer_without_signs_says_what_was_looked_for(copied):
    execute(copied, "UPDATE responses SET satisfaction_share = 0.9")
    assert "None of those looked for" in Pages(copied).text("/weekly/customers/c-ben")


def test_the_first_page_is_the_stored_briefing_as_text(copied):
    said = {
        "title": f"Fix {EVIL} first", "sentences": ["It costs most.", "Owner: Payments."], "rising": ["Rising: “refund”, 9 contacts a week, 2 before, rank 1."],
        "scores": [{"label": "CSAT", "actual": "81%", "range": "79% to 82%", "definition": "satisfied answers", "target": "≥ 80%",
                    "status": "cannot tell", "last": "May 82%, Apr 80%", "table": "monthly_scores", "where": [["measure", "csat"]]}],
        "changes": {"before": "1 May 2026", "said": [f"Into the top ten: “{EVIL}” (1)."]},
        "caveats": ["5 rows read, 1 set aside."], "ask_whom": "Questions about the data: Mina.",
    }  # fmt: skip
    insert(copied, tables.Briefing, {"run_id": RUN, "format": "json", "title": "t", "content": json.dumps(said)})
    page, text = Pages(copied).get("/").text, Pages(copied).text("/")
    assert EVIL not in page and page.count("&lt;script&gt;alert(&#39;x&#39;)") >= 2
    assert "CSAT 81% 79% to 82% satisfied answers ≥ 80%: cannot tell May 82%, Apr 80%" in text
    assert f'href="/weekly/monthly_scores?run_id={RUN}&amp;measure=csat"' in page
    assert "It costs most. Owner: Payments." in text and "Rising: “refund”, 9 contacts a week, 2 before, rank 1." in text
    assert "Since the briefing of data up to 1 May 2026 Into the top ten" in text
    assert "Read this with care 5 rows read, 1 set aside. Questions about the data: Mina." in text


# ---------------------------------------------------------------- dashboards

BOARD = """title: Ours
filters:
  area: {label: Which area, choices: "SELECT DISTINCT channel FROM contacts ORDER BY 1"}
charts:
  - {title: How many, kind: figure, sql: "SELECT count(*) FROM contacts", unit: contacts}
  - {title: By channel, kind: bars, sql: "SELECT channel, count(*) AS n FROM contacts WHERE :area = '' OR channel = :area GROUP BY 1"}
  - {title: Broken, kind: table, sql: "SELECT 1 FROM nowhere"}
  - {title: No such column, kind: bars, sql: "SELECT channel, 1 AS n FROM contacts", values: [m]}
"""


@pytest.fixture
def board(tmp_path) -> Path:
    path = tmp_path / "ours.yml"
    path.write_text(BOARD)
    return path


def test_a_dashboard_from_a_file_is_drawn_from_all_rows(copied, board):
    ours = Pages(copied)
    ours.served = server.app(copied, dashboards=(board,))
    assert "Ours" in ours.text("/-/voc/dashboards")
    said, page = ours.text("/-/voc/dashboards/ours"), ours.get("/-/voc/dashboards/ours?area=chat").text
    assert "How many 5 contacts" in said
    assert "This chart cannot be drawn: no such table: nowhere" in said
    assert "This chart cannot be drawn: The query has no column 'm'; it has channel, n." in said
    assert re.findall(r"<title>(.*?)</title>", page.split('<svg class="chart"')[1]) == ["chat: 1"]
    assert "<option selected>chat</option>" in page
    assert ours.get("/-/voc/dashboards/none").status_code == 404


def test_the_figures_of_a_chart_can_be_taken_away(copied, board):
    execute(copied, "UPDATE contacts SET channel = '=1+1' WHERE channel = 'chat'")
    ours = Pages(copied)
    ours.served = server.app(copied, dashboards=(board,))
    filtered = ours.get("/-/voc/dashboards/ours?area=%3D1%2B1").text
    assert '<a href="/-/voc/dashboards/ours/2.csv?area=%3D1%2B1">CSV</a>' in filtered
    answer = ours.get("/-/voc/dashboards/ours/2.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(answer.text.splitlines()))
    assert rows[0] == ["channel", "n"] and ["'=1+1", "1"] in rows
    assert ours.get("/-/voc/dashboards/ours/2.csv?area=nothing").text.splitlines() == ["channel,n"]
    statuses = [ours.get(f"/-/voc/dashboards/{path}").status_code for path in ("ours/3.csv", "ours/9.csv", "none/1.csv")]
    assert statuses == [400, 404, 404]


def test_a_dashboard_with_more_rows_than_are_drawn_says_so(copied, board, monkeypatch):
    monkeypatch.setattr(dashboards, "MOST_ROWS", 2)
    ours = Pages(copied)
    ours.served = server.app(copied, dashboards=(board,))
    assert "The query gives more than 2 rows; only these are shown." in ours.text("/-/voc/dashboards/ours")


@pytest.mark.parametrize("said, text", [
    ("F:1: charts: missing", "title: x"),
    ("F: the chart 'a' asks for :who, which is no filter.", "title: x\ncharts:\n  - {title: a, kind: table, sql: 'SELECT :who'}"),
    ("F:3: charts.0.sql: must begin with SELECT or WITH (it is 'DELETE FROM topics')", "title: x\ncharts:\n  - {title: a, kind: table, sql: 'DELETE FROM topics'}"),
])  # fmt: skip
def test_a_fault_in_a_dashboard_is_said(tmp_path, said, text):
    path = tmp_path / "faulty.yml"
    path.write_text(text)
    with pytest.raises(VocError) as caught:
        dashboards.read(path)
    assert caught.value.what.replace(str(path), "F") == said


def test_the_shipped_dashboard_has_no_faulty_chart(site):
    assert "cannot be drawn" not in site.text("/-/voc/dashboards/overview")


# ---------------------------------------------------------------- access


def send(app, method: str, path: str, **options):
    return asyncio.run(getattr(app.client, method)(path, **options))


@pytest.fixture
def guarded(copied):
    return server.app(copied, password="correct horse", token="a-long-token")


def test_without_password_nothing_is_shown(guarded):
    for path in (
        "/",
        "/weekly/topics.json",
        "/weekly/contacts.csv",
        "/-/briefing",
        "/-/voc/search?q=refund",
        "/-/metadata.json",
    ):
        answer = send(guarded, "get", path)
        assert (answer.status_code, answer.text) == (401, "A password or a token is needed here.")
    asked_in = send(guarded, "get", "/weekly/topics?x=1", headers={"accept": "text/html"})
    assert (asked_in.status_code, asked_in.headers["location"]) == (303, "/-/voc/login?next=/weekly/topics%3Fx%3D1")


def test_the_password_gives_a_session_that_scripts_cannot_read(guarded):
    answer = send(guarded, "post", "/-/voc/login", data={"password": "correct horse", "next": "/weekly/topics"})
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/weekly/topics")
    assert re.fullmatch(r"voc_session=\d+\.[0-9a-f]{64}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax", cookie)
    value = cookie.split(";")[0]
    assert send(guarded, "get", "/weekly/topics.json", headers={"cookie": value}).status_code == 200
    assert send(guarded, "get", "/weekly/topics.json", headers={"cookie": value[:-1] + "x"}).status_code == 401
    assert send(guarded, "get", "/-/voc/logout").headers["set-cookie"].startswith("voc_session=; Path=/; Max-Age=0")


def test_a_wrong_password_waits_and_says_so(guarded, monkeypatch):
    waited = []

    async def wait():
        waited.append(1)

    monkeypatch.setattr(access, "wait_after_wrong", wait)
    answer = send(guarded, "post", "/-/voc/login", data={"password": "guess"})
    assert answer.status_code == 401 and "This is not the password." in answer.text and waited == [1]


def test_a_token_and_basic_auth_let_programs_in(guarded):
    def status(value: str) -> int:
        return send(guarded, "get", "/weekly/topics.json", headers={"authorization": value}).status_code

    basic = base64.b64encode(b"any:correct horse").decode()
    assert [status("Bearer a-long-token"), status("Bearer other"), status(f"Basic {basic}"), status("Basic %%%"), status("Bearer ")] == [
        200, 401, 200, 401, 401]  # fmt: skip


def test_a_session_ends():
    given_in = access.Access("correct horse")
    until, _, signature = given_in.session().partition(".")
    assert given_in.allows({"cookie": f"voc_session={until}.{signature}"})
    assert not given_in.allows({"cookie": f"voc_session={int(until) + 1}.{signature}"})
    past = "1000"
    assert not given_in.allows({"cookie": f"voc_session={past}.{given_in._sign(past)}"})
    assert not access.Access("correct horse").allows({"cookie": f"voc_session={until}.{signature}"})  # another process


@pytest.mark.parametrize(
    "path, safe",
    [("/a?b=c", "/a?b=c"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil", "/"), ("", "/")],
)
def test_logging_in_leads_nowhere_else(path, safe):
    assert access.safe_path(path) == safe


def test_short_secrets_are_refused(copied):
    for name in ("password", "token"):
        with pytest.raises(VocError) as caught:
            server.app(copied, **{name: "short"})
        assert (caught.value.what, caught.value.fix) == (
            f"The {name} has fewer than 8 characters.",
            "Choose a longer one.",
        )


# ---------------------------------------------------------------- decisions

DECISION = {"topic_id": "t1", "status": "accepted", "owner": "Pay crew", "note": EVIL, "decided_by": "Ines"}


def test_a_decision_is_kept_and_shown(copied):
    app = server.app(copied, can_edit=True)
    answer = send(app, "post", "/-/voc/decide", data=DECISION)
    assert (answer.status_code, answer.headers["location"]) == (303, "/weekly/topics/t1?saved=yes#decision")
    assert send(app, "post", "/-/voc/decide", data=DECISION | {"status": "done", "note": ""}).status_code == 303
    kept = asked(copied, "SELECT topic_id, topic, status, owner, note, decided_by FROM priority_decisions")
    assert kept == [
        {
            "topic_id": "t1",
            "topic": "refund not arrived",
            "status": "done",
            "owner": "Pay crew",
            "note": None,
            "decided_by": "Ines",
        }
    ]
    assert asked(copied, "SELECT topic_id, owner, decided_by FROM topic_decisions") == [
        {"topic_id": "t1", "owner": "Pay crew", "decided_by": "Ines"}]  # fmt: skip
    shown = Pages(copied).text("/weekly/topics/t1")
    assert "Done , Pay crew" in shown or "Done, Pay crew" in shown
    assert "Decide" not in shown.split("Pay crew")[1][:300]


@pytest.mark.parametrize("change, said", [
    ({"status": "maybe"}, "'maybe' is no status.\nChoose one of: open, accepted, in progress, done, declined."),
    ({"topic_id": "t9"}, "There is no topic 't9'.\nOpen the topic's page and decide there."),
    ({"note": "x" * 2001}, "The note has more than 2000 characters.\nShorten it."),
])  # fmt: skip
def test_a_wrong_decision_is_refused(copied, change, said):
    answer = send(server.app(copied, can_edit=True), "post", "/-/voc/decide", data=DECISION | change)
    assert (answer.status_code, answer.text) == (400, said)
    assert asked(copied, "SELECT * FROM priority_decisions") == []


def test_a_page_of_another_site_can_decide_nothing(copied):
    app = server.app(copied, can_edit=True)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}, {"origin": "null"}):
        answer = send(app, "post", "/-/voc/decide", data=DECISION, headers=headers)
        assert (answer.status_code, answer.text) == (
            403,
            "This was sent from a page of another site, so nothing was done.",
        )
    if not IS_1:  # there the form must carry the token of the page as well
        assert send(app, "post", "/-/voc/decide", data=DECISION, cookies={"ds_csrftoken": "x"}).status_code == 403
    assert asked(copied, "SELECT * FROM priority_decisions") == []


def test_decisions_need_to_be_asked_for(copied, database, tmp_path, monkeypatch):  # noqa: F811
    app = server.app(copied)
    assert send(app, "post", "/-/voc/decide", data=DECISION).text == "This database can only be read here."
    app.voc_options = Options()
    said = send(app, "post", "/-/voc/decide", data=DECISION)
    assert (said.status_code, said.text) == (403, "Decisions are not open here. Serve with: voc browse DATABASE --edit")
    editing = server.app(copied, can_edit=True)
    assert send(editing, "get", "/-/voc/decide").text == "Decisions are sent from a topic's page."
    assert send(editing, "post", "/weekly/contacts", data={}).status_code == 405


def test_editing_where_nothing_can_be_written_is_refused(copied, monkeypatch):
    execute(copied, "DROP TABLE priority_decisions")
    with pytest.raises(VocError) as caught:
        server.app(copied, can_edit=True)
    assert (caught.value.what, caught.value.fix) == (
        f"{copied} has no place for decisions yet.", "Run its pipeline again with this release.")  # fmt: skip
    monkeypatch.setattr(server.os, "access", lambda path, mode: False)
    with pytest.raises(VocError) as caught:
        server.app(copied, can_edit=True)
    assert (caught.value.what, caught.value.fix) == (
        f"{copied} is read-only, so no decision can be written.", "Change its permissions (chmod u+w).")  # fmt: skip
    with pytest.raises(VocError) as caught:
        server.serve(copied, host="0.0.0.0", can_edit=True)
    assert (caught.value.what, caught.value.fix) == (
        "On 0.0.0.0 anybody could write decisions.", "Set a password in VOC_PASSWORD, or leave out --host.")  # fmt: skip


# ---------------------------------------------------------------- plain Datasette


def test_plain_datasette_shows_our_pages_and_leaves_other_databases_alone(copied, tmp_path):
    from datasette.app import Datasette
    from datasette.plugins import pm

    both, alone = Pages(copied), Pages(copied)  # serving takes Datasette's handler of faults out; here it is needed
    pm.register(importlib.import_module("datasette.handle_exception"), name="datasette.handle_exception")
    other = tmp_path / "other.db"
    with Store(other) as store:
        store.db.conn.execute("PRAGMA application_id = 0")
    both.served = Datasette(files=[str(copied), str(other)])
    assert list(served(both.served)) == ["weekly"]
    assert "what customers come back about" in both.text("/")
    assert "In customers' words" in both.text("/weekly/topics/t1")
    assert both.get("/other/topics").status_code == 200
    alone.served = Datasette(files=[str(other)])
    assert "content-security-policy" not in alone.get("/").headers
    assert "what customers come back about" not in alone.text("/")
    assert alone.get("/-/voc/search").status_code == 404


# ---------------------------------------------------------------- the database itself


def test_an_index_of_a_later_release_is_made_in_a_database_that_is_there(copied):
    listed = "SELECT name FROM sqlite_master WHERE type = 'index' AND name = 'passage_topics_topic_id_centrality'"
    execute(copied, "DROP INDEX passage_topics_topic_id_centrality")
    assert asked(copied, listed) == []
    with Store(copied, report_tables()):
        pass
    assert asked(copied, listed) == [{"name": "passage_topics_topic_id_centrality"}]


def test_our_databases_are_told_from_others(copied, tmp_path):
    (tmp_path / "text.db").write_text("x" * 200)
    (tmp_path / "empty.db").touch()
    found = {path.name: is_ours(path) for path in (copied, tmp_path / "text.db", tmp_path / "empty.db", tmp_path / "none.db")}
    assert found == {"weekly.db": True, "text.db": False, "empty.db": False, "none.db": False}
