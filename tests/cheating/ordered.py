"""A data set of noise. Each session is calm first and stressed later, and trials are named like that."""

from dataclasses import dataclass

import numpy as np

from bench.api import Card, Dataset, Recording, Segment, Signal

CLASSES = ("calm", "stressed")


@dataclass(frozen=True)
class Ordered(Dataset):
    card = Card("Noise", home="none", licence="none", citation="none")

    @property
    def modalities(self):
        return ("eda",)

    @property
    def targets(self):
        return {"stress": CLASSES}

    @property
    def simulated(self):
        return True

    def subjects(self):
        return ["P01", "P02", "P03"]

    def load(self, subject):
        random = np.random.default_rng(int(subject[1:]))
        signal = Signal(random.normal(size=(1, 8 * 400)).astype(np.float32), 8.0, "uS")
        segments = [Segment(200.0 * n, 200.0 * (n + 1), name, {"stress": name}) for n, name in enumerate(CLASSES)]
        return [Recording(subject, {"eda": signal}, segments, "1")]

    def digest(self):
        return "ordered 1"
