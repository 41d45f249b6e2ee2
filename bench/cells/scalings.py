"""Level and spread of signals, and of vectors of stimuli, as each fold learns them from its training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.shared import SharedVectors
from bench.digests import digest
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from bench.api import Array, Scaling
    from bench.data.features import FeatureTables
    from bench.data.sources import Source, Vectors, WindowedSignal
    from bench.data.windows import WindowSet

CHUNK = 256  # windows at a time

Learnt = dict[str, list[list[float]]]  # modality -> what is taken away from each channel, and by what it is divided


@dataclass(frozen=True)
class Scalings:
    """The scalings of a cell by modality, and feature tables of scaled signals where the model learns from features."""

    steps: Mapping[str, Sequence[Scaling]]
    tables: FeatureTables | None = None

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

    def features(self, windows: WindowSet, learnt: Learnt) -> dict[str, Vectors]:
        """Feature vectors of the scaled signals, by modality; none where the model learns from signals."""
        if self.tables is None:
            return {}
        scaled = {
            modality: windows.windowed_signal(modality).scaled(*np.array(learnt[modality]))
            for modality in self.steps
            if windows.vectors(modality) is None
        }
        return {modality: self.tables.of_scaled(signal, modality) for modality, signal in scaled.items()}

    def apply(self, windows: WindowSet, learnt: Learnt, features: Mapping[str, Source] | None = None) -> WindowSet:
        """The same windows with these modalities scaled, or replaced by their features."""
        sources: dict[str, Source] = dict(features or {})
        for modality in self.steps.keys() - sources.keys():
            vectors = windows.vectors(modality)
            source = windows.windowed_signal(modality) if vectors is None else vectors
            sources[modality] = source.scaled(*np.array(learnt[modality]))
        return windows.replaced(sources)


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
