"""Windows with their labels: everything that a fit may use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, Rows
    from bench.data.windows import LabelledWindowSet, WindowSet


@dataclass(frozen=True)
class Part:
    """A training part, or some of its windows."""

    columns: Mapping[str, Array]  # the index table of these windows alone
    windows: WindowSet
    classes: tuple[str, ...]
    rows: Array  # the place of each window in the training part of the fold
    visible: Array | None = None  # the windows that pre-training may use; None: all

    @classmethod
    def of(cls, table: pd.DataFrame, windows: WindowSet, classes: tuple[str, ...]) -> Part:
        columns = {str(name): table[name].to_numpy() for name in table}
        return cls(columns, windows, classes, np.arange(len(table)))

    @cached_property
    def table(self) -> pd.DataFrame:
        return pd.DataFrame(dict(self.columns))

    @property
    def labels(self) -> Array:
        return self.columns["label"]

    def take(self, rows: Rows) -> Part:
        """Some of the windows. The result holds no reference to the others."""
        return Part(
            {name: values[rows] for name, values in self.columns.items()},
            self.windows.take(rows),
            self.classes,
            self.rows[rows],
            None if self.visible is None else self.visible[rows],
        )

    def numbered(self) -> Part:
        """The same windows, as the training part of a fold."""
        return replace(self, rows=np.arange(len(self.rows)))

    def relabelled(self, labels: Array) -> Part:
        return replace(self, columns={**self.columns, "label": labels})

    def labelled(self, windows: WindowSet | None = None) -> LabelledWindowSet:
        """Training data for an estimator; a fusion may have merged the windows before."""
        return (windows or self.windows).labelled(self.labels, self.classes)
