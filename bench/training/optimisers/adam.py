"""Adam for several networks at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from bench.training.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from bench.api import Array, Staged

BETAS = (0.9, 0.999)


class Adam(Optimiser):
    """Kingma and Ba (2015), with L2 penalty or decoupled weight decay (Loshchilov and Hutter, 2019)."""

    def __init__(self, weights: Tensor, models: Sequence[Staged]) -> None:
        super().__init__(weights, models)
        self.eps = getattr(models[0], "adam_eps", 1e-8)
        self.mean, self.square = torch.zeros_like(weights), torch.zeros_like(weights)
        self.change = torch.empty_like(weights)  # a buffer for the update

    @property
    def moments(self) -> Mapping[str, Tensor]:
        return {"mean": self.mean, "square": self.square}

    def factors(self, network: int, first: int, rates: Array) -> Array:
        """Minus the step size, the bias correction of the second moment, and 1 minus the weight decay."""
        count = np.arange(first + 1, first + len(rates) + 1)
        size = rates / (1 - BETAS[0] ** count)
        return np.stack([-size, np.sqrt(1 - BETAS[1] ** count), 1 - rates * self.decay[network]], axis=1)

    def move(self, gradient: Tensor, factors: Tensor) -> None:
        self.mean.lerp_(gradient, 1 - BETAS[0])
        self.square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        spread = torch.sqrt(self.square, out=self.change).div_(factors[:, 1:2]).add_(self.eps)
        self.weights.add_(torch.div(self.mean, spread, out=self.change).mul_(factors[:, 0:1]))
