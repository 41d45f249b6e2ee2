"""The work of a permutation test in one fold: a model for each arrangement of labels, and what they predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench import progress
from bench.errors import packages_of
from bench.worker.fit import fit
from bench.worker.fold import FoldJob, failed, prepared

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array
    from bench.worker.harness import Harness

EVERY = 10  # models between reports


@dataclass(frozen=True)
class PermutationWork:
    """One fold, fitted once for each arrangement of the labels of its training windows.

    Scalings are learnt once, since they do not see labels. Held-out windows arrive after the last fit.
    """

    job: FoldJob
    labels: Array  # (arrangements, training windows)

    def run(self, harness: Harness, scratch: Path) -> None:
        packages = packages_of(self.job.spec.model) | packages_of(self.job.spec.fusion)
        with progress.listening(lambda text, done, total: harness.call("progress", {"at": [text, done, total]})):
            try:
                task, fitted = prepared(0, self.job, harness, scratch), []
                for number, labels in enumerate(self.labels):
                    if number % EVERY == 0:
                        harness.call("progress", {"at": ["permuted labels", number, len(self.labels)]})
                    fitted.append(fit(task.spec, task.part.relabelled(labels), task.seed))
                harness.call("progress", {"at": ["permuted labels", len(fitted), len(fitted)]})
                windows = harness.call("fitted", {"task": 0})
                while windows is not None:
                    found = np.stack([each.predict(windows) for each in fitted])
                    windows = harness.call("predicted", {"task": 0}, [found])
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                failed(harness, 0, error, packages)
                return
        harness.call("finished", {"task": 0})
