"""The harness's side of one fold: it answers the worker, keeps the held-out windows, and scores what comes back."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import progress
from bench.api import Pretrainable, Staged
from bench.cells import scalings
from bench.cells.keys import code_record
from bench.cells.scalings import Scalings
from bench.cells.searching import searching_of
from bench.data import opaque
from bench.data.sources import taken
from bench.digests import digest
from bench.errors import LONGEST, TaskError
from bench.pretraining import corpora
from bench.results.environment import environment
from bench.results.task_record import COMPLETE, Cost, FailureRecord, SearchRecord, TaskRecord, WindowCounts
from bench.running import probes, records
from bench.running.search.study import TrialJournal, facts_of, place_of, selection
from bench.scoring.objective import objective_of, worth
from bench.worker import calibration, search
from bench.worker.fitted_model import validate_predictions
from bench.worker.fold import FoldJob
from bench.worker.search import SearchSpec
from bench.worker.wire import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.data.part import Part
    from bench.data.windows import WindowSet
    from bench.results.store import Store
    from bench.results.task_record import CalibrationRecord
    from bench.running.isolation import Isolation
    from bench.running.opened_cell import OpenCell

LOG = 64 * 1024  # characters at the end of a traceback


class FoldDesk:
    """One task: a fold with one seed."""

    def __init__(self, opened: OpenCell, task: str, device: str, store: Store, isolation: Isolation) -> None:
        self.opened, self.task, self.store, self.isolation = opened, task, store, isolation
        self.begun = time.perf_counter()
        self.checkpoints = store.checkpoints(opened.resolved.key, task)
        number, self.seed = int(task.partition("-")[0]), int(task.rpartition(".s")[2])
        self.fold = opened.folds[number]
        if not len(self.fold.test):
            raise TaskError(f"Fold '{self.fold.name}' has no test windows.")
        self.clock, self.random = records.Clock(), int(digest([self.seed, self.fold.name])[:8], 16)
        self.split = opened.data.cut(self.fold)
        self.known, self.test = self.split.part.windows, self.split.test
        self.job = self._job(device)
        self.given = self.job.part.windows
        self.scale: scalings.Learnt | None = None
        self.study: TrialJournal | None = None
        self.facts: Mapping[str, Any] = {}
        self.calibration: CalibrationRecord | None = None
        self.order = opaque.order(self.test) if len(self.test.modalities) else np.arange(len(self.test))
        self.secret = int(digest([self.random, self.order.tolist()])[:8], 16)  # workers know the seed, but no order
        self.predictions = probes.in_blocks(self.order, self.secret, probed=number == 0)
        self.fitted = False
        self.record: TaskRecord | None = None
        self.failure: FailureRecord | None = None

    def _job(self, device: str) -> FoldJob:
        resolved, cell = self.opened.resolved, self.opened.resolved.cell
        part, spec = self.split.part, self.opened.spec(device, self.isolation.threads)
        if spec.pretrains and isinstance(resolved.model, Pretrainable):
            rows = np.sort(np.concatenate([self.fold.train, self.fold.validation]))
            unseen = resolved.model.pretrain_exclude
            part = replace(part, visible=corpora.visible(self.opened.data.table, rows, self.fold.test, unseen))
        if resolved.model.inputs != "index":
            part = self._coded(part)
        learnt = self.opened.data.scalings.steps if self.opened.data.scalings else {}
        fixed = {"model": cell.model.fixed, "fusion": cell.fusion.fixed}
        how = searching_of(cell.searching)
        last = search.RUNGS[-1][0] if isinstance(resolved.model, Staged) else search.INNER_PARTS
        wanted = SearchSpec(cell.search, fixed, cell.objective, how, last) if cell.search else None
        return FoldJob(spec, part.numbered(), self.random, learnt, wanted, cell.calibrate)

    def _coded(self, part: Part) -> Part:
        """The training part with codes instead of names."""
        return opaque.training_part(part, self.test, self.random)

    def on_scaled(self, values: Mapping[str, Any], _: Sequence[Array]) -> Any:
        """Keep what the scalings have learnt; the reply has the features of scaled signals, where there are any."""
        used = self.opened.data.scalings
        learnt = values["learnt"]
        if used is None or not isinstance(learnt, dict) or learnt.keys() != used.steps.keys():
            raise Malformed("scales of other modalities")
        self.scale = {name: numbers_of(learnt[name], self.known, name) for name in used.steps}
        features = used.features(self.split.whole, self.scale)
        self.test = used.apply(self.test, self.scale, taken(features, self.fold.test))
        mine = taken(features, self.split.rows)
        rest = Scalings({name: steps for name, steps in used.steps.items() if name not in features})
        self.known = rest.apply(self.known.replaced(mine), self.scale)
        self.given = rest.apply(self.given.replaced(mine), self.scale)
        return mine

    def on_ask(self, _: Mapping[str, Any], __: Sequence[Array]) -> list[dict[str, Any]]:
        if self.study is None:
            wanted = self.job.search
            if wanted is None:
                raise Malformed("a search that nobody has requested")
            explored, defaults = search.space(self.job.spec, wanted.fixed), search.defaults(self.job.spec)
            place = place_of(self.store, self.opened.resolved.key, self.task)
            self.study = TrialJournal(place, explored, defaults, wanted, self.random)
        trials = self.study.ask()
        progress.trials(self.opened.resolved.key, self.task, self.study.done, self.study.expected)
        return trials

    def on_report(self, values: Mapping[str, Any], _: Sequence[Array]) -> bool:
        return self._studied().report(int(values["trial"]), float(values["score"]), int(values["step"]))

    def on_tell(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        score, facts = values["score"], values["facts"]
        mean = None if score is None else float(score)
        self._studied().tell(int(values["trial"]), mean, facts_of(facts), pruned=bool(values["pruned"]))

    def on_best(self, _: Mapping[str, Any], __: Sequence[Array]) -> dict[str, Any]:
        return dict(self._studied().best().params)

    def _studied(self) -> TrialJournal:
        if self.study is None:
            raise Malformed("a trial before the first question")
        return self.study

    def on_fitting(self, _: Mapping[str, Any], __: Sequence[Array]) -> None:
        self.clock.search = self.clock.lap()

    def on_calibrating(self, _: Mapping[str, Any], __: Sequence[Array]) -> None:
        self.clock.fit = self.clock.lap()

    def on_fitted(self, values: Mapping[str, Any], _: Sequence[Array]) -> WindowSet | None:
        """The estimator can learn no more from here on, so held-out windows may follow."""
        self.clock.fitted()
        parameters = values["parameters"]
        self.facts = {"parameters": None if parameters is None else int(parameters), "training": values["training"]}
        self.calibration = calibration.received(values["calibration"]) if self.job.calibrate else None
        self.fitted = True
        return self._next()

    def on_predicted(self, _: Mapping[str, Any], arrays: Sequence[Array]) -> WindowSet | None:
        block = self.predictions.next
        if len(arrays) != 1 or not self.fitted or block is None:
            raise Malformed("predictions that nobody has requested")
        classes = len(self.opened.resolved.classes)
        self.predictions.found.append(validate_predictions(arrays[0], len(block.rows), classes))
        return self._next()

    def _next(self) -> WindowSet | None:
        block = self.predictions.next
        if block is None:
            return None
        windows = self.test.take(block.rows)
        return windows if self.opened.resolved.model.inputs == "index" else opaque.anonymous(windows)

    def on_finished(self, values: Mapping[str, Any], _: Sequence[Array], process: int, scratch: Path) -> None:
        """Score the predictions and store the task."""
        predicted = self.predictions.values()
        self.clock.predict = self.clock.lap()
        resolved, split = self.opened.resolved, self.split
        thresholds = calibration.thresholds(self.calibration, len(predicted))
        self.record = TaskRecord(
            cell=resolved.cell,
            task=self.task,
            fold=self.fold.name,
            seed=self.seed,
            simulated=resolved.simulated,
            windows=WindowCounts(len(split.part.windows), len(split.table)),
            **records.scored(split.table, predicted, resolved.classes, thresholds),
            label_rule=split.rule if isinstance(split.rule, dict) else None,
            scale=scalings.to_record(self.scale, resolved.dataset.stimulus_modalities),
            search=self._searched(predicted),
            **self.facts,
            device=self.job.spec.device,
            code=code_record(resolved),
            data=resolved.data_key,
            environment=environment(),
            cost=Cost(
                search_seconds=self.clock.search,
                fit_seconds=self.clock.fit,
                predict_seconds=self.clock.predict,
                cpu_seconds=float(values["cpu"]),
                peak_memory_mb=records.peak_memory(process),
            ),
            finished=records.now(),
            isolation=self.isolation.level,
            probes=self.probed(),
            calibration=self.calibration,
        )
        predictions = {COMPLETE: records.stored(split.table, predicted, resolved.classes, thresholds)}
        records.keep_weights(scratch, self.store.weights(resolved.key, self.task))
        self.store.write_task(resolved.key, self.task, predictions, self.record)
        self.store.drop_checkpoints(resolved.key, self.task)

    def probed(self) -> dict[str, bool]:
        """By probe: whether predictions of a window were the same whatever came with it."""
        allowed = probes.allowed(self.predictions.values(), self.job.spec.engine)
        return {name: gap <= allowed for name, gap in self.predictions.gaps().items()}

    def _searched(self, predicted: Array) -> SearchRecord | None:
        if self.job.search is None:
            return None
        classes, chosen, table = self.opened.resolved.classes, self.opened.resolved.cell.objective, self.split.table
        how = selection(classes, chosen)
        if self.study is None:
            return SearchRecord({}, None, (), how)
        labels, subjects = table["label"].to_numpy(), table["subject"].to_numpy()
        outer = worth(objective_of(classes, chosen), labels, predicted, classes, subjects)
        return replace(self.study.record(how), outer=outer)

    @property
    def seconds(self) -> float:
        """Since the fold was begun."""
        return time.perf_counter() - self.begun

    def on_failed(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        self.failure = FailureRecord(**shortened(values))


def shortened(values: Mapping[str, Any]) -> dict[str, str]:
    """The message and the traceback of a worker, which may be of any length."""
    return {"message": str(values["message"])[: 2 * LONGEST], "traceback": str(values["traceback"])[-LOG:]}


def numbers_of(learnt: Any, windows: WindowSet, modality: str) -> list[list[float]]:
    """The offsets and divisors of a modality, checked again on this side."""
    vectors = windows.vectors(modality)
    channels = len(windows.windowed_signal(modality).channels if vectors is None else vectors.names)
    offset, divisor = (np.asarray(part, dtype=float) for part in learnt)
    if offset.shape != (channels,) or divisor.shape != (channels,) or not np.isfinite(offset).all():
        raise Malformed("a scale of another shape")
    if np.isnan(divisor).any() or not divisor.all():
        raise Malformed("a scale that divides by zero")
    return [offset.tolist(), divisor.tolist()]
