"""The queue of a cluster: what submits Slurm jobs, tells why they have ended, and cancels them."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench_slurm.bundle import Bundle

EVERY = 5.0  # seconds between two questions to Slurm, which answers all users
PATIENCE = 60  # seconds that Slurm may take to answer
ENDED = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",
    "TIMEOUT", "UNKNOWN",
}  # fmt: skip


RULE = "-" * 22  # around the traceback in an error of submitit


@dataclass(frozen=True)
class End:
    """Why a Slurm job has ended."""

    reason: str = ""
    refusal: str = ""  # of the machine
    state: str = ""  # in Slurm


class Queue:
    """The Slurm jobs of a run. A list of them in the folder lets a later run cancel what a killed one has left."""

    def __init__(self, cluster: str, folder: Path, wanted: Mapping[str, Any]) -> None:
        import submitit

        logging.getLogger("submitit").setLevel(logging.ERROR)
        self.cluster, self.runs, self.logs = cluster, folder / "runs", folder / "logs"
        self.runs.mkdir(parents=True, exist_ok=True)
        self.submitit = submitit.AutoExecutor(folder=self.logs, cluster=cluster)
        self.submitit.update_parameters(**wanted)
        self.asked, self.answers = 0.0, 0  # time of the last call of squeue, and how many calls have succeeded
        self.states: dict[str, str] = {}  # by Slurm job
        self.ended: dict[str, int] = {}  # Slurm job -> number of the call that first listed it as ended
        self.cancel_leftovers()
        self.jobs = self.runs / f"{secrets.token_hex(8)}.jobs"
        self.lock = FileLock(self.jobs.with_suffix(".lock"))
        self.lock.acquire()

    def submit(self, bundles: Sequence[Bundle]) -> list[Any]:
        """One job array."""
        from submitit.core.utils import FailedJobError

        try:
            with self.errors_of_processes(), self.submitit.batch():
                handles = [self.submitit.submit(bundle) for bundle in bundles]
            ids = [handle.job_id for handle in handles]
        except FailedJobError as error:
            said = [line for line in str(error).splitlines() if line.startswith("sbatch: error: ")]
            reason = said[-1].removeprefix("sbatch: error: ").rstrip(".") if said else str(error).partition("\n")[0]
            raise UsageError(
                f"Slurm has refused the tasks ({reason}); 'sinfo' lists partitions, and -o slurm.partition, account, "
                "minutes, cpus, gpus and memory are what is asked for."
            ) from error
        with self.jobs.open("a", encoding="ascii") as file:
            file.writelines(f"{each}\n" for each in dict.fromkeys(each.partition("_")[0] for each in ids))
        return handles

    @contextlib.contextmanager
    def errors_of_processes(self) -> Iterator[None]:
        """Keep in a file what processes in place of Slurm jobs print: Ctrl-C in the terminal reaches them as well."""
        if self.cluster != "local":
            yield
            return
        kept = os.dup(2)
        with (self.logs / "processes.err").open("ab") as file:
            os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)

    def end(self, job: Any) -> End | None:
        """How a Slurm job has ended, or nothing."""
        if self.cluster == "slurm" and not job.paths.result_pickle.exists():
            return self.lost(job)
        if self.cluster != "slurm" and not job.done():
            return None
        error = job.exception()
        if error is None:
            return End(refusal=job.result())
        parts = str(error).split(f"\n{RULE}\n")
        return End(parts[1].splitlines()[-1] if len(parts) > 2 else parts[0].partition("\n")[0])

    def lost(self, job: Any) -> End | None:
        """How a job without a result has ended, or nothing."""
        if time.monotonic() > self.asked + EVERY:
            self.ask()
        array = job.job_id.partition("_")[0]  # by which Slurm lists the rest of an array that was cancelled
        state = self.states.get(job.job_id) or self.states.get(array, "UNKNOWN")
        if state not in ENDED:
            self.ended.pop(job.job_id, None)
            return None
        if self.answers < self.ended.setdefault(job.job_id, self.answers) + 2:
            return None  # files may arrive later than news of them
        return End(f"state {state}", state=state)

    def ask(self) -> None:
        """Ask Slurm for the states of all jobs. While it does not answer, nothing is concluded."""
        command = ["squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}", "--format=%i %T"]
        with contextlib.suppress(subprocess.SubprocessError):
            done = subprocess.run(  # noqa: S603 - a constant
                command, capture_output=True, text=True, check=True, timeout=PATIENCE
            )
            self.states = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
            self.answers += 1
        self.asked = time.monotonic()

    def forget(self, job: Any) -> None:
        """Delete its files, but for its logs."""
        for file in (job.paths.submitted_pickle, job.paths.result_pickle):
            file.unlink(missing_ok=True)

    def cancel(self, jobs: Sequence[Any]) -> None:
        if self.cluster == "slurm":
            cancel([job.job_id for job in jobs])
            return
        for job in jobs:
            job.cancel(check=False)

    def close(self) -> None:
        self.jobs.unlink(missing_ok=True)
        self.jobs.with_suffix(".lock").unlink(missing_ok=True)
        self.lock.release()

    def cancel_leftovers(self) -> None:
        """Cancel the jobs of runs that were killed; what these jobs have returned is kept."""
        for jobs in self.runs.glob("*.jobs"):
            lock = FileLock(jobs.with_suffix(".lock"))
            with contextlib.suppress(Timeout, OSError), lock.acquire(timeout=0):
                left = [each for each in jobs.read_text(encoding="ascii").split() if each.isdecimal()]
                if self.cluster == "slurm":
                    cancel(left)
                for file in (file for each in left for file in self.logs.glob(f"{each}_*.pkl")):
                    file.unlink()
                jobs.unlink()
                jobs.with_suffix(".lock").unlink(missing_ok=True)


def cancel(jobs: Sequence[str]) -> None:
    """Have Slurm cancel these, in a process that a second Ctrl-C does not reach."""
    if jobs:
        command = ["scancel", *jobs]
        subprocess.run(  # noqa: S603 - with numbers of jobs
            command, capture_output=True, check=False, timeout=PATIENCE, start_new_session=True
        )
