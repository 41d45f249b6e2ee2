"""Fitting a model under a fusion on one part: one estimator, or one per modality and what combines them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.data.digests import digest
from bench.errors import PluginError, TaskError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Estimator, Fusion, Model, Protocol, Rows
    from bench.data.windows import WindowSet
    from bench.evaluation.data import Part


INNER = "part of the training part that is left when some is held out inside"


@dataclass(frozen=True)
class Recipe:
    """What is fitted: plugins with the options in force."""

    model: Model
    fusion: Fusion
    protocol: Protocol  # its grouping cuts inner parts
    late: bool
    device: str = "cpu"


@dataclass(frozen=True)
class Fitted:
    """Something that predicts windows that it has never seen."""

    recipe: Recipe
    members: Mapping[str, Estimator]  # modality -> estimator; "" for the only one
    classes: int
    learnt: Any = None

    def predict(self, windows: WindowSet) -> Array:
        if not self.recipe.late:
            return checked(
                self.members[""].predict_proba(self.recipe.fusion.merge(windows)), len(windows), self.classes
            )
        votes = {
            modality: checked(member.predict_proba(windows.only(modality)), len(windows), self.classes)
            for modality, member in self.members.items()
        }
        return checked(self.recipe.fusion.combine(votes, self.learnt), len(windows), self.classes)

    @property
    def parameters(self) -> int | None:
        """The number of fitted parameters, where every estimator tells its own."""
        counts = [getattr(member, "parameters", None) for member in self.members.values()]
        return sum(int(count()) for count in counts if count) if all(counts) else None


def fit(recipe: Recipe, part: Part, seed: int) -> Fitted:
    """Learn from this part alone."""
    check_classes(recipe, part.labels, part.classes, "training part")
    if not recipe.late:
        merged: Any = recipe.fusion.merge(part.windows)
        return Fitted(recipe, {"": member(recipe, part, merged, seed)}, len(part.classes))
    learnt = None
    if recipe.fusion.held_out_parts:
        learnt = recipe.fusion.learn(*held_out_votes(recipe, part, seed))
    return Fitted(recipe, members(recipe, part, seed), len(part.classes), learnt)


def members(recipe: Recipe, part: Part, seed: int) -> dict[str, Estimator]:
    return {
        modality: member(recipe, part, part.windows.only(modality), int(digest([seed, modality])[:8], 16))
        for modality in part.windows.modalities
    }


def member(recipe: Recipe, part: Part, windows: WindowSet, seed: int) -> Estimator:
    """One estimator; a validation part is set aside only for a model that asks for one."""
    estimator = recipe.model.estimator(seed & 0x7FFFFFFF, recipe.device)
    train = part.labelled(windows)
    if not recipe.model.validates:
        estimator.fit(train, None)
        return estimator
    everything = np.arange(len(part.windows))
    inside, held = next(recipe.protocol.inner(part.table, everything, 5), (everything, everything[:0]))
    check_classes(recipe, part.labels[inside], part.classes, INNER)
    estimator.fit(labelled(part, windows, inside), labelled(part, windows, held))
    return estimator


def labelled(part: Part, windows: WindowSet, rows: Rows) -> Any:
    return windows.take(rows).labelled(part.labels[rows], part.classes)


def held_out_votes(recipe: Recipe, part: Part, seed: int) -> tuple[dict[str, Array], Array]:
    """What each modality says about windows that its estimator was not fitted on, and the truth."""
    votes: dict[str, list[Array]] = {modality: [] for modality in part.windows.modalities}
    truth = []
    for inside, held in recipe.protocol.inner(part.table, np.arange(len(part.table)), recipe.fusion.held_out_parts):
        check_classes(recipe, part.labels[inside], part.classes, INNER)
        windows = part.windows.take(held)
        for modality, estimator in members(recipe, part.take(inside), seed).items():
            found = estimator.predict_proba(windows.only(modality))
            votes[modality].append(checked(found, len(windows), len(part.classes)))
        truth.append(part.labels[held])
    if not truth:
        raise TaskError("The training part cannot be split again by the protocol's groups, as this fusion needs.")
    return {modality: np.concatenate(found) for modality, found in votes.items()}, np.concatenate(truth)


def check_classes(recipe: Recipe, labels: Array, classes: tuple[str, ...], what: str) -> None:
    """Whoever looks at values needs two classes to tell apart."""
    present = np.unique(labels)
    if recipe.model.inputs != "index" and len(present) < 2:
        only = f"only the class '{classes[present[0]]}'" if len(present) else "no window at all"
        raise TaskError(f"The {what} holds {only}; nothing can be learnt from it.")


def checked(probabilities: Array, windows: int, classes: int) -> Array:
    """Probabilities as the contract wants them, or the error that says what is wrong."""
    found = np.asarray(probabilities, dtype=np.float64)
    if found.shape != (windows, classes):
        raise PluginError(f"Predictions have the shape {found.shape}; expected ({windows}, {classes}).")
    if not np.isfinite(found).all() or (found < -1e-9).any() or not np.allclose(found.sum(axis=1), 1, atol=1e-6):
        raise PluginError("Predictions are not probabilities: each row must be finite, not negative, and sum to 1.")
    return found
