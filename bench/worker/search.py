"""Nested search: options are chosen on inner splits of a training part. Nothing else is passed to this module."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import options
from bench.digests import digest
from bench.errors import TaskError
from bench.scoring.scoring import scores, scoring, sign
from bench.worker.fit import fit_all
from bench.worker.fit_plan import FitSpec, FitTask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import optuna

    from bench.api import Rows
    from bench.cells.data import Part
    from bench.worker.fitted_model import FittedModel

INNER_PARTS = 3


@dataclass(frozen=True)
class SearchResult:
    """The outcome of a search."""

    options: dict[str, Any]
    score: float | None
    trials: list[dict[str, Any]] = field(default_factory=list)
    selection: str = ""


def space(spec: FitSpec, fixed: Mapping[str, Any]) -> dict[str, options.Option]:
    """Options such as `model.C`: all with a range or choices that the user has not fixed."""
    return {
        f"{role}.{name}": option
        for role, plugin in (("model", spec.model), ("fusion", spec.fusion))
        for name, option in options.searchable(type(plugin), fixed.get(role, ())).items()
    }


def apply(spec: FitSpec, values: Mapping[str, Any]) -> FitSpec:
    """The spec with these options."""
    changed = {role: {name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{role}.")}
               for role in ("model", "fusion")}  # fmt: skip
    return replace(
        spec,
        model=with_options(spec.model, changed["model"]),
        fusion=with_options(spec.fusion, changed["fusion"]),
    )


def with_options(plugin: Any, values: Mapping[str, Any]) -> Any:
    return replace(plugin, **values)


def search(spec: FitSpec, part: Part, budget: int, fixed: Mapping[str, Any], seed: int, journal: Path) -> SearchResult:
    """The best options of `budget` trials. A search that was killed resumes with the same choices."""
    import optuna

    from bench.worker.journal import finished, open_study

    explored = space(spec, fixed)
    if not explored:
        return SearchResult({}, None, selection=selection(part))
    splits = list(spec.protocol.inner(part.table, np.arange(len(part.table)), INNER_PARTS))
    if not splits:
        raise TaskError("The training part cannot be split again by the protocol's groups, as a search needs.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = open_study(journal)
    while (number := len(finished(study))) < budget:
        random = int(digest([seed, number])[:8], 16)
        # constant_liar=False: only finished trials count, whatever Optuna's default is
        study.sampler = optuna.samplers.TPESampler(seed=random, n_startup_trials=5, constant_liar=False)
        trial = study.ask()
        values = {name: suggest(trial, name, option) for name, option in explored.items()}
        score, pruned = evaluate(apply(spec, values), part, splits, trial, seed)
        if pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)  # its value is the last one that it reported
        else:
            study.tell(trial, score)
    complete = [trial for trial in finished(study) if trial.state == optuna.trial.TrialState.COMPLETE]
    best = max(complete, key=lambda trial: (trial.value, -trial.number))
    trials = [{"options": trial.params, "score": trial.value, "state": trial.state.name} for trial in finished(study)]
    return SearchResult(dict(best.params), best.value, trials, selection(part))


def selection(part: Part) -> str:
    """How options were selected, in words."""
    judged = scoring(part.classes)
    minus = "minus " if sign(judged.objective) < 0 else ""
    return f"mean {minus}{judged.objective} over {INNER_PARTS} inner parts, grouped as the protocol is"


def evaluate(
    spec: FitSpec, part: Part, splits: list[tuple[Rows, Rows]], trial: optuna.Trial, seed: int
) -> tuple[float, bool]:
    """The mean score over inner splits, and whether the trial was pruned."""
    found: list[float] = []
    for step, fitted in enumerate(in_order([FitTask(spec, part.take(inside), seed) for inside, _ in splits])):
        held_out = splits[step][1]
        predictions = fitted.predict(part.windows.take(held_out))
        found.append(scoring(part.classes).worth(scores(part.labels[held_out], predictions, part.classes)))
        trial.report(float(np.mean(found)), step)
        if step < len(splits) - 1 and trial.should_prune():
            return float(np.mean(found)), True
    return float(np.mean(found)), False


def in_order(tasks: list[FitTask]) -> Iterator[FittedModel]:
    """The fitted models in the order of the tasks. Tasks after the last one that is used are not fitted."""
    ready: dict[int, FittedModel | Exception] = {}
    coming = fit_all(tasks)
    for number in range(len(tasks)):
        while number not in ready:
            place, found = next(coming)
            ready[place] = found
        result = ready.pop(number)
        if isinstance(result, Exception):
            raise result
        yield result


def suggest(trial: optuna.Trial, name: str, option: options.Option) -> Any:
    if option.choices:
        return trial.suggest_categorical(name, option.choices)
    limits = option.range
    assert limits is not None
    if option.kind is int:
        return trial.suggest_int(name, int(limits.low), int(limits.high), log=limits.log)
    return trial.suggest_float(name, limits.low, limits.high, log=limits.log)
