"""The code of bench itself that results depend on: what the computing modules import, directly or not."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from bench.code import dependencies
from bench.digests import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

# the modules at which computations start
RECORDINGS = ("bench.data.recordings",)
PREPARATION = ("bench.data.preparation", "bench.data.calls.steps", "bench.data.stimuli", "bench.data.stimulus_features")
FEATURES = ("bench.data.features", "bench.data.calls.extraction")
TASKS = ("bench.running.opened_cell", "bench.running.fold_desk", "bench.running.group_desk", "bench.worker.fold")
PRETRAINED_WEIGHTS = ("bench.pretraining.jobs", "bench.pretraining.weight_cache", "bench.worker.pretraining")

# parts of bench that only some cells use
NETWORKS = ("bench.api.networks", "bench.training", "bench.worker.networks")
PRETRAINING = ("bench.api.pretraining", "bench.pretraining", "bench.worker.pretraining")
SEARCH = ("bench.worker.search", "bench.running.search.study")
OPTIONAL = (NETWORKS, PRETRAINING, SEARCH)

# modules that find, name, check, store and show, but compute no result
IRRELEVANT = (
    "bench.audit",
    "bench.cells.keys",
    "bench.checks",
    "bench.cli",
    "bench.code",
    "bench.data.acquisition",
    "bench.data.cache",
    "bench.digests",
    "bench.data.parallel",
    "bench.errors",
    "bench.foreign",
    "bench.hookspecs",
    "bench.leaderboard",
    "bench.options",
    "bench.planning",
    "bench.progress",
    "bench.readers.file_digests",
    "bench.readers.data_folders",
    "bench.registry",
    "bench.results",
    "bench.specs",
    "bench.worker.payload",
    "bench.worker.wire",
)


def core_digest(roots: tuple[str, ...], targets: Iterable[str] = (), parts: Iterable[tuple[str, ...]] = ()) -> str:
    """A digest of the modules behind these roots, and behind what plugins import of bench themselves."""
    found: dict[str, str] = {}
    for begin in dict.fromkeys([roots, *(dependencies.dependencies(target).core for target in targets)]):
        found |= core_modules(begin, tuple(parts))
    return digest(sorted(found.items()))


@functools.cache
def core_modules(roots: tuple[str, ...], parts: tuple[tuple[str, ...], ...] = ()) -> dict[str, str]:
    """Each module behind the roots with the digest of its tree.

    An import leads into an optional part only where that part is used, or where a root lies in it.
    """
    closed = (*IRRELEVANT, *(name for part in OPTIONAL if part not in parts for name in part))

    def follow(importer: str, module: str) -> bool:
        if not module.startswith(f"{dependencies.CORE}."):
            return False
        if not importer:
            return not any(within(module, area) for area in IRRELEVANT)
        return not any(within(module, area) and not within(importer, area) for area in closed)

    return dict(dependencies.walk(roots, follow))


def within(module: str, area: str) -> bool:
    return module == area or module.startswith(f"{area}.")


def forget() -> None:
    """Look at the files again, as a new process would."""
    core_modules.cache_clear()
    dependencies.forget()
