"""What torch.compile compiles, and what it must not trace: random numbers and recomputation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch

from bench.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = 2**16  # compiled ones, more than any run has
Function = TypeVar("Function", bound="Callable[..., Any]")


def eager(function: Function) -> Function:
    """Run the function eagerly, also inside a compiled network."""
    disable: Callable[[Function], Any] = torch.compiler.disable
    return cast("Function", disable(function))


def compiled(function: Function) -> Function:
    """Compile a network, for each of its shapes. Call it in the thread that calls what it returns.

    All networks share the same code, of which torch compiles 8 versions, and then falls back, which a row would not
    say. So the limit is out of reach, and reaching it is an error.
    """
    from torch._dynamo import config  # whose values belong to the thread
    from torch._dynamo.exc import FailOnRecompileLimitHit

    config.recompile_limit = config.accumulated_recompile_limit = VERSIONS
    config.fail_on_recompile_limit_hit = True
    fast: Callable[..., Any] = torch.compile(function, dynamic=False)

    def call(*values: Any, **options: Any) -> Any:
        try:
            return fast(*values, **options)
        except FailOnRecompileLimitHit as error:
            raise TaskError(
                f"Torch has compiled {VERSIONS} versions of this network, and no more are allowed; leave out --compile."
            ) from error

    return cast("Function", call)
