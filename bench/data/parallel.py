"""Ordered parallel map in threads, at most as many items ahead as there are cores."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from bench.api import cores as cores  # noqa: PLC0414 - used beside `ahead`

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """`map` in threads: numerical libraries release the GIL while they compute."""
    waiting = iter(items)
    if workers < 2:
        yield from map(work, waiting)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="bench") as pool:
        pending: deque[Future[Result]] = deque(pool.submit(work, item) for item in islice(waiting, workers))
        try:
            while pending:
                result = pending.popleft().result()
                pending.extend(pool.submit(work, item) for item in islice(waiting, 1))
                yield result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
