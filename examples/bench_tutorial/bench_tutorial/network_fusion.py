"""Fusions inside a network: options here, modules in `connections`, so that torch is imported only when needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api import Fusion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch.nn import Module

    from bench_tutorial.connections import ConcatAll, Gates


@dataclass(frozen=True)
class ExchangeAll(Fusion):
    """At the end of each exchange stage, every branch receives the tensors of all others."""

    def exchange(self, stage: int, widths: Mapping[str, int]) -> ConcatAll:
        from bench_tutorial.connections import ConcatAll

        return ConcatAll(widths)


@dataclass(frozen=True)
class GatedSum(Fusion):
    """A weighted sum of the embeddings of all branches; the weights depend on the window."""

    def join(self, dims: Mapping[str, int], classes: int, head: Callable[[int, int], Module]) -> Gates:
        from bench_tutorial.connections import Gates

        width = min(dims.values())
        return Gates(dims, width, head(width, classes))
