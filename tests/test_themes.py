"""Themes: topics grouped above the topics, by the taxonomy's areas or by likeness, and named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.phrases import nouns
from voc.topics.themes import OTHER, find_themes, name_themes


def _topics(*angles: float) -> np.ndarray:
    """Centroids in the plane, at these angles in degrees."""
    radians = np.deg2rad(angles)
    return np.column_stack([np.cos(radians), np.sin(radians)])


THREE_GROUPS = _topics(0, 5, 10, 120, 125, 130, 240, 245)
SIZES = [10, 10, 10, 50, 20, 10, 30, 10]


def test_topics_alike_form_a_theme_numbered_by_size():
    assert find_themes(THREE_GROUPS, SIZES, wanted=3) == [2, 2, 2, 0, 0, 0, 1, 1]


def test_areas_are_themes_and_the_rest_is_grouped_beside_them():
    areas = ["Access", None, None, "Billing", None, None, "Access", None]
    assert find_themes(THREE_GROUPS, SIZES, areas=areas, wanted=4) == [1, 3, 3, 0, 2, 2, 1, 3]


@pytest.mark.parametrize(("topics", "themes"), [(0, 0), (1, 1), (2, 1), (3, 1), (8, 4), (20, 6), (50, 10), (300, 12)])
def test_how_many_themes_a_director_gets(topics, themes):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(topics, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert len(set(find_themes(rows, rng.integers(5, 50, topics)))) == themes


def test_topics_that_were_together_stay_together():
    between = _topics(0, 10, 58, 110, 120)
    alone = find_themes(between, [9, 9, 5, 9, 9], wanted=2)
    first, last = find_themes(between, [9, 9, 5, 9, 9], wanted=2, before=["a", "a", "a", "b", "b"]), find_themes(
        between, [9, 9, 5, 9, 9], wanted=2, before=["a", "a", "b", "b", "b"]
    )
    assert (first[2] == first[0], last[2] == last[4]) == (True, True)
    assert len(set(alone)) == 2


@given(st.permutations(range(8)))
@settings(max_examples=30, deadline=None)
def test_themes_do_not_depend_on_the_order_of_topics(order):
    areas = np.array(["Access", None, None, None, None, None, None, "Access"], dtype=object)
    straight = find_themes(THREE_GROUPS, SIZES, areas=list(areas), wanted=4)
    mixed = find_themes(THREE_GROUPS[order], [SIZES[i] for i in order], areas=[areas[i] for i in order], wanted=4)
    assert mixed == [straight[i] for i in order]


NAMES = ["Card has not arrived", "Card payment declined", "Virtual card", "Cannot reset password", "Password forgotten",
         "Transfer pending", "Fee for transfer", "Exchange rate wrong"]  # fmt: skip
PHRASES = [["new cards"], ["card payment"], [], ["password"], ["passcode"], ["transfer"], ["transfers"], ["exchange rates"]]
THEMES = [0, 0, 0, 1, 1, 2, 2, 2]


def test_a_theme_is_named_by_the_nouns_its_topics_share():
    assert name_themes(THEMES, NAMES, PHRASES, [10] * 8) == {
        0: "Cards", 1: "Password", 2: "Transfers and exchange rates"
    }  # fmt: skip


def test_the_area_names_its_theme_and_no_name_is_given_twice():
    areas = [None, None, None, "Access", "Access", None, None, None]
    assert name_themes(THEMES, NAMES, PHRASES, [10] * 8, areas=areas, taken=["cards"]) == {
        0: "Cards and more", 1: "Access", 2: "Transfers and exchange rates"
    }  # fmt: skip


def test_themes_without_a_noun_are_other_topics():
    assert name_themes([0, 1], ["Yes", "No"], [[], []], [2, 1], nouns=lambda phrases: set()) == {
        0: OTHER, 1: f"{OTHER} (2)"
    }  # fmt: skip


def test_nouns_of_phrases():
    assert nouns(["card payment declined", "cannot reset password", "password forgotten"]) == {
        "card", "payment", "password"
    }  # fmt: skip


WORD = st.sampled_from(["card", "refund", "pin", "transfer fee", "late", "PIN", "cards"])


@given(st.lists(st.tuples(st.integers(0, 4), WORD, st.lists(WORD, max_size=2), st.integers(1, 99)), max_size=9))
@settings(max_examples=80, deadline=None)
def test_theme_names_are_unique_and_not_those_of_topics(topics):
    themes, names, phrases, sizes = (list(column) for column in zip(*topics, strict=True)) if topics else ([],) * 4
    named = name_themes(themes, names, phrases, sizes, nouns=lambda given: {w.lower() for p in given for w in p.split()})
    assert set(named) == set(themes)
    lowered = [name.lower() for name in named.values()]
    assert len(set(lowered)) == len(lowered)
    assert not set(lowered) & {name.lower() for name in names}
    assert all(name.strip() and name.isprintable() for name in lowered)
