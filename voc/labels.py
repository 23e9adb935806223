"""A sample that people labelled: read it from a file, and find its rows among the texts of a database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from voc.errors import VocError
from voc.sources._tables import open_table, require_columns
from voc.text.html import html_to_text
from voc.text.marks import bare
from voc.text.redact import redact

# Columns taken for an id, a text and labels when none is named, the first that is there.
ID_COLUMNS = ("contact_id", "response_id", "verbatim_id", "ticket_id", "id")
TEXT_COLUMNS = ("text", "verbatim", "comment", "message", "question")
LABEL_COLUMNS = ("label", "labels", "topic", "topics", "reason", "reasons", "category", "intent")
NO_LABEL, NO_ID, NO_TEXT = "no label in the row", "no such id", "no such text"
MANY = "id stands in several sources: write it as source:id"


@dataclass(frozen=True, slots=True)
class Sample:
    """Labelled rows: the id or the text of each with its labels, in the order of the file; rows of one key joined."""

    path: Path
    rows: int
    column: str  # where the keys come from
    is_text: bool  # the keys are texts
    labels: dict[str, frozenset[str]]
    unlabelled: int  # rows without a label or without a key


@dataclass(frozen=True, slots=True)
class Located:
    """Verbatims of each labelled key that was found, and why the others were not."""

    verbatims: dict[str, tuple[str, ...]]
    not_found: dict[str, int] = field(default_factory=dict)


def split_labels(cell: str) -> frozenset[str]:
    """Labels of a cell, several parted by ';'. Blanks around and inside them are evened out; empty ones are none."""
    return frozenset(label for part in cell.split(";") if (label := " ".join(part.split())))


def read_sample(
    path: Path, *, id_column: str | None = None, text_column: str | None = None, label_column: str | None = None
) -> Sample:
    """Read a labelled sample from CSV, JSON lines, a workbook or Parquet.

    Labels that differ in capitals alone are one, spelled as first met. Raises VocError for an unreadable file, a
    column that is not there, and for fewer than two different labels.
    """
    rows = [row.cells for row in open_table(path).rows() if row.fault is None]
    columns = list(dict.fromkeys(name for cells in rows for name in cells)) or list(open_table(path).columns or ())
    named = {"--label-column": label_column, "--id-column": id_column, "--text-column": text_column}
    require_columns(path, columns, {option: name for option, name in named.items() if name})
    labelled = label_column or _first(LABEL_COLUMNS, columns)
    key = id_column or text_column or _first(ID_COLUMNS, columns) or _first(TEXT_COLUMNS, columns)
    if labelled is None or key is None:
        what = "a label" if labelled is None else "an id (contact_id, response_id, verbatim_id) or the text"
        option = "--label-column" if labelled is None else "--id-column or --text-column"
        raise VocError(f"{path} has no column that is known to hold {what}.",
                       f"Name it with {option}. The columns are: {', '.join(columns)}.")  # fmt: skip
    return _joined(path, rows, key, labelled, is_text=key == text_column or (not id_column and key in TEXT_COLUMNS))


def _first(wanted: Iterable[str], columns: Sequence[str]) -> str | None:
    by_lower = {name.strip().lower(): name for name in reversed(columns)}
    return next((by_lower[name] for name in wanted if name in by_lower), None)


def _joined(path: Path, rows: list[dict[str, str]], key: str, labelled: str, *, is_text: bool) -> Sample:
    spelling: dict[str, str] = {}
    found: dict[str, frozenset[str]] = {}
    unlabelled = 0
    for cells in rows:
        name, labels = cells.get(key, "").strip(), split_labels(cells.get(labelled, ""))
        if not name or not labels:
            unlabelled += 1
            continue
        same = frozenset(spelling.setdefault(label.casefold(), label) for label in sorted(labels))
        found[name] = found.get(name, frozenset()) | same
    if not found:
        raise VocError(f"{path} holds no row with both '{key}' and '{labelled}'.", "Fill them, or name other columns.")
    if len(spelling) < 2:
        raise VocError(f"Every row of {path} has the label '{next(iter(spelling.values()))}'.",
                       "Topics can be compared with two labels or more.")  # fmt: skip
    return Sample(path, len(rows), key, is_text, found, unlabelled)


# ---------------------------------------------------------------- where they are


def locate(sample: Sample, frames: Mapping[str, pd.DataFrame]) -> Located:
    """Find the verbatims of every labelled key that take part in topics.

    Ids are those of contacts, responses or verbatims, with or without the source's name before them; texts are
    compared by their words, after the same redaction. `frames`: verbatims, cleaned_verbatims.
    """
    verbatims = frames["verbatims"]
    why = frames["cleaned_verbatims"].set_index("verbatim_id")["why_excluded"].to_dict()
    look_up = _by_text(verbatims) if sample.is_text else _by_id(verbatims, sample.column)
    found: dict[str, tuple[str, ...]] = {}
    missing: dict[str, int] = {NO_LABEL: sample.unlabelled} if sample.unlabelled else {}
    for key in sample.labels:
        where = look_up.get(words(redact(html_to_text(key)).text) if sample.is_text else key, ())
        taking = tuple(v for v in where or () if not isinstance(why.get(v), str))
        if taking:
            found[key] = taking
            continue
        if where is None:
            reason = MANY
        elif where:
            reason = "takes no part: " + why[where[0]].replace("_", " ")
        else:
            reason = NO_TEXT if sample.is_text else NO_ID
        missing[reason] = missing.get(reason, 0) + 1
    return Located(found, dict(sorted(missing.items())))


def words(text: str) -> str:
    """A text as its words in small letters: what two copies of it share."""
    return re.sub(r"\W+", " ", bare(text).casefold()).strip()  # tokens of numbers differ between databases


def _by_id(verbatims: pd.DataFrame, column: str) -> dict[str, tuple[str, ...] | None]:
    """Verbatims by every way to write an id; None where it means several things."""
    kinds = [kind for kind in ("contact_id", "response_id", "verbatim_id") if kind == column.strip().lower()]
    whole: dict[str, tuple[str, ...]] = {}
    short: dict[str, dict[str, tuple[str, ...]]] = {}
    for kind in kinds or ("contact_id", "response_id", "verbatim_id"):
        held = verbatims.dropna(subset=[kind]).sort_values("verbatim_id")
        for (name, source), group in held.groupby([kind, "source"])["verbatim_id"]:
            whole.setdefault(name, tuple(group))
            short.setdefault(name.removeprefix(f"{source}:"), {}).setdefault(name, tuple(group))
    plain = {name: next(iter(met.values())) if len(met) == 1 else None for name, met in short.items()}
    return {**plain, **whole}


def _by_text(verbatims: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """One verbatim by its words, with the subject line before them or without it; equal texts have equal topics."""
    found: dict[str, tuple[str, ...]] = {}
    for verbatim_id, text in sorted(zip(verbatims["verbatim_id"], verbatims["text"], strict=True)):
        for wording in (text, text.partition("\n\n")[2]):
            if key := words(wording):
                found.setdefault(key, (verbatim_id,))
    return found
