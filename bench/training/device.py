"""What a device can do: its memory, and how precisely it computes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from bench.errors import TaskError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings

SHARE = 0.8  # of the free memory of a GPU that is planned with
SIGNS = ("can't allocate memory", "not enough memory", "out of memory")


@contextmanager
def numerics(settings: Settings, remark: Callable[[str], None]) -> Iterator[None]:
    """The precision that was asked for, and the same numbers each time, for as long as this lasts."""
    if settings.on_cpu and settings.precision == "tf32":
        raise UsageError("A CPU has no tf32; use --precision fp32.")
    if settings.on_cpu and settings.precision == "bf16" and not native_bf16():
        remark("This CPU has no instructions for bf16, so that it is many times slower than fp32 here.")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts; the same numbers each time
    cudnn, cublas = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, cublas.allow_tf32, cudnn.deterministic, cudnn.benchmark
    tf32 = settings.precision == "tf32"
    cudnn.allow_tf32, cublas.allow_tf32, cudnn.deterministic, cudnn.benchmark = tf32, tf32, True, False
    try:
        yield
    finally:
        cudnn.allow_tf32, cublas.allow_tf32, cudnn.deterministic, cudnn.benchmark = before


def native_bf16() -> bool:
    """Whether a CPU multiplies bf16 itself."""
    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says so; the CPU's allocator has no class of its own for it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)


def too_large(member: NetworkFit, device: str) -> TaskError:
    """The error of a member that does not fit even by itself."""
    return TaskError(
        f"One network with a batch of {member.model.batch} windows does not fit into the memory of {device}; "
        f"use a smaller batch, as -o model.batch={max(member.model.batch // 2, 2)}."
    )


def room(probe: Callable[[], None], device: str) -> int:
    """How many members fit, judged by one; 0 on a CPU, where nothing is measured and memory is not the limit."""
    if device == "cpu":
        return 0
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    try:
        probe()
    except torch.OutOfMemoryError:
        return 1
    used = torch.cuda.max_memory_allocated(device) - before
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, int(SHARE * free / max(used, 1)))
