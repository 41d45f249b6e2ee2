"""The fusion matrix of a comparison: a line for each model, a column for each fusion, and the best single modality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.leaderboard.columns import NOTHING, searched
from bench.leaderboard.comparison import alike, worth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.leaderboard.comparison import Comparison, Row

SINGLE = "best single"
ORDER = ("early", "feature", "middle", "attentive", "late", "late-frozen")  # others follow, in alphabetical order


@dataclass(frozen=True)
class Line:
    """The rows of one model on one set of modalities."""

    model: str
    modalities: tuple[str, ...]
    cells: Mapping[str, Row]  # by fusion, and the best single modality


@dataclass(frozen=True)
class Matrix:
    """Empty where no row fuses anything."""

    fusions: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.fusions, SINGLE)

    @property
    def several(self) -> bool:
        """Whether lines differ in their modalities, so that these belong to their names."""
        return len({line.modalities for line in self.lines}) > 1

    def name(self, line: Line) -> str:
        return f"{line.model} · {'+'.join(line.modalities)}" if self.several else line.model


def matrix(comparison: Comparison) -> Matrix:
    """The line with the best row first. Lines without a fusion are left out."""
    rows = [row for row in comparison.rows if not row.baseline]
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if len(row.summary.cell.modalities) > 1:
            groups.setdefault((*alike(row.summary), row.summary.cell.modalities), []).append(row)
    lines = [line(found, rows) for found in groups.values()]
    fusions = {fusion for each in lines for fusion in each.cells} - {SINGLE}
    return Matrix(tuple(sorted(fusions, key=place)), tuple(lines))


def line(fused: list[Row], rows: list[Row]) -> Line:
    """Rows are ordered, the best first."""
    first = fused[0].summary
    cells = {row.summary.fusion: row for row in reversed(fused)}
    singles = [
        row
        for row in rows
        if len(row.summary.cell.modalities) == 1
        and row.summary.cell.modalities[0] in first.cell.modalities
        and alike(row.summary) == alike(first)
    ]
    if singles:
        cells[SINGLE] = max(singles, key=lambda row: worth(row.summary, row.metric))
    return Line(searched(first), first.cell.modalities, cells)


def place(fusion: str) -> tuple[int, str]:
    """Where a fusion stands: `late(rule=vote)` follows `late`."""
    name = fusion.partition("(")[0]
    return (ORDER.index(name) if name in ORDER else len(ORDER), fusion)


def single_name(row: Row | None) -> str:
    """The modality of a row with one."""
    return NOTHING if row is None else "+".join(row.summary.cell.modalities)
