"""Probes of stored rows: tasks are repeated, and the steps of the row are applied in other ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.api import Staged
from bench.audit.probed import SESSIONS, WINDOWS
from bench.checks import features
from bench.checks.chains import probe_steps
from bench.errors import DataError, PluginError
from bench.results.store import Store
from bench.results.tasks import done, seed_of
from bench.running import subsampled_sessions as sessions
from bench.running.opened_cell import open_cell
from bench.running.refit import StoredCell
from bench.running.run import isolation_of
from bench.worker.networks import resolved_device

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.cells.resolved import ResolvedCell
    from bench.planning.plan import RunSettings
    from bench.running.isolation import Isolation
    from bench.running.subsampled_sessions import Moved


@dataclass(frozen=True)
class Probed:
    """What the probes of one task have found."""

    task: str
    probes: dict[str, bool]
    moved: tuple[Moved, ...] = ()  # predicted shares, in sessions with other shares of the classes


def probe_row(key: str, settings: RunSettings, folds: int) -> Iterator[Probed]:
    """Probe some folds of a cell with its lowest seed, one after another, and store what is found."""
    store = Store(settings.out)
    opened = open_cell(str(settings.out), str(settings.cache), key)
    resolved = opened.resolved
    if resolved.key != key:
        raise DataError(
            f"The cell {key} was run with other code or data than there are now; do its run again, and then "
            "'bench audit --probe'."
        )
    stored = StoredCell(opened, store, settings.device, isolation(settings, resolved))
    for number, task in enumerate(spread(list(done(store, key)), folds)):
        found = stored.probe(task)
        if not number:
            found |= probe_steps(resolved, settings.cache) | probe_extractor(resolved)
        moved = tuple(sessions.moves(stored, task, settings)) if sessions.concerns(resolved) else ()
        if moved:
            found[SESSIONS] = all(abs(each.after - each.before) <= sessions.MOST for each in moved)
        store.write_probes(key, task, found)
        yield Probed(task, found, moved)


def isolation(settings: RunSettings, resolved: ResolvedCell) -> Isolation:
    """As in a run."""
    found = isolation_of(settings, [resolved], 1)
    on_gpu = isinstance(resolved.model, Staged) and resolved_device(settings.device) != "cpu"
    return replace(found, level="shared") if on_gpu and found.level != "inline" else found


def spread(tasks: Sequence[str], folds: int) -> list[str]:
    """So many tasks with the lowest seed, as far apart as possible."""
    first = min(map(seed_of, tasks), default=0)
    mine = [task for task in tasks if seed_of(task) == first]
    count = min(folds, len(mine))
    return [mine[place * len(mine) // count] for place in range(count)]


def probe_extractor(resolved: ResolvedCell) -> dict[str, bool]:
    """Whether features of a window do not depend on other windows."""
    if resolved.features is None or resolved.cell.features is None:
        return {}
    try:
        features.rows_are_independent(resolved.features)
    except PluginError:
        passed = False
    else:
        passed = True
    return {f"extractor {resolved.cell.features.name}: {WINDOWS}": passed}
