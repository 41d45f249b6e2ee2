"""Where the next trial of a study lies.

Each trial has a sampler of its own, seeded by its number, so that a search that was killed goes on as if it had not
been. Grids and sequences are computed from the number alone, since Optuna's keep their place in the study.
"""

from __future__ import annotations

import functools
import itertools
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from scipy.stats import qmc

from bench.digests import digest
from bench.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench import options
    from bench.cells.searching import Searching

LARGEST_GRID = 100_000
STARTUP = 5  # random trials before a model of the scores is used


class Space:
    """The options that a search explores, and where trials lie that are known before any score."""

    def __init__(self, explored: Mapping[str, options.Option], defaults: Mapping[str, Any], how: Searching) -> None:
        self.explored, self.defaults, self.how = explored, defaults, how

    def suggest(self, trial: optuna.Trial) -> dict[str, Any]:
        """The options of a trial, without those that do not count beside others."""
        found: dict[str, Any] = {}
        for name, option in self.explored.items():
            if self.counts(name, option, found):
                found[name] = suggest(trial, name, option)
        return found

    def counts(self, name: str, option: options.Option, chosen: Mapping[str, Any]) -> bool:
        """Whether an option makes a difference beside those that were chosen before it."""
        if option.when is None:
            return True
        other = f"{name.partition('.')[0]}.{option.when.option}"
        if other in self.explored and other not in chosen:
            return False  # it does not count itself
        return chosen.get(other, self.defaults.get(other)) in option.when.values

    def known(self, number: int, seed: int) -> Mapping[str, Any] | None:
        """The options of the trial with this number, where they depend on no score; None where they do."""
        if self.how.sampler == "grid":
            return self.grid[int(np.random.default_rng(seed).permutation(len(self.grid))[number])]
        if number == 0 and self.how.defaults:
            return {name: within(self.defaults[name], option) for name, option in self.explored.items()}
        if self.how.sampler != "qmc":
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a number of points that is no power of two
            point = qmc.Sobol(len(self.explored), seed=seed).random(number + 1)[-1]
        return {name: at(option, share) for (name, option), share in zip(self.explored.items(), point, strict=True)}

    @functools.cached_property
    def grid(self) -> Sequence[Mapping[str, Any]]:
        """All combinations that differ in what counts."""
        each = [values(option, self.how.points) for option in self.explored.values()]
        if (size := math.prod(map(len, each))) > LARGEST_GRID:
            raise TaskError(
                f"A grid of {', '.join(self.explored)} has {size:,} points; fix some of them, as in "
                f"-o {next(iter(self.explored))}=…, or take fewer values of each with -o search.points."
            )
        found: dict[str, Mapping[str, Any]] = {}
        for combination in itertools.product(*each):
            chosen = dict(zip(self.explored, combination, strict=True))
            counting: dict[str, Any] = {}
            for name, option in self.explored.items():
                if self.counts(name, option, counting):
                    counting[name] = chosen[name]
            found.setdefault(digest(counting), counting)
        return list(found.values())


def sampler(how: Searching, seed: int) -> optuna.samplers.BaseSampler:
    """One that learns from the scores of earlier trials, or a random one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if how.sampler == "tpe":
            # without it only finished trials count; with it those of the batch that are running as well
            return optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP, constant_liar=how.batch > 1)
        if how.sampler == "gp":
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=STARTUP, deterministic_objective=False)
        if how.sampler == "cmaes":
            return optuna.samplers.CmaEsSampler(seed=seed, n_startup_trials=STARTUP, warn_independent_sampling=False)
        return optuna.samplers.RandomSampler(seed=seed)


def fixed(known: Mapping[str, Any], seed: int) -> optuna.samplers.BaseSampler:
    """One that takes these options."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(dict(known), optuna.samplers.RandomSampler(seed=seed))


def suggest(trial: optuna.Trial, name: str, option: options.Option) -> Any:
    if option.choices:
        return trial.suggest_categorical(name, option.choices)
    low, high, log = limits(option)
    if option.kind is int:
        return trial.suggest_int(name, int(low), int(high), log=log)
    return trial.suggest_float(name, low, high, log=log)


def limits(option: options.Option) -> tuple[float, float, bool]:
    """Where a number is sampled, and whether on a logarithmic scale."""
    assert option.range is not None
    low, high = option.range.sampled or (option.range.low, option.range.high)
    return low, high, option.range.log


def within(value: Any, option: options.Option) -> Any:
    """The value, or the nearest one that is sampled."""
    if option.choices:
        return value
    low, high, _ = limits(option)
    return option.kind(min(max(value, low), high))


def at(option: options.Option, share: float) -> Any:
    """The value at this share of what is sampled."""
    if option.choices:
        return option.choices[min(int(share * len(option.choices)), len(option.choices) - 1)]
    low, high, log = limits(option)
    value = low * (high / low) ** share if log else low + (high - low) * share
    return int(min(max(round(value), low), high)) if option.kind is int else float(min(max(value, low), high))


def values(option: options.Option, points: int) -> Sequence[Any]:
    """Those of a grid."""
    if option.choices:
        return option.choices
    return list(dict.fromkeys(at(option, share) for share in np.linspace(0, 1, points)))
