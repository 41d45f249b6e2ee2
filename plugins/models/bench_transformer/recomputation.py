"""Gradient checkpointing of what draws random numbers: the second time, it draws the same."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

import torch
from torch.utils.checkpoint import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from torch import Tensor


@torch.compiler.disable  # type: ignore[untyped-decorator]
def recomputed(function: Callable[[Tensor], Tensor], values: Tensor, generator: torch.Generator | None) -> Tensor:
    """function(values), of which nothing is kept for the gradient but the values; torch itself minds its own stream."""
    if generator is None:
        return cast("Tensor", checkpoint(function, values, use_reentrant=False))

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), rewound(generator, generator.get_state())

    found = checkpoint(function, values, use_reentrant=False, preserve_rng_state=False, context_fn=contexts)
    return cast("Tensor", found)


@contextmanager
def rewound(generator: torch.Generator, state: Tensor) -> Iterator[None]:
    """As it was in that state; afterwards it goes on from where it is now."""
    now = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(now)
