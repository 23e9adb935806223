"""The first page and the topics' pages: targets, what changed, over-represented segments, links, and that one page is one page."""

import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from briefing_help import two_runs, world

from voc import tables
from voc.briefing import changes, links, render, scorecard, sheets, view
from voc.briefing.scorecard import CANNOT_TELL, MET, MISSED, full_months, status
from voc.config import BriefingBlock, Targets
from voc.registry import load_all

# ---------------------------------------------------------------- scorecard


@pytest.mark.parametrize(
    ("low", "high", "target", "is_floor", "said"),
    [
        (0.80, 0.85, 0.80, True, MET),
        (0.79, 0.85, 0.80, True, CANNOT_TELL),
        (0.70, 0.79, 0.80, True, MISSED),
        (0.05, 0.10, 0.10, False, MET),
        (0.05, 0.11, 0.10, False, CANNOT_TELL),
        (0.11, 0.15, 0.10, False, MISSED),
        (0.11, 0.15, None, False, ""),
        (None, None, 0.1, False, ""),
    ],
)
def test_a_target_is_met_only_if_the_range_clears_it(low, high, target, is_floor, said):
    assert status(low, high, target, is_floor=is_floor) == said


def test_full_months_are_covered_from_the_first_day_to_the_last():
    assert full_months("2025-12-29", "2026-03-30") == ["2026-01", "2026-02"]
    assert full_months("2026-01-01", "2026-01-31") == ["2026-01"] and full_months("", "") == []


def test_the_scorecard_compares_the_last_full_month_with_the_one_before():
    def row(month, value, low, high):
        return {"measure": "csat", "month": month, "value": value, "low": low, "high": high}

    months = [row("*", 0.8, 0.78, 0.82), row("2026-01", 0.7, 0.65, 0.75), row("2026-02", 0.85, 0.8, 0.9), row("2026-03", 0.5, 0.1, 0.9)]
    given = {"window": 7.0, "currency": None, "first": "2026-01-01", "last": "2026-03-20"}
    (found,) = scorecard.scores(months, [], Targets(csat=0.75), **given)
    assert (found.actual, found.range, found.last, found.target, found.status) == (
        "80%", "78% to 82%", "Feb 85% ▲, Jan 70%", "≥ 75%", MET)  # fmt: skip


def test_targets_come_from_the_pipeline_file():
    frames, run = world(copies=5)
    block = BriefingBlock(data_contact="Mina | analytics", targets=Targets(csat=None, fcr=0.95, repeat_share=0.5))
    run = replace(run, pipeline=run.pipeline.model_copy(update={"briefing": block}))
    page = render.page_of(frames, [], run)
    assert {s.label: (s.target, s.status) for s in page.scores} == {
        "CSAT": ("", ""), "FCR": ("≥ 95%", MISSED), "Repeat rate": ("≤ 50%", MET), "Cost a contact": ("", "")}  # fmt: skip
    assert page.ask_whom == "Questions about the data: Mina | analytics. Name the run run-1 of story."
    assert r"Mina \| analytics" in render.to_markdown(page) and "Mina | analytics" in render.to_html(page)


def test_scores_are_the_figures_of_their_tables():
    frames, run = world(copies=5)
    by = {s.label: s for s in render.page_of(frames, [], run).scores}
    monthly = frames["monthly_scores"].set_index(["measure", "month"])["value"]
    metrics = frames["metrics"]
    fcr = metrics[(metrics["definition_id"] == "fcr_7d") & (metrics["by"] == "all") & metrics["is_preferred"]]["value"].iloc[0]
    assert by["CSAT"].actual == f"{monthly['csat', '*']:.0%}" and by["FCR"].actual == f"{fcr:.0%}"
    answers = frames["responses"]["satisfaction_share"]
    assert monthly["csat", "*"] == (answers >= 0.75).mean()
    assert monthly["cost_contact", "*"] == pytest.approx(frames["contact_costs"]["cost_full"].mean())
    january = frames["contacts"]["opened_at"].str.startswith("2026-01")
    costs = frames["contact_costs"].set_index("contact_id")["cost_full"]
    assert monthly["cost_contact", "2026-01"] == pytest.approx(costs[frames["contacts"].loc[january, "contact_id"]].mean())


def test_net_promoter_scores_count_promoters_less_detractors():
    frames, run = world(copies=5)
    scores = [10, 9, 8, 7, 6, 0]
    answers = frames["responses"].head(6).assign(score_kind="nps", satisfaction_share=[s / 10 for s in scores])
    plugin = load_all("reports")["monthly_scores"]
    found = plugin.compute({**frames, "responses": answers}, run).set_index(["measure", "month"])
    assert found.loc[("nps", "*"), "value"] == 0.0 and found.loc[("nps", "*"), "n"] == 6
    assert found.loc[("nps", "*"), "low"] <= 0.0 <= found.loc[("nps", "*"), "high"]


# ---------------------------------------------------------------- since the last briefing


def said(frames, run) -> tuple[str, ...]:
    return changes.since(frames, run, changes.previous_run(frames, run)).said


def test_the_same_again_changes_nothing():
    frames, run = two_runs()
    assert said(frames, run) == ("No topic's rank or cost moved by more than noise.",)
    page = render.page_of(frames, [], run)
    assert page.changes.before == "20 Jan 2026" and "Since the last briefing (data to 20 Jan 2026)" in render.to_html(page)


def test_ranks_and_costs_move_only_beyond_noise():
    three = {"avoidable_cost_month_low": 10.0, "avoidable_cost_month_mid": 12.0, "avoidable_cost_month_high": 14.0}
    frames, run = two_runs(**three, rank=[9, 2, 3], rank_low=[8, 1, 1], rank_high=[10, 3, 3])
    found = said(frames, run)
    assert found[0] == "Rank moved beyond noise: “password reset link” 9 → 1."
    assert found[1] == "Cost a month moved beyond noise: “password reset link” 12 → 182, “refund not arrived” 12 → 0, “export to csv” 12 → 0."


def test_topics_enter_and_leave_the_first_ten():
    frames, run = two_runs(rank=[11, 2, 3], rank_low=1, rank_high=12)
    assert said(frames, run)[0] == "Into the top ten: “password reset link” (1)."
    frames, run = two_runs(topic_id=["gone", "refund", "export"], topic=["old | topic", "a", "b"])
    assert said(frames, run)[:2] == ("Into the top ten: “password reset link” (1).", "Out of it (rank then): “old | topic” (1).")


def test_changed_definitions_and_cost_lines_are_named():
    frames, run = two_runs()
    runs, parameters = frames["runs"].copy(), frames["cost_parameters"].copy()
    runs.loc[runs["run_id"] == "run-0", "settings"] = run.pipeline.model_copy(update={"window_days": 3.0, "taxonomy": "saas"}).model_dump_json()
    runs.loc[runs["run_id"] == "run-0", "versions"] = '{"voc": "0.0.9"}'
    parameters.loc[(parameters["run_id"] == "run-0") & parameters["path"].str.endswith("wage_per_hour"), "value"] = 99.0
    assert said({**frames, "runs": runs, "cost_parameters": parameters}, run)[-1] == (
        "Changed since: the window of repeats (3 → 7), the taxonomy, voc itself (0.0.9 → 0.1.0), 1 line of the cost file. "
        "Differences may come from that."
    )


def test_what_became_of_the_asks():
    frames, run = two_runs()
    decided = tables.PriorityDecision.frame(
        [{"topic_id": "login", "topic": "x", "status": "accepted", "owner": None, "note": None, "decided_by": None, "decided_at": "2026-02-01"}]
    )
    assert said({**frames, "priority_decisions": decided}, run)[-1] == (
        "Last time's asks: “password reset link” accepted; 2 without an answer."
    )


def test_new_and_rising_topics_are_named_by_the_contacts_they_add():
    frames, run = two_runs()
    lineage = frames["topic_lineage"]
    columns = {"run_id": "run-1", "topic_id": "export", "event": "new", "passage_count": 25, "previous_run_id": "run-0"}
    row = {name: columns.get(name) for name in lineage.columns}
    priorities = [
        p | {"trend_ratio": 1.4, "trend_low": 1.1, "trend_high": 1.8, "contacts_week_recent": 9.8,
             "contacts_week_before": 7.0, "is_low_volume": p["topic_id"] != "login"}
        for p in frames["priorities"].query("run_id == 'run-1'").to_dict("records")
    ]
    found = changes.new_or_rising({**frames, "topic_lineage": pd.DataFrame([row])}, run, priorities, "run-0")
    assert found == [
        "New: “export to csv”, 25 contacts, rank 3.", "Rising: “password reset link”, 9.8 contacts a week, 7 before, rank 1.",
    ]  # fmt: skip
    assert changes.new_or_rising(frames, run, [], None) == []


# ---------------------------------------------------------------- topics' pages


def test_a_topics_page_holds_the_figures_of_the_tables():
    frames, run = world(copies=5)
    page = render.page_of(frames, [], run)
    sheet, cost = page.sheets[0], frames["topic_costs"].set_index("topic_id").loc["login"]
    figures = {what: value for what, value, _ in sheet.figures}
    assert figures["Avoidable cost of repeats a month"] == f"USD {cost['repeat_cost_avoidable_month_mid']:.0f} (142 to 224)"
    weeks = frames["topic_weeks"].query("topic_id == 'login' and is_complete").sort_values("week_on")
    assert list(sheet.trend.series[0].values) == list(weeks["contacts"])
    curve = frames["repeat_curves"].query("topic_id == 'login'").sort_values("day")
    assert list(sheet.curve.series[0].low) == list(100 * curve["net_share_low"])
    assert sheet.ask == "Fix the defect and name a date" and sheet.owner == "Identity engineering"
    assert set(sheets.ASKS) == set(tables.DEMAND_TYPES)


def test_the_usual_level_of_a_trend_has_a_band():
    weeks = [{"week_on": f"2026-{1 + i // 4:02}-{1 + 7 * (i % 4):02}", "contacts": 10, "is_complete": True} for i in range(20)]
    plot = sheets.trend(weeks, "sync")
    level = plot.series[1]
    assert level.values == (10.0,) * 20 and level.is_reference
    assert level.low[0] == pytest.approx(10 - sheets.Z * 10**0.5) and level.high[0] == pytest.approx(10 + sheets.Z * 10**0.5)
    assert [text for _, text in plot.ticks] == ["Jan", "Feb", "Mar", "Apr", "May"]
    assert plot.says == "sync: 10 contacts in the first week, 10 in the last; usual 10 (5.9 to 14)"
    assert len(sheets.trend(weeks[:9], "x").series) == 1 and sheets.trend(weeks[:3], "x") is None


def test_over_representation_is_said_for_sure_cells_only():
    few = {"dimension": "segment", "member": "x", "ratio": 9.0, "ratio_low": 5.0, "contacts": 4.0, "is_over": False}
    assert sheets.segments([few]) == ()
    assert sheets.segments([few | {"is_over": True, "contacts": 40.0}]) == (
        ("segment x", "9.0 times the expected, at least 5.0 (40 contacts)"),
    )


# ---------------------------------------------------------------- links


def test_figures_lead_to_their_rows():
    frames, run = world(copies=5)
    html = render.to_html(render.page_of(frames, [], run))
    first = '<a class="rows" href="../story/topic_costs?run_id__exact=run-1&amp;topic_id__exact=login">USD\N{NO-BREAK SPACE}182</a>'
    assert first in html
    there = links.based(html, "https://host/voc/story/")
    assert 'href="https://host/voc/story/topic_costs?run_id__exact=run-1&amp;topic_id__exact=login"' in there and '"../' not in there
    without = links.without(html)
    assert "<a " not in without and "USD\N{NO-BREAK SPACE}182" in without


def test_addresses_and_databases_of_any_name_stay_attributes():
    link = str(links.anchor("<b>", 'we "ird.db', "t", (("a", '"&<'),)))
    assert link == '<a class="rows" href="../we~20~22ird~2Edb/t?a__exact=%22%26%3C">&lt;b&gt;</a>'
    assert links.based(link, 'http://x/"><script>') == (
        '<a class="rows" href="http://x/&#34;&gt;&lt;script&gt;/t?a__exact=%22%26%3C">&lt;b&gt;</a>'
    )


# ---------------------------------------------------------------- one page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here to print with")
@pytest.mark.parametrize("paper", ["A4", "letter"])
def test_the_first_page_fits_one_sheet(tmp_path, paper):
    """Ten changes of the longest kind and full quotes; the first part alone, printed."""
    frames, run = two_runs()
    names = {t: f"{t} is a rather long name of a topic that hardly fits" for t in ("login", "refund", "export")}
    page = render.page_of(frames, [], run)
    shown = page.material.priorities
    many = [shown[i % 3] | {"rank": i + 1, "topic": names[shown[i % 3]["topic_id"]]} for i in range(5)]
    page = replace(
        page, material=replace(page.material, priorities=many), rising=["Rising: “a topic that rises”, +40% a week, rank 3."] * 3,
        changes=changes.Changes("20 Jan 2026", ("Rank moved beyond noise: “a topic with a long name, indeed” 9 → 1, “another” 2 → 8.",) * 4),
    )  # fmt: skip
    assert printed_pages(first_part(render.to_html(page)), tmp_path, paper) == 1
    assert printed_pages(first_part(render.to_html(page)) * 2, tmp_path, paper) == 2, "the count counts"


def first_part(html: str) -> str:
    return html.partition("</main>")[0] + "</main></body></html>"


def printed_pages(html: str, folder, paper: str) -> int:
    style = f"<style>@page{{size:{paper}}} @media print{{.page:last-of-type{{break-after:auto}}}}</style></head>"
    (folder / "page.html").write_text(html.replace("</head>", style), encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
               "--no-pdf-header-footer", f"--print-to-pdf={folder / 'page.pdf'}", (folder / "page.html").as_uri()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=90)
    return len(re.findall(rb"/Type\s*/Page\b", (folder / "page.pdf").read_bytes()))


def test_a_page_without_anything_has_no_empty_parts():
    _, run = world()
    frames = {t.name: t.empty() for t in tables.TABLES}
    frames |= {p.TABLE.name: p.TABLE.empty() for p in load_all("reports").values()}
    page = render.page_of(frames, [], run)
    shown = view.view(page)
    assert (page.scores, page.sheets, shown["rows"], shown["box"], shown["quotes"]) == ([], (), [], None, [])
    assert "<table" not in render.to_html(page) and "Since the last briefing" not in render.to_html(page)
