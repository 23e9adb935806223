"""Handle times nobody measured: a simulation whose truth is known."""

import numpy as np
import pytest

from voc import handle_times


def world(seed: int, *, n: int = 12000, sigma: float = 0.6, share: float = 0.4):
    """(expected minutes, measured minutes with gaps, channels, [channel, topic, site]): gaps are not at random.

    Chats, and contacts of the dear topics, are measured less often, as where one tool measures and the other does not.
    """
    rng = np.random.default_rng(seed)
    channel, topic, site = rng.integers(0, 3, n), rng.integers(0, 40, n), rng.integers(0, 6, n)
    effects = [np.array([-0.5, 0.0, 0.6]), rng.normal(0, 0.5, 40), rng.normal(0, 0.2, 6)]
    logs = 2.0 + effects[0][channel] + effects[1][topic] + effects[2][site]
    minutes = np.exp(logs + rng.normal(0, sigma, n))
    is_measured = rng.random(n) < share * np.array([0.5, 1.0, 1.5])[channel] * (1.2 - 0.4 * (effects[1][topic] > 0))
    return np.exp(logs + sigma**2 / 2), np.where(is_measured, minutes, np.nan), channel, [channel, topic, site]


@pytest.mark.parametrize("sigma", [0.3, 0.6, 0.9])
def test_the_mean_of_what_was_not_measured_is_right(sigma):
    """Within 2 % over ten worlds and a few in each, where the plain mean of the measured ones is 10 % off."""
    ratios, plain = [], []
    for seed in range(10):
        truth, measured, channels, factors = world(seed, sigma=sigma)
        gaps = np.isnan(measured)
        found = handle_times.impute_minutes(measured, channels, factors)
        ratios.append(found[gaps].mean() / truth[gaps].mean())
        plain.append(np.nanmean(measured) / truth[gaps].mean())
    assert abs(np.mean(ratios) - 1) < 0.02, np.mean(ratios)
    assert max(abs(np.array(ratios) - 1)) < 0.09 * sigma
    assert abs(np.mean(plain) - 1) > 0.1


def test_topics_are_told_apart_and_one_contact_alone_moves_its_topic_little():
    truth, measured, channels, factors = world(3)
    found = handle_times.impute_minutes(measured, channels, factors)
    topic, gaps = factors[1], np.isnan(measured)
    by_topic = [(found[gaps & (topic == t)].mean(), truth[gaps & (topic == t)].mean()) for t in range(40)]
    assert np.mean([abs(a / b - 1) for a, b in by_topic]) < 0.06
    # the one contact of its topic took 200 minutes: that is believed in small part
    rng = np.random.default_rng(1)
    topics = np.append(np.arange(600) % 30, [30, 30])
    logs = np.log(10.0) + rng.normal(0, 0.3, 31)[topics] + rng.normal(0, 0.5, 602)
    minutes = np.append(np.exp(logs[:600]), [200.0, np.nan])
    rare = handle_times.impute_minutes(minutes, np.zeros(602, int), [topics])[-1]
    assert 10 < rare < 60


@pytest.mark.parametrize("sigma", [0.4, 0.8])
def test_drawn_means_vary_as_much_as_imputed_ones_are_off(sigma):
    """By topic: errors in units of their drawn standard deviation have one of about 1, and lie in the 80 % range as often."""
    errors, inside = [], []
    for seed in range(6):
        truth, measured, channels, factors = world(seed, sigma=sigma)
        fitted = handle_times.fit_minutes(measured, channels, factors)
        ratios, gaps = fitted.draws(count=60, seed=seed), np.isnan(measured)
        for topic in range(40):
            mine = gaps & (factors[1] == topic)
            means = (fitted.expected[mine] * ratios[:, mine]).mean(axis=1)
            errors.append(np.log(truth[mine].mean() / fitted.expected[mine].mean()) / np.log(means).std())
            inside.append(np.quantile(means, 0.1) <= truth[mine].mean() <= np.quantile(means, 0.9))
    assert 0.8 < np.std(errors) < 1.25
    assert 0.7 < np.mean(inside) < 0.9


def test_what_is_drawn_for_minutes_that_do_not_vary_does_not_either():
    fitted = handle_times.fit_minutes(np.array([5.0] * 60 + [np.nan]), np.zeros(61, int), [np.arange(61) % 3])
    assert fitted.draws(count=5, seed=1) == pytest.approx(np.ones((5, 61)), abs=1e-3)


def test_one_timer_that_ran_for_a_week_does_not_move_the_rest():
    _, measured, channels, factors = world(5)
    before = handle_times.impute_minutes(measured, channels, factors)
    spoilt = measured.copy()
    spoilt[np.flatnonzero(~np.isnan(spoilt))[:5]] = 10080.0
    after = handle_times.impute_minutes(spoilt, channels, factors)
    assert abs(after.mean() / before.mean() - 1) < 0.03


def test_levels_nobody_measured_and_equal_minutes_are_no_trouble():
    minutes = np.array([5.0, 5.0, 5.0, np.nan, np.nan])
    codes = np.array([0, 0, 1, 2, -1])
    found = handle_times.impute_minutes(minutes, np.array([0, 0, 0, 1, 0]), [codes])
    assert found == pytest.approx(np.full(5, 5.0), rel=1e-3)
    with pytest.raises(ValueError, match="no measured minutes"):
        handle_times.impute_minutes(np.array([np.nan]), np.array([0]), [np.array([0])])


def test_the_same_every_time():
    _, measured, channels, factors = world(7, n=800)
    one = handle_times.impute_minutes(measured, channels, factors)
    assert np.array_equal(one, handle_times.impute_minutes(measured.copy(), channels, factors))


def test_effects_are_found_with_their_spread():
    rng = np.random.default_rng(2)
    codes, other = rng.integers(0, 200, 20000), rng.integers(0, 3, 20000)
    effects = rng.normal(0, 0.5, 200)
    fitted = handle_times.fit_effects(1.0 + effects[codes] + rng.normal(0, 0.7, 20000), [codes, other])
    assert fitted.mean == pytest.approx(1.0 + effects.mean(), abs=0.05)
    assert fitted.spreads[0] == pytest.approx(effects.std(), rel=0.05)
    assert fitted.spreads[1] < 0.1  # nothing in it
    assert fitted.error == pytest.approx(0.7, rel=0.03)
    assert np.abs(fitted.effects[0] + fitted.mean - 1.0 - effects).mean() < 0.08
