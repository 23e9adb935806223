"""How many come back by which day, when the last days of the data cannot have shown it yet."""

import numpy as np


def kaplan_meier(
    time: np.ndarray, is_event: np.ndarray, *, at: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Share that came back by each day of `at`: 1 - S, S the product-limit estimate (Kaplan and Meier 1958).

    time: (n,) days until the next contact or the end of the data, whichever came first; is_event: (n,) whether it was
    the contact. weights: (n,), or (n, draws) for resamples, which gives (len(at), draws). An event and the end on the
    same day: the event came first. Without contacts, nan.
    """
    return cumulative_incidence(time, np.asarray(is_event, dtype=int), at=at, weights=weights, kinds=1)[0]


def cumulative_incidence(
    time: np.ndarray, kind: np.ndarray, *, at: np.ndarray, weights: np.ndarray | None = None, kinds: int | None = None
) -> np.ndarray:
    """Share (kinds, len(at)) to which each kind of event had happened by each day of `at` (Aalen and Johansen 1978).

    kind: (n,) 0 for the end of the data, 1 .. kinds for what happened first, such as 1 a repeat, 2 an account closed. To
    treat the second as an end of the data would overstate the first. weights as in `kaplan_meier`; with (n, draws)
    the result is (kinds, len(at), draws).
    """
    time, kind, at = np.asarray(time, dtype=float), np.asarray(kind), np.asarray(at, dtype=float)
    weight = np.ones(len(time)) if weights is None else np.asarray(weights, dtype=float)
    kinds = int(kind.max(initial=1)) if kinds is None else kinds
    if not len(time):
        return np.full((kinds, len(at), *weight.shape[1:]), np.nan)
    order = np.argsort(time, kind="stable")
    time, kind, weight = time[order], kind[order], weight[order]
    days = np.flatnonzero(np.diff(time, prepend=-np.inf))  # first contact of each distinct time
    at_risk = weight[::-1].cumsum(axis=0)[::-1][days]
    is_kind = (kind == np.arange(1, kinds + 1)[:, None]).astype(float)
    hazard = np.stack([
        np.add.reduceat((weight.T * events).T, days, axis=0) / np.where(at_risk > 0, at_risk, 1) for events in is_kind
    ])  # fmt: skip
    survival = np.cumprod(1 - hazard.sum(axis=0), axis=0)
    before = np.concatenate([np.ones_like(survival[:1]), survival[:-1]])
    incidence = (hazard * before).cumsum(axis=1)
    incidence = np.concatenate([np.zeros_like(incidence[:, :1]), incidence], axis=1)
    return incidence[:, np.searchsorted(time[days], at, side="right")]


def maturity(
    time: np.ndarray, is_event: np.ndarray, *, age: np.ndarray, window: float, weights: np.ndarray | None = None
) -> np.ndarray:
    """Share of its repeats within the window that a contact of each `age` in days has shown: F(a) = I(a) / I(window).

    Repeats seen so far over F are the provisional figure of a recent period. 1 from the window on; nan where nothing
    came back at all.
    """
    age = np.asarray(age, dtype=float)
    came = kaplan_meier(time, is_event, at=np.append(np.minimum(age, window), window), weights=weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(came[-1] > 0, came[:-1] / came[-1], np.nan)
