"""What an erased person leaves in aggregates: quotes, words only they used, figures of a group that was them alone."""

import html
import json
import re
from collections.abc import Collection, Iterable

from voc.persons import PersonRows, real_tables
from voc.stages.row_people import values_of
from voc.store import Store

WORDED = ("name", "words", "word", "topic", "topic_before", "theme", "from_topics", "into_topics", "quotes", "prompt", "answer")
NAMED = {"topic_id", "cluster_id", "theme_id"}  # a table with one of them holds names made of customers' words
PLACES = ("segment", "site", "channel")  # of contacts and responses
PLACED = ("value", "member", "site", "segment", "channel")  # columns of aggregates that name one of them
GONE = "[erased]"
SHORTEST = 12  # characters from which a passage is a quote and no common word
BEGINNING = 40  # characters of a quote that are enough: reports shorten them
_WORD = re.compile(r"\w{4,}")


def texts_of(store: Store, rows: PersonRows) -> list[str]:
    """Everything the person wrote, as the database holds it."""
    columns = (
        ("contacts", "subject"), ("contacts", "tags"), ("verbatims", "text"), ("cleaned_verbatims", "text"), ("removals", "text"),
        ("passages", "text"), ("evidence", "text"),
    )  # fmt: skip
    rejects = store.rows(f"SELECT raw_row FROM rejects WHERE {rows.tables['rejects']}") if "rejects" in rows.tables else []
    # of a row that was set aside the values alone: its keys are the file's own words
    return [value for row in rejects for value in values_of(row["raw_row"], longest=len(row["raw_row"]))] + [
        row["text"] for table, column in columns if table in rows.tables
        for row in store.rows(f'SELECT "{column}" AS text FROM "{table}" WHERE ({rows.tables[table]}) AND "{column}" IS NOT NULL')
    ]  # fmt: skip


def fragments_of(store: Store, rows: PersonRows) -> set[str]:
    """Beginnings of the person's passages and quotes that nobody else wrote, in the form `plain` gives."""
    if "passages" not in rows.tables:
        return set()
    his = rows.tables["passages"]
    found = {row["text"] for row in store.rows(f"SELECT text FROM passages WHERE {his}")}
    if "evidence" in rows.tables:
        found |= {row["text"] for row in store.rows(f"SELECT text FROM evidence WHERE {rows.tables['evidence']}")}
    shared = store.rows(
        "SELECT DISTINCT text FROM passages WHERE passage_id NOT IN (SELECT id FROM temp.mine WHERE kind = 'passage_id') "
        f"AND text_hash IN (SELECT text_hash FROM passages WHERE {his})")  # fmt: skip
    own = found - {row["text"] for row in shared}
    return {plain(text)[:BEGINNING] for text in own if len(plain(text)) >= SHORTEST}


def plain(text: str) -> str:
    """A text without what HTML and Markdown escape, on one line, in lower case."""
    return " ".join(html.unescape(text).replace("\\", "").split()).casefold()


def words_of(texts: Iterable[str]) -> set[str]:
    """Words of four letters or more, in lower case."""
    return {word for text in texts for word in _WORD.findall(text.casefold())}


# ---------------------------------------------------------------- after the rows are gone


def own_words(store: Store, words: Collection[str]) -> set[str]:
    """Those of an erased person's words that stand in an aggregate and that no remaining text holds."""
    shown = {
        word for _, _, values in _worded(store) for value in values for word in _WORD.findall(value.casefold())
    } | words_of(warning for _, warnings in _warnings(store) for warning in warnings)  # fmt: skip
    given = store.rows("SELECT label, area, description FROM reasons") + store.rows("SELECT source, kind, file_name FROM files")
    others = words_of(" ".join(map(str, row.values())) for row in given)  # the taxonomy's words, and names of sources and files
    return {word for word in (shown & set(words)) - others if not _is_used(store, word)}


def _is_used(store: Store, word: str) -> bool:
    return bool(store.rows("SELECT 1 AS n FROM verbatims_fts WHERE verbatims_fts MATCH ? LIMIT 1", [f'"{word}"']))


def _worded(store: Store) -> list[tuple[str, str, list[str]]]:
    """(table, column, different values) of everything that may hold customers' words."""
    found = []
    for row in real_tables(store):
        table = row["name"]
        names = [column["name"] for column in store.rows("SELECT name FROM pragma_table_info(?)", [table])]
        for column in WORDED if NAMED & set(names) else ():
            if column in names:
                values = store.rows(f'SELECT DISTINCT "{column}" AS v FROM "{table}" WHERE "{column}" IS NOT NULL')
                found.append((table, column, [value["v"] for value in values]))
    return found


def _warnings(store: Store) -> list[tuple[int, list[str]]]:
    rows = store.rows("SELECT rowid AS id, notes FROM run_stages WHERE instr(notes, 'source_warnings')")
    return [(row["id"], json.loads(row["notes"]).get("source_warnings", [])) for row in rows]


def scrub(store: Store, fragments: Collection[str], words: Collection[str]) -> int:
    """Take quotes and own words out of names, word lists, prompts and warnings; how many values changed."""
    count = 0
    for table, column, values in _worded(store):
        for value in values:
            new = _scrubbed(column, value, fragments, words)
            if new == value:
                continue
            count += 1
            if new is None and column == "word":
                store.db.conn.execute(f'DELETE FROM "{table}" WHERE "{column}" = ?', [value])
            else:
                store.db.conn.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE "{column}" = ?', [new, value])
    return count + _scrub_warnings(store, words)


def _scrubbed(column: str, value: str, fragments: Collection[str], words: Collection[str]) -> str | None:
    if column in ("prompt", "answer", "word"):
        return None if _holds(value, fragments, words) else value
    if column == "words":
        return ", ".join(word for word in value.split(", ") if not _holds(word, (), words))
    if column in ("quotes", "from_topics", "into_topics"):
        items: list[str] = json.loads(value)
        # a quote that stays is somebody else's, word for word
        kept = [item for item in items if not _holds(item, fragments, ())] if column == "quotes" else [_without(item, words) for item in items]
        return value if kept == items else json.dumps(kept, ensure_ascii=False)
    return _without(value, words)


def _holds(text: str, fragments: Collection[str], words: Collection[str]) -> bool:
    known = plain(text)
    return any(fragment in known for fragment in fragments) or bool(words) and not set(words).isdisjoint(_WORD.findall(known))


def _without(text: str, words: Collection[str]) -> str:
    """A name without some words; a name of nothing else says that it was erased."""
    left = _WORD.sub(lambda found: "" if found[0].casefold() in words else found[0], text)
    return text if left == text else " ".join(left.split()) or GONE


def _scrub_warnings(store: Store, words: Collection[str]) -> int:
    count = 0
    for rowid, warnings in _warnings(store):
        clean = [_WORD.sub(lambda found: GONE if found[0].casefold() in words else found[0], text) for text in warnings]
        if clean != warnings:
            count += 1
            notes = json.loads(store.rows("SELECT notes FROM run_stages WHERE rowid = ?", [rowid])[0]["notes"])
            new = json.dumps(notes | {"source_warnings": clean}, ensure_ascii=False)
            store.db.conn.execute("UPDATE run_stages SET notes = ? WHERE rowid = ?", [new, rowid])
    return count


# ---------------------------------------------------------------- groups of one person


def places_of(store: Store, rows: PersonRows) -> set[str]:
    """Segments, sites and channels of the person's rows that nobody else's rows name."""
    found, others = set(), set()
    for table in ("contacts", "responses"):
        for column in PLACES:
            for is_his, values in ((True, found), (False, others)):
                condition = rows.tables[table] if is_his else f"NOT coalesce(({rows.tables[table]}), 0)"
                sql = f'SELECT DISTINCT "{column}" AS v FROM "{table}" WHERE "{column}" IS NOT NULL AND ({condition})'
                values |= {row["v"] for row in store.rows(sql)}
    return found - others - {"*"}  # the sign for all groups


def erase_places(store: Store, places: Collection[str]) -> int:
    """Delete figures of groups that were the person alone; how many rows."""
    count = 0
    for row in real_tables(store):
        table = row["name"]
        if table in ("contacts", "responses", "customers"):
            continue
        for column in store.rows("SELECT name FROM pragma_table_info(?)", [table]):
            if column["name"] in PLACED:
                for place in sorted(places):
                    sql = f'DELETE FROM "{table}" WHERE "{column["name"]}" = ?'
                    count += max(store.db.conn.execute(sql, [place]).rowcount, 0)
    return count


def quoting_runs(store: Store, rows: PersonRows, traces: Collection[str], words: Collection[str]) -> list[str]:
    """Runs whose stored briefing quotes or names the person."""
    ids = {one.casefold() for kind, values in rows.ids.items() if kind != "text_hash" for one in values}
    found = {}
    for row in store.rows("SELECT run_id, content FROM briefings ORDER BY run_id"):
        if _holds(row["content"], {*traces, *ids}, words):
            found[row["run_id"]] = None
    return list(found)
