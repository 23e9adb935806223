"""Kaplan-Meier, cumulative incidence and maturity against hand-made cases and a second computation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.repeats.survival import cumulative_incidence, kaplan_meier, maturity

# time and kind: 0 the data end, 1 a repeat, 2 the account is closed
HISTORIES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=40)


def by_loops(rows: list[tuple[float, int, float]], day: float, kinds: int = 2) -> list[float]:
    """Aalen-Johansen from its definition, one time after the other."""
    survival, found = 1.0, [0.0] * kinds
    for time in sorted({t for t, _, _ in rows}):
        at_risk = sum(w for t, _, w in rows if t >= time)
        if time > day or at_risk == 0:
            continue
        events = [sum(w for t, k, w in rows if t == time and k == kind) for kind in range(1, kinds + 1)]
        found = [f + survival * e / at_risk for f, e in zip(found, events, strict=True)]
        survival *= 1 - sum(events) / at_risk
    return found


def test_product_limit_by_hand():
    # 6 contacts; back on day 1, 3, 3, 6; out of sight on day 2 and 6 (after the one who came back that day)
    time, back = np.array([3, 1, 2, 6, 3, 6]), np.array([True, True, False, True, True, False])
    share = kaplan_meier(time, back, at=np.array([0, 1, 2.9, 3, 6, 30]))
    # S: 5/6 after day 1; of 4 at risk on day 3 two come back: 5/6 * 1/2; of 2 on day 6 one: 5/24
    assert share == pytest.approx([0, 1 / 6, 1 / 6, 7 / 12, 19 / 24, 19 / 24])


def test_competing_events_by_hand():
    # day 1: one of four comes back; day 2: one of three closes the account; day 4: one of two comes back
    share = cumulative_incidence(np.array([1, 2, 4, 5]), np.array([1, 2, 1, 0]), at=np.array([1, 2, 4]))
    assert share == pytest.approx(np.array([[1 / 4, 1 / 4, 1 / 2], [0, 1 / 4, 1 / 4]]))
    # to take the closed account for the end of the data claims more: 1 - 3/4 * 1/2
    censored = kaplan_meier(np.array([1, 2, 4, 5]), np.array([1, 0, 1, 0]) == 1, at=np.array([4]))
    assert censored == pytest.approx([5 / 8])


@given(HISTORIES)
def test_agrees_with_the_definition(rows):
    time, kind, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    days = np.arange(14.0)
    share = cumulative_incidence(time, kind.astype(int), at=days, weights=weight, kinds=2)
    assert share.T == pytest.approx(np.array([by_loops(rows, day) for day in days]))


@given(HISTORIES)
def test_all_kinds_together_are_one_less_survival(rows):
    time, kind, _ = (np.array(column) for column in zip(*rows, strict=True))
    days = np.arange(14.0)
    together = cumulative_incidence(time, kind, at=days, kinds=2).sum(axis=0)
    assert together == pytest.approx(kaplan_meier(time, kind > 0, at=days))


@given(HISTORIES)
def test_a_weight_is_a_number_of_copies(rows):
    time, kind, weight = (np.array(column) for column in zip(*rows, strict=True))
    if not weight.any():
        return
    days = np.arange(14.0)
    copies = cumulative_incidence(np.repeat(time, weight), np.repeat(kind, weight), at=days, kinds=2)
    assert cumulative_incidence(time, kind, at=days, weights=weight, kinds=2) == pytest.approx(copies)


@given(HISTORIES)
def test_draws_are_computed_column_by_column(rows):
    time, kind, weight = (np.array(column) for column in zip(*rows, strict=True))
    days, draws = np.arange(14.0), np.stack([weight, np.ones(len(weight)), weight[::-1]], axis=1)
    together = kaplan_meier(time, kind == 1, at=days, weights=draws)
    single = [kaplan_meier(time, kind == 1, at=days, weights=column) for column in draws.T]
    assert together == pytest.approx(np.stack(single, axis=1))


def test_nothing_is_known_without_contacts():
    nothing = np.zeros(0)
    assert np.isnan(kaplan_meier(nothing, nothing > 0, at=np.array([1.0, 7.0]))).all()


def test_maturity_by_hand():
    # of four contacts, all seen for 10 days, one comes back on day 1 and one on day 5; on day 9, outside, a third
    time, back = np.array([1, 5, 9, 10]), np.array([True, True, True, False])
    share = maturity(time, back, age=np.array([0, 1, 4.9, 5, 7, 30]), window=7)
    assert share == pytest.approx([0, 0.5, 0.5, 1, 1, 1])
    nobody = maturity(time, np.zeros(4, dtype=bool), age=np.array([1, 7]), window=7)
    assert np.isnan(nobody).all()
