"""Printed numbers: one CSV file per table, in this package."""

from __future__ import annotations

import csv
from importlib import resources

Line = dict[str, str]
METRICS = ("accuracy", "macro_f1", "weighted_f1")


def lines(name: str) -> list[Line]:
    """The rows of a table, by the titles of its columns."""
    text = (resources.files("bench_papers") / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def numbers(line: Line) -> dict[str, float]:
    """What is printed of the metrics, in per cent."""
    return {name: float(line[name]) for name in METRICS if line.get(name)}
