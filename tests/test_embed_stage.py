"""The stage embed: qualities, students that stay, what is said of them, and which vectors later stages read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from story import context
from test_embed_student import TEXTS

from voc import registry, tables
from voc.embedders import _lessons as lessons
from voc.embedders import minilm, tfidf
from voc.errors import VocError
from voc.stages.embed import embed_passages, vector_book
from voc.stages.prepare import text_hash
from voc.taxonomy import Taxonomy

PHRASES = ["Refund is late", "where is my money"]
REASON = {"id": "a-b", "label": PHRASES[0], "area": "Billing", "demand_type": "operations_delay",
          "owner": "Finance", "examples": PHRASES[1:]}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Students of 60 texts for 100 or more; no phrases but the taxonomy's."""
    monkeypatch.setattr("voc.stages.embed.training_phrases", list)
    for name, value in {"FLOOR": 100, "LEAST": 60, "EXAM": 20}.items():
        monkeypatch.setattr(lessons, name, value)


def run_of(quality: str, model: str = "minilm"):
    taxonomy = Taxonomy.model_validate({"name": "x", "title": "X", "reasons": [REASON]})
    return replace(context(embed={"model": model, "quality": quality}), taxonomy=taxonomy)


def frames_of(texts: list[str], vectors: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    passages = tables.Passage.frame(
        {"passage_id": f"p{n}", "verbatim_id": f"v{n}", "position": 1, "start_character": 0,
         "end_character": len(text), "text": text, "text_hash": text_hash(text)}
        for n, text in enumerate(texts)
    )  # fmt: skip
    return {"passages": passages, "vectors": tables.Vector.empty() if vectors is None else vectors}


def after(frames, run):
    """Result of the stage, and the tables as later stages find them."""
    result = embed_passages(frames, run)
    vectors = pd.concat([frames["vectors"], result.frames["vectors"]], ignore_index=True)
    assert not vectors.duplicated(["model", "text_hash"]).any()
    return result, frames | {"vectors": vectors}


def rows_of(frames, run, texts: list[str]) -> np.ndarray:
    return vector_book(frames, run).of(text_hash(text) for text in texts)


@pytest.mark.parametrize("quality", ["best", "balanced"])
def test_exact_qualities_keep_the_models_vectors(quality):
    run, texts = run_of(quality), TEXTS[:30]
    result, frames = after(frames_of(texts + texts[:5]), run)
    model = minilm.model_id(None, [], quality=quality)
    assert result.notes == {"model": model, "quality": quality, "texts": 32, "embedded_now": 32}
    np.testing.assert_allclose(rows_of(frames, run, texts), minilm.embed(texts, quality=quality), atol=2e-3)


def test_few_texts_are_embedded_by_the_best_at_quality_fast():
    run = run_of("fast")
    result, frames = after(frames_of(TEXTS[:99]), run)
    assert result.notes == {
        "model": minilm.model_id(None, []),
        "quality": "best: fewer than 100 different texts are not worth a student",
        "texts": 101,
        "embedded_now": 101,
    }
    assert vector_book(frames, run).model == minilm.model_id(None, [])


def test_a_student_embeds_the_bulk_and_says_how_well():
    run = run_of("fast")
    result, frames = after(frames_of(TEXTS), run)
    notes = result.notes
    assert list(notes) == [
        "model", "quality", "lesson_texts", "untaught_texts_compared", "cosine_to_teacher", "nearest_neighbours_kept",
        "texts", "embedded_now",
    ]  # fmt: skip
    teacher = minilm.model_id(None, [], quality="balanced")
    assert notes["model"].startswith(f"student2 of {teacher}, 150 texts, ")
    assert (notes["quality"], notes["lesson_texts"], notes["untaught_texts_compared"]) == ("fast", 60, 20)
    assert 0.85 < notes["cosine_to_teacher"] < 1
    assert 0.3 < notes["nearest_neighbours_kept"] <= 1
    assert (notes["texts"], notes["embedded_now"]) == (152, 60 + 20 + 2 + 150)  # lesson, exam, phrases; all by the student
    counts = frames["vectors"].groupby("model").size().to_dict()
    assert counts == {notes["model"]: 152, notes["model"] + " lesson": 60, teacher: 82}
    # phrases have the teacher's own vectors
    exact = minilm.embed(PHRASES, quality="balanced")
    np.testing.assert_allclose(rows_of(frames, run, PHRASES), exact, atol=2e-3)


def test_the_figures_are_of_texts_the_student_was_not_taught(monkeypatch):
    seen: dict[str, list] = {}
    teach, grade = lessons.choose_lesson, lessons.choose_exam
    monkeypatch.setattr(lessons, "choose_lesson", lambda keys: seen.setdefault("lesson", teach(keys)))
    monkeypatch.setattr(lessons, "choose_exam", lambda keys, lesson: seen.setdefault("exam", grade(keys, lesson)))
    run = run_of("fast")
    result, frames = after(frames_of(TEXTS), run)
    assert (len(seen["lesson"]), len(seen["exam"]), set(seen["lesson"]) & set(seen["exam"])) == (60, 20, set())
    by_key = {text_hash(text): text for text in TEXTS}
    untaught = [by_key[key] for key in seen["exam"]]
    alike = minilm.embed(untaught, quality="balanced") * rows_of(frames, run, untaught)
    assert result.notes["cosine_to_teacher"] == pytest.approx(alike.sum(axis=1).mean(), abs=2e-3)


def test_order_of_rows_makes_no_difference_to_a_student():
    run = run_of("fast")
    first = embed_passages(frames_of(TEXTS), run)
    second = embed_passages(frames_of(TEXTS[::-1]), run)
    pd.testing.assert_frame_equal(first.frames["vectors"], second.frames["vectors"])
    assert first.notes == second.notes


def test_a_student_stays_while_texts_grow_little_and_old_vectors_with_it():
    run = run_of("fast")
    first, frames = after(frames_of(TEXTS), run)
    again, _ = after(frames, run)
    assert again.notes == first.notes | {"embedded_now": 0}
    grown, more = after(frames_of(TEXTS + ["my invoice shows the wrong sum"], frames["vectors"]), run)
    assert grown.notes["model"] == first.notes["model"]
    assert grown.notes["embedded_now"] in (1, 2)  # the new text; by the teacher too where it is one of the exam
    np.testing.assert_array_equal(rows_of(more, run, TEXTS), rows_of(frames, run, TEXTS))
    fresh, _ = after(frames_of([*TEXTS, *(f"the parcel {n} is late" for n in range(60))], frames["vectors"]), run)
    assert fresh.notes["model"] != first.notes["model"]
    assert ", 210 texts, " in fresh.notes["model"]


def test_a_later_stage_without_the_students_vectors_is_told():
    with pytest.raises(VocError) as caught:
        vector_book(frames_of(TEXTS), run_of("fast"))
    teacher = minilm.model_id(None, [], quality="balanced")
    assert str(caught.value) == (
        f"No student of {teacher} has been taught these texts.\nRun again from the stage: --from embed."
    )


@pytest.mark.parametrize(
    ("model", "quality", "message"),
    [
        ("tfidf", "fast", "The embedder tfidf has no quality 'fast'.\nWrite quality: best."),
        ("tfidf", "balanced", "The embedder tfidf has no quality 'balanced'.\nWrite quality: best."),
        ("use-multilingual", "balanced",
         "The embedder use-multilingual has no quality 'balanced'.\nWrite quality: best or fast."),
    ],
)  # fmt: skip
def test_a_quality_that_a_model_does_not_have(model, quality, message):
    with pytest.raises(VocError) as caught:
        embed_passages(frames_of(["a"]), run_of(quality, model))
    assert str(caught.value) == message


def test_what_is_fitted_on_all_texts_is_embedded_at_once(monkeypatch):
    monkeypatch.setattr("voc.stages.embed.PART", 7)
    run = run_of("best", "tfidf")
    _, frames = after(frames_of(TEXTS[:30]), run)
    all_texts = sorted([*TEXTS[:30], *PHRASES])
    np.testing.assert_allclose(rows_of(frames, run, all_texts), tfidf.embed(all_texts), atol=1e-6)


def test_a_killed_run_keeps_the_parts_it_finished(monkeypatch):
    monkeypatch.setattr("voc.stages.embed.PART", 7)
    saved: list[pd.DataFrame] = []
    told: list[tuple[int, int]] = []
    run = replace(
        run_of("best"),
        save_part=lambda name, frame: saved.append(frame),
        progress=lambda done, total: told.append((done, total)),
    )
    result = embed_passages(frames_of(TEXTS[:20]), run)
    assert [len(frame) for frame in saved] == [7, 7, 7, 1]
    assert told == sorted(told) and told[-1] == (22, 22)
    pd.testing.assert_frame_equal(pd.concat(saved, ignore_index=True), result.frames["vectors"], check_dtype=False)


@pytest.mark.parametrize("name", ["minilm", "tfidf", "sentence_transformers", "use_multilingual"])
def test_qualities_of_the_models_that_ship(name):
    plugin = registry.get("embedders", name)
    assert getattr(plugin, "QUALITIES", None) == {"minilm": ("best", "balanced")}.get(name)
    assert getattr(plugin, "FITTED_ON_CORPUS", False) == (name == "tfidf")
