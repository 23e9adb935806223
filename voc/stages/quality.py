"""Quality: measure how far each topic can be trusted, and mark the doubtful ones with the reasons."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.embed import vector_book
from voc.stages.topics import topic_options
from voc.topics import quality
from voc.topics.pairs import Agreement

ALL = "*"
PART_TOO_SMALL = 0.5  # share of the texts resampled below which a low stability may come of the missing texts
_MEASURES = ("stability", "separation", "coherence", "confidence")


@dataclass(frozen=True)
class _Texts:
    """Different texts that have a topic, by hash; `groups` are positions in the sorted topic ids."""

    hashes: list[str]
    texts: list[str]
    counts: np.ndarray
    groups: np.ndarray


def check_topics(frames: Frames, run: RunContext) -> Result:
    """Stability, separation, coherence, confidence and agreement of linked pairs for every topic and for all."""
    topics = frames["topics"].sort_values("topic_id").reset_index(drop=True)
    if topics.empty:
        return Result({"topic_checks": tables.TopicCheck.empty()}, {"topics": 0})
    held = _texts(frames, list(topics["topic_id"]))
    measured, resampled = _measures(frames, topics, held, run)
    whole, by_topic = _agreements(frames["label_agreements"])
    rows = [_row(m, resampled, by_topic.get(m["topic_id"], Agreement(0, 0)), len(held.texts)) for m in measured]
    rows.append(_row(_overall(measured, held, frames["passage_topics"]), resampled, whole, len(held.texts)))
    checks = tables.TopicCheck.frame(rows)
    return Result({"topic_checks": checks}, _notes(checks, resampled, held, whole))


def _agreements(rows: pd.DataFrame) -> tuple[Agreement, dict[str, Agreement]]:
    """Agreement of linked pairs, of all topics and by topic."""
    found = {
        row.topic_id: Agreement(int(row.pairs), int(row.agreeing), _known(row.chance)) for row in rows.itertuples()
    }
    return found.pop(ALL, Agreement(0, 0)), found


# ---------------------------------------------------------------- texts and measures


def _texts(frames: Frames, topic_ids: list[str]) -> _Texts:
    rows = frames["passages"][["passage_id", "text_hash", "text"]].merge(
        frames["passage_topics"][["passage_id", "topic_id"]], on="passage_id"
    )
    place = {topic_id: i for i, topic_id in enumerate(topic_ids)}
    rows = rows[rows["topic_id"].isin(place)].sort_values(["text_hash", "passage_id"])
    counts = rows.groupby("text_hash").size()
    first = rows.drop_duplicates("text_hash")
    return _Texts(
        list(first["text_hash"]), list(first["text"]), counts.loc[first["text_hash"]].to_numpy(dtype=float),
        first["topic_id"].map(place).to_numpy(dtype=int),
    )  # fmt: skip


def _measures(
    frames: Frames, topics: pd.DataFrame, held: _Texts, run: RunContext
) -> tuple[list[dict], quality.Resampled]:
    """The measures of each topic, None where one is not known, and what was resampled."""
    n, options = len(topics), topic_options(run)
    vectors = vector_book(frames, run).of(held.hashes)
    run.progress(1, 4)
    resampled = quality.Resampled(np.full(n, np.nan), 0, 0)
    if options.engine == "leiden":
        resampled = quality.resample(
            held.texts, vectors, held.groups, held.counts,
            parts=topics["cluster_count"].clip(lower=1).to_numpy(dtype=int), neighbours=options.neighbours,
            lexical_share=options.lexical_share, min_texts=options.min_texts, seed=run.pipeline.seed,
        )  # fmt: skip
    run.progress(2, 4)
    separation = np.full(n, np.nan)
    apart = quality.separation(vectors, held.groups)
    separation[: len(apart)] = apart
    run.progress(3, 4)
    words = [text.split(", ") if text else [] for text in topics["words"]]
    coherence = quality.coherence(held.texts, words)
    chance = quality.coherence_by_chance(held.texts, words, seed=run.pipeline.seed)
    run.progress(4, 4)
    sizes = np.bincount(held.groups, minlength=n)
    return [
        {
            "topic_id": topic_id, "distinct_text_count": int(sizes[i]), "stability": _known(resampled.stability[i]),
            "separation": _known(separation[i]), "coherence": _known(coherence[i]), "coherence_chance": chance,
            "confidence": _known(confidence) if sizes[i] else None, "without_topic_share": None,
        }
        for i, (topic_id, confidence) in enumerate(zip(topics["topic_id"], topics["confidence"], strict=True))
    ], resampled  # fmt: skip


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _overall(measured: list[dict], held: _Texts, passage_topics: pd.DataFrame) -> dict:
    """The row of all topics: medians, and the share of passages without one."""
    medians = {name: [m[name] for m in measured if m[name] is not None] for name in _MEASURES}
    return {
        "topic_id": ALL, "distinct_text_count": len(held.texts), "coherence_chance": measured[0]["coherence_chance"],
        **{name: float(np.median(values)) if values else None for name, values in medians.items()},
        "without_topic_share": float(passage_topics["topic_id"].isna().mean()) if len(passage_topics) else None,
    }  # fmt: skip


def _row(measured: dict, resampled: quality.Resampled, agreement: Agreement, texts: int) -> dict:
    is_whole = resampled.texts >= PART_TOO_SMALL * texts
    why = quality.doubts(
        texts=measured["distinct_text_count"], stability=measured["stability"] if is_whole else None,
        separation=measured["separation"], coherence=measured["coherence"],
        coherence_chance=measured["coherence_chance"], confidence=measured["confidence"], agreement=agreement,
    )  # fmt: skip
    low, high = agreement.interval
    return measured | {
        "stability_text_count": resampled.texts, "linked_pair_count": agreement.pairs,
        "linked_agreement": agreement.share, "linked_agreement_low": low, "linked_agreement_high": high,
        "linked_agreement_chance": agreement.chance, "is_doubtful": bool(why), "why_doubtful": json.dumps(why),
        "is_roll_up_advised": "linked_pairs_disagree" in why,
    }  # fmt: skip


def _notes(checks: pd.DataFrame, resampled: quality.Resampled, held: _Texts, whole: Agreement) -> dict:
    cautions = []
    if 0 < resampled.texts < len(held.texts):
        cautions.append(
            f"Stability was measured on {resampled.texts:,} of {len(held.texts):,} texts and is lower than the truth."
        )
    return {
        "doubtful": int(checks.loc[checks["topic_id"] != ALL, "is_doubtful"].sum()), "topics": len(checks) - 1,
        "resamples": resampled.draws, "linked_pairs": whole.pairs, "linked_pairs_agreeing": whole.agreeing,
        "cautions": cautions,
    }  # fmt: skip
