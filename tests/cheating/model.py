"""A model that cheats in one way, and predicts one class for all windows where that fails."""

from dataclasses import dataclass

import numpy as np

from bench.api import Model
from cheating import channels, files, memory, messages, order

WAYS = {**files.WAYS, **memory.WAYS, **order.WAYS}


@dataclass(frozen=True)
class Cheat(Model):
    way: str = "none"

    def estimator(self, seed, device):
        return Cheater(self.way, seed)


@dataclass(frozen=True)
class CheatOnSignals(Cheat):
    inputs = "signals"


class Cheater:
    def __init__(self, way, seed):
        self.way, self.seed = way, seed

    def fit(self, train, validation):
        self.train = train
        if self.way in messages.WAYS:
            messages.WAYS[self.way]()
        if self.way in channels.WAYS:
            try:
                channels.remember(self.way, train.features(), train.labels)
            except Exception:  # noqa: BLE001 - it has failed, for whatever reason
                return

    def predict_proba(self, windows):
        labels = np.ones(len(windows), dtype=int)
        try:
            if self.way in channels.WAYS:
                labels = channels.recalled(self.way, windows.features())
            elif self.way in WAYS:
                labels = np.asarray(WAYS[self.way](windows, self)).astype(int)
        except Exception as error:  # noqa: BLE001 - likewise
            print(self.way, "has failed:", repr(error))  # noqa: T201 - for whoever reads the log
        return np.eye(2)[labels]
