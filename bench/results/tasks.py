"""The finished tasks of a cell, and what their networks have logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bench.results.store import Store
    from bench.results.task_record import TaskRecord

    Connections = dict[str, dict[str, dict[str, float]]]  # stage -> connection -> entropy, dead


def done(store: Store, key: str) -> Iterator[str]:
    """The names of tasks that are stored and intact, in the order of folds."""
    names = sorted(path.name for path in (store.cell(key) / "tasks").glob("[0-9]*.s*"))
    return (name for name in names if store.state(key, name) == "done")


def complete(
    store: Store, key: str, folds: Sequence[str], requested: Collection[int] | None
) -> dict[int, list[tuple[TaskRecord, bytes]]]:
    """Seeds all of whose folds are stored and intact, with the record and the predictions of each fold."""
    names = (path.name for path in (store.cell(key) / "tasks").glob("[0-9]*.s*"))
    found = {}
    for seed in sorted(set(map(seed_of, names))):
        tasks = []
        for fold in folds if requested is None or seed in requested else ():
            if (task := store.done(key, f"{fold}.s{seed}")) is None:
                break
            tasks.append(task)
        if len(tasks) == len(folds):
            found[seed] = tasks
    return found


def connections(store: Store, key: str) -> Iterator[Connections]:
    """What each task has logged about its connections, where they have attention."""
    for task in done(store, key):
        training = store.record(key, task).training or {}
        found = training.get("all", {}).get("connections")
        if found:
            yield found


def held_out(store: Store, key: str) -> dict[str, list[str]]:
    """Subject -> the tasks that tested windows of this subject, with the lowest seed."""
    tasks = list(done(store, key))
    first = min(map(seed_of, tasks), default=0)
    found: dict[str, list[str]] = {}
    for task in tasks:
        if seed_of(task) == first:
            for subject in store.predictions(key, task)["subject"].unique():
                found.setdefault(str(subject), []).append(task)
    return found


def seed_of(task: str) -> int:
    return int(task.rpartition(".s")[2])
