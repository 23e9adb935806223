"""How far the gap mixture itself can be trusted: it is fitted again to customers drawn anew."""

import numpy as np
import pandas as pd

from voc import tables
from voc.context import RunContext
from voc.repeats.mixture import Groups, Mixture, fit_mixture
from voc.stats import customer_counts

REFITS = 20
# From the full fit. In much data a resample differs so little from it that fewer do: what the last ones change is then
# below a hundredth of the spread between resamples (from 20,000 contacts on in made-up data).
ITERATIONS, ITERATIONS_OF_MUCH, MUCH = 10, 6, 50_000


def refit_rows(groups: Groups, share: np.ndarray, topic: np.ndarray, mixture: Mixture, people: np.ndarray,
               customers: np.ndarray, names: np.ndarray, run: RunContext) -> pd.DataFrame:  # fmt: skip
    """Table `repeat_refits`: net repeats of each topic by the refitted mixture over those by the published one.

    groups: contacts of the mixture; share (n,) and topic (n,): what each is charged with and to which of `names`;
    people: all who may be drawn, in order; customers: ids by the code in groups.customer. Refit b belongs to draw b of
    the run's resamples: both ratios are taken over the customers drawn there.
    """
    gap = groups.start - np.roll(groups.end, 1)
    is_counted = ~np.isnan(mixture.probability) & ~groups.is_linked & (gap <= groups.window)
    place = np.searchsorted(people, customers)
    counts = customer_counts(len(people), draws=run.pipeline.resamples, seed=run.pipeline.seed)
    iterations = ITERATIONS_OF_MUCH if len(groups.group) >= MUCH else ITERATIONS
    blocks = []
    for number in range(REFITS if is_counted.any() else 0):
        drawn = counts[place, number].astype(float)[groups.customer]
        again = fit_mixture(groups, topics=int(groups.topic.max()) + 1, weights=drawn, iterations=iterations, start_from=mixture)
        weight = (drawn[groups.group] * share)[is_counted]
        sums = [np.bincount(topic[is_counted], weight * fit.probability[is_counted], len(names)) for fit in (again, mixture)]
        factor = np.divide(*sums, out=np.ones(len(names)), where=sums[1] > 0)
        blocks.append(pd.DataFrame({"refit": number, "topic_id": names, "factor": factor}))
    rows = pd.concat(blocks, ignore_index=True) if blocks else tables.RepeatRefit.empty()
    return tables.RepeatRefit.check(rows)
