"""Repeats of a real service desk and of a real forum: raw, net and by window, against a count of their own."""

import numpy as np
import pandas as pd
import pytest
from story import context

from voc import tables
from voc.reports import repeat_rates
from voc.stages.cost import cost_contacts
from voc.stages.episodes import find_episodes

WINDOWS = (1.0, 3.0, 7.0, 14.0, 30.0)


def frames_of(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """`rows` with id, customer, topic and at (UTC) as the tables the stages read; every text differs from all others."""
    n = len(rows)
    at = rows["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    contacts = pd.DataFrame({c.name: pd.Series([None] * n, dtype="object") for c in tables.Contact.columns}).assign(
        contact_id=rows["id"].to_numpy(), source="s", customer_id=rows["customer"].to_numpy(), identifiers="[]",
        channel="phone", opened_at=at.to_numpy(), tags="[]", made_by="thread", is_planned=False, is_bot_only=False, file_name="f", line=1,
    )  # fmt: skip
    verbatims = pd.DataFrame({
        "verbatim_id": rows["id"], "source": "s", "kind": "contact", "contact_id": rows["id"], "response_id": None,
        "said_at": at, "question": None, "text": rows["id"], "redaction_count": 0,
    })  # fmt: skip
    named = rows.dropna(subset=["topic"])
    labels = pd.DataFrame({
        "verbatim_id": named["id"], "topic_id": named["topic"], "contact_id": named["id"], "response_id": None, "share": 1.0,
        "is_main": True, "confidence": None,
    })  # fmt: skip
    topics = tables.Topic.frame(
        {"topic_id": t, "name": t, "words": t, "passage_count": 1, "contact_count": 1, "response_count": 0, "confidence": 1.0,
         "named_by": "words", "theme_id": None, "cluster_count": 1, "is_pinned": False}
        for t in sorted(named["topic"].unique())
    )  # fmt: skip
    return {
        "contacts": tables.Contact.check(contacts), "verbatims": tables.Verbatim.check(verbatims.reset_index(drop=True)),
        "verbatim_topics": tables.VerbatimTopic.check(labels.reset_index(drop=True)), "topics": topics,
        "topic_reasons": tables.TopicReason.empty(),
    }  # fmt: skip


def counted(rows: pd.DataFrame, by: list[str], window: float) -> int:
    """Contacts within the window after the one before of the same customer (and topic), the plain way."""
    last, found = {}, 0
    for row in rows.sort_values(["at", "id"]).itertuples():
        key = tuple(getattr(row, name) for name in by)
        if any(not isinstance(part, str) for part in key):
            continue
        found += key in last and (row.at - last[key]).total_seconds() <= window * 86400
        last[key] = row.at
    return found


def told(rows: pd.DataFrame) -> dict:
    """The stages' tables for these contacts."""
    run = context(resamples=100, duplicate_hours=0)
    frames = frames_of(rows)
    for stage in (find_episodes, cost_contacts):
        frames |= stage(frames, run).frames
    frames["rates"] = repeat_rates.compute({name: frames[name] for name in repeat_rates.READS}, run)
    return frames


def raw_and_net(frames: dict) -> tuple[int, float, float, float]:
    """(contacts, raw, net, bound) over all topics."""
    lines = frames["ledger_lines"]
    raw = int((lines["booked_as"] == "repeat").sum())
    return len(lines), raw, float(lines["repeat_weight"].sum()), float(lines["repeat_weight_bound"].sum())


@pytest.fixture
def desk(real_data) -> pd.DataFrame:
    found = pd.read_csv(real_data("it-service-desk-incidents") / "incidents.csv.gz", dtype=str)
    topic = found["category"] + " / " + found["subcategory"]
    return pd.DataFrame({"id": found["number"], "customer": found["caller_id"], "topic": topic,
                         "at": pd.to_datetime(found["opened_at"], utc=True)})  # fmt: skip


def test_a_service_desk_by_every_window(desk):
    found = told(desk)
    rates = found["rates"].set_index(["scope", "topic_id", "window_days"])["repeats_raw"]
    for scope, by in (("any_topic", ["customer"]), ("same_topic", ["customer", "topic"])):
        assert [rates[scope, "*", w] for w in WINDOWS] == [counted(desk, by, w) for w in WINDOWS]
    assert rates["any_topic", "*", 7.0] == 10_381
    n, raw, net, bound = raw_and_net(found)
    assert n == 20_769
    assert net < raw and bound < raw
    # most of the desk's same-reason repeats come from callers, some of them shared desks, who call all the time
    assert 0.15 < net / raw < 0.6


def test_without_the_busiest_callers_less_is_coincidence(desk):
    busiest = desk["customer"].value_counts().index[:20]
    _, raw, net, _ = raw_and_net(told(desk))
    _, raw_without, net_without, _ = raw_and_net(told(desk[~desk["customer"].isin(busiest)].reset_index(drop=True)))
    assert raw_without < 0.75 * raw  # 7 % of the contacts, more than a quarter of the raw repeats
    assert net_without / raw_without > net / raw
    assert abs(net_without - net) < 0.1 * net  # what goes with them was coincidence


def test_a_forum_by_every_window(real_data):
    found = pd.read_csv(real_data("firefox-support-2023") / "questions-2023.csv.gz", dtype=str).head(6_000)
    at = pd.to_datetime(found["created"], format="%Y-%m-%d %H:%M:%S %z", utc=True)
    rows = pd.DataFrame({"id": found["id"], "customer": found["creator"], "topic": found["topic"], "at": at})
    rates = told(rows)["rates"].set_index(["scope", "topic_id", "window_days"])
    for scope, by in (("any_topic", ["customer"]), ("same_topic", ["customer", "topic"])):
        assert [rates.loc[(scope, "*", w), "repeats_raw"] for w in WINDOWS] == [counted(rows, by, w) for w in WINDOWS]
    net = rates.loc[("same_topic", "*", 7.0), "repeats_net"]
    raw = rates.loc[("same_topic", "*", 7.0), "repeats_raw"]
    assert 0.5 * raw < net <= raw  # hardly anybody writes often, so most are no coincidence
    assert np.isfinite(net)
