"""Cost models and topic costs against figures worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from story import contact, context, frames, rows

from voc import registry, stats
from voc.errors import VocError
from voc.stages.cost import cost_contacts
from voc.stages.episodes import find_episodes
from voc.stages.rank import leading_measure, rank_topics


def line(value: float, source: str = "ledger") -> dict:
    return {"value": value, "source": source}


STAFF = {
    "wage_per_hour": line(20.60), "on_cost_share": line(1 / 0.70 - 1), "support_overhead_share": line(0.45),
    "shrinkage_share": line(0.30), "occupancy_share": line(0.80),
}  # fmt: skip
COSTS = {
    "currency": "USD",
    "groups": [
        {
            "name": "own", "model": "in_house", "parameters": STAFF,
            "channels": {
                "phone": {"handle_minutes": line(6), "other_cost": line(0.35)},
                "email": {"handle_minutes": line(5), "other_cost": line(0.10)},
                "chat": {"handle_minutes": line(9), "concurrency": line(2), "other_cost": line(0.05)},
            },
        },
        {
            "name": "outsourcer", "sites": ["Manila"], "model": "bpo_per_contact",
            "channels": {"*": {"price_per_contact": line(3.1), "other_cost": line(0.2)}},
        },
    ],
}  # fmt: skip


@pytest.mark.parametrize(("channel", "full"), [("phone", 7.97), ("email", 6.45), ("chat", 5.76)])
def test_the_worked_check_of_the_handling_cost(channel, full):
    """20.60 an hour, benefits 30 % of compensation, overhead 45 %, shrinkage 30 %, occupancy 80 %: 1.27 a minute."""
    out = cost_contacts(frames_after_episodes([contact("a", None, "01 09:00", channel=channel)]), context(COSTS))
    (cost,) = out.frames["contact_costs"]["cost_full"]
    assert round(cost, 2) == full


def test_paid_hour_and_minute_of_the_worked_check():
    price = registry.get("cost_models", "in_house")
    values = {key: entry["value"] for key, entry in STAFF.items()}
    minute = price.price(pd.DataFrame({"handle_minutes": [1.0]}), price.Parameters(**values))
    assert round(minute["cost_full"].iloc[0] * 60 * 0.56, 2) == 42.67
    assert round(minute["cost_full"].iloc[0], 2) == 1.27
    # without overhead, which stays: 29.43 an hour
    assert round(minute["cost_avoidable_capacity"].iloc[0] * 60 * 0.56, 2) == 29.43


def frames_after_episodes(contacts, topics=None, **settings):
    base = frames(contacts, topics if topics is not None else {c["contact_id"]: {"A": 1.0} for c in contacts})
    return base | find_episodes(base, context(**settings)).frames


def test_measured_time_wins_and_the_outsourcers_price_is_cash():
    contacts = [
        contact("m", None, "01 09:00", handle_minutes=10.0),
        contact("e", None, "01 09:00"),
        contact("o", None, "01 09:00", site="Manila", channel="fax"),
    ]
    found = cost_contacts(frames_after_episodes(contacts), context(COSTS)).frames["contact_costs"]
    assert rows(found.round(2), "contact_id", "cost_group", "handle_minutes", "handle_source") == [
        ("e", "own", 5.0, "cost_file"), ("m", "own", 10.0, "measured"), ("o", "outsourcer", None, "unknown"),
    ]  # fmt: skip
    assert rows(found.round(2), "cost_full", "cost_avoidable_cash", "cost_avoidable_capacity") == [
        (6.45, 0.10, 4.38), (12.80, 0.10, 8.76), (3.30, 3.30, 0.0),
    ]  # fmt: skip


def test_topic_costs_add_up_to_the_contacts():
    contacts = [
        contact("a1", "ann", "01 09:00"), contact("a2", "ann", "03 09:00"), contact("b1", "bob", "04 09:00"),
        contact("x1", "xi", "31 09:00"),
    ]  # fmt: skip
    topics = {"a1": {"A": 1.0}, "a2": {"A": 0.5, "B": 0.5}, "b1": {"B": 1.0}}
    out = cost_contacts(frames_after_episodes(contacts, topics), context(COSTS)).frames
    costs, by_topic = out["contact_costs"], out["topic_costs"].set_index("topic_id")
    months = by_topic["months"].iloc[0]
    assert months == pytest.approx(30 / (365.25 / 12))
    assert by_topic["contact_cost_full_month_mid"].sum() * months == pytest.approx(costs["cost_full"].sum())
    assert by_topic["contact_equivalents"].to_dict() == {"-": 1.0, "A": 1.5, "B": 1.5}
    # the repeat about A is half of an e-mail: half of 6.45, over 30 days
    # times the probability that it is one, 0.99 here
    chance = float(frames_after_episodes(contacts, topics)["repeats"].query("scope == 'same_topic'")["repeat_probability"].iloc[0])
    assert 0.9 < chance < 1
    assert by_topic.loc["A", "repeat_cost_full_month_mid"] * months == pytest.approx(chance * costs["cost_full"].iloc[0] / 2)
    assert rows(by_topic, "repeats_raw", "customers") == [(0, 1), (1, 1), (0, 2)]
    assert by_topic.loc["-", "topic"] == "(no topic)"


def test_without_a_cost_file_there_are_hours_and_no_money():
    contacts = [contact("a1", "ann", "01 09:00", handle_minutes=30.0), contact("a2", "ann", "31 09:00", handle_minutes=90.0,
                follow_up_of="a1")]  # fmt: skip
    result = cost_contacts(frames_after_episodes(contacts), context())
    (row,) = result.frames["topic_costs"].to_dict("records")
    assert row["repeat_hours_month_mid"] * row["months"] == pytest.approx(1.5)
    money = [name for name in row if "cost" in name or "addressable" in name]
    assert all(pd.isna(row[name]) for name in money)
    assert result.notes["caution"] == "no cost file: repeats are reported in contacts and hours, not in money"


def test_a_topic_without_repeats_has_an_interval_that_does_not_claim_certainty():
    contacts = [contact(f"c{i}", f"u{i}", f"{i + 1:02d} 09:00") for i in range(20)]
    out = cost_contacts(frames_after_episodes(contacts), context(COSTS)).frames["topic_costs"]
    assert rows(out, "repeats_month_low", "repeats_month_mid") == [(0.0, 0.0)]
    assert 0 < out["repeats_month_high"].iloc[0] < 5


@pytest.mark.parametrize(
    ("site", "channel", "says"),
    [
        (None, "fax", "The cost file's group 'own' has no channel 'fax' (1 contacts).\n"
                      "Add 'fax' or '*' under its channels; it has phone, email, chat."),
    ],
)  # fmt: skip
def test_a_channel_the_cost_file_leaves_out(site, channel, says):
    with pytest.raises(VocError) as error:
        cost_contacts(frames_after_episodes([contact("a", None, "01 09:00", channel=channel, site=site)]), context(COSTS))
    assert str(error.value) == says


def test_a_site_no_group_handles():
    only = COSTS | {"groups": [COSTS["groups"][1]]}
    with pytest.raises(VocError) as error:
        cost_contacts(frames_after_episodes([contact("a", None, "01 09:00", site="Leeds")]), context(only))
    assert str(error.value) == (
        "The cost file has no group for the site 'Leeds' (1 contacts).\n"
        "Add the site to a group, or a group with sites: ['*']."
    )


def test_missing_handle_time_is_not_guessed():
    group = COSTS["groups"][0] | {"channels": {"*": {"other_cost": line(0.1)}}}
    with pytest.raises(VocError) as error:
        cost_contacts(frames_after_episodes([contact("a", None, "01 09:00")]), context(COSTS | {"groups": [group]}))
    assert "Elapsed time is not handle time." in error.value.fix


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("wage_per_hour", -1, "wage_per_hour: input should be greater than 0 (it is -1.0)"),
        ("occupancy_share", 0, "occupancy_share: input should be greater than 0 (it is 0.0)"),
        ("occupancy_share", 1.2, "occupancy_share: input should be less than or equal to 1 (it is 1.2)"),
        ("wage_per_houre", 1, "wage_per_houre: unknown setting - did you mean 'wage_per_hour'?"),
    ],
)
def test_impossible_parameters_are_named(key, value, says):
    group = COSTS["groups"][0] | {"parameters": STAFF | {key: line(value)}}
    with pytest.raises(VocError) as error:
        cost_contacts(frames_after_episodes([contact("a", None, "01 09:00")]), context(COSTS | {"groups": [group]}))
    assert f"cost file, group 'own', channel 'email': {says}" in error.value.what


# ---------------------------------------------------------------- resampling


def test_resamples_are_the_same_for_the_same_seed_and_centre_on_the_total():
    totals = stats.customer_totals(np.arange(400), np.zeros(400, int), np.ones(400), (400, 1))
    one = stats.resampled_totals(totals, draws=500, seed=3)
    assert np.array_equal(one, stats.resampled_totals(totals, draws=500, seed=3))
    assert one.mean() == pytest.approx(400)
    heavy = stats.customer_totals(np.zeros(400, int), np.zeros(400, int), np.ones(400), (400, 1))
    assert stats.resampled_totals(heavy, draws=500, seed=3).std() == pytest.approx(400, rel=0.1)


def test_ranks_and_wilson():
    assert stats.ranks(np.array([[1.0, 3.0, 2.0]])).tolist() == [[3, 1, 2]]
    assert stats.wilson(0, 0) == (0.0, 1.0)
    low, high = stats.wilson(5, 10, z=1.96)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)


# ---------------------------------------------------------------- rank


def ranked(contacts, topics, costs=None):
    before = frames_after_episodes(contacts, topics)
    run = context(costs)
    after = before | cost_contacts(before, run).frames
    return rank_topics(after, run).frames


def test_money_leads_and_every_component_is_published():
    contacts = [contact(f"{t}{i}{n}", f"{t}{i}", f"{10 + n:02d} 09:00") for t in "ab" for i in range(12 if t == "a" else 3)
                for n in range(2)]  # fmt: skip
    topics = {c["contact_id"]: {c["contact_id"][0].upper(): 1.0} for c in contacts}
    out = ranked(contacts, topics, COSTS)
    assert rows(out["priorities"], "rank", "topic", "leads_by", "customers_with_repeat", "is_low_volume") == [
        (1, "Topic A", "avoidable_cost", 12, False), (2, "Topic B", "avoidable_cost", 3, True),
    ]  # fmt: skip
    first = out["priorities"].iloc[0]
    assert first["avoidable_cost_month_low"] <= first["avoidable_cost_month_mid"] <= first["avoidable_cost_month_high"]
    assert first["p_top_1"] > 0.95
    assert first["repeat_share"] == pytest.approx(0.5, abs=0.05)  # half of the contacts, less what chance might give
    parts = out["priority_components"]
    assert parts.groupby("topic_id")["weight"].sum().round(9).to_dict() == {"A": 1.0, "B": 1.0}
    assert parts.groupby("topic_id")["contribution"].sum().round(6).tolist() == (
        out["priorities"].sort_values("topic_id")["score"].round(6).tolist()
    )


def test_without_money_hours_or_contacts_lead():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "02 09:00")]
    out = ranked(contacts, {"a1": {"A": 1.0}, "a2": {"A": 1.0}})
    assert rows(out["priorities"], "leads_by", "repeats_month_mid") == [
        ("repeat_contacts", pytest.approx(365.25 / 12, rel=0.1))]  # one in a day, at its probability
    timed = [c | {"handle_minutes": 6.0} for c in contacts]
    assert rows(ranked(timed, {"a1": {"A": 1.0}, "a2": {"A": 1.0}})["priorities"], "leads_by") == [("repeat_hours",)]


def test_nobody_came_back():
    out = ranked([contact("a1", "ann", "01 09:00")], {"a1": {"A": 1.0}}, COSTS)["priorities"]
    assert rows(out, "leads_by", "p_top_3") == [("composite_score", None)]


@pytest.mark.parametrize(("repeats", "leads_by"), [(0.049, "composite_score"), (0.051, "avoidable_cost"), (None, "composite_score")])
def test_repeats_that_chance_explains_rank_nothing(repeats, leads_by):
    measures = pd.DataFrame({"repeats_mid": [repeats, None], "cost_mid": [1e-9, None]})
    assert leading_measure(measures, pd.DataFrame({"booked_as": [], "minutes": []})) == leads_by


def test_unknown_time_is_not_zero_hours():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "02 09:00", handle_minutes=6.0),
                contact("b1", "bob", "01 09:00"), contact("b2", "bob", "02 09:00")]  # fmt: skip
    out = ranked(contacts, {"a1": {"A": 1.0}, "a2": {"A": 1.0}, "b1": {"B": 1.0}, "b2": {"B": 1.0}})["priorities"]
    assert set(out["leads_by"]) == {"repeat_contacts"}


def test_small_topics_and_topics_without_repeats_get_no_claim_about_their_rank():
    contacts = [contact(f"a{i}{n}", f"u{i}", f"{10 + n:02d} 09:00") for i in range(12) for n in range(2)]
    contacts += [contact(f"b{i}", f"v{i}", "11 09:00") for i in range(30)] + [contact("s1", "s", "12 09:00"),
                 contact("s2", "s", "13 09:00")]  # fmt: skip
    topics = {c["contact_id"]: {c["contact_id"][0].upper(): 1.0} for c in contacts}
    out = ranked(contacts, topics)["priorities"]
    assert rows(out, "rank", "topic", "p_top_3", "repeat_share") == [
        (1, "Topic A", 1.0, pytest.approx(0.5, abs=0.05)), (2, "Topic S", None, pytest.approx(0.5, abs=0.1)),
        (3, "Topic B", None, 0.0),
    ]  # fmt: skip


def test_a_site_is_found_whatever_its_capitals():
    found = cost_contacts(frames_after_episodes([contact("o", None, "01 09:00", site=" manila")]), context(COSTS))
    assert rows(found.frames["contact_costs"], "cost_group") == [("outsourcer",)]


def test_repeats_of_a_handful_of_customers_have_no_range_of_width_zero():
    contacts = [contact(f"a{n:02d}", "ann", f"{n + 1:02d} 09:00") for n in range(28)]
    (row,) = cost_contacts(frames_after_episodes(contacts), context(COSTS)).frames["topic_costs"].to_dict("records")
    assert row["repeats_raw"] == 27
    for stem in ("repeats_month", "repeat_cost_avoidable_month"):
        assert row[f"{stem}_low"] < row[f"{stem}_mid"] < row[f"{stem}_high"]


def test_every_claimed_rank_lies_in_its_range():
    rng = np.random.default_rng(4)
    contacts = [contact(f"{t}{i}{n}", f"{t}{i}", f"{1 + int(rng.integers(0, 5)) + 6 * n:02d} 09:00")
                for t in "abcdef" for i in range(14) for n in range(1 + (rng.random() < 0.5))]  # fmt: skip
    out = ranked(contacts, {c["contact_id"]: {c["contact_id"][0].upper(): 1.0} for c in contacts}, COSTS)["priorities"]
    claimed = out.dropna(subset=["rank_low"])
    assert len(claimed) >= 4
    assert ((claimed["rank_low"] <= claimed["rank"]) & (claimed["rank"] <= claimed["rank_high"])).all()
