"""Level and spread of signals, and of vectors of stimuli, as each fold learns them from its training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.digests import digest
from bench.data.preparation import extracted
from bench.data.shared import SharedVectors
from bench.data.sources import Source, Vectors
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from bench.api import Array, Extractor, Scaling
    from bench.data.sources import WindowedSignal
    from bench.data.windows import WindowSet

CHUNK = 256  # windows at a time

Learnt = dict[str, list[list[float]]]  # modality -> what is taken away from each channel, and by what it is divided


@dataclass(frozen=True)
class Scalings:
    """The scalings of a cell by modality, and what makes feature vectors of what they give."""

    steps: Mapping[str, list[Scaling]]
    extractor: Extractor | None

    def learn(self, windows: WindowSet) -> Learnt:
        """From the windows of a training part."""
        found: Learnt = {}
        for modality, steps in self.steps.items():
            vectors = windows.vectors(modality)
            if vectors is not None:
                _, first = np.unique(windows.stimulus, return_index=True)
                found[modality] = learnt_of_vectors(steps, vectors.take(first).values).tolist()
                continue
            windowed_signal = windows.windowed_signal(modality)
            for step in steps:
                windowed_signal = windowed_signal.scaled(
                    *checked(step.learn(iter_chunks(windowed_signal)), len(windowed_signal.channels))
                )
            found[modality] = np.asarray(windowed_signal.scale).tolist()
        return found

    def apply(self, windows: WindowSet, learnt: Learnt) -> WindowSet:
        """The same windows with these modalities scaled, as vectors where the model learns from those."""
        sources: dict[str, Source] = {}
        for modality in self.steps:
            offset, divisor = np.array(learnt[modality])
            vectors = windows.vectors(modality)
            if vectors is not None:
                sources[modality] = vectors.scaled(offset, divisor)
                continue
            windowed_signal = windows.windowed_signal(modality).scaled(offset, divisor)
            sources[modality] = self.vectors(windowed_signal, modality) if self.extractor else windowed_signal
        return windows.replaced(sources)

    def vectors(self, windowed_signal: WindowedSignal, modality: str) -> Vectors:
        assert self.extractor is not None
        names: list[str] = []
        values = np.empty((0, 0))
        for rows, windows in windowed_signal.batches(CHUNK):
            names, found = extracted(self.extractor, windows, windowed_signal.rate, modality, windowed_signal.channels)
            if not len(values):
                values = np.empty((len(windowed_signal.start), len(names)))
            values[rows] = found
        return Vectors(values, tuple(names))


def iter_chunks(windowed_signal: WindowedSignal) -> Iterator[Array]:
    for _, windows in windowed_signal.batches(CHUNK):
        yield windows


def learnt_of_vectors(steps: Collection[Scaling], values: Array) -> Array:
    """From the vectors (n, features) of the training stimuli, each once; a feature that never moves becomes 0."""
    scaled = SharedVectors(values, np.arange(len(values)), ())
    for step in steps:
        scaled = scaled.scaled(*checked(step.learn(iter([scaled.values[:, :, None]])), values.shape[1]))
    offset, divisor = np.asarray(scaled.scale)
    known = np.isfinite(values)
    lowest = values.min(axis=0, where=known, initial=np.inf)
    moves = lowest < values.max(axis=0, where=known, initial=-np.inf)
    return np.array([offset, np.where(moves, divisor, np.inf)])


def to_record(learnt: Learnt | None, stimulus_modalities: Collection[str]) -> dict[str, Any] | None:
    """For a record: of vectors, which have thousands of numbers, only how many they are and a digest."""
    if learnt is None:
        return None
    return {
        modality: {"features": len(numbers[0]), "digest": digest(numbers)}
        if modality in stimulus_modalities
        else numbers
        for modality, numbers in learnt.items()
    }


def checked(learnt: tuple[Array, Array], channels: int) -> tuple[Array, Array]:
    offset, divisor = (np.asarray(part, dtype=float) for part in learnt)
    if offset.shape != (channels,) or divisor.shape != (channels,):
        raise PluginError(
            f"A scaling learnt numbers of the shapes {offset.shape} and {divisor.shape}; expected ({channels},) twice."
        )
    if not np.isfinite([offset, divisor]).all() or not divisor.all():
        raise PluginError("A scaling learnt a number that is not finite, or a zero to divide by.")
    return offset, divisor
