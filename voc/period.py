"""The period of a run: the rows that count in it, as if the export held only the contacts and answers of its days.

Topics are found in all data. What is counted and priced sees the contacts opened and the responses given from the first
to the last day, and what hangs on them: a repeat belongs to the contact it repeats, so one that comes after the last
day is not seen, nor is a contact before the first day of which a contact inside would be the repeat.
"""

from collections.abc import Mapping

import pandas as pd

from voc.config import Period
from voc.errors import VocError

# what hangs on contacts and responses, and on what they hold
_OF_CONTACT_OR_RESPONSE = ("verbatims", "verbatim_topics")
_OF_VERBATIM = ("cleaned_verbatims", "removals", "passages")
_OF_PASSAGE = ("passage_clusters", "passage_topics", "passage_sentiments")


def narrowed(frames: Mapping[str, pd.DataFrame], period: Period) -> dict[str, pd.DataFrame]:
    """The frames with the rows of the period alone; tables that hang on no contact or response stay as they are.

    `contacts` and `responses` must be among the frames; passages need `verbatims`, and what hangs on them `passages`.
    The counts in `topics` become those of the period, a topic nobody spoke of keeps its row. Without a period the
    frames come back as they are.
    """
    out = dict(frames)
    if not period.is_set:
        return out
    out["contacts"] = _kept(frames["contacts"], is_inside(frames["contacts"]["opened_at"], period))
    out["responses"] = _kept(frames["responses"], is_inside(frames["responses"]["responded_at"], period))
    contacts, responses = set(out["contacts"]["contact_id"]), set(out["responses"]["response_id"])
    for name in _present(_OF_CONTACT_OR_RESPONSE, frames):
        frame = frames[name]
        out[name] = _kept(frame, frame["contact_id"].isin(contacts) | frame["response_id"].isin(responses))
    for names, owner, key in ((_OF_VERBATIM, "verbatims", "verbatim_id"), (_OF_PASSAGE, "passages", "passage_id")):
        for name in _present(names, frames):
            out[name] = _kept(frames[name], frames[name][key].isin(set(out[owner][key])))
    if "customers" in frames:
        seen = {*out["contacts"]["customer_id"], *out["responses"]["customer_id"]}
        out["customers"] = _kept(frames["customers"], frames["customers"]["customer_id"].isin(seen))
    if "topics" in frames:
        out["topics"] = _recounted(out)
    return out


def is_inside(moments: pd.Series, period: Period) -> pd.Series:
    """Which moments (ISO text in UTC) lie in the period; both its days are part of it."""
    first, last = period.ends
    day = moments.str.slice(0, 10)
    inside = pd.Series(True, index=moments.index)
    if first:
        inside &= day >= first
    if last:
        inside &= day <= last
    return inside


def overridden(period: Period, first_day: str | None, last_day: str | None) -> Period:
    """The period with the days that the command line names instead of its own. Raises VocError for what is no day."""
    given = {"first_day": first_day, "last_day": last_day}
    for name, text in given.items():
        try:
            Period.model_validate({name: text})
        except ValueError as error:
            raise VocError(f"--{name.replace('_', '-')}: '{text}' is no day.", "Give it as 2026-04-01.") from error
    days = {name: getattr(period, name) for name in given} | {name: text for name, text in given.items() if text}
    try:
        return Period.model_validate(days)
    except ValueError as error:
        raise VocError(
            f"The period would begin on {days['first_day']} and end on {days['last_day']}.",
            "The first day must not come after the last: --first-day, --last-day, and 'period' of the pipeline file.",
        ) from error


def refuse_empty(place: str, period: Period, inside: int, first_at: str | None, last_at: str | None) -> None:
    """Raise VocError where nothing lies in the period. `first_at`, `last_at`: ends of the data, ISO text."""
    if not period.is_set or inside:
        return
    days = f"The data run from {first_at[:10]} to {last_at[:10]}." if first_at and last_at else "There are no data."
    raise VocError(f"{place}: no contact and no survey response lies in {said(period)}.", days)


def said(period: Period) -> str:
    """The period in words, days as ISO dates: for errors."""
    first, last = period.ends
    if first and last:
        return f"the period {first} to {last}"
    return f"the period from {first} on" if first else f"the period up to {last}" if last else "all days"


def _present(names: tuple[str, ...], frames: Mapping[str, pd.DataFrame]) -> list[str]:
    return [name for name in names if name in frames]


def _kept(frame: pd.DataFrame, mask: pd.Series) -> pd.DataFrame:
    return frame[mask.to_numpy(dtype=bool)].reset_index(drop=True)


def _recounted(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Topics with the counts of the rows that are left, as far as their tables are at hand."""
    topics = frames["topics"]
    counts = {}
    if "verbatim_topics" in frames:
        by = frames["verbatim_topics"].groupby("topic_id")
        counts |= {"contact_count": by["contact_id"].nunique(), "response_count": by["response_id"].nunique()}
    if "passage_topics" in frames:
        counts["passage_count"] = frames["passage_topics"]["topic_id"].value_counts()
    return topics.assign(**{name: topics["topic_id"].map(found).fillna(0).astype(int) for name, found in counts.items()})
