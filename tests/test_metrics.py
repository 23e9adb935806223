"""The metric family, its definitions and the repeat curves on a story counted by hand and on a small simulation."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from story import contact, context, frames

from voc import tables
from voc.reports import _survival, metric_definitions, metrics, repeat_curves, repeat_rates
from voc.reports._definitions import definitions, windows
from voc.reports._shared import draws_of
from voc.stages.episodes import find_episodes


def at(day: float) -> str:
    return (datetime(2026, 5, 1) + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


# Sixty days. Topic A: Ann comes back 3 days after her case was solved, again after 25; Bob after half a day, again after
# 19.5; Cy never; Dan after 2 days, both in the last week; Eve has only just written. Topic B: Ann, a day after A.
STORY = [
    ("z1", "zoe", 0, "Z", {}),
    ("a1", "ann", 10, "A", {"closed_at": at(12), "public_reply_count": 1, "site": "Leeds"}),
    ("b1", "bob", 10, "A", {"closed_at": at(10), "public_reply_count": 0, "site": "Leeds"}),
    ("b2", "bob", 10.5, "A", {"closed_at": at(10.5), "public_reply_count": 2}),
    ("a2", "ann", 15, "A", {"status": "Solved", "public_reply_count": 1}),
    ("c1", "cy", 20, "A", {"public_reply_count": 1}),  # not solved: in no one-touch figure
    ("b3", "bob", 30, "A", {}),
    ("a3", "ann", 40, "A", {}),
    ("a4", "ann", 41, "B", {}),
    ("d1", "dan", 55, "A", {}),
    ("d2", "dan", 57, "A", {}),
    ("e1", "eve", 58, "A", {}),
    ("z2", "zed", 60, "Z", {}),
]


def told(story=STORY, *, probability: float = 1.0, **settings) -> tuple[dict, object]:
    contacts = [contact(key, who, at(day), **more) for key, who, day, _, more in story]
    run = context(resamples=200, **settings)
    found = {t.name: t.empty() for t in tables.TABLES} | frames(contacts, {key: {topic: 1.0} for key, _, _, topic, _ in story})
    found |= find_episodes(found, run).frames
    repeats = found["repeats"]
    found["repeats"] = repeats.assign(repeat_probability=probability)
    return found, run


def computed(plugin, world) -> pd.DataFrame:
    found, run = world
    return plugin.TABLE.check(plugin.compute({name: found[name] for name in plugin.READS}, run))


def figure(table: pd.DataFrame, name: str, method: str = "Kaplan-Meier", by: str = "topic", member: str = "A") -> pd.Series:
    (row,) = table[
        (table["definition_id"] == name) & (table["method"] == method) & (table["by"] == by) & (table["member"] == member)
    ].itertuples()
    return row


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return computed(metrics, told(probability=0.5))


MATURE = "mature contacts only"


@pytest.mark.parametrize(
    ("name", "method", "value", "n"),
    [
        # watched for 7 days: a1 a2 a3 b1 b2 b3 c1; back within them: a1 and b1
        ("repeat_rate_7d", MATURE, 2 / 7, 7),
        # 1 of 10 comes back at 0.5 days, 1 of 9 at 2 (e1 is lost after it), 1 of 7 at 3
        ("repeat_rate_7d", "Kaplan-Meier", 1 - 9 / 10 * 8 / 9 * 6 / 7, 10),
        ("repeat_rate_1d", MATURE, 1 / 10, 10),
        # watched for 30 days: a1 a2 b1 b2 b3 c1, all but the last two come back
        ("repeat_rate_30d", MATURE, 4 / 6, 6),
        ("net_repeat_rate_7d", MATURE, 1 / 7, 7),
        ("net_repeat_rate_7d", "Kaplan-Meier", (1 - 9 / 10 * 8 / 9 * 6 / 7) / 2, 10),
        # first of an episode: a1 a3 b1 b3 c1 d1 e1
        ("fcr_7d", MATURE, 3 / 5, 5),
        ("fcr_7d", "Kaplan-Meier", 6 / 7 * 5 / 6 * 3 / 4, 7),
        # a clean look-back of 14 days leaves a3, b3 and c1, and nobody of them comes back
        ("fcr_14d", MATURE, 1.0, 3),
        # after a contact about A anything counts: also a4, a day after a3
        ("nca_7d_any_topic", MATURE, 4 / 7, 7),
        ("contacts_per_resolution", MATURE, 7 / 5, 5),
        ("fcr_check", "Kaplan-Meier", 7 / 5 * 15 / 28, 5),
        ("repeat_share", "share", 3 / 10, 10),
        ("one_touch", "share", 2 / 4, 4),
        ("one_touch_under_2", "share", 3 / 4, 4),
    ],
)
def test_figures_counted_by_hand(found, name, method, value, n):
    row = figure(found, name, method)
    assert (row.value, row.n) == (pytest.approx(value), n) and pd.isna(row.why_missing)
    assert row.low <= row.value <= row.high and row.as_of == "2026-06-30" and row.resamples == 200


def test_a_contact_without_the_look_back_is_no_first_contact(found):
    story = [("z1", "zoe", 0, "A", {}), *STORY[1:]]
    row = figure(computed(metrics, told(story)), "fcr_7d", MATURE)
    assert (row.value, row.n) == (pytest.approx(3 / 5), 5)  # z1, on the first day, is not among them
    assert figure(computed(metrics, told(story)), "repeat_rate_7d", MATURE).n == 8


def test_a_week_that_is_not_over_is_provisional(found):
    # d1, d2 and e1 were watched for 5, 3 and 2 days; of all returns within 7 days (7/27 of contacts, Kaplan-Meier over
    # all topics) 9/14 come within 2 days and all within 3, so that one return is due to 1 + 1 + 9/14 contacts
    row = figure(found, "repeat_rate_7d", "maturity factor", "week", "2026-06-22")
    assert (row.value, row.n, row.is_provisional, row.is_preferred) == (pytest.approx(1 / (2 + 9 / 14)), 3, True, True)
    net = figure(found, "net_repeat_rate_7d", "maturity factor", "week", "2026-06-22")
    assert net.value == pytest.approx(row.value / 2)
    over = figure(found, "repeat_rate_7d", MATURE, "week", "2026-05-11")
    assert (over.value, over.n, over.is_provisional, over.is_preferred) == (1 / 2, 4, False, True)
    fcr = figure(found, "fcr_7d", "maturity factor", "month", "2026-06")
    assert fcr.is_provisional and 0 <= fcr.low <= fcr.value <= fcr.high <= 1


def test_a_contact_about_two_topics_comes_back_once(found):
    contacts = [contact("x1", "ann", at(10)), contact("x2", "ann", at(12)), contact("y1", "bob", at(0)), contact("y2", "cy", at(40))]
    topics = {"x1": {"A": 0.5, "B": 0.5}, "x2": {"A": 0.5, "B": 0.5}, "y1": {"A": 1.0}, "y2": {"B": 1.0}}
    world = {t.name: t.empty() for t in tables.TABLES} | frames(contacts, topics)
    world |= find_episodes(world, context(resamples=200)).frames
    table = computed(metrics, (world, context(resamples=200)))
    assert [(figure(table, "repeat_rate_7d", MATURE, by, m).value, figure(table, "repeat_rate_7d", MATURE, by, m).n)
            for by, m in (("all", "*"), ("topic", "A"), ("topic", "B"))] == [(1 / 3, 3), (1 / 3, 3), (1 / 2, 2)]  # fmt: skip


def test_groups_are_sites_channels_and_time(found):
    leeds = figure(found, "repeat_rate_7d", MATURE, "site", "Leeds")
    assert (leeds.value, leeds.n, leeds.is_low_volume, leeds.member_name) == (1.0, 2, True, "Leeds")
    assert set(found.loc[found["by"] == "site", "member"]) == {"(not stated)", "Leeds"}
    assert set(found["by"]) == {"all", "topic", "channel", "site", "month", "week"}  # no source states segments
    whole = found[(found["definition_id"] == "repeat_rate_7d") & (found["by"] == "all")]
    assert dict(zip(whole["method"], whole["is_preferred"], strict=True)) == {"Kaplan-Meier": True, MATURE: False}
    assert found.groupby(["definition_id", "by", "member"])["is_preferred"].sum().eq(1).all()


def test_what_the_data_cannot_give_is_empty_with_the_reason(found):
    missing = found[found["value"].isna() & (found["by"] == "all")].set_index("definition_id")["why_missing"]
    assert dict(missing) == {
        "chaser_rate": "No source tells a customer's message on an open ticket from a new contact.",
        "fcr_30d": "No contact has been watched for 30 days yet.",
        "fcr_strict": "No source marks escalations or calls back.",
        "fcr_survey": "No survey question asks whether the matter was resolved.",
        "zero_customer_reply": "No source counts the messages a customer wrote on a ticket.",
    }
    nobody = computed(metrics, told([(key, None, day, topic, {}) for key, _, day, topic, _ in STORY]))
    reasons = nobody.set_index("definition_id")["why_missing"]
    assert nobody["value"].isna().all()
    assert reasons["fcr_7d"] == reasons["nca_7d_any_topic"] == "No source says who made contact."
    assert reasons["one_touch"] == "No source counts the public replies of solved contacts."
    short = computed(metrics, told([("a1", "ann", 0, "A", {}), ("a2", "bob", 2, "A", {})])).set_index("definition_id")
    assert set(short.loc["repeat_rate_7d", "why_missing"].dropna()) == {"No contact has been watched for 7 days yet.", "The period has hardly begun."}
    assert short.loc["fcr_7d", "why_missing"] == "The data are too short for it, or no contact has a topic."
    unknown = computed(metrics, told(probability=float("nan"))).set_index("definition_id")
    assert unknown.loc["net_repeat_rate_7d", "why_missing"] == "The repeats have no probabilities."


def test_customers_answers_to_a_question_whether_it_was_resolved():
    world, run = told()
    answers = [("r1", "Was your issue resolved?", "Yes"), ("r2", "Was your issue resolved?", "no."), ("r3", "Was your issue resolved?", "maybe"),
               ("r4", "Anything else?", "yes"), ("r5", "Has this been solved", "YES"),
               ("r6", "What would have solved it sooner?", "no"), ("r7", "What would have solved it sooner?", "A call"),
               ("r8", "What would have solved it sooner?", "You tell me")]  # fmt: skip
    blank = {c.name: None for c in tables.Response.columns}
    world["responses"] = tables.Response.frame(
        blank | {"response_id": key, "source": "s", "identifiers": "[]", "responded_at": at(3), "file_name": "f", "line": 1, "site": "Leeds"}
        for key, _, _ in answers
    )
    blank = {c.name: None for c in tables.Verbatim.columns}
    world["verbatims"] = tables.Verbatim.frame(
        blank | {"verbatim_id": key, "source": "s", "kind": "answer", "response_id": key, "said_at": at(3), "question": asked,
                 "text": text, "redaction_count": 0}
        for key, asked, text in answers
    )  # fmt: skip
    table = computed(metrics, (world, run))
    row = figure(table, "fcr_survey", "share", "site", "Leeds")
    assert (row.value, row.n, row.low < 2 / 3 < row.high) == (pytest.approx(2 / 3), 3, True)


def test_the_section_warns_where_chains_and_resolution_disagree(found):
    _, run = told()
    mine = found[(found["by"] == "topic") & (found["member"] == "A")].assign(by="all", member="*")
    unknown = found[(found["by"] == "all") & ~found["definition_id"].isin(mine["definition_id"])]
    section = metrics.section(pd.concat([mine, unknown]), run)
    assert section.paragraphs[0] == (
        "Contacts per resolution are 1.40, 1/FCR is 1.87: more than 15% apart. Customers or topics may be joined or split "
        "wrongly, or few customers write on and on; look at both before quoting either."
    )
    assert section.paragraphs[1].endswith(
        "First-contact resolution, strict (No source marks escalations or calls back); Chasers (No source tells a "
        "customer's message on an open ticket from a new contact); First-contact resolution, as customers say (No survey "
        "question asks whether the matter was resolved)."
    )
    assert section.rows[0][:5] == ("Repeat rate within 7 days", "31%", "16% to 52%", "10 contacts", "Kaplan-Meier")


# ---------------------------------------------------------------- definitions


def test_every_metric_has_a_definition_and_every_definition_a_metric(found):
    _, run = told()
    table = metric_definitions.TABLE.check(metric_definitions.compute({}, run))
    assert set(table["definition_id"]) == set(found["definition_id"])
    assert table["position"].is_unique and (table[["formula", "population", "used_by"]] != "").all().all()
    units = dict(zip(table["definition_id"], table["unit"], strict=True))
    assert all(units[row.definition_id] == row.unit for row in found.itertuples())
    assert metric_definitions.section(table, run) is None


def test_the_runs_own_window_is_among_the_windows():
    assert windows(5) == (1, 3, 5, 7, 14, 30)
    assert {"repeat_rate_5d", "fcr_5d", "net_repeat_rate_5d"} <= {d.definition_id for d in definitions(5)}
    assert figure(computed(metrics, told(window_days=5)), "repeat_rate_5d", MATURE).value == pytest.approx(3 / 8)


# ---------------------------------------------------------------- curves


def test_curves_agree_with_the_metrics_and_count_who_is_left(found):
    world = told(probability=0.5)
    curve = computed(repeat_curves, world)
    mine = curve[curve["topic_id"] == "A"].set_index("day")
    for day in (1.0, 3.0, 7.0, 14.0, 30.0):
        assert mine.loc[day, "came_back_share"] == pytest.approx(figure(found, f"repeat_rate_{day:g}d").value)
    assert mine["at_risk"].tolist() == [10, 10, 9, 9, 7, 5, 5, 5, 5, 5, 3, 2]
    assert mine["net_share"].to_numpy() == pytest.approx(mine["came_back_share"].to_numpy() / 2)
    assert (mine["came_back_share_low"] <= mine["came_back_share"]).all()
    assert (mine["came_back_share"] <= mine["came_back_share_high"]).all()
    other = curve[curve["topic_id"] == "B"].set_index("day")["came_back_share"]
    assert other.loc[14.0] == 0 and np.isnan(other.loc[21.0])  # a4 was watched for 19 days


def repeated(gap: float, *, customers: int = 30) -> list:
    """Every second customer comes back after the same time; a hundred days."""
    first = [(f"k{i}", f"c{i}", 20 + i, "A", {}) for i in range(customers)]
    back = [(f"r{i}", f"c{i}", 20 + i + gap, "A", {}) for i in range(0, customers, 2)]
    return [("z1", "zoe", 0, "Z", {}), *first, *back, ("z2", "zed", 120, "Z", {})]


def test_the_shape_of_the_curve_tells_slow_from_immediate_failure():
    patterns = {
        gap: computed(repeat_curves, told(repeated(gap))).query("topic_id == 'A'")["pattern"].unique().tolist()
        for gap in (0.5, 6.0, 20.0)
    }
    assert patterns == {0.5: ["immediate"], 6.0: ["immediate"], 20.0: ["slow"]}
    world = told(repeated(20.0))
    section = repeat_curves.section(computed(repeat_curves, world), world[1])
    back = section.rows[-1][3]
    assert section.rows[-1] == (
        "Topic A", "0% (0% to 3.5%)", "0% (0% to 3.5%)", back, "0%", back.partition(" ")[0],
        "slow failure: true returns at least double between 7 and 30 days",
    )  # fmt: skip
    assert section.headers[-3:] == ("Net, 7 days", "Net, 30 days", "What the net curve says")
    assert section.chart.kind == "lines" and section.chart.ticks[0] == "0 days" and section.chart.labels == ("(all topics)", "Topic A")
    few = computed(repeat_curves, told())
    assert few["pattern"].isna().all()


# ---------------------------------------------------------------- counts by window


def test_repeats_by_window_raw_and_net():
    world, run = told(probability=0.5)
    world["ledger_lines"] = tables.LedgerLine.frame(
        {
            "contact_id": row.contact_id, "part": row.part, "topic_id": row.topic_id,
            "booked_as": "repeat" if row.is_repeat else "first_contact", "share": row.share,
            "repeat_weight": row.share * row.repeat_probability * 1.25, "repeat_weight_bound": 0.0, "minutes": None,
            "cost_full": None, "cost_avoidable_cash": None, "cost_avoidable_capacity": None,
        }
        for row in world["episode_contacts"].itertuples()
    )  # fmt: skip
    table = computed(repeat_rates, (world, run))
    mine = table[(table["topic_id"] == "*") & (table["scope"] == "same_topic")].set_index("window_days")
    columns = ["contacts", "repeats_raw", "repeats_net", "provisional_contacts"]
    assert mine[columns].round(6).to_numpy().tolist() == [
        [13, 1, 0.625, 1], [13, 3, 1.875, 2], [13, 3, 1.875, 4], [13, 3, 1.875, 4], [13, 5, 3.125, 6],
    ]  # fmt: skip
    anything = table[(table["topic_id"] == "*") & (table["scope"] == "any_topic")].set_index("window_days")
    assert anything["repeats_raw"].tolist() == [2, 4, 4, 4, 6] and anything["repeats_net"].isna().all()
    section = repeat_rates.section(table, run)
    assert section.rows[2] == ("7 days", "4", "3", "2", "4")


def test_large_data_use_the_first_of_the_same_resamples(monkeypatch):
    whole = computed(metrics, told())
    monkeypatch.setattr(_survival, "MANY_CONTACTS", 5)
    monkeypatch.setattr(_survival, "FIRST_RESAMPLES", 100)
    few = computed(metrics, told())
    assert set(few["resamples"]) == {0, 100} and few["value"].equals(whole["value"])
    run = context(resamples=200)
    given = {"people": 4, "width": 2, "run": run}
    entries = np.array([0, 1, 2, 3]), np.array([0, 1, 0, 1]), np.ones(4)
    assert (draws_of(*entries, **given)[:100] == draws_of(*entries, **given, most=100)).all()


# ---------------------------------------------------------------- simulation


def simulated(seed: int, *, customers: int = 6000, until: float = 120.0) -> list[tuple[str, float, float]]:
    """(customer, start, gap to the next or infinite): issues at random, a third comes back after a log-normal pause."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        day = rng.uniform(0, until)
        while day < until:
            gap = rng.lognormal(np.log(2.2), 0.9) if rng.random() < 0.33 else np.inf
            rows.append((f"c{customer}", day, gap))
            day += gap
    return rows


def test_kaplan_meier_sees_what_the_whole_history_shows():
    rows, cut = simulated(11), 60.0
    story = [(f"k{i:06}", who, day, "A", {}) for i, (who, day, _) in enumerate(rows) if day < cut]
    table = computed(metrics, told(story))
    gaps = np.array([gap for _, day, gap in rows if day < cut])
    for window in (7, 14, 30):
        truth = (gaps <= window).mean()
        row = figure(table, f"repeat_rate_{window}d", by="all", member="*")
        seen = np.mean([gap <= window and day + gap < cut for _, day, gap in rows if day < cut])
        assert row.value == pytest.approx(truth, rel=0.015)
        assert row.low <= truth <= row.high
        assert seen < truth * 0.975  # what naive counting gives
