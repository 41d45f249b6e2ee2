"""A step as a CUDA graph: recorded once, and then repeated without waiting for Python.

A network that sets random numbers back, as checkpointing does, is not recorded: its steps are done one by one. So are
those of a network that cannot be recorded, for example since it waits for a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from bench.training.device import out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Generator, Tensor

WARM = 3  # ordinary steps before one is recorded, in which libraries choose their algorithms
FAILED: list[torch.cuda.CUDAGraph] = []  # kept, since torch's allocator still refers to a recording that did not end


class CudaGraph:
    """Called like the step that it replays; each replay advances the generator as a step does."""

    def __init__(
        self,
        step: Callable[[Tensor, Tensor], None],
        device: str | torch.device,
        generator: Generator | None = None,
        remark: Callable[[str], None] | None = None,
    ) -> None:
        self.step, self.device, self.generator, self.remark = step, device, generator, remark
        #: workspaces of cuBLAS belong to streams, so graphs that are replayed at the same time must not share one
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
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
        graph, before = torch.cuda.CUDAGraph(), None
        if self.generator is not None:
            before = self.generator.clone_state()
            graph.register_generator_state(self.generator)
        torch.cuda.synchronize(self.device)
        torch.cuda.empty_cache()  # the graph has memory of its own
        with torch.cuda.stream(self.stream):
            graph.capture_begin()
            try:
                self.step(self.rows, self.factors)
            except BaseException:
                try:
                    graph.capture_end()
                except RuntimeError:  # which only says that something failed before
                    FAILED.append(graph)
                if self.generator is not None and before is not None:
                    self.generator.graphsafe_set_state(before)  # the other state still waits for the recording to end
                raise
            graph.capture_end()
        return graph

    def beside(self, rows: Tensor, factors: Tensor) -> None:
        """In the stream of the recording."""
        current = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            self.step(rows, factors)
        current.wait_stream(self.stream)
