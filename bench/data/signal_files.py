"""Files of signals in the cache: one per subject and modality, with the samples of its recordings one after another.

They hold numbers alone, and are mapped into memory. A process that maps a file keeps a descriptor of it, and so does
each worker that gets a part of it, so there must not be a file for each of thousands of recordings.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

#: File, number of values before the signal, channels, samples per channel.
Place = tuple[str, int, int, int]


@dataclass(frozen=True)
class SignalFiles:
    """The signals in a folder."""

    folder: Path
    maps: dict[str, Array] = field(default_factory=dict, compare=False)

    def append(self, file: str, values: Array) -> Place:
        """Write a signal behind those that are in the file."""
        channels, samples = values.shape
        with (self.folder / file).open("ab") as stream:
            first = stream.tell() // np.dtype(np.float32).itemsize
            stream.write(np.ascontiguousarray(values, dtype=np.float32).data.cast("B") if values.size else b"")
        return file, first, channels, samples

    def write(self, file: str, signals: dict[int, Array]) -> dict[int, Place]:
        """Write signals to a file, or link to the file in the cache that holds all of them unchanged."""
        found = {number: mapped_file(values) for number, values in signals.items()}
        sources = {each[0] if each else "" for each in found.values()}
        if len(sources) != 1 or "" in sources or not all(map(as_written, signals.values())):
            return {number: self.append(file, values) for number, values in signals.items()}
        [source] = sources
        try:
            os.link(source, self.folder / file)
        except OSError:  # another file system, or one without hard links
            shutil.copyfile(source, self.folder / file)
        size = np.dtype(np.float32).itemsize
        return {number: (file, place[1] // size, *signals[number].shape) for number, place in found.items() if place}

    def read(self, place: Place) -> Array:
        """The signal, mapped into memory; signals of one file share its map."""
        file, first, channels, samples = place
        if not channels * samples:  # a file without a byte cannot be mapped
            return np.empty((channels, samples), np.float32)
        if file not in self.maps:
            self.maps[file] = np.memmap(self.folder / file, np.float32, "r")
        return self.maps[file][first : first + channels * samples].reshape(channels, samples)


def as_written(values: Array) -> bool:
    return values.dtype == np.float32 and values.flags.c_contiguous


def mapped_file(array: Array) -> tuple[str, int] | None:
    """The file that an array is mapped from, and the byte in it at which the array begins."""
    root: Any = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not isinstance(root, np.memmap) or root.filename is None:
        return None
    begin = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return str(root.filename), begin + root.offset
