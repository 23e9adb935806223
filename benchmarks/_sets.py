"""Readers of the labelled sets the benchmarks use: which texts are kept, what their labels are, and their vectors.

The sets lie in $VOC_REAL_DATA or ../shared/data and are not part of this repository. Lines of one sentence are taken as
they are. Longer texts go through the pipeline's own cleaning and are cut into passages; a text's vector is then the
mean of its passages' vectors, so that every engine sees the same one vector a text.
"""

import csv
import gzip
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voc.embedders import minilm
from voc.text.clean import clean
from voc.text.content import why_no_content
from voc.text.html import html_to_text
from voc.text.passages import split_passages
from voc.text.redact import redact

DATA = Path(os.environ.get("VOC_REAL_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
# What people say to each other rather than why they came; "" is a sentence nobody labelled.
SMALL_TALK = frozenset((
    "", "contentonly", "openinggreeting", "closinggreeting", "confirmation", "rejection", "thankyou", "outofdomain",
))  # fmt: skip
NO_TOPIC = frozenset(("Not assigned", "Labelling not possible"))  # two columns of the NHS labels
FIRST_NHS_LABEL = 11  # columns before it say who answered what, and when

Row = dict[str, str]
Labels = frozenset[str]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts, the labels people gave each (one or several), and the passages of each that are embedded."""

    name: str
    texts: list[str]
    labels: list[Labels]
    passages: list[list[str]]

    @property
    def has_one_label_a_text(self) -> bool:
        return all(len(labels) == 1 for labels in self.labels)


def read(name: str) -> Labelled:
    """The labelled set of that name. Raises FileNotFoundError where the data are not there."""
    return SETS[name](name)


def vectors_file(labelled: Labelled, folder: Path) -> Path:
    """File in `folder` with `vectors`, float32 (n, d) with unit rows; embeds unless the very same texts are there."""
    flat = [passage for passages in labelled.passages for passage in passages]
    key = hashlib.sha256("\0".join([minilm.model_id(None, flat), *map("\1".join, labelled.passages)]).encode())
    path = folder / f"{key.hexdigest()[:16]}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, vectors=_mean_vectors(labelled.passages))
    return path


def _mean_vectors(passages: list[list[str]]) -> np.ndarray:
    distinct = list(dict.fromkeys(passage for one in passages for passage in one))
    at = {passage: i for i, passage in enumerate(distinct)}
    rows = minilm.embed(distinct)
    means = np.array([rows[[at[passage] for passage in one]].mean(axis=0) for one in passages])
    return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


def _short(name: str, pairs: Iterable[tuple[str, str]]) -> Labelled:
    """A set of single sentences, one label each."""
    texts, labels = zip(*pairs, strict=True)
    return Labelled(name, list(texts), [frozenset((label,)) for label in labels], [[text] for text in texts])


def _long(name: str, pairs: Iterable[tuple[str, Labels]]) -> Labelled:
    """A set of longer texts, prepared as the pipeline does; those without content are left out."""
    kept = []
    for raw, labels in pairs:
        text = redact(clean(html_to_text(raw)).text).text
        passages = [] if why_no_content(text) else [span.text for span in split_passages([text])[0]]
        if labels and passages:
            kept.append((text, labels, passages))
    texts, labels, passages = zip(*kept, strict=True)
    return Labelled(name, list(texts), list(labels), list(passages))


def _banking77(name: str) -> Labelled:
    return _short(name, ((row["text"], row["category"]) for row in _rows("banking77-train/train.csv")))


def _clinc150(name: str) -> Labelled:
    return _short(name, ((row["text"], row["intent"]) for row in _rows("clinc150-train/train.csv")))


def _multidogo(name: str) -> Labelled:
    """Without small talk, sentences of two intents, and a few rows that hold slots in place of an intent."""
    rows = _rows("multidogo-intents/sentences.csv")
    return _short(
        name,
        ((row["utterance"], row["intent"]) for row in rows
         if row["intent"].isalpha() and row["intent"] not in SMALL_TALK and row["utterance"].strip()),
    )  # fmt: skip


def _cfpb(name: str) -> Labelled:
    """Complaints with a narrative; labelled with what the customer chose in the form."""
    column = {"cfpb-issue": "Issue", "cfpb-product": "Product"}[name]
    rows = _rows("cfpb-complaints/complaints.csv")
    return _long(name, ((row["Consumer complaint narrative"], frozenset((row[column],))) for row in rows))


def _nhs(name: str) -> Labelled:
    """Comments with at least one label that names a topic."""
    rows = _rows("nhs-fft-nhft/comments.csv")
    return _long(name, ((row["FFT answer"], _nhs_labels(row)) for row in rows))


def _nhs_labels(row: Row) -> Labels:
    return frozenset(name for name in list(row)[FIRST_NHS_LABEL:] if row[name] == "1") - NO_TOPIC


def _firefox(name: str) -> Labelled:
    """Questions in English whose asker chose a topic in the form other than "other"."""
    rows = _rows("firefox-support-2023/questions-2023.csv.gz")
    return _long(
        name,
        ((f"{row['title']}\n\n{row['content']}", frozenset((row["topic"],))) for row in rows
         if row["locale"] == "en-US" and row["topic"] != "other"),
    )  # fmt: skip


def _rows(name: str) -> Iterator[Row]:
    csv.field_size_limit(10**7)
    opened = gzip.open if name.endswith(".gz") else open
    with opened(DATA / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


SETS: dict[str, Callable[[str], Labelled]] = {
    "banking77": _banking77,
    "clinc150": _clinc150,
    "multidogo": _multidogo,
    "cfpb-issue": _cfpb,
    "cfpb-product": _cfpb,
    "nhs": _nhs,
    "firefox": _firefox,
}
