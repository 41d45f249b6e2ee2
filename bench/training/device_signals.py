"""Signals on the device: each recording once, however many members cut windows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from bench.data.shared import SharedVectors
from bench.data.sources import ConcatSignals, WindowedSignal
from bench.training.networks.exchange import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.api import Array
    from bench.data.sources import Vectors
    from bench.data.windows import WindowSet

ArrayId = tuple[int, tuple[int, ...], tuple[int, ...]]  # address, shape and strides of an array


class DeviceSignals:
    """All recordings of some windows, side by side in one tensor for each number of channels.

    After the last there is room for the longest window, as far as windows are of different lengths.
    """

    def __init__(self, windows: Iterable[WindowSet], device: str) -> None:
        parts = [part for given in windows for part in parts_of(given)]
        arrays = {place(array): array for part in parts for array in part.signals.values()}
        spare = max((part.width for part in parts if part.lengths is not None), default=0)
        self.device = device
        self.kept = list(arrays.values())  # an address means an array only as long as the array is there
        self.offsets: dict[ArrayId, int] = {}
        self.values: dict[int, Tensor] = {}
        for channels in {len(array) for array in arrays.values()}:
            length = 0
            for where, array in arrays.items():
                if len(array) == channels:
                    self.offsets[where] = length
                    length += array.shape[1]
            values = torch.empty((channels, length + spare), dtype=torch.float32)
            for where, array in arrays.items():
                if len(array) == channels:
                    first = self.offsets[where]
                    values.numpy()[:, first : first + array.shape[1]] = array
            self.values[channels] = values.to(device)

    def starts(self, source: WindowedSignal) -> Array:
        """Where each window begins in the tensor of its number of channels."""
        first = {number: self.offsets[place(array)] for number, array in source.signals.items()}
        return source.start + np.array([first[number] for number in source.recording.tolist()], dtype=np.int64)


def place(array: Array) -> ArrayId:
    """The same for two views of the same values, as folds have them."""
    return array.__array_interface__["data"][0], array.shape, array.strides


def parts_of(windows: WindowSet) -> list[WindowedSignal]:
    """All stretches that windows are cut from."""
    sources = [windows.recorded(name) for name in windows.modalities if windows.vectors(name) is None]
    return [
        part
        for source in sources
        for part in (source.parts.values() if isinstance(source, ConcatSignals) else [source])
    ]


class SignalBatch:
    """The windows of one modality for several members: their starts, and the scale that each has learnt."""

    def __init__(self, signals: DeviceSignals, sources: Sequence[WindowedSignal]) -> None:
        first = sources[0]
        self.views = signals.values[len(first.channels)].unfold(1, first.width, 1)  # (channels, places, width)
        self.starts = padded([signals.starts(source) for source in sources]).to(signals.device)
        self.lengths: Tensor | None = None
        if first.lengths is not None:
            self.lengths = padded([np.asarray(source.lengths) for source in sources]).to(signals.device)
            self.times = torch.arange(first.width, device=signals.device)
        self.scale: Tensor | None = None
        if any(source.scale is not None for source in sources):
            unchanged = np.broadcast_to(np.array([[0.0], [1.0]]), (2, len(first.channels)))
            scales = [unchanged if source.scale is None else source.scale for source in sources]
            self.scale = torch.tensor(np.array(scales), dtype=torch.float32, device=signals.device)

    def __call__(self, rows: Tensor) -> Tensor:
        """Window numbers (members, n) -> values (members, n, channels, time)."""
        values = self.views[:, self.starts.gather(1, rows)].movedim(0, 2)
        if self.lengths is not None:
            over = self.times >= self.lengths.gather(1, rows)[..., None, None]
            values = values.masked_fill(over, torch.nan)
        if self.scale is None:
            return values.contiguous()
        return values.sub(self.scale[:, None, 0, :, None]).div_(self.scale[:, None, 1, :, None])


class VectorBatch:
    """The vectors of one modality for several members; what windows or members share is there once."""

    def __init__(self, device: str, sources: Sequence[Vectors | SharedVectors]) -> None:
        shared = [source if isinstance(source, SharedVectors) else own(source) for source in sources]
        tables: dict[tuple[ArrayId, bytes], Array] = {}
        for source in shared:
            if known(source) not in tables:  # scaled in double precision, since a mean can be far larger than a spread
                tables[known(source)] = source.of(np.arange(len(source.table))).astype(np.float32)
        counts = np.cumsum([0, *(len(table) for table in tables.values())])
        first = dict(zip(tables, counts.tolist(), strict=False))
        self.values = torch.from_numpy(np.concatenate(list(tables.values()))).to(device)
        self.places = padded([source.place + first[known(source)] for source in shared]).to(device)

    def __call__(self, rows: Tensor) -> Tensor:
        """Window numbers (members, n) -> values (members, n, features, 1)."""
        return self.values[self.places.gather(1, rows)][..., None]


def own(source: Vectors) -> SharedVectors:
    """Vectors that no two windows share."""
    return SharedVectors(source.values, np.arange(len(source.values)), source.names)


def known(source: SharedVectors) -> tuple[ArrayId, bytes]:
    """The same for two sources of the same numbers."""
    return place(source.table), b"" if source.scale is None else source.scale.tobytes()


class WindowLoader:
    """The windows of several members on the device, by their numbers."""

    def __init__(self, signals: DeviceSignals, members: Sequence[WindowSet]) -> None:
        self.cuts: dict[str, list[SignalBatch]] = {}
        self.looked: dict[str, VectorBatch] = {}
        self.widths: dict[str, int] = {}
        self.modalities = members[0].modalities
        for modality in self.modalities:
            vectors = [found for member in members if (found := member.vectors(modality)) is not None]
            if vectors:
                self.looked[modality] = VectorBatch(signals.device, vectors)
                continue
            sources = [member.recorded(modality) for member in members]
            rows = [
                list(source.parts.values()) if isinstance(source, ConcatSignals) else [source] for source in sources
            ]
            self.cuts[modality] = [SignalBatch(signals, part) for part in zip(*rows, strict=True)]
            self.widths[modality] = sources[0].width

    def __call__(self, rows: Tensor) -> dict[str, Tensor]:
        """Window numbers (members, n) -> modality -> (members, n, channels, time)."""
        found = {}
        for modality in self.modalities:
            if modality in self.looked:
                found[modality] = self.looked[modality](rows)
                continue
            parts = [cut(rows) for cut in self.cuts[modality]]
            if len(parts) == 1:
                found[modality] = parts[0]
                continue
            width = self.widths[modality]
            equal = [aligned(part.flatten(0, 1), width).view(*part.shape[:3], width) for part in parts]
            found[modality] = torch.cat(equal, dim=2)
        return found


def padded(rows: Sequence[Array]) -> Tensor:
    """Rows of different lengths below each other, filled up with zeros."""
    out = np.zeros((len(rows), max(len(row) for row in rows)), dtype=rows[0].dtype)
    for number, row in enumerate(rows):
        out[number, : len(row)] = row
    return torch.from_numpy(out)
