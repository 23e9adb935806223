"""From messages to contacts: known sessions come back as the contacts they are, whatever order files are read in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config import ContactRules
from voc.records import ContactRecord, DetailRecord, Message, MessageRecord, PersonRecord, ResponseRecord
from voc.threads.courtesy import is_acknowledgement
from voc.threads.join import SideRecords
from voc.threads.rules import contacts_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES = ContactRules(planned_tags=("will_return",))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def said(hours: float, text: str = "It is broken.", author: str = "customer", **more) -> Message:
    return Message(at=at(hours), author=author, text=text, **more)


def answer(hours: float, **more) -> Message:
    return said(hours, "Please try again.", "agent", **more)


def thread(*messages: Message, solved: tuple[float, ...] = (), **more) -> ContactRecord:
    base = {"line": 1, "contact_id": "7", "opened_at": messages[0].at, "text": "first words", "channel": "email"}
    return ContactRecord(**(base | more), messages=messages, solved_at=tuple(at(h) for h in solved))


def shape(contacts: list[ContactRecord]) -> list[tuple]:
    return [(c.contact_id, c.made_by, (c.opened_at - START) / timedelta(hours=1), c.follow_up_of) for c in contacts]


def test_a_thread_without_messages_is_one_contact():
    record = replace(thread(said(0)), messages=())
    assert contacts_of(record, RULES) == [record]


@pytest.mark.parametrize("messages, solved, wanted", [
    ((said(0), said(2), answer(5), said(400)), (), [("7", "thread", 0, None)]),  # an answer the customer takes up later
    ((said(0), answer(5), said(30)), (6,), [("7", "thread", 0, None), ("7#2", "reopen", 30, "7")]),
    ((said(0), said(23)), (), [("7", "thread", 0, None)]),
    ((said(0), said(25)), (), [("7", "thread", 0, None), ("7#2", "chaser", 25, "7")]),
    ((said(0), said(20), said(40), said(70)), (), [("7", "thread", 0, None), ("7#2", "chaser", 70, "7")]),  # each gap counts
    ((said(0), answer(1, is_public=False), said(25)), (), [("7", "thread", 0, None), ("7#2", "chaser", 25, "7")]),  # a note is no answer
    ((said(0), answer(1, is_automatic=True), said(25)), (), [("7", "thread", 0, None), ("7#2", "chaser", 25, "7")]),
    ((said(0), said(1, is_automatic=True), said(2, author="system"), answer(3)), (), [("7", "thread", 0, None)]),
    ((said(0), answer(2), said(60), answer(61), said(100)), (3, 62), [("7", "thread", 0, None), ("7#2", "reopen", 60, "7"), ("7#3", "reopen", 100, "7#2")]),
])  # fmt: skip
def test_where_a_contact_begins(messages, solved, wanted):
    assert shape(contacts_of(thread(*messages, solved=solved), RULES)) == wanted


@pytest.mark.parametrize("channel, gap", [("chat", 0.5), ("messaging", 4), ("voice", 1 / 12)])
def test_on_live_channels_silence_ends_a_session(channel, gap):
    record = thread(said(0), answer(0.01), said(0.02), said(0.02 + gap * 1.1), channel=channel)
    assert shape(contacts_of(record, RULES)) == [("7", "thread", 0, None), ("7#2", "session", pytest.approx(0.02 + gap * 1.1), None)]
    record = thread(said(0), answer(gap * 0.9), said(gap * 1.8), channel=channel)  # never silent for so long
    assert shape(contacts_of(record, RULES)) == [("7", "thread", 0, None)]


def test_a_thread_that_only_says_when_it_was_closed_was_solved_then():
    record = thread(said(0), answer(5), said(30), closed_at=at(6), reopen_count=2)
    found = contacts_of(record, RULES)
    assert [(c.made_by, c.closed_at, c.reopen_count) for c in found] == [("thread", at(6), 1), ("reopen", None, 0)]


def test_gaps_and_live_channels_can_be_set():
    rules = ContactRules(session_gap_hours={"Email": 2}, live_channels=("email",))
    assert [c.made_by for c in contacts_of(thread(said(0), answer(1), said(3.5)), rules)] == ["thread", "session"]


def test_each_contact_has_its_own_end_words_and_share_of_the_handle_time():
    record = thread(
        said(0, "Cannot log in."), said(0.5, "It says error 5."), answer(1), said(2, "Still not."), answer(3), said(50, "Again!"), answer(52),
        solved=(4, 53), closed_at=at(53), handle_minutes=30.0, reopen_count=1, public_reply_count=3,
    )  # fmt: skip
    first, second = contacts_of(record, RULES)
    assert (first.text, second.text) == ("Cannot log in.\n\nIt says error 5.", "Again!")
    assert (first.closed_at, second.closed_at) == (at(4), at(53))
    assert (first.handle_minutes, second.handle_minutes) == (20.0, 10.0)
    assert (first.public_reply_count, second.public_reply_count, first.reopen_count, second.reopen_count) == (2, 1, 0, 0)
    assert first.messages == second.messages == ()


def test_all_words_of_a_live_session_are_its_text():
    record = thread(said(0, "Hi"), answer(0.01), said(0.02, "My invoice is wrong"), channel="chat")
    assert contacts_of(record, RULES)[0].text == "Hi\n\nMy invoice is wrong"


def test_what_the_company_began():
    campaign = thread(answer(0), is_company_initiated=True)
    assert [(c.is_company_initiated, c.text) for c in contacts_of(campaign, RULES)] == [(True, "first words")]
    taken_up = thread(answer(0), said(5, "Who are you?"), is_company_initiated=True)
    assert [(c.made_by, c.is_company_initiated, c.opened_at, c.text) for c in contacts_of(taken_up, RULES)] == [
        ("answer_to_outreach", False, at(5), "Who are you?")
    ]


def test_automatic_mail_alone_is_no_contact():
    (only,) = contacts_of(thread(said(0, is_automatic=True)), RULES)
    assert only.is_automatic and not only.is_company_initiated


def test_a_reopening_that_only_thanks_is_marked():
    record = thread(said(0), answer(1), said(30, "Thanks a lot, works now!"), solved=(2,))
    assert [c.is_acknowledgement for c in contacts_of(record, RULES)] == [False, True]
    answered = thread(said(0), answer(1), said(30, "Thanks a lot, works now!"), answer(31), solved=(2,))
    assert [c.is_acknowledgement for c in contacts_of(answered, RULES)] == [False, False]
    assert [c.is_acknowledgement for c in contacts_of(record, ContactRules(acknowledgements=False))] == [False, False]


def test_planned_returns_and_contacts_only_a_bot_answered():
    record = thread(said(0), answer(1), said(30), solved=(2,), tags=("will_return",))
    assert [c.is_planned for c in contacts_of(record, RULES)] == [False, True]
    bot = thread(said(0), said(0.1, "Have you tried this?", "bot"), said(30), answer(31), solved=(1,))
    assert [c.is_bot_only for c in contacts_of(bot, RULES)] == [True, False]


SESSIONS = st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=6)


@given(SESSIONS, st.sampled_from(["chat", "email"]))
def test_known_sessions_come_back(sessions, channel):
    """Sessions of some messages each, answered or not, more than a gap apart: so many contacts, with so many messages."""
    clock, messages, wanted, answered = 0.0, [], [], True
    for count, is_answered in sessions:
        clock += 30.0
        is_new = not messages or channel == "chat" or not answered
        wanted = [*wanted, count] if is_new else [*wanted[:-1], wanted[-1] + count]
        for _ in range(count):
            messages.append(said(clock, f"word{len(messages)}"))
            clock += 0.1
        if is_answered:
            messages.append(answer(clock))
        answered = is_answered
    found = contacts_of(thread(*messages, channel=channel), RULES)
    assert len(found) == len(wanted)
    if channel == "chat":
        assert [c.text.count("word") for c in found] == wanted


@pytest.mark.parametrize("text, is_thanks", [
    ("Thanks!", True), ("Vielen Dank, es funktioniert jetzt.", True), ("Merci beaucoup, c'est résolu", True), ("Muchas gracias", True),
    ("Grazie mille, risolto", True), ("Muito obrigado", True), ("Hartelijk dank, opgelost!", True),
    ("Thanks, but it fails again", False), ("Is it fixed?", False), ("Thanks, see ticket 12", False), ("", False), ("the problem", False),
    ("good", False), ("Danke, aber der Fehler ist wieder da", False),
])  # fmt: skip
def test_thanks_in_seven_languages(text, is_thanks):
    assert is_acknowledgement(text) is is_thanks


# ---------------------------------------------------------------- side records


def test_messages_details_and_people_find_their_thread():
    side = SideRecords()
    records = [
        MessageRecord(line=1, contact_id="7", message=said(3, "second")), MessageRecord(line=2, contact_id="7", message=said(1, "first")),
        MessageRecord(line=3, contact_id="7", message=said(1, "first")),  # the same in another file
        DetailRecord(line=1, contact_id="7", fields={"identifiers": (("id", "c1"),), "handle_minutes": 2.0, "channel": "chat"}),
        DetailRecord(line=2, contact_id="7", fields={"handle_minutes": 3.0, "solved_at": (at(4),), "site": "Leeds"}),
        PersonRecord(line=1, identifiers=(("id", "c1"), ("email", "a@b.example")), organisation="Acme", segment="large"),
        MessageRecord(line=9, contact_id="8", message=said(1)), DetailRecord(line=5, contact_id="9", fields={"site": "x"}),
    ]  # fmt: skip
    assert all(side.take("file", record) for record in records)
    own = ContactRecord(line=1, contact_id="7", opened_at=at(0), text="t", channel="email", segment="small")
    assert not side.take("file", own)
    found = side.joined(own)
    assert [m.text for m in found.messages] == ["t", "first", "second"]
    assert (found.handle_minutes, found.channel, found.site, found.solved_at) == (5.0, "email", "Leeds", (at(4),))
    assert found.identifiers == (("id", "c1"), ("email", "a@b.example"))
    assert (found.organisation, found.segment) == ("Acme", "small")
    assert [(origin, record.line, why) for origin, record, why in side.orphans({"7"})] == [
        ("file", 9, "a message of the thread '8', which is in no file of this source"),
        ("file", 5, "a detail of the thread '9', which is in no file of this source"),
    ]
    reply = ResponseRecord(line=1, response_id="r", responded_at=at(0), identifiers=(("id", "c1"),))
    assert side.joined(reply).identifiers == (("id", "c1"), ("email", "a@b.example"))


def test_the_opening_of_a_thread_whose_replies_stand_elsewhere_is_its_first_message():
    own = ContactRecord(line=1, contact_id="7", opened_at=at(0), text="opening", channel="email", is_automatic=False)
    side = SideRecords()
    side.take("file", MessageRecord(line=1, contact_id="7", message=answer(2)))
    assert [(m.author, m.text) for m in side.joined(own).messages] == [("customer", "opening"), ("agent", "Please try again.")]
    begun = side.joined(replace(own, is_company_initiated=True)).messages
    assert [m.author for m in begun] == ["agent", "agent"]
    side.take("file", MessageRecord(line=2, contact_id="7", message=said(0.1, "opening, as a message")))
    assert [m.text for m in side.joined(own).messages] == ["opening, as a message", "Please try again."]


def test_moments_of_solving_from_other_files_are_in_order_and_close_a_thread():
    own = ContactRecord(line=1, contact_id="7", opened_at=at(0), text="t")
    side = SideRecords()
    for line, hours in ((1, 9), (2, 4)):
        side.take("file", DetailRecord(line=line, contact_id="7", fields={"solved_at": (at(hours),)}))
    found = side.joined(own)
    assert (found.solved_at, found.closed_at) == ((at(4), at(9)), at(9))


def test_a_detail_with_an_unknown_field_is_a_fault_of_the_source():
    with pytest.raises(TypeError, match="colour"):
        SideRecords().take("file", DetailRecord(line=1, contact_id="7", fields={"colour": "red"}))
