"""What the `voc topics` commands show: topics, one topic, and the edits people made."""

from pathlib import Path

from voc.curation_writer import plain
from voc.errors import VocError
from voc.reports._words import line, shortened
from voc.store import Store
from voc.topic_commands import Standing, find_topic, next_step, open_desk, standing


def edits(path: Path) -> list[dict]:
    """Every edit with its number and its line, in order."""
    found = open_desk(path).curation
    return [
        {
            "number": number,
            "place": place,
            "says": edit.says,
            **{k: str(v) if k == "on" else v for k, v in plain(edit).items()},
        }
        for number, (edit, place) in enumerate(zip(found.edits, found.places, strict=True), start=1)
    ]


def edits_text(found: list[dict]) -> str:
    """The edits, a line each."""
    lines = []
    for row in found:
        about = ", ".join(str(row[key]) for key in ("by", "on", "note") if row.get(key))
        lines.append(f"{row['number']:>3}  {row['place']}  {row['says']}" + (f"  ({about})" if about else ""))
    return "\n".join(lines) or "There are no edits."


def topics(path: Path, search: str | None = None) -> list[dict]:
    """Topics of the database, largest first, with what people said about them in the file.

    `search` keeps those whose id, name, words, theme or reason holds it. Raises VocError without a database.
    """
    desk = open_desk(path)
    with Store(desk.database, is_read_only=True) as store:
        themes = _themes(store)
        rows = store.rows(
            "SELECT t.topic_id, t.name, t.passage_count AS passages, t.contact_count AS contacts, "
            "coalesce(r.label, r.reason_id) AS reason, m.owner, t.words FROM topics t "
            "LEFT JOIN topic_reasons m USING (topic_id) LEFT JOIN reasons r ON r.reason_id = m.reason_id "
            "ORDER BY t.passage_count DESC, t.topic_id"
        )
    state = standing(desk.curation)
    rows = [
        _seen(row | {"theme": themes.get(row["topic_id"]), "marks": _marks(state, row["topic_id"])}) for row in rows
    ]
    looked_in = ("topic_id", "name", "words", "theme", "reason")
    return [row for row in rows if not search or any(_holds(row[key], search) for key in looked_in)]


def _themes(store: Store) -> dict[str, str]:
    """Theme of each topic, where the database has themes."""
    columns = {row["name"] for row in store.rows("SELECT name FROM pragma_table_info('topics')")}
    is_there = store.rows("SELECT 1 FROM sqlite_master WHERE name = 'themes'")
    if not is_there or "theme_id" not in columns:
        return {}
    rows = store.rows("SELECT t.topic_id, h.name FROM topics t JOIN themes h USING (theme_id)")
    return {row["topic_id"]: row["name"] for row in rows}


def _marks(state: Standing, topic: str) -> list[str]:
    marks = [("pinned", state.pinned), ("split off", state.parts), ("renamed", set(state.names) - state.parts)]
    marks += [("linked", state.linked), ("merged away", state.merged), ("deleted", state.deleted)]
    return [mark for mark, topics_ in marks if topic in topics_]


def _seen(row: dict) -> dict:
    """A row whose texts are fit for a terminal: one line each, no control characters."""
    return {key: line(value) if isinstance(value, str) else value for key, value in row.items()}


def _holds(text: str | None, word: str) -> bool:
    return word.casefold() in (text or "").casefold()


def topics_text(found: list[dict], *, width: int = 100) -> str:
    """The topics as a table."""
    if not found:
        return "No topics."
    id_width = max(12, *(len(row["topic_id"]) for row in found))
    name_width = max(24, width - 50 - id_width)
    lines = [f"{'id':<{id_width}} {'topic':<{name_width}} {'passages':>8} {'contacts':>8}  theme or reason, marks"]
    for row in found:
        about = "; ".join(text for text in (row["theme"] or row["reason"], ", ".join(row["marks"])) if text)
        name = shortened(row["name"], name_width)
        lines.append(
            f"{row['topic_id']:<{id_width}} {name:<{name_width}} {row['passages']:>8,} {row['contacts']:>8,}  {about}".rstrip()
        )
    return "\n".join(lines)


def topic(path: Path, wanted: str, *, search: str | None = None, count: int = 5) -> dict:
    """One topic: its words, its most central passages with their ids, its edits and its history.

    `search` keeps passages that hold it. Raises VocError without a database or for an unknown topic.
    """
    desk = open_desk(path)
    if desk.names is None:
        raise VocError(f"{desk.database} does not exist.", f"Make it with: voc run {path}")
    topic_id = find_topic(desk, wanted)
    row = next((row for row in topics(path) if row["topic_id"] == topic_id), None)
    if row is None:
        raise VocError(f"{topic_id} is not in {desk.place} yet: no run has applied its edit.", next_step(desk, "embed"))
    speaks = [row for row, edit in zip(edits(path), desk.curation.edits, strict=True) if topic_id in edit.topics]
    with Store(desk.database, is_read_only=True) as store:
        return row | {
            "passage_texts": [_seen(found) for found in _passages(store, topic_id, search, count)],
            "edits": [f"{found['number']}  {found['place']}  {found['says']}" for found in speaks],
            "lineage": [_seen(found) for found in _lineage(store, topic_id)],
        }  # fmt: skip


def _passages(store: Store, topic_id: str, search: str | None, count: int) -> list[dict]:
    rows = store.rows(
        "SELECT p.passage_id, p.text, pt.confidence FROM passage_topics pt JOIN passages p USING (passage_id) "
        "WHERE pt.topic_id = ? ORDER BY pt.centrality DESC, p.passage_id",
        [topic_id],
    )
    distinct = {row["text"]: row for row in reversed(rows) if not search or _holds(row["text"], search)}
    return [*reversed(distinct.values())][:count]


def _lineage(store: Store, topic_id: str) -> list[dict]:
    """Rows of the history that speak of a topic, in whichever of their columns."""
    columns = [row["name"] for row in store.rows("SELECT name FROM pragma_table_info('topic_lineage') ORDER BY cid")]
    named = [name for name in columns if name.endswith("topic_id")]
    if not named:
        return []
    where = " OR ".join(f'"{name}" = ?' for name in named)
    return store.rows(f"SELECT * FROM topic_lineage WHERE {where} ORDER BY rowid", [topic_id] * len(named))


def topic_text(found: dict) -> str:
    """A topic as text."""
    about = [f"{key}: {found[key]}" for key in ("theme", "reason", "owner") if found[key]]
    lines = [
        f"{found['topic_id']}  {found['name']}" + (f"  ({', '.join(found['marks'])})" if found["marks"] else ""),
        f"{found['passages']:,} passages, {found['contacts']:,} contacts" + "".join(f"; {text}" for text in about),
        f"words: {found['words']}",
    ]
    for title, rows in (
        ("passages, most central first:", [f"{row['passage_id']}  {row['text']}" for row in found["passage_texts"]]),
        ("edits:", found["edits"]),
        ("history:", [", ".join(f"{key} {value}" for key, value in row.items() if value is not None)
                      for row in found["lineage"]]),
    ):  # fmt: skip
        if rows:
            lines += ["", title, *(f"  {row}" for row in rows)]
    return "\n".join(lines)
