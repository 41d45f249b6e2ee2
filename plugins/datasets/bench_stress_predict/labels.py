"""One label per second and subject: runs of equal labels are trials, in the order of the tasks."""

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
# The runs of equal labels; the notes of the experimenters (Time_logs.xlsx) have this order for all subjects.
TASKS = ("baseline", "stroop", "relax", "interview", "relax", "hyperventilation", "relax")
#: trial -> its task as a stimulus. Numbers instead of words, so that the names do not give labels away.
STIMULI = {
    f"part-{number}": f"task-{list(dict.fromkeys(TASKS)).index(task) + 1}" for number, task in enumerate(TASKS, 1)
}
OUTSIDE = "labelled seconds without a recording"


def read(path: Path) -> dict[str, Array]:
    """Subject -> rows of Unix second and label, both whole numbers."""
    from bench.readers import tables

    table = tables.read(path, {"Participant": int, "Time(sec)": int, "Label": int})
    wrong = ~table["Label"].isin(range(len(CLASSES)))
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0])
        raise DataError(f"{path} line {line + 2}: the label is {table['Label'].iloc[line]}; expected 0 or 1.")
    rows = table[["Time(sec)", "Label"]].to_numpy(np.int64)
    return {f"S{number:02d}": rows[indices] for number, indices in table.groupby("Participant").indices.items()}


def segments(rows: Array, zero: float, end: float, where: str) -> tuple[list[Segment], Mapping[str, int]]:
    """Trials in seconds of the recording, truncated to it; and the number of labelled seconds outside it."""
    times, labels = rows.T
    if (np.diff(times) != 1).any():
        after = int(times[:-1][np.diff(times) != 1][0])
        raise DataError(f"{where}: the labels are not one per second after the Unix time {after}.")
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1), len(labels)]
    runs = [(int(first), int(last)) for first, last in pairwise(edges)]
    if len(runs) != len(TASKS) or labels[0] != 0:
        raise DataError(
            f"{where}: there are {len(runs)} runs of equal labels, the first of them '{CLASSES[labels[0]]}'; expected "
            f"{len(TASKS)}: {', '.join(TASKS)}."
        )
    trials, inside = list[Segment](), 0.0
    for number, (first, last) in enumerate(runs, 1):
        start, stop = max(0.0, float(times[first] - zero)), min(end, float(times[last - 1] + 1 - zero))
        if start < stop:
            targets = {"stress": CLASSES[labels[first]]}
            trials.append(Segment(start, stop, f"part-{number}", targets))
            inside += stop - start
    outside = int(np.ceil(len(times) - inside))
    return trials, {OUTSIDE: outside} if outside else {}


def count_missing(names: Sequence[str], others: Mapping[str, Array] | Sequence[str], reason: str) -> dict[str, int]:
    """The number of names that are not among the others, with the names in the reason."""
    missing = [name for name in names if name not in others]
    return {f"{reason} ({', '.join(missing)})": len(missing)} if missing else {}
