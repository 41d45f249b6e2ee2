"""Checks of models, on simulated windows with the inputs that the model declares."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, get_args

import numpy as np

from bench.api import Fusion, Inputs, TargetType
from bench.checks.declarations import refusal_is_a_sentence
from bench.checks.examples.plugins import HalfSubjects
from bench.checks.examples.windows import numbered, part
from bench.checks.recordings import same
from bench.data.part import Part
from bench.data.sources import Vectors
from bench.data.windows import INDEX, WindowSet
from bench.errors import PluginError
from bench.running.probes import allowed, gaps
from bench.worker.fit import fit as fit_part
from bench.worker.fit_plan import FitSpec

if TYPE_CHECKING:
    from bench.api import Array, Model
    from bench.worker.fitted_model import FittedModel

SEED = 20
INPUTS = get_args(Inputs)


def fit(model: Model, given: Part) -> FittedModel:
    """Fit as in a run."""
    device = "cpu" if "cpu" in model.devices else model.devices[0]
    return fit_part(FitSpec(model, Fusion(), HalfSubjects(), device=device), given, SEED)


def given_to(model: Model) -> Part:
    """Windows with classes, or with a regression target if that is all it predicts."""
    return part(model.inputs) if "classes" in model.predicts else numbered(model.inputs)


@lru_cache(maxsize=1)
def fitted(model: Model) -> FittedModel:
    """The fitted model, once for all checks that only predict."""
    return fit(model, given_to(model))


def inputs_are_known(model: Model) -> None:
    """Its inputs and devices are known."""
    if model.inputs not in INPUTS:
        raise PluginError(f"Its inputs are {model.inputs!r}; write one of {', '.join(INPUTS)}.")
    if not isinstance(model.devices, tuple) or not model.devices:
        raise PluginError(f"Its devices are {model.devices!r}; write them as a tuple, such as ('cpu', 'cuda').")


def predictions_are_known(model: Model) -> None:
    """The kinds of target that it predicts are known."""
    if not model.predicts or set(model.predicts) - set(get_args(TargetType)):
        raise PluginError(f"Its predicts is {model.predicts!r}; write a tuple of {' and '.join(get_args(TargetType))}.")


def predictions_are_probabilities(model: Model) -> None:
    """Predictions of classes have a row per window and a column per class, and rows sum to one."""
    if "classes" in model.predicts:
        fitted(model).predict(part(model.inputs).windows)


def predictions_are_numbers(model: Model) -> None:
    """Regression predicts one finite number per window, and a constant target as that constant."""
    if "numbers" not in model.predicts:
        return
    given = numbered(model.inputs)
    fit(model, given).predict(given.windows)
    constant = given.relabelled(np.full(len(given.windows), 2.5))
    found = fit(model, constant).predict(given.windows)
    if not np.allclose(found, 2.5, atol=1e-6):
        raise PluginError(f"Trained on a constant target of 2.5, it predicts {found.min():.4g} to {found.max():.4g}.")


def three_classes_work(model: Model) -> None:
    """It works with three classes."""
    if "classes" not in model.predicts:
        return
    given = part(model.inputs, classes=3)
    fit(model, given).predict(given.windows)


def unseen_classes_have_a_column(model: Model) -> None:
    """A class that the training part lacks still has a column."""
    if "classes" not in model.predicts:
        return
    given = part(model.inputs, classes=3)
    fit(model, given.take(np.flatnonzero(given.labels != 1))).predict(given.windows)


def missing_features_work(model: Model) -> None:
    """Missing features (NaN) are handled, also in a column without any value."""
    if model.inputs != "features":
        return
    given = given_to(model)
    values = np.array(given.windows.features())
    values[np.random.default_rng(1).random(values.shape) < 0.1] = np.nan
    values[:, 3] = np.nan
    windows = WindowSet(index_of(given), {"eda": Vectors(values, given.windows.feature_names())})
    fit(model, Part.of(given.table, windows, given.classes)).predict(windows)


def rows_are_independent(model: Model) -> None:
    """Predictions for a window do not depend on other windows."""
    windows = given_to(model).windows
    gap = max(gaps(lambda rows: fitted(model).predict(windows.take(rows)), len(windows), SEED).values())
    if gap > allowed(fitted(model).predict(windows), {}):
        raise PluginError(
            f"Predictions for a window change by up to {gap:.2g} with other windows; "
            "learn in fit() only, and predict each row from its own window."
        )


def seed_decides(model: Model) -> None:
    """The same seed gives the same predictions."""
    windows = given_to(model).windows
    gap = float(np.abs(fit(model, given_to(model)).predict(windows) - fitted(model).predict(windows)).max())
    if gap > 1e-8:
        raise PluginError(
            f"Predictions of two fits with one seed differ by up to {gap:.2g}; derive random numbers from the seed."
        )


def data_stay(model: Model) -> None:
    """Fitting and predicting do not change their input."""
    given = given_to(model)
    before = content(given, model.inputs)
    fit(model, given).predict(given.windows)
    for name, values in content(given, model.inputs).items():
        if not same(values, before[name]):
            raise PluginError(f"It changes the {name} of its input; work on a copy.")


def content(given: Part, inputs: str) -> dict[str, Array]:
    """Copies of all inputs that a model can reach."""
    found = index_of(given) | {"labels": given.labels}
    if inputs != "index":
        found[inputs] = given.windows.features() if inputs == "features" else given.windows.signals()
    return {name: np.array(values) for name, values in found.items()}


def index_of(given: Part) -> dict[str, Array]:
    return {name: getattr(given.windows, name) for name in INDEX}


CHECKS = (
    inputs_are_known,
    predictions_are_known,
    refusal_is_a_sentence,
    predictions_are_probabilities,
    predictions_are_numbers,
    three_classes_work,
    unseen_classes_have_a_column,
    missing_features_work,
    rows_are_independent,
    seed_decides,
    data_stay,
)
