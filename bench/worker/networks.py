"""The networks of many requests, trained together; each request is completed when its last network is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bench import progress
from bench.api import Staged
from bench.errors import BenchError, UsageError
from bench.worker.fitting import FitPlan, FittedModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Estimator
    from bench.cells.cell import Cell
    from bench.pretraining.jobs import PretrainingJob
    from bench.training.predictor import Predictor
    from bench.worker.fitting import FitRequest, Request


def trained(requests: Sequence[Request]) -> Iterator[tuple[int, FittedModel | Exception]]:
    """The number of each request with what came of it; the first failure of one of its networks is its own."""
    from bench.pretraining.jobs import wanted

    plans: dict[int, FitPlan] = {}
    asked: list[NetworkRequest] = []
    for number, request in enumerate(requests):
        try:
            plan = FitPlan(request)
            named = plan.wants().items()
            asked += [NetworkRequest(number, name, want, wanted(request.spec, want)) for name, want in named]
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other requests go on
            yield number, error
            continue
        plans[number] = plan
    missing = {number: {each.name for each in asked if each.number == number} for number in plans}
    ready: dict[int, dict[str, Estimator]] = {number: {} for number in plans}
    for number, name, found in results(requests, [each for each in asked if each.number in plans]):
        if number not in missing:
            continue  # it has failed already
        if isinstance(found, Exception):
            del missing[number]
            yield number, found
            continue
        ready[number][name] = cast("Estimator", found)
        missing[number].discard(name)
        if not missing[number]:
            del missing[number]
            try:
                yield number, plans[number].completed(ready.pop(number))
            except Exception as error:  # noqa: BLE001 - as above
                yield number, error


@dataclass(frozen=True)
class NetworkRequest:
    """A network that a request wants under a name, and what its branches learn before labels."""

    number: int
    name: str
    want: FitRequest
    before: Mapping[tuple[str, ...], PretrainingJob]


def results(
    requests: Sequence[Request], asked: Sequence[NetworkRequest]
) -> Iterator[tuple[int, str, Predictor | Exception]]:
    """Request, name and network, in the order in which they end: what they begin with is learnt first, all of it."""
    from bench.pretraining.init_weights import start
    from bench.pretraining.weight_cache import learnt
    from bench.training.engine import train
    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings

    spec = requests[0].spec  # device and precision are those of the run
    settings = Settings(device=spec.device, **spec.engine)
    begins = learnt([made for each in asked for made in each.before.values()], settings)
    members: list[NetworkFit] = []
    owners: list[NetworkRequest] = []
    for each in asked:
        request, want = requests[each.number], each.want
        kept = request.checkpoints / f"{each.name or 'all'}.safetensors" if request.checkpoints else None
        model, fusion = cast("Staged", request.spec.model), request.spec.fusion
        try:
            first = start(request.spec, want, each.before, begins)
        except BenchError as error:
            yield each.number, each.name, error
            continue
        members.append(NetworkFit(model, fusion, want.train, want.validation, want.seed, kept, first))
        owners.append(each)
    for place, found in train(members, settings, progress.tell):
        yield owners[place].number, owners[place].name, found


def resolved_device(device: str) -> str:
    """The device that a network is computed on: `auto` is the first GPU, where there is one."""
    from bench.training.settings import resolve

    return resolve(device)


def check(cells: Sequence[Cell], device: str) -> None:
    """Ask for what is not there before anything is prepared; torch is loaded only where there is something to ask."""
    special = [cell.engine for cell in cells if cell.engine.get("precision") == "tf32" or device.startswith("cuda")]
    if any(special) and resolved_device(device) == "cpu":
        raise UsageError("tf32 is a precision of CUDA devices; use --precision fp32 or bf16 on a CPU.")


def networks(fitted: FittedModel) -> dict[str, Any]:
    """Those of its estimators that are networks, by modality; `all` for one of all modalities together."""
    found = {name or "all": member for name, member in fitted.members.items()}
    return found if isinstance(fitted.spec.model, Staged) else {}


def told(fitted: FittedModel) -> dict[str, Any] | None:
    """How each network learnt, for the record."""
    return {name: network.log for name, network in networks(fitted).items()} or None


def keep(fitted: FittedModel, folder: Path) -> None:
    """The weights of each network, so that it can be asked again."""
    for name, network in networks(fitted).items():
        folder.mkdir(parents=True, exist_ok=True)
        network.save(folder / f"{name}.safetensors")
