"""Episodes: join contacts of one customer about one topic; tell repeats, double posts and reopens apart.

Definitions. The clock starts when the last open contact has ended (solved, else opened). A repeat starts at most
`window_days` later. A double post is the same text of the same customer within `duplicate_hours`; it belongs to the
episode but is no repeat. A reopening stays inside its contact and is counted there. A contact without a customer is
an episode of its own and never a repeat. A vendor's own follow-up link joins two contacts whatever their topics.

Repeats are charged to the topic of the episode's first contact. Topics whose labels cannot be told apart are matched
by their theme (see `agreement`): two contacts of a customer about such topics of one theme are about the same, and a
contact about several of them is about one, the largest.

Each repeat has the probability that it is one and no coincidence (see `net_repeats`).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from voc import tables
from voc.context import Frames, Result, RunContext
from voc.stages.agreement import label_agreements, rolled_up
from voc.stages.contact_parts import NO_TOPIC, NONE, Contacts, Parts, Topics, contacts_in_time, known_topics, parts_of
from voc.stages.net_repeats import Net, groups_of, hazard_rows, net_repeats, refits_of, with_found_shares
from voc.threads.rules import LINKED

MAX_WINDOW_DAYS = 30.0  # repeats are listed up to here, so that other windows can be computed from the table
_CHUNK = 200_000  # rows made into Python numbers at a time


class Chains(NamedTuple):
    """Where each part (m,) stands."""

    chain: np.ndarray  # its episode
    position: np.ndarray  # place in the episode, double posts not counted
    previous: np.ndarray  # part before it about the same, -1 where there is none or too long ago
    index: np.ndarray  # first part of the episode; where that is over, the part before
    gap: np.ndarray  # days since the end of the episode so far
    joins: np.ndarray  # goes on with an episode
    is_linked: np.ndarray  # by a vendor's link


def find_episodes(frames: Frames, run: RunContext) -> Result:
    """Chain contacts in time, after looking at how far their labels can be trusted."""
    window = run.pipeline.window_days
    contacts = contacts_in_time(frames["contacts"], frames["verbatims"], run.pipeline.duplicate_hours / 24)
    run.progress(1, 4)
    agreements, pairs = label_agreements(frames, double_posts(contacts))
    topics = known_topics(frames["verbatim_topics"], rolled_up(agreements))
    parts = parts_of(contacts, frames["verbatim_topics"], topics)
    run.progress(2, 4)
    chains = chained(contacts, parts, topics, window)
    parts = parts._replace(topic=parts.topic[np.flatnonzero(~chains.joins)[chains.chain]])  # that of the first contact
    net = net_repeats(contacts, parts, topics, chains.is_linked, window)
    run.progress(3, 4)
    out = {
        "episodes": _episode_rows(contacts, parts, topics, chains, window),
        "episode_contacts": _member_rows(contacts, parts, topics, chains, net),
        "repeats": pd.concat([_any_topic_rows(contacts, window), _same_topic_rows(contacts, parts, topics, chains, net)]),
        "repeat_hazards": hazard_rows(net, topics),
        "repeat_refits": refits_of(contacts, parts, topics, net, run),
        "label_agreements": with_found_shares(agreements, topics, net, window),
    }  # fmt: skip
    out["repeats"] = tables.Repeat.check(out["repeats"])
    run.progress(4, 4)
    return Result(out, _notes(out["repeats"], contacts) | pairs)


def double_posts(contacts: Contacts) -> pd.DataFrame:
    """Pairs of contact ids: `one`, and the `other` it doubles."""
    found = np.flatnonzero(contacts.duplicate_of != NONE)
    return pd.DataFrame({"one": contacts.ids[found], "other": contacts.ids[contacts.duplicate_of[found]]})


# ---------------------------------------------------------------- chains


def chained(contacts: Contacts, parts: Parts, topics: Topics, window: float) -> Chains:
    """Go through the parts in order of time. A link leads to any episode before, so none can be told by its neighbours
    alone: hence a loop over numbers."""
    n = len(parts.contact)
    found = Chains(
        chain=np.empty(n, dtype=int), position=np.ones(n, dtype=int), previous=np.full(n, NONE),
        index=np.full(n, NONE), gap=np.zeros(n), joins=np.zeros(n, dtype=bool), is_linked=np.zeros(n, dtype=bool),
    )  # fmt: skip
    targets = set(contacts.follow_up_of.tolist())
    by_group: dict[int, int] = {}  # the episode last added to
    by_part: dict[tuple[int, int], int] = {}  # of contacts that links lead to
    first, last, ends, counts = [], [], [], []  # of each episode: its parts, latest end, contacts that count
    for i, (group, c, match, start, end, follows, is_double) in enumerate(_rows_in_time(contacts, parts, topics)):
        linked = by_part.get((follows, match)) if group != NONE else None
        k = linked if linked is not None else by_group.get(group)
        joins = False
        if k is not None:
            gap = max(start - ends[k], 0.0)
            joins = linked is not None or gap <= window
            if joins or gap <= MAX_WINDOW_DAYS:
                found.previous[i], found.gap[i] = last[k], gap
                found.index[i] = first[k] if joins else last[k]
        if joins:
            last[k], ends[k] = i, max(ends[k], end)
            counts[k] += not is_double
            found.joins[i], found.is_linked[i], found.position[i] = True, linked is not None, max(counts[k], 1)
        else:
            k = len(first)
            first.append(i), last.append(i), ends.append(end), counts.append(int(not is_double))
        found.chain[i] = k
        if group != NONE:
            by_group[group] = k
        if c in targets:
            by_part[(c, match)] = k
    return found


def _rows_in_time(contacts: Contacts, parts: Parts, topics: Topics) -> Iterator[tuple]:
    """Group (customer and what counts as one topic), contact, match, start, end, follow_up_of, whether a double post."""
    groups = groups_of(contacts, parts, topics)
    is_double = contacts.duplicate_of != NONE
    for at in range(0, len(groups), _CHUNK):
        c, rows = parts.contact[at : at + _CHUNK], slice(at, at + _CHUNK)
        columns = (groups[rows], c, parts.match[rows], contacts.start[c], contacts.end[c], contacts.follow_up_of[c], is_double[c])
        yield from zip(*(column.tolist() for column in columns), strict=True)


# ---------------------------------------------------------------- rows


def _episode_rows(contacts: Contacts, parts: Parts, topics: Topics, chains: Chains, window: float) -> pd.DataFrame:
    first = np.flatnonzero(~chains.joins)  # a part that does not join begins an episode, in the order of their numbers
    doubles = (contacts.duplicate_of != NONE)[parts.contact]
    count = np.bincount(chains.chain, ~doubles, len(first)).astype(int)
    last = np.zeros(len(first), dtype=int)
    last[chains.chain] = parts.contact  # the latest overwrites
    began = parts.contact[first]
    return tables.Episode.check(pd.DataFrame({
        "episode_id": _episode_ids(contacts, parts, topics, first), "customer_id": _customers(contacts, began),
        "topic_id": _names(topics, parts.topic[first]), "first_contact_id": contacts.ids[began],
        "contact_count": np.maximum(count, 1), "duplicate_count": np.bincount(chains.chain, doubles, len(first)).astype(int),
        "started_at": contacts.opened_at[began], "ended_at": contacts.opened_at[last], "window_days": window,
    }))  # fmt: skip


def _episode_ids(contacts: Contacts, parts: Parts, topics: Topics, rows: np.ndarray) -> np.ndarray:
    return topics.ids[parts.topic[rows]] + "/" + contacts.ids[parts.contact[rows]]


def _names(topics: Topics, codes: np.ndarray) -> np.ndarray:
    """Topic ids, None for none."""
    return np.where(topics.ids == NO_TOPIC, None, topics.ids)[codes]


def _customers(contacts: Contacts, positions: np.ndarray) -> np.ndarray:
    return np.append(contacts.customer_ids, None)[contacts.customer[positions]]  # -1 is the last


def _member_rows(contacts: Contacts, parts: Parts, topics: Topics, chains: Chains, net: Net) -> pd.DataFrame:
    first = np.flatnonzero(~chains.joins)
    doubles = (contacts.duplicate_of != NONE)[parts.contact]
    is_repeat = chains.joins & ~doubles
    return tables.EpisodeContact.check(pd.DataFrame({
        "contact_id": contacts.ids[parts.contact], "part": topics.ids[parts.topic],
        "topic_id": _names(topics, parts.topic), "labelled_topic_id": _names(topics, parts.label),
        "episode_id": _episode_ids(contacts, parts, topics, first)[chains.chain], "position": chains.position,
        "share": np.minimum(parts.share, 1.0), "is_repeat": is_repeat, "is_linked": chains.is_linked & ~doubles,
        "repeat_probability": np.where(is_repeat, net.probability, 0.0), "is_duplicate": doubles,
    }))  # fmt: skip


def _any_topic_rows(contacts: Contacts, window: float) -> pd.DataFrame:
    """Contacts of a customer after another of hers, whatever they are about."""
    order = np.lexsort([np.arange(len(contacts.ids)), contacts.customer])
    order = order[contacts.customer[order] != NONE]
    customer, start = contacts.customer[order], contacts.start[order]
    ends = pd.Series(contacts.end[order]).groupby(customer).cummax().to_numpy()
    is_first = np.append(True, customer[1:] != customer[:-1])[: len(order)]
    gap = np.where(is_first, np.inf, np.maximum(start - np.roll(ends, 1), 0.0))
    joins = gap <= window
    begin = order[np.maximum.accumulate(np.where(joins, 0, np.arange(len(order))))]
    rows = np.flatnonzero(gap <= MAX_WINDOW_DAYS)
    contact, previous = order[rows], order[rows - 1]
    return pd.DataFrame({
        "scope": "any_topic", "part": NO_TOPIC, "topic_id": None, "gap_days": gap[rows], "is_in_window": joins[rows],
        "share": 1.0, "repeat_probability": np.nan, "repeat_hazard": np.nan, "background_rate": np.nan,
        **_who(contacts, contact, previous, np.where(joins[rows], begin[rows], previous)),
        **_how(contacts, contact, previous, contacts.follow_up_of[contact] == previous, "any_topic"),
    })  # fmt: skip


def _same_topic_rows(contacts: Contacts, parts: Parts, topics: Topics, chains: Chains, net: Net) -> pd.DataFrame:
    """Parts that come after another contact of their episode, or of the one before it."""
    rows = np.flatnonzero(chains.previous != NONE)
    before = chains.previous[rows]
    contact, previous, index = parts.contact[rows], parts.contact[before], parts.contact[chains.index[rows]]
    is_double = contacts.duplicate_of[contact] != NONE
    is_other = (parts.match[rows] >= len(topics.ids)) & (parts.label[rows] != parts.label[before])
    is_soft = ~is_double & ~chains.is_linked[rows]
    return pd.DataFrame({
        "scope": "same_topic", "part": topics.ids[parts.topic[rows]], "topic_id": topics.ids[parts.topic[rows]],
        "gap_days": chains.gap[rows], "is_in_window": chains.joins[rows], "share": parts.share[rows].clip(max=1.0),
        "repeat_probability": np.where(is_double, 0.0, net.probability[rows]),
        "repeat_hazard": np.where(is_soft, net.hazard[rows], np.nan),
        "background_rate": np.where(is_soft, net.background[rows], np.nan),
        **_who(contacts, contact, previous, index),
        **_how(contacts, contact, previous, chains.is_linked[rows], np.where(is_other, "same_theme", "same_topic")),
    })  # fmt: skip


def _who(contacts: Contacts, contact: np.ndarray, previous: np.ndarray, index: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "contact_id": contacts.ids[contact], "customer_id": _customers(contacts, contact),
        "previous_contact_id": contacts.ids[previous], "index_contact_id": contacts.ids[index],
    }  # fmt: skip


def _how(contacts: Contacts, contact: np.ndarray, previous: np.ndarray, is_linked: np.ndarray, level) -> dict:
    is_switch = contacts.channel[contact] != contacts.channel[previous]
    by_rule = contacts.made_by[contact]
    link = np.where(np.isin(by_rule, LINKED), by_rule, "follow_up")
    kind = np.select(
        [contacts.is_planned[contact], contacts.duplicate_of[contact] != NONE, is_linked, contacts.is_bot_only[previous], is_switch],
        ["planned", "duplicate", link, "after_bot", "channel_switch"], "new_thread_same_channel")  # fmt: skip
    return {
        "repeat_type": kind,
        "match_level": np.where(is_linked, "vendor_link", level),
    }


def _notes(repeats: pd.DataFrame, contacts: Contacts) -> dict:
    inside = repeats.loc[repeats["is_in_window"], ["scope", "contact_id"]].drop_duplicates()["scope"].value_counts()
    return {
        "contacts": len(contacts.ids), "any_topic_repeats": int(inside.get("any_topic", 0)),
        "same_topic_repeats": int(inside.get("same_topic", 0)),
        "double_posts": int((contacts.duplicate_of != NONE).sum()),
        "contacts_without_customer": int((contacts.customer == NONE).sum()),
    }  # fmt: skip
