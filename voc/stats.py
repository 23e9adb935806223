"""Resampling of customers and the summaries read from it."""

from functools import lru_cache

import numpy as np

LOW, HIGH = 0.10, 0.90  # ends of the 80% range
CHUNK = 50  # resamples at a time
FEW_REPEATS = 5  # repeats, or customers behind them, below which resampling would claim too much


def speakers(verbatims, contacts, responses) -> dict[str, str]:
    """Who counts as one person when customers are resampled, by verbatim_id.

    The customer of the contact or response; unknown, the contact, response or text stands for a person of its own.
    """
    customers = {
        (kind, key): who
        for kind, rows in (("contact", contacts), ("response", responses))
        for key, who in zip(rows[f"{kind}_id"], rows["customer_id"], strict=True) if isinstance(who, str)
    }  # fmt: skip
    found = {}
    for verbatim, contact, response in verbatims[["verbatim_id", "contact_id", "response_id"]].itertuples(index=False):
        keys = [(kind, key) for kind, key in (("contact", contact), ("response", response)) if isinstance(key, str)]
        known = [customers[key] for key in keys if key in customers]
        found[verbatim] = (known or [" ".join(key) for key in keys] or [f"verbatim {verbatim}"])[0]
    return found


def customer_totals(customers: np.ndarray, columns: np.ndarray, values: np.ndarray, shape: tuple[int, int]):
    """Sum `values` (n,) into a sparse matrix (customers, columns) by integer codes; zeros take no room in it."""
    from scipy.sparse import coo_matrix

    found = coo_matrix((values.astype(np.float64), (customers, columns)), shape=shape).tocsr()
    found.eliminate_zeros()
    return found


@lru_cache(maxsize=2)
def customer_counts(customers: int, *, draws: int, seed: int) -> np.ndarray:
    """How often each customer is drawn in each resample: uint16 (customers, draws), read-only.

    The one set of resamples of a run: whoever asks with the same seed and number of customers gets the same, drawn once.
    """
    rng = np.random.default_rng(seed)
    counts = np.empty((customers, draws), dtype=np.uint16)
    for start in range(0, draws, CHUNK):
        part = np.empty((min(CHUNK, draws - start), customers), dtype=np.uint16)
        for row in part:  # counting drawn rows is some eight times quicker than rng.multinomial with many categories
            row[:] = np.bincount(rng.integers(0, customers, customers), minlength=customers)
        counts[:, start : start + CHUNK] = part.T
    counts.flags.writeable = False
    return counts


def resampled_totals(totals, *, draws: int, seed: int) -> np.ndarray:
    """Column totals under `draws` resamples of the rows: (draws, columns).

    The cluster bootstrap: rows (customers) are drawn with replacement, so that all contacts of a customer come or
    stay away together. A resample is a vector of counts, and its totals are one matrix product. The same seed and
    number of rows give the same resamples, so all figures about the same customers are read from the same ones.
    """
    rows, columns = totals.shape
    found = np.zeros((draws, columns))
    if rows and columns:
        totals = totals.tocsr()
        there = np.flatnonzero(np.diff(totals.indptr))
        there = there if len(there) < rows / 2 else slice(None)  # few customers: the others' counts need not be read
        counts, by_column = customer_counts(rows, draws=draws, seed=seed), totals[there].T.tocsr()
        for start in range(0, draws, CHUNK):
            part = np.ascontiguousarray(counts[there, start : start + CHUNK], dtype=np.float64)
            found[start : start + CHUNK] = (by_column @ part).T
    return found


def calibrated_totals(totals, *, draws: int, seed: int) -> np.ndarray:
    """Draws of the column totals' expected values, (draws, columns), whose quantiles are bootstrap-t intervals.

    Plain percentiles of resampled totals fall short of their claim where few customers bring much of a total. Each
    draw is therefore measured in its own standard errors, on the scale of the square root (Efron and Tibshirani 1993,
    chapter 12), and set off from the total by as many of the total's:

        t = (sqrt(S*) - sqrt(S)) / (se* / (2 sqrt(S*)))        value = (sqrt(S) - t se / (2 sqrt(S)))^2

    with S the sum of a column over customers and se^2 its sum of squares less S^2 / customers. A total of 0 stays 0.
    """
    from scipy.sparse import hstack

    rows, columns = max(totals.shape[0], 1), totals.shape[1]
    both = hstack([totals, totals.multiply(totals)]).tocsr()  # in one go: the counts are the larger matrix
    total, squares = np.split(np.asarray(both.sum(axis=0)).ravel(), [columns])
    drawn, drawn_squares = np.split(resampled_totals(both, draws=draws, seed=seed), [columns], axis=1)
    error = np.sqrt(np.maximum(squares - total**2 / rows, 0.0))
    drawn_error = np.sqrt(np.maximum(drawn_squares - drawn**2 / rows, 0.0))
    root, drawn_root = np.sqrt(np.maximum(total, 0.0)), np.sqrt(np.maximum(drawn, 0.0))
    # a draw without any of the cases has no error of its own: the total's stands in for it
    scale = np.divide(drawn_error, drawn_root, out=np.zeros_like(drawn), where=drawn_root > 0)
    own = np.divide(error, root, out=np.zeros_like(error), where=root > 0)
    scale = np.where(scale > 0, scale, own)
    t = np.divide(drawn_root - root, scale, out=np.zeros_like(drawn), where=scale > 0)
    return np.maximum(root - t * own, 0.0) ** 2


def dealt(count: int, draws: int, *, step: int) -> np.ndarray:
    """(draws,) which of `count` imputations each draw takes, all alike often. Things dealt with another step meet anew
    in every round."""
    draw = np.arange(draws)
    return (draw + step * (draw // count)) % count


def ranges(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """10th and 90th percentile of every column of (draws, columns)."""
    low, high = np.quantile(draws, [LOW, HIGH], axis=0)
    return low, high


def ranks(draws: np.ndarray) -> np.ndarray:
    """Rank of every column in every draw, 1 = largest; ties go to the earlier column. Shape (draws, columns)."""
    order = np.argsort(-draws, axis=1, kind="stable")
    positions = np.empty_like(order)
    np.put_along_axis(positions, order, np.arange(1, draws.shape[1] + 1)[None, :], axis=1)
    return positions


def wilson(successes: int, n: int, z: float = 1.2815515655446004) -> tuple[float, float]:
    """Wilson score interval of a share (z of the 80% range). n = 0 gives (0, 1)."""
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(max(centre - half, 0.0)), float(min(centre + half, 1.0))


def poisson_range(counts: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exact 80% interval of Poisson counts (Garwood 1936), the upper end at most `most`.

    Low is the 10% point of Gamma(count), high the 90% point of Gamma(count + 1).
    """
    from scipy.special import gammaincinv  # scipy.stats, which has the same, takes a second to import

    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1e-9), LOW), 0.0)
    high = np.minimum(gammaincinv(counts + 1.0, HIGH), most)
    return low, np.maximum(high, counts)
