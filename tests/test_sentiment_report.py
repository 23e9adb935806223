"""The report topic_sentiment: its figures worked out by hand, its ranges, its part of the briefing."""

import numpy as np
import pandas as pd
import pytest
from report_help import FEELINGS, story

from voc.reports import topic_sentiment
from voc.reports.topic_sentiment import EFFORT_MEASURED, MEASURED, RANGE, compute, section
from voc.stats import ranges, speakers
from voc.tables import SENTIMENT_ESTIMATE


def report(frames, run):
    given = {name: frames[name] for name in topic_sentiment.READS}
    return topic_sentiment.TABLE.check(compute(given, run)).set_index("topic_id")


def test_means_counts_and_customers_by_hand():
    frames, run = story()
    found = report(frames, run)
    parts = frames["passage_topics"]["topic_id"]
    # every response of the story is a person of its own: 8 about each topic
    assert dict(found["passages"]) == {
        "*": len(parts), "-": 1, "export": 13, "login": 28, "refund": 24,
    }  # fmt: skip
    people = set(speakers(frames["verbatims"], frames["contacts"], frames["responses"]).values())
    assert dict(found["customers"]) == {"*": len(people), "-": 1, "export": 13, "login": 19, "refund": 19}
    for topic, key in (("login", "login"), ("refund", "refund"), ("export", "export"), ("-", None)):
        assert (found.loc[topic, "negative_share"], found.loc[topic, "effort_share"]) == FEELINGS[key]
    whole = [FEELINGS[None if pd.isna(topic) else topic] for topic in parts]
    means = found.loc["*", ["negative_share", "effort_share"]].tolist()
    assert means == pytest.approx(np.mean(whole, axis=0), abs=1e-6)
    assert found["low_score_share"].isna().all() and found["low_score_share_low"].isna().all()
    assert dict(found["is_low_volume"]) == {"*": False, "-": True, "export": True, "login": False, "refund": False}
    assert set(found["method"]) == {"base_model"} and set(found["passages_not_estimated"]) == {0}


def test_the_range_resamples_customers_not_passages():
    """In one topic all passages of some people are calm, all of the others angry."""
    frames, run = story(copies=2)
    mine = frames["passage_topics"]["topic_id"] == "login"
    chosen = frames["passage_topics"].loc[mine, "passage_id"].tolist()
    by_verbatim = frames["passages"].set_index("passage_id")["verbatim_id"]
    person = by_verbatim.loc[chosen].map(speakers(frames["verbatims"], frames["contacts"], frames["responses"]))
    values = dict(zip(chosen, np.where(person == "c00.0", 0.0, 0.9), strict=True))
    felt = frames["passage_sentiments"]
    told = felt["passage_id"].map(values).fillna(felt["negative_probability"])
    found = report(frames | {"passage_sentiments": felt.assign(negative_probability=told)}, run).loc["login"]
    told = pd.DataFrame({"who": person.to_numpy(), "value": list(values.values())})
    sums = told.groupby("who")["value"].agg(["sum", "size"])
    rng, drawn = np.random.default_rng(9), []
    for _ in range(4000):
        again = sums.iloc[rng.integers(0, len(sums), len(sums))]
        drawn.append(again["sum"].sum() / again["size"].sum())
    low, high = (float(end[0]) for end in ranges(np.array(drawn)[:, None]))
    assert found["negative_share_low"] == pytest.approx(low, abs=0.02)
    assert found["negative_share_high"] == pytest.approx(high, abs=0.02)
    assert found["negative_share_low"] < found["negative_share"] < found["negative_share_high"]


def test_few_customers_widen_the_range():
    frames, run = story()
    only = frames["passage_topics"].assign(topic_id=frames["passage_topics"]["topic_id"].where(
        frames["passage_topics"].index < 5, "refund"))  # fmt: skip
    found = report(frames | {"passage_topics": only}, run)
    small = found[(found["customers"] < 10) & (found["negative_share"] > 0.1)].iloc[0]
    assert small["negative_share_low"] < small["negative_share"] - 0.1
    assert small["is_low_volume"]


def test_passages_that_were_not_estimated_are_counted_and_left_out():
    frames, run = story()
    felt = frames["passage_sentiments"].copy()
    is_first = felt["passage_id"] == frames["passage_topics"].query("topic_id == 'login'")["passage_id"].iloc[0]
    felt.loc[is_first, ["negative_probability", "effort_probability"]] = np.nan
    felt.loc[is_first, "method"] = "not_estimated"
    found = report(frames | {"passage_sentiments": felt}, run).loc["login"]
    assert (found["passages"], found["passages_not_estimated"], found["negative_share"]) == (27, 1, 0.8)
    felt["method"], felt["negative_probability"], felt["effort_probability"] = "not_estimated", np.nan, np.nan
    whole = report(frames | {"passage_sentiments": felt}, run)
    assert whole["negative_share"].isna().all() and set(whole["method"]) == {"not_estimated"}
    assert section(whole.reset_index(), run) is None


def test_own_scores_are_shown_where_they_are_there():
    frames, run = story()
    felt = frames["passage_sentiments"].assign(low_score_probability=0.3)
    found = report(frames | {"passage_sentiments": felt}, run).loc["login"]
    assert found[["low_score_share_low", "low_score_share", "low_score_share_high"]].tolist() == [0.3, 0.3, 0.3]


def test_the_briefing_names_the_topics_with_the_most_effort():
    frames, run = story()
    found = section(report(frames, run).reset_index(), run)
    assert found.title == "Where customers tell of effort"
    assert found.headers == (
        "Topic", "Tells of effort (80% range)", "Dissatisfied (80% range)", "Passages", "Customers",
    )  # fmt: skip
    assert found.rows == (
        ("password reset link", "70% (70%)", "80% (80%)", "28", "19"),
        ("refund not arrived", "40% (40%)", "60% (60%)", "24", "19"),
    )
    assert found.paragraphs == (
        "Effort is repeated contacts, waits, being passed around, many steps. Over all 66 passages 46% tell of it and "
        "60% voice dissatisfaction. Left out for too few texts: 1 topic.",
    )
    assert found.cautions == (SENTIMENT_ESTIMATE, RANGE, MEASURED["base_model"], EFFORT_MEASURED)


def test_speakers_fall_back_to_what_they_said():
    verbatims = pd.DataFrame({
        "verbatim_id": ["v1", "v2", "v3", "v4", "v5"], "contact_id": ["k1", "k2", None, None, None],
        "response_id": [None, None, "r1", "r2", None],
    })  # fmt: skip
    contacts = pd.DataFrame({"contact_id": ["k1", "k2"], "customer_id": ["ann", None]})
    responses = pd.DataFrame({"response_id": ["r1", "r2"], "customer_id": ["bob", None]})
    assert speakers(verbatims, contacts, responses) == {
        "v1": "ann", "v2": "contact k2", "v3": "bob", "v4": "response r2", "v5": "verbatim v5",
    }  # fmt: skip
