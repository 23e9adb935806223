"""How sure topics are, and what unsure texts would make of the topics' totals."""

import numpy as np
import pandas as pd
import pytest

from voc.stages.topic_moves import IMPUTATIONS, SURE, Moves, _elsewhere, topic_probabilities


def parts(*rows: tuple[str, str, str | None, str]) -> pd.DataFrame:
    """Contact, topic charged, topic of its own words, episode."""
    found = pd.DataFrame(rows, columns=["contact_id", "part", "labelled_topic_id", "episode_id"])
    return found.assign(topic_id=found["part"].where(found["part"] != "-"))


def labels(*rows: tuple[str | None, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["contact_id", "topic_id", "confidence"])


def test_contacts_of_an_episode_vouch_for_each_other():
    rows = parts(("one", "A", "A", "A/one"), ("two", "A", "A", "A/one"), ("three", "A", "A", "A/three"))
    found = topic_probabilities(rows, labels(("one", "A", 0.6), ("two", "A", 0.5), ("three", "A", 0.7)))
    assert found == pytest.approx([0.8, 0.8, 0.7])


def test_of_several_texts_of_a_contact_the_mean_counts_and_only_about_the_topic():
    rows = parts(("one", "A", "A", "A/one"), ("one", "B", "B", "B/one"))
    said = labels(("one", "A", 0.4), ("one", "A", 0.8), ("one", "B", 0.3), (None, "A", 0.0), ("other", "A", 0.0))
    assert topic_probabilities(rows, said) == pytest.approx([0.6, 0.3])


def test_words_given_another_topic_vouch_for_nothing():
    rows = parts(("one", "A", "A", "A/one"), ("two", "A", "B", "A/one"))
    assert topic_probabilities(rows, labels(("one", "A", 0.7), ("two", "B", 0.9))) == pytest.approx([0.7, 0.7])


def test_without_a_confidence_a_topic_is_sure_and_without_a_topic_there_is_none():
    rows = parts(("one", "A", "A", "A/one"), ("two", "-", None, "-/two"), ("three", "B", "B", "B/three"))
    found = topic_probabilities(rows, labels(("one", "A", None), ("three", "B", 1.0)))
    assert found[[0, 2]].tolist() == [1.0, 1.0] and np.isnan(found[1])
    assert topic_probabilities(rows, labels())[0] == 1.0


# ---------------------------------------------------------------- moves


def ledger(probability: float, n: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    codes = np.repeat([0, 1, 2, 3], [10, n, 2 * n, 4])  # 0 is no topic
    rows = pd.DataFrame({
        "topic_probability": np.where(codes == 0, np.nan, np.where(codes == 2, 1.0, probability)),
        "episode_id": [f"e{i // 2}" for i in range(len(codes))], "share": 1.0,
    })  # fmt: skip
    return rows, codes


TOPICS = ["-", "A", "B", "C"]


def test_sure_topics_stay():
    for probability in (SURE, 1.0):
        rows, codes = ledger(probability)
        moves = Moves(rows, codes, TOPICS, seed=1)
        assert len(moves.row) == 0
        assert (moves.factors(np.ones(len(codes)), np.bincount(codes, minlength=4), draws=7) == 1).all()


def test_unsure_ones_move_by_their_chance_and_never_to_no_topic_or_their_own():
    rows, codes = ledger(0.6)
    moves = Moves(rows, codes, TOPICS, seed=1)
    assert np.bincount(moves.imputation, minlength=IMPUTATIONS).mean() == pytest.approx(0.4 * 304, rel=0.1)
    assert set(moves.source) == {1, 3} and set(moves.target) == {1, 2, 3}
    assert (moves.source != moves.target).all()
    assert (moves.target[moves.source == 1] == 2).mean() == pytest.approx(600 / 604, abs=0.01)


def test_an_episode_moves_as_one():
    rows, codes = ledger(0.6)
    moves = Moves(rows, codes, TOPICS, seed=1)
    of = pd.DataFrame({"at": moves.imputation, "to": moves.target, "episode": rows["episode_id"].iloc[moves.row].to_numpy()})
    found = of.groupby(["at", "episode"])["to"].agg(["size", "nunique"])
    assert (found["size"] == 2).all() and (found["nunique"] == 1).all()


def test_factors_centre_on_one_and_keep_what_there_is():
    rows, codes = ledger(0.6)
    values = np.random.default_rng(0).gamma(2.0, 1.0, len(codes))
    total = np.bincount(codes, values)
    factors = Moves(rows, codes, TOPICS, seed=1).factors(values, total, draws=400)
    assert factors.mean(axis=0) == pytest.approx(np.ones(4))  # each imputation is dealt out as often as the others
    assert factors[:, 0] == pytest.approx(1.0)
    # 150 pairs that stay or go with chance .4: a standard error of 8 %
    assert 0.05 < factors[:, 1].std() < 0.15
    assert 0.01 < factors[:, 2].std() < 0.05


def test_all_rows_of_a_single_topic_stay():
    rows = pd.DataFrame({"topic_probability": [0.2, 0.3], "episode_id": ["a", "b"], "share": 1.0})
    assert len(Moves(rows, np.zeros(2, int), ["A"], seed=1).row) == 0


def test_elsewhere_goes_by_size():
    size = np.array([0.0, 2.0, 1.0, 0.0, 1.0])
    found = _elsewhere(np.array([0.0, 0.49, 0.51, 0.999999, 0.0, 0.999999, 1.0]), np.array([1, 1, 1, 1, 4, 2, 2]), size)
    assert found.tolist() == [2, 2, 4, 4, 1, 4, 4]
