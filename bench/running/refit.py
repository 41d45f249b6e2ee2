"""A stored task again, in a new process: its predictions must be the same, and so after training with other codes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Staged
from bench.audit.probed import CODES, COMPANY, REFIT
from bench.data import opaque
from bench.data.windows import NAMES, WindowSet
from bench.errors import TaskError
from bench.running import probes
from bench.running.fold_desk import FoldDesk
from bench.running.group_desk import GroupDesk
from bench.running.isolation import workers_of
from bench.scoring.scoring import columns
from bench.worker import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array
    from bench.data.part import Part
    from bench.results.store import Store
    from bench.running.isolation import Isolation
    from bench.running.opened_cell import OpenCell
    from bench.worker.fit_plan import FitSpec
    from bench.worker.fold import FoldJob

CODED = (*NAMES, "recording")


class RefitDesk(FoldDesk):
    """Trains a task with the options that were chosen, and stores nothing."""

    def __init__(self, stored: StoredCell, task: str, scratch: Path, *, new_codes: bool, same_blocks: bool) -> None:
        self.new_codes, self.chosen = new_codes, stored.store.record(stored.key, task).search
        super().__init__(stored.opened, task, stored.device, stored.store, stored.isolation)
        self.checkpoints = scratch
        self.values: Array | None = None
        if not same_blocks:  # of half as many windows, so that what remembers windows has seen none of them before
            size = min(probes.BLOCK, max(1, len(self.test) // 2))
            order = np.random.default_rng([self.secret, 6]).permutation(self.order)
            self.predictions = probes.in_blocks(order, self.secret + 1, probed=True, size=size)

    def replace_test(self, windows: WindowSet) -> None:
        """Predict these windows instead."""
        self.test, self.order = windows, opaque.order(windows)
        self.predictions = probes.in_blocks(self.order, self.secret, probed=False)

    def _job(self, device: str) -> FoldJob:
        job = super()._job(device)
        if self.chosen is None:
            return job
        return replace(job, spec=search.apply(job.spec, self.chosen.options), search=None)

    def _coded(self, part: Part) -> Part:
        if not self.new_codes:
            return super()._coded(part)
        if draws_by_groups(self.opened.spec("cpu")):
            return with_prefix(super()._coded(part), 1 + self.random % 9)
        return opaque.training_part(part, self.test, self.random + 1)

    def on_finished(self, values: Mapping[str, Any], _: Sequence[Array], process: int, scratch: Path) -> None:
        self.values = self.predictions.values()


@dataclass(frozen=True)
class StoredCell:
    """A cell whose tasks are tried again."""

    opened: OpenCell
    store: Store
    device: str
    isolation: Isolation

    @property
    def key(self) -> str:
        return self.opened.resolved.key

    def probe(self, task: str) -> dict[str, bool]:
        """By probe: whether the stored task and its refits agree."""
        classes, inputs = self.opened.resolved.classes, self.opened.resolved.model.inputs
        stored = self.store.predictions(self.key, task)[columns(classes)].to_numpy(dtype=np.float64)
        first = self._refit(task)
        assert first.values is not None
        found, allowed = first.probed(), probes.allowed(stored, first.job.spec.engine)
        repeats = same = probes.difference(first.values, stored) <= allowed
        if not same:  # because the blocks are other ones, or because fits differ
            second = self._refit(task, same_blocks=True)
            assert second.values is not None
            repeats = probes.difference(second.values, stored) <= allowed
            found[COMPANY] &= not repeats
        found[REFIT] = repeats
        if same and inputs != "index":  # which is what such a model learns from
            coded = self._refit(task, new_codes=True)
            assert coded.values is not None
            found[CODES] = probes.difference(coded.values, first.values) <= allowed
        return found

    def predict(self, task: str, windows: WindowSet) -> Array:
        """Predictions of other windows, by the model of a task that is trained again."""
        values = self._refit(task, same_blocks=True, windows=windows).values
        assert values is not None
        return values

    def _refit(
        self, task: str, *, new_codes: bool = False, same_blocks: bool = False, windows: WindowSet | None = None
    ) -> RefitDesk:
        workers = workers_of(str(self.store.root), str(self.opened.cache), self.isolation)
        with tempfile.TemporaryDirectory() as scratch:
            desk = RefitDesk(self, task, Path(scratch), new_codes=new_codes, same_blocks=same_blocks)
            if windows is not None:
                desk.replace_test(windows)
            problem, _ = GroupDesk([desk], workers).run()
        if desk.values is None:
            raise TaskError(f"The task {task} of {self.key} cannot be repeated: "
                            f"{desk.failure.message if desk.failure else problem}")  # fmt: skip
        return desk


def draws_by_groups(spec: FitSpec) -> bool:
    """Whether windows are drawn by subjects or trials within the training part.

    Such draws depend on the order of codes, so the other codes have the same order there.
    """
    model, fusion = spec.model, spec.fusion
    fraction = model.label_fraction if isinstance(model, Staged) else 1.0
    return bool(model.validates or fusion.needs_validation or fusion.inner_folds or fraction < 1)


def with_prefix(part: Part, digit: int) -> Part:
    """Other codes in the same order, as numbers and as texts: each begins with this digit."""

    def prefixed(codes: Array) -> Array:
        return np.array([code if code < 0 else int(f"{digit}{code}") for code in codes.tolist()], dtype=codes.dtype)

    new = {name: prefixed(values) if name in CODED else values for name, values in part.columns.items()}
    sources = {name: part.windows.source(name) for name in part.windows.modalities}
    return replace(part, columns=new, windows=WindowSet({name: new[name] for name in NAMES}, sources))
