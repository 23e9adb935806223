"""Contacts handled by paid staff: wage, on-costs, overhead, shrinkage, occupancy and handle time."""

from typing import TYPE_CHECKING

from pydantic import Field

from voc.config import Settings

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Own staff: cost per handled minute from wage, on-cost, overhead, shrinkage and occupancy"


class Parameters(Settings):
    """Values of one channel in one group (the group's parameters and the channel's own lines together)."""

    wage_per_hour: float = Field(gt=0, description="Gross wage of a paid hour")
    on_cost_share: float = Field(0, ge=0, description="Benefits and payroll taxes, as a share of the wage")
    support_overhead_share: float = Field(0, ge=0, description="Supervision, tools, premises, as a share of wage + on-cost")
    shrinkage_share: float = Field(ge=0, lt=1, description="Share of paid time not available for contacts")
    occupancy_share: float = Field(gt=0, le=1, description="Share of available time spent on contacts")
    handle_minutes: float | None = Field(None, gt=0, description="Used where a contact's own time was not measured")
    concurrency: float = Field(1, ge=1, description="Contacts one person handles at the same time (chat)")
    other_cost: float = Field(0, ge=0, description="Telecom or licence cost a contact")


def price(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.DataFrame":
    """Cost of each contact.

    `contacts` has `handle_minutes` (filled). Returns cost_full, cost_avoidable_cash and cost_avoidable_capacity:

        paid-hour cost          H = wage x (1 + on-cost) x (1 + overhead)
        cost per handled minute m = H / (60 x (1 - shrinkage) x occupancy)
        full cost               c = m x minutes / concurrency + other cost

    Without the contact the other cost is not spent (cash); the minutes are freed (capacity), valued without overhead,
    which stays whether the contact comes or not.
    """
    p = parameters
    paid_hour = p.wage_per_hour * (1 + p.on_cost_share)
    productive_minutes = 60 * (1 - p.shrinkage_share) * p.occupancy_share
    minutes = contacts["handle_minutes"] / p.concurrency
    return contacts[[]].assign(
        cost_full=paid_hour * (1 + p.support_overhead_share) / productive_minutes * minutes + p.other_cost,
        cost_avoidable_cash=p.other_cost,
        cost_avoidable_capacity=paid_hour / productive_minutes * minutes,
    )
