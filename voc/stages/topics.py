"""Topics: sort passages into topics and say which topics every contact and answer speaks of."""

import hashlib
from dataclasses import fields

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.embed import VectorBook, embedder, texts_to_embed
from voc.topics import TopicModel, TopicOptions, find_topics

# A topic that fills less of a text than this is folded into the text's other topics: one stray sentence of a long
# message should not make it a contact about something else.
MIN_SHARE = 0.25


def find_passage_topics(frames: Frames, run: RunContext) -> Result:
    """Group passages by meaning. Every passage keeps its row, with a topic or the reason it has none."""
    passages = frames["passages"]
    texts = texts_to_embed(passages, run)
    _, model_name = embedder(run, list(texts.values()))
    vectors = VectorBook(frames["vectors"], model_name).of(passages["text_hash"])
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        run.progress(len(steps), 0)

    model = find_topics(
        list(passages["text"]), vectors, options=topic_options(run), seed=run.pipeline.seed, progress=tell
    )
    ids = topic_ids(model)
    passage_topics = _passage_rows(passages, vectors, model, ids)
    verbatim_topics = _verbatim_rows(passage_topics, passages, frames["verbatims"])
    out = {
        "topics": _topic_rows(model, ids, verbatim_topics),
        "topic_words": _word_rows(model, ids),
        "passage_topics": passage_topics,
        "verbatim_topics": verbatim_topics,
    }
    return Result(out, _notes(model, out, run))


def topic_options(run: RunContext) -> TopicOptions:
    """The pipeline's `topics` block as the engine's options."""
    known = {f.name for f in fields(TopicOptions)}
    return TopicOptions(**{k: v for k, v in run.pipeline.topics.model_dump().items() if k in known})


def topic_ids(model: TopicModel) -> list[str]:
    """One id a topic, by `Topic.number`.

    The id is a hash of the topic's leading words, so that the same topic found again next week, a little larger,
    mostly keeps its id; more words are taken until all ids differ.
    """
    for count in range(3, 40):
        words = ["|".join(sorted(word for word, _ in topic.words[:count])) or topic.name for topic in model.topics]
        ids = ["t-" + hashlib.sha256(text.encode()).hexdigest()[:8] for text in words]
        if len(set(ids)) == len(ids):
            return ids
    return [f"{text}-{number}" for number, text in enumerate(ids)]


def _passage_rows(passages: pd.DataFrame, vectors: np.ndarray, model: TopicModel, ids: list[str]) -> pd.DataFrame:
    centres = np.stack([topic.centroid for topic in model.topics]) if model.topics else np.zeros((1, vectors.shape[1]))
    labels = np.array([0 if label is None else label for label in model.labels], dtype=int)
    centrality = np.einsum("ij,ij->i", vectors, centres[labels]).clip(-1, 1)
    return tables.PassageTopic.check(pd.DataFrame({
        "passage_id": passages["passage_id"],
        "topic_id": [None if label is None else ids[label] for label in model.labels],
        "confidence": np.asarray(model.confidence, dtype=float).clip(0, 1),
        "centrality": [0.0 if label is None else float(c) for label, c in zip(model.labels, centrality, strict=True)],
        "why_unassigned": list(model.why_unassigned),
    }))  # fmt: skip


def _verbatim_rows(passage_topics: pd.DataFrame, passages: pd.DataFrame, verbatims: pd.DataFrame) -> pd.DataFrame:
    """Shares of a verbatim's topics: its passages count alike; small topics are folded into the others."""
    found = passages.merge(passage_topics, on="passage_id").dropna(subset=["topic_id"])
    if found.empty:
        return tables.VerbatimTopic.empty()
    counted = found.groupby(["verbatim_id", "topic_id"]).agg(n=("position", "size"), first=("position", "min"))
    counted = counted.reset_index()
    counted["share"] = counted["n"] / counted.groupby("verbatim_id")["n"].transform("sum")
    largest = counted.groupby("verbatim_id")["share"].transform("max")
    counted = counted[(counted["share"] >= MIN_SHARE) | (counted["share"] == largest)]
    counted["share"] = counted["share"] / counted.groupby("verbatim_id")["share"].transform("sum")
    counted = counted.sort_values(["verbatim_id", "share", "first"], ascending=[True, False, True], kind="stable")
    counted["is_main"] = ~counted.duplicated("verbatim_id")
    owners = verbatims[["verbatim_id", "contact_id", "response_id"]]
    rows = counted.merge(owners, on="verbatim_id", how="left", validate="many_to_one")
    return tables.VerbatimTopic.check(rows[tables.VerbatimTopic.names])


def _topic_rows(model: TopicModel, ids: list[str], verbatim_topics: pd.DataFrame) -> pd.DataFrame:
    counts = verbatim_topics.groupby("topic_id").agg(c=("contact_id", "nunique"), r=("response_id", "nunique"))
    return tables.Topic.frame(
        {
            "topic_id": ids[topic.number], "name": topic.name, "words": ", ".join(word for word, _ in topic.words),
            "passage_count": topic.size, "contact_count": int(counts["c"].get(ids[topic.number], 0)),
            "response_count": int(counts["r"].get(ids[topic.number], 0)),
            "confidence": min(max(float(topic.confidence), 0.0), 1.0),
        }
        for topic in model.topics
    )  # fmt: skip


def _word_rows(model: TopicModel, ids: list[str]) -> pd.DataFrame:
    return tables.TopicWord.frame(
        {"topic_id": ids[topic.number], "position": position, "word": word, "weight": float(weight)}
        for topic in model.topics
        for position, (word, weight) in enumerate(topic.words, start=1)
    )


def _notes(model: TopicModel, out: dict[str, pd.DataFrame], run: RunContext) -> dict:
    cautions, wanted = list(model.notes), run.pipeline.topics.size
    if isinstance(wanted, int) and abs(len(model.topics) - wanted) > max(1, 0.2 * wanted):
        cautions.append(f"{wanted} topics were asked for; the texts fall into {len(model.topics)}.")
    unassigned = out["passage_topics"]["why_unassigned"].value_counts().sort_index().to_dict()
    return {
        "topics": len(model.topics), "passages_without_topic": unassigned, "engine": model.engine,
        "resolution": model.resolution, "cautions": cautions,
    }  # fmt: skip
