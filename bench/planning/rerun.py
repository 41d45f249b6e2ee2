"""Replaying a record: the same cells and seeds again, and what is not as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.cells.cell import Cell
from bench.cells.keys import code_record
from bench.cells.resolved import ResolvedCell
from bench.errors import UsageError
from bench.results.environment import differences, environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.registry import Registry


@dataclass(frozen=True)
class Rerun:
    """What a recorded run consisted of; each item has `cell`, `code`, `data` and, for a task, `metrics`."""

    items: list[dict[str, Any]]
    seeds: tuple[int, ...]
    environment: dict[str, Any]

    def resolve(self, registry: Registry) -> list[ResolvedCell]:
        return [ResolvedCell(Cell.from_record(item["cell"]), registry) for item in self.items]

    def differences(self, cells: Sequence[ResolvedCell]) -> list[str]:
        """What differs now in environment, code and data, one line each."""
        lines = differences(self.environment, environment(), "environment: ")
        for item, resolved in zip(self.items, cells, strict=True):
            lines += differences(item["code"], code_record(resolved), "code: ")
            if item["data"] != resolved.data_key:
                lines.append(f"data: {item['data']} then, {resolved.data_key} now")
        return list(dict.fromkeys(lines))


def read(path: Path) -> Rerun:
    """A record of a task, or of a run."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        items = record.get("items", [record])
        for item in items:
            Cell.from_record(item["cell"])
            item["code"], item["data"]
        seeds = tuple(record["seeds"] if "seeds" in record else [record["seed"]])
        return Rerun(items, seeds, record["environment"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is not a record ({type(error).__name__}: {error}); a record is bench-results/runs/NAME.json, "
            "or record.json of a task."
        ) from error
