"""Simulated worlds in which the truth is known, and a learner that is fast enough for thousands of them.

Arrays hold many worlds at once. A subject has windows of two classes with Gaussian features, whose class difference is
a common one plus one of the subject's own. The learner is the nearest mean of the training subjects. Nothing here
computes an interval or a test: `evaluations.py` asks `bench` for these.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bench.scoring.auroc import auroc_by_subject
from bench.scoring.stimulus_auroc import auroc_by_stimulus

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[Any]

EACH, SPREAD = 8, 0.5  # windows of each class of a subject; standard deviation of class differences over subjects
SECONDS = 30.0  # from one window to the next, on average


@dataclass(frozen=True)
class Worlds:
    """Windows of subjects in many worlds."""

    features: Array  # (worlds, subjects, windows, features)
    labels: Array  # (worlds, subjects, windows): 0 or 1

    @property
    def sums(self) -> Array:
        """Sums of features and numbers of windows of each class: (worlds, subjects, 2, features + 1)."""
        counted = np.concatenate([self.features, np.ones((*self.labels.shape, 1))], axis=-1)
        return np.stack([np.einsum("wsn,wsnf->wsf", self.labels == each, counted) for each in (0, 1)], axis=2)

    def joined(self, other: Worlds) -> Worlds:
        """The features of both, of the same windows."""
        return Worlds(np.concatenate([self.features, other.features], axis=-1), self.labels)


def world(random: np.random.Generator, worlds: int, subjects: int, effect: float, features: int = 6) -> Worlds:
    """Independent windows, with a class difference of `effect` standard deviations in the first feature."""
    labels = np.broadcast_to(np.repeat([0, 1], EACH), (worlds, subjects, 2 * EACH))
    differences = random.normal(0, SPREAD, (worlds, subjects, 1, features))
    differences[..., 0] += effect
    noise = random.normal(size=(*labels.shape, features))
    return Worlds(noise + (labels[..., None] - 0.5) * differences, labels)


@dataclass(frozen=True)
class Sessions:
    """When windows were recorded. Conditions follow each other in the same order in all sessions."""

    start: Array  # seconds, (worlds, subjects, windows); recordings begin before or after the session does
    elapsed: Array  # time since the beginning of the session, as a share of the average session
    labels: Array


def sessions(random: np.random.Generator, worlds: int, subjects: int, *, lengths: bool) -> Sessions:
    """Four blocks of alternating classes, whose borders differ between sessions, as do beginnings and lengths."""
    shares = (np.arange(2 * EACH) + 0.5) / (2 * EACH)
    borders = np.array([0.25, 0.5, 0.75]) + random.normal(0, 0.03, (worlds, subjects, 1, 3))
    labels = (shares[:, None] > borders).sum(axis=-1) % 2
    scale = random.uniform(0.5, 1.5, (worlds, subjects, 1)) if lengths else np.ones((worlds, subjects, 1))
    begin = random.uniform(0, 2 * EACH * SECONDS, (worlds, subjects, 1))
    elapsed = shares * scale
    return Sessions(begin + elapsed * 2 * EACH * SECONDS, elapsed, labels)


def drifting(random: np.random.Generator, when: Sessions, modalities: int, features: int = 6) -> list[Worlds]:
    """Modalities whose features drift with the time in the session, and know nothing of classes beyond it.

    A part of the drift is that of all subjects. It is the same in all modalities, so they are worth the same.
    """
    waves = np.pi * when.elapsed[..., None] * np.arange(1, 5)
    basis = np.concatenate([np.sin(waves), np.cos(waves)], axis=-1)
    worlds, subjects, _, terms = basis.shape
    common = random.normal(0, 0.4, (worlds, 1, terms, features))
    found = []
    for _ in range(modalities):
        own = random.normal(0, 0.3, (worlds, subjects, terms, features))
        found.append(Worlds(basis @ (common + own) + random.normal(size=(*basis.shape[:3], features)), when.labels))
    return found


# ---------------------------------------------------------------------------------------- folds


def kfold(random: np.random.Generator, subjects: int, folds: int) -> Array:
    """The fold that tests each subject."""
    return random.permutation(subjects) % folds


def others(fold: Array) -> Array:
    """Which subjects (columns) the model was trained on that tests each subject (rows)."""
    return np.asarray(fold[:, None] != fold, dtype=np.float64)


def decide(found: Worlds, trained: Array) -> Array:
    """Decision values (worlds, tested, windows) of models that were trained on some subjects: (tested, subjects).

    The last subjects are tested. Values above 0 are class 1.
    """
    totals = np.einsum("ij,wjcf->wicf", trained, found.sums)
    return nearest_mean(found.features[:, -len(trained) :], totals)


def nearest_mean(features: Array, totals: Array) -> Array:
    means = totals[..., :-1] / totals[..., -1:]
    direction = means[:, :, 1] - means[:, :, 0]
    middle = np.einsum("wsf,wsf->ws", means.mean(axis=2), direction)
    return np.einsum("wsnf,wsf->wsn", features, direction) - middle[..., None]


# --------------------------------------------------------------------------------------- scores


def auroc(labels: Array, decisions: Array, folds: Array | None = None) -> Array:
    """AUROC of each subject (worlds, subjects), within folds of its windows where there are several."""
    worlds, subjects, windows = decisions.shape
    who = np.repeat(np.arange(worlds * subjects), windows)
    fold = np.zeros_like(who) if folds is None else np.broadcast_to(folds, decisions.shape).ravel()
    columns = np.column_stack([-decisions.ravel(), decisions.ravel()])
    return auroc_by_subject(labels.ravel(), columns, who, fold).values.reshape(worlds, subjects)


def accuracy(labels: Array, decisions: Array) -> Array:
    return np.asarray(((decisions > 0) == labels).mean(axis=2))


@cache
def truths(trained: int, effect: float, features: int = 6, draws: int = 25_000) -> dict[str, float]:
    """The expected scores of a new subject in `world`, over the models of so many training subjects.

    Class means are Gaussian, so models are drawn and no windows: AUROC of a model and a subject is Φ of the distance
    between its classes along the direction over √2, and accuracy Φ of the distance from the threshold. Both have the
    same expectation with the opposite direction where there is no effect, which is 1/2.
    """
    if not effect:
        return {"auroc": 0.5, "accuracy": 0.5}
    random = np.random.default_rng(99)
    common = effect * np.eye(1, features)[0]
    directions = random.normal(common, np.sqrt((SPREAD**2 + 2 / EACH) / trained), (draws, features))
    subjects = random.normal(common, SPREAD, (draws, features))
    distance = (subjects * directions).sum(axis=1) / np.linalg.norm(directions, axis=1)
    middle = random.normal(0, np.sqrt(1 / (2 * EACH * trained)), draws)
    correct = special.ndtr(distance / 2 - middle) + special.ndtr(distance / 2 + middle)
    return {"auroc": float(special.ndtr(distance / np.sqrt(2)).mean()), "accuracy": float(correct.mean() / 2)}


# ------------------------------------------------------------- subjects and stimuli both held out


@dataclass(frozen=True)
class Crossed:
    """What models decide about windows (worlds, subjects, stimuli, windows) whose subject and stimulus are both new."""

    decisions: Array
    labels: Array
    fold: Array  # of each stimulus

    def by_subject(self, metric: Callable[..., Array]) -> Array:
        flat = (*self.labels.shape[:2], -1)
        folds = (np.repeat(self.fold, self.labels.shape[3]),) if metric is auroc else ()
        return metric(self.labels.reshape(flat), self.decisions.reshape(flat), *folds)

    def by_stimulus(self, metric: Callable[..., Array]) -> Array:
        """Of AUROC, what `bench` takes for it: a stimulus of one class has none."""
        if metric is auroc:
            return self._pseudo_values()
        labels, decisions = (each.swapaxes(1, 2) for each in (self.labels, self.decisions))
        flat = (*labels.shape[:2], -1)
        return metric(labels.reshape(flat), decisions.reshape(flat))

    def _pseudo_values(self) -> Array:
        subject, stimulus, _ = (each.ravel() for each in np.indices(self.labels.shape[1:]))
        found = []
        for labels, decisions in zip(self.labels, self.decisions, strict=True):
            columns = np.column_stack([-decisions.ravel(), decisions.ravel()])
            found.append(auroc_by_stimulus(labels.ravel(), columns, subject, self.fold[stimulus], stimulus)[1])
        return np.array(found)


FOLDS = 5  # of subjects, and of stimuli


def crossed(
    random: np.random.Generator, worlds: int, subjects: int, stimuli: int, effect: float, *, rated: bool = False
) -> Crossed:
    """5 × 5 folds of subjects and stimuli. Every stimulus shifts the features of all subjects alike.

    A stimulus has one class, unless subjects rate it, each half of the stimuli of a fold as one class.
    """
    features, windows = 6, 4
    label = np.broadcast_to(np.arange(stimuli) % 2, (worlds, subjects, stimuli))
    if rated:  # stimuli 2i and 2i + 1 are in one fold, and have a class each
        label = label ^ np.repeat(random.integers(0, 2, (worlds, subjects, stimuli // 2)), 2, axis=2)
    differences = random.normal(0, SPREAD, (worlds, subjects, 1, features))
    differences[..., 0] += effect
    centres = (label[..., None] - 0.5) * differences + random.normal(0, 0.6, (worlds, 1, stimuli, features))
    values = centres[:, :, :, None] + random.normal(size=(worlds, subjects, stimuli, windows, features))
    labels = np.broadcast_to(label[..., None], values.shape[:-1])
    of_subject, of_stimulus = np.arange(subjects) % FOLDS, np.arange(stimuli) // 2 % FOLDS
    decisions = np.empty(labels.shape)
    for one in range(FOLDS):
        for other in range(FOLDS):
            train = np.ix_(range(worlds), of_subject != one, of_stimulus != other)
            test = np.ix_(range(worlds), of_subject == one, of_stimulus == other)
            flat = (worlds, train[1].size, train[2].size * windows)
            part = Worlds(values[train].reshape(*flat, features), labels[train].reshape(flat))
            tested = values[test].reshape(worlds, 1, -1, features)
            found = nearest_mean(tested, part.sums.sum(axis=1, keepdims=True))
            decisions[test] = found.reshape(worlds, test[1].size, test[2].size, windows)
    return Crossed(decisions, labels, of_stimulus)
