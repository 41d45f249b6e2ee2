"""Reproducible randomness: one generator per purpose, noise with a given spectrum, and bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len
from scipy.signal import fftconvolve
from scipy.signal.windows import hann

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]


def stream(seed: int, *key: int | str) -> np.random.Generator:
    """The generator for one purpose, independent of all others; the last part of the key is a word."""
    return np.random.default_rng([seed, *(crc32(part.encode()) if isinstance(part, str) else part for part in key)])


def coloured(
    rng: np.random.Generator, rows: int, n: int, rate: float, gain: Callable[[Times], npt.ArrayLike]
) -> Floats:
    """Gaussian noise (rows, n) of unit variance whose amplitude spectrum has the shape `gain(frequency)`."""
    size = int(next_fast_len(n, real=True))
    frequency = np.arange(1, size // 2, dtype=np.float64) * (rate / size)
    shape = np.asarray(gain(frequency))
    relevant = np.flatnonzero(shape > 1e-3 * shape.max())
    low, high = relevant[0], relevant[-1] + 1
    shape = shape[low:high] * (size / 2 / np.sqrt(np.sum(shape[low:high] ** 2)))
    spectrum = np.zeros((rows, size // 2 + 1), np.complex64)
    parts = rng.standard_normal((rows, 2, high - low), np.float32) * shape.astype(np.float32)
    spectrum[:, low + 1 : high + 1] = parts[:, 0] + np.complex64(1j) * parts[:, 1]
    return np.asarray(irfft(spectrum, size)[:, :n])


def peak(centre: float, width: float) -> Callable[[Times], Times]:
    """The spectrum of a rhythm."""
    return lambda frequency: np.exp(-0.5 * ((frequency - centre) / width) ** 2)


def falling(exponent: float, floor: float = 0.0) -> Callable[[Times], Times]:
    """A 1/f spectrum, flat below `floor` hertz."""
    return lambda frequency: np.maximum(frequency, floor) ** -exponent


def bursts(rng: np.random.Generator, n: int, rate: float, per_minute: float, seconds: float) -> Floats:
    """An envelope of smooth bumps at random times, each about one high, and zero elsewhere."""
    starts = np.zeros(n, np.float32)
    times = rng.integers(n, size=rng.poisson(per_minute * n / rate / 60))
    starts[times] = rng.lognormal(0.0, 0.3, len(times))
    return np.asarray(fftconvolve(starts, hann(max(3, round(seconds * rate))), mode="same"), np.float32)
