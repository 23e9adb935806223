"""Embed: a vector for every distinct passage and taxonomy phrase; what was embedded before is not embedded again."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from voc import registry, tables
from voc.compute import batches
from voc.context import Frames, Result, RunContext
from voc.errors import VocError
from voc.stages.prepare import text_hash

# How many texts are embedded before their vectors are kept: a killed run loses at most these.
PART = 4096


def embed_passages(frames: Frames, run: RunContext) -> Result:
    """Embed the texts whose vectors are not known under this model. Raises VocError when no text is left."""
    texts = texts_to_embed(frames["passages"], run)
    plugin, model = embedder(run, list(texts.values()))
    vectors = frames["vectors"]
    known = set(vectors.loc[vectors["model"] == model, "text_hash"])
    # an order that does not depend on earlier runs: the same texts go through the model together
    missing = [key for key in sorted(texts) if key not in known]
    is_fitted_on_corpus = bool(getattr(plugin, "FITTED_ON_CORPUS", False))
    parts = []
    for part in batches(missing, len(missing) or 1 if is_fitted_on_corpus else PART):
        frame = _embed_part(plugin, model, part, texts, run, done=len(parts) * PART, total=len(missing))
        run.save_part("vectors", frame)
        parts.append(frame)
    new = pd.concat(parts, ignore_index=True) if parts else tables.Vector.empty()
    notes = {"model": model, "texts": len(texts), "embedded_now": len(missing)}
    return Result({"vectors": tables.Vector.check(new)}, notes)


def texts_to_embed(passages: pd.DataFrame, run: RunContext) -> dict[str, str]:
    """Distinct passages and taxonomy phrases by hash. Raises VocError when there is no passage at all."""
    if passages.empty:
        raise VocError(
            "No text is left: every verbatim is empty, without content, or belongs to an excluded contact.",
            "See the columns why_excluded of cleaned_verbatims and contacts; is the right column mapped to 'text'?",
        )
    texts = dict(zip(passages["text_hash"], passages["text"], strict=True))
    phrases = [p for reason in run.taxonomy.reasons for p in reason.phrases] if run.taxonomy else []
    return texts | {text_hash(phrase): phrase for phrase in phrases}


def embedder(run: RunContext, texts: list[str]):
    """(plug-in, name its vectors are kept under) for the pipeline's `embed.model`."""
    name, _, argument = run.pipeline.embed.model.partition(":")
    plugin = registry.get("embedders", name)
    return plugin, plugin.model_id(argument or None, sorted(texts))


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


def _embed_part(plugin, model: str, part, texts, run: RunContext, *, done: int, total: int) -> pd.DataFrame:
    argument = run.pipeline.embed.model.partition(":")[2] or None
    found = plugin.embed(
        [texts[key] for key in part], argument=argument, progress=lambda count: run.progress(done + count, total)
    )
    rows = [row.tobytes() for row in np.ascontiguousarray(found, dtype=np.float32)]
    return pd.DataFrame({"model": model, "text_hash": list(part), "vector": rows})
