"""Where the plugins that prepare data run: in this process, or where whoever plans a run has them run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bench.data.calls.extraction import extract
from bench.data.calls.steps import run_steps
from bench.data.recordings import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array, Extractor, StimulusFeatures
    from bench.data.calls.extraction import OnProgress
    from bench.data.calls.unlabelled import StepJob, Stepped
    from bench.data.sources import WindowedSignal


class PluginCalls(Protocol):
    """Calls the plugins that prepare data."""

    def steps(self, job: StepJob) -> Stepped:
        """Apply steps to the recordings of one subject."""

    def features(
        self, extractor: Extractor, windows: WindowedSignal, modality: str, on_progress: OnProgress
    ) -> tuple[list[str], Array]:
        """Names and vectors of windows."""

    def vector(self, step: StimulusFeatures, file: Path) -> Array:
        """The vector of a stimulus."""


class InProcess:
    """Calls them here."""

    def steps(self, job: StepJob) -> Stepped:
        return run_steps(job)

    def features(
        self, extractor: Extractor, windows: WindowedSignal, modality: str, on_progress: OnProgress
    ) -> tuple[list[str], Array]:
        return extract(extractor, windows, modality, on_progress)

    def vector(self, step: StimulusFeatures, file: Path) -> Array:
        [found] = reading(lambda: [step.extract(file)], step, str(file))
        return np.asarray(found)


_calls: list[PluginCalls] = [InProcess()]


@contextlib.contextmanager
def called_by(calls: PluginCalls) -> Iterator[None]:
    """Have plugins called by this object."""
    _calls.append(calls)
    try:
        yield
    finally:
        _calls.remove(calls)


def plugin_calls() -> PluginCalls:
    return _calls[-1]
