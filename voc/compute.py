"""Map a function over batches in order, telling a callback how far it is."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from voc.errors import VocError

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


def map_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], *, here: int, processes: int | None = None
) -> Iterator[Result]:
    """Results of `function` in order: of the first `here` items in this process, of the rest in processes of their own.

    A process takes seconds to start, so few items never need one. `function` and items must be picklable; at most two items a process
    wait at a time. Raises VocError when a process is ended from outside.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    stream = iter(items)
    for _, item in zip(range(here), stream, strict=False):
        yield function(item)
    processes = processes or min(2, os.cpu_count() or 1)
    first = next(stream, None)
    if first is None:
        return
    # spawn, not fork: a copy of a process whose libraries run threads may stand still
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = deque([pool.submit(function, first)])
        try:
            for item in stream:
                waiting.append(pool.submit(function, item))
                if len(waiting) > 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise VocError("A process of the run was ended from outside.", "Is there enough memory? Run again.") from error
        finally:
            for future in waiting:
                future.cancel()


def batches_of(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut a stream into lists of at most `size`."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch
