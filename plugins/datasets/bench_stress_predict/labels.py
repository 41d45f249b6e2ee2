"""One label per second and person: runs of one label are trials, in the order in which the tasks were done."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Segment
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array

CLASSES = ("rest", "stress")
# What the runs of one label are; the notes of the experimenters (Time_logs.xlsx) tell this order for all people.
TASKS = ("baseline", "stroop", "relax", "interview", "relax", "hyperventilation", "relax")
OUTSIDE = "seconds with a label in which no sensor recorded"


def read(path: Path) -> dict[str, Array]:
    """Person -> rows of Unix second and label, both whole numbers."""
    from bench.readers import tables

    table = tables.read(path, {"Participant": int, "Time(sec)": int, "Label": int})
    wrong = ~table["Label"].isin(range(len(CLASSES)))
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0])
        raise DataError(f"{path} line {line + 2}: the label is {table['Label'].iloc[line]}; expected 0 or 1.")
    rows = table[["Time(sec)", "Label"]].to_numpy(np.int64)
    return {f"S{number:02d}": rows[places] for number, places in table.groupby("Participant").indices.items()}


def segments(rows: Array, zero: float, end: float, where: str) -> tuple[list[Segment], Mapping[str, int]]:
    """Trials in seconds of the recording, cut where it ends, and how many labelled seconds lie outside of it."""
    times, labels = rows.T
    if (np.diff(times) != 1).any():
        after = int(times[:-1][np.diff(times) != 1][0])
        raise DataError(f"{where}: the labels are not one per second after the Unix time {after}.")
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1), len(labels)]
    runs = [(int(first), int(last)) for first, last in pairwise(edges)]
    if len(runs) != len(TASKS) or labels[0] != 0:
        raise DataError(
            f"{where}: there are {len(runs)} runs of one label, the first of them '{CLASSES[labels[0]]}'; expected "
            f"{len(TASKS)}, which are {', '.join(TASKS)}."
        )
    found, inside = list[Segment](), 0.0
    for number, (task, (first, last)) in enumerate(zip(TASKS, runs, strict=True), 1):
        start, stop = max(0.0, float(times[first] - zero)), min(end, float(times[last - 1] + 1 - zero))
        if start < stop:
            targets = {"stress": CLASSES[labels[first]]}
            found.append(Segment(start, stop, f"{number}-{task}", targets))
            inside += stop - start
    outside = int(np.ceil(len(times) - inside))
    return found, {OUTSIDE: outside} if outside else {}


def without(people: Sequence[str], others: Mapping[str, Array] | Sequence[str], reason: str) -> dict[str, int]:
    """How many people are not among the others, told by name."""
    lost = [name for name in people if name not in others]
    return {f"people {reason} ({', '.join(lost)})": len(lost)} if lost else {}
