"""When contacts come back: for every contact the time until the customer's next one, and how long it was watched."""

from typing import TYPE_CHECKING, NamedTuple

from voc.reports._shared import taking_part
from voc.times import days

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from voc.context import Frames

NOT_STATED = "(not stated)"
SOLVED = ("solved", "closed", "resolved")  # statuses that say it without a date

ASKS_RESOLVED = r"\b(?:resolv|solv|gelöst|résol|resuel|risol)"
YES, NO = ["yes", "y", "true", "ja", "oui", "sí", "si"], ["no", "n", "false", "nein", "non"]
CHOICE_SHARE = 0.5  # of the answers to a question; with fewer yes and no it asks for words


class Watched(NamedTuple):
    """Contacts of identified customers that can come back; all times in days, one entry a contact (and topic)."""

    contact: "np.ndarray"  # place of the contact in `World.contacts`
    topic: "np.ndarray"  # place of the topic in `World.topics`; -1 where topics do not matter
    gap: "np.ndarray"  # from its end to the next contact; infinite where none has come
    before: "np.ndarray"  # from the end of the contact before it; infinite for the first
    seen: "np.ndarray"  # from its end to the last date of the data
    look_back: "np.ndarray"  # from the first date of the data to its start
    probability: "np.ndarray"  # that the next contact is a true repeat; 0 where none has come
    is_repeat: "np.ndarray"  # whether the contact itself is a repeat in the run's window

    def only(self, mask: "np.ndarray") -> "Watched":
        """The entries of a mask."""
        return Watched(*(part[mask] for part in self))


class World(NamedTuple):
    """The contacts that take part with their customers' numbers, and who comes back when."""

    contacts: "pd.DataFrame"  # with person_code, start, end (days) and is_solved
    people: int
    topics: list[str]
    by_topic: Watched  # next contact about the same topic, one entry a contact and topic
    same_topic: Watched  # the same, one entry a contact: the first of its topics to come back
    any_topic: Watched  # next contact about anything
    parts: "pd.DataFrame"  # contacts with their topics: place, topic, episode_id, is_duplicate, person_code, start, end
    episodes: "pd.DataFrame"  # of identified customers with a topic: topic, person_code, place, start, end, contact_count
    first: float
    last: float
    is_net_known: bool  # whether the returns have probabilities

    @property
    def person(self) -> "np.ndarray":
        """Number of every contact's customer, in sorted order: (contacts,)."""
        return self.contacts["person_code"].to_numpy()

    def any_topic_by_topic(self) -> Watched:
        """`any_topic`, with an entry for every topic of a contact."""
        import numpy as np

        entry = np.full(len(self.contacts), -1)
        entry[self.any_topic.contact] = np.arange(len(self.any_topic.contact))
        found = self.any_topic.only(entry[self.by_topic.contact])
        return found._replace(topic=self.by_topic.topic)


def watch(frames: "Frames") -> World:
    """Read `contacts`, `episode_contacts` and `repeats`. Double posts neither come back nor are a return.

    The clock of a contact starts at the latest end of the contacts of its customer (and topic) so far, so that a
    contact that arrives while an earlier one is open has a gap of 0.
    """
    import numpy as np

    contacts = taking_part(frames["contacts"]).sort_values("contact_id", kind="stable", ignore_index=True)
    start, closed = days(contacts["opened_at"]).to_numpy(), days(contacts["closed_at"]).to_numpy()
    codes, people = _numbered(contacts["person"])
    end = np.where(closed > start, closed, start)
    is_solved = contacts["closed_at"].notna() | contacts["status"].str.strip().str.lower().isin(SOLVED)
    contacts = contacts.assign(person_code=codes, start=start, end=end, is_solved=is_solved)
    first, last = (float(start.min()), float(start.max())) if len(start) else (0.0, 0.0)
    topics = sorted(set(frames["episode_contacts"]["topic_id"].dropna()))
    parts = _parts(frames, contacts, topics)
    identified = parts[contacts["customer_id"].notna().to_numpy()[parts["place"]]]
    whole = identified.groupby("place", as_index=False).agg(
        {"person_code": "first", "start": "first", "end": "first", "is_duplicate": "max"}
    )
    whole = whole.assign(topic=-1, probability=0.0, is_repeat=False, is_linked=False)
    with_topic = identified[identified["topic"] >= 0]
    by_topic = _watched(with_topic, first=first, last=last, topics=max(len(topics), 1))
    any_topic = _watched(whole, first=first, last=last, topics=1)
    is_net_known = bool(frames["repeats"].empty or parts["probability"].notna().any())
    return World(
        contacts, people, topics, by_topic, _first_back(by_topic), any_topic, parts, _episodes(with_topic), first,
        last, is_net_known,
    )  # fmt: skip


def _numbered(people: "pd.Series") -> tuple["np.ndarray", int]:
    """Number of each person in sorted order, as `draws` counts them, and how many there are."""
    import numpy as np
    import pandas as pd

    codes, known = pd.factorize(people.to_numpy(dtype=object))
    place = np.empty(len(known), dtype=np.int64)
    place[np.argsort(known, kind="stable")] = np.arange(len(known))
    return place[codes], len(known)


def _parts(frames: "Frames", contacts: "pd.DataFrame", topics: list[str]) -> "pd.DataFrame":
    """Contacts with their topics: place, topic (-1 for none), person_code, start, end, ..., probability."""
    parts = frames["episode_contacts"][["contact_id", "part", "topic_id", "episode_id", "is_duplicate", "is_repeat",
                                       "is_linked"]]  # fmt: skip
    repeats = frames["repeats"]
    chances = repeats.loc[repeats["scope"] == "same_topic", ["contact_id", "part", "repeat_probability"]]
    parts = parts.merge(chances, on=["contact_id", "part"], how="left")
    codes = {topic: i for i, topic in enumerate(topics)}
    parts = parts.assign(
        topic=parts["topic_id"].map(codes).fillna(-1).astype(int), probability=parts["repeat_probability"].astype(float)
    )
    placed = contacts[["contact_id", "person_code", "start", "end"]].assign(place=range(len(contacts)))
    return parts.drop(columns="repeat_probability").merge(placed, on="contact_id")


def _watched(rows: "pd.DataFrame", *, first: float, last: float, topics: int) -> Watched:
    """Gaps inside each group (customer and topic), in order of time."""
    import numpy as np
    import pandas as pd

    group = rows["person_code"].to_numpy() * topics + np.maximum(rows["topic"].to_numpy(), 0)
    start, place = rows["start"].to_numpy(), rows["place"].to_numpy()
    order = np.lexsort((place, start, group))  # contacts are sorted by id, so place breaks ties by id
    group, start, place = group[order], start[order], place[order]
    latest = pd.Series(rows["end"].to_numpy()[order]).groupby(group, sort=False).cummax().to_numpy()
    topic, probability = rows["topic"].to_numpy()[order], rows["probability"].to_numpy(dtype=float)[order]
    is_first = np.r_[True, group[1:] != group[:-1]][: len(group)]  # a double post may stand for a contact elsewhere
    kept = np.flatnonzero(~rows["is_duplicate"].to_numpy(dtype=bool)[order] | is_first)
    n = len(kept)
    has_next = np.zeros(n, dtype=bool)
    has_next[:-1] = group[kept[:-1]] == group[kept[1:]]
    ends_at = np.searchsorted(group, group[kept], side="right") - 1  # a double post may be open longer than its contact
    ends_at[has_next] = kept[1:][has_next[:-1]] - 1
    clock, gap, before = latest[ends_at], np.full(n, np.inf), np.full(n, np.inf)
    following = np.flatnonzero(has_next)
    gap[following] = np.maximum(start[kept[following + 1]] - clock[following], 0.0)
    before[following + 1] = gap[following]
    before[rows["is_linked"].to_numpy(dtype=bool)[order][kept]] = 0.0  # goes on with another, however long after
    chance = np.zeros(n)
    chance[following] = np.nan_to_num(probability[kept[following + 1]])  # unknown past the longest window
    seen = np.maximum(last - clock, 0.0)
    is_repeat = rows["is_repeat"].to_numpy(dtype=bool)[order][kept]
    found = Watched(place[kept], topic[kept], gap, before, seen, start[kept] - first, chance, is_repeat)
    return found.only(np.argsort(np.minimum(gap, seen), kind="stable"))  # curves are quicker over times in order


def _first_back(by_topic: Watched) -> Watched:
    """One entry a contact: of its topics the one that comes back first; first of its kind only if so in all."""
    import numpy as np

    order = np.lexsort((by_topic.topic, -by_topic.seen, by_topic.gap, by_topic.contact))
    ordered = by_topic.only(order)
    starts = np.flatnonzero(np.r_[True, ordered.contact[1:] != ordered.contact[:-1]][: len(order)])
    if not len(starts):
        return ordered
    found = ordered.only(starts)
    found = found._replace(
        before=np.minimum.reduceat(ordered.before, starts),
        topic=np.full(len(starts), -1),
        is_repeat=np.logical_or.reduceat(ordered.is_repeat, starts),
    )
    return found.only(np.argsort(np.minimum(found.gap, found.seen), kind="stable"))


def _episodes(parts: "pd.DataFrame") -> "pd.DataFrame":
    """Episodes: topic, person_code, place of the first contact, start, end, contact_count without double posts."""
    parts = parts.sort_values(["start", "place"], kind="stable")
    counted = (~parts["is_duplicate"].astype(bool)).astype(int)
    found = parts.assign(counted=counted).groupby("episode_id", sort=True)
    table = found.agg(
        topic=("topic", "first"), person_code=("person_code", "first"), place=("place", "first"), start=("start", "min"),
        end=("end", "max"), contact_count=("counted", "sum"),
    )  # fmt: skip
    return table.assign(contact_count=table["contact_count"].clip(lower=1)).reset_index()


class Answers(NamedTuple):
    """Answers yes or no to a survey question whether the matter was resolved."""

    contacts: "pd.DataFrame"  # one row a response, with is_yes and what `facets` reads
    person: "np.ndarray"  # (answers,)
    people: int


def answered(frames: "Frames") -> Answers:
    """The answers, one a response, with their people in sorted order."""
    said = frames["verbatims"].dropna(subset=["response_id", "question"])
    asked = said[said["question"].astype(object).str.contains(ASKS_RESOLVED, case=False, regex=True)]
    asked = asked.sort_values("verbatim_id")
    words = asked["text"].astype(object).str.strip().str.strip(".!").str.lower()
    asked = asked.assign(is_yes=words.isin(YES), is_either=words.isin(YES + NO))
    is_choice = asked.groupby("question")["is_either"].transform("mean") >= CHOICE_SHARE
    asked = asked[asked["is_either"] & is_choice]
    found = asked[["response_id", "is_yes"]].drop_duplicates("response_id").merge(frames["responses"], on="response_id")
    unknown = "response " + found["response_id"].astype(object)
    person = found["customer_id"].astype(object).where(found["customer_id"].notna(), unknown)
    codes, people = _numbered(person)
    found = found.assign(opened_at=found["responded_at"], start=days(found["responded_at"]))
    return Answers(found, codes, people)


def facets(contacts: "pd.DataFrame") -> "dict[str, tuple[np.ndarray, list[str]]]":
    """Member of every contact, as numbers, and the members' names, by facet: channel, site, segment, month, week.

    A facet that no source states is left out.
    """
    import numpy as np
    import pandas as pd

    day = np.floor(contacts["start"].to_numpy())
    monday = pd.to_datetime((day + 3) // 7 * 7 - 3, unit="D").strftime("%Y-%m-%d")  # 1970-01-01 was a Thursday
    values = {
        "channel": contacts["channel"].astype(object).fillna(NOT_STATED).to_numpy(),
        "site": contacts["site"].astype(object).fillna(NOT_STATED).to_numpy(),
        "segment": contacts["segment"].astype(object).fillna(NOT_STATED).to_numpy(),
        "month": contacts["opened_at"].astype(object).str[:7].to_numpy(),
        "week": np.asarray(monday, dtype=object),
    }
    found = {}
    for by, column in values.items():
        codes, names = pd.factorize(column, sort=True)
        if list(names) != [NOT_STATED]:
            found[by] = (codes, [str(name) for name in names])
    return found
