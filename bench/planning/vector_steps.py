"""Checks that steps match their modalities: vectors of stimuli, or recorded signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.api import Preprocessor, Scaling, StimulusFeatures
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Dataset
    from bench.cells.cell import Step
    from bench.registry import Registry


def check(step: Step, cls: type, dataset: Dataset, whose: str, registry: Registry, *, named: bool) -> None:
    """Raise where a step does not suit its modalities; `named`: whether the user or a preset chose modalities.

    A step that computes vectors is asked here for what has to be installed, before a file is read.
    """
    vectors = [name for name in step.modalities if name in dataset.stimulus_modalities]
    if vectors and not named:
        recorded = [name for name in dataset.modalities if name not in dataset.stimulus_modalities]
        raise UsageError(
            f"The chain has steps for {vectors[0]}, which takes part only where it is named: "
            f"add --modalities {','.join([*recorded, *vectors])}."
        )
    if issubclass(cls, Preprocessor) and vectors:
        others = ", ".join(f"'{vectors[0]}: {name}'" for name in for_vectors(registry))
        raise UsageError(
            f"'{step.name}' changes signals, and {vectors[0]} is one vector per stimulus, which takes other steps: "
            f"{others}."
        )
    if issubclass(cls, StimulusFeatures):
        recorded = [name for name in step.modalities if name not in vectors]
        if recorded or not vectors:
            raise UsageError(misplaced(step, recorded, dataset, whose))
        built: StimulusFeatures = step.build(registry)
        _ = built.version


def misplaced(step: Step, recorded: Sequence[str], dataset: Dataset, whose: str) -> str:
    """The error for a step that computes vectors, with a place where it would work."""
    does = f"'{step.name}' computes vectors of stimuli from their files"
    if not dataset.stimulus_modalities:
        return f"{does}, and '{whose}' has none."
    wanted = f"write '{dataset.stimulus_modalities[0]}: {step.name}'."
    return f"{does}, and {recorded[0]} is recorded; {wanted}" if recorded else f"{does}; {wanted}"


def for_vectors(registry: Registry) -> list[str]:
    """The installed steps for vectors."""
    names = registry.names("preprocessor")
    return [
        name for name in names if issubclass(registry.get("preprocessor", name).load(), (Scaling, StimulusFeatures))
    ]


def check_once(step: Step, others: Sequence[Step]) -> None:
    """Raise where vectors would be computed twice."""
    for other in others:
        for modality in other.modalities:
            if modality in step.modalities:
                raise UsageError(
                    f"The vectors of {modality} cannot be computed twice, by '{other.name}' and by '{step.name}'; "
                    "write one of them."
                )
