"""Checks of fusions, on simulated windows of three modalities with simple models."""

from __future__ import annotations

from dataclasses import replace
from inspect import getattr_static
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Fusion
from bench.checks.declarations import refusal_is_a_sentence
from bench.checks.examples.plugins import EXAMPLE, HalfSubjects, NearestMean, NearestNumber, NearestSignal
from bench.checks.examples.staged import TwoStages
from bench.checks.examples.windows import numbered, part
from bench.checks.staged import INPUTS, network_of
from bench.checks.staged import windows as signals
from bench.errors import PluginError
from bench.running.probes import gaps
from bench.worker.fit import fit as fit_part
from bench.worker.fit_plan import FitSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.api import Array, Model, Rows
    from bench.data.part import Part
    from bench.worker.fitted_model import FittedModel

SEED = 20
TOLERANCE = 1e-6


def modalities(fusion: Fusion) -> tuple[str, ...]:
    return ("ecg",) if fusion.one_modality else ("ecg", "eda", "eeg")


def models(fusion: Fusion) -> Iterator[Model]:
    """A model of features, one of signals and a staged one, as far as the fusion supports them."""
    for model in (NearestMean(), NearestSignal(), TwoStages()):
        if fusion.needs_stages and not isinstance(model, TwoStages):
            continue
        if not fusion.refuse(replace(EXAMPLE, model=model, fusion=fusion, modalities=modalities(fusion))):
            yield model


def fit(fusion: Fusion, model: Model, given: Part) -> FittedModel:
    """Fit as in a run, unless a mistake is known that would end in an error of a library."""
    require_a_fusion_point(fusion)
    require_called_learn(fusion)
    return fit_part(FitSpec(model, fusion, HalfSubjects()), given, SEED)


def require_a_fusion_point(fusion: Fusion) -> None:
    """Raise unless it combines modalities anywhere, or uses one only."""
    merges = type(fusion).merge is not Fusion.merge
    if not (merges or fusion.decides_late or fusion.needs_stages or fusion.one_modality):
        raise PluginError(
            f"{type(fusion).__name__} overrides none of merge(), exchange(), join() and combine(), so it combines "
            "nothing; override one of them."
        )


def require_called_learn(fusion: Fusion) -> None:
    """Raise if it learns and never sets inner_folds. One whose options decide may have 0, as late(rule=vote) has."""
    declared = getattr_static(type(fusion), "inner_folds")
    always = declared == 0 or declared is getattr_static(Fusion, "inner_folds")
    if type(fusion).learn is not Fusion.learn and always and not fusion.inner_folds:
        raise PluginError("learn() is never called, since inner_folds is 0; set it to 2 or more.")


def combines_modalities(fusion: Fusion) -> None:
    """It overrides the method of a fusion point, or uses one modality at a time."""
    require_a_fusion_point(fusion)


def inner_folds_are_enough(fusion: Fusion) -> None:
    """inner_folds is 0, or 2 or more for a fusion with combine()."""
    parts = fusion.inner_folds
    if not isinstance(parts, int) or parts < 0 or parts == 1:
        raise PluginError(f"Its inner_folds is {parts!r}; write 0 if it does not learn, and 2 or more otherwise.")
    if parts and not fusion.decides_late:
        raise PluginError(f"Its inner_folds is {parts}, but it has no combine(); add one.")
    require_called_learn(fusion)


def merge_leaves_one(fusion: Fusion) -> None:
    """merge() returns one modality, with the same windows in the same order."""
    require_a_fusion_point(fusion)
    if fusion.decides_late or fusion.needs_stages:
        return
    for model in models(fusion):
        windows = part(model.inputs, modalities(fusion)).windows
        merged = fusion.merge(windows)
        if len(merged.modalities) != 1:
            raise PluginError(
                f"merge() turns {', '.join(windows.modalities)} into {', '.join(merged.modalities) or 'nothing'}; "
                "return one modality, or implement combine() instead."
            )
        for name in ("trial", "start"):
            if not np.array_equal(getattr(merged, name), getattr(windows, name)):
                raise PluginError("merge() changes the windows or their order; keep each row where it is.")


def predictions_are_probabilities(fusion: Fusion) -> None:
    """Predictions have a row per window and a column per class, and rows sum to one."""
    for model in models(fusion):
        for classes in (2, 3):
            given = part(model.inputs, modalities(fusion), classes)
            fit(fusion, model, given).predict(given.windows)


def rows_are_independent(fusion: Fusion) -> None:
    """Predictions for a window do not depend on other windows or their order."""
    for model in models(fusion):
        given = part(model.inputs, modalities(fusion))
        found = fit(fusion, model, given)
        gap = max(gaps(predictions_of(found, given), len(given.windows), SEED).values())
        if gap > TOLERANCE:
            raise PluginError(
                f"Predictions for a window change by up to {gap:.2g} with other windows or their order; "
                "combine each row by itself, and learn in learn()."
            )


def predictions_of(found: FittedModel, given: Part) -> Callable[[Rows], Array]:
    """A function that predicts some of the windows."""
    return lambda rows: found.predict(given.windows.take(rows))


def regression_is_supported(fusion: Fusion) -> None:
    """For regression, each window gets a finite number that does not depend on other windows."""
    if "numbers" not in fusion.predicts:
        return
    given = numbered("features", modalities(fusion))
    found = fit(fusion, NearestNumber(), given)
    gap = max(gaps(predictions_of(found, given), len(given.windows), SEED).values())
    if gap > TOLERANCE:
        raise PluginError(
            f"Predictions for a window change by up to {gap:.2g} with the order of windows; combine row by row."
        )


def fitting_repeats(fusion: Fusion) -> None:
    """Two fits with the same seed give the same predictions."""
    for model in models(fusion):
        given = part(model.inputs, modalities(fusion))
        first, second = (fit(fusion, model, given).predict(given.windows) for _ in range(2))
        if not np.allclose(first, second, rtol=0, atol=1e-8):
            raise PluginError("Predictions of two fits with the same seed differ; do not use random numbers.")


def networks_can_be_stacked(fusion: Fusion) -> None:
    """Inside networks, its modules do not branch on values, so that networks of several folds can run as one."""
    inside = replace(EXAMPLE, model=TwoStages(), fusion=fusion, modalities=tuple(INPUTS))
    if fusion.needs_stages and not fusion.refuse(inside):
        from bench.checks.stacking import require_stackable

        first, second = (network_of(TwoStages(), fusion) for _ in range(2))
        require_stackable(first, second, signals())


CHECKS = (
    refusal_is_a_sentence,
    combines_modalities,
    inner_folds_are_enough,
    merge_leaves_one,
    predictions_are_probabilities,
    rows_are_independent,
    regression_is_supported,
    fitting_repeats,
    networks_can_be_stacked,
)
