"""Any model of the sentence-transformers library, by hub name or local folder: `sentence-transformers:<name>`.

For users who have the library. Nothing is set about the network: a local folder, or a model already
in the hub's cache with HF_HUB_OFFLINE=1, stays offline.
"""

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from voc.errors import VocError

if TYPE_CHECKING:
    import numpy as np

DESCRIPTION = "Any sentence-transformers model by hub name or local folder (needs that library, and torch)."
LANGUAGES = None  # any: the person who names a model knows its languages

CHUNK = 256  # texts between two reports of progress


def model_id(argument: str | None, texts: Sequence[str]) -> str:
    """Name what vectors are cached under: the hub name, or the folder with a hash of its files.

    So a model that was trained further in the same folder is another model.
    """
    name = _required(argument)
    folder = Path(name)
    if not folder.is_dir():
        return f"sentence-transformers:{name}"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stamps = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return f"sentence-transformers:{name}, files {_folder_hash(folder, stamps)}"


def embed(
    texts: Sequence[str], *, argument: str | None = None, progress: Callable[[int], None] | None = None
) -> "np.ndarray":
    """Embed texts as float32 (n, d) unit rows; `progress` is told how many texts are done so far.

    `argument` is a hub name or a folder. Raises VocError when it is missing, the library is not
    installed, or the model cannot be loaded.
    """
    import numpy as np

    model = _model(_required(argument))
    # Equal lengths side by side, ties by text: the batches depend on the set of texts, not on their order.
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), texts[i]))
    vectors = np.zeros((len(texts), model.get_sentence_embedding_dimension()), dtype=np.float32)
    for start in range(0, len(order), CHUNK):
        part = order[start : start + CHUNK]
        vectors[part] = model.encode(
            [texts[i] for i in part], normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        if progress:
            progress(start + len(part))
    return vectors


@lru_cache(maxsize=4)
def _folder_hash(folder: Path, stamps: tuple) -> str:
    """First digits of a sha256 over names and contents; `stamps` (file, size, time) say when to read them again."""
    digest = hashlib.sha256()
    for path, *_ in stamps:
        with path.open("rb") as handle:
            content = hashlib.file_digest(handle, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()[:12]


def _required(argument: str | None) -> str:
    if not argument:
        raise VocError(
            "The embedder sentence-transformers needs the name of a model.",
            "Write a hub name or a folder after a colon, e.g. embed: {model: 'sentence-transformers:./my-model'}.",
        )
    return argument


@lru_cache(maxsize=1)
def _model(name: str):
    if importlib.util.find_spec("sentence_transformers") is None:
        raise VocError(
            "The library sentence-transformers is not installed.",
            "pip install sentence-transformers, or use the default: embed: {model: minilm}.",
        )
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name)
    except (OSError, ValueError) as error:
        raise VocError(
            f"sentence-transformers cannot load the model '{name}': {error}",
            "Check the folder or the hub name; without network the model must be a folder or already downloaded.",
        ) from error
