"""Parts of the record of a task: scores, predictions, time and memory."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.scoring import metrics, scoring

if TYPE_CHECKING:
    from bench.api import Array

WEIGHTS = re.compile(r"[\w+.-]+\.safetensors")


@dataclass
class Clock:
    """Seconds of each phase of a fold."""

    search: float = 0.0
    fit: float = 0.0
    predict: float = 0.0
    since: float = field(default_factory=time.perf_counter)

    def fitted(self) -> None:
        """The end of fitting, or of choosing a threshold after it, which counts as searching."""
        lap = self.lap()
        if self.fit:
            self.search += lap
        else:
            self.fit = lap

    def lap(self) -> float:
        before, self.since = self.since, time.perf_counter()
        return self.since - before


def scored(
    table: pd.DataFrame, predictions: Array, classes: tuple[str, ...], thresholds: Array | None = None
) -> dict[str, Any]:
    """The metrics of a fold and of each subject in it, and for classes the confusion matrix."""
    labels, subjects = table["label"].to_numpy(), table["subject"].to_numpy()
    whole = scoring.scores(labels, predictions, classes, thresholds)
    names = pd.unique(subjects)
    if len(names) == 1:
        each = {str(names[0]): whole}
    else:
        each = {}
        for name in names:
            mine = subjects == name
            own = None if thresholds is None else thresholds[mine]
            each[str(name)] = scoring.scores(labels[mine], predictions[mine], classes, own)
    confusion = metrics.confusion(labels, predictions.argmax(axis=1), len(classes)) if classes else None
    return {"metrics": whole, "subjects": each, "confusion": confusion}


def stored(
    table: pd.DataFrame, predictions: Array, classes: tuple[str, ...], thresholds: Array | None = None
) -> dict[str, Array]:
    """One row per test window: its identity, the label, and a probability per class, or the predicted number.

    Where the fold has chosen a threshold, it is a column as well.
    """
    identity = {str(name): table[name].to_numpy() for name in table}
    found = identity | {name: predictions[:, number] for number, name in enumerate(scoring.columns(classes))}
    return found if thresholds is None else found | {scoring.THRESHOLD: thresholds}


def keep_weights(made: Path, folder: Path) -> None:
    """Move the networks of a worker to the store: plain files with the names of networks alone."""
    for file in sorted(made.glob("*")) if made.is_dir() else []:
        if WEIGHTS.fullmatch(file.name) and file.is_file() and not file.is_symlink():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(file, folder / file.name)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory(process: int) -> float | None:
    """The largest resident size of a process so far in megabytes; None where the system does not report it."""
    try:
        status = Path(f"/proc/{process or 'self'}/status").read_text(encoding="ascii")
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return round(float(values["VmHWM"].split()[0]) / 1024, 1) if "VmHWM" in values else None
