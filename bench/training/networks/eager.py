"""Functions that torch.compile must not trace: random numbers and recomputation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def eager(function: Function) -> Function:
    """Run the function eagerly, also inside a compiled network."""
    disable: Callable[[Function], Any] = torch.compiler.disable
    return cast("Function", disable(function))
