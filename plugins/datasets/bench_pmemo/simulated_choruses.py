"""The sound of simulated songs: pitch and loudness increase with arousal; pleasant songs are in major."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from bench_pmemo.simulated_songs import Song

RATE, SECONDS = 8000, 2.0  # samples per second
MAJOR, MINOR = (1, 5 / 4, 3 / 2), (1, 6 / 5, 3 / 2)


def write(folder: Path, songs: list[Song], seed: int) -> None:
    """Write a WAV file per song, named by its number."""
    folder.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(SECONDS * RATE)) / RATE
    for song in songs:
        arousal, valence = (
            float(song.ratings(axis).mean()) if song.hearings else 0.5 for axis in ("arousal", "valence")
        )
        noise = np.random.default_rng([seed, song.number]).standard_normal(len(time))
        tones = [
            np.sin(2 * np.pi * (150 + 250 * arousal) * ratio * time) for ratio in (MAJOR if valence > 0.5 else MINOR)
        ]
        values = (0.05 + 0.2 * arousal) * (np.sum(tones, axis=0) + 0.1 * noise)
        with wave.open(str(folder / f"{song.number}.wav"), "wb") as opened:
            opened.setnchannels(1)
            opened.setsampwidth(2)
            opened.setframerate(RATE)
            opened.writeframes((32767 * np.clip(values, -1, 1)).astype("<i2").tobytes())
