"""How a customer came to be: its rows, the identifiers that tie them, and which of these ties joined what was apart."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path

from voc.config import database_of
from voc.errors import VocError
from voc.identity import KINDS, joining, shared_phones
from voc.persons import find_person
from voc.store import Store

SHORT = 6  # characters of a hash that are shown
ROWS_SHOWN = 20  # in words; JSON holds all
KIND_WORDS = {"id": "vendor's id", "external": "shared id", "handle": "handle", "email": "e-mail", "phone": "phone"}
_ROWS = """SELECT contact_id AS row_id, 'contact' AS kind, source, opened_at AS at, identifiers, account, customer_id FROM contacts
UNION ALL SELECT response_id, 'response', source, responded_at, identifiers, NULL, customer_id FROM responses"""


def explain(database: Path | None, wanted: str) -> dict:
    """Rows, identifiers, links, accounts and reviews of a customer, and `says`: the same in words.

    `links`: ties without which the rows would be several customers, strongest first; each with one row of every part it joins.
    Raises VocError for an unknown customer.
    """
    with Store(database_of(database), is_read_only=True) as store:
        person = find_person(store, wanted)
        if person.customer_id is None:
            raise VocError(
                f"No contact or response in {store.path} is theirs: {person.name}.",
                f"Erased {person.forgotten_at}." if person.forgotten_at else "See the table rejects.",
            )
        rows = store.rows(f"SELECT * FROM ({_ROWS}) WHERE customer_id = ? ORDER BY at, row_id", [person.customer_id])
        for row in rows:
            row["identifiers"] = json.loads(row["identifiers"])
        run = store.latest_run()
        found = {
            "customer_id": person.customer_id, "name": person.name, "level": json.loads(run["settings"]).get("identity", {}).get("level", "person"),
            "rows": [{name: row[name] for name in ("row_id", "kind", "source", "at", "identifiers")} for row in rows],
            "identifiers": identifiers_of(rows), "links": links_of(rows),
            "accounts": sorted({_shown(row["account"]) for row in rows if row["account"]}),
            "reviews": _reviews(store, rows),
        }  # fmt: skip
    return found | {"says": _says(found)}


def identifiers_of(rows: list[dict]) -> list[dict]:
    """Every identifier with its rows' count, sources, first and last day; the one in most rows first."""
    seen = defaultdict(list)
    for row in rows:
        for one in row["identifiers"]:
            seen[one].append(row)
    found = [
        {"identifier": _shown(one), "rows": len(mine), "sources": sorted({row["source"] for row in mine}),
         "first_day": mine[0]["at"][:10], "last_day": mine[-1]["at"][:10]}
        for one, mine in seen.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["rows"], row["identifier"]))


def links_of(rows: list[dict]) -> list[dict]:
    """Identifiers that joined what stronger ones had left apart, with the first row of each part.

    Rows start as joined by their strongest identifier alone; the others follow by their strength, so that the fewest and
    strongest ties are named.
    """
    part = list(range(len(rows)))

    def top(i: int) -> int:
        while part[i] != i:
            i = part[i]
        return i

    holders = defaultdict(list)
    for i, row in enumerate(rows):
        for place, one in enumerate(row["identifiers"]):
            holders[one].append((i, place))
    for held in holders.values():
        firsts = [i for i, place in held if place == 0]
        for i in firsts[1:]:
            part[max(top(i), top(firsts[0]))] = min(top(i), top(firsts[0]))
    found = []
    for one in sorted(holders, key=lambda one: (_rank(one), one)):
        parts = sorted({top(i) for i, _ in holders[one]})
        if len(parts) > 1:
            first = {p: min(i for i, _ in holders[one] if top(i) == p) for p in parts}
            found.append({"identifier": _shown(one), "ties": [rows[first[p]]["row_id"] for p in parts]})
            for p in parts[1:]:
                part[p] = parts[0]
    return found


def _rank(identifier: str) -> int:
    kind = identifier.partition(":")[0]
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _shown(identifier: str) -> str:
    kind, _, hashed = identifier.partition(":")
    return f"{kind}:{hashed[:SHORT]}"


# ---------------------------------------------------------------- reviews


def reviews(database: Path | None) -> list[dict]:
    """Clusters too large to be one person, largest first; `kinds` as a dict."""
    with Store(database_of(database), is_read_only=True) as store:
        return _listed(store)


def _listed(store: Store) -> list[dict]:
    if not store.rows("SELECT 1 AS n FROM sqlite_master WHERE name = 'identity_reviews'"):
        raise VocError(f"{store.path} was written by an earlier version, which listed no clusters.", "Run the pipeline again.")
    rows = store.rows("SELECT * FROM identity_reviews ORDER BY row_count DESC, review_id")
    return [row | {"kinds": json.loads(row["kinds"]), "widest": _shown(row["widest"]), "is_joined": bool(row["is_joined"])} for row in rows]


def reviews_text(found: list[dict]) -> list[str]:
    """The clusters in words, with the lines for the pipeline file."""
    if not found:
        return ["No cluster of identifiers is above the limit (identity.max_identifiers)."]
    lines = [
        f"{row['review_id']}  {row['identifier_count']:,} identifiers in {row['row_count']:,} rows; in most rows: {_named(row['widest'])}"
        + ("; accepted: one customer" if row["is_joined"] else "; not joined: each row counts by its strongest identifier")
        for row in found
    ]
    waiting = [row["review_id"] for row in found if not row["is_joined"]]
    if waiting:
        listed = ", ".join(waiting)
        lines += ["", "Where one of them is one customer all the same, put it into the pipeline file:", f"identity:\n  accept: [{listed}]"]
    return lines


def _reviews(store: Store, rows: list[dict]) -> list[dict]:
    """Clusters above the limit that the customer's rows are in: told by the earliest row their identifiers lead to."""
    listed = _listed(store)
    if not listed or not rows:
        return []
    by_identifier, known = defaultdict(list), {}
    for row in store.rows(_ROWS):
        known[row["row_id"]] = (row["at"], row["row_id"], json.loads(row["identifiers"]))
        for one in known[row["row_id"]][2]:
            by_identifier[one].append(row["row_id"])
    shared = shared_phones([identifiers for _, _, identifiers in known.values()])
    found, left = set(), [row["row_id"] for row in rows]
    seen_identifiers = set()
    while left:
        row_id = left.pop()
        if row_id in found:
            continue
        found.add(row_id)
        for one in joining(known[row_id][2], shared):
            if one not in seen_identifiers:
                seen_identifiers.add(one)
                left += by_identifier[one]
    earliest = min(known[row_id][:2] for row_id in found)[1]
    mine = "r-" + hashlib.sha256(earliest.encode()).hexdigest()[:12]
    return [row for row in listed if row["review_id"] == mine]


# ---------------------------------------------------------------- words


def _says(found: dict) -> list[str]:
    rows, shown = found["rows"], found["rows"][:ROWS_SHOWN]
    lines = [f"{found['name']} ({found['customer_id']}): {len(rows):,} rows"]
    lines += [f"  {row['at'][:10]}  {row['kind']:<8}  {row['row_id']}" for row in shown]
    lines += [f"  and {len(rows) - len(shown):,} more (--json lists all)"] if len(rows) > len(shown) else []
    lines.append("Identifiers, by keyed hash:")
    lines += [
        f"  {_named(one['identifier'])} in {one['rows']:,} rows of {', '.join(one['sources'])}, {one['first_day']} to {one['last_day']}"
        for one in found["identifiers"]
    ] or ["  none: the account alone says who it is"]
    if found["links"]:
        lines.append("What joined them:")
        lines += [f"  {_named(link['identifier'])} ties {_and(link['ties'])}" for link in found["links"]]
    else:
        lines.append("Every row has the same strongest identifier: nothing else had to join them."
                     if found["level"] == "person" else "No identifier joins them: they are one by their account.")  # fmt: skip
    if found["accounts"]:
        lines.append(f"Account: {', '.join(found['accounts'])}" + (" (customers are accounts here)" if found["level"] == "account" else ""))
    for row in found["reviews"]:
        lines.append(f"Part of {row['review_id']}, a cluster of {row['identifier_count']:,} identifiers: "
                     + ("accepted as one customer." if row["is_joined"] else "not joined, so rows count by their strongest identifier."))  # fmt: skip
    return lines


def _named(identifier: str) -> str:
    kind, _, hashed = identifier.partition(":")
    return f"{KIND_WORDS.get(kind, kind)} {hashed}…"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
