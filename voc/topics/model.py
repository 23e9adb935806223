"""What the topic engine takes and gives: options in, topics and one answer a text out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from voc.errors import VocError, did_you_mean

if TYPE_CHECKING:
    from voc.topics.assign import Agreement

ENGINES = ("leiden", "bertopic-default", "evoc")
SIZES = ("few", "normal", "many")
REFITS = ("auto", "always")

# Why a text has no topic: the only values of TopicModel.why_unassigned.
LOW_CONFIDENCE = "low_confidence"  # below TopicOptions.min_confidence, which is 0 unless the user sets it
UNLIKE_OTHERS = "unlike_others"  # no text is near it: below TopicOptions.min_similarity
NOISE = "noise"  # the engine itself set it aside (with the default engine: a new text without any path to a topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOptions:
    """What a person may choose about topics.

    `size` is the granularity: a word, or the wanted number of topics. `min_texts` is the
    smallest topic; smaller groups join their nearest topic. `min_confidence` above 0 leaves
    texts without a topic whose confidence is lower. `min_similarity` does so with texts whose mean
    cosine to their nearest texts is lower; None takes it from the data, -1 leaves every text its topic.
    `lexical_share` is the part of the squared length of the features that comes from words rather than
    from the embedding. `refit`: "auto" assigns new texts to known topics until they drift, "always" never.
    """

    size: Literal["few", "normal", "many"] | int = "normal"
    engine: str = "leiden"
    min_texts: int = 3
    min_confidence: float = 0.0
    min_similarity: float | None = None
    refit: Literal["auto", "always"] = "auto"
    neighbours: int = 15
    lexical_share: float = 0.10
    words: int = 10

    def __post_init__(self) -> None:
        if isinstance(self.size, str) and self.size not in SIZES:
            raise VocError(f"No topic size called '{self.size}'.", f"{did_you_mean(self.size, SIZES)} Or say how many.")
        if not isinstance(self.size, str) and self.size < 1:
            raise VocError(f"Topic size is {self.size}, which is no number of topics.", "Give 1 or more, or a word.")
        if self.engine not in ENGINES:
            raise VocError(f"No topic engine called '{self.engine}'.", did_you_mean(self.engine, ENGINES))
        if self.min_texts < 1:
            raise VocError(f"min_texts is {self.min_texts}; a topic holds at least 1 text.", "Give 1 or more.")
        if not 0 <= self.min_confidence <= 1:
            raise VocError(f"min_confidence is {self.min_confidence}, outside 0 to 1.", "Give a share from 0 to 1.")
        if self.min_similarity is not None and not -1 <= self.min_similarity <= 1:
            raise VocError(f"min_similarity is {self.min_similarity}, outside -1 to 1.", "Give a cosine, say 0.4.")
        if self.refit not in REFITS:
            raise VocError(f"refit is '{self.refit}'.", did_you_mean(self.refit, REFITS))
        if not 0 <= self.lexical_share < 1:
            raise VocError(f"lexical_share is {self.lexical_share}, outside 0 to 1.", "Give a share below 1, say 0.1.")
        if self.neighbours < 2:
            raise VocError(f"neighbours is {self.neighbours}; the graph needs at least 2.", "Give 2 or more, say 15.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `number` is its place by size (0 = largest) in this run, not a lasting identity."""

    number: int
    name: str  # unique within the run
    size: int  # texts, repeated ones counted each time
    words: tuple[tuple[str, float], ...]  # c-TF-IDF, heaviest first
    phrases: tuple[str, ...]  # other readable candidates for the name, best first
    centroid: np.ndarray = field(repr=False)  # unit vector (d,) in the space of the vectors given
    confidence: float  # mean over its texts, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """What an earlier run knew of the texts given now, and of the fit its topics come from."""

    ids: Sequence[str | None]  # a text's topic then; None for a text it did not know
    is_fitted: Sequence[bool]  # took part in the fit; others were assigned since
    fitted_count: int  # distinct texts the fit saw
    min_similarity: float  # below which it set texts aside
    resolution: float | None  # of its partition
    is_comparable: bool  # same settings and embedding model: new texts may be assigned without a refit


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How the topics came about."""

    mode: Literal["fit", "refit", "assigned"] = "fit"
    why: str = "The first fit."
    distinct_count: int = 0  # distinct texts
    new_count: int = 0  # distinct texts the last fit had not seen
    novel_share: float | None = None  # of these, unlike any it saw
    agreement: "Agreement | None" = None  # assigned: with the fit, on hidden texts; refit: of assigned texts with the refit
    recall: float | None = None  # of the neighbour search; None where it was exact
    min_similarity: float = -1.0  # mean cosine to the nearest texts below which a text is unlike all others


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicModel:
    """Topics by size, and for each text, in the order given: its topic, how surely, or why none."""

    topics: tuple[Topic, ...]
    labels: tuple[int | None, ...]  # Topic.number; None = no topic, with the reason in why_unassigned
    closest: tuple[int | None, ...]  # the topic it has or would have; None where the engine knows none
    confidence: np.ndarray  # float32 (n,), 0 to 1: share of the text's neighbourhood that lies inside its topic
    nearness: np.ndarray  # float32 (n,): mean cosine to its nearest texts; 1 where the engine does not say
    why_unassigned: tuple[str | None, ...]  # LOW_CONFIDENCE, UNLIKE_OTHERS, NOISE, or None for a text with a topic
    engine: str
    resolution: float | None  # of the partition that was chosen; None for engines without one
    fit: Fit = Fit()
    notes: tuple[str, ...] = ()  # sentences a reader must see, e.g. that the texts are too few for topics
