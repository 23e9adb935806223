"""How far topics can be trusted: stability under resampling, separation, coherence, agreement of linked pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from voc.topics.bertopic_model import plain
from voc.topics.cluster import _leiden, merge_small
from voc.topics.features import with_words
from voc.topics.graph import fuzzy_graph, nearest
from voc.topics.pairs import LEAST_AGREEMENT, Agreement

SHARE = 0.8  # of the texts in a draw
MOST_TEXTS = 60_000  # texts resampled; of more, a random part stands for all
DRAWS = (5, 20)  # at least and at most; as many as keep draws x texts within WORK
WORK = 150_000
RESOLUTIONS, BISECTIONS = (0.1, 450.0), 8  # of modularity; 8 halvings leave 3 %
REFIT_ITERATIONS = 2  # of Leiden in a draw: figures differ by .01 to .02 from those of 5, in half the time

# From where a measure is a weak sign. Stability: Hennig 2007. Separation and confidence were chosen on 442 topics of
# five labelled sets, and checked on 556 of a later engine. Of these 18 % did not stand for what people had labelled:
# 25 % of those that were unstable but separate and confident, 73 % of those with two weak signs or more.
LEAST_STABILITY, LEAST_SEPARATION, LEAST_CONFIDENCE = 0.6, 0.08, 0.7
WEAK_SIGNS = 2  # of the first four measures, that make a topic doubtful; one alone does not
FEW_TEXTS = 5  # distinct texts below which none of the measures says anything
FEWEST_MEMBERS = 2  # texts of a topic in a draw below which the draw says nothing about the topic
TOKEN = r"(?u)\b[^\W\d_][\w-]+\b"

Refit = Callable[[np.ndarray, int], np.ndarray]  # (positions of the texts kept, seed) -> group of each


@dataclass(frozen=True, slots=True)
class Resampled:
    """Stability of each group (groups,), NaN where unknown, from `draws` refits of random parts of `texts` texts."""

    stability: np.ndarray
    draws: int
    texts: int


# ---------------------------------------------------------------- stability


def resample(
    texts: Sequence[str],
    vectors: np.ndarray,
    groups: np.ndarray,
    counts: np.ndarray,
    *,
    parts: np.ndarray,
    neighbours: int,
    lexical_share: float,
    min_texts: int,
    seed: int,
) -> Resampled:
    """Stability of groups of distinct texts in a fixed order, each of which has a group (see `stability`).

    The time is bounded: the more texts, the fewer draws (20 to 5), and of more than 60,000 texts a random part is
    resampled. Fewer texts hold topics together less well, so the figures are then lower than those of all texts (on
    15,000 queries: median .96; on 8,000 of them, cut as the 15,000 were, .89; on 4,000, .81).
    """
    kept = np.sort(np.random.default_rng(seed).permutation(len(texts))[:MOST_TEXTS])
    draws = max(DRAWS[0], min(DRAWS[1], WORK // max(len(kept), 1)))
    if len(kept) < 2 * FEWEST_MEMBERS:
        return Resampled(np.full(len(parts), np.nan), 0, len(kept))
    features = with_words([plain(texts[i]) for i in kept], vectors[kept], share=lexical_share)
    graph = fuzzy_graph(*nearest(features, count=neighbours), counts[kept])
    refit = graph_refit(graph, counts[kept], wanted=int(parts.sum()), min_texts=min_texts)
    return Resampled(stability(groups[kept], refit, parts=parts, draws=draws, seed=seed), draws, len(kept))


def stability(
    groups: np.ndarray, refit: Refit, *, parts: np.ndarray | None = None, draws: int, seed: int, share: float = SHARE
) -> np.ndarray:
    """Mean best Jaccard similarity of each group over `draws` refits on random subsamples: (groups,), NaN = unknown.

    Clusterwise stability by subsetting (Hennig 2007, "Cluster-wise assessment of cluster stability", section 3.2):
    below .6 a cluster should not be trusted, from .75 on it is stable. `groups` (n,) numbers every text's group from
    0. `parts` (groups,) says of how many clusters a group was put together (1 each unless given): such a group is
    compared with the best union of at most as many refitted clusters.
    """
    parts = np.ones(int(groups.max()) + 1 if len(groups) else 0, dtype=int) if parts is None else parts
    count = len(parts)
    total, seen = np.zeros(count), np.zeros(count)
    kept = max(1, round(share * len(groups)))
    for draw in range(draws if count else 0):
        rng = np.random.default_rng([seed, draw])
        keep = np.sort(rng.permutation(len(groups))[:kept])
        found = best_jaccard(groups[keep], refit(keep, seed + draw), parts)
        known = ~np.isnan(found)
        total[known] += found[known]
        seen += known
    return np.divide(total, seen, out=np.full(count, np.nan), where=seen > 0)


def best_jaccard(groups: np.ndarray, found: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Largest Jaccard similarity of each group with a union of at most `parts` found clusters; NaN if too small."""
    shape = (len(parts), int(found.max()) + 1)
    shared = sparse.coo_matrix((np.ones(len(groups)), (groups, found)), shape=shape).toarray()
    sizes, found_sizes = shared.sum(axis=1), shared.sum(axis=0)
    best = (shared / np.maximum(sizes[:, None] + found_sizes - shared, 1)).max(axis=1)
    for group in np.flatnonzero(parts > 1):
        best[group] = _best_union(shared[group], found_sizes, sizes[group], int(parts[group]))
    return np.where(sizes >= FEWEST_MEMBERS, best, np.nan)


def _best_union(shared: np.ndarray, found_sizes: np.ndarray, size: float, most: int) -> float:
    """Jaccard of a group with found clusters joined greedily, as long as each makes it larger."""
    best, inside, outside = 0.0, 0.0, 0.0
    free = shared > 0
    for _ in range(most):
        reach = np.where(free, (inside + shared) / np.maximum(size + outside + found_sizes - shared, 1), 0.0)
        chosen = int(reach.argmax())
        if reach[chosen] <= best:
            break
        best, free[chosen] = float(reach[chosen]), False
        inside, outside = inside + shared[chosen], outside + found_sizes[chosen] - shared[chosen]
    return best


def graph_refit(graph: sparse.csr_matrix, counts: np.ndarray, *, wanted: int, min_texts: int) -> Refit:
    """A refit that cuts the part of the neighbour graph between the texts kept, at the granularity of `wanted` groups.

    Modularity's null model of a random induced subgraph is that of the whole at the same resolution (degrees shrink by
    the share kept, the total weight by its square), so the resolution is searched once, on the whole graph. On labelled
    bank queries this stands to a refit from new neighbours as two halves of such refits stand to each other, in a
    sixth of the time. Nor is a draw the consensus of several runs, as the topics are: figures are lower by some .02,
    in the same order (rank correlation .93 to .98), in a fifteenth of the time.
    """
    resolution = _resolution(graph, counts, wanted=wanted, min_texts=min_texts)

    def refit(keep: np.ndarray, draw_seed: int) -> np.ndarray:
        part = graph[keep][:, keep].tocsr()
        part.sort_indices()
        found = _leiden(part, resolution=resolution, iterations=REFIT_ITERATIONS, seed=draw_seed)
        return merge_small(part, found, counts[keep], min_texts=min_texts)

    return refit


def _resolution(graph: sparse.csr_matrix, counts: np.ndarray, *, wanted: int, min_texts: int) -> float:
    """The resolution at which one Leiden run gives about `wanted` groups, by bisection of its logarithm."""
    low, high = np.log(RESOLUTIONS)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        groups = _leiden(graph, resolution=float(np.exp(middle)), iterations=1, seed=0)
        count = int(merge_small(graph, groups, counts, min_texts=min_texts).max()) + 1
        low, high = (middle, high) if count < wanted else (low, middle)
    return float(np.exp((low + high) / 2))


# ---------------------------------------------------------------- separation


def separation(vectors: np.ndarray, groups: np.ndarray, *, block: int = 8192) -> np.ndarray:
    """Mean of own-centre cosine minus nearest other centre's, a group: (groups,), NaN where it cannot be known.

    The simplified silhouette (Hruschka et al. 2004) with cosine similarities, not divided by the larger. A text is left
    out of its own centre, so that small groups are not flattered. `vectors` (n, d) has unit rows, one a distinct text.
    """
    count = int(groups.max()) + 1 if len(groups) else 0
    if count < 2:
        return np.full(count, np.nan)
    member = sparse.csr_matrix((np.ones(len(groups)), (groups, np.arange(len(groups)))), shape=(count, len(groups)))
    sums = member @ vectors.astype(np.float64)
    lengths = np.linalg.norm(sums, axis=1)
    centres = sums / np.maximum(lengths, 1e-12)[:, None]
    values = np.empty(len(groups))
    for start in range(0, len(groups), block):
        rows = slice(start, start + block)
        near = vectors[rows] @ centres.T
        mine = np.arange(near.shape[0]), groups[rows]
        dot, length = near[mine] * lengths[groups[rows]], lengths[groups[rows]]
        rest = np.sqrt(np.maximum(length**2 - 2 * dot + 1, 0.0))  # length of the sum without the text
        near[mine] = -np.inf
        values[rows] = np.divide(dot - 1, rest, out=np.zeros(len(dot)), where=rest > 1e-6) - near.max(axis=1)
    sizes = np.bincount(groups, minlength=count)
    means = np.bincount(groups, weights=values, minlength=count) / np.maximum(sizes, 1)
    return np.where(sizes > 1, means, np.nan)


# ---------------------------------------------------------------- coherence


def coherence(texts: Sequence[str], words: Sequence[Sequence[str]]) -> np.ndarray:
    """Mean NPMI of the pairs of each topic's leading words over whole texts, -1 to 1; NaN with fewer than two words.

    NPMI(a, b) = ln(p(a, b) / (p(a) p(b))) / -ln p(a, b), -1 where the two never meet (Bouma 2009); the mean over
    pairs is C_NPMI of Röder et al. 2015 with a text as the window. Short texts hold few words together, so values
    below zero are usual there: compare topics of one corpus, and with `coherence_by_chance`.
    """
    table, place = _pair_scores(texts, words)
    return np.array([_mean_pairs(table, [place[w] for w in found if w in place]) for found in words])


def coherence_by_chance(
    texts: Sequence[str], words: Sequence[Sequence[str]], *, draws: int = 400, level: float = 0.95, seed: int = 0
) -> float | None:
    """What coherence only a share of 1 - `level` of word lists reach whose words each lead another topic.

    None with fewer than four topics, where no such lists can be made.
    """
    lists = [list(found) for found in words if found]
    if len(lists) < 4:
        return None
    table, place = _pair_scores(texts, words)
    rng = np.random.default_rng(seed)
    width = min(10, len(lists))
    values = []
    for _ in range(draws):
        chosen = rng.permutation(len(lists))[:width]
        picked = {lists[i][rng.integers(len(lists[i]))] for i in chosen}
        values.append(_mean_pairs(table, sorted(place[word] for word in picked if word in place)))
    known = np.array(values)[~np.isnan(values)]
    return float(np.quantile(known, level)) if len(known) else None


def _pair_scores(texts: Sequence[str], words: Sequence[Sequence[str]]) -> tuple[np.ndarray, dict[str, int]]:
    """NPMI of every pair of leading words (w, w), and the row of each word that occurs at all."""
    from sklearn.feature_extraction.text import CountVectorizer

    known = sorted({word for found in words for word in found})
    if not known or not len(texts):
        return np.zeros((0, 0)), {}
    counter = CountVectorizer(
        vocabulary=known, binary=True, token_pattern=TOKEN, dtype=np.float32,
        ngram_range=(1, max(word.count(" ") + 1 for word in known)),
    )  # fmt: skip
    held = counter.transform(texts)
    together = (held.T @ held).toarray().astype(np.float64) / len(texts)
    alone = together.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(together / np.outer(alone, alone)) / -np.log(together)
    scores[together == 0] = -1.0
    scores[together == 1] = 1.0
    return scores, {word: i for i, word in enumerate(known) if alone[i] > 0}


def _mean_pairs(table: np.ndarray, rows: Sequence[int]) -> float:
    if len(rows) < 2:
        return float("nan")
    pairs = table[np.ix_(rows, rows)][np.triu_indices(len(rows), 1)]
    return float(np.clip(pairs.mean(), -1, 1))


# ---------------------------------------------------------------- what it comes to


def doubts(
    *,
    texts: int,
    stability: float | None,
    separation: float | None,
    coherence: float | None,
    coherence_chance: float | None,
    confidence: float | None,
    agreement: Agreement,
) -> tuple[str, ...]:
    """Why a topic should not be trusted; nothing for a sound one. None is a measure that is not known.

    It takes two weak signs among stability, separation, coherence and confidence; or that texts (distinct ones) are
    few; or that linked pairs disagree: the whole interval of their agreement lies below .6, so that a handful of pairs
    accuses nobody.
    """
    high = agreement.interval[1]
    signs = {
        "unstable": stability is not None and stability < LEAST_STABILITY,
        "not_separate": separation is not None and separation < LEAST_SEPARATION,
        "incoherent": None not in (coherence, coherence_chance) and coherence < coherence_chance,
        "low_confidence": confidence is not None and confidence < LEAST_CONFIDENCE,
    }
    weak = [why for why, holds in signs.items() if holds]
    proofs = {
        "few_texts": 0 < texts < FEW_TEXTS,
        "linked_pairs_disagree": high is not None and high < LEAST_AGREEMENT,
    }
    proven = [why for why, holds in proofs.items() if holds]
    return tuple(proven + weak) if proven or len(weak) >= WEAK_SIGNS else ()
