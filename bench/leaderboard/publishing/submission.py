"""Rows of a run that somebody wants to add to a leaderboard: what speaks against them, and what would change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.audit.probed import REFIT
from bench.errors import BenchError
from bench.leaderboard.columns import NOTHING, title, with_interval
from bench.leaderboard.publishing.publication import Publication, as_published, formats_of, identity, publishable
from bench.leaderboard.publishing.suites import misfits
from bench.leaderboard.stored import cells_of
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.leaderboard.summary import Summary
    from bench.results.store import Store
    from bench.results.suite_record import SuiteRecord

SEEDS = 5  # of networks, the least
ENGINE = "precision"  # an option of networks alone
ISOLATED = ("sandbox", "shared")


@dataclass(frozen=True)
class Change:
    """A row, and the published row of the same cell."""

    new: Summary
    old: Summary | None

    @property
    def kind(self) -> str:
        if self.old is None:
            return "new"
        return "same" if self.new.to_json(varying=False) == self.old.to_json(varying=False) else "replaces"

    @property
    def columns(self) -> dict[str, str]:
        """Title -> text."""
        metric = scoring(self.new.classes).leading
        return {
            "": self.kind,
            "Row": label(self.new),
            f"{title(metric)} published": NOTHING if self.old is None else with_interval(self.old, metric),
            f"{title(metric)} here": with_interval(self.new, metric),
        }


@dataclass(frozen=True)
class Submission:
    """Rows of a run that a leaderboard can take."""

    publication: Publication
    changes: list[Change]

    @property
    def replaced(self) -> list[Change]:
        return [change for change in self.changes if change.kind == "replaces"]

    def add(self, formats: Sequence[str] | None = None) -> list[Path]:
        """Write the rows that differ, and the pages."""
        self.publication.add(change.new for change in self.changes if change.kind != "same")
        return self.publication.write(formats_of(self.publication, formats))


def submission(store: Store, run: str, to: Path, suite: SuiteRecord | None = None) -> Submission:
    """Raise where a row is not fit to be published, or does not belong to the suite; nothing is written."""
    keys, _ = cells_of(store, run)
    rows = publishable(store, keys)
    finished = {row.key for row in rows}
    problems = [f"{store.read_cell(key).label}: it is not finished" for key in keys if key not in finished]
    problems += [f"{label(row)}: {reason}" for row in rows for reason in reasons(row)]
    if suite:
        problems += [f"{label(row)}: {reason}" for row in rows for reason in misfits(suite, row)]
        rows = [replace(row, suite=suite.title) for row in rows]
    if problems:
        more = f" (and {len(problems) - 1} more rows or reasons)" if len(problems) > 1 else ""
        raise BenchError(f"Nothing was added. {problems[0]}{more}.")
    publication = as_published(to)
    published = {identity(row.cell): row for row in publication.summaries()}
    return Submission(publication, [Change(row, published.get(identity(row.cell))) for row in rows])


def reasons(row: Summary) -> Iterator[str]:
    """Why a row is not fit to be published, as ends of sentences."""
    if row.cell.profile == "smoke":
        yield "the profile 'smoke' shows that a command works, and its scores mean nothing; leave out --profile smoke"
    if row.isolation not in ISOLATED:
        level = row.isolation or "not recorded"
        yield f"its isolation is {level}, so plugins could have read test labels; run it with --isolation sandbox"
    if row.isolation == "shared" and not row.probes.get(REFIT):
        yield "its folds were trained together, and none was compared with itself trained alone"
    if not row.probes and not row.baseline:
        yield "its predictions were not probed; run it with --fresh"
    if ENGINE in row.cell.engine and len(row.seeds) < SEEDS:
        yield f"networks need {SEEDS} seeds, and it has {len(row.seeds)}; run it with --seeds {SEEDS}"
    if row.environment is None or row.code is None:
        yield "its code and environment are not recorded; run it with --fresh"


def label(row: Summary) -> str:
    """Data set, protocol, model, fusion and modalities."""
    parts = (row.dataset, row.protocol, row.model, row.fusion, "+".join(row.cell.modalities))
    return " · ".join(part for part in parts if part)
