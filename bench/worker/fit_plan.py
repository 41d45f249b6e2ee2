"""The estimators that one training part needs, and how they become one fitted model."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.api import Staged
from bench.digests import digest
from bench.errors import TaskError
from bench.worker.fitted_model import FittedModel, predictions_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from bench.api import Array, Estimator, Fusion, Model, Protocol, Regressor, Rows
    from bench.cells.cell import Weights
    from bench.data.part import Part
    from bench.data.windows import LabelledWindowSet, WindowSet

INNER = "inner training part"


@dataclass(frozen=True)
class FitSpec:
    """What is fitted: plugins with their final options."""

    model: Model
    fusion: Fusion
    protocol: Protocol  # cuts inner splits, by its groups
    device: str = "cpu"
    engine: Mapping[str, Any] = field(default_factory=dict)  # precision, compilation and threads of networks
    pretrains: bool = False  # whether networks start from weights that the harness has or makes
    weights: tuple[Weights, ...] = ()  # files of weights that networks start from


@dataclass(frozen=True)
class FitTask:
    """A spec, the part to fit it on, and the seed."""

    spec: FitSpec
    part: Part
    seed: int
    checkpoints: Path | None = None  # the folder for checkpoints of networks
    number: int = 0  # of the fold among those of the worker
    until: float = 1.0  # the share of its steps after which a network pauses; from its checkpoints it goes on


@dataclass(frozen=True)
class FitRequest:
    """One estimator to fit."""

    train: LabelledWindowSet
    validation: LabelledWindowSet | None  # set aside only where the model or the fusion needs it
    seed: int
    visible: Rows  # the windows that pre-training may use, by their place in the training part of the fold


class FitPlan:
    """The estimators of one task, by name."""

    def __init__(self, task: FitTask) -> None:
        self.spec, self.part, self.seed = task.spec, task.part, task.seed
        check_classes(self.spec, self.part.labels, self.part.classes, "training part")
        fusion = self.spec.fusion
        self.inner: list[tuple[Rows, Rows]] = []
        if fusion.decides_late and fusion.inner_folds:
            every = np.arange(len(self.part.windows))
            self.inner = list(inner_splits(self.spec, self.part, every, fusion.inner_folds))
            if not self.inner:
                raise TaskError(
                    "This fusion needs inner splits, and the training part cannot be split by the protocol's groups."
                )

    def fit_in_turn(self) -> FittedModel:
        """Fit one estimator after another."""
        estimators = {}
        for name, request in self.requests().items():
            estimator = self.spec.model.estimator(request.seed, self.spec.device)
            estimator.fit(request.train, request.validation)
            estimators[name] = estimator
        return self.combine(estimators)

    def requests(self) -> dict[str, FitRequest]:
        """By name: `ecg` for a modality, `ecg without 2` for inner split 2, and the empty name for all together."""
        if not self.spec.fusion.decides_late:
            merged = cast("WindowSet", self.spec.fusion.merge(self.part.windows))
            return {"": self._request(self.part, merged, self.seed)}
        found: dict[str, FitRequest] = {}
        for number, (inside, _) in enumerate(self.inner):
            check_classes(self.spec, self.part.labels[inside], self.part.classes, INNER)
            found |= self._each_modality(self.part.take(inside), f" without {number}")
        return found | self._each_modality(self.part, "")

    def combine(self, estimators: Mapping[str, Estimator | Regressor]) -> FittedModel:
        """One model. A fusion that learns does so from predictions of inner test parts."""
        modalities = self.part.windows.modalities if self.spec.fusion.decides_late else ("",)
        members = {modality: estimators[modality] for modality in modalities}
        learnt = self.spec.fusion.learn(*self._inner_predictions(estimators)) if self.inner else None
        return FittedModel(self.spec.model, self.spec.fusion, members, len(self.part.classes), learnt)

    def _each_modality(self, part: Part, suffix: str) -> dict[str, FitRequest]:
        return {
            modality + suffix: self._request(part, part.windows.only(modality), seed_of(self.seed, modality))
            for modality in part.windows.modalities
        }

    def _request(self, part: Part, windows: WindowSet, seed: int) -> FitRequest:
        seed &= 0x7FFFFFFF
        visible = part.rows if part.visible is None else part.rows[part.visible]
        inside, held_out = set_aside(self.spec, part, seed)
        if held_out is None:
            train = part.labelled(windows) if len(inside) == len(part.windows) else labelled(part, windows, inside)
            return FitRequest(train, None, seed, visible)
        check_classes(self.spec, part.labels[inside], part.classes, INNER)
        return FitRequest(labelled(part, windows, inside), labelled(part, windows, held_out), seed, visible)

    def _inner_predictions(self, estimators: Mapping[str, Estimator | Regressor]) -> tuple[dict[str, Array], Array]:
        """Predictions of each modality for windows that its estimator was not fitted on, and their labels."""
        predictions: dict[str, list[Array]] = {modality: [] for modality in self.part.windows.modalities}
        for number, (_, held_out) in enumerate(self.inner):
            windows = self.part.windows.take(held_out)
            for modality, found in predictions.items():
                member = estimators[f"{modality} without {number}"]
                found.append(predictions_of(member, windows.only(modality), len(self.part.classes)))
        labels = [self.part.labels[held_out] for _, held_out in self.inner]
        return {modality: np.concatenate(found) for modality, found in predictions.items()}, np.concatenate(labels)


def seed_of(seed: int, modality: str) -> int:
    """The seed of an estimator of one modality."""
    return int(digest([seed, modality])[:8], 16)


def set_aside(spec: FitSpec, part: Part, seed: int) -> tuple[Rows, Rows | None]:
    """Windows to fit on, and those set aside for validation; none where neither the model nor the fusion needs any."""
    model = spec.model
    share = model.label_fraction if isinstance(model, Staged) else 1.0
    known = np.arange(len(part.windows)) if share == 1 else labelled_rows(part.table, share, seed)
    if not (model.validates or spec.fusion.needs_validation):
        return known, None
    return next(inner_splits(spec, part, known, 5), (known, known[:0]))


def validation_rows(task: FitTask) -> Rows:
    """Windows that no estimator of the fitted model was fitted on."""
    spec, part = task.spec, task.part
    names = part.windows.modalities if spec.fusion.decides_late else ()
    seeds = [seed_of(task.seed, name) for name in names] or [task.seed]
    if not isinstance(spec.model, Staged) or spec.model.label_fraction == 1:
        seeds = seeds[:1]  # all set the same windows aside
    found = np.arange(len(part.windows))
    for seed in seeds:
        _, held_out = set_aside(spec, part, seed & 0x7FFFFFFF)
        found = np.intersect1d(found, found[:0] if held_out is None else held_out)
    return found


def inner_splits(spec: FitSpec, part: Part, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
    """Splits by the protocol, which gets copies, so that nothing else sees what it changes."""
    return iter(spec.protocol.inner(part.table.copy(), rows.copy(), parts))


def labelled(part: Part, windows: WindowSet, rows: Rows) -> LabelledWindowSet:
    return windows.take(rows).labelled(part.labels[rows], part.classes)


def labelled_rows(table: pd.DataFrame, share: float, seed: int) -> Rows:
    """The windows of a share of the trials of each class, at least one trial each."""
    random, chosen = np.random.default_rng([seed, 0]), np.zeros(len(table), dtype=bool)
    for _, of_class in table.groupby("label", sort=True):
        trials = random.permutation(np.unique(of_class["trial"].astype(str)))
        kept = trials[: max(1, round(share * len(trials)))]
        chosen[of_class.index[of_class["trial"].isin(kept)]] = True
    return np.flatnonzero(chosen)


def check_classes(spec: FitSpec, labels: Array, classes: tuple[str, ...], part: str) -> None:
    """Raise unless there are two classes to tell apart, or any windows for regression."""
    if not classes and len(labels):
        return
    present = np.unique(labels)
    if spec.model.inputs != "index" and len(present) < 2:
        only = f"only the class '{classes[present[0]]}'" if len(present) else "no windows"
        raise TaskError(f"The {part} holds {only}, so nothing can be learnt from it.")
