"""What the searches of all folds of a row have found together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.leaderboard.estimates import rounded
from bench.results.row_record import EstimateRecord
from bench.scoring.intervals import t_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.results.task_record import SearchRecord, TaskRecord


def searched(records: Sequence[TaskRecord]) -> dict[str, Any]:
    """The fields of a row: trials of all folds, importances and budget as means over folds, and the optimism."""
    found = [record.search for record in records if record.search and record.search.trials]
    if not found:
        return {}
    return {
        "trials": sum(len(search.trials) for search in found),
        "importances": mean([search.importances for search in found if search.importances]),
        "budget": mean([search.budget for search in found]),
        "optimism": optimism(found),
    }


def mean(values: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """By name, over all that have it; one that lacks it has 0."""
    names = sorted({name for each in values for name in each})
    return {name: float(f"{np.mean([each.get(name, 0.0) for each in values]):.6g}") for name in names}


def optimism(found: Sequence[SearchRecord]) -> EstimateRecord | None:
    """How much better the best trial of a fold looks on inner parts than its options are on the test windows."""
    gaps = [each.score - each.outer for each in found if each.score is not None and each.outer is not None]
    if not gaps:
        return None
    interval = t_interval(np.array(gaps))
    return EstimateRecord(rounded(interval.mean), rounded(interval.low), rounded(interval.high), len(gaps))
