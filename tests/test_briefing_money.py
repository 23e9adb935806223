"""The money of the briefing: its figures are those of the tables, each with basis, range and caution."""

import json
from dataclasses import replace

import briefing_help
import pytest
from report_help import story

from voc import tables
from voc.briefing import curves, facts, money_words, plots
from voc.briefing import money as money_facts
from voc.costs import CostFile
from voc.reports import _words as w


def world(**options):
    """(frames with reports, run) of the story of five times as many customers."""
    return briefing_help.world(**{"copies": 5, **options})


def gathered(frames, run) -> money_facts.Money | None:
    return facts.gather(frames, run).money


def cells(section) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in section.rows}


def money(**changes) -> money_facts.Money:
    """The money of the story, with other figures."""
    return replace(gathered(*world()), **changes)


def test_every_figure_is_that_of_the_tables():
    frames, run = world()
    m = gathered(frames, run)
    costs = frames["topic_costs"]
    scores = frames["scorecard"].set_index("measure")
    for name, three in {
        "repeats_month": m.net, "repeat_cost_avoidable_month": m.avoidable, "repeat_cost_full_month": m.full,
        "repeat_cost_cash_month": m.cash, "repeat_hours_month": m.hours,
    }.items():  # fmt: skip
        assert three == tuple(scores.loc[name, ["low", "value", "high"]])
    assert m.raw[1] == costs["repeats_raw_month"].sum()
    share = scores.loc["same_topic_repeat_share"]
    assert m.raw[0] / m.raw[1] == pytest.approx(share["low"] / share["value"])
    assert m.bound == costs["repeats_bound_month"].sum()
    assert m.bound_cost == costs["repeat_cost_avoidable_bound_month"].sum()
    assert m.raw_cost == costs["repeat_cost_avoidable_raw_month"].sum()
    ledger, months = frames["cost_ledger"], costs["months"].iloc[0]
    assert m.booked["coincidence"] == ledger.loc[ledger["booked_as"] == "coincidence", "contacts"].sum() / months
    assert m.booked["repeat"] + m.booked["missed_repeat"] == pytest.approx(m.net[1])
    assert m.booked["repeat"] + m.booked["coincidence"] == pytest.approx(m.raw[1])


def test_the_box_shows_three_ways_to_count_and_what_they_mean():
    m = money(raw=(118.0, 125.0, 133.0), net=(97.0, 107.0, 117.0), bound=87.0, raw_cost=1000.0, bound_cost=634.0,
              avoidable=(700.0, 800.0, 900.0), full=(984.0, 1100.0, 1230.0), cash=(100.0, 130.0, 150.0),
              hours=(16.0, 18.0, 20.0), fte=0.11, is_illustrative=True)  # fmt: skip
    heading, bars, sentences = money_words.headline(m)
    assert heading == "Avoidable cost of repeats a month"
    assert [(b.label, b.mid, b.said, b.note) for b in bars] == [
        ("as counted", 1000.0, "USD 1,000", "chance included"),
        ("net", 800.0, "USD 800", "used in this briefing"),
        ("at the least", 634.0, "USD 634", "conservative bound"),
    ]
    assert (bars[0].low, bars[0].high) == (944.0, 1064.0) and bars[2].low is None
    assert sentences == [
        "125 repeats a month were counted; 107 (97 to 117) are no coincidence; were chance granted all it could explain, "
        "87 would remain.",
        "Full cost USD 1,100 (984 to 1,230), of it avoidable USD 800: USD 130 cash, USD 670 staff time (18 agent hours, 0.1 "
        "FTE), which is cash only when posts are not refilled or overtime falls. Illustrative.",
    ]


def test_a_bound_above_the_net_figure_is_not_called_a_floor():
    _, _, sentences = money_words.headline(money(net=(20.0, 25.0, 30.0), bound=28.0))
    assert sentences[0].endswith(
        "the conservative bound, 28, lies above it, because contacts of few customers crowd together."
    )


def test_without_a_cost_file_repeats_are_counted_not_priced():
    m = gathered(*world(costs=None))
    heading, bars, sentences = money_words.headline(m)
    assert heading == "Repeat contacts a month" and [bar.said for bar in bars] == ["34", "34", "21"]
    assert len(sentences) == 1 and "USD" not in " ".join(sentences)
    titles = [section.title for section in money_words.sections(m)]
    assert titles == [money_words.TITLE, "Were the window another one", "What the money rests on"]


def test_where_nobody_comes_back_there_is_no_money_to_work_out():
    assert gathered(*world(is_identified=False)) is None
    assert gathered(*world(has_contacts=False)) is None


def test_the_bridge_leads_from_counted_to_net():
    m = money(booked={"repeat": 90.3, "coincidence": 34.9, "missed_repeat": 16.4}, net=(97.0, 106.7, 117.0), bound=86.6,
              pairs=38, pairs_agree=0.816, linked=38)  # fmt: skip
    section = money_words.sections(m)[0]
    assert cells(section) == {
        "Counted: same customer, same topic, inside the window": ("125", "as a dashboard counts them"),
        "Would have come anyway": ("−35", "by how often the customer writes about the topic at all"),
        "Missed, because a text was filed under another topic": (
            "+16", "of 38 pairs known to be about one problem, 82% have one topic"),
        "Net: used everywhere in this briefing": ("107", "80% range 97 to 117"),
        "Conservative bound: everything chance could explain taken out": ("87", "a floor; it has no range of its own"),
    }  # fmt: skip
    assert "38 repeats in the period are proven by the helpdesk's own link." in section.paragraphs[0]
    assert section.chart.values == tuple(bar.mid for bar in money_words.headline(m)[1])


def test_every_basis_has_its_range_and_its_caution():
    m = money(year=(6400.0, 10700.0, 20400.0), year_basis="mean of the last 13 weeks", hours=(16.0, 18.0, 20.0), fte=None,
              imputed=0.097, is_illustrative=True, cash=(117.0, 131.0, 147.0), avoidable=(717.0, 802.0, 890.0),
              full=(984.0, 1103.0, 1228.0), credits=[{"kind": "refund", "credits": 12.0, "amount": 340.0}])  # fmt: skip
    wary = "illustrative: lines are assumptions"
    assert cells(money_words.sections(m)[1]) == {
        "Full (average) cost": ("USD 1,103 (984 to 1,228)", "a month", "what the budget shows, overhead included", wary),
        "Avoidable cost": ("USD 802 (717 to 890)", "a month", "cash and staff time that would be free", wary),
        "– of it cash": ("USD 131 (117 to 147)", "a month", "invoices and fees that fall with the next contact", wary),
        "– of it staff time": ("USD 671", "a month", "capacity: paid time set free",
                               "cash only when posts are not refilled or overtime falls"),
        "Agent hours on repeats": ("18 h (16 to 20)", "a month", "handle time", "9.7% of it not measured"),
        "Full-time people": ("unknown", "at any time", "capacity",
                             "no paid hours in the cost file (finance.paid_hours_month)"),
        "Avoidable cost, yearly rate": ("USD 11k (6.4k to 20k)", "a year", "mean of the last 13 weeks", money_words.OUTER),
        "Given back: refund": ("USD 340", "in the period", "12 credits", "from the books; in none of the costs above"),
    }  # fmt: skip


def test_no_yearly_figure_says_why():
    found = cells(money_words.sections(gathered(*world()))[1])
    assert found["Avoidable cost, yearly rate"] == ("none", "a year", "none: 5 whole weeks of data, fewer than 8", "")


def test_revenue_exposed_is_kept_apart_and_called_no_loss():
    m = money(exposed=[{"topic": "sync", "revenue_exposed": 1.4e6, "revenue_share": 0.21}])
    section = next(s for s in money_words.sections(m) if s.title.startswith("Revenue exposed"))
    assert section.rows == (("sync", "USD 1.4M", "21%"),)
    assert section.cautions == (money_words.EXPOSURE,) and money_words.EXPOSURE.startswith("Exposure, not loss")


def test_windows_are_compared_with_the_one_used():
    frames, run = world()
    m = gathered(frames, run)
    rates = frames["repeat_rates"]
    rates = rates[(rates["topic_id"] == "*") & (rates["scope"] == "same_topic")].sort_values("window_days")
    months = frames["topic_costs"]["months"].iloc[0]
    assert [x["raw"] for x in m.windows] == list(rates["repeats_raw"] / months)
    section = next(s for s in money_words.sections(m) if s.title.startswith("Were the window"))
    assert [(row[0], row[-1]) for row in section.rows] == [
        ("1 day", "−100%"), ("3 days", "+0%"), ("7 days", "used here"), ("14 days", "+44%"), ("30 days", "+44%"),
    ]  # fmt: skip
    each = m.avoidable[1] / m.net[1]
    assert section.rows[3][3] == w.money(m.windows[3]["net"] * each, "USD")


LEDGER = {"first_day": "2026-01-01", "last_day": "2026-03-31", "ledger_cost": 21000.0, "cost_full": 20000.0, "ratio": 1.05}


@pytest.mark.parametrize(
    ("status", "ratio", "said"),
    [
        ("reconciles", 1.05, "factor 1.05: inside 0.8 to 1.25: the cost file reconciles with the books"),
        ("scaled", 1.05, "factor 1.05: inside 0.8 to 1.25, and every cost here is multiplied by it, as the cost file asks"),
        ("does_not_reconcile", 1.6,
         "factor 1.60: outside 0.8 to 1.25: the cost file does not reconcile; mend it before quoting full cost"),
        ("period_not_covered", None, "not to be used: the data do not cover the books' period"),
    ],
)  # fmt: skip
def test_the_books_are_held_against_the_cost_file(status, ratio, said):
    m = money(ledger=LEDGER | {"status": status, "ratio": ratio})
    found = cells(money_words.sections(m)[-1])["Books"]
    assert found == ("books USD 21k, cost file USD 20k, 1 Jan 2026 to 31 Mar 2026", said)


def test_the_books_of_a_cost_file_reach_the_page():
    _, run = story()
    books = {"total_cost": {"value": 5000.0, "source": "ledger"}, "first_day": "2026-01-05", "last_day": "2026-02-13"}
    costs = CostFile.model_validate(json.loads(run.costs.model_dump_json()) | {"ledger": books})
    frames, run = world(costs=costs)
    row = frames["cost_reconciliations"].iloc[0]
    said = cells(money_words.sections(gathered(frames, run))[-1])["Books"]
    assert w.money(row["ledger_cost"], "USD") in said[0] and money_words.LEDGER_WORDS[row["status"]] in said[1]


def test_what_the_money_rests_on_is_named():
    m = money(assumed=(3, 7), warnings=["no contact used channel 'fax'"], imputed=0.2, rolled=["a", "b", "c", "d"],
              few_people=["sync"], bursts=["bill"], pairs=0, pairs_agree=None)  # fmt: skip
    assert cells(money_words.sections(m)[-1]) == {
        "Cost file": ("3 of 7 lines are assumptions", "voc cost check explains every line"),
        "Books": ("not compared", "the cost file names no total of the books (ledger): full cost is not held against them"),
        "Warning of the cost file": ("no contact used channel 'fax'", "voc cost check"),
        "Handle time": ("20% of repeat hours not measured", "estimated from measured contacts of the same channel, topic "
                        "and site, or from the cost file"),
        "Topics of texts": ("Nothing added: no two contacts are known to be about one problem",
                            "linked pairs; unlinked repeats are corrected by it"),
        "Count by theme": ("a, b, c and 1 more", "linked contacts lie in different topics"),
        "Few customers": ("sync", "1% of its customers bring over a quarter of its repeats"),
        "Week far above the usual": ("bill", "net repeats may be too high by some 6%"),
    }  # fmt: skip


def test_warnings_are_those_of_the_last_run_that_priced():
    frames, run = world()
    notes = [("run-0", "cost", {"cost_file_warnings": ["old"]}), ("run-2", "cost", {"cost_file_warnings": ["later"]})]
    rows = tables.RunStage.frame(
        {"run_id": r, "stage": s, "position": 8, "rows_in": "{}", "rows_out": "{}", "notes": json.dumps(n), "seconds": 1.0}
        for r, s, n in notes
    )
    assert gathered({**frames, "run_stages": rows}, run).warnings == ["old"]
    assert gathered(frames, run).warnings == []


# ---------------------------------------------------------------- curves


def test_curves_are_the_net_shares_of_the_table():
    frames, run = world()
    m = facts.gather(frames, run)
    plot = facts.plots(m)[facts.CURVES]
    table = frames["repeat_curves"].set_index(["topic_id", "day"])
    assert plot.x == (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0)
    for series, topic in zip(plot.series, [*(p["topic_id"] for p in m.priorities), "*"], strict=True):
        assert list(series.values) == [100 * table.loc[(topic, day), "net_share"] for day in plot.x]
    assert [s.tag for s in plot.series] == ["1", "2", "3", "all"] and plot.series[-1].is_reference
    assert list(plot.series[-1].low) == [100 * table.loc[("*", day), "net_share_low"] for day in plot.x]
    assert plot.says.startswith("password reset link: 47% within 7 days, 47% within 30 days; ")


def test_there_is_no_curve_without_returns():
    assert curves.plot([], ["a"], has_bands=True) is None


def test_axes_end_at_round_figures():
    assert [plots.nice_top(v) for v in (0, 9, 26.3, 100, 0.7)] == [(1, 0.5), (10, 2.5), (30, 10), (100, 25), (0.8, 0.2)]


def test_a_plot_is_text_safe_and_described():
    series = plots.Series("<b>", (0.0, 5.0), "<1>", low=(0.0, 4.0), high=(1.0, 6.0))
    other = plots.Series("all", (0.0, 5.1), "all", is_reference=True)
    plot = plots.Plot("t", "%", (0.0, 10.0), ((0.0, "0"), (10.0, "<x>")), (series, other), 'says "<it>"')
    svg = plots.draw(plot)
    assert "<b>" not in svg and "&lt;1&gt;" in svg and "&lt;x&gt;" in svg
    assert 'aria-label="says &#34;&lt;it&gt;&#34;"' in svg and 'class="band hue0"' in svg
    assert plots.legend(plot) == [("hue0", "<1>", "<b>"), ("reference", "all", "all")]
    heights = [float(part.partition('"')[0]) for part in svg.split('x="421.0" y="')[1:]]
    assert len(heights) == 2 and abs(heights[0] - heights[1]) >= plots.GAP - 0.01


def test_the_money_box_and_the_curve_are_on_the_page():
    frames, _ = world()
    rows = frames["briefings"].set_index("format")["content"]
    first, _, behind = rows["html"].partition('class="appendix"')
    assert "three ways to count" in first and 'aria-label="Avoidable cost of repeats a month, net: USD 182"' in first
    assert f"<h2>{money_words.TITLE}</h2>" in behind and '<svg class="plot"' in behind
