"""Mean subtraction of images, fitted inside each fold before images are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Scaling
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Array


@dataclass(frozen=True)
class Centre(Scaling):
    """Subtracts the mean of each channel over all training windows.

    Every pixel is a weighted mean of samples, whose weights sum to one, so that what is taken from the samples is taken
    from the image. Each window counts once, however long it is, as each makes one image of the same size.
    """

    def learn(self, chunks: Iterator[Array]) -> tuple[Array, Array]:
        total, windows = np.zeros(0), 0
        for chunk in chunks:
            sums = chunk.mean(axis=2, dtype=np.float64).sum(axis=0)
            total, windows = (total + sums if windows else sums), windows + len(chunk)
        if not windows:
            raise DataError("centre: there is no window to learn from; its training part is empty.")
        return total / windows, np.ones(len(total))
