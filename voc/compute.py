"""Map a function over batches in order, telling a callback how far it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# progress(done, total): called after every batch; draws nothing by itself
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """A progress callback that says nothing."""


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Cut a sequence into runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def map_batches(
    function: Callable[[Sequence[Item]], Iterable[Result]],
    items: Sequence[Item],
    *,
    size: int = 256,
    progress: Progress = silent,
) -> list[Result]:
    """Results of `function` for all items, in order; `function` takes a batch and gives one result an item."""
    results: list[Result] = []
    for batch in batches(items, size):
        results.extend(function(batch))
        progress(len(results), len(items))
    return results
