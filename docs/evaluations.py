"""What `bench` says about simulated worlds: its scores, intervals, tests and baselines, for many worlds at once."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from worlds import (
    EACH,
    FOLDS,
    SECONDS,
    Crossed,
    Sessions,
    Worlds,
    accuracy,
    auroc,
    decide,
    drifting,
    kfold,
    others,
    sessions,
    world,
)

from bench.data.index import index_of
from bench.data.windows import WindowSet
from bench.leaderboard.comparison import beats
from bench.leaderboard.estimates import difference, estimates
from bench.results.cell_record import Design
from bench.scoring.comparisons import compare
from bench.scoring.comparisons import difference as units_of_difference
from bench.scoring.scoring import chance_level
from bench.scoring.selection import gain
from bench.scoring.variance import Units, estimate, over_repeats
from bench_classical.frequencies import Prior
from bench_classical.identities import TrialOrder
from bench_classical.sessions import RelativeTime, TimeInSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    from bench.api import Model
    from bench.scoring.comparisons import Difference
    from bench.scoring.intervals import Interval

    Array = npt.NDArray[Any]

SCORES: dict[str, Callable[..., Array]] = {"auroc": auroc, "accuracy": accuracy}
BASELINES = (Prior(), TimeInSession(), TrialOrder(), RelativeTime())


# ------------------------------------------------------------------------------------- intervals


@dataclass(frozen=True)
class Folds:
    """How subjects are divided; one fold is a holdout of half of them."""

    subjects: int
    folds: int
    repeats: int = 1
    features: int = 6

    @property
    def trained(self) -> int:
        return self.subjects // 2 if self.folds == 1 else self.subjects - self.subjects // self.folds

    def __str__(self) -> str:
        kind = {1: "holdout of half", self.subjects: "leave one out"}.get(self.folds, f"{self.folds} folds")
        repeats = f", {self.repeats} repeats" if self.repeats > 1 else ""
        few = {1: ", one feature", 2: ", two features"}.get(self.features, "")
        return f"{kind}{repeats}, {self.subjects} subjects{few}"


def evaluated(folds: Folds, effect: float, worlds: int, seed: int = 1) -> dict[str, tuple[Array, Array]]:
    """By metric: the scores of tested subjects, means over repeats; and the means of all folds, as if independent."""
    random = np.random.default_rng(seed)
    found = world(random, worlds, folds.subjects, effect, folds.features)
    scores: dict[str, list[Array]] = {metric: [] for metric in SCORES}
    means: dict[str, list[Array]] = {metric: [] for metric in SCORES}
    for _ in range(folds.repeats):
        fold = np.arange(folds.subjects) // folds.trained if folds.folds == 1 else kfold(
            random, folds.subjects, folds.folds
        )  # fmt: skip
        trained = others(fold)[-folds.trained :] if folds.folds == 1 else others(fold)
        decisions = decide(found, trained)
        for metric, score in SCORES.items():
            each = score(found.labels[:, -len(trained) :], decisions)
            scores[metric].append(each)
            parts = (
                [each] if folds.folds == 1 else [each[:, fold == one].mean(axis=1, keepdims=True) for one in set(fold)]
            )
            means[metric] += parts
    return {metric: (averaged(scores[metric]), np.concatenate(means[metric], axis=1)) for metric in SCORES}


def averaged(repeats: Sequence[Array]) -> Array:
    """The mean over repeats of each subject in each world."""
    units = np.tile(np.arange(repeats[0].size), len(repeats))
    return over_repeats(units, np.concatenate([each.ravel() for each in repeats]))[1].reshape(repeats[0].shape)


def intervals(scores: Array, trained: float, metric: str = "auroc") -> list[Interval]:
    return [estimate(Units(each, trained), bounded=True, chance=chance_level(metric)) for each in scores]


def covered(intervals: Iterable[Interval], value: float) -> float:
    return float(np.mean([each.low <= value <= each.high for each in intervals]))


def of_crossed(found: Crossed, metric: str) -> list[Interval]:
    """The intervals of subjects and stimuli."""
    both = zip(*(by(SCORES[metric]) for by in (found.by_subject, found.by_stimulus)), strict=True)
    chance = chance_level(metric)
    return [
        estimate(*(Units(each, training_part(each)) for each in pair), bounded=True, chance=chance) for pair in both
    ]


def training_part(scores: Array) -> float:
    """Subjects or stimuli in the training part of one of the folds of `crossed`."""
    return float(scores.size * (FOLDS - 1) / FOLDS)


# --------------------------------------------------------------------------------- rows and tests


@dataclass(frozen=True)
class Null:
    """Worlds in which features know nothing about classes beyond the time in the session."""

    name: str
    subjects: int
    features: int = 6
    timed: bool = False  # classes follow the time in the session, recordings begin at any time, and features drift
    lengths: bool = False  # sessions last half to one and a half times the average

    def draw(self, worlds: int, seed: int = 3) -> tuple[list[Worlds], Sessions]:
        """Three modalities with the same distribution, and when the windows were recorded."""
        random = np.random.default_rng(seed)
        if self.timed:
            when = sessions(random, worlds, self.subjects, lengths=self.lengths)
            return drifting(random, when, 3, self.features), when
        found = [world(random, worlds, self.subjects, 0.0, self.features) for _ in range(3)]
        elapsed = random.permuted(np.broadcast_to(np.arange(2 * EACH) / (2 * EACH), found[0].labels.shape), axis=-1)
        return found, Sessions(elapsed * 2 * EACH * SECONDS, elapsed, found[0].labels)


def row(scores: Array, name: str = "auroc") -> Any:
    """What tests read of the summary of a row, of which each fold leaves one subject out."""
    subjects = {f"{number:02d}": {name: float(score)} for number, score in enumerate(scores)}
    design = Design(("subject",), len(scores) - 1)
    return SimpleNamespace(
        subjects=subjects, stimuli={}, design=design, metrics={}, estimates=estimates(subjects, {}, design)
    )


def leave_one_out(found: Worlds) -> Array:
    """AUROC of each subject (worlds, subjects)."""
    return auroc(found.labels, decide(found, others(np.arange(found.labels.shape[1]))))


def rows(modalities: Sequence[Worlds], *, shared: bool) -> Array:
    """AUROC (worlds, rows, subjects) of three rows that are worth the same: one modality each, or two of three."""
    one, two, three = modalities
    used = (one.joined(two), one.joined(three), two.joined(three)) if shared else modalities
    return np.stack([leave_one_out(each) for each in used], axis=1)


def baselines(when: Sessions) -> Array:
    """AUROC (worlds, baselines, subjects) of the baselines of `bench`."""
    worlds, subjects, windows = when.labels.shape
    block = np.cumsum(np.diff(when.labels, axis=2, prepend=when.labels[..., :1]) != 0, axis=2)
    table = pd.DataFrame(
        {"recording": np.repeat(np.arange(worlds * subjects), windows), "trial": block.ravel(),
         "start": when.start.ravel(), "stop": when.start.ravel() + SECONDS}
    )  # fmt: skip
    index = {name: each.reshape(worlds, subjects, windows) for name, each in index_of(table).items()}
    found = np.empty((worlds, len(BASELINES), subjects, windows))
    for place in np.ndindex(worlds, subjects):
        rest = np.arange(subjects) != place[1]
        train = WindowSet({name: each[place[0], rest].ravel() for name, each in index.items()}, {})
        test = WindowSet({name: each[place] for name, each in index.items()}, {})
        labelled = train.labelled(when.labels[place[0], rest].ravel(), ("0", "1"))
        for number, model in enumerate(BASELINES):
            found[place[0], number, place[1]] = predicted(model, labelled, test)
    return np.stack([auroc(when.labels, found[:, number]) for number in range(len(BASELINES))], axis=1)


def predicted(model: Model, train: Any, test: Any) -> Array:
    estimator = model.estimator(0, "cpu")
    estimator.fit(train, None)
    return np.asarray(estimator.predict_proba(test)[:, 1])


def pairs_of(scores: Array) -> list[Difference]:
    """The tests of the first row against the second."""
    return [difference(row(first), row(second), "auroc") for first, second, *_ in scores]


def alone(scores: Array) -> list[Difference]:
    """The tests of the same differences, whatever the rows are worth."""
    return [compare(units_of_difference(*(Units(each, each.size - 1) for each in pair[:2]))) for pair in scores]


def gains_of(scores: Array) -> list[Interval]:
    """The gains of the first row over the best of the others."""
    return [gain(each[0], each[1:], each.shape[1] - 1, chance=chance_level("auroc")) for each in scores]


def beating(scores: Array, simple: Array) -> list[bool]:
    return [
        beats(row(each[0]), [row(baseline) for baseline in those], "auroc") == "yes"
        for each, those in zip(scores, simple, strict=True)
    ]
