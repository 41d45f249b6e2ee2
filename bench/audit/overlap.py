"""What occurs in both training and test parts: samples, trials, subjects and stimuli, counted over all folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from bench.audit.identity_baselines import IdentityClassifier, IdentityRegressor
from bench.audit.timeline import Timeline, instants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Rows
    from bench.audit.timeline import Flags

Severity = Literal["note", "transductive", "subject-dependent", "leaky"]


@dataclass(frozen=True)
class Finding:
    """A finding of the audit, in one sentence with numbers."""

    name: str
    severity: Severity
    text: str
    share: float  # of test windows, or of folds


class Codes:
    """The index table as integers."""

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
    def regression(self) -> bool:
        return bool(self.label.dtype.kind == "f")


class Overlap:
    """Counts over folds."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self.tested = self.shared = self.touching_trial = self.touching = self.trial = self.subjects = self.stimuli = 0
        baseline = IdentityRegressor if codes.regression else IdentityClassifier
        self.by_subject = baseline(codes.subject, codes.subject, codes.label)
        self.by_stimulus = baseline(codes.stimulus, codes.subject, codes.label)

    def add(self, train: Rows, test: Rows) -> None:
        codes = self.codes
        if not len(train) or not len(test):
            return
        self.tested += len(test)
        self.subjects += self.by_subject.add(train, test)
        self.stimuli += self.by_stimulus.add(train, test)
        self.trial += int(_in_training(codes.trial, train, test).sum())
        near = test[_in_training(codes.recording, train, test)]
        if not len(near):
            return
        training = np.zeros(len(codes), dtype=bool)
        training[train] = True
        shares, touches = codes.recordings.overlaps(training, near)
        _, touches_trial = codes.trials.overlaps(training, near)
        self.shared += int(shares.sum())
        self.touching_trial += int((touches_trial & ~shares).sum())
        self.touching += int((touches & ~touches_trial & ~shares).sum())

    def findings(self) -> Iterator[Finding]:
        yield from self._neighbours()
        if self.subjects:
            yield self._subject()
        if self.stimuli:
            yield self._stimulus()

    def _neighbours(self) -> Iterator[Finding]:
        rules: tuple[tuple[str, Severity, int, str], ...] = (
            ("shared samples", "leaky", self.shared, "share samples with a training window"),
            ("touching windows", "leaky", self.touching_trial, "touch a training window of the same trial"),
            ("touching trials", "note", self.touching, "touch a training window of another trial"),
            ("trial on both sides", "leaky", self.trial, "have a training window of the same trial"),
        )
        for name, severity, count, what in rules:
            if count:
                share = count / self.tested
                yield Finding(name, severity, f"{percent(share)} of test windows {what}.", share)

    def _subject(self) -> Finding:
        """Whatever the subject alone scores: in a balanced design that is chance, and models still know the subject."""
        share, score = self.subjects / self.tested, self.by_subject.score()
        text = f"{percent(share)} of test windows are of subjects in the training part"
        return Finding("subject on both sides", "subject-dependent", f"{text}, and the subject alone {score}.", share)

    def _stimulus(self) -> Finding:
        share, score = self.stimuli / self.tested, self.by_stimulus.score()
        text = f"{percent(share)} of test windows have a stimulus of the training part"
        text = f"{text}, and the stimulus alone {score}"
        if not score.predictive:
            return Finding("stimulus on both sides", "note", f"{text}.", share)
        if self.subjects:
            return Finding("stimulus on both sides", "leaky", f"{text}, with subjects on both sides too.", share)
        twin = "the strict twin subject-stimulus-independent holds out both"
        return Finding("stimulus confound", "note", f"{text}; {twin}.", share)


def _in_training(values: Rows, train: Rows, test: Rows) -> Flags:
    """Whether the value of each test row occurs in the training part."""
    seen = np.zeros(int(values.max(initial=0)) + 1, dtype=bool)
    seen[values[train]] = True
    return seen[values[test]]


def percent(share: float) -> str:
    """A share that is rounded neither down to nothing nor up to all."""
    rounded = round(100 * share)
    if share < 1 and rounded == 100:
        return "over 99 %"
    return "under 1 %" if share > 0 and rounded == 0 else f"{rounded} %"
