"""One person in a database: found by an id or by an identifier as people know it, and every row that is theirs.

Which rows are theirs is read off the tables themselves: a column that refers to customers, contacts, responses, verbatims,
passages or episodes, or is called like their ids, makes a row of any table theirs, also of one that a plug-in brings.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from voc.config import IdentityRules
from voc.errors import VocError, did_you_mean
from voc.identity import KINDS, normalised
from voc.secret import key_path, keyed_hash
from voc.stages.row_people import row_hash, speaks_of
from voc.store import Store

# id column -> the table it is the id of, in the order they are found in
HOMES = {
    "customer_id": "customers", "contact_id": "contacts", "response_id": "responses", "verbatim_id": "verbatims",
    "passage_id": "passages", "episode_id": "episodes", "reject_id": "rejects",
}  # fmt: skip
# Columns that point at another row without making their own row that person's
POINTERS = (("contacts", "follow_up_of"), ("contacts", "merged_into"), ("responses", "contact_id"))
MOST_SHOWN = 8  # candidates named in an error
LEAST = 4  # characters of an id that are enough to try


@dataclass(frozen=True)
class Person:
    """Who is meant: the customer, every identifier of its rows, and what hashes are made with."""

    customer_id: str | None  # None for somebody only rows that were set aside speak of, or who was erased before
    name: str
    identifiers: frozenset[str]  # kind:hash
    rules: IdentityRules
    key: bytes
    forgotten_at: str | None = None


# ---------------------------------------------------------------- who


def find_person(store: Store, wanted: str) -> Person:
    """The person meant by a customer id, its beginning, the shown name, or an identifier (e-mail, phone, vendor's id).

    Raises VocError for nobody, for several, and where the key that identifiers are hashed with is missing.
    """
    wanted = " ".join(wanted.split())
    if not wanted:
        raise VocError("Which customer?", "Name an id (c-...), the shown name, an e-mail address, a phone number or a vendor's id.")
    if not {"customers", "contacts", "runs"} <= {row["name"] for row in real_tables(store)}:
        raise VocError(f"{store.path} holds no customers.", "Run the pipeline first: voc run PIPELINE.yml")
    rules, key = rules_of(store), _key(store)
    ids = _by_id(store, wanted)
    if ids:
        customer_id = _only(ids, wanted, store)
        return _person(store, customer_id, frozenset(), rules, key)
    hashes = frozenset(_hashes(store, wanted, rules, key))
    ids = _by_identifier(store, hashes)
    if ids:
        return _person(store, _only(ids, wanted, store), hashes, rules, key)
    erased = _forgotten_at(store, hashes)
    if erased or _set_aside(store, hashes, rules, key):
        return Person(None, "somebody only rows that were set aside speak of", hashes, rules, key, erased)
    raise _unknown(store, wanted)


def rules_of(store: Store) -> IdentityRules:
    """The identity rules of the latest run, as its ingest used them."""
    run = store.latest_run()
    settings = json.loads(run["settings"]) if run else {}
    rules = IdentityRules.model_validate(settings.get("identity", {}))
    return rules.without(settings.get("contacts", {}).get("own_domains", ()))


def _key(store: Store) -> bytes:
    key = store.key()
    if key is None:
        raise VocError(
            f"{key_path(store.path)} is missing: without it nobody can tell which rows belong to an e-mail address or a number.",
            "Put it back beside the database.",
        )
    return key


def _by_id(store: Store, wanted: str) -> list[str]:
    found = store.rows("SELECT customer_id FROM customers WHERE customer_id = ? OR name = ?", [wanted, wanted])
    begins = wanted.removeprefix("Customer ").removeprefix("c-").lower()
    if not found and len(begins) >= LEAST and begins.isalnum():
        found = store.rows(
            "SELECT customer_id FROM customers WHERE substr(customer_id, 3, ?) = ? ORDER BY 1", [len(begins), begins])  # fmt: skip
    return [row["customer_id"] for row in found]


def _hashes(store: Store, wanted: str, rules: IdentityRules, key: bytes) -> Iterator[str]:
    """Every hash the words may have been given: as each kind, and as the vendor's id of each source."""
    rows = store.rows("SELECT DISTINCT source FROM contacts UNION SELECT DISTINCT source FROM responses")
    for source in [row["source"] for row in rows] or [""]:
        own = wanted.removeprefix(f"{source}:")
        for kind, value in [("id", own), *((kind, wanted) for kind in KINDS if kind != "id")]:
            text = normalised(kind, value, source, rules) if kind != "email" or "@" in value else None
            if text:
                yield f"{kind}:{keyed_hash(key, text)}"


def _by_identifier(store: Store, hashes: frozenset[str]) -> list[str]:
    found: dict[str, None] = {}
    holds = " OR ".join("instr(identifiers, ?)" for _ in hashes) or "0"
    for table in ("contacts", "responses"):
        sql = f"SELECT DISTINCT customer_id FROM {table} WHERE customer_id IS NOT NULL AND ({holds}) ORDER BY 1"
        found |= {row["customer_id"]: None for row in store.rows(sql, [json.dumps(one) for one in sorted(hashes)])}
    return list(found)


def _only(ids: list[str], wanted: str, store: Store) -> str:
    if len(ids) == 1:
        return ids[0]
    shown = ", ".join(ids[:MOST_SHOWN]) + (" ..." if len(ids) > MOST_SHOWN else "")
    raise VocError(f"{len(ids)} customers in {store.path} fit '{wanted}'.", f"Say which: {shown}.")


def _person(store: Store, customer_id: str, hashes: frozenset[str], rules: IdentityRules, key: bytes) -> Person:
    own = {
        one for table in ("contacts", "responses")
        for row in store.rows(f"SELECT identifiers FROM {table} WHERE customer_id = ?", [customer_id])
        for one in json.loads(row["identifiers"])
    }  # fmt: skip
    name = store.rows("SELECT name FROM customers WHERE customer_id = ?", [customer_id])
    return Person(customer_id, name[0]["name"] if name else customer_id, frozenset(own) or hashes, rules, key)


def _forgotten_at(store: Store, hashes: Collection[str]) -> str | None:
    if "forgotten" not in {row["name"] for row in real_tables(store)}:
        return None
    marks = ", ".join("?" for _ in hashes)
    found = store.rows(f"SELECT max(forgotten_at) AS at FROM forgotten WHERE identifier IN ({marks})", sorted(hashes))
    return found[0]["at"]


def _unknown(store: Store, wanted: str) -> VocError:
    what = f"No customer in {store.path} is or has '{wanted}'."
    if "@" not in wanted and (wanted.startswith(("c-", "Customer ")) or wanted.isalnum() and len(wanted) < 15):
        names = store.rows("SELECT customer_id, name FROM customers ORDER BY contact_count DESC LIMIT 5000")
        known = [row["name" if wanted.startswith("Customer ") else "customer_id"] for row in names]
        near = did_you_mean(wanted, known)
        if near.startswith("Did"):
            return VocError(what, near)
    return VocError(
        what,
        f"Ids look like c-1a2b3c4d5e6f (table customers; {LEAST} characters behind c- are enough); an identifier is compared as ingest does: the whole address, number or vendor's id.",
    )


# ---------------------------------------------------------------- rows


@dataclass(frozen=True)
class PersonRows:
    """Where a person's rows are: ids by column, and for every table the condition that finds them."""

    ids: dict[str, set[str]]  # column of HOMES, and text_hash -> values
    tables: dict[str, str]  # table -> SQL condition over the temporary table `mine`
    identifiers: frozenset[str]  # kind:hash that no other customer's rows hold
    shared: int  # identifiers of theirs that other customers' rows hold as well


def id_columns(store: Store) -> dict[str, dict[str, str]]:
    """Of every table in the file: its columns that hold ids of people's rows, and what they are the id of."""
    found = {}
    for row in real_tables(store):
        table = row["name"]
        refers = {
            (own["from"]): own["to"] for own in store.rows("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?)", [table])
            if HOMES.get(own["to"]) == own["table"]
        }  # fmt: skip
        names = [column["name"] for column in store.rows("SELECT name FROM pragma_table_info(?)", [table])]
        mine = {name: kind for name in names if (kind := refers.get(name) or _named_like(name))}
        if mine:
            found[table] = mine
    return found


def _named_like(column: str) -> str | None:
    return next((key for key in (*HOMES, "text_hash") if column == key or column.endswith(f"_{key}")), None)


def real_tables(store: Store) -> list[dict]:
    """Names of the tables in the file, without those of SQLite and of full-text indexes."""
    return store.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts' "
        "AND name NOT LIKE '%_fts_%' ORDER BY 1"
    )


def gather(store: Store, person: Person) -> PersonRows:
    """Find every row of a person; ids are put into the temporary table `mine` (kind, id), which conditions use."""
    conn = store.db.conn
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS mine (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")
    conn.execute("DELETE FROM temp.mine")
    columns = id_columns(store)
    if person.customer_id:
        conn.execute("INSERT INTO temp.mine VALUES ('customer_id', ?)", [person.customer_id])
    for kind, home in HOMES.items():
        if home in columns and home not in ("customers", "rejects"):
            conn.execute(
                f'INSERT OR IGNORE INTO temp.mine SELECT \'{kind}\', "{kind}" FROM "{home}" WHERE {_condition(home, columns[home])}')  # fmt: skip
    if "passages" in columns:
        conn.execute("INSERT OR IGNORE INTO temp.mine SELECT 'text_hash', text_hash FROM passages "
                     "WHERE passage_id IN (SELECT id FROM temp.mine WHERE kind = 'passage_id')")  # fmt: skip
    own = frozenset(one for one in person.identifiers if not _is_shared(store, one, person.customer_id))
    wanted = own | row_hashes(store, person.key)
    conn.executemany("INSERT OR IGNORE INTO temp.mine VALUES ('reject_id', ?)",
                     [(one,) for one in _set_aside(store, wanted, person.rules, person.key)])  # fmt: skip
    conditions = {table: _condition(table, mine) for table, mine in columns.items()}
    return PersonRows(_ids(store), conditions, own, len(person.identifiers - own))


def _is_shared(store: Store, identifier: str, customer_id: str | None) -> bool:
    """Whether another customer's row holds an identifier: of a cluster that was not joined, or between two accounts."""
    return any(
        store.rows(f"SELECT 1 AS n FROM {table} WHERE instr(identifiers, ?) AND customer_id IS NOT ? LIMIT 1",
                   [json.dumps(identifier), customer_id])
        for table in ("contacts", "responses")
    )  # fmt: skip


def _ids(store: Store) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {kind: set() for kind in (*HOMES, "text_hash")}
    for row in store.rows("SELECT kind, id FROM temp.mine"):
        found[row["kind"]].add(row["id"])
    return found


def _condition(table: str, columns: dict[str, str]) -> str:
    """SQL that is true of a person's rows.

    A contact or a response is its customer's; an answer by nobody is that of the contact it is about. Rows of every other table
    follow the contacts, texts and passages they speak of, whatever customer an earlier run took them for.
    """
    def among(column: str, kind: str) -> str:
        return f'"{column}" IN (SELECT id FROM temp.mine WHERE kind = \'{kind}\')'

    if table in ("contacts", "customers"):
        return among("customer_id", "customer_id")
    if table == "responses":
        return f"{among('customer_id', 'customer_id')} OR customer_id IS NULL AND {among('contact_id', 'contact_id')}"
    own = next((kind for kind, home in HOMES.items() if home == table), None)
    # a home table is searched by what stands above it: its own ids are only then known
    above = {c: k for c, k in columns.items() if not (table == "passages" and k == "text_hash") and (c != own or table == "rejects")}
    return " OR ".join(among(column, kind) for column, kind in above.items()) or "0"


def row_hashes(store: Store, key: bytes) -> frozenset[str]:
    """What the contacts and responses that were gathered are known again by."""
    rows = store.rows("SELECT id FROM temp.mine WHERE kind IN ('contact_id', 'response_id')")
    return frozenset(row_hash(row["id"], key) for row in rows)


def _set_aside(store: Store, wanted: frozenset[str], rules: IdentityRules, key: bytes) -> list[str]:
    """Ids of rejects that hold one of the wanted identifiers, or the id of one of the wanted rows."""
    if "rejects" not in {row["name"] for row in real_tables(store)}:
        return []
    found = []
    for row in store.rows("SELECT reject_id, file_id, raw_row, identifiers FROM rejects"):
        hashes = json.loads(row["identifiers"] or "[]")
        source = row["file_id"].partition("/")[0]
        if not wanted.isdisjoint(hashes) or speaks_of(row["raw_row"], source, wanted, rules, key):
            found.append(row["reject_id"])
    return found


# ---------------------------------------------------------------- the file of unredacted texts


def raw_files(store: Store, folder: Path | None) -> tuple[list[Path], list[str]]:
    """(files that keep_raw named in any run and that are there, names of those that are not).

    `folder`: that of the pipeline file; None where only the database is known. Raises VocError where a relative name could lie
    anywhere.
    """
    settings = [json.loads(row["settings"]) for row in store.rows("SELECT settings FROM runs ORDER BY started_at")]
    there, missing = {}, {}
    for one in settings:
        if not one.get("keep_raw"):
            continue
        base = folder or _folder_of(store.path, one["database"])
        if base is None and not Path(one["keep_raw"]).is_absolute():
            raise VocError(
                f"Where {one['keep_raw']} lies, in which the pipeline keeps unredacted texts, cannot be told from {store.path} alone.",
                "Name the pipeline file instead: --database PIPELINE.yml",
            )
        path = (base or Path()) / one["keep_raw"]
        (there if path.exists() else missing)[path] = None
    return list(there), [str(path) for path in missing]


def _folder_of(database: Path, said: str) -> Path | None:
    """The pipeline's folder, where the database lies where its run put it."""
    place, parts = database.resolve(), Path(said).parts
    if Path(said).is_absolute() or ".." in parts or place.parts[-len(parts) :] != parts:
        return None
    return place.parents[len(parts) - 1]
