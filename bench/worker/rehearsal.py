"""A fold without data, run once before the others: what it imports, they then share."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Staged
from bench.data.part import Part
from bench.data.shared import SharedVectors
from bench.data.sources import Vectors, WindowedSignal
from bench.data.windows import NAMES, WindowSet
from bench.worker.fit import fit_all
from bench.worker.fit_plan import FitTask

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array
    from bench.data.sources import Source
    from bench.worker.fold import FoldJob
    from bench.worker.harness import Harness

COUNT = 24  # windows, of four subjects and of each class in turn


@dataclass(frozen=True)
class Rehearsal:
    """Fits the plugins of a fold to random numbers of the same shapes. What goes wrong goes wrong again later."""

    job: FoldJob

    def run(self, harness: Harness, scratch: Path) -> None:
        spec = replace(self.job.spec, pretrains=False, weights=())
        if isinstance(spec.model, Staged):
            spec = replace(spec, model=replace(spec.model, epochs=1))
        with contextlib.suppress(Exception):
            for _, found in fit_all([FitTask(spec, self.job.part, self.job.seed)]):
                if not isinstance(found, Exception):
                    found.predict(self.job.part.windows)
        harness.call("imported", {"modules": sorted(sys.modules)})


def random_job(job: FoldJob) -> FoldJob:
    """The same plugins and shapes, with random numbers for data."""
    random, windows = np.random.default_rng(0), job.part.windows
    place = np.arange(COUNT)
    columns: dict[str, Array] = {name: place // 6 if name == "subject" else place // 2 for name in job.part.columns}
    columns["label"] = place % len(job.part.classes) if job.part.classes else random.normal(size=COUNT)
    sources = {name: random_source(windows.source(name), random) for name in windows.modalities}
    part = Part(columns, WindowSet({name: columns[name] for name in NAMES}, sources), job.part.classes, place)
    return replace(job, part=part, seed=0, scalings={}, search=None)


def random_source(source: Source, random: np.random.Generator) -> Source:
    if isinstance(source, Vectors | SharedVectors):
        return Vectors(random.normal(size=(COUNT, len(source.names))), source.names)
    assert isinstance(source, WindowedSignal)  # merged signals reach estimators only
    signal = random.normal(size=(len(source.channels), COUNT * source.width)).astype(np.float32)
    lengths = None if source.lengths is None else np.full(COUNT, source.width)
    start, recording = np.arange(COUNT) * source.width, np.zeros(COUNT, dtype=np.int64)
    return replace(source, signals={0: signal}, recording=recording, start=start, lengths=lengths, scale=None)
