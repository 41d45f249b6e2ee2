"""Randomness of one network that nobody else's training changes: its own stream, begun anew in each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bench.training.networks.eager import eager

if TYPE_CHECKING:
    from bench.training.phase_state import PhaseState

LEVELS = 2**16  # numbers that 16 bits can be, half of them negative


class RandomStream:
    """The random stream of a network, on the device that the network is on."""

    def __init__(self, device: str) -> None:
        self.generator = torch.Generator(device)

    def begin(self, phase_state: PhaseState) -> None:
        """The same numbers for the same member, phase and epoch, wherever training had been interrupted."""
        words = phase_state.member.seed, phase_state.number, len(phase_state.losses)
        mixed = 0
        for word in words:
            mixed = (mixed * 1_000_003 + word + 1) % 2**63
        self.generator.manual_seed(mixed)


class RandomModule(nn.Module):
    """A part of a network that draws random numbers while it trains."""

    noise: RandomStream | None = None
    #: whether it sets its stream back, which a CUDA graph cannot do
    rewinds = False

    @property
    def generator(self) -> torch.Generator | None:
        """None outside of a training by the engine: then torch's own stream."""
        return self.noise.generator if self.noise else None


class Dropout(RandomModule):
    """Each value is zero with probability p, rounded to 1 / 65,536, and the others grow so that the mean stays.

    Random numbers of 16 bits are drawn four at a time, since drawing takes longer than all else here.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.limit = round(p * LEVELS)

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or not self.limit:
            return values
        kept = self.drawn(values.numel(), values.device).view(values.shape) >= self.limit - LEVELS // 2
        changed: Tensor = values * kept * (LEVELS / (LEVELS - self.limit))
        return changed

    @eager
    def drawn(self, count: int, device: torch.device) -> Tensor:
        """Numbers from -32,768 to 32,767."""
        words = torch.empty(-(-count // 4), dtype=torch.int64, device=device)
        words.random_(-(2**63), None, generator=self.generator)  # all 64 bits
        return words.view(torch.int16)[:count]

    def extra_repr(self) -> str:
        return f"p={self.p}"


def draws(network: nn.Module) -> bool:
    """Whether a network draws random numbers while it trains."""
    return any(isinstance(module, RandomModule) for module in network.modules())


def attach(network: nn.Module, device: str) -> RandomStream | None:
    """Give all parts of a network that draw one stream."""
    parts = [module for module in network.modules() if isinstance(module, RandomModule)]
    if not parts:
        return None
    noise = RandomStream(device)
    for part in parts:
        part.noise = noise
    return noise
