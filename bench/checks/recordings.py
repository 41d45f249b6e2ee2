"""Comparison of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Recording


def difference(one: Recording, other: Recording) -> str:
    """The first difference between two recordings; empty if they are identical."""
    for name in ("subject", "session"):
        if getattr(one, name) != getattr(other, name):
            return f"the {name}"
    if list(one.segments) != list(other.segments):
        return "the segments"
    if list(one.signals) != list(other.signals):
        return "the modalities"
    for modality, signal in one.signals.items():
        twin = other.signals[modality]
        for name in ("rate", "unit", "channels"):
            if getattr(signal, name) != getattr(twin, name):
                return f"the {name} of '{modality}'"
        if not same(signal.values, twin.values):
            return f"the values of '{modality}'"
    return ""


def same(one: Any, other: Any) -> bool:
    """Whether two arrays are identical, NaN included."""
    first: Array = np.asarray(one)
    second: Array = np.asarray(other)
    numbers = first.dtype.kind == "f" and second.dtype.kind == "f"
    return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=numbers)
