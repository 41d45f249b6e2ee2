"""Tables of papers, which `bench reproduce` runs and compares with what was printed."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.api.suites import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class PrintedRow:
    """A row of a printed table, and the cell that is run to reproduce it."""

    label: str  # a short name; rows with the same label, target and pre-training are readings of one computed row
    printed: Mapping[str, float]  # metric -> printed value, in per cent; rmse, r, ccc and r2 as printed
    model: str = ""  # as users type it; empty if no model corresponds to the row
    fusion: str = ""
    modalities: tuple[str, ...] = ()
    reading: str = ""  # where the paper contradicts itself: the interpretation under which this row has the label
    note: str = ""
    target: str = ""  # empty: that of `PaperTable.setting`
    pretrain: tuple[str, ...] = ()  # data sets for pre-training; empty: no pre-training
    half_widths: Mapping[str, float] = field(default_factory=dict)  # metric -> half of the printed 95 % interval
    own: Mapping[str, Any] = field(default_factory=dict)  # further keys of its grid: {"preprocess": "zscore"}

    @property
    def keys(self) -> Mapping[str, Any]:
        """The keys of its grid that differ from `PaperTable.setting`, except the fusion."""
        named = {"model": [self.model], "target": [self.target], "pretrain": list(self.pretrain)}
        return {**{name: values for name, values in named.items() if any(values)}, **self.own}


@dataclass(frozen=True)
class Finding:
    """Something that the printed numbers show without any data."""

    title: str
    text: str
    lines: Sequence[Mapping[str, Any]] = ()  # the evidence, as a table


class PaperTable(Suite):
    """A table of a paper as a suite."""

    @property
    @abstractmethod
    def setting(self) -> Mapping[str, Any]:
        """The grid keys that all rows share: data set, modalities, preprocessing, protocol.

        If there are several protocols, the first is that of the paper, and every row is also run under the others.
        """

    @abstractmethod
    def rows(self) -> Sequence[PrintedRow]:
        """The printed rows, in the order of the paper."""

    def contrasts(self) -> Sequence[tuple[PrintedRow, PrintedRow]]:
        """Pairs of rows that the paper compares. They are tested against each other on the same folds."""
        return ()

    def findings(self) -> Sequence[Finding]:
        """Findings about the printed numbers."""
        return ()

    def grids(self) -> Sequence[Mapping[str, Any]]:
        """One grid per distinct `PrintedRow.keys`, with all fusions of its rows."""
        found: list[tuple[Mapping[str, Any], list[str]]] = []
        for row in (row for row in self.rows() if row.model):
            fusions = next((fusions for keys, fusions in found if keys == row.keys), None)
            if fusions is None:
                found.append((row.keys, [row.fusion]))
            elif row.fusion not in fusions:
                fusions.append(row.fusion)
        return [{**self.setting, **keys, "fusion": fusions} for keys, fusions in found]
