"""Everything a database holds about one person, as one JSON document to hand over."""

import base64
import json
import os
from pathlib import Path
from typing import Any

from voc import flow, forget_traces, tables
from voc.config import database_of
from voc.errors import VocError
from voc.persons import PersonRows, find_person, gather, raw_files
from voc.store import Store, now, raw_rows

SAYS = (
    "Rows of every table that speak of this person, as they are stored: personal data is replaced by tokens and identifiers by "
    "keyed hashes; raw_texts, where the pipeline keeps them, holds the texts as they came. Vectors are float32 values in base64."
)


def person_document(target: Path | None, wanted: str) -> dict:
    """The document: `customer`, `tables` (name -> rows), `topics` they speak of, `vectors`, `raw_texts`, `quoted_in_briefings_of`.

    `target`: the database or its pipeline file. Raises VocError for an unknown customer, or where the file of unredacted texts
    cannot be found.
    """
    with Store(database_of(target), flow.report_tables(), is_read_only=True) as store:
        store.keep_in_memory()
        person = find_person(store, wanted)
        rows = gather(store, person)
        is_pipeline = target is not None and target.suffix.lower() in (".yml", ".yaml")
        files, missing = raw_files(store, target.resolve().parent if is_pipeline else None)
        found = {name: _rows(store, name, condition) for name, condition in rows.tables.items()}
        return {
            "customer": {"customer_id": person.customer_id, "name": person.name, "identifiers": sorted(person.identifiers)},
            "exported_at": now(), "database": store.path.name, "says": SAYS, "forgotten_at": person.forgotten_at,
            "tables": {name: listed for name, listed in found.items() if listed},
            "topics": _topics(store, rows),
            "vectors": _vectors(store, rows),
            "raw_texts": [row for path in files for row in raw_rows(path, rows.ids["verbatim_id"])],
            "raw_files_not_found": missing,
            "quoted_in_briefings_of": forget_traces.quoting_runs(store, rows, forget_traces.fragments_of(store, rows), ()),
        }  # fmt: skip


def _rows(store: Store, table: str, condition: str) -> list[dict]:
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in store.rows(f'SELECT * FROM "{table}" WHERE {condition} ORDER BY rowid')
    ]  # fmt: skip


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _topics(store: Store, rows: PersonRows) -> list[dict]:
    if "passage_topics" not in rows.tables:
        return []
    return store.rows(
        "SELECT topic_id, name FROM topics WHERE topic_id IN "
        f"(SELECT topic_id FROM passage_topics WHERE {rows.tables['passage_topics']}) ORDER BY 1"
    )


def _vectors(store: Store, rows: PersonRows) -> list[dict]:
    found = store.cache_rows(tables.Vector.name, "text_hash", rows.ids["text_hash"])
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def write_document(target: Path | None, wanted: str, output: Path | None) -> list[str]:
    """Lines to print: the document itself, or where it was written, for its owner alone to read."""
    document = person_document(target, wanted)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if output is None or output == Path("-"):
        return [text]
    try:
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o600)  # also where a file of other rights is written over
            stream.write(text + "\n")
    except OSError as error:
        raise VocError(f"{output} cannot be written: {error.strerror}.", "Name another file with --output.") from error
    count = sum(map(len, document["tables"].values()))
    lost = [f"{name}, which keep_raw named, is not there: texts in it are not included." for name in document["raw_files_not_found"]]
    return [f"Wrote {output}: {count:,} rows of {len(document['tables'])} tables about {document['customer']['name']}.", *lost]
