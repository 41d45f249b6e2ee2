"""What ends trials early, and how a study goes on that was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import optuna

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.cells.searching import Searching


FAILURE = "failure"  # the attribute of a trial that says why it could not be fitted


class Place(Protocol):
    """Where a study is kept."""

    def study(self, how: Searching, last_step: int) -> optuna.Study: ...

    def replace(self, trials: Sequence[optuna.trial.FrozenTrial], how: Searching, last_step: int) -> optuna.Study: ...


def pruner(how: Searching, last_step: int) -> optuna.pruners.BasePruner:
    if how.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=last_step)
    return optuna.pruners.MedianPruner(n_startup_trials=5) if how.pruner == "median" else optuna.pruners.NopPruner()


def open_study(place: Place, how: Searching, most: int, last_step: int) -> optuna.Study:
    """The study without the trials of the batch that was running when its process died."""
    study = place.study(how, last_step)
    ended = finished(study.get_trials(deepcopy=False))
    whole = len(ended)
    if whole < most:
        whole -= whole % how.batch  # a batch is chosen at once, and so is done again at once
    if whole < len(study.get_trials(deepcopy=False)):
        study = place.replace(ended[:whole], how, last_step)  # so that numbers stay in order
    return study


def finished(trials: Sequence[optuna.trial.FrozenTrial]) -> list[optuna.trial.FrozenTrial]:
    """Those that ended, in order; not those that were lost on their way from a database."""
    ended = [trial for trial in trials if trial.state.is_finished()]
    return [trial for trial in ended if trial.state.name != "FAIL" or FAILURE in trial.user_attrs]
