"""Checks of scalings, on windows of a simulated recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.checks.examples.recording import MODALITIES
from bench.checks.features import windows
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Array, Scaling

TOLERANCE = 1e-6


def values_fit_the_channels(scaling: Scaling) -> None:
    """It learns one finite offset and one nonzero divisor per channel."""
    for modality in MODALITIES:
        channels = windows(modality).shape[1]
        offset, divisor = learnt(scaling, windows(modality), 1)
        for what, found in (("offsets", offset), ("divisors", divisor)):
            if found.shape != (channels,) or not np.isfinite(found).all():
                raise PluginError(f"The {what} of '{modality}' are {found}; expected {channels} finite numbers.")
        if not divisor.all():
            raise PluginError(f"A divisor of '{modality}' is 0; return 1 for a constant channel.")


def chunks_do_not_matter(scaling: Scaling) -> None:
    """It learns the same from one chunk of windows as from several."""
    for modality in MODALITIES:
        one, several = (learnt(scaling, windows(modality), parts) for parts in (1, 4))
        if not np.allclose(one, several, rtol=TOLERANCE, atol=TOLERANCE):
            raise PluginError(
                f"It learns {several} from four chunks of '{modality}', and {one} from one; accumulate over chunks."
            )


def constant_channels_are_scaled(scaling: Scaling) -> None:
    """A constant channel has a finite offset and a nonzero divisor."""
    found = learnt(scaling, np.full((4, 1, 50), 3.0, np.float32), 2)
    if not np.isfinite(found).all() or not found[1].all():
        raise PluginError(f"It learns {found} from a constant channel; return finite numbers, and 1 as the divisor.")


def learnt(scaling: Scaling, values: Array, parts: int) -> Array:
    return np.array([np.asarray(found, dtype=float) for found in scaling.learn(iter(np.array_split(values, parts)))])


CHECKS = (values_fit_the_channels, chunks_do_not_matter, constant_channels_are_scaled)
