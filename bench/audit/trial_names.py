"""Whether the names of trials predict labels of new subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.audit.identity_baselines import IdentityClassifier, IdentityRegressor
from bench.audit.overlap import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Rows
    from bench.audit.overlap import Codes

GAIN = 0.1  # by which names must score higher than what is known without them


class TrialNames:
    """Counts over folds how well a trial's name predicts labels of subjects outside the training part.

    Names are taken without subject and session. The place of a trial in its recording, and its stimulus, predict labels
    too where all subjects have the same order or the same stimuli. That is a property of the experiment, so names are
    reported only if they score higher than both.
    """

    def __init__(self, table: pd.DataFrame, codes: Codes) -> None:
        baseline = IdentityRegressor if codes.regression else IdentityClassifier
        self.subject = codes.subject
        identities = {
            "name": names(table, codes.trial),
            "place": places(table, codes.trial),
            "stimulus": codes.stimulus,
        }
        self.baselines = {what: baseline(found, codes.subject, codes.label) for what, found in identities.items()}
        self.tested = self.new = 0

    def add(self, train: Rows, test: Rows) -> None:
        """Count one fold."""
        new = test[~np.isin(self.subject[test], np.unique(self.subject[train]))]
        self.tested += len(test)
        if len(new) and len(train):
            counts = {what: found.add(train, new) for what, found in self.baselines.items()}
            self.new += counts["name"]

    def findings(self) -> Iterator[Finding]:
        if not self.new:
            return
        scores = {what: found.score() for what, found in self.baselines.items()}
        name, known = scores["name"], [scores["place"].score.mean, scores["stimulus"].score.mean]
        if name.predictive and name.score.mean > np.nanmax([*known, name.chance]) + GAIN:
            text = f"The name of a trial alone {name}, for subjects outside the training part"
            advice = "estimators get codes instead of names, and the data set should use neutral names such as part-1"
            yield Finding("names of trials", "note", f"{text}; {advice}.", self.new / self.tested)


def names(table: pd.DataFrame, trial: Rows) -> Rows:
    """For each window, the code of its trial's name without subject and session."""
    first = np.unique(trial, return_index=True)[1]
    columns = (table[column].iloc[first].astype(str) for column in ("trial", "subject", "session"))
    found = [text.removeprefix(f"{subject}/{session}/") for text, subject, session in zip(*columns, strict=True)]
    return pd.factorize(np.array(found, dtype=object))[0][trial]


def places(table: pd.DataFrame, trial: Rows) -> Rows:
    """For each window, the place of its trial in the recording, in order of time."""
    start = pd.Series(table["start"].to_numpy()).groupby(trial).min()
    first = np.unique(trial, return_index=True)[1]
    recording = table["recording"].to_numpy()[first]
    return np.asarray(start.groupby(recording).rank(method="first").to_numpy(np.intp) - 1)[trial]
