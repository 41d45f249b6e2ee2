"""A cell with its plugins built, and the labels that tables show."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bench.api import Combination, Dataset, Extractor, Fusion, Model, Preprocessor, Protocol, Scaling
from bench.cells import keys
from bench.data.calls.steps import chosen
from bench.data.segmentation import Windowing
from bench.data.stimulus_features import StimulusFiles
from bench.errors import DataError
from bench.options import searchable
from bench.scoring.scoring import predicted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.api import LabelRule, StimulusFeatures, TargetType
    from bench.cells.cell import Cell, Choice, Corpus, Step, Weights
    from bench.registry import Registry


class ResolvedCell:
    """The plugins of a cell. Built once, when a grid is expanded, and kept until its last task is stored."""

    def __init__(self, cell: Cell, registry: Registry) -> None:
        self.cell = cell
        self.registry = registry
        self.dataset: Dataset = cell.dataset.build(registry)
        self.steps: list[Preprocessor] = [chosen(step.build(registry), step.modalities) for step in cell.steps]
        self.scalings: list[tuple[Step, Scaling]] = [(step, step.build(registry)) for step in cell.scalings]
        self.features: Extractor | None = cell.features.build(registry) if cell.features else None
        self.model: Model = cell.model.build(registry)
        self.fusion: Fusion = cell.fusion.build(registry)
        self.protocol: Protocol = cell.protocol.build(registry)
        self.windowing = Windowing(**cell.window)

    @property
    def classes(self) -> tuple[str, ...]:
        """Empty for regression."""
        return () if self.quantity else tuple(self.dataset.targets[self.cell.target])

    @property
    def quantity(self) -> str:
        """The rating that is predicted, for regression."""
        return self.dataset.regression_targets.get(self.cell.target, "")

    @property
    def predicted(self) -> TargetType:
        return predicted(self.classes)

    @property
    def rule(self) -> LabelRule | None:
        return None if self.quantity else self.dataset.label_rule(self.cell.target)

    @property
    def combination(self) -> Combination:
        cell = self.cell
        return Combination(self.dataset, cell.target, cell.modalities, self.model, self.fusion, self.protocol)

    @property
    def trials(self) -> int:
        """Trials of the search of a fold, at most: none where no option is left to explore."""
        parts = ((self.model, self.cell.model), (self.fusion, self.cell.fusion))
        return self.cell.search if any(searchable(type(plugin), choice.fixed) for plugin, choice in parts) else 0

    @property
    def recorded(self) -> list[str]:
        """The required modalities that lie in recordings."""
        return [name for name in self.cell.required_modalities if name not in self.dataset.stimulus_modalities]

    @cached_property
    def simulated(self) -> bool:
        return self.dataset.simulated

    @cached_property
    def weights(self) -> tuple[Weights, ...]:
        """Files of pre-trained weights, where they are on this machine."""
        return self.cell.weights

    @cached_property
    def data_digest(self) -> str:
        """Of the data; the planner sets it where another cell has computed it."""
        return self.dataset.digest()

    @cached_property
    def data_key(self) -> str:
        """The content key of the prepared data."""
        return keys.data_key(self)

    @cached_property
    def key(self) -> str:
        """The content key of the cell: all that its results depend on."""
        return keys.cell_key(self)

    @cached_property
    def stimulus_files(self) -> dict[str, StimulusFiles]:
        """By modality: the files from which a step computes vectors of stimuli."""
        found, name = {}, self.cell.dataset.name
        for step in self.cell.stimulus_steps:
            features: StimulusFeatures = step.build(self.registry)
            identity = [step.name, dict(step.options), keys.code_of(step, self.registry), features.version]
            for modality in step.modalities:
                files = self.dataset.stimulus_media(modality)
                if not files:
                    raise DataError(
                        f"'{step.name}' needs the files of {modality}, and '{name}' has none here; 'bench info {name}' "
                        "shows where they belong. Without that step, the vectors that come with the data are used."
                    )
                found[modality] = StimulusFiles(features, identity, files)
        return found

    @cached_property
    def corpora(self) -> list[ResolvedCorpus]:
        return [ResolvedCorpus(corpus, self) for corpus in self.cell.corpora]

    @cached_property
    def label(self) -> str:
        """The row in one line: model, fusion and modalities."""
        cell = self.cell
        parts = [self.model_label, cell.fusion.label(self.registry, cell.profile), "+".join(cell.modalities)]
        return " · ".join(filter(None, parts))

    @cached_property
    def model_label(self) -> str:
        """The spec of the model, then what is not the default of precision, compilation, kernels and pre-training."""
        engine = self.cell.engine
        precision = engine.get("precision", "fp32")
        unusual = [*([precision] if precision != "fp32" else []), *(["compiled"] if engine.get("compile") else [])]
        unusual += ["deterministic"] if engine.get("deterministic") else []
        names = [corpus.short for corpus in self.corpora]
        names += [f"{weights.sources} ({weights.file.rpartition('/')[2]})" for weights in self.cell.weights]
        pretrained = [f"pre-trained on {'+'.join(names)}"] if names else []
        return " ".join([self.cell.model.label(self.registry, self.cell.profile), *unusual, *pretrained])

    @property
    def labels(self) -> dict[str, str]:
        """The spec of each part of the cell."""
        cell, registry = self.cell, self.registry
        if cell.preset:
            chain = " | ".join([cell.preset, *([cell.features.label(registry)] if cell.features else [])])
        else:
            steps = (*cell.steps, *cell.stimulus_steps, *cell.scalings)
            chain = chain_label(steps, cell.features, lambda choice: choice.label(registry))
        return {
            "dataset": cell.dataset.label(registry),
            "model": self.model_label,
            "fusion": cell.fusion.label(registry, cell.profile),
            "protocol": cell.protocol.label(registry),
            "preprocess": chain,
        }


class ResolvedCorpus:
    """The plugins of a corpus of a cell."""

    def __init__(self, corpus: Corpus, cell: ResolvedCell) -> None:
        registry = cell.registry
        self.corpus, self.cell, self.windowing = corpus, cell, cell.windowing
        self.name = corpus.dataset.label(registry, cell.cell.profile)
        self.chain = [step.label(registry) for step in (*corpus.steps, *corpus.scalings)]
        self.dataset: Dataset = cell.dataset if corpus.own else corpus.dataset.build(registry)
        self.steps: list[Preprocessor] = [chosen(step.build(registry), step.modalities) for step in corpus.steps]
        self.scalings: list[tuple[Step, Scaling]] = [(step, step.build(registry)) for step in corpus.scalings]

    @property
    def short(self) -> str:
        """The name in a table row. A stand-in is marked, unless the evaluated data set is marked already."""
        if self.corpus.own:
            return self.corpus.dataset.name
        return f"{self.name} (simulated)" if self.simulated else self.name

    @cached_property
    def simulated(self) -> bool:
        return self.dataset.simulated

    @cached_property
    def key(self) -> str:
        """The content key of its prepared data."""
        return self.cell.data_key if self.corpus.own else keys.corpus_key(self)


def chain_label(steps: Sequence[Step], features: Choice | None, label: Callable[[Choice], str]) -> str:
    """The chain as users type it; neighbouring steps for the same modalities form one group."""
    groups: list[tuple[tuple[str, ...], list[str]]] = []
    for step in steps:
        if not groups or groups[-1][0] != step.modalities:
            groups.append((step.modalities, []))
        groups[-1][1].append(label(step))
    if features:
        if not groups or groups[-1][0]:
            groups.append(((), []))
        groups[-1][1].append(label(features))
    return "; ".join((f"{','.join(names)}: " if names else "") + " | ".join(labels) for names, labels in groups)
