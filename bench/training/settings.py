"""Settings of the engine: device, precision and parallelism."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bench.data.parallel import cores
from bench.errors import UsageError

DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/nvgpu", "/dev/nvhost-gpu")  # of CUDA: Linux, its subsystem, and Jetson

NAMES = """
import torch
for place in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
    print(torch.cuda.get_device_name(place))
"""


@dataclass(frozen=True)
class Settings:
    """Settings of the engine for a run."""

    device: str = "cpu"  # cpu, cuda or cuda:1, as `resolve` returns it
    precision: Literal["fp32", "tf32", "bf16"] = "fp32"
    compile: bool = False
    deterministic: bool = False  # an operation that has no deterministic algorithm raises
    graphs: bool = True  # repeat steps as CUDA graphs, where there is a GPU
    strategy: Literal["auto", "separate", "stacked"] = "auto"
    together: int = 0  # the largest number of networks to train at once; 0: as many as fit
    workers: int = 0  # threads of the separate strategy on a CPU; 0: one per available core
    checkpoint_epochs: int = 10

    def __post_init__(self) -> None:
        if self.deterministic and self.precision == "tf32":
            raise UsageError(
                "--deterministic turns tf32 off; use --precision fp32 or bf16, or leave out --deterministic."
            )

    @property
    def on_cpu(self) -> bool:
        return self.device == "cpu"

    @property
    def stacked(self) -> bool:
        """A stack is faster on a GPU; on a CPU, networks in parallel threads are."""
        return self.strategy == "stacked" or (self.strategy == "auto" and not self.on_cpu)

    @property
    def threads(self) -> int:
        """How many networks the separate strategy trains at once."""
        if not self.on_cpu:
            return 1
        return min(self.workers or cores(), self.together or self.workers or cores())


def resolve(device: str) -> str:
    """The device to use; `auto` is the first GPU, if any. Raises if the device does not exist."""
    if device == "auto" and sys.platform == "linux" and not any(map(os.path.exists, DRIVERS)):
        return "cpu"  # without the seconds that it takes to import torch
    if device == "auto":
        return "cuda" if cuda_devices() else "cpu"
    kind, _, number = device.partition(":")
    if kind == "cuda":
        count = len(cuda_devices())
        if not count:
            raise UsageError(
                "PyTorch finds no CUDA device on this machine; use --device cpu, or auto to take what there is."
            )
        if number and not (number.isdecimal() and int(number) < count):
            known = ", ".join(f"cuda:{index}" for index in range(count))
            raise UsageError(f"There is no device '{device}'. Known: cpu, cuda, {known}.")
    elif device != "cpu":
        raise UsageError(f"There is no device '{device}'. Known: auto, cpu, cuda.")
    return device


def cuda_devices() -> tuple[str, ...]:
    """The names of the GPUs that PyTorch can use."""
    import torch

    built = torch.backends.cuda.is_built()  # type: ignore[no-untyped-call]
    return found_in_child() if built else ()


@cache
def found_in_child() -> tuple[str, ...]:
    """The same from another process: where CUDA has been started, even to count devices, forks cannot use it."""
    command = [sys.executable, "-P", "-c", NAMES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a constant
    return tuple(done.stdout.splitlines()) if not done.returncode else ()
