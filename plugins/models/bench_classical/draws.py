"""Random numbers of windows that do not depend on other windows."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Windows


def uniform(windows: Windows, seed: int) -> Array:
    """One number in [0, 1) per window, computed from the seed and the window's trial, start and stop."""
    trials, place = np.unique(np.asarray(windows.trial, dtype=str), return_inverse=True)
    keys = [int.from_bytes(blake2b(f"{seed}\n{trial}".encode(), digest_size=8).digest(), "little") for trial in trials]
    bits = np.array(keys, dtype=np.uint64)[place]
    for column in (windows.start, windows.stop):
        # Adding zero turns -0.0 into 0.0.
        bits = mixed(bits ^ (np.asarray(column, dtype=np.float64) + 0.0).view(np.uint64))
    return np.asarray((bits >> np.uint64(11)) * 2.0**-53)


def mixed(bits: Array) -> Array:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): each bit of the input changes half of the output."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
