"""How much each option matters for the scores of a search."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import optuna

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 8  # trials, below which nothing is said


def importances(trials: Sequence[optuna.trial.FrozenTrial]) -> dict[str, float]:
    """Option -> share of the variance of scores between trials (functional ANOVA of a forest)."""
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    scores = {trial.values[0] for trial in complete}
    if len(complete) < FEWEST or len(scores) < 2:
        return {}
    study = optuna.create_study(directions=["maximize"] * len(complete[0].values))
    study.add_trials(complete)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = optuna.importance.get_param_importances(
                study, evaluator=evaluator, target=lambda trial: trial.values[0]
            )
        except (ValueError, RuntimeError):  # no option takes two values in all trials
            return {}
    return {name: float(share) for name, share in found.items()}
