"""Contacts handled by an outsourcer that is paid a price a contact."""

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from voc.config import Settings
from voc.cost_models._parts import amount, check_transfers, said, under_commitment

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Outsourcer paid by the contact: the price is cash not spent when the contact does not come"
COMMITMENT = "committed_contacts_month"
_CONTACT = {"unit": "money a contact"}


class Parameters(Settings):
    """Values of one channel."""

    price_per_contact: float = Field(gt=0, description="Price of one contact", json_schema_extra=_CONTACT)
    other_cost: float = Field(
        0, ge=0, description="Telecom or licence cost a contact, paid beside the price", json_schema_extra=_CONTACT
    )
    handle_minutes: float | None = Field(None, gt=0, description="Only for hours; the price does not depend on it")
    committed_contacts_month: float = Field(
        0, ge=0, description="Contacts a month paid for whether they come or not, all channels of the group together"
    )
    transfer_share: float = Field(0, ge=0, le=1, description="Share of contacts passed on to the next tier")
    price_per_transfer: float | None = Field(
        None, gt=0, description="Surcharge of a contact passed on", json_schema_extra=_CONTACT
    )

    @model_validator(mode="after")
    def _transfers_are_priced(self) -> Self:
        check_transfers(self, "price_per_transfer")
        return self


def price(contacts: "pd.DataFrame", parameters: Parameters, *, commitment_ratio: float = 0.0) -> "pd.DataFrame":
    """Cost of each contact: price + transfer share x surcharge + other cost, all of it cash.

    `commitment_ratio` is the committed number of contacts over the number there is; from 1 on the price is no cash.
    """
    p = parameters
    full, cash = under_commitment(p.price_per_contact, commitment_ratio)
    extra = p.other_cost + (p.transfer_share * p.price_per_transfer if p.price_per_transfer is not None else 0.0)
    return contacts[[]].assign(cost_full=full + extra, cost_avoidable_cash=cash + extra, cost_avoidable_capacity=0.0)


def volume(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.Series":
    """What counts towards the commitment: one a contact."""
    return contacts[[]].assign(volume=1.0)["volume"]


def worked(p: Parameters) -> list[str]:
    """The arithmetic of one contact in words."""
    cost = p.price_per_contact + p.other_cost
    transfer = ""
    if p.transfer_share and p.price_per_transfer:
        cost += p.transfer_share * p.price_per_transfer
        transfer = f" + {said(p.transfer_share)} x {said(p.price_per_transfer)} for transfers"
    lines = [f"{said(p.price_per_contact)}{transfer} + {said(p.other_cost)} = {amount(cost)} in full, all of it cash"]
    if p.committed_contacts_month:
        lines.append(
            f"up to {said(p.committed_contacts_month)} contacts a month the price is paid anyway: no cash is saved"
        )
    return lines
