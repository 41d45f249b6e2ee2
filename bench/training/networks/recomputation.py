"""Gradient checkpointing: what a part of a network gave is not kept for the gradient, but worked out again."""

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
def recomputed(
    function: Callable[[Tensor], Tensor], values: Tensor, again: Callable[[], AbstractContextManager[None]]
) -> Tensor:
    """function(values), of which nothing is kept for the gradient but the values; the second time in this context."""
    found = checkpoint(
        function, values, use_reentrant=False, preserve_rng_state=False, context_fn=lambda: (nullcontext(), again())
    )
    return cast("Tensor", found)


@eager
def redrawn(function: Callable[[Tensor], Tensor], values: Tensor, generator: torch.Generator | None) -> Tensor:
    """The same of what draws random numbers: the second time, it draws the same."""
    if generator is None:  # torch minds its own stream
        return cast("Tensor", checkpoint(function, values, use_reentrant=False))
    return recomputed(function, values, partial(rewound, generator, generator.get_state()))


@contextmanager
def rewound(generator: torch.Generator, state: Tensor) -> Iterator[None]:
    """As it was in that state; afterwards it goes on from where it is now."""
    now = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(now)


@contextmanager
def unaveraged(module: nn.Module) -> Iterator[None]:
    """Running averages are afterwards what they were: values that come by a second time are not counted twice."""
    kept = [buffer.clone() for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in zip(module.buffers(), kept, strict=True):
                buffer.copy_(before)
