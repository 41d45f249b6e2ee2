"""The executor for Ray clusters."""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass
from importlib import util
from typing import TYPE_CHECKING, Annotated, Any

from bench.api import Executor, Range
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.api import Job, TaskInfo

    Machine = Mapping[str, Any]

MB = 1024**2
ANSWER = 10.0  # seconds that the cluster may take to answer
RAYS_PATIENCE = "RAY_gcs_rpc_server_reconnect_timeout_s"  # after which Ray would end this process without a sentence


@dataclass(frozen=True)
class RayExecutor(Executor):
    """Tasks travel with what they need, so machines share no folder. A task whose machine is lost runs on another one.

    Needs `pip install 'affectbench[ray]'` on each machine, with the same versions of all packages.
    """

    address: Annotated[str, "HOST:PORT of the cluster; auto: that of this machine; local: a new one"] = "auto"
    jobs: Annotated[int, Range(0, 100_000), "tasks that run at the same time; 0: what the cluster has room for"] = 0
    cpus: Annotated[float, Range(0.01, 1024), "cores of a task"] = 1.0
    gpus: Annotated[float, Range(0, 64), "GPUs of a task, as in 0.5"] = 0.0
    memory: Annotated[float, Range(0, 1e9), "MB that a machine must have left for a task; 0: any"] = 0.0
    bundle: Annotated[int, Range(0, 1000), "tasks that are sent together; 0: as many as take some seconds"] = 0
    retries: Annotated[int, Range(0, 100), "times that a task runs again whose machine was lost"] = 3
    patience: Annotated[float, Range(1, 3600), "seconds that the head of the cluster may not answer"] = 40.0
    cache: Annotated[str, "folder of prepared data on each machine; empty: BENCH_CACHE there, or a temporary one"] = ""

    def __post_init__(self) -> None:
        if util.find_spec("ray") is None:
            raise UsageError("The executor 'ray' needs the package ray, which is not installed; type: "
                             "pip install 'affectbench[ray]'")  # fmt: skip

    @property
    def needs(self) -> dict[str, float]:
        """What Ray reserves for a task."""
        wanted = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory * MB}
        return {name: amount for name, amount in wanted.items() if amount}

    @property
    def concurrency(self) -> int:
        return self.room(self.machines())

    def room(self, machines: Mapping[str, Machine]) -> int:
        """How many tasks run at a time on these machines."""
        room = sum(map(self.places, machines.values()))
        if not room:
            wanted = ", ".join(f"{amount:g} {name}" for name, amount in self.needs.items())
            raise UsageError(
                f"No machine of the Ray cluster at '{self.address}' has what a task needs ({wanted}); lower "
                "-o ray.cpus, ray.gpus or ray.memory, or add a machine with 'ray start --address=HOST:PORT'."
            )
        return min(self.jobs or room, room)

    def places(self, machine: Machine) -> int:
        """How many tasks run at a time on a machine."""
        return int(min(machine["Resources"].get(name, 0.0) / amount for name, amount in self.needs.items()))

    def machines(self) -> dict[str, Machine]:
        """What Ray knows of each machine that is alive, by its id."""
        return {node["NodeID"]: node for node in self.ray.nodes() if node["Alive"]}

    @property
    def ray(self) -> Any:
        """Ray, connected to the cluster."""
        os.environ.setdefault(RAYS_PATIENCE, f"{self.patience + 60:.0f}")
        import ray
        from ray._private import worker

        worker.listen_error_messages = lambda *_: None  # they would be printed among the results
        if not ray.is_initialized():
            try:
                reach(self.address, ANSWER)
                ray.init(self.address, log_to_driver=False, logging_level=logging.ERROR)
            except (OSError, RuntimeError, ValueError) as error:
                reason = str(error).partition("\n")[0].rstrip(".")
                raise UsageError(
                    f"There is no Ray cluster at '{self.address}' ({reason}); start one with 'ray start --head', or "
                    "name one with -o ray.address=HOST:PORT."
                ) from error
        return ray

    def run(self, jobs: Sequence[Job]) -> Iterator[TaskInfo]:
        from bench_ray.calls import Calls

        if not jobs:
            return
        calls = Calls(self, jobs)
        try:
            yield from calls.results()
        finally:
            calls.cancel()


def reach(address: str, seconds: float) -> None:
    """Raise at once where nothing listens, since Ray would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), seconds).close()
