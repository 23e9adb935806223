"""Names of topics: readable, apart from each other, in the customers' words, without people."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.phrases import noun_phrases
from voc.topics.names import UNNAMED, name_topics, texts_per_topic
from voc.topics.stems import stem, stems_of

CARD = [
    "My new card has not arrived yet", "The card has not arrived", "Why has my card not arrived?",
    "I am still waiting, my card hasn't arrived", "card has not arrived after two weeks",
]  # fmt: skip
TRANSFER = [
    "I was charged a fee for a transfer", "Why is there a transfer fee?", "The transfer fee is too high",
    "transfer fee on my statement", "What is this transfer fee for",
]  # fmt: skip
CASH = [
    "I was charged a fee for a cash withdrawal", "Fee for cash withdrawal abroad", "The cash withdrawal fee is new",
    "cash withdrawal fee", "There is a cash withdrawal fee now",
]  # fmt: skip
PASSWORD = [
    "I cannot reset my password", "can't reset password", "Cannot reset the password in the app",
    "I can't reset my password", "unable to reset password",
]  # fmt: skip
GERMAN = [
    "Das Guthaben wurde leider noch nicht überwiesen", "Mein Guthaben wurde heute wieder nicht ausgezahlt, warum nur?",
    "Warum wurde das Guthaben noch nicht überwiesen?", "Bei mir wurde das Guthaben noch nicht überwiesen",
    "Seit Wochen ist mein Guthaben nicht überwiesen",
]  # fmt: skip
TOPICS = [CARD, TRANSFER, CASH, PASSWORD, GERMAN]
WORDS = [["card", "arrived"], ["transfer", "fee"], ["cash", "fee"], ["password", "reset"], ["guthaben", "überwiesen"]]


def _names(topics, words, find=noun_phrases, **options):
    return [name for name, _ in name_topics(topics, words, find, **options)]


def test_names_are_phrases_that_set_each_topic_apart():
    assert _names(TOPICS, WORDS) == [
        "Card has not arrived", "Transfer fee", "Cash withdrawal fee", "Cannot reset password",
        "Guthaben noch nicht überwiesen",
    ]  # fmt: skip


def test_further_phrases_are_kept_best_first():
    _, phrases = name_topics([CARD, PASSWORD], [["card"], ["password"]], noun_phrases)[1]
    assert phrases == ("Password", "Cannot reset password in app", "App")


def test_a_name_given_elsewhere_is_not_given_again():
    assert _names([CARD], [["card", "arrived"]], taken=["Card has not arrived"]) == ["Card"]
    lost = [["card lost"] * 5], [["card", "stolen"]], lambda texts: [["card lost"] for _ in texts]
    assert _names(*lost, taken=["Lost cards"]) == ["Card lost (stolen)"]


def test_topics_that_say_the_same_are_told_apart_in_brackets():
    texts = [[f"refund {detail}"] * 5 for detail in ("parcel", "invoice")]
    found = [["refund"]] * 10
    assert _names(texts, [["refund", "parcel"], ["refund", "invoice"]], lambda t: found) == [
        "Refund (parcel)", "Refund (invoice)",
    ]  # fmt: skip
    same = [["card lost"] * 5] * 3
    assert _names(same, [["card"], ["card", "stolen"], []], lambda texts: [["card lost"] for _ in texts]) == [
        "Card lost", "Card lost (stolen)", "Card lost (2)",
    ]  # fmt: skip


def test_topics_without_phrases_fall_back_on_their_words():
    assert _names([["zz"] * 3] * 3, [["tarjeta", "perdida"], [], []], lambda t: [[] for _ in t]) == [
        "Tarjeta, perdida", UNNAMED, f"{UNNAMED} (2)",
    ]  # fmt: skip


def test_a_single_word_is_name_enough_where_most_texts_and_only_they_hold_it():
    texts = [["hobbies"] * 5, ["the parcel", "a parcel", "x", "y", "z"]]
    found = [["hobbies"]] * 5 + [["parcel"], ["parcel"], ["delivery"], [], []]
    assert _names(texts, [["hobbies", "fun"], ["parcel", "lost"]], lambda t: found) == ["Hobbies", "Parcel (delivery)"]


def test_words_customers_write_with_capitals_are_written_so():
    texts = ["I forgot the PIN of my card", "where is the PIN", "a new PIN please", "the PIN is wrong"]
    assert _names([texts], [["pin"]]) == ["PIN of card"]


def test_names_hold_no_person():
    texts = ["my name is jesse spencer, I want a window seat", "Window seat for Jesse Spencer please",
             "Hello, this is Jesse Spencer about the window seat", "window seat, Jesse Spencer"] * 2  # fmt: skip
    name, phrases = name_topics([texts, CARD], [["window", "seat"], ["card"]], noun_phrases)[0]
    assert name == "Window seat"
    assert not any(word in " ".join((name, *phrases)).lower() for word in ("jesse", "spencer"))


def test_how_many_texts_are_of_use():
    assert [texts_per_topic(n) for n in (0, 1, 100, 1_000, 100_000)] == [40, 40, 40, 20, 6]


@pytest.mark.parametrize(
    ("words", "stems"),
    [("card cards", 1), ("charge charged charging", 1), ("fly flies", 1), ("pass past", 2), ("not can't never unable", 1)],
)
def test_stems_join_forms_of_a_word(words, stems):
    assert len({stem(word) for word in words.split()}) == stems
    assert stems_of(words) == {stem(word) for word in words.split()}


PHRASE = st.sampled_from(["card lost", "lost cards", "card", "refund", "refund late", "\x07bell", "pin", ""])
TEXTS = st.lists(st.tuples(PHRASE, st.lists(PHRASE.filter(str.strip), max_size=3)), min_size=1, max_size=5)
NAMED = st.lists(st.tuples(TEXTS, st.lists(st.sampled_from(["card", "refund", "pin", "late"]), max_size=3)), max_size=5)


@given(NAMED, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_names_are_unique_printable_and_do_not_depend_on_the_order_of_texts(topics, shuffle):
    def named(topics):
        found = [phrases for texts, _ in topics for _, phrases in texts]
        return name_topics([[t for t, _ in texts] for texts, _ in topics], [w for _, w in topics], lambda _: found)

    names = [name for name, _ in named(topics)]
    assert len({name.lower() for name in names}) == len(names)
    assert all(name.strip() and name.isprintable() for name in names)
    mixed = [(shuffle.sample(texts, len(texts)), words) for texts, words in topics]
    assert named(mixed) == named(topics)
