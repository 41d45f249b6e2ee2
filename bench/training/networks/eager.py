"""What torch's compiler is to leave as it is: random numbers of one network, and what works values out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def eager(function: Function) -> Function:
    """Runs as it is written, also inside a network that is compiled."""
    disable: Callable[[Function], Any] = torch.compiler.disable
    return cast("Function", disable(function))
