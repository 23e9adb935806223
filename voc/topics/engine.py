"""The topic engine: distinct texts in a fixed order -> features -> graph -> groups -> words -> names."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from voc.errors import VocError
from voc.topics.bertopic_model import COMPARISON, Fitted, fit_graph_clusters, plain
from voc.topics.cluster import renumber
from voc.topics.features import unit_rows, with_words
from voc.topics.graph_clusters import Before, GraphClusters
from voc.topics.model import (
    LOW_CONFIDENCE,
    NOISE,
    UNLIKE_OTHERS,
    Fit,
    Previous,
    Topic,
    TopicModel,
    TopicOptions,
)
from voc.topics.names import name_topics, texts_per_topic

SIZE_FACTOR = {"few": 0.5, "normal": 1.0, "many": 2.0}
FEW_TEXTS = 20

PhraseFinder = Callable[[Sequence[str]], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Distinct:
    """Distinct texts, sorted; their vectors; how often each occurs; and where each given text went."""

    texts: list[str]
    vectors: np.ndarray
    counts: np.ndarray
    place: np.ndarray
    first: np.ndarray  # where each distinct text stands first among those given


def run(
    texts: Sequence[str],
    vectors: np.ndarray,
    *,
    options: TopicOptions,
    seed: int,
    names_from: PhraseFinder | None,
    progress: Callable[[str], None] | None,
    previous: Previous | None = None,
    kinds: Sequence[Hashable] | None = None,
) -> TopicModel:
    """Sort texts into topics; see `voc.topics.find_topics`."""
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise VocError(
            f"Topics need one vector a text: {len(texts)} texts, vectors of shape {vectors.shape}.",
            "Run the embed stage again.",
        )
    if not len(texts):
        return TopicModel(topics=(), labels=(), closest=(), confidence=np.zeros(0, np.float32),
                          nearness=np.zeros(0, np.float32), why_unassigned=(), engine=options.engine, resolution=None,
                          notes=("There are no texts, so no topics.",))  # fmt: skip
    tell = progress or (lambda step: None)
    distinct = _distinct(texts, vectors)
    tell("grouping")
    fitted = _group(distinct, options, seed, previous, kinds)
    why = _why_unassigned(fitted, options)
    groups = _by_size(np.where([w is None for w in why], fitted.groups, -1), distinct)
    tell("naming")
    topics = _describe(distinct, groups, fitted, names_from or _default_phrases())
    return _answer(distinct, groups, why, fitted, topics, options.engine)


def _distinct(texts: Sequence[str], vectors: np.ndarray) -> Distinct:
    """Sorting makes the result independent of the order the texts came in."""
    counts = Counter(texts)
    unique = sorted(counts)
    at = {text: i for i, text in enumerate(unique)}
    place = np.array([at[text] for text in texts])
    first = np.unique(place, return_index=True)[1]
    return Distinct(unique, unit_rows(vectors[first]), np.array([counts[text] for text in unique]), place, first)


def _wanted(options: TopicOptions, distinct: int) -> int:
    """The square root of the number of distinct texts, times a half, one or two; or the number asked for.

    On subsamples of 100 to 15,000 bank queries and assistant commands this is where agreement with
    the true intents peaks when some intents are much commoner than others, and is close to its
    best when all are equally common.
    """
    if isinstance(options.size, int):
        return min(options.size, distinct)
    return max(1, round(SIZE_FACTOR[options.size] * distinct**0.5))


def _group(
    distinct: Distinct,
    options: TopicOptions,
    seed: int,
    previous: Previous | None,
    kinds: Sequence[Hashable] | None,
) -> Fitted:
    if options.engine in COMPARISON:
        return COMPARISON[options.engine](distinct.texts, distinct.vectors, words=options.words, seed=seed)
    plain_texts = [plain(text) for text in distinct.texts]
    features = with_words(plain_texts, distinct.vectors, share=options.lexical_share)
    clusters = GraphClusters(
        counts=distinct.counts,
        wanted=_wanted(options, len(distinct.texts)),
        is_raised=options.size == "normal",
        min_texts=options.min_texts,
        neighbours=options.neighbours,
        seed=seed,
        refit=options.refit,
        before=_before(distinct, previous),
        kinds=None if kinds is None else _numbers([kinds[i] for i in distinct.first]),
    )
    return fit_graph_clusters(distinct.texts, features, clusters, words=options.words)


def _before(distinct: Distinct, previous: Previous | None) -> Before | None:
    if previous is None:
        return None
    ids = [previous.ids[i] for i in distinct.first]
    return Before(
        groups=_numbers(ids),
        is_fitted=np.array([bool(previous.is_fitted[i]) for i in distinct.first]),
        fitted_count=previous.fitted_count,
        min_similarity=previous.min_similarity,
        resolution=previous.resolution,
        is_comparable=previous.is_comparable,
    )


def _numbers(values: Sequence[Hashable]) -> np.ndarray:
    """Small numbers for values in the order of their first place; -1 for None."""
    at: dict[Hashable, int] = {}
    return np.array([-1 if value is None else at.setdefault(value, len(at)) for value in values], dtype=np.int64)


def _why_unassigned(fitted: Fitted, options: TopicOptions) -> list[str | None]:
    """The reason each distinct text has no topic, None where it has one."""
    nearness, least = _nearness(fitted), _min_similarity(fitted, options)
    confident = np.round(fitted.confidence, 6) >= options.min_confidence
    return [
        NOISE if group < 0 else UNLIKE_OTHERS if near < least else None if sure else LOW_CONFIDENCE
        for group, near, sure in zip(fitted.groups, nearness, confident, strict=True)
    ]


def _nearness(fitted: Fitted) -> np.ndarray:
    found = getattr(fitted.clusters, "nearness_", np.ones(len(fitted.groups)))
    return np.round(found, 6)


def _min_similarity(fitted: Fitted, options: TopicOptions) -> float:
    found = getattr(fitted.clusters, "min_similarity_", -1.0)
    return found if options.min_similarity is None else options.min_similarity


def _by_size(groups: np.ndarray, distinct: Distinct) -> np.ndarray:
    """Number groups by texts, most first; ties by their smallest text. -1 stays -1."""
    kept = groups >= 0
    result = np.full(len(groups), -1)
    if kept.any():
        numbered = renumber(groups[kept])  # texts are sorted, so the first one of a group is its smallest
        sizes = np.bincount(numbered, weights=distinct.counts[kept])
        place = np.empty(len(sizes), dtype=int)
        place[np.lexsort((np.arange(len(sizes)), -sizes))] = np.arange(len(sizes))
        result[kept] = place[numbered]
    return result


def _describe(distinct: Distinct, groups: np.ndarray, fitted: Fitted, find: PhraseFinder) -> tuple[Topic, ...]:
    members = [np.flatnonzero(groups == number) for number in range(groups.max() + 1)]
    centres = [
        unit_rows((distinct.vectors[m] * distinct.counts[m, None]).sum(axis=0, keepdims=True))[0] for m in members
    ]
    words = [fitted.words.get(int(fitted.groups[m[0]]), ()) for m in members]
    limit = texts_per_topic(len(members))
    central = [
        [distinct.texts[i] for i in _most_central(distinct, m, centre, limit)]
        for m, centre in zip(members, centres, strict=True)
    ]
    names = name_topics(central, [[word for word, _ in w] for w in words], find)
    return tuple(
        Topic(
            number=number,
            name=names[number][0],
            size=int(distinct.counts[m].sum()),
            words=words[number],
            phrases=names[number][1],
            centroid=centres[number],
            confidence=float(np.average(fitted.confidence[m], weights=distinct.counts[m])),
        )
        for number, m in enumerate(members)
    )


def _most_central(distinct: Distinct, members: np.ndarray, centre: np.ndarray, limit: int) -> np.ndarray:
    near = np.round(distinct.vectors[members] @ centre, 5)
    return members[np.lexsort((members, -near))[:limit]]


def _answer(
    distinct: Distinct,
    groups: np.ndarray,
    why: list[str | None],
    fitted: Fitted,
    topics: tuple[Topic, ...],
    engine: str,
) -> TopicModel:
    """One answer for each text given, in the order given."""
    number = {int(f): int(g) for f, g in zip(fitted.groups, groups, strict=True) if g >= 0}
    closest = [number.get(int(group)) for group in fitted.groups]
    return TopicModel(
        topics=topics,
        labels=tuple(int(groups[i]) if groups[i] >= 0 else None for i in distinct.place),
        closest=tuple(closest[i] for i in distinct.place),
        confidence=np.round(fitted.confidence, 6)[distinct.place].astype(np.float32),
        nearness=_nearness(fitted)[distinct.place].astype(np.float32),
        why_unassigned=tuple(why[i] for i in distinct.place),
        engine=engine,
        resolution=getattr(fitted.clusters, "resolution_", None),
        fit=_fit_of(fitted, len(distinct.texts)),
        notes=_notes(len(distinct.texts)),
    )


def _fit_of(fitted: Fitted, distinct: int) -> Fit:
    clusters = fitted.clusters
    if not isinstance(clusters, GraphClusters):
        return Fit(distinct_count=distinct, new_count=distinct)
    drift = clusters.drift_
    return Fit(
        mode=clusters.mode_,
        why=clusters.why_,
        distinct_count=distinct,
        new_count=drift.new_count if drift else distinct,
        novel_share=drift.novel_share if drift else None,
        agreement=clusters.agreement_,
        recall=clusters.recall_,
        min_similarity=clusters.min_similarity_,
    )


def _notes(distinct: int) -> tuple[str, ...]:
    if distinct >= FEW_TEXTS:
        return ()
    texts = "1 different text" if distinct == 1 else f"{distinct} different texts"
    return (
        f"Only {texts}: the topics sort what is there, but say nothing about how common a problem is among customers "
        "at large.",
    )


def _default_phrases() -> PhraseFinder:
    from voc.text.phrases import noun_phrases

    return noun_phrases
