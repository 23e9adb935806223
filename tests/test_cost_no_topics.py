"""Costs where no contact has a topic: the row of those without one is there, and pandas has nothing to warn of."""

import warnings

import pytest
from story import contact, context, frames

from voc import tables
from voc.stages.cost import cost_contacts
from voc.stages.episodes import find_episodes

CONTACTS = [contact("a", "u1", "01 09:00"), contact("b", "u1", "02 09:00"), contact("c", "u2", "03 09:00")]


@pytest.mark.parametrize("topics", [{}, {"a": {"t1": 1.0}}])
def test_the_row_of_no_topic_is_named(topics):
    known = frames(CONTACTS, topics)
    if not topics:
        known["topics"] = tables.Topic.empty()
    run = context()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        known |= find_episodes(known, run).frames
        found = cost_contacts(known, run).frames
    names = known["topics"].set_index("topic_id")["name"].to_dict()
    for table in ("topic_costs", "cost_ledger"):
        seen = dict(zip(found[table]["topic_id"], found[table]["topic"], strict=True))
        assert seen == {"-": "(no topic)", **names}, table
    assert set(names) == {topic for shares in topics.values() for topic in shares}
