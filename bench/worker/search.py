"""Nested search: options are chosen on inner splits of a training part. The harness keeps the trials."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import options
from bench.errors import TaskError
from bench.scoring.objective import objective_of, worth
from bench.worker.fit import fit_all
from bench.worker.fit_plan import FitSpec, FitTask, inner_splits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Rows
    from bench.data.part import Part
    from bench.worker.fitted_model import FittedModel
    from bench.worker.harness import Harness

INNER_PARTS = 3


@dataclass(frozen=True)
class SearchSpec:
    """What a search may do."""

    budget: int  # trials
    fixed: Mapping[str, tuple[str, ...]]  # role -> options that the user has set
    objective: str = ""  # the metric that it maximises; empty for the default of the target


class Study:
    """The trials of one fold, which the harness keeps, so that a search that was killed resumes."""

    def __init__(self, task: int, harness: Harness) -> None:
        self.task, self.harness = task, harness

    def ask(self) -> dict[str, Any] | None:
        """The options of the next trial; None when the budget is used up."""
        values: dict[str, Any] | None = self.harness.call("ask", {"task": self.task})
        return values

    def report(self, score: float, step: int) -> bool:
        """Whether to stop the trial, given its score so far."""
        return bool(self.harness.call("report", {"task": self.task, "score": score, "step": step}))

    def tell(self, score: float, *, pruned: bool) -> None:
        self.harness.call("tell", {"task": self.task, "score": score, "pruned": pruned})

    def best(self) -> dict[str, Any]:
        values: dict[str, Any] = self.harness.call("best", {"task": self.task})
        return values


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


def search(
    spec: FitSpec, part: Part, wanted: SearchSpec, seed: int, study: Study, harness: Harness
) -> Mapping[str, Any]:
    """The best options of the trials."""
    if not space(spec, wanted.fixed):
        return {}
    splits = list(inner_splits(spec, part, np.arange(len(part.table)), INNER_PARTS))
    if not splits:
        raise TaskError("The training part cannot be split again by the protocol's groups, as a search needs.")
    metric = objective_of(part.classes, wanted.objective)
    while (values := study.ask()) is not None:
        score, pruned = evaluate(apply(spec, values), part, splits, metric, study, seed, harness)
        study.tell(score, pruned=pruned)
    return study.best()


def evaluate(
    spec: FitSpec,
    part: Part,
    splits: list[tuple[Rows, Rows]],
    metric: str,
    study: Study,
    seed: int,
    harness: Harness,
) -> tuple[float, bool]:
    """The mean score over inner splits, and whether the trial was pruned."""
    found: list[float] = []
    tasks = [FitTask(spec, part.take(inside), seed) for inside, _ in splits]
    for step, fitted in enumerate(in_order(tasks, harness)):
        held_out = splits[step][1]
        predictions = fitted.predict(part.windows.take(held_out))
        subjects = part.table["subject"].to_numpy()[held_out]
        found.append(worth(metric, part.labels[held_out], predictions, part.classes, subjects))
        pruned = study.report(float(np.mean(found)), step)
        if step < len(splits) - 1 and pruned:
            return float(np.mean(found)), True
    return float(np.mean(found)), False


def in_order(tasks: list[FitTask], harness: Harness) -> Iterator[FittedModel]:
    """The fitted models in the order of the tasks. Tasks after the last one that is used are not fitted."""
    ready: dict[int, FittedModel | Exception] = {}
    coming = fit_all(tasks, harness)
    for number in range(len(tasks)):
        while number not in ready:
            place, found = next(coming)
            ready[place] = found
        result = ready.pop(number)
        if isinstance(result, Exception):
            raise result
        yield result
