"""Taxonomy files (YAML): the contact reasons a company knows, with examples, kind of demand and owner."""

import typing
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from voc.config import Settings, read_yaml, validate
from voc.starters import find
from voc.tables import DEMAND_TYPES


class TaxonomyReason(Settings):
    """One contact reason."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    label: str = Field(min_length=1)
    area: str = Field(min_length=1)
    description: str = ""
    examples: tuple[str, ...] = ()
    demand_type: str
    owner: str = "unrouted"
    fix_repeats: float | None = Field(None, ge=0, le=1)  # share of net repeats a fix would save; None: nobody has said
    fix_first: float | None = Field(None, ge=0, le=1)  # share of other contacts

    @field_validator("demand_type")
    @classmethod
    def _known_demand_type(cls, value: str) -> str:
        if value not in DEMAND_TYPES:
            raise ValueError(f"should be one of {', '.join(DEMAND_TYPES)}")
        return value

    @property
    def phrases(self) -> tuple[str, ...]:
        """Label and examples: the texts a topic is compared with."""
        return (self.label, *self.examples)


class Taxonomy(Settings):
    """A named list of contact reasons."""

    name: str
    title: str
    description: str = ""
    reasons: list[TaxonomyReason] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> typing.Self:
        seen: set[str] = set()
        for reason in self.reasons:
            if reason.id in seen:
                raise ValueError(f"two reasons have the id '{reason.id}'")
            seen.add(reason.id)
        return self


def load_taxonomy(wanted: str, base: Path) -> Taxonomy:
    """Read a taxonomy by starter name or path. Raises VocError with file, line and key."""
    path = find("taxonomies", wanted, base)
    return validate(Taxonomy, read_yaml(path), path)
