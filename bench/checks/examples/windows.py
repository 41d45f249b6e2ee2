"""Simulated windows: an index table, and parts with features or signals.

The subjects are P01 to P12. Each has two sessions of six trials; each trial has one of the stimuli S01 to S12 and two
windows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from bench.data.index import index_of
from bench.data.part import Part
from bench.data.sources import Source, Vectors, WindowedSignal
from bench.data.windows import WindowSet

PEOPLE, SESSIONS, TRIALS, WINDOWS = 12, 2, 6, 2
LENGTH, HOP, TRIAL_SECONDS = 10.0, 5.0, 20.0
RATE, CHANNELS = 64.0, ("a", "b")
NAMES = ("mean", "sd", "slope", "min", "max")
CLASSES = ("calm", "stressed", "amused")


def table(people: int = PEOPLE, classes: int = 2) -> pd.DataFrame:
    """The index table that a protocol sees."""
    person, session, trial, window = (
        axis.ravel() for axis in np.indices((people, SESSIONS, TRIALS, WINDOWS), dtype=np.int64)
    )
    stimulus = session * TRIALS + (trial + person) % TRIALS  # each subject sees them in another order
    start = trial * TRIAL_SECONDS + window * HOP
    subjects = [f"P{number + 1:02d}" for number in person]
    return pd.DataFrame(
        {
            "subject": subjects,
            "session": (session + 1).astype(str),
            "trial": [f"{s}/{n + 1}/T{t + 1}" for s, n, t in zip(subjects, session, trial, strict=True)],
            "stimulus": [f"S{number + 1:02d}" for number in stimulus],
            "recording": person * SESSIONS + session,
            "start": start,
            "stop": start + LENGTH,
            "label": stimulus % classes,
        }
    )


def part(
    inputs: Literal["features", "signals", "index"],
    modalities: tuple[str, ...] = ("eda",),
    classes: int = 2,
    people: int = 6,
) -> Part:
    """Windows whose values depend weakly on their labels."""
    index = table(people, classes)
    random = np.random.default_rng(0)
    sources: dict[str, Source] = {}
    for modality in modalities if inputs != "index" else ():
        make = vectors if inputs == "features" else windowed_signal
        sources[modality] = make(index, modality, random)
    windows = WindowSet(index_of(index), sources)
    return Part.of(index, windows, CLASSES[:classes])


def numbered(
    inputs: Literal["features", "signals", "index"], modalities: tuple[str, ...] = ("eda",), people: int = 6
) -> Part:
    """The same with a regression target, on which values depend weakly."""
    given = part(inputs, modalities, people=people)
    numbers = 5 + given.labels + np.random.default_rng(1).normal(size=len(given.labels))
    return replace(given.relabelled(numbers), classes=())


def vectors(index: pd.DataFrame, modality: str, random: np.random.Generator) -> Vectors:
    """Five features, of which the first two follow the label."""
    values = random.normal(size=(len(index), len(NAMES)))
    values[:, :2] += index["label"].to_numpy()[:, None]
    return Vectors(values, tuple(f"{modality}.{name}" for name in NAMES))


def windowed_signal(index: pd.DataFrame, modality: str, random: np.random.Generator) -> WindowedSignal:  # noqa: ARG001
    """Two channels of noise; the level of the first and the spread of the second follow the label."""
    size = round(TRIALS * TRIAL_SECONDS * RATE)
    signals = {}
    for number, rows in index.groupby("recording"):
        values = random.normal(size=(len(CHANNELS), size)).astype(np.float32)
        for start, label in zip(rows["start"], rows["label"], strict=True):
            here = slice(round(start * RATE), round((start + LENGTH) * RATE))
            values[0, here] += label / WINDOWS
            values[1, here] *= 1 + label / WINDOWS
        signals[int(str(number))] = values
    first = np.rint(index["start"].to_numpy() * RATE).astype(np.intp)
    return WindowedSignal(signals, index["recording"].to_numpy(), first, round(LENGTH * RATE), RATE, CHANNELS)
