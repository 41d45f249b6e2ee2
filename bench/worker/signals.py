"""The work on data without labels: steps on the recordings of one subject, features of windows and of stimuli."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench import progress
from bench.data.calls.extraction import extract
from bench.data.calls.runner import InProcess
from bench.data.calls.steps import run_steps

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Extractor, StimulusFeatures
    from bench.data.calls.unlabelled import StepJob
    from bench.data.sources import WindowedSignal
    from bench.worker.harness import Harness


@dataclass(frozen=True)
class StepWork:
    """Apply steps, and send the recordings back."""

    job: StepJob

    def run(self, harness: Harness, scratch: Path) -> None:
        found, alone = run_steps(self.job)
        arrays, recordings = [], []
        for before, recording in zip(self.job.recordings, found, strict=False):
            given = {name: signal.values for name, signal in before.signals.items()}
            signals = []
            for name, signal in recording.signals.items():
                unchanged = signal.values is given.get(name)
                signals.append([name, float(signal.rate), signal.unit, list(signal.channels), unchanged])
                if not unchanged:
                    arrays.append(np.asarray(signal.values, dtype=np.float32))
            segments = [[float(each.start), float(each.stop), str(each.trial)] for each in recording.segments]
            recordings.append({"signals": signals, "segments": segments, "excluded": dict(recording.excluded)})
        harness.call("stepped", {"recordings": recordings, "alone": alone}, arrays)


@dataclass(frozen=True)
class ExtractWork:
    """Compute the features of windows."""

    extractor: Extractor
    windows: WindowedSignal
    modality: str

    def run(self, harness: Harness, scratch: Path) -> None:
        with progress.listening(lambda text, done, total: harness.call("progress", {"at": [text, done, total]})):
            names, values = extract(self.extractor, self.windows, self.modality, progress.notify)
        harness.call("extracted", {"names": list(names)}, [np.asarray(values, dtype=np.float64)])


@dataclass(frozen=True)
class StimulusWork:
    """Compute the vector of a stimulus, whose file lies in the scratch folder."""

    step: StimulusFeatures
    name: str

    def run(self, harness: Harness, scratch: Path) -> None:
        vector = InProcess().vector(self.step, scratch / self.name)
        harness.call("vector", {}, [np.asarray(vector, dtype=np.float64)])
