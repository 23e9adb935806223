"""Quotes, and the stop words of other languages."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text import stopwords
from voc.topics import choose_quotes


def test_foreign_texts_are_told_and_lose_their_common_words():
    texts = ["The app crashes when I open it", "No puedo abrir la aplicación desde ayer", "card lost", ""]
    assert stopwords.foreign_languages(texts) == [None, "es", None, None]
    assert stopwords.content_words(texts[1], "es").split()[-2:] == ["aplicación", "ayer"]
    assert stopwords.content_words(texts[0], None) == texts[0]
    assert stopwords.content_words("gracias zzqx qqvu", "xx") == "zzqx qqvu"


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
