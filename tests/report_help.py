"""A made-up story of some forty contacts, taken through the real stages, for the tests of reports and briefing."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from voc import tables
from voc.config import Pipeline
from voc.context import RunContext
from voc.costs import CostFile
from voc.stages.cost import cost_contacts
from voc.stages.episodes import find_episodes
from voc.stages.rank import rank_topics

START = datetime(2026, 1, 5, 9)  # a Monday
TOPICS = {"login": "password reset link", "refund": "refund not arrived", "export": "export to csv"}
# day, customer, topic, channel, site; every customer's own line of contacts
STORY = [
    *[(day, f"c{i:02}", "login", "email", "Leeds") for i, day in enumerate(range(0, 44, 4))],  # 11 first contacts
    *[
        (day + 2, f"c{i:02}", "login", "chat", "Leeds") for i, day in enumerate(range(0, 24, 4))
    ],  # 6 come back in 2 days
    *[
        (day + 4, f"c{i:02}", "login", "email", "Manila") for i, day in enumerate(range(0, 12, 4))
    ],  # 3 of them once more
    *[
        (day, f"c{i:02}", "refund", "email", "Leeds") for i, day in enumerate(range(1, 41, 4), start=11)
    ],  # 10 first contacts
    *[
        (day + 10, f"c{i:02}", "refund", "email", "Leeds") for i, day in enumerate(range(1, 17, 4), start=11)
    ],  # 4 after 10 days
    *[(day, f"c{i:02}", "export", "web", None) for i, day in enumerate(range(3, 15, 3), start=21)],  # 4 first contacts
    (20, None, "export", "web", None),  # nobody knows who
    (30, "c25", None, "web", None),  # about no topic
    (40, "c26", "refund", "email", "Leeds"),
    (40.02, "c26", "refund", "email", "Leeds"),  # the same words half an hour later: a double post
]
FEELINGS = {"login": (0.8, 0.7), "refund": (0.6, 0.4), "export": (0.2, 0.1), None: (0.1, 0.05)}  # negative, effort
# what a first run remembers of no run before it, and tables only the memory of topics rests on
EMPTY = ("topic_members", "topic_versions", "latest_fit", "latest_namings")
SCORES = {"login": 2, "refund": 4, "export": 5}
WORDS = {
    "login": "the reset link for my password never arrives, and I have tried it again and again now",
    "refund": "you promised me the money back and nothing is on my account until this very day",
    "export": "where can I find the export of all my projects to a csv file please, I looked everywhere",
    None: "hello there, one general remark from me about the colour of your home page and its letters",
}
COSTS = CostFile.model_validate(
    {
        "currency": "USD",
        "groups": [
            {
                "name": "all",
                "model": "in_house",
                "parameters": {
                    key: {"value": value, "source": "ledger"}
                    for key, value in {
                        "wage_per_hour": 21.0,
                        "on_cost_share": 0.4,
                        "support_overhead_share": 0.5,
                        "shrinkage_share": 0.3,
                        "occupancy_share": 0.8,
                    }.items()
                },
                "channels": {
                    "*": {
                        "handle_minutes": {"value": 6.0, "source": "ledger"},
                        "other_cost": {"value": 0.1, "source": "ledger"},
                    }
                },
            }
        ],
    }
)


def story(
    *,
    costs: CostFile | None = COSTS,
    is_identified: bool = True,
    has_contacts: bool = True,
    has_responses: bool = True,
    names: dict[str, str] = TOPICS,
    copies: int = 1,
    minutes: float | None = None,
    owner: str = "Identity engineering",
    words: dict = WORDS,
) -> tuple[dict[str, pd.DataFrame], RunContext]:
    """(frames up to the stage rank, run). `copies` tells the story of that many times as many customers."""
    lines = [(day, f"{who}.{copy}" if who else None, *rest) for copy in range(copies) for day, who, *rest in STORY]
    lines = sorted(lines, key=lambda x: (x[0], x[1] or "", x[2] or "")) if has_contacts else []
    run = RunContext(
        pipeline=Pipeline.model_validate(
            {"name": "story", "database": "story.db", "resamples": 200,
             "sources": [{"kind": "table", "path": "x.csv", "name": "tickets"}]}
        ),
        folder=Path("."),
        run_id="run-1",
        costs=costs,
    )
    contacts = [_contact(i, line, is_identified, minutes) for i, line in enumerate(lines)]
    responses = (
        [_response(i, topic, copy) for copy in range(copies * 8) for i, topic in enumerate(TOPICS)]
        if has_responses
        else []
    )
    said = [_said(c, line[2], f"contact {c['contact_id']}", words) for c, line in zip(contacts, lines, strict=True)]
    said += [_said(r, list(TOPICS)[i % 3], f"response {r['response_id']}", words) for i, r in enumerate(responses)]
    frames = {
        "contacts": tables.Contact.frame(contacts),
        "responses": tables.Response.frame(responses),
        "customers": _customers(contacts),
        "identity_reviews": tables.IdentityReview.empty(),
        "verbatims": tables.Verbatim.frame(v for v, _ in said),
        "files": tables.File.frame(
            [
                {
                    "file_id": "f",
                    "source": "tickets",
                    "kind": "table",
                    "file_name": "x.csv",
                    "sha256": "0",
                    "byte_count": 10,
                    "rows_read": len(contacts) + len(responses) + 2, "records": len(contacts) + len(responses) + 2,
                    "contacts": len(contacts),
                    "responses": len(responses),
                    "rejects": 2,
                    "joined": 0,
                }
            ]
        ),
        "rejects": tables.Reject.frame(
            {
                "reject_id": f"f:{i}",
                "file_id": "f",
                "file_name": "x.csv",
                "line": 90 + i,
                "reason": "'x' is not a date",
                "is_fault": i == 0,
                "raw_row": "{}",
            }
            for i in range(2)
        ),
        "reasons": tables.Reason.frame(
            [
                {
                    "reason_id": "access",
                    "taxonomy": "t",
                    "label": "Cannot sign in",
                    "area": "Access",
                    "description": "-",
                    "demand_type": "product_defect",
                    "owner": owner,
                },
                {
                    "reason_id": "invoice",
                    "taxonomy": "t",
                    "label": "Invoice is wrong",
                    "area": "Billing",
                    "description": "-",
                    "demand_type": "wrong_answer",
                    "owner": "Billing",
                },
            ]
        ),
        "topic_reasons": tables.TopicReason.frame(
            {
                "topic_id": t,
                "reason_id": "access" if t == "login" else None,
                "nearest_reason_id": "access",
                "score": 0.7,
                "threshold": 0.5,
                "status": "matched" if t == "login" else "unmatched",
                "matched_by": "similarity" if t == "login" else "nobody",
                "owner": owner if t == "login" else None,
                "demand_type": "product_defect" if t == "login" else None,
            }
            for t in TOPICS
        ),
        **_texts(said, names),
    }
    for stage in (find_episodes, cost_contacts, rank_topics):
        frames |= stage(frames, run).frames
    frames["topic_checks"] = _checks(frames["topics"])
    return frames, run


def _checks(topics: pd.DataFrame) -> pd.DataFrame:
    """Sound checks of every topic, but for the topic refund, which is unstable."""
    doubtful = [*(t == "refund" for t in topics["topic_id"]), False]
    return tables.TopicCheck.frame(
        {
            "topic_id": topic_id,
            "distinct_text_count": 30,
            "stability": 0.4 if is_doubtful else 0.9,
            "stability_text_count": 30,
            "separation": 0.2,
            "coherence": 0.1,
            "coherence_chance": -0.4,
            "confidence": 0.8,
            "linked_pair_count": 0,
            "is_doubtful": is_doubtful,
            "why_doubtful": '["unstable"]' if is_doubtful else "[]",
            "is_roll_up_advised": False,
            **dict.fromkeys(
                (
                    "linked_agreement",
                    "linked_agreement_low",
                    "linked_agreement_high",
                    "linked_agreement_chance",
                    "without_topic_share",
                )
            ),
        }
        for topic_id, is_doubtful in zip([*topics["topic_id"], "*"], doubtful, strict=True)
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _contact(number: int, line: tuple, is_identified: bool, minutes: float | None) -> dict:
    day, who, _, channel, site = line
    opened = START + timedelta(days=day)
    return {
        "contact_id": f"t:{number:03}",
        "source": "tickets",
        "customer_id": who if is_identified else None,
        "identifiers": "[]",
        "channel": channel,
        "site": site,
        "opened_at": _iso(opened),
        "closed_at": _iso(opened + timedelta(hours=5)),
        "reopen_count": 1 if number == 0 else None,
        "handle_minutes": minutes,
        "tags": "[]", "made_by": "thread", "is_planned": False, "is_bot_only": False,
        "file_name": "x.csv",
        "line": number + 2,
        **dict.fromkeys(
            (
                "segment",
                "organisation",
                "annual_revenue",
                "updated_at",
                "status",
                "priority",
                "given_topic",
                "subject",
                "public_reply_count",
                "follow_up_of",
                "merged_into",
                "language",
                "why_excluded",
            )
        ),
    }


def _response(number: int, topic: str, copy: int) -> dict:
    score = SCORES[topic] - (copy % 2)
    return {
        "response_id": f"s:{copy:03}{number}",
        "source": "survey",
        "customer_id": None,
        "identifiers": "[]",
        "contact_id": None,
        "responded_at": _iso(START + timedelta(days=2 * (copy % 20))),
        "score": float(score),
        "score_kind": "csat",
        "score_worst": 1.0,
        "score_best": 5.0,
        "satisfaction_share": (score - 1) / 4,
        "file_name": "y.csv",
        "line": number + 2,
        **dict.fromkeys(("channel", "segment", "site", "language")),
    }


def _customers(contacts: list[dict]) -> pd.DataFrame:
    found = sorted({c["customer_id"] for c in contacts if c["customer_id"]})
    return tables.Customer.frame(
        {
            "customer_id": who,
            "name": who,
            "identifier_count": 1,
            "contact_count": 1,
            "response_count": 0,
            "segment": None,
            "organisation": None,
            "annual_revenue": None,
            "first_seen_at": None,
            "last_seen_at": None,
        }
        for who in found
    )


def _said(row: dict, topic: str | None, where: str, words: dict) -> tuple[dict, str | None]:
    is_contact = "contact_id" in row and "opened_at" in row
    # every text is its own, but for the story's double post
    own = (
        ""
        if where.startswith("contact") and (row["customer_id"] or "").startswith("c26")
        else f" (case {row['line']} of {where})"
    )
    return {
        "verbatim_id": f"v {where}",
        "source": row["source"],
        "kind": "contact" if is_contact else "answer",
        "contact_id": row["contact_id"] if is_contact else None,
        "response_id": None if is_contact else row["response_id"],
        "said_at": row["opened_at"] if is_contact else row["responded_at"],
        "question": None,
        "text": words[topic] + own,
        "redaction_count": 1 if topic == "refund" else 0,
    }, topic


def _texts(said: list[tuple[dict, str | None]], names: dict[str, str]) -> dict[str, pd.DataFrame]:
    """Cleaned texts, passages and topics: one passage a text, the topic as the story has it."""
    cleaned, passages, labels, shares = [], [], [], []
    for number, (verbatim, topic) in enumerate(said):
        key = verbatim["verbatim_id"]
        cleaned.append(
            {
                "verbatim_id": key,
                "text": verbatim["text"],
                "language": "en",
                "language_confidence": 0.9,
                "word_count": 12,
                "removed_character_count": 0,
                "uncovered_character_count": 0,
                "why_excluded": None,
            }
        )
        passages.append(
            {
                "passage_id": f"{key}:1",
                "verbatim_id": key,
                "position": 1,
                "start_character": 0,
                "end_character": len(verbatim["text"]),
                "text": verbatim["text"],
                "text_hash": key,
            }
        )
        labels.append(
            {
                "passage_id": f"{key}:1",
                "topic_id": topic,
                "confidence": 0.8,
                "centrality": 0.9 - number / 1000,
                "why_unassigned": None if topic else "low_confidence",
            }
        )
        if topic:
            shares.append(
                {
                    "verbatim_id": key,
                    "topic_id": topic,
                    "contact_id": verbatim["contact_id"],
                    "response_id": verbatim["response_id"],
                    "share": 1.0,
                    "is_main": True,
                }
            )
    topics = [
        {
            "topic_id": t,
            "name": name,
            "words": name,
            "named_by": "words",
            "theme_id": "a-access" if t == "login" else None,
            "cluster_count": 1,
            "is_pinned": False,
            "passage_count": sum(s["topic_id"] == t for s in shares),
            "contact_count": sum(s["topic_id"] == t and s["contact_id"] is not None for s in shares),
            "response_count": sum(s["topic_id"] == t and s["response_id"] is not None for s in shares),
            "confidence": 0.8,
        }
        for t, name in names.items()
        if any(s["topic_id"] == t for s in shares)
    ]
    return {
        "cleaned_verbatims": tables.CleanedVerbatim.frame(cleaned),
        "passages": tables.Passage.frame(passages),
        "passage_topics": tables.PassageTopic.frame(labels),
        "passage_sentiments": tables.PassageSentiment.frame(
            dict(zip(tables.PassageSentiment.names, (p["passage_id"], "base_model", *FEELINGS[t], None), strict=True))
            for p, t in zip(passages, (topic for _, topic in said), strict=True)
        ),
        "verbatim_topics": tables.VerbatimTopic.frame(shares),
        "topics": tables.Topic.frame(topics),
        "topic_changes": tables.TopicChange.empty(),
        **_clusters(labels, topics),
    }


def _clusters(labels: list[dict], topics: list[dict]) -> dict[str, pd.DataFrame]:
    """Each topic is one cluster and the theme of the topic login an area; no run went before."""
    login = [t for t in topics if t["topic_id"] == "login"]
    return {
        "passage_clusters": tables.PassageCluster.frame(
            {
                "passage_id": row["passage_id"],
                "cluster_id": row["topic_id"] and f"t-{row['topic_id']}",
                "confidence": row["confidence"],
                "nearness": 0.8,
                "centrality": row["centrality"],
                "why_unassigned": row["why_unassigned"],
            }
            for row in labels
        ),
        "topic_clusters": tables.TopicCluster.frame(
            {
                "topic_id": t["topic_id"],
                "cluster_id": f"t-{t['topic_id']}",
                "passage_count": t["passage_count"],
                "joined_by": "reason" if t["topic_id"] == "login" else "itself",
                "score": 0.7,
            }
            for t in topics
        ),
        "themes": tables.Theme.frame(
            {
                "theme_id": "a-access",
                "name": "Access",
                "is_area": True,
                "topic_count": 1,
                "passage_count": t["passage_count"],
            }
            for t in login
        ),
        **{name: next(t for t in tables.TABLES if t.name == name).empty() for name in EMPTY},
    }
