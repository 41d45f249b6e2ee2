"""Level and spread of signals as each fold learns them from its training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.data.preparation import extracted
from bench.data.sources import Source, Vectors
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.api import Array, Extractor, Scaling
    from bench.data.sources import Stretches
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
            stretches = windows.stretches(modality)
            for step in steps:
                stretches = stretches.scaled(*checked(step.learn(chunks(stretches)), len(stretches.channels)))
            found[modality] = np.asarray(stretches.scale).tolist()
        return found

    def apply(self, windows: WindowSet, learnt: Learnt) -> WindowSet:
        """The same windows with these modalities scaled, as vectors where the model learns from those."""
        sources: dict[str, Source] = {}
        for modality in self.steps:
            stretches = windows.stretches(modality).scaled(*np.array(learnt[modality]))
            sources[modality] = self.vectors(stretches, modality) if self.extractor else stretches
        return windows.replaced(sources)

    def vectors(self, stretches: Stretches, modality: str) -> Vectors:
        assert self.extractor is not None
        names: list[str] = []
        values = []
        for windows in chunks(stretches):
            names, found = extracted(self.extractor, windows, stretches.rate, modality, stretches.channels)
            values.append(found)
        return Vectors(np.concatenate(values) if values else np.empty((0, 0)), tuple(names))


def chunks(stretches: Stretches) -> Iterator[Array]:
    for rows in np.array_split(np.arange(len(stretches.start)), -(-len(stretches.start) // CHUNK) or 1):
        if len(rows):
            yield stretches.take(rows).gather()


def checked(learnt: tuple[Array, Array], channels: int) -> tuple[Array, Array]:
    offset, divisor = (np.asarray(part, dtype=float) for part in learnt)
    if offset.shape != (channels,) or divisor.shape != (channels,):
        raise PluginError(
            f"A scaling learnt numbers of the shapes {offset.shape} and {divisor.shape}; expected ({channels},) twice."
        )
    if not np.isfinite([offset, divisor]).all() or not divisor.all():
        raise PluginError("A scaling learnt a number that is not finite, or a zero to divide by.")
    return offset, divisor
