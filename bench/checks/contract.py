"""The contract of one plugin: which properties it has to hold, by its kind."""

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
from bench.checks import declarations
from bench.checks.commands import CHECKS as OF_COMMANDS
from bench.checks.datasets import CHECKS as OF_DATASETS
from bench.checks.datasets import first_recordings
from bench.checks.executors import CHECKS as OF_EXECUTORS
from bench.checks.extractors import CHECKS as OF_EXTRACTORS
from bench.checks.fusions import CHECKS as OF_FUSIONS
from bench.checks.models import CHECKS as OF_MODELS
from bench.checks.preprocessors import CHECKS as OF_PREPROCESSORS
from bench.checks.presets import CHECKS as OF_RECIPES
from bench.checks.protocols import CHECKS as OF_PROTOCOLS
from bench.checks.scalings import CHECKS as OF_SCALINGS
from bench.checks.staged import CHECKS as OF_STAGED
from bench.checks.stimulus_features import CHECKS as OF_DESCRIPTIONS
from bench.checks.suites import CHECKS as OF_SUITES
from bench.checks.suites import OF_TABLES
from bench.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.registry import Entry

CHECKS: dict[type, tuple[Callable[..., None], ...]] = {
    Dataset: OF_DATASETS,
    Preprocessor: OF_PREPROCESSORS,
    Scaling: OF_SCALINGS,
    StimulusFeatures: OF_DESCRIPTIONS,
    Extractor: OF_EXTRACTORS,
    PreprocessingPreset: OF_RECIPES,
    Staged: (*OF_MODELS, *OF_STAGED),
    Model: OF_MODELS,
    Fusion: OF_FUSIONS,
    Protocol: OF_PROTOCOLS,
    PaperTable: (*OF_SUITES, *OF_TABLES),
    Suite: OF_SUITES,
    Executor: OF_EXECUTORS,
}


@dataclass(frozen=True)
class Check:
    """One property of one plugin. Calling it raises where the property does not hold."""

    kind: str
    name: str
    id: str
    property: str  # the property in one sentence
    run: Callable[[], None]

    def __call__(self) -> None:
        self.run()

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}-{self.id}"


def contract(
    kind: str, name: str, options: Mapping[str, Any] | None = None, registry: Registry | None = None
) -> list[Check]:
    """All checks of an installed plugin; where it cannot be built, those that tell why."""
    known = registry or Registry()
    entry = known.get(kind, name)
    given = {**declarations.example(entry), **(options or {})}
    builds = bound(entry, declarations.builds, entry, given)
    try:
        plugin = declarations.built(entry, given)
    except Exception:  # noqa: BLE001 - the check `builds` meets it again, and tells
        return [builds, bound(entry, declarations.about_is_one_sentence, entry)]
    return [builds, *checks_for(entry, plugin, known)]


def checks_for(entry: Entry, plugin: Any, registry: Registry | None = None) -> list[Check]:
    """The checks of a plugin that is built, by its kind."""
    about = bound(entry, declarations.about_is_one_sentence, entry)
    if entry.kind == "command":
        return [about, *(bound(entry, check, plugin) for check in OF_COMMANDS)]
    first_recordings.cache_clear()  # files may have changed since, although the options are the same
    own = next(checks for base, checks in CHECKS.items() if isinstance(plugin, base))
    given = (plugin, registry or Registry()) if isinstance(plugin, Suite | PreprocessingPreset) else (plugin,)
    declared = [bound(entry, check, plugin) for check in declarations.CHECKS]
    return [about, *declared, *(bound(entry, check, *given) for check in own)]


def bound(entry: Entry, check: Callable[..., None], *arguments: Any) -> Check:
    """A check function with what it is asked about."""
    sentence = " ".join((check.__doc__ or "").split())
    return Check(entry.kind, entry.name, check.__name__, sentence, partial(check, *arguments))
