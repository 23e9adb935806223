"""Times as the tables hold them: ISO 8601 text in UTC, to the second."""

from datetime import UTC, datetime

import pandas as pd

DAYS_A_MONTH = 365.25 / 12


def iso(moment: datetime | None) -> str | None:
    """An aware datetime as "2026-05-04T09:30:00Z"; None stays None."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def timestamps(series: pd.Series) -> pd.Series:
    """ISO text as UTC timestamps; missing becomes NaT."""
    return pd.to_datetime(series.astype(object), utc=True, format="ISO8601")


def days(series: pd.Series) -> pd.Series:
    """ISO text as days since 1970-01-01 (float); missing becomes NaN."""
    epoch = pd.Timestamp("1970-01-01", tz="UTC")
    return (timestamps(series) - epoch) / pd.Timedelta(days=1)
