"""The networks of many requests, trained together; each request is completed when its last network is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bench.api import Staged
from bench.errors import BenchError, UsageError
from bench.evaluation import progress
from bench.evaluation.fitting import Course, Fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Estimator
    from bench.deep.trained import Trained
    from bench.evaluation.cell import Cell
    from bench.evaluation.fitting import Request, Want
    from bench.evaluation.pretraining import Pretraining


def trained(requests: Sequence[Request]) -> Iterator[tuple[int, Fitted | Exception]]:
    """The number of each request with what came of it; the first failure of one of its networks is its own."""
    from bench.evaluation.pretraining import wanted

    courses: dict[int, Course] = {}
    asked: list[Asked] = []
    for number, request in enumerate(requests):
        try:
            course = Course(request)
            named = course.wants().items()
            asked += [Asked(number, name, want, wanted(request.recipe, want)) for name, want in named]
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other requests go on
            yield number, error
            continue
        courses[number] = course
    missing = {number: {each.name for each in asked if each.number == number} for number in courses}
    ready: dict[int, dict[str, Estimator]] = {number: {} for number in courses}
    for number, name, found in results(requests, [each for each in asked if each.number in courses]):
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
                yield number, courses[number].completed(ready.pop(number))
            except Exception as error:  # noqa: BLE001 - as above
                yield number, error


@dataclass(frozen=True)
class Asked:
    """A network that a request wants under a name, and what its branches learn before labels."""

    number: int
    name: str
    want: Want
    before: Mapping[tuple[str, ...], Pretraining]


def results(requests: Sequence[Request], asked: Sequence[Asked]) -> Iterator[tuple[int, str, Trained | Exception]]:
    """Request, name and network, in the order in which they end: what they begin with is learnt first, all of it."""
    from bench.deep.engine import train
    from bench.deep.member import Member
    from bench.deep.settings import Settings
    from bench.evaluation.beginning import start
    from bench.evaluation.pretrained import learnt

    recipe = requests[0].recipe  # device and precision are those of the run
    settings = Settings(device=recipe.device, **recipe.engine)
    begins = learnt([made for each in asked for made in each.before.values()], settings)
    members: list[Member] = []
    owners: list[Asked] = []
    for each in asked:
        request, want = requests[each.number], each.want
        kept = request.checkpoints / f"{each.name or 'all'}.safetensors" if request.checkpoints else None
        model, fusion = cast("Staged", request.recipe.model), request.recipe.fusion
        try:
            first = start(request.recipe, want, each.before, begins)
        except BenchError as error:
            yield each.number, each.name, error
            continue
        members.append(Member(model, fusion, want.train, want.validation, want.seed, kept, first))
        owners.append(each)
    for place, found in train(members, settings, progress.tell):
        yield owners[place].number, owners[place].name, found


def place(device: str) -> str:
    """The device that a network is computed on: `auto` is the first GPU, where there is one."""
    from bench.deep.settings import resolve

    return resolve(device)


def check(cells: Sequence[Cell], device: str) -> None:
    """Ask for what is not there before anything is prepared; torch is loaded only where there is something to ask."""
    special = [cell.engine for cell in cells if cell.engine.get("precision") == "tf32" or device.startswith("cuda")]
    if any(special) and place(device) == "cpu":
        raise UsageError("tf32 is a precision of CUDA devices; use --precision fp32 or bf16 on a CPU.")


def networks(fitted: Fitted) -> dict[str, Any]:
    """Those of its estimators that are networks, by modality; `all` for one of all modalities together."""
    found = {name or "all": member for name, member in fitted.members.items()}
    return found if isinstance(fitted.recipe.model, Staged) else {}


def told(fitted: Fitted) -> dict[str, Any] | None:
    """How each network learnt, for the record."""
    return {name: network.log for name, network in networks(fitted).items()} or None


def keep(fitted: Fitted, folder: Path) -> None:
    """The weights of each network, so that it can be asked again."""
    for name, network in networks(fitted).items():
        folder.mkdir(parents=True, exist_ok=True)
        network.save(folder / f"{name}.safetensors")
