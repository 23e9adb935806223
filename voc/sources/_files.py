"""Opening export files: what kind they are, how their text is encoded, and what to say when they cannot be read."""

import codecs
import gzip
import io
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from voc.errors import VocError, did_you_mean

log = logging.getLogger("voc.sources")

CHUNK = 1 << 20
HEAD = 1 << 18
# Below this chardet is wrong about as often as it is right on short exports; above it, it was right on all tried.
TRUSTED_GUESS = 0.35
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GZIP, _ZIP, _OLE, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
_SHEET_ENDINGS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
_JSON_ENDINGS = {".json", ".jsonl", ".ndjson"}
_JSON_START = re.compile(r'\s*(\{\s*("|\}|$)|\[\s*([{\[\]]|$))')
_UNREADABLE = (OSError, EOFError, zlib.error)  # a broken gzip file raises any of the three


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: every column as text ("" where empty), or the fault that keeps it from being read."""

    line: int
    cells: dict[str, str]
    raw: str
    fault: str | None = None
    fields: tuple[str, ...] = ()  # of a row that does not fit the header: all that stands in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A tabular file: its columns and a way to go through its rows, as often as wanted.

    `columns` is None where they are known only after the last row (JSON lines).
    """

    path: Path
    columns: tuple[str, ...] | None
    rows: Callable[[], Iterator[Row]]


def check_file(path: Path) -> None:
    """Raise VocError when `path` is missing, a folder, empty or not readable."""
    if path.is_dir():
        raise VocError(f"{path} is a folder, not a file.", f"Name one of its files in path. {_listing(path)}".strip())
    if not path.exists():
        raise VocError(f"{path} does not exist.", _near_file(path))
    with reading(path), path.open("rb") as stream:
        if not stream.read(1):
            raise VocError(f"{path} is empty (0 bytes).", "Export it again, or take it out of the sources.")


def file_kind(path: Path, head: bytes) -> str:
    """Say what a file is by its first bytes: "sheet", "parquet", "json" or "delimited"."""
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_OLE) or (head.startswith(_ZIP) and path.suffix.lower() in _SHEET_ENDINGS):
        return "sheet"
    if head.startswith(b"%PDF-"):
        raise VocError(f"{path} is a PDF, which holds no rows.", "Export the data as CSV or Excel and name that file in path.")
    if head.startswith(_ZIP) and b"xl/" in head:
        raise VocError(f"{path} is an Excel workbook by its content.", "Give it the ending .xlsx and name it so in path.")
    if head.startswith(_ZIP):
        raise VocError(f"{path} is a zip archive.", "Unpack it and name the file inside it in path.")
    endings = {suffix.lower() for suffix in path.suffixes}
    if endings & _JSON_ENDINGS or _JSON_START.match(head_text(head).lstrip().partition("\n")[0]):
        return "json"
    return "delimited"


def is_json(path: Path) -> bool:
    """Whether a file holds JSON, by its first bytes."""
    return file_kind(path, read_head(path)) == "json"


def read_head(path: Path) -> bytes:
    """First bytes of a file as they lie on the disk."""
    with reading(path), path.open("rb") as stream:
        return stream.read(HEAD)


def head_text(head: bytes) -> str:
    """First bytes of a file as text, for recognising a format; never raises, wrong letters are possible."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD)
        except zlib.error:
            return ""
    encoding = _by_mark(head) or _by_zeros(head) or "utf-8"
    return head.decode(encoding, "ignore").removeprefix("\ufeff").replace("\0", "")


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """Open a text file, unpacked if it is gzip, in the encoding `find_encoding` gave for it.

    Line ends come as they are in the file. Bytes that fit no letter become U+FFFD; `find_encoding` has said so.
    """
    with reading(path), io.TextIOWrapper(open_binary(path), encoding=encoding, errors="replace", newline="") as stream:
        yield stream


def open_binary(path: Path) -> BinaryIO:
    """Open a file for its bytes, unpacking gzip whatever the name says."""
    with path.open("rb") as stream:
        packed = stream.read(2) == _GZIP
    return gzip.open(path, "rb") if packed else path.open("rb")


def find_encoding(path: Path, configured: str | None = None) -> str:
    """Name the encoding of a text file: byte order mark, UTF-8, the configured one, then a guess that is logged.

    Raises VocError for an unknown encoding and for a configured one that does not fit the file.
    """
    if configured:
        _check_encoding(path, configured)
    with reading(path), open_binary(path) as stream:
        head = stream.read(4096)
    by_bytes = _by_mark(head) or _by_zeros(head)
    if by_bytes:
        return by_bytes
    # ISO-2022 and its kin are valid ASCII as bytes; the escape character gives them away
    if _fits(path, "utf-8") and not (configured and b"\x1b" in head):
        return "utf-8"
    if configured:
        if not _fits(path, configured):
            raise VocError(
                f"{path} is not {configured}: some bytes of it stand for no letter.",
                "Set encoding to what the exporting tool wrote, or leave it out.",
            )
        return configured
    return _guess_encoding(path)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn a failing disk, a missing permission or a broken gzip file into VocError."""
    try:
        yield
    except PermissionError as error:
        raise VocError(f"{path} may not be read: permission denied.", "Give yourself read permission.") from error
    except _UNREADABLE as error:
        raise VocError(f"{path} cannot be read: {error}.", "It is damaged or cut off; export it again.") from error


def _guess_encoding(path: Path) -> str:
    wrong, right = _letters(path)
    if right >= 10 * wrong:
        log.warning("%s: UTF-8 with %d damaged letters, shown as \ufffd.", path, wrong)
        return "utf-8"
    import chardet

    guess = chardet.detect(_foreign_lines(path))
    name, confidence = guess["encoding"] or "unknown", guess["confidence"] or 0.0
    order = ("cp1252", "latin-1")
    if confidence >= TRUSTED_GUESS:
        order = (name, *order)
    encoding = next(candidate for candidate in order if _fits(path, candidate))
    log.warning(
        "%s: not UTF-8, read as %s (guess from its letters: %s, confidence %.2f). Set encoding if letters look wrong.",
        path, encoding, name, confidence,
    )  # fmt: skip
    return encoding


def _fits(path: Path, encoding: str) -> bool:
    """Whether every byte of the file is valid in `encoding`."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except (UnicodeError, LookupError):
        return False
    return True


def _letters(path: Path) -> tuple[int, int]:
    """Count places that are not UTF-8, and letters beyond ASCII that are."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    wrong = right = 0
    for chunk in _chunks(path):
        text = decoder.decode(chunk)
        if not text.isascii():
            beyond = len(text) - len(text.encode("ascii", "ignore"))
            wrong += text.count("\ufffd")
            right += beyond - text.count("\ufffd")
    return wrong + len(decoder.decode(b"", final=True)), right


def _foreign_lines(path: Path) -> bytes:
    """Up to 64 kB of the lines that hold letters beyond ASCII: what an encoding can be told from."""
    found: list[bytes] = []
    size = 0
    for chunk in _chunks(path):
        for line in chunk.splitlines(keepends=True):
            if not line.isascii():
                found.append(line[:4096])
                size += len(found[-1])
        if size >= 1 << 16:
            break
    return b"".join(found)[: 1 << 16]


def _chunks(path: Path) -> Iterator[bytes]:
    with reading(path), open_binary(path) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _by_mark(head: bytes) -> str | None:
    return next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)


def _by_zeros(head: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte of Western text is zero."""
    pairs = len(head) // 2
    if pairs < 4:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if max(even, odd) < 0.4 * pairs or min(even, odd) > 0.1 * pairs:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _check_encoding(path: Path, name: str) -> None:
    try:
        "".encode(name)
    except (LookupError, ValueError) as error:
        known = ("utf-8", "utf-16", "cp1250", "cp1251", "cp1252", "latin-1", "iso8859-15", "shift_jis", "gb18030")
        raise VocError(f"{path}: there is no encoding called '{name}'.", did_you_mean(name, known)) from error


def _near_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    hint = did_you_mean(path.name, names)
    return hint if hint.startswith("Did") else _listing(path.parent) or f"{path.parent} holds no files."


def _listing(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"There are: {', '.join(names[:10])}{more}." if names else ""
