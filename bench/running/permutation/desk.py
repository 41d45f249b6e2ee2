"""The harness's side of the permutations of one fold: it keeps permuted labels of the held-out windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.data import opaque
from bench.errors import TaskError
from bench.results.permutation_record import PermutedFold
from bench.running import probes
from bench.running.fold_desk import FoldDesk
from bench.running.permutation.arrangements import Arrangements
from bench.running.plugins import Plugins
from bench.running.workers import Desk
from bench.scoring.scoring import columns
from bench.worker.calibration import calibrated
from bench.worker.fitted_model import validate_predictions
from bench.worker.permutation.fits import PermutationWork
from bench.worker.wire import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array
    from bench.data.windows import WindowSet
    from bench.results.store import Store
    from bench.running.isolation import Isolation
    from bench.running.opened_cell import OpenCell
    from bench.running.workers import Workers

CALLS = ("scaled", "fitting", "fitted", "predicted", "finished", "failed")
UNFINISHED = (
    "A plugin has ended the work on permuted labels before all held-out windows were predicted; run it with "
    "--isolation inline to debug it."
)
DIFFERENT = (
    "Trained again on the true labels, it predicts something else than before, so its score cannot be compared with "
    "those of permuted labels; 'bench audit --probe' says more."
)


class PermutedFoldDesk(Desk):
    """One fold, trained on some permutations of its labels, and on the true labels in a place that no plugin knows.

    A plugin that tells permutations from tasks would not predict what is stored for the true labels.
    """

    def __init__(
        self, opened: OpenCell, task: str, device: str, store: Store, isolation: Isolation, numbers: range
    ) -> None:
        self.opened, self.task, self.store = opened, task, store
        self.fold = FoldDesk(opened, task, device, store, isolation)
        self.fold.predictions = probes.in_blocks(self.fold.order, self.fold.secret, probed=False)
        ratings, split = opened.data.windows.ratings, self.fold.split
        labels = opened.data.table["label"].to_numpy() if ratings is None else ratings.labels(split.rule)
        comparison = store.read_cell(opened.resolved.key).comparison
        permuted = Arrangements.of(comparison, opened.data.table, labels).permuted(numbers)
        self.places = np.random.default_rng([self.fold.secret, 7]).permutation(len(permuted) + 1)  # 0: the true labels
        self.arranged = np.stack([labels, *permuted])[self.places]
        self.work = PermutationWork(self.fold.job, np.ascontiguousarray(self.arranged[:, split.rows]))
        self.finished = False

    def run(self, workers: Workers) -> PermutedFold:
        """The permutations of this fold, by a worker of its own; raise where it does not come to its end."""
        job = self.fold.job
        scalings = [scaling for steps in job.scalings.values() for scaling in steps]
        plugins = Plugins.of([job.spec.model, job.spec.fusion, job.spec.protocol, *scalings], like=job)
        ended = workers.run(self.work, self, plugins)
        if not self.finished:
            failure = self.fold.failure
            raise TaskError(failure.message if failure else ended.problem or UNFINISHED)
        return self._found()

    def _found(self) -> PermutedFold:
        """In the order of their numbers, without the row itself, whose predictions must be those that are stored."""
        test, classes = self.fold.fold.test, self.opened.resolved.classes
        values = self.fold.predictions.values().reshape(len(test), len(self.places), -1).swapaxes(0, 1)
        order = np.argsort(self.places)
        key = self.opened.resolved.key
        stored = self.store.predictions(key, self.task)[columns(classes)].to_numpy(np.float64)
        again = calibrated(values[order[0]], self.store.record(key, self.task).calibration)
        if probes.difference(again, stored) > probes.allowed(stored, {}):
            raise TaskError(DIFFERENT)
        return PermutedFold(self.arranged[order[1:]][:, test], np.ascontiguousarray(values[order[1:]]))

    def answer(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array]) -> Any:
        if kind in CALLS and not hasattr(self, f"on_{kind}"):
            return getattr(self.fold, f"on_{kind}")(values, arrays)
        return super().answer(kind, values, arrays)

    def on_fitted(self, _: Mapping[str, Any], __: Sequence[Array]) -> WindowSet | None:
        """No model can learn any more, so held-out windows may follow."""
        self.fold.fitted = True
        return self._next()

    def on_predicted(self, _: Mapping[str, Any], arrays: Sequence[Array]) -> WindowSet | None:
        block, count = self.fold.predictions.next, len(self.places)
        if len(arrays) != 1 or not self.fold.fitted or block is None:
            raise Malformed("predictions that nobody has requested")
        rows, classes = len(block.rows), len(self.opened.resolved.classes)
        if arrays[0].shape != (count, rows, classes or 1):
            raise Malformed("predictions of another shape")
        found = validate_predictions(arrays[0].reshape(count * rows, -1), count * rows, classes)
        self.fold.predictions.found.append(found.reshape(count, rows, -1).swapaxes(0, 1).reshape(rows, -1))
        return self._next()

    def _next(self) -> WindowSet | None:
        block = self.fold.predictions.next
        if block is None:
            return None
        windows = self.fold.test.take(block.rows)
        return windows if self.opened.resolved.model.inputs == "index" else opaque.anonymous(windows)

    def on_finished(self, _: Mapping[str, Any], __: Sequence[Array]) -> None:
        self.finished = True
