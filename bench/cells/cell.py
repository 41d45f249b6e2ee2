"""A cell: one row of the leaderboard, described by plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import options, specs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.registry import Registry


@dataclass(frozen=True)
class Choice:
    """A plugin with all its options."""

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()  # options that the user set, which a search does not change

    def build(self, registry: Registry) -> Any:
        cls = registry.get(self.kind, self.name).load()
        return options.build(cls, self.options, f"{self.kind} '{self.name}'")

    def label(self, registry: Registry, profile: str = "") -> str:
        """The spec that users type: the name, and the options that differ from the defaults of the profile."""
        plugin = self.build(registry)
        defaults = {name: option.default for name, option in options.options_of(type(plugin)).items()}
        defaults |= type(plugin).profiles.get(profile, {})
        values = {name: getattr(plugin, name) for name in defaults}
        return specs.format_spec(self.name, {name: value for name, value in values.items() if value != defaults[name]})


@dataclass(frozen=True)
class Step(Choice):
    """A step of a chain, applied to the named modalities, or to all where none is named."""

    modalities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """A data set for pre-training without labels."""

    dataset: Choice
    modalities: tuple[str, ...]
    steps: tuple[Step, ...]
    scalings: tuple[Step, ...]
    own: bool  # the evaluated data set itself, of which each fold uses its training part


@dataclass(frozen=True)
class Weights:
    """A file of pre-trained weights."""

    file: str
    sha256: str
    sources: str = ""  # what they were pre-trained on


@dataclass(frozen=True)
class Cell:
    """dataset × target × preprocessing × model × fusion × protocol × options × profile."""

    dataset: Choice
    target: str
    modalities: tuple[str, ...]  # the inputs of the model
    required_modalities: tuple[str, ...]  # a window is used if all of these are usable; the same for a whole comparison
    steps: tuple[Step, ...]
    features: Choice | None
    model: Choice
    fusion: Choice
    protocol: Choice
    window: Mapping[str, Any]
    profile: str
    search: int = 0  # trials of nested search in each fold
    scalings: tuple[Step, ...] = ()  # steps fitted inside each fold
    preset: str = ""  # the preset that the steps come from
    engine: Mapping[str, Any] = field(default_factory=dict)  # precision, compilation and kernels of networks
    corpora: tuple[Corpus, ...] = ()  # data sets for pre-training
    weights: tuple[Weights, ...] = ()  # files of pre-trained weights
    stimulus_steps: tuple[Step, ...] = ()  # steps that compute vectors of stimuli from files
    calibrate: str = ""  # what inner predictions choose: threshold, temperature (and a threshold), or nothing
    objective: str = ""  # the metric that the search maximises; empty where it is the default
    searching: Mapping[str, Any] = field(default_factory=dict)  # how it searches, where that is not the default
