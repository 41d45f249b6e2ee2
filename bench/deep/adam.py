"""Adam for several networks at once: each row of a matrix holds the parameters of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

BETAS = (0.9, 0.999)


class Adam:
    """Kingma and Ba (2015); weight decay is a part of the gradient, or apart from it (Loshchilov and Hutter, 2019)."""

    def __init__(
        self, weights: Tensor, eps: float, decay: Sequence[float], clip: Sequence[float], l2: Sequence[float]
    ) -> None:
        self.weights, self.eps = weights, eps
        self.mean, self.square = torch.zeros_like(weights), torch.zeros_like(weights)
        self.change = torch.empty_like(weights)  # for what a step works out
        self.decay = np.array(decay)
        self.decays = any(decay)
        limits = [limit or np.inf for limit in clip]
        self.l2 = torch.tensor(l2, dtype=torch.float32, device=weights.device)[:, None] if any(l2) else None
        self.limits = torch.tensor(limits, dtype=torch.float32, device=weights.device)[:, None] if any(clip) else None

    def factors(self, member: int, first: int, rates: Array) -> Array:
        """For steps of a member, of which `first` were done before: (steps, 3), see `step`."""
        count = np.arange(first + 1, first + len(rates) + 1)
        size = rates / (1 - BETAS[0] ** count)
        return np.stack([-size, np.sqrt(1 - BETAS[1] ** count), 1 - rates * self.decay[member]], axis=1)

    def step(self, gradient: Tensor, factors: Tensor) -> None:
        """`factors` (members, 3): minus the size of the step, the correction of the spread, and what decay leaves."""
        if self.limits is not None:
            norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
            gradient = gradient * (self.limits / (norm + 1e-6)).clamp(max=1.0)
        if self.l2 is not None:
            gradient = torch.addcmul(gradient, self.weights, self.l2)
        size, correction, left = factors[:, 0:1], factors[:, 1:2], factors[:, 2:3]
        if self.decays:
            self.weights.mul_(left)
        self.mean.lerp_(gradient, 1 - BETAS[0])
        self.square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        spread = torch.sqrt(self.square, out=self.change).div_(correction).add_(self.eps)
        self.weights.add_(torch.div(self.mean, spread, out=self.change).mul_(size))
