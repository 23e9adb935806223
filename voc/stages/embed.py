"""Embed: a vector for every distinct passage and taxonomy phrase; what was embedded before is not embedded again."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from voc import registry, tables
from voc.compute import batches
from voc.context import Frames, Result, RunContext
from voc.embedders import _lessons as lessons
from voc.embedders._student import teach
from voc.errors import VocError
from voc.sentiment.phrases import training_phrases
from voc.stages.prepare import text_hash

# How many texts are embedded before their vectors are kept: a killed run loses at most these.
PART = 4096

Embed = Callable[[Sequence[str], Callable[[int], None]], np.ndarray]


def embed_passages(frames: Frames, run: RunContext) -> Result:
    """Embed the texts whose vectors are not known under this model. Raises VocError when no text is left."""
    texts = texts_to_embed(frames["passages"], run)
    desk = _Desk(frames["vectors"], texts, run)
    is_taught = _is_taught(frames["passages"], run)
    model = _model(run, texts, is_taught=is_taught)
    if is_taught:
        notes = _embed_by_student(desk, model, set(frames["passages"]["text_hash"]))
    else:
        desk.embed(model.id, texts, model.embed, at_once=model.is_fitted_on_corpus)
        notes = {"model": model.id, "quality": model.quality}
        if run.pipeline.embed.quality == "fast":
            notes["quality"] = f"best: fewer than {lessons.FLOOR:,} different texts are not worth a student"
    new = pd.concat(desk.new, ignore_index=True) if desk.new else tables.Vector.empty()
    return Result({"vectors": tables.Vector.check(new)}, notes | {"texts": len(texts), "embedded_now": desk.count})


def texts_to_embed(passages: pd.DataFrame, run: RunContext) -> dict[str, str]:
    """Distinct passages and the phrases they are compared with, by hash. Raises VocError when there is no passage at all."""
    if passages.empty:
        raise VocError(
            "No text is left: every verbatim is empty, without content, a template, in a language that is not taken in, or "
            "belongs to an excluded contact.",
            "See the columns why_excluded of cleaned_verbatims and contacts; is the right column mapped to 'text'?",
        )
    texts = dict(zip(passages["text_hash"], passages["text"], strict=True))
    phrases = [p for reason in run.taxonomy.reasons for p in reason.phrases] if run.taxonomy else []
    phrases += run.curation.phrases
    if not _is_fitted_on_corpus(registry.get("embedders", run.pipeline.embed.model.partition(":")[0])):
        phrases += training_phrases()  # where vectors know no meaning, sentiment goes by a lexicon
    return texts | {text_hash(phrase): phrase for phrase in phrases}


def vector_book(frames: Frames, run: RunContext) -> "VectorBook":
    """Vectors of this run's texts, from the tables `passages` and `vectors` as the stage embed left them.

    Raises VocError when there is no passage, or the stage embed has not run at this quality.
    """
    is_taught = _is_taught(frames["passages"], run)
    model = _model(run, texts_to_embed(frames["passages"], run), is_taught=is_taught)
    if not is_taught:
        return VectorBook(frames["vectors"], model.id)
    student = lessons.known_student(_kept(frames["vectors"]), model.id, set(frames["passages"]["text_hash"]))
    if student is None:
        raise VocError(f"No student of {model.id} has been taught these texts.", "Run again from the stage: --from embed.")
    return VectorBook(frames["vectors"], student)


class VectorBook:
    """The vectors of one model by text hash."""

    def __init__(self, vectors: pd.DataFrame, model: str) -> None:
        mine = vectors[vectors["model"] == model]
        self.model = model
        self.places = {key: place for place, key in enumerate(mine["text_hash"])}
        joined = b"".join(mine["vector"])
        self.matrix = np.frombuffer(joined, dtype=np.float32).reshape(len(mine), -1) if len(mine) else np.zeros((0, 0))

    def of(self, hashes: Iterable[str]) -> np.ndarray:
        """float32 (n, d), one row a hash, unit length. Raises VocError when a vector is missing."""
        places = [self.places.get(key) for key in hashes]
        if None in places:
            raise VocError(
                f"{places.count(None)} texts have no vector of {self.model}.", "Run again from the stage: --from embed."
            )
        return self.matrix[np.array(places, dtype=int)]


# ---------------------------------------------------------------- the model of the pipeline


@dataclass(frozen=True, slots=True)
class _Model:
    """An embedder with its settings, and the name its vectors are kept under."""

    plugin: ModuleType
    argument: str | None
    quality: str
    options: dict[str, Any]
    id: str

    def embed(self, texts: Sequence[str], progress: Callable[[int], None]) -> np.ndarray:
        return self.plugin.embed(texts, argument=self.argument, progress=progress, **self.options)

    @property
    def is_fitted_on_corpus(self) -> bool:
        return _is_fitted_on_corpus(self.plugin)


def _is_taught(passages: pd.DataFrame, run: RunContext) -> bool:
    """Whether a student embeds: at quality fast, where there are texts enough."""
    return run.pipeline.embed.quality == "fast" and passages["text_hash"].nunique() >= lessons.FLOOR


def _is_fitted_on_corpus(plugin: ModuleType) -> bool:
    return bool(getattr(plugin, "FITTED_ON_CORPUS", False))


def _model(run: RunContext, texts: dict[str, str], *, is_taught: bool) -> _Model:
    """The embedder of the pipeline at its quality; at quality fast the student's teacher, or the best without one."""
    name, _, argument = run.pipeline.embed.model.partition(":")
    plugin = registry.get("embedders", name)
    known = getattr(plugin, "QUALITIES", ("best",))
    quality = run.pipeline.embed.quality
    offered = [*known, *([] if _is_fitted_on_corpus(plugin) else ["fast"])]
    if quality not in offered:
        raise VocError(f"The embedder {name} has no quality '{quality}'.", f"Write quality: {' or '.join(offered)}.")
    if quality == "fast":
        quality = "balanced" if is_taught and "balanced" in known else "best"
    options = {"quality": quality} if hasattr(plugin, "QUALITIES") else {}
    model_id = plugin.model_id(argument or None, sorted(texts.values()), **options)
    return _Model(plugin, argument or None, quality, options, model_id)


# ---------------------------------------------------------------- texts without a vector


class _Desk:
    """What is embedded in this run: knows what was kept before, and keeps every part as soon as it is done."""

    def __init__(self, vectors: pd.DataFrame, texts: dict[str, str], run: RunContext) -> None:
        self.vectors, self.texts, self.run = vectors, texts, run
        self.kept = _kept(vectors)
        self.new: list[pd.DataFrame] = []
        self.count = 0

    def embed(self, name: str, keys: Iterable[str], embed: Embed, *, at_once: bool = False) -> None:
        """Give every text that has no vector under this name one."""
        # an order that does not depend on earlier runs: the same texts go through the model together
        missing = sorted(set(keys) - self.kept.get(name, set()))
        for number, part in enumerate(batches(missing, len(missing) or 1 if at_once else PART)):
            found = embed([self.texts[key] for key in part], self._progress(number * PART, len(missing)))
            self._keep(name, part, found)
            self.count += len(part)

    def copy(self, source: str, name: str, keys: Iterable[str]) -> None:
        """Keep vectors of one name under another as well."""
        missing = sorted(set(keys) - self.kept.get(name, set()))
        if missing:
            self._keep(name, missing, self.book(source).of(missing))

    def book(self, name: str) -> "VectorBook":
        """All vectors kept under a name by now."""
        return VectorBook(pd.concat([self.vectors, *self.new], ignore_index=True), name)

    def _keep(self, name: str, keys: Sequence[str], found: np.ndarray) -> None:
        rows = [row.tobytes() for row in np.ascontiguousarray(found, dtype=np.float32)]
        frame = pd.DataFrame({"model": name, "text_hash": list(keys), "vector": rows})
        self.run.save_part("vectors", frame)
        self.new.append(frame)
        self.kept.setdefault(name, set()).update(keys)

    def _progress(self, before: int, total: int) -> Callable[[int], None]:
        return lambda done: self.run.progress(before + done, total)


def _kept(vectors: pd.DataFrame) -> dict[str, set[str]]:
    """Keys of the texts by the name their vectors are kept under."""
    return {name: set(keys) for name, keys in vectors.groupby("model", sort=True)["text_hash"]}


# ---------------------------------------------------------------- quality fast


def _embed_by_student(desk: _Desk, teacher: _Model, passages: Collection[str]) -> dict[str, Any]:
    """Embed passages by a student of `teacher`: the one of an earlier run while it serves, else a new one.

    Phrases that passages are compared with keep the teacher's own vectors: they are few, and matching compares them
    with means of many passages, in which a student's errors cancel.
    """
    name = lessons.known_student(desk.kept, teacher.id, passages)
    lesson = desk.kept[lessons.lesson_name(name)] if name else lessons.choose_lesson(passages)
    name = name or lessons.student_id(teacher.id, lesson, len(passages))
    exam = lessons.choose_exam(passages, lesson)
    phrases = desk.texts.keys() - set(passages)
    desk.embed(teacher.id, {*lesson, *exam, *phrases}, teacher.embed)
    desk.copy(teacher.id, lessons.lesson_name(name), lesson)
    desk.copy(teacher.id, name, phrases)
    if not desk.kept.get(name, set()).issuperset(passages):
        keys = sorted(lesson)
        taught = teach([desk.texts[key] for key in keys], desk.book(teacher.id).of(keys))
        desk.embed(name, passages, lambda texts, progress: taught.embed(texts, progress=progress))
    cosine, kept = lessons.grade(desk.book(teacher.id).of(exam), desk.book(name).of(exam))
    return {
        "model": name,
        "quality": "fast",
        "lesson_texts": len(lesson),
        "untaught_texts_compared": len(exam),
        "cosine_to_teacher": round(cosine, 3),
        "nearest_neighbours_kept": round(kept, 3),
    }
