"""Test windows of a subject, and the attention in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import UsageError, unknown
from bench.results.tasks import held_out
from bench.running.load_fold import load_fold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.results.cell_record import CellRecord
    from bench.results.store import Store
    from bench.running.load_fold import LoadedFold


@dataclass(frozen=True)
class View:
    """Test windows of one subject, fold by fold."""

    cell: CellRecord
    subject: str
    numbers: Sequence[int]  # which of the subject's windows
    many: int  # windows that the subject has
    parts: Sequence[LoadedFold]

    def one(self, number: int | None) -> View:
        """A single window; by default, the middle one."""
        if number is None:
            number = self.many // 2
        if not 0 <= number < self.many:
            raise UsageError(
                f"--window takes a number from 0 to {self.many - 1} for {self.subject} in this cell, not {number}."
            )
        starts = np.cumsum([0, *(len(part.table) for part in self.parts)])
        place = int(np.searchsorted(starts, number, side="right")) - 1
        part = self.parts[place].take(np.array([number - starts[place]]))
        return View(self.cell, self.subject, [number], self.many, [part])

    def column(self, name: str) -> Array:
        """A column of the index table."""
        return np.concatenate([part.table[name].to_numpy() for part in self.parts])

    @cached_property
    def probabilities(self) -> Array:
        """(windows, classes)"""
        return np.concatenate([part.network.predict_proba(part.windows) for part in self.parts])

    @cached_property
    def attention(self) -> dict[str, dict[str, Array]]:
        """Stage -> connection -> (windows, channels or 1, time)."""
        found = [part.network.attention(part.windows) for part in self.parts]
        return {
            stage: {name: np.concatenate([each[stage][name] for each in found]) for name in connections}
            for stage, connections in found[0].items()
        }

    @property
    def signals(self) -> dict[str, Array]:
        """Modality -> (windows, channels, time), as input of the network."""
        return {name: np.concatenate([part.windows.signals(name) for part in self.parts]) for name in self.modalities}

    @property
    def modalities(self) -> tuple[str, ...]:
        return self.parts[0].windows.modalities

    @property
    def seconds(self) -> float:
        """The length of a window."""
        return float(self.column("stop")[0] - self.column("start")[0])

    def signal(self, modality: str) -> Signal:
        """The row of the first window."""
        part = self.parts[0]
        source = part.windows.recorded(modality)
        values = part.windows.take(np.array([0])).signals(modality)[0]
        unit = "" if modality in part.scaled else part.units[modality]
        return Signal(values, source.rate, unit, tuple(source.channels))


def view(store: Store, cache: Path, key: str, subject: str) -> View:
    """All test windows of a subject in a cell."""
    subjects = held_out(store, key)
    if subject not in subjects:
        raise unknown("held-out subject", subject, subjects, of=f"cell {key[:8]}")
    parts = [load_fold(store, cache, key, task, subject) for task in subjects[subject]]
    many = sum(len(part.table) for part in parts)
    return View(store.read_cell(key), subject, range(many), many, parts)
