"""The plugins that prepare data in workers: steps one subject at a time, without labels, and features."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bench.api import Segment, Signal
from bench.data.calls.steps import inner
from bench.errors import DataError
from bench.running.plugins import Plugins
from bench.running.workers import Desk
from bench.worker.signals import ExtractWork, StepWork, StimulusWork

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array, Extractor, Recording, StimulusFeatures
    from bench.data.calls.extraction import OnProgress
    from bench.data.calls.unlabelled import StepJob, Stepped
    from bench.data.sources import WindowedSignal
    from bench.running.workers import Ended, Workers


@dataclass(frozen=True)
class ConfinedCalls:
    """Calls the plugins that prepare data in workers."""

    workers: Workers

    def steps(self, job: StepJob) -> Stepped:
        desk = StepDesk(job)
        ended = self.workers.run(StepWork(job), desk, Plugins.of([inner(step) for step in job.steps], labels=False))
        if desk.result is None:
            raise failure(ended, f"the steps of subject {job.recordings[0].subject}")
        return desk.result

    def features(
        self, extractor: Extractor, windows: WindowedSignal, modality: str, on_progress: OnProgress
    ) -> tuple[list[str], Array]:
        desk = ExtractDesk(on_progress)
        ended = self.workers.run(ExtractWork(extractor, windows, modality), desk, Plugins.of([extractor], labels=False))
        if desk.result is None:
            raise failure(ended, f"the features of {modality}")
        return desk.result

    def vector(self, step: StimulusFeatures, file: Path) -> Array:
        desk = StimulusDesk(file)
        ended = self.workers.run(StimulusWork(step, desk.name), desk, Plugins.of([step], labels=False))
        if desk.result is None:
            raise failure(ended, str(file), str(desk.scratch / desk.name))
        return desk.result


def failure(ended: Ended, what: str, copy: str = "") -> DataError:
    """Why there is no result of a plugin."""
    text = ended.problem.replace(copy, what) if copy else ended.problem
    reason = text.removesuffix(".") or "the worker sent none"
    return DataError(text if ended.known else f"No result for {what}: {reason}.")


class StimulusDesk(Desk):
    """Gives the worker a copy of the file of a stimulus, and receives its vector."""

    def __init__(self, file: Path) -> None:
        self.file, self.name = file, f"stimulus{file.suffix}"
        self.result: Array | None = None

    def begin(self, scratch: Path) -> None:
        super().begin(scratch)
        shutil.copyfile(self.file, scratch / self.name)

    def on_vector(self, _: Mapping[str, Any], arrays: Sequence[Array]) -> None:
        self.result = arrays[0]


class StepDesk(Desk):
    """Receives the recordings of one subject."""

    def __init__(self, job: StepJob) -> None:
        self.job = job
        self.result: Stepped | None = None

    def on_stepped(self, values: Mapping[str, Any], arrays: Sequence[Array]) -> None:
        sent = iter(arrays)
        found = [
            rebuilt(before, after, sent)
            for before, after in zip(self.job.recordings, values["recordings"], strict=True)
        ]
        self.result = found, [bool(each) for each in values["alone"]]


def rebuilt(before: Recording, after: Mapping[str, Any], sent: Any) -> Recording:
    """A recording from what a worker has sent; a signal that no step has changed is the one that it was given."""
    signals = {}
    for name, rate, unit, channels, unchanged in after["signals"]:
        values = before.signals[name].values if unchanged else next(sent)
        signals[str(name)] = Signal(values, float(rate), str(unit), tuple(map(str, channels)))
    segments = [Segment(float(start), float(stop), str(trial), {}) for start, stop, trial in after["segments"]]
    excluded = {str(reason): int(count) for reason, count in after["excluded"].items()}
    return replace(before, signals=signals, segments=segments, excluded=excluded)


class ExtractDesk(Desk):
    """Receives the features of windows."""

    def __init__(self, on_progress: OnProgress) -> None:
        self.tell = on_progress
        self.result: tuple[list[str], Array] | None = None

    def on_progress(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        text, done, total = values["at"]
        self.tell(str(text), int(done), int(total))

    def on_extracted(self, values: Mapping[str, Any], arrays: Sequence[Array]) -> None:
        self.result = list(map(str, values["names"])), arrays[0]
