"""Passages: exact places, one problem each, no longer than asked for."""

import csv
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.passages import MAX_WORDS, Span, split_passages


def parts(text: str, **options) -> list[str]:
    [passages] = split_passages([text], **options)
    assert all(text[span.start : span.end] == span.text for span in passages)
    return [span.text for span in passages]


def sentences(count: int) -> str:
    return " ".join(f"This is sentence number {n} of a long complaint about bills." for n in range(count))


SIXTY = "The parcel came late. " * 15

ONE = [
    "slow",
    "The app is slow. It crashes twice a day. I cannot work.",
    "It crashes on every start. Also tried a new install and nothing changed.",
    "It crashes. Also slow.",  # too little on both sides
    SIXTY.strip(),
    "We waited. 2 hours passed before anybody came to the door.",
    "Another thing is that the app never starts on my phone.",  # nothing before it
    "Dr. Smith was late, e.g. by an hour, at 5 p.m. today",
]


@pytest.mark.parametrize("text", ONE)
def test_a_short_text_is_one_passage(text):
    assert split_passages([text]) == [[Span(0, len(text), text)]]


TWO = {
    "another thing": ("The page shows an error today.", "Another thing, my invoice is wrong again."),
    "also": ("The page shows an error today.", "Also, the invoice of May is wrong."),
    "secondly": ("First, the page shows an error.", "Secondly, my invoice is wrong again."),
    "on top": ("The parcel came three days late.", "On top of that the box was open."),
    "one more": ("The parcel came three days late.", "One more question: where is my refund?"),
    "by the way": ("The parcel came three days late.", "By the way, your phone line is dead."),
    "postscript": ("The parcel came three days late.", "P.S. your phone line is always dead."),
    "german": ("Die App startet seit gestern nicht.", "Außerdem ist die Rechnung von Mai falsch."),
    "french": ("La page affiche toujours une erreur.", "Autre problème : la facture est fausse."),
    "numbers": ("1) The app crashes when I start", "2) The invoice shows the wrong sum"),
    "numbers with dots": ("1. The app crashes when I start it.", "2. The invoice shows the wrong sum."),
}


@pytest.mark.parametrize("first, second", TWO.values(), ids=TWO.keys())
@pytest.mark.parametrize("between", [" ", "\n", "\n\n"])
def test_a_second_problem_is_a_passage_of_its_own(first, second, between):
    assert parts(first + between + second) == [first, second]


@pytest.mark.parametrize(
    "text, passage",
    [
        ("Hi there,\nThe app fails to start. Thanks, Ann", "The app fails to start."),
        ("Dear Support Team, good morning. Where is my parcel? Please help!", "Where is my parcel?"),
        ("Where is my parcel? Any help would be greatly appreciated. Kind regards, Tom", "Where is my parcel?"),
        ("I hope you are well. My card was charged twice.", "My card was charged twice."),
        ("Bonjour, mon compte est bloqué. Merci d'avance", "mon compte est bloqué."),
        ("Guten Tag, meine Rechnung ist falsch. Vielen Dank im Voraus", "meine Rechnung ist falsch."),
        ("Hello,", "Hello,"),
        ("Thank you so much!", "Thank you so much!"),
        ("I hope this is mended this week. It is slow.", "I hope this is mended this week. It is slow."),
        ("It fails.\nThanks. Refund Please", "It fails.\nThanks. Refund Please"),
    ],
)
def test_a_greeting_and_thanks_stand_in_no_passage_unless_alone(text, passage):
    start = text.index(passage)
    assert split_passages([text]) == [[Span(start, start + len(passage), passage)]]


def test_a_long_text_is_cut_between_sentences_into_even_passages():
    text = sentences(20)  # 220 words
    found = parts(text)
    assert [len(part.split()) for part in found] == [55, 55, 55, 55]
    assert " ".join(found) == text


def test_lines_are_borders_too():
    line = "no stop at the end of this line of a dozen words"
    assert parts("\n".join([line] * 10)) == ["\n".join([line] * 5)] * 2


def test_a_sentence_longer_than_a_passage_is_cut_between_words():
    found = parts(" ".join(["word"] * 150))
    assert [len(part.split()) for part in found] == [50, 50, 50]


def test_scripts_without_spaces_are_cut_by_length():
    text = "これは日本語の文です。" * 60
    found = parts(text)
    assert "".join(found) == text and all(part.endswith("。") for part in found)
    assert all(len(part) <= 240 for part in found)


def test_what_is_beyond_the_last_passage_is_told():
    [cut, whole] = split_passages([sentences(20), sentences(10)], max_passages=3)
    assert (len(cut), cut.is_truncated) == (3, True)
    assert (len(whole), whole.is_truncated) == (2, False)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t"])
def test_a_blank_text_has_no_passage(text):
    assert split_passages([text]) == [[]]


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "a. ",
        "word ",
        "\n",
        "http://",
        "Hi, ",
        "2) ",
        "also ",
        "Thanks. ",
        "x.\n",
        "Another thing. ",
        "。",
        "\U0001f642",
    ],
)
def test_200_000_characters_take_no_more_than_seconds(piece):
    text = piece * (200_000 // len(piece))
    begin = time.perf_counter()
    [passages] = split_passages([text])
    assert time.perf_counter() - begin < 4  # 0.3 s at most on an idle machine
    assert len(passages) == (0 if text.isspace() else 20) and passages.is_truncated != text.isspace()


chunks = st.sampled_from([
    "Hi there, ", "Thanks, Ann", "Also, ", "Another thing: ", "2) ", "1) ", "P.S. ", "the bill is wrong again ",
    ". ", "? ", "\n",
    "\n\n", " ", "x" * 90, "これは日本語です。", "(((", "word " * 30, "It fails every single day. ",
    "\U0001f469\u200d\U0001f4bb", "e.g. ",
])  # fmt: skip


@given(st.lists(chunks | st.text(max_size=20), max_size=40).map("".join), st.integers(5, 80))
@settings(max_examples=200, deadline=None)
def test_spans_are_exact_ordered_and_never_blank(text, max_words):
    [passages] = split_passages([text], max_words=max_words)
    position = 0
    for span in passages:
        assert position <= span.start < span.end <= len(text)
        assert span.text == text[span.start : span.end] == span.text.strip() != ""
        position = span.end
    assert split_passages([text], max_words=max_words) == [passages]
    assert bool(passages) != (not text.strip())
    assert len(passages) <= 20 and (len(passages) == 20 or not passages.is_truncated)


def test_real_comments_are_covered(real_data):
    path = real_data("nhs-fft-nhft") / "comments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        comments = [row["FFT answer"] for row in csv.DictReader(file)]
    found = split_passages(comments)
    assert [bool(passages) for passages in found] == [bool(comment.strip()) for comment in comments]
    assert [p for passages in found for p in passages if len(p.text.split()) > MAX_WORDS * 1.15] == []
    short = [passages for passages in found if len(passages) > 1 and min(len(p.text.split()) for p in passages) < 4]
    assert short == []
