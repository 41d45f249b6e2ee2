"""Gradient descent with momentum for several networks at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from bench.training.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from bench.api import Array, Staged


class SGD(Optimiser):
    """Momentum as in torch.optim.SGD."""

    def __init__(self, weights: Tensor, models: Sequence[Staged]) -> None:
        super().__init__(weights, models)
        self.left = self.column([model.momentum for model in models])
        self.velocity = torch.zeros_like(weights)

    @property
    def moments(self) -> Mapping[str, Tensor]:
        return {"velocity": self.velocity}

    def factors(self, network: int, first: int, rates: Array) -> Array:
        """Minus the learning rate, and 1 minus the weight decay."""
        return np.stack([-rates, np.ones(len(rates)), 1 - rates * self.decay[network]], axis=1)

    def move(self, gradient: Tensor, factors: Tensor) -> None:
        self.velocity.mul_(self.left).add_(gradient)
        self.weights.addcmul_(self.velocity, factors[:, 0:1])
