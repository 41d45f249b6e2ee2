"""The protocol with unseen subjects and unseen stimuli."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from bench.api import Protocol, Range
from bench.errors import UsageError
from bench_splits.groups import count, fold_name, group_numbers, require, require_stimuli
from bench_splits.parts import kfold_masks, stratified_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows

NAME = "subject-stimulus-independent"


@dataclass(frozen=True)
class SubjectStimulusIndependent(Protocol):
    """Subjects and stimuli are divided into parts; each pair of parts is the test set once.

    A fold trains on windows whose subject and stimulus are both in other parts. Windows that share only one of the two
    with the test set are unused in that fold. Pairs of parts without windows give no fold.
    """

    groups: ClassVar[tuple[str, ...]] = ("subject", "stimulus")
    profiles: ClassVar[dict[str, dict[str, Any]]] = {"smoke": {"subjects": 2, "stimuli": 2, "repeats": 1}}

    subjects: Annotated[int, Range(2, 1000), "parts of the subjects"] = 5
    stimuli: Annotated[int, Range(2, 1000), "parts of the stimuli"] = 5
    seed: Annotated[int, "random seed of the parts"] = 0
    repeats: Annotated[int, Range(1, 1000), "repetitions with other parts"] = 1

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        require_stimuli(NAME, table)
        subject, stimulus = group_numbers(table, ["subject"]), group_numbers(table, ["stimulus"])
        require(NAME, "subjects", self.subjects, count(subject), "subjects")
        require(NAME, "stimuli", self.stimuli, count(stimulus), "stimuli")
        labels = table["label"].to_numpy()
        for repeat in range(self.repeats):
            seed = self.seed + repeat
            row = stratified_parts(labels, subject, self.subjects, seed)
            column = stratified_parts(labels, stimulus, self.stimuli, seed)
            for number in range(self.subjects * self.stimuli):
                in_row, in_column = row == number // self.stimuli, column == number % self.stimuli
                train, test = np.flatnonzero(~in_row & ~in_column), np.flatnonzero(in_row & in_column)
                name = fold_name(number, repeat, self.repeats)
                if len(test) and not len(train):
                    raise UsageError(
                        f"{NAME} leaves no training windows in {name}: "
                        "increase -o protocol.subjects or -o protocol.stimuli."
                    )
                if len(test):
                    yield name, train, test

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """At most `parts` splits, each with one part of the subjects and one of the stimuli as the validation set.

        These are the diagonal of the grid of parts; all pairs would be parts squared.
        """
        subject, stimulus = group_numbers(table, ["subject"], rows), group_numbers(table, ["stimulus"], rows)
        parts = min(parts, count(subject), count(stimulus))
        if parts < 2:
            return
        masks = zip(kfold_masks(subject, parts, seed=0), kfold_masks(stimulus, parts, seed=1), strict=True)
        for in_subjects, in_stimuli in masks:
            fit, validation = rows[~in_subjects & ~in_stimuli], rows[in_subjects & in_stimuli]
            if len(fit) and len(validation):
                yield fit, validation
