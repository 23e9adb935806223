"""What every stage is told about the run it is part of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from voc.compute import Progress, silent
from voc.config import Pipeline
from voc.costs import CostFile
from voc.curation import Curation
from voc.schema import Table
from voc.taxonomy import Taxonomy

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class RunContext:
    """Settings and files of one run. Stages read it and change nothing in it."""

    pipeline: Pipeline
    folder: Path  # paths in the pipeline are relative to it
    run_id: str
    source_options: tuple[Any, ...] = ()  # one checked Options object a source, in order
    taxonomy: Taxonomy | None = None
    costs: CostFile | None = None
    curation: Curation = Curation()  # people's edits of topics
    key: bytes = b""  # what hashes of identifiers are made with (voc.secret)
    progress: Progress = silent
    # keeps a finished part of a cache table, so that a killed run does not lose it
    save_part: Callable[[str, pd.DataFrame], None] = lambda table, frame: None

    @property
    def currency(self) -> str | None:
        """Currency of every money figure; None without a cost file."""
        return self.costs.currency if self.costs else None


@dataclass(frozen=True)
class Chunks:
    """A table too large to hold at once: lists of its rows one after another, as often as wanted.

    A row is a tuple of plain values in the order of the table's columns; the database's own types and checks hold for it.
    """

    table: Table
    lists: Callable[[], Iterator[list[tuple]]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def __iter__(self) -> Iterator[list[tuple]]:
        return self.lists()

    def whole(self) -> pd.DataFrame:
        """All of it as one checked frame."""
        found = [row for some in self for row in some]
        return self.table.check(pd.DataFrame(found, columns=self.table.names)) if found else self.table.empty()


@dataclass(frozen=True)
class Result:
    """What a stage gives back: its tables, and counts worth telling people."""

    frames: dict[str, pd.DataFrame | Chunks]
    notes: dict[str, Any] = field(default_factory=dict)
    patches: dict[str, pd.DataFrame] = field(default_factory=dict)  # table -> key and new values of stored rows
    raw: Chunks | None = None  # unredacted texts, for the file that keep_raw names


@dataclass(frozen=True)
class Chart:
    """Numbers of a chart; the briefing draws it. `low` and `high` are whiskers, None where there is no range."""

    kind: str  # "bars" (one value a label) or "lines" (one series a label over `ticks`)
    title: str
    unit: str
    labels: tuple[str, ...]
    values: tuple[Any, ...]  # bars: float a label; lines: tuple of floats a label
    low: tuple[Any, ...] | None = None
    high: tuple[Any, ...] | None = None
    ticks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A report's part of the briefing. Texts are plain: the briefing escapes them."""

    title: str
    paragraphs: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    chart: Chart | None = None
    cautions: tuple[str, ...] = ()
