"""What a feature table has to hold, seen on windows of a made-up recording."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.checks.examples.recording import MODALITIES, SECONDS, recording
from bench.checks.recordings import same
from bench.data.segmentation import Windowing
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Array, Extractor

#: What of a value may differ by the order in which numbers were added up.
TOLERANCE = 1e-6


def windows(modality: str) -> Array:
    """(n, channels, time) as the harness gives them: single precision, of the default length."""
    signal = recording().signals[modality]
    length = round(Windowing().length * signal.rate)
    count = round(SECONDS / Windowing().length)
    cut = np.asarray(signal.values, np.float32)[:, : count * length].reshape(-1, count, length)
    return np.ascontiguousarray(cut.swapaxes(0, 1))


def extracted(extractor: Extractor, modality: str, rows: slice = slice(None)) -> tuple[list[str], Array]:
    """Names and values of some of the windows, sound in shape."""
    rate, _, names_of_channels, _ = MODALITIES[modality]
    given = windows(modality)[rows]
    channels = list(names_of_channels) or [str(place) for place in range(given.shape[1])]
    names, values = extractor.extract(given, rate, modality, channels)
    if np.shape(values) != (len(given), len(names)):
        raise PluginError(
            f"{len(given)} windows of '{modality}' and {len(names)} names give values of the shape {np.shape(values)}; "
            "give one row per window and one name per column."
        )
    return list(names), np.asarray(values)


def names_are_distinct(extractor: Extractor) -> None:
    """Each column has a name, and no name comes twice, in one modality or in several."""
    owner: dict[str, str] = {}
    for modality in MODALITIES:
        names, _ = extracted(extractor, modality)
        if not names:
            raise PluginError(f"It makes no feature of '{modality}'; every modality needs at least one.")
        for name in names:
            if not isinstance(name, str) or not name:
                raise PluginError(f"A feature of '{modality}' has the name {name!r}; write a text.")
            if name in owner:
                raise PluginError(
                    f"The name '{name}' stands for a feature of '{owner[name]}' and for one of '{modality}'; "
                    "begin names with the modality and the channel."
                )
            owner[name] = modality


def values_are_numbers(extractor: Extractor) -> None:
    """Values are finite, or NaN where a window does not tell."""
    for modality in MODALITIES:
        names, values = extracted(extractor, modality)
        if values.dtype.kind not in "fiu":
            raise PluginError(f"Features of '{modality}' are {values.dtype}; expected numbers.")
        wrong = np.flatnonzero(np.isinf(values).any(axis=0))
        if len(wrong):
            raise PluginError(f"The feature '{names[wrong[0]]}' is infinite; write NaN where a window does not tell.")


def rows_are_independent(extractor: Extractor) -> None:
    """Features of a window do not depend on the windows beside it."""
    for modality in MODALITIES:
        names, values = extracted(extractor, modality)
        for rows in (slice(None, None, -1), slice(None, None, 3), slice(4, 5)):
            some, found = extracted(extractor, modality, rows)
            if some != names:
                raise PluginError(f"The names of features of '{modality}' depend on which windows are given.")
            close = np.isclose(found, values[rows], rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True).all(axis=0)
            if not close.all():
                name = names[int(np.flatnonzero(~close)[0])]
                raise PluginError(
                    f"'{name}' of a window changes with the windows beside it; compute it from that window alone."
                )


def extracting_repeats(extractor: Extractor) -> None:
    """The same windows give the same values again, whatever came in between."""
    again: Any = partial(extracted, extractor)
    first = {modality: again(modality) for modality in MODALITIES}
    for modality, (names, values) in first.items():
        names_now, values_now = again(modality)
        if names != names_now or not same(values, values_now):
            raise PluginError(f"Features of '{modality}' came out differently the second time; draw nothing at random.")


CHECKS = (names_are_distinct, values_are_numbers, rows_are_independent, extracting_repeats)
