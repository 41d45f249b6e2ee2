"""A comparison with a paper as plain values, for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.leaderboard.contrast import contrasts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.papers import PaperTable
    from bench.leaderboard.comparison import Summary
    from bench.leaderboard.contrast import Contrast
    from bench.leaderboard.reproduction import Reproduced
    from bench.running.run import Outcome
    from bench.scoring.intervals import Paired

OF_ALL = ("simulated", "people", "windows", "seeds")
OF_A_ROW = ("model", "fusion", "protocol")


def document(
    table: PaperTable, rows: Sequence[Reproduced], found: Mapping[str, Summary], outcome: Outcome
) -> dict[str, Any]:
    """Printed rows with ours, what the paper compares, baselines, what printed numbers say, and what failed."""
    first = next((each.summary for each in rows if each.summary), None)
    setting = {} if first is None else {
        **{name: label for name, label in first["labels"].items() if name not in OF_A_ROW},
        "profile": first["cell"]["profile"], **{name: first[name] for name in OF_ALL},
    }  # fmt: skip
    return {
        "run": outcome.run,
        "setting": setting,
        "rows": [row(each) for each in rows],
        "contrasts": [compared(each) for each in contrasts(table, rows)],
        "baselines": [baseline(summary) for summary in found.values() if summary["baseline"]],
        "findings": [asdict(finding) for finding in table.findings()],
        "failed": [{"cell": item.cell, "task": item.task, "message": item.message} for item in outcome.failures],
    }


def row(each: Reproduced) -> dict[str, Any]:
    ours = each.summary
    return {
        **asdict(each.row),
        "target": ours["cell"]["target"] if ours else each.row.target,
        "protocol": each.protocol, "folds": ours["folds"] if ours else 0, "cell": each.key, "problem": each.problem,
        "compared": {name: {**asdict(one), "difference": one.value, "inside": one.inside}
                     for name, one in each.differences().items()},
    }  # fmt: skip


def compared(each: Contrast) -> dict[str, Any]:
    return {
        **{name: {"label": one.row.label, "pretrain": one.row.pretrain, "cell": one.key}
           for name, one in (("first", each.first), ("second", each.second))},
        "target": each.first.row.target, "protocol": each.first.protocol, "metric": each.metric,
        "printed": each.printed, "plain": test(each.plain),
        "corrected": {**test(each.corrected), "p_holm": known(each.adjusted)},
    }  # fmt: skip


def test(found: Paired) -> dict[str, float | None]:
    """A paired test over folds, differences in per cent."""
    bounds = {name: known(100 * getattr(found.interval, name)) for name in ("mean", "low", "high")}
    return {**bounds, "p": known(found.p)}


def known(value: float) -> float | None:
    """JSON has no NaN, and nothing that is infinite."""
    return value if math.isfinite(value) else None


def baseline(summary: Summary) -> dict[str, Any]:
    metrics = {
        metric: {name: interval[name] for name in ("mean", "low", "high")}
        for metric, interval in summary["metrics"].items()
    }
    labels, target = summary["labels"], summary["cell"]["target"]
    return {"model": labels["model"], "target": target, "protocol": labels["protocol"], "metrics": metrics}
