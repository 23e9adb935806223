"""Agreement of linked pairs: contacts known to be about one problem, and whether they were given one topic."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from voc.stats import wilson

LEAST_AGREEMENT = 0.6  # below it two fifths of the repeats about the topic go unseen


@dataclass(frozen=True, slots=True)
class Agreement:
    """Linked pairs whose two contacts both have a topic, and those where it is the same topic; 80% Wilson interval.

    `chance` is the share of pairs that would agree if topics were dealt out at random in the proportions seen.
    """

    pairs: int
    agreeing: int
    chance: float | None = None

    @property
    def share(self) -> float | None:
        """Agreeing over pairs; None without pairs."""
        return self.agreeing / self.pairs if self.pairs else None

    @property
    def interval(self) -> tuple[float, float] | tuple[None, None]:
        """Wilson's 80% interval of the share; (None, None) without pairs."""
        return wilson(self.agreeing, self.pairs) if self.pairs else (None, None)


def pair_agreement(
    earlier: Sequence[str | None], later: Sequence[str | None]
) -> tuple[Agreement, dict[str, Agreement]]:
    """Agreement of all linked pairs, and by the topic of the earlier contact. Pairs with a missing topic are left out.

    A pair that is known to be about the same problem and gets two topics shows a label error: the share that agrees is
    the chance that a true repeat is seen as one.
    """
    pairs = [(a, b) for a, b in zip(earlier, later, strict=True) if a is not None and b is not None]
    of_earlier, of_later = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    agreeing = Counter(a for a, b in pairs if a == b)
    by_topic = {topic: Agreement(of_earlier[topic], agreeing[topic]) for topic in sorted(of_earlier)}
    n = len(pairs)
    chance = sum(count * of_later[topic] for topic, count in of_earlier.items()) / n**2 if n else None
    return Agreement(n, agreeing.total(), chance), by_topic
