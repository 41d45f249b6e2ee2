"""The feature table: all features of each window, computed from that window alone."""

from __future__ import annotations

import re
from collections.abc import Sequence  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Extractor, Range
from bench_statistics.beats import electrocardiogram, pulse_wave
from bench_statistics.electrodermal import skin_conductance
from bench_statistics.generic import centre, distribution
from bench_statistics.spectrum import band_powers

if TYPE_CHECKING:
    from bench.api import Array

#: Words in the name of a modality -> what it measures.
KINDS = {
    "ecg": "ecg", "ekg": "ecg", "bvp": "bvp", "ppg": "bvp", "eda": "eda", "gsr": "eda", "eeg": "eeg",
    "temp": "temperature", "temperature": "temperature", "skt": "temperature",
    "resp": "respiration", "rsp": "respiration", "respiration": "respiration",
}  # fmt: skip
#: Samples that are worked on at once: they and their intermediate results fit a cache.
CHUNK = 1 << 18


@dataclass(frozen=True)
class Statistics(Extractor):
    """Statistics and band powers of every signal; beats of ECG and BVP; responses of EDA.

    All values are finite, but for the heart-beat features of a window with too few beats, which are NaN.
    """

    scr: Annotated[
        float, Range(1e-4, 10, log=True), "the smallest skin conductance response, in units of the signal"
    ] = 0.02

    def extract(self, windows: Array, rate: float, modality: str, channels: Sequence[str]) -> tuple[list[str], Array]:
        count, width, time = windows.shape
        step = max(1, CHUNK // (width * time))
        tables = []
        for first in range(0, max(1, count), step):
            chunk = np.ascontiguousarray(windows[first : first + step], dtype=np.float64)
            columns = self.columns(chunk.reshape(len(chunk) * width, time), rate, kind_of(modality))
            table = np.stack(list(columns.values()), axis=1)
            tables.append(table.reshape(len(chunk), width * table.shape[1]))
        names = [f"{prefix}.{name}" for prefix in prefixes(modality, channels, width) for name in columns]
        return names, np.concatenate(tables)

    def columns(self, rows: Array, rate: float, kind: str) -> dict[str, Array]:
        """Name -> values of the features of rows (n, time)."""
        centred, mean = centre(rows)
        features = distribution(centred, mean, rate) | band_powers(centred, rate, kind)
        if kind == "ecg":
            features |= electrocardiogram(centred, rate)
        elif kind == "bvp":
            features |= pulse_wave(centred, rate)
        elif kind == "eda":
            features |= skin_conductance(centred, rate, self.scr)
        return features


def kind_of(modality: str) -> str:
    """What a modality measures, by a word in its name ("wrist-bvp"); empty where it says nothing known."""
    words = re.split(r"[^a-z]+", modality.lower())
    return next((KINDS[word] for word in words if word in KINDS), "")


def prefixes(modality: str, channels: Sequence[str], width: int) -> list[str]:
    """What stands before the names of the features of each channel; unnamed channels are counted from 1."""
    if width == 1:
        return [modality]
    named = channels if len(channels) == width else [str(number) for number in range(1, width + 1)]
    return [f"{modality}.{channel}" for channel in named]
