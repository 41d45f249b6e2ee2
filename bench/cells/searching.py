"""How a nested search looks for options. Only what is not the default belongs to a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench import options
from bench.api import Range
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Searching:
    """Options of a search, typed as `-o search.sampler=gp`."""

    sampler: Annotated[
        Literal["tpe", "gp", "cmaes", "random", "grid", "qmc"],
        "tree of Parzen estimators, Gaussian process, CMA-ES, random, a grid, or a Sobol sequence",
    ] = "tpe"
    pruner: Annotated[
        Literal["median", "hyperband", "none"], "ends trials early that are worse than others were at the same point"
    ] = "median"
    defaults: Annotated[bool, "the first trial has the default options"] = True
    batch: Annotated[int, Range(1, 256), "trials that are chosen at once, so that their networks train together"] = 1
    points: Annotated[int, Range(2, 100), "values per number in a grid"] = 5
    patience: Annotated[int, Range(0, 10_000), "trials without a better score after which it ends; 0: all"] = 0
    windows: Annotated[int, Range(0, 1e15), "windows seen in training after which it ends; 0: any"] = 0
    seconds: Annotated[float, Range(0, 1e9), "after which it ends, so that it is not repeatable; 0: any"] = 0.0
    smaller: Annotated[
        float, Range(0, 1), "how much of the best score may be given up for fewer parameters; 0: the best score alone"
    ] = 0.0

    @property
    def two_objectives(self) -> bool:
        return self.smaller > 0

    @property
    def prunes(self) -> bool:
        return self.pruner != "none" and not self.two_objectives

    @property
    def directions(self) -> list[Literal["maximize", "minimize"]]:
        """Of a study: of the score, and of the number of parameters."""
        return ["maximize", "minimize"] if self.two_objectives else ["maximize"]

    def typed(self) -> dict[str, Any]:
        """What is not the default, for the cell."""
        return options.changed(self)


def searching_of(values: Mapping[str, Any]) -> Searching:
    """From typed or recorded values. Raises where they make no sense together."""
    found: Searching = options.build(Searching, values, "the search")
    if found.two_objectives and found.sampler == "cmaes":
        raise UsageError(
            "-o search.smaller weighs two objectives, and CMA-ES knows one; use -o search.sampler=tpe, gp, random, "
            "grid or qmc."
        )
    if found.two_objectives and found.pruner != "median":
        raise UsageError(
            "-o search.smaller weighs two objectives, of which trials are never pruned; leave out the pruner."
        )
    return found


def check_effect(how: Searching, trials: int) -> None:
    """Raise where an option that was typed changes nothing in a search of so many trials."""
    typed, grid = how.typed(), how.sampler == "grid"
    if "points" in typed and not grid:
        raise UsageError(
            "-o search.points changes nothing: it is the number of values in a grid; add -o search.sampler=grid, or "
            "leave it out."
        )
    if "defaults" in typed and grid:
        raise UsageError(
            "-o search.defaults changes nothing: a grid has the same points with the default options first or not; "
            "leave it out."
        )
    if how.batch > trials:
        raise UsageError(
            f"-o search.batch={how.batch} is more than --search {trials} has trials; take fewer, or search longer."
        )
    if how.patience and how.patience > trials - 2:  # after the first trial, and before the last one
        raise UsageError(
            f"-o search.patience={how.patience} changes nothing: it never ends a search of {trials} trials; take less, "
            "or search longer."
        )
