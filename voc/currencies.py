"""ISO 4217 currency codes, and rates between them as a user's own table gives them."""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from voc.config import Settings
from voc.errors import VocError

CODES = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
        "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
        "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
        "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
        "TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
    ).split()
)


_WORDS = {
    "dollar": "USD", "dollars": "USD", "$": "USD", "euro": "EUR", "euros": "EUR", "€": "EUR", "pound": "GBP",
    "pounds": "GBP", "£": "GBP", "yen": "JPY", "¥": "JPY",
}  # fmt: skip


def currency_code(code: str) -> str:
    """Pass a currency code on. Raises ValueError when ISO 4217 has no such code."""
    if code not in CODES:
        near = [code.upper()] if code.upper() in CODES else [_WORDS[code.lower()]] if code.lower() in _WORDS else []
        near = near or sorted(known for known in CODES if len(code) == 3 and known[:2] == code[:2].upper())
        hint = f"Did you mean {' or '.join(repr(known) for known in near)}?" if near else "An example is EUR."
        raise ValueError(f"no currency code of ISO 4217. {hint}")
    return code


class Rate(Settings):
    """One rate of exchange: an amount in `from` times `rate` is the amount in `to`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: str = Field(alias="from", description="Currency of the amounts as they stand")
    to: str = Field(description="Currency they are reported in")
    rate: float = Field(gt=0, allow_inf_nan=False, description="What one unit of `from` is in `to`")
    on: date = Field(alias="date", description="Day of the rate, or last day of the period it is the mean of")
    source: str = Field(min_length=1, description="Who says so")

    _known = field_validator("from_", "to")(currency_code)

    @model_validator(mode="after")
    def _two_currencies(self) -> Self:
        if self.from_ == self.to:
            raise ValueError(f"a rate from {self.to} to itself")
        return self


def twice(rates: Sequence[Rate]) -> tuple[str, str] | None:
    """The first pair of currencies, either way round, that has two rates."""
    pairs = [tuple(sorted((rate.from_, rate.to))) for rate in rates]
    return next((pair for pair in pairs if pairs.count(pair) > 1), None)


def factor(rates: Sequence[Rate], source: str, target: str, where: str) -> float:
    """What one unit of `source` is in `target`; a rate the other way round is turned.

    Raises VocError naming `where` the amount stands when the table has no rate of the two.
    """
    if source == target:
        return 1.0
    for rate in rates:
        if (rate.from_, rate.to) == (source, target):
            return rate.rate
        if (rate.from_, rate.to) == (target, source):
            return 1 / rate.rate
    raise VocError(
        f"{where}: the amount is in {source}, the report in {target}, and there is no rate between them.",
        f"Add it under fx: {{from: {source}, to: {target}, rate: ..., date: ..., source: ...}}.",
    )
