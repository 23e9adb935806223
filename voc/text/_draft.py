"""A text that parts are taken out of, which remembers where each of its characters stood at first."""

from bisect import bisect_right
from collections.abc import Iterable

Places = list[tuple[int, int]]


class Draft:
    """What is left of a text; `original` is the whole."""

    def __init__(self, original: str, *, spans: Places | None = None) -> None:
        """`spans`: (start, end) of the original, in order and without overlap, of which the draft is made."""
        self.original = original
        self._spans = [(0, len(original))] if spans is None else spans
        self._starts = [0]
        for start, end in self._spans:
            self._starts.append(self._starts[-1] + end - start)
        self.text = original if spans is None else "".join(original[start:end] for start, end in spans)

    def origin(self, start: int, end: int) -> Places:
        """Places in the original of the characters `start` to `end` of the draft, in order."""
        found = []
        number = max(0, bisect_right(self._starts, start) - 1)
        while start < end:
            first, shift = self._spans[number][0], self._starts[number]
            stop = min(end, self._starts[number + 1])
            if start < stop:
                found.append((first + start - shift, first + stop - shift))
            start, number = stop, number + 1
        return found

    def without(self, places: Iterable[tuple[int, int]]) -> "Draft":
        """The draft without these places, given in order and without overlap."""
        spans, position = [], 0
        for start, end in [*places, (len(self.text), len(self.text))]:
            spans += self.origin(position, start)
            position = end
        return Draft(self.original, spans=spans)

    def stripped(self) -> "Draft":
        """The draft without blanks at its ends."""
        size = len(self.text)
        first = size - len(self.text.lstrip())
        last = max(first, len(self.text.rstrip()))
        return self.without([(0, first), (last, size)]) if (first, last) != (0, size) else self
