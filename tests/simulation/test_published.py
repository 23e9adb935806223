"""Do the published tables tell the truth of made-up worlds: net repeats, their ranges, and the chance to be among the top three?

Worlds come from `gap_worlds` and go through the stages episodes and cost; what is compared is what `topic_costs` holds.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
from gap_worlds import GapWorld, Stress, gap_world  # noqa: E402
from report import write_section  # noqa: E402
from story import context  # noqa: E402

from voc import tables  # noqa: E402
from voc.stages.cost import cost_contacts  # noqa: E402
from voc.stages.episodes import find_episodes  # noqa: E402
from voc.stages.topic_costs import draw_topics, measured  # noqa: E402
from voc.stats import ranks  # noqa: E402

WINDOW = 7.0


def frames_of(world: GapWorld) -> dict[str, pd.DataFrame]:
    """The world as the tables the stages read."""
    n = len(world.start)
    ids = np.array([f"k{i:06d}" for i in range(n)], dtype=object)
    at = (pd.Timestamp("2026-01-01") + pd.to_timedelta(world.start, unit="D")).strftime("%Y-%m-%dT%H:%M:%SZ")
    contacts = pd.DataFrame({c.name: pd.Series([None] * n, dtype="object") for c in tables.Contact.columns}).assign(
        contact_id=ids, source="s", customer_id=[f"c{c:05d}" for c in world.customer], identifiers="[]", channel="email",
        opened_at=at, tags="[]", file_name="f", line=1, handle_minutes=6.0,
    )  # fmt: skip
    verbatims = pd.DataFrame({
        "verbatim_id": ids, "source": "s", "kind": "contact", "contact_id": ids, "response_id": None, "said_at": at,
        "question": None, "text": ids, "redaction_count": 0,
    })  # fmt: skip
    labels = pd.DataFrame({
        "verbatim_id": ids, "topic_id": [f"t{t:02d}" for t in world.topic], "contact_id": ids, "response_id": None, "share": 1.0,
        "is_main": True,
    })  # fmt: skip
    topics = tables.Topic.frame(
        {"topic_id": f"t{t:02d}", "name": f"t{t:02d}", "words": "w", "passage_count": 1, "contact_count": 1, "response_count": 0,
         "confidence": 1.0, "named_by": "words", "theme_id": None, "cluster_count": 1, "is_pinned": False}
        for t in range(world.topics)
    )  # fmt: skip
    return {
        "contacts": tables.Contact.check(contacts), "verbatims": tables.Verbatim.check(verbatims),
        "verbatim_topics": tables.VerbatimTopic.check(labels), "topics": topics, "topic_reasons": tables.TopicReason.empty(),
    }  # fmt: skip


def true_repeats(world: GapWorld) -> np.ndarray:
    """True repeats within the window by topic (topics,)."""
    is_repeat = world.parent >= 0
    lag = world.start[is_repeat] - world.start[world.parent[is_repeat]]
    return np.bincount(world.topic[is_repeat][lag <= WINDOW], minlength=world.topics)


def published(world: GapWorld, *, resamples: int = 200) -> tuple[pd.Series, np.ndarray]:
    """Net repeats by topic as published, and the draws of it (draws, topics and all together)."""
    run = context(resamples=resamples)
    frames = frames_of(world)
    frames |= find_episodes(frames, run).frames
    found = cost_contacts(frames, run).frames
    net = found["topic_costs"].set_index("topic_id")["repeats_net"].sort_index()
    rows = measured(found["ledger_lines"], found["contact_costs"], frames)
    drawn = draw_topics(rows, ("repeats",), found["contact_costs"], frames, run)
    assert drawn.topics == list(net.index)
    return net, np.column_stack([drawn.of["repeats"], drawn.of_all["repeats"]])


def test_net_repeats_of_one_world_are_near_the_truth():
    world = gap_world(np.random.default_rng(4), Stress(customers=3_000))
    net, drawn = published(world, resamples=100)
    truth = true_repeats(world)
    assert net.sum() == pytest.approx(truth.sum(), rel=0.06)
    assert np.abs(net.to_numpy() / truth - 1).mean() < 0.12
    low, high = np.quantile(drawn[:, -1], [0.05, 0.95])
    assert low < truth.sum() < high


@pytest.mark.simulation
def test_ranges_hold_the_long_run_mean_and_ranks_their_promise():
    sets = int(os.environ.get("VOC_SIMULATIONS", "200"))
    nets, truths, lows, highs, tops = [], [], [], [], []
    for number in range(sets):
        world = gap_world(np.random.default_rng([11, number]), Stress(customers=1_500))
        net, drawn = published(world, resamples=400)
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        truth = true_repeats(world)
        nets.append([*net, net.sum()]), truths.append([*truth, truth.sum()])
        lows.append(low), highs.append(high), tops.append((ranks(drawn[:, :-1]) <= 3).mean(axis=0))
    nets, truths, lows, highs, tops = (np.array(part) for part in (nets, truths, lows, highs, tops))
    mean = truths.mean(axis=0)  # what the long run gives
    covered = ((lows <= mean) & (mean <= highs)).mean(axis=0)
    is_top = np.zeros(mean.size - 1, dtype=bool)
    is_top[np.argsort(-mean[:-1])[:3]] = True
    bins = np.digitize(tops, [0.25, 0.5, 0.75])
    said = [tops[bins == b].mean() if (bins == b).any() else np.nan for b in range(4)]
    true = [np.broadcast_to(is_top, tops.shape)[bins == b].mean() if (bins == b).any() else np.nan for b in range(4)]
    counts = [int((bins == b).sum()) for b in range(4)]
    lines = [
        f"{sets} worlds of 1,500 customers in 270 days, 2% of them heavy (a third of the contacts), 12 topics, right labels; as published in",
        "`topic_costs` and by the draws behind it. Covered: share of worlds whose nominal 90% range holds the mean of the true repeats.", "",
        "| | net over true | covered |", "| --- | --- | --- |",
        f"| all topics together | {nets[:, -1].sum() / truths[:, -1].sum():.3f} | {covered[-1]:.0%} |",
        f"| a topic, mean | {np.mean(nets[:, :-1].sum(axis=0) / truths[:, :-1].sum(axis=0)):.3f} | {covered[:-1].mean():.0%} |",
        f"| a topic, least | {np.min(nets[:, :-1].sum(axis=0) / truths[:, :-1].sum(axis=0)):.3f} | {covered[:-1].min():.0%} |", "",
        "| P(top 3) said | topics | mean said | truly among the top three |", "| --- | --- | --- | --- |",
        *(f"| {name} | {n} | {s:.0%} | {t:.0%} |" for name, n, s, t in
          zip(("below 25%", "25 to 50%", "50 to 75%", "75% and more"), counts, said, true, strict=True)),
    ]  # fmt: skip
    write_section("Published ranges and ranks", lines)
    assert 0.85 <= covered[:-1].mean() <= 0.96
    assert covered[-1] >= 0.80
    assert max(abs(s - t) for s, t, n in zip(said, true, counts, strict=True) if n >= 40) <= 0.1
