"""Contacts handled by an outsourcer that is paid a price a contact."""

from typing import TYPE_CHECKING

from pydantic import Field

from voc.config import Settings

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Outsourcer paid by the contact: the price is cash not spent when the contact does not come"


class Parameters(Settings):
    """Values of one channel."""

    price_per_contact: float = Field(gt=0, description="Price of one contact")
    other_cost: float = Field(0, ge=0, description="Telecom or licence cost a contact, paid beside the price")
    handle_minutes: float | None = Field(None, gt=0, description="Only for hours; the price does not depend on it")


def price(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.DataFrame":
    """Cost of each contact: price + other cost, all of it cash. Volume commitments are not modelled here."""
    cost = parameters.price_per_contact + parameters.other_cost
    return contacts[[]].assign(cost_full=cost, cost_avoidable_cash=cost, cost_avoidable_capacity=0.0)
