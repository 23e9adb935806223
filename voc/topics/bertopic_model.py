"""The only file that imports BERTopic: our cluster model inside it, other engines beside it, its c-TF-IDF words."""

import importlib.util
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from voc.errors import VocError
from voc.text.marks import MARK_PATTERN
from voc.text.stopwords import content_words, foreign_languages
from voc.topics.graph_clusters import GraphClusters

if TYPE_CHECKING:
    from bertopic import BERTopic

WordWeights = tuple[tuple[str, float], ...]

# Courtesy and redaction marks tell topics apart no better than "the" does.
COURTESY = frozenset(
    "hi hello hey dear please thanks thank regards sincerely cheers sorry email phone card_ iban http https www com "
    "don didn doesn isn wasn won couldn wouldn shouldn hasn haven hadn aren weren ain ve ll re im ive id dont didnt "
    "doesnt cant couldnt wont isnt wasnt just know want need like help does did got get".split()
)
PADDING = ("emptydoc", "paddingword")  # BERTopic's c-TF-IDF fails on fewer than two words; never shown
_MARKS = re.compile(MARK_PATTERN + r"|https?://\S+|www\.\S+")
_TOKEN = r"(?u)\b[^\W\d_][\w-]+\b"
DEFAULT_MIN_CLUSTER = 10  # BERTopic's own min_topic_size
COUNTED_TEXTS = 50_000  # that words are counted in, all groups together
COUNTED_PER_GROUP = 40  # of a group at least: its ten first words stand after some dozens of texts
COMPARISON_MIN_TEXTS = 20  # distinct texts below which UMAP and EVoC, with 15 neighbours, fail or see noise alone


class ClusterModel(Protocol):
    """What BERTopic asks of a cluster model."""

    labels_: np.ndarray
    probabilities_: np.ndarray

    def fit(self, rows: np.ndarray, y: object = None) -> "ClusterModel": ...
    def predict(self, rows: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """Group of each row (-1 = none), how surely, and the words of each group."""

    groups: np.ndarray
    confidence: np.ndarray
    words: dict[int, WordWeights]
    clusters: ClusterModel  # as fitted


def fit_graph_clusters(
    texts: Sequence[str], features: np.ndarray, clusters: GraphClusters, *, words: int
) -> Fitted:
    """Group texts by their features with our cluster model inside BERTopic.

    Of more than `COUNTED_TEXTS` texts BERTopic sees some of each group, and counts the words in these.
    """
    with _warnings_kept():
        from bertopic.dimensionality import BaseDimensionalityReduction

    if len(texts) <= COUNTED_TEXTS:
        return _fit(texts, features, reduction=BaseDimensionalityReduction(), clusters=clusters, words=words)
    groups = np.asarray(clusters.fit(features).labels_)
    some = _some_of_each(groups)
    seen = _fit([texts[i] for i in some], features[some], reduction=BaseDimensionalityReduction(),
                clusters=_Known(groups[some]), words=words)  # fmt: skip
    number = dict(zip(seen.groups.tolist(), groups[some].tolist(), strict=True))  # BERTopic numbers groups by size
    confidence = np.asarray(clusters.probabilities_, dtype=np.float32)
    return Fitted(groups, confidence, {number[group]: found for group, found in seen.words.items()}, clusters)


class _Known:
    """Groups that are there already, in the shape BERTopic expects of a cluster model."""

    def __init__(self, groups: np.ndarray) -> None:
        self.labels_, self.probabilities_ = groups, np.ones(len(groups), np.float32)

    def fit(self, rows: np.ndarray, y: object = None) -> "_Known":
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """None: these are the groups of the rows they were made of."""
        return np.full(len(rows), -1)


def _some_of_each(groups: np.ndarray) -> np.ndarray:
    """Places of about `COUNTED_TEXTS` rows, ascending: of each group the same share, evenly spread, or `COUNTED_PER_GROUP`."""
    order = np.argsort(groups, kind="stable")
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    wanted = np.maximum(np.minimum(sizes, COUNTED_PER_GROUP), sizes * COUNTED_TEXTS // len(groups))
    chosen = [start + np.arange(count) * size // count for start, size, count in zip(starts, sizes, wanted, strict=True)]
    return np.sort(order[np.concatenate(chosen)])


def fit_bertopic_default(texts: Sequence[str], vectors: np.ndarray, *, words: int, seed: int) -> Fitted:
    """Group texts as BERTopic does out of the box: UMAP to 5 dimensions, then HDBSCAN of at least 10 texts.

    Raises VocError when umap-learn or hdbscan are missing, or the texts are too few.
    """
    _need("bertopic-default", {"umap": "umap-learn", "hdbscan": "hdbscan"}, texts)
    from hdbscan import HDBSCAN
    from umap import UMAP

    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    hdbscan = HDBSCAN(min_cluster_size=DEFAULT_MIN_CLUSTER, metric="euclidean", prediction_data=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_jobs value")  # a seed makes UMAP use one thread: wanted
        return _fit(texts, vectors, reduction=umap, clusters=hdbscan, words=words)


def fit_evoc(texts: Sequence[str], vectors: np.ndarray, *, words: int, seed: int) -> Fitted:
    """Group texts as EVoC does out of the box: its own layout of the vectors and the layer it finds most persistent.

    Raises VocError when evoc is missing, or the texts are too few.
    """
    _need("evoc", {"evoc": "evoc"}, texts)
    with _warnings_kept():
        from bertopic.dimensionality import BaseDimensionalityReduction
    from evoc import EVoC

    class Clusters(EVoC):
        """EVoC in the shape BERTopic expects of a cluster model."""

        @property
        def probabilities_(self) -> np.ndarray:
            return self.membership_strengths_

    clusters = Clusters(random_state=seed)
    return _fit(texts, vectors, reduction=BaseDimensionalityReduction(), clusters=clusters, words=words)


# Engines kept to compare ours with: they see the vectors alone, and choose the number of topics and the noise.
COMPARISON = {"bertopic-default": fit_bertopic_default, "evoc": fit_evoc}


def _need(engine: str, packages: dict[str, str], texts: Sequence[str]) -> None:
    """Raise VocError unless the packages (by the module they bring) are installed and the texts are enough."""
    missing = [package for module, package in packages.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise VocError(
            f"The engine {engine} needs {' and '.join(missing)}, not installed here.",
            f"pip install {' '.join(missing)}, or use the engine leiden, which is there already.",
        )
    if len(texts) < COMPARISON_MIN_TEXTS:
        raise VocError(
            f"The engine {engine} needs {COMPARISON_MIN_TEXTS} distinct texts; there are {len(texts)}.",
            "Use the engine leiden.",
        )


def _fit(
    texts: Sequence[str], rows: np.ndarray, *, reduction: object, clusters: ClusterModel, words: int
) -> Fitted:
    model = _bertopic(reduction, clusters, words=words)
    plain_texts = [plain(text) for text in texts]
    counted = [content_words(text, language) or PADDING[0]
               for text, language in zip(plain_texts, foreign_languages(plain_texts), strict=True)]
    groups, _ = model.fit_transform(counted, embeddings=rows)
    representations = model.get_topics()
    return Fitted(
        np.asarray(groups),
        np.asarray(clusters.probabilities_, dtype=np.float32),
        {number: _words(representations.get(number) or []) for number in sorted(set(groups))},
        clusters,
    )


def plain(text: str) -> str:
    """Text without redaction marks and addresses; never empty, which the vectorizer would refuse."""
    return _MARKS.sub(" ", text).strip() or PADDING[0]


def _words(found: Sequence[tuple[str, float]]) -> WordWeights:
    return tuple((word, float(weight)) for word, weight in found if word and word not in PADDING and weight > 0)


def _bertopic(reduction: object, clusters: ClusterModel, *, words: int) -> "BERTopic":
    """BERTopic around a reduction and a cluster model, with c-TF-IDF over single words."""
    with _warnings_kept():
        from bertopic import BERTopic
        from bertopic.vectorizers import ClassTfidfTransformer

    class Model(BERTopic):
        """Without the search for representative documents: we choose quotes ourselves, and it takes seconds."""

        def _save_representative_docs(self, documents: object) -> None:
            self.representative_docs_ = {}

    return Model(
        language="multilingual",  # "english" would strip every letter outside a-z before counting words
        umap_model=reduction,
        hdbscan_model=clusters,
        vectorizer_model=_vectorizer(),
        ctfidf_model=ClassTfidfTransformer(),
        top_n_words=words,
        calculate_probabilities=False,
        verbose=False,
    )


def _warnings_kept() -> warnings.catch_warnings:
    """Around imports: BERTopic mutes every UserWarning of the process when it is imported."""
    return warnings.catch_warnings()


def _vectorizer() -> object:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    class Counter(CountVectorizer):
        """Counts words; where hardly any is left beside stop words, counts those rather than fail."""

        def fit_transform(self, raw_documents: Sequence[str], y: object = None) -> object:
            try:
                counts = super().fit_transform(raw_documents, y)
            except ValueError:  # nothing but stop words
                counts = None
            if counts is not None and counts.shape[1] > 1:
                return counts
            self.set_params(stop_words=None, token_pattern=r"\S+")
            return super().fit_transform([" ".join((text, *PADDING)) for text in raw_documents], y)

    return Counter(stop_words=sorted(ENGLISH_STOP_WORDS | COURTESY), token_pattern=_TOKEN)
