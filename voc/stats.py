"""Resampling of customers and the summaries read from it."""

import numpy as np

LOW, HIGH = 0.10, 0.90  # ends of the 80% range
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
    """Sum `values` (n,) into a sparse matrix (customers, columns) by integer codes."""
    from scipy.sparse import coo_matrix

    return coo_matrix((values.astype(np.float64), (customers, columns)), shape=shape).tocsr()


def resampled_totals(totals, *, draws: int, seed: int, chunk: int = 100) -> np.ndarray:
    """Column totals under `draws` resamples of the rows: (draws, columns).

    The cluster bootstrap: rows (customers) are drawn with replacement, so that all contacts of a customer come or
    stay away together. A resample is a vector of counts, and its totals are one matrix product. The same seed and
    number of rows give the same resamples, so all figures about the same customers are read from the same ones.
    """
    rng = np.random.default_rng(seed)
    rows = totals.shape[0]
    if rows == 0:
        return np.zeros((draws, totals.shape[1]))
    parts = []
    for start in range(0, draws, chunk):
        # counting drawn rows is some eight times quicker than rng.multinomial with many categories
        counts = np.stack([np.bincount(rng.integers(0, rows, rows), minlength=rows)
                           for _ in range(min(chunk, draws - start))])  # fmt: skip
        parts.append((totals.T @ counts.T).T)
    return np.vstack(parts)


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
    from scipy.stats import gamma

    low = np.where(counts > 0, gamma.ppf(LOW, np.maximum(counts, 1e-9)), 0.0)
    high = np.minimum(gamma.ppf(HIGH, counts + 1.0), most)
    return low, np.maximum(high, counts)
