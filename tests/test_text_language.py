"""The language of a text, offline, with a confidence that is low where it should be."""

import socket

import pytest

from voc.text import language
from voc.text.language import detect_language

SENTENCES = {
    "en": "The password reset does not work on my phone.",
    "de": "Ich kann mich seit gestern nicht mehr anmelden.",
    "fr": "Je ne peux plus me connecter depuis hier soir.",
    "es": "No puedo entrar en mi cuenta desde ayer por la tarde.",
    "it": "Non riesco più ad accedere al mio account da ieri.",
    "pt": "Não consigo entrar na minha conta desde ontem.",
    "nl": "Ik kan sinds gisteren niet meer inloggen op mijn account.",
    "ja": "昨日からログインできません。パスワードを忘れました。",
}


@pytest.mark.parametrize("code, sentence", SENTENCES.items())
def test_a_sentence_is_recognised_with_confidence(code, sentence):
    [(found, confidence)] = detect_language([sentence])
    assert found == code and 0.6 < confidence <= 1


@pytest.mark.parametrize(
    "text", ["", "  ", "12345", "\U0001f642\U0001f642", "...", "[email]", "https://example.com/a", "a@b.c"]
)
def test_a_text_without_letters_has_no_language(text):
    assert detect_language([text]) == [(None, 0.0)]


@pytest.mark.parametrize("text", ["slow", "ok", "gut", "nada", "too expensive"])
def test_a_word_or_two_are_never_sure(text):
    assert detect_language([text])[0][1] < 0.5


def test_many_texts_keep_their_order_and_the_answer_is_the_same_again():
    texts = [*SENTENCES.values(), "", "x" * 200_000]
    found = detect_language(texts)
    assert [code for code, _ in found][:9] == [*SENTENCES, None]
    assert detect_language(texts) == found and detect_language([]) == []


def test_capitals_and_addresses_do_not_mislead():
    assert detect_language(["MY CARD WAS CHARGED TWICE AND NOBODY HELPS ME"])[0][0] == "en"
    german = SENTENCES["de"]
    assert detect_language([f"{german} https://example.com/the/help/page [email]"]) == detect_language([german])


def test_no_network_is_touched(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    language._detector.cache_clear()
    assert detect_language([SENTENCES["fr"]])[0][0] == "fr"
