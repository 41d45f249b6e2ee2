"""Parse chains of steps: `attx`, `zscore | statistics`, `ecg: bandpass(5,15); eda: lowpass(3)`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench import specs
from bench.api import Extractor, PreprocessingPreset, Scaling, StimulusFeatures
from bench.cells.cell import Step
from bench.errors import UsageError, unknown
from bench.planning import vector_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.api import Dataset
    from bench.cells.cell import Choice
    from bench.registry import Registry

PREFIX = re.compile(r"\s*([\w+-]+(?:\s*,\s*[\w+-]+)*)\s*:(.*)", re.DOTALL)


@dataclass(frozen=True)
class Chain:
    """The steps for one data set, in order."""

    steps: tuple[Step, ...] = ()
    scalings: tuple[Step, ...] = ()  # fitted inside folds
    stimulus_steps: tuple[Step, ...] = ()  # compute vectors of stimuli
    features: Choice | None = None
    preset: str = ""  # the name, where the chain is one unchanged preset
    window: Mapping[str, Any] = field(default_factory=dict)  # options of windowing from the preset
    modalities: tuple[str, ...] = ()  # the modalities of the preset


class ChainReader:
    """Reads chains for one data set; `choose` turns a spec into a choice."""

    def __init__(
        self, registry: Registry, dataset: Dataset, name: str, choose: Callable[[str], Choice], *, lenient: bool = False
    ) -> None:
        self.lenient = lenient  # skips steps that do not apply to the data set
        self.registry = registry
        self.dataset = dataset
        self.name = name
        self.choose = choose

    def read(self, text: str, named: tuple[str, ...]) -> Chain:
        """The chain for the named modalities, or for all."""
        if re.search(r"(^|[|;:])\s*([|;]|$)", text) and text.strip():
            raise UsageError(f"A step is missing in the chain '{text.strip()}'; write one, or leave out what joins it.")
        presets = list(self._recipes(text))
        own = tuple(dict.fromkeys(name for preset in presets for name in preset.chains(self.dataset)))
        if own and not self.lenient:
            self._check_modalities(text, own, named)
        window = {key: value for preset in presets for key, value in preset.window.items()}
        chain = Chain(window=window, modalities=own)
        for group in specs.split(text, ";"):
            modalities, parts = self._group(group)
            if self.lenient and modalities and not set(modalities) & set(self.dataset.modalities):
                continue
            for part in specs.split(parts, "|"):
                chain = self._longer(chain, part, modalities, named or own)
        preset = text.strip() if len(presets) == 1 and not re.search(r"[|;:]", text) else ""
        return replace(chain, preset=preset)

    def _longer(self, chain: Chain, part: str, modalities: tuple[str, ...], wanted: tuple[str, ...]) -> Chain:
        """The chain with one more part: a step, a scaling, an extractor, or the steps of a preset."""
        cls = self._class(part)
        if chain.features:
            name = chain.features.name
            again = " It is for all modalities: write it once, as in 'ecg: zscore; statistics'."
            raise UsageError(
                f"'{name}' makes feature vectors, so it must be the last step of the chain."
                + (again if issubclass(cls, Extractor) else "")
            )
        if issubclass(cls, PreprocessingPreset):
            for modality, steps in self._recipe(part).chains(self.dataset).items():
                for own in specs.split(steps, "|") if modality in (modalities or (modality,)) else ():
                    chain = self._longer(chain, own, (modality,), wanted)
            return chain
        choice = self.choose(part)
        if issubclass(cls, Extractor):
            return replace(chain, features=choice)
        concerned = tuple(name for name in modalities if name in (wanted or modalities))
        if modalities and not concerned:
            return chain
        step = Step(choice.kind, choice.name, choice.options, choice.fixed, concerned)
        if not self.lenient:
            vector_steps.check(step, cls, self.dataset, self.name, self.registry, named=bool(wanted))
        if issubclass(cls, Scaling):
            return replace(chain, scalings=(*chain.scalings, step))
        check_order(step, chain.scalings)
        if issubclass(cls, StimulusFeatures):
            vector_steps.check_once(step, chain.stimulus_steps)
            return replace(chain, stimulus_steps=(*chain.stimulus_steps, step))
        return replace(chain, steps=(*chain.steps, step))

    def _group(self, text: str) -> tuple[tuple[str, ...], str]:
        """Split `ecg, eda: a | b` into modalities and steps; without a prefix, steps are for all modalities."""
        found = PREFIX.fullmatch(text)
        if not found:
            return (), text
        modalities = tuple(specs.split(found[1], ","))
        for modality in modalities:
            if modality not in self.dataset.modalities and not self.lenient:
                raise unknown("modality", modality, self.dataset.modalities, of=f"'{self.name}'")
        return modalities, found[2]

    def _check_modalities(self, text: str, own: tuple[str, ...], named: tuple[str, ...]) -> None:
        """Raise where the preset does not cover a modality, or the data set lacks one that the preset needs."""
        there = [name for name in own if name in self.dataset.modalities]
        for modality in named:
            if modality not in own and modality not in self.dataset.stimulus_modalities:
                raise UsageError(
                    f"The preset '{text.strip()}' is for {' and '.join(own)} and says nothing of {modality}; "
                    f"leave it out of --modalities, or write the steps as in --preprocess '{modality}: zscore'."
                )
        if not named and len(there) < len(own):
            lacking = " and ".join(name for name in own if name not in there)
            rest = f"; to go on with the rest, use --modalities {','.join(there)}" if there else ""
            raise UsageError(
                f"The preset '{text.strip()}' is for {' and '.join(own)}, but '{self.name}' has no {lacking} "
                f"(it has {', '.join(self.dataset.modalities)}){rest}."
            )

    def _recipes(self, text: str) -> Iterator[PreprocessingPreset]:
        for group in specs.split(text, ";"):
            for part in specs.split(self._group(group)[1], "|"):
                if issubclass(self._class(part), PreprocessingPreset):
                    yield self._recipe(part)

    def _recipe(self, part: str) -> PreprocessingPreset:
        built: PreprocessingPreset = self.choose(part).build(self.registry)
        return built

    def _class(self, part: str) -> type:
        cls: type = self.registry.get("preprocessor", specs.parse_spec(part).name).load()
        return cls


def check_order(step: Step, scalings: tuple[Step, ...]) -> None:
    for scaling in scalings:
        if not (step.modalities and scaling.modalities) or {*step.modalities} & {*scaling.modalities}:
            raise UsageError(
                f"'{scaling.name}' is learnt inside each fold, so '{step.name}' cannot come after it; put it last."
            )
