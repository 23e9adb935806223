"""The labelled sentences that ship, from which the base model learns."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class TrainingSet:
    """Sentences with their labels, one entry a sentence in each."""

    texts: tuple[str, ...]
    sentiments: tuple[str, ...]  # one of SENTIMENTS
    efforts: tuple[bool, ...]  # the writer tells of repeated contacts, waits, being passed around, many steps


def training_phrases() -> list[str]:
    """The sentences themselves, to be embedded beside the texts of a run."""
    return list(training_set().texts)


@cache
def training_set() -> TrainingSet:
    """Sentences and labels in the order of the file."""
    listed = tomllib.loads((files("voc.sentiment") / "phrases.toml").read_text(encoding="utf-8"))["group"]
    rows = [(text, group["sentiment"], group["effort"]) for group in listed for text in group["phrases"]]
    return TrainingSet(*(tuple(column) for column in zip(*rows, strict=True)))
