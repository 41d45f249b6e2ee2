"""The executor for Slurm clusters."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import pickle
import shutil
import signal
import time
from dataclasses import dataclass, field, replace
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench.api import Executor, Range
from bench.errors import UsageError
from bench_slurm.bundle import Bundle
from bench_slurm.queue import Queue
from bench_slurm.signals import ending

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from bench.api import Job, Parcel, Shipment, TaskInfo

AT_A_TIME = 64  # Slurm jobs, where no number is given
ARRAY = 1000  # Slurm jobs of an array: by default, Slurm takes no more
OTHER_FILES = 256  # that this process may open beside the locks of tasks
EVERY = 0.5  # seconds
RESULTS = "results"  # on their way, in the folder


@dataclass
class Submitted:
    """A Slurm job, and the shipments whose results are not there yet, by the file of the result."""

    job: Any
    bundle: Bundle
    left: dict[Path, Shipment]
    lost: int = 0
    again: dict[Path, list[str]] = field(default_factory=dict)  # Slurm jobs that were lost with a task


@dataclass(frozen=True)
class Slurm(Executor):
    """Tasks travel in files of a folder that all machines share, as does the folder of prepared data of the run.

    Needs `pip install 'affectbench[slurm]'`. Each Slurm job has a log in that folder. A job that is preempted, or that
    reaches its time limit, is queued again and goes on after the last task that it has finished.
    """

    cluster: Annotated[Literal["slurm", "local", "debug"], "slurm; to try it: processes, or this one"] = "slurm"
    jobs: Annotated[int, Range(0, 100_000), "Slurm jobs that run at the same time; 0: 64"] = 0
    bundle: Annotated[int, Range(1, 1000), "tasks of one Slurm job"] = 4
    minutes: Annotated[int, Range(1, 100_000), "time limit of a Slurm job"] = 60
    cpus: Annotated[int, Range(1, 1024), "cores of a Slurm job"] = 1
    gpus: Annotated[int, Range(0, 64), "GPUs of a Slurm job"] = 0
    memory: Annotated[float, Range(0, 1e9), "MB of a Slurm job; 0: what the cluster gives"] = 0.0
    partition: Annotated[str, "partition; empty: that of the cluster"] = ""
    account: Annotated[str, "account; empty: that of the user"] = ""
    retries: Annotated[int, Range(0, 100), "times that a job is submitted again whose machine was lost"] = 3
    folder: Annotated[str, "shared folder of logs and results on their way"] = "bench-slurm"
    cache: Annotated[str, "folder of prepared data on each machine; empty: BENCH_CACHE there, or a temporary one"] = ""

    def __post_init__(self) -> None:
        if util.find_spec("submitit") is None:
            raise UsageError("The executor 'slurm' needs the package submitit, which is not installed; type: "
                             "pip install 'affectbench[slurm]'")  # fmt: skip
        if self.cluster == "slurm" and shutil.which("srun") is None:
            raise UsageError(
                "There is no Slurm on this machine: the command 'srun' is missing; type this on a machine of the "
                "cluster, or try -o slurm.cluster=local."
            )

    @property
    def concurrency(self) -> int:
        return self.jobs or AT_A_TIME

    def run(self, jobs: Sequence[Job]) -> Iterator[TaskInfo]:
        if not jobs:
            return
        folder, waiting = Path(self.folder).absolute(), iter(jobs)
        (folder / RESULTS).mkdir(parents=True, exist_ok=True)
        at_once = min(ARRAY * self.bundle, most_files() - OTHER_FILES)
        with (
            ending(signal.SIGINT, signal.SIGTERM, signal.SIGHUP),
            contextlib.closing(Queue(self.cluster, folder, self.wanted)) as queue,
        ):
            while part := list(itertools.islice(waiting, at_once)):
                yield from self.array(part, folder / RESULTS, queue)

    def array(self, jobs: Sequence[Job], folder: Path, queue: Queue) -> Iterator[TaskInfo]:
        """Run these as one job array, but for those whose results a killed run has left in the folder."""
        shipments: dict[Path, Shipment] = {}
        submitted: list[Submitted] = []
        try:
            for job in jobs:
                shipment = job.ship()
                yield from shipment.results
                if shipment.parcel is not None:
                    shipments[result_file(shipment.parcel, folder, shipments)] = shipment
            yield from received(shipments, {})
            left = iter(shipments.items())
            bundles = [self.bundled(part) for part in iter(lambda: dict(itertools.islice(left, self.bundle)), {})]
            handles = queue.submit([bundle for bundle, _ in bundles]) if bundles else []
            submitted += [Submitted(handle, *each) for handle, each in zip(handles, bundles, strict=True)]
            while running := [each for each in submitted if each.left]:
                time.sleep(EVERY)
                for each in running:
                    yield from self.collect(each, queue)
        finally:
            queue.cancel([each.job for each in submitted if each.left])
            for each in submitted:
                queue.forget(each.job)
            for shipment in shipments.values():
                shipment.close()

    def bundled(self, shipments: dict[Path, Shipment]) -> tuple[Bundle, dict[Path, Shipment]]:
        parcels = [shipment.parcel for shipment in shipments.values() if shipment.parcel is not None]
        inputs = {name: str(path.absolute()) for each in shipments.values() for name, path in each.inputs.items()}
        return Bundle(parcels, list(map(str, shipments)), inputs, self.cache), shipments

    @property
    def wanted(self) -> dict[str, Any]:
        """What a Slurm job asks for, as submitit calls it."""
        named = {"partition": self.partition, "account": self.account, "array_parallelism": self.concurrency}
        return {
            "name": "affectbench", "timeout_min": self.minutes, "cpus_per_task": self.cpus, "gpus_per_node": self.gpus,
            "slurm_additional_parameters": {"requeue": True},
            **({"mem_gb": self.memory / 1024} if self.memory else {}),
            **{f"slurm_{name}": value for name, value in named.items() if value},
        }  # fmt: skip

    def collect(self, each: Submitted, queue: Queue) -> Iterator[TaskInfo]:
        """What has arrived of a Slurm job. One that has ended without all of its results is submitted again."""
        end = queue.end(each.job)
        yield from received(each.left, each.again)
        if end is None:
            return
        queue.forget(each.job)
        if not each.left:
            return
        if end.refusal:
            raise UsageError(end.refusal)
        each.lost += end.state != "PREEMPTED"
        if each.lost <= self.retries and end.state != "CANCELLED":
            each.again.setdefault(next(iter(each.left)), []).append(f"the Slurm job {each.job.job_id}")
            [each.job] = queue.submit([each.bundle])
            return
        for shipment in each.left.values():
            yield from shipment.give_up(
                f"The Slurm job of this task has ended {each.lost} times before the task ({end.reason}); its log is in "
                f"{each.job.paths.folder}."
            )
        each.left.clear()


def received(left: dict[Path, Shipment], again: Mapping[Path, Sequence[str]]) -> Iterator[TaskInfo]:
    """Results that are there; their shipments are left out from now on."""
    for file in [file for file in left if file.exists()]:
        content = file.read_bytes()
        file.unlink()
        for result in left.pop(file).receive(content):
            yield replace(result, lost=tuple(again.get(file, ())))


def result_file(parcel: Parcel, folder: Path, taken: Container[Path]) -> Path:
    """Where a machine puts what a parcel returns: the same file in each run."""
    digest = hashlib.sha256(pickle.dumps(parcel)).hexdigest()
    names = (folder / f"{digest}-{number}.result" for number in itertools.count())
    return next(name for name in names if name not in taken)


def most_files() -> int:
    """The number of files that this process may have open."""
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]
