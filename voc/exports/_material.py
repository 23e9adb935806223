"""What an export is given: the run it speaks of, its tables, and what a reader must know of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from voc.errors import VocError, did_you_mean
from voc.reports import _words as w
from voc.schema import Table

# Never handed on: hashes of who somebody is (the customer's id stands for them), and names of files and folders.
LEFT_OUT_COLUMNS = ("identifiers", "settings", "inputs", "versions")
# Rows as they stood in a file, signatures, briefings, prompts: nothing that another program counts with.
LEFT_OUT_TABLES = ("rejects", "removals", "briefings", "topic_namings", "topic_members", "run_stages", "files")
TEXT_TABLES = ("verbatims", "cleaned_verbatims", "passages")


@dataclass(frozen=True)
class Options:
    """What the command was told beside kind and place; a plug-in names those it takes in its OPTIONS."""

    top: int | None = None  # how many topics
    owner: str | None = None  # only what this owner should mend
    links: str | None = None  # address of the database in Datasette, for links to the evidence
    tables: tuple[str, ...] = ()  # only these tables
    texts: bool = False  # customers' whole texts too
    webhook_json: bool = False  # the digest as the body of a webhook


@dataclass(frozen=True)
class Basis:
    """What the figures of an export rest on; every export says it."""

    run_id: str
    pipeline: str
    started_at: str
    finished_at: str
    as_of: str | None
    period_from: str | None
    period_to: str | None
    currency: str | None
    voc_version: str
    cautions: tuple[str, ...]

    @property
    def period(self) -> str:
        """First and last day in words; empty where there is none."""
        first, last = w.day(self.period_from), w.day(self.period_to)
        return first if first == last else f"{first} to {last}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Run, period and currency in words, a line each; the cautions are told apart."""
        return (
            f"Run {self.run_id} of the pipeline {self.pipeline}, {w.day(self.started_at)}, voc {self.voc_version}.",
            f"Period: {self.period or 'no contacts'}.",
            f"Money: {self.currency}." if self.currency else "Money: none, the run has no cost file.",
        )

    def document(self) -> dict:
        """The same as plain data."""
        return {
            "run_id": self.run_id, "pipeline": self.pipeline, "run_started_at": self.started_at, "as_of": self.as_of,
            "period_from": self.period_from, "period_to": self.period_to, "currency": self.currency,
            "voc_version": self.voc_version, "cautions": list(self.cautions),
        }  # fmt: skip


@dataclass(frozen=True)
class Material:
    """A run's figures."""

    basis: Basis
    tables: tuple[Table, ...]  # what may leave, in the order of the flow
    reader: Callable[[str], pd.DataFrame]  # checked rows of a table: of the run, for a report table
    options: Options = Options()

    def read(self, name: str) -> pd.DataFrame:
        """Rows of a table in the order of its key. Raises VocError where the database holds another run's."""
        return self.reader(name)

    def rows(self, name: str) -> list[dict]:
        """Rows of a table as plain dicts, missing as None."""
        frame = self.read(name)
        plain = frame.astype(object).where(frame.notna(), None)
        return plain.to_dict("records")

    def priorities(self, *, default_top: int | None = None) -> list[dict]:
        """Priorities in order: those of the owner asked for, and as many as asked for.

        Raises VocError for an owner who has none.
        """
        found = sorted(self.rows("priorities"), key=lambda row: row["rank"])
        wanted = self.options.owner
        if wanted is not None:
            owners = sorted({row["owner"] for row in found if row["owner"]})
            found = [row for row in found if (row["owner"] or "").casefold() == wanted.strip().casefold()]
            if not found:
                listed = f"Owners with topics: {', '.join(owners)}." if owners else "No topic has an owner."
                raise VocError(f"No topic of the run belongs to '{wanted}'.", listed)
        top = self.options.top or default_top
        return found[:top] if top else found


def exported(declared: Table) -> Table:
    """A table as it leaves: without the columns that are never handed on."""
    kept = tuple(c for c in declared.columns if not c.is_provenance and c.name not in LEFT_OUT_COLUMNS)
    return replace(declared, columns=kept)


def chosen(material: Material) -> list[Table]:
    """The tables an export of many writes: those asked for, or all; whole texts only on demand.

    Raises VocError for a table that does not exist or never leaves.
    """
    known = {t.name: t for t in material.tables}
    unknown = [name for name in material.options.tables if name not in known]
    if unknown:
        raise VocError(f"There is no table '{unknown[0]}' to export.", did_you_mean(unknown[0], known))
    if material.options.tables:
        return [known[name] for name in known if name in material.options.tables]
    return [t for name, t in known.items() if material.options.texts or name not in TEXT_TABLES]
