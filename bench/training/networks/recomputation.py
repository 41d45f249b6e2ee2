"""Gradient checkpointing: activations are recomputed in the backward pass instead of being kept."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, cast

import torch
from torch.utils.checkpoint import checkpoint

from bench.training.networks.eager import eager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from torch import Tensor, nn


@eager
def recompute(
    function: Callable[[Tensor], Tensor], values: Tensor, again: Callable[[], AbstractContextManager[None]]
) -> Tensor:
    """function(values), recomputed in the backward pass, there within the given context."""
    found = checkpoint(
        function, values, use_reentrant=False, preserve_rng_state=False, context_fn=lambda: (nullcontext(), again())
    )
    return cast("Tensor", found)


@eager
def recompute_random(function: Callable[[Tensor], Tensor], values: Tensor, generator: torch.Generator | None) -> Tensor:
    """The same for a function that draws random numbers; recomputing draws the same ones."""
    if generator is None:  # torch restores its global generator itself
        return cast("Tensor", checkpoint(function, values, use_reentrant=False))
    return recompute(function, values, partial(rewound_generator, generator, generator.get_state()))


@contextmanager
def rewound_generator(generator: torch.Generator, state: Tensor) -> Iterator[None]:
    """Set the generator to a former state, and back to the current one afterwards."""
    now = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(now)


@contextmanager
def frozen_running_averages(module: nn.Module) -> Iterator[None]:
    """Restore running averages afterwards, so that recomputed values are not counted twice."""
    kept = [buffer.clone() for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in zip(module.buffers(), kept, strict=True):
                buffer.copy_(before)
