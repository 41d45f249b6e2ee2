"""A step as a CUDA graph: recorded once, and then repeated without waiting for Python.

A network that sets random numbers back, as checkpointing does, is not recorded: its steps are done one by one. So are
those of a network that cannot be recorded, for example since it waits for a value.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

import torch

from bench.training.device import out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Generator, Tensor

WARM = 3  # ordinary steps before one is recorded, in which libraries choose their algorithms
FAILED: list[torch.cuda.CUDAGraph] = []  # kept, since torch's allocators still refer to a recording that did not end
#: streams of graphs that are gone, by device, since cuBLAS keeps a workspace of some 32 MB for each stream
FREE: defaultdict[str, list[torch.cuda.Stream]] = defaultdict(list)


class CudaGraph:
    """Called like the step that it replays; each replay advances the generators as a step does."""

    def __init__(
        self,
        step: Callable[[Tensor, Tensor], None],
        device: str | torch.device,
        generators: Sequence[Generator] = (),
        remark: Callable[[str], None] | None = None,
    ) -> None:
        self.step, self.device, self.generators, self.remark = step, device, generators, remark
        #: workspaces of cuBLAS belong to streams, so graphs that are replayed at the same time must not share one
        free = FREE[str(device)]
        self.stream = free.pop() if free else torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        weakref.finalize(self, free.append, self.stream)
        self.graph: torch.cuda.CUDAGraph | None = None
        self.done, self.refused = 0, False

    def __call__(self, rows: Tensor, factors: Tensor) -> None:
        if self.graph is None and self.done < WARM:
            self.done += 1
            self.beside(rows, factors)
            return
        if self.graph is None and not self.refused:
            self.record(rows, factors)
        if self.graph is None:
            self.step(rows, factors)
            return
        self.rows.copy_(rows)
        self.factors.copy_(factors)
        self.graph.replay()

    def record(self, rows: Tensor, factors: Tensor) -> None:
        """Record the step, if that is possible."""
        self.rows, self.factors = rows.clone(), factors.clone()
        try:
            self.graph = self.recorded()
        except RuntimeError as error:
            if out_of_memory(error):
                raise  # fewer networks at once may fit
            self.refused = True
            if self.remark:
                first = str(error).partition("\n")[0]
                self.remark(f"Steps are done one by one, since they cannot be recorded as a CUDA graph ({first}).")

    def recorded(self) -> torch.cuda.CUDAGraph:
        """The step as a graph. Unlike `torch.cuda.graph`, it raises what the step raises, and restores the stream."""
        graph, pool = torch.cuda.CUDAGraph(), torch.cuda.graph_pool_handle()
        before = [generator.clone_state() for generator in self.generators]
        for generator in self.generators:
            graph.register_generator_state(generator)
        torch.cuda.synchronize(self.device)
        torch.cuda.empty_cache()  # the graph has memory of its own
        try:
            with torch.cuda.stream(self.stream):
                try:
                    graph.capture_begin(pool=pool)
                    self.step(self.rows, self.factors)
                except BaseException:
                    with suppress(RuntimeError):  # which only says that something failed before
                        end(graph, pool)
                    raise
                end(graph, pool)
        except BaseException:
            for generator, state in zip(self.generators, before, strict=True):
                generator.graphsafe_set_state(state)  # the other state still waits for the recording to end
            raise
        return graph

    def beside(self, rows: Tensor, factors: Tensor) -> None:
        """In the stream of the recording."""
        current = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            self.step(rows, factors)
        current.wait_stream(self.stream)


def end(graph: torch.cuda.CUDAGraph, pool: tuple[int, int]) -> None:
    """End a recording, and have torch's allocator end it too where that fails.

    Until then, the allocator frees no memory at all, and `torch.cuda.empty_cache` raises.
    """
    try:
        graph.capture_end()
    except RuntimeError:
        FAILED.append(graph)
        place = torch.cuda.current_device()
        try:
            with suppress(AttributeError):  # torch 2.6 has another name
                torch._C._cuda_endAllocateToPool(place, pool)  # noqa: SLF001 - as `torch.cuda.use_mem_pool` does
                torch._C._cuda_releasePool(place, pool)  # noqa: SLF001
        except RuntimeError:  # it has ended, but could not be made a graph: its memory is freed with it
            FAILED.remove(graph)
        raise
