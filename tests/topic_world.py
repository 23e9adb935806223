"""A small made-up world of texts with vectors made by hand, taken through the stages topics and match and remembered."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from story import context

from voc import tables
from voc.context import RunContext
from voc.curation import Curation
from voc.embedders import minilm
from voc.stages.match import match_topics
from voc.stages.prepare import text_hash
from voc.stages.report import remember_topics
from voc.stages.topics import find_clusters
from voc.taxonomy import Taxonomy

AXES = 64
# each problem is a sum of axes: login and password share one, which is also where the reason "access" lies
PROBLEMS = {
    "login": ((0, 1), "cannot log in to my account since update"),
    "password": ((0, 2), "the password reset mail never came for order"),
    "refund": ((3,), "still waiting for the refund of booking"),
    "invoice": ((4,), "the invoice shows a wrong amount on page"),
    "parcel": ((5,), "my parcel was not delivered by courier"),
    "fax": ((6,), "the fax machine prints blank sheets on tray"),
}
REASONS = {"access-login": (0,), "money-bill": (7,)}
OLD = ("login", "password", "refund", "invoice", "parcel")
EACH = 40  # texts of a problem
Text = tuple[str, str, str]  # (problem, text, language)


def texts_of(*problems: str, first: int = 0, count: int = EACH, language: str = "en") -> list[Text]:
    """Distinct texts of each problem, numbered from `first`."""
    return [(p, f"{PROBLEMS[p][1]} {n} {language}", language) for p in problems for n in range(first, first + count)]


def taxonomy() -> Taxonomy:
    """Two reasons: one near login and password, one near nothing."""
    return Taxonomy.model_validate({"name": "x", "title": "X", "reasons": [
        {"id": "access-login", "label": "Cannot get in", "area": "Access", "demand_type": "product_defect",
         "owner": "Identity", "examples": ["locked out"]},
        {"id": "money-bill", "label": "Bill is late", "area": "Billing", "demand_type": "operations_delay",
         "owner": "Finance", "examples": ["no bill yet"]},
    ]})  # fmt: skip


def vector(text: str, axes: Iterable[int], spread: float = 0.5) -> np.ndarray:
    """Unit vector: the direction of the axes, and noise that depends on the text alone."""
    rng = np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:12], 16))
    found = np.zeros(AXES)
    found[list(axes)] = 1.0
    noise = rng.normal(size=AXES)
    found = found / np.linalg.norm(found) + spread * noise / np.linalg.norm(noise)
    return (found / np.linalg.norm(found)).astype(np.float32)


def vectors_of(texts: Iterable[Text]) -> pd.DataFrame:
    """The table of vectors, under the name the stages ask for: those of the texts and of the reasons' phrases."""
    found = {text_hash(text): vector(text, PROBLEMS[problem][0]) for problem, text, _ in texts}
    for reason in taxonomy().reasons:
        found |= {text_hash(phrase): vector(phrase, REASONS[reason.id], spread=0) for phrase in reason.phrases}
    return tables.Vector.check(pd.DataFrame({
        "model": minilm.model_id(None, []), "text_hash": list(found), "vector": [v.tobytes() for v in found.values()],
    }))  # fmt: skip


def frames_of(texts: list[Text], memory: dict | None = None, extra_vectors: Iterable[Text] = ()) -> dict:
    """Tables as the stage embed leaves them: one message a text, "m0000" and so on; and what the run before left."""
    ids = [f"m{n:04d}" for n in range(len(texts))]
    frames = {
        "passages": tables.Passage.frame(
            {"passage_id": i, "verbatim_id": i, "position": 1, "start_character": 0, "end_character": len(text),
             "text": text, "text_hash": text_hash(text), "language": language}
            for i, (_, text, language) in zip(ids, texts, strict=True)
        ),
        "verbatims": tables.Verbatim.frame(
            {"verbatim_id": i, "source": "s", "kind": "contact", "contact_id": i, "response_id": None,
             "said_at": "2026-05-01T00:00:00Z", "question": None, "text": text, "redaction_count": 0}
            for i, (_, text, _) in zip(ids, texts, strict=True)
        ),
        "cleaned_verbatims": tables.CleanedVerbatim.frame(
            {"verbatim_id": i, "text": text, "language": language, "language_confidence": 1.0, "word_count": 3,
             "removed_character_count": 0, "uncovered_character_count": 0, "why_excluded": None}
            for i, (_, text, language) in zip(ids, texts, strict=True)
        ),
        "vectors": vectors_of([*texts, *extra_vectors]),
        "topic_decisions": tables.TopicDecision.empty(),
    }  # fmt: skip
    remembered = {t.name: t.empty() for t in (tables.TopicMember, tables.TopicVersion, tables.TopicFit)}
    return frames | remembered | (memory or {})


def settings(run_id: str = "r1", *, taxonomy_: bool = True, seed: int = 0, **topics) -> RunContext:
    """A run over the world: as many topics as it has problems, every text in one, unless `topics` says otherwise."""
    block = {"size": 5, "min_similarity": -1} | topics
    run = context(embed={"model": "minilm"}, topics=block, seed=seed)
    return replace(run, run_id=run_id, taxonomy=taxonomy() if taxonomy_ else None)


def go(frames: dict, run: RunContext, *edits, decisions: list[dict] | None = None) -> tuple[dict, dict]:
    """(all tables, notes by stage) of the stages topics and match, with what is remembered under "memory"."""
    frames = dict(frames)
    if decisions:
        frames["topic_decisions"] = tables.TopicDecision.frame(decisions)
    run = replace(run, curation=Curation(edits=tuple(edits)))
    topics = find_clusters(frames, run)
    frames |= topics.frames
    matched = match_topics(frames, run)
    frames |= matched.frames
    frames["memory"] = {
        name: frame for name, frame in remember_topics(frames, run).items()
        if name in ("topic_members", "topic_versions", "topic_fits")
    }  # fmt: skip
    return frames, {"topics": topics.notes, "match": matched.notes}


def ids_of(frames: dict, texts: list[Text], column: str = "topic_id") -> dict[str, set]:
    """Problem -> ids (None for none) of the topics, or clusters, of its texts."""
    table = "passage_topics" if column == "topic_id" else "passage_clusters"
    of_text = frames["passages"].merge(frames[table], on="passage_id").set_index("text")[column]
    found: dict[str, set] = {}
    for problem, text, _ in texts:
        values = of_text.loc[[text]]
        found.setdefault(problem, set()).update(None if pd.isna(v) else v for v in values)
    return found


def the_ids(frames: dict, texts: list[Text], column: str = "topic_id") -> dict[str, str | None]:
    """As `ids_of` where each problem has one id alone."""
    found = ids_of(frames, texts, column)
    assert {problem: len(ids) for problem, ids in found.items()} == dict.fromkeys(found, 1), found
    return {problem: next(iter(ids)) for problem, ids in found.items()}
