"""Recall and precision of redaction by kind on the labelled sample; run as a script it prints the Markdown table."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from voc.text.marks import KINDS
from voc.text.redact import Names, redact

FILES = {half: Path(__file__).parent / f"pii_labelled_{half}.tsv" for half in ("first", "second")}
_LABEL = re.compile(r"\{([a-z-]+):([^{}]*)\}")


class Labelled(NamedTuple):
    """A text with the places of its personal data: (start, end, kind)."""

    language: str
    text: str
    places: tuple[tuple[int, int, str], ...]


class Score(NamedTuple):
    """Figures of a kind: labelled places, those wholly replaced, marks set, marks that stand for a labelled place."""

    labelled: int
    found: int
    marks: int
    right: int

    @property
    def recall(self) -> float:
        return self.found / self.labelled if self.labelled else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.marks if self.marks else 1.0


def read(path: Path) -> list[Labelled]:
    """The labelled texts of a file: language, tab, text with {kind:value}; line breaks written as \\n."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        language, _, marked = line.partition("\t")
        text, places, position = "", [], 0
        marked = marked.replace("\\n", "\n")
        for label in _LABEL.finditer(marked):
            text += marked[position : label.start()]
            places.append((len(text), len(text) + len(label[2]), label[1]))
            text += label[2]
            position = label.end()
        found.append(Labelled(language, text + marked[position:], tuple(places)))
    return found


def replaced(text: str, redacted: str) -> list[tuple[int, int, str]]:
    """Places of `text` that marks stand for in `redacted`: what is between two marks stands in both, in order."""
    parts = re.split(r"(\[[a-z-]+\])", redacted)
    places, position = [], 0
    for n in range(1, len(parts), 2):
        start = position + len(parts[n - 1])
        following = parts[n + 1]
        end = text.index(following, start) if following else (len(text) if n + 2 >= len(parts) else start)
        if n + 2 >= len(parts) and following:
            end = len(text) - len(following)
        places.append((start, end, parts[n][1:-1]))
        position = end
    return places


def scores(sample: Sequence[Labelled], *, names: Names = "rules") -> dict[str, Score]:
    """Score by kind. A labelled place is found if all of it lies within marks (of any kind: the data are gone);
    a mark is right if it holds a labelled place of its kind, by a half or more of its letters."""
    labelled, found, marks, right = Counter(), Counter(), Counter(), Counter()
    for item in sample:
        done = replaced(item.text, redact(item.text, names=names).text)
        for start, end, kind in item.places:
            labelled[kind] += 1
            covered = {place for a, b, _ in done for place in range(a, b)}
            found[kind] += all(place in covered or not item.text[place].isalnum() for place in range(start, end))
        for a, b, kind in done:
            marks[kind] += 1
            right[kind] += any(
                k == kind and 2 * (min(b, end) - max(a, start)) >= b - a for start, end, k in item.places
            )
    return {kind: Score(labelled[kind], found[kind], marks[kind], right[kind]) for kind in KINDS}


def table(sample: Sequence[Labelled], *, names: Names = "rules") -> str:
    """The scores as a Markdown table."""
    lines = ["| kind | labelled | recall | marks | precision |", "|---|---|---|---|---|"]
    for kind, score in scores(sample, names=names).items():
        lines.append(f"| {kind} | {score.labelled} | {score.recall:.0%} | {score.marks} | {score.precision:.0%} |")
    return "\n".join(lines)


def misses(sample: Sequence[Labelled], *, names: Names = "rules", show: Callable[[str], None]) -> None:
    """Show each text that is not redacted as labelled."""
    for item in sample:
        expected, position = "", 0
        for start, end, kind in item.places:
            expected += item.text[position:start] + f"[{kind}]"
            position = end
        expected += item.text[position:]
        got = redact(item.text, names=names).text
        if got != expected:
            show(f"{expected!r}\n    {got!r}")


if __name__ == "__main__":
    way: Names = "model" if "model" in sys.argv else "rules"
    for half, path in FILES.items():
        if path.exists():
            print(f"\n{half} half, names: {way}\n\n{table(read(path), names=way)}")
            if "misses" in sys.argv:
                misses(read(path), names=way, show=print)
