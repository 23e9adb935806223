"""The general lesson of every student: sentences customers may write, with all-MiniLM-L6-v2's vectors of them.

The file holds the sentences and 8-bit coordinates of their vectors along the 192 directions in which they vary most:
`python benchmarks/general_lesson.py` writes it from the project's own phrases.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FILE = Path(__file__).with_name("_general_lesson.npz")
DIRECTIONS = 192  # agreement with the teacher is the same as with all 384 to the second digit


@lru_cache(maxsize=1)
def general_lesson() -> "tuple[list[str], np.ndarray]":
    """(sentences, float32 (sentences, 384)): approximately unit rows."""
    import numpy as np

    with np.load(FILE) as file:
        texts = file["texts"].tobytes().decode().split("\n")
        return texts, (file["codes"] * file["steps"]) @ file["axes"].astype(np.float32) + file["mean"]


def write(texts: "list[str]", vectors: "np.ndarray", path: Path) -> None:
    """Keep sentences of one line each and the vectors (n, d) of them."""
    import numpy as np

    mean = vectors.mean(axis=0)
    axes = np.linalg.svd(vectors - mean, full_matrices=False)[2][:DIRECTIONS].astype(np.float16)
    places = (vectors - mean) @ axes.T.astype(np.float32)
    steps = np.maximum(np.abs(places).max(axis=0), 1e-12) / 127
    np.savez_compressed(
        path,
        texts=np.frombuffer("\n".join(texts).encode(), dtype=np.uint8),
        codes=np.round(places / steps).astype(np.int8),
        steps=steps.astype(np.float32),
        axes=axes,
        mean=mean.astype(np.float32),
    )
