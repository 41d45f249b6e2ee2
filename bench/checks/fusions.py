"""What a fusion has to hold, seen on made-up windows of three modalities and the simplest of models."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.checks.examples.plugins import EXAMPLE, NearestMean, NearestNumber, NearestSignal, WholePeople
from bench.checks.examples.staged import TwoStages
from bench.checks.examples.windows import numbered, part
from bench.checks.refusals import refusal_is_a_sentence
from bench.errors import PluginError
from bench.worker.fit import fit as fit_part
from bench.worker.fit_plan import FitSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Fusion, Model
    from bench.cells.data import Part
    from bench.worker.fitted_model import FittedModel

SEED = 20
TOLERANCE = 1e-6


def modalities(fusion: Fusion) -> tuple[str, ...]:
    return ("ecg",) if fusion.one_modality else ("ecg", "eda", "eeg")


def models(fusion: Fusion) -> Iterator[Model]:
    """A model of features, one of signals and one of stages, unless the fusion cannot have it."""
    for model in (NearestMean(), NearestSignal(), TwoStages()):
        if fusion.needs_stages and not isinstance(model, TwoStages):
            continue
        if not fusion.refuse(replace(EXAMPLE, model=model, fusion=fusion, modalities=modalities(fusion))):
            yield model


def fit(fusion: Fusion, model: Model, given: Part) -> FittedModel:
    """As a run fits it."""
    return fit_part(FitSpec(model, fusion, WholePeople()), given, SEED)


def inner_folds_are_enough(fusion: Fusion) -> None:
    """It learns from no inner parts, or from two or more."""
    parts = fusion.inner_folds
    if not isinstance(parts, int) or parts < 0 or parts == 1:
        raise PluginError(f"It wants {parts!r} held-out parts; say 0 where it learns nothing, otherwise 2 or more.")
    if parts and not fusion.decides_late:
        raise PluginError(f"It wants {parts} held-out parts to learn from, but has no combine(); write one.")


def merge_leaves_one(fusion: Fusion) -> None:
    """Where it joins inputs, one modality is left, with the same windows in the same order."""
    if fusion.decides_late or fusion.needs_stages:
        return
    for model in models(fusion):
        windows = part(model.inputs, modalities(fusion)).windows
        merged = fusion.merge(windows)
        if len(merged.modalities) != 1:
            raise PluginError(
                f"Of {', '.join(windows.modalities)} it leaves {', '.join(merged.modalities) or 'nothing'}; "
                "merge them into one, or decide late with combine()."
            )
        for name in ("trial", "start"):
            if not np.array_equal(getattr(merged, name), getattr(windows, name)):
                raise PluginError("The merged windows are others, or in another order; keep each row where it is.")


def predictions_are_probabilities(fusion: Fusion) -> None:
    """With it, a model gives one row per window and one column per class, and each row sums to one."""
    for model in models(fusion):
        for classes in (2, 3):
            given = part(model.inputs, modalities(fusion), classes)
            fit(fusion, model, given).predict(given.windows)


def rows_are_independent(fusion: Fusion) -> None:
    """Neither the order of windows nor the windows beside it change what is predicted for one."""
    for model in models(fusion):
        given = part(model.inputs, modalities(fusion))
        found = fit(fusion, model, given)
        whole = found.predict(given.windows)
        every = np.arange(len(given.windows))
        several = (every[::-1], every[::5], every[7:8])
        gap = max(float(np.abs(found.predict(given.windows.take(rows)) - whole[rows]).max()) for rows in several)
        if gap > TOLERANCE:
            raise PluginError(
                f"Predictions of a window change by up to {gap:.2g} with the windows beside it or their order; "
                "join each row by itself, and learn in learn()."
            )


def numbers_are_joined(fusion: Fusion) -> None:
    """Where it says that it can join numbers, each window gets a finite one, whatever windows are beside it."""
    if "numbers" not in fusion.predicts:
        return
    given = numbered("features", modalities(fusion))
    found = fit(fusion, NearestNumber(), given)
    whole, reversed_ = found.predict(given.windows), np.arange(len(given.windows))[::-1]
    gap = float(np.abs(found.predict(given.windows.take(reversed_)) - whole[reversed_]).max())
    if gap > TOLERANCE:
        raise PluginError(f"Numbers of a window change by up to {gap:.2g} with the order of windows; join each row.")


def fitting_repeats(fusion: Fusion) -> None:
    """Fitted twice with the same seed, it gives the same predictions."""
    for model in models(fusion):
        given = part(model.inputs, modalities(fusion))
        first, second = (fit(fusion, model, given).predict(given.windows) for _ in range(2))
        if not np.allclose(first, second, rtol=0, atol=1e-8):
            raise PluginError("Fitted again it gives other predictions; draw nothing at random.")


CHECKS = (
    refusal_is_a_sentence,
    inner_folds_are_enough,
    merge_leaves_one,
    predictions_are_probabilities,
    rows_are_independent,
    numbers_are_joined,
    fitting_repeats,
)
