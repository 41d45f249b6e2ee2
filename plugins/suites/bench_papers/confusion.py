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

HALF_DIGIT = 5e-5  # the largest error of rounding to two decimals of a per cent


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


@dataclass(frozen=True)
class Printed:
    """What three printed values allow, given that they are rounded."""

    implied: tuple[float, float]  # from, to
    allowed: tuple[float, float]

    @property
    def possible(self) -> bool:
        return max(self.implied[0], self.allowed[0]) <= min(self.implied[1], self.allowed[1])


def printed(accuracy: float, macro_f1: float, weighted_f1: float) -> Printed:
    shifts = product((-HALF_DIGIT, HALF_DIGIT), repeat=3)
    found = [share(accuracy + a, macro_f1 + m, weighted_f1 + w) for a, m, w in shifts]
    implied = [each.implied for each in found]
    return Printed((min(implied), max(implied)),
                   (min(each.lowest for each in found), max(each.highest for each in found)))  # fmt: skip


def majority(share: float) -> dict[str, float]:
    """The scores of always predicting the class with this share."""
    f1 = 2 * share / (1 + share)
    return {"accuracy": share, "macro_f1": f1 / 2, "weighted_f1": share * f1}


def least_macro_f1(accuracy: float) -> float:
    """The lowest macro-F1 of two classes at this accuracy: one class is never predicted correctly."""
    return accuracy / (1 + accuracy)
