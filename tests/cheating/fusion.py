"""A fusion that reads labels while it combines predictions."""

from dataclasses import dataclass

import numpy as np

from bench.api import Fusion
from cheating.memory import collected


@dataclass(frozen=True)
class Peeking(Fusion):
    def combine(self, probabilities, learnt):
        windows = next(iter(probabilities.values()))
        try:
            return np.eye(2)[collected(windows)]
        except Exception:  # noqa: BLE001 - it has failed, for whatever reason
            return np.eye(2)[np.ones(len(windows), dtype=int)]
