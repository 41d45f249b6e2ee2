"""The checks of one plugin, by its kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.api import (
    Dataset,
    Executor,
    Extractor,
    Fusion,
    Model,
    PreprocessingPreset,
    Preprocessor,
    Protocol,
    Scaling,
    Staged,
    StimulusFeatures,
    Suite,
)
from bench.api.papers import PaperTable
from bench.checks import (
    datasets,
    declarations,
    executors,
    features,
    fusions,
    models,
    preprocessors,
    presets,
    protocols,
    scalings,
    staged,
    suites,
)
from bench.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.registry import Entry

#: base class -> the checks of plugins derived from it; the first match applies
CHECKS: dict[type, tuple[Callable[..., None], ...]] = {
    Dataset: datasets.CHECKS,
    Preprocessor: preprocessors.CHECKS,
    Scaling: scalings.CHECKS,
    StimulusFeatures: features.OF_STIMULI,
    Extractor: features.CHECKS,
    PreprocessingPreset: presets.CHECKS,
    Staged: (*models.CHECKS, *staged.CHECKS),
    Model: models.CHECKS,
    Fusion: fusions.CHECKS,
    Protocol: protocols.CHECKS,
    PaperTable: (*suites.CHECKS, *suites.OF_TABLES),
    Suite: suites.CHECKS,
    Executor: executors.CHECKS,
}


@dataclass(frozen=True)
class Check:
    """One property of one plugin. Calling it raises if the property does not hold."""

    kind: str
    name: str
    id: str
    property: str  # one sentence
    run: Callable[[], None]

    def __call__(self) -> None:
        self.run()

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}-{self.id}"


def contract(
    kind: str, name: str, options: Mapping[str, Any] | None = None, registry: Registry | None = None
) -> list[Check]:
    """All checks of an installed plugin; if it cannot be built, those that report why."""
    known = (registry or Registry()).imported_here()
    entry = known.get(kind, name)
    values = {**declarations.example(entry), **(options or {})}
    builds = bound(entry, declarations.builds, entry, values)
    try:
        plugin = declarations.built(entry, values)
    except Exception:  # noqa: BLE001 - the check `builds` reports it
        return [builds, bound(entry, declarations.about_is_one_sentence, entry)]
    return [builds, *checks_for(entry, plugin, known)]


def checks_for(entry: Entry, plugin: Any, registry: Registry | None = None) -> list[Check]:
    """The checks of an instance of a plugin."""
    about = bound(entry, declarations.about_is_one_sentence, entry)
    if entry.kind == "command":
        return [about, *(bound(entry, check, plugin) for check in declarations.OF_COMMANDS)]
    datasets.first_recordings.cache_clear()  # files may have changed although the options have not
    own = next(checks for base, checks in CHECKS.items() if isinstance(plugin, base))
    arguments = (plugin, registry or Registry()) if isinstance(plugin, Suite | PreprocessingPreset) else (plugin,)
    declared = [bound(entry, check, plugin) for check in declarations.CHECKS]
    return [about, *declared, *(bound(entry, check, *arguments) for check in own)]


def bound(entry: Entry, check: Callable[..., None], *arguments: Any) -> Check:
    """A check function with its arguments. Its docstring is the property."""
    sentence = " ".join((check.__doc__ or "").split())
    return Check(entry.kind, entry.name, check.__name__, sentence, partial(check, *arguments))
