"""What people decide about a priority: status, owner and note, written from the topic's page when asked for."""

from collections.abc import Mapping

from voc.errors import VocError
from voc.store import now
from voc.tables import PRIORITY_STATUSES

MOST_CHARACTERS = 2000
_SAVE = """INSERT INTO priority_decisions (topic_id, topic, status, owner, note, decided_by, decided_at)
VALUES (:topic_id, :topic, :status, :owner, :note, :decided_by, :decided_at)
ON CONFLICT (topic_id) DO UPDATE SET topic = excluded.topic, status = excluded.status, owner = excluded.owner,
  note = excluded.note, decided_by = excluded.decided_by, decided_at = excluded.decided_at"""
# the next run reads the owner here; a reason and a note that stand there stay
_OWNER = """INSERT INTO topic_decisions (topic_id, owner, decided_by, decided_on)
VALUES (:topic_id, :owner, :decided_by, substr(:decided_at, 1, 10))
ON CONFLICT (topic_id) DO UPDATE SET owner = excluded.owner, decided_by = excluded.decided_by,
  decided_on = excluded.decided_on"""


def checked(given: Mapping[str, str]) -> dict[str, str | None]:
    """The form's fields as a row; empty ones become None. Raises VocError for an unknown status or too long a text."""
    row = {name: given.get(name, "").strip() or None for name in ("topic_id", "status", "owner", "note", "decided_by")}
    if row["status"] not in PRIORITY_STATUSES:
        raise VocError(f"'{row['status'] or ''}' is no status.", f"Choose one of: {', '.join(PRIORITY_STATUSES)}.")
    for name, value in row.items():
        if value and len(value) > MOST_CHARACTERS:
            raise VocError(f"The {name.replace('_', ' ')} has more than {MOST_CHARACTERS} characters.", "Shorten it.")
    return row


async def save(db, given: Mapping[str, str]) -> str:
    """Write a decision in one transaction and return its topic. Raises VocError for a topic that is not there."""
    row = checked(given)
    found = await db.execute("SELECT name FROM topics WHERE topic_id = ?", [row["topic_id"]])
    names = [r["name"] for r in found.rows]
    if not names:
        raise VocError(f"There is no topic '{row['topic_id'] or ''}'.", "Open the topic's page and decide there.")
    values = row | {"topic": names[0], "decided_at": now()}

    def write(conn):
        with conn:
            conn.execute(_SAVE, values)
            conn.execute(_OWNER, values)

    await db.execute_write_fn(write)
    return values["topic_id"]


async def of_topic(db, topic_id: str) -> dict | None:
    """The decision about a topic; None when there is none, or the database is older than decisions."""
    if "priority_decisions" not in await db.table_names():
        return None
    found = await db.execute("SELECT * FROM priority_decisions WHERE topic_id = ?", [topic_id])
    return dict(found.rows[0]) if found.rows else None
