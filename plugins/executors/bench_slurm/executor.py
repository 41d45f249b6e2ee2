"""The executor for Slurm clusters."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench.api import Executor, Range
from bench.errors import UsageError
from bench_slurm.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api import Job, Shipment, TaskInfo

AT_A_TIME = 64  # Slurm jobs, where no number is given
EVERY = 0.5  # seconds


@dataclass
class Submitted:
    """A Slurm job, and the shipments whose results are not there yet, by their number."""

    job: Any
    bundle: Bundle
    left: dict[int, Shipment]
    lost: int = 0


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
        shipments: list[Shipment] = []
        submitted: list[Submitted] = []
        try:
            for job in jobs:
                shipment = job.ship()
                yield from shipment.results
                if shipment.parcel is not None:
                    shipments.append(shipment)
            if not shipments:
                return
            folder = Path(self.folder).absolute()
            folder.mkdir(parents=True, exist_ok=True)
            bundles = [
                self.bundled(shipments[first : first + self.bundle], folder)
                for first in range(0, len(shipments), self.bundle)
            ]
            queue = self.queue(folder)
            with queue.batch():
                handles = [queue.submit(bundle) for bundle, _ in bundles]
            submitted += [Submitted(handle, *each) for handle, each in zip(handles, bundles, strict=True)]
            while left := [each for each in submitted if each.left]:
                time.sleep(EVERY)
                for each in left:
                    yield from self.collect(each, queue)
        finally:
            for each in submitted:
                if each.left:
                    each.job.cancel(check=False)
                shutil.rmtree(each.bundle.folder, ignore_errors=True)
            for shipment in shipments:
                shipment.close()

    def bundled(self, shipments: Sequence[Shipment], folder: Path) -> tuple[Bundle, dict[int, Shipment]]:
        parcels = [shipment.parcel for shipment in shipments if shipment.parcel is not None]
        inputs = {name: str(path.absolute()) for shipment in shipments for name, path in shipment.inputs.items()}
        returned = tempfile.mkdtemp(prefix="results-", dir=folder)
        return Bundle(parcels, inputs, returned, self.cache), dict(enumerate(shipments))

    def queue(self, folder: Path) -> Any:
        """What submits Slurm jobs."""
        import submitit

        queue = submitit.AutoExecutor(folder=folder / "logs", cluster=self.cluster)
        wanted = {"partition": self.partition, "account": self.account, "array_parallelism": self.concurrency}
        queue.update_parameters(
            name="affectbench", timeout_min=self.minutes, cpus_per_task=self.cpus, gpus_per_node=self.gpus,
            **({"mem_gb": self.memory / 1024} if self.memory else {}),
            **{f"slurm_{name}": value for name, value in wanted.items() if value},
        )  # fmt: skip
        return queue

    def collect(self, each: Submitted, queue: Any) -> Iterator[TaskInfo]:
        """What has arrived of a Slurm job. One that has ended without all of its results is submitted again."""
        ended = each.job.done()
        for number in sorted(each.left):
            result = each.bundle.result(number)
            if result.exists():
                yield from each.left.pop(number).receive(result.read_bytes())
        if not ended or not each.left:
            return
        error = each.job.exception()
        if error is None and (refusal := each.job.result()):
            raise UsageError(refusal)
        each.lost += 1
        if each.lost <= self.retries:
            each.job = queue.submit(each.bundle)
            return
        why = str(error).strip().splitlines()[:1]
        for number in sorted(each.left):
            yield from each.left.pop(number).give_up(
                f"The Slurm job of this task has ended {each.lost} times before the task ({' '.join(why)}); its log is "
                f"in {each.job.paths.folder}."
            )
