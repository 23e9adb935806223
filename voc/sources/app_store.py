"""App Store reviews: JSON of customerReviews as the App Store Connect API gives it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from voc.config import Settings
from voc.errors import VocError
from voc.records import Record
from voc.sources._files import check_file
from voc.sources._headers import json_text
from voc.sources._json import as_text, read_items
from voc.sources._reviews import Review, Store, review_records
from voc.sources._tickets import scalar
from voc.sources._values import parse_time

DESCRIPTION = "App Store reviews: JSON of customerReviews of the App Store Connect API"

_STORE = Store(channel="app_store", id="id", at="attributes.createdDate", stars="attributes.rating")
_TYPE, _REPLY = "customerReviews", "customerReviewResponses"


class Options(Settings):
    """Keys of a `kind: app_store` source."""

    segment: Literal["territory"] | None = Field(None, description="territory takes the store's country as segment")
    encoding: str | None = Field(None, description="Encoding, where it is neither marked nor UTF-8")


def sniff(path: Path, head: bytes) -> bool:
    """Whether this is JSON of customerReviews."""
    text = json_text(path, head)
    return f'"{_TYPE}"' in text and '"attributes"' in text


def read(path: Path, options: Options) -> Iterator[Record]:
    """Read pages of the API (or reviews one a line), a response each: rating, title and body.

    The reviewer's nickname identifies nobody and is not read; responses of the developer beside the reviews are no
    customer's. `line` counts reviews. Raises VocError for JSON of another shape, and for files that are no JSON.
    """
    check_file(path)
    return review_records(
        path,
        _reviews(path, options.encoding),
        _STORE,
        segment=options.segment,
        parse=partial(parse_time, date_format=None),
    )


def _reviews(path: Path, encoding: str | None) -> Iterator[Review]:
    number, is_reviews = 0, False
    for item in read_items(path, encoding=encoding):
        page = item.value if isinstance(item.value, dict) else {}
        data = page.get("data", item.value)
        for value in data if isinstance(data, list) else [data]:
            number += 1
            is_reviews |= isinstance(value, dict) and value.get("type") == _TYPE
            yield _review(number, as_text(value) if data is not item.value else item.raw, value, item.fault)
        is_reviews |= isinstance(data, list) and not data and "links" in page
    if not is_reviews:
        raise VocError(
            f"{path} holds no reviews of the App Store.", "Expected is JSON of customerReviews of App Store Connect."
        )


def _review(line: int, raw: str, value: Any, fault: str | None) -> Review:
    if isinstance(value, dict) and value.get("type") == _REPLY:
        return Review(line=line, raw=raw, left_out="a response of the developer")
    attributes = value.get("attributes") if isinstance(value, dict) and value.get("type") == _TYPE else None
    if fault or not isinstance(attributes, dict):
        return Review(line=line, raw=raw, fault=fault or f"no item of {_TYPE} with attributes")
    return Review(
        line=line,
        raw=raw,
        id=scalar(value.get("id")),
        at=scalar(attributes.get("createdDate")) or "",
        stars=scalar(attributes.get("rating")) or "",
        title=scalar(attributes.get("title")) or "",
        text=scalar(attributes.get("body")) or "",
        fields={"territory": scalar(attributes.get("territory")) or ""},
    )
