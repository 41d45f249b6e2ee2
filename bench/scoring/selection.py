"""Selection of one row among several, without the optimism of selecting and scoring on the same subjects."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.scoring.comparisons import chance_p, difference
from bench.scoring.intervals import Interval
from bench.scoring.variance import NOISE, Units, bounds, estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Selection:
    """For each subject, the row that is best on all others."""

    scores: Array  # of the subject, in the row selected for it
    selected: Array  # that row; -1 where no other subject has a score
    counts: Array  # of each row: the number of subjects it was selected for


def leave_one_out(scores: Array) -> Selection:
    """Selects among (rows, subjects) for each subject the row with the highest mean over the other subjects.

    The maximum of several means is too high on the subjects that it was chosen on (Cawley and Talbot, JMLR 11, 2010);
    here no score takes part in a choice that it is reported for. Of equal means, the first row is selected. Undefined
    scores (NaN) are left out of means.
    """
    scores = np.asarray(scores, dtype=np.float64)
    known = ~np.isnan(scores)
    filled = np.where(known, scores, 0)
    counts = known.sum(axis=1, keepdims=True) - known
    sums = filled.sum(axis=1, keepdims=True) - filled
    means = np.divide(sums, counts, out=np.full(scores.shape, -np.inf), where=counts > 0)
    tolerance = NOISE * np.abs(filled).max(initial=0)
    selected = np.argmax(means >= means.max(axis=0) - tolerance, axis=0)
    chosen = scores[selected, np.arange(scores.shape[1])]
    some = counts.any(axis=0)
    return Selection(
        scores=np.where(some, chosen, np.nan),
        selected=np.where(some, selected, -1),
        counts=np.bincount(selected[some], minlength=len(scores)),
    )


def gain(
    fusion: Array,
    singles: Array,
    trained: float,
    *,
    stimuli: Sequence[Units] = (),
    level: float = 0.95,
    chance: float | None = None,
) -> Interval:
    """The gain of a row (subjects) over the best of other rows (rows, subjects).

    The mean is that over rows selected without the subject. Its standard error would be too small: rows of about the
    same mean take turns in the selection, which moves all subjects at once, and differences to a fusion, which shares
    the modalities of the rows, are small beside that. So the bounds do not rest on the selection. A row that is better
    than the best is better than each, and the lower bound is the lowest of all differences, with no adjustment (the
    intersection-union test, Berger, Technometrics 24, 1982). It is worse than the best if it is worse than any of m,
    and the upper bound is the lowest at a level of 1 - (1 - level)/m (Bonferroni). Where the mean is outside, the bound
    is the mean.

    `stimuli`: the differences to each other row by stimulus, if stimuli are held out as well. `chance`: the score of
    predictions that know nothing; the better of two rows must exceed it, too (`beyond_chance`).
    """
    selected = difference(Units(fusion, trained), Units(leave_one_out(singles).scores, trained))
    found = estimate(selected)
    units = [difference(Units(fusion, trained), Units(single, trained)) for single in singles]
    each = [estimate(*pair, level=level) for pair in zip_longest(units, stimuli)]
    adjusted = 1 - (1 - level) / len(units)
    lows, highs = [one.low for one in each], [bounds(one, adjusted)[1] for one in each]
    if chance is not None:
        worth = [estimate(Units(row, trained), bounded=True) for row in (fusion, *singles)]
        for place, one in enumerate(each):
            p = chance_p(worth[0] if one.mean > 0 else worth[place + 1], chance)
            lows[place] = lows[place] if p < 1 - level else min(lows[place], 0)
            highs[place] = highs[place] if p < 1 - adjusted else max(highs[place], 0)
    return Interval(
        mean=found.mean,
        low=min(*lows, found.mean),
        high=max(min(highs), found.mean),
        n=found.n,
        missing=found.missing,
    )


def best_row(
    scores: Array, trained: float, *, level: float = 0.95, bounded: bool = False
) -> tuple[Interval, Selection]:
    """What the best of (rows, subjects) is worth, and the selection without the subject that its mean is from.

    Bounds do not rest on the selection, for the reason that `gain` gives. The best row is worth at least as much as any
    of m rows, so the lower bound is the highest at a level of 1 - (1 - level)/m (Bonferroni); the upper bound is the
    highest of all rows, with no adjustment. Where the mean is outside, the bound is the mean.
    """
    selection = leave_one_out(scores)
    found = estimate(Units(selection.scores, trained))
    each = [estimate(Units(row, trained), level=level, bounded=bounded) for row in scores]
    low = max(bounds(one, 1 - (1 - level) / len(scores), bounded=bounded)[0] for one in each)
    interval = Interval(
        mean=found.mean,
        low=min(low, found.mean),
        high=max(*(one.high for one in each), found.mean),
        n=found.n,
        missing=found.missing,
    )
    return interval, selection
