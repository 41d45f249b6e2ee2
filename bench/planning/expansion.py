"""A grid becomes cells; combinations that make no sense are refused before a file is read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench import options, specs
from bench.api import KINDS, Extractor, Fusion, Pretrainable, Staged
from bench.cells.cell import Cell, Choice, ResolvedCell
from bench.data.segmentation import Windowing
from bench.errors import UsageError, unknown
from bench.planning.abilities import other_target, what_of
from bench.planning.chain import Chain, Reader
from bench.planning.pretrain_spec import PretrainSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bench.api import Dataset, Model
    from bench.planning.grid import Grid
    from bench.registry import Registry

FEATURES = "statistics"  # the extractor for models that learn from vectors, where the chain names none
UNFUSED = "none"  # the fusion of a row without fusion
ROLES = ("dataset", "preprocess", "features", "model", "fusion", "protocol", "window")  # whose options `-o` sets


@dataclass(frozen=True)
class Refusal:
    """A combination that makes no sense, and why."""

    label: str
    reason: str


@dataclass(frozen=True)
class Expansion:
    """What a grid comes to."""

    cells: list[Cell] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    asked: list[Cell] = field(default_factory=list)  # without the baselines that come along


@dataclass(frozen=True)
class Source:
    """A data set, and what is done to its recordings."""

    dataset: Choice
    built: Dataset
    required_modalities: tuple[str, ...]
    chain: Chain
    window: Mapping[str, Any]
    typed: str  # as the person typed the data set
    steps: str  # and the chain


class Expander:
    """One grid, one registry."""

    def __init__(self, grid: Grid, registry: Registry, device: str = "cpu") -> None:
        self.grid = grid
        self.registry = registry
        self.device = device
        self._used: set[str] = set()

    def expand(self) -> Expansion:
        """All cells in the order of a leaderboard: per data set, protocol and target, models then baselines."""
        result = Expansion()
        for cell, asked in self._cells():
            parts = ResolvedCell(cell, self.registry)
            reason = refusal(parts, self.device)
            if reason is None:
                result.cells.append(cell)
                result.asked.extend([cell] if asked else [])
            else:
                label = f"{cell.dataset.name} · {parts.label} · {cell.protocol.name}"
                result.refusals.append(Refusal(label, reason))
        self.check_used()
        if self.grid.pretrain and result.cells and not any(cell.corpora or cell.weights for cell in result.cells):
            raise UsageError(self._unused())
        return result

    def _unused(self) -> str:
        """Why nothing of what `--pretrain` names could be used."""
        able = [
            text
            for text in self.grid.model
            if isinstance(self._choice("model", text).build(self.registry), Pretrainable)
        ]
        if able:
            return (
                f"{', '.join(self.grid.pretrain)} holds weights for none of the modalities of this run; 'bench weights "
                "show FILE' says what a file has, and --modalities chooses."
            )
        return (
            f"No network of {', '.join(self.grid.model)} can be pre-trained; leave out --pretrain, or add "
            "--model transformer."
        )

    def _cells(self) -> Iterator[tuple[Cell, bool]]:
        """Each cell, and whether the person asked for it."""
        grid = self.grid
        asked_models = [self._choice("model", text) for text in grid.model]
        fusions = [self._choice("fusion", text) for text in grid.fusion or self._usual_fusions()]
        named = {model.name for model in asked_models}
        baselines = [self._choice("model", name, baseline=True) for name in self._baselines() if name not in named]
        unfused = [self._choice("fusion", UNFUSED, baseline=True)]
        models = [*((model, True, self._suitable(model, fusions)) for model in asked_models),
                  *((model, False, unfused) for model in baselines)]  # fmt: skip
        before = PretrainSpec(grid.pretrain, self.registry, lambda text: self._choice("dataset", text), self._step)
        for dataset_text, protocol_text in itertools.product(grid.dataset, grid.protocol):
            source, protocol = self.source(dataset_text), self._choice("protocol", protocol_text)
            name, chain = source.dataset.name, source.chain
            for target, (model, asked, under) in itertools.product(self._targets(source.built, name), models):
                if not asked and what_of(source.built, target) not in self._class("model", model).predicts:
                    continue  # a baseline of other targets
                engine = self._engine(model)
                for fusion in under:
                    for modalities in self._branches(model, fusion, source.required_modalities):
                        cell = Cell(
                            source.dataset, target, modalities, source.required_modalities, chain.steps,
                            self._features(model, chain.features), model, fusion, protocol, source.window,
                            grid.profile, grid.search if asked else 0, chain.scalings, chain.preset,
                            engine, **before.of(model, source, modalities), stimulus_steps=chain.stimulus_steps,
                        )  # fmt: skip
                        yield cell, asked

    def source(self, text: str) -> Source:
        """A data set of the grid with what is done to its recordings."""
        choice = self._choice("dataset", text)
        built: Dataset = choice.build(self.registry)
        for modality in self.grid.modalities:
            if modality not in built.modalities:
                raise unknown("modality", modality, built.modalities, of=f"'{choice.name}'")
        named = tuple(dict.fromkeys(self.grid.modalities))
        self._steps_changed = False
        steps = self.grid.preprocess or self._usual_chain(built, named)
        chain = Reader(self.registry, built, choice.name, self._step).read(steps, named)
        chain = replace(chain, preset="" if self._steps_changed else chain.preset)
        typed = {**chain.window, **self._options("window")}
        window = options.values_of(options.build(Windowing, typed, "window"))
        return Source(choice, built, named or chain.modalities or recorded(built), chain, window, text, steps)

    def _usual_chain(self, dataset: Dataset, named: tuple[str, ...]) -> str:
        """The chain of the first model that has one; all models of a comparison are given the same signals."""
        models: list[Model] = [self._choice("model", text).build(self.registry) for text in self.grid.model]
        return next(filter(None, (model.preprocess(dataset, named) for model in models)), "")

    def _step(self, text: str) -> Choice:
        """A step; one that `-o` changes is no longer that of a preset."""
        used = len(self._used)
        choice = self._choice("preprocessor", text)
        self._steps_changed |= len(self._used) > used
        return choice

    def _choice(self, kind: str, text: str, *, baseline: bool = False) -> Choice:
        spec = specs.parse_spec(text)
        cls = self.registry.get(kind, spec.name).load()
        role = kind
        if kind == "preprocessor":
            role = "features" if issubclass(cls, Extractor) else "preprocess"
        for_role = {} if baseline else self._options(role)
        typed = {**for_role, **self._named_options(spec.name, cls), **spec.options(cls)}
        given = {**cls.profiles.get(self.grid.profile, {}), **typed}
        plugin = options.build(cls, given, f"{kind} '{spec.name}'")
        fixed = tuple(sorted(typed)) if self.grid.search and not baseline else ()
        return Choice(kind, spec.name, options.values_of(plugin), fixed)

    def _named_options(self, name: str, cls: type) -> dict[str, str]:
        """`-o name.field=value`; where a model and a preset share the name, each takes what it has."""
        return self._options(name, options.options_of(cls) if self._sharing(name) > 1 else None)

    def _sharing(self, name: str) -> int:
        """How many plugins have that name, of whatever kind."""
        return sum(name in self.registry.names(kind) for kind in KINDS)

    def _options(self, role: str, known: Collection[str] | None = None) -> dict[str, str]:
        """`-o role.field=value`, where a plugin's name is as good as its role."""
        start = f"{role}."
        found = {
            name: value
            for name, value in self.grid.options.items()
            if name.startswith(start) and (known is None or name.removeprefix(start) in known)
        }
        self._used |= set(found)
        return {name.removeprefix(start): value for name, value in found.items()}

    def check_used(self) -> None:
        for name in self.grid.options:
            if name not in self._used:
                whose, dot, _ = name.partition(".")
                if not dot:
                    raise UsageError(f"The option '{name}' does not say whose it is; write for instance model.{name}.")
                if self._sharing(whose) > 1:
                    raise UsageError(f"No plugin '{whose}' has the option '{name.partition('.')[2]}'; "
                                     f"'bench info {whose}' shows those there are.")  # fmt: skip
                raise unknown("part of this run", whose, ROLES, "The name of a plugin that takes part works as well.")

    def _class(self, kind: str, choice: Choice) -> Any:
        return self.registry.get(kind, choice.name).load()

    def _features(self, model: Choice, chosen: Choice | None) -> Choice | None:
        inputs = self._class("model", model).inputs
        if inputs == "features":
            return chosen or self._choice("preprocessor", FEATURES)
        return chosen if inputs == "signals" else None

    def _baselines(self) -> list[str]:
        return self._tagged("model", "baseline") if self.grid.baselines else []

    def _usual_fusions(self) -> list[str]:
        """Where none was named; without fusion comes first."""
        return sorted(self._tagged("fusion", "usual"), key=lambda name: name != UNFUSED)

    def _tagged(self, kind: str, tag: str) -> list[str]:
        return [name for name in self.registry.names(kind) if tag in self.registry.get(kind, name).plugin.tags]

    def _suitable(self, model: Choice, fusions: list[Choice]) -> list[Choice]:
        """All that were named; where none was, those that the model can be under."""
        staged = isinstance(model.build(self.registry), Staged)
        return [
            fusion for fusion in fusions if self.grid.fusion or staged or not fusion.build(self.registry).needs_stages
        ]

    def _engine(self, model: Choice) -> dict[str, Any]:
        """How networks are computed, as far as their numbers depend on it."""
        if not isinstance(model.build(self.registry), Staged):
            return {}
        return {"precision": self.grid.precision, "compile": self.grid.compile}

    def _targets(self, dataset: Dataset, name: str) -> tuple[str, ...]:
        known = (*dataset.targets, *dataset.quantities)
        if not known:
            raise UsageError(f"'{name}' has no labels with these options; it serves for pre-training.")
        for target in self.grid.target:
            if target not in known:
                raise unknown("target", target, known, of=f"'{name}'")
        return self.grid.target or known[:1]

    def _branches(self, model: Choice, fusion: Choice, required_modalities: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The modalities of each row: one at a time without fusion, none for a model that needs none."""
        if not self._class("fusion", fusion).one_modality:
            return (
                [required_modalities] if len(required_modalities) > 1 or self.grid.fusion else []
            )  # one that nobody named is not refused
        if self._class("model", model).inputs == "index":
            return [()]
        return [(modality,) for modality in required_modalities]


def recorded(dataset: Dataset) -> tuple[str, ...]:
    """The modalities that lie in recordings."""
    return tuple(name for name in dataset.modalities if name not in dataset.stimulus_modalities)


def refusal(parts: ResolvedCell, device: str) -> str | None:
    """Why this combination makes no sense, or None."""
    general = (unfusable, other_target, without_time, unmergeable, lambda parts: without_device(parts, device))
    reasons = (reason(parts) for reason in general)
    asked = (plugin.refuse(parts.combination) for plugin in (parts.model, parts.fusion, parts.protocol))
    # the plugins are asked only where the rest makes sense
    found = next(filter(None, itertools.chain(reasons, asked)), None) or meeting_nowhere(parts)
    return found.rstrip(".") if found else None


def meeting_nowhere(parts: ResolvedCell) -> str | None:
    """Why nothing can be exchanged, where the fusion itself has no better advice."""
    cell, model = parts.cell, parts.model
    if parts.fusion.exchanges and isinstance(model, Staged) and not model.meeting_points:
        return (
            f"{cell.fusion.name} joins branches at the ends of stages, and those of {cell.model.name} meet nowhere "
            "(it has no meeting_points); use --fusion feature, early or late"
        )
    return None


def unfusable(parts: ResolvedCell) -> str | None:
    """Why model and modalities cannot be fused in this way."""
    cell, model, fusion = parts.cell, parts.model, parts.fusion
    if fusion.one_modality:
        return None
    if fusion.needs_stages and not isinstance(model, Staged):
        return (
            f"{cell.fusion.name} joins what is inside a network, and {cell.model.name} is not made of branches; "
            "use --fusion early or late"
        )
    if model.inputs == "index":
        return f"{cell.model.name} learns from no modality, so there is nothing to fuse; use --fusion {UNFUSED}"
    if len(cell.modalities) < 2:
        only = f"only {cell.modalities[0]} is here; use --fusion {UNFUSED}"
        return f"{cell.fusion.name} joins two modalities or more, and {only}"
    return None


def without_device(parts: ResolvedCell, device: str) -> str | None:
    """Why the model cannot run there."""
    name, model = parts.cell.model.name, parts.model
    if device.partition(":")[0] in (*model.devices, "auto"):
        return None
    return f"{name} runs on {' and '.join(model.devices)} only; leave out --device {device}"


def without_time(parts: ResolvedCell) -> str | None:
    """Why a model that learns from signals is not given any."""
    cell = parts.cell
    if parts.model.inputs != "signals":
        return None
    if cell.features:
        return f"{cell.model.name} learns from signals, but the chain ends in feature vectors ({cell.features.name})"
    if vectors_of(parts) and not (isinstance(parts.model, Staged) and parts.model.takes_vectors):
        vector = vectors_of(parts)[0]
        return (
            f"{cell.model.name} learns from signals, but {vector} is one vector per stimulus; "
            f"leave {vector} out of --modalities"
        )
    if parts.windowing.whole and not (isinstance(parts.model, Staged) and parts.model.any_length):
        return f"{cell.model.name} takes windows of one length; leave out window.whole, or set -o window.whole=false"
    return None


def unmergeable(parts: ResolvedCell) -> str | None:
    """Why the inputs of a network cannot become one."""
    cell, vectors = parts.cell, vectors_of(parts)
    if parts.model.inputs != "signals" or type(parts.fusion).merge is Fusion.merge:
        return None
    if vectors and len(vectors) < len(cell.modalities):
        return (
            f"{cell.fusion.name} joins inputs, and {vectors[0]} is one vector while others are signals; "
            "use --fusion feature or late"
        )
    if parts.windowing.whole and not vectors:
        return f"{cell.fusion.name} joins inputs of one length; use --fusion feature or late, or window.whole=false"
    return None


def vectors_of(parts: ResolvedCell) -> list[str]:
    """The modalities that are one vector per stimulus."""
    return [name for name in parts.cell.modalities if name in parts.dataset.stimulus_modalities]
