"""What is on both sides of a split: samples, trials, people and stimuli, counted over all folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from bench.audit.identity_baselines import IdentityClassifier
from bench.audit.levels import IdentityRegressor
from bench.audit.neighbours import Timeline, instants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Rows
    from bench.audit.neighbours import Flags

Severity = Literal["note", "transductive", "leaky"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found, in one sentence with numbers."""

    name: str
    severity: Severity
    text: str
    share: float  # of held-out windows, or of folds


class Index:
    """The table as numbers."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.subject, self.trial, self.recording = (
            pd.factorize(table[name])[0] for name in ("subject", "trial", "recording")
        )
        stimulus = table["stimulus"]
        self.stimulus = pd.factorize(stimulus.where(stimulus != ""))[0]  # -1 where there is none
        self.label = table["label"].to_numpy()
        times = instants(table["start"].to_numpy(), table["stop"].to_numpy())
        self.recordings = Timeline(self.recording, *times)
        trials = pd.factorize(self.recording * (int(self.trial.max(initial=0)) + 1) + self.trial)[0]
        self.trials = Timeline(trials, *times)

    def __len__(self) -> int:
        return len(self.label)

    @property
    def numbers(self) -> bool:
        """Whether the target is a number."""
        return bool(self.label.dtype.kind == "f")


class Overlap:
    """Counts over folds of what is on both sides."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.held = self.shared = self.touching_trial = self.touching = self.trial = self.subjects = self.stimuli = 0
        shortcut = IdentityRegressor if index.numbers else IdentityClassifier
        self.by_subject = shortcut(index.subject, index.subject, index.label)
        self.by_stimulus = shortcut(index.stimulus, index.subject, index.label)

    def add(self, training: Rows, held: Rows) -> None:
        index = self.index
        if not len(training) or not len(held):
            return
        self.held += len(held)
        self.subjects += self.by_subject.add(training, held)
        self.stimuli += self.by_stimulus.add(training, held)
        self.trial += int(_on_both_sides(index.trial, training, held).sum())
        near = held[_on_both_sides(index.recording, training, held)]
        if not len(near):
            return
        inside = np.zeros(len(index), dtype=bool)
        inside[training] = True
        shares, meets = index.recordings.meetings(inside, near)
        _, meets_trial = index.trials.meetings(inside, near)
        self.shared += int(shares.sum())
        self.touching_trial += int((meets_trial & ~shares).sum())
        self.touching += int((meets & ~meets_trial & ~shares).sum())

    def findings(self) -> Iterator[Finding]:
        yield from self._neighbours()
        if self.subjects:
            yield self._of_subject()
        if self.stimuli:
            yield self._of_stimulus()

    def _neighbours(self) -> Iterator[Finding]:
        rules: tuple[tuple[str, Severity, int, str], ...] = (
            ("shared samples", "leaky", self.shared, "share samples with a training window"),
            ("touching windows", "leaky", self.touching_trial, "touch a training window of the same trial"),
            ("touching trials", "note", self.touching, "touch a training window of another trial"),
            ("trial on both sides", "leaky", self.trial, "have a training window of the same trial"),
        )
        for name, severity, count, what in rules:
            if count:
                share = count / self.held
                yield Finding(name, severity, f"{percent(share)} of held-out windows {what}.", share)

    def _of_subject(self) -> Finding:
        share, outcome = self.subjects / self.held, self.by_subject.outcome()
        severity: Severity = "leaky" if outcome.predictive else "note"
        text = f"Subject-dependent: {percent(share)} of held-out windows are of people who are trained on"
        return Finding("subject on both sides", severity, f"{text}, and the person alone {outcome}.", share)

    def _of_stimulus(self) -> Finding:
        share, outcome = self.stimuli / self.held, self.by_stimulus.outcome()
        text = f"{percent(share)} of held-out windows have a stimulus that is trained on"
        told = f"{text}, and the stimulus alone {outcome}"
        if not outcome.predictive:
            return Finding("stimulus on both sides", "note", f"{told}.", share)
        if self.subjects:
            return Finding("stimulus on both sides", "leaky", f"{told}, with people on both sides too.", share)
        twin = "the strict twin subject-stimulus-independent holds out both"
        return Finding("stimulus confound", "note", f"{told}; {twin}.", share)


def _on_both_sides(values: Rows, training: Rows, held: Rows) -> Flags:
    """Whether the value of each held-out row is trained on."""
    seen = np.zeros(int(values.max(initial=0)) + 1, dtype=bool)
    seen[values[training]] = True
    return seen[values[held]]


def percent(share: float) -> str:
    """A share that is neither rounded down to nothing nor up to all."""
    rounded = round(100 * share)
    if share < 1 and rounded == 100:
        return "over 99 %"
    return "under 1 %" if share > 0 and rounded == 0 else f"{rounded} %"
