"""The key beside a database: what its hashes of identifiers and its tokens of numbers are made with.

Without it nobody can try out which e-mail address or order number gives a hash that stands in the database.
"""

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from voc.errors import VocError

KEY_BYTES = 32
SHOWN = 16  # characters of a hash that are kept: 64 bits


def key_path(database: Path) -> Path:
    """Where the key of a database lies."""
    return database.with_name(database.name + ".key")


def read_key(database: Path) -> bytes | None:
    """The key of a database; None where there is none yet. Raises VocError for a file that holds none."""
    path = key_path(database)
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VocError(f"{path} cannot be read: {error.strerror}.", "It belongs to whoever runs the pipeline.") from error
    if len(key) != KEY_BYTES:
        raise VocError(f"{path} holds no key.", "Restore it from the copy that was kept beside the database.")
    return key


def make_key(database: Path) -> bytes:
    """A new key beside a database, for its owner alone. Raises VocError where it cannot be written."""
    path = key_path(database)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise VocError(f"{path} cannot be written: {error.strerror}.", "Check the folder's permissions.") from error
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as stream:
        stream.write(key)
    return key


def fingerprint(key: bytes) -> str:
    """By what a key is known again; the key itself cannot be computed from it."""
    return keyed_hash(key, "voc: fingerprint of the key of a database")


@lru_cache(maxsize=1 << 16)
def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 of a text (RFC 2104), the first 64 bits as hexadecimal."""
    return hmac.digest(key, text.encode(), "sha256").hex()[:SHOWN]
