"""Signals on the device: each recording once, however many networks use windows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from bench.data.shared import SharedVectors
from bench.data.sources import ConcatSignals, WindowedSignal
from bench.training.networks.exchange import resampled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.api import Array
    from bench.data.sources import Vectors
    from bench.data.windows import WindowSet

ArrayId = tuple[int, tuple[int, ...], tuple[int, ...]]  # address, shape and strides of an array


class DeviceSignals:
    """All recordings of some windows, side by side in one tensor for each number of channels.

    Where windows have different lengths, the end is padded by the length of the longest.
    """

    def __init__(self, windows: Iterable[WindowSet], device: str) -> None:
        parts = [part for given in windows for part in parts_of(given)]
        arrays = {array_id(array): array for part in parts for array in part.signals.values()}
        spare = max((part.width for part in parts if part.lengths is not None), default=0)
        self.device = device
        self.arrays = list(arrays.values())  # keeps arrays alive, since they are identified by address
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
        """The start of each window in the tensor with its number of channels."""
        first = {number: self.offsets[array_id(array)] for number, array in source.signals.items()}
        return source.start + np.array([first[number] for number in source.recording.tolist()], dtype=np.int64)


def array_id(array: Array) -> ArrayId:
    """The same for two views of the same values, such as those of two folds."""
    return array.__array_interface__["data"][0], array.shape, array.strides


def parts_of(windows: WindowSet) -> list[WindowedSignal]:
    """The windowed signals of all modalities."""
    sources = [windows.recorded(name) for name in windows.modalities if windows.vectors(name) is None]
    return [
        part
        for source in sources
        for part in (source.parts.values() if isinstance(source, ConcatSignals) else [source])
    ]


class SignalBatch:
    """Windows of one modality for several networks: starts, and the scale of each network."""

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
        """Window numbers (networks, n) -> values (networks, n, channels, time)."""
        values = self.views[:, self.starts.gather(1, rows)].movedim(0, 2)
        if self.lengths is not None:
            over = self.times >= self.lengths.gather(1, rows)[..., None, None]
            values = values.masked_fill(over, torch.nan)
        if self.scale is None:
            return values.contiguous()
        return values.sub(self.scale[:, None, 0, :, None]).div_(self.scale[:, None, 1, :, None])


class VectorBatch:
    """Vectors of one modality for several networks; shared vectors are stored once."""

    def __init__(self, device: str, sources: Sequence[Vectors | SharedVectors]) -> None:
        shared = [source if isinstance(source, SharedVectors) else as_shared(source) for source in sources]
        tables: dict[tuple[ArrayId, bytes], Array] = {}
        for source in shared:
            if table_id(source) not in tables:  # scale in double precision: a mean can be far larger than a spread
                tables[table_id(source)] = source.of(np.arange(len(source.table))).astype(np.float32)
        counts = np.cumsum([0, *(len(table) for table in tables.values())])
        first = dict(zip(tables, counts.tolist(), strict=False))
        self.values = torch.from_numpy(np.concatenate(list(tables.values()))).to(device)
        self.places = padded([source.place + first[table_id(source)] for source in shared]).to(device)

    def __call__(self, rows: Tensor) -> Tensor:
        """Window numbers (networks, n) -> values (networks, n, features, 1)."""
        return self.values[self.places.gather(1, rows)][..., None]


def as_shared(source: Vectors) -> SharedVectors:
    """The same vectors in the shared form."""
    return SharedVectors(source.values, np.arange(len(source.values)), source.names)


def table_id(source: SharedVectors) -> tuple[ArrayId, bytes]:
    """The same for two sources of the same values."""
    return array_id(source.table), b"" if source.scale is None else source.scale.tobytes()


class WindowLoader:
    """Gathers windows of several networks on the device, by number."""

    def __init__(self, signals: DeviceSignals, parts: Sequence[WindowSet]) -> None:
        self.cuts: dict[str, list[SignalBatch]] = {}
        self.vectors: dict[str, VectorBatch] = {}
        self.widths: dict[str, int] = {}
        self.modalities = parts[0].modalities
        for modality in self.modalities:
            vectors = [found for part in parts if (found := part.vectors(modality)) is not None]
            if vectors:
                self.vectors[modality] = VectorBatch(signals.device, vectors)
                continue
            sources = [part.recorded(modality) for part in parts]
            rows = [
                list(source.parts.values()) if isinstance(source, ConcatSignals) else [source] for source in sources
            ]
            self.cuts[modality] = [SignalBatch(signals, column) for column in zip(*rows, strict=True)]
            self.widths[modality] = sources[0].width

    def __call__(self, rows: Tensor) -> dict[str, Tensor]:
        """Window numbers (networks, n) -> modality -> (networks, n, channels, time)."""
        found = {}
        for modality in self.modalities:
            if modality in self.vectors:
                found[modality] = self.vectors[modality](rows)
                continue
            parts = [cut(rows) for cut in self.cuts[modality]]
            if len(parts) == 1:
                found[modality] = parts[0]
                continue
            width = self.widths[modality]
            equal = [resampled(part.flatten(0, 1), width).view(*part.shape[:3], width) for part in parts]
            found[modality] = torch.cat(equal, dim=2)
        return found


def padded(rows: Sequence[Array]) -> Tensor:
    """Rows of different lengths as one tensor, padded with zeros."""
    out = np.zeros((len(rows), max(len(row) for row in rows)), dtype=rows[0].dtype)
    for number, row in enumerate(rows):
        out[number, : len(row)] = row
    return torch.from_numpy(out)
