"""A protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bench.api import Protocol
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows


@dataclass(frozen=True)
class LaterSession(Protocol):
    """Trains on the first session of each subject and tests on each later one: does a model last until tomorrow?"""

    groups: ClassVar[tuple[str, ...]] = ("trial",)  # validation parts keep trials together

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        number = table.groupby("subject")["session"].rank(method="dense").to_numpy()
        if not (number > 1).any():
            raise UsageError("later-session needs subjects with two sessions or more; choose another protocol.")
        for later in np.unique(number[number > 1]).astype(int):
            yield f"session-{later}", np.flatnonzero(number == 1), np.flatnonzero(number == later)
