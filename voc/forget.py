"""Erase one person from a database and its side files, and remember by hash alone that they are not to come back."""

from dataclasses import dataclass
from pathlib import Path

from voc import brief, flow, forget_traces, tables
from voc.briefing import render
from voc.config import database_of
from voc.errors import VocError
from voc.persons import POINTERS, Person, PersonRows, find_person, gather, raw_files, row_hashes
from voc.store import Store, erase_raw, locked, now

KEPT = (
    "Counts, sums and names of topics of finished runs stay as published; the next voc run computes them anew without this customer.",
    "Out of reach: the input files and pulled pages themselves, copies and backups of the database, and exports and briefings "
    "already written to files. Delete the customer there as well.",
)
SHOWN = ("contacts", "responses", "verbatims", "rejects")


@dataclass(frozen=True)
class Found:
    """Whom an erasure would be of, and how much."""

    name: str
    counts: dict[str, int]  # rows by table
    lines: tuple[str, ...]


# ---------------------------------------------------------------- before


def plan(target: Path | None, wanted: str) -> Found:
    """What `forget` would erase; nothing is changed. Raises VocError for an unknown customer."""
    with Store(database_of(target), flow.report_tables(), is_read_only=True) as store:
        store.keep_in_memory()
        person = find_person(store, wanted)
        rows = gather(store, person)
        counts = counts_of(store, rows)
        raw_files(store, _folder(target))
    if not counts:
        said = f"{person.forgotten_at} " if person.forgotten_at else ""
        return Found(person.name, {}, (f"Nothing of this customer is left in {store.path}: erased {said}before.",))
    return Found(person.name, counts, (f"{_who(person)}: {_counted(counts)}.",))


def counts_of(store: Store, rows: PersonRows) -> dict[str, int]:
    """Rows of a person by table; tables without any left out."""
    found = {
        table: store.rows(f'SELECT count(*) AS n FROM "{table}" WHERE {condition}')[0]["n"]
        for table, condition in rows.tables.items()
    }  # fmt: skip
    return {table: count for table, count in found.items() if count}


def _who(person: Person) -> str:
    return f"{person.name} ({person.customer_id})" if person.customer_id else person.name[:1].upper() + person.name[1:]


def _counted(counts: dict[str, int]) -> str:
    shown = [f"{counts[name]:,} {name}" for name in SHOWN if name in counts]
    rest = sum(count for name, count in counts.items() if name not in SHOWN)
    others = f"{rest:,} rows of {sum(name not in SHOWN for name in counts)} tables made of them"
    return ", ".join([*shown, others] if rest else shown)


def _folder(target: Path | None) -> Path | None:
    is_pipeline = target is not None and target.suffix.lower() in (".yml", ".yaml")
    return target.resolve().parent if is_pipeline else None


# ---------------------------------------------------------------- erasing


def forget(target: Path | None, wanted: str) -> list[str]:
    """Erase a customer; returns lines that say what was done and what cannot be reached.

    `target`: the database or its pipeline file. One transaction for the database; the side files go first, so that a kill in
    between leaves a customer who can be erased again. Raises VocError for an unknown customer, while a run or another program
    holds the database, and where the file of unredacted texts cannot be found.
    """
    database = database_of(target)
    with Store(database, is_read_only=True) as store:  # before it is opened for writing: an unknown name must not make a file
        find_person(store, wanted)
    with locked(database), Store(database, flow.report_tables()) as store:
        store.keep_in_memory()
        store.fold()
        person = find_person(store, wanted)
        files, missing = raw_files(store, _folder(target))
        with store.transaction() as conn:
            rows = gather(store, person)
            counts = counts_of(store, rows)
            raw_count = sum(erase_raw(path, rows.ids["verbatim_id"]) for path in files)
            vector_count = _erase_vectors(store)
            quoting = _erase(store, person, rows)
            conn.execute("DROP TABLE temp.mine")
        anew, gone = _set_briefings_anew(store, quoting)
        store.compact()
    lines = [f"Erased {_who(person)}: {_counted(counts)}." if counts else f"Nothing of this customer was left in {database}; the file was rewritten."]
    lines += [f"Also {raw_count:,} unredacted texts in {', '.join(path.name for path in files)}."] if raw_count else []
    lines += [f"Also {vector_count:,} vectors in {store.vector_path.name}."] if vector_count else []
    lines += [f"Stored briefings that quoted or named this customer were set anew: {', '.join(anew)}."] if anew else []
    lines += [f"Stored briefings that quoted this customer were deleted: {', '.join(gone)}. Run the pipeline again for a new one."] if gone else []
    lines += [f"Identifiers that other customers' rows hold too stay usable: {rows.shared}."] if rows.shared else []
    lines += [f"{name}, which keep_raw named, is not there: erase the customer where it was moved to." for name in missing]
    return [*lines, *KEPT]


def _erase(store: Store, person: Person, rows: PersonRows) -> list[str]:
    """Delete and scrub inside the transaction; runs whose briefing has to be set anew."""
    conn = store.db.conn
    texts, fragments = forget_traces.texts_of(store, rows), forget_traces.fragments_of(store, rows)
    places = forget_traces.places_of(store, rows)
    hashes = row_hashes(store, person.key)
    _remember(store, rows.identifiers | hashes)
    _delete_reviews(store, person, rows)
    for table, column in POINTERS:
        condition = f"\"{column}\" IN (SELECT id FROM temp.mine WHERE kind = 'contact_id') AND NOT coalesce(({rows.tables[table]}), 0)"
        conn.execute(f'UPDATE "{table}" SET "{column}" = NULL WHERE {condition}')
    order = sorted(rows.tables, key=lambda table: table in ("customers", "contacts", "responses"))
    for table in order:  # what is found over other tables' rows goes by ids alone, so any order finds the same
        conn.execute(f'DELETE FROM "{table}" WHERE {rows.tables[table]}')
    store.rebuild_search()
    words = forget_traces.own_words(store, forget_traces.words_of(texts))
    forget_traces.scrub(store, fragments, words)
    forget_traces.erase_places(store, places)
    quoting = forget_traces.quoting_runs(store, rows, fragments, words | forget_traces.words_of(places))
    for run_id in quoting:
        conn.execute("DELETE FROM briefings WHERE run_id = ?", [run_id])
    return quoting


def _erase_vectors(store: Store) -> int:
    """Delete vectors of texts nobody else wrote, here and in what is remembered of the topics."""
    others = "SELECT text_hash FROM passages WHERE passage_id NOT IN (SELECT id FROM temp.mine WHERE kind = 'passage_id')"
    store.db.conn.execute(f"DELETE FROM temp.mine WHERE kind = 'text_hash' AND id IN ({others})")
    own = [row["id"] for row in store.rows("SELECT id FROM temp.mine WHERE kind = 'text_hash'")]
    return store.erase_cached(tables.Vector.name, "text_hash", own)


def _remember(store: Store, hashes: frozenset[str]) -> None:
    rows = [(one, now()) for one in sorted(hashes)]
    store.db.conn.executemany("INSERT OR IGNORE INTO forgotten (identifier, forgotten_at) VALUES (?, ?)", rows)


def _delete_reviews(store: Store, person: Person, rows: PersonRows) -> None:
    """Clusters that a person's own identifier holds together; a shared one is other people's as well."""
    for identifier in sorted(rows.identifiers):
        store.db.conn.execute("DELETE FROM identity_reviews WHERE widest = ?", [identifier])


def _set_briefings_anew(store: Store, run_ids: list[str]) -> tuple[list[str], list[str]]:
    """(runs whose briefing was rendered again from what is left, runs it could not be rendered for)."""
    anew, gone = [], []
    for run_id in run_ids:
        try:
            page = brief.stored_page(store.path, run_id, brief.Wanted())
        except VocError:  # tables of another version of voc: said to the caller, who names the run
            gone.append(run_id)
            continue
        contents = (("markdown", render.to_markdown(page)), ("html", render.to_html(page)), ("json", render.to_json(page)))
        with store.transaction() as conn:
            conn.executemany("INSERT INTO briefings (run_id, format, title, content) VALUES (?, ?, ?, ?)",
                             [(run_id, name, page.title, content) for name, content in contents])  # fmt: skip
        anew.append(run_id)
    return anew, gone
