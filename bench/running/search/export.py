"""Copies of studies in a SQLite file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import optuna

from bench.cells.searching import searching_of
from bench.running.search.study import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.results.store import Store


def write(store: Store, names: Sequence[tuple[str, str, str]], to: Path) -> None:
    """Name of the study, key of the cell, task; the file appears when it is complete."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    partial = to.with_name(f".{to.name}.{os.getpid()}")
    storage = optuna.storages.RDBStorage(f"sqlite:///{partial}")
    try:
        for name, key, task in names:
            how = searching_of(store.read_cell(key).cell.searching)
            study = place_of(store, key, task).study(how, 1)
            copy = optuna.create_study(storage=storage, study_name=name, directions=how.directions)
            copy.add_trials(study.get_trials(deepcopy=False))
        storage.remove_session()
        storage.engine.dispose()
        partial.rename(to)
    finally:
        partial.unlink(missing_ok=True)
