"""A data set: three classes, two modalities at different rates. Yours would read files in `load`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from bench.api import Card, Dataset, Range, Recording, Segment, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLASSES = ("rest", "walk", "run")
TRIAL, GAP = 30.0, 5.0  # seconds


@dataclass(frozen=True)
class Gait(Dataset):
    """People who rest, walk and run; made up, so it says `simulated`."""

    people: Annotated[int, Range(2, 100), "how many"] = 6

    card: ClassVar[Card] = Card("Made-up gait", home="this package", licence="MIT", citation="none: it is an example")

    @property
    def simulated(self) -> bool:
        return True

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("acc", "hr")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"gait": CLASSES}

    def subjects(self) -> Sequence[str]:
        return [f"G{number}" for number in range(1, self.people + 1)]

    def load(self, subject: str) -> Sequence[Recording]:
        random = np.random.default_rng(int(subject[1:]))
        order = random.permutation(np.repeat(np.arange(3), 3))
        starts = GAP + np.arange(len(order)) * (TRIAL + GAP)
        acc, hr = random.normal(0, 1, (1, 32 * 330)), random.normal(70, 3, (1, 330))  # (channels, time)
        for kind, start in zip(order, starts.astype(int), strict=True):
            acc[:, 32 * start : 32 * (start + 30)] *= 1 + 0.1 * kind
            hr[:, start : start + 30] += kind
        segments = [
            Segment(start, start + TRIAL, trial=f"t{number}", targets={"gait": CLASSES[kind]})
            for number, (kind, start) in enumerate(zip(order, starts, strict=True))
        ]
        signals = {"acc": Signal(acc, rate=32, unit="g", channels=("z",)), "hr": Signal(hr, rate=1, unit="bpm")}
        return [Recording(subject, signals, segments)]

    def digest(self) -> str:
        return "1"  # where files are read: their digests
