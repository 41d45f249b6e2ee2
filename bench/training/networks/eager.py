"""What torch.compile compiles, and what it must not trace: random numbers and recomputation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = 2**16  # compiled ones, more than any run has
Function = TypeVar("Function", bound="Callable[..., Any]")


def eager(function: Function) -> Function:
    """Run the function eagerly, also inside a compiled network."""
    disable: Callable[[Function], Any] = torch.compiler.disable
    return cast("Function", disable(function))


def compiled(function: Function) -> Function:
    """Compile a network, for each of its shapes.

    All networks share the same code, of which torch compiles 8 versions, and then falls back without a word.
    """
    from torch._dynamo import config

    config.recompile_limit = config.accumulated_recompile_limit = VERSIONS
    return cast("Function", torch.compile(function, dynamic=False))
