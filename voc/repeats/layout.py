"""Contacts by customer and topic, laid out once for all iterations and resamples of the mixture."""

from typing import NamedTuple

import numpy as np

EDGES = np.array([0, 0.5, 1, 2, 3, 4, 5, 7, 10, 14, 21, 30], dtype=float)  # days since an earlier contact
DEPTH = 10  # earlier contacts of a group that may be the one repeated
BLOCK_DAYS = 30.0  # a customer's rate may change from block to block
TINY = 1e-12


class Groups(NamedTuple):
    """Contacts by group = (customer, topic charged), sorted by (group, start). Days; double posts left out."""

    group: np.ndarray  # (n,) 0, 0, 0, 1, 2, 2 ...
    topic: np.ndarray  # (g,) topic code of each group
    start: np.ndarray  # (n,)
    end: np.ndarray  # (n,) running maximum of the ends inside the group
    is_linked: np.ndarray  # (n,) bool: a vendor's link says it is a repeat
    until: float  # last day of the data
    window: float  # days within which a contact counts as a repeat
    customer: np.ndarray | None = None  # (g,) customer code of each group; without it every group is a customer
    since: float | None = None  # first day of the data; without it the first contact


class Waits(NamedTuple):
    """Waiting times as days at risk: all bins below `place` whole, `rest` days in it. Closed, then open."""

    place: tuple[np.ndarray, np.ndarray]  # flat (topic, bin), one bin more than there are for those beyond
    rest: tuple[np.ndarray, np.ndarray]


class Pairs(NamedTuple):
    """Pairs (p,) of a contact and an earlier one that it may repeat, by depth: the one before, the one before that."""

    later: np.ndarray  # among the contacts
    earlier: np.ndarray
    group: np.ndarray
    cell: np.ndarray  # flat (topic, open?, bin) of the wait
    candidate: np.ndarray  # place of `later` among the candidates, any where linked
    is_linked: np.ndarray
    rivals: tuple[
        tuple[slice, np.ndarray], ...
    ]  # of a depth: pairs by which `earlier` may have had its repeat; -1 none
    until_later: Waits
    until_end: Waits


class Candidates(NamedTuple):
    """Contacts (m,) that may be something else than a new issue; linked ones are no question."""

    place: np.ndarray  # among the contacts
    topic: np.ndarray
    group: np.ndarray
    customer: np.ndarray
    block: np.ndarray  # (customer, block of days)
    calendar: np.ndarray  # block of days
    day: np.ndarray  # flat (topic, day)
    other_bin: np.ndarray  # of the wait since the customer's last contact, if about another topic; one beyond if not
    other_topic: np.ndarray  # its topic
    moment: np.ndarray


class Layout(NamedTuple):
    """What does not change between fits of the same groups."""

    pairs: Pairs
    candidates: Candidates
    group: np.ndarray  # (n,)
    topic: np.ndarray  # (n,)
    block: np.ndarray  # (n,) (customer, block of days)
    day: np.ndarray  # (n,) flat (topic, day)
    is_linked: np.ndarray  # (n,)
    waits: Waits  # (n,) until the end of the data
    other_waits: Waits  # (n,) until the customer's next contact
    topic_of_group: np.ndarray  # (g,)
    customer_of_group: np.ndarray  # (g,)
    customer_of_block: np.ndarray
    moment: np.ndarray  # (n,) number of what the customer says at one time: parts of one contact have the same
    customer_of_moment: np.ndarray
    edges: np.ndarray
    topics: int
    days: int
    blocks: int  # of days in the period


class Issues(NamedTuple):
    """Numbers of new issues, expected or certain."""

    group: np.ndarray
    customer: np.ndarray
    block: np.ndarray
    moment: np.ndarray


class Sums(NamedTuple):
    """What does not change between the iterations of one fit."""

    group_weight: np.ndarray  # (g,)
    customer_weight: np.ndarray  # (customers,)
    pair_weight: np.ndarray  # (p,)
    weight: np.ndarray  # (m,) of candidates
    contacts: Issues  # contacts without linked ones, each once
    day: np.ndarray  # (topics, days) the same, weighted
    certain: np.ndarray  # (customers,) those that are no candidates, each once
    exposure: np.ndarray  # (topics, 2, bins) days until the end of the data, weighted
    other_exposure: np.ndarray  # (bins,) days until the customer's next contact


def lay_out(groups: Groups, topics: int) -> Layout:
    group, start, end = (np.asarray(values) for values in (groups.group, groups.start, groups.end))
    topic_of_group, is_linked = np.asarray(groups.topic), np.asarray(groups.is_linked, dtype=bool)
    customer_of_group = np.arange(len(topic_of_group)) if groups.customer is None else np.asarray(groups.customer)
    edges = EDGES if groups.window <= EDGES[-1] else np.append(EDGES, groups.window)
    since = groups.since if groups.since is not None else start.min(initial=groups.until)
    days = max(int(np.ceil(groups.until - since)), 1)
    blocks = max(round(days / BLOCK_DAYS), 1)
    topic, customer = topic_of_group[group], customer_of_group[group]
    day = np.clip((start - since).astype(int), 0, days - 1)
    block_keys, block = np.unique(customer * blocks + calendars(days, blocks)[1][day], return_inverse=True)
    moment, last, following = _moments(customer, start, groups.until)
    pairs = _pairs(group, topic, start, end, is_linked, groups.until, edges)
    other_bin = np.where((last >= 0) & (topic != topic[last]), _bin(start - start[last], edges), len(edges) - 1)
    may_be = other_bin < len(edges) - 1
    may_be[pairs.later] = True
    place = np.flatnonzero(may_be & ~is_linked)
    candidate = np.zeros(len(group), dtype=int)
    candidate[place] = np.arange(len(place))
    candidates = Candidates(
        place, topic[place], group[place], customer[place], block[place], (block_keys % blocks)[block[place]],
        (topic * days + day)[place], other_bin[place], topic[last[place]], moment[place],
    )  # fmt: skip
    return Layout(
        pairs._replace(candidate=candidate[pairs.later]), candidates, group, topic, block, topic * days + day,
        is_linked, _waits(topic, start, end, np.full(len(group), groups.until), edges),
        _waits(np.zeros_like(topic), start, start, following, edges),
        topic_of_group, customer_of_group, block_keys // blocks, moment, _first(customer, moment), edges, topics, days, blocks,
    )  # fmt: skip


def calendars(days: int, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Week and block of each day; the days after the last whole week belong to it."""
    day = np.arange(days)
    return np.minimum(day // 7, max(days // 7 - 1, 0)), day * blocks // days


def _moments(customer: np.ndarray, start: np.ndarray, until: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of each customer's moments, place of the last contact before it, -1 for none, and time of the next after it.

    What began at one moment is one contact about several topics: no part of it comes before another.
    """
    number, last, following = np.zeros(len(start), dtype=int), np.full(len(start), -1), np.full(len(start), until)
    order = np.lexsort((start, customer))
    is_new = np.append(True, (np.diff(customer[order]) != 0) | (np.diff(start[order]) != 0))[: len(order)]
    moments, moment = order[is_new], np.cumsum(is_new) - 1
    is_same = customer[moments[1:]] == customer[moments[:-1]]
    before, after = np.full(len(moments), -1), np.full(len(moments), until)
    before[1:][is_same] = moments[:-1][is_same]
    after[:-1][is_same] = start[moments[1:]][is_same]
    number[order], last[order], following[order] = moment, before[moment], after[moment]
    return number, last, following


def _first(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The value that all of one number have, by number."""
    found = np.zeros(int(number.max(initial=-1)) + 1, dtype=values.dtype)
    found[number] = values
    return found


def _pairs(group, topic, start, end, is_linked, until, edges) -> Pairs:
    """Pairs by depth, later contacts at most the last edge after the end of the earlier; linked ones repeat the last."""
    found, number, rivals, count = [], [], [], 0
    later = np.arange(1, len(group))
    for depth in range(1, DEPTH + 1):
        later = later[later >= depth]
        is_near = (group[later] == group[later - depth]) & (start[later] - end[later - depth] <= edges[-1])
        later = later[is_near & (~is_linked[later] | (depth == 1))]
        for between in range(1, depth):
            rivals.append((slice(count, count + len(later)), number[between - 1][later - depth + between]))
        number.append(np.full(len(group), -1))
        number[-1][later] = count + np.arange(len(later))
        found.append(later)
        count += len(later)
    later = np.concatenate(found)
    earlier = later - np.repeat(np.arange(1, DEPTH + 1), [len(part) for part in found])
    is_open = start[later] < end[earlier]
    wait = np.where(is_open, start[later] - start[earlier], start[later] - end[earlier])
    bins = len(edges) - 1
    cell = (topic[later] * 2 + is_open) * bins + np.minimum(_bin(wait, edges), bins - 1)
    ends = np.full(len(later), until)
    return Pairs(
        later, earlier, group[later], cell, later, is_linked[later], tuple(rivals),
        _waits(topic[later], start[earlier], end[earlier], start[later], edges),
        _waits(topic[later], start[earlier], end[earlier], ends, edges),
    )  # fmt: skip


def _bin(wait: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin in which a wait ends, upper edges included; one beyond the last for longer ones."""
    return np.maximum(np.searchsorted(edges, wait, side="left") - 1, 0)


def _waits(topic, start, end, until, edges) -> Waits:
    bins = len(edges) - 1
    until = np.maximum(until, start)
    places, rests = [], []
    for wait, most in ((np.maximum(until - end, 0), bins), (np.minimum(until, end) - start, bins - 1)):
        place = np.minimum(
            np.searchsorted(edges, wait, side="right") - 1, most
        )  # the last bin of open waits has no end
        rests.append(np.where(place == bins, 0.0, wait - edges[place]))
        places.append(topic * (bins + 1) + place)
    return Waits(tuple(places), tuple(rests))


def at_risk(waits: Waits, weight: np.ndarray, topics: int, edges: np.ndarray) -> np.ndarray:
    """Days at risk (topics, 2, bins)."""
    both = []
    for place, rest in zip(*waits, strict=True):
        ended, rests = (
            np.bincount(place, values, topics * len(edges)).reshape(topics, len(edges))
            for values in (weight, weight * rest)
        )  # fmt: skip
        longer = ended[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        both.append(longer * np.diff(edges) + rests[:, :-1])
    return np.stack(both, axis=1)


def sum_up(layout: Layout, weight: np.ndarray) -> Sums:
    counted = np.where(layout.is_linked, 0.0, 1.0)
    of_contact = weight[layout.group]
    customer_weight = np.zeros(int(layout.customer_of_group.max(initial=-1)) + 1)
    customer_weight[layout.customer_of_group] = weight
    group = np.bincount(layout.group, counted, len(weight))
    contacts = Issues(
        group, np.bincount(layout.customer_of_group, group, len(customer_weight)),
        np.bincount(layout.block, counted, len(layout.customer_of_block)),
        np.bincount(layout.moment, counted, len(layout.customer_of_moment)),
    )  # fmt: skip
    candidates = weight[layout.candidates.group]
    day = np.bincount(layout.day, of_contact * counted, layout.topics * layout.days)
    return Sums(
        weight, customer_weight, weight[layout.pairs.group], candidates,
        contacts, day.reshape(layout.topics, layout.days),
        contacts.customer - np.bincount(layout.candidates.customer, minlength=len(customer_weight)),
        at_risk(layout.waits, of_contact, layout.topics, layout.edges),
        at_risk(layout.other_waits, of_contact, 1, layout.edges)[0, 0],
    )  # fmt: skip
