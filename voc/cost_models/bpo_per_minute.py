"""Contacts handled by an outsourcer that is paid by the minute, in billing increments."""

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from voc.config import Settings
from voc.cost_models._parts import amount, check_transfers, in_increments, said, under_commitment

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Outsourcer paid by the handled minute, with billing increment and minimum: the bill is cash"
NEEDS_MINUTES = True
COMMITMENT = "committed_minutes_month"
_MINUTE, _CONTACT = {"unit": "money a minute"}, {"unit": "money a contact"}


class Parameters(Settings):
    """Values of one channel in one group (the group's parameters and the channel's own lines together)."""

    price_per_minute: float = Field(gt=0, description="Price of a handled minute", json_schema_extra=_MINUTE)
    billing_increment_seconds: float = Field(
        0, ge=0, le=3600, description="Time is billed in whole steps of this length; 0 for the exact time"
    )
    minimum_minutes: float = Field(0, ge=0, description="Least time billed a contact")
    handle_minutes: float | None = Field(None, gt=0, description="Used where a contact's own time is not known")
    other_cost: float = Field(
        0, ge=0, description="Telecom or licence cost a contact, paid beside the price", json_schema_extra=_CONTACT
    )
    committed_minutes_month: float = Field(
        0, ge=0, description="Minutes a month paid for whether used or not, all channels of the group together"
    )
    transfer_share: float = Field(0, ge=0, le=1, description="Share of contacts passed on to the next tier")
    transfer_minutes: float | None = Field(
        None, gt=0, description="Minutes of the next tier on a contact passed on; not part of handle_minutes"
    )
    transfer_price_per_minute: float | None = Field(
        None, gt=0, description="Price of a minute of the next tier", json_schema_extra=_MINUTE
    )

    @model_validator(mode="after")
    def _transfers_are_priced(self) -> Self:
        check_transfers(self, "transfer_minutes", "transfer_price_per_minute")
        return self


def price(contacts: "pd.DataFrame", parameters: Parameters, *, commitment_ratio: float = 0.0) -> "pd.DataFrame":
    """Cost of each contact: billed minutes x price + transfers + other cost, all of it cash.

    `contacts` has `handle_minutes` (filled). `commitment_ratio` is the committed number of minutes over the billed
    number there is; from 1 on the billed minutes are no cash.
    """
    p = parameters
    full, cash = under_commitment(volume(contacts, p) * p.price_per_minute, commitment_ratio)
    extra = p.other_cost
    if p.transfer_minutes is not None and p.transfer_price_per_minute is not None:
        billed = in_increments(p.transfer_minutes, p.billing_increment_seconds, p.minimum_minutes)
        extra = extra + p.transfer_share * billed * p.transfer_price_per_minute
    return contacts[[]].assign(cost_full=full + extra, cost_avoidable_cash=cash + extra, cost_avoidable_capacity=0.0)


def volume(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.Series":
    """Billed minutes of each contact: they count towards the commitment."""
    minutes = contacts["handle_minutes"]
    return minutes * 0 + in_increments(minutes, parameters.billing_increment_seconds, parameters.minimum_minutes)


def worked(p: Parameters) -> list[str]:
    """The arithmetic of one contact in words, at the given handle time, or of one minute where none is given."""
    minutes = p.handle_minutes or 1.0
    billed = float(in_increments(minutes, p.billing_increment_seconds, p.minimum_minutes))
    steps = f" in steps of {said(p.billing_increment_seconds)} seconds" if p.billing_increment_seconds else ""
    least = f", at least {said(p.minimum_minutes)}" if p.minimum_minutes else ""
    lines = [f"{said(minutes)} minutes{steps}{least}: {said(billed)} billed"]
    cost, transfer = billed * p.price_per_minute + p.other_cost, ""
    if p.transfer_share and p.transfer_minutes and p.transfer_price_per_minute:
        more = float(in_increments(p.transfer_minutes, p.billing_increment_seconds, p.minimum_minutes))
        cost += p.transfer_share * more * p.transfer_price_per_minute
        transfer = f" + {said(p.transfer_share)} x {said(more)} x {said(p.transfer_price_per_minute)} for the next tier"
    lines.append(
        f"{said(billed)} x {said(p.price_per_minute)}{transfer} + {said(p.other_cost)} = "
        f"{amount(cost)} in full, all of it cash"
    )
    if p.committed_minutes_month:
        lines.append(f"up to {said(p.committed_minutes_month)} minutes a month are paid anyway: no cash is saved")
    return lines
