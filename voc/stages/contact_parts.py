"""Contacts as arrays in order of time, and the parts each has: what it is about, and which earlier one it doubles.

A double post is the same text of the same customer within `duplicate_hours`. A follow-up and a double post are about
what the contact they continue is about.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from voc.text.clean import REPLY_PREFIX
from voc.times import days

NO_TOPIC = "-"
NONE = -1  # no customer, no such contact
# Channels whose subject the tool writes ("Call with Ann").
UNTYPED_SUBJECT_CHANNELS = {"voice", "phone", "call", "chat", "messaging", "sms", "whatsapp", "social"}
# A subject line used by more customers than this (and this share of all) is a form's, not a person's.
SHARED_SUBJECT_CUSTOMERS, SHARED_SUBJECT_SHARE = 5, 0.01
_BETWEEN_WORDS = re.compile(r"\W+")


class Contacts(NamedTuple):
    """Contacts that take part, by start and id; contacts and customers are positions, -1 for none."""

    ids: np.ndarray  # (n,) text
    opened_at: np.ndarray  # (n,) ISO text
    customer: np.ndarray  # (n,)
    customer_ids: np.ndarray  # (customers,) text
    start: np.ndarray  # (n,) days since 1970
    end: np.ndarray  # (n,) when it was solved, else its start
    channel: np.ndarray  # (n,) code
    follow_up_of: np.ndarray  # (n,) by the vendor's link
    duplicate_of: np.ndarray  # (n,) the contact it doubles, or was asked to come back to
    made_by: np.ndarray  # (n,) text
    is_planned: np.ndarray  # (n,) bool
    is_bot_only: np.ndarray  # (n,) bool


class Parts(NamedTuple):
    """What contacts are about, a row for a contact and topic, by contact. Topics are codes in the order of their ids."""

    contact: np.ndarray  # (m,) position
    match: np.ndarray  # (m,) rows of equal code are about the same; the topic, or beyond the topics its theme
    topic: np.ndarray  # (m,) topic the part is charged to
    label: np.ndarray  # (m,) topic its own words were given
    share: np.ndarray  # (m,) adds up to 1 for a contact


@dataclass(frozen=True)
class Topics:
    """Topics in the order of their ids, with the code by which each is matched."""

    ids: np.ndarray  # (t,) text; NO_TOPIC among them
    match: np.ndarray  # (t,) own code, or len(ids) + number of the theme it is matched by
    themes: tuple[str, ...] = ()

    @property
    def none(self) -> int:
        """Code of NO_TOPIC."""
        return int(np.flatnonzero(self.ids == NO_TOPIC)[0])

    @property
    def match_count(self) -> int:
        """Number of codes `match` may take."""
        return len(self.ids) + len(self.themes)


def contacts_in_time(rows: pd.DataFrame, verbatims: pd.DataFrame, duplicate_days: float) -> Contacts:
    """The contacts of the table that take part. Those excluded at ingest (merged, automatic, outbound) do not."""
    rows = rows[rows["why_excluded"].isna()]
    start, closed = days(rows["opened_at"]).to_numpy(), days(rows["closed_at"]).to_numpy()
    end = np.where(closed > start, closed, start)  # NaN is not later
    rank = rows["contact_id"].rank().to_numpy()
    order = np.lexsort([rank, start])
    rows, start, end = rows.iloc[order], start[order], end[order]
    customer, customer_ids = pd.factorize(rows["customer_id"], sort=True)
    index = pd.Index(rows["contact_id"].to_numpy(dtype=object))
    follow = np.full(len(rows), NONE)
    is_follow = rows["follow_up_of"].notna().to_numpy()
    follow[is_follow] = index.get_indexer(rows["follow_up_of"][is_follow].to_numpy(dtype=object))
    found = Contacts(
        index.to_numpy(), rows["opened_at"].to_numpy(dtype=object), customer, customer_ids.to_numpy(dtype=object), start, end,
        pd.factorize(rows["channel"])[0], follow, np.full(len(rows), NONE), rows["made_by"].to_numpy(dtype=object),
        rows["is_planned"].to_numpy(dtype=bool) & (follow != NONE), rows["is_bot_only"].to_numpy(dtype=bool),
    )  # fmt: skip
    doubled = _doubled(found, rows, verbatims, duplicate_days)
    return found._replace(duplicate_of=np.where(found.is_planned, follow, doubled))


# ---------------------------------------------------------------- double posts


def _doubled(contacts: Contacts, rows: pd.DataFrame, verbatims: pd.DataFrame, within: float) -> np.ndarray:
    """The latest earlier contact of the customer with the same words, else the same subject, within the time.

    Equal subjects count because people retype the same question. A subject that many customers use says nothing
    ("Contact form", "Help"), so it does not count. Returns (n,) positions.
    """
    doubled = np.full(len(contacts.ids), NONE)
    if not within:  # asked not to look: of two at the same moment neither is the other's double
        return doubled
    near = _has_neighbour(contacts, within)  # texts of others need not be compared
    if not len(near):
        return doubled
    words = words_of(verbatims, contacts.ids[near])
    said = pd.DataFrame({
        "contact": np.concatenate([near, near]), "is_subject": np.repeat([False, True], len(near)),
        "text": np.concatenate([words, _personal_subjects(contacts, rows)[near]]),
    })  # fmt: skip
    said = said[said["text"] != ""].drop_duplicates(["contact", "text"])  # the words come first
    said["customer"] = contacts.customer[said["contact"]]
    said = said.sort_values("contact", kind="stable")
    said["earlier"] = said.groupby(["customer", "text"], sort=False)["contact"].shift(fill_value=NONE)
    said = said[said["earlier"] != NONE]
    gap = contacts.start[said["contact"]] - contacts.start[said["earlier"]]
    said = said[gap <= within].sort_values(["contact", "is_subject"]).drop_duplicates("contact")
    doubled[said["contact"]] = said["earlier"]
    return doubled


def _has_neighbour(contacts: Contacts, within: float) -> np.ndarray:
    """Positions, in order, of contacts with another of the same customer at most `within` days away."""
    order = np.lexsort([contacts.start, contacts.customer])
    customer, start = contacts.customer[order], contacts.start[order]
    is_near = (customer[1:] == customer[:-1]) & (customer[1:] != NONE) & (start[1:] - start[:-1] <= within)
    return np.sort(order[np.append(is_near, False) | np.append(False, is_near)]) if len(order) else order


def _personal_subjects(contacts: Contacts, rows: pd.DataFrame) -> np.ndarray:
    """Subjects in comparable form, "" where they say nothing: written by the tool, replies, used by many customers."""
    codes, subjects = pd.factorize(rows["subject"])
    texts = subjects.to_numpy(dtype=object)  # plain texts: iterating over an Arrow array is slow
    typed = ["" if REPLY_PREFIX.match(text) else same_words(text) for text in texts]
    found = np.array([*typed, ""], dtype=object)[codes]  # -1, no subject, is the last
    found[rows["channel"].isin(UNTYPED_SUBJECT_CHANNELS).to_numpy() | (rows["made_by"] != "thread").to_numpy()] = ""  # else the thread's
    users = pd.DataFrame({"subject": found, "customer": contacts.customer}).drop_duplicates()["subject"].value_counts()
    most = max(SHARED_SUBJECT_CUSTOMERS, SHARED_SUBJECT_SHARE * len(np.unique(contacts.customer)))
    found[pd.Series(found).isin(users.index[users > most]).to_numpy()] = ""
    return found


def words_of(verbatims: pd.DataFrame, contact_ids: np.ndarray, change=lambda text: text) -> np.ndarray:
    """What each of the contacts said in comparable form, "" for nothing; `change` is applied to each text before."""
    said = verbatims.loc[verbatims["contact_id"].isin(contact_ids), ["contact_id", "text"]]
    found: dict[str, str] = {}
    for contact_id, text in said.to_numpy(dtype=object):
        earlier = found.get(contact_id)
        found[contact_id] = change(text) if earlier is None else f"{earlier} {change(text)}"
    return np.array([same_words(found.get(contact_id, "")) for contact_id in contact_ids], dtype=object)


def same_words(text: str) -> str:
    """Text in the form in which it is compared: words alone, in small letters."""
    return _BETWEEN_WORDS.sub(" ", text.lower()).strip()


# ---------------------------------------------------------------- topics


def known_topics(verbatim_topics: pd.DataFrame, rolled_up: Mapping[str, str]) -> Topics:
    """Topics of the texts; `rolled_up` gives the theme of those that are matched by it."""
    ids = np.array(sorted({NO_TOPIC, *verbatim_topics["topic_id"].unique()}), dtype=object)
    themes = tuple(sorted(set(rolled_up.values())))
    codes = {theme: len(ids) + i for i, theme in enumerate(themes)}
    return Topics(ids, np.array([codes.get(rolled_up.get(t, ""), i) for i, t in enumerate(ids)]), themes)


def parts_of(contacts: Contacts, verbatim_topics: pd.DataFrame, topics: Topics) -> Parts:
    """What each contact is about. Topics matched by one theme are one part, charged to the largest of them."""
    position = pd.Index(contacts.ids).get_indexer(verbatim_topics["contact_id"].to_numpy(dtype=object))
    topic = pd.Index(topics.ids).get_indexer(verbatim_topics["topic_id"].to_numpy(dtype=object))
    rows = pd.DataFrame({"contact": position, "topic": topic, "share": verbatim_topics["share"].to_numpy()})
    rows = rows[rows["contact"] != NONE]
    without = np.flatnonzero(np.bincount(rows["contact"], minlength=len(contacts.ids)) == 0)
    rows = pd.concat([rows, pd.DataFrame({"contact": without, "topic": topics.none, "share": 1.0})])
    rows = rows.groupby(["contact", "topic"], as_index=False)["share"].sum()
    rows["share"] /= rows.groupby("contact")["share"].transform("sum")
    rows["match"] = topics.match[rows["topic"]]
    if topics.themes:
        rows = rows.sort_values(["contact", "match", "share", "topic"])
        rows = rows.groupby(["contact", "match"], as_index=False).agg({"topic": "last", "share": "sum"})
    arrays = {name: rows[name].to_numpy() for name in rows.columns}
    found = Parts(arrays["contact"], arrays["match"], arrays["topic"], arrays["topic"], arrays["share"])
    return _inherited(contacts, found, topics)


def _inherited(contacts: Contacts, parts: Parts, topics: Topics) -> Parts:
    """A follow-up and a double post are about what the contact they continue is about: its main part moves there.

    Where the earlier contact has no topic of its own, it takes the later one's. In order of time, since what was moved
    can be handed on.
    """
    parent = np.where(contacts.duplicate_of != NONE, contacts.duplicate_of, contacts.follow_up_of)
    children = np.flatnonzero((parent != NONE) & (contacts.start[parent] <= contacts.start))
    first = np.searchsorted(parts.contact, np.arange(len(contacts.ids) + 1))
    held: dict[int, dict] = {
        c: {parts.match[i]: (parts.topic[i], parts.label[i], parts.share[i]) for i in range(first[c], first[c + 1])}
        for c in np.union1d(children, parent[children]).tolist()
    }
    changed = {c: held[c] for pair in zip(children.tolist(), parent[children].tolist(), strict=True)
               if (c := _inherit(held, *pair, topics.none)) is not None}  # fmt: skip
    rows = [(c, match, *rest) for c, own in changed.items() for match, rest in own.items()]
    if not rows:
        return parts
    stays = ~np.isin(parts.contact, list(changed))
    columns = [np.concatenate([old[stays], new]) for old, new in zip(parts, zip(*rows, strict=True), strict=True)]
    order = np.lexsort([columns[2], columns[0]])
    return Parts(*(column[order] for column in columns))


def _inherit(held: dict[int, dict], child: int, parent: int, none: int) -> int | None:
    """Change the parts of the child or of the parent; returns which of them, None where they share a topic."""
    own, others = held[child], held[parent]
    if own.keys() & others.keys():
        return None
    target, main = _main(others), _main(own)
    if target == none:
        held[parent] = {main: (own[main][0], none, 1.0)}
        return parent
    _, label, share = own.pop(main)
    own[target] = (others[target][0], label, share)
    return child


def _main(parts: dict) -> int:
    return max(parts, key=lambda match: (parts[match][2], parts[match][0]))
