"""Signals on the device: each recording once, however many members cut windows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from bench.data.sources import Joined, Stretches
from bench.deep.exchange import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.api import Array
    from bench.data.windows import WindowSet

Place = tuple[int, tuple[int, ...], tuple[int, ...]]  # address, shape and strides of an array


class Signals:
    """All recordings of some windows, side by side in one tensor for each number of channels."""

    def __init__(self, windows: Iterable[WindowSet], device: str) -> None:
        arrays = {
            place(array): array for given in windows for part in parts_of(given) for array in part.signals.values()
        }
        self.device = device
        self.kept = list(arrays.values())  # an address means an array only as long as the array is there
        self.offsets: dict[Place, int] = {}
        self.values: dict[int, Tensor] = {}
        for channels in {len(array) for array in arrays.values()}:
            length = 0
            for where, array in arrays.items():
                if len(array) == channels:
                    self.offsets[where] = length
                    length += array.shape[1]
            values = torch.empty((channels, length), dtype=torch.float32)
            for where, array in arrays.items():
                if len(array) == channels:
                    first = self.offsets[where]
                    values.numpy()[:, first : first + array.shape[1]] = array
            self.values[channels] = values.to(device)

    def starts(self, source: Stretches) -> Array:
        """Where each window begins in the tensor of its number of channels."""
        first = {number: self.offsets[place(array)] for number, array in source.signals.items()}
        return source.start + np.array([first[number] for number in source.recording.tolist()], dtype=np.int64)


def place(array: Array) -> Place:
    """The same for two views of the same values, as folds have them."""
    return array.__array_interface__["data"][0], array.shape, array.strides


def parts_of(windows: WindowSet) -> list[Stretches]:
    """All stretches that windows are cut from."""
    sources = [windows.recorded(modality) for modality in windows.modalities]
    return [part for source in sources for part in (source.parts.values() if isinstance(source, Joined) else [source])]


class Cut:
    """The windows of one modality for several members: their starts, and the scale that each has learnt."""

    def __init__(self, signals: Signals, sources: Sequence[Stretches]) -> None:
        first = sources[0]
        self.views = signals.values[len(first.channels)].unfold(1, first.width, 1)  # (channels, places, width)
        self.starts = padded([signals.starts(source) for source in sources]).to(signals.device)
        self.scale: Tensor | None = None
        if any(source.scale is not None for source in sources):
            unchanged = np.broadcast_to(np.array([[0.0], [1.0]]), (2, len(first.channels)))
            scales = [unchanged if source.scale is None else source.scale for source in sources]
            self.scale = torch.tensor(np.array(scales), dtype=torch.float32, device=signals.device)

    def __call__(self, rows: Tensor) -> Tensor:
        """Window numbers (members, n) -> values (members, n, channels, time)."""
        values = self.views[:, self.starts.gather(1, rows)].movedim(0, 2)
        if self.scale is None:
            return values.contiguous()
        return values.sub(self.scale[:, None, 0, :, None]).div_(self.scale[:, None, 1, :, None])


class Feed:
    """The windows of several members on the device, by their numbers."""

    def __init__(self, signals: Signals, members: Sequence[WindowSet]) -> None:
        self.cuts: dict[str, list[Cut]] = {}
        self.widths: dict[str, int] = {}
        for modality in members[0].modalities:
            sources = [member.recorded(modality) for member in members]
            rows = [list(source.parts.values()) if isinstance(source, Joined) else [source] for source in sources]
            self.cuts[modality] = [Cut(signals, part) for part in zip(*rows, strict=True)]
            self.widths[modality] = sources[0].width

    def __call__(self, rows: Tensor) -> dict[str, Tensor]:
        """Window numbers (members, n) -> modality -> (members, n, channels, time)."""
        found = {}
        for modality, cuts in self.cuts.items():
            parts = [cut(rows) for cut in cuts]
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
