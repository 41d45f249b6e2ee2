"""What a modality measures, and the features of that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench_statistics.electrodermal import skin_conductance
from bench_statistics.generic import centre, distribution
from bench_statistics.heart import electrocardiogram, pulse_wave
from bench_statistics.respiration import breathing
from bench_statistics.spectrum import band_powers, relative_powers

if TYPE_CHECKING:
    from bench.api import Array
    from bench_statistics.feature import Feature

#: Words in the name of a modality -> what it measures.
KINDS = {
    "ecg": "ecg", "ekg": "ecg", "bvp": "bvp", "ppg": "bvp", "eda": "eda", "gsr": "eda", "eeg": "eeg",
    "temp": "temperature", "temperature": "temperature", "skt": "temperature",
    "resp": "respiration", "rsp": "respiration", "respiration": "respiration",
}  # fmt: skip


def kind_of(modality: str) -> str:
    """What a modality measures, by a word in its name ("wrist-bvp"); empty where it says nothing known."""
    words = re.split(r"[^a-z]+", modality.lower())
    return next((KINDS[word] for word in words if word in KINDS), "")


def of_rows(rows: Array, rate: float, kind: str, threshold: float) -> dict[str, Feature]:
    """Name -> feature of rows (n, time)."""
    centred, mean = centre(rows)
    powers = band_powers(centred, rate, kind)
    features = distribution(centred, mean, rate) | powers
    if kind == "ecg":
        features |= electrocardiogram(centred, rate)
    elif kind == "bvp":
        features |= pulse_wave(centred, rate)
    elif kind == "eda":
        features |= skin_conductance(centred, mean, rate, threshold)
    elif kind == "respiration":
        features |= breathing(centred, rate)
    elif kind == "eeg":
        features |= relative_powers(powers)
    return features
