"""Dropout with a random stream per network, reseeded in each epoch, so that networks do not influence each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from bench.training.networks.eager import eager
from bench.training.networks.stacked_layers import Places, StackedFunction, networks_first

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def __deepcopy__(self, memo: dict[int, Any]) -> RandomStream:
        """The same stream, since a generator cannot be copied on every device."""
        return self


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
        kept = self.drawn(values) >= self.limit - LEVELS // 2
        changed: Tensor = values * kept * (LEVELS / (LEVELS - self.limit))
        return changed

    @eager
    def drawn(self, values: Tensor) -> Tensor:
        """Numbers from -32,768 to 32,767, in the shape of the values."""
        return random_words(values[None], [self.generator])[0]

    def extra_repr(self) -> str:
        return f"p={self.p}"


class StackedDropout(Dropout):
    """The dropout of several networks under vmap, each of which draws what it draws by itself."""

    streams: Sequence[RandomStream]

    def drawn(self, values: Tensor) -> Tensor:
        generators = [stream.generator for stream in self.streams]
        found: Tensor = Drawn.apply(values.detach(), generators)  # type: ignore[no-untyped-call]
        return found


class Drawn(StackedFunction):
    """Random numbers in the shape of the values, from a generator for each network."""

    @staticmethod
    def forward(values: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
        return random_words(values[None], generators)[0]

    @staticmethod
    def vmap(info: Any, places: Places, *given: Any) -> tuple[Tensor, int]:
        (values,) = networks_first(given[:1], places, info.batch_size)
        return random_words(values, given[1]), 0


def random_words(values: Tensor, generators: Sequence[torch.Generator | None]) -> Tensor:
    """Random numbers of 16 bits in the shape of the values (networks, ...), from one generator for each network."""
    count = values[0].numel()
    words = torch.empty((len(values), -(-count // 4)), dtype=torch.int64, device=values.device)
    for row, generator in zip(words, generators, strict=True):
        row.random_(-(2**63), None, generator=generator)  # all 64 bits
    return words.view(torch.int16)[:, :count].view(values.shape)


def use_stacked_dropout(template: nn.Module, networks: Sequence[nn.Module]) -> None:
    """Switch the dropout of a network that runs under vmap in place of these."""
    for layer in template.modules():
        if isinstance(layer, Dropout):
            layer.__class__ = StackedDropout
            cast("StackedDropout", layer).streams = streams_of(networks)


def streams_of(networks: Sequence[nn.Module]) -> list[RandomStream]:
    """The stream of each network that has one."""
    found = (next((module.stream for module in random_modules(network)), None) for network in networks)
    return [stream for stream in found if stream is not None]


def random_modules(network: nn.Module) -> list[RandomModule]:
    """All modules that draw random numbers in training."""
    return [module for module in network.modules() if isinstance(module, RandomModule)]


def has_random_modules(network: nn.Module) -> bool:
    """Whether a network draws random numbers in training."""
    return bool(random_modules(network))


def stackable(network: nn.Module, *, compiled: bool) -> bool:
    """Whether a network can be trained in a stack: nothing but dropout draws, and nothing is rewound.

    What draws is not compiled, and under vmap there is nothing that is not compiled.
    """
    modules = random_modules(network)
    drops = all(type(module) is Dropout and not module.rewinds for module in modules)
    return drops and not (modules and compiled)


def attach_random_stream(network: nn.Module, device: str) -> RandomStream | None:
    """Give all random modules of a network one stream."""
    modules = random_modules(network)
    if not modules:
        return None
    stream = RandomStream(device)
    for part in modules:
        part.stream = stream
    return stream
