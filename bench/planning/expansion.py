"""A grid becomes cells. Combinations that make no sense are refused before a file is read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench import options
from bench.api import Pretrainable, Staged
from bench.cells.cell import Cell, Choice
from bench.cells.resolved import ResolvedCell
from bench.cells.searching import check_effect, searching_of
from bench.data.segmentation import Windowing
from bench.errors import UsageError, unknown
from bench.planning.chain import Chain, ChainReader
from bench.planning.choices import Chooser
from bench.planning.compatibility import UNFUSED, refusal
from bench.planning.pretrain_spec import PretrainSpec
from bench.scoring.objective import OBJECTIVES
from bench.scoring.scoring import SCORING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.api import Dataset, Model, TargetType
    from bench.planning.grid import Grid
    from bench.registry import Registry

FEATURES = "statistics"  # the default extractor for models of feature vectors


@dataclass(frozen=True)
class Refusal:
    """A combination that makes no sense, and why."""

    label: str
    reason: str


@dataclass(frozen=True)
class Expansion:
    """The cells of a grid."""

    cells: list[ResolvedCell] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    requested: list[ResolvedCell] = field(default_factory=list)  # the cells without the baselines that are added


@dataclass(frozen=True)
class Source:
    """A data set of the grid with its chain and windowing."""

    dataset: Choice
    built: Dataset
    required_modalities: tuple[str, ...]
    chain: Chain
    window: Mapping[str, Any]
    typed: str  # the spec of the data set
    steps: str  # the chain as typed


class Expander:
    """Expands one grid."""

    def __init__(self, grid: Grid, registry: Registry, device: str = "cpu") -> None:
        self.grid = grid
        self.registry = registry
        self.device = device
        self.chooser = Chooser(grid, registry)

    def expand(self) -> Expansion:
        """All cells in the order of a leaderboard: per data set, protocol and target, models then baselines."""
        self.grid.check_objective()
        self.searching = self._searching()
        result = Expansion()
        for cell, requested in self._cells():
            resolved = ResolvedCell(cell, self.registry)
            reason = refusal(resolved, self.device)
            if reason is None:
                result.cells.append(resolved)
                result.requested.extend([resolved] if requested else [])
            else:
                label = f"{cell.dataset.name} · {resolved.label} · {cell.protocol.name}"
                result.refusals.append(Refusal(label, reason))
        self.chooser.check_used()
        pretrained = any(resolved.cell.corpora or resolved.cell.weights for resolved in result.cells)
        if self.grid.pretrain and result.cells and not pretrained:
            raise UsageError(self._unused_pretraining())
        if self.grid.search and result.requested and not any(cell.trials for cell in result.requested):
            raise UsageError(
                f"--search has nothing to explore: {', '.join(self.grid.model)} has no option with a range or choices "
                "that is not set; leave out --search, or let it choose one."
            )
        return result

    def _unused_pretraining(self) -> str:
        """Why nothing that `--pretrain` names could be used."""
        models = [self._choose("model", text).build(self.registry) for text in self.grid.model]
        if any(isinstance(model, Pretrainable) for model in models):
            return (
                f"{', '.join(self.grid.pretrain)} holds weights for none of the modalities of this run; 'bench weights "
                "show FILE' says what a file has, and --modalities chooses."
            )
        return (
            f"No network of {', '.join(self.grid.model)} can be pre-trained; leave out --pretrain, or add "
            "--model transformer."
        )

    def _cells(self) -> Iterator[tuple[Cell, bool]]:
        """Each cell, and whether the user requested it."""
        grid = self.grid
        requested = [self._choose("model", text) for text in grid.model]
        fusions = [self._choose("fusion", text) for text in grid.fusion or self._default_fusions()]
        named = {model.name for model in requested}
        baselines = [self._choose("model", name, baseline=True) for name in self._baselines() if name not in named]
        unfused = [self._choose("fusion", UNFUSED, baseline=True)]
        models = [*((model, True, self._suitable(model, fusions)) for model in requested),
                  *((model, False, unfused) for model in baselines)]  # fmt: skip
        pretraining = PretrainSpec(grid.pretrain, self.registry, lambda text: self._choose("dataset", text), self._step)
        for dataset_text, protocol_text in itertools.product(grid.dataset, grid.protocol):
            source, protocol = self.source(dataset_text), self._choose("protocol", protocol_text)
            name, chain = source.dataset.name, source.chain
            for target, (model, mine, under) in itertools.product(self._targets(source.built, name), models):
                kind: TargetType = "numbers" if target in source.built.regression_targets else "classes"
                if not mine and kind not in self._class("model", model).predicts:
                    continue  # a baseline for other targets
                for fusion in under:
                    for modalities in self._branches(model, fusion, source.required_modalities):
                        cell = Cell(
                            source.dataset, target, modalities, source.required_modalities, chain.steps,
                            self._features(model, chain.features), model, fusion, protocol, source.window,
                            grid.profile, grid.search if mine else 0, chain.scalings, chain.preset,
                            self._engine(model), **pretraining.of(model, source, modalities),
                            stimulus_steps=chain.stimulus_steps, calibrate=self._calibrated(kind),
                            objective=self._objective(kind, target) if mine else "",
                            searching=self.searching if mine else {},
                        )  # fmt: skip
                        yield cell, mine

    def source(self, text: str) -> Source:
        """A data set of the grid with its chain and windowing."""
        choice = self._choose("dataset", text)
        built: Dataset = choice.build(self.registry)
        for modality in self.grid.modalities:
            if modality not in built.modalities:
                raise unknown("modality", modality, built.modalities, of=f"'{choice.name}'")
        named = tuple(dict.fromkeys(self.grid.modalities))
        self._steps_changed = False
        steps = self.grid.preprocess or self._default_chain(built, named)
        chain = ChainReader(self.registry, built, choice.name, self._step).read(steps, named)
        chain = replace(chain, preset="" if self._steps_changed else chain.preset)
        typed = {**chain.window, **self.chooser.options("window")}
        window = options.values_of(options.build(Windowing, typed, "window"))
        return Source(choice, built, named or chain.modalities or recorded(built), chain, window, text, steps)

    def _default_chain(self, dataset: Dataset, named: tuple[str, ...]) -> str:
        """The chain of the first model that has one; all models of a comparison share their input signals."""
        models: list[Model] = [self._choose("model", text).build(self.registry) for text in self.grid.model]
        return next(filter(None, (model.default_preprocessing(dataset, named) for model in models)), "")

    def _step(self, text: str) -> Choice:
        """A step. Steps of a preset that `-o` has changed are no longer called by its name."""
        choice, changed = self.chooser.step(text)
        self._steps_changed |= changed
        return choice

    def _choose(self, kind: str, text: str, *, baseline: bool = False) -> Choice:
        return self.chooser.choose(kind, text, baseline=baseline)

    def _class(self, kind: str, choice: Choice) -> Any:
        return self.registry.get(kind, choice.name).load()

    def _features(self, model: Choice, chosen: Choice | None) -> Choice | None:
        inputs = self._class("model", model).inputs
        if inputs == "features":
            return chosen or self._choose("preprocessor", FEATURES)
        return chosen if inputs == "signals" else None

    def _baselines(self) -> list[str]:
        return self._tagged("model", "baseline") if self.grid.baselines else []

    def _default_fusions(self) -> list[str]:
        """The default fusions; without fusion comes first."""
        return sorted(self._tagged("fusion", "default"), key=lambda name: name != UNFUSED)

    def _tagged(self, kind: str, tag: str) -> list[str]:
        return [name for name in self.registry.names(kind) if tag in self.registry.get(kind, name).plugin.tags]

    def _suitable(self, model: Choice, fusions: list[Choice]) -> list[Choice]:
        """All fusions that were named; where none was, those that the model supports."""
        staged = isinstance(model.build(self.registry), Staged)
        return [
            fusion for fusion in fusions if self.grid.fusion or staged or not fusion.build(self.registry).needs_stages
        ]

    def _engine(self, model: Choice) -> dict[str, Any]:
        """Precision, compilation and kernels of networks, since results depend on them."""
        if not isinstance(model.build(self.registry), Staged):
            return {}
        deterministic = {"deterministic": True} if self.grid.deterministic else {}  # without, keys are those of before
        return {"precision": self.grid.precision, "compile": self.grid.compile, **deterministic}

    def _calibrated(self, kind: TargetType) -> str:
        """What inner predictions choose: nothing where a number is predicted."""
        return "" if kind == "numbers" or self.grid.calibrate == "none" else self.grid.calibrate

    def _searching(self) -> dict[str, Any]:
        """How a search looks for options, where that is not the default."""
        typed = self.chooser.options("search")
        if typed and not self.grid.search:
            raise UsageError(
                f"-o search.{next(iter(typed))} is about a search, and there is none; add one, as in --search 20."
            )
        found = searching_of(typed)
        if typed:
            check_effect(found, self.grid.search)
        return found.typed()

    def _objective(self, kind: TargetType, target: str) -> str:
        """The metric of a search; empty where it is the default."""
        chosen = self.grid.objective
        if chosen and chosen not in OBJECTIVES[kind]:
            raise unknown("search objective", chosen, OBJECTIVES[kind], of=f"target '{target}'")
        return "" if chosen == SCORING[kind].objective else chosen

    def _targets(self, dataset: Dataset, name: str) -> tuple[str, ...]:
        known = (*dataset.targets, *dataset.regression_targets)
        if not known:
            raise UsageError(f"'{name}' has no labels with these options; it serves for pre-training.")
        for target in self.grid.target:
            if target not in known:
                raise unknown("target", target, known, of=f"'{name}'")
        return self.grid.target or known[:1]

    def _branches(self, model: Choice, fusion: Choice, required: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The modalities of each row: one at a time without fusion, none for a baseline that needs none."""
        if not self._class("fusion", fusion).one_modality:
            # with one modality, default fusions are left out silently; a fusion that was named is refused
            return [required] if len(required) > 1 or self.grid.fusion else []
        if self._class("model", model).inputs == "index":
            return [()]
        return [(modality,) for modality in required]


def recorded(dataset: Dataset) -> tuple[str, ...]:
    """The modalities that lie in recordings."""
    return tuple(name for name in dataset.modalities if name not in dataset.stimulus_modalities)
