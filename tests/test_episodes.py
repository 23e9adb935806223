"""Repeats, double posts, follow-ups and episodes on stories whose answer is counted by hand."""

import pytest
from story import contact, context, frames, rows

from voc.stages.episodes import find_episodes


def run(contacts, topics, texts=None, **settings):
    return find_episodes(frames(contacts, topics, texts), context(**settings)).frames


# Ann writes about A on the 1st (solved on the 3rd), again on the 9th: 6 days after the solution, a repeat; a third time
# on the 20th: 11 days later, a new episode. Bob writes about A and then B: an any-topic repeat only. Nobody knows who
# wrote on the 2nd and the 3rd: never a repeat. Cy posts twice within the hour, then comes back by chat.
CONTACTS = [
    contact("a1", "ann", "01 09:00", closed_at="03 09:00"),
    contact("a2", "ann", "09 09:00"),
    contact("a3", "ann", "20 09:00"),
    contact("b1", "bob", "05 09:00"),
    contact("b2", "bob", "06 09:00"),
    contact("n1", None, "02 09:00"),
    contact("n2", None, "03 09:00"),
    contact("c1", "cy", "10 09:00"),
    contact("c2", "cy", "10 09:30"),
    contact("c3", "cy", "11 09:30", channel="chat"),
]
TOPICS = {c["contact_id"]: {"A": 1.0} for c in CONTACTS} | {"b2": {"B": 1.0}}
TEXTS = {"c1": "My invoice is wrong!", "c2": "my invoice is  WRONG"}


def test_repeats_by_scope():
    found = run(CONTACTS, TOPICS, TEXTS)["repeats"]
    columns = ("contact_id", "scope", "previous_contact_id", "index_contact_id", "gap_days", "repeat_type", "is_in_window")
    assert rows(found.round({"gap_days": 6}), *columns) == [
        ("a2", "any_topic", "a1", "a1", 6.0, "new_thread_same_channel", True),
        ("a2", "same_topic", "a1", "a1", 6.0, "new_thread_same_channel", True),
        ("a3", "any_topic", "a2", "a2", 11.0, "new_thread_same_channel", False),
        ("a3", "same_topic", "a2", "a2", 11.0, "new_thread_same_channel", False),
        ("b2", "any_topic", "b1", "b1", 1.0, "new_thread_same_channel", True),
        ("c2", "any_topic", "c1", "c1", 0.020833, "duplicate", True),
        ("c2", "same_topic", "c1", "c1", 0.020833, "duplicate", True),
        ("c3", "any_topic", "c2", "c1", 1.0, "channel_switch", True),
        ("c3", "same_topic", "c2", "c1", 1.0, "channel_switch", True),
    ]


def test_episodes_and_places():
    out = run(CONTACTS, TOPICS, TEXTS)
    assert rows(out["episodes"], "episode_id", "customer_id", "contact_count", "duplicate_count") == [
        ("A/a1", "ann", 2, 0), ("A/a3", "ann", 1, 0), ("A/b1", "bob", 1, 0), ("A/c1", "cy", 2, 1),
        ("A/n1", None, 1, 0), ("A/n2", None, 1, 0), ("B/b2", "bob", 1, 0),
    ]  # fmt: skip
    assert rows(out["episode_contacts"], "contact_id", "position", "is_repeat", "is_duplicate") == [
        ("a1", 1, False, False), ("a2", 2, True, False), ("a3", 1, False, False), ("b1", 1, False, False),
        ("b2", 1, False, False), ("c1", 1, False, False), ("c2", 1, False, True), ("c3", 2, True, False),
        ("n1", 1, False, False), ("n2", 1, False, False),
    ]  # fmt: skip


def test_notes_count_what_people_ask():
    notes = find_episodes(frames(CONTACTS, TOPICS, TEXTS), context()).notes
    assert notes == {
        "contacts": 10, "any_topic_repeats": 4, "same_topic_repeats": 3, "double_posts": 1,
        "contacts_without_customer": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("window", "repeats"), [(0.5, []), (1, ["c3"]), (6, ["a2", "c3"]), (11, ["a2", "a3", "c3"])])
def test_the_window_counts_to_its_last_moment(window, repeats):
    out = run(CONTACTS, TOPICS, TEXTS, window_days=window)["episode_contacts"]
    assert sorted(out.loc[out["is_repeat"], "contact_id"]) == repeats


def test_a_contact_while_the_last_is_still_open_has_gap_zero():
    contacts = [contact("a1", "ann", "01 09:00", closed_at="20 09:00"), contact("a2", "ann", "15 09:00")]
    out = run(contacts, {"a1": {"A": 1.0}, "a2": {"A": 1.0}})["repeats"]
    assert rows(out, "scope", "gap_days", "is_in_window") == [("any_topic", 0.0, True), ("same_topic", 0.0, True)]


def test_a_vendor_link_joins_whatever_the_topic_and_is_charged_to_the_first_topic():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "25 09:00", follow_up_of="a1")]
    out = run(contacts, {"a1": {"A": 1.0}, "a2": {"B": 1.0}})
    same = out["repeats"][out["repeats"]["scope"] == "same_topic"]
    assert rows(same, "contact_id", "topic_id", "repeat_type", "match_level", "is_in_window") == [
        ("a2", "A", "follow_up", "vendor_link", True)
    ]
    assert rows(out["episode_contacts"], "contact_id", "topic_id", "labelled_topic_id", "is_repeat") == [
        ("a1", "A", "A", False), ("a2", "A", "B", True),
    ]  # fmt: skip


def test_a_contact_about_two_topics_can_repeat_in_one_of_them():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "02 09:00")]
    out = run(contacts, {"a1": {"A": 0.75, "B": 0.25}, "a2": {"B": 0.5, "C": 0.5}})["episode_contacts"]
    assert rows(out, "contact_id", "topic_id", "share", "is_repeat") == [
        ("a1", "A", 0.75, False), ("a1", "B", 0.25, False), ("a2", "B", 0.5, True), ("a2", "C", 0.5, False),
    ]  # fmt: skip


def test_contacts_without_topic_never_repeat_about_a_topic_but_do_about_any():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "02 09:00")]
    out = run(contacts, {})
    assert rows(out["repeats"], "contact_id", "scope") == [("a2", "any_topic")]
    assert rows(out["episode_contacts"], "contact_id", "part", "topic_id", "is_repeat") == [
        ("a1", "-", None, False), ("a2", "-", None, False),
    ]  # fmt: skip


def test_excluded_contacts_take_no_part():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "02 09:00", why_excluded="merged")]
    out = run(contacts, {"a1": {"A": 1.0}})
    assert len(out["repeats"]) == 0
    assert rows(out["episode_contacts"], "contact_id") == [("a1",)]


def test_an_equal_subject_is_a_double_post_unless_many_use_it():
    contacts = [
        contact("a1", "ann", "01 09:00", subject="Sync stopped after update"),
        contact("a2", "ann", "01 20:00", subject="sync stopped after update"),
        *(contact(f"f{i}", f"user{i}", f"0{i} 09:00", subject="Contact form") for i in range(1, 8)),
        contact("f9", "user1", "01 20:00", subject="Contact form"),
    ]  # fmt: skip
    out = run(contacts, {c["contact_id"]: {"A": 1.0} for c in contacts})["episode_contacts"]
    assert sorted(out.loc[out["is_duplicate"], "contact_id"]) == ["a2"]
    assert sorted(out.loc[out["is_repeat"], "contact_id"]) == ["f9"]


def test_nothing_in_nothing_out():
    out = run([], {})
    assert [len(out[name]) for name in ("episodes", "episode_contacts", "repeats")] == [0, 0, 0]


def test_order_of_rows_does_not_matter():
    mixed = [CONTACTS[i] for i in (7, 2, 9, 0, 4, 1, 8, 3, 6, 5)]
    for name, frame in run(CONTACTS, TOPICS, TEXTS).items():
        assert run(mixed, TOPICS, TEXTS)[name].equals(frame)


def test_a_subject_written_by_the_tool_or_a_reply_is_no_double_post():
    contacts = [
        contact("a1", "ann", "01 09:00", subject="Call with Ann", channel="voice"),
        contact("a2", "ann", "01 12:00", subject="Call with Ann", channel="voice"),
        contact("b1", "bob", "01 09:00", subject="Import stops at row 12"),
        contact("b2", "bob", "01 12:00", subject="Re: Import stops at row 12"),
    ]
    out = run(contacts, {c["contact_id"]: {"A": 1.0} for c in contacts})["episode_contacts"]
    assert sorted(out.loc[out["is_repeat"], "contact_id"]) == ["a2", "b2"]


def test_the_clock_waits_for_the_last_open_contact():
    contacts = [
        contact("a1", "ann", "01 09:00", closed_at="20 09:00"),
        contact("a2", "ann", "02 09:00", closed_at="02 10:00"),
        contact("a3", "ann", "15 09:00"),
    ]
    out = run(contacts, {c["contact_id"]: {"A": 1.0} for c in contacts})["repeats"]
    assert rows(out[out["contact_id"] == "a3"], "scope", "gap_days", "is_in_window") == [
        ("any_topic", 0.0, True), ("same_topic", 0.0, True),
    ]  # fmt: skip


def test_a_link_to_the_middle_of_an_episode_or_to_a_closed_one_joins():
    contacts = [
        contact("a1", "ann", "01 09:00"), contact("a2", "ann", "03 09:00"), contact("a3", "ann", "15 09:00"),
        contact("a4", "ann", "29 09:00", follow_up_of="a2"),
    ]  # fmt: skip
    out = run(contacts, {c["contact_id"]: {"A": 1.0} for c in contacts})
    same = out["repeats"][(out["repeats"]["scope"] == "same_topic") & (out["repeats"]["contact_id"] == "a4")]
    assert rows(same, "index_contact_id", "repeat_type", "is_in_window") == [("a1", "follow_up", True)]
    assert rows(out["episodes"], "episode_id", "contact_count") == [("A/a1", 3), ("A/a3", 1)]


def test_a_linked_contact_gives_its_topic_to_one_without():
    contacts = [contact("a1", "ann", "01 09:00"), contact("a2", "ann", "25 09:00", follow_up_of="a1")]
    out = run(contacts, {"a2": {"A": 1.0}})["episode_contacts"]
    assert rows(out, "contact_id", "topic_id", "labelled_topic_id", "is_repeat") == [
        ("a1", "A", None, False), ("a2", "A", "A", True),
    ]  # fmt: skip


def test_equal_words_decide_before_an_equal_subject():
    contacts = [
        contact("a1", "ann", "01 09:00", subject="Sync stopped"), contact("a2", "ann", "01 10:00", subject="Other thing"),
        contact("a3", "ann", "01 11:00", subject="Sync stopped"),
    ]  # fmt: skip
    texts = {"a1": "one", "a2": "two words", "a3": "two words"}
    out = run(contacts, {"a1": {"A": 1.0}, "a2": {"B": 1.0}, "a3": {"C": 1.0}}, texts)["episode_contacts"]
    assert rows(out[out["contact_id"] == "a3"], "topic_id", "labelled_topic_id", "is_duplicate") == [("B", "C", True)]
