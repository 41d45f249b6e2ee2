"""Baselines that recognise a subject, a trial or a stimulus, as any model could if they leak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bench.api import Model, TargetType
from bench_classical.frequencies import columns, frequencies

if TYPE_CHECKING:
    from bench.api import Array, Estimator, Inputs, LabelledWindows, Windows


@dataclass(frozen=True)
class Identity(Model):
    """Class frequencies, or the mean, of the training windows with the same value in a column of the index.

    A value that is empty or not in the training part gets those of the whole training part.
    """

    inputs: ClassVar[Inputs] = "index"
    predicts: ClassVar[tuple[TargetType, ...]] = ("classes", "numbers")
    column: ClassVar[str]  # subject, trial, stimulus or the place of the trial

    def estimator(self, seed: int, device: str) -> Estimator:
        return GroupMeans(self.column)


class GroupMeans:
    """The estimator: one row of frequencies, or one mean, per value, and a last one for all others."""

    def __init__(self, column: str) -> None:
        self.column = column

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        self.known, place = np.unique(self.entries(train), return_inverse=True)
        each = columns(train)
        sums = np.zeros((len(self.known), each.shape[1]))
        np.add.at(sums, place, each)
        counts = np.bincount(place, minlength=len(self.known))[:, None]
        self.table = np.vstack([sums / counts, frequencies(train)])

    def predict_proba(self, windows: Windows) -> Array:
        entries = self.entries(windows)
        place = np.searchsorted(self.known, entries)
        near = np.minimum(place, len(self.known) - 1)
        seen = (entries != "") & (self.known[near] == entries) if len(self.known) else np.zeros(len(entries), bool)
        return np.asarray(self.table[np.where(seen, near, len(self.known))])

    def predict(self, windows: Windows) -> Array:
        return self.predict_proba(windows)[:, 0]

    def entries(self, windows: Windows) -> Array:
        return np.asarray(getattr(windows, self.column), dtype=str)


@dataclass(frozen=True)
class SubjectIdentity(Identity):
    """Class frequencies, or the mean, of the subject."""

    column = "subject"


@dataclass(frozen=True)
class TrialMean(Identity):
    """Class frequencies, or the mean, of the trial."""

    column = "trial"


@dataclass(frozen=True)
class StimulusMean(Identity):
    """Class frequencies, or the mean, of the stimulus."""

    column = "stimulus"


@dataclass(frozen=True)
class TrialOrder(Identity):
    """Class frequencies, or the mean, of the trials at the same place of their session."""

    column = "trial_order"
