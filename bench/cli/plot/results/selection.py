"""The rows to draw: those of a run, a cell or published files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.errors import UsageError, unknown
from bench.leaderboard.columns import searched
from bench.leaderboard.comparison import by_kind, comparisons
from bench.results.published import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.leaderboard.comparison import Comparison, Row


@dataclass(frozen=True)
class Selection:
    """Rows of one comparison."""

    comparison: Comparison  # with all of its rows
    rows: list[Row]  # those to draw, the best first

    @property
    def title(self) -> str:
        return self.comparison.title

    @property
    def metric(self) -> str:
        return self.comparison.metric


def stored(run: str, arguments: Mapping[str, Any]) -> list[Comparison]:
    """The comparisons of `latest`, of a run's name, of the first digits of a cell's key, or of published files, in the
    order of `bench show`.
    """
    from bench import session
    from bench.results.store import Store

    out, metric, against = arguments["out"], arguments["metric"] or "", arguments["against"] or ""
    path = Path(run)
    if path.suffix == SUFFIX or (path.is_dir() and list(path.glob(f"*{SUFFIX}"))):
        return ordered(published(path, metric, against))
    found = session.show(run, out, metric, against)
    for key in found.unfinished:
        click.echo(f"Not finished, and not drawn: {Store(out).read_cell(key).label} ({key})", err=True)
    if not found.comparisons:
        raise UsageError(f"No row of '{run}' is finished yet; finish it with 'bench run'.")
    return ordered(found.comparisons)


def published(path: Path, metric: str, against: str) -> list[Comparison]:
    """Those of one published file, or of all in a folder."""
    from bench.leaderboard.pages.ordering import Ordering
    from bench.leaderboard.publishing.publication import rows_of

    if not path.exists():
        raise UsageError(f"There is no published file {path}; 'bench leaderboard' writes such files.")
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    summaries = [summary for file in files for summary in rows_of(file)]
    Ordering(metric, against).check(name for summary in summaries for name in summary.cell.modalities)
    if not summaries:
        raise UsageError(f"{path} has no rows.")
    return comparisons(summaries, metric, against)


def ordered(found: list[Comparison]) -> list[Comparison]:
    """Classification, then regression."""
    return [comparison for each in by_kind(found).values() for comparison in each]


def selected(found: list[Comparison], names: Sequence[str], *, baselines: bool = False) -> list[Selection]:
    """The rows that have these names, or all; baselines where they are wanted or named, or there is nothing else."""
    for name in names:
        if not any(matches(row, name) for comparison in found for row in comparison.shown):
            known = {each for comparison in found for row in comparison.rows if not row.baseline
                     for each in (row.summary.model, row.summary.fusion)}  # fmt: skip
            raise unknown("row", name, known, "The first digits of a row's key name it, too.")
    made = []
    for comparison in found:
        rows = comparison.shown
        if names:
            rows = [row for row in rows if any(matches(row, name) for name in names)]
        elif not baselines:
            rows = [row for row in rows if not row.baseline] or rows
        made += [Selection(comparison, rows)] if rows else []
    return made


def matches(row: Row, name: str) -> bool:
    """Whether a row is meant by the name of a model or a fusion, or by the first digits of its key."""
    summary = row.summary
    fusion = "" if row.baseline else summary.fusion
    return name in (summary.model, searched(summary), fusion, *row.alike) or summary.key.startswith(name)
