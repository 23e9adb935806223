"""Rows on their way through ingest, in a file without a name, so that memory holds one batch at a time."""

import os
import pickle
import tempfile
from pathlib import Path
from typing import Any

IN_MEMORY = 32 << 20  # bytes; a small run touches no disk


def packed(part: Any) -> bytes:
    """A part of a batch as a spool takes it; done by the process that made it."""
    return pickle.dumps(part, protocol=pickle.HIGHEST_PROTOCOL)


class Spool:
    """Batches of rows in the order they were added. Rows are redacted before they come here."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where the file lies once it is large; it has no name there and ends with the process."""
        place = folder if os.access(folder, os.W_OK) else None
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=place)
        self._places: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._places)

    def add(self, heads: bytes, texts: bytes) -> None:
        """Add a batch, both of its parts packed: what is gone through several times, and what is long and read once."""
        self._file.seek(0, os.SEEK_END)
        start = self._file.tell()
        self._file.write(heads)
        self._file.write(texts)
        self._places.append((start, start + len(heads)))

    def heads(self, number: int) -> Any:
        """First part of a batch."""
        return self._load(self._places[number][0])

    def texts(self, number: int) -> Any:
        """Second part of a batch."""
        return self._load(self._places[number][1])

    def _load(self, place: int) -> Any:
        self._file.seek(place)
        return pickle.load(self._file)
