"""What a step that computes vectors of stimuli has to hold, seen on files of made-up sound."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.checks.recordings import same
from bench.errors import DataError, PluginError

if TYPE_CHECKING:
    from bench.api import Array, StimulusFeatures

RATE = 16000


def columns_have_distinct_names(description: StimulusFeatures) -> None:
    """Each number of a vector has a name of its own."""
    names = list(description.columns())
    doubled = sorted({str(name) for name in names if names.count(name) > 1})
    if not names or doubled or not all(isinstance(name, str) and name for name in names):
        raise PluginError(f"Its columns are {names[:3]}..., of which {doubled[:3]} come twice; write distinct texts.")


def vectors_fit_the_columns(description: StimulusFeatures) -> None:
    """The vector of a sound has one number for each column, and is the same the second time."""
    with tempfile.TemporaryDirectory() as folder:
        file = sound(Path(folder) / "noise.wav")
        first, second = (np.asarray(description.extract(file)) for _ in range(2))
    expected = (len(description.columns()),)
    if first.shape != expected or first.dtype.kind not in "fiu":
        raise PluginError(f"A vector has the shape {first.shape} and holds {first.dtype}; expected {expected} numbers.")
    if not same(first, second):
        raise PluginError("The vector of a file came out differently the second time; draw nothing at random.")


def unreadable_files_are_named(description: StimulusFeatures) -> None:
    """A file that holds nothing of the kind is a DataError that names it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "text.wav"
        file.write_text("no sound", encoding="utf-8")
        try:
            description.extract(file)
        except DataError as error:
            if str(file) not in str(error):
                raise PluginError(f"The error '{error}' does not name the file.") from error
            return
    raise PluginError("A text whose name ends in .wav has a vector; raise a DataError where a file cannot be read.")


def sound(file: Path) -> Path:
    """Two seconds of noise."""
    values: Array = 3000 * np.random.default_rng(0).standard_normal(2 * RATE)
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        opened.writeframes(values.astype("<i2").tobytes())
    return file


CHECKS = (columns_have_distinct_names, vectors_fit_the_columns, unreadable_files_are_named)
