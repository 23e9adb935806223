"""How sure the topic of a text is, and what topics would come to if the unsure ones belonged elsewhere.

A passage's confidence, the share of its neighbourhood that lies in its topic, works as a probability below 0.8: of the
made-up company's contacts 27, 37, 51, 64, 77 and 88 % have the right topic where it is .25, .36, .45, .55, .65 and .76.
"""

import numpy as np
import pandas as pd

from voc.stages.contact_parts import NO_TOPIC
from voc.stats import dealt

SURE = 0.8  # from this probability on a topic is taken as right
IMPUTATIONS = 20  # dealt out over the draws


def topic_probabilities(parts: pd.DataFrame, labels: pd.DataFrame) -> np.ndarray:
    """Probability (n,) that the topic each part is charged to is right; NaN for parts without a topic.

    parts: table episode_contacts, labels: table verbatim_topics. Contacts of an episode speak for each other: it is about
    another topic only where every one of them was put wrongly. An unknown confidence counts as sure, and a contact
    whose own words were given another topic vouches for nothing.
    """
    is_own = (parts["labelled_topic_id"] == parts["topic_id"]).to_numpy(dtype=bool)
    wrong = np.where(is_own, 1 - _confidences(parts, labels), 1.0)
    episode, _ = pd.factorize(parts["episode_id"])
    with np.errstate(divide="ignore"):
        together = np.bincount(episode, np.log(wrong))  # of probabilities: -inf where one is sure
    return np.where(parts["part"] == NO_TOPIC, np.nan, 1 - np.exp(together)[episode])


def _confidences(parts: pd.DataFrame, labels: pd.DataFrame) -> np.ndarray:
    """Mean confidence (n,) of the texts of a contact about the part's topic; 1 where it is not known."""
    known = labels.dropna(subset=["contact_id", "confidence"])
    contacts, topics = pd.Index(parts["contact_id"].unique()), pd.Index(parts["part"].unique())

    def keys(contact: pd.Series, topic: pd.Series) -> np.ndarray:
        one, other = contacts.get_indexer(contact), topics.get_indexer(topic)
        return np.where((one >= 0) & (other >= 0), one * len(topics) + other, -1)

    at, place = np.unique(keys(known["contact_id"], known["topic_id"]), return_inverse=True)
    means = np.bincount(place, known["confidence"], len(at)) / np.maximum(np.bincount(place, minlength=len(at)), 1)
    wanted = keys(parts["contact_id"], parts["part"])
    found = np.searchsorted(at, wanted).clip(max=max(len(at) - 1, 0))
    is_found = (at[found] == wanted) if len(at) else np.zeros(len(wanted), bool)
    return np.where(is_found, means[found] if len(at) else 1.0, 1.0)


class Moves:
    """Which rows of the ledger leave their topic in each imputation, and where they go.

    The rows of an episode move together, with the chance that its topic is wrong, to another topic: to each in proportion
    to its contacts, for it is known that texts are put wrongly, not where they belong. Rows of a sure topic
    stay, and those without a topic.
    """

    def __init__(self, rows: pd.DataFrame, codes: np.ndarray, topics: list[str], *, seed: int) -> None:
        """rows: `topic_probability`, `episode_id`, `share`; codes (n,): topic of each row, numbering `topics`."""
        rng = np.random.default_rng([seed, 2])
        size = np.bincount(codes, rows["share"], len(topics)) * (np.array(topics) != NO_TOPIC)
        probability = rows["topic_probability"].to_numpy(dtype=float)
        unsure = np.flatnonzero(probability < SURE)  # not NaN
        episode, ids = pd.factorize(rows["episode_id"].iloc[unsure])
        is_possible = (size > 0).sum() > 1
        moves = rng.random((IMPUTATIONS, len(ids)))[:, episode] > probability[unsure]
        self.imputation, place = np.nonzero(moves & is_possible)
        self.row = unsure[place]
        self.source = codes[self.row]
        self.target = _elsewhere(rng.random((IMPUTATIONS, len(ids)))[self.imputation, episode[place]], self.source, size)
        self.count = len(topics)

    def factors(self, values: np.ndarray, totals: np.ndarray, *, draws: int) -> np.ndarray:
        """(draws, topics): a topic's total under the imputation of each draw over their mean.

        values (n,): of every row; totals (topics,): as published. Only the spread counts: resampling and label agreement
        are about the published level.
        """
        moved, width = values[self.row], IMPUTATIONS * self.count
        gain, loss = (np.bincount(self.imputation * self.count + to, moved, width).reshape(IMPUTATIONS, -1)
                      for to in (self.target, self.source))  # fmt: skip
        found = totals + gain - loss
        mean = found.mean(axis=0)
        factor = np.divide(found, mean, out=np.ones(found.shape), where=mean > 1e-9)
        return np.maximum(factor, 0.0)[dealt(IMPUTATIONS, draws, step=1)]


def _elsewhere(chance: np.ndarray, source: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Topics (m,) drawn by `chance` (m,) of 0 to 1 in proportion to `size` (topics,), `source` (m,) left out."""
    ends = np.cumsum(size)
    at = chance * (ends[-1] - size[source])
    at = np.where(at >= ends[source] - size[source], at + size[source], at)  # steps over the source
    return np.minimum(np.searchsorted(ends, at, side="right"), np.flatnonzero(size)[-1]) if len(at) else source
