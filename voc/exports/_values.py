"""Times and dates of the tables as Python's own."""

from datetime import UTC, date, datetime


def as_time(text: str) -> datetime:
    """An ISO 8601 time of a table, in UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def as_date(text: str) -> date:
    """A date of a table."""
    return date.fromisoformat(text[:10])
