"""Contacts handled by paid staff: wage, on-costs, overhead, shrinkage, occupancy and handle time."""

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from voc.config import Settings
from voc.cost_models._parts import amount, check_transfers, said

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Own staff: cost per handled minute from wage, on-cost, overhead, shrinkage and occupancy"
NEEDS_MINUTES = True
_HOUR, _CONTACT = {"unit": "money an hour"}, {"unit": "money a contact"}


class Parameters(Settings):
    """Values of one channel in one group (the group's parameters and the channel's own lines together)."""

    wage_per_hour: float = Field(gt=0, description="Gross wage of a paid hour", json_schema_extra=_HOUR)
    on_cost_share: float = Field(0, ge=0, description="Benefits and payroll taxes, as a share of the wage")
    support_overhead_share: float = Field(
        0, ge=0, description="Supervision, tools, premises, as a share of wage + on-cost"
    )
    shrinkage_share: float = Field(ge=0, lt=1, description="Share of paid time not available for contacts")
    occupancy_share: float = Field(gt=0, le=1, description="Share of available time spent on contacts")
    handle_minutes: float | None = Field(None, gt=0, description="Used where a contact's own time is not known")
    concurrency: float = Field(
        1, ge=1, description="Contacts one person handles at the same time (chat); handle time as it is then"
    )
    other_cost: float = Field(0, ge=0, description="Telecom or licence cost a contact", json_schema_extra=_CONTACT)
    transfer_share: float = Field(0, ge=0, le=1, description="Share of contacts passed on to the next tier")
    transfer_minutes: float | None = Field(
        None, gt=0, description="Minutes of the next tier on a contact passed on; not part of handle_minutes"
    )
    transfer_wage_per_hour: float | None = Field(
        None, gt=0, description="Gross wage of a paid hour of the next tier", json_schema_extra=_HOUR
    )

    @model_validator(mode="after")
    def _transfers_are_priced(self) -> Self:
        check_transfers(self, "transfer_minutes", "transfer_wage_per_hour")
        return self


def price(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.DataFrame":
    """Cost of each contact.

    `contacts` has `handle_minutes` (filled). Returns cost_full, cost_avoidable_cash and cost_avoidable_capacity:

        paid-hour cost          H = wage x (1 + on-cost) x (1 + overhead)
        cost per handled minute m = H / (60 x (1 - shrinkage) x occupancy)
        full cost               c = m x minutes / concurrency + transfer share x m x minutes of the next tier + other

    Without the contact the other cost is not spent (cash); the minutes are freed (capacity), valued without overhead,
    which stays whether the contact comes or not. The next tier has the same on-cost, overhead and productive share.
    """
    p = parameters
    productive_minutes = 60 * _productive_share(p)
    staff = p.wage_per_hour * (1 + p.on_cost_share) * contacts["handle_minutes"] / p.concurrency / productive_minutes
    if p.transfer_minutes is not None and p.transfer_wage_per_hour is not None:
        next_tier = p.transfer_wage_per_hour * (1 + p.on_cost_share) * p.transfer_minutes / productive_minutes
        staff = staff + p.transfer_share * next_tier
    return contacts[[]].assign(
        cost_full=staff * (1 + p.support_overhead_share) + p.other_cost,
        cost_avoidable_cash=p.other_cost,
        cost_avoidable_capacity=staff,
    )


def paid_minutes(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.Series":
    """Paid staff time behind each contact: handle time over concurrency and productive share, transfers included.

    Its sum over a month, over what a full-time person is paid for in a month, is the number of people (FTE).
    """
    p = parameters
    transferred = p.transfer_share * p.transfer_minutes if p.transfer_minutes is not None else 0.0
    return (contacts["handle_minutes"] / p.concurrency + transferred) / _productive_share(p)


def _productive_share(p: Parameters) -> float:
    return (1 - p.shrinkage_share) * p.occupancy_share


def worked(p: Parameters) -> list[str]:
    """The arithmetic of one contact in words, at the given handle time, or of one minute where none is given."""
    minutes = p.handle_minutes or 1.0
    hour = p.wage_per_hour * (1 + p.on_cost_share)
    full, productive = hour * (1 + p.support_overhead_share), 60 * _productive_share(p)
    at_once = f" / {said(p.concurrency)} at a time" if p.concurrency != 1 else ""
    cost = full / productive * minutes / p.concurrency
    lines = [
        f"{said(p.wage_per_hour)} x (1 + {said(p.on_cost_share)}) = {said(hour)} a paid hour, "
        f"x (1 + {said(p.support_overhead_share)}) = {said(full)} with overhead",
        f"60 x (1 - {said(p.shrinkage_share)}) x {said(p.occupancy_share)} = {said(productive)} handled minutes in a "
        f"paid hour: {said(full / productive)} a minute",
    ]
    transfer = ""
    if p.transfer_share and p.transfer_minutes and p.transfer_wage_per_hour:
        next_minute = full / productive * p.transfer_wage_per_hour / p.wage_per_hour
        cost += p.transfer_share * p.transfer_minutes * next_minute
        transfer = f" + {said(p.transfer_share)} x {said(p.transfer_minutes)} x {said(next_minute)} for the next tier"
    total = cost + p.other_cost
    lines.append(
        f"{said(full / productive)} x {said(minutes)}{at_once}{transfer} + {said(p.other_cost)} = "
        f"{amount(total)} in full"
    )
    staff = cost / (1 + p.support_overhead_share)
    return [
        *lines,
        f"without it: {amount(p.other_cost)} less cash, and {amount(staff)} of staff time free (no overhead)",
    ]
