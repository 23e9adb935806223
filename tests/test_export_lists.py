"""Exports for trackers, planners, editors, the CS platform and chat: what they say, row by row."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from export_help import EVIL, RUN, SAID, database

from voc import tables
from voc.export_commands import Options, export
from voc.exports import accounts, digest, jira, knowledge_gaps, wfm
from voc.exports._issues import slug, tilde
from voc.exports._material import Basis, Material

CAUTIONS = [tables.NET, tables.ESTIMATE, tables.ASSOCIATION, tables.NAMES_REMAIN]
BASIS = Basis(
    run_id="r1", pipeline="p", started_at="2026-06-01T08:00:00Z", finished_at="2026-06-01T08:05:00Z",
    as_of="2026-05-31T00:00:00Z", period_from="2026-01-01", period_to="2026-05-31", currency="EUR", voc_version="1",
    cautions=("Money is illustrative: x.",),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return database(tmp_path_factory.mktemp("lists"))


def read_csv(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def written(made: Path, kind: str, folder: Path, **options) -> Path:
    export(made, kind, str(folder / "o"), options=Options(**options))
    return folder / "o"


def blank(declared, **values) -> dict:
    """A row with every other column empty, or the least it may hold."""
    filled = {str: "", int: 0, float: 0.0, bool: False}
    return {
        c.name: None if c.is_nullable else c.choices[0] if c.choices else filled[c.type] for c in declared.columns
    } | values


def material(**rows: list[dict]) -> Material:
    """Material of rows made by hand; what is not given is empty."""
    from voc.flow import report_tables

    known = {t.name: t for t in (*tables.TABLES, *report_tables())}
    return Material(BASIS, (), lambda name: known[name].frame(blank(known[name], **row) for row in rows.get(name, [])))


# ---------------------------------------------------------------- trackers


def test_jira_issues_hold_cost_range_basis_evidence_and_owner(made, tmp_path):
    folder = written(made, "jira", tmp_path, top=1, links="http://desk:8001/story/")
    with (folder / "issues.csv").open(newline="") as handle:
        header, row = csv.reader(handle)
    assert header == ["Summary", "Issue Type", "Priority", "Component", "Labels", "Labels", "Labels", "Owner", "External ID", "Description"]
    assert row[:-1] == ["Customers come back about: password reset link", "Task", "High", "Access", "voc", "product-defect",
                        "login", "Identity engineering", "login"]  # fmt: skip
    lines = row[-1].split("\n")
    assert lines == [
        "6.8 repeat contacts a month (4.2 to 11), which cost an avoidable USD 36 a month (22 to 59). Ranges hold the middle "
        "80% of results when customers are drawn again.",
        "",
        "* Place: rank 1, among the first three in over 99% of resamples",
        "* Contacts: 20 contacts of 11 customers, 6 of whom came back",
        "* Kind of demand: product defect",
        "* Contact reason: Cannot sign in",
        "* Area: Access",
        "* Owner: Identity engineering",
        "* Trend: cannot tell",
        "* Topic: login",
        "* Figures: http://desk:8001/story/latest_priorities?topic_id=login",
        "",
        "h3. What customers say",
        "5 Jan 2026, t:000 (http://desk:8001/story/contacts/t~3A000)",
        "{noformat}",
        "the reset link for my password never arrives, and I have tried it again and again now (case 2 of contact t:000)",
        "{noformat}",
        "",
        "h3. What this rests on",
        f"* Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0.",
        "* Period: 5 Jan 2026 to 14 Feb 2026.",
        "* Money: USD.",
        *(f"* {caution}" for caution in CAUTIONS),
    ]
    document = json.loads((folder / "issues.json").read_text(encoding="utf-8"))
    assert document == {"issueUpdates": [{"fields": {
        "summary": row[0], "issuetype": {"name": "Task"}, "priority": {"name": "High"}, "components": [{"name": "Access"}],
        "labels": ["voc", "product-defect", "login"], "description": row[-1],
    }}]}  # fmt: skip


def test_what_customers_wrote_is_text_in_jira(made, tmp_path):
    last = json.loads((written(made, "jira", tmp_path) / "issues.json").read_text())["issueUpdates"][-1]["fields"]
    assert last["summary"] == f"Customers speak of: {EVIL}"  # a summary knows no notation
    quote = last["description"].split("{noformat}")[1].strip()
    assert quote == SAID.replace("{noformat}", "{ noformat}") + " (case 5 of contact t:003)"
    assert last["description"].count("{noformat}") == 2
    assert last["priority"] == {"name": "Low"}
    assert "* Few contacts: no claim about its rank." in last["description"]


@pytest.mark.parametrize("text, wiki", [
    ("{html}<b>{html}", "\\{html\\}<b>\\{html\\}"), ("[~admin] !x.png! -no- well-known", "\\[\\~admin\\] \\!x.png\\! \\-no- well-known"),
    ("see http://x.example", "see http:\\//x.example"), ("a_b *c* h|i", "a\\_b \\*c\\* h\\|i"), ("back\\slash", "back\\\\slash"),
])  # fmt: skip
def test_jira_finds_no_notation(text, wiki):
    assert jira.escaped(text) == wiki


def test_linear_issues_in_the_columns_of_its_own_export(made, tmp_path):
    folder = written(made, "linear", tmp_path, links="https://desk/story")
    rows = read_csv(folder / "issues.csv")
    assert [{**row, "Description": ""} for row in rows] == [
        {"Id": topic, "Title": title, "Description": "", "Status": "Backlog", "Estimate": "", "Priority": priority,
         "Assignee": "", "Labels": labels}
        for topic, title, priority, labels in (
            ("login", "Customers come back about: password reset link", "High", "voc, product-defect, login, Access"),
            ("refund", "Customers speak of: refund not arrived", "Low", "voc, refund"),
            ("export", f"Customers speak of: {EVIL}", "Low", "voc, export"),
        )
    ]  # fmt: skip
    text = rows[2]["Description"]
    assert (
        "> @SUM(1+1)\\|cmd \\{noformat\\} \\*bold\\* \\[click\\](http\\://evil.example) \\<!channel\\> \\# title (case 5 of contact t:003)"
        in text.split("\n")
    )
    assert "[8 Jan 2026, t:003](<https://desk/story/contacts/t~3A003>)" in text.split("\n")
    assert "- Figures: <https://desk/story/latest_priorities?topic_id=export>" in text.split("\n")
    first = json.loads((folder / "issues.json").read_text())["issues"][0]
    assert first == {
        "input": {"title": rows[0]["Title"], "description": rows[0]["Description"], "priority": 2},
        "labels": ["voc", "product-defect", "login", "Access"], "owner": "Identity engineering", "topic_id": "login",
    }  # fmt: skip


def test_issues_of_one_owner(made, tmp_path):
    rows = read_csv(written(made, "linear", tmp_path, owner=" identity Engineering ") / "issues.csv")
    assert [row["Id"] for row in rows] == ["login"]


def test_addresses_and_labels():
    assert tilde("desk:4711 a_b-ü") == "desk~3A4711+a_b-~C3~BC"
    assert slug("Größe, 2 m / x_y") == "größe-2-m-x-y"


# ---------------------------------------------------------------- chat


def test_the_digest(made):
    (text,) = export(made, "digest", None, options=Options(top=1, links="http://h/s"))
    assert text == (
        "*Fix &lt;it&gt; &amp; \u2060*soon\u2060**\n\n"
        "1. <http://h/s/latest_priorities?topic_id=login|password reset link>: 6.8 repeat contacts a month (4.2 to 11), which "
        "cost an avoidable USD 36 a month (22 to 59). Owner: Identity engineering.\n\n"
        f"_Run {RUN} of the pipeline story, 1 Mar 2026, voc 0.1.0. Period: 5 Jan 2026 to 14 Feb 2026. Money: USD. Ranges are "
        "the middle 80% of results when customers are drawn again._"
    )
    assert export(made, "digest", "-", options=Options(top=1, links="http://h/s")) == [text]


def test_the_digest_as_the_body_of_a_webhook(made, tmp_path):
    target = tmp_path / "body.json"
    export(made, "digest", str(target), options=Options(webhook_json=True))
    body = json.loads(target.read_text(encoding="utf-8"))
    assert body["text"] == "*Fix &lt;it&gt; &amp; \u2060*soon\u2060**"
    assert [block["type"] for block in body["blocks"]] == ["section"] * 3
    listed = body["blocks"][1]["text"]
    assert listed["type"] == "mrkdwn"
    assert listed["text"].split("\n")[2] == (
        '3. =HYPERLINK("http://evil.example","x") &lt;script&gt;alert(1)&lt;/script&gt;: 5 contacts in the period; nobody '
        "came back about it; few contacts, no claim about its rank. Owner: nobody yet."
    )


def test_the_money_is_called_illustrative_and_long_messages_are_parted():
    bare = material(priorities=[{"rank": n, "topic_id": "t", "topic": "x" * 60, "contacts": 9} for n in range(1, 4)])
    head, listed, basis = digest.message(bare)
    assert head == "*What customers say*"
    assert "Money is illustrative: x." in basis
    assert digest.packed([head, listed]) == [head, listed]


def test_long_messages_are_parted_between_lines():
    lines = [f"{n} {'x' * 990}" for n in range(7)]
    assert digest.packed(["head", "\n".join(lines)]) == [
        "head", "\n".join(lines[:3]), "\n".join(lines[3:6]), lines[6],
    ]  # fmt: skip


# ---------------------------------------------------------------- planners


def test_weekly_contacts_and_what_fixes_would_save(made, tmp_path):
    folder = written(made, "wfm", tmp_path)
    weeks = read_csv(folder / "weekly_contacts.csv")
    assert [(w["week_on"], float(w["contacts"]), int(w["repeats_raw"]), w["is_complete"]) for w in weeks if w["topic_id"] == "login"] == [
        ("2026-01-05", 5.0, 3, "true"), ("2026-01-12", 5.0, 3, "true"), ("2026-01-19", 4.0, 2, "true"),
        ("2026-01-26", 2.0, 1, "true"), ("2026-02-02", 2.0, 0, "true"), ("2026-02-09", 2.0, 0, "false"),
    ]  # fmt: skip
    assert sum(float(w["contacts"]) for w in weeks) == pytest.approx(42)
    first = read_csv(folder / "expected_change.csv")[0]
    assert (first["topic"], first["weeks"], float(first["contacts_week_mid"])) == ("password reset link", "5", 3.6)
    assert first["saving_basis"] == wfm.CEILING
    assert float(first["saved_contacts_week_mid"]) == pytest.approx(6.8 / (365.25 / 84))


def test_a_saving_somebody_has_said():
    costs = blank(tables.TopicCost, topic_id="t", months=2.0, contact_equivalents=40.0, repeats_month_low=4.0, repeats_month_mid=8.0,
                  repeats_month_high=12.0, repeat_hours_month_mid=2.0, fix_repeats_share=0.5, fix_first_share=0.25)  # fmt: skip
    row = {"rank": 1, "topic_id": "t", "topic": "x", "owner": None, "is_low_volume": False}
    weeks = [{"topic_id": "t", "week_on": f"2026-01-{d:02}", "contact_equivalents": n, "is_complete": d != 26}
             for d, n in ((5, 4.0), (12, 6.0), (19, 5.0), (26, 99.0))]  # fmt: skip
    (found,) = wfm.expected([row, row | {"topic_id": "surveys only"}], [costs], weeks)
    weeks_a_month = 365.25 / 12 / 7
    half = 1.2816 * (5 / 3) ** 0.5  # mean 5 of 3 weeks: chance alone (5) varies more than they do (1)
    assert found == row | {
        "weeks": 3, "contacts_week_low": 5 - half, "contacts_week_mid": 5.0, "contacts_week_high": 5 + half,
        "saving_basis": wfm.SAID,
        "saved_contacts_week_low": pytest.approx((0.5 * 4 + 0.25 * 12) / weeks_a_month),
        "saved_contacts_week_mid": pytest.approx((0.5 * 8 + 0.25 * 12) / weeks_a_month),
        "saved_contacts_week_high": pytest.approx((0.5 * 12 + 0.25 * 12) / weeks_a_month),
        "saved_hours_week_low": pytest.approx(5 / weeks_a_month / 4), "saved_hours_week_mid": pytest.approx(7 / weeks_a_month / 4),
        "saved_hours_week_high": pytest.approx(9 / weeks_a_month / 4),
    }  # fmt: skip


# ---------------------------------------------------------------- editors


def test_knowledge_gaps_say_what_to_write_with_quotes():
    rows = [
        {"rank": 1, "topic_id": "a", "topic": "App crashes", "demand_type": "product_defect"},
        {"rank": 2, "topic_id": "b", "topic": EVIL, "demand_type": "instruction_unclear", "owner": "Docs", "contacts": 30,
         "repeats_month_low": 2.0, "repeats_month_mid": 3.0, "repeats_month_high": 5.0},
        {"rank": 3, "topic_id": "c", "topic": "Unknown"},
    ]  # fmt: skip
    quotes = [{"topic_id": "b", "position": n, "text": text} for n, text in ((2, "*second*"), (1, "first"))]
    versions = [{"topic_id": "b", "theme": "Exports", "words": "export, csv", "name": "n", "cluster_ids": "[]"}]
    given = material(priorities=rows, evidence=quotes, topic_versions=versions)
    found = knowledge_gaps.gaps(given.priorities(), given)
    assert found == [{
        "rank": 2, "topic_id": "b", "topic": EVIL, "theme": "Exports", "demand_type": "instruction_unclear", "owner": "Docs",
        "contacts": 30, "repeats_month_low": 2.0, "repeats_month_mid": 3.0, "repeats_month_high": 5.0,
        "repeat_hours_month_mid": None, "what_to_write": knowledge_gaps.WHAT_TO_WRITE["instruction_unclear"],
        "words": "export, csv", "quote_1": "first", "quote_2": "*second*", "quote_3": None, "is_low_volume": False,
    }]  # fmt: skip
    text = knowledge_gaps.as_markdown(found, given).split("\n")
    assert text[-11:] == [
        '## =HYPERLINK("http\\://evil.example","x") \\<script\\>alert(1)\\</script\\>', "",
        "30 contacts in the period, 3 repeats a month (2 to 5); unclear instructions. Owner: Docs.", "",
        "**To write:** Write the article, or write it anew: the steps in the order customers take them, in their words.", "",
        "**Words customers use:** export, csv", "", "> first", "", "> \\*second\\*", "",
    ][-11:]  # fmt: skip


def test_topics_nobody_has_classed_are_counted(made, tmp_path):
    said = export(made, "knowledge-gaps", str(tmp_path / "o"))
    assert said[:3] == [
        "  knowledge_gaps.csv: 0 rows",
        "  not in it: 2 topics whose kind of demand nobody has said (voc topics link --demand-type)",
        "  knowledge_gaps.md: the same to read",
    ]


def test_every_kind_of_demand_is_either_to_be_written_about_or_not():
    assert set(tables.DEMAND_TYPES) - set(knowledge_gaps.WHAT_TO_WRITE) == {"value", "product_defect"}


# ---------------------------------------------------------------- accounts


def day(n: int) -> str:
    """A time n days before the end of the period."""
    return (pd.Timestamp("2026-05-31") - pd.Timedelta(days=n)).strftime("%Y-%m-%dT00:00:00Z")


def test_accounts_with_their_signals():
    contacts = [("k1", "ann", 5), ("k2", "ann", 4), ("k3", "ann", 3), ("k4", "bea", 200), ("k5", "bea", 60), ("k6", None, 1)]
    parts = {"k2": True, "k3": True}
    given = material(
        customers=[{"customer_id": c, "name": c, "identifier_count": 1, "annual_revenue": money, "segment": "s"}
                   for c, money in (("ann", 900.0), ("bea", 50.0), ("cy", None))],
        contacts=[{"contact_id": k, "customer_id": c, "opened_at": day(n)} for k, c, n in contacts]
        + [{"contact_id": "k7", "customer_id": "bea", "opened_at": day(0), "why_excluded": "merged"}],
        contact_costs=[{"contact_id": k, "cost_full": 10.0} for k, _, _ in contacts],
        ledger_lines=[{"contact_id": k, "part": "t", "repeat_weight": 0.9 if k in parts else 0.0} for k, _, _ in contacts],
        episode_contacts=[{"contact_id": k, "part": "t", "topic_id": "t", "episode_id": "e", "position": 1,
                           "is_repeat": k in parts} for k, _, _ in contacts],
        topics=[{"topic_id": "t", "name": EVIL, "passage_count": 1}],
        episodes=[{"episode_id": "e", "customer_id": "ann", "topic_id": "t", "contact_count": 3, "ended_at": day(3)}],
        responses=[{"response_id": f"s{n}", "customer_id": c, "responded_at": day(n), "satisfaction_share": share, "score_kind": "csat"}
                   for c, n, share in (("ann", 9, 0.9), ("ann", 2, 0.6), ("bea", 8, 0.25))],
    )  # fmt: skip
    empty = dict.fromkeys(accounts.Account.names)
    assert accounts.accounts(given) == [
        empty | {
            "position": 1, "customer_id": "ann", "segment": "s", "annual_revenue": 900.0, "contacts": 3,
            "contacts_last_90_days": 3, "repeats_raw": 2, "repeats_net": pytest.approx(1.8), "long_episodes": 1,
            "came_back_about": EVIL, "last_contact_at": day(3), "cost_full": 30.0, "revenue_exposed": 900.0, "responses": 2,
            "last_score": 60.0, "last_score_kind": "csat", "last_score_at": day(2), "score_change": pytest.approx(-30.0),
            "signal_count": 4, "signals": "long_episode | came_back | score_dropped | rising",
        },
        empty | {
            "position": 2, "customer_id": "bea", "segment": "s", "annual_revenue": 50.0, "contacts": 2,
            "contacts_last_90_days": 1, "repeats_raw": 0, "repeats_net": 0.0, "long_episodes": 0, "last_contact_at": day(60),
            "cost_full": 20.0, "responses": 1, "last_score": 25.0, "last_score_kind": "csat", "last_score_at": day(8),
            "signal_count": 1, "signals": "low_score",
        },
        empty | {"position": 3, "customer_id": "cy", "segment": "s", "contacts": 0, "contacts_last_90_days": 0, "repeats_raw": 0,
                 "repeats_net": 0, "long_episodes": 0, "responses": 0, "signal_count": 0},
    ]  # fmt: skip


def test_every_signal_is_explained_in_the_dictionary(made, tmp_path):
    folder = written(made, "accounts", tmp_path)
    package = json.loads((folder / "datapackage.json").read_text())
    described = package["resources"][0]["schema"]["fields"][-1]["description"]
    assert all(f"{name}: {says}" in described for name, says in accounts.SIGNALS.items())
    assert package["resources"][0]["cautions"][:2] == [accounts.PSEUDONYM, accounts.FACTS]
    assert {row["customer_id"][:1] for row in read_csv(folder / "accounts.csv")} == {"c"}
