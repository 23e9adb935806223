"""Changes of tables whose rows must stay, in order; append-only. The first release has none."""

from datetime import UTC, datetime

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("voc")


def mark_all_applied(db: Database) -> None:
    """A database made today has every change already: record them, so that they are not made twice."""
    MIGRATIONS.ensure_migrations_table(db)
    for migration in MIGRATIONS.pending(db):
        row = {"migration_set": MIGRATIONS.name, "name": migration.name, "applied_at": datetime.now(UTC).isoformat()}
        db[MIGRATIONS.migrations_table].insert(row)
