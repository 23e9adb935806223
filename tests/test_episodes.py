"""Repeats, double posts, follow-ups and episodes on stories whose answer is counted by hand."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story import contact, context, frames, rows

from voc.stages import refits
from voc.stages.episodes import find_episodes


@pytest.fixture(scope="module", autouse=True)
def one_refit():
    """What the stage says of episodes does not hang on how often the mixture is fitted again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refits, "REFITS", 1)
        yield


def run(contacts, topics, texts=None, **changes):
    return find_episodes(frames(contacts, topics, texts), context(**changes)).frames


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
        "contacts_without_customer": 2, "linked_pairs": 0, "linked_pairs_unusable": 1,  # the double post: same words
        "cautions": ["No linked contacts show how often labels agree: repeats that are missed for a wrong label are not "
                     "added."],
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
    first, second = run(CONTACTS, TOPICS, TEXTS), run(mixed, TOPICS, TEXTS)
    assert [name for name in first if not second[name].equals(first[name])] == []


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


# ---------------------------------------------------------------- against a plain implementation


@st.composite
def worlds(draw):
    """Contacts of three people and of nobody, with topics, texts and links at random; times to the half hour."""
    contacts, topics, texts = [], {}, {}
    for number in range(draw(st.integers(0, 12))):
        contact_id = f"c{number:02}"
        at = f"{draw(st.integers(1, 28)):02} {draw(st.integers(0, 3)) * 6:02}:{draw(st.sampled_from(['00', '30']))}"
        row = {
            "channel": draw(st.sampled_from(["email", "voice"])),
            "subject": draw(st.sampled_from([None, "Sync stopped", "sync  stopped!", "Re: Sync stopped", "one"])),
            "closed_at": draw(st.sampled_from([None, "05 12:00", "20 12:00"])),
            "follow_up_of": draw(st.none() | st.integers(0, 13).map(lambda n: f"c{n:02}")),
            "why_excluded": draw(st.sampled_from([None] * 9 + ["merged"])),
        }
        contacts.append(contact(contact_id, draw(st.sampled_from(["ann", "bob", "cy", None])), at, **row))
        names = draw(st.lists(st.sampled_from("ABC"), unique=True, max_size=3))
        if names:
            topics[contact_id] = dict(zip(names, SHARES[len(names)], strict=True))
        texts[contact_id] = draw(st.sampled_from(["one", "two words", "Sync stopped", contact_id, ""]))
    changes = {"window_days": draw(st.sampled_from([0.5, 3, 7, 30])), "duplicate_hours": draw(st.sampled_from([0, 24, 72]))}
    return contacts, topics, texts, changes


SHARES = {1: [1.0], 2: [0.75, 0.25], 3: [0.5, 0.25, 0.25]}


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_the_same_as_one_contact_after_another(world):
    contacts, topics, texts, changes = world
    out = run(contacts, topics, texts, **changes)
    repeats, members = plain(contacts, topics, texts, **changes)
    columns = ("contact_id", "part", "labelled_topic_id", "episode_id", "position", "share", "is_repeat", "is_linked",
               "is_duplicate")  # fmt: skip
    assert rows(out["episode_contacts"].round({"share": 9}), *columns) == members
    columns = ("contact_id", "scope", "part", "customer_id", "previous_contact_id", "index_contact_id", "gap_days",
               "repeat_type", "match_level", "is_in_window")  # fmt: skip
    assert rows(out["repeats"].round({"gap_days": 6}), *columns) == repeats
    parts = out["episode_contacts"]
    assert (parts.loc[~parts["is_repeat"], "repeat_probability"] == 0).all()
    assert (parts.loc[parts["is_linked"], "repeat_probability"] == 1).all()
    episodes = out["episodes"].set_index("episode_id")
    by_episode = parts.groupby("episode_id")
    assert (by_episode["is_duplicate"].sum() == episodes["duplicate_count"]).all()
    assert (by_episode["position"].max() == episodes["contact_count"]).all()


def plain(contacts, topics, texts, *, window_days, duplicate_hours):
    """Repeats and members, sorted, by looking at each contact after all before it."""
    day = {c["contact_id"]: pd.Timestamp(c["opened_at"]).timestamp() / 86400 for c in contacts}
    held = sorted((c for c in contacts if not c["why_excluded"]), key=lambda c: (day[c["contact_id"]], c["contact_id"]))
    end = {c["contact_id"]: max(day[c["contact_id"]], pd.Timestamp(c["closed_at"] or c["opened_at"]).timestamp() / 86400)
           for c in held}  # fmt: skip
    by_id = {c["contact_id"]: c for c in held}
    doubles = plain_doubles(held, day, texts, duplicate_hours / 24)
    parts = {c: {t: (t, s) for t, s in topics.get(c, {"-": 1.0}).items()} for c in by_id}
    for c in by_id:
        move_main_part(parts, c, doubles.get(c) or by_id[c]["follow_up_of"], day)
    repeats, members, last, chains = [], [], {}, []

    def repeat(c, part, before, gap, is_linked, joins, scope):
        kind = "channel_switch" if by_id[c]["channel"] != by_id[before[-1]]["channel"] else "new_thread_same_channel"
        kind = "duplicate" if c in doubles else "follow_up" if is_linked else kind
        level = "vendor_link" if is_linked else scope
        index = before[0] if joins else before[-1]
        repeats.append((c, scope, part, by_id[c]["customer_id"], before[-1], index, round(gap, 6), kind, level, joins))

    for c in by_id:
        who, follows = by_id[c]["customer_id"], by_id[c]["follow_up_of"]
        if who:
            before, until = last.get(who, ([], -1e9))
            gap = max(day[c] - until, 0.0)
            if before and gap <= 30:
                repeat(c, "-", before, gap, follows == before[-1], gap <= window_days, "any_topic")
            last[who] = ([*(before if gap <= window_days else []), c], max(until, end[c]))
        for part, (label, share) in parts[c].items():
            is_known = bool(who) and part != "-"
            linked = [k for k in chains if is_known and k["part"] == part and follows in k["members"]]
            mine = [k for k in chains if is_known and k["part"] == part and who in k["open_for"]]
            chain, is_linked = (linked or mine or [None])[-1], bool(linked)
            gap = max(day[c] - max(end[m] for m in chain["members"]), 0.0) if chain else 99
            joins = chain is not None and (is_linked or gap <= window_days)
            if chain and (gap <= 30 or is_linked):
                repeat(c, part, chain["members"], gap, is_linked, joins, "same_topic")
            if not joins:
                chain = {"part": part, "members": [], "open_for": set()}
                chains.append(chain)
            chain["members"].append(c)
            for other in mine:
                other["open_for"].discard(who)
            chain["open_for"].add(who)
            is_repeat = joins and c not in doubles
            place = max(sum(m not in doubles for m in chain["members"]), 1)
            members.append((c, part, None if label == "-" else label, f"{part}/{chain['members'][0]}", place, round(share, 9),
                            is_repeat, is_repeat and is_linked, c in doubles))  # fmt: skip
    return sorted(repeats), sorted(members)


def plain_doubles(held, day, texts, within) -> dict[str, str]:
    def plain_text(text):
        return " ".join(re.findall(r"\w+", (text or "").lower()))

    def words(c):
        subject = "" if c["channel"] == "voice" or (c["subject"] or "").startswith("Re:") else plain_text(c["subject"])
        return [text for text in (plain_text(texts[c["contact_id"]]), subject) if text]

    found = {}
    for n, c in enumerate(held):
        for text in words(c) if c["customer_id"] else []:
            same = [b["contact_id"] for b in held[:n] if b["customer_id"] == c["customer_id"] and text in words(b)]
            if within and same and day[c["contact_id"]] - day[same[-1]] <= within:
                found.setdefault(c["contact_id"], same[-1])
    return found


def move_main_part(parts, c, parent, day):
    if parent not in parts or day[parent] > day[c] or set(parts[parent]) & set(parts[c]):
        return
    main, target = (max(parts[x], key=lambda t, x=x: (parts[x][t][1], t)) for x in (c, parent))
    if target == "-":
        parts[parent] = {main: ("-", 1.0)}
    else:
        parts[c][target] = parts[c].pop(main)
