"""Dots with their 95 % intervals on an axis that fits the values, beside chance and the best baseline, as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from bench.leaderboard.columns import format_value, searched, title, with_interval
from bench.scoring.scoring import chance_level, in_per_cent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.leaderboard.comparison import Comparison, Row
    from bench.results.row_record import EstimateRecord

WIDTH, HEIGHT = 200.0, 20.0  # pixels of a row
MARGIN = 6.0  # so that a dot at the end of the axis is whole
STEPS = (1, 2, 2.5, 5, 10)  # between marks, times a power of ten
MARKS = 5  # at most


@dataclass(frozen=True)
class Axis:
    """From which value to which."""

    low: float
    high: float
    step: float
    chance: float | None
    baseline: float | None  # the best one

    def place(self, value: float) -> float:
        """In pixels."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(MARGIN + (WIDTH - 2 * MARGIN) * share, 1)

    @property
    def marks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + number * self.step for number in range(count + 1)]


def axis_of(comparison: Comparison) -> Axis:
    """Fits all rows; of baselines only the best one, since some are far away."""
    values = [value for row in comparison.rows if not row.baseline for value in bounds(row)]
    chance, best = chance_level(comparison.metric), score(next((row for row in comparison.rows if row.baseline), None))
    baseline = best.mean if best else None
    values += [value for value in (chance, baseline) if value is not None]
    if not values:
        values = [0.0, 1.0]
    low, high = min(values), max(values)
    step = nice((high - low or 0.1) / MARKS)
    low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    return Axis(low, high if high > low else low + step, step, chance, baseline)


def nice(least: float) -> float:
    """The next larger step of 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in STEPS if factor * power >= least * (1 - 1e-9))


def score(row: Row | None) -> EstimateRecord | None:
    return row.summary.estimates.get(row.metric) if row else None


def bounds(row: Row) -> Iterator[float]:
    """The mean and its interval, where there are some."""
    found = score(row)
    if found:
        yield from (value for value in (found.mean, found.low, found.high) if value is not None)


def marks(row: Row, axis: Axis, middle: float = HEIGHT / 2) -> str:
    """The interval and the dot of a row."""
    found = score(row)
    if found is None or found.mean is None:
        return ""
    line = ""
    if found.low is not None and found.high is not None:
        line = f'<path d="M{axis.place(found.low):g} {middle:g}H{axis.place(found.high):g}"/>'
    return f'{line}<circle cx="{axis.place(found.mean):g}" cy="{middle:g}" r="4"/>'


def cell(row: Row, axis: Axis) -> str:
    """A picture of one row, for a table; classes of lines are of the page."""
    lines = "".join(
        f'<path class="{kind}" d="M{axis.place(value):g} 0V{HEIGHT:g}"/>'
        for kind, value in (("chance", axis.chance), ("top", axis.baseline))
        if value is not None
    )
    return f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true">{lines}{marks(row, axis)}</svg>'


def scale(axis: Axis, metric: str) -> str:
    """The first and the last mark, and those between them, as a picture for the head of a column."""
    texts = "".join(
        f'<text x="{axis.place(value):g}" y="10" text-anchor="{anchor}">{label(value, metric)}</text>'
        for value, anchor in anchored(axis.marks)
    )
    return f'<svg viewBox="0 0 {WIDTH:g} 12" aria-hidden="true">{texts}</svg>'


def anchored(values: list[float]) -> Iterable[tuple[float, str]]:
    last = len(values) - 1
    return ((value, "start" if not n else "end" if n == last else "middle") for n, value in enumerate(values))


def label(value: float, metric: str) -> str:
    return f"{100 * value:.4g}" if in_per_cent(metric) else f"{value:.4g}"


def figure(comparison: Comparison) -> str:
    """A whole picture, readable on light and on dark ground: one line for each row, baselines left out."""
    rows, axis = [row for row in comparison.rows if not row.baseline], axis_of(comparison)
    names = [name_of(row) for row in rows]
    left, right, top = 7.0 * max(map(len, names), default=0) + 12, 150.0, 44.0
    height = top + HEIGHT * len(rows) + 26
    parts = [
        f'<text x="4" y="16" font-weight="600">{escape(title(comparison.metric))} · {escape(comparison.title)}</text>'
    ]
    for value in axis.marks:
        place = left + axis.place(value)
        parts.append(f'<path d="M{place:g} {top - 4:g}V{height - 24:g}" stroke="#8888" stroke-width=".5"/>')
        parts.append(f'<text x="{place:g}" y="{top - 8:g}" text-anchor="middle" fill="#6e7681">'
                     f"{label(value, comparison.metric)}</text>")  # fmt: skip
    best = f"best baseline: {best_baseline(comparison)}"
    where_told = 4.0
    for text, where, colour in (("chance", axis.chance, "#6e7681"), (best, axis.baseline, "#bc4c00")):
        if where is not None:
            parts.append(f'<text x="{where_told:g}" y="{height - 2:g}" fill="{colour}">┆ {escape(text)}</text>')
            where_told += 80
            drawn = f'd="M{left + axis.place(where):g} {top - 4:g}V{height - 24:g}"'
            parts.append(f'<path {drawn} stroke="{colour}" stroke-dasharray="4 3"><title>{text}</title></path>')
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        middle = top + HEIGHT * (number + 0.5)
        found = marks(row, axis, HEIGHT / 2)
        parts.append(f'<text x="4" y="{middle + 4:g}">{escape(name)}</text>')
        parts.append(f'<g transform="translate({left:g} {middle - HEIGHT / 2:g})" stroke="#2f6feb" fill="#2f6feb" '
                     f'stroke-width="2">{found}</g>')  # fmt: skip
        text = escape(with_interval(row.summary, row.metric))
        parts.append(f'<text x="{left + WIDTH + 8:g}" y="{middle + 4:g}">{text}</text>')
    across = left + WIDTH + right
    alone = escape(f"{title(comparison.metric)} of each row with its 95 % interval: {described(rows)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across:g}" height="{height:g}" '
        f'viewBox="0 0 {across:g} {height:g}" font-family="system-ui, sans-serif" font-size="12" fill="#57606a" '
        f'role="img"><title>{alone}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def described(rows: list[Row]) -> str:
    return "; ".join(f"{name_of(row)} {with_interval(row.summary, row.metric)}" for row in rows)


def name_of(row: Row) -> str:
    """Model, fusion and modalities."""
    cell = row.summary.cell
    parts = [searched(row.summary), row.summary.fusion, "+".join(cell.modalities)]
    return " · ".join(part for part in parts if part and part != "none")


def best_baseline(comparison: Comparison) -> str:
    """Its name and score, in words; empty where there is none."""
    best = next((row for row in comparison.rows if row.baseline), None)
    found = score(best)
    if best is None or found is None:
        return ""
    return f"{best.summary.model} {format_value(found.mean, comparison.metric)}"
