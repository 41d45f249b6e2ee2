"""Nested search: options are chosen on inner splits of a training part. The harness keeps the trials."""

from __future__ import annotations

import itertools
import shutil
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
    from pathlib import Path

    from bench.api import Rows
    from bench.data.part import Part
    from bench.worker.fitted_model import FittedModel
    from bench.worker.harness import Harness

INNER_PARTS = 3
#: when the networks of a trial report a score: the number of the step, and the share of training that is done
RUNGS = ((1, 1 / 9), (3, 1 / 3), (9, 1.0))


@dataclass(frozen=True)
class SearchSpec:
    """What a search may do."""

    trials: int  # at most
    fixed: Mapping[str, tuple[str, ...]]  # role -> options that the user has set
    objective: str = ""  # the metric that it maximises; empty for the default of the target
    how: Searching = field(default_factory=Searching)
    last_step: int = INNER_PARTS  # at which a trial reports its last score


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
    spec: FitSpec, part: Part, wanted: SearchSpec, seed: int, study: Study, harness: Harness, scratch: Path
) -> Mapping[str, Any]:
    """The best options of the trials."""
    if not space(spec, wanted.fixed):
        return {}
    splits = list(inner_splits(spec, part, np.arange(len(part.table)), INNER_PARTS))
    if not splits:
        raise TaskError("The training part cannot be split again by the protocol's groups, as a search needs.")
    inner = InnerParts(part, splits, objective_of(part.classes, wanted.objective), seed, harness)
    while trials := study.ask():
        specs = [apply(spec, values) for values in trials]
        if isinstance(spec.model, Staged):
            train_together(specs, inner, study, scratch, rungs=RUNGS if wanted.how.prunes else RUNGS[-1:])
        else:
            for number, each in enumerate(specs):
                fit_in_turn(number, each, inner, study)
    return study.best()


@dataclass(frozen=True)
class InnerParts:
    """The inner splits of a training part, and the metric of the search."""

    part: Part
    splits: Sequence[tuple[Rows, Rows]]
    metric: str
    seed: int
    harness: Harness

    def tasks(self, spec: FitSpec, **more: Any) -> list[FitTask]:
        return [FitTask(spec, self.part.take(inside), self.seed, **more) for inside, _ in self.splits]

    def score(self, number: int, fitted: FittedModel) -> float:
        """The score of what was fitted on an inner split."""
        held_out = self.splits[number][1]
        subjects = self.part.table["subject"].to_numpy()[held_out]
        predictions = fitted.predict(self.part.windows.take(held_out))
        return worth(self.metric, self.part.labels[held_out], predictions, self.part.classes, subjects)

    def seen(self, number: int, fitted: FittedModel) -> int:
        """The windows that training has seen: each once, or once per epoch of a network."""
        epochs = [len(phase["loss"]) for log in (training_logs(fitted) or {}).values() for phase in log["phases"]]
        return len(self.splits[number][0]) * (sum(epochs) or len(fitted.members))


def fit_in_turn(trial: int, spec: FitSpec, inner: InnerParts, study: Study) -> None:
    """Fit one inner split after another, and tell their mean score. A trial that is pruned fits no more."""
    scores: list[float] = []
    windows = 0
    for number, fitted in enumerate(in_order(inner.tasks(spec), inner.harness)):
        if isinstance(fitted, TaskError):
            study.tell(trial, None, failure=str(fitted), windows=windows)
            return
        scores.append(inner.score(number, fitted))
        windows += inner.seen(number, fitted)
        last = len(scores) == len(inner.splits)
        pruned = study.report(trial, float(np.mean(scores)), len(scores)) and not last
        if pruned or last:
            facts = {"windows": windows, "parameters": fitted.parameters}
            study.tell(trial, float(np.mean(scores)), pruned=pruned, **facts)
            return


def train_together(
    specs: Sequence[FitSpec], inner: InnerParts, study: Study, scratch: Path, rungs: Sequence[tuple[int, float]]
) -> None:
    """Train the networks of all trials and splits together, up to one rung after the other.

    At each rung a trial has the mean score of all splits so far, whatever the order in which a device trains them. One
    that is pruned trains no further; the others go on from their checkpoints.
    """
    running = dict(enumerate(specs))
    for step, share in rungs:
        tasks = [
            replace(task, checkpoints=scratch / f"{trial}-{number}", until=share)
            for trial, spec in running.items()
            for number, task in enumerate(inner.tasks(spec))
        ]
        coming = in_order(tasks, inner.harness)
        for trial in list(running):
            found = list(itertools.islice(coming, len(inner.splits)))
            failure = next((each for each in found if isinstance(each, TaskError)), None)
            if failure:
                study.tell(trial, None, failure=str(failure), windows=0)
                del running[trial]
                continue
            fitted = [each for each in found if not isinstance(each, TaskError)]
            score = float(np.mean([inner.score(number, each) for number, each in enumerate(fitted)]))
            pruned = study.report(trial, score, step) and share < 1
            if pruned or share == 1:
                windows = sum(inner.seen(number, each) for number, each in enumerate(fitted))
                study.tell(trial, score, pruned=pruned, windows=windows, parameters=fitted[0].parameters)
                del running[trial]
    shutil.rmtree(scratch, ignore_errors=True)


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
