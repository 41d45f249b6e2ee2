"""The threshold and the temperature of a fold, chosen on inner predictions. Held-out windows take no part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Staged
from bench.errors import TaskError
from bench.results.task_record import CalibrationRecord
from bench.scoring.calibration import TEMPERATURES, fit_temperature, with_temperature
from bench.scoring.thresholds import DEFAULT, best_threshold
from bench.worker.fit import fit_all
from bench.worker.fit_plan import FitTask, inner_splits, validation_rows
from bench.worker.wire import Malformed

if TYPE_CHECKING:
    from bench.api import Array, Fusion, Model, Rows
    from bench.worker.fitted_model import FittedModel

INNER_PARTS = 3
TEMPERATURE = "temperature"
HINT = "This fit was on an inner part, to choose a threshold; --calibrate none leaves it out."
Inner = tuple[Any, Any]  # labels, and predictions by models that were not fitted on these windows


class InnerFitError(Exception):
    """A fit on an inner part has failed, for the reason that is the cause."""


def inner_predictions(task: FitTask, fitted: FittedModel) -> Inner:
    """Of windows that were set aside for validation, or by fits on inner splits where none were.

    Networks are not trained several times more for this, so those without a validation part have none.
    """
    spec, part = task.spec, task.part
    if sets_aside(spec.model, spec.fusion):
        held_out = validation_rows(task)
        models = [(held_out, fitted)] if len(held_out) else []
    else:
        models = inner_fits(task)
    labels = [part.labels[:0], *(part.labels[rows] for rows, _ in models)]
    found = [np.empty((0, len(part.classes))), *(model.predict(part.windows.take(rows)) for rows, model in models)]
    return np.concatenate(labels), np.concatenate(found)


def sets_aside(model: Model, fusion: Fusion) -> bool:
    """Whether windows are set aside in place of inner fits, if any."""
    return isinstance(model, Staged) or model.validates or fusion.needs_validation


def inner_fits(task: FitTask) -> list[tuple[Rows, FittedModel]]:
    """The windows that each inner split holds out, and a model that was fitted on the others."""
    spec, part = task.spec, task.part
    splits = list(inner_splits(spec, part, np.arange(len(part.table)), INNER_PARTS))
    models = []
    for place, fitted in fit_all([FitTask(spec, part.take(inside), task.seed) for inside, _ in splits]):
        if isinstance(fitted, TaskError):
            continue  # a class is missing in this part
        if isinstance(fitted, Exception):
            raise InnerFitError from fitted
        models.append((splits[place][1], fitted))
    return models


def chosen(how: str, inner: Inner) -> CalibrationRecord:
    """What these predictions choose; nothing where a class is missing among them."""
    labels, predictions = inner
    temperature = None
    known = len(np.unique(labels)) > 1
    if how == TEMPERATURE and known:
        temperature = fit_temperature(labels, predictions)
        predictions = with_temperature(predictions, temperature)
    two = predictions.shape[1] == 2
    threshold = (best_threshold(labels, predictions[:, 1]) if known else DEFAULT) if two else None
    return CalibrationRecord(len(labels), threshold, temperature)


def calibrated(predictions: Array, calibration: CalibrationRecord | None) -> Array:
    """Probabilities at the chosen temperature."""
    if calibration is None or calibration.temperature is None:
        return predictions
    return with_temperature(predictions, calibration.temperature)


def thresholds(calibration: CalibrationRecord | None, windows: int) -> Array | None:
    """The threshold of each window, where one was chosen."""
    if calibration is None or calibration.threshold is None:
        return None
    return np.full(windows, calibration.threshold)


def received(values: Any) -> CalibrationRecord:
    """What a worker has chosen, checked by the harness."""
    if not isinstance(values, dict) or values.keys() != {"windows", "threshold", "temperature"}:
        raise Malformed("no calibration")
    windows, threshold, temperature = (values[name] for name in ("windows", "threshold", "temperature"))
    if type(windows) is not int or windows < 0:
        raise Malformed("a calibration on no number of windows")
    for value, low, high in ((threshold, 0, 1), (temperature, *TEMPERATURES)):
        if value is not None and not (isinstance(value, float) and low <= value <= high):
            raise Malformed("a threshold or a temperature that cannot be")
    return CalibrationRecord(windows, threshold, temperature)
