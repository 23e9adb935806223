"""Sentiment of texts: the sentences that ship, the lexicon, the base model and the model of people's own scores."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.embedders import minilm
from voc.sentiment import training_phrases
from voc.sentiment.lexicon import COUNTS, _lexicon, lexicon_counts, lexicon_features
from voc.sentiment.measures import auc, brier, calibration_error, quality
from voc.sentiment.model import feature_rows, fit_base, logit, probability
from voc.sentiment.own_scores import folds_of, predict_own_scores
from voc.sentiment.phrases import training_set

# None of these stands among the sentences that ship.
COMPLAINTS = [
  "I had rather hoped the curtains would match the sample you posted me.",
  "It would be lovely if somebody could tell us when the bridge opens again.",
  "Longer opening hours",
  "The invoice lists a service we gave up in winter.",
  "The lift smelled and the carpet in our room was torn.",
]  # fmt: skip
OTHERS = [
  "Could you tell me which bus goes to the airport?",
  "The gardener did a splendid job, thank you.",
  "I could not be more pleased.",
  "No complaints whatsoever.",
  "I would like to book a table for four.",
]  # fmt: skip
EFFORT = [
  "I have called five times about this and still nobody has got back to me.",
  "They sent me from desk to desk for three hours.",
  "Here is my third reminder about the deposit.",
]  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return fit_base(training_set(), minilm.embed(training_phrases()))


def counted(text: str) -> dict[str, int]:
    return {name: int(n) for name, n in zip(COUNTS, lexicon_counts([text])[0], strict=True) if n}


# ---------------------------------------------------------------- sentences that ship


def test_the_sentences_are_distinct_and_cover_every_label():
    training = training_set()
    assert len(set(training.texts)) == len(training.texts) == len(training_phrases())
    assert Counter(zip(training.sentiments, training.efforts, strict=True)) == {
        ("negative", False): 176, ("negative", True): 110, ("neutral", False): 110, ("neutral", True): 14,
        ("positive", False): 137, ("positive", True): 12,
    }  # fmt: skip


# ---------------------------------------------------------------- lexicon


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The staff were friendly and helpful.", {"praise": 2}),
        ("The staff were not friendly.", {"praise_negated": 1, "wish": 1}),
        ("It isn’t a problem at all", {"complaint_negated": 1, "wish": 1}),
        ("Not cheap, but excellent", {"praise": 1}),
        ("I could not be more pleased", {"praise": 1}),
        ("No complaints, not a single problem", {"praise": 2}),
        ("It could not be more useless", {"wish": 1, "complaint_negated": 1}),
        ("No. Terrible!", {"complaint": 1}),
        ("Nothing about the whole long stay was nice", {"praise": 1}),
        ("I felt let down and locked out", {"complaint": 2}),
        ("Shorter queues", {"wish": 1, "effort": 1}),
        ("This is the third time I am writing", {"effort": 1}),
        ("I was transferred to another team and waited for two hours", {"effort": 3}),
        ("Please call me", {}),
        ("", {}),
    ],
)
def test_the_lexicon_counts_words_with_negation(text, found):
    assert counted(text) == found


def test_no_word_of_the_lexicon_is_hidden_by_another():
    import tomllib
    from importlib.resources import files

    listed = tomllib.loads((files("voc.sentiment") / "lexicon.toml").read_text(encoding="utf-8"))
    words = [(word.removesuffix("*"), kind) for kind in ("praise", "complaint", "negation") for word in listed[kind]]
    assert [word for word, n in Counter(word for word, _ in words).items() if n > 1] == []
    assert [(word, kind) for word, kind in words if _lexicon().kind(word) != kind] == []


@given(st.lists(st.text(max_size=300), max_size=5))
def test_any_text_has_features_between_0_and_1(texts):
    found = lexicon_features(texts)
    assert found.shape == (len(texts), 7)
    assert ((found >= 0) & (found <= 1)).all()


# ---------------------------------------------------------------- measures


def test_measures_by_hand():
    is_true, told = np.array([True, False, True, False]), np.array([0.9, 0.2, 0.4, 0.6])
    assert auc(is_true, told) == 0.75
    assert brier(is_true, told) == pytest.approx((0.01 + 0.04 + 0.36 + 0.36) / 4)
    assert calibration_error(is_true, told) == pytest.approx((0.1 + 0.2 + 0.6 + 0.6) / 4)
    assert calibration_error(np.array([True, False]), np.array([0.5, 0.5])) == 0
    assert quality(np.array([True, True]), np.array([1.0, 0.5])) == {
        "n": 2, "auc": None, "brier": 0.125, "calibration_error": 0.25,
    }  # fmt: skip


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), max_size=30))
def test_auc_counts_the_pairs(rows):
    is_true, scores, weights = (np.array([row[i] for row in rows]) for i in range(3))
    pairs = [
        (w * v, 1.0 if a > b else 0.5 if a == b else 0.0)
        for t, a, w in rows if t for f, b, v in rows if not f
    ]  # fmt: skip
    total = sum(weight for weight, _ in pairs)
    expected = sum(weight * won for weight, won in pairs) / total if total else None
    assert auc(is_true.astype(bool), scores, weights) == (expected if expected is None else pytest.approx(expected))


@given(st.lists(st.floats(0.00001, 0.99999), max_size=20))
def test_probability_turns_log_odds_back(values):
    assert probability(logit(np.array(values))) == pytest.approx(values, abs=1e-6)


# ---------------------------------------------------------------- base model


def test_the_base_model_knows_polite_complaints_from_requests_and_praise(base):
    negative, _ = base.logits(COMPLAINTS + OTHERS, minilm.embed(COMPLAINTS + OTHERS))
    assert negative[: len(COMPLAINTS)].min() > negative[len(COMPLAINTS) :].max()
    assert negative[len(COMPLAINTS) :].max() < 0


def test_the_base_model_knows_effort(base):
    _, effort = base.logits(EFFORT + OTHERS, minilm.embed(EFFORT + OTHERS))
    assert list(effort > 0) == [True] * len(EFFORT) + [False] * len(OTHERS)


def test_the_base_model_is_good_and_calibrated_on_sentences_it_has_not_seen(base):
    for classifier, least in ((base.negative, 0.88), (base.effort, 0.95)):
        assert classifier.quality["auc"] > least
        assert classifier.quality["calibration_error"] < 0.08
        assert classifier.quality["n"] == len(training_phrases())


def test_without_vectors_the_lexicon_does_what_it_can():
    model = fit_base(training_set(), None)
    negative, effort = model.logits(["What a rude and useless answer", "Lovely, thank you", EFFORT[0]], None)
    assert list(negative > 0) == [True, False, True]
    assert list(effort > 0) == [False, False, True]
    assert model.negative.quality["auc"] > 0.8 and model.effort.quality["auc"] > 0.88


def test_a_text_is_estimated_alike_in_any_company(base, monkeypatch):
    texts = COMPLAINTS + OTHERS
    vectors = minilm.embed(texts)
    together = np.column_stack(base.logits(texts, vectors))
    monkeypatch.setattr("voc.sentiment.model.BATCH", 3)
    assert np.column_stack(base.logits(texts, vectors)) == pytest.approx(together, abs=1e-12)
    assert [found.shape for found in base.logits([], vectors[:0])] == [(0,), (0,)]


def test_features_are_the_vector_and_the_weighted_lexicon():
    rows = feature_rows(["Lovely"], np.array([[0.6, 0.8]], dtype=np.float32), uses_lexicon=True)
    assert rows[0] == pytest.approx([0.6, 0.8, 0.25, 0, 0, 0, 0, 0, 0])


# ---------------------------------------------------------------- people's own scores


def answers(n: int, *, signal: float, seed: int = 0):
    """(rows, is_low, people, responses): n people with two passages each; the first feature carries the signal."""
    rng = np.random.default_rng(seed)
    is_low = np.repeat(rng.random(n) < 0.3, 2)
    rows = rng.normal(size=(2 * n, 20)) * 0.3
    rows[:, 0] += signal * is_low
    return rows, is_low, [f"p{i // 2}" for i in range(2 * n)], [f"r{i // 2}" for i in range(2 * n)]


def predict(rows, is_low, people, responses, *, base=None):
    base = np.zeros(len(rows)) if base is None else base
    return predict_own_scores(
        lambda places: rows[places], base, responses=responses, is_low=is_low, people=people, seed=1
    )


def test_own_scores_are_learnt_where_they_say_more_than_the_base_model():
    rows, is_low, people, responses = answers(300, signal=0.6)
    found = predict(rows, is_low, people, responses)
    notes = found.notes
    assert (notes["used"], notes["responses"], notes["low"] + notes["others"]) == (True, 300, 300)
    assert notes["auc"] > 0.8 > 0.55 > notes["base_auc"] and notes["auc_gain_low"] > 0.2
    assert found.probabilities.shape == (600,)


def test_a_person_never_helps_to_predict_themselves():
    """Labels are random and each person's passages carry a mark of their own: seeing it would give them away."""
    rows, is_low, people, responses = answers(250, signal=0.0)
    marks = np.kron(np.eye(250), np.ones((2, 1))) * 5
    found = predict(np.hstack([rows, marks]), is_low, people, responses)
    assert found.probabilities is None
    assert found.notes["auc"] < 0.6
    assert found.notes["why"] == "not better than the base model at telling low scores from others"


def test_unscored_passages_of_the_same_person_come_from_the_same_fold():
    rows, is_low, people, responses = answers(300, signal=0.6)
    changed = is_low.copy()
    changed[:2] = ~changed[:2]  # what the first person scored may change others, never themselves
    rows[1], responses[1] = rows[0], None
    one, other = (predict(rows, low, people, responses).probabilities for low in (is_low, changed))
    assert (one[:2] == other[:2]).all() and (one != other).any() and one[0] == one[1]


@pytest.mark.parametrize("shape", ["few responses", "one end", "none scored"])
def test_too_few_own_scores_are_left_alone(shape):
    rows, is_low, people, responses = answers(150 if shape == "few responses" else 250, signal=1.0)
    is_low = is_low & (np.arange(len(rows)) < 40) if shape == "one end" else is_low
    responses = [None] * len(rows) if shape == "none scored" else responses
    found = predict(rows, is_low, people, responses)
    assert found.probabilities is None
    assert found.notes["why"] == "fewer than 200 scored responses with text, or than 40 low or other ones"
    assert found.notes["responses"] == {"few responses": 150, "one end": 250, "none scored": 0}[shape]


def test_own_scores_do_not_depend_on_the_order_of_passages():
    rows, is_low, people, responses = answers(220, signal=0.6)
    order = np.random.default_rng(5).permutation(len(rows))
    moved = predict(rows[order], is_low[order], [people[i] for i in order], [responses[i] for i in order])
    whole = predict(rows, is_low, people, responses)
    assert moved.probabilities == pytest.approx(whole.probabilities[order], abs=1e-5)
    assert list(folds_of(["a", "b", "a"])) == [folds_of(["a"])[0], folds_of(["b"])[0], folds_of(["a"])[0]]


# ---------------------------------------------------------------- real comments


def test_the_base_model_holds_on_comments_judged_by_people(base, real_data):
    """Some patients' comments, praise (1, 2) against complaint (4, 5); all of them: benchmarks/sentiment.py."""
    import csv

    with (real_data("nhs-fft-nhft") / "comments.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if len(row["FFT answer"]) > 10]
    rows = [row for row in rows if row["Comment sentiment"] in set("1245")][::9]
    texts = [row["FFT answer"][:300] for row in rows]
    truth = np.array([int(row["Comment sentiment"]) >= 4 for row in rows])
    told = probability(base.logits(texts, minilm.embed(texts))[0])
    assert auc(truth, told) > 0.86
    assert calibration_error(truth, told) < 0.12
