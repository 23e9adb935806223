"""Time the stages episodes, cost and rank on many contacts: every step's seconds and peak memory.

    python benchmarks/cost.py [--contacts 1000000] [--customers 200000] [--topics 150] [--draws 1000] [--seed 0]
                              [--stages episodes cost rank]

The contacts are made up: customers come with rates of their own (a few all the time) with new issues, and a quarter of
the contacts are followed by a repeat within days; one in ten of these has a vendor's link, one in fifty contacts is a
double post, one in five speaks of two topics, one in three has a measured handle time. Texts are a few words each.
The bar: all three within 3 minutes and 4 GiB on two cores. A step is a function the stage calls; those under a
hundredth of the whole are left out. Peak memory is that of the process, frames included.
"""

import argparse
import importlib
import inspect
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from voc import flow, tables  # noqa: E402
from voc.config import Pipeline  # noqa: E402
from voc.context import RunContext  # noqa: E402
from voc.costs import CostFile  # noqa: E402

STAGES = ("episodes", "cost", "rank")
BAR_SECONDS, BAR_GIBIBYTES = 180.0, 4.0
DAYS = 365.0
CHANNELS, CHANNEL_SHARES = np.array(["email", "web", "chat", "phone"], dtype=object), [0.4, 0.2, 0.2, 0.2]


def main() -> int:
    options = _arguments()
    frames = made_up(options.contacts, options.customers, options.topics, np.random.default_rng(options.seed))
    run = RunContext(
        pipeline=Pipeline.model_validate({
            "name": "benchmark", "database": "benchmark.db", "sources": [{"kind": "table", "path": "a.csv"}],
            "resamples": options.draws,
        }), folder=ROOT, run_id="r1", costs=CostFile.model_validate(_costs()),
    )  # fmt: skip
    print(f"{options.contacts:,} contacts, {options.customers:,} customers, {options.topics} topics, {options.draws:,} draws\n")
    print("| step | seconds | CPU seconds | peak GiB |\n| --- | --- | --- | --- |")
    print(f"| (frames) | | | {_peak():.2f} |", flush=True)
    clock, total, most = Clock(), 0.0, 0.0
    stages = {stage.name: stage for stage in flow.flow()}
    for name in options.stages:
        frames, seconds, peak = _timed_stage(stages[name], frames, run, clock)
        total, most = total + seconds, max(most, peak)
    is_met = total <= BAR_SECONDS and most <= BAR_GIBIBYTES
    print(f"| **all** | {total:.1f} | | {most:.2f} |\n\nThe bar is {'met' if is_met else 'missed'}.")
    return 0 if is_met else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("contacts", 1_000_000), ("customers", 200_000), ("topics", 150), ("draws", 1000), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES, help="only these, from the first on")
    return parser.parse_args()


def _timed_stage(stage: flow.Stage, frames: dict, run: RunContext, clock: "Clock") -> tuple[dict, float, float]:
    """Run a stage, print its lines; gives all frames, its seconds and its peak memory."""
    read = {t.name: frames[t.name] if t.name in frames else t.empty() for t in stage.reads}
    module, _, function = stage.function.partition(":")
    clock.watch(importlib.import_module(module))
    _forget_peak()
    began = _clocks()
    result = getattr(importlib.import_module(module), function)(read, run)
    (seconds, cpu), peak = _clocks() - began, _peak()
    print(f"| **{stage.name}** | {seconds:.1f} | {cpu:.1f} | {peak:.2f} |")
    for step, (wall, own_cpu) in sorted(clock.steps.items(), key=lambda item: -item[1][0]):
        if wall > seconds / 100:
            print(f"| {stage.name}: {step} | {wall:.1f} | {own_cpu:.1f} | |")
    sys.stdout.flush()
    return frames | result.frames, seconds, peak


def _clocks() -> np.ndarray:
    """Seconds on the wall and of the processor."""
    return np.array([time.perf_counter(), time.process_time()])


class Clock:
    """Seconds of the functions a stage calls; those called inside them are part of them."""

    def __init__(self) -> None:
        self.steps: dict[str, np.ndarray] = {}  # wall, CPU
        self._is_inside = False

    def watch(self, module) -> None:
        """Time the functions in the module's names, its own and imported ones, from now on."""
        self.steps = {}
        for name, value in list(vars(module).items()):
            if inspect.isfunction(value) and value.__module__.startswith("voc.") and not inspect.isgeneratorfunction(value):
                setattr(module, name, self._timed(name, value, is_stage=_takes_run(value)))

    def _timed(self, name: str, function: Callable, *, is_stage: bool) -> Callable:
        @wraps(function)
        def timed(*args: object, **options: object) -> object:
            if self._is_inside or is_stage:
                return function(*args, **options)
            self._is_inside, began = True, _clocks()
            try:
                return function(*args, **options)
            finally:
                self._is_inside = False
                self.steps[name] = self.steps.get(name, np.zeros(2)) + _clocks() - began

        return timed


def _takes_run(function: Callable) -> bool:
    """The stage's own function, whose steps are looked for: frames and run in, a Result out."""
    return list(inspect.signature(function).parameters) == ["frames", "run"] and "Result" in str(
        inspect.signature(function).return_annotation
    )


def _forget_peak() -> None:
    """Let the peak memory start anew (Linux; elsewhere peaks are those since the start)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak() -> float:
    """Peak resident memory in GiB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**20
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)


# ---------------------------------------------------------------- made-up contacts


def made_up(contacts: int, customers: int, topics: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Every table the stages read, of one year."""
    customer, topic, opened, linked, doubled = _contacts(contacts, customers, topics, rng)
    n = len(customer)
    ids = np.array([f"desk:{i:07}" for i in range(n)], dtype=object)
    names = np.array([f"t-{k:08x}" for k in range(topics)], dtype=object)
    who = np.array([f"c-{c:07}" for c in range(customers)], dtype=object)
    is_known = rng.random(n) < 0.97
    closed = np.where(rng.random(n) < 0.7, opened + rng.lognormal(-1, 1.2, n), np.nan)
    rows = {
        "contact_id": ids, "source": "desk", "customer_id": np.where(is_known, who[customer], None), "identifiers": "[]",
        "channel": rng.choice(CHANNELS, n, p=CHANNEL_SHARES), "site": rng.choice(np.array(["Berlin", "Manila"], dtype=object), n),
        "opened_at": _iso(opened), "closed_at": np.where(np.isnan(closed), None, _iso(np.nan_to_num(closed))),
        "subject": np.array([f"about {k} {i % 977}" for i, k in enumerate(topic)], dtype=object),
        "priority": rng.choice(np.array(["normal", "high"], dtype=object), n, p=[0.9, 0.1]),
        "handle_minutes": np.where(rng.random(n) < 0.33, rng.gamma(4.0, 2.0, n), np.nan),
        "follow_up_of": np.where(linked >= 0, ids[linked], None), "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False, "file_name": "a.csv", "line": np.arange(n),
    }  # fmt: skip
    words = np.array([f"words {i % 99991} of {k}" for i, k in enumerate(topic)], dtype=object)
    words[doubled >= 0] = words[doubled[doubled >= 0]]
    return {
        "contacts": _table(tables.Contact, rows),
        "customers": _table(tables.Customer, {
            "customer_id": who, "name": who, "identifier_count": 1, "contact_count": 1, "response_count": 0,
            "organisation": np.array([f"o-{i // 3}" for i in range(customers)], dtype=object),
            "annual_revenue": rng.lognormal(9, 1, customers),
        }),
        "verbatims": _table(tables.Verbatim, {
            "verbatim_id": ids, "source": "desk", "kind": "contact", "contact_id": ids, "said_at": rows["opened_at"],
            "text": words, "redaction_count": 0,
        }),
        "cleaned_verbatims": _table(tables.CleanedVerbatim, {
            "verbatim_id": ids, "text": words, "language": "en", "language_confidence": 1.0, "word_count": 4,
            "removed_character_count": 0, "uncovered_character_count": 0,
        }),
        "verbatim_topics": _labels(ids, names, topic, rng),
        "topics": _table(tables.Topic, {
            "topic_id": names, "name": [f"Topic {k}" for k in range(topics)], "named_by": "words", "words": "a, b",
            "cluster_count": 1, "passage_count": 1, "contact_count": 1, "response_count": 0, "confidence": 0.9, "is_pinned": False,
        }),
        "topic_reasons": _table(tables.TopicReason, {
            "topic_id": names, "threshold": 0.6, "status": "unmatched", "matched_by": "nobody",
        }),
    }  # fmt: skip


def _contacts(contacts: int, customers: int, topics: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Of each contact in order of time: customer, topic, day, the contact a link leads to, and the one it doubles."""
    rate = rng.lognormal(0, 1, customers) * np.where(rng.random(customers) < 0.02, 20, 1)
    popular = 1 / np.arange(1, topics + 1) ** 0.8
    issues = int(contacts * 0.77)
    customer = rng.choice(customers, issues, p=rate / rate.sum())
    topic = rng.choice(topics, issues, p=popular / popular.sum())
    day, linked, doubled = rng.uniform(0, DAYS, issues), np.full(issues, -1), np.full(issues, -1)
    while len(customer) < contacts:
        new = rng.choice(len(customer), contacts - len(customer), replace=False)[: max(contacts // 20, 1)]
        is_double = rng.random(len(new)) < 0.08
        customer, topic = np.append(customer, customer[new]), np.append(topic, topic[new])
        day = np.append(day, day[new] + np.where(is_double, 0.02, rng.exponential(3.0, len(new)) + 0.1))
        linked = np.append(linked, np.where((rng.random(len(new)) < 0.1) & ~is_double, new, -1))
        doubled = np.append(doubled, np.where(is_double, new, -1))
    order = np.argsort(day, kind="stable")
    place = np.append(np.argsort(order), -1)
    return customer[order], topic[order], day[order], place[linked[order]], place[doubled[order]]


def _labels(ids: np.ndarray, names: np.ndarray, topic: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Topics of the texts: one in five has a second, one in ten is labelled wrongly, one in twenty has none."""
    wrong = rng.integers(0, len(names), len(ids))
    main = np.where(rng.random(len(ids)) < 0.1, wrong, topic)
    has_two = (rng.random(len(ids)) < 0.2) & (wrong != main)
    has_one = rng.random(len(ids)) < 0.95
    return pd.concat([
        _table(tables.VerbatimTopic, {
            "verbatim_id": ids[rows], "contact_id": ids[rows], "topic_id": names[codes[rows]], "is_main": is_main, "share": share,
            "confidence": rng.beta(6, 1, rows.sum()),
        })
        for rows, codes, is_main, share in (
            (has_one, main, True, np.where(has_two, 0.7, 1.0)[has_one]), (has_one & has_two, wrong, False, 0.3),
        )
    ], ignore_index=True)  # fmt: skip


def _iso(day: np.ndarray) -> np.ndarray:
    start = np.datetime64("2025-01-01T00:00:00")
    return np.char.add(np.datetime_as_string(start + (day * 86400).astype("timedelta64[s]")), "Z").astype(object)


def _table(declared, columns: dict) -> pd.DataFrame:
    """A checked frame; columns that are not given are empty."""
    n = max(len(v) for v in columns.values() if not np.isscalar(v))
    blank = {c.name: np.full(n, None, dtype=object) for c in declared.columns if c.name not in columns}
    return declared.check(pd.DataFrame(columns | blank))


def _costs() -> dict:
    def line(value: float) -> dict:
        return {"value": value, "source": "assumption"}

    staff = {"wage_per_hour": 20.6, "on_cost_share": 0.43, "support_overhead_share": 0.45, "shrinkage_share": 0.3,
             "occupancy_share": 0.8}  # fmt: skip
    return {
        "currency": "USD",
        "groups": [
            {"name": "own", "model": "in_house", "parameters": {k: line(v) for k, v in staff.items()},
             "channels": {"*": {"handle_minutes": line(7), "other_cost": line(0.1)}}},
            {"name": "outsourcer", "sites": ["Manila"], "model": "bpo_per_contact",
             "channels": {"*": {"price_per_contact": line(3.1), "other_cost": line(0.2)}}},
        ],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
