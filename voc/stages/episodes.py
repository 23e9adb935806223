"""Episodes: join contacts of one customer about one topic; tell repeats, double posts and reopens apart.

Definitions. The clock starts when the last open contact has ended (solved, else opened). A repeat starts at most
`window_days` later. A double post is the same text of the same customer within `duplicate_hours`; it belongs to the
episode but is no repeat. A reopening stays inside its contact and is counted there. A contact without a customer is
an episode of its own and never a repeat. A vendor's own follow-up link joins two contacts whatever their topics.
"""

import re
from dataclasses import dataclass, field

import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.text.clean import REPLY_PREFIX
from voc.times import days

MAX_WINDOW_DAYS = 30.0  # repeats are listed up to here, so that other windows can be computed from the table
NO_TOPIC = "-"
# Channels whose subject the tool writes ("Call with Ann").
UNTYPED_SUBJECT_CHANNELS = {"voice", "phone", "call", "chat", "messaging", "sms", "whatsapp", "social"}
# A subject line used by more customers than this (and this share of all) is a form's, not a person's.
SHARED_SUBJECT_CUSTOMERS, SHARED_SUBJECT_SHARE = 5, 0.01


@dataclass
class _Contact:
    """A contact as the chains need it; times in days since 1970."""

    contact_id: str
    customer_id: str | None
    start: float
    end: float
    channel: str
    words: str
    subject: str
    follow_up_of: str | None
    parts: dict[str, tuple[str, float]]  # topic charged -> (topic its words were given, share)
    duplicate_of: str | None = None


@dataclass
class _Chain:
    """An episode of one customer and topic, as far as it has got."""

    episode_id: str
    first: _Contact
    last: _Contact
    end: float  # the latest end of its contacts: the clock does not start while one of them is open
    counted: int = 0  # members that are no double posts
    members: list[tuple[_Contact, int, bool]] = field(default_factory=list)  # contact, position, is repeat

    def add(self, contact: _Contact, *, is_repeat: bool) -> None:
        """Append a contact; a double post stands in the place of the contact it doubles."""
        self.counted += contact.duplicate_of is None
        self.members.append((contact, max(self.counted, 1), is_repeat))
        self.last, self.end = contact, max(self.end, contact.end)


def find_episodes(frames: Frames, run: RunContext) -> Result:
    """Chain contacts in time. Contacts excluded at ingest (merged, automatic, company-initiated) take no part."""
    contacts = _contacts(frames)
    by_id = {c.contact_id: c for c in contacts}
    _mark_duplicates(contacts, run.pipeline.duplicate_hours / 24)
    _inherit_topics(contacts, by_id)
    any_topic = _any_topic_repeats(contacts, by_id, run.pipeline.window_days)
    same_topic, chains = _same_topic_repeats(contacts, by_id, run.pipeline.window_days)
    out = {
        "episodes": _episode_rows(chains, run.pipeline.window_days),
        "episode_contacts": _member_rows(chains),
        "repeats": tables.Repeat.frame(any_topic + same_topic),
    }
    return Result(out, _notes(out, contacts))


def _contacts(frames: Frames) -> list[_Contact]:
    """Contacts that take part, in order of time, with the parts their texts were given."""
    rows = frames["contacts"]
    rows = rows[rows["why_excluded"].isna()]
    texts = frames["verbatims"].dropna(subset=["contact_id"]).groupby("contact_id")["text"].agg(" ".join)
    parts: dict[str, dict[str, tuple[str, float]]] = {}
    labelled = frames["verbatim_topics"].dropna(subset=["contact_id"])
    shares = labelled.groupby(["contact_id", "topic_id"])["share"].sum()
    for (contact_id, topic_id), share in shares.items():
        parts.setdefault(contact_id, {})[topic_id] = (topic_id, share)
    start, closed = days(rows["opened_at"]), days(rows["closed_at"])
    end = closed.where(closed.notna() & (closed > start), start)
    found = [
        _Contact(
            contact_id=row.contact_id, customer_id=row.customer_id if isinstance(row.customer_id, str) else None,
            start=s, end=e, channel=row.channel, words=_same_words(texts.get(row.contact_id, "")),
            subject=_typed_subject(row.subject, row.channel),
            follow_up_of=row.follow_up_of if isinstance(row.follow_up_of, str) else None,
            parts=_to_one(parts.get(row.contact_id, {NO_TOPIC: (NO_TOPIC, 1.0)})),
        )
        for row, s, e in zip(rows.itertuples(), start, end, strict=True)
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c.start, c.contact_id))


def _to_one(parts: dict[str, tuple[str, float]]) -> dict[str, tuple[str, float]]:
    total = sum(share for _, share in parts.values())
    return {topic: (label, share / total) for topic, (label, share) in parts.items()}


def _typed_subject(subject, channel: str) -> str:
    """The subject in comparable form, "" where it says nothing about a double post: the tool wrote it, or it is a reply."""
    if not isinstance(subject, str) or channel in UNTYPED_SUBJECT_CHANNELS or REPLY_PREFIX.match(subject):
        return ""
    return _same_words(subject)


def _same_words(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _mark_duplicates(contacts: list[_Contact], within_days: float) -> None:
    """A contact repeats the words or the subject of an earlier one of the same customer within the time.

    Equal subjects count because people retype the same question. A subject that many customers use says nothing
    ("Contact form", "Help"), so it does not count.
    """
    users: dict[str, set[str | None]] = {}
    for contact in contacts:
        users.setdefault(contact.subject, set()).add(contact.customer_id)
    most = max(SHARED_SUBJECT_CUSTOMERS, SHARED_SUBJECT_SHARE * len({c.customer_id for c in contacts}))
    seen: dict[tuple[str, str], _Contact] = {}
    for contact in contacts:
        if contact.customer_id is None:
            continue
        keys = [contact.words, contact.subject if len(users[contact.subject]) <= most else ""]  # words tell more
        for text in filter(None, keys):
            earlier = seen.get((contact.customer_id, text))
            if earlier and contact.start - earlier.start <= within_days:
                contact.duplicate_of = earlier.contact_id
                break
        for text in filter(None, keys):
            seen[(contact.customer_id, text)] = contact


def _inherit_topics(contacts: list[_Contact], by_id: dict[str, _Contact]) -> None:
    """A follow-up and a double post are about what the contact they continue is about: its main part moves there.

    Where the earlier contact has no topic of its own, it takes the later one's.
    """
    for contact in contacts:
        parent = by_id.get(contact.duplicate_of or contact.follow_up_of or "")
        if parent is None or parent.start > contact.start or set(parent.parts) & set(contact.parts):
            continue
        target = _main(parent)
        if target == NO_TOPIC:
            parent.parts = {_main(contact): (NO_TOPIC, 1.0)}
            continue
        label, share = contact.parts.pop(_main(contact))
        contact.parts[target] = (label, share)


def _main(contact: _Contact) -> str:
    return max(contact.parts, key=lambda topic: (contact.parts[topic][1], topic))


def _any_topic_repeats(contacts: list[_Contact], by_id: dict[str, _Contact], window: float) -> list[dict]:
    last: dict[str, _Contact] = {}
    ends: dict[str, float] = {}
    index: dict[str, str] = {}
    rows = []
    for contact in contacts:
        customer = contact.customer_id
        if customer is None:
            continue
        previous = last.get(customer)
        gap = max(contact.start - ends.get(customer, -1e9), 0.0)
        joins = previous is not None and gap <= window
        if previous and gap <= MAX_WINDOW_DAYS:
            first = by_id[index[customer]] if joins else previous
            linked = contact.follow_up_of == previous.contact_id
            rows.append(_repeat_row(contact, previous, first, gap, scope="any_topic", topic=None, share=1.0,
                                    linked=linked, is_in_window=joins))  # fmt: skip
        if not joins:
            index[customer] = contact.contact_id
        last[customer], ends[customer] = contact, max(ends.get(customer, contact.end), contact.end)
    return rows


def _same_topic_repeats(
    contacts: list[_Contact], by_id: dict[str, _Contact], window: float
) -> tuple[list[dict], list[_Chain]]:
    open_chains: dict[tuple[str, str], _Chain] = {}
    chain_of: dict[tuple[str, str], _Chain] = {}  # by contact and topic: where a vendor's link leads
    chains: list[_Chain] = []
    rows = []
    for contact in contacts:
        for topic, (_, share) in sorted(contact.parts.items()):
            is_known = contact.customer_id is not None and topic != NO_TOPIC
            linked_chain = chain_of.get((contact.follow_up_of or "", topic)) if is_known else None
            chain = linked_chain or (open_chains.get((contact.customer_id, topic)) if is_known else None)
            gap = max(contact.start - chain.end, 0.0) if chain else MAX_WINDOW_DAYS + 1
            linked = linked_chain is not None
            joins = chain is not None and (gap <= window or linked)
            if chain and (gap <= MAX_WINDOW_DAYS or linked):
                first = chain.first if joins else chain.last
                rows.append(_repeat_row(contact, chain.last, first, gap, scope="same_topic", topic=topic, share=share,
                                        linked=linked, is_in_window=joins))  # fmt: skip
            if not joins:
                chain = _Chain(f"{topic}/{contact.contact_id}", contact, contact, contact.end)
                chains.append(chain)
            chain.add(contact, is_repeat=joins and contact.duplicate_of is None)
            chain_of[(contact.contact_id, topic)] = chain
            if is_known:
                open_chains[(contact.customer_id, topic)] = chain
    return rows, chains


def _repeat_row(contact, previous, first, gap, *, scope, topic, share, linked, is_in_window) -> dict:
    if contact.duplicate_of:
        repeat_type = "duplicate"
    elif linked:
        repeat_type = "follow_up"
    else:
        repeat_type = "new_thread_same_channel" if contact.channel == previous.channel else "channel_switch"
    return {
        "contact_id": contact.contact_id, "scope": scope, "part": topic or "-", "topic_id": topic,
        "customer_id": contact.customer_id, "previous_contact_id": previous.contact_id,
        "index_contact_id": first.contact_id, "gap_days": gap, "repeat_type": repeat_type,
        "match_level": "vendor_link" if linked else scope, "is_in_window": is_in_window, "share": share,
        "repeat_probability": None,
    }  # fmt: skip


def _topic_or_none(topic: str) -> str | None:
    return None if topic == NO_TOPIC else topic


def _episode_rows(chains: list[_Chain], window: float) -> pd.DataFrame:
    return tables.Episode.frame(
        {
            "episode_id": chain.episode_id, "customer_id": chain.first.customer_id,
            "topic_id": _topic_or_none(chain.episode_id.partition("/")[0]),
            "first_contact_id": chain.first.contact_id,
            "contact_count": max(sum(m.duplicate_of is None for m, _, _ in chain.members), 1),
            "duplicate_count": sum(m.duplicate_of is not None for m, _, _ in chain.members),
            "started_at": _iso_days(chain.first.start), "ended_at": _iso_days(chain.last.start),
            "window_days": window,
        }
        for chain in chains
    )  # fmt: skip


def _iso_days(day: float) -> str:
    return pd.Timestamp(round(day * 86400), unit="s").strftime("%Y-%m-%dT%H:%M:%SZ")


def _member_rows(chains: list[_Chain]) -> pd.DataFrame:
    rows = []
    for chain in chains:
        topic = chain.episode_id.partition("/")[0]
        for contact, position, is_repeat in chain.members:
            label, share = contact.parts[topic]
            rows.append({
                "contact_id": contact.contact_id, "part": topic, "topic_id": _topic_or_none(topic),
                "labelled_topic_id": _topic_or_none(label), "episode_id": chain.episode_id, "position": position,
                "share": min(share, 1.0), "is_repeat": is_repeat, "is_duplicate": contact.duplicate_of is not None,
            })  # fmt: skip
    return tables.EpisodeContact.frame(rows)


def _notes(out: dict[str, pd.DataFrame], contacts: list[_Contact]) -> dict:
    repeats = out["repeats"]
    inside = repeats[repeats["is_in_window"]]
    doubles = sum(c.duplicate_of is not None for c in contacts)

    def count(scope: str) -> int:
        mine = inside[(inside["scope"] == scope)]
        return int(mine["contact_id"].nunique())

    return {
        "contacts": len(contacts), "any_topic_repeats": count("any_topic"), "same_topic_repeats": count("same_topic"),
        "double_posts": doubles, "contacts_without_customer": sum(c.customer_id is None for c in contacts),
    }  # fmt: skip
