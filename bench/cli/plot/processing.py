"""What was typed, as a data set, steps and windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.api import Preprocessor
from bench.cells.resolved import chain_label
from bench.cli.grid_options import option_pair
from bench.data.segmentation import Windowing
from bench.data.steps import SelectedModalities, chosen
from bench.planning.expansion import Expander
from bench.planning.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Dataset, Recording
    from bench.registry import Registry


@dataclass(frozen=True)
class Processing:
    """A data set, and what is done to its recordings."""

    dataset: Dataset
    name: str
    modalities: tuple[str, ...]
    steps: Sequence[Preprocessor]
    told: str  # the steps in words
    excluded: tuple[str, ...]  # steps that are learnt inside folds, so that they cannot be shown
    windowing: Windowing

    def applied(self, recordings: Sequence[Recording], place: int) -> Recording:
        """One of a person's recordings after all steps; the others are worked on only where a step looks at all."""
        if not any(map(looks_at_all, self.steps)):
            recordings, place = [recordings[place]], 0
        for step in self.steps:
            recordings = step.apply_all(recordings)
        return recordings[place]


def processing(asked: Mapping[str, Any], chain: str, modalities: Sequence[str], registry: Registry) -> Processing:
    """As `bench run` would read it; without a word on modalities, those that the chain names are drawn, or all."""
    options = dict(map(option_pair, asked["options"]))
    grid = Grid(dataset=(asked["dataset"],), modalities=tuple(modalities), preprocess=chain, options=options)
    expander = Expander(grid, registry)
    source = expander.source(asked["dataset"])
    expander.chooser.check_used()
    named = {name for step in source.chain.steps for name in step.modalities}
    names = tuple(
        name
        for name in source.required_modalities
        if name not in source.built.stimulus_modalities and (modalities or not named or name in named)
    )
    steps = [chosen(step.build(registry), step.modalities) for step in source.chain.steps]
    told = chain_label(source.chain.steps, None, registry)
    preset = source.chain.preset + ("; " if source.chain.preset and told else "")
    excluded = tuple(step.name for step in source.chain.scalings)
    return Processing(
        source.built, source.dataset.name, names, steps, f"{preset}{told}", excluded, Windowing(**source.window)
    )


def looks_at_all(step: Preprocessor) -> bool:
    """Whether a step looks at all recordings of a person together."""
    inner = step.step if isinstance(step, SelectedModalities) else step
    return type(inner).apply_all is not Preprocessor.apply_all
