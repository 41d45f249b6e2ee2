"""Printed values, from one CSV file per table in this package."""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = dict[str, str]
METRICS = ("accuracy", "macro_f1", "weighted_f1")


def lines(name: str) -> list[Line]:
    """The rows of a table, as dictionaries by column."""
    text = (resources.files("bench_papers") / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def numbers(line: Line) -> dict[str, float]:
    """The printed metrics, in per cent."""
    return percents(line, METRICS)


def percents(line: Line, metrics: Sequence[str]) -> dict[str, float]:
    """The printed values of these metrics."""
    return {name: float(line[name]) for name in metrics if line.get(name)}


def of_target(line: Line, target: str, ending: str = "") -> dict[str, float]:
    """The metrics of one target, printed as shares, in per cent."""
    columns = {name: f"{target}_{name}{ending}" for name in METRICS}
    return {name: round(100 * float(line[column]), 4) for name, column in columns.items() if line.get(column)}


def half_widths(line: Line, target: str) -> dict[str, float]:
    """Half of each printed interval, in per cent."""
    return of_target(line, target, "_ci")
