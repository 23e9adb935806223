"""Cost files (YAML): what a contact costs by group and channel, every line with the source of its value."""

import typing
from pathlib import Path

from pydantic import Field, model_validator

from voc.config import Settings, read_yaml, validate

EVERY = "*"


class Line(Settings):
    """One value with where it comes from. There is no default: a figure nobody stands for is not used."""

    value: float = Field(description="The value, in the unit its key says")
    source: typing.Literal["assumption", "ledger", "contract"] = Field(description="assumption, ledger or contract")
    note: str = Field("", description="Anything a reader should know about it")


class CostGroup(Settings):
    """Sites that share a cost model, with its parameters and its channels."""

    name: str = Field(description="Name of the group")
    sites: tuple[str, ...] = Field((EVERY,), description="Sites handled by this group; '*' is every other site")
    model: str = Field(description="Cost model: in_house, bpo_per_contact (`voc list cost_models`)")
    parameters: dict[str, Line] = Field(default_factory=dict, description="Lines that hold for all its channels")
    channels: dict[str, dict[str, Line]] = Field(min_length=1, description="By channel; '*' is every other channel")


class CostFile(Settings):
    """A cost file."""

    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of every amount in the file")
    groups: list[CostGroup] = Field(min_length=1, description="Who handles contacts")

    @model_validator(mode="after")
    def _groups_differ(self) -> typing.Self:
        for what, values in (
            ("group", [g.name for g in self.groups]),
            ("site", [site for g in self.groups for site in g.sites]),
        ):
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise ValueError(f"the {what} '{twice[0]}' stands in the file twice")
        return self

    def group_of(self, site: str | None) -> CostGroup | None:
        """The group that handles a site, whatever its capitals; None when no group does."""
        for group in self.groups:
            if site is not None and site.strip().casefold() in {name.strip().casefold() for name in group.sites}:
                return group
        return next((group for group in self.groups if EVERY in group.sites), None)

    def lines(self) -> list[tuple[str, Line]]:
        """Every line of the file with its place."""
        found = []
        for group in self.groups:
            found += [(f"groups.{group.name}.{key}", line) for key, line in group.parameters.items()]
            for channel, lines in group.channels.items():
                found += [(f"groups.{group.name}.channels.{channel}.{key}", line) for key, line in lines.items()]
        return found

    @property
    def is_illustrative(self) -> bool:
        """Whether any line is an assumption."""
        return any(line.source == "assumption" for _, line in self.lines())


def load_costs(wanted: str, base: Path) -> CostFile:
    """Read a cost file, path relative to `base`. Raises VocError with file, line and key."""
    path = base / wanted
    return validate(CostFile, read_yaml(path), path)


def channel_lines(group: CostGroup, channel: str) -> dict[str, Line] | None:
    """Lines of a channel in a group, else of '*', else None."""
    return group.channels.get(channel, group.channels.get(EVERY))
