"""What a target consists of, and which models and fusions have to do with that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench import options
from bench.api import Fusion
from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Dataset, Predicted
    from bench.cells.cell import ResolvedCell


def what_of(dataset: Dataset, target: str) -> Predicted:
    return "numbers" if target in dataset.quantities else "classes"


def other_target(parts: ResolvedCell) -> str | None:
    """Why model or fusion cannot predict what the target consists of, and which can."""
    cell, wanted = parts.cell, parts.predicted
    kind = "a number" if wanted == "numbers" else "one of several classes"
    for choice, plugin in ((cell.model, parts.model), (cell.fusion, parts.fusion)):
        if wanted not in plugin.predicts:
            does = "predicts" if plugin is parts.model else "joins"
            said = f"{choice.label(parts.registry, cell.profile)} {does} {plugin.predicts[0]} only"
            return f"{said}, and {cell.target} is {kind}; use --{choice.kind} {either(list(able(parts, choice.kind)))}"
    return None


def able(parts: ResolvedCell, kind: str) -> Iterator[str]:
    """Names of models, or of fusions as they usually are, without baselines and what needs a network."""
    for name in parts.registry.names(kind):
        entry = parts.registry.get(kind, name)
        try:
            cls: Any = entry.load()
        except BenchError:  # a broken plugin is no help here
            continue
        if "baseline" in entry.plugin.tags or options.REQUIRED in [
            option.default for option in options.options_of(cls).values()
        ]:
            continue
        plugin = cls() if issubclass(cls, Fusion) else cls
        if parts.predicted in plugin.predicts and not (isinstance(plugin, Fusion) and plugin.needs_stages):
            yield name


def either(names: list[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
