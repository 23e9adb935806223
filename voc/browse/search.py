"""Search over everything customers wrote: words found and marked, with topic, customer and a link to the whole text."""

import re

from markupsafe import Markup

from voc.browse import pages

PAGE = 40
COUNTED = 10_000  # beyond that the number of texts says no more than "very many"
_MARK, _END = "\x02", "\x03"  # around the words found, in texts that cannot hold them
# The index gives its rows in their own order, latest read first: sorting every hit by date would take seconds in a
# database of a million texts.
_HITS = f"""SELECT v.rowid AS number, v.verbatim_id, v.said_at, v.kind, v.question,
  snippet(verbatims_fts, 0, char(2), char(3), ' … ', 48) AS text,
  c.contact_id, c.subject, coalesce(c.channel, s.channel) AS channel, u.customer_id, u.name AS customer, u.organisation
FROM verbatims_fts JOIN verbatims v ON v.rowid = verbatims_fts.rowid
LEFT JOIN contacts c ON c.contact_id = v.contact_id LEFT JOIN responses s ON s.response_id = v.response_id
LEFT JOIN customers u ON u.customer_id = coalesce(c.customer_id, s.customer_id)
WHERE verbatims_fts MATCH :match AND (:before IS NULL OR verbatims_fts.rowid < :before)
  AND (:topic IS NULL OR EXISTS
    (SELECT 1 FROM verbatim_topics x WHERE x.verbatim_id = v.verbatim_id AND x.topic_id = :topic))
ORDER BY verbatims_fts.rowid DESC LIMIT {PAGE + 1}"""
_COUNT = f"SELECT count(*) AS n FROM (SELECT 1 FROM verbatims_fts WHERE verbatims_fts MATCH :match LIMIT {COUNTED + 1})"
_TOPICS = """SELECT x.verbatim_id, t.topic_id, t.name AS topic FROM verbatim_topics x JOIN topics t USING (topic_id)
WHERE x.verbatim_id IN ({marks}) ORDER BY x.share DESC, t.topic_id"""


async def search(db, words: str, *, topic_id: str | None = None, before: int | None = None) -> dict:
    """One page of texts that hold all the words, and the topics and customers whose names do."""
    match = fts_words(words)
    said = {"words": words, "topic_id": topic_id, "hits": [], "topics": [], "customers": [], "total": "", "next": None}
    if not match:
        return said
    found = await pages.rows(db, _HITS, {"match": match, "before": before, "topic": topic_id})
    hits = found[:PAGE]
    topics = await _topics(db, [hit["verbatim_id"] for hit in hits])
    for hit in hits:
        hit |= {"marked": marked(hit["text"]), "topics": topics.get(hit["verbatim_id"], [])}
    named = {"words": f"%{words.strip()}%"}
    return said | {
        "hits": hits, "next": hits[-1]["number"] if len(found) > PAGE else None,
        "total": await _total(db, match) if topic_id is None else "",
        "topics": await pages.rows(db, "SELECT topic_id, name FROM topics WHERE name LIKE :words LIMIT 8", named),
        "customers": await pages.rows(
            db, "SELECT customer_id, name, organisation FROM customers WHERE name LIKE :words"
            " OR organisation LIKE :words LIMIT 8", named),
    }  # fmt: skip


def fts_words(words: str) -> str:
    """The words as a query for the index: each one quoted, so that no sign in them is read as an operator."""
    return " ".join(f'"{word}"' for word in re.findall(r"[^\W_]+(?:['’][^\W_]+)*", words))


def marked(text: str) -> Markup:
    """A piece of text with the words found in it marked; everything else is escaped."""
    parts = re.split(f"{_MARK}|{_END}", " ".join(text.split(" ")))
    shown = (
        Markup("<mark>{}</mark>").format(part) if n % 2 else Markup("{}").format(part) for n, part in enumerate(parts)
    )
    return Markup("").join(shown)


async def _total(db, match: str) -> str:
    counted = (await pages.rows(db, _COUNT, {"match": match}))[0]["n"]
    return f"more than {COUNTED:,}" if counted > COUNTED else f"{counted:,}"


async def _topics(db, verbatim_ids: list[str]) -> dict[str, list[dict]]:
    if not verbatim_ids:
        return {}
    named = {f"v{n}": key for n, key in enumerate(verbatim_ids)}
    found = await pages.rows(db, _TOPICS.format(marks=", ".join(f":{name}" for name in named)), named)
    by_text: dict[str, list[dict]] = {}
    for row in found:
        by_text.setdefault(row["verbatim_id"], []).append(row)
    return by_text
