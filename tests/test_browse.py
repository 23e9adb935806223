"""The pages: every table, view and question opens, explains its columns, shows names, escapes text, writes nothing."""

import asyncio
import csv
import html
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import datasette
import pytest

from voc import tables
from voc.browse import cells, pages, server
from voc.browse.metadata import blocks
from voc.browse.questions import QUESTIONS
from voc.errors import VocError
from voc.flow import report_tables
from voc.reports import reason_coverage, topic_lineage, topic_places, topic_quality
from voc.store import Store
from voc.views import VIEWS

IS_1 = not datasette.__version__.startswith("0.")
EVIL = "<script>alert('x')</script>"
ESCAPED = "&lt;script&gt;"
STORED = [t for t in (*tables.TABLES, *report_tables()) if t.kind != "cache"]
PAGES = [t.name for t in STORED] + [v.name for v in VIEWS]
NAMES = {"t1": "refund not arrived", "t2": f"export fails {EVIL}"}
RUN = "20260601T080000000-abc123"


def row(declared, **values) -> dict:
    """A row with every other column empty, or the least it may hold."""
    filled = {str: "", int: 1, float: 0.0, bool: False}
    blank = {
        c.name: None if c.is_nullable else c.choices[0] if c.choices else filled[c.type] for c in declared.columns
    }
    return blank | values


def contact(number: int, customer: str | None, day: int, channel: str, subject: str | None) -> dict:
    return row(
        tables.Contact, contact_id=f"desk:{number}", source="desk", customer_id=customer, identifiers="[]", channel=channel,
        opened_at=f"2026-05-{day:02d}T09:30:00Z", subject=subject, tags='["a", "b"]', file_name="may.csv", line=number,
        handle_minutes=12.3456, segment="retail",
    )  # fmt: skip


CONTACTS = [
    contact(1, "c-ana", 4, "email", "Refund please"), contact(2, "c-ana", 8, "chat", f"Still no refund {EVIL}"),
    contact(3, "c-ben", 12, "email", None), contact(4, None, 20, "web", "Export"),
    contact(5, "c-ana", 21, "email", "Merged away") | {"why_excluded": "merged"},
]  # fmt: skip
TEXTS = {
    1: "I am waiting for my refund, write to [email]", 2: f"The refunds were promised last week {EVIL}",
    3: "Exports end with an error", 4: "The export is empty", 5: "see the other one",
}  # fmt: skip
ABOUT = {1: "t1", 2: "t1", 3: "t2", 4: "t2"}


def customers() -> list[dict]:
    return [
        row(tables.Customer, customer_id="c-ana", name="Customer ana111", contact_count=3, segment="retail"),
        row(tables.Customer, customer_id="c-ben", name="Customer ben222", contact_count=1),
    ]


def words() -> dict[str, list[dict]]:
    said = [
        row(tables.Verbatim, verbatim_id=f"desk:{n}", source="desk", kind="contact", contact_id=f"desk:{n}",
            said_at=CONTACTS[n - 1]["opened_at"], text=text)
        for n, text in TEXTS.items()
    ] + [row(tables.Verbatim, verbatim_id="poll:1:why", source="poll", kind="answer", response_id="poll:1",
             said_at="2026-05-22T10:00:00Z", question="Why?", text="Refund took weeks")]  # fmt: skip
    cleaned = [
        row(tables.CleanedVerbatim, verbatim_id=v["verbatim_id"], text=v["text"], word_count=4, language="en",
            why_excluded="contact_excluded" if v["verbatim_id"] == "desk:5" else None)
        for v in said
    ]  # fmt: skip
    passages = [
        row(tables.Passage, passage_id=f"{v['verbatim_id']}:1", verbatim_id=v["verbatim_id"], text=v["text"], text_hash="h")
        for v in said if v["verbatim_id"] != "desk:5"
    ]  # fmt: skip
    return {"verbatims": said, "cleaned_verbatims": cleaned, "passages": passages}


def topic_rows() -> dict[str, list[dict]]:
    assigned = {**{f"desk:{n}": t for n, t in ABOUT.items()}, "poll:1:why": "t1"}
    return {
        "topics": [row(tables.Topic, topic_id=t, name=name, words="a, b", passage_count=3) for t, name in NAMES.items()],
        "topic_words": [row(tables.TopicWord, topic_id="t1", word="refund", weight=0.30556538757047363)],
        "passage_topics": [
            row(tables.PassageTopic, passage_id=f"{v}:1", topic_id=t, confidence=0.9, centrality=0.5)
            for v, t in assigned.items()
        ],
        "verbatim_topics": [
            row(tables.VerbatimTopic, verbatim_id=v, topic_id=t, share=1.0, is_main=True,
                contact_id=v if v.startswith("desk") else None, response_id=None if v.startswith("desk") else "poll:1")
            for v, t in assigned.items()
        ],
        "reasons": [row(tables.Reason, reason_id="refund-late", label="Refund is late", owner="Payments")],
        "topic_reasons": [
            row(tables.TopicReason, topic_id="t1", reason_id="refund-late", nearest_reason_id="refund-late", score=0.81,
                threshold=0.5, status="matched", matched_by="similarity", owner="Payments", demand_type="operations_delay"),
            row(tables.TopicReason, topic_id="t2", nearest_reason_id="refund-late", score=0.2, threshold=0.5,
                status="unmatched", matched_by="nobody"),
        ],
    }  # fmt: skip


def repeat_rows() -> dict[str, list[dict]]:
    chains = {1: ("t1:1", 1, False), 2: ("t1:1", 2, True), 3: ("t2:3", 1, False), 4: ("t2:4", 1, False)}
    return {
        "episodes": [
            row(tables.Episode, episode_id=e, topic_id=ABOUT[n], first_contact_id=f"desk:{n}", window_days=7.0,
                customer_id=CONTACTS[n - 1]["customer_id"], contact_count=2 if n == 1 else 1)
            for n, (e, position, _) in chains.items() if position == 1
        ],
        "episode_contacts": [
            row(tables.EpisodeContact, contact_id=f"desk:{n}", part=ABOUT[n], topic_id=ABOUT[n], labelled_topic_id=ABOUT[n],
                episode_id=e, position=position, share=1.0, is_repeat=is_repeat)
            for n, (e, position, is_repeat) in chains.items()
        ],
        "repeats": [
            row(tables.Repeat, contact_id="desk:2", scope="same_topic", part="t1", topic_id="t1", customer_id="c-ana",
                previous_contact_id="desk:1", index_contact_id="desk:1", gap_days=4.0, repeat_type="channel_switch",
                match_level="same_topic", is_in_window=True, share=1.0),
        ],
    }  # fmt: skip


def report_rows() -> dict[str, list[dict]]:
    lead = {"leads_by": "avoidable_cost", "currency": "EUR", "is_illustrative": True, "demand_type": "operations_delay"}
    return {
        "cost_parameters": [row(tables.CostParameter, run_id=RUN, path="wage", value=20.0, line_source="assumption")],
        "priorities": [
            row(tables.Priority, run_id=RUN, rank=1, topic_id="t1", topic=NAMES["t1"], owner="Payments", contacts=2,
                avoidable_cost_month_low=900.0, avoidable_cost_month_mid=1234.5, avoidable_cost_month_high=1600.4,
                repeats_month_mid=1.04, trend_ratio=1.3, trend_low=1.1, trend_high=1.6, p_top_3=0.874, score=80.0, reason="Refund is late", **lead),
            row(tables.Priority, run_id=RUN, rank=2, topic_id="t2", topic=NAMES["t2"], contacts=2, is_low_volume=True,
                avoidable_cost_month_low=0.0, avoidable_cost_month_mid=0.0, avoidable_cost_month_high=10.0, **lead),
        ],
        "reason_coverage": [
            row(reason_coverage.TABLE, run_id=RUN, reason_id="refund-late", label="Refund is late", status="matched",
                passage_count=3, all_passage_count=5),
            row(reason_coverage.TABLE, run_id=RUN, reason_id="invoice", label="Invoice is wrong", area="Billing",
                status="no_texts", all_passage_count=5),
            row(reason_coverage.TABLE, run_id=RUN, reason_id="login", label="Cannot sign in", area="Access",
                status="no_texts", all_passage_count=5),
        ],
        "topic_places": [
            row(topic_places.TABLE, run_id=RUN, topic_id="t1", topic=NAMES["t1"], dimension="channel", value=value,
                contacts=1, identified_contacts=1, repeats_raw=repeats, repeat_share=float(repeats)) for value, repeats in (("email", 0), ("chat", 1))
        ],
        "topic_quality": [
            row(topic_quality.TABLE, run_id=RUN, topic_id="*", topic="(all topics)"),
            row(topic_quality.TABLE, run_id=RUN, topic_id="t1", topic=NAMES["t1"], rank=1),
            row(topic_quality.TABLE, run_id=RUN, topic_id="t2", topic=NAMES["t2"], rank=2, is_doubtful=True,
                why_doubtful="few texts"),
        ],
        "topic_lineage": [
            row(topic_lineage.TABLE, run_id=RUN, topic_id="t1", topic=NAMES["t1"], topic_before="refund",
                event="continued", from_topics="[]", into_topics="[]", previous_run_id="earlier"),
            row(topic_lineage.TABLE, run_id=RUN, topic_id="t0", topic="lost parcels", topic_before="lost parcels",
                event="merged", from_topics="[]", into_topics='["refund"]', previous_run_id="earlier"),
        ],
        "briefings": [
            row(tables.Briefing, run_id=RUN, format="html", title="Refunds cost the most", content="<h1>Refunds</h1>"),
            row(tables.Briefing, run_id=RUN, format="markdown", title="Refunds cost the most", content="# Refunds"),
        ],
    }  # fmt: skip


def frames() -> dict[str, list[dict]]:
    """Every table with something in it, in the order the data flows."""
    return {
        "files": [row(tables.File, file_id="f", file_name="may.csv")],
        "customers": customers(), "contacts": CONTACTS,
        "responses": [row(tables.Response, response_id="poll:1", source="poll", customer_id="c-ben", satisfaction_share=0.2,
                          responded_at="2026-05-22T10:00:00Z", identifiers="[]")],
        "rejects": [row(tables.Reject, reject_id="f#1", file_id="f", file_name="may.csv", line=7, reason="no date",
                        raw_row=f"x,{EVIL}")],
        **words(), **topic_rows(), **repeat_rows(), **report_rows(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("browse") / "weekly.db"
    run = row(tables.Run, run_id=RUN, pipeline="Weekly", status="running", started_at="2026-06-01T08:00:00Z", seed=7,
              settings='{"window_days": 7}', currency="EUR")  # fmt: skip
    by_name = {t.name: t for t in STORED}
    with Store(path, report_tables()) as store:
        store.start_run(run)
        stage = row(tables.RunStage, run_id=RUN, stage="ingest", rows_in="{}", rows_out="{}", notes="{}", seconds=1.23456)
        store.write_stage({name: by_name[name].frame(rows) for name, rows in frames().items()}, stage)
        store.finish_run(RUN, "complete", "2026-05-22T10:00:00Z")
    return path


class Pages:
    """Datasette's own client, called from plain tests."""

    def __init__(self, database: Path) -> None:
        self.served = server.app(database)

    def get(self, path: str):
        return asyncio.run(self.served.client.get(path))

    def follow(self, path: str):
        """The answer after a redirect: Datasette 1.0 has another address for SQL."""
        return asyncio.run(self.served.client.get(path, follow_redirects=True))

    def json(self, path: str):
        return json.loads(self.get(path).text)

    def text(self, path: str) -> str:
        """The page's text, without tags."""
        body = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", self.get(path).text)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def site(database) -> Pages:
    return Pages(database)


def keys(database: Path, name: str) -> list:
    declared = {t.name: t for t in STORED}[name]
    listed = ", ".join(f'"{k}"' for k in declared.key)
    with Store(database, report_tables(), is_read_only=True) as store:
        return [tuple(r.values()) for r in store.rows(f'SELECT {listed} FROM "{name}" LIMIT 1')]


# ---------------------------------------------------------------- every page


@pytest.mark.parametrize("name", PAGES)
def test_every_table_and_view_opens_as_page_json_and_csv(site, name):
    statuses = [site.get(f"/weekly/{name}{end}").status_code for end in ("", ".json?_labels=on", ".csv?_labels=on")]
    assert statuses == [200, 200, 200]


@pytest.mark.parametrize("name", PAGES)
def test_every_column_is_described(site, name):
    columns = next(csv.reader([site.get(f"/weekly/{name}.csv").text.splitlines()[0]]))
    page = site.get(f"/weekly/{name}").text
    described = re.search(r'(?s)<details class="meanings">(.*?)</details>', page).group(1)
    found = {
        html.unescape(column): html.unescape(meaning).strip()
        for column, meaning in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", described)
    }
    assert [c for c in columns if c != "rowid" and not found.get(c)] == []
    assert [c for c in found if c not in columns] == []


@pytest.mark.parametrize("name", [t.name for t in STORED])
def test_every_row_page_opens(site, database, name):
    for key in keys(database, name):
        path = ",".join(re.sub(r"[^A-Za-z0-9_-]", lambda m: f"~{ord(m[0]):02X}", str(k)) for k in key)
        assert site.get(f"/weekly/{name}/{path}").status_code == 200


def test_tables_and_views_have_a_title_and_say_what_a_row_is():
    found = blocks(report_tables())
    assert [name for name in PAGES if not (found[name]["title"] and found[name]["description"])] == []
    assert "units" not in json.dumps([list(block) for block in found.values()])


def test_columns_carry_their_units():
    columns = blocks(report_tables())["contact_costs"]["columns"]
    assert columns["handle_minutes"] == "Agent time [minutes]"
    assert columns["cost_full"] == "Full (average) cost [currency of the run]"


def test_views_describe_their_columns_in_order(database):
    with Store(database, report_tables(), is_read_only=True) as store:
        found = {
            v.name: [r["name"] for r in store.rows(f"SELECT name FROM pragma_table_info('{v.name}')")] for v in VIEWS
        }
    assert found == {v.name: list(v.columns) for v in VIEWS}


def test_facets_and_sort_orders_name_columns_that_are_there():
    for view in VIEWS:
        used = {*view.facets, *([view.sort.lstrip("-")] if view.sort else []), *view.search[1:] * bool(view.search)} \
            if view.search else {*view.facets, *([view.sort.lstrip("-")] if view.sort else [])}  # fmt: skip
        assert used <= set(view.columns)
    for declared in STORED:
        assert {*declared.facets, *([declared.sort.lstrip("-")] if declared.sort else [])} <= set(declared.names)


# ---------------------------------------------------------------- names, priorities, search


def test_the_first_page_leads_with_the_priorities(site):
    said = site.text("/")
    assert "Weekly: what customers come back about" in said
    assert "Figures up to 2026-05-22, from 2026-05-04: 4 contacts ( 1 more take no part) and 1 survey responses" in said
    assert "of 2 customers, 2 topics." in said
    assert "1 refund not arrived Refund is late 1,234 900 to 1,600 1.0 2 87% rising +30% Payments" in said
    assert "2 export fails <script>alert('x')</script> few contacts 0 0 to 10" in said
    assert said.index("Priorities") < said.index("Ask a question") < said.index("Look closer")


def test_the_database_page_links_the_priorities_before_any_table(site):
    page = site.get("/weekly").text
    described = page.split('<p class="first">')[1]
    assert re.findall(r'href="(/weekly/[^"]+)"', described)[:3] == [
        "/weekly/latest_priorities", "/weekly/topics/t1", "/weekly/topics/t2",
    ]  # fmt: skip
    for name in PAGES:
        assert f'href="/weekly/{name}"' in page
    assert "Contacts contacts, 5 rows" in site.text("/weekly")


def test_foreign_keys_show_names(site):
    page = site.get("/weekly/repeats").text
    assert 'title="t1">refund not arrived</a>' in page
    assert 'title="c-ana">Customer ana111</a>' in page
    assert 'href="/weekly/contacts/desk~3A1" title="desk:1">Refund please</a>' in page


def test_a_row_shows_names_too(site):
    page = site.get("/weekly/episodes/t1~3A1").text
    assert 'title="c-ana">Customer ana111</a>' in page
    assert 'title="t1">refund not arrived</a>' in page


def test_a_contact_without_a_subject_is_named_by_its_id(site):
    assert 'href="/weekly/contacts/desk~3A3" title="desk:3">desk:3</a>' in site.get("/weekly/verbatims").text


def test_names_in_views_lead_to_their_rows(site):
    page = site.get("/weekly/repeat_contacts").text
    assert '<a href="/weekly/topics/t1" title="t1">refund not arrived</a>' in page
    assert '<a href="/weekly/customers/c-ana" title="c-ana">Customer ana111</a>' in page


def test_a_topic_page_tells_its_story(site):
    said = site.text("/weekly/topics/t1")
    assert "Rank 1 of 2 in the latest complete run. Avoidable cost a month: 1,234 EUR (900 to 1,600)" in said
    assert "Among the first three in 87% of resamples. Contact reason: Refund is late. Owner: Payments." in said
    assert "I am waiting for my refund, write to [email]" in said
    assert "Refund took weeks survey answer, 2026-05-22" in said
    assert "Week of 2026-05-04: 2 contacts, 1 repeats" not in said  # one week alone is no chart
    assert "channel chat 1 1 100.0%" in said


def test_a_contact_page_shows_words_topics_and_other_contacts(site):
    said = site.text("/weekly/contacts/desk~3A2")
    assert "About refund not arrived (a repeat)." in said
    assert "The refunds were promised last week" in said
    assert "Other contacts of the same customer" in said
    assert "2026-05-04 09:30 email refund not arrived Refund please" in said


def test_a_customer_page_lists_contacts(site):
    assert "2026-05-08 09:30 chat refund not arrived yes Still no refund" in site.text("/weekly/customers/c-ana")


@pytest.mark.parametrize("name", ["verbatims", "what_was_said"])
def test_the_search_box_finds_redacted_words(site, name):
    assert 'name="_search"' in site.get(f"/weekly/{name}").text
    found = site.json(f"/weekly/{name}.json?_shape=array&_search=refunds")
    assert sorted(r["text"] for r in found) == sorted([TEXTS[1], TEXTS[2], "Refund took weeks"])
    assert site.get(f"/weekly/{name}?_search=%22it's (broken").status_code == 200


def test_numbers_times_and_yes_no_are_readable(site):
    page = site.get("/weekly/topic_contacts").text
    assert ">12.3</td>" in page and "12.3456" not in page
    assert ">2026-05-08 09:30</td>" in page
    assert '<span class="yes">yes</span>' in page
    assert site.json("/weekly/contacts.json?_shape=array")[0]["handle_minutes"] == 12.3456


@pytest.mark.parametrize("value, shown", [
    (1234.5, "1,234"), (99.96, "100"), (0.30556, "0.306"), (7.0, "7"), (0.0, "0"), (-0.25, "-0.25"), (0.00004, "4.0e-05"),
])  # fmt: skip
def test_numbers(value, shown):
    assert cells.number(value) == shown


def test_json_is_laid_out_on_the_row_page(site):
    assert html.escape('{\n  "window_days": 7\n}') in site.get(f"/weekly/runs/{RUN}").text.replace("&#34;", "&quot;")
    assert [pages.pretty(v) for v in ("{broken", "plain", 3, '["a"]')] == [None, None, None, '[\n  "a"\n]']


def test_the_briefing_is_served_as_it_was_written(site):
    shown = site.get("/-/briefing")
    assert (shown.status_code, shown.text, shown.headers["content-type"]) == (
        200, "<h1>Refunds</h1>", "text/html; charset=utf-8")  # fmt: skip
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    written = site.get(f"/-/briefing?run={RUN}&format=markdown")
    assert (written.text, written.headers["content-type"]) == ("# Refunds", "text/plain; charset=utf-8")
    missing = site.get("/-/briefing?run=none")
    assert (missing.status_code, missing.text) == (
        404, "There is no briefing of this run here: a run writes it when it completes.")  # fmt: skip
    assert f"/-/briefing?run={RUN}&amp;format=html" in site.get("/weekly/briefings").text


# ---------------------------------------------------------------- questions

ASKED = {
    "contacts_of_a_customer": ("customer=ana111", "contact_id", ["desk:1", "desk:2"]),
    "what_was_said_about": ("search_words=refund&topic=arrived", "contact_id", [None, "desk:2", "desk:1"]),
    "repeats_of_a_topic": ("topic=REFUND", "contact_id", ["desk:2"]),
    "weeks_of_a_topic": ("topic=export", "week_starts_on", ["2026-05-18", "2026-05-11"]),
    "what_changed": ("from_date=2026-05-08&to_date=2026-05-12", "topic_id", ["t2", "t1"]),
    "rows_set_aside": ("why=", "place", ["desk:5", "may.csv, line 7", "desk:5"]),
    "topics_without_reason": ("", "topic_id", ["t2"]),
    "reasons_without_texts": ("area=bill", "reason", ["Invoice is wrong"]),
    "doubtful_topics": ("topic=", "why_doubtful", ["few texts"]),
    "fate_of_topics": ("topic=parcels", "event", ["merged"]),
    "place_of_a_topic": ("topic=refund", "rank", [1]),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_questions_answer_with_and_without_parameters(site, question):
    parameters, column, expected = ASKED[question.name]
    answer = site.json(f"/weekly/{question.name}.json?_shape=array&{parameters}")
    assert [r[column] for r in answer] == expected
    page = site.get(f"/weekly/{question.name}?{parameters}")
    assert page.status_code == 200
    assert '<pre id="sql-query">' not in page.text  # the SQL is shown to those who ask for it
    assert '<pre id="sql-query">' in site.get(f"/weekly/{question.name}?{parameters}&_show_sql=1").text
    empty = site.get(f"/weekly/{question.name}")
    assert empty.status_code == 200 and "message-error" not in empty.text


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_questions_describe_their_columns_and_show_no_id_beside_its_name(site, question):
    parameters = ASKED[question.name][0]
    columns = next(csv.reader([site.get(f"/weekly/{question.name}.csv?{parameters}").text.splitlines()[0]]))
    page = site.get(f"/weekly/{question.name}?{parameters}").text
    described = dict(re.findall(r"<dt>(.*?)</dt><dd>(.+?)</dd>", page))
    shown = [c for c in columns if not any(c == id and name in columns for name, id in cells.NAMES.items())]
    assert list(described) == [c.replace("_", " ") for c in shown]
    assert len(re.findall(r'<th class="col-[^"]+" scope="col"', page)) == len(shown)


def test_codes_are_shown_as_words_and_exported_as_they_are(site):
    assert ">channel switch</td>" in site.get("/weekly/repeat_contacts").text
    assert site.json("/weekly/repeat_contacts.json?_shape=array")[0]["repeat_type"] == "channel_switch"


def test_what_changed_compares_with_the_time_just_before(site):
    found = site.json("/weekly/what_changed.json?_shape=array&from_date=2026-05-08&to_date=2026-05-12")
    assert found == [
        {"topic": NAMES["t2"], "contacts": 1, "contacts_before": 0, "contacts_change": 1, "repeats": 0, "repeats_before": 0,
         "before_from_date": "2026-05-03", "from_date": "2026-05-08", "to_date": "2026-05-12", "topic_id": "t2"},
        {"topic": NAMES["t1"], "contacts": 1, "contacts_before": 1, "contacts_change": 0, "repeats": 1, "repeats_before": 0,
         "before_from_date": "2026-05-03", "from_date": "2026-05-08", "to_date": "2026-05-12", "topic_id": "t1"},
    ]  # fmt: skip


def test_odd_search_words_are_no_error(site):
    for words in ("%22open", "it's", "a AND", "*", "text:x"):
        page = site.get(f"/weekly/what_was_said_about?search_words={words}&topic=")
        assert page.status_code == 200 and "message-error" not in page.text


# ---------------------------------------------------------------- safety

EVERY_PAGE = ["/", "/weekly", "/-/briefing", *(f"/weekly/{n}" for n in PAGES), *(f"/weekly/{q.name}" for q in QUESTIONS),
              "/weekly/topics/t2", "/weekly/contacts/desk~3A2", "/weekly/customers/c-ana", "/weekly?sql=select+1",
              "/weekly/nothing"]  # fmt: skip


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_markup_in_a_name_shows_as_text_and_nothing_is_loaded_from_elsewhere(site, path):
    answer = site.get(path)
    assert EVIL not in answer.text
    loaded = re.findall(r'<(?:script|img|iframe|link|source|embed)\b[^>]*?(?:src|href)="([^"]+)"', answer.text)
    loaded += re.findall(r"url\(([^)]+)\)", answer.text) + re.findall(r"@import ([^;]+)", answer.text)
    assert [url for url in loaded if urlsplit(url).netloc not in ("", "localhost")] == []
    assert "default-src" in answer.headers["content-security-policy"]


def test_markup_is_there_to_be_escaped(site):
    for path in ("", "/topics", "/topics/t2", "/contacts", "/what_was_said", "/rejects"):
        assert ESCAPED in site.get(f"/weekly{path}").text


def test_styles_and_scripts_are_served_and_load_nothing_else(site):
    for name in ("browse.css", "browse.js"):
        answer = site.get(f"/-/voc/{name}")
        assert answer.status_code == 200 and "http" not in answer.text


def test_nothing_can_be_written(site, database):
    before = database.read_bytes()
    refused = {
        "/weekly?sql=delete+from+contacts": 400, "/weekly?sql=with+x+as+(select+1)+delete+from+contacts": 200 if IS_1 else 400,
        "/weekly?sql=drop+table+contacts": 400, "/weekly?sql=attach+'/tmp/x.db'+as+x": 400, "/weekly.db": 403,
    }  # fmt: skip
    assert {path: site.follow(path).status_code for path in refused} == refused
    posted = asyncio.run(site.served.client.post("/weekly/contacts", data={"a": 1}))
    assert (posted.status_code, posted.text) == (405, "This database can only be read here.")
    assert database.read_bytes() == before


def test_a_fault_is_said_on_the_page_and_not_on_the_terminal(site, capfd):
    assert "Table not found" in site.text("/weekly/nothing")
    assert site.json("/weekly/nothing.json")["error"] == "Table not found"
    assert "Statement must be a SELECT" in site.text("/weekly/-/query?sql=drop+table+contacts" if IS_1 else "/weekly?sql=drop+table+contacts")
    assert capfd.readouterr() == ("", "")


def test_the_vectors_beside_the_database_are_not_served(site):
    for path in ("/weekly.db.vectors", "/weekly/vectors", "/vectors"):
        assert site.get(path).status_code == 404


# ---------------------------------------------------------------- the state of the database


def test_a_database_without_a_complete_run_says_so(tmp_path):
    with Store(tmp_path / "new.db", report_tables()) as store:
        store.start_run(row(tables.Run, run_id="r", pipeline="New", status="running", started_at="2026-06-01T08:00:00Z"))
    fresh = Pages(tmp_path / "new.db")
    said = fresh.text("/")
    assert "No run has completed in this database yet, so there are no priorities." in said
    assert "A later run is under way or was stopped" in said
    assert [fresh.get(f"/new/{name}").status_code for name in PAGES] == [200] * len(PAGES)
    assert fresh.get("/-/briefing").status_code == 404


def test_a_database_of_another_release_still_opens(tmp_path):
    with Store(tmp_path / "old.db", report_tables()) as store:
        store.db.conn.execute("DROP VIEW weeks_by_topic")
    old = Pages(tmp_path / "old.db")
    assert "This database was written by another release of voc." in old.text("/")
    assert old.get("/old").status_code == 200
    assert old.get("/old/topics").status_code == 200


def test_a_view_of_an_earlier_release_is_shown_as_this_one_defines_it(tmp_path):
    with Store(tmp_path / "old.db", report_tables()) as store:
        store.db.conn.execute("DROP VIEW what_was_said")
        store.db.conn.execute("CREATE VIEW what_was_said AS SELECT 1 AS something")
    old = Pages(tmp_path / "old.db")
    shown = next(v for v in VIEWS if v.name == "what_was_said")
    assert old.get("/old/what_was_said.csv").text.splitlines()[0] == ",".join(shown.columns)
    with Store(tmp_path / "old.db", report_tables(), is_read_only=True) as store:
        assert store.rows("SELECT * FROM what_was_said") == [{"something": 1}]


def test_a_run_that_finishes_meanwhile_is_seen(tmp_path):
    path = tmp_path / "live.db"
    with Store(path, report_tables()):
        pass
    live = Pages(path)
    assert live.json("/live/runs.json")["rows"] == []
    with Store(path, report_tables()) as store:
        store.start_run(row(tables.Run, run_id="r", pipeline="New", status="running", started_at="2026-06-01T08:00:00Z"))
    assert len(live.json("/live/runs.json")["rows"]) == 1


def test_a_read_only_folder_is_opened_as_it_is(database, tmp_path, monkeypatch):
    copy = tmp_path / "weekly.db"
    copy.write_bytes(database.read_bytes())
    monkeypatch.setattr(server.os, "access", lambda path, mode: mode != os.W_OK)
    assert len(Pages(copy).json("/weekly/contacts.json")["rows"]) == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["weekly.db"]


def test_a_log_that_cannot_be_folded_in_is_said(database, tmp_path, monkeypatch):
    copy = tmp_path / "weekly.db"
    copy.write_bytes(database.read_bytes())
    (tmp_path / "weekly.db-wal").write_bytes(b"frames")
    monkeypatch.setattr(server.os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(VocError) as caught:
        server.app(copy)
    assert caught.value.what == f"{copy} has changes in weekly.db-wal that were not folded in, and its folder is read-only."
    assert caught.value.fix == "Copy weekly.db and weekly.db-wal together to a folder you can write, and browse the copy."


def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("not a database at all, but a text of some length" * 4)
    said = []
    for name in ("none.db", "empty.db", "text.db", "."):
        with pytest.raises(VocError) as caught:
            server.app(tmp_path / name)
        said.append(caught.value.what.replace(str(tmp_path), "F"))
    assert said == ["F/none.db does not exist.", "F/empty.db is empty.", "F/text.db is not a SQLite database.",
                    "F is a folder, not a database."]  # fmt: skip


def test_a_missing_datasette_names_what_to_install(database):
    code = (
        "import sys; sys.modules['datasette'] = sys.modules['datasette.app'] = None\n"
        "from pathlib import Path\nfrom voc.browse import server\nfrom voc.errors import VocError\n"
        "try:\n    server.app(Path(sys.argv[1]))\nexcept VocError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(database)], capture_output=True, text=True)
    assert done.stdout == "Browsing needs Datasette, which is not installed.\npip install 'voc[serve]'\n"


# ---------------------------------------------------------------- the server


def test_a_port_in_use_is_said_with_the_fix():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(VocError) as caught:
            server._listen("127.0.0.1", port)
    assert caught.value.what == f"Port {port} is in use."
    assert caught.value.fix.startswith("Stop what uses it, or choose another: --port ")


@pytest.mark.parametrize("host, port, what, fix", [
    ("127.0.0.1", 70000, "70000 is not a port.", "Choose one from 1024 to 65535: --port 8001"),
    ("no.such.host.invalid", 8001, "There is no host 'no.such.host.invalid'.",
     "Choose 127.0.0.1 (this machine) or 0.0.0.0 (all)."),
    ("203.0.113.9", 8001, "203.0.113.9:8001 cannot be listened on: Cannot assign requested address.",
     "Choose 127.0.0.1, or another port."),
])  # fmt: skip
def test_an_impossible_host_or_port_is_said(host, port, what, fix):
    with pytest.raises(VocError) as caught:
        server._listen(host, port)
    assert (caught.value.what, caught.value.fix) == (what, fix)


def test_a_port_that_needs_rights_is_said():
    said = server._not_to_be_had(PermissionError(13, "Permission denied"), "127.0.0.1", 80)
    assert (said.what, said.fix) == ("Port 80 is not open to you.", "Choose one above 1023: --port 8001")


def test_serve_answers_until_ctrl_c(database, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = ("import sys\nfrom pathlib import Path\nfrom voc.browse.server import serve\n"
            "serve(Path(sys.argv[1]), port=int(sys.argv[2]))\nprint('stopped')")  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code, str(database), str(port)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    page = ""
    while not page and process.poll() is None:
        try:
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read().decode()
        except OSError:
            time.sleep(0.2)
    process.send_signal(2)
    out, err = process.communicate()
    watchdog.cancel()
    assert "refund not arrived" in page
    assert (process.returncode, out, err) == (0, "stopped\n", "")
