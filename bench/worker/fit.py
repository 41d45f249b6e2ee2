"""Fitting: classical estimators in turn, the networks of many tasks together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.api import Staged
from bench.worker.fit_plan import FitPlan, FitSpec, FitTask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.data.part import Part
    from bench.worker.fitted_model import FittedModel
    from bench.worker.harness import Harness


def fit(spec: FitSpec, part: Part, seed: int) -> FittedModel:
    """Fit on this part alone."""
    [(_, found)] = fit_all([FitTask(spec, part, seed)])
    if isinstance(found, Exception):
        raise found
    return found


def fit_all(tasks: Sequence[FitTask], harness: Harness | None = None) -> Iterator[tuple[int, FittedModel | Exception]]:
    """The number of each task with its fitted model, or with the exception that ended it, as they finish.

    The harness gives pre-trained weights, where tasks need any.
    """
    if any(isinstance(task.spec.model, Staged) for task in tasks):
        from bench.worker.networks import fit_networks

        yield from fit_networks(tasks, harness)
        return
    for number, task in enumerate(tasks):
        try:
            found: FittedModel | Exception = FitPlan(task).fit_in_turn()
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other tasks go on
            found = error
        yield number, found
