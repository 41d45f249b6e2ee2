"""The stored results of a run or of a cell."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.errors import StorageError, UsageError, unknown
from bench.leaderboard.comparison import check_against, comparisons
from bench.leaderboard.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.leaderboard.comparison import Comparison
    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import CellRecord
    from bench.results.store import Store


@dataclass(frozen=True)
class StoredResults:
    """Finished cells as rows of comparisons, and the others."""

    keys: list[str]  # of all cells
    summaries: list[Summary]
    comparisons: list[Comparison]
    unfinished: list[str]


def stored_results(store: Store, run: str, metric: str = "", against: str = "") -> StoredResults:
    """Those of `latest`, of a run by the first letters of its name, or of cells by the first digits of their keys."""
    keys, seeds = cells_of(store, run)
    cells = readable(store)
    summaries = [summary for key in keys if (summary := summarise(store, key, seeds))]
    summaries = with_evaluations(store, summaries, cells)
    check_against(against, (summary.cell for summary in summaries))
    compared = comparisons([*summaries, *others(store, cells, summaries)], metric, against)
    shown = set(keys)
    found = [replace(each, rows=[row for row in each.rows if row.summary.key in shown]) for each in compared]
    finished = {summary.key for summary in summaries}
    unfinished = [key for key in keys if key not in finished]
    return StoredResults(keys, summaries, [comparison for comparison in found if comparison.rows], unfinished)


def readable(store: Store) -> dict[str, CellRecord]:
    """All cells by key, but for those whose record is damaged."""
    found = {}
    for key in store.cells():
        with suppress(StorageError):
            found[key] = store.read_cell(key)
    return found


def with_evaluations(
    store: Store, summaries: Iterable[Summary], cells: Mapping[str, CellRecord] | None = None
) -> list[Summary]:
    """Rows with the number of evaluations of their test windows: those of all finished rows of the store, one per seed.

    Whoever has tried more rows has had more chances, whichever of them are shown. Baselines are no candidates, and
    searches evaluate inner splits alone, so neither counts.
    """
    shown = list(summaries)
    counts = dict.fromkeys(map(tested, shown), 0)
    for key, cell in (readable(store) if cells is None else cells).items():
        if not cell.baseline and (windows := tested(cell)) in counts:
            counts[windows] += len(finished_seeds(store, key, cell.folds))
    return [replace(summary, evaluations=counts[tested(summary)]) for summary in shown]


def tested(row: Summary | CellRecord) -> str:
    """What rows that were tested on the same windows have in common; older results have no digest of test windows.

    The digest is of subjects, times and labels, which simulated data sets with other signals may share.
    """
    return f"{row.test_windows or row.comparison} {row.cell.dataset}"


def finished_seeds(store: Store, key: str, folds: Sequence[str]) -> list[str]:
    """Seeds all of whose folds are stored; a file that was damaged later has been evaluated as well."""
    tasks = (path.name.rpartition(".s") for path in (store.cell(key) / "tasks").glob("[0-9]*.s*"))
    counts = Counter(seed for fold, _, seed in tasks if fold in folds)
    return [seed for seed, count in counts.items() if count == len(folds)]


def others(store: Store, cells: Mapping[str, CellRecord], summaries: list[Summary]) -> list[Summary]:
    """The rows that a single cell is compared with: baselines and single modalities."""
    if len(summaries) != 1:
        return []
    [mine] = summaries
    keys = [key for key, cell in cells.items() if key != mine.key and cell.comparison == mine.comparison
            and (cell.baseline or (len(cell.cell.modalities) == 1 and cell.labels.model == mine.model))]  # fmt: skip
    return [summary for key in keys if (summary := summarise(store, key, mine.seeds))]


def cells_of(store: Store, run: str) -> tuple[list[str], tuple[int, ...] | None]:
    """Keys of cells, and the seeds of the run where a run is named."""
    runs = store.runs()
    if not runs:
        raise UsageError(f"There are no runs in {store.root}; start one with 'bench run', or name a folder with --out.")
    cells = [key for key in store.cells() if key.startswith(run)]
    named = (
        runs[-1:]
        if run == "latest"
        else [name for name in runs if name == run] or [name for name in runs if name.startswith(run)]
    )
    if len(named) == 1:
        record = store.read_run(named[0])
        return record.cells, record.seeds
    if named and not cells:
        raise UsageError(f"{len(named)} runs begin with '{run}', the latest one is {named[-1]}; type more of its name.")
    if not cells:
        raise unknown(f"run or cell in {store.root}", run, ["latest", *runs[-5:]], "These are the latest.")
    return cells, None
