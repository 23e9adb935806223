"""Resampled totals and the summaries read from them."""

import numpy as np
import pytest
from scipy.stats import gamma

from voc import stats


@pytest.fixture
def totals():
    """Of 300 customers and 4 columns, the last almost empty."""
    rng = np.random.default_rng(0)
    values = rng.poisson([3.0, 0.5, 0.1, 0.004], (300, 4)).astype(float)
    customers, columns = np.indices(values.shape)
    return stats.customer_totals(customers.ravel(), columns.ravel(), values.ravel(), values.shape)


def test_zeros_are_not_kept(totals):
    assert totals.nnz == (totals.toarray() != 0).sum() < 0.4 * 300 * 4


def test_draws_of_a_column_do_not_depend_on_the_columns_beside_it(totals):
    together = stats.calibrated_totals(totals, draws=200, seed=3)
    for column in range(4):
        alone = stats.calibrated_totals(totals[:, [column]], draws=200, seed=3)
        assert np.allclose(together[:, [column]], alone, rtol=1e-12)


def test_calibrated_draws_centre_on_the_total_and_one_of_nothing_stays_nothing(totals):
    drawn = stats.calibrated_totals(totals, draws=1000, seed=3)
    sums = np.asarray(totals.sum(axis=0)).ravel()
    assert np.median(drawn, axis=0)[:2] == pytest.approx(sums[:2], rel=0.02)
    low, high = stats.ranges(drawn)
    assert (low <= sums).all() and (sums <= high).all()
    empty = stats.customer_totals(np.arange(5), np.zeros(5, int), np.zeros(5), (5, 1))
    assert stats.calibrated_totals(empty, draws=10, seed=3).tolist() == [[0.0]] * 10


def test_the_interval_of_a_count_is_the_exact_one():
    counts, most = np.array([0.0, 1.0, 2.5, 30.0]), np.array([1.5, 100.0, 100.0, 100.0])
    low, high = stats.poisson_range(counts, most)
    assert low == pytest.approx([0.0, *gamma.ppf(0.1, counts[1:])])
    assert high == pytest.approx([1.5, *gamma.ppf(0.9, counts[1:] + 1)])


def test_totals_of_a_few_customers_are_those_of_all_with_the_others_at_zero():
    counts = stats.customer_counts(100, draws=60, seed=9)
    assert counts.shape == (100, 60) and (counts.sum(axis=0) == 100).all()
    few = stats.customer_totals(np.array([3, 97]), np.array([0, 1]), np.array([2.0, 5.0]), (100, 2))
    assert np.array_equal(stats.resampled_totals(few, draws=60, seed=9), np.stack([2 * counts[3], 5 * counts[97]], axis=1))
