"""Memory and numerical precision of a device."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch

from bench.errors import TaskError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings

SHARE = 0.8  # the share of free GPU memory to use
SIGNS = ("can't allocate memory", "not enough memory", "out of memory", "CUFFT_ALLOC_FAILED",
         "CUBLAS_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate",
         "CUDNN_STATUS_ALLOC_FAILED", "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED")  # fmt: skip


@contextmanager
def numerics(settings: Settings, remark: Callable[[str], None]) -> Iterator[None]:
    """Set precision and deterministic algorithms within the context."""
    if settings.on_cpu and settings.precision == "tf32":
        raise UsageError("A CPU has no tf32; use --precision fp32.")
    if settings.on_cpu and settings.precision == "bf16" and not native_bf16():
        remark("This CPU has no instructions for bf16, so it is many times slower than fp32.")
    with kernels(settings.device, settings.precision, deterministic=settings.deterministic):
        yield


@contextmanager
def kernels(device: str, precision: str, *, deterministic: bool = False) -> Iterator[None]:
    """Repeatable kernels of a precision on the device within the context, for training and predictions alike.

    `deterministic` also makes torch choose deterministic algorithms, and raise where there is none.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts; the same numbers each time
    cudnn, cublas = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, cublas.allow_tf32, cudnn.deterministic, cudnn.benchmark
    mode = torch.get_deterministic_debug_mode()
    tf32 = precision == "tf32"
    cudnn.allow_tf32, cublas.allow_tf32, cudnn.deterministic, cudnn.benchmark = tf32, tf32, True, False
    if deterministic:
        torch.use_deterministic_algorithms(True)
    try:
        with current(device):
            yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        cudnn.allow_tf32, cublas.allow_tf32, cudnn.deterministic, cudnn.benchmark = before


def current(device: str) -> AbstractContextManager[None]:
    """Make it the current device of this thread within the context; streams and libraries of CUDA use that one."""
    return nullcontext() if device == "cpu" else torch.cuda.device(device)


def native_bf16() -> bool:
    """Whether the CPU has bf16 instructions."""
    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def out_of_memory(error: BaseException) -> bool:
    """Whether the error means that memory is exhausted; on a CPU and from libraries of CUDA only its message tells."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)


def device_lost(error: BaseException, device: str) -> TaskError | None:
    """The error for all other networks where this one has ended CUDA for this process, as a wrong index does."""
    if device == "cpu":
        return None
    try:
        torch.cuda.synchronize(device)
    except RuntimeError:
        first = str(error).partition("\n")[0]
        return TaskError(
            f"An error of CUDA has ended the use of {device} in this process ({first}); run the same command again, or "
            "with --device cpu to find the network at fault."
        )
    return None


def too_large(fit: NetworkFit, device: str) -> TaskError:
    """The error for a network that does not fit even alone."""
    return TaskError(
        f"One network with a batch of {fit.model.batch} windows does not fit into the memory of {device}; "
        f"use a smaller batch, as -o model.batch={max(fit.model.batch // 2, 2)}."
    )


def networks_that_fit(probe: Callable[[], None], device: str) -> int:
    """How many networks fit, from the memory of one; 0 on a CPU, where memory is not the limit.

    It is what torch takes, not what tensors need: a graph has memory of its own, which no other step can use. What is
    still taken when the network is gone, as its windows, is the same for all networks.
    """
    if device == "cpu":
        return 0
    torch.cuda.init()  # type: ignore[no-untyped-call] # there are no statistics before
    release_memory()
    torch.cuda.reset_peak_memory_stats(device)
    fits = True
    try:
        probe()
    except Exception as error:
        if not out_of_memory(error):
            raise
        fits = False
    most = torch.cuda.max_memory_reserved(device)
    try:
        release_memory()  # what torch keeps for later is not free
    except RuntimeError:  # CUDA has ended, as networks say when they are trained
        return 1
    used = most - torch.cuda.memory_reserved(device)
    if not fits:
        return 1
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, int(SHARE * free / max(used, 1)))


def release_memory() -> None:
    """Give back the memory of tensors that nothing uses any more. Call it where no exception keeps their frames."""
    gc.collect()
    torch.cuda.empty_cache()  # which does nothing without CUDA
