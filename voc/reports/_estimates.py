"""The metric family over groups of contacts: each figure with its resamples, by topic, channel, site or period."""

from typing import TYPE_CHECKING, NamedTuple

from voc.reports import _survival as survival
from voc.reports._definitions import ANY_TOPIC_DAYS, identifier, windows
from voc.reports._returns import Watched, World, answered, facets
from voc.reports._shared import ALL_TOPICS

if TYPE_CHECKING:
    import numpy as np

    from voc.context import Frames, RunContext

PERIODS = ("month", "week")
KM, MATURE, FACTOR, SHARE = "Kaplan-Meier", "mature contacts only", "maturity factor", "share"


class Group(NamedTuple):
    """Members (topics, channels, weeks ...) and which contacts belong to them."""

    by: str
    members: list[str]
    codes: "np.ndarray | None"  # member of every contact; None for topics, of which a contact may have several

    def of(self, watched: Watched) -> "np.ndarray":
        """Member of every watched entry."""
        return watched.topic if self.codes is None else self.codes[watched.contact]


class Drawn(NamedTuple):
    """One metric over the members of a group."""

    definition_id: str
    method: str
    values: "np.ndarray"  # (1 + resamples, members); row 0 is the figure itself, nan where there is none
    n: "np.ndarray"  # (members,) cases
    is_preferred: "np.ndarray | bool" = True
    is_provisional: bool = False


def all_and_topics(world: World) -> list[Group]:
    """All contacts as one group, and the topics."""
    import numpy as np

    return [Group("all", [ALL_TOPICS], np.zeros(len(world.contacts), dtype=int)), Group("topic", world.topics, None)]


def groups(world: World) -> list[Group]:
    """All contacts, topics, and every facet of a contact."""
    found = [Group(by, members, codes) for by, (codes, members) in facets(world.contacts).items()]
    return [*all_and_topics(world), *found]


def entries(world: World, group: Group) -> tuple["np.ndarray", "np.ndarray"]:
    """(contact, member) of everything that takes part, whether the customer is known or not."""
    import numpy as np

    if group.codes is None:
        parts = world.parts[world.parts["topic"] >= 0]
        return parts["place"].to_numpy(), parts["topic"].to_numpy()
    return np.arange(len(world.contacts)), group.codes


def customers(world: World, group: Group) -> "np.ndarray":
    """Distinct customers of every member."""
    contact, member = entries(world, group)
    return distinct(member, world.person[contact], len(group.members))


def of_group(world: World, group: Group, run: "RunContext") -> list[Drawn]:
    """Every metric the contacts of a group can give."""
    own = float(run.pipeline.window_days)
    ends = windows(own)
    found = [*_same_topic(world, group, run, ends), *_any_topic(world, group, run), *_one_touch(world, group, run)]
    chains = _chain_length(world, group, run, own)
    found += [_repeat_share(world, group, run, own), chains]
    if group.by not in PERIODS:
        fcr = next(d for d in found if d.definition_id == identifier("fcr", own) and d.method == KM)
        found.append(Drawn("fcr_check", KM, chains.values * fcr.values, chains.n))
    return found


# ---------------------------------------------------------------- with a window


def _same_topic(world: World, group: Group, run: "RunContext", ends: tuple[float, ...]) -> list[Drawn]:
    """Repeat rates, raw and net, and first-contact resolution at every window."""
    watched = world.by_topic if group.codes is None else world.same_topic
    counts = _cells(world, group, run, watched, ends)
    net = _cells(world, group, run, watched, ends, values=watched.probability) if world.is_net_known else None
    raw, true, found = _exact(watched, group, ends), None, []
    if net:
        true = _exact(watched, group, ends, is_net=True)
    for place, end in enumerate(ends):
        name = identifier("repeat_rate", end)
        found += _came_back(name, counts, place, watched, raw[:, place], world, group, run)
        first = watched.only((watched.before > end) & (watched.look_back >= end))
        exact = _exact(first, group, (end,))[:, 0]
        name = identifier("fcr", end)
        resolved = _came_back(name, counts, place, first, exact, world, group, run, first_only=True)
        found += [d._replace(values=1 - d.values) for d in resolved]
        if net:
            name = identifier("net_repeat_rate", end)
            found += _came_back(name, counts, place, watched, true[:, place], world, group, run, net=net)
    return found


def _any_topic(world: World, group: Group, run: "RunContext") -> list[Drawn]:
    """Next contact avoided; for a topic: after its contacts, whatever the next one is about."""
    watched, ends = world.any_topic, (1.0, 3.0, ANY_TOPIC_DAYS)
    if group.codes is None:
        watched = world.any_topic_by_topic()
    counts = _cells(world, group, run, watched, ends)
    exact = _exact(watched, group, ends[-1:])[:, 0]
    found = _came_back("nca_7d_any_topic", counts, len(ends) - 1, watched, exact, world, group, run)
    return [d._replace(values=1 - d.values) for d in found]


def _cells(world, group, run, watched: Watched, ends: tuple[float, ...], values=None) -> survival.Cells:
    return survival.cells(
        watched, group.of(watched), world=world, windows=ends, members=len(group.members), run=run, values=values
    )


def _exact(watched: Watched, group: Group, ends: tuple[float, ...], *, is_net: bool = False) -> "np.ndarray":
    """Kaplan-Meier shares (members, ends); nan for periods, which have the maturity factor instead."""
    import numpy as np

    if group.by in PERIODS:
        return np.full((len(group.members), len(ends)), np.nan)
    at = np.array(ends)
    return survival.by_member(watched, group.of(watched), at, members=len(group.members), is_net=is_net)


def _came_back(
    name: str, counts: survival.Cells, place: int, watched: Watched, exact: "np.ndarray", world: World, group: Group,
    run: "RunContext", *, first_only: bool = False, net: survival.Cells | None = None,
) -> list[Drawn]:  # fmt: skip
    """Share that came back within a window, by two methods; `watched` are the contacts the metric is about.

    `exact` (members,) holds the Kaplan-Meier shares; `net` is `counts` with returns weighted by their probability of
    being no coincidence.
    """
    import numpy as np

    end = counts.windows[place]
    events, n = survival.mature(counts, place, first_only=first_only)
    if net:
        events, _ = survival.mature(net, place)
    ripe = Drawn(name, MATURE, survival.ratio(events, n), n[0], is_preferred=False)
    if group.by in PERIODS:
        early = _maturing(name, end, watched, world, group, run, is_net=net is not None)
        return [early, ripe._replace(is_preferred=~early.is_preferred)]
    steps = survival.product_limit(counts, place + 1, first_only=first_only, true=net)[-1]
    whole = np.bincount(group.of(watched), minlength=len(group.members))
    return [Drawn(name, KM, survival.around(exact, steps), whole), ripe]


def _maturing(
    name: str, end: float, watched: Watched, world: World, group: Group, run: "RunContext", *, is_net: bool
) -> Drawn:
    """Periods some of whose contacts were not watched for the whole window: returns so far over those due so far.

    Each contact counts with the maturity factor F(a) = I(a) / I(end), the share of all returns within the window
    that come within the time a it was watched; I is the Kaplan-Meier curve of all contacts.
    """
    import numpy as np

    from voc.repeats.survival import maturity

    members, member, person = len(group.members), group.of(watched), world.person[watched.contact]
    is_open = np.bincount(member, weights=watched.seen < end, minlength=members) > 0
    mine = is_open[member]
    time, is_event = np.minimum(watched.gap, watched.seen), np.isfinite(watched.gap)
    due = maturity(time, is_event, age=watched.seen[mine], window=end) if mine.any() else np.zeros(0)
    due = np.where(np.isnan(due), np.minimum(watched.seen[mine] / end, 1.0), due)  # nothing came back at all
    back = (watched.gap[mine] <= end) * (watched.probability[mine] if is_net else 1.0)
    weights = np.concatenate([back, due, np.ones(mine.sum())])
    columns = np.concatenate([member[mine] + i * members for i in range(3)])
    sums = survival.drawn_sums(np.tile(person[mine], 3), columns, weights, width=3 * members, world=world, run=run)
    back, expected, n = sums[:, :members], sums[:, members : 2 * members], sums[0, 2 * members :]
    values = np.minimum(survival.ratio(back, expected), 1.0)
    values[:, expected[0] < 1] = np.nan  # hardly begun
    return Drawn(name, FACTOR, values, n, is_preferred=is_open, is_provisional=True)


# ---------------------------------------------------------------- plain ratios


def _ratio(name: str, part, whole, watched_by: tuple, world, group: Group, run: "RunContext", method=SHARE) -> Drawn:
    """`part` over `whole`, one value an entry each, summed by member; `watched_by` is (person, member) of the entries."""
    import numpy as np

    (person, member), members = watched_by, len(group.members)
    sums = survival.drawn_sums(
        np.tile(person, 2), np.concatenate([member, member + members]), np.concatenate([part, whole]).astype(float),
        width=2 * members, world=world, run=run,
    )  # fmt: skip
    part_sums, whole_sums = sums[:, :members], sums[:, members:]
    return Drawn(name, method, survival.ratio(part_sums, whole_sums), whole_sums[0])


def _repeat_share(world: World, group: Group, run: "RunContext", own: float) -> Drawn:
    """Contacts that are repeats; those of the first days are left out, because what went before is not known."""
    import numpy as np

    watched = world.by_topic if group.codes is None else world.same_topic
    watched = watched.only(watched.look_back >= own)
    entries_of = world.person[watched.contact], group.of(watched)
    return _ratio("repeat_share", watched.is_repeat, np.ones(len(watched.gap)), entries_of, world, group, run)


def _chain_length(world: World, group: Group, run: "RunContext", own: float) -> Drawn:
    """Contacts over episodes, of episodes that began with a clean look-back and are over."""
    import numpy as np

    chains = world.episodes
    chains = chains[(chains["start"] >= world.first + own) & (chains["end"] + own <= world.last)]
    member = chains["topic"].to_numpy() if group.codes is None else group.codes[chains["place"].to_numpy()]
    contacts, entries_of = chains["contact_count"].to_numpy(), (chains["person_code"].to_numpy(), member)
    ones = np.ones(len(chains))
    return _ratio("contacts_per_resolution", contacts, ones, entries_of, world, group, run, method=MATURE)


def _one_touch(world: World, group: Group, run: "RunContext") -> list[Drawn]:
    """Solved with one public reply, and with fewer than two."""
    import numpy as np

    contact, member = entries(world, group)
    replies = world.contacts["public_reply_count"].to_numpy(dtype=float, na_value=np.nan)[contact]
    known = world.contacts["is_solved"].to_numpy()[contact] & ~np.isnan(replies)
    members, person = len(group.members), world.person[contact[known]]
    kind = np.minimum(replies[known], 2).astype(int)  # none, one, more
    columns, ones = member[known] + kind * members, np.ones(int(known.sum()))
    none, one, more = np.split(
        survival.drawn_sums(person, columns, ones, width=3 * members, world=world, run=run), 3, axis=1
    )
    n = none + one + more
    return [
        Drawn("one_touch", SHARE, survival.ratio(one, n), n[0]),
        Drawn("one_touch_under_2", SHARE, survival.ratio(none + one, n), n[0]),
    ]


def said_resolved(frames: "Frames", run: "RunContext") -> list[tuple[Group, Drawn, "np.ndarray"]]:
    """Share of customers' answers that say yes, with every group's distinct customers; empty without answers."""
    import numpy as np

    answers = answered(frames)
    if answers.contacts.empty:
        return []
    yes, ones, found = answers.contacts["is_yes"].to_numpy(dtype=float), np.ones(len(answers.contacts)), []
    whole = Group("all", [ALL_TOPICS], np.zeros(len(answers.contacts), dtype=int))
    for group in [whole, *(Group(by, members, codes) for by, (codes, members) in facets(answers.contacts).items())]:
        codes, members = group.codes, group.members
        drawn = _ratio("fcr_survey", yes, ones, (answers.person, codes), answers, group, run)
        found.append((group, drawn, distinct(codes, answers.person, len(members))))
    return found


def distinct(member: "np.ndarray", person: "np.ndarray", members: int) -> "np.ndarray":
    """Distinct people of every member."""
    import numpy as np

    width = int(person.max(initial=0)) + 1
    return np.bincount(np.unique(member * width + person) // width, minlength=members)
