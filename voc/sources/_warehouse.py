"""Tables as a warehouse loader (Fivetran) writes them: which version of a row is current, and tables side by side."""

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from voc.errors import VocError
from voc.sources._delimited import header_names
from voc.sources._entries import Entry, Export, VendorOptions, fold, open_export
from voc.sources._files import head_text, read_head

log = logging.getLogger("voc.sources")
OLDER = "an older version of a row that the file holds too"
DELETED = "deleted in the tool"
_TABLE_ENDINGS = {".csv", ".tsv", ".txt", ".gz"}


def why_not_current(export: Export) -> Callable[[Entry], str | None]:
    """A test of rows: None for the current version of a row that was not deleted, else why it is none.

    Loaders keep a table's history with `_fivetran_active`: of the versions of one id the active one counts, else the
    one changed last. Rows of tables without ids (joins) count while they are active. JSON has only current objects.
    """
    columns = {fold(column) for column in export.columns or ()}
    kept = _latest_lines(export) if {"id", "fivetranactive"} <= columns else None

    def why_not(entry: Entry) -> str | None:
        if _is_true(entry, "_fivetran_deleted"):
            return DELETED
        if kept is not None:
            is_current = not entry.text("id") or entry.line in kept
        else:
            is_current = (entry.text("_fivetran_active") or "true").lower() not in ("false", "f", "0")
        return None if is_current else OLDER

    return why_not


def _latest_lines(export: Export) -> set[int]:
    latest: dict[str, tuple[bool, str, int]] = {}
    for entry in export.rows():
        key = entry.text("id")
        if key and not entry.fault:
            rank = (_is_true(entry, "_fivetran_active"), entry.text("updated_at", "_fivetran_start") or "", entry.line)
            latest[key] = max(latest.get(key, rank), rank)
    return {line for _, _, line in latest.values()}


def _is_true(entry: Entry, *paths: str) -> bool:
    return (entry.text(*paths) or "").lower() in ("true", "t", "1")


def rows_beside(path: Path, options: VendorOptions, *needed: str) -> Iterator[Entry]:
    """Current rows of the tables in the same folder whose header has all of the columns `needed`, by file name.

    For names that stand in a table of their own (tags, stages). A table that cannot be read is logged and left out:
    it is complained of where it is read for itself.
    """
    wanted = {fold(name) for name in needed}
    for other in sorted(path.parent.iterdir()):
        if other == path or other.suffix.lower() not in _TABLE_ENDINGS or not other.is_file():
            continue
        try:
            if not wanted <= _columns_of(other, other.stat().st_mtime_ns):
                continue
            export = open_export(other, options, pages=())
            why_not = why_not_current(export)
            yield from (entry for entry in export.rows() if not entry.fault and not why_not(entry))
        except VocError as error:
            log.warning("%s: names of %s are not known: %s", path, other.name, error.what)


@lru_cache(maxsize=4096)
def _columns_of(path: Path, changed_at: int) -> frozenset[str]:
    """Folded column names of a table; kept, since each file of a folder asks for those of all others."""
    return frozenset(fold(name) for name in header_names(head_text(read_head(path))[: 1 << 16]))
