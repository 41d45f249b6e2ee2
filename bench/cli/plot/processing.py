"""The data set, steps and windowing that the options name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.cells.resolved import chain_label
from bench.cli.grid_options import option_pair
from bench.data.calls.steps import chosen, run_steps, uses_all_recordings
from bench.data.calls.unlabelled import through_steps
from bench.data.recordings import named
from bench.data.segmentation import Windowing
from bench.planning.expansion import Expander
from bench.planning.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Dataset, Preprocessor, Recording
    from bench.registry import Registry


@dataclass(frozen=True)
class Processing:
    """A data set with its steps and windowing."""

    dataset: Dataset
    name: str
    modalities: tuple[str, ...]
    steps: Sequence[Preprocessor]
    text: str  # the steps in words
    excluded: tuple[str, ...]  # steps that are fitted inside folds, which cannot be shown
    windowing: Windowing

    def applied(self, recordings: Sequence[Recording], place: int) -> Recording:
        """One recording of a subject after all steps. Others are processed only if a step uses all of them."""
        if not any(map(uses_all_recordings, self.steps)):
            recordings, place = [recordings[place]], 0
        found, _ = through_steps(run_steps, self.steps, recordings, named(self.dataset))
        return found[place]


def processing(arguments: Mapping[str, Any], chain: str, modalities: Sequence[str], registry: Registry) -> Processing:
    """Read the options as `bench run` does. By default, the modalities of the chain are drawn, or all."""
    options = dict(map(option_pair, arguments["options"]))
    grid = Grid(dataset=(arguments["dataset"],), modalities=tuple(modalities), preprocess=chain, options=options)
    expander = Expander(grid, registry)
    source = expander.source(arguments["dataset"])
    expander.chooser.check_used()
    named = {name for step in source.chain.steps for name in step.modalities}
    names = tuple(
        name
        for name in source.required_modalities
        if name not in source.built.stimulus_modalities and (modalities or not named or name in named)
    )
    steps = [chosen(step.build(registry), step.modalities) for step in source.chain.steps]
    text = chain_label(source.chain.steps, None, lambda choice: choice.label(registry))
    preset = source.chain.preset + ("; " if source.chain.preset and text else "")
    excluded = tuple(step.name for step in source.chain.scalings)
    return Processing(
        source.built, source.dataset.name, names, steps, f"{preset}{text}", excluded, Windowing(**source.window)
    )
