"""What a run took in, in a few plain lines: rows, whose they are, what stays out and why, what was replaced."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from voc.reports import _words as w
from voc.store import Store

SHOWN = 3  # reasons, languages and the like that are named; the tables hold all
_PASSED_OVER = re.compile(r" \(rows passed over: ([\d,]+)\)$")
_QUOTED = re.compile(r"'[^']*'")
_KEYS = (("id", "customer id"), ("external", "shared id"), ("handle", "handle"), ("email", "e-mail"), ("phone", "phone"))
_ROWS = "(SELECT identifiers, customer_id FROM contacts UNION ALL SELECT identifiers, customer_id FROM responses)"
_EXCLUDED_CONTACTS = {
    "company_initiated": "begun by the company", "merged": "merged into another", "automatic": "written by a machine",
    "internal": "from the company itself", "acknowledgement": "only thanks", "superseded": "no longer in their thread",
}  # fmt: skip
_EXCLUDED_TEXTS = {
    "empty": "empty", "no_content": "saying nothing", "nothing_left_after_cleaning": "only quotes and signatures",
    "template": "templates", "unsupported_language": "in languages that are not taken in",
}  # fmt: skip
NOBODY = "Customers: no row says who the customer is, so nobody can be seen to come back. Give the source a customer or an e-mail address."


def lines(store: Store) -> Iterator[str]:
    """Lines about the tables that the latest run left in `store`: read, set aside, customers, left out, replaced, languages."""
    yield from _read(store)
    yield _customers(store)
    yield from _left_out(store)
    yield from _replaced(store)
    yield from _languages(store)


def why_no_repeats(store: Store) -> str:
    """Why no topic has repeats to rank by."""
    known = store.rows("SELECT count(*) AS n, count(customer_id) AS known FROM contacts")[0]
    if not known["n"]:
        return "Survey answers alone cannot say who came back"
    return "Nobody came back about a topic more often than by chance" if known["known"] else "Without customers repeats cannot be seen"


def _read(store: Store) -> Iterator[str]:
    sums = "sum(rows_read) AS rows_read, sum(contacts) AS contacts, sum(responses) AS responses, sum(joined) AS joined, sum(rejects) AS rejects"
    found = store.rows(f"SELECT count(*) AS files, {sums} FROM files")[0]
    faulty, aside = (_reasons(store, is_fault=is_fault) for is_fault in (True, False))
    became = [
        (found["contacts"], "contact", "contacts"), (found["responses"], "survey response", "survey responses"),
        (found["joined"], "joined to them (message, detail, person)", "joined to them (messages, details, people)"),
    ]  # fmt: skip
    said = ", ".join(w.plural(n, one, many) for n, one, many in became if n)
    # a row of rejects that says how many were passed over was counted as one
    rows = (found["rows_read"] or 0) + faulty.total() + aside.total() - (found["rejects"] or 0)
    yield f"Read: {w.plural(rows, 'row')} of {w.plural(found['files'], 'file')}{': ' + said if said else ''}."
    for reasons, words in ((faulty, "Could not be read"), (aside, "Set aside")):
        if reasons:
            yield f"{words}: {w.plural(reasons.total(), 'row')}: {_most(reasons)}. Each with its line: table rejects."


def _reasons(store: Store, *, is_fault: bool) -> Counter:
    """Why rows became no record, with the number of rows."""
    reasons = Counter()
    for row in store.rows("SELECT reason, count(*) AS n FROM rejects WHERE is_fault = ? GROUP BY reason", [int(is_fault)]):
        reason, times = _counted(row["reason"])
        reasons[reason] += times * row["n"]
    return reasons


def _counted(reason: str) -> tuple[str, int]:
    """A reason without what differs from row to row, and the rows it stands for."""
    found = _PASSED_OVER.search(reason)
    # a quoted word at the beginning names a column; others are what stood in the row
    plain = _QUOTED.sub(lambda quoted: "'…'" if quoted.start() else quoted[0], _PASSED_OVER.sub("", reason))
    return plain, int(found[1].replace(",", "")) if found else 1


def _customers(store: Store) -> str:
    # kinds are looked for as text, since taking a million JSON lists apart takes seconds
    counted = ", ".join(f"""sum(identifiers LIKE '%"{kind}:%') AS "{kind}" """ for kind, _ in _KEYS)
    found = store.rows(f"SELECT count(*) AS n, count(customer_id) AS known, count(DISTINCT customer_id) AS people, {counted} FROM {_ROWS}")[0]
    if not found["known"]:
        return NOBODY
    keys = ", ".join(f"{words} {w.count(found[kind])}" for kind, words in _KEYS if found[kind])
    share = "All" if found["known"] == found["n"] else w.chance(found["known"] / found["n"])
    said = f"Customers: {w.count(found['people'])}. {share} of {w.plural(found['n'], 'contact or response', 'contacts and responses')} say whose they are, by {keys}."
    reviews = store.rows("SELECT count(*) AS n FROM identity_reviews WHERE NOT is_joined")[0]["n"]
    return said + (f" Too many identifiers for one person: {w.plural(reviews, 'group')}, see voc identity reviews." if reviews else "")


def _left_out(store: Store) -> Iterator[str]:
    for table, noun, words in (("contacts", "contact", _EXCLUDED_CONTACTS), ("cleaned_verbatims", "text", _EXCLUDED_TEXTS)):
        kept = ("contact_excluded",)  # such a text is told as its contact
        rows = store.rows(f"SELECT why_excluded, count(*) AS n FROM {table} WHERE why_excluded IS NOT NULL AND why_excluded <> ? GROUP BY 1", kept)
        reasons = Counter({words[row["why_excluded"]]: row["n"] for row in rows})
        if reasons:
            yield f"Left out: {w.plural(reasons.total(), noun)}: {_most(reasons, len(words))}."


def _replaced(store: Store) -> Iterator[str]:
    found = store.rows("SELECT sum(redaction_count) AS n, sum(redaction_count > 0) AS texts, count(*) AS all_texts FROM verbatims")[0]
    if found["n"]:
        yield f"Personal data replaced: {w.plural(found['n'], 'time')}, in {w.count(found['texts'])} of {w.count(found['all_texts'])} texts."


def _languages(store: Store) -> Iterator[str]:
    rows = store.rows("SELECT coalesce(language, 'not known') AS language, count(*) AS n FROM cleaned_verbatims WHERE why_excluded IS NULL GROUP BY 1")
    if len(rows) > 1:
        yield f"Languages of the texts taken in: {_most(Counter({row['language']: row['n'] for row in rows}), 2 * SHOWN)}."


def _most(counts: Counter, shown: int = SHOWN) -> str:
    """The most frequent, with their counts: "empty (12), templates (3), others (5)"."""
    ordered: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named, rest = list(ordered)[:shown], list(ordered)[shown:]
    return ", ".join(f"{words} ({w.count(n)})" for words, n in [*named, *([("others", sum(n for _, n in rest))] if rest else [])])
