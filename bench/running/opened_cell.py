"""A cell with its data and folds at hand. Only the harness holds test parts."""

from __future__ import annotations

import contextlib
import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cells import data
from bench.cells.resolved import ResolvedCell
from bench.data.cache import Cache
from bench.errors import DataError
from bench.readers import file_digests
from bench.registry import Registry
from bench.results.store import Store
from bench.worker import networks
from bench.worker.fit_plan import FitSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.api import Fold
    from bench.planning.planner import PlannedCell


class OpenCell:
    """A cell with its data and folds."""

    def __init__(self, resolved: ResolvedCell, loaded: data.CellData, folds: Sequence[Fold], cache: Path) -> None:
        self.resolved, self.data, self.folds, self.cache = resolved, loaded, folds, cache
        self.corpora: dict[Any, Any] = {}  # windows of corpora that are the same for all folds

    def spec(self, device: str, threads: int = 1) -> FitSpec:
        """What is fitted, on which device; on a CPU so many networks train at a time, which changes no number."""
        resolved, cell = self.resolved, self.resolved.cell
        used = device if device.partition(":")[0] in resolved.model.devices else "cpu"
        if cell.engine:
            used = networks.resolved_device(device)
        engine = {**cell.engine, "workers": threads} if cell.engine else {}
        return FitSpec(
            resolved.model, resolved.fusion, resolved.protocol, used, engine, bool(cell.corpora), resolved.weights
        )


_planned: dict[tuple[str, str], PlannedCell] = {}  # (results folder, key): cells that this process has planned
_received: dict[tuple[str, str], ResolvedCell] = {}  # those that another machine has planned


@contextlib.contextmanager
def planned_here(out: Path, cells: Iterable[PlannedCell]) -> Iterator[None]:
    """Let tasks that run in this process use what it has resolved and loaded already."""
    mine = {(str(out), cell.key): cell for cell in cells}
    _planned.update(mine)
    try:
        yield
    finally:
        for key in mine:
            _planned.pop(key, None)
        _opened.clear()


def receive(out: str, resolved: ResolvedCell) -> None:
    """Let tasks use a cell whose data set is on another machine; the cache has the prepared data."""
    _received[out, resolved.key] = resolved


_opening = threading.Lock()
_opened: dict[tuple[str, str, str, bool], OpenCell] = {}
MOST = 4  # cells that are kept open, since their tasks follow each other


def open_cell(out: str, cache: str, key: str, *, here: bool = False) -> OpenCell:
    """A cell of the store with its data; `here`: with plugins that are imported in this process."""
    with _opening:
        if (out, cache, key, here) not in _opened:
            while len(_opened) >= MOST:
                del _opened[next(iter(_opened))]
            _opened[out, cache, key, here] = read_cell(out, cache, key, here=here)
        return _opened[out, cache, key, here]


def forget() -> None:
    """Open cells anew, as a new process would."""
    _opened.clear()
    _received.clear()
    registry.cache_clear()


def read_cell(out: str, cache: str, key: str, *, here: bool) -> OpenCell:
    file_digests.cache_in(Path(cache))
    store = Store(Path(out))
    if (out, key) in _planned:
        planned = _planned[out, key]
        resolved, windows = planned.resolved, planned.windows
        loaded = data.load_windows(resolved, windows, Cache(Path(cache)), lambda *_: None)
    else:
        resolved = _received.get((out, key)) or ResolvedCell(store.read_cell(key).cell, registry(here=here))
        loaded = data.load(resolved, Cache(Path(cache)), lambda *_: None)
    folds, planned_windows = store.read_folds(key)
    if planned_windows != len(loaded.table):
        raise DataError(
            f"The cell {key} was planned with {planned_windows} windows, and there are {len(loaded.table)} now: data "
            "or code have changed since. Do the run again with --fresh."
        )
    return OpenCell(resolved, loaded, folds, Path(cache))


@functools.cache
def registry(*, here: bool = False) -> Registry:
    return Registry(here=here)
