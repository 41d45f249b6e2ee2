"""A network: options here, modules in `layers`, so that torch is imported only when a network is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from bench.api import Range, Staged

if TYPE_CHECKING:
    from torch.nn import Module

    from bench.api import InputSpec
    from bench_tutorial.layers import Convolutions


@dataclass(frozen=True)
class SmallCNN(Staged):
    """Two convolutions per modality, the mean over time, and a linear head."""

    epochs: int = 20  # another default for an option that all staged models have
    width: Annotated[int, Range(2, 128, log=True), "channels of each convolution"] = 8

    exchange_stages: ClassVar[tuple[int, ...]] = (1, 2)

    def encoder(self, modality: str, spec: InputSpec) -> Convolutions:
        from bench_tutorial.layers import Convolutions

        return Convolutions(self.width)

    def head(self, dim: int, classes: int) -> Module:
        from torch.nn import Linear

        return Linear(dim, classes)
