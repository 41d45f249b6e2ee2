"""A fold that was run before: its network, and the test windows of one subject. Nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from bench.errors import DataError, StorageError
from bench.running.opened_cell import open_cell
from bench.worker import search

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from bench.api import Rows, Staged
    from bench.data.windows import WindowSet
    from bench.results.store import Store
    from bench.training.predictor import Predictor

IDENTITY = ["subject", "session", "trial", "start", "stop", "label"]
NETWORK = "all.safetensors"  # of all modalities together


@dataclass(frozen=True)
class LoadedFold:
    """Test windows, prepared and scaled as in the run, and the network that predicted them."""

    fold: str
    table: pd.DataFrame
    windows: WindowSet
    network: Predictor
    units: Mapping[str, str]  # modality -> unit of its signal
    scaled: tuple[str, ...]  # modalities whose scale was fitted in the fold

    def take(self, rows: Rows) -> LoadedFold:
        """Some of the windows."""
        windows, table = self.windows.take(rows), self.table.iloc[rows]
        return LoadedFold(self.fold, table, windows, self.network, self.units, self.scaled)


def load_fold(store: Store, cache: Path, key: str, task: str, subject: str) -> LoadedFold:
    """The fold of a task, with its test windows of one subject."""
    from bench.training.predictor import Predictor

    path = store.weights(key, task) / NETWORK
    if not path.is_file():
        raise StorageError(
            f"The network of fold '{task}' is not stored any more ({path} is missing); do the run again with --fresh."
        )
    opened = open_cell(str(store.root), str(cache), key, here=True)
    stored, number = store.predictions(key, task), int(task.partition("-")[0])
    fold = opened.folds[number] if number < len(opened.folds) else None
    split = opened.data.of_fold(fold) if fold else None
    if split is None or not stored[IDENTITY].equals(split.table[IDENTITY].reset_index(drop=True)):
        raise DataError(
            f"Fold '{task}' does not hold out the same windows any more: data or code have changed since. "
            "Do the run again with --fresh."
        )
    spec, record = opened.spec("cpu"), store.record(key, task)
    if record.search:
        spec = search.apply(spec, record.search.options)
    network = Predictor.load(path, cast("Staged", spec.model), spec.fusion)  # as all that are stored
    rows = np.flatnonzero((split.table["subject"] == subject).to_numpy())
    windows = cast("WindowSet", spec.fusion.merge(split.test.take(rows)))
    scaled = tuple(split.scale or ())
    recorded = opened.data.windows.prepared.meta["modalities"]
    units = {name: str(found["unit"]) for name, found in recorded.items()}
    return LoadedFold(record.fold, split.table.iloc[rows], windows, network, units, scaled)
