"""Jobs whose tasks can run in a store of another machine."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Self

from bench import api

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import TaskInfo
    from bench.results.store import Store
    from bench.running.isolation import Isolation
    from bench.running.job import Item


class PortableJob(api.Job):
    """A job that reads and writes one store and one cache, and nothing else."""

    out: str
    cache: str
    device: str
    isolation: Isolation

    @abstractmethod
    def claim(self, store: Store, locks: contextlib.ExitStack) -> tuple[Sequence[Item], Sequence[TaskInfo]]:
        """Lock the tasks; returns those that are to be run, and results of the others."""

    @abstractmethod
    def begin(self, store: Store, item: Item) -> None:
        """Delete what a task must not resume from."""

    @abstractmethod
    def needs(self, store: Store, item: Item) -> Sequence[Path]:
        """Files and folders of the store that a task reads beside those of its cell."""

    @abstractmethod
    def moved(self, out: str, cache: str, isolation: Isolation, items: Sequence[Item]) -> Self:
        """The same work on these tasks, in other folders."""

    def ship(self) -> api.Shipment:
        from bench.running.shipping.shipment import StoreShipment

        return StoreShipment(self)
