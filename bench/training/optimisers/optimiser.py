"""The base of optimisers for several networks: each row of a matrix holds the parameters of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from bench.api import Array, Staged


class Optimiser(ABC):
    """Gradients are clipped first, then the L2 penalty is added; decoupled weight decay comes last."""

    def __init__(self, weights: Tensor, models: Sequence[Staged]) -> None:
        self.weights = weights
        decay, clip, l2 = ([getattr(model, name) for model in models] for name in ("decay", "clip", "l2"))
        self.decay = np.array(decay)
        self.decays = any(decay)
        self.l2 = self.column(l2) if any(l2) else None
        self.limits = self.column([limit or np.inf for limit in clip]) if any(clip) else None

    def column(self, values: Sequence[float]) -> Tensor:
        """A number for each row."""
        return torch.tensor(values, dtype=torch.float32, device=self.weights.device)[:, None]

    @property
    @abstractmethod
    def moments(self) -> Mapping[str, Tensor]:
        """The optimiser state, by name."""

    @abstractmethod
    def factors(self, network: int, first: int, rates: Array) -> Array:
        """Factors (steps, 3) for the next steps of a network; the last is 1 minus the weight decay."""

    @abstractmethod
    def move(self, gradient: Tensor, factors: Tensor) -> None:
        """Update the weights with the factors (networks, 3) of one step."""

    def step(self, gradient: Tensor, factors: Tensor) -> None:
        """One step of each row."""
        if self.limits is not None:
            norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
            gradient = gradient * (self.limits / (norm + 1e-6)).clamp(max=1.0)
        if self.l2 is not None:
            gradient = torch.addcmul(gradient, self.weights, self.l2)
        if self.decays:
            self.weights.mul_(factors[:, 2:3])
        self.move(gradient, factors)
