"""The outcome of a permutation test, from stored predictions alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.results.permutation_record import PermutationRecord
from bench.results.permutations import read_fold
from bench.scoring.permutation import mean_over_subjects, permutation_p
from bench.scoring.scoring import columns, scoring, sign

if TYPE_CHECKING:
    from bench.results.store import Store

DIGITS = 6


def outcome(store: Store, key: str, seed: int, most: int | None = None) -> PermutationRecord | None:
    """How the row scores among its permutations, or the first of them; None unless all folds are stored."""
    cell = store.read_cell(key)
    tasks = [f"{fold}.s{seed}" for fold in cell.folds]
    if any(store.state(key, task) != "done" for task in tasks):
        return None
    parts = [part for task in tasks if (part := read_fold(store, key, task)) is not None]
    if len(parts) < len(tasks):
        return None
    tables = [store.predictions(key, task) for task in tasks]
    subjects = np.unique(np.concatenate([table["subject"].astype(str) for table in tables]), return_inverse=True)[1]
    folds = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    count, classes = min([len(part) for part in parts] + ([most] if most else [])), len(cell.classes)
    labels = [np.concatenate([table["label"].to_numpy() for table in tables])]
    labels += list(np.concatenate([part.labels[:count] for part in parts], axis=1))
    predictions = [np.concatenate([table[columns(cell.classes)].to_numpy(np.float64) for table in tables])]
    predictions += list(np.concatenate([part.predictions[:count] for part in parts], axis=1))
    score, *permuted = (
        mean_over_subjects(*each, subjects, folds, classes) for each in zip(labels, predictions, strict=True)
    )
    metric = scoring(cell.classes).leading
    better, known = sign(metric), np.array([each for each in permuted if not np.isnan(each)])
    return PermutationRecord(
        seed=seed,
        metric=metric,
        permutations=count,
        score=round(score, DIGITS),
        p=round(permutation_p(better * score, better * np.array(permuted)), DIGITS),
        mean=round(float(known.mean()), DIGITS) if len(known) else None,
        best_5_percent=round(better * float(np.percentile(better * known, 95)), DIGITS) if len(known) else None,
    )
