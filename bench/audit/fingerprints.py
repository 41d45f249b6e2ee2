"""Fingerprints of signals, so that the same samples are found again wherever they begin.

Every stretch of 10 s has a hash of its samples, which are rounded to about five digits so that another file format or
precision changes nothing. Of all hashes, those that are a multiple of the sampling rate are kept, which are about one
a second. That choice depends on the samples alone, so that a copy yields the same fingerprints although it begins at
another time. A polynomial hash modulo 2^64 is computed for all stretches at once, from running sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.api import Array

    Words = npt.NDArray[np.uint64]
    Rows = npt.NDArray[np.int64]

SECONDS = 10.0  # length of a stretch
MOVING = 0.5  # of the samples of a stretch must differ from the one before: flat and coarse signals repeat by chance
VALUES = 8  # a sample out of so many must have a value that none of the two before it has
CHUNK = 1 << 19  # samples at a time, so that memory does not grow with the recording
KEPT_BITS = 16  # of the 24 bits of a float32's fraction
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))


@dataclass(frozen=True)
class Fingerprints:
    """Hashes of stretches of one channel, and the samples at which they begin."""

    hashes: Words
    starts: Rows


def fingerprints(samples: Array, rate: float) -> Fingerprints:
    """Of one channel, which is read in chunks."""
    length = round(SECONDS * rate)
    found = [
        of_chunk(rounded(samples[begin : begin + CHUNK + length - 1]), length, max(1, round(rate)), begin)
        for begin in range(0, len(samples) - length + 1, CHUNK)
    ]
    empty = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    hashes, starts = (np.concatenate(parts) for parts in zip(empty, *found, strict=True))
    return Fingerprints(hashes, starts)


def of_chunk(codes: Words, length: int, rate: int, begin: int) -> tuple[Words, Rows]:
    """Hashes and places of the stretches of a chunk that are kept and carry enough information."""
    powers, inverses = powers_of(len(codes))
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(mixed(codes) * powers, out=sums[1:])
    hashes = mixed((sums[length:] - sums[:-length]) * inverses[: len(codes) - length + 1])
    kept = np.flatnonzero(hashes % np.uint64(rate) == 0)
    moves = np.zeros(len(codes) + 1, np.int64)
    np.cumsum(codes[1:] != codes[:-1], out=moves[2:])
    new = np.zeros(len(codes) + 1, np.int64)
    np.cumsum((codes[2:] != codes[1:-1]) & (codes[2:] != codes[:-2]), out=new[3:])
    # the first samples of a stretch have none before them in it
    enough = moves[kept + length] - moves[kept + 1] >= MOVING * length
    enough &= new[kept + length] - new[kept + 2] >= length // VALUES
    kept = kept[enough]
    return hashes[kept], kept.astype(np.int64) + begin


def rounded(samples: Array) -> Words:
    """The bits of each sample after rounding; missing samples and both zeros are 0."""
    values = np.nan_to_num(np.asarray(samples, np.float32), nan=0.0, posinf=0.0, neginf=0.0) + np.float32(0)
    drop = np.uint32(24 - KEPT_BITS)
    bits = values.view(np.uint32) + (np.uint32(1) << (drop - np.uint32(1)))
    return ((bits >> drop) << drop).astype(np.uint64)


def mixed(words: Words) -> Words:
    """Well distributed bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: Any = words ^ (words >> np.uint64(31))
    return np.asarray(found)


@lru_cache(maxsize=4)
def powers_of(count: int) -> tuple[Words, Words]:
    """Powers of the base and of its inverse, from the zeroth."""
    each = (np.full(count, factor, np.uint64) for factor in (BASE, INVERSE))
    powers, inverses = (np.concatenate([np.ones(1, np.uint64), np.cumprod(found[1:])]) for found in each)
    return powers, inverses
