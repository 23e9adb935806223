"""Contacts handled by an outsourcer that is paid by the hour of its people."""

from typing import TYPE_CHECKING

from pydantic import Field

from voc.config import Settings
from voc.cost_models._parts import amount, said, under_commitment

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Outsourcer paid by the hour: price over the productive share of the hours on its invoice"
NEEDS_MINUTES = True
COMMITMENT = "committed_hours_month"


class Parameters(Settings):
    """Values of one channel in one group (the group's parameters and the channel's own lines together)."""

    price_per_hour: float = Field(
        gt=0, description="Price of a billed hour", json_schema_extra={"unit": "money an hour"}
    )
    productive_share: float = Field(gt=0, le=1, description="Handled hours over billed hours, from the invoice")
    handle_minutes: float | None = Field(None, gt=0, description="Used where a contact's own time is not known")
    concurrency: float = Field(
        1, ge=1, description="Contacts one person handles at the same time (chat); handle time as it is then"
    )
    other_cost: float = Field(
        0,
        ge=0,
        description="Telecom or licence cost a contact, paid beside the price",
        json_schema_extra={"unit": "money a contact"},
    )
    committed_hours_month: float = Field(
        0, ge=0, description="Hours a month paid for whether used or not, all channels of the group together"
    )


def price(contacts: "pd.DataFrame", parameters: Parameters, *, commitment_ratio: float = 0.0) -> "pd.DataFrame":
    """Cost of each contact: billed hours x price + other cost.

    All of it is cash, as far as fewer hours are ordered when fewer are needed: hours that must be paid anyway stand as
    a commitment. `commitment_ratio` is the committed number of hours over the number there is.
    """
    full, cash = under_commitment(volume(contacts, parameters) * parameters.price_per_hour, commitment_ratio)
    extra = parameters.other_cost
    return contacts[[]].assign(cost_full=full + extra, cost_avoidable_cash=cash + extra, cost_avoidable_capacity=0.0)


def volume(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.Series":
    """Billed hours behind each contact: minutes / (60 x concurrency x productive share)."""
    return contacts["handle_minutes"] / (60 * parameters.concurrency * parameters.productive_share)


def worked(p: Parameters) -> list[str]:
    """The arithmetic of one contact in words, at the given handle time, or of one minute where none is given."""
    minutes = p.handle_minutes or 1.0
    minute = p.price_per_hour / (60 * p.productive_share)
    at_once = f" / {said(p.concurrency)} at a time" if p.concurrency != 1 else ""
    cost = minute * minutes / p.concurrency + p.other_cost
    lines = [
        f"{said(p.price_per_hour)} / (60 x {said(p.productive_share)}) = {said(minute)} a handled minute",
        f"{said(minute)} x {said(minutes)}{at_once} + {said(p.other_cost)} = {amount(cost)} in full, all of it cash as "
        "far as fewer hours are ordered",
    ]
    if p.committed_hours_month:
        lines.append(f"up to {said(p.committed_hours_month)} hours a month are paid anyway: no cash is saved")
    return lines
