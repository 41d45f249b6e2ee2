"""The simplest staged model, for checks of fusions inside networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.api import Staged

if TYPE_CHECKING:
    from torch.nn import Module

    from bench.api import InputSpec
    from bench.training.networks.encoder import Encoder


@dataclass(frozen=True)
class TwoStages(Staged):
    """Two convolutions per branch and a linear head, trained for two epochs."""

    epochs: int = 2
    batch: int = 16

    exchange_stages: ClassVar[tuple[int, ...]] = (1, 2)

    def encoder(self, modality: str, spec: InputSpec) -> Encoder:
        from bench.checks.examples.encoder import Convolutions

        return Convolutions()

    def head(self, dim: int, classes: int) -> Module:
        from torch.nn import Linear

        return Linear(dim, classes)
