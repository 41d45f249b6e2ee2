"""What a scaling has to hold, seen on windows of a made-up recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.checks.examples.recording import MODALITIES
from bench.checks.extractors import windows
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Array, Scaling

TOLERANCE = 1e-6


def numbers_fit_the_channels(scaling: Scaling) -> None:
    """It learns one finite offset and one divisor other than 0 for each channel."""
    for modality in MODALITIES:
        given = windows(modality)
        offset, divisor = learnt(scaling, given, 1)
        for what, found in (("offsets", offset), ("divisors", divisor)):
            if found.shape != (given.shape[1],) or not np.isfinite(found).all():
                raise PluginError(f"The {what} of '{modality}' are {found}; expected {given.shape[1]} finite numbers.")
        if not divisor.all():
            raise PluginError(f"A divisor of '{modality}' is 0; give 1 where a channel does not move.")


def chunks_do_not_matter(scaling: Scaling) -> None:
    """It learns the same from one chunk of windows as from several."""
    for modality in MODALITIES:
        one, several = (learnt(scaling, windows(modality), parts) for parts in (1, 4))
        if not np.allclose(one, several, rtol=TOLERANCE, atol=TOLERANCE):
            raise PluginError(f"From four chunks of '{modality}' it learns {several}, from one {one}; sum over chunks.")


def constant_channels_survive(scaling: Scaling) -> None:
    """It does not fail on a channel that never moves."""
    numbers = learnt(scaling, np.full((4, 1, 50), 3.0, np.float32), 2)
    if not np.isfinite(numbers).all() or not numbers[1].all():
        raise PluginError(f"From a constant channel it learns {numbers}; give finite numbers, and 1 as the divisor.")


def learnt(scaling: Scaling, given: Array, parts: int) -> Array:
    return np.array([np.asarray(numbers, dtype=float) for numbers in scaling.learn(iter(np.array_split(given, parts)))])


CHECKS = (numbers_fit_the_channels, chunks_do_not_matter, constant_channels_survive)
