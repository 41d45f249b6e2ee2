"""Replaying a record: the same cells and seeds again, and what differs now."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.cells.keys import code_record
from bench.cells.resolved import ResolvedCell
from bench.errors import DataError, UsageError
from bench.options import values_of
from bench.planning.record_validation import (
    KEY,
    NAME,
    check_cell,
    check_names,
    check_resolved,
    check_seeds,
    check_texts,
)
from bench.readers import text_files
from bench.results import environment, published
from bench.results.decoding import RecordError
from bench.results.run_record import RunRecord
from bench.results.serialization import plain
from bench.results.task_record import TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.cells.cell import Cell
    from bench.registry import Registry
    from bench.results.environment import Environment


@dataclass(frozen=True)
class RecordedCell:
    """A cell as it was run; None where the record does not hold a value."""

    cell: Cell
    seeds: tuple[int, ...]
    code: Mapping[str, Mapping[str, Any]] | None
    data: str
    environment: Environment | None


@dataclass(frozen=True)
class Rerun:
    """The cells of a record."""

    cells: list[RecordedCell]

    def resolve(self, registry: Registry) -> list[ResolvedCell]:
        """The cells with their plugins; the files of a data set are digested once."""
        digests: dict[str, str] = {}
        cells = [ResolvedCell(each.cell, registry) for each in self.cells]
        for resolved in cells:
            check_resolved(resolved)
            dataset = str(resolved.cell.dataset)
            if dataset in digests:
                resolved.data_digest = digests[dataset]
            digests[dataset] = resolved.data_digest
        return cells

    def by_seeds(self, cells: Sequence[ResolvedCell]) -> dict[tuple[int, ...], list[ResolvedCell]]:
        """Cells that are run with the same seeds."""
        found: dict[tuple[int, ...], list[ResolvedCell]] = {}
        for recorded, resolved in zip(self.cells, cells, strict=True):
            found.setdefault(recorded.seeds, []).append(resolved)
        return found

    def differences(self, cells: Sequence[ResolvedCell]) -> list[str]:
        """What differs now in environment, code and data, one line each."""
        pairs = zip(self.cells, cells, strict=True)
        return list(dict.fromkeys(line for pair in pairs for line in differences_of(*pair)))


def differences_of(recorded: RecordedCell, resolved: ResolvedCell) -> Iterator[str]:
    if recorded.environment is None:
        yield "environment: not recorded"
    else:
        now = environment.environment()
        yield from environment.differences(asdict(recorded.environment), asdict(now), "environment: ")
    if recorded.code is None:
        yield "code: not recorded"
    else:
        yield from environment.differences(recorded.code, code_record(resolved), "code: ")
    yield from new_options(recorded.cell, resolved.registry)
    if recorded.data and recorded.data != resolved.data_key:
        yield f"data: {recorded.data} then, {resolved.data_key} now"


def new_options(cell: Cell, registry: Registry) -> Iterator[str]:
    """Options that plugins did not have when the record was written; they have their defaults now."""
    features = [cell.features] if cell.features else []
    for choice in (cell.dataset, *cell.steps, *cell.scalings, *features, cell.model, cell.fusion, cell.protocol):
        values = values_of(choice.build(registry))
        for name in sorted(set(values) - set(choice.options)):
            yield f"options: {choice.kind} '{choice.name}': {name} not recorded, {values[name]} now"


def read(path: Path) -> Rerun:
    """The record of a run or of a task, or published results."""
    try:
        cells = published_cells(path) if path.suffix == published.SUFFIX else recorded_cells(path)
        for number, recorded in enumerate(cells):
            try:
                check_seeds(recorded.seeds)
                check_cell(recorded.cell)
                check_texts(plain([recorded.cell, recorded.code, recorded.data, recorded.environment]))
            except RecordError as error:
                raise error.inside(f"cell {number + 1}") from None
        return Rerun(cells)
    except DataError as error:
        raise UsageError(str(error)) from error
    except ValueError as error:
        raise UsageError(
            f"{path} is not a record ({error}); a record is bench-results/runs/NAME.json, record.json of a task, or "
            "leaderboard/results/NAME.jsonl."
        ) from error


def published_cells(path: Path) -> list[RecordedCell]:
    _, rows = published.read(path)
    check_names(KEY, "key", *(row.key for row in rows))
    return [RecordedCell(row.cell, row.seeds, row.code, row.data, row.environment) for row in rows]


def recorded_cells(path: Path) -> list[RecordedCell]:
    values = text_files.parse_json(text_files.read_text(path))
    if isinstance(values, dict) and "items" in values:
        run = RunRecord.from_sealed(values)
        check_names(NAME, "run", run.run)
        check_names(KEY, "items", *(item.key for item in run.items))
        return [RecordedCell(item.cell, run.seeds, item.code, item.data, run.environment) for item in run.items]
    task = TaskRecord.from_sealed(values)
    check_names(NAME, "task", task.task)
    return [RecordedCell(task.cell, (task.seed,), task.code, task.data, task.environment)]
