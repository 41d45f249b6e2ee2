"""Dropout with a random stream per network, reseeded in each epoch, so that networks do not influence each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bench.training.networks.eager import eager

if TYPE_CHECKING:
    from bench.training.phase_state import PhaseState

LEVELS = 2**16  # numbers that 16 bits can be, half of them negative


class RandomStream:
    """The random stream of a network, on its device."""

    def __init__(self, device: str) -> None:
        self.generator = torch.Generator(device)

    def start_epoch(self, phase_state: PhaseState) -> None:
        """The same numbers for the same seed, phase and epoch, also after an interruption."""
        words = phase_state.fit.seed, phase_state.number, len(phase_state.losses)
        mixed = 0
        for word in words:
            mixed = (mixed * 1_000_003 + word + 1) % 2**63
        self.generator.manual_seed(mixed)


class RandomModule(nn.Module):
    """A module that draws random numbers in training."""

    stream: RandomStream | None = None
    #: whether it rewinds its stream, which a CUDA graph cannot do
    rewinds = False

    @property
    def generator(self) -> torch.Generator | None:
        """None outside of the engine, where torch's global generator is used."""
        return self.stream.generator if self.stream else None


class Dropout(RandomModule):
    """Inverted dropout with probability p, rounded to 1 / 65,536.

    Random numbers of 16 bits are drawn four at a time, since drawing takes most of the time.
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


def has_random_modules(network: nn.Module) -> bool:
    """Whether a network draws random numbers in training."""
    return any(isinstance(module, RandomModule) for module in network.modules())


def attach_random_stream(network: nn.Module, device: str) -> RandomStream | None:
    """Give all random modules of a network one stream."""
    modules = [module for module in network.modules() if isinstance(module, RandomModule)]
    if not modules:
        return None
    stream = RandomStream(device)
    for part in modules:
        part.stream = stream
    return stream
