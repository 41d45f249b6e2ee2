"""Butterworth filters."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from scipy import signal as scipy_signal

from bench.api import Range
from bench.errors import UsageError
from bench_filters.filtering import Causal, Filter
from bench_filters.gaps import BRIDGE, Bridge

if TYPE_CHECKING:
    from bench.api import Array

Kind = Literal["bandpass", "lowpass", "highpass"]
Hertz = Range(1e-4, 1e4, log=True)
Order = Annotated[int, Range(1, 12), "of the prototype, as scipy.signal.butter counts; a band-pass has twice as many"]


class Butterworth(Filter):
    """`scipy.signal.butter` in second-order sections."""

    kind: ClassVar[Kind]
    order: int

    @property
    @abstractmethod
    def cutoffs(self) -> tuple[float, ...]:
        """In Hz, rising."""

    @property
    def highest(self) -> float:
        return self.cutoffs[-1]

    @property
    def slowest(self) -> float:
        angular = 2 * math.pi * np.squeeze(self.cutoffs)
        poles = scipy_signal.butter(self.order, angular, self.kind, analog=True, output="zpk")[1]
        return float(-1 / poles.real.max())

    def sections(self, rate: float) -> Array:
        cutoffs = np.squeeze(self.cutoffs)
        return np.asarray(scipy_signal.butter(self.order, cutoffs, self.kind, fs=rate, output="sos"))


@dataclass(frozen=True)
class BandPass(Butterworth):
    """Keeps what lies between two frequencies."""

    kind: ClassVar[Kind] = "bandpass"

    example: ClassVar[Mapping[str, Any]] = {"low": 5, "high": 15}

    low: Annotated[float, Hertz, "Hz; slower is taken out"]
    high: Annotated[float, Hertz, "Hz; faster is taken out"]
    order: Order = 4
    causal: Causal = False
    bridge: Bridge = BRIDGE

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise UsageError(
                f"bandpass keeps what lies between low and high; {self.low:g} Hz is not below {self.high:g} Hz."
            )

    @property
    def cutoffs(self) -> tuple[float, ...]:
        return (self.low, self.high)


@dataclass(frozen=True)
class LowPass(Butterworth):
    """Keeps what is slower than a frequency."""

    kind: ClassVar[Kind] = "lowpass"

    example: ClassVar[Mapping[str, Any]] = {"cutoff": 3}

    cutoff: Annotated[float, Hertz, "Hz; faster is taken out"]
    order: Order = 4
    causal: Causal = False
    bridge: Bridge = BRIDGE

    @property
    def cutoffs(self) -> tuple[float, ...]:
        return (self.cutoff,)


@dataclass(frozen=True)
class HighPass(Butterworth):
    """Keeps what is faster than a frequency."""

    kind: ClassVar[Kind] = "highpass"

    example: ClassVar[Mapping[str, Any]] = {"cutoff": 1}

    cutoff: Annotated[float, Hertz, "Hz; slower is taken out"]
    order: Order = 4
    causal: Causal = False
    bridge: Bridge = BRIDGE

    @property
    def cutoffs(self) -> tuple[float, ...]:
        return (self.cutoff,)
