"""The only module that opens SQLite: create, check, read, and write one stage in one transaction."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pandas as pd
from sqlite_utils import Database

from voc import migrations, tables
from voc.context import Chunks
from voc.errors import VocError
from voc.schema import Table
from voc.secret import fingerprint, key_path, read_key
from voc.views import VIEWS

try:
    import fcntl
except ImportError:  # no file locks on this system: two runs at once are then the user's own care
    fcntl = None

CACHE_KIBIBYTES = 128 * 1024
SORTED_BYTES = 32 << 20  # of a full-text index in memory, before a part is written
APPLICATION_ID = 0x766F6331  # "voc1" in the file's header: how a voc database is told from another program's
RAW_ID = 0x766F6372  # "vocr": the same for a file of unredacted texts
SIDE_FILES = ("-wal", "-shm", "-journal", ".vectors", ".key", ".lock")  # beside a database


class Store:
    """A voc database and its side file of vectors."""

    def __init__(self, path: Path, extra_tables: Iterable[Table] = (), *, is_read_only: bool = False) -> None:
        """Open or create. Raises VocError for a folder, another program's database, or one that cannot be written."""
        self.path = path
        self.tables = {t.name: t for t in (*tables.TABLES, *extra_tables)}
        _refuse_strangers(path, is_read_only)
        self.db = _open(path, is_read_only)
        self.vector_path = path.with_name(path.name + ".vectors")
        if not is_read_only:
            with _faults(path):
                self._create()

    def close(self) -> None:
        """Fold the log into the file, so that a reader who opens it as immutable sees everything."""
        with suppress(sqlite3.OperationalError):  # a reader holds the log open, or the file is read-only
            self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # ------------------------------------------------------------ schema

    def _create(self) -> None:
        conn = self.db.conn
        is_new = not self.db.table_names()
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")  # first: from here on the file is known as ours
        if not is_new:
            self._write_ahead()
        conn.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")  # a million rows by key touch pages all over the file
        if not is_new:
            migrations.MIGRATIONS.apply(self.db)
        conn.execute("PRAGMA foreign_keys = OFF")  # a working table of an older shape is dropped while rows point at it
        with self.db.atomic():
            for declared in self.tables.values():
                self._create_table(declared)
            self._create_views()
            if is_new:
                migrations.mark_all_applied(self.db)
        conn.execute("PRAGMA foreign_keys = ON")

    def _write_ahead(self) -> None:
        """Let readers see the last complete stage while the next is written.

        A new file has no readers yet and is filled without a log: the log would hold every page of the first ingest a second time.
        """
        self.db.conn.execute("PRAGMA journal_mode = WAL")

    def _create_table(self, declared: Table) -> None:
        if declared.kind == "cache":
            return
        conn = self.db.conn
        row = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", [declared.name]).fetchone()
        if row and row[0] == declared.ddl():
            self._create_indexes(declared)  # a later release may have added one
            return
        if row and declared.kind != "working":  # migrations change tables whose rows must stay
            found = [r["name"] for r in self.rows("SELECT name FROM pragma_table_info(?)", [declared.name])]
            if found != declared.names:
                raise VocError(
                    f"{self.path}: the table {declared.name} has other columns than this version of voc writes.",
                    "Run it with the version that made it, or name another 'database'.",
                )
            return
        if row:  # a working table is made anew by every run, so an older shape of it can go
            conn.execute(f'DROP TABLE "{declared.name}"')
        conn.execute(declared.ddl())
        self._create_indexes(declared)
        if declared.search:
            self.db[declared.name].enable_fts(declared.search, tokenize="porter unicode61")

    def _create_indexes(self, declared: Table) -> None:
        indexed = {*declared.indexes, *((c.name,) for c in declared.columns if c.ref and not c.is_key)}
        for names in sorted(indexed):
            listed = ", ".join(f'"{n}"' for n in names)
            name = f"{declared.name}_{'_'.join(names)}"
            self.db.conn.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{declared.name}" ({listed})')

    def _create_views(self) -> None:
        for view in VIEWS:
            row = self.db.conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", [view.name]).fetchone()
            sql = f'CREATE VIEW "{view.name}" AS {view.sql}'
            if row and row[0] != sql:
                self.db.conn.execute(f'DROP VIEW "{view.name}"')
            if not row or row[0] != sql:
                self.db.conn.execute(sql)

    # ------------------------------------------------------------ read

    def read(self, name: str, columns: Iterable[str] = ()) -> pd.DataFrame:
        """A whole table, or some of its columns, as a checked frame."""
        declared = self.tables[name].narrowed(*columns) if columns else self.tables[name]
        if declared.kind == "cache":
            return self._read_cache(declared)
        listed = ", ".join(f'"{n}"' for n in declared.names)
        cursor = self.db.conn.execute(f'SELECT {listed} FROM "{name}"')
        found = pd.DataFrame(cursor.fetchall(), columns=[d[0] for d in cursor.description])
        return declared.check(found) if len(found) else declared.empty()

    def rows(self, sql: str, values: Iterable = ()) -> list[dict]:
        """Rows of a query as dicts."""
        cursor = self.db.conn.execute(sql, list(values))
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def counts(self) -> dict[str, int]:
        """Rows of every table and view."""
        names = [t.name for t in self.tables.values() if t.kind != "cache"] + [view.name for view in VIEWS]
        return {n: self.rows(f'SELECT count(*) AS n FROM "{n}"')[0]["n"] for n in names}

    def key(self) -> bytes | None:
        """The key beside the database, None where there is none. Raises VocError for the key of another database."""
        key = read_key(self.path)
        # runs of versions that kept no fingerprint give NULL
        fingerprints = "SELECT json_extract(versions, '$.key') AS mark FROM runs WHERE json_valid(versions) AND mark IS NOT NULL"
        newest = self.rows(f"{fingerprints} ORDER BY started_at DESC LIMIT 1") if key else []
        if newest and newest[0]["mark"] != fingerprint(key):
            raise VocError(
                f"{key_path(self.path)} is the key of another database: with it every customer in {self.path.name} would be a stranger.",
                "Put back the key that lay beside the database.",
            )
        return key

    def latest_run(self, status: str | None = None) -> dict | None:
        """The run started last, or the last with a status."""
        where, values = ("WHERE status = ?", [status]) if status else ("", [])
        found = self.rows(f"SELECT * FROM runs {where} ORDER BY started_at DESC, rowid DESC LIMIT 1", values)
        return found[0] if found else None

    # ------------------------------------------------------------ write

    def start_run(self, row: dict) -> None:
        """Record a run; a run that never finished is marked and its report rows are taken back."""
        with _faults(self.path), self.db.atomic():
            for unfinished in self.rows("SELECT run_id FROM runs WHERE status = 'running'"):
                self._take_back(unfinished["run_id"], "interrupted")
            self._insert(tables.Run, tables.Run.frame([row]))

    def carry_reports(self, from_run: str, to_run: str, names: Iterable[str]) -> None:
        """Copy report rows of one run to another: a run that starts late stands on what an earlier one published."""
        with _faults(self.path), self.db.atomic():
            for name in names:
                columns = [n for n in self.tables[name].names if n != "run_id"]
                listed = ", ".join(f'"{n}"' for n in columns)
                self.db.conn.execute(
                    f'INSERT INTO "{name}" (run_id, {listed}) SELECT ?, {listed} FROM "{name}" WHERE run_id = ?',
                    [to_run, from_run],
                )

    def finish_run(self, run_id: str, status: str, as_of: str | None) -> None:
        """Close a run. A run that is not complete publishes nothing."""
        with _faults(self.path), self.db.atomic():
            if status != "complete":
                self._take_back(run_id, status)
            else:
                self.db.conn.execute(
                    "UPDATE runs SET status = ?, finished_at = ?, as_of = ? WHERE run_id = ?",
                    [status, now(), as_of, run_id],
                )
                for declared in self.tables.values():
                    if declared.is_latest_only:
                        self.db.conn.execute(f'DELETE FROM "{declared.name}" WHERE run_id != ?', [run_id])

    def _take_back(self, run_id: str, status: str) -> None:
        for declared in self.tables.values():
            if declared.kind == "report" and declared.name not in ("runs", "run_stages"):
                self.db.conn.execute(f'DELETE FROM "{declared.name}" WHERE run_id = ?', [run_id])
        self.db.conn.execute("UPDATE runs SET status = ? WHERE run_id = ?", [status, run_id])

    def write_stage(
        self, frames: Mapping[str, pd.DataFrame | Chunks], stage_row: dict, clear: Iterable[str] = (),
        patches: Mapping[str, pd.DataFrame] | None = None,
    ) -> dict:  # fmt: skip
        """Write a stage's tables, empty the working tables of later stages, record the stage: one transaction.

        `patches`: key and new values of rows that stay otherwise as they are.
        Returns {table: {"inserted": n, "updated": n}} for source tables.
        """
        changes = {}
        with _faults(self.path), self.db.atomic():
            for name in clear:
                self.db.conn.execute(f'DELETE FROM "{name}"')
            for name, frame in frames.items():
                declared = self.tables[name]
                if declared.kind == "cache":
                    self.save_cache(name, frame)
                    continue
                if declared.kind == "working":
                    self.db.conn.execute(f'DELETE FROM "{name}"')
                with self._indexes_last(declared, frame):
                    rows = _values(declared.check(frame)) if isinstance(frame, pd.DataFrame) else chain.from_iterable(frame)
                    if declared.kind == "source":
                        _add(changes, name, self._upsert(declared, rows))
                    else:
                        self._insert_rows(declared, rows)
                if declared.search:
                    self._make_search(name)
            for name, frame in (patches or {}).items():
                _add(changes, name, {"inserted": 0, "updated": self._patch(self.tables[name], frame)})
            notes = json.loads(stage_row["notes"]) | ({"changes": changes} if changes else {})
            row = stage_row | {"notes": json.dumps(notes, ensure_ascii=False)}
            self._insert(tables.RunStage, tables.RunStage.frame([row]))
        self._write_ahead()
        return changes

    @contextmanager
    def _indexes_last(self, declared: Table, rows: pd.DataFrame | Chunks) -> Iterator[None]:
        """Fill an empty table without its indexes and make them of all its rows: faster than to keep them up row by row."""
        is_late = isinstance(rows, Chunks) and not self.rows(f'SELECT 1 AS n FROM "{declared.name}" LIMIT 1')
        if is_late:
            found = self.rows("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", [declared.name])
            for index in found:
                self.db.conn.execute(f'DROP INDEX "{index["name"]}"')
        yield
        if is_late:
            self._create_indexes(declared)

    def _insert(self, declared: Table, frame: pd.DataFrame) -> None:
        self._insert_rows(declared, _values(frame))

    def _insert_rows(self, declared: Table, rows: Iterable[tuple]) -> None:
        names = ", ".join(f'"{n}"' for n in declared.names)
        marks = ", ".join("?" for _ in declared.names)
        self.db.conn.executemany(f'INSERT INTO "{declared.name}" ({names}) VALUES ({marks})', rows)

    def _upsert(self, declared: Table, rows: Iterable[tuple]) -> dict[str, int]:
        """Insert new rows and update changed ones; a row whose provenance alone differs is left as it is."""
        table, conn = declared.name, self.db.conn
        before = conn.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
        names = ", ".join(f'"{n}"' for n in declared.names)
        marks = ", ".join("?" for _ in declared.names)
        keys = ", ".join(f'"{k}"' for k in declared.key)
        others = [c for c in declared.columns if not c.is_key]
        sets = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in others)
        differs = " OR ".join(
            f'excluded."{c.name}" IS NOT "{table}"."{c.name}"' for c in others if not c.is_provenance
        )
        changed = conn.executemany(
            f'INSERT INTO "{table}" ({names}) VALUES ({marks}) ON CONFLICT ({keys}) DO UPDATE SET {sets} WHERE {differs}',
            rows,
        ).rowcount
        inserted = conn.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] - before
        return {"inserted": inserted, "updated": max(changed, 0) - inserted}

    def _patch(self, declared: Table, frame: pd.DataFrame) -> int:
        """Set the columns of `frame` in the rows with its keys; how many there were."""
        sets = ", ".join(f'"{n}" = ?' for n in frame.columns if n not in declared.key)
        where = " AND ".join(f'"{k}" = ?' for k in declared.key)
        ordered = frame[[*(n for n in frame.columns if n not in declared.key), *declared.key]]
        if len(frame):
            self.db.conn.executemany(f'UPDATE "{declared.name}" SET {sets} WHERE {where}', _values(ordered))
        return len(frame)

    # ------------------------------------------------------------ unredacted texts

    def save_raw(self, path: Path, chunks: Iterable[list[tuple]]) -> None:
        """Put unredacted texts into a file of their own that its owner alone may read; the newest text of a verbatim stays."""
        refuse_as_raw(path, self.path)
        marks = ", ".join("?" for _ in tables.RawText.names)
        with _raw(path, is_made=True) as conn:
            for rows in chunks:
                conn.executemany(f'INSERT OR REPLACE INTO "{tables.RawText.name}" VALUES ({marks})', rows)

    # ------------------------------------------------------------ erasing

    def keep_in_memory(self) -> None:
        """Let temporary tables touch no disk, and let what is deleted be overwritten."""
        self.db.conn.execute("PRAGMA temp_store = MEMORY")
        self.db.conn.execute("PRAGMA secure_delete = ON")

    def fold(self) -> None:
        """Move the write-ahead log into the file and empty it. Raises VocError while another program reads."""
        with _faults(self.path):
            _fold(self.db.conn, self.path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction over several statements, SQLite's own errors in words."""
        with _faults(self.path), self.db.atomic():
            yield self.db.conn

    def compact(self) -> None:
        """Rewrite the file without the pages that held deleted rows, and empty its log."""
        with _faults(self.path):
            self.db.conn.execute("VACUUM")
        self.fold()

    def rebuild_search(self) -> None:
        """Make the full-text indexes anew from their tables: an index keeps the words of rows deleted from its table."""
        for declared in self.tables.values():
            if declared.search:
                self._make_search(declared.name)

    def _make_search(self, name: str) -> None:
        """Make a table's full-text index anew; the more of it is sorted in memory, the fewer parts have to be merged."""
        self.db.conn.execute(f'INSERT INTO "{name}_fts" ("{name}_fts", rank) VALUES (\'hashsize\', ?)', [SORTED_BYTES])
        self.db.conn.execute(f'INSERT INTO "{name}_fts" ("{name}_fts") VALUES (\'rebuild\')')

    def cache_rows(self, name: str, column: str, values: Iterable[str]) -> list[dict]:
        """Rows of a cache table that hold one of the values; none where there is no side file."""
        if not self.vector_path.exists():
            return []
        declared = self.tables[name]
        with _faults(self.vector_path), self._cache() as conn:
            return _rows_with(conn, declared.name, declared.names, column, values)

    def erase_cached(self, name: str, column: str, values: Iterable[str]) -> int:
        """Delete rows of a cache table that hold one of the values, and rewrite the side file; how many there were."""
        if not self.vector_path.exists():
            return 0
        with _faults(self.vector_path), self._cache() as conn:
            return _erased(conn, self.vector_path, name, column, values)

    # ------------------------------------------------------------ vectors

    @contextmanager
    def _cache(self) -> Iterator[sqlite3.Connection]:
        conn = sqlite3.connect(self.vector_path)
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            for declared in self.tables.values():
                if declared.kind == "cache":
                    conn.execute(declared.ddl().replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
            yield conn
            conn.commit()
        finally:
            conn.close()

    def save_cache(self, name: str, frame: pd.DataFrame) -> None:
        """Keep rows of a cache table; rows already there stay."""
        declared = self.tables[name]
        names = ", ".join(f'"{n}"' for n in declared.names)
        marks = ", ".join("?" for _ in declared.names)
        with _faults(self.vector_path), self._cache() as conn:
            conn.executemany(f'INSERT OR IGNORE INTO "{name}" ({names}) VALUES ({marks})', _values(frame))

    def _read_cache(self, declared: Table) -> pd.DataFrame:
        with _faults(self.vector_path), self._cache() as conn:
            cursor = conn.execute(f'SELECT * FROM "{declared.name}"')
            return pd.DataFrame(cursor.fetchall(), columns=declared.names)


@contextmanager
def _raw(path: Path, *, is_made: bool) -> Iterator[sqlite3.Connection]:
    """The file of unredacted texts; the right to read it is its owner's from the first byte on."""
    with _faults(path):
        try:
            if is_made and not path.exists():
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            path.chmod(0o600)
        except OSError as error:
            raise VocError(f"keep_raw: {path} cannot be written: {error.strerror}.", "Check the folder's permissions.") from error
        conn = sqlite3.connect(path)
        try:
            conn.execute(f"PRAGMA application_id = {RAW_ID}")
            conn.execute(tables.RawText.ddl().replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
            yield conn
            conn.commit()
        finally:
            conn.close()


def refuse_as_raw(path: Path, database: Path) -> None:
    """Raise VocError where unredacted texts cannot be put: into the database or beside it, a folder, another program's file."""
    place, fix = path.resolve(), "Name a file of its own under 'keep_raw', such as private/raw.db."
    if place == database.resolve() or place in [database.resolve().with_name(database.name + end) for end in SIDE_FILES]:
        raise VocError(f"keep_raw: {path} belongs to the database, which holds redacted texts alone.", fix)
    if path.is_dir():
        raise VocError(f"keep_raw: {path} is a folder.", fix)
    if not path.parent.is_dir():
        raise VocError(f"keep_raw: the folder {path.parent} does not exist.", "Make it, or change 'keep_raw' in the pipeline.")
    if path.exists() and path.stat().st_size and not _is_raw(path):
        raise VocError(f"keep_raw: {path} is there already and was not made by keep_raw.", fix)


def _is_raw(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(100)
    return head.startswith(b"SQLite format 3\x00") and int.from_bytes(head[68:72], "big") == RAW_ID


def raw_rows(path: Path, verbatim_ids: Iterable[str]) -> list[dict]:
    """Unredacted texts of verbatims; none where the file is not there."""
    if not path.exists() or not _is_raw(path):
        return []
    with _raw(path, is_made=False) as conn:
        return _rows_with(conn, tables.RawText.name, tables.RawText.names, "verbatim_id", verbatim_ids)


def erase_raw(path: Path, verbatim_ids: Iterable[str]) -> int:
    """Delete unredacted texts of verbatims and rewrite the file; how many there were."""
    if not path.exists() or not _is_raw(path):
        return 0
    with _raw(path, is_made=False) as conn:
        return _erased(conn, path, tables.RawText.name, "verbatim_id", verbatim_ids)


def _rows_with(conn: sqlite3.Connection, table: str, names: list[str], column: str, values: Iterable[str]) -> list[dict]:
    listed = ", ".join(f'"{n}"' for n in names)
    found = []
    for value in sorted(set(values)):
        rows = conn.execute(f'SELECT {listed} FROM "{table}" WHERE "{column}" = ? ORDER BY 1', [value]).fetchall()
        found += [dict(zip(names, row, strict=True)) for row in rows]
    return found


def _fold(conn: sqlite3.Connection, path: Path) -> None:
    if conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise VocError(
            f"Another program is reading {path}, so its write-ahead log keeps what was deleted.",
            "Close it there (voc browse, Datasette, a notebook) and run the command again.",
        )


def _erased(conn: sqlite3.Connection, path: Path, table: str, column: str, values: Iterable[str]) -> int:
    """Delete rows of a side file and leave no byte of them: pages are overwritten, the file is rewritten, its log emptied."""
    conn.execute("PRAGMA secure_delete = ON")
    before = conn.total_changes
    conn.executemany(f'DELETE FROM "{table}" WHERE "{column}" = ?', [(value,) for value in sorted(set(values))])
    count = conn.total_changes - before
    conn.commit()
    conn.execute("VACUUM")
    _fold(conn, path)
    return count


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold a database for one run. Raises VocError when another run holds it; a killed run lets go by itself.

    The lock file stays: removing it would let a second run lock another file of the same name.
    """
    _refuse_strangers(database, False)
    path = database.with_name(database.name + ".lock")
    with _faults(database), path.open("w") as handle:
        if fcntl:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise VocError(f"Another run is writing {database}.", "Wait until it has finished.") from error
        yield


def now() -> str:
    """The time now, as the tables hold it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _add(changes: dict[str, dict[str, int]], name: str, more: dict[str, int]) -> None:
    before = changes.setdefault(name, {"inserted": 0, "updated": 0})
    for kind, count in more.items():
        before[kind] += count


def _values(frame: pd.DataFrame) -> Iterator[tuple]:
    """Rows as plain Python values. numpy integers would be stored as 8-byte BLOBs, NaN must become NULL."""
    columns = []
    for name in frame.columns:
        series = frame[name]
        if series.dtype == bool or series.dtype == "boolean":
            series = series.astype("Int64")
        columns.append(series.astype(object).where(series.notna(), None).tolist())
    return zip(*columns, strict=True)


def _refuse_strangers(path: Path, is_read_only: bool) -> None:
    if path.is_dir():
        raise VocError(f"{path} is a folder, not a database.", "Name a file, such as voc.db.")
    if not path.exists():
        if is_read_only:
            raise VocError(f"{path} does not exist.", "Make it with: voc run PIPELINE.yml")
        if not path.parent.is_dir():
            raise VocError(f"The folder {path.parent} does not exist.", "Make it, or change 'database' in the pipeline.")
        return
    if path.stat().st_size == 0:
        return
    with path.open("rb") as handle:
        head = handle.read(100)
    fix = "Name a database that voc run has made." if is_read_only else "Choose another file name for 'database'."
    if not head.startswith(b"SQLite format 3\x00"):
        raise VocError(f"{path} is not a SQLite database.", fix)
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID and not _is_ours_or_empty(path):
        raise VocError(f"{path} is a database of another program.", fix)


def is_ours(path: Path) -> bool:
    """Whether a file carries our mark in its header; a database that was never folded in does not yet."""
    try:
        with path.open("rb") as handle:
            return int.from_bytes(handle.read(72)[68:72], "big") == APPLICATION_ID
    except OSError:
        return False


def _is_ours_or_empty(path: Path) -> bool:
    """Whether our mark is in the write-ahead log, or there is no table yet: a run was killed as it began."""
    conn = sqlite3.connect(path)
    try:
        if conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return True
        return conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    except sqlite3.DatabaseError:
        return False
    finally:
        conn.close()


def _open(path: Path, is_read_only: bool) -> Database:
    if not is_read_only and path.exists() and not os.access(path, os.W_OK):
        raise _read_only(path)
    try:
        if is_read_only and path.with_name(path.name + "-journal").exists():
            _take_back_killed(path)
        conn = sqlite3.connect(f"{path.resolve().as_uri()}?mode={'ro' if is_read_only else 'rwc'}", uri=True)
        conn.execute("PRAGMA foreign_keys = ON")
    except sqlite3.OperationalError as error:
        raise VocError(f"{path} cannot be opened: {error}.", "Check the path and its permissions.") from error
    return Database(conn)


def _take_back_killed(path: Path) -> None:
    """Undo what a first run that was killed had begun to write; who may only read could not."""
    with _faults(path), closing(sqlite3.connect(path)) as conn:
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _read_only(path: Path) -> VocError:
    return VocError(f"{path} is read-only.", "Change its permissions (chmod u+w), or name another 'database'.")


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """SQLite's own errors a person can act on, in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "readonly" in str(error):
            raise _read_only(path) from error
        if "locked" in str(error):
            raise VocError(f"{path} is locked by another program.", "Close it there and run again.") from error
        if "disk" in str(error):
            raise VocError(f"{path} cannot be written: {error}.", "Is the disk full?") from error
        raise
    except sqlite3.DatabaseError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise VocError(f"{path} is damaged: {error}.", "Restore it from a copy, or delete it and run again.") from error
        raise
