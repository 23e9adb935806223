"""The trend of a topic: what its 80% range promises on worlds with known growth."""

import numpy as np
import pandas as pd
import pytest

from voc.stages.rank import TREND, trend

START = pd.Timestamp("2026-01-01", tz="UTC")
DAYS, TOPICS = 119, 400  # 13 weeks, then 4


def world(weekly: float, growth: float, *, dispersion: float, seed: int) -> pd.DataFrame:
    """Contacts of topics whose expected weekly count is `weekly`, times `growth` in the last four weeks."""
    rng = np.random.default_rng(seed)
    rows = []
    for topic in range(TOPICS):
        for week in range(DAYS // 7):
            mean = weekly * (growth if week >= 13 else 1.0)
            level = mean if dispersion == 1 else rng.gamma(mean / (dispersion - 1), dispersion - 1)
            days = 7 * week + rng.uniform(0, 7, rng.poisson(level))
            rows.append(pd.DataFrame({"topic_id": f"t{topic}", "day": days}))
    # two contacts without a topic pin the first and the last moment
    parts = pd.concat([*rows, pd.DataFrame({"topic_id": None, "day": [0.0, float(DAYS)]})], ignore_index=True)
    opened = (START + pd.to_timedelta(parts["day"], unit="D")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return parts.assign(opened_at=opened, share=1.0)


@pytest.mark.parametrize("dispersion", [1.0, 2.5])
def test_without_growth_few_topics_seem_to_grow(dispersion):
    found = trend(world(20, 1.0, dispersion=dispersion, seed=5))
    inside = ((found["trend_low"] <= 1) & (found["trend_high"] >= 1)).mean()
    assert 0.75 <= inside <= 0.88  # 80 % promised
    assert ((found["trend_low"] > 1) & (found["trend_ratio"] >= 1.25)).mean() < 0.12


def test_a_topic_that_doubles_is_seen_and_counted():
    found = trend(world(20, 2.0, dispersion=1.0, seed=6))
    assert (found["trend_low"] > 1).mean() > 0.99
    assert found["trend_ratio"].median() == pytest.approx(2.0, rel=0.08)  # shrunk a little towards 1
    assert found["contacts_week_recent"].median() == pytest.approx(40, rel=0.05)
    assert found["contacts_week_before"].median() == pytest.approx(20, rel=0.05)


def test_a_period_too_short_tells_nothing():
    parts = world(20, 1.0, dispersion=1.0, seed=7)
    found = trend(parts[parts["opened_at"] < "2026-01-29"])
    assert list(found.columns) == list(TREND) and found.isna().all(axis=None)
