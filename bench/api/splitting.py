"""Splits of a training part that keep groups together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api.arrays import Rows


def grouped_kfold(table: pd.DataFrame, rows: Rows, groups: Sequence[str], parts: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield (training, validation) rows; rows that agree in all columns of `groups` stay on one side.

    Without groups, single rows are split. There are at most as many parts as groups, and no split of a single group.
    """
    units = np.arange(len(rows))
    for column in groups:  # numbered in sorted order, so that the order of the rows does not matter
        codes, values = pd.factorize(table[column].take(rows), sort=True)
        units = codes if column == groups[0] else pd.factorize(units * len(values) + codes, sort=True)[0]
    count = int(units.max(initial=-1)) + 1
    if min(parts, count) < 2:
        return
    for _, validation in KFold(min(parts, count), shuffle=True, random_state=0).split(np.arange(count)):
        in_training = np.ones(count, dtype=bool)
        in_training[validation] = False
        yield rows[in_training[units]], rows[~in_training[units]]
