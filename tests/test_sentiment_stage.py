"""The stage `sentiment`: which method a passage gets, whose scores teach, and what happens without either."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voc import tables
from voc.config import Pipeline
from voc.context import RunContext
from voc.embedders import minilm, tfidf
from voc.errors import VocError
from voc.sentiment import training_phrases
from voc.stages.embed import texts_to_embed
from voc.stages.prepare import text_hash
from voc.stages.sentiment import estimate_sentiment

MODEL = minilm.model_id(None, [])
# verbatim, language, text
SAID = [
    ("a", "en", "Your service is terrible, rude and useless."),
    ("b", "en", "Lovely people, quick and helpful, thank you."),
    ("c", "en", "I called three times and waited for hours, nobody called back."),
    ("d", "de", "Das Personal war sehr unfreundlich."),
    ("e", None, "Awful!"),
    ("f", "en", "Your service is terrible, rude and useless."),
]


def run_with(model: str) -> RunContext:
    pipeline = Pipeline.model_validate({
        "name": "p", "database": "p.db", "embed": {"model": model},
        "sources": [{"kind": "table", "path": "a.csv", "name": "s"}],
    })  # fmt: skip
    return RunContext(pipeline=pipeline, folder=Path(), run_id="r1")


def row(table, **values) -> dict:
    return {c.name: None for c in table.columns} | values


def tables_of(said, *, responses=(), answers=()) -> dict[str, pd.DataFrame]:
    """Frames of one passage a verbatim; `answers` says to which response a verbatim belongs, by position."""
    own = dict(enumerate(answers))
    return {
        "passages": tables.Passage.frame(
            {"passage_id": f"{v}#01", "verbatim_id": v, "position": 1, "start_character": 0, "end_character": len(text),
             "text": text, "text_hash": text_hash(text), "language": language} for v, language, text in said),
        "verbatims": tables.Verbatim.frame(
            row(tables.Verbatim, verbatim_id=v, source="s", kind="answer", response_id=own.get(i), text=text,
                said_at="2026-05-01T00:00:00Z", redaction_count=0) for i, (v, _, text) in enumerate(said)),
        "cleaned_verbatims": tables.CleanedVerbatim.frame(
            {"verbatim_id": v, "text": text, "language": language, "language_confidence": 0.9, "word_count": 3,
             "removed_character_count": 0, "uncovered_character_count": 0, "why_excluded": None}
            for v, language, text in said),
        "contacts": tables.Contact.empty(),
        "responses": tables.Response.frame(
            row(tables.Response, response_id=r, source="s", identifiers="[]", customer_id=who, score_kind=kind,
                responded_at="2026-05-01T00:00:00Z", satisfaction_share=share, file_name="a.csv", line=1)
            for r, who, kind, share in responses),
    }  # fmt: skip


def vectors_of(texts, model: str, rows: np.ndarray) -> pd.DataFrame:
    kept = {text_hash(text): vector.astype(np.float32).tobytes() for text, vector in zip(texts, rows, strict=True)}
    return tables.Vector.check(pd.DataFrame({"model": model, "text_hash": list(kept), "vector": list(kept.values())}))


def with_tfidf(made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The frames with the vectors that the embedder tfidf makes of them."""
    texts = sorted(texts_to_embed(made["passages"], run_with("tfidf")).values())
    return made | {"vectors": vectors_of(texts, tfidf.model_id(None, texts), tfidf.embed(texts))}


def noise(texts) -> np.ndarray:
    """Vectors that know nothing: what is found comes from the lexicon beside them."""
    rows = np.random.default_rng(0).normal(size=(len(texts), 16))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def frames():
    texts = sorted({text for _, _, text in SAID} | set(training_phrases()))
    return tables_of(SAID) | {"vectors": vectors_of(texts, MODEL, noise(texts))}


def signs(result) -> list[tuple]:
    """(passage, method, sounds dissatisfied, tells of effort), None where nothing was estimated."""
    found = result.frames["passage_sentiments"]
    told = found[["negative_probability", "effort_probability"]].astype(object)
    marks = [[None if pd.isna(p) else p > 0.5 for p in row] for row in told.itertuples(index=False)]
    return [(*who, *mark) for who, mark in zip(found[["passage_id", "method"]].to_numpy(), marks, strict=True)]


def test_every_passage_has_a_row_with_its_method(frames):
    result = estimate_sentiment(frames, run_with("minilm"))
    assert signs(result) == [
        ("a#01", "base_model", True, False), ("b#01", "base_model", False, False), ("c#01", "base_model", True, True),
        ("d#01", "not_estimated", None, None), ("e#01", "base_model", True, False), ("f#01", "base_model", True, False),
    ]  # fmt: skip
    assert result.notes["methods"] == {"base_model": 5, "not_estimated": 1}
    assert set(result.notes["base_model"]["negative"]) == {"n", "auc", "brier", "calibration_error"}
    assert result.notes["own_scores"] == {
        "used": False, "why": "fewer than 200 scored responses with text, or than 40 low or other ones",
        "responses": 0, "low": 0, "others": 0,
    }  # fmt: skip
    found = result.frames["passage_sentiments"].set_index("passage_id")["negative_probability"]
    assert found["a#01"] == found["f#01"] == round(found["a#01"], 6)


@pytest.mark.parametrize(
    ("languages", "method"), [(None, "vectors_only"), (("en", "de"), "vectors_only"), (("en",), "not_estimated")]
)
def test_other_languages_go_by_vectors_where_the_embedder_was_made_for_them(frames, monkeypatch, languages, method):
    monkeypatch.setattr(minilm, "LANGUAGES", languages, raising=False)
    found = estimate_sentiment(frames, run_with("minilm")).frames["passage_sentiments"]
    assert list(found["method"]) == ["base_model"] * 3 + [method] + ["base_model"] * 2
    assert found["negative_probability"].isna().tolist() == [m == "not_estimated" for m in found["method"]]


def test_vectors_that_know_no_meaning_leave_it_to_the_lexicon():
    made = with_tfidf(tables_of(SAID))
    result = estimate_sentiment(made, run_with("tfidf"))
    assert signs(result) == [
        ("a#01", "lexicon", True, False), ("b#01", "lexicon", False, False), ("c#01", "lexicon", True, True),
        ("d#01", "not_estimated", None, None), ("e#01", "lexicon", True, False), ("f#01", "lexicon", True, False),
    ]  # fmt: skip


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed(frames):
    before = {name: frame.copy() for name, frame in frames.items()}
    first = estimate_sentiment(frames, run_with("minilm")).frames["passage_sentiments"]
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
    shuffled = {name: frame.sample(frac=1, random_state=3).reset_index(drop=True) for name, frame in frames.items()}
    pd.testing.assert_frame_equal(estimate_sentiment(shuffled, run_with("minilm")).frames["passage_sentiments"], first)


def test_nothing_in_nothing_out():
    made = tables_of([]) | {"vectors": tables.Vector.empty()}
    result = estimate_sentiment(made, run_with("minilm"))
    pd.testing.assert_frame_equal(result.frames["passage_sentiments"], tables.PassageSentiment.empty())
    assert result.notes == {"methods": {}}


def test_phrases_without_vectors_are_said_so():
    texts = sorted({text for _, _, text in SAID})
    made = tables_of(SAID) | {"vectors": vectors_of(texts, MODEL, noise(texts))}
    with pytest.raises(VocError) as error:
        estimate_sentiment(made, run_with("minilm"))
    assert error.value.what == f"{len(training_phrases())} texts have no vector of {MODEL}."
    assert error.value.fix == "Run again from the stage: --from embed."


def scored(kind: str, bad: float, good: float):
    """(said, responses, answers): 260 people; a word the lexicon does not know goes with a bad score."""
    said, responses, answers = [], [], []
    for i in range(260):
        is_bad = i % 3 == 0
        thing = "turnip" if is_bad else "carrot"
        said.append((f"v{i:03}", "en", f"The {thing} of order {i} came on a day in week {i % 7}"))
        responses.append((f"r{i:03}", f"c{i:03}", kind, bad if is_bad else good))
        answers.append(f"r{i:03}")
    return said, responses, answers


@pytest.mark.parametrize(
    ("kind", "bad", "good", "low"),
    [("csat", 0.25, 0.5, 87), ("nps", 0.6, 0.7, 87), ("csat", 0.5, 1.0, 0), ("nps", 0.0, 0.6, 260)],
)
def test_what_counts_as_a_low_score(kind, bad, good, low):
    said, responses, answers = scored(kind, bad, good)
    made = with_tfidf(tables_of(said, responses=responses, answers=answers))
    result = estimate_sentiment(made, run_with("tfidf"))
    notes, found = result.notes["own_scores"], result.frames["passage_sentiments"]["low_score_probability"]
    assert (notes["low"], notes["others"], notes["used"]) == (low, 260 - low, low == 87)
    if notes["used"]:
        assert notes["auc"] > 0.95 and notes["auc_gain_low"] > 0.3 and abs(notes["base_auc"] - 0.5) < 0.1
        is_bad = np.arange(260) % 3 == 0
        assert found[is_bad].min() > found[~is_bad].max()
    else:
        assert found.isna().all()
