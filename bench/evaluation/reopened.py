"""A fold that is done, opened again: its network, and windows of one person that it held out. Nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from bench.data.cache import Cache
from bench.data.preparation import prepare
from bench.errors import DataError, StorageError
from bench.evaluation import search
from bench.evaluation.task import open_cell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from bench.api import Rows, Staged
    from bench.data.windows import WindowSet
    from bench.deep.trained import Trained
    from bench.evaluation.cell import Parts
    from bench.results.store import Store

IDENTITY = ["subject", "session", "trial", "start", "stop", "label"]
NETWORK = "all.safetensors"  # of all modalities together


@dataclass(frozen=True)
class Reopened:
    """Windows as the network was asked about them, prepared and scaled as in the run."""

    fold: str
    table: pd.DataFrame
    windows: WindowSet
    network: Trained
    units: Mapping[str, str]  # modality -> unit of its signal
    scaled: tuple[str, ...]  # modalities whose scale the fold has learnt

    def take(self, rows: Rows) -> Reopened:
        """Some of the windows."""
        windows, table = self.windows.take(rows), self.table.iloc[rows]
        return Reopened(self.fold, table, windows, self.network, self.units, self.scaled)


def reopen(store: Store, cache: Path, key: str, task: str, subject: str) -> Reopened:
    """The fold of a task, with what it held out of one person."""
    from bench.deep.trained import Trained

    path = store.weights(key, task) / NETWORK
    if not path.is_file():
        raise StorageError(
            f"The network of fold '{task}' is not stored any more ({path} is missing); do the run again with --fresh."
        )
    opened = open_cell(str(store.root), str(cache), key)
    stored, number = store.predictions(key, task), int(task.partition("-")[0])
    split = opened.data.of_fold(opened.folds[number]) if number < len(opened.folds) else None
    if split is None or not stored[IDENTITY].equals(split.table[IDENTITY].reset_index(drop=True)):
        raise DataError(
            f"Fold '{task}' does not hold out the same windows any more: data or code have changed since. "
            "Do the run again with --fresh."
        )
    recipe, record = opened.recipe("cpu", 1), store.record(key, task)
    if record["search"]:
        recipe = search.apply(recipe, record["search"]["options"])
    network = Trained.load(path, cast("Staged", recipe.model), recipe.fusion)  # as all that are stored
    rows = np.flatnonzero((split.table["subject"] == subject).to_numpy())
    windows = cast("WindowSet", recipe.fusion.merge(split.test.take(rows)))
    scaled = tuple(split.scale or ())
    return Reopened(record["fold"], split.table.iloc[rows], windows, network, units(opened.parts, cache), scaled)


def units(parts: Parts, cache: Path) -> dict[str, str]:
    """The unit of each signal after the steps of the cell."""
    recorded = [name for name in parts.cell.cohort if name not in parts.dataset.stimulus_modalities]
    prepared = prepare(
        parts.dataset, parts.steps, parts.windowing, parts.data_key, Cache(cache), lambda *_: None, recorded
    )
    return {name: str(found["unit"]) for name, found in prepared.meta["modalities"].items()}
