"""Fitting a model under a fusion: which estimators are wanted, and what becomes of them once they are fitted."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.api import Staged
from bench.data.digests import digest
from bench.errors import PluginError, TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from bench.api import Array, Estimator, Fusion, Model, Protocol, Regressor, Rows
    from bench.cells.data import Part
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.pretraining.jobs import PretrainContext

INNER = "part of the training part that is left when some is held out inside"


@dataclass(frozen=True)
class FitSpec:
    """What is fitted: plugins with the options in force."""

    model: Model
    fusion: Fusion
    protocol: Protocol  # its grouping cuts inner parts
    device: str = "cpu"
    engine: Mapping[str, Any] = field(default_factory=dict)  # how networks are computed
    before: PretrainContext | None = None  # what networks learn before labels


@dataclass(frozen=True)
class Request:
    """One part to learn from, and the randomness of it."""

    spec: FitSpec
    part: Part
    seed: int
    checkpoints: Path | None = None  # the folder where networks keep what they have learnt so far


@dataclass(frozen=True)
class FitRequest:
    """One estimator to be fitted."""

    train: LabelledWindowSet
    validation: LabelledWindowSet | None  # set aside only for a model or a fusion that asks for one
    seed: int
    shown: WindowSet  # of the training part, what pre-training may see


@dataclass(frozen=True)
class FittedModel:
    """Something that predicts windows that it has never seen."""

    spec: FitSpec
    members: Mapping[str, Estimator | Regressor]  # modality -> estimator; "" for the only one
    classes: int  # none: numbers are predicted
    learnt: Any = None

    def predict(self, windows: WindowSet) -> Array:
        fusion = self.spec.fusion
        if not fusion.decides_late:
            return asked(self.members[""], cast("WindowSet", fusion.merge(windows)), self.classes)
        return checked(fusion.combine(self._votes(windows), self.learnt), len(windows), self.classes)

    def _votes(self, windows: WindowSet) -> dict[str, Array]:
        return {
            modality: asked(member, windows.only(modality), self.classes) for modality, member in self.members.items()
        }

    @property
    def parameters(self) -> int | None:
        """The number of fitted parameters, where every estimator tells its own."""
        counts = [getattr(member, "parameters", None) for member in self.members.values()]
        return sum(int(count()) for count in counts if count) if all(counts) else None


def fit(spec: FitSpec, part: Part, seed: int) -> FittedModel:
    """Learn from this part alone."""
    [(_, found)] = fit_all([Request(spec, part, seed)])
    if isinstance(found, Exception):
        raise found
    return found


def fit_all(requests: Sequence[Request]) -> Iterator[tuple[int, FittedModel | Exception]]:
    """The number of each request with what came of it, when it is there. Networks are trained together."""
    if any(isinstance(request.spec.model, Staged) for request in requests):
        from bench.worker.networks import trained

        yield from trained(requests)
        return
    for number, request in enumerate(requests):
        try:
            found: FittedModel | Exception = FitPlan(request).alone()
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other requests go on
            found = error
        yield number, found


class FitPlan:
    """The estimators that one request comes to, by name, and how they become one."""

    def __init__(self, request: Request) -> None:
        self.spec, self.part, self.seed = request.spec, request.part, request.seed
        check_classes(self.spec, self.part.labels, self.part.classes, "training part")
        fusion = self.spec.fusion
        self.inner: list[tuple[Rows, Rows]] = []
        if fusion.decides_late and fusion.held_out_parts:
            every = np.arange(len(self.part.windows))
            self.inner = list(self.spec.protocol.inner(self.part.table, every, fusion.held_out_parts))
            if not self.inner:
                raise TaskError(
                    "The training part cannot be split again by the protocol's groups, as this fusion needs."
                )

    def alone(self) -> FittedModel:
        """With estimators that are fitted one after another."""
        estimators = {}
        for name, want in self.wants().items():
            estimator = self.spec.model.estimator(want.seed, self.spec.device)
            estimator.fit(want.train, want.validation)
            estimators[name] = estimator
        return self.completed(estimators)

    def wants(self) -> dict[str, FitRequest]:
        """`ecg` for a modality, `ecg without 2` where the second inner part was held out, `` for all together."""
        if not self.spec.fusion.decides_late:
            merged = cast("WindowSet", self.spec.fusion.merge(self.part.windows))
            return {"": self._want(self.part, merged, self.seed)}
        found: dict[str, FitRequest] = {}
        for number, (inside, _) in enumerate(self.inner):
            check_classes(self.spec, self.part.labels[inside], self.part.classes, INNER)
            found |= self._each(self.part.take(inside), f" without {number}")
        return found | self._each(self.part, "")

    def completed(self, estimators: Mapping[str, Estimator | Regressor]) -> FittedModel:
        """What the fitted estimators come to; the fusion learns from what they say of parts they have not seen."""
        modalities = self.part.windows.modalities if self.spec.fusion.decides_late else ("",)
        members = {modality: estimators[modality] for modality in modalities}
        learnt = self.spec.fusion.learn(*self._held_out_votes(estimators)) if self.inner else None
        return FittedModel(self.spec, members, len(self.part.classes), learnt)

    def _each(self, part: Part, suffix: str) -> dict[str, FitRequest]:
        return {
            modality + suffix: self._want(part, part.windows.only(modality), int(digest([self.seed, modality])[:8], 16))
            for modality in part.windows.modalities
        }

    def _want(self, part: Part, windows: WindowSet, seed: int) -> FitRequest:
        model, seed = self.spec.model, seed & 0x7FFFFFFF
        everything = np.arange(len(part.windows))
        shown = windows if part.shown is None else windows.take(np.flatnonzero(part.shown))
        share = model.labelled if isinstance(model, Staged) else 1.0
        known = everything if share == 1 else some(part.table, share, seed)
        if not (model.validates or self.spec.fusion.sets_aside):
            train = part.labelled(windows) if share == 1 else labelled(part, windows, known)
            return FitRequest(train, None, seed, shown)
        inside, held = next(self.spec.protocol.inner(part.table, known, 5), (known, known[:0]))
        check_classes(self.spec, part.labels[inside], part.classes, INNER)
        return FitRequest(labelled(part, windows, inside), labelled(part, windows, held), seed, shown)

    def _held_out_votes(self, estimators: Mapping[str, Estimator | Regressor]) -> tuple[dict[str, Array], Array]:
        """What each modality says about windows that its estimator was not fitted on, and the truth."""
        votes: dict[str, list[Array]] = {modality: [] for modality in self.part.windows.modalities}
        for number, (_, held) in enumerate(self.inner):
            windows = self.part.windows.take(held)
            for modality, said in votes.items():
                member = estimators[f"{modality} without {number}"]
                said.append(asked(member, windows.only(modality), len(self.part.classes)))
        truth = [self.part.labels[held] for _, held in self.inner]
        return {modality: np.concatenate(found) for modality, found in votes.items()}, np.concatenate(truth)


def labelled(part: Part, windows: WindowSet, rows: Rows) -> LabelledWindowSet:
    return windows.take(rows).labelled(part.labels[rows], part.classes)


def some(table: pd.DataFrame, share: float, seed: int) -> Rows:
    """The windows of a share of the trials of each class, of one at least."""
    random, chosen = np.random.default_rng([seed, 0]), np.zeros(len(table), dtype=bool)
    for _, of_class in table.groupby("label", sort=True):
        trials = random.permutation(np.unique(of_class["trial"].astype(str)))
        kept = trials[: max(1, round(share * len(trials)))]
        chosen[of_class.index[of_class["trial"].isin(kept)]] = True
    return np.flatnonzero(chosen)


def check_classes(spec: FitSpec, labels: Array, classes: tuple[str, ...], what: str) -> None:
    """Whoever looks at values needs two classes to tell apart, or windows with numbers."""
    if not classes and len(labels):
        return
    present = np.unique(labels)
    if spec.model.inputs != "index" and len(present) < 2:
        only = f"only the class '{classes[present[0]]}'" if len(present) else "no window at all"
        raise TaskError(f"The {what} holds {only}; nothing can be learnt from it.")


def asked(member: Estimator | Regressor, windows: WindowSet, classes: int) -> Array:
    """What an estimator says of windows: (n, classes), or (n, 1) of numbers."""
    if classes:
        return checked(cast("Estimator", member).predict_proba(windows), len(windows), classes)
    found = np.asarray(cast("Regressor", member).predict(windows), dtype=np.float64)
    if found.shape != (len(windows),):
        raise PluginError(f"Predictions have the shape {found.shape}; expected ({len(windows)},).")
    return checked(found[:, None], len(windows), classes)


def checked(predictions: Array, windows: int, classes: int) -> Array:
    """Probabilities or numbers as the contract wants them, or the error that says what is wrong."""
    found, columns = np.asarray(predictions, dtype=np.float64), classes or 1
    if found.shape != (windows, columns):
        raise PluginError(f"Predictions have the shape {found.shape}; expected ({windows}, {columns}).")
    if not classes:
        if not np.isfinite(found).all():
            raise PluginError("Predictions are not numbers: each must be finite.")
        return found
    if not np.isfinite(found).all() or (found < -1e-9).any() or not np.allclose(found.sum(axis=1), 1, atol=1e-6):
        raise PluginError("Predictions are not probabilities: each row must be finite, not negative, and sum to 1.")
    return found
