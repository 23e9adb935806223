"""Clusters that resemble a reason become its topic; below the threshold none; a person's decision wins."""

from dataclasses import replace

import numpy as np
import pytest
from story import context, rows

from voc import tables
from voc.errors import VocError
from voc.stages.embed import VectorBook, embed_passages
from voc.stages.match import match_topics
from voc.stages.prepare import text_hash
from voc.taxonomy import Taxonomy

REASONS = [
    {"id": "login-reset", "label": "Password reset fails", "area": "Access", "demand_type": "product_defect",
     "owner": "Identity", "examples": ["the reset mail never comes"]},
    {"id": "bill-late", "label": "Refund is late", "area": "Billing", "demand_type": "operations_delay",
     "owner": "Finance", "examples": ["where is my refund"]},
]  # fmt: skip
TEXTS = {"t-a": "password reset mail never arrives", "t-b": "my cat sings at night"}


def taxonomy() -> Taxonomy:
    return Taxonomy.model_validate({"name": "x", "title": "X", "reasons": REASONS})


@pytest.fixture(scope="module")
def embedded():
    """Two clusters of one passage each, with real vectors."""
    run = replace(context(embed={"model": "minilm"}), taxonomy=taxonomy())
    frames = {t.name: t.empty() for t in (tables.Vector, tables.TopicDecision, tables.TopicMember, tables.TopicVersion)}
    frames["passages"] = tables.Passage.frame(
        {"passage_id": f"p-{t}", "verbatim_id": t, "position": 1, "start_character": 0, "end_character": len(text),
         "text": text, "text_hash": text_hash(text)}
        for t, text in TEXTS.items()
    )  # fmt: skip
    frames["verbatims"] = tables.Verbatim.frame(
        {"verbatim_id": t, "source": "s", "kind": "contact", "contact_id": t, "response_id": None,
         "said_at": "2026-05-01T00:00:00Z", "question": None, "text": text, "redaction_count": 0}
        for t, text in TEXTS.items()
    )  # fmt: skip
    frames["vectors"] = embed_passages(frames, run).frames["vectors"]
    frames["clusters"] = tables.Cluster.frame(
        {"cluster_id": t, "name": f"Name {t}", "words": text.replace(" ", ", "), "passage_count": 1, "confidence": 1.0}
        for t, text in TEXTS.items()
    )
    frames["cluster_words"] = tables.ClusterWord.frame(
        {"cluster_id": t, "position": 1, "word": text.split()[0], "weight": 1.0} for t, text in TEXTS.items()
    )
    frames["passage_clusters"] = tables.PassageCluster.frame(
        {"passage_id": f"p-{t}", "cluster_id": t, "confidence": 1.0, "nearness": 1.0, "centrality": 1.0,
         "why_unassigned": None} for t in TEXTS
    )  # fmt: skip
    return run, frames


def matched(frames, run):
    return match_topics(frames, run).frames["topic_reasons"]


def test_similar_topics_match_and_others_do_not(embedded):
    run, frames = embedded
    out = matched(frames, run)
    assert rows(out, "topic_id", "reason_id", "nearest_reason_id", "status", "matched_by", "owner", "demand_type") == [
        ("r-login-reset", "login-reset", "login-reset", "matched", "similarity", "Identity", "product_defect"),
        ("t-b", None, out["nearest_reason_id"][1], "unmatched", "nobody", None, None),
    ]
    assert out["score"][0] > out["threshold"][0] > out["score"][1]


def test_a_persons_decision_wins(embedded):
    run, frames = embedded
    decisions = tables.TopicDecision.frame([
        {"topic_id": "t-a", "reason_id": "bill-late", "owner": None, "note": "n", "decided_by": "d", "decided_on": "2026-05-01"},
        {"topic_id": "t-b", "reason_id": None, "owner": "Vets", "note": None, "decided_by": None, "decided_on": None},
        {"topic_id": "t-z", "reason_id": "bill-late", "owner": None, "note": None, "decided_by": None, "decided_on": None},
    ])  # fmt: skip
    result = match_topics(frames | {"topic_decisions": decisions}, run)
    assert rows(result.frames["topic_reasons"], "topic_id", "reason_id", "matched_by", "owner", "nearest_reason_id")[0] == (
        "r-bill-late", "bill-late", "person", "Finance", "login-reset",
    )  # fmt: skip
    assert rows(result.frames["topic_reasons"], "topic_id", "owner", "status")[1] == ("t-b", "Vets", "unmatched")
    assert result.notes["cautions"] == ["The table topic_decisions speaks of topics that are not there: t-z."]


def test_a_threshold_of_the_pipeline_is_used(embedded):
    run, frames = embedded
    strict = replace(run, pipeline=run.pipeline.model_copy(update={"match": run.pipeline.match.model_copy(update={"threshold": 0.99})}))
    assert rows(matched(frames, strict), "topic_id", "status", "threshold") == [
        ("t-a", "unmatched", 0.99), ("t-b", "unmatched", 0.99),
    ]  # fmt: skip


def test_without_a_taxonomy_nothing_matches(embedded):
    run, frames = embedded
    out = match_topics(frames, replace(run, taxonomy=None)).frames
    assert rows(out["topic_reasons"], "topic_id", "reason_id", "score", "status") == [
        ("t-a", None, None, "unmatched"), ("t-b", None, None, "unmatched"),
    ]  # fmt: skip
    assert rows(out["topics"], "topic_id", "name", "named_by") == [
        ("t-a", "Name t-a", "words"), ("t-b", "Name t-b", "words"),
    ]  # fmt: skip


def test_what_is_known_is_not_embedded_again(embedded):
    run, frames = embedded
    again = embed_passages(frames, run)
    assert again.notes["embedded_now"] == 0
    assert again.frames["vectors"].empty
    half = frames | {"vectors": frames["vectors"].head(3)}
    assert embed_passages(half, run).notes["embedded_now"] == again.notes["texts"] - 3


def test_a_missing_vector_is_named(embedded):
    run, frames = embedded
    book = VectorBook(frames["vectors"], frames["vectors"]["model"][0])
    vectors = book.of([text_hash(TEXTS["t-a"])])
    assert vectors.shape == (1, 384)
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)
    with pytest.raises(VocError, match="1 texts have no vector of minilm"):
        book.of(["nothing"])
