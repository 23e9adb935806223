"""Sentiment: how likely a passage is a complaint, tells of effort, and comes with a low score."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from voc import registry, tables
from voc.context import Frames, Result, RunContext
from voc.sentiment.model import BaseModel, feature_rows, fit_base, probability
from voc.sentiment.own_scores import predict_own_scores
from voc.sentiment.phrases import training_set
from voc.stages.embed import VectorBook, vector_book
from voc.stages.prepare import text_hash
from voc.stats import speakers

LEXICON_LANGUAGE = "en"
LOW_SCORE = 0.5  # a satisfaction share below it is a low score: 1 and 2 of 5 stars
LOW_NPS = 0.6  # detractors by the usual definition: 0 to 6 of 10


def estimate_sentiment(frames: Frames, run: RunContext) -> Result:
    """Estimate every passage; one in a language the embedder was not made for is left empty and says so.

    Where the embedder knows meaning, the base model is fitted on vectors and lexicon; in other languages than English
    it goes by the vectors alone; where vectors are fitted on the corpus itself, by the lexicon alone.
    """
    passages = _spoken(frames).sort_values("passage_id").reset_index(drop=True)
    if passages.empty:
        return Result({"passage_sentiments": tables.PassageSentiment.empty()}, {"methods": {}})
    plugin = registry.get("embedders", run.pipeline.embed.model.partition(":")[0])
    book = vector_book(frames, run)
    knows_meaning = not getattr(plugin, "FITTED_ON_CORPUS", False)
    methods = _methods(passages["language"], _languages(plugin), knows_meaning)
    logits, notes = np.full((len(passages), 2), np.nan), {}
    low_score = np.full(len(passages), np.nan)
    for method in sorted(set(methods) - {"not_estimated"}):
        model = _base_model(method, book)
        notes |= {method: {"negative": model.negative.quality, "effort": model.effort.quality}}
        logits[methods == method] = _by_text(model, passages[methods == method], book)
    told = methods != "not_estimated"
    if told.any():
        mine = passages[told].reset_index(drop=True)
        low_score[told], notes["own_scores"] = _own_scores(mine, logits[told, 0], book, run)
    frame = pd.DataFrame({
        "passage_id": passages["passage_id"], "method": methods, "negative_probability": probability(logits[:, 0]),
        "effort_probability": probability(logits[:, 1]), "low_score_probability": low_score,
    })  # fmt: skip
    counts = frame["method"].value_counts().sort_index().to_dict()
    return Result({"passage_sentiments": tables.PassageSentiment.check(frame)}, {"methods": counts, **notes})


def _spoken(frames: Frames) -> pd.DataFrame:
    """Passages with their language, who speaks, and the scored response they answer in (None) with `is_low`."""
    verbatims = frames["verbatims"][["verbatim_id", "response_id"]]
    person = speakers(frames["verbatims"], frames["contacts"], frames["responses"])
    scores = frames["responses"][["response_id", "satisfaction_share", "score_kind"]]
    said = verbatims.merge(scores, on="response_id", how="left")
    said["person"] = said["verbatim_id"].map(person)
    low = said["score_kind"].eq("nps") & (said["satisfaction_share"] <= LOW_NPS + 1e-9)
    said["is_low"] = low | (said["satisfaction_share"] < LOW_SCORE)
    said["scored_response"] = said["response_id"].where(said["satisfaction_share"].notna(), None)
    passages = frames["passages"][["passage_id", "verbatim_id", "text", "text_hash", "language"]]
    return passages.merge(said, on="verbatim_id", how="left")


def _languages(plugin) -> tuple[str, ...] | None:
    """Languages the embedder was made for, by its `LANGUAGES`; None means any."""
    return getattr(plugin, "LANGUAGES", (LEXICON_LANGUAGE,))


def _methods(languages: pd.Series, covered: Sequence[str] | None, knows_meaning: bool) -> np.ndarray:
    """How each passage is estimated; a language nobody could tell is taken for English."""
    known = languages.astype(object).where(languages.notna(), LEXICON_LANGUAGE)
    is_english = (known == LEXICON_LANGUAGE).to_numpy()
    if not knows_meaning:
        return np.where(is_english, "lexicon", "not_estimated").astype(object)
    is_covered = np.ones(len(known), dtype=bool) if covered is None else known.isin(list(covered)).to_numpy()
    return np.where(~is_covered, "not_estimated", np.where(is_english, "base_model", "vectors_only")).astype(object)


def _base_model(method: str, book: VectorBook) -> BaseModel:
    training = training_set()
    if method == "lexicon":
        return fit_base(training, None)
    vectors = book.of([text_hash(text) for text in training.texts])
    return fit_base(training, vectors, uses_lexicon=method == "base_model")


def _by_text(model: BaseModel, passages: pd.DataFrame, book: VectorBook) -> np.ndarray:
    """(n, 2) log-odds of dissatisfaction and effort; equal texts are estimated once."""
    texts = passages.drop_duplicates("text_hash").sort_values("text_hash")
    place = pd.Series(np.arange(len(texts)), index=texts["text_hash"])
    found = model.logits(list(texts["text"]), book.of(texts["text_hash"]) if model.uses_vectors else None)
    return np.column_stack(found)[place.loc[passages["text_hash"]].to_numpy()]


def _own_scores(passages: pd.DataFrame, base_logits: np.ndarray, book: VectorBook, run: RunContext):
    """(probabilities of a low score, NaN where the user's own scores are not used; notes)."""
    texts, hashes = list(passages["text"]), list(passages["text_hash"])

    def rows_of(places: np.ndarray) -> np.ndarray:
        return feature_rows([texts[i] for i in places], book.of([hashes[i] for i in places]), uses_lexicon=True)

    own = predict_own_scores(
        rows_of, base_logits, responses=[None if pd.isna(r) else r for r in passages["scored_response"]],
        is_low=passages["is_low"].to_numpy(dtype=bool), people=list(passages["person"]), seed=run.pipeline.seed,
    )  # fmt: skip
    return (np.full(len(passages), np.nan) if own.probabilities is None else own.probabilities), own.notes
