"""Answers that say nothing are told from feedback, however short."""

import csv
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text import content
from voc.text.content import why_no_content

NOTHING = [
    "nothing", "Nothing.", "NOTHING!!", "nothing at all", "Absolutely nothing", "Nothing, thank you",
    "No, nothing.", "n/a",
    "N / A", "na", "N/A. None", "none", "None so far", "nil", "no", "No.", "no comment", "No comments!", "-", "--",
    ".", "...",
    "\u2026", "?", "\U0001f642", "\U0001f44d\U0001f3fd", "x", "xxx", "aaaa", "idk", "I don't know",
    "I don\u2019t know", "dont know",
    "don't know, sorry", "not sure", "Can't think of anything.", "Did not answer", "Not applicable",
    "same as above", "as above",
    "nothing to add", "nothing comes to mind", "yes", "ok", "null", "test", "Well, nothing really",
    "nichts", "Keine Angabe", "k.A.", "wei\u00df nicht", "Rien", "Rien \u00e0 signaler.", "aucun commentaire",
    "sans objet",
    "nada", "Ninguno", "No s\u00e9", "sin comentarios", "NS/NC", "niente", "Nessuno", "non so", "n\u00e3o",
    "N\u00e3o sei", "Nenhuma",
    "niets", "geen idee", "n.v.t.",
]  # fmt: skip
FEEDBACK = [
    "slow", "too expensive", "Nothing works", "no heating", "no reply", "no answer", "no signal", "No internet",
    "none of it works",
    "nothing but trouble", "not good", "no one answers", "price", "R", "5", "10/10", "everything", "all good",
    "test failed",
    "declined", "missing", "same problem again", "ok but slow", "Nothing, the staff were great", "yes but too late",
    "n/a in my region",
    "nichts funktioniert", "rien ne marche", "nada funciona", "niente funziona", "niets werkt", "teuer", "lent",
    "caro", "\u9045\u3044",
]  # fmt: skip


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000"])
def test_blank_is_empty(text):
    assert why_no_content(text) == "empty"


@pytest.mark.parametrize("text", NOTHING)
def test_an_answer_that_says_nothing(text):
    assert why_no_content(text) == "no_content"


@pytest.mark.parametrize("text", FEEDBACK)
def test_short_feedback_is_feedback(text):
    assert why_no_content(text) is None


def test_every_phrase_is_found_however_it_is_typed():
    phrases = [phrase for listed in content._PHRASES.values() for phrase in listed.split("|")]
    assert [p for p in phrases if why_no_content(f"  {p.upper()} !! ") != "no_content"] == []
    assert [p for p in phrases if content._bare(p) != p] == []
    for listed in content._PHRASES.values():
        assert [p for p, n in Counter(listed.split("|")).items() if n > 1] == []


def test_long_texts():
    assert why_no_content("." * 200_000) == "no_content"
    assert why_no_content("The bill is wrong. " * 10_000) is None


@given(st.text(), st.sampled_from(NOTHING), st.sampled_from(["", " ", ".", "!!", "\n", " ..."]))
@settings(deadline=None)
def test_any_text_has_an_answer_and_punctuation_does_not_change_it(text, nothing, marks):
    assert why_no_content(text) in ("empty", "no_content", None)
    assert why_no_content(f"{marks}{nothing}{marks}") == "no_content"


def test_real_survey_answers(real_data):
    path = real_data("nhs-fft-nhft") / "comments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        answers = [row["FFT answer"] for row in csv.DictReader(file)]
    counts = Counter(why_no_content(answer) for answer in answers)
    assert counts["empty"] == 499 and counts.total() == 2812
    bare = [answer for answer in answers if answer.strip().rstrip(".").lower() == "nothing"]
    assert len(bare) == 215 and {why_no_content(answer) for answer in bare} == {"no_content"}
    assert 300 <= counts["no_content"] <= 350  # read one by one: "not sure", "no comment" and the like beside "nothing"
