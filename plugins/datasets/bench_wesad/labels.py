"""Runs of equal codes, and the segments of the four conditions."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Segment
from bench.errors import DataError
from bench_wesad.protocol import AMUSEMENT, BASELINE, CONDITIONS, MEDITATION, RATE, READINGS, STRESS, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array

STRESSED = ("not stressed", "stressed")
THREE_CLASSES = ("baseline", "amusement", "stress")
TARGETS = {
    BASELINE: {"stress": STRESSED[0], "three-class": "baseline"},
    AMUSEMENT: {"stress": STRESSED[0], "three-class": "amusement"},
    STRESS: {"stress": STRESSED[1], "three-class": "stress"},
    MEDITATION: {},  # neither, as in the paper of the data set
}
EXPECTED = {BASELINE: 1, STRESS: 1, AMUSEMENT: 1, MEDITATION: 2}


def runs(label: Array) -> list[Run]:
    """Runs of equal codes, in order."""
    edges = [0, *(np.flatnonzero(np.diff(label)) + 1).tolist(), len(label)]
    return [Run(int(label[start]), start, stop) for start, stop in pairwise(edges)]


def conditions(path: Path, all_runs: Sequence[Run]) -> list[Run]:
    """The runs of the four conditions; raises unless each occurs as often as in the protocol."""
    count = Counter(run.code for run in all_runs)
    for code, expected in EXPECTED.items():
        if count[code] != expected:
            raise DataError(
                f"{path}: 'label' has {count[code]} runs of the code {code} ({CONDITIONS[code]}); expected {expected}."
            )
    return [run for run in all_runs if run.code in CONDITIONS]


def segments(conditions: Sequence[Run], ratings: Sequence[Mapping[str, float]]) -> list[Segment]:
    """One per condition, numbered in order of time, so that names of trials do not give labels away."""
    return [
        Segment(run.start / RATE, run.stop / RATE, f"part-{number}", TARGETS[run.code], ratings=rated)
        for number, (run, rated) in enumerate(zip(conditions, ratings, strict=True), 1)
    ]


def excluded(all_runs: Sequence[Run]) -> dict[str, int]:
    """Reason -> number of runs that are not segments."""
    count = Counter(run.code for run in all_runs)
    reasons = {
        "before, between or after conditions (code 0)": count[0],
        "reading (codes 5 to 7)": sum(count[code] for code in READINGS),
    }
    return {reason: number for reason, number in reasons.items() if number}
