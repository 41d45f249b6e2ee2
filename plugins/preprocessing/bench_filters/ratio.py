"""The ratio of two rates, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

#: The largest number in a ratio of rates; the filter between them has twenty times as many coefficients.
LARGEST = 10_000
#: How far a ratio that needs larger numbers may be from the one that is used: 3.6 ms in an hour.
TOLERANCE = Fraction(1, 1_000_000)


def simplest(old: float, new: float) -> Fraction | None:
    """The ratio of two rates as written, or one with small numbers that is the same within the tolerance."""
    exact = Fraction(repr(float(new))) / Fraction(repr(float(old)))
    if largest(exact) <= LARGEST:
        return exact
    near = exact.limit_denominator(max(1, int(LARGEST / max(exact, Fraction(1)))))
    close = min(near, exact) >= (1 - TOLERANCE) * max(near, exact)
    return near if close and largest(near) <= LARGEST else None


def largest(ratio: Fraction) -> int:
    """The larger of its two numbers."""
    return max(ratio.numerator, ratio.denominator)
