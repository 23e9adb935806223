"""Lineage: ids live on with their texts, every id's fate is told once, and no order or number matters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.topics.lineage import Event, events, inherit, kept_share, new_id


def texts(**groups):
    """texts(a="1-10") -> {"k01": "a", ...}: keys by number, each with the name of its group."""
    found = {}
    for group, ranges in groups.items():
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            found |= {f"k{n:03d}": group for n in range(int(first), int(last or first) + 1)}
    return found


def numbered(found):
    """Groups as numbers, by name: 0 for the first name in the alphabet; "-" is none."""
    names = sorted(set(found.values()) - {"-"})
    return {key: -1 if name == "-" else names.index(name) for key, name in found.items()}


def told(previous, current, **more):
    """Each id's event with where from and where to, in plain values."""
    return {e.topic_id: (e.event, e.from_topic_ids, e.into_topic_ids) for e in events(previous, current, **more)}


# ---------------------------------------------------------------- inherit


def test_ids_go_with_the_texts():
    previous = texts(old1="1-20", old2="21-50", old3="51-60")
    current = numbered(texts(a="21-49,61-64", b="1-20,50", c="51-60,65"))
    assert inherit(previous, current) == {0: "old2", 1: "old1", 2: "old3"}


def test_a_group_of_new_texts_is_a_new_topic():
    assert inherit(texts(old="1-20"), numbered(texts(a="1-20", b="21-40"))) == {0: "old", 1: None}


def test_the_largest_part_of_a_split_keeps_the_id():
    assert inherit(texts(old="1-30"), numbered(texts(a="1-12", b="13-30"))) == {0: None, 1: "old"}


def test_one_of_three_equal_parts_keeps_the_id():
    assert inherit(texts(old="1-30"), numbered(texts(a="1-10", b="11-20", c="21-30"))) == {0: "old", 1: None, 2: None}


def test_merged_topics_keep_the_id_of_the_larger():
    assert inherit(texts(old1="1-12", old2="13-40"), numbered(texts(a="1-40"))) == {0: "old2"}


def test_a_small_part_of_a_topic_that_went_elsewhere_does_not_keep_its_id():
    previous = texts(old1="1-100", old2="101-220")
    current = numbered(texts(a="1-92,101-220", b="93-100"))
    assert inherit(previous, current) == {0: "old2", 1: None}


def test_weights_count_repeated_texts():
    previous, current = texts(old1="1-3", old2="4-6"), numbered(texts(a="1-6"))
    assert inherit(previous, current, weights={"k001": 9}) == {0: "old1"}
    assert inherit(previous, current, weights={"k006": 9}) == {0: "old2"}


def test_texts_without_a_topic_carry_no_id():
    previous = texts(old="1-10") | dict.fromkeys(texts(x="11-20"))
    assert inherit(previous, numbered(texts(a="1-9", b="11-20") | {"k010": "-"})) == {0: "old", 1: None}


def test_a_moving_window_goes_by_similarity():
    previous = texts(old1="1-20", old2="21-40", old3="41-60")
    current = numbered(texts(a="61-80", b="81-100", c="101-120"))
    similarity = {("old1", 1): 0.9, ("old1", 0): 0.85, ("old2", 0): 0.95, ("old3", 2): 0.7}
    assert inherit(previous, current) == {0: None, 1: None, 2: None}
    assert inherit(previous, current, similarity=similarity) == {0: "old2", 1: "old1", 2: None}


def test_common_texts_win_over_similarity():
    previous, current = texts(old1="1-20", old2="21-40"), numbered(texts(a="1-20", b="21-40"))
    assert inherit(previous, current, similarity={("old1", 1): 1.0, ("old2", 0): 1.0}) == {0: "old1", 1: "old2"}


def test_similarity_gives_no_id_to_a_part_of_a_topic_that_lives_on():
    previous, current = texts(old1="1-40", gone="50-60"), numbered(texts(a="1-25", b="26-40"))
    assert inherit(previous, current, similarity={("gone", 1): 0.99}) == {0: "old1", 1: None}


def test_nothing_gives_nothing():
    assert inherit({}, {}) == {}
    assert inherit({}, {"k": 0}) == {0: None}
    assert inherit({"k": "old"}, {}) == {}
    assert events({}, {}) == []


# ---------------------------------------------------------------- new ids


def test_an_id_is_a_hash_of_the_leading_words_in_any_order():
    assert new_id(["card", "lost", "stolen", "bank"], set()) == "t-ff2fd444"
    assert new_id(["stolen", "card", "lost", "other"], set()) == "t-ff2fd444"


def test_an_id_is_never_given_twice():
    words, taken = ["card", "lost", "stolen", "bank"], set()
    for _ in range(6):
        found = new_id(words, taken)
        assert found not in taken
        taken.add(found)
    assert new_id([], set()) != new_id([], {new_id([], set())})


# ---------------------------------------------------------------- events


def test_events_in_full():
    previous = texts(a="1-40", b="41-60", c="61-100", d="101-120", e="121-130")
    current = texts(a="1-60", c="61-85,131-134", f="86-100", g="135-150", e="121-130")
    found = events(
        previous, current,
        names_before={"a": "Login", "b": "Password", "c": "Refund", "d": "Fax", "e": "Export"},
        names_now={"a": "Sign in", "c": "Refund", "f": "Refund late", "g": "App"},
        similarity={("a", "a"): 0.97, ("b", "a"): 0.9, ("c", "c"): 0.95, ("c", "f"): 0.8},
    )  # fmt: skip
    assert found == [
        Event(topic_id="a", event="merged", topic="Sign in", topic_before="Login", from_topic_ids=("b",),
              from_topics=("Password",), similarity=0.97, shared_share=40 / 60, passage_count_before=40,
              passage_count=60),
        Event(topic_id="b", event="merged", topic="Password", topic_before="Password", into_topic_ids=("a",),
              into_topics=("Sign in",), similarity=0.9, shared_share=1.0, passage_count_before=20, passage_count=0),
        Event(topic_id="c", event="split", topic="Refund", topic_before="Refund", into_topic_ids=("f",),
              into_topics=("Refund late",), similarity=0.95, shared_share=25 / 40, passage_count_before=40,
              passage_count=29),
        Event(topic_id="d", event="retired", topic="Fax", topic_before="Fax", passage_count_before=20),
        Event(topic_id="e", event="continued", topic="Export", topic_before="Export", similarity=None,
              shared_share=1.0, passage_count_before=10, passage_count=10),
        Event(topic_id="f", event="split", topic="Refund late", topic_before=None, from_topic_ids=("c",),
              from_topics=("Refund",), similarity=0.8, shared_share=1.0, passage_count=15),
        Event(topic_id="g", event="new", topic="App", topic_before=None, passage_count=16),
    ]  # fmt: skip
    assert found[0].row() == {
        "topic_id": "a", "event": "merged", "topic": "Sign in", "topic_before": "Login", "from_topic_ids": '["b"]',
        "from_topics": '["Password"]', "into_topic_ids": "[]", "into_topics": "[]", "similarity": 0.97,
        "shared_share": 40 / 60, "passage_count_before": 40, "passage_count": 60,
    }  # fmt: skip


def test_a_large_topic_that_took_in_a_small_one_continues():
    previous, current = texts(a="1-200", b="201-208"), texts(a="1-208")
    assert told(previous, current) == {"a": ("continued", ("b",), ()), "b": ("merged", (), ("a",))}


def test_texts_that_scatter_retire_their_topic():
    previous = texts(a="1-30", b="31-60", c="61-90", d="91-102")
    current = texts(a="1-30,91-94", b="31-60,95-98", c="61-90,99-102")
    assert told(previous, current)["d"] == ("retired", (), ())


def test_texts_that_lost_their_topic_retire_it():
    assert told(texts(a="1-30"), dict.fromkeys(texts(a="1-30"))) == {"a": ("retired", (), ())}


def test_stragglers_of_a_topic_that_is_gone_are_no_merger():
    previous, current = texts(a="1-60", b="61-90"), texts(a="1-60,61-63")
    assert told(previous, current) == {"a": ("continued", (), ()), "b": ("retired", (), ())}


def test_a_topic_of_new_texts_with_a_few_old_ones_is_no_split():
    previous, current = texts(a="1-60"), texts(a="1-55", b="56-60,61-90")
    assert told(previous, current) == {"a": ("continued", (), ()), "b": ("new", (), ())}


def test_a_part_that_grew_is_split_from_the_topic_it_came_from():
    """A third of the topic and many new texts: few of the part's texts are known, but the topic lost them to it."""
    previous, current = texts(a="1-60", c="201-900"), texts(a="1-40", b="41-60,61-200", c="201-900")
    assert told(previous, current) == {
        "a": ("split", (), ("b",)), "b": ("split", ("a",), ()),
        "c": ("continued", (), ()),
    }  # fmt: skip


def test_a_few_stray_texts_of_a_small_topic_split_nothing():
    previous, current = texts(a="1-8", c="61-400"), texts(a="1-4", b="5-8,9-60", c="61-400")
    assert told(previous, current) == {
        "a": ("continued", (), ()), "b": ("new", (), ()), "c": ("continued", (), ()),
    }  # fmt: skip


def test_a_topic_that_lost_half_its_texts_and_joined_another_is_merged():
    previous, current = texts(a="1-60", b="61-120", c="121-500"), texts(a="1-30,61-80,501-560", c="121-500")
    assert told(previous, current) == {
        "a": ("merged", ("b",), ()), "b": ("merged", (), ("a",)), "c": ("continued", (), ()),
    }  # fmt: skip


def test_a_birth_that_drew_texts_of_its_neighbour_is_new():
    previous, current = texts(a="1-110", c="201-900"), texts(a="1-85", b="86-110,111-200", c="201-900")
    assert told(previous, current) == {
        "a": ("continued", (), ()), "b": ("new", (), ()), "c": ("continued", (), ()),
    }  # fmt: skip


def test_what_is_left_of_a_topic_that_is_gone_does_not_keep_it_alive():
    previous, current = texts(a="1-100", c="201-900"), texts(b="1-30", c="201-900")
    assert told(previous, current) == {
        "a": ("retired", (), ("b",)), "b": ("split", ("a",), ()), "c": ("continued", (), ()),
    }  # fmt: skip
    assert inherit(previous, numbered(current))[0] is None


def test_a_topic_that_falls_apart_is_split_into_its_parts():
    previous, current = texts(a="1-60"), texts(b="1-14", c="15-27", d="28-39", e="40-50", f="51-60")
    assert told(previous, current) == {
        "a": ("split", (), ("b", "c", "d", "e", "f")), **{part: ("split", ("a",), ()) for part in "bcdef"},
    }  # fmt: skip


def test_an_id_that_gave_way_to_another_continues():
    previous, current = texts(a="1-30", b="31-50"), texts(r="1-30", b="31-50")
    assert told(previous, current) == {
        "a": ("continued", (), ("r",)), "b": ("continued", (), ()), "r": ("continued", ("a",), ()),
    }  # fmt: skip


def test_topics_joined_under_a_new_id_are_merged_into_it():
    previous, current = texts(a="1-30", b="31-50"), texts(r="1-50")
    assert told(previous, current) == {
        "a": ("continued", (), ("r",)), "b": ("merged", (), ("r",)), "r": ("merged", ("a", "b"), ()),
    }  # fmt: skip


def test_many_small_topics_joined_under_a_new_id_are_merged_into_it():
    previous = texts(a="1-10", b="11-20", c="21-30", d="31-40", e="41-50")
    current = texts(r="1-50")
    assert told(previous, current) == {
        **{old: ("merged", (), ("r",)) for old in "abcde"}, "r": ("merged", tuple("abcde"), ()),
    }  # fmt: skip


def test_kept_share_counts_texts_of_topics_that_live_on():
    previous = texts(a="1-10", b="11-20", gone="21-30")
    current = texts(a="1-9", b="10,11-20", new="21-30")
    assert kept_share(previous, current) == 19 / 20
    assert kept_share(previous, current, weights={"k010": 11}) == 19 / 30
    assert kept_share(previous, texts(new="1-30")) is None


# ---------------------------------------------------------------- whatever the topics

KEYS = st.integers(0, 40).map("k{:02d}".format)
IDS = st.sampled_from(["t1", "t2", "t3", "t4", "t5"])
OLD = st.dictionaries(KEYS, IDS | st.none())
GROUPS = st.dictionaries(KEYS, st.integers(-1, 5))
NOW = st.dictionaries(KEYS, st.sampled_from(["t1", "t2", "t3", "n1", "n2", "n3"]) | st.none())
WEIGHTS = st.dictionaries(KEYS, st.integers(1, 5))


def turned(mapping):
    return dict(reversed(mapping.items()))


@settings(deadline=None)
@given(OLD, GROUPS, WEIGHTS, st.dictionaries(st.tuples(IDS, st.integers(0, 5)), st.floats(-1, 1)))
def test_every_group_gets_one_answer_and_no_id_twice(previous, current, weights, similarity):
    found = inherit(previous, current, weights=weights, similarity=similarity)
    given_ids = [i for i in found.values() if i is not None]
    assert sorted(found) == sorted({g for g in current.values() if g >= 0})
    assert len(set(given_ids)) == len(given_ids)
    assert set(given_ids) <= {i for i in previous.values() if i is not None}
    assert inherit(turned(previous), turned(current), weights=turned(weights), similarity=turned(similarity)) == found


@settings(deadline=None)
@given(OLD, GROUPS, st.permutations(range(6)))
def test_numbers_of_groups_do_not_matter(previous, current, order):
    other = {key: order[g] if g >= 0 else -1 for key, g in current.items()}
    found = inherit(previous, other)
    assert {g: found[order[g]] for g in sorted({g for g in current.values() if g >= 0})} == inherit(previous, current)


@settings(deadline=None)
@given(OLD)
def test_when_nothing_changes_every_id_stays(previous):
    ids = sorted({i for i in previous.values() if i is not None})
    current = {key: -1 if i is None else ids.index(i) for key, i in previous.items()}
    assert inherit(previous, current) == dict(enumerate(ids))
    assert told(previous, previous) == {i: ("continued", (), ()) for i in ids}
    assert [e.shared_share for e in events(previous, previous)] == [1.0] * len(ids)
    assert kept_share(previous, previous) == (1.0 if ids else None)


@settings(deadline=None)
@given(OLD, NOW, WEIGHTS)
def test_every_id_is_told_once_and_stories_agree(previous, current, weights):
    found = events(previous, current, weights=weights)
    before, now = ({i for i in m.values() if i is not None} for m in (previous, current))
    assert [e.topic_id for e in found] == sorted(before | now)
    assert events(turned(previous), turned(current), weights=turned(weights)) == found
    by_id = {e.topic_id: e for e in found}
    for e in found:
        assert e.event not in ("new",) or e.topic_id not in before
        assert e.event != "retired" or e.topic_id not in now
        assert e.shared_share is None or 0 <= e.shared_share <= 1
        assert all(e.topic_id in by_id[other].into_topic_ids for other in e.from_topic_ids)
        assert all(e.topic_id in by_id[other].from_topic_ids for other in e.into_topic_ids)
        assert set(e.from_topic_ids) <= before and set(e.into_topic_ids) <= now


@pytest.mark.parametrize("seed", range(3))
def test_wandering_texts_change_no_id(seed):
    rng = np.random.default_rng(seed)
    old = np.repeat(np.arange(20), rng.integers(8, 60, 20))
    now = old.copy()
    stray = rng.random(len(now)) < 0.08
    now[stray] = rng.permutation(now)[: stray.sum()]
    previous = {f"k{i:04d}": f"t{t}" for i, t in enumerate(old)}
    assert inherit(previous, {f"k{i:04d}": int(t) for i, t in enumerate(now)}) == {t: f"t{t}" for t in range(20)}
    assert {e.event for e in events(previous, {f"k{i:04d}": f"t{t}" for i, t in enumerate(now)})} == {"continued"}
