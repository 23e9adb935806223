"""Scores of topics against labels that people gave: agreement of the groupings, precision and recall a label."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Topic = Hashable
Found = Topic | Iterable[Topic] | None  # a text's topic, its topics (set, frozenset, list or tuple), or none


@dataclass(frozen=True, slots=True)
class Counts:
    """Decisions about one label (or made by one topic): truly there, found, and both."""

    name: str
    true: int
    found: int
    both: int

    @property
    def precision(self) -> float | None:
        """Share of the found that are right; None where nothing was found."""
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of the true that are found; None where there are none."""
        return self.both / self.true if self.true else None

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2 both / (true + found); 0 where both counts are 0."""
        return 2 * self.both / (self.true + self.found) if self.true + self.found else 0.0


@dataclass(frozen=True, slots=True)
class Matching:
    """Topics matched with labels, and what that is worth.

    `label_of` is the match over all texts. The counts come from matches that did not see the text they are scored on
    (unless `folds` was 0). `by_label` is sorted by label, `by_topic` by its text. A topic is measured against the label
    in `label_of`: `true` is how many texts have that label at all, `found` how many have the topic.
    """

    label_of: dict[Topic, str]
    by_label: tuple[Counts, ...]
    by_topic: tuple[Counts, ...]
    total: Counts
    texts: int
    texts_without_topic: int

    @property
    def micro_f1(self) -> float:
        """F1 over all (text, label) decisions together."""
        return self.total.f1

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels, each counting alike."""
        return float(np.mean([c.f1 for c in self.by_label])) if self.by_label else 0.0


def nmi_ari(truth: Sequence[Hashable], found: Sequence[Topic | None]) -> tuple[float, float]:
    """Normalised mutual information (arithmetic mean, equal to the V-measure) and adjusted Rand index, one label a text.

    Texts without a topic (None) count as one group of their own; leave them out beforehand to score the others alone.
    Both are 1 for groupings that are the same; ARI is 0 on average for one made by chance (Hubert and Arabie 1985).
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    one, other = _codes(truth), _codes(found)
    return float(normalized_mutual_info_score(one, other)), float(adjusted_rand_score(one, other))


def homogeneity_completeness(truth: Sequence[Hashable], found: Sequence[Topic | None]) -> tuple[float, float]:
    """How pure topics are, and how whole labels stay (Rosenberg and Hirschberg 2007); None is a group of its own."""
    from sklearn.metrics import completeness_score, homogeneity_score

    one, other = _codes(truth), _codes(found)
    return float(homogeneity_score(one, other)), float(completeness_score(one, other))


def one_to_many(
    found: Sequence[Found], truth_labels: Sequence[set[str]], *, folds: int = 5, seed: int = 0
) -> Matching:
    """Give each topic the label most of its texts have, and score the labels that texts get this way.

    `found` holds a text's topic, a collection of its topics, or None; `truth_labels` the set of its labels. Several
    topics may get one label, not the reverse. The match is cross-fitted: texts fall at random into `folds` parts, and
    those of a part are scored with a match made on the others, so that matching does not flatter. A topic seen in one
    part only finds nothing there. `folds=0` matches and scores on the same texts. Ties go to the first label by name.
    """
    topics = [_topics(f) for f in found]
    truth = [frozenset(labels) for labels in truth_labels]
    part = _parts(len(topics), folds=min(folds, len(topics)), seed=seed)
    by_label: dict[str, list[int]] = {label: [0, 0, 0] for labels in truth for label in labels}
    by_topic: dict[Topic, list[int]] = {topic: [0, 0] for held in topics for topic in held}
    for number in range(int(part.max()) + 1 if len(part) else 0):
        inside = np.flatnonzero(part == number)
        seen = inside if folds < 2 else np.flatnonzero(part != number)
        match = _majority([topics[i] for i in seen], [truth[i] for i in seen])
        for i in inside:
            _count(topics[i], truth[i], match, by_label, by_topic)
    labels = tuple(Counts(label, *counts) for label, counts in sorted(by_label.items()))
    label_of = _majority(topics, truth)
    common = {count.name: count.true for count in labels}
    return Matching(
        label_of=label_of,
        by_label=labels,
        by_topic=tuple(
            Counts(str(topic), common.get(label_of.get(topic, ""), 0), n, both)
            for topic, (n, both) in sorted(by_topic.items(), key=lambda item: str(item[0]))
        ),
        total=Counts("all", *(sum(getattr(c, name) for c in labels) for name in ("true", "found", "both"))),
        texts=len(topics),
        texts_without_topic=sum(not held for held in topics),
    )


def _codes(values: Sequence[Hashable | None]) -> np.ndarray:
    place: dict[Hashable | None, int] = {}
    return np.array([place.setdefault(value, len(place)) for value in values], dtype=int)


def _topics(found: Found) -> frozenset[Topic]:
    if found is None:
        return frozenset()
    return frozenset(found) if isinstance(found, set | frozenset | list | tuple) else frozenset((found,))


def _parts(n: int, *, folds: int, seed: int) -> np.ndarray:
    """The part of each text: sizes differ by one at most."""
    return np.random.default_rng(seed).permutation(n) % max(folds, 1)


def _majority(topics: Sequence[frozenset[Topic]], truth: Sequence[frozenset[str]]) -> dict[Topic, str]:
    votes: dict[Topic, Counter[str]] = {}
    for held, labels in zip(topics, truth, strict=True):
        for topic in held:
            votes.setdefault(topic, Counter()).update(labels)
    return {topic: min(count, key=lambda label: (-count[label], label)) for topic, count in votes.items() if count}


def _count(
    held: frozenset[Topic],
    labels: frozenset[str],
    match: dict[Topic, str],
    by_label: dict[str, list[int]],
    by_topic: dict[Topic, list[int]],
) -> None:
    """Add one text's decisions: [true, found, both] a label, [texts, right ones] a topic."""
    said = {match[topic] for topic in held if topic in match}
    for label in labels:
        by_label[label][0] += 1
    for label in said:
        by_label[label][1] += 1
        by_label[label][2] += label in labels
    for topic in held:
        by_topic[topic][0] += 1
        by_topic[topic][1] += match.get(topic) in labels
