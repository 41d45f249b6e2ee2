"""Copies of studies in a SQLite file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import optuna

from bench.cells.searching import searching_of
from bench.errors import StorageError, UsageError
from bench.running.search.pruners import finished
from bench.running.search.study import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.results.store import Store


def write(store: Store, names: Sequence[tuple[str, str, str]], to: Path) -> None:
    """Name of the study, key of the cell, task; the file appears when it is complete."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    partial = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        partial.touch()
    except OSError as error:
        raise UsageError(f"Cannot write {to} ({error.strerror}); name another file with --to.") from error
    storage = optuna.storages.RDBStorage(f"sqlite:///{partial}")
    try:
        for name, key, task in names:
            how = searching_of(store.read_cell(key).cell.searching)
            trials = place_of(store, key, task).study(how, 1).get_trials(deepcopy=False)
            record = store.record(key, task).search
            if record is None or len(finished(trials)) != len(record.trials):
                raise StorageError(
                    f"The trials of {task} of {key} are damaged, so nothing was exported; 'bench search show {key}' "
                    "has those of the record."
                )
            copy = optuna.create_study(storage=storage, study_name=name, directions=how.directions)
            copy.add_trials(trials)
        storage.remove_session()
        storage.engine.dispose()
        partial.rename(to)
    finally:
        partial.unlink(missing_ok=True)
