"""Match: give every topic the contact reason of the taxonomy it resembles; a person's decision wins."""

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.embed import VectorBook, embedder, texts_to_embed
from voc.stages.prepare import text_hash

# Passages nearest to the topic's centre that speak for it.
SPEAKERS = 40


def match_topics(frames: Frames, run: RunContext) -> Result:
    """Match topics with reasons by the similarity of their texts.

    Score: cosine between the mean vector of the topic's most central passages and the mean vector of the
    reason's label and examples. Below the threshold a topic is "unmatched"; its nearest reason is kept beside it.
    """
    reasons = _reason_rows(run)
    topics, decisions = frames["topics"], frames["topic_decisions"].set_index("topic_id")
    threshold = _threshold(run)
    if run.taxonomy and len(topics):
        scores = _scores(frames, run)
        best = scores.argmax(axis=1)
        nearest = [run.taxonomy.reasons[i].id for i in best]
        values: list[float | None] = [float(v) for v in scores[np.arange(len(best)), best].clip(-1, 1)]
    else:
        nearest, values = [None] * len(topics), [None] * len(topics)
    by_id = reasons.set_index("reason_id")
    rows = [
        _row(topic_id, near, score, threshold, decisions, by_id)
        for topic_id, near, score in zip(topics["topic_id"], nearest, values, strict=True)
    ]
    out = {"reasons": reasons, "topic_reasons": tables.TopicReason.frame(rows)}
    stray = sorted(set(decisions.index) - set(topics["topic_id"]))
    notes = {"matched": int((out["topic_reasons"]["status"] == "matched").sum()), "topics": len(topics)}
    unknown = sorted(set(decisions["reason_id"].dropna()) - set(reasons["reason_id"]))
    notes |= {"decisions_without_topic": stray} if stray else {}
    return Result(out, notes | ({"decisions_with_unknown_reason": unknown} if unknown else {}))


def _threshold(run: RunContext) -> float:
    """The pipeline's threshold, else the one measured for the embedder (DECISIONS.md, "Match")."""
    if run.pipeline.match.threshold is not None:
        return run.pipeline.match.threshold
    return 0.35 if run.pipeline.embed.model == "tfidf" else 0.60


def _reason_rows(run: RunContext) -> pd.DataFrame:
    if run.taxonomy is None:
        return tables.Reason.empty()
    return tables.Reason.frame(
        {
            "reason_id": r.id, "taxonomy": run.taxonomy.name, "label": r.label, "area": r.area,
            "description": r.description, "demand_type": r.demand_type, "owner": r.owner,
        }
        for r in run.taxonomy.reasons
    )  # fmt: skip


def _scores(frames: Frames, run: RunContext) -> np.ndarray:
    """Cosine of every topic (rows) with every reason (columns)."""
    _, model = embedder(run, list(texts_to_embed(frames["passages"], run).values()))
    book = VectorBook(frames["vectors"], model)
    speakers = frames["passage_topics"].merge(frames["passages"][["passage_id", "text_hash"]], on="passage_id")
    speakers = speakers.sort_values(["centrality", "passage_id"], ascending=[False, True], kind="stable")
    of_topic = dict(tuple(speakers.dropna(subset=["topic_id"]).groupby("topic_id")))
    topic_means = [
        _mean_vector(book.of(of_topic[topic_id]["text_hash"].head(SPEAKERS)))
        for topic_id in frames["topics"]["topic_id"]
    ]
    reason_means = [_mean_vector(book.of(text_hash(p) for p in reason.phrases)) for reason in run.taxonomy.reasons]
    return np.stack(topic_means) @ np.stack(reason_means).T


def _mean_vector(vectors: np.ndarray) -> np.ndarray:
    mean = vectors.mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def _row(topic_id, nearest, score, threshold, decisions: pd.DataFrame, by_id: pd.DataFrame) -> dict:
    decided = decisions.loc[topic_id] if topic_id in decisions.index else None
    reason_id = nearest if score is not None and score >= threshold else None
    matched_by = "similarity" if reason_id else "nobody"
    if decided is not None and pd.notna(decided["reason_id"]) and decided["reason_id"] in by_id.index:
        reason_id, matched_by = decided["reason_id"], "person"
    reason = by_id.loc[reason_id] if reason_id else None
    owner = None if reason is None else reason["owner"]
    if decided is not None and pd.notna(decided["owner"]):
        owner = decided["owner"]
    return {
        "topic_id": topic_id, "reason_id": reason_id, "nearest_reason_id": nearest, "score": score,
        "threshold": threshold, "status": "matched" if reason_id else "unmatched", "matched_by": matched_by,
        "owner": owner, "demand_type": None if reason is None else reason["demand_type"],
    }  # fmt: skip
