"""Simulated physiology. Stand-ins for data sets that cannot be shared are written with it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api.datasets import Dataset

if TYPE_CHECKING:
    from bench.api.arrays import Array


@dataclass(frozen=True)
class Episode:
    """A period with a constant emotional state."""

    start: float  # seconds
    stop: float
    arousal: float  # -1 calm, 0 neutral, 1 excited
    valence: float = 0.0  # -1 unpleasant, 1 pleasant


@dataclass(frozen=True)
class Script:
    """One session of a simulated subject. The same script gives the same signals."""

    seed: int
    subject: str
    session: str
    seconds: float
    episodes: Sequence[Episode]
    signals: Mapping[str, tuple[float, int]]  # ecg, eda, bvp, eeg, emg, resp, temp or acc -> rate, channels


Simulate = Callable[[Script], Mapping[str, "Array"]]


class Simulator(Dataset):
    """A data set that can simulate any script."""

    @abstractmethod
    def simulate(self, script: Script) -> Mapping[str, Array]:
        """Return signal -> (channels, time).

        Units: ecg and emg in mV, eda in uS, bvp in a.u., eeg in uV, resp in %, temp in degC, acc in g.
        """
