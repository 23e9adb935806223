"""Tests of the features: word counts as scikit-learn's, entry for entry, and rows of length 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from voc.topics import features
from voc.topics.features import count_words, unit_rows, with_words

WORDS = st.sampled_from(["card", "Card", "cards", "card_", "card's", "PIN", "é t é", "Straße", "a", "42", "退款", "-", "x"])
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=12)


def entries(matrix) -> tuple[list, list, list]:
    return matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()


def sklearns(texts, most: int) -> tuple[list, list, list]:
    counter = CountVectorizer(ngram_range=(1, 2), min_df=2, max_features=most, dtype=np.float32)
    return entries(counter.fit_transform(texts))


@given(TEXTS, st.integers(1, 6))
def test_counts_are_those_of_scikit_learn_in_the_same_order(texts, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "MOST_WORDS", most)
        found = count_words(texts)
    try:
        wanted = sklearns(texts, most)
    except ValueError:  # no word occurs in two texts
        assert found.shape == (len(texts), 0)
    else:
        assert entries(found) == wanted


def test_words_and_pairs_that_two_texts_hold_are_counted():
    found = count_words(["lost my card", "my card my card", "found it"])
    assert found.toarray().tolist() == [[1, 1, 1], [2, 2, 2], [0, 0, 0]]  # card, my, my card


def test_texts_without_common_words_keep_their_vectors():
    vectors = np.array([[3, 4], [0, 0]], dtype=np.float32)
    assert with_words(["one", "two"], vectors, share=0.1).tolist() == unit_rows(vectors).tolist()
    assert unit_rows(vectors).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]


def test_words_take_their_share_of_a_rows_length():
    texts = [f"{thing} {state}" for thing in ("card", "app", "loan", "fee") for state in ("lost", "late", "wrong", "new")]
    vectors = np.eye(16, dtype=np.float32)
    found = with_words(texts, vectors, share=0.25)
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert np.allclose(found[:, :16], np.sqrt(0.75) * vectors)


def test_axes_found_in_a_sample_serve_all_texts(monkeypatch):
    topics = ("card lost abroad", "app crashes at start", "loan rate too high")
    texts = [f"{topics[i % 3]} {i}" for i in range(60)]
    monkeypatch.setattr(features, "SVD_TEXTS", 40)
    words = with_words(texts, np.eye(60, dtype=np.float32), share=0.5)[:, 60:]
    assert words.dtype == np.float32
    alike = words @ words.T / 0.5
    same = np.equal.outer(np.arange(60) % 3, np.arange(60) % 3)
    assert alike[same].min() > 0.9
    assert alike[~same].max() < 0.3
