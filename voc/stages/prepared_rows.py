"""Rows of the tables the stage prepare writes."""

from collections.abc import Callable, Sequence

import pandas as pd

from voc import tables
from voc.text.clean import Cleaned
from voc.text.language import SURE
from voc.text.passages import Passages
from voc.text.redact import redact
from voc.text.templates import Templates


def cleaned_rows(
    ids: Sequence[str], said: Sequence[str], cleaned: Sequence[Cleaned], languages: Sequence[tuple[str | None, float]],
    reasons: Sequence[str | None], spans: Sequence[Passages],
) -> pd.DataFrame:  # fmt: skip
    """Table cleaned_verbatims; `said` are the cleaned texts, all arguments one entry a verbatim."""
    return tables.CleanedVerbatim.frame(
        {
            "verbatim_id": verbatim_id, "text": text, "language": language if confidence >= SURE else None,
            "language_confidence": min(max(confidence, 0.0), 1.0), "word_count": len(text.split()),
            "removed_character_count": sum(len(r.text) for r in after.removals),
            "uncovered_character_count": len(text[found[-1].end :].strip()) if found and found.is_truncated else 0,
            "why_excluded": reason,
        }
        for verbatim_id, text, after, (language, confidence), reason, found
        in zip(ids, said, cleaned, languages, reasons, spans, strict=True)
    )  # fmt: skip


def removal_rows(ids: Sequence[str], cleaned: Sequence[Cleaned]) -> pd.DataFrame:
    """Table removals, in the order in which the parts stood in the text."""
    return tables.Removal.frame(
        {
            "verbatim_id": verbatim_id, "position": position, "kind": removal.kind, "rule": removal.rule,
            "start_character": removal.start, "text": removal.text, "template_id": removal.template_id,
        }
        for verbatim_id, after in zip(ids, cleaned, strict=True)
        for position, removal in enumerate(sorted(after.removals, key=lambda r: r.start), start=1)
    )  # fmt: skip


def passage_rows(
    ids: Sequence[str], spans: Sequence[Passages], languages: Sequence[Sequence[str | None]],
    is_foreign: Sequence[Sequence[bool]], text_hash: Callable[[str], str],
) -> pd.DataFrame:  # fmt: skip
    """Table passages; `languages` and `is_foreign` hold one entry a passage of each verbatim."""
    return tables.Passage.frame(
        {
            "passage_id": f"{verbatim_id}#{position:02d}", "verbatim_id": verbatim_id, "position": position,
            "start_character": span.start, "end_character": span.end, "text": span.text,
            "text_hash": text_hash(span.text), "language": language,
            "why_excluded": "unsupported_language" if foreign else None,
        }
        for verbatim_id, found, spoken, strange in zip(ids, spans, languages, is_foreign, strict=True)
        for position, (span, language, foreign) in enumerate(zip(found, spoken, strange, strict=False), start=1)
    )  # fmt: skip


def template_rows(
    verbatims: pd.DataFrame, people: dict[str, str], templates: Templates, reasons: Sequence[str | None]
) -> pd.DataFrame:
    """Table templates: how often each stands, with whom, since when."""
    with_content = sum(reason not in ("empty", "no_content", "contact_excluded") for reason in reasons)
    held = pd.DataFrame(
        (
            (place.template, verbatim_id, people[verbatim_id], said_at, reason == "template")
            for verbatim_id, said_at, reason, places
            in zip(verbatims["verbatim_id"], verbatims["said_at"], reasons, templates.places, strict=True)
            for place in places
        ),
        columns=["template", "verbatim_id", "person", "said_at", "is_whole"],
    ).drop_duplicates(["template", "verbatim_id"])  # fmt: skip
    return tables.Template.frame(
        {
            "template_id": templates.templates[number].template_id, "rule": templates.templates[number].rule,
            "example": redact(templates.templates[number].example).text, "verbatim_count": len(rows),
            "whole_count": int(rows["is_whole"].sum()), "customer_count": rows["person"].nunique(),
            "share": len(rows) / with_content, "first_seen_at": rows["said_at"].min(), "last_seen_at": rows["said_at"].max(),
        }
        for number, rows in held.groupby("template", sort=True)
    )  # fmt: skip
