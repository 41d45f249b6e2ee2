"""Where steps and extractors run: in this process, or where whoever plans a run has them run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

from bench.data.calls.extraction import extract
from bench.data.calls.steps import run_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Array, Extractor
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


class InProcess:
    """Calls them here."""

    def steps(self, job: StepJob) -> Stepped:
        return run_steps(job)

    def features(
        self, extractor: Extractor, windows: WindowedSignal, modality: str, on_progress: OnProgress
    ) -> tuple[list[str], Array]:
        return extract(extractor, windows, modality, on_progress)


_calls: list[PluginCalls] = [InProcess()]


@contextlib.contextmanager
def called_by(calls: PluginCalls) -> Iterator[None]:
    """Have steps and extractors called by this object."""
    _calls.append(calls)
    try:
        yield
    finally:
        _calls.remove(calls)


def plugin_calls() -> PluginCalls:
    return _calls[-1]
