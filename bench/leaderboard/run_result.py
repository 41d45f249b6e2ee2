"""What a run came to: rows, failures and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench.leaderboard.comparison import comparisons
from bench.leaderboard.seeds import seed_spread
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    import pandas as pd

    from bench.api import TaskInfo
    from bench.leaderboard.comparison import Comparison, Row
    from bench.leaderboard.summary import Summary
    from bench.planning.expansion import Refusal
    from bench.planning.plan import Plan
    from bench.running.run import Outcome


@dataclass(frozen=True)
class RunResult:
    """The rows of a run are those of its finished cells."""

    plan: Plan
    outcome: Outcome
    summaries: list[Summary]

    @property
    def run(self) -> str:
        """The name of the run, which `bench show` takes."""
        return self.outcome.run

    @cached_property
    def comparisons(self) -> list[Comparison]:
        return comparisons(self.summaries)

    @property
    def rows(self) -> list[Row]:
        """Comparison by comparison, the top row first and baselines last."""
        return [row for comparison in self.comparisons for row in comparison.rows]

    @property
    def failures(self) -> list[TaskInfo]:
        return self.outcome.failures

    @property
    def refused(self) -> list[Refusal]:
        """Combinations that make no sense, with reasons."""
        return self.plan.refusals

    @property
    def not_clean(self) -> list[Summary]:
        """Rows whose verdict is not clean, by the audit before training or by probes since then."""
        return [summary for summary in self.summaries if summary.audit.verdict != "clean"]

    def to_frame(self) -> pd.DataFrame:
        """A line per row; each headline metric has a mean, its 95 % interval, and the deviation over seeds."""
        import pandas as pd

        return pd.DataFrame([values_of(row) for row in self.rows])

    def to_json(self) -> dict[str, Any]:
        """Without dates and times of training, which differ from run to run."""
        return {
            "run": self.run,
            "cells": [summary.to_json(varying=False) for summary in self.summaries],
            "refused": [vars(refusal) for refusal in self.refused],
            "failed": [{"cell": item.cell, "task": item.task, "message": item.message} for item in self.failures],
        }


def values_of(row: Row) -> dict[str, Any]:
    """Column -> value."""
    summary = row.summary
    values: dict[str, Any] = {
        **{name: getattr(summary, name) for name in ("dataset", "target", "protocol", "model", "fusion")},
        "modalities": "+".join(summary.cell.modalities),
        "seeds": summary.seeds,
    }
    for name in scoring(summary.classes).headline:
        found = summary.estimates[name]
        values |= {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
        values[f"{name}_seed_sd"] = seed_spread(summary, name)[1]
    gain = row.gain.mean if row.gain else None
    return values | {
        "gain": gain,
        "permutation_p": summary.permutation.p if summary.permutation else None,
        "beats": row.beats or "baseline",
        "verdict": summary.audit.verdict,
        "key": summary.key,
    }
