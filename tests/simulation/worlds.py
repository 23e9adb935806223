"""Made-up customers with a known repeat process, as the tables the episodes and cost stages read."""

import numpy as np
import pandas as pd

from voc import tables

DAYS = 182
TOPICS = {"A": (0.5, 0.25), "B": (0.3, 0.15), "C": (0.17, 0.08), "D": (0.03, 0.05)}  # share of issues, repeat probability


def world(rng: np.random.Generator, *, customers: int = 600) -> dict[str, pd.DataFrame]:
    """One period of a company: heavy-tailed customers, issues by topic, chains of repeats with lags of days."""
    rates = rng.gamma(0.7, 2.0, customers)
    rows = []
    names, shares = list(TOPICS), [share for share, _ in TOPICS.values()]
    for customer, rate in enumerate(rates):
        for _ in range(rng.poisson(rate)):
            topic = names[rng.choice(len(names), p=shares)]
            day = rng.uniform(0, DAYS)
            while day < DAYS:
                rows.append((f"c{customer:04d}", topic, day))
                if rng.random() > TOPICS[topic][1]:
                    break
                day += rng.lognormal(0.7, 0.6)
    found = pd.DataFrame(rows, columns=["customer_id", "topic_id", "day"]).sort_values("day", ignore_index=True)
    found["contact_id"] = [f"k{i:05d}" for i in range(len(found))]
    found["opened_at"] = (pd.Timestamp("2026-01-01") + pd.to_timedelta(found["day"], unit="D")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return frames(found)


def frames(found: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The world as declared tables."""
    contacts = pd.DataFrame({c.name: pd.Series([None] * len(found), dtype="object") for c in tables.Contact.columns})
    contacts = contacts.assign(
        contact_id=found["contact_id"], source="s", customer_id=found["customer_id"], identifiers="[]", channel="email",
        opened_at=found["opened_at"], tags="[]", made_by="thread", is_planned=False, is_bot_only=False, file_name="f", line=1,
    )  # fmt: skip
    verbatims = pd.DataFrame({
        "verbatim_id": found["contact_id"], "source": "s", "kind": "contact", "contact_id": found["contact_id"],
        "response_id": None, "said_at": found["opened_at"], "question": None, "text": found["contact_id"],
        "redaction_count": 0,
    })  # fmt: skip
    labels = pd.DataFrame({
        "verbatim_id": found["contact_id"], "topic_id": found["topic_id"], "contact_id": found["contact_id"],
        "response_id": None, "share": 1.0, "is_main": True, "confidence": None,
    })  # fmt: skip
    topics = tables.Topic.frame(
        {"topic_id": t, "name": t, "words": t, "passage_count": 1, "contact_count": 1, "response_count": 0, "confidence": 1.0,
         "named_by": "words", "theme_id": None, "cluster_count": 1, "is_pinned": False}
        for t in TOPICS
    )
    return {
        "contacts": tables.Contact.check(contacts), "verbatims": tables.Verbatim.check(verbatims),
        "verbatim_topics": tables.VerbatimTopic.check(labels), "topics": topics,
        "topic_reasons": tables.TopicReason.empty(),
    }  # fmt: skip
