"""Versions of suites: frozen from a run, and compared with rows that want to stand in the same table."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.errors import DataError, StorageError, UsageError
from bench.leaderboard.columns import searching
from bench.leaderboard.stored import cells_of
from bench.readers import text_files
from bench.results.decoding import RecordError
from bench.results.files import write_text
from bench.results.serialization import SealError, sealed, to_json
from bench.results.suite_record import Budget, FrozenComparison, SuiteRecord
from bench.scoring.scoring import scoring
from bench.specs import format_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import CellRecord
    from bench.results.row_record import RowRecord
    from bench.results.store import Store

NAME, VERSION = re.compile(r"[a-z0-9][a-z0-9-]*"), re.compile(r"[0-9][0-9A-Za-z.]*")


def freeze(store: Store, run: str, name: str, version: str) -> SuiteRecord:
    """The comparisons of a run; rows with the same windows, folds and metrics are one."""
    if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        raise UsageError(
            f"A suite has a name of small letters, digits and hyphens, and a version such as 1 or 2.1, not "
            f"'{name}' and '{version}'."
        )
    keys, seeds = cells_of(store, run)
    found: dict[tuple[str, ...], FrozenComparison] = {}
    for key in keys:
        cell = store.read_cell(key)
        if not cell.test_windows:
            raise UsageError(f"{cell.label} was planned by an older version, which kept no digest of windows.")
        one = frozen(cell, seeds or ())
        place = identity(one.dataset, one.target, one.protocol, one.test_windows)
        known = found.get(place, one)
        found[place] = replace(known, budgets=tuple(dict.fromkeys((*known.budgets, *one.budgets))))
    return SuiteRecord(
        name=name, version=version, date=f"{datetime.now(UTC):%Y-%m-%d}", comparisons=tuple(found.values())
    )


def frozen(cell: CellRecord, seeds: tuple[int, ...]) -> FrozenComparison:
    parts = cell.cell
    return FrozenComparison(
        dataset=cell.labels.dataset,
        target=parts.target,
        protocol=cell.labels.protocol,
        test_windows=cell.test_windows,
        folds=cell.folds_digest,
        classes=cell.classes,
        n_subjects=len(cell.subjects),
        n_windows=cell.n_windows,
        n_folds=len(cell.folds),
        metrics=scoring(cell.classes).published,
        budgets=()
        if cell.baseline
        else (Budget(parts.profile, parts.search, parts.objective, seeds, format_spec("", parts.searching)),),
        command=cell.command,
    )


def identity(*parts: str) -> tuple[str, ...]:
    return parts


def misfits(suite: SuiteRecord, row: Summary) -> Iterator[str]:
    """Why a row does not belong to this version of a suite, as ends of sentences."""
    mine = identity(row.dataset, row.target, row.protocol, row.test_windows)
    found = [each for each in suite.comparisons if (each.dataset, each.target, each.protocol) == mine[:3]]
    if not found:
        known = "; ".join(f"{each.dataset} · {each.target} · {each.protocol}" for each in suite.comparisons)
        yield f"{suite.title} has no such comparison; it has {known}"
        return
    same = next((each for each in found if each.test_windows == row.test_windows), None)
    if same is None:
        yield f"its test windows are not those of {suite.title}: other data, windows, labels or folds"
        return
    missing = [name for name in same.metrics if name not in row.metrics]
    if missing:
        yield f"it has no {missing[0]}, which {suite.title} compares"
    if not row.baseline and not any(within(row, budget) for budget in same.budgets):
        budgets = " or ".join(map(in_words, same.budgets)) or "baselines alone"
        yield f"its budget is {in_words(budget_of(row))}, and that of {suite.title} is {budgets}"


def budget_of(row: Summary) -> Budget:
    cell = row.cell
    return Budget(cell.profile, cell.search, cell.objective, row.seeds, format_spec("", cell.searching))


def within(row: Summary, budget: Budget) -> bool:
    """The same profile and search, and all of the seeds."""
    mine = budget_of(row)
    return replace(mine, seeds=budget.seeds) == budget and set(budget.seeds) <= set(mine.seeds)


def in_words(budget: Budget) -> str:
    search = searching(budget.search, budget.objective, budget.searching)
    seeds = ", ".join(map(str, budget.seeds))
    return f"profile {budget.profile}, {search}, seeds {seeds}"


def require_one_version(path: Path, rows: Iterable[RowRecord]) -> None:
    """Raise where rows belong to different versions of a suite, which cannot stand in one table."""
    versions: dict[str, set[str]] = {}
    for row in rows:
        name, _, version = row.suite.rpartition(" ")
        versions.setdefault(name, set()).add(version)
    for name, each in versions.items():
        if name and len(each) > 1:
            raise StorageError(
                f"{path} has rows of versions {' and '.join(sorted(each))} of the suite '{name}', which cannot stand "
                "in one table; submit them to folders of their own."
            )


def write(suite: SuiteRecord, path: Path) -> None:
    """A version stays as it is: raise where there is a file."""
    if path.exists():
        raise UsageError(f"{path} is there already; a version of a suite is never changed, so name another one.")
    try:
        write_text(path, to_json(sealed(suite.to_json())))
    except OSError as error:
        raise StorageError(f"Cannot write {path} ({error.strerror}); name another file with --to.") from error


def read(path: Path) -> SuiteRecord:
    try:
        return SuiteRecord.from_sealed(text_files.parse_json(text_files.read_text(path)))
    except SealError as error:
        raise StorageError(f"{path} was altered: {error}; restore it from version control.") from error
    except (DataError, RecordError, json.JSONDecodeError) as error:
        raise StorageError(f"{path} is not a suite that 'bench suite freeze' wrote ({error}).") from error
