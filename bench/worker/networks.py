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
    from bench.pretraining.jobs import PretrainingJob
    from bench.training.predictor import Predictor
    from bench.worker.fit_plan import FitRequest, FitTask
    from bench.worker.fitted_model import FittedModel


@dataclass(frozen=True)
class NetworkRequest:
    """A network that a task needs, with the pre-training of its branches."""

    task: int
    name: str
    fit: FitRequest
    pretraining: Mapping[tuple[str, ...], PretrainingJob]


def fit_networks(tasks: Sequence[FitTask]) -> Iterator[tuple[int, FittedModel | Exception]]:
    """The number of each task with its fitted model. The first of its networks that fails ends a task."""
    plans: dict[int, FitPlan] = {}
    requests: list[NetworkRequest] = []
    for number, task in enumerate(tasks):
        try:
            plan = FitPlan(task)
            requests += [
                NetworkRequest(number, name, request, pretraining_of(task, request))
                for name, request in plan.requests().items()
            ]
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other tasks go on
            yield number, error
            continue
        plans[number] = plan
    missing = {number: {each.name for each in requests if each.task == number} for number in plans}
    ready: dict[int, dict[str, Estimator]] = {number: {} for number in plans}
    for number, name, found in train_networks(tasks, [each for each in requests if each.task in plans]):
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


def pretraining_of(task: FitTask, request: FitRequest) -> Mapping[tuple[str, ...], PretrainingJob]:
    """The pre-training that the branches of a network need."""
    spec = task.spec
    if spec.pretraining is None or not spec.pretraining.cell.corpora:
        return {}
    from bench.pretraining.jobs import BranchInputs, pretraining_jobs

    model = cast("Pretrainable", spec.model)
    inputs = BranchInputs(model, spec.fusion, spec.engine, request.train, request.pretraining)
    return pretraining_jobs(spec.pretraining, inputs)


def train_networks(
    tasks: Sequence[FitTask], requests: Sequence[NetworkRequest]
) -> Iterator[tuple[int, str, Predictor | Exception]]:
    """Task, name and network, as they end. All pre-training comes first."""
    from bench.pretraining.init_weights import initial_weights
    from bench.pretraining.weight_cache import pretrained_weights
    from bench.training.engine import train
    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings

    spec = tasks[0].spec  # device and precision are the same for all tasks of a run
    settings = Settings(device=spec.device, **spec.engine)
    jobs = [job for each in requests for job in each.pretraining.values()]
    pretrained = pretrained_weights(jobs, settings)
    fits: list[NetworkFit] = []
    owners: list[NetworkRequest] = []
    for each in requests:
        task, request = tasks[each.task], each.fit
        checkpoint = task.checkpoints / f"{each.name or 'all'}.safetensors" if task.checkpoints else None
        files = task.spec.pretraining.cell.cell.weights if task.spec.pretraining else ()
        try:
            start = initial_weights(request.train, each.pretraining, pretrained, files)
        except Exception as error:  # noqa: BLE001 - what ended the pre-training ends this network alone
            yield each.task, each.name, error
            continue
        model, fusion = cast("Staged", task.spec.model), task.spec.fusion
        fits.append(NetworkFit(model, fusion, request.train, request.validation, request.seed, checkpoint, start))
        owners.append(each)
    for number, found in train(fits, settings, progress.notify):
        yield owners[number].task, owners[number].name, found


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
