"""The protocol in which neither the person nor the stimulus of a held-out window is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from bench.api import Protocol, Range
from bench.errors import UsageError
from bench_splits.units import dealt, fold_name, numbers, require, require_stimuli, size, stratified

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows

NAME = "subject-stimulus-independent"


@dataclass(frozen=True)
class UnseenPeopleAndStimuli(Protocol):
    """A grid of parts of the people and parts of the stimuli; each cell is held out once.

    A fold trains on the windows whose person and stimulus are both in other parts. Windows that share
    only one of the two with the cell are unused in that fold. A cell without windows gives no fold.
    """

    groups: ClassVar[tuple[str, ...]] = ("subject", "stimulus")
    profiles: ClassVar[dict[str, dict[str, Any]]] = {"smoke": {"people": 2, "stimuli": 2, "repeats": 1}}

    people: Annotated[int, Range(2, 1000), "parts that people are cut into"] = 5
    stimuli: Annotated[int, Range(2, 1000), "parts that stimuli are cut into"] = 5
    seed: Annotated[int, "another seed cuts other parts"] = 0
    repeats: Annotated[int, Range(1, 1000), "how often everything is cut anew"] = 1

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        require_stimuli(NAME, table)
        person, stimulus = numbers(table, ["subject"]), numbers(table, ["stimulus"])
        require(NAME, "people", self.people, size(person), "people")
        require(NAME, "stimuli", self.stimuli, size(stimulus), "stimuli")
        labels = table["label"].to_numpy()
        for repeat in range(self.repeats):
            seed = self.seed + repeat
            row = stratified(labels, person, self.people, seed)
            column = stratified(labels, stimulus, self.stimuli, seed)
            for number in range(self.people * self.stimuli):
                in_row, in_column = row == number // self.stimuli, column == number % self.stimuli
                train, test = np.flatnonzero(~in_row & ~in_column), np.flatnonzero(in_row & in_column)
                name = fold_name(number, repeat, self.repeats)
                if len(test) and not len(train):
                    raise UsageError(
                        f"{NAME} leaves nothing to train on in {name}: "
                        "set -o protocol.people or -o protocol.stimuli higher."
                    )
                if len(test):
                    yield name, train, test

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """At most `parts` splits, each holding out one part of the people and one of the stimuli.

        These are the diagonal of the grid: all its cells would be parts squared.
        """
        person, stimulus = numbers(table, ["subject"], rows), numbers(table, ["stimulus"], rows)
        parts = min(parts, size(person), size(stimulus))
        if parts < 2:
            return
        for people, stimuli in zip(dealt(person, parts, seed=0), dealt(stimulus, parts, seed=1), strict=True):
            fit, held = rows[~people & ~stimuli], rows[people & stimuli]
            if len(fit) and len(held):
                yield fit, held
