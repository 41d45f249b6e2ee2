"""The searches of stored tasks, as the commands of this folder show them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.digests import digest
from bench.errors import UsageError
from bench.leaderboard.stored import cells_of
from bench.results.tasks import done
from bench.scoring.objective import in_words, objective_of
from bench.scoring.scoring import in_per_cent, sign
from bench.specs import format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.results.cell_record import CellRecord
    from bench.results.store import Store
    from bench.results.task_record import SearchRecord, TaskRecord


@dataclass(frozen=True)
class Searched:
    """A cell with the records of its finished tasks that have searched."""

    cell: CellRecord
    key: str
    tasks: Sequence[TaskRecord]

    @property
    def metric(self) -> str:
        return objective_of(self.cell.classes, self.cell.cell.objective)

    @property
    def objective(self) -> str:
        return in_words(self.cell.classes, self.cell.cell.objective)

    @property
    def comparison(self) -> str:
        return f"{self.cell.labels.dataset} · {self.cell.cell.target} · {self.cell.labels.protocol}"

    @property
    def title(self) -> str:
        labels = self.cell.labels
        return f"{labels.dataset} · {self.cell.cell.target} · {self.cell.label} · {labels.protocol} ({self.key[:8]})"

    def shown(self, score: float | None) -> str:
        """A score as tables show the metric."""
        if score is None:
            return "–"
        plain = score * sign(self.metric)
        return f"{100 * plain:.1f}" if self.per_cent else f"{plain:.3f}"

    def difference(self, value: float) -> str:
        """Of two scores, with its sign; positive where the first one is better."""
        return f"{100 * value:+.1f}" if self.per_cent else f"{value:+.3f}"

    @property
    def per_cent(self) -> bool:
        return in_per_cent(self.metric) and self.metric not in ("log_loss", "brier")  # which are no shares


def searched(store: Store, run: str) -> list[Searched]:
    """The cells of a run that have searched."""
    found = []
    for key in cells_of(store, run)[0]:
        cell = store.read_cell(key)
        records = [store.record(key, task) for task in done(store, key)] if cell.cell.search else []
        tasks = [record for record in records if record.search and record.search.trials]
        if tasks:
            found.append(Searched(cell, key, tasks))
    if not found:
        raise UsageError(
            f"No finished task of '{run}' has searched; 'bench run --search 20' searches, and 'bench show' names keys."
        )
    return found


def search_of(task: TaskRecord) -> SearchRecord:
    assert task.search is not None
    return task.search


def chosen(tasks: Sequence[TaskRecord]) -> dict[str, list[Any]]:
    """Option -> the values that folds have chosen."""
    found: dict[str, list[Any]] = {}
    for task in tasks:
        for name, value in search_of(task).options.items():
            found.setdefault(name, []).append(value)
    return found


def common(tasks: Sequence[TaskRecord]) -> dict[str, Any]:
    """The options that most folds have chosen; where as many have chosen others, those with the best inner score."""
    found = [search_of(task) for task in tasks]
    counts = Counter(digest(search.options) for search in found)
    best = max(found, key=lambda search: (counts[digest(search.options)], search.score or 0.0))
    return dict(best.options)


def spread(values: Sequence[Any]) -> str:
    """`0.0012 to 14`, or `3 × average, 1 × vote`."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        low, high = (f"{each:.3g}" for each in (min(values), max(values)))
        return low if low == high else f"{low} to {high}"
    counts = Counter(map(format_value, values)).most_common()
    return counts[0][0] if len(counts) == 1 else ", ".join(f"{count} × {value}" for value, count in counts)
