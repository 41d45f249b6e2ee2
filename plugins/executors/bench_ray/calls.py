"""The calls of a run that are on their way through the cluster."""

from __future__ import annotations

import contextlib
import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench.errors import UsageError
from bench_ray.cluster import Cluster
from bench_ray.machine import Begun, Refusal, run_parcels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api import Job, Shipment, TaskInfo
    from bench_ray.executor import RayExecutor

SECONDS = 5.0  # that the tasks of one call should take together, so that sending them costs little
AHEAD = 2  # calls per place, so that no machine waits for the next one
LARGEST = 32  # tasks of one call


@dataclass
class Sent:
    """A shipment, and where it ran when its machine was lost."""

    shipment: Shipment
    lost: list[Begun | None] = field(default_factory=list)


@dataclass
class Call:
    """What has not returned yet, in order, and where it runs."""

    sent: list[Sent]
    begun: Begun | None = None


class Calls:
    """Sends jobs, a few at a time, and receives what they return."""

    def __init__(self, executor: RayExecutor, jobs: Sequence[Job]) -> None:
        self.executor, self.jobs, self.ray = executor, deque(jobs), executor.ray
        self.cluster = Cluster(executor)
        self.ready: deque[Sent] = deque()  # to be sent
        self.running: dict[Any, Call] = {}  # by what Ray returns
        self.objects: dict[str, Any] = {}  # of Ray, by the name of an input
        self.refusals: dict[str, str] = {}  # machine -> why
        self.seconds: list[float] = []  # that tasks took
        self.call = self.ray.remote(run_parcels)

    def results(self) -> Iterator[TaskInfo]:
        while self.jobs or self.ready or self.running:
            while (self.jobs or self.ready) and len(self.running) < AHEAD * self.places():
                yield from self.ship()
                self.send()
            ready, _ = self.ray.wait(list(self.running), num_returns=1, timeout=1.0) if self.running else ((), ())
            for call in ready:
                yield from self.receive(call)

    def ship(self) -> Iterator[TaskInfo]:
        """Have as many tasks ready as should go together; yields the results of those that need not run."""
        while self.jobs and len(self.ready) < self.size():
            shipment = self.jobs.popleft().ship()
            if shipment.parcel is not None:
                self.ready.append(Sent(shipment))
            yield from shipment.results

    def send(self) -> None:
        """Call a machine with what is ready."""
        if not self.ready:
            return
        executor = self.executor
        usable = {name for name, machine in self.cluster.machines().items() if executor.places(machine)}
        if self.refusals and usable <= self.refusals.keys():
            raise UsageError(next(iter(self.refusals.values())))
        sent = [self.ready.popleft() for _ in range(min(self.size(), len(self.ready)))]
        needed = {name: path for each in sent for name, path in each.shipment.inputs.items()}
        for name in needed.keys() - self.objects.keys():
            self.objects[name] = self.ray.put(needed[name].read_bytes())
        others = {"ray.io/node-id": f"!in({','.join(sorted(self.refusals))})"} if self.refusals else None
        call = self.call.options(
            num_returns="streaming", max_retries=0, label_selector=others,
            num_cpus=executor.cpus, num_gpus=executor.gpus, memory=executor.needs.get("memory"),
        ).remote([each.shipment.parcel for each in sent], {name: self.objects[name] for name in needed},
                 executor.cache)  # fmt: skip
        self.running[call] = Call(sent)

    def places(self) -> int:
        """How many tasks run at a time now."""
        return self.executor.room(self.cluster.machines())

    def size(self) -> int:
        """The number of tasks of the next call."""
        if self.executor.bundle:
            return self.executor.bundle
        if not self.seconds:
            return 1
        fair = math.ceil(len(self.jobs) / self.places())
        mean = sum(self.seconds) / len(self.seconds)
        return max(1, min(fair, LARGEST, int(SECONDS / max(mean, 0.01))))

    def receive(self, call: Any) -> Iterator[TaskInfo]:
        """The next result of a call, or its end."""
        from ray.exceptions import RayError, RayTaskError

        running = self.running[call]
        sent = running.sent
        try:
            content = self.ray.get(next(call))
        except StopIteration:
            del self.running[call]
            return
        except RayTaskError:  # raised by the code on the machine, where it would be raised again
            raise
        except RayError as error:  # the machine or the process was lost
            del self.running[call]
            yield from self.lost(running, error)
            return
        if isinstance(content, Begun):
            running.begun = content
            return
        if isinstance(content, Refusal):
            self.refusals[content.machine] = content.reason
            self.ready += sent
            sent.clear()
            return
        first = sent.pop(0)
        for result in first.shipment.receive(content):
            self.seconds.append(result.seconds)
            yield replace(result, lost=tuple(map(self.named, first.lost)))

    def lost(self, call: Call, error: Exception) -> Iterator[TaskInfo]:
        """Run the tasks again, unless the first one has lost its machine too often."""
        sent = call.sent
        for first in sent[:1]:
            first.lost.append(call.begun)
            if len(first.lost) > self.executor.retries:
                yield from first.shipment.give_up(
                    f"The machine of this task was lost {len(first.lost)} times ({type(error).__name__}); run it "
                    "again, with more memory per task (-o ray.memory) if memory was short."
                )
                sent = sent[1:]
        self.ready += sent

    def named(self, lost: Begun | None) -> str:
        """What was lost, in words."""
        if lost is None:
            return "a process of Ray"
        return f"{'a process on' if self.cluster.answers(lost.machine) else 'the machine'} {lost.host}"

    def cancel(self) -> None:
        """End what still runs, and unlock its tasks."""
        for call, running in self.running.items():
            with contextlib.suppress(Exception):  # the cluster may be gone
                self.ray.cancel(call, force=True)
            self.ready += running.sent
        for each in self.ready:
            each.shipment.close()
        self.objects.clear()
