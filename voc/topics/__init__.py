"""Topics: which texts speak of the same problem, and what to call it.

Everything here takes arrays and lists and a seed: no tables, no database, no clock.
Heavy libraries are imported on the first call, so `from voc.topics import TopicOptions` is cheap.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from voc.topics.model import LOW_CONFIDENCE, NOISE, UNLIKE_OTHERS, Fit, Previous, Topic, TopicModel, TopicOptions

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "LOW_CONFIDENCE", "NOISE", "UNLIKE_OTHERS", "Fit", "Previous", "Topic", "TopicModel", "TopicOptions", "choose_quotes",
    "find_topics",
]  # fmt: skip

PhraseFinder = Callable[[Sequence[str]], list[list[str]]]


def find_topics(
    texts: Sequence[str],
    vectors: "np.ndarray",
    *,
    options: TopicOptions | None = None,
    seed: int = 0,
    names_from: PhraseFinder | None = None,
    progress: Callable[[str], None] | None = None,
    previous: Previous | None = None,
    kinds: Sequence[Hashable] | None = None,
) -> TopicModel:
    """Sort texts into topics.

    `vectors` is float32 (n, d) with unit rows, one per text. `names_from` finds the phrases in
    texts that topic names are made of (default: `voc.text.phrases.noun_phrases`). `progress` is told
    the name of each step as it begins. The result depends on the set of texts, the options and the
    seed, not on the order of the texts; equal texts always get the same topic. `previous` says which
    topic each text had before: new texts are then assigned to those topics, or, when they have drifted, all
    texts are sorted anew with the old topics voting, so that topics live on. `kinds`, one a text, keeps texts
    of different kinds (languages) in different topics.
    """
    from voc.topics.engine import run

    return run(texts, vectors, options=options or TopicOptions(), seed=seed, names_from=names_from, progress=progress,
               previous=previous, kinds=kinds)  # fmt: skip


def choose_quotes(
    texts: Sequence[str],
    vectors: "np.ndarray",
    *,
    customers: Sequence[object | None] | None = None,
    centroid: "np.ndarray | None" = None,
    count: int = 3,
) -> list[int]:
    """Choose up to `count` texts of one topic to quote; the most central first, as positions in `texts`.

    At most one quote a customer (None = unknown, counts as a customer of its own), none that nearly
    repeats another, of readable length where the topic has such texts. `centroid` (d,) defaults to
    the mean of `vectors`. The choice does not depend on the order of the texts.
    """
    from voc.topics.quotes import choose

    return choose(texts, vectors, customers=customers, centroid=centroid, count=count)
