"""A comparison with a paper as plain values, for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.leaderboard.contrast import contrasts
from bench.results.serialization import plain
from bench.scoring.intervals import Paired

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.papers import PaperTable
    from bench.leaderboard.contrast import Contrast
    from bench.leaderboard.reproduction import Reproduced
    from bench.leaderboard.run_result import RunResult
    from bench.leaderboard.summary import Summary

SETTING = ("dataset", "preprocess", "simulated", "n_subjects", "n_windows", "seeds")  # the same for all rows


def document(
    table: PaperTable, rows: Sequence[Reproduced], found: Mapping[str, Summary], result: RunResult
) -> dict[str, Any]:
    """Printed rows beside ours, contrasts, baselines, findings about the printed numbers, and failures."""
    first = next((each.summary for each in rows if each.summary), None)
    setting = {} if first is None else {
        "profile": first.cell.profile, **{name: plain(getattr(first, name)) for name in SETTING},
    }  # fmt: skip
    return {
        "run": result.run,
        "setting": setting,
        "rows": [row(each) for each in rows],
        "contrasts": [compared(each) for each in contrasts(table, rows)],
        "baselines": [baseline(summary) for summary in found.values() if summary.baseline],
        "findings": [asdict(finding) for finding in table.findings()],
        "failed": [{"cell": item.cell, "task": item.task, "message": item.message} for item in result.failures],
    }


def row(each: Reproduced) -> dict[str, Any]:
    ours = each.summary
    return {
        **asdict(each.row),
        "target": ours.target if ours else each.row.target,
        "protocol": each.protocol, "folds": ours.n_folds if ours else 0, "cell": each.key, "problem": each.problem,
        "compared": {name: {**asdict(one), "difference": one.value, "inside": one.inside}
                     for name, one in each.differences().items()},
    }  # fmt: skip


def compared(each: Contrast) -> dict[str, Any]:
    return {
        **{name: {"label": one.row.label, "pretrain": one.row.pretrain, "cell": one.key}
           for name, one in (("first", each.first), ("second", each.second))},
        "target": each.first.row.target, "protocol": each.first.protocol, "metric": each.metric,
        "printed": each.printed, "plain": test(each.plain),
        "corrected": {**test(Paired(each.ours, each.corrected.p)), "p_holm": known(each.adjusted)},
    }  # fmt: skip


def test(found: Paired) -> dict[str, float | None]:
    """A paired test, differences in per cent."""
    bounds = {name: known(100 * getattr(found.interval, name)) for name in ("mean", "low", "high")}
    return {**bounds, "p": known(found.p)}


def known(value: float) -> float | None:
    """JSON has no NaN, and nothing that is infinite."""
    return value if math.isfinite(value) else None


def baseline(summary: Summary) -> dict[str, Any]:
    metrics = {
        name: {"mean": metric.mean, "low": metric.low, "high": metric.high} for name, metric in summary.metrics.items()
    }
    return {"model": summary.model, "target": summary.target, "protocol": summary.protocol, "metrics": metrics}
