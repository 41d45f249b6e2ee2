"""A step as a CUDA graph: recorded once, and then repeated without waiting for Python.

A network that sets random numbers back, as checkpointing does, is not recorded: its steps are done one by one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Generator, Tensor

WARM = 3  # ordinary steps before one is recorded, in which libraries choose their algorithms


class CudaGraph:
    """Called like the step that it replays; each replay advances the generator as a step does."""

    def __init__(
        self, step: Callable[[Tensor, Tensor], None], device: str | torch.device, generator: Generator | None = None
    ) -> None:
        self.step, self.device, self.generator, self.done = step, device, generator, 0
        #: workspaces of cuBLAS belong to streams, so graphs that are replayed at the same time must not share one
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, rows: Tensor, factors: Tensor) -> None:
        if self.graph is None and self.done < WARM:
            self.done += 1
            self.beside(rows, factors)
            return
        if self.graph is None:
            self.rows, self.factors = rows.clone(), factors.clone()
            self.graph = self.recorded()
        self.rows.copy_(rows)
        self.factors.copy_(factors)
        self.graph.replay()

    def recorded(self) -> torch.cuda.CUDAGraph:
        """The step as a graph. Unlike `torch.cuda.graph`, it raises what the step raises, and restores the stream."""
        graph = torch.cuda.CUDAGraph()
        if self.generator is not None:
            graph.register_generator_state(self.generator)
        torch.cuda.synchronize(self.device)
        torch.cuda.empty_cache()  # the graph has memory of its own
        with torch.cuda.stream(self.stream):
            graph.capture_begin()
            try:
                self.step(self.rows, self.factors)
            except BaseException:
                with suppress(RuntimeError):  # which only says that something failed before
                    graph.capture_end()
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
