"""The gap mixture fitted again to customers drawn anew."""

from pathlib import Path

import numpy as np

from voc.config import Pipeline
from voc.context import RunContext
from voc.repeats.mixture import Groups, fit_mixture
from voc.stages import refits


def world(customers: int):
    """Customers with an issue or two each in 90 days, a third of them followed by a repeat within days."""
    rng = np.random.default_rng(5)
    rows = []
    for customer in range(customers):
        starts = list(rng.uniform(0, 85, rng.integers(1, 3)))
        starts += [start + rng.exponential(2.0) for start in starts if rng.random() < 0.33]
        rows += [(customer, start) for start in sorted(starts)]
    group, start = (np.array(column) for column in zip(*rows, strict=True))
    return Groups(
        group=group, topic=np.arange(customers) % 3, start=start, end=start, is_linked=np.zeros(len(group), bool),
        until=90.0, window=7.0, customer=np.arange(customers), since=0.0,
    )  # fmt: skip


def factors(groups: Groups, mixture) -> np.ndarray:
    pipeline = Pipeline.model_validate(
        {"name": "x", "database": "x.db", "sources": [{"kind": "table", "path": "a.csv"}], "resamples": 100}
    )
    names = np.array([f"c{i:05}" for i in range(len(groups.topic))], dtype=object)
    table = refits.refit_rows(
        groups, np.ones(len(groups.group)), groups.topic[groups.group], mixture, names, names,
        np.array(["a", "b", "c"], dtype=object), RunContext(pipeline=pipeline, folder=Path("."), run_id="r"),
    )  # fmt: skip
    return table.pivot(index="refit", columns="topic_id", values="factor").to_numpy()


def test_refits_vary_about_the_published_mixture():
    groups = world(1500)
    found = factors(groups, fit_mixture(groups, topics=3))
    assert found.shape == (refits.REFITS, 3)
    assert np.abs(found.mean(axis=0) - 1).max() < 0.1
    assert 0.002 < found.std(axis=0).max() < 0.2


def test_fewer_iterations_in_much_data_change_factors_by_little_of_their_spread(monkeypatch):
    groups = world(6000)
    mixture = fit_mixture(groups, topics=3)
    found = {}
    for much in (10**9, 0):
        monkeypatch.setattr(refits, "MUCH", much)
        found[much] = factors(groups, mixture)
    assert not np.array_equal(found[0], found[10**9])
    assert np.abs(found[0] - found[10**9]).max() < 0.1 * found[0].std(axis=0).min()
