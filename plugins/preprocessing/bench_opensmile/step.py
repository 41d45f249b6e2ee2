"""The vector of a song by openSMILE."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Annotated, Literal

from bench.api import StimulusFeatures
from bench.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

PROGRAMS = ("opensmile", "soundfile")
SHORTEST = 0.5  # seconds that suffice for every feature set


@dataclass(frozen=True)
class OpenSmile(StimulusFeatures):
    """Functionals of a whole file: statistics of descriptors of its loudness, spectrum and voicing over time.

    ComParE_2016 has 6,373, as many as the tables that are released with PMEmo. Those were computed with
    IS13_ComParE of openSMILE 2.1 or 2.2, so that numbers differ a little. Channels are averaged, as openSMILE does on
    its own command line. WAV, FLAC, OGG and MP3 can be read. Needs `pip install 'affectbench[audio]'`; the licence of
    openSMILE allows research and private use, not commercial use.
    """

    features: Annotated[
        Literal["ComParE_2016", "eGeMAPSv02", "GeMAPSv01b", "emobase"], "which set: of 6373, 88, 62 or 988 functionals"
    ] = "ComParE_2016"

    @property
    def version(self) -> str:
        """Versions of openSMILE and of the decoder."""
        try:
            return ", ".join(f"{name} {metadata.version(name)}" for name in PROGRAMS)
        except metadata.PackageNotFoundError as error:
            raise UsageError(
                f"'opensmile' needs the package {error.name}, which is not installed; type: "
                "pip install 'affectbench[audio]'"
            ) from error

    def columns(self) -> Sequence[str]:
        from bench_opensmile.functionals import program

        return [str(name) for name in program(self.features).feature_names]

    def extract(self, file: Path) -> Array:
        from bench_opensmile.functionals import program
        from bench_opensmile.sound import read

        samples, rate = read(file)
        if len(samples) < SHORTEST * rate:
            raise DataError(f"{file} lasts {len(samples) / rate:.3g} s, and openSMILE needs {SHORTEST:g} s or more.")
        found: Array = program(self.features)(samples, rate).ravel()
        return found
