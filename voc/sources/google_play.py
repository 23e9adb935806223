"""Google Play reviews: the monthly CSV of the Play Console and the JSON of the reviews API."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from voc.config import Settings
from voc.errors import VocError
from voc.records import Record
from voc.sources._answers import row_id
from voc.sources._files import Table, check_file, is_json
from voc.sources._headers import header_of, json_text, plain_name
from voc.sources._json import as_text, read_items
from voc.sources._reviews import Review, Store, review_records
from voc.sources._tables import open_table, require_columns
from voc.sources._tickets import items, scalar
from voc.sources._values import parse_time

DESCRIPTION = "Google Play reviews: monthly CSV of the Play Console, and JSON of the reviews API"

_LINK, _STARS, _TITLE, _TEXT = "Review Link", "Star Rating", "Review Title", "Review Text"
_SENT, _CHANGED, _LANGUAGE = "Review Submit Date and Time", "Review Last Update Date and Time", "Reviewer Language"
_LINKED_ID = re.compile(r"reviewid=([^&#\s]+)", re.IGNORECASE)
# What names a review without text, which has no link: it stays the same when the stars are changed
_SAME_REVIEW = ("Package Name", "Device", _SENT, "Review Submit Millis Since Epoch")
_AGGREGATE = re.compile(r"(daily|total|active|current|install|update|uninstall)\w+")
_CSV_STORE = Store(channel="google_play", id=_LINK, at=_CHANGED, stars=_STARS)
_API_STORE = Store(channel="google_play", id="reviewId", at="lastModified", stars="starRating")


class Options(Settings):
    """Keys of a `kind: google_play` source."""

    segment: str | None = Field(
        None, description="Column (CSV) or field of userComment (JSON) taken for the segment, such as App Version Name"
    )
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is a reviews export or one of the statistics files of Google Play, which `read` explains."""
    text = json_text(path, head)
    if text:
        return '"userComment"' in text and '"starRating"' in text
    names = header_of(path, head)
    return {_STARS, _TEXT, "Package Name"} <= {*names} or _is_statistics(names)


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read reviews, a response each: stars, title and text at the time of the last change; replies are no answers.

    A review without text has no link in the CSV: its id is made from app, device and the time it was sent. In JSON
    `line` counts reviews, and the words are those the customer wrote, not a translation. Raises VocError for the
    statistics files, which hold sums, and for files of another shape.
    """
    check_file(path)
    if is_json(path):
        reviews, store, known = _api_reviews(path, options.encoding), _API_STORE, None
    else:
        table = open_table(path, encoding=options.encoding)
        known = table.columns or ()
        _check_columns(path, known, options)
        reviews, store = _csv_reviews(table), _CSV_STORE
    return review_records(path, reviews, store, segment=options.segment, parse=partial(parse_time, date_format=None))


def _is_statistics(names: list[str]) -> bool:
    plain = {plain_name(name) for name in names}
    return {"date", "packagename"} <= plain and any(_AGGREGATE.match(name) for name in plain)


def _check_columns(path: Path, columns: tuple[str, ...], options: Options) -> None:
    if _is_statistics(list(columns)):
        raise VocError(
            f"{path} holds daily sums of Google Play, not reviews: nobody's words and no single rating.",
            "Download the reviews report (reviews_*.csv) instead, and take this file out of the sources.",
        )
    named = {"the export's stars": _STARS, "the export's text": _TEXT}
    if _CHANGED not in columns:
        named["the export's time"] = _SENT
    require_columns(path, columns, named | ({"segment": options.segment} if options.segment else {}))


def _csv_reviews(table: Table) -> Iterator[Review]:
    copies: Counter[str] = Counter()
    for row in table.rows():
        cells = row.cells
        linked = _LINKED_ID.search(cells.get(_LINK, ""))
        review_id = linked[1] if linked else row_id({name: cells.get(name, "") for name in _SAME_REVIEW}, copies)
        yield Review(
            line=row.line,
            raw=row.raw,
            id=review_id,
            at=cells.get(_CHANGED, "").strip() or cells.get(_SENT, ""),
            stars=cells.get(_STARS, ""),
            title=cells.get(_TITLE, ""),
            text=cells.get(_TEXT, ""),
            language=cells.get(_LANGUAGE),
            fields=cells,
            fault=row.fault,
        )


def _api_reviews(path: Path, encoding: str | None) -> Iterator[Review]:
    number, is_reviews = 0, False
    for item in read_items(path, encoding=encoding):
        page = item.value if isinstance(item.value, dict) else {}
        is_page = isinstance(page.get("reviews"), list)
        is_reviews |= is_page or "comments" in page
        for value in page["reviews"] if is_page else [item.value]:
            number += 1
            yield _api_review(number, as_text(value) if is_page else item.raw, value, item.fault)
    if not is_reviews:
        raise VocError(f"{path} holds no reviews of Google Play.", "Expected is what the API's reviews list gives.")


def _api_review(line: int, raw: str, value: Any, fault: str | None) -> Review:
    comment = _user_comment(value)
    if fault or comment is None:
        return Review(line=line, raw=raw, fault=fault or "no review with a userComment")
    # The API joins title and text by a tab; where it translated them, the customer's own words stand beside
    title, tab, text = (scalar(comment.get("originalText")) or as_text(comment.get("text"))).partition("\t")
    changed = comment.get("lastModified")
    seconds = scalar(changed.get("seconds")) if isinstance(changed, dict) else None
    return Review(
        line=line,
        raw=raw,
        id=scalar(value.get("reviewId")),
        at=_iso(seconds),
        stars=scalar(comment.get("starRating")) or "",
        title=title.strip() if tab else "",
        text=text if tab else title,
        language=scalar(comment.get("reviewerLanguage")),
        fields={name: scalar(field) or "" for name, field in comment.items()},
    )


def _user_comment(value: Any) -> Mapping[str, Any] | None:
    """The customer's part of a review: the newest, should there be several."""
    comments = (
        [c.get("userComment") for c in items(value.get("comments")) if isinstance(c, dict)]
        if isinstance(value, dict)
        else []
    )
    found = [comment for comment in comments if isinstance(comment, dict)]
    return found[-1] if found else None


def _iso(seconds: str | None) -> str:
    """Seconds since 1970 as a time; what is none stays as it is, for the reject to show."""
    try:
        return parse_time(seconds or "", date_format="epoch").isoformat()
    except ValueError:
        return seconds or ""
