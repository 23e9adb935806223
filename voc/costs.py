"""Cost files (YAML): what a contact costs by group and channel, every line with the source of its value."""

import datetime
import typing
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from voc.config import Settings, read_yaml, validate
from voc.currencies import Rate, currency_code, twice

EVERY = "*"


class Line(Settings):
    """One value with where it comes from. There is no default: a figure nobody stands for is not used."""

    value: float = Field(allow_inf_nan=False, description="The value, in the unit its key says")
    source: typing.Literal["assumption", "ledger", "contract"] = Field(description="assumption, ledger or contract")
    note: str = Field("", description="Anything a reader should know about it")
    low: float | None = Field(
        None, allow_inf_nan=False, description="Least it may be; without a range it is taken as exact"
    )
    high: float | None = Field(None, allow_inf_nan=False, description="Most it may be")
    currency: str | None = Field(None, description="Currency of an amount, where it is not the group's")

    @field_validator("currency")
    @classmethod
    def _known(cls, code: str | None) -> str | None:
        return None if code is None else currency_code(code)

    @model_validator(mode="after")
    def _range_holds_the_value(self) -> typing.Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("a range needs both low and high")
        if self.low is not None and not (self.low <= self.value <= self.high):
            raise ValueError(f"the value {self.value:g} is not between low {self.low:g} and high {self.high:g}")
        return self

    @property
    def has_range(self) -> bool:
        """Whether the draws behind the intervals vary it."""
        return self.low is not None and self.low < self.high


class CostGroup(Settings):
    """Sites that share a cost model, with its parameters and its channels."""

    name: str = Field(description="Name of the group")
    sites: tuple[str, ...] = Field((EVERY,), description="Sites handled by this group; '*' is every other site")
    model: str = Field(description="Cost model: in_house, bpo_per_contact ... (`voc list cost_models`)")
    currency: str | None = Field(None, description="Currency of the group's amounts, where it is not the file's")
    parameters: dict[str, Line] = Field(default_factory=dict, description="Lines that hold for all its channels")
    channels: dict[str, dict[str, Line]] = Field(min_length=1, description="By channel; '*' is every other channel")

    @field_validator("currency")
    @classmethod
    def _known(cls, code: str | None) -> str | None:
        return None if code is None else currency_code(code)

    @field_validator("channels")
    @classmethod
    def _one_rate_a_channel(cls, channels: dict) -> dict:
        _refuse_twins("channel", list(channels), "a channel has one rate")
        return channels


class Ledger(Settings):
    """What the books say handling cost in a period: the cost file is held against it."""

    total_cost: Line = Field(description="Cost of handling all contacts of the period")
    first_day: datetime.date = Field(description="First day of the period")
    last_day: datetime.date = Field(description="Last day of the period")
    scale: bool = Field(
        False, description="Scale every cost so that the period adds up to the ledger, where it nearly does"
    )

    @model_validator(mode="after")
    def _can_be(self) -> typing.Self:
        if self.last_day < self.first_day:
            raise ValueError("the period ends before it begins")
        if self.total_cost.value <= 0:
            raise ValueError("total_cost should be greater than 0")
        return self


class Finance(Settings):
    """What turns hours into people."""

    paid_hours_month: Line = Field(description="Hours a full-time person (FTE) is paid for in a month, leave included")

    @field_validator("paid_hours_month")
    @classmethod
    def _of_a_month(cls, line: Line) -> Line:
        if not 0 < line.value <= 744:
            raise ValueError("a month has more than 0 and at most 744 hours")
        return line


class Exposure(Settings):
    """How many customers or orders there are and will be, for the yearly figure."""

    unit: typing.Literal["customers", "orders"] = Field("customers", description="What is counted")
    recent_week: Line = Field(description="A week, on average over the last 13 weeks of the data")
    planned_week: Line = Field(description="A week, on average over the year to come")

    @field_validator("recent_week", "planned_week")
    @classmethod
    def _some(cls, line: Line) -> Line:
        if line.value <= 0:
            raise ValueError("a week should have more than 0")
        return line


class CostFile(Settings):
    """A cost file."""

    currency: str = Field(
        description="ISO 4217 code of the report; every amount without a currency of its own is in it"
    )
    groups: list[CostGroup] = Field(min_length=1, description="Who handles contacts")
    fx: tuple[Rate, ...] = Field((), description="Rates of exchange, where amounts stand in another currency")
    ledger: Ledger | None = Field(None, description="Total cost of a period from the books, to hold the file against")
    finance: Finance | None = Field(None, description="Paid hours of a full-time person, to turn hours into people")
    exposure: Exposure | None = Field(None, description="Recent and planned customers or orders, for the yearly figure")
    credits: str | None = Field(
        None, description="CSV of refunds and credits: contact_id, amount, currency, kind; path relative to this file"
    )

    _known = field_validator("currency")(currency_code)

    @field_validator("fx")
    @classmethod
    def _one_rate_a_pair(cls, rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
        if pair := twice(rates):
            raise ValueError(f"two rates between {pair[0]} and {pair[1]}: keep one")
        return rates

    @model_validator(mode="after")
    def _groups_differ(self) -> typing.Self:
        _refuse_twins("group", [g.name for g in self.groups])
        _refuse_twins("site", [site for g in self.groups for site in g.sites], "a site has one rate")
        return self

    def group_of(self, site: str | None) -> CostGroup | None:
        """The group that handles a site, whatever its capitals; None when no group does."""
        for group in self.groups:
            if site is not None and folded(site) in {folded(name) for name in group.sites}:
                return group
        return next((group for group in self.groups if EVERY in group.sites), None)

    def lines(self) -> list[tuple[str, Line]]:
        """Every line of the file with its place."""
        found = []
        for group in self.groups:
            found += [(f"groups.{group.name}.{key}", line) for key, line in group.parameters.items()]
            for channel, lines in group.channels.items():
                found += [(f"groups.{group.name}.channels.{channel}.{key}", line) for key, line in lines.items()]
        found += [("finance.paid_hours_month", self.finance.paid_hours_month)] if self.finance else []
        if self.exposure:
            found += [(f"exposure.{key}", getattr(self.exposure, key)) for key in ("recent_week", "planned_week")]
        found += [("ledger.total_cost", self.ledger.total_cost)] if self.ledger else []
        return found

    @property
    def is_illustrative(self) -> bool:
        """Whether any line is an assumption."""
        return any(line.source == "assumption" for _, line in self.lines())


def load_costs(wanted: str, base: Path) -> CostFile:
    """Read a cost file, path relative to `base`. Raises VocError with file, line and key.

    Whether the lines are what their cost models need is checked by `voc.cost_lines.load_checked`.
    """
    path = base / wanted
    return validate(CostFile, read_yaml(path), path)


def folded(name: str) -> str:
    """A name as compared: without capitals and surrounding spaces."""
    return name.strip().casefold()


def channel_key(group: CostGroup, channel: str) -> str | None:
    """The key of a channel in a group, whatever its capitals; '*' where the group has that; else None."""
    own = next((key for key in group.channels if folded(key) == folded(channel)), None)
    return own if own is not None else EVERY if EVERY in group.channels else None


def _refuse_twins(what: str, names: list[str], why: str = "") -> None:
    """Raise ValueError for two names that differ in nothing but capitals and spaces."""
    seen: dict[str, str] = {}
    for name in names:
        if folded(name) in seen:
            other = seen[folded(name)]
            spelled = "" if other == name else f" (as '{other}' and as '{name}')"
            raise ValueError(f"the {what} '{name}' stands in the file twice{spelled}{': ' + why if why else ''}")
        seen[folded(name)] = name
