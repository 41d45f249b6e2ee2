"""Stored results computed again from the stored predictions, before they are published."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bench.errors import StorageError
from bench.results.permutations import folder
from bench.results.serialization import plain
from bench.results.task_record import COMPLETE
from bench.running.permutation.outcome import outcome
from bench.running.records import scored
from bench.scoring.scoring import columns, thresholds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.leaderboard.summary import Summary
    from bench.results.store import Store
    from bench.results.task_record import ConditionScores, TaskRecord

EXACT = 1e-9  # relative; other versions of libraries may add in another order
ROUNDED = 2e-6  # outcomes of permutations have six digits


def require_agreement(store: Store, summary: Summary) -> None:
    """Raise where the record of a task, or of a permutation test, and its predictions disagree."""
    require_permutations(store, summary)
    for fold in store.read_cell(summary.key).folds:
        for seed in summary.seeds:
            task = f"{fold}.s{seed}"
            for reason in disagreements(store, summary, task):
                raise StorageError(
                    f"Cannot publish {store.task(summary.key, task)}: {reason}; restore the folder, or delete it and "
                    "do the run again."
                )


def require_permutations(store: Store, summary: Summary) -> None:
    """Raise where the outcome of a permutation test is not the one of its stored predictions."""
    record = summary.permutation
    if record is None:
        return
    found = outcome(store, summary.key, record.seed, record.permutations)
    if found is None or differing(plain(record), plain(found)):
        raise StorageError(
            f"Cannot publish {folder(store, summary.key)}: the outcome is not the one of the stored predictions; "
            "restore the folder, or delete it and do the run again with --permute."
        )


def differing(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two outcomes differ by more than the rounding of their digits."""
    numbers = {name for name, value in one.items() if isinstance(value, float)}
    return any(one[name] != other[name] for name in one.keys() - numbers) or not all(
        isinstance(other[name], float) and math.isclose(one[name], other[name], abs_tol=ROUNDED) for name in numbers
    )


def disagreements(store: Store, summary: Summary, task: str) -> Iterator[str]:
    """One sentence for each value of a record that its predictions do not give."""
    record = store.record(summary.key, task)
    parts: dict[str, TaskRecord | ConditionScores] = {COMPLETE: record, **record.conditions}
    for condition, stored in parts.items():
        table = store.predictions(summary.key, task, condition)
        if len(table) != record.windows.test:
            yield f"its record counts {record.windows.test} test windows, and there are predictions of {len(table)}"
            return
        predicted = table[columns(summary.classes)].to_numpy()
        computed = plain(scored(table, predicted, summary.classes, thresholds_of(table)))
        for name, value in differences(plain(stored.metrics), computed["metrics"]):
            yield f"its record has {name}={value[0]}, and its predictions give {value[1]}"
        if set(stored.subjects) != set(computed["subjects"]):
            yield "its record and its predictions are of other subjects"
            return
        for subject, scores in stored.subjects.items():
            for name, value in differences(plain(scores), computed["subjects"][subject]):
                yield f"its record has {name}={value[0]} for {subject}, and its predictions give {value[1]}"
        if plain(stored.confusion) != computed["confusion"]:
            yield "its record has another confusion matrix than its predictions give"


def differences(stored: dict[str, Any], computed: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Metrics that both have, and in which they differ."""
    for name in stored.keys() & computed.keys():
        one, other = stored[name], computed[name]
        if one != other and (None in (one, other) or not math.isclose(one, other, rel_tol=EXACT, abs_tol=EXACT)):
            yield name, (one, other)
