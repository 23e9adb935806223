"""Net repeats: the probability that each repeat is one and no coincidence, by the mixture of gaps.

Groups are contacts of one customer about one topic (or about topics matched by one theme). Double posts are left out;
the clock still waits for their end. Contacts without a customer or a topic take no part.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from voc import tables
from voc.context import RunContext
from voc.repeats.labels import found_share
from voc.repeats.mixture import Groups, Mixture, fit_mixture
from voc.stages.agreement import shrunk_agreements
from voc.stages.contact_parts import NONE, Contacts, Parts, Topics
from voc.stages.refits import refit_rows


class Net(NamedTuple):
    """By part (m,); NaN where it takes no part in the mixture."""

    probability: np.ndarray  # that it is a repeat; 1 where linked
    hazard: np.ndarray  # repeats a day after such a pause
    background: np.ndarray  # new contacts of the customer about the topic a day, at that time
    mixture: Mixture
    rows: np.ndarray  # part of each contact of the mixture
    groups: Groups


def groups_of(contacts: Contacts, parts: Parts, topics: Topics) -> np.ndarray:
    """Number (m,) of each part's customer with what counts as one topic for repeats; -1 without customer or topic."""
    customer = contacts.customer[parts.contact]
    is_known = (customer != NONE) & (parts.match != topics.none)
    groups = np.full(len(customer), NONE)
    keys = customer[is_known] * topics.match_count + parts.match[is_known]
    groups[is_known] = np.unique(keys, return_inverse=True)[1]
    return groups


def net_repeats(contacts: Contacts, parts: Parts, topics: Topics, is_linked: np.ndarray, window: float) -> Net:
    """Fit the mixture and give every part its probability with the two rates it comes from."""
    rows, groups = mixture_groups(contacts, parts, topics, is_linked, window)
    mixture = fit_mixture(groups, topics=topics.match_count)
    probability, hazard, background = (np.full(len(parts.contact), np.nan) for _ in range(3))
    probability[rows] = mixture.probability
    probability[is_linked] = 1.0
    # nan where there is no question; probability = repeats / (repeats + what else may come)
    hazard[rows], background[rows] = mixture.repeat_rate, mixture.issue_rate + mixture.other_rate
    return Net(probability, hazard, background, mixture, rows, groups)


def refits_of(contacts: Contacts, parts: Parts, topics: Topics, net: Net, run: RunContext) -> pd.DataFrame:
    """The mixture fitted to resampled customers: table `repeat_refits`."""
    unknown = "contact " + contacts.ids[contacts.customer == NONE]
    people = np.unique(np.concatenate([np.unique(contacts.customer_ids), unknown]).astype(object))
    return refit_rows(
        net.groups, parts.share[net.rows], parts.topic[net.rows], net.mixture, people, contacts.customer_ids, topics.ids, run
    )


def mixture_groups(
    contacts: Contacts, parts: Parts, topics: Topics, is_linked: np.ndarray, window: float
) -> tuple[np.ndarray, Groups]:
    """The mixture's input, and the part (row) of each of its contacts.

    A double post is kept where its group begins with it: it stands in the place of the contact it doubles.
    """
    group = groups_of(contacts, parts, topics)
    order = np.lexsort([parts.contact, group])
    order = order[group[order] != NONE]
    group = group[order]
    contact = parts.contact[order]
    is_first = np.append(True, group[1:] != group[:-1])[: len(group)]
    kept = np.flatnonzero((contacts.duplicate_of[contact] == NONE) | is_first)
    ends = pd.Series(contacts.end[contact]).groupby(group).cummax().to_numpy()
    last = np.append(kept[1:], len(group))[: len(kept)] - 1  # the double posts that follow it included
    rows = order[kept]
    start = contacts.start
    return rows, Groups(
        group=group[kept], topic=parts.match[order[is_first]], start=start[contact[kept]], end=ends[last],
        is_linked=is_linked[rows], until=float(start.max()) if len(start) else 0.0, window=window,
        customer=contacts.customer[contact[is_first]], since=float(start.min()) if len(start) else 0.0,
    )  # fmt: skip


def with_found_shares(agreements: pd.DataFrame, topics: Topics, net: Net, window: float) -> pd.DataFrame:
    """Label agreements with the share of true repeats that labels let through. Topics of one theme share it."""
    agreements = agreements.assign(shrunk=shrunk_agreements(agreements, _seen_alike(net)))
    known = agreements.set_index("topic_id")["shrunk"].reindex(topics.ids).fillna(1.0).to_numpy(dtype=float)
    counts = np.bincount(topics.match, minlength=topics.match_count)
    means = np.bincount(topics.match, known, topics.match_count) / np.maximum(counts, 1)
    found = found_share(np.where(counts, means, 1.0))[topics.match]
    by_topic = dict(zip(topics.ids, found, strict=True))
    return tables.LabelAgreement.check(agreements.assign(found_share=agreements["topic_id"].map(by_topic)))


def _seen_alike(net: Net) -> float:
    """Repeats on the same topic among those the mixture sees on the same or another; linked ones tell nothing here."""
    same = np.nansum(net.mixture.probability[~net.groups.is_linked])
    both = same + net.mixture.other.sum()
    return same / both if both > 0 else 1.0


def hazard_rows(net: Net, topics: Topics) -> pd.DataFrame:
    """How often contacts of a topic come back, by the days since they ended. Topics of one theme share its figures."""
    m = net.mixture
    topic, cell = np.nonzero((m.exposure > 0)[topics.match])
    code = topics.match[topic]
    return tables.RepeatHazard.check(pd.DataFrame({
        "topic_id": topics.ids[topic], "from_day": m.edges[cell], "to_day": m.edges[cell + 1],
        "hazard_per_day": m.hazard[code, cell], "exposure_days": m.exposure[code, cell],
        "net_repeats": m.hazard[code, cell] * m.exposure[code, cell],
    }))  # fmt: skip
