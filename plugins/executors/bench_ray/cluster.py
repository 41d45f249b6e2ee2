"""The machines of a cluster, while tasks run on them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.errors import BenchError
from bench_ray.executor import reach

if TYPE_CHECKING:
    from bench_ray.executor import Machine, RayExecutor

EVERY = 1.0  # seconds between questions


class Cluster:
    """Knows which machines there are. Asks the head only where it answers, since Ray would wait for it without end."""

    def __init__(self, executor: RayExecutor) -> None:
        self.executor, self.ray = executor, executor.ray
        named = executor.address
        self.head = named if named.startswith("ray://") else self.ray.get_runtime_context().gcs_address
        self.known = executor.machines()
        self.seen = dict(self.known)  # those that were lost as well
        self.asked = time.monotonic()
        self.away: float | None = None  # since when

    def machines(self) -> dict[str, Machine]:
        """The machines of a moment ago, by their id; raise where the head has been away for long."""
        if time.monotonic() - self.asked < EVERY:
            return self.known
        try:
            reach(self.head, EVERY)
            self.known, self.away = self.executor.machines(), None
            self.seen |= self.known
        except OSError:
            self.away = self.away or time.monotonic()
        self.asked = time.monotonic()
        if self.away and self.asked - self.away > self.executor.patience:
            raise BenchError(
                f"The head of the Ray cluster at {self.head} has not answered for {self.executor.patience:g} s; start "
                "a cluster with 'ray start --head', and the same command, with -o ray.address=HOST:PORT where it is "
                "another one, goes on from what is stored."
            )
        return self.known

    def answers(self, machine: str) -> bool:
        """Whether a machine is there, which the head learns late."""
        node = self.seen.get(machine)
        if node is None:  # it has gone before it was seen
            return False
        try:
            reach(f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}", EVERY)
        except OSError:
            return False
        return True
