"""Labels of a cell as trials have exchanged them, the same for all rows of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.digests import digest
from bench.scoring.permutation import permute_trials

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from bench.api import Array


@dataclass(frozen=True)
class Arrangements:
    """The labels of all windows of a cell, permuted by the number of the permutation.

    Which trials exchange labels depends on the comparison and the number alone. So it is the same in all folds, which
    may have learnt other labels from the same ratings, and in all rows of the comparison.
    """

    comparison: str
    subjects: Array
    trials: Array
    labels: Array

    @classmethod
    def of(cls, comparison: str, table: pd.DataFrame, labels: Array) -> Arrangements:
        subjects, trials = (np.unique(table[name].astype(str), return_inverse=True)[1] for name in ("subject", "trial"))
        return cls(comparison, subjects, trials, np.asarray(labels))

    def permuted(self, numbers: Iterable[int]) -> Array:
        """(permutations, windows)"""
        return np.stack([
            permute_trials(self.subjects, self.trials, self.labels, np.random.default_rng(self._seed(number)))
            for number in numbers
        ])  # fmt: skip

    def _seed(self, number: int) -> int:
        return int(digest(["permutation", self.comparison, number]), 16)
