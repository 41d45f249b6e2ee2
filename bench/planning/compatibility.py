"""Which plugins can be combined. Every rule gives the reason for refusing a cell, or None."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from bench import options
from bench.api import Fusion, Staged
from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cells.resolved import ResolvedCell

UNFUSED = "none"  # the fusion of a row with one modality


def refusal(resolved: ResolvedCell, device: str) -> str | None:
    """Why this combination makes no sense, or None. Plugins are asked last."""
    general = (unfusable, wrong_target, without_time, unmergeable, lambda resolved: without_device(resolved, device))
    reasons = (reason(resolved) for reason in general)
    by_plugins = (
        plugin.refuse(resolved.combination) for plugin in (resolved.model, resolved.fusion, resolved.protocol)
    )
    found = next(filter(None, itertools.chain(reasons, by_plugins)), None) or meeting_nowhere(resolved)
    return found.rstrip(".") if found else None


def meeting_nowhere(resolved: ResolvedCell) -> str | None:
    """The model has no stage at which branches could exchange anything."""
    cell, model = resolved.cell, resolved.model
    if resolved.fusion.exchanges and isinstance(model, Staged) and not model.exchange_stages:
        return (
            f"{cell.fusion.name} joins branches at the ends of stages, and those of {cell.model.name} meet nowhere "
            "(it has no exchange_stages); use --fusion feature, early or late"
        )
    return None


def unfusable(resolved: ResolvedCell) -> str | None:
    """The model and the modalities cannot be fused in this way."""
    cell, model, fusion = resolved.cell, resolved.model, resolved.fusion
    if fusion.one_modality:
        return None
    if fusion.needs_stages and not isinstance(model, Staged):
        return (
            f"{cell.fusion.name} joins branches inside a network, and {cell.model.name} is not a staged model; "
            "use --fusion early or late"
        )
    if model.inputs == "index":
        return f"{cell.model.name} learns from no modality, so there is nothing to fuse; use --fusion {UNFUSED}"
    if len(cell.modalities) < 2:
        only = f"only {cell.modalities[0]} is here; use --fusion {UNFUSED}"
        return f"{cell.fusion.name} joins two modalities or more, and {only}"
    return None


def without_device(resolved: ResolvedCell, device: str) -> str | None:
    """The model does not run on the device."""
    name, model = resolved.cell.model.name, resolved.model
    if device.partition(":")[0] in (*model.devices, "auto"):
        return None
    return f"{name} runs on {' and '.join(model.devices)} only; leave out --device {device}"


def without_time(resolved: ResolvedCell) -> str | None:
    """A model of signals has no signals of one length."""
    cell = resolved.cell
    if resolved.model.inputs != "signals":
        return None
    if cell.features:
        return f"{cell.model.name} learns from signals, but the chain ends in feature vectors ({cell.features.name})"
    if vectors_of(resolved) and not (isinstance(resolved.model, Staged) and resolved.model.takes_vectors):
        vector = vectors_of(resolved)[0]
        return (
            f"{cell.model.name} learns from signals, but {vector} is one vector per stimulus; "
            f"leave {vector} out of --modalities"
        )
    if resolved.windowing.whole and not (isinstance(resolved.model, Staged) and resolved.model.variable_length):
        return f"{cell.model.name} takes windows of one length; leave out window.whole, or set -o window.whole=false"
    return None


def unmergeable(resolved: ResolvedCell) -> str | None:
    """The inputs of a network cannot be merged."""
    cell, vectors = resolved.cell, vectors_of(resolved)
    if resolved.model.inputs != "signals" or type(resolved.fusion).merge is Fusion.merge:
        return None
    if vectors and len(vectors) < len(cell.modalities):
        return (
            f"{cell.fusion.name} joins inputs, and {vectors[0]} is one vector while others are signals; "
            "use --fusion feature or late"
        )
    if resolved.windowing.whole and not vectors:
        return f"{cell.fusion.name} joins inputs of one length; use --fusion feature or late, or window.whole=false"
    return None


def vectors_of(resolved: ResolvedCell) -> list[str]:
    """The modalities that are one vector per stimulus."""
    return [name for name in resolved.cell.modalities if name in resolved.dataset.stimulus_modalities]


def wrong_target(resolved: ResolvedCell) -> str | None:
    """The model or the fusion cannot predict this kind of target."""
    cell, wanted = resolved.cell, resolved.predicted
    kind = "a number" if wanted == "numbers" else "one of several classes"
    for choice, plugin in ((cell.model, resolved.model), (cell.fusion, resolved.fusion)):
        if wanted not in plugin.predicts:
            does = "predicts" if plugin is resolved.model else "joins"
            only = f"{choice.label(resolved.registry, cell.profile)} {does} {plugin.predicts[0]} only"
            others = either(list(names_of_able(resolved, choice.kind)))
            return f"{only}, and {cell.target} is {kind}; use --{choice.kind} {others}"
    return None


def names_of_able(resolved: ResolvedCell, kind: str) -> Iterator[str]:
    """Models or fusions that can, without baselines and fusions that need a network."""
    for name in resolved.registry.names(kind):
        entry = resolved.registry.get(kind, name)
        try:
            cls: Any = entry.load()
        except BenchError:  # a broken plugin is no help here
            continue
        if "baseline" in entry.plugin.tags or options.REQUIRED in [
            option.default for option in options.options_of(cls).values()
        ]:
            continue
        plugin = cls() if issubclass(cls, Fusion) else cls
        if resolved.predicted in plugin.predicts and not (isinstance(plugin, Fusion) and plugin.needs_stages):
            yield name


def either(names: list[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
