"""Contacts that a bot or self-service takes, paid by the session or by a flat licence."""

from typing import TYPE_CHECKING

from pydantic import Field

from voc.config import Settings
from voc.cost_models._parts import amount, said, under_commitment

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "Bot or self-service: price a session is cash; a flat licence counts in the full cost alone"
COMMITMENT = "committed_sessions_month"
_SESSION = {"unit": "money a session"}


class Parameters(Settings):
    """Values of one channel."""

    price_per_session: float = Field(
        ge=0, description="Price of a session or resolution; 0 under a flat licence", json_schema_extra=_SESSION
    )
    licence_per_session: float = Field(
        0,
        ge=0,
        description="Flat licence over the sessions it serves: stays without the contact",
        json_schema_extra=_SESSION,
    )
    other_cost: float = Field(0, ge=0, description="Telecom or model cost a session", json_schema_extra=_SESSION)
    handle_minutes: float | None = Field(None, gt=0, description="Only for hours of people who watch the bot")
    committed_sessions_month: float = Field(
        0, ge=0, description="Sessions a month paid for whether they come or not, all channels of the group together"
    )


def price(contacts: "pd.DataFrame", parameters: Parameters, *, commitment_ratio: float = 0.0) -> "pd.DataFrame":
    """Cost of each session: price + other cost (cash) + the licence's share (in the full cost alone)."""
    p = parameters
    full, cash = under_commitment(p.price_per_session, commitment_ratio)
    return contacts[[]].assign(
        cost_full=full + p.other_cost + p.licence_per_session,
        cost_avoidable_cash=cash + p.other_cost,
        cost_avoidable_capacity=0.0,
    )


def volume(contacts: "pd.DataFrame", parameters: Parameters) -> "pd.Series":
    """What counts towards the commitment: one a session."""
    return contacts[[]].assign(volume=1.0)["volume"]


def worked(p: Parameters) -> list[str]:
    """The arithmetic of one session in words."""
    cash = p.price_per_session + p.other_cost
    lines = [
        f"{said(p.price_per_session)} + {said(p.other_cost)} + {said(p.licence_per_session)} of the licence = "
        f"{said(cash + p.licence_per_session)} in full, {amount(cash)} of it cash"
    ]
    if p.committed_sessions_month:
        lines.append(f"up to {said(p.committed_sessions_month)} sessions a month are paid anyway: no cash is saved")
    return lines
