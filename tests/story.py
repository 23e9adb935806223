"""Frames made by hand: contacts with their topics, as the stages after `topics` read them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

from voc import tables
from voc.config import Pipeline
from voc.context import RunContext
from voc.costs import CostFile


def pipeline(**changes) -> Pipeline:
    """Smallest valid settings."""
    base = {"name": "story", "database": "story.db", "sources": [{"kind": "table", "path": "a.csv", "name": "s"}]}
    return Pipeline.model_validate(base | changes)


def context(costs: dict | None = None, **changes) -> RunContext:
    """A run of the story; `costs` as in a cost file."""
    found = CostFile.model_validate(costs) if costs else None
    return replace(RunContext(pipeline=pipeline(**changes), folder=Path(), run_id="r1"), costs=found)


def contact(contact_id: str, customer: str | None, at: str, **changes) -> dict:
    """A contact row; `at` is "01 09:00", a day of May 2026 and a time."""
    row = {c.name: None for c in tables.Contact.columns}
    row |= {
        "contact_id": contact_id, "source": "s", "customer_id": customer, "identifiers": "[]", "account": None, "channel": "email",
        "opened_at": moment(at), "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False, "file_name": "a.csv", "line": 1,
    }  # fmt: skip
    if changes.get("closed_at"):
        changes["closed_at"] = moment(changes["closed_at"])
    return row | changes


def moment(at: str) -> str:
    """"01 09:00" as ISO text in May 2026; a full date is taken as it is."""
    return f"2026-05-{at.replace(' ', 'T')}:00Z" if len(at) == 8 else at


def frames(contacts: list[dict], topics: dict[str, dict[str, float]], texts: dict[str, str] | None = None) -> dict:
    """Tables up to `match`: `topics` says for each contact its topics with their shares."""
    texts = texts or {}
    verbatims = [
        {
            "verbatim_id": c["contact_id"], "source": "s", "kind": "contact", "contact_id": c["contact_id"],
            "response_id": None, "said_at": c["opened_at"], "question": None,
            "text": texts.get(c["contact_id"], f"words of {c['contact_id']}"), "redaction_count": 0,
        }
        for c in contacts
    ]  # fmt: skip
    names = sorted({topic for shares in topics.values() for topic in shares})
    labels = [
        {
            "verbatim_id": contact_id, "topic_id": topic, "contact_id": contact_id, "response_id": None, "share": share,
            "is_main": topic == max(shares, key=shares.get),
        }
        for contact_id, shares in topics.items() for topic, share in shares.items()
    ]  # fmt: skip
    counts = Counter(c["customer_id"] for c in contacts if c["customer_id"])
    return {
        "contacts": tables.Contact.frame(contacts),
        "responses": tables.Response.empty(),
        "customers": tables.Customer.frame(
            {
                "customer_id": c, "name": f"Customer {c}", "identifier_count": 1, "segment": None, "organisation": None,
                "annual_revenue": None, "contact_count": counts[c],
                "response_count": 0, "first_seen_at": None, "last_seen_at": None,
            }
            for c in sorted(counts)
        ),
        "verbatims": tables.Verbatim.frame(verbatims),
        "cleaned_verbatims": tables.CleanedVerbatim.frame(
            {"verbatim_id": v["verbatim_id"], "text": v["text"], "language": "en", "language_confidence": 1.0,
             "word_count": 3, "removed_character_count": 0, "uncovered_character_count": 0, "why_excluded": None}
            for v in verbatims
        ),
        "verbatim_topics": tables.VerbatimTopic.frame(labels),
        "topics": tables.Topic.frame(
            {"topic_id": t, "name": f"Topic {t}", "words": t, "passage_count": 1, "contact_count": 1,
             "response_count": 0, "confidence": 1.0, "named_by": "words", "theme_id": None, "cluster_count": 1, "is_pinned": False}
            for t in names
        ),
        "topic_reasons": tables.TopicReason.frame(
            {"topic_id": t, "reason_id": None, "nearest_reason_id": None, "score": None, "threshold": 0.6,
             "status": "unmatched", "matched_by": "nobody", "owner": None, "demand_type": None}
            for t in names
        ),
        "reasons": tables.Reason.empty(),
    }  # fmt: skip


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    """Rows of a frame as plain tuples, missing as None."""
    picked = frame[list(columns)].astype(object)
    return [tuple(None if pd.isna(v) else v for v in row) for row in picked.itertuples(index=False)]
