"""Fitted estimators under their fusion, and the checks of what they predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Estimator, Fusion, Model, Regressor
    from bench.data.windows import WindowSet


@dataclass(frozen=True)
class FittedModel:
    """Predicts windows that it has not seen."""

    model: Model
    fusion: Fusion
    members: Mapping[str, Estimator | Regressor]  # modality -> estimator; the empty name for a single one
    classes: int  # 0 for regression
    learnt: Any = None  # what the fusion has learnt

    def predict(self, windows: WindowSet) -> Array:
        if not self.fusion.decides_late:
            return predictions_of(self.members[""], cast("WindowSet", self.fusion.merge(windows)), self.classes)
        each = {name: predictions_of(member, windows.only(name), self.classes) for name, member in self.members.items()}
        return validate_predictions(self.fusion.combine(each, self.learnt), len(windows), self.classes)

    @property
    def parameters(self) -> int | None:
        """The number of parameters, where every estimator reports its own."""
        counts = [getattr(member, "parameters", lambda: None)() for member in self.members.values()]
        known = [int(count) for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


def predictions_of(member: Estimator | Regressor, windows: WindowSet, classes: int) -> Array:
    """Predictions of one estimator: probabilities (n, classes), or for regression (n, 1)."""
    if classes:
        return validate_predictions(cast("Estimator", member).predict_proba(windows), len(windows), classes)
    found = np.asarray(cast("Regressor", member).predict(windows), dtype=np.float64)
    if found.shape != (len(windows),):
        raise PluginError(f"Predictions have the shape {found.shape}; expected ({len(windows)},).")
    return validate_predictions(found[:, None], len(windows), classes)


def validate_predictions(predictions: Array, windows: int, classes: int) -> Array:
    """The predictions as the contract defines them, or an error that says what is wrong."""
    try:
        if np.iscomplexobj(predictions):
            raise PluginError("Predictions are complex numbers; expected real ones.")
        found, columns = np.asarray(predictions, dtype=np.float64), classes or 1
    except (TypeError, ValueError) as error:
        raise PluginError(f"Predictions are not an array of numbers ({error}).") from error
    if found.shape != (windows, columns):
        raise PluginError(f"Predictions have the shape {found.shape}; expected ({windows}, {columns}).")
    if not classes:
        if not np.isfinite(found).all():
            raise PluginError("Predictions are not numbers: each must be finite.")
        return found
    if not np.isfinite(found).all() or (found < -1e-9).any() or not np.allclose(found.sum(axis=1), 1, atol=1e-6):
        raise PluginError("Predictions are not probabilities: each row must be finite, not negative, and sum to 1.")
    return found
