"""Nested search: options are chosen on inner splits of a training part. The harness keeps the trials."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import options
from bench.api import Staged
from bench.cells.searching import Searching
from bench.errors import TaskError
from bench.scoring.objective import objective_of, worth
from bench.worker.fit import fit_all
from bench.worker.fit_plan import FitSpec, FitTask, inner_splits
from bench.worker.networks import training_logs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api import Rows
    from bench.data.part import Part
    from bench.worker.fitted_model import FittedModel
    from bench.worker.harness import Harness

INNER_PARTS = 3
STEPS = INNER_PARTS  # scores that a trial reports


@dataclass(frozen=True)
class SearchSpec:
    """What a search may do."""

    trials: int  # at most
    fixed: Mapping[str, tuple[str, ...]]  # role -> options that the user has set
    objective: str = ""  # the metric that it maximises; empty for the default of the target
    how: Searching = field(default_factory=Searching)


class Study:
    """The trials of one fold, which the harness keeps, so that a search that was killed resumes."""

    def __init__(self, task: int, harness: Harness) -> None:
        self.task, self.harness = task, harness

    def ask(self) -> Sequence[dict[str, Any]]:
        """The options of the next trials, which may be evaluated together; none when the budget is used up."""
        values: Sequence[dict[str, Any]] = self.harness.call("ask", {"task": self.task})
        return values

    def report(self, trial: int, score: float, step: int) -> bool:
        """Whether to stop a trial, given its score so far."""
        return bool(self.harness.call("report", {"task": self.task, "trial": trial, "score": score, "step": step}))

    def tell(self, trial: int, score: float | None, *, pruned: bool = False, **facts: Any) -> None:
        values = {"task": self.task, "trial": trial, "score": score, "pruned": pruned, "facts": facts}
        self.harness.call("tell", values)

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


def defaults(spec: FitSpec) -> dict[str, Any]:
    """The options before the search, named in the same way."""
    roles = (("model", spec.model), ("fusion", spec.fusion))
    return {f"{role}.{name}": value for role, plugin in roles for name, value in options.values_of(plugin).items()}


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
    inner = InnerScores(part, splits, metric, seed, harness)
    while trials := study.ask():
        specs = [apply(spec, values) for values in trials]
        for number, fits in enumerate(inner.fitted(specs)):
            inner.evaluate(number, fits, study)
    return study.best()


@dataclass(frozen=True)
class InnerScores:
    """Fits trials on inner splits, and scores them on the other parts."""

    part: Part
    splits: Sequence[tuple[Rows, Rows]]
    metric: str
    seed: int
    harness: Harness

    def fitted(self, specs: Sequence[FitSpec]) -> Iterator[Iterator[FittedModel | TaskError]]:
        """For each trial its fitted models in the order of the splits. Networks of all trials are trained together."""
        parts = [self.part.take(inside) for inside, _ in self.splits]
        trials = [[FitTask(spec, part, self.seed) for part in parts] for spec in specs]
        if not isinstance(specs[0].model, Staged):
            yield from (in_order(tasks, self.harness) for tasks in trials)
            return
        together = in_order([task for tasks in trials for task in tasks], self.harness)
        for number, tasks in enumerate(trials):
            mine = itertools.islice(together, len(tasks))
            yield mine
            if number < len(trials) - 1:
                deque(mine, maxlen=0)  # those that were left when the trial was pruned

    def evaluate(self, trial: int, fits: Iterator[FittedModel | TaskError], study: Study) -> None:
        """Tell the mean score over the inner splits. A trial that cannot be fitted has failed, and others go on."""
        found: list[float] = []
        windows = 0
        for (inside, held_out), fitted in zip(self.splits, fits, strict=False):
            if isinstance(fitted, TaskError):
                study.tell(trial, None, failure=str(fitted), windows=windows)
                return
            predictions = fitted.predict(self.part.windows.take(held_out))
            subjects = self.part.table["subject"].to_numpy()[held_out]
            labels = self.part.labels[held_out]
            found.append(worth(self.metric, labels, predictions, self.part.classes, subjects))
            windows += seen(fitted, len(inside))
            pruned = study.report(trial, float(np.mean(found)), len(found)) and len(found) < len(self.splits)
            if pruned or len(found) == len(self.splits):
                study.tell(trial, float(np.mean(found)), pruned=pruned, windows=windows, parameters=fitted.parameters)
                return


def seen(fitted: FittedModel, windows: int) -> int:
    """The windows that training has seen: each once, or once per epoch of a network."""
    epochs = [len(phase["loss"]) for log in (training_logs(fitted) or {}).values() for phase in log["phases"]]
    return windows * (sum(epochs) or len(fitted.members))


def in_order(tasks: Sequence[FitTask], harness: Harness) -> Iterator[FittedModel | TaskError]:
    """The fitted models in the order of the tasks. Tasks after the last one that is used are not fitted."""
    ready: dict[int, FittedModel | Exception] = {}
    coming = fit_all(tasks, harness)
    for number in range(len(tasks)):
        while number not in ready:
            place, found = next(coming)
            ready[place] = found
        result = ready.pop(number)
        if isinstance(result, Exception) and not isinstance(result, TaskError):
            raise result
        yield result
