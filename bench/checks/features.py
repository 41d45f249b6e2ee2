"""Checks of feature tables, on windows of a simulated recording, and of stimulus features, on synthetic sound."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.checks.examples.recording import MODALITIES, SECONDS, recording
from bench.checks.recordings import same
from bench.data.segmentation import Windowing
from bench.errors import DataError, PluginError

if TYPE_CHECKING:
    from bench.api import Array, Extractor, StimulusFeatures

TOLERANCE = 1e-6  # rounding differences between orders of summation
SOUND_RATE = 16000


def windows(modality: str) -> Array:
    """(n, channels, time) as a run passes them: single precision, windows of the default length."""
    signal = recording().signals[modality]
    length = round(Windowing().length * signal.rate)
    count = round(SECONDS / Windowing().length)
    cut = np.asarray(signal.values, np.float32)[:, : count * length].reshape(-1, count, length)
    return np.ascontiguousarray(cut.swapaxes(0, 1))


def extracted(extractor: Extractor, modality: str, rows: slice = slice(None)) -> tuple[list[str], Array]:
    """Names and values for some of the windows, after a check of the shape."""
    rate, _, channel_names, _ = MODALITIES[modality]
    some = windows(modality)[rows]
    channels = list(channel_names) or [str(number) for number in range(some.shape[1])]
    names, values = extractor.extract(some, rate, modality, channels)
    if np.shape(values) != (len(some), len(names)):
        raise PluginError(
            f"For {len(some)} windows of '{modality}' and {len(names)} names, the values have the shape "
            f"{np.shape(values)}; return one row per window and one name per column."
        )
    return list(names), np.asarray(values)


def names_are_distinct(extractor: Extractor) -> None:
    """Feature names are distinct, also across modalities."""
    owner: dict[str, str] = {}
    for modality in MODALITIES:
        names, _ = extracted(extractor, modality)
        if not names:
            raise PluginError(f"It computes no feature of '{modality}'; every modality needs at least one.")
        for name in names:
            if not isinstance(name, str) or not name:
                raise PluginError(f"A feature of '{modality}' has the name {name!r}; it must be a non-empty string.")
            if name in owner:
                raise PluginError(
                    f"The name '{name}' is used for a feature of '{owner[name]}' and for one of '{modality}'; "
                    "start names with the modality and the channel."
                )
            owner[name] = modality


def values_are_numbers(extractor: Extractor) -> None:
    """Values are finite, or NaN where a feature is undefined."""
    for modality in MODALITIES:
        names, values = extracted(extractor, modality)
        if values.dtype.kind not in "fiu":
            raise PluginError(f"Features of '{modality}' have the type {values.dtype}; values must be numbers.")
        infinite = np.flatnonzero(np.isinf(values).any(axis=0))
        if len(infinite):
            raise PluginError(f"The feature '{names[infinite[0]]}' is infinite; return NaN where it is undefined.")


def rows_are_independent(extractor: Extractor) -> None:
    """Features of a window do not depend on other windows."""
    for modality in MODALITIES:
        names, values = extracted(extractor, modality)
        for rows in (slice(None, None, -1), slice(None, None, 3), slice(4, 5)):
            some, found = extracted(extractor, modality, rows)
            if some != names:
                raise PluginError(f"The names of features of '{modality}' change with the windows.")
            close = np.isclose(found, values[rows], rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True).all(axis=0)
            if not close.all():
                name = names[int(np.flatnonzero(~close)[0])]
                raise PluginError(f"'{name}' of a window changes with other windows; use that window alone.")


def extracting_repeats(extractor: Extractor) -> None:
    """The same windows give the same values in a second call."""
    first = {modality: extracted(extractor, modality) for modality in MODALITIES}
    for modality, (names, values) in first.items():
        names_now, values_now = extracted(extractor, modality)
        if names != names_now or not same(values, values_now):
            raise PluginError(f"Features of '{modality}' differ in a second call; do not use random numbers.")


def columns_have_distinct_names(step: StimulusFeatures) -> None:
    """Feature names are distinct."""
    names = list(step.columns())
    double = sorted({str(name) for name in names if names.count(name) > 1})
    if double:
        raise PluginError(f"Its columns list '{double[0]}' {names.count(double[0])} times; names must be distinct.")
    if not names or not all(isinstance(name, str) and name for name in names):
        raise PluginError(f"Its columns are {names[:3]}; return one or more non-empty strings.")


def vectors_fit_the_columns(step: StimulusFeatures) -> None:
    """The vector of a file has one value per column, the same in a second call."""
    with tempfile.TemporaryDirectory() as folder:
        file = sound(Path(folder) / "noise.wav")
        first, second = (np.asarray(step.extract(file)) for _ in range(2))
    expected = (len(step.columns()),)
    if first.shape != expected or first.dtype.kind not in "fiu":
        raise PluginError(
            f"A vector has the shape {first.shape} and the type {first.dtype}; it must hold numbers in the shape "
            f"{expected}."
        )
    if not same(first, second):
        raise PluginError("The vector of a file differs in a second call; do not use random numbers.")


def unreadable_files_are_named(step: StimulusFeatures) -> None:
    """A file that cannot be read raises a DataError that names it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "text.wav"
        file.write_text("no sound", encoding="utf-8")
        try:
            step.extract(file)
        except DataError as error:
            if str(file) not in str(error):
                raise PluginError(f"The error '{error}' does not name the file.") from error
            return
    raise PluginError("It returns a vector for a text file named text.wav; raise a DataError for unreadable files.")


def sound(file: Path) -> Path:
    """Write two seconds of noise."""
    values: Array = 3000 * np.random.default_rng(0).standard_normal(2 * SOUND_RATE)
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(SOUND_RATE)
        opened.writeframes(values.astype("<i2").tobytes())
    return file


CHECKS = (names_are_distinct, values_are_numbers, rows_are_independent, extracting_repeats)
OF_STIMULI = (columns_have_distinct_names, vectors_fit_the_columns, unreadable_files_are_named)
