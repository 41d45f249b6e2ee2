"""A simulated recording: two minutes of one subject, with four modalities and three segments."""

from __future__ import annotations

import zlib

import numpy as np

from bench.api import Recording, Segment, Signal

SECONDS = 120.0
#: modality -> samples per second, unit, channel names, frequency of an oscillation in Hz
MODALITIES: dict[str, tuple[float, str, tuple[str, ...], float]] = {
    "ecg": (128.0, "mV", ("ecg",), 1.2),
    "bvp": (64.0, "", (), 1.2),
    "eda": (8.0, "uS", ("eda",), 0.05),
    "eeg": (128.0, "uV", ("Fz", "Cz", "Pz"), 10.0),
}
TARGET, CLASSES = "stress", ("calm", "stressed")
SEGMENTS = ((5.0, 40.0, 0), (45.0, 80.0, 1), (82.5, 115.0, 0))


def recording(subject: str = "P01", session: str = "1") -> Recording:
    """A new recording in each call; its values depend on subject and session."""
    random = np.random.default_rng(zlib.crc32(f"{subject}/{session}".encode()))
    signals = {}
    for modality, (rate, unit, channels, rhythm) in MODALITIES.items():
        time = np.arange(round(SECONDS * rate)) / rate
        noise = random.normal(size=(max(1, len(channels)), len(time)))
        values = 5 + np.sin(2 * np.pi * rhythm * time) + 0.2 * noise + 0.01 * time
        signals[modality] = Signal(values, rate, unit, channels)
    segments = [
        Segment(start, stop, f"T{number}", {TARGET: CLASSES[label]}, f"S{number:02d}")
        for number, (start, stop, label) in enumerate(SEGMENTS, 1)
    ]
    return Recording(subject, signals, segments, session)
