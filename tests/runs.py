"""Running the program as people do, and comparing what two runs left in their databases."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from voc.text.marks import bare

# What differs between two runs of the same thing: the run's own name, that of the run it stands on, and its clock.
_OWN = {"run_id", "fitted_run_id", "previous_run_id", "started_at", "finished_at", "seconds", "created_at"}
# Hashes made with the key of the database: no two databases have the same.
_KEYED = {"identifiers", "account", "widest"}
# Prose that quotes the run's id or time; its numbers are compared through the other tables.
_NOT_COMPARED = {"runs", "run_stages", "briefings"}
# How topics came about, and what became of those of the run before: here a run that knows an earlier one differs from
# the earlier one even when nothing else does (assigned instead of fitted, continued instead of new). To be left out
# where such two are compared, and nowhere else.
OF_THE_MODE = {"latest_fit", "topic_fits", "topic_changes", "topic_lineage"}


STANDSTILL_SECONDS = 900


def voc(*arguments: object, cwd: Path | None = None, **options) -> subprocess.CompletedProcess:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "voc", *map(str, arguments)]
    # a run that stands still fails its test instead of holding up all others
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, **({"timeout": STANDSTILL_SECONDS} | options))


def dump(database: Path) -> dict[str, list[tuple]]:
    """Rows of every table without what belongs to one run or database alone, sorted; full-text internals left out."""
    conn = sqlite3.connect(database)
    names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in sorted(names):
        if name.startswith(("sqlite_", "_sqlite", "verbatims_fts")) or "_fts" in name or name in _NOT_COMPARED:
            continue
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info('{name}')") if row[1] not in _OWN | _KEYED]
        listed = ", ".join(f'"{c}"' for c in columns)
        found[name] = sorted((_without_tokens(row) for row in conn.execute(f'SELECT {listed} FROM "{name}"')), key=repr)
    conn.close()
    return found


def _without_tokens(row: tuple) -> tuple:
    """Tokens of order numbers are made with the database's key."""
    return tuple(bare(value) if isinstance(value, str) else value for value in row)


def differences(one: dict[str, list[tuple]], other: dict[str, list[tuple]]) -> dict[str, tuple[int, int]]:
    """Tables that differ, with the rows only the one or only the other has."""
    assert one.keys() == other.keys()
    return {
        name: (len(set(one[name]) - set(other[name])), len(set(other[name]) - set(one[name])))
        for name in one if one[name] != other[name]
    }  # fmt: skip
