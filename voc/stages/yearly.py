"""The present rate for a year: the last whole weeks, the season they lie in, and how many customers are to come.

    year = cost of the window / sum over its weeks of season * 52.2 * customers to come over customers of the window

The window is the last 13 whole weeks, 26 for topics of low volume. A repeat belongs to the week it was made in, so that
no week lacks any.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc.costs import CostFile

WEEKS, WEEKS_OF_FEW = 13, 26  # the rate is taken from; the second where contacts are few
FEWEST, ENOUGH = 8, 26  # whole weeks: for a figure at all, and for one without a warning
SEASON = 104  # whole weeks from which a season can be told
LATEST = 4  # weeks whose customers stand for those to come
DAYS_A_WEEK, WEEKS_A_YEAR, ROUND = 7.0, 365.25 / 7, 52


@dataclass(frozen=True)
class Year:
    """What the yearly figure rests on. Weeks are counted back from the last contact: 0 is the last one."""

    weeks: int  # whole weeks of data
    season: np.ndarray | None  # (weeks,) contacts of each week over those of the mean week; None where it cannot be told
    growth: float  # customers to come over those of the last 13 weeks
    growth_basis: str

    @property
    def is_known(self) -> bool:
        return self.weeks >= FEWEST

    def of_a_year(self, is_low_volume: bool) -> float:
        """What a total of the window is multiplied with."""
        window = window_weeks(self.weeks, is_low_volume)
        seasons = window if self.season is None else float(self.season[:window].sum())
        return WEEKS_A_YEAR / seasons * self.growth

    @property
    def basis(self) -> str:
        """In words, with its caution."""
        if not self.is_known:
            return f"none: {self.weeks} whole weeks of data, fewer than {FEWEST}"
        few, usual = (window_weeks(self.weeks, is_low) for is_low in (True, False))
        found = f"mean of the last {usual} weeks" + (f", {few} where contacts are few" if few > WEEKS else "")
        if self.season is not None:
            found += f"; season from {self.weeks} weeks"
        elif self.weeks < ENOUGH:
            found += f"; of {self.weeks} weeks of data: simple run-rate, no seasonality"
        else:
            found += f"; no seasonality: {self.weeks} weeks of data, {SEASON} would show it"
        return found + self.growth_basis


def year_of(opened: np.ndarray, share: np.ndarray, customers: pd.Series, costs: CostFile | None) -> Year:
    """From the contacts of all topics: opened (n,) days, share (n,) of a contact, its customer."""
    if not len(opened):
        return Year(0, None, 1.0, "")
    weeks = whole_weeks(opened)
    week = weeks_back(opened)
    season = season_index(np.bincount(week, share, weeks + 1)[:weeks]) if weeks >= SEASON else None
    return Year(weeks, season, *_growth(week, customers, weeks, season, costs))


def whole_weeks(opened: np.ndarray) -> int:
    """Whole weeks between the first contact and the last."""
    return int((opened.max() - opened.min()) // DAYS_A_WEEK) if len(opened) else 0


def window_weeks(weeks: int, is_low_volume: bool) -> int:
    """Weeks the rate of a topic is taken from, of as many as there are."""
    return min(WEEKS_OF_FEW if is_low_volume else WEEKS, weeks)


def weeks_back(opened: np.ndarray) -> np.ndarray:
    """Week (n,) of each contact, counted back from the last one."""
    return ((opened.max() - opened) // DAYS_A_WEEK).astype(int)


def season_index(contacts: np.ndarray) -> np.ndarray:
    """Contacts of each week over what the year around it brings, (weeks,), by the week of the year; mean 1 over a year.

    Ratio to a centred moving average of 52 weeks, averaged over the years and smoothed over five weeks (classical
    decomposition; Hyndman and Athanasopoulos 2021, 3.4).
    """
    weights = np.array([0.5, *np.ones(ROUND - 1), 0.5]) / ROUND
    trend = np.convolve(contacts, weights, mode="valid")
    middle = np.arange(len(trend)) + ROUND // 2
    ratio = np.divide(contacts[middle], trend, out=np.ones(len(trend)), where=trend > 0)
    of_week = np.bincount(middle % ROUND, ratio, ROUND) / np.maximum(np.bincount(middle % ROUND, minlength=ROUND), 1)
    smooth = sum(part * np.roll(of_week, shift) for shift, part in zip(range(-2, 3), np.array([1, 2, 3, 2, 1]) / 9, strict=True))
    return (smooth / smooth.mean())[np.arange(len(contacts)) % ROUND]


def _growth(
    week: np.ndarray, customers: pd.Series, weeks: int, season: np.ndarray | None, costs: CostFile | None
) -> tuple[float, str]:
    """As the cost file plans it, else active customers of the last 4 weeks over those of the last 13."""
    plan = costs.exposure if costs else None
    if plan is not None:
        planned = plan.planned_week.value / plan.recent_week.value
        return planned, f"; {plan.unit} a week planned at {planned:.2f} times the recent ones"
    known = pd.DataFrame({"week": week, "customer": customers.to_numpy()}).dropna()
    known = known[known["week"] < min(WEEKS, weeks)].drop_duplicates()
    active = np.bincount(known["week"], minlength=min(WEEKS, weeks))[: min(WEEKS, weeks)].astype(float)
    if len(active) < FEWEST or not (active > 0).all():
        return 1.0, "; as many customers as now"
    active = active if season is None else active / season[: len(active)]
    found = float(active[:LATEST].mean() / active.mean())
    return found, f"; customers a week as in the last {LATEST}, {found:.2f} times those of the {len(active)}"
