"""Content keys of cells and of prepared data: digests of everything that results depend on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import bench
from bench.api import Staged
from bench.code import core
from bench.code.dependencies import code_digest
from bench.data.preparation import FORMAT
from bench.digests import digest
from bench.options import files_of
from bench.readers.file_digests import file_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.cells.cell import Cell, Choice, Step
    from bench.cells.resolved import ResolvedCell, ResolvedCorpus
    from bench.registry import Registry


def target_of(choice: Choice, registry: Registry) -> str:
    """The "package.module:Class" of a plugin."""
    return registry.get(choice.kind, choice.name).plugin.target


def code_of(choice: Choice, registry: Registry) -> dict[str, str]:
    """The code of a plugin: distribution, version, and digests of the modules that it imports and its files."""
    entry = registry.get(choice.kind, choice.name)
    code = code_digest(entry.plugin.target)
    found = {"distribution": entry.distribution, "version": entry.version, "digest": code}
    for name, file in files_of(choice.build(registry)).items():
        found[f"file {name}"] = file_digest(file)
    return found


def cell_key(resolved: ResolvedCell) -> str:
    cell, registry = resolved.cell, resolved.registry
    choices = [*cell.scalings, cell.features, cell.model, cell.fusion, cell.protocol]
    code = [code_of(choice, registry) for choice in choices if choice]
    more = [bench.__version__, evaluation_digest(resolved), resolved.protocol.digest()]
    more += [corpus.key for corpus in resolved.corpora]
    return digest([resolved.data_key, identity(cell), code, more])


def identity(cell: Cell) -> dict[str, Any]:
    """What tells a cell from others; a default that came later is left out, so that it changes no key."""
    return {name: value for name, value in asdict(cell).items() if value or name not in ("objective", "searching")}


def evaluation_digest(resolved: ResolvedCell) -> str:
    """A digest of the modules of bench that the tasks of a cell use."""
    cell = resolved.cell
    used = {
        core.NETWORKS: isinstance(resolved.model, Staged),
        core.PRETRAINING: bool(cell.corpora or cell.weights),
        core.SEARCH: bool(cell.search),
    }
    choices = [cell.dataset, *cell.steps, *cell.stimulus_steps, *cell.scalings, cell.features, cell.model,
               cell.fusion, cell.protocol]  # fmt: skip
    targets = [target_of(choice, resolved.registry) for choice in choices if choice]
    return core.core_digest(core.TASKS, targets, [part for part, needed in used.items() if needed])


def pretraining_digest(resolved: ResolvedCell) -> str:
    """A digest of the modules of bench that pre-training uses."""
    target = target_of(resolved.cell.model, resolved.registry)
    return core.core_digest(core.PRETRAINED_WEIGHTS, [target], [core.NETWORKS, core.PRETRAINING])


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
    used = core.core_digest(core.PREPARATION, [target_of(choice, registry) for choice in choices])
    return digest([FORMAT, values, code, data_digest, dict(window), sorted(modalities), used, *more])


def code_record(resolved: ResolvedCell) -> dict[str, Any]:
    """The code that took part, by role, for records."""
    cell = resolved.cell
    steps = {f"step {step.name}": step for step in (*cell.steps, *cell.stimulus_steps, *cell.scalings)}
    roles = {"dataset": cell.dataset, "model": cell.model, "fusion": cell.fusion, "protocol": cell.protocol,
             "features": cell.features, **steps}  # fmt: skip
    ours = {"version": bench.__version__, "digest": evaluation_digest(resolved)}
    return {"core": ours, **{role: code_of(choice, resolved.registry) for role, choice in roles.items() if choice}}
