"""The yearly figure: window, season, and the customers to come."""

import numpy as np
import pandas as pd
import pytest
from story import contact, context
from test_cost import COSTS, frames_after_episodes, line

from voc.costs import CostFile
from voc.stages.cost import cost_contacts
from voc.stages.yearly import WEEKS_A_YEAR, Year, season_index, year_of

NOBODY = "; as many customers as now"


def contacts_of(weekly: np.ndarray) -> tuple[np.ndarray, np.ndarray, pd.Series]:
    """Days, shares and customers of contacts, spread evenly over each week; weekly: from the first week to the last."""
    opened = np.concatenate([7 * week + (np.arange(n) + 0.5) / n * 7 for week, n in enumerate(weekly)])
    opened = np.append(opened, [0.0, 7.0 * len(weekly)])
    return opened, np.ones(len(opened)), pd.Series([None] * len(opened), dtype=object)


def season(weeks: int) -> np.ndarray:
    return 1 + 0.3 * np.sin(2 * np.pi * np.arange(weeks) / 52)


def test_the_season_of_130_weeks_is_found_under_growth_and_noise():
    weekly = np.random.default_rng(1).poisson(400 * season(130) * np.linspace(1, 1.4, 130))
    found = season_index(weekly[::-1].astype(float))[::-1]
    assert np.abs(found - season(130)).max() < 0.06
    assert found[:52].mean() == pytest.approx(1)


def test_a_window_in_the_high_season_is_brought_down_to_the_year():
    """130 weeks end at 26 of the third year: the last 13 lie on the peak, where the plain rate is a quarter too high."""
    weekly = np.random.default_rng(2).poisson(300 * season(130))
    year = year_of(*contacts_of(weekly), None)
    window = weekly[-13:].sum()
    assert window * WEEKS_A_YEAR / 13 > 1.15 * 300 * WEEKS_A_YEAR
    assert window * year.of_a_year(False) == pytest.approx(300 * WEEKS_A_YEAR, rel=0.03)
    assert year.basis == f"mean of the last 13 weeks, 26 where contacts are few; season from 130 weeks{NOBODY}"


@pytest.mark.parametrize(
    ("weeks", "says"),
    [
        (7, "none: 7 whole weeks of data, fewer than 8"),
        (8, f"mean of the last 8 weeks; of 8 weeks of data: simple run-rate, no seasonality{NOBODY}"),
        (25, "mean of the last 13 weeks, 25 where contacts are few; of 25 weeks of data: simple run-rate, no "
             f"seasonality{NOBODY}"),
        (26, "mean of the last 13 weeks, 26 where contacts are few; no seasonality: 26 weeks of data, 104 would show "
             f"it{NOBODY}"),
        (103, "mean of the last 13 weeks, 26 where contacts are few; no seasonality: 103 weeks of data, 104 would show "
              f"it{NOBODY}"),
        (104, f"mean of the last 13 weeks, 26 where contacts are few; season from 104 weeks{NOBODY}"),
    ],
)  # fmt: skip
def test_what_it_rests_on_is_said(weeks, says):
    year = year_of(*contacts_of(np.full(weeks, 20)), None)
    assert (year.basis, year.is_known) == (says, weeks >= 8)


def test_without_a_season_the_window_stands_for_the_year():
    year = Year(60, None, 1.0, "")
    assert (year.of_a_year(False), year.of_a_year(True)) == (WEEKS_A_YEAR / 13, WEEKS_A_YEAR / 26)
    assert year_of(np.zeros(0), np.zeros(0), pd.Series([], dtype=object), None).is_known is False


def test_customers_of_the_last_four_weeks_stand_for_those_to_come():
    opened, share, _ = contacts_of(np.append(np.full(26, 20), np.full(4, 40)))
    year = year_of(opened, share, pd.Series([f"c{i}" for i in range(len(opened))]), None)
    assert year.growth == pytest.approx(40 / (9 * 20 / 13 + 4 * 40 / 13), rel=0.02)
    assert year.growth_basis == f"; customers a week as in the last 4, {year.growth:.2f} times those of the 13"
    assert year_of(opened, share, pd.Series(["c"] * len(opened)), None).growth == 1  # who wrote more often is no growth


def test_planned_customers_are_used_where_the_cost_file_has_them():
    costs = CostFile.model_validate(COSTS | {"exposure": {"unit": "orders", "recent_week": line(2000), "planned_week": line(2500)}})
    year = year_of(*contacts_of(np.full(30, 20)), costs)
    assert (year.growth, year.growth_basis) == (1.25, "; orders a week planned at 1.25 times the recent ones")
    assert {"exposure.recent_week", "exposure.planned_week"} <= {path for path, _ in costs.lines()}


def test_no_customers_cannot_be_planned():
    with pytest.raises(ValueError, match="a week should have more than 0"):
        CostFile.model_validate(COSTS | {"exposure": {"recent_week": line(2000), "planned_week": line(0)}})


def test_small_topics_take_twice_as_many_weeks():
    """Over 27 weeks topic A has a repeat every week, B one in all, in the tenth week from the end."""
    start = pd.Timestamp("2026-01-01T09:00:00Z")
    rows, topics = [], {}
    for week in range(28):
        for name, days in (("a", (0, 2)), ("b", (0, 2) if week == 10 else ())):
            for day in days:
                key = f"{name}{week}-{day}"
                when = (start + pd.Timedelta(days=7 * week + day)).strftime("%Y-%m-%dT%H:%M:%SZ")
                rows.append(contact(key, f"{name}{week}", "01 09:00") | {"opened_at": when})
                topics[key] = {name.upper(): 1.0}
    table = cost_contacts(frames_after_episodes(rows, topics), context(COSTS)).frames["topic_costs"].set_index("topic_id")
    a, b = (table.loc[name] for name in "AB")
    month = a["repeat_cost_avoidable_month_mid"] * a["months"]
    assert a["repeat_cost_avoidable_year_mid"] == pytest.approx(month / 28 * WEEKS_A_YEAR, rel=0.1)
    assert b["is_low_volume"] and b["repeat_cost_avoidable_year_mid"] == pytest.approx(
        b["repeat_cost_avoidable_month_mid"] * b["months"] / 26 * WEEKS_A_YEAR, rel=0.05)
    assert set(table["year_basis"]) == {
        "mean of the last 13 weeks, 26 where contacts are few; no seasonality: 27 weeks of data, 104 would show it; customers a "
        "week as in the last 4, 1.00 times those of the 13"
    }
    assert (table["repeat_cost_avoidable_year_low"] <= table["repeat_cost_avoidable_year_mid"]).all()
    assert (table["repeat_cost_avoidable_year_mid"] <= table["repeat_cost_avoidable_year_high"]).all()
