"""The networks of many tasks, trained together. A task is complete when its last network has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bench import progress
from bench.api import Staged
from bench.worker.fit_plan import FitPlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Estimator, Pretrainable
    from bench.pretraining.init_weights import Pretrained
    from bench.training.predictor import Predictor
    from bench.training.settings import Settings
    from bench.worker.fit_plan import FitRequest, FitTask
    from bench.worker.fitted_model import FittedModel
    from bench.worker.harness import Harness


@dataclass(frozen=True)
class NetworkRequest:
    """A network that a task needs, with the modalities of each branch that is pre-trained."""

    task: int
    name: str
    fit: FitRequest
    branches: Sequence[tuple[str, ...]]


def fit_networks(tasks: Sequence[FitTask], harness: Harness | None) -> Iterator[tuple[int, FittedModel | Exception]]:
    """The number of each task with its fitted model. The first of its networks that fails ends a task."""
    plans: dict[int, FitPlan] = {}
    requests: list[NetworkRequest] = []
    for number, task in enumerate(tasks):
        try:
            plan = FitPlan(task)
            requests += [
                NetworkRequest(number, name, request, branches(task, request))
                for name, request in plan.requests().items()
            ]
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other tasks go on
            yield number, error
            continue
        plans[number] = plan
    missing = {number: {each.name for each in requests if each.task == number} for number in plans}
    ready: dict[int, dict[str, Estimator]] = {number: {} for number in plans}
    for number, name, found in train_networks(tasks, [each for each in requests if each.task in plans], harness):
        if number not in missing:
            continue  # another network of this task has failed
        if isinstance(found, Exception):
            del missing[number]
            yield number, found
            continue
        ready[number][name] = cast("Estimator", found)
        missing[number].discard(name)
        if not missing[number]:
            del missing[number]
            try:
                yield number, plans[number].combine(ready.pop(number))
            except Exception as error:  # noqa: BLE001 - as above
                yield number, error


def branches(task: FitTask, request: FitRequest) -> Sequence[tuple[str, ...]]:
    """The modalities of each branch that is pre-trained: one by one, or all at once where the model does so."""
    if not task.spec.pretrains:
        return ()
    modalities = request.train.modalities
    model = cast("Pretrainable", task.spec.model)
    return [modalities] if model.pretrain_jointly else [(name,) for name in modalities]


def pretrained(
    tasks: Sequence[FitTask], requests: Sequence[NetworkRequest], harness: Harness | None
) -> dict[tuple[int, tuple[str, ...]], Pretrained]:
    """By number of the request and branch: the weights that the harness has, or makes of the same windows."""
    wanted = [(place, branch) for place, each in enumerate(requests) for branch in each.branches]
    if not wanted:
        return {}
    assert harness is not None
    from bench.options import values_of

    values, rows = [], []
    for place, branch in wanted:
        each = requests[place]
        task = tasks[each.task]
        values.append({"task": task.number, "branch": branch, "model": values_of(task.spec.model)})
        rows.append(each.fit.visible)
    return dict(zip(wanted, harness.call("pretrained", {"wanted": values}, rows), strict=True))


def train_networks(
    tasks: Sequence[FitTask], requests: Sequence[NetworkRequest], harness: Harness | None
) -> Iterator[tuple[int, str, Predictor | Exception]]:
    """Task, name and network, as they end. All pre-training comes first."""
    from bench.pretraining.init_weights import initial_weights
    from bench.training.engine import train
    from bench.training.network_fit import NetworkFit

    spec = tasks[0].spec  # device and precision are the same for all tasks of a run
    settings = engine_settings(spec.device, spec.engine)
    weights = pretrained(tasks, requests, harness)
    fits: list[NetworkFit] = []
    owners: list[NetworkRequest] = []
    for place, each in enumerate(requests):
        task, request = tasks[each.task], each.fit
        checkpoint = task.checkpoints / f"{each.name or 'all'}.safetensors" if task.checkpoints else None
        found = {branch: weights[place, branch] for branch in each.branches}
        try:
            start = initial_weights(request.train, found, task.spec.weights)
        except Exception as error:  # noqa: BLE001 - what ended the pre-training ends this network alone
            yield each.task, each.name, error
            continue
        model, fusion = cast("Staged", task.spec.model), task.spec.fusion
        fits.append(
            NetworkFit(model, fusion, request.train, request.validation, request.seed, checkpoint, start, task.until)
        )
        owners.append(each)
    for number, trained in train(fits, settings, progress.notify):
        yield owners[number].task, owners[number].name, trained


def engine_settings(device: str, engine: Mapping[str, Any]) -> Settings:
    """The settings of the engine for a device, from those of a cell; raises where they contradict each other."""
    from bench.training.settings import Settings

    return Settings(device=device, **engine)


def resolved_device(device: str) -> str:
    """The device for networks: `auto` is the first GPU, where there is one."""
    from bench.training.settings import resolve

    return resolve(device)


def networks_of(fitted: FittedModel) -> dict[str, Any]:
    """The networks of a fitted model, by modality; `all` for one of all modalities together."""
    found = {name or "all": member for name, member in fitted.members.items()}
    return found if isinstance(fitted.model, Staged) else {}


def training_logs(fitted: FittedModel) -> dict[str, Any] | None:
    """How each network was trained, for the record."""
    return {name: network.log for name, network in networks_of(fitted).items()} or None


def save_weights(fitted: FittedModel, folder: Path) -> None:
    """Store each network, so that it can be loaded again."""
    for name, network in networks_of(fitted).items():
        folder.mkdir(parents=True, exist_ok=True)
        network.save(folder / f"{name}.safetensors")
