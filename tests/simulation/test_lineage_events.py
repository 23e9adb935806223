"""Are injected births, merges, splits and deaths of topics named rightly, and are the other topics left in peace?

A few worlds by default; `make simulate` runs 100 of each kind.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from voc.topics.lineage import events, inherit

sys.path.insert(0, str(Path(__file__).parent))
from topic_worlds import World, world  # noqa: E402


def judged(found: World, *, has_similarity: bool = False) -> Counter:
    """How many topics each kind of event befell, and (kind, "right") of how many it was said."""
    similarity = {(old, new): 0.9 for new, olds in found.became.items() for old in olds} if has_similarity else None
    ids = {group: old or f"new {group}" for group, old in inherit(found.before, found.after, similarity=similarity).items()}
    told = {e.topic_id: e for e in events(found.before, {key: ids[group] for key, group in found.after.items()})}
    counts, touched = Counter(), set()

    def judge(kind: str, is_right: bool, *topics: str | None) -> None:
        counts[kind] += 1
        counts[kind, "right"] += is_right
        touched.update(topics)

    for pair in found.merged:
        group = next((g for g, olds in found.became.items() if set(olds) == set(pair)), None)
        lasting = ids.get(group)
        absorbed = told[pair[0] if lasting == pair[1] else pair[1]]
        is_right = lasting in pair and absorbed.event == "merged" and absorbed.into_topic_ids == (lasting,)
        judge("merged", is_right and absorbed.topic_id in told[lasting].from_topic_ids, *pair, lasting)
    for old, _ in found.split:
        parts = {ids.get(group) for group, olds in found.became.items() if olds == (old,)}
        others = parts - {old, None}
        is_right = len(parts) == 2 and old in parts and len(others) == 1 and told[old].event == "split"
        is_right = is_right and all(told[o].event == "split" and told[o].from_topic_ids == (old,) for o in others)
        judge("split", is_right, old, *parts)
    for old in found.dead:
        judge("retired", told[old].event == "retired", old)
    for group in found.born:
        judge("new", group in ids and told[ids[group]].event == "new", ids.get(group))
    for topic_id, event in told.items():
        if topic_id not in touched:
            is_quiet = event.event == "continued" and not event.from_topic_ids and not event.into_topic_ids
            counts["quiet"] += 1
            counts["quiet", "right"] += is_quiet
    return counts


def shares(worlds: int, *, seed: int, has_similarity: bool = False, **settings) -> dict[str, float]:
    """Share told rightly by kind; "quiet" are topics nothing was done to."""
    counts = Counter()
    for number in range(worlds):
        counts += judged(world(np.random.default_rng([seed, number]), **settings), has_similarity=has_similarity)
    return {kind: counts[kind, "right"] / counts[kind] for kind in ("merged", "split", "retired", "new", "quiet") if counts[kind]}


def test_events_are_named_in_a_few_worlds():
    assert min(shares(4, seed=1).values()) >= 0.9


def test_nothing_is_said_where_nothing_happened():
    assert shares(4, seed=1, events=0) == {"quiet": 1.0}


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("settings", "least", "least_quiet"),
    [
        ({}, 0.97, 0.995),  # 3 of each event among 60 topics, 10% new texts, 5% gone, 5% wandering
        ({"events": 8}, 0.95, 0.99),  # more than half of the topics touched
        ({"noise": 0.10}, 0.95, 0.99),
        ({"noise": 0.15}, 0.90, 0.99),
        ({"events": 0, "noise": 0.10}, 1.0, 0.995),
        ({"topics": 200, "events": 10}, 0.97, 0.995),
        ({"window": 0.3, "new": 0.3, "has_similarity": True}, 0.85, 0.99),  # a window that moves on by a third
    ],
    ids=str,
)
def test_events_are_named_as_often_as_they_should(settings, least, least_quiet):
    found = shares(int(os.environ.get("VOC_SIMULATIONS", "100")), seed=2, **settings)
    assert found.pop("quiet") >= least_quiet
    assert all(share >= least for share in found.values()), found
