"""Short names of rows, each of which names one row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bench.leaderboard.columns import searched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.leaderboard.comparison import Row


def labels(rows: Sequence[Row], *, model: bool = True) -> list[str]:
    """Model, fusion and modalities; the modalities of fusions only where they differ, and without `model` the rest.

    Rows that differ in anything else have the first digits of their key.
    """
    several = len(fused(rows)) > 1
    found = [label(row, modalities=several, model=model) for row in rows]
    counts = Counter(found)
    return [text if counts[text] == 1 else f"{text} [{row.summary.key[:8]}]"
            for text, row in zip(found, rows, strict=True)]  # fmt: skip


def label(row: Row, *, modalities: bool, model: bool = True) -> str:
    summary = row.summary
    parts = [", ".join([searched(summary), *row.alike])] if model else []
    names = summary.cell.modalities
    if not row.baseline:
        parts += [summary.fusion] if len(names) > 1 else []
        parts += ["+".join(names)] if names and (modalities or len(names) == 1) else []
    return ", ".join(parts)


def fused(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The sets of modalities that rows fuse."""
    each = (row.summary.cell.modalities for row in rows if not row.baseline)
    return list(dict.fromkeys(names for names in each if len(names) > 1))
