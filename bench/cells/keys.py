"""Content keys of cells and of prepared data: digests of all that results depend on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import bench
from bench.api import Staged
from bench.data.digests import code_digest, digest
from bench.data.preparation import FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.cells.cell import Choice, Step
    from bench.cells.resolved import ResolvedCell, ResolvedCorpus
    from bench.registry import Registry

PREPARATION = ("bench.data", "bench.readers", "bench.api.thresholds")  # core packages that prepared data depend on
# core packages that results depend on
EVALUATION = ("bench.api", "bench.cells", "bench.scoring", "bench.tabular", "bench.worker")
NETWORKS = ("bench.pretraining", "bench.training")  # and those that results of networks depend on


def code_of(choice: Choice, registry: Registry) -> dict[str, str]:
    """The code of a plugin: distribution, version and a digest of its sources."""
    entry = registry.get(choice.kind, choice.name)
    package = entry.plugin.target.partition(":")[0].partition(".")[0]
    return {"distribution": entry.distribution, "version": entry.version, "digest": code_digest(package)}


def cell_key(resolved: ResolvedCell) -> str:
    cell, registry = resolved.cell, resolved.registry
    choices = [*cell.scalings, cell.features, cell.model, cell.fusion, cell.protocol]
    code = [code_of(choice, registry) for choice in choices if choice]
    packages = [*EVALUATION, *(NETWORKS if isinstance(resolved.model, Staged) else ())]
    core = [bench.__version__, *map(code_digest, packages), resolved.protocol.digest()]
    core += [corpus.key for corpus in resolved.corpora]
    return digest([resolved.data_key, asdict(cell), code, core])


def data_key(resolved: ResolvedCell) -> str:
    cell = resolved.cell
    computed = [files.digest for files in resolved.stimulus_files.values()]
    return prepared_key(
        resolved.registry,
        cell.dataset,
        cell.steps,
        resolved.data_digest,
        cell.window,
        cell.required_modalities,
        *computed,
    )


def corpus_key(resolved: ResolvedCorpus) -> str:
    corpus, cell = resolved.corpus, resolved.cell
    window, data_digest = cell.cell.window, resolved.dataset.digest()
    # "whole": recordings are windowed from start to end, whatever their segments
    return prepared_key(cell.registry, corpus.dataset, corpus.steps, data_digest, window, corpus.modalities, "whole")


def prepared_key(
    registry: Registry,
    dataset: Choice,
    steps: Sequence[Step],
    data_digest: str,
    window: Mapping[str, Any],
    modalities: Sequence[str],
    *more: str,
) -> str:
    """The key of prepared data; `more` holds digests of further inputs."""
    choices = (dataset, *steps)
    code = [code_of(choice, registry) for choice in choices]
    values = [asdict(choice) for choice in choices]
    core = [code_digest(name) for name in PREPARATION]
    return digest([FORMAT, values, code, data_digest, dict(window), sorted(modalities), core, *more])


def code_record(resolved: ResolvedCell) -> dict[str, Any]:
    """The code that took part, by role, for records."""
    cell = resolved.cell
    steps = {f"step {step.name}": step for step in (*cell.steps, *cell.stimulus_steps, *cell.scalings)}
    roles = {"dataset": cell.dataset, "model": cell.model, "fusion": cell.fusion, "protocol": cell.protocol,
             "features": cell.features, **steps}  # fmt: skip
    packages = [*PREPARATION, *EVALUATION, *(NETWORKS if cell.engine else ())]
    core = {"version": bench.__version__, "digest": digest([code_digest(name) for name in packages])}
    return {"core": core, **{role: code_of(choice, resolved.registry) for role, choice in roles.items() if choice}}
