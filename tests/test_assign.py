"""Assigning: new texts join their neighbours' topics, known ones stay, and drift is said when there is some, not else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from voc.stats import wilson
from voc.topics.assign import Agreement, Drift, agreement, born, drift, held_out_agreement, spread, undivided
from voc.topics.graph import fuzzy_graph, nearest


def graph_of(n, edges):
    """Symmetric graph of n texts from (text, text, weight)."""
    built = np.zeros((n, n))
    for one, other, weight in edges:
        built[one, other] = built[other, one] = weight
    return sparse.csr_matrix(built)


def cloud(sizes, *, seed=0, spread=0.5):
    """Unit vectors around one centre a topic, and the topic of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), 24))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rows = centres[labels] + spread * rng.normal(size=(len(labels), 24))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels


def neighbours(rows):
    positions, similarities = nearest(rows, count=15)
    return fuzzy_graph(positions, similarities, np.ones(len(rows))), positions, similarities


# ---------------------------------------------------------------- spread


def test_a_new_text_takes_the_topic_with_most_weight():
    graph = graph_of(4, [(0, 3, 0.4), (1, 3, 0.3), (2, 3, 0.3)])
    labels, confidence = spread(graph, np.array([0, 1, 1, -1]))
    assert labels.tolist() == [0, 1, 1, 1]
    assert confidence.tolist() == pytest.approx([0.0, 1.0, 1.0, 0.6])


def test_topics_spread_outward_over_new_texts():
    graph = graph_of(5, [(0, 1, 0.5), (1, 2, 0.5), (2, 3, 0.5)])
    labels, confidence = spread(graph, np.array([7, -1, -1, -1, -1]))
    assert labels.tolist() == [7, 7, 7, 7, -1]
    assert confidence.tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_a_text_looks_again_when_its_new_neighbours_have_a_topic():
    # 4 is next to topic 0 by a thread, but its new neighbours turn out to be of topic 1
    graph = graph_of(5, [(0, 4, 0.1), (1, 2, 0.9), (1, 3, 0.9), (2, 4, 0.8), (3, 4, 0.8)])
    assert spread(graph, np.array([0, 1, -1, -1, -1]))[0].tolist() == [0, 1, 1, 1, 1]


def test_ties_go_to_the_smaller_number():
    graph = graph_of(3, [(0, 2, 0.3), (1, 2, 0.3)])
    assert spread(graph, np.array([5, 4, -1]))[0].tolist() == [5, 4, 4]


def test_texts_that_would_alternate_for_ever_come_to_a_stop():
    graph = graph_of(4, [(0, 2, 0.1), (1, 3, 0.1), (2, 3, 0.9)])
    labels, _ = spread(graph, np.array([0, 1, -1, -1]))
    assert labels.tolist() == [0, 1, 0, 1]


def test_nothing_known_or_nothing_new_changes_nothing():
    graph = graph_of(3, [(0, 1, 0.5)])
    assert spread(graph, np.array([-1, -1, -1]))[0].tolist() == [-1, -1, -1]
    assert spread(graph, np.array([2, 0, 1]))[0].tolist() == [2, 0, 1]
    assert spread(sparse.csr_matrix((0, 0)), np.array([], dtype=int))[0].tolist() == []


@st.composite
def part_labelled(draw):
    n = draw(st.integers(1, 14))
    places = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(places, places, st.integers(1, 10).map(lambda w: w / 10)), max_size=30))
    labels = draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n))
    return graph_of(n, [e for e in edges if e[0] != e[1]]), np.array(labels)


@settings(deadline=None)
@given(part_labelled())
def test_known_texts_stay_and_only_reachable_ones_get_a_topic(given_graph):
    graph, labels = given_graph
    found, confidence = spread(graph, labels)
    _, part = sparse.csgraph.connected_components(graph, directed=False)
    reachable = set(part[labels >= 0])
    assert (found[labels >= 0] == labels[labels >= 0]).all()
    assert ((found >= 0) == [p in reachable for p in part]).all()
    assert ((confidence >= 0) & (confidence <= 1 + 1e-9)).all() and (confidence[found < 0] == 0).all()
    assert {*found} <= {*labels, -1}
    again = spread(graph, labels)
    assert again[0].tolist() == found.tolist() and again[1].tolist() == confidence.tolist()


def test_held_out_texts_of_clear_topics_come_home():
    rows, truth = cloud([60, 40, 30, 20])
    graph, _, _ = neighbours(rows)
    hidden = np.arange(len(rows)) % 5 == 0
    assert spread(graph, np.where(hidden, -1, truth))[0].tolist() == truth.tolist()


# ---------------------------------------------------------------- agreement


def test_agreement_has_a_range():
    assert agreement(list("aabb"), list("aabc")) == Agreement(0.75, *wilson(3, 4), 4)
    assert agreement([], []) == Agreement(None, 0.0, 1.0, 0)


def test_hidden_texts_are_put_where_the_fit_put_them():
    rows, truth = cloud([60, 40, 30, 20])
    graph, _, _ = neighbours(rows)
    found = held_out_agreement(graph, truth)
    assert (found.share, found.n) == (1.0, 150)
    wrong = truth.copy()
    wrong[:15] = 3  # a fit that put a tenth elsewhere cannot be repeated there
    assert held_out_agreement(graph, wrong).share == pytest.approx(135 / 150, abs=0.03)
    unsure = np.where(np.arange(150) % 3 == 0, -1, truth)
    assert held_out_agreement(graph, unsure).n == 100
    assert held_out_agreement(graph, np.full(150, -1)) == Agreement(None, 0.0, 1.0, 0)


# ---------------------------------------------------------------- drift


def test_texts_like_the_known_ones_ask_for_nothing():
    rows, _ = cloud([80, 60, 60, 40, 40, 30])
    graph, positions, similarities = neighbours(rows)
    is_new = np.random.default_rng(1).random(len(rows)) < 0.1
    found = drift(graph, positions, similarities, is_new, fitted_count=int((~is_new).sum()))
    new = int(is_new.sum())
    assert found == Drift(
        new_count=new, new_share=new / (310 - new), gone_share=0.0, novel_share=found.novel_share, knot=found.knot,
        is_refit_due=False, why=f"{new} passages are new and fit in, the topics were fitted on {310 - new}.",
    )  # fmt: skip
    assert found.novel_share < 0.2


def test_no_new_text_asks_for_nothing():
    rows, _ = cloud([30, 30])
    found = drift(*neighbours(rows), np.zeros(60, dtype=bool), fitted_count=60)
    assert found == Drift(new_count=0, new_share=0.0, gone_share=0.0, novel_share=None, knot=0, is_refit_due=False,
                          why="No passage is new.")  # fmt: skip


def test_a_topic_that_is_born_asks_for_a_refit():
    rows, labels = cloud([80, 60, 60, 40, 40, 12])
    graph, positions, similarities = neighbours(rows)
    is_new = (np.random.default_rng(1).random(len(rows)) < 0.08) | (labels == 5)
    found = drift(graph, positions, similarities, is_new, fitted_count=int((~is_new).sum()))
    assert (found.is_refit_due, found.knot) == (True, 12)
    assert found.why == ("12 passages are new and resemble each other more than anything known; "
                         "38% of the new passages are unlike any known one, expected 5%.")


def test_a_single_text_unlike_all_others_does_not_ask_for_a_refit():
    rows, labels = cloud([80, 60, 60, 40, 1])
    found = drift(*neighbours(rows), labels == 4, fitted_count=240)
    assert (found.is_refit_due, found.novel_share) == (False, 1.0)


def test_too_many_new_texts_ask_for_a_refit():
    rows, _ = cloud([80, 60, 60])
    is_new = np.arange(200) % 4 == 0
    found = drift(*neighbours(rows), is_new, fitted_count=150)
    assert (found.is_refit_due, found.why) == (True, "50 passages are new since topics were fitted on 150, over 25%.")


def test_texts_that_are_gone_ask_for_a_refit():
    rows, _ = cloud([80, 60, 60])
    found = drift(*neighbours(rows), np.zeros(200, dtype=bool), fitted_count=400)
    assert (found.gone_share, found.why) == (0.5, "50% of the passages the topics were fitted on are gone, over 25%.")


def test_texts_from_another_world_ask_for_a_refit():
    rows, _ = cloud([80, 60, 60])
    far = np.random.default_rng(3).normal(size=(20, 24)).astype(np.float32)
    rows = np.vstack([rows, far / np.linalg.norm(far, axis=1, keepdims=True)])
    found = drift(*neighbours(rows), np.arange(220) >= 200, fitted_count=200)
    assert found.why.endswith("100% of the new passages are unlike any known one, expected 5%.")


def test_drift_is_the_same_every_time():
    rows, labels = cloud([80, 60, 60, 40, 40, 8])
    given_graph = neighbours(rows)
    is_new = (np.random.default_rng(1).random(len(rows)) < 0.08) | (labels == 5)
    assert drift(*given_graph, is_new, fitted_count=250) == drift(*given_graph, is_new, fitted_count=250)


# ---------------------------------------------------------------- births a partition does not resolve


def swallowed(small=12):
    """A graph of five topics and a small one, what each text's topic is, and groups in which the small one is in the first."""
    rows, labels = cloud([80, 60, 60, 40, 40, small])
    return neighbours(rows)[0], labels, np.where(labels == 5, 0, labels)


def test_a_knot_of_new_texts_inside_a_larger_group_gets_its_own():
    graph, labels, groups = swallowed()
    is_new = (np.random.default_rng(1).random(len(labels)) < 0.08) | (labels == 5)
    assert born(graph, groups, is_new).tolist() == labels.tolist()


def test_known_texts_like_each_other_are_no_birth():
    graph, labels, groups = swallowed()
    assert born(graph, groups, np.random.default_rng(1).random(len(labels)) < 0.08).tolist() == groups.tolist()


def test_a_knot_that_leads_its_group_is_left_as_it_is():
    graph, labels, _ = swallowed()
    assert born(graph, labels, labels == 5).tolist() == labels.tolist()


def test_fewer_than_four_texts_are_no_birth():
    graph, labels, groups = swallowed(small=3)
    assert born(graph, groups, labels == 5).tolist() == groups.tolist()


def test_new_texts_follow_the_birth_they_belong_to():
    """Text 9 is new, of the knot's group, and tied to it as to known texts: less than most of its weight is to new ones."""
    knot = [(one, other, 1.0) for one in range(5, 9) for other in range(5, one)]
    known = [(one, other, 1.0) for one in range(5) for other in range(one)]
    graph = graph_of(21, [*knot, *known, (8, 4, 0.1), (9, 8, 0.5), (9, 12, 0.6), *((n, n + 1, 1.0) for n in range(10, 20))])
    groups = np.where(np.arange(21) < 10, 0, 1)
    is_new = np.isin(np.arange(21), [5, 6, 7, 8, 9])
    assert born(graph, groups, is_new).tolist() == [0] * 5 + [2] * 5 + [1] * 11


@given(st.integers(0, 50), st.floats(0.02, 0.5))
@settings(max_examples=20, deadline=None)
def test_only_new_texts_move_to_a_birth_and_none_to_a_known_group(seed, share):
    graph, labels, groups = swallowed()
    is_new = np.random.default_rng(seed).random(len(labels)) < share
    found = born(graph, groups, is_new, seed=seed)
    moved = found != groups
    assert not (moved & ~is_new).any() and (found[moved] > groups.max()).all()


def test_a_small_topic_is_not_lost_to_a_larger_one_without_new_texts():
    graph, labels, groups = swallowed()
    assert undivided(graph, groups, labels).tolist() == labels.tolist()


def test_new_texts_of_a_small_topic_stay_with_it():
    graph, labels, groups = swallowed()
    before = labels.copy()
    before[np.flatnonzero(labels == 5)[:4]] = -1
    assert undivided(graph, groups, before).tolist() == labels.tolist()


def test_topics_joined_by_many_new_texts_stay_joined():
    graph, labels, groups = swallowed()
    before = np.where((labels == 0) & (np.arange(len(labels)) % 2 == 0), -1, labels)
    assert undivided(graph, groups, before).tolist() == groups.tolist()


def test_topics_of_the_usual_size_may_join():
    graph, labels, _ = swallowed()
    groups = np.where(labels == 3, 4, labels)
    groups[groups == 5] = 3
    assert undivided(graph, groups, labels).tolist() == groups.tolist()


def test_a_topic_whose_texts_neighbour_others_is_not_given_back():
    graph, labels, groups = swallowed()
    before = labels.copy()
    before[np.flatnonzero(labels == 0)[:12]] = 5  # a part of a large topic, not one by itself
    before[labels == 5] = 0
    assert undivided(graph, groups, before).tolist() == groups.tolist()
