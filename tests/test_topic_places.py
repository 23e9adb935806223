"""The report of where a topic's contacts come in: counted by hand."""

from types import SimpleNamespace

import pandas as pd

from voc import tables
from voc.reports import topic_places

NAMES = ["topic_id", "dimension", "value", "topic", "contacts", "identified_contacts", "repeats_raw", "repeat_share", "customers",
         "handle_minutes_mean"]  # fmt: skip


def frames(contacts: list[tuple], parts: list[tuple]) -> dict[str, pd.DataFrame]:
    made = pd.DataFrame(contacts, columns=["contact_id", "customer_id", "channel", "site", "segment", "handle_minutes"])
    about = pd.DataFrame(parts, columns=["contact_id", "topic_id", "is_repeat"])
    return {
        "contacts": made,
        "episode_contacts": about,
        "topics": pd.DataFrame({"topic_id": ["t1", "t2"], "name": ["one", "two"]}),
    }


def compute(given: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return topic_places.compute(given, SimpleNamespace(run_id="r"))


def test_counts_by_channel_site_and_segment():
    contacts = [
        ("a", "c1", "chat", None, "small", 10.0),
        ("b", "c1", "chat", None, "small", 20.0),
        ("c", None, "email", None, None, None),
    ]
    found = compute(frames(contacts, [("a", "t1", False), ("b", "t1", True), ("c", "t1", False), ("c", None, False)]))
    assert found[NAMES].astype(object).where(found[NAMES].notna(), None).values.tolist() == [
        ["t1", "channel", "chat", "one", 2, 2, 1, 0.5, 1, 15.0],
        ["t1", "channel", "email", "one", 1, 0, 0, None, 0, None],
        ["t1", "segment", "not stated", "one", 1, 0, 0, None, 0, None],
        ["t1", "segment", "small", "one", 2, 2, 1, 0.5, 1, 15.0],
        ["t1", "site", "not stated", "one", 3, 2, 1, 0.5, 1, 15.0],
    ]


def test_nothing_gives_an_empty_table():
    assert compute(frames([], [])).equals(topic_places.TABLE.empty())
    assert topic_places.section(topic_places.TABLE.empty(), SimpleNamespace(run_id="r")) is None
    assert tables.RAW_COUNTS in topic_places.TABLE.description
