"""Printed intervals and standard deviations against their mean, the number of folds and the number of windows."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from bench.forensics.folds import (
    binomial,
    deviation,
    largest_deviation,
    quantile,
    smallest_deviation,
    usual_ratios,
)
from bench.forensics.interval import SLACK, Interval
from bench.forensics.row import percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.forensics.row import ResultRow, Spread, Statement

NORMAL = 1.959964  # the quantile behind 95 % intervals of the normal distribution
RARE = 0.998  # share of draws in which the SD over folds is in the usual range


def check(row: ResultRow) -> Iterator[Statement]:
    for metric, spread in row.spreads.items():
        if not (mean := row.range(metric)):
            continue
        widths = [width for width in (spread.half_width, spread.sd) if width and width.range.high < -SLACK]
        if widths:
            text = f"{row.shown(metric)}: the half-width or SD {widths[0].text} is negative."
            yield row.state("impossible", "spread", text, metric)
        else:
            yield from ends(row, metric, mean, spread)
            yield from deviations(row, metric, mean, spread)


def ends(row: ResultRow, metric: str, mean: Interval, spread: Spread) -> Iterator[Statement]:
    """The ends of an interval against its mean, its half-width and the limits of a score."""
    low, high, half = spread.low, spread.high, spread.half_width
    printed = row.shown(metric)
    if low and high:
        interval = f"[{low.text}, {high.text}]"
        if low.range.low > high.range.high + SLACK:
            yield row.state("impossible", "interval", f"The interval {interval} ends before it begins.", metric)
            return
        if mean.high < low.range.low - SLACK or mean.low > high.range.high + SLACK:
            yield row.state("impossible", "interval", f"{printed} is outside its interval {interval}.", metric)
        elif not mean.meets((low.range + high.range) / 2):
            text = f"{printed} is not in the middle of {interval}, so the interval is not mean ± half-width."
            yield row.state("warning", "interval", text, metric)
        if half and not half.range.meets((high.range - low.range) / 2):
            text = f"Half of the interval {interval} is not the printed half-width, {half.text}."
            yield row.state("impossible", "interval", text, metric)
    elif half:
        low_end, high_end = mean - half.range, mean + half.range
        if low_end.high < -SLACK or high_end.low > 1 + SLACK:
            text = f"{printed} ± {half.text} goes beyond the limits of a score, 0 and 100 %."
            yield row.state("warning", "interval", text, metric)
    beyond = [each for each in (low, high) if each and not each.range.meets(Interval(0.0, 1.0))]
    if beyond:
        text = f"{beyond[0].text} is beyond the limits of a score, 0 and 100 %: no score can be there."
        yield row.state("warning", "interval", text, metric)


def deviations(row: ResultRow, metric: str, mean: Interval, spread: Spread) -> Iterator[Statement]:
    folds, printed = row.number_of_folds, row.shown(metric)
    most = largest_deviation(mean, folds)
    least = smallest_deviation(mean, row.fold_sizes) if metric == "accuracy" else 0.0
    if spread.sd:
        yield from possible(row, metric, spread.sd.range, (most, least), f"the SD {spread.sd.text}")
    if not spread.half_width:
        return
    half = spread.half_width
    if not folds or folds < 2:
        yield from independent_windows(row, metric, mean, half.range)
        return
    by_t = Interval(deviation(max(half.range.low, 0.0), folds), deviation(half.range.high, folds))
    widest = Interval(by_t.low, max(by_t.high, half.range.high * sqrt(folds) / NORMAL))
    about = f"the half-width {half.text}, an SD of {percents(by_t)} over {folds} folds,"
    yield from possible(row, metric, widest, (most, least), about)
    if spread.sd and not spread.sd.range.meets(by_t):
        text = (
            f"{printed}: over {folds} folds, the SD {spread.sd.text} gives a 95 % half-width of "
            f"{percent(spread.sd.value * quantile(folds) / sqrt(folds))}, not {half.text}."
        )
        yield row.state("warning", "interval", text, metric)
    if metric == "accuracy" and row.windows:
        yield from against_chance(row, mean, by_t)


def possible(
    row: ResultRow, metric: str, found: Interval, limits: tuple[float, float], what: str
) -> Iterator[Statement]:
    """An SD against the largest and the smallest that values with this mean can have."""
    most, least = limits
    printed = f"{row.shown(metric)}: {what} is"
    if found.low > most + SLACK:
        text = f"{printed} too large: values between 0 and 100 % with this mean have an SD of {percent(most)} at most."
        yield row.state("impossible", "spread", text, metric)
    population = least * sqrt(1 - 1 / max(len(row.fold_sizes), 2))  # an SD may be that of the folds themselves
    if found.high < population - SLACK:
        text = (
            f"{printed} too small: whole windows in folds of {row.fold_sizes[0]} with this mean have an SD of "
            f"{percent(population)} at least."
        )
        yield row.state("impossible", "spread", text, metric)


def against_chance(row: ResultRow, mean: Interval, found: Interval) -> Iterator[Statement]:
    """How much folds differ, against the chance of independent windows."""
    folds, windows = row.number_of_folds, row.windows
    if not folds or not windows or not 0 < mean.middle < 1:
        return
    chance, (low, high) = binomial(mean.middle, windows / folds), usual_ratios(folds, RARE)
    text = (
        f"The half-width {row.spreads['accuracy'].half_width.text} is that of an SD of {percents(found)} over "  # type: ignore[union-attr]
        f"{folds} folds. Chance alone gives {percent(chance)} for {windows / folds:,.0f} independent windows in each "
    )
    if found.high < low * chance:
        yield row.state("warning", "spread", f"{text}fold, and rarely less than {percent(low * chance)}.", "accuracy")
    elif found.low > high * chance:
        text += "fold, so folds differ by more than the windows in them, as subjects or sessions do."
        yield row.state("implied", "spread", text, "accuracy")
    else:
        yield row.state("implied", "spread", f"{text}fold, and folds differ by no more than that.", "accuracy")


def independent_windows(row: ResultRow, metric: str, mean: Interval, half: Interval) -> Iterator[Statement]:
    """How many independent windows have an interval that narrow."""
    if metric != "accuracy" or not row.windows or half.high <= 0:
        return
    least = Interval(mean.low * (1 - mean.low), mean.high * (1 - mean.high))
    fewest = min(least.low, least.high) * (NORMAL / half.high) ** 2
    if fewest > row.windows * 1.1:
        text = (
            f"The half-width {row.spreads[metric].half_width.text} of accuracy {row.scores[metric].text} takes "  # type: ignore[union-attr]
            f"{fewest:,.0f} independent windows or more, and there are {row.windows:,}."
        )
        yield row.state("warning", "spread", text, metric)
