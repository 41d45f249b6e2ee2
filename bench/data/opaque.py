"""Windows as plugins see them: codes instead of names, and held-out windows without any identity."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.data.shared import SharedVectors
from bench.data.signal_files import mapped_file
from bench.data.sources import Vectors, WindowedSignal
from bench.data.windows import NAMES, WindowSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Rows
    from bench.data.part import Part
    from bench.data.sources import Source

CHUNK = 512  # windows at a time


def training_part(part: Part, test: WindowSet, seed: int) -> Part:
    """The training part of a fold with integer codes, which differ between folds, instead of names, and without times.

    Where a file of signals also holds held-out windows, the part has only the samples of its own windows.
    """
    random = np.random.default_rng([seed, 3])
    columns = {name: codes(values, random) if name in (*NAMES, "recording") else values
               for name, values in part.columns.items()}  # fmt: skip
    sources = {}
    for modality in part.windows.modalities:
        source, held_out = part.windows.source(modality), test.source(modality)
        if isinstance(source, WindowedSignal) and isinstance(held_out, WindowedSignal):
            source = own_samples(source, held_out)
        sources[modality] = source
    windows = WindowSet({name: columns[name] for name in NAMES}, sources)
    return replace(part, columns=columns, windows=windows)


def codes(values: Array, random: np.random.Generator) -> Array:
    """A code for each name, in random order; -1 for the empty name."""
    each = values.tolist()
    number = {name: place for place, name in enumerate(dict.fromkeys(each))}  # far fewer than windows, so sort these
    names, place = np.unique(np.array(list(number), dtype=values.dtype).astype(str), return_inverse=True)
    code = np.where(names == "", -1, random.permutation(len(names)))[place]
    return code[np.fromiter(map(number.__getitem__, each), np.intp, len(each))]


def own_samples(source: WindowedSignal, held_out: WindowedSignal) -> WindowedSignal:
    """The same windows. Of recordings and files with held-out windows, only the samples that they cover are left."""
    signals, start = dict(source.signals), source.start.copy()
    lengths = np.full(len(start), source.width) if source.lengths is None else source.lengths
    files = {file_of(signal) for signal in held_out.signals.values()} - {""}
    for number in source.signals:
        if number not in held_out.signals and file_of(signals[number]) not in files:
            continue
        here = np.flatnonzero(source.recording == number)
        signals[number], start[here] = compact(signals[number], start[here], lengths[here])
    return replace(source, signals=signals, start=start)


def file_of(signal: Array) -> str:
    """The file that a signal is mapped from, which is what a worker gets of it; empty where it is in memory."""
    found = mapped_file(signal)
    return found[0] if found else ""


def compact(signal: Array, start: Array, lengths: Array) -> tuple[Array, Array]:
    """The samples that windows cover, without gaps, and where in them each window starts."""
    covered = np.zeros(signal.shape[1] + 1, dtype=np.int64)
    np.add.at(covered, start, 1)
    np.add.at(covered, start + lengths, -1)
    kept = np.cumsum(covered)[:-1] > 0
    before = np.concatenate([[0], np.cumsum(kept)])
    return np.ascontiguousarray(signal[:, kept]), before[start]


def order(windows: WindowSet) -> Rows:
    """An order of held-out windows that depends on their values alone, by a digest of each.

    Nobody who knows the seed of a fold can undo it.
    """
    rows = np.arange(len(windows))
    each = [digests(windows.take(rows[first : first + CHUNK])) for first in range(0, len(rows), CHUNK)]
    return np.argsort(np.concatenate(each), kind="stable")


def digests(windows: WindowSet) -> Array:
    """A number for each window, from the values of its first modality."""
    source = anonymous(windows).source(windows.modalities[0])
    values = source.values if isinstance(source, Vectors | SharedVectors) else source.gather()
    return np.array([zlib.crc32(row.tobytes()) for row in values], dtype=np.int64)


def anonymous(windows: WindowSet) -> WindowSet:
    """The values of windows alone: no index, and no signal beyond their own."""
    return WindowSet({}, {modality: values_alone(windows.source(modality)) for modality in windows.modalities})


def values_alone(source: Source) -> Source:
    if isinstance(source, Vectors | SharedVectors):
        return Vectors(np.array(source.values), source.names)
    assert isinstance(source, WindowedSignal)  # merged signals reach estimators only
    values = replace(source, scale=None).gather()
    count, channels, width = values.shape
    signal = np.ascontiguousarray(values.swapaxes(0, 1)).reshape(channels, count * width)
    start, recording = np.arange(count) * width, np.zeros(count, dtype=np.int64)
    return replace(source, signals={0: signal} if count else {}, recording=recording, start=start)


def with_sources(part: Part, sources: Mapping[str, Source]) -> Part:
    """The same windows with other values of some modalities."""
    return replace(part, windows=part.windows.replaced(sources)) if sources else part
