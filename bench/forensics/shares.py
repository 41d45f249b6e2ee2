"""The class shares that printed accuracy, macro-F1 and weighted-F1 of two classes imply, for pooled windows.

Of all windows, the shares x and y are classified correctly in each class; e = 1 - a is the rest. Then
f0 = 2x / (2x + e) and f1 = 2y / (2y + e), and with x = (a + t) / 2 and y = (a - t) / 2

    m = (f0 + f1) / 2 = (a - t^2) / (1 - t^2),  so  t^2 = (a - m) / (1 - m)  and  f0 - f1 = 2 t (1 - m).

Weighted-F1 is w = p f0 + (1 - p) f1 = m + (2p - 1) (f0 - f1) / 2, which gives the share p of the class with the
higher F1. Whatever w: p holds x and, at most, all errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import sqrt

from bench.forensics.interval import Interval

PARTS_OF_ACCURACY, PARTS_OF_SPREAD = 8, 48


@dataclass(frozen=True)
class Share:
    """The share of the class with the higher F1."""

    implied: float  # by all three values
    lowest: float  # that accuracy and macro-F1 allow
    highest: float


def share(accuracy: float, macro_f1: float, weighted_f1: float) -> Share:
    """The share of the class with the higher F1, for macro-F1 below accuracy."""
    spread = sqrt((accuracy - macro_f1) / (1 - macro_f1))
    lowest = (accuracy + spread) / 2
    implied = (1 + (weighted_f1 - macro_f1) / (spread * (1 - macro_f1))) / 2
    return Share(implied, lowest, lowest + 1 - accuracy)


def share_range(accuracy: Interval, macro_f1: Interval, weighted_f1: Interval) -> Interval | None:
    """The shares of the class with the higher F1 that three rounded values allow; None if there is none.

    With 1 - m = (1 - a) / (1 - t^2), weighted-F1 is w = 1 - (1 - m) (1 - (2p - 1) t). The values of a and t are
    divided into small parts, in each of which interval arithmetic is nearly exact, and never too narrow.
    """
    most = macro_f1.high
    if accuracy.high < macro_f1.low:
        return None
    spread = Interval(
        ((accuracy.low - most) / (1 - most) if most < 1 else 0.0),
        (accuracy.high - macro_f1.low) / (1 - macro_f1.low) if macro_f1.low < 1 else 1.0,
    ).within(0.0, 1.0).root()  # fmt: skip
    found = [
        shares
        for a, t in product(accuracy.parts(PARTS_OF_ACCURACY), spread.parts(PARTS_OF_SPREAD))
        if (shares := shares_of_part(a, t, macro_f1, weighted_f1))
    ]
    return Interval(min(each.low for each in found), max(each.high for each in found)) if found else None


def shares_of_part(a: Interval, t: Interval, macro_f1: Interval, weighted_f1: Interval) -> Interval | None:
    missing = ((1 - a) / (1 - t * t).within(0.0, 1.0)).within(0.0, 1.0).common(1 - macro_f1)  # 1 - m
    if missing is None:
        return None
    allowed = Interval(a.low + t.low - 1, 1 - a.low + t.high)  # 2p - 1, as both classes contain their windows
    implied = (1 - (1 - weighted_f1) / missing) / t
    both = implied.common(allowed)
    return both and (1 + both) / 2


def majority(share: float) -> dict[str, float]:
    """The scores of always predicting the class with this share."""
    f1 = 2 * share / (1 + share)
    return {"accuracy": share, "macro_f1": f1 / 2, "weighted_f1": share * f1}


def least_macro_f1(accuracy: float) -> float:
    """The lowest macro-F1 of two classes at this accuracy: one class is never predicted correctly."""
    return accuracy / (1 + accuracy)
