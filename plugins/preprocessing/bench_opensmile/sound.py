"""Read the sound of a file as one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile

from bench.errors import DataError
from bench.readers.file_checks import require_regular

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

LOUDEST = 1 - 2**-15  # openSMILE is given 16 bits, in which a sample of 1 would become -1


def read(file: Path) -> tuple[Array, int]:
    """The mean of its channels, from -1 to below 1, and the samples per second."""
    require_regular(file)
    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise DataError(f"{file} cannot be read as sound; WAV, FLAC, OGG and MP3 can.") from error
    mono = samples.mean(axis=1)
    if not np.isfinite(mono).all():
        raise DataError(f"{file} has samples that are not finite numbers.")
    return np.clip(mono, -1, LOUDEST), int(rate)
