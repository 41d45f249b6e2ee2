"""Whether arousal and valence are exchanged, told from two raters: the person, and others who saw the person's face.

A person's ratings are arousal, valence; those of outside raters valence, arousal. One row cannot tell which is which,
but over the videos the difference of the two (standardised) goes with the same difference of the outside raters, and
against it where one pair is exchanged. That is one correlation, whatever arousal and valence have to do with each
other; Fisher's transform makes its standard deviation 1 / sqrt(n - 3) where the raters do not agree at all. Below -4
of these the columns are called exchanged.

Simulated people with 20 videos, 200,000 of each kind, ratings rounded to 1..9: 8 to 17 false alarms where raters do
not agree at all (whether arousal and valence are unrelated or related by up to 0.9), 3 at an agreement of r = 0.1,
none at 0.2; 232 where people truly agree crosswise (0.3) more than straight (0.1). Exchanged columns are noticed in
2 % of people at r = 0.3 for arousal and 0.6 for valence, in 32 % at 0.6 and 0.8, in 97 % at 0.9 for both: among 37
people some are noticed, but one file that passes is not proven right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_amigos.cells import Cell

FEWEST = 12  # videos
MARGIN = 4.0  # standard deviations of the correlation between raters who do not agree
CLOSE = 0.9999  # correlations are cut here, where Fisher's transform has no end


def exchanged(cells: Sequence[Cell]) -> bool:
    """Whether a person's ratings clearly go with those of the outside raters the wrong way round."""
    rows = [(*cell.rating[:2], *cell.outside[:, 1:].mean(axis=0)[::-1]) for cell in cells if len(cell.outside)]
    both = np.array([row for row in rows if np.isfinite(row).all()])
    return len(both) >= FEWEST and agreement(both) < -MARGIN


def agreement(both: Array) -> float:
    """From (videos, 4), own arousal and valence and outside arousal and valence: in standard deviations, 0 for none."""
    spread = both.std(axis=0)
    if not spread.all():
        return 0.0
    standard = (both - both.mean(axis=0)) / spread
    own, outside = standard[:, 0] - standard[:, 1], standard[:, 2] - standard[:, 3]
    size = np.sqrt((own**2).sum() * (outside**2).sum())
    related = float((own * outside).sum() / size) if size > 0 else 0.0
    return float(np.arctanh(np.clip(related, -CLOSE, CLOSE)) * np.sqrt(len(both) - 3))
