"""Label agreement: linked pairs, the table, and repeats of topics whose labels cannot be told apart."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import contact, context, frames, rows

from voc import tables
from voc.stages import refits
from voc.stages.agreement import (
    NO_PAIRS,
    label_agreements,
    linked_pairs,
    main_topics,
    rolled_up,
    shrunk_agreements,
)
from voc.stages.episodes import find_episodes
from voc.topics.pairs import Agreement, pair_agreement

NO_DOUBLES = pd.DataFrame({"one": [], "other": []}, dtype="str")


@pytest.fixture(scope="module", autouse=True)
def one_refit():
    """What the stage says of episodes does not hang on how often the mixture is fitted again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refits, "REFITS", 1)
        yield

# ---------------------------------------------------------------- pairs


def test_agreement_of_pairs_by_hand():
    """Ten pairs: 6 of 8 about login stay, 1 of 2 about refund; an eleventh has no topic.

    Chance: login is .8 of the earlier and .7 of the later contacts, refund .2 and .3: .56 + .06.
    """
    earlier = ["login"] * 8 + ["refund"] * 2 + [None]
    later = ["login"] * 6 + ["refund"] * 2 + ["refund", "login"] + ["login"]
    whole, by_topic = pair_agreement(earlier, later)
    assert (whole.pairs, whole.agreeing, whole.share) == (10, 7, 0.7)
    assert whole.chance == pytest.approx(0.62)
    assert by_topic == {"login": Agreement(8, 6), "refund": Agreement(2, 1)}


def test_wilsons_interval_by_hand():
    """7 of 10 with z = 1.2816: centre (.7 + .08212) / 1.16424, half .23190 / 1.16424 * ..."""
    z = 1.2815515655446004
    centre = (0.7 + z * z / 20) / (1 + z * z / 10)
    half = z / (1 + z * z / 10) * math.sqrt(0.7 * 0.3 / 10 + z * z / 400)
    assert Agreement(10, 7).interval == pytest.approx((centre - half, centre + half))
    assert Agreement(10, 7).interval == pytest.approx((0.4978, 0.8458), abs=5e-4)
    assert (Agreement(0, 0).share, Agreement(0, 0).interval) == (None, (None, None))


def test_no_pairs_say_nothing():
    assert pair_agreement([], []) == (Agreement(0, 0, None), {})


@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", "c", None])] * 2), max_size=30))
def test_agreement_adds_up(pairs):
    whole, by_topic = pair_agreement([a for a, _ in pairs], [b for _, b in pairs])
    assert whole.pairs == sum(a.pairs for a in by_topic.values()) == sum(None not in p for p in pairs)
    assert whole.agreeing == sum(a.agreeing for a in by_topic.values())


def test_linked_pairs_from_follow_ups_merges_and_double_posts():
    contacts = tables.Contact.frame([
        contact("c1", "u", "01 09:00"), contact("c2", "u", "02 09:00", follow_up_of="c1"),
        contact("c3", "u", "03 09:00", follow_up_of="gone"), contact("c4", "u", "04 09:00", merged_into="c5"),
        contact("c5", "u", "05 09:00"), contact("c6", "u", "06 09:00", follow_up_of="c6"),
        contact("c7", "u", "07 09:00"), contact("c8", "u", "07 09:30"),
        contact("d1", "u", "08 09:00", follow_up_of="d2"), contact("d2", "u", "08 08:00"),
    ])  # fmt: skip
    vendor = [("c1", "c2"), ("c4", "c5"), ("d2", "d1")]
    assert list(linked_pairs(contacts).itertuples(index=False, name=None)) == vendor
    doubles = pd.DataFrame({"one": ["c8", "c2"], "other": ["c7", "c1"]})
    assert list(linked_pairs(contacts, doubles).itertuples(index=False, name=None)) == [
        *vendor[:2], ("c7", "c8"), vendor[2],
    ]  # fmt: skip
    assert list(linked_pairs(contacts[:0], NO_DOUBLES).columns) == ["earlier", "later"]


def test_main_topic_of_a_contact():
    row = {"response_id": None, "is_main": True}
    shares = tables.VerbatimTopic.frame([
        row | {"verbatim_id": "v1", "contact_id": "c1", "topic_id": "a", "share": 0.6},
        row | {"verbatim_id": "v1", "contact_id": "c1", "topic_id": "b", "share": 0.4},
        row | {"verbatim_id": "v2", "contact_id": "c1", "topic_id": "b", "share": 0.5},
        row | {"verbatim_id": "v3", "contact_id": "c2", "topic_id": "a", "share": 0.5},
        row | {"verbatim_id": "v3", "contact_id": "c2", "topic_id": "b", "share": 0.5},
        row | {"verbatim_id": "v4", "contact_id": None, "response_id": "r", "topic_id": "a", "share": 1.0},
    ])  # fmt: skip
    assert main_topics(shares) == {"c1": "b", "c2": "b"}


# ---------------------------------------------------------------- the table


def world(pairs: dict[tuple[str, str], int], themes: dict[str, str], more=(), topics=None, texts=None) -> dict:
    """Frames with so many follow-ups from one topic to another, customers of their own, and `more` contacts."""
    contacts, about = list(more), dict(topics or {})
    for (earlier, later), times in pairs.items():
        for i in range(times):
            one, other = f"p{earlier}{later}{i}", f"q{earlier}{later}{i}"
            contacts += [contact(one, one, "01 09:00"), contact(other, one, "02 09:00", follow_up_of=one)]
            about |= {one: {earlier: 1.0}, other: {later: 1.0}}
    found = frames(contacts, about, texts)
    return found | {"topics": found["topics"].assign(theme_id=found["topics"]["topic_id"].map(themes))}


def table(found: pd.DataFrame, seen: float) -> list[tuple]:
    """The finished table, where the mixture sees such a share of repeats on the same topic."""
    found = tables.LabelAgreement.check(found.assign(shrunk=shrunk_agreements(found, seen)))
    return rows(found.round(4), "topic_id", "theme_id", "pairs", "agreeing", "matched", "shrunk", "is_low")


def test_low_topics_of_one_theme_are_matched_by_it():
    """A and B are told apart like a tossed coin would not: 1 of 6 each, high end .42. C is sound, D is low but alone.

    All: 6 + 6 + 10 + 5 = 27 pairs, 1 + 1 + 9 + 0 agree; A and B matched by their theme, 6 + 6 + 9 + 0 = 21 do.
    The mixture sees .7, which counts for 200 pairs: (21 + 140) / 227 = .7093. That counts for 10 pairs of a topic:
    A (6 + 7.093) / 16, C (9 + 7.093) / 20, D 7.093 / 15.
    """
    pairs = {("A", "A"): 1, ("A", "B"): 5, ("B", "B"): 1, ("B", "A"): 5, ("C", "C"): 9, ("C", "A"): 1, ("D", "A"): 5}
    found, notes = label_agreements(world(pairs, {"A": "T", "B": "T", "C": "T", "D": "U"}), NO_DOUBLES)
    assert table(found, 0.7) == [
        ("*", None, 27, 11, 21, 0.7093, True), ("A", "T", 6, 1, 6, 0.8183, True), ("B", "T", 6, 1, 6, 0.8183, True),
        ("C", None, 10, 9, 9, 0.8046, False), ("D", None, 5, 0, 0, 0.4728, True),
    ]  # fmt: skip
    assert rolled_up(found) == {"A": "T", "B": "T"}
    assert notes == {"linked_pairs": 27, "linked_pairs_unusable": 0}


def test_without_pairs_nothing_is_corrected():
    found, notes = label_agreements(world({}, {}, [contact("a1", "ann", "01 09:00")], {"a1": {"A": 1.0}}), NO_DOUBLES)
    assert table(found, 0.5) == [("*", None, 0, 0, 0, 1.0, False), ("A", None, 0, 0, 0, 1.0, False)]
    assert found["agreement"].isna().all() and found["low"].isna().all() and found["chance"].isna().all()
    assert notes == {"linked_pairs": 0, "linked_pairs_unusable": 0, "cautions": [NO_PAIRS]}


def test_pairs_of_the_same_words_or_without_topic_are_left_out():
    more = [
        contact("a1", "ann", "01 09:00"), contact("a2", "ann", "02 09:00", follow_up_of="a1"),
        contact("b1", "bob", "01 09:00"), contact("b2", "bob", "02 09:00", follow_up_of="b1"),
        contact("c1", "cy", "01 09:00"), contact("c2", "cy", "02 09:00", follow_up_of="c1"),
    ]  # fmt: skip
    quoted = "still broken\n\nOn 1 May 2026, Help wrote:\n> we are looking into it"
    texts = {"a1": "Still broken!", "a2": quoted, "b1": "one", "b2": "two"}
    about = {"a1": {"A": 1.0}, "a2": {"A": 1.0}, "b1": {"A": 1.0}, "b2": {"A": 1.0}, "c1": {"A": 1.0}}
    found, notes = label_agreements(world({}, {}, more, about, texts), NO_DOUBLES)
    # four pairs short of five count as matched, and the mixture's share for ten: (1 + 10 x .9 + 4) / 15
    assert table(found, 0.9)[0] == ("*", None, 1, 1, 1, 0.9333, False)
    assert notes == {"linked_pairs": 1, "linked_pairs_unusable": 2}


def test_a_pair_is_matched_by_any_topic_the_two_share():
    """Both speak of B, the earlier one mainly of A; B is 30% of the later one, C the rest. Two hundred pairs are the most
    that the mixture counts for: (40 x .3 + 200 x .6) / 240."""
    more, about = [], {}
    for i in range(40):
        more += [contact(f"x{i}", f"u{i}", "01 09:00"), contact(f"y{i}", f"u{i}", "02 09:00", follow_up_of=f"x{i}")]
        about |= {f"x{i}": {"A": 0.6, "B": 0.4}, f"y{i}": {"B": 0.3, "C": 0.7}}
    found, _ = label_agreements(world({}, {}, more, about), NO_DOUBLES)
    assert table(found, 0.6)[:2] == [("*", None, 40, 0, 12.0, 0.55, True), ("A", None, 40, 0, 12.0, 0.35, True)]


# ---------------------------------------------------------------- repeats of topics matched by their theme

LOW = {("A", "B"): 6, ("B", "A"): 6, ("E", "A"): 6}
THEMES = {"A": "T", "B": "T", "C": "T", "E": "U"}


def found(more, topics, **settings) -> dict:
    out = find_episodes(world(LOW, THEMES, more, topics), context(**settings)).frames
    mine = {c["contact_id"] for c in more}
    return {name: frame[frame["contact_id"].isin(mine)] for name, frame in out.items() if "contact_id" in frame}


def test_topics_of_one_theme_that_are_both_low_repeat_each_other_and_the_first_is_charged():
    more = [
        contact("a1", "ann", "01 09:00"), contact("a2", "ann", "03 09:00"), contact("a3", "ann", "05 09:00"),
        contact("a4", "ann", "06 09:00"), contact("a5", "ann", "20 09:00"),
    ]  # fmt: skip
    about = {"a1": {"A": 1.0}, "a2": {"B": 1.0}, "a3": {"C": 1.0}, "a4": {"A": 1.0}, "a5": {"B": 1.0}}
    out = found(more, about)
    assert rows(out["episode_contacts"], "contact_id", "topic_id", "labelled_topic_id", "episode_id", "is_repeat") == [
        ("a1", "A", "A", "A/a1", False), ("a2", "A", "B", "A/a1", True), ("a3", "C", "C", "C/a3", False),
        ("a4", "A", "A", "A/a1", True), ("a5", "B", "B", "B/a5", False),
    ]  # fmt: skip
    same = out["repeats"][out["repeats"]["scope"] == "same_topic"]
    columns = ("contact_id", "topic_id", "previous_contact_id", "index_contact_id", "match_level", "is_in_window")
    assert rows(same, *columns) == [
        ("a2", "A", "a1", "a1", "same_theme", True), ("a4", "A", "a2", "a1", "same_theme", True),
        ("a5", "B", "a4", "a4", "same_theme", False),
    ]  # fmt: skip
    assert same["repeat_probability"].between(0, 1).all()


def test_a_low_topic_alone_in_its_theme_stays_by_itself():
    more = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "03 09:00"), contact("a3", "ann", "04 09:00")]
    out = found(more, {"a1": {"E": 1.0}, "a2": {"A": 1.0}, "a3": {"C": 1.0}})
    assert rows(out["episode_contacts"], "contact_id", "topic_id", "is_repeat") == [
        ("a1", "E", False), ("a2", "A", False), ("a3", "C", False),
    ]  # fmt: skip


def test_topics_matched_by_one_theme_are_one_part_of_a_contact():
    more = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "03 09:00"), contact("n1", None, "04 09:00")]
    about = {"a1": {"A": 0.25, "B": 0.5, "C": 0.25}, "a2": {"A": 0.6, "B": 0.4}, "n1": {"A": 0.6, "B": 0.4}}
    out = found(more, about)["episode_contacts"].round(6)
    assert rows(out, "contact_id", "topic_id", "labelled_topic_id", "share", "is_repeat") == [
        ("a1", "B", "B", 0.75, False), ("a1", "C", "C", 0.25, False), ("a2", "B", "A", 1.0, True),
        ("n1", "A", "A", 1.0, False),
    ]  # fmt: skip


def test_a_follow_up_into_the_theme_is_charged_to_the_topic_it_continues():
    more = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "25 09:00", follow_up_of="a1"),
            contact("a3", "ann", "27 09:00")]  # fmt: skip
    out = found(more, {"a1": {"B": 1.0}, "a2": {"C": 1.0}, "a3": {"A": 1.0}})
    assert rows(out["episode_contacts"], "contact_id", "topic_id", "labelled_topic_id", "is_repeat", "is_linked") == [
        ("a1", "B", "B", False, False), ("a2", "B", "C", True, True), ("a3", "B", "A", True, False),
    ]  # fmt: skip


def test_topics_matched_by_one_theme_share_its_hazards():
    out = find_episodes(world(LOW, THEMES), context()).frames["repeat_hazards"]
    a, b = (out[out["topic_id"] == t].drop(columns="topic_id").reset_index(drop=True) for t in ("A", "B"))
    pd.testing.assert_frame_equal(a, b)
    assert a["net_repeats"].sum() == pytest.approx(12)  # the linked ones of both
