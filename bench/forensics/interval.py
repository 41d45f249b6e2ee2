"""Interval arithmetic: the range of a formula, given the ranges of its values."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

SLACK = 1e-9  # what errors of floating-point arithmetic may amount to; it only ever makes more possible


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, both included."""

    low: float
    high: float

    @classmethod
    def around(cls, value: float, distance: float) -> Interval:
        return cls(value - distance, value + distance)

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    def __add__(self, other: Interval | float) -> Interval:
        other = interval(other)
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Interval | float) -> Interval:
        return self + -interval(other)

    def __rsub__(self, other: float) -> Interval:
        return -self + other

    def __mul__(self, other: Interval | float) -> Interval:
        other = interval(other)
        corners = [product(one, two) for one in (self.low, self.high) for two in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __truediv__(self, other: Interval | float) -> Interval:
        return self * inverse(interval(other))

    def __rtruediv__(self, other: float) -> Interval:
        return inverse(self) * other

    __radd__, __rmul__ = __add__, __mul__

    def root(self) -> Interval:
        """Its square root, without what is below zero."""
        return Interval(sqrt(max(self.low, 0.0)), sqrt(max(self.high, 0.0)))

    def meets(self, other: Interval | float, slack: float = SLACK) -> bool:
        """Whether they have a number in common."""
        other = interval(other)
        return self.low <= other.high + slack and other.low <= self.high + slack

    def within(self, low: float, high: float) -> Interval:
        """The part between two limits; the nearer limit where there is none."""
        return Interval(min(max(self.low, low), high), min(max(self.high, low), high))

    def common(self, other: Interval) -> Interval | None:
        """What both have in common; a single point where they miss each other by an error of arithmetic."""
        if not self.meets(other):
            return None
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(min(low, high), max(low, high))

    def parts(self, count: int) -> list[Interval]:
        """The interval in `count` pieces of the same width."""
        step = self.width / count
        return [Interval(self.low + step * place, self.low + step * (place + 1)) for place in range(count)]


def interval(value: Interval | float) -> Interval:
    return value if isinstance(value, Interval) else Interval(float(value), float(value))


def product(one: float, other: float) -> float:
    """Zero times infinity is zero: another corner of the same product is infinite."""
    return 0.0 if not one or not other else one * other


def inverse(found: Interval) -> Interval:
    if found.low < 0 < found.high:
        return Interval(-inf, inf)
    return Interval(1 / found.high if found.high else -inf, 1 / found.low if found.low else inf)
