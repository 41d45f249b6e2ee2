"""Tasks of one Slurm job. What a task returns is a file at once, so that a job that is preempted goes on after it."""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError
from bench_slurm.signals import ending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Parcel


@dataclass(frozen=True)
class Bundle:
    """Parcels, and the files for what they return."""

    parcels: Sequence[Parcel]
    results: Sequence[str]  # file of each, in a folder that the machines of the cluster share
    inputs: Mapping[str, str]  # name -> file
    cache: str

    def __call__(self) -> str:
        """Run what has not returned yet; the text says why this machine cannot. At SIGTERM, submitit would go on."""
        with ending(signal.SIGTERM), tempfile.TemporaryDirectory(prefix="affectbench-") as own:
            cache = Path(self.cache or os.environ.get("BENCH_CACHE") or own)
            for parcel, result in zip(self.parcels, map(Path, self.results), strict=True):
                if result.exists():
                    continue
                try:
                    content = parcel(lambda name: Path(self.inputs[name]).read_bytes(), cache)
                except BenchError as error:
                    return str(error)
                partial = result.with_suffix(f".{secrets.token_hex(8)}")
                partial.write_bytes(content)
                partial.replace(result)
        return ""

    def checkpoint(self) -> Any:
        """What Slurm runs after it has preempted the job, or ended it at its time limit."""
        import submitit

        return submitit.helpers.DelayedSubmission(self)
