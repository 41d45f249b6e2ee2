"""One feature of many windows: its values, its unit, and why a value is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.api import Array

#: What stands for the unit of the signal, and for a unit that nobody has told.
SIGNAL, UNKNOWN = "{u}", "a.u."
#: The unit of a share, of a number of things and of a ratio.
PLAIN = "1"


@dataclass(frozen=True, eq=False)
class Feature:
    """A feature of rows (n, time)."""

    unit: str  # "{u}" stands for the unit of the signal
    values: Array | None  # none where no window of this length and rate has one
    missing: str = ""  # why there is none, or why some are NaN


def none(unit: str, reason: str) -> Feature:
    """A feature that windows of this length and rate do not have."""
    return Feature(unit, None, reason)


def spelt(unit: str, signal: str) -> str:
    """A unit once the unit of the signal is known; one that is a product or a quotient goes into brackets."""
    told = signal or UNKNOWN
    plain = unit == SIGNAL or not set(told) & set("/* ")
    return unit.replace(SIGNAL, told if plain else f"({told})")
