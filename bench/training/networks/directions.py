"""Options of fusions that exchange tensors between branches: directions and stages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from bench.api import Fusion, Range, Staged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Combination

BOTH = "both"
Name = TypeVar("Name", int, str)


@dataclass(frozen=True)
class DirectedFusion(Fusion):
    """A fusion with the options `direction` and `stages`, and the checks of their values."""

    stages: Annotated[tuple[int, ...], Range(1, 1000), "stages at whose ends branches exchange"] = (1, 2)
    direction: Annotated[
        str, "who gives to whom: both, or one direction such as ecg_to_eda, or several joined by +"
    ] = BOTH
    batch_norm_momentum: Annotated[
        float, Range(1e-4, 1, log=True), "share of a batch in what batch normalisation remembers; 0.01: as in Keras"
    ] = 0.01

    searched: ClassVar[tuple[str, ...] | None] = ()
    #: what joins branches that have no axis of time
    instead: ClassVar[str] = "feature or late"
    #: few steps have to be enough for what batch normalisation remembers
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"batch_norm_momentum": 0.3},
        "small": {"batch_norm_momentum": 0.1},
    }

    def arrows(self, modalities: Sequence[str]) -> list[tuple[str, str]]:
        """Sender and receiver of each chosen direction, in the order of modalities."""
        known = directions(modalities)
        wanted = self.named(modalities)
        return [known[name] for name in known if name in wanted]

    def named(self, modalities: Sequence[str]) -> list[str]:
        """The chosen directions by name."""
        return list(directions(modalities)) if self.direction == BOTH else self.direction.split("+")

    def refuse(self, combination: Combination) -> str | None:
        model, modalities = combination.model, combination.modalities
        if not isinstance(model, Staged):
            return "it joins branches inside a network, and this model has no stages; use --fusion early or late"
        if self.exchanges and not model.time_axis:
            return f"it joins tensors along time, and the stages of this model have none; use --fusion {self.instead}"
        if len(modalities) < 2:
            only = modalities[0] if modalities else "nothing"
            return f"it joins two modalities or more, and only {only} is here; use --fusion none"
        unable = self.refuse_stages(model.exchange_stages) if self.exchanges and model.exchange_stages else None
        return unable or self.refuse_direction(modalities)

    def refuse_stages(self, points: tuple[int, ...]) -> str | None:
        exist = f"branches of this model can meet after stages {listed(points)}"
        if not self.stages:
            return f"no stage is named, and {exist}; use --fusion feature to exchange nothing"
        for stage in self.stages:
            if stage not in points:
                return f"there is no meeting at stage {stage}: {exist}"
        again = first_duplicate(self.stages)
        return f"stage {again} is named twice; name each stage once" if again is not None else None

    def refuse_direction(self, modalities: Sequence[str]) -> str | None:
        known, wanted = directions(modalities), self.named(modalities)
        if BOTH in wanted:
            return (
                f"'{BOTH}' is every direction already; leave out the others, or name {listed(list(known))} without it"
            )
        for name in wanted:
            if name not in known:
                return f"there is no direction '{name}' here; there are {listed((BOTH, *known))}"
        again = first_duplicate(wanted)
        return f"the direction {again} is named twice; name each direction once" if again is not None else None


def directions(modalities: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """`ecg_to_eda` -> (sender, receiver), for all pairs."""
    return {f"{sender}_to_{receiver}": (sender, receiver) for sender, receiver in permutations(modalities, 2)}


def first_duplicate(named: Sequence[Name]) -> Name | None:
    """The first name that occurs more than once."""
    return next((name for name, count in Counter(named).items() if count > 1), None)


def listed(names: Sequence[object]) -> str:
    """`1, 2 and 3`."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
