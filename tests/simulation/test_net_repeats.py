"""Are repeats net of chance what they truly were, under every stress; and at the end of the data?

Quick by default; `make simulate` runs more worlds of every kind and writes its sections of docs/simulation.md.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from voc.repeats.mixture import Groups, fit_mixture, within
from voc.repeats.spacing import spacing_excess
from voc.repeats.survival import kaplan_meier

sys.path.insert(0, str(Path(__file__).parent))
from gap_worlds import STRESSES, GapWorld, Stress, gap_world  # noqa: E402
from report import table, write_section  # noqa: E402

WINDOW = 7.0
# By stress: how far the net total and its topics (mean absolute error) may be off, as shares of the truth
BOUNDS = {name: (0.05, 0.10) for name in STRESSES} | {
    "base: 2 % heavy": (0.03, 0.05),
    "one month of data": (0.05, 0.20),
}
FALSE_REPEATS = 0.005  # of all contacts, where nothing is ever repeated


def worlds(default: int) -> int:
    return int(os.environ.get("VOC_SIMULATIONS", default))


def groups(world: GapWorld, topic: np.ndarray, linked: np.ndarray) -> tuple[np.ndarray, Groups]:
    """Order of the contacts, and they as groups."""
    order = np.lexsort((world.start, topic, world.customer))
    customer, topic, start = world.customer[order], topic[order], world.start[order]
    is_first = np.append(True, (np.diff(customer) != 0) | (np.diff(topic) != 0))
    return order, Groups(
        np.cumsum(is_first) - 1,
        topic[is_first],
        start,
        start,
        linked[order],
        world.until,
        WINDOW,
        customer[is_first],
        0.0,
    )


def close(data: Groups) -> np.ndarray:
    """Contacts (n,) at most the window after the one before in their group."""
    gap = np.diff(data.start, prepend=-np.inf)
    return (gap <= data.window) & (np.diff(data.group, prepend=-1) == 0)


def by_topic(data: Groups, values: np.ndarray, topics: int) -> np.ndarray:
    return np.bincount(data.topic[data.group], values, topics)


def one_world(seed: list[int], stress: Stress) -> dict[str, np.ndarray]:
    """Repeats of every topic: true, raw, net and the bound; and the number of contacts."""
    world = gap_world(np.random.default_rng(seed), stress)
    _, data = groups(world, world.topic, np.zeros(len(world.topic), dtype=bool))
    probability, is_close = np.nan_to_num(fit_mixture(data, topics=world.topics).probability), close(data)
    return {
        "true": np.bincount(world.topic, world.lag <= WINDOW, world.topics),
        "raw": by_topic(data, is_close, world.topics),
        "net": by_topic(data, is_close * probability, world.topics),
        "bound": by_topic(data, is_close - spacing_excess(data), world.topics),
        "contacts": np.bincount(world.topic, minlength=world.topics),
    }


def stressed(name: str, number: int, seed: int) -> dict[str, float]:
    """Shares of all contacts, and errors of the net figure in total (mean over worlds) and by topic (mean absolute)."""
    found = [one_world([seed, world], STRESSES[name]) for world in range(number)]
    contacts = sum(world["contacts"].sum() for world in found)
    row = {kind: sum(world[kind].sum() for world in found) / contacts for kind in ("true", "raw", "net", "bound")}
    if row["true"] == 0:
        return row | {"total": np.nan, "topic": np.nan, "raw topic": np.nan}
    errors = {kind: np.mean([np.abs(world[kind] / world["true"] - 1) for world in found]) for kind in ("net", "raw")}
    return row | {"total": row["net"] / row["true"] - 1, "topic": errors["net"], "raw topic": errors["raw"]}


def check(name: str, row: dict[str, float]) -> None:
    total, topic = BOUNDS[name]
    if row["true"] == 0:
        assert row["net"] < FALSE_REPEATS
    else:
        assert abs(row["total"]) <= total, (name, row)
        assert row["topic"] <= topic, (name, row)
    assert row["bound"] <= row["true"] + 0.001 and row["true"] < row["raw"]


@pytest.mark.parametrize("name", ["base: 2 % heavy", "no true repeats", "one-week outage"])
def test_net_repeats_in_one_world(name):
    check(name, stressed(name, 1, seed=1))


@pytest.mark.simulation
def test_net_repeats_under_every_stress():
    number = min(worlds(12), 40)
    rows = {name: stressed(name, number, seed=102) for name in STRESSES}
    write_section(f"Repeats net of chance: {number} worlds of each kind, 8,000 customers, 270 days, 12 topics, window 7 days", [
        "Share of all contacts that are repeats on the same topic: as they truly were, as counted (raw), by the mixture (net), and",
        "by the conservative bound. Errors are those of net against the truth of the same world: of the total over all worlds, and",
        "by topic, the mean absolute one, beside that of raw. Small: 800 customers. What each stress is stands in",
        "`tests/simulation/gap_worlds.py`.", "",
        *table(["world", "true", "raw", "net", "bound", "net, total", "net, by topic", "raw, by topic"], [
            [name, *(f"{row[kind]:.3f}" for kind in ("true", "raw", "net", "bound")), percent(row["total"], "+.1%"),
             percent(row["topic"], ".1%"), percent(row["raw topic"], ".0%")]
            for name, row in rows.items()
        ]),
    ])  # fmt: skip
    for name, row in rows.items():
        check(name, row)


def percent(value: float, form: str) -> str:
    return "" if np.isnan(value) else format(value, form)


def returns(seed: list[int], windows: np.ndarray) -> np.ndarray:
    """Contacts of the 30 days before day 240 that came back within each window (3, windows).

    By the full history; by Kaplan-Meier with the data cut at day 240; and by the naive count at day 240.
    """
    cut = 240.0
    world = gap_world(np.random.default_rng(seed), Stress(heavy_share=0.0))
    _, data = groups(world, world.topic, np.zeros(len(world.topic), dtype=bool))
    following = np.where(np.append(np.diff(data.group) == 0, False), np.append(data.start[1:], np.inf), np.inf)
    recent = (data.start > cut - 30) & (data.start <= cut)
    wait, seen = (following - data.start)[recent], (cut - data.start)[recent]
    estimated = kaplan_meier(np.minimum(wait, seen), wait <= seen, at=windows)
    return np.stack([
        [(wait <= window).mean() for window in windows], estimated, [(wait <= np.minimum(window, seen)).mean() for window in windows],
    ])  # fmt: skip


def test_kaplan_meier_makes_up_for_the_end_of_the_data_in_a_few_worlds():
    full, estimated, naive = np.mean([returns([5, world], np.array([7.0])) for world in range(4)], axis=0)
    assert estimated == pytest.approx(full, rel=0.02)
    assert naive[0] < 0.95 * full[0]


@pytest.mark.simulation
def test_kaplan_meier_makes_up_for_the_end_of_the_data():
    number, windows = min(worlds(30), 60), np.array([1.0, 3, 7, 14, 30])
    full, estimated, naive = np.mean([returns([106, world], windows) for world in range(number)], axis=0)
    write_section(f"Repeat rates of the last 30 days: {number} worlds without heavy customers", [
        "Share of contacts of the last 30 days of the data that came back about the same topic: with 30 more days of data, by",
        "Kaplan-Meier without them, and as counted without them.", "",
        *table(["window, days", "full history", "Kaplan-Meier", "error", "naive", "error"], [
            [f"{window:.0f}", f"{f:.3f}", f"{e:.3f}", f"{e / f - 1:+.1%}", f"{n:.3f}", f"{n / f - 1:+.1%}"]
            for window, f, e, n in zip(windows, full, estimated, naive, strict=True)
        ]),
    ])  # fmt: skip
    assert estimated == pytest.approx(full, rel=0.01)


@pytest.mark.simulation
def test_rate_within_a_window_is_that_of_the_generator():
    """`within` against the chance that the generator gives a contact: repeat chance times the log-normal lag."""
    number = min(worlds(8), 20)
    found = []
    for seed in range(number):
        world = gap_world(np.random.default_rng([7, seed]))
        _, data = groups(world, world.topic, np.zeros(len(world.topic), dtype=bool))
        found.append(within(fit_mixture(data, topics=world.topics), WINDOW))
    true = np.linspace(*Stress().repeat, 12) * 0.9009  # normal distribution function of log(7 / 2.2) / 0.9
    assert np.mean(found, axis=0) == pytest.approx(true, rel=0.06)
