"""Tasks of one Slurm job. What a task returns is a file at once, so that a job that is preempted goes on after it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Parcel


@dataclass(frozen=True)
class Bundle:
    """Parcels, and the folder in which the machines of the cluster share what these return."""

    parcels: Sequence[Parcel]
    inputs: Mapping[str, str]  # name -> file
    folder: str
    cache: str

    def __call__(self) -> str:
        """Run what has not returned yet; the text says why this machine cannot."""
        with tempfile.TemporaryDirectory(prefix="affectbench-") as own:
            cache = Path(self.cache or os.environ.get("BENCH_CACHE") or own)
            for number, parcel in enumerate(self.parcels):
                if self.result(number).exists():
                    continue
                try:
                    content = parcel(lambda name: Path(self.inputs[name]).read_bytes(), cache)
                except BenchError as error:
                    return str(error)
                partial = self.result(number).with_suffix(f".{os.getpid()}")
                partial.write_bytes(content)
                partial.replace(self.result(number))
        return ""

    def result(self, number: int) -> Path:
        return Path(self.folder) / f"{number}.result"

    def checkpoint(self) -> Any:
        """What Slurm runs after it has preempted the job, or ended it at its time limit."""
        import submitit

        return submitit.helpers.DelayedSubmission(self)
