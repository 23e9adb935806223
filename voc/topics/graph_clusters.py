"""Our cluster model: communities of the neighbour graph, or new texts assigned to the topics of an earlier fit."""

from dataclasses import dataclass

import numpy as np

from voc.topics.assign import Agreement, Drift, agreement, born, drift, held_out_agreement, spread, undivided
from voc.topics.cluster import inside_share, join_islands, partition, renumber
from voc.topics.graph import fuzzy_graph
from voc.topics.neighbours import Neighbours, find_neighbours

# Texts farther from their nearest ones than this many robust standard deviations below the median are unlike all
# others (Leys et al. 2013, who recommend 2.5). The median absolute deviation times 1.4826 is a standard deviation; it is
# taken over the lower half alone, because in texts full of repeated phrases the two halves differ widely.
UNLIKE_DEVIATIONS = 2.5
MAD_TO_DEVIATION = 1.4826
SAME_SIZE = 1.5  # times as many texts, or as few: up to here a refit keeps the resolution of the fit before
FEWEST_TO_JUDGE = 100  # distinct texts below which "unlike the others" cannot be told


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What an earlier fit knew of these rows."""

    groups: np.ndarray  # int (n,), -1 for rows it did not know
    is_fitted: np.ndarray  # bool (n,): took part in the fit; others were assigned later
    fitted_count: int  # rows the fit saw, gone ones included
    min_similarity: float  # below which it set rows aside
    resolution: float | None  # of its partition
    is_comparable: bool  # same settings and model: assigning is possible


class GraphClusters:
    """Leiden communities of the neighbour graph, in the shape BERTopic expects of a cluster model.

    After `fit`: `labels_` (n,); `probabilities_` (n,) = share of a row's edge weight inside its group; `nearness_` (n,)
    = mean cosine to its nearest rows; `min_similarity_` = nearness below which a row is unlike all others;
    `resolution_` (None when rows were assigned), `recall_` of the neighbour search (None where exact), `mode_`,
    `why_`, `drift_`, `agreement_`.
    """

    def __init__(
        self,
        *,
        counts: np.ndarray,
        wanted: int,
        is_raised: bool,
        min_texts: int,
        neighbours: int,
        seed: int,
        refit: str = "auto",
        before: Before | None = None,
        kinds: np.ndarray | None = None,
    ) -> None:
        """`kinds` (n,) keeps rows of different kinds (languages) in different groups; `refit` is auto or always."""
        self.counts, self.wanted, self.is_raised, self.min_texts = counts, wanted, is_raised, min_texts
        self.neighbours, self.seed, self.refit, self.before, self.kinds = neighbours, seed, refit, before, kinds
        self.resolution_: float | None = None
        self.recall_: float | None = None
        self.drift_: Drift | None = None
        self.agreement_: Agreement | None = None
        self.mode_, self.why_ = "fit", "The first fit."

    def fit(self, rows: np.ndarray, y: object = None) -> "GraphClusters":
        """Group `rows` (n, d), which have length 1; `y` is ignored."""
        n, self._rows = len(rows), rows
        if n == 1:
            self.labels_, self.probabilities_ = np.zeros(1, dtype=int), np.ones(1, np.float32)
            self.nearness_, self.min_similarity_ = np.ones(1), -1.0
        else:
            near = find_neighbours(rows, count=self.neighbours, groups=self.kinds)
            self.recall_ = near.recall
            graph = fuzzy_graph(near.positions, near.similarities, self.counts)
            self.nearness_ = nearness(near.similarities, self.counts, count=self.min_texts)
            self._group(graph, near)
            self.probabilities_ = inside_share(graph, self.labels_, self.counts)
            if self.mode_ == "assigned":
                self.min_similarity_ = self.before.min_similarity
            else:
                self.min_similarity_ = least_similarity(self.nearness_, self.counts)
        return self

    def _group(self, graph, near: Neighbours) -> None:
        before = self.before
        if before is None or not (before.groups >= 0).any():
            self._partition(graph, None)
            return
        is_new = ~before.is_fitted
        self.drift_ = drift(graph, near.positions, near.similarities, is_new, fitted_count=before.fitted_count,
                            seed=self.seed)  # fmt: skip
        if before.is_comparable and self.refit == "auto" and not self.drift_.is_refit_due:
            self.mode_, self.why_ = "assigned", self.drift_.why
            found, _ = spread(graph, before.groups)
            self.labels_ = _numbered(found)
            if is_new.any():
                self.agreement_ = held_out_agreement(graph, np.where(is_new, -1, before.groups), seed=self.seed)
            return
        self.mode_ = "refit"
        if not before.is_comparable:
            self.why_ = "The settings or the embedding model are others than at the last fit."
        else:
            self.why_ = "The pipeline asks for it." if self.refit == "always" else self.drift_.why
        grown = len(before.groups) / max(before.fitted_count, 1)
        is_alike = before.is_comparable and 1 / SAME_SIZE <= grown <= SAME_SIZE
        self._partition(graph, before.groups, before.resolution if is_alike else None)
        found = undivided(graph, self.labels_, before.groups)
        self.labels_ = renumber(born(graph, found, is_new, seed=self.seed))
        guess, _ = spread(graph, np.where(is_new, -1, before.groups))
        self.agreement_ = _refit_agreement(guess, self.labels_, is_new)

    def _partition(self, graph, before: np.ndarray | None, resolution: float | None = None) -> None:
        found = partition(graph, self.counts, wanted=self.wanted, min_texts=self.min_texts, seed=self.seed,
                          is_raised=self.is_raised, before=before, resolution=resolution)  # fmt: skip
        self.resolution_ = found.resolution
        self.labels_ = join_islands(self._rows, found.groups, self.counts, wanted=self.wanted)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The group whose centre is nearest to each row."""
        centres = np.stack([
            self._rows[self.labels_ == group].sum(axis=0) for group in range(int(self.labels_.max()) + 1)
        ])
        return (rows @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T).argmax(axis=1)


def nearness(similarities: np.ndarray, counts: np.ndarray, *, count: int) -> np.ndarray:
    """Mean cosine (n,) of each row to its `count` nearest others; a row's own copies are near with cosine 1."""
    count = min(count, similarities.shape[1])
    nearest = np.where(np.isfinite(similarities[:, :count]), similarities[:, :count], 0.0).astype(np.float64)
    copies = np.clip(counts - 1, 0, count).astype(int)
    kept = np.arange(count)[None, :] < (count - copies)[:, None]
    return (np.where(kept, nearest, 0.0).sum(axis=1) + copies) / count


def least_similarity(near: np.ndarray, counts: np.ndarray) -> float:
    """The nearness below which a text is unlike all others: 2.5 robust deviations under the median; -1 for few texts."""
    if len(near) < FEWEST_TO_JUDGE:
        return -1.0
    values = np.repeat(near, counts)
    middle = float(np.median(values))
    deviation = MAD_TO_DEVIATION * float(np.median(middle - values[values <= middle]))
    return round(middle - UNLIKE_DEVIATIONS * deviation, 6)


def _numbered(found: np.ndarray) -> np.ndarray:
    """Groups from 0 without gaps; -1 (no path to any topic) stays."""
    result = np.full(len(found), -1)
    result[found >= 0] = renumber(found[found >= 0])
    return result


def _refit_agreement(guess: np.ndarray, labels: np.ndarray, is_new: np.ndarray) -> Agreement | None:
    """Of the rows the last fit had not seen, how many the refit put with the topic they had been assigned to.

    An old group lives on in the new group that holds most of its fitted rows.
    """
    if not is_new.any():
        return None
    heirs: dict[int, int] = {}
    for group in np.unique(guess[~is_new & (guess >= 0)]):
        heirs[int(group)] = int(np.bincount(labels[~is_new & (guess == group)]).argmax())
    return agreement([heirs.get(int(g), -2) for g in guess[is_new]], labels[is_new].tolist())
