"""A comparison with a paper as plain values, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.evaluation.run import Outcome
    from bench.leaderboard.comparison import Summary
    from bench.leaderboard.reproduction import Reproduced


def document(rows: Sequence[Reproduced], found: Mapping[str, Summary], outcome: Outcome) -> dict[str, Any]:
    """Printed rows with ours, baselines, and what failed."""
    metrics = ("mean", "low", "high")
    baselines = {summary["labels"]["model"]: summary for summary in found.values() if summary["baseline"]}
    first = next((each.summary for each in rows if each.summary), None)
    setting = {} if first is None else {
        **first["labels"], "target": first["cell"]["target"], "profile": first["cell"]["profile"],
        **{name: first[name] for name in ("simulated", "people", "windows", "folds", "seeds")},
    }  # fmt: skip
    return {
        "run": outcome.run,
        "setting": {name: value for name, value in setting.items() if name not in ("model", "fusion")},
        "rows": [
            {**asdict(each.row), "cell": each.key, "problem": each.problem,
             "compared": {name: {**asdict(one), "difference": one.value, "inside": one.inside}
                          for name, one in each.differences().items()}}
            for each in rows
        ],
        "baselines": {
            name: {metric: {key: interval[key] for key in metrics} for metric, interval in summary["metrics"].items()}
            for name, summary in baselines.items()
        },
        "failed": [{"cell": item.cell, "task": item.task, "message": item.message} for item in outcome.failures],
    }  # fmt: skip
