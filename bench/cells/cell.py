"""A cell: one row of the leaderboard, described by plain values and named by its content key."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import bench
from bench import options, specs
from bench.api import Combination, Dataset, Extractor, Fusion, Model, Preprocessor, Protocol, Scaling, Staged
from bench.data.digests import code_digest, digest
from bench.data.preparation import FORMAT
from bench.data.segmentation import Windowing
from bench.data.steps import chosen
from bench.data.stimulus_features import StimulusFiles
from bench.errors import DataError
from bench.scoring.scoring import predicted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import LabelRule, Predicted, StimulusFeatures
    from bench.registry import Registry


@dataclass(frozen=True)
class Choice:
    """A plugin with all its options."""

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()  # options that the person typed, which a search leaves alone

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Choice:
        return cls(**{**record, "fixed": tuple(record["fixed"])})

    def build(self, registry: Registry) -> Any:
        cls = registry.get(self.kind, self.name).load()
        return options.build(cls, self.options, f"{self.kind} '{self.name}'")

    def code(self, registry: Registry) -> dict[str, str]:
        """Which code it is: distribution, version and a digest of its sources."""
        entry = registry.get(self.kind, self.name)
        package = entry.plugin.target.partition(":")[0].partition(".")[0]
        return {"distribution": entry.distribution, "version": entry.version, "digest": code_digest(package)}

    def label(self, registry: Registry, profile: str = "") -> str:
        """As people type it (with a profile): the name, and the options that are not the defaults."""
        built = self.build(registry)
        usual = {name: option.default for name, option in options.options_of(type(built)).items()}
        usual |= type(built).profiles.get(profile, {})
        given = {name: getattr(built, name) for name in usual}
        return specs.written(self.name, {name: value for name, value in given.items() if value != usual[name]})


@dataclass(frozen=True)
class Step(Choice):
    """A step of a chain; it is given some of the modalities, or all where none is named."""

    modalities: tuple[str, ...] = ()

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Step:
        return cls(**{**record, "fixed": tuple(record["fixed"]), "modalities": tuple(record["modalities"])})


@dataclass(frozen=True)
class Corpus:
    """A data set that networks learn from without labels."""

    dataset: Choice
    modalities: tuple[str, ...]
    steps: tuple[Step, ...]
    scalings: tuple[Step, ...]
    own: bool  # the evaluated data set: of each fold, its training part

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Corpus:
        steps = {name: tuple(Step.from_record(step) for step in record[name]) for name in ("steps", "scalings")}
        named = {"dataset": Choice.from_record(record["dataset"]), "modalities": tuple(record["modalities"])}
        return cls(**{**record, **steps, **named})


@dataclass(frozen=True)
class Weights:
    """A file of weights that somebody has pre-trained."""

    file: str
    sha256: str
    sources: str = ""  # what they were pre-trained on


@dataclass(frozen=True)
class Cell:
    """dataset × target × preprocessing × model × fusion × protocol × options × profile."""

    dataset: Choice
    target: str
    modalities: tuple[str, ...]  # what the model is given
    required_modalities: tuple[str, ...]  # modalities that decide which windows are used, alike for a whole comparison
    steps: tuple[Step, ...]
    features: Choice | None
    model: Choice
    fusion: Choice
    protocol: Choice
    window: Mapping[str, Any]
    profile: str
    search: int = 0  # trials of nested search in each fold
    scalings: tuple[Step, ...] = ()  # steps that each fold learns
    preset: str = ""  # whose steps these are
    engine: Mapping[str, Any] = field(default_factory=dict)  # how networks are computed, where there are any
    corpora: tuple[Corpus, ...] = ()  # what branches are pre-trained on
    weights: tuple[Weights, ...] = ()  # what branches begin with that has been pre-trained elsewhere
    stimulus_steps: tuple[Step, ...] = ()  # steps that compute vectors of stimuli from their files

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Cell:
        """The inverse of `asdict`, also after a journey through JSON."""
        values = dict(record)
        for name in ("dataset", "model", "fusion", "protocol"):
            values[name] = Choice.from_record(values[name])
        values["features"] = Choice.from_record(values["features"]) if values["features"] else None
        for name in ("steps", "scalings", "stimulus_steps"):
            values[name] = tuple(Step.from_record(step) for step in values.get(name, ()))
        values["corpora"] = tuple(Corpus.from_record(corpus) for corpus in values.get("corpora", ()))
        values["weights"] = tuple(Weights(**weights) for weights in values.get("weights", ()))
        for name in ("modalities", "required_modalities"):
            values[name] = tuple(values[name])
        return cls(**values)


class ResolvedCell:
    """The plugins of a cell, built, and the keys that follow from them."""

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
        """None where the target is a number."""
        return () if self.quantity else tuple(self.dataset.targets[self.cell.target])

    @property
    def quantity(self) -> str:
        """The rating that is predicted as it is, where that is the target."""
        return self.dataset.quantities.get(self.cell.target, "")

    @property
    def predicted(self) -> Predicted:
        return predicted(self.classes)

    @property
    def rule(self) -> LabelRule | None:
        return None if self.quantity else self.dataset.rule(self.cell.target)

    @property
    def combination(self) -> Combination:
        cell = self.cell
        return Combination(self.dataset, cell.target, cell.modalities, self.model, self.fusion, self.protocol)

    @cached_property
    def data_digest(self) -> str:
        """Of the data themselves; a planner sets it where it is known from another cell."""
        return self.dataset.digest()

    @cached_property
    def data_key(self) -> str:
        """What the prepared data depend on."""
        cell = self.cell
        computed = [described.digest for described in self.described.values()]
        return prepared_key(
            self.registry, cell.dataset, cell.steps, self.data_digest, cell.window, cell.required_modalities, *computed
        )

    @cached_property
    def described(self) -> dict[str, StimulusFiles]:
        """By modality: the files of stimuli whose vectors a step computes."""
        found, name = {}, self.cell.dataset.name
        for step in self.cell.stimulus_steps:
            built: StimulusFeatures = step.build(self.registry)
            identity = [step.name, dict(step.options), step.code(self.registry), built.version]
            for modality in step.modalities:
                files = self.dataset.stimulus_media(modality)
                if not files:
                    raise DataError(
                        f"'{name}' has no files of its {modality}, which '{step.name}' needs ('bench info {name}' says "
                        "where they would lie); without that step the vectors that come with the data are used."
                    )
                found[modality] = StimulusFiles(built, identity, files)
        return found

    @cached_property
    def corpora(self) -> list[ResolvedCorpus]:
        return [ResolvedCorpus(corpus, self) for corpus in self.cell.corpora]

    @cached_property
    def key(self) -> str:
        """What the numbers depend on."""
        cell = self.cell
        parts = [*cell.scalings, cell.features, cell.model, cell.fusion, cell.protocol]
        code = [choice.code(self.registry) for choice in parts if choice]
        sources = ["bench.api", "bench.evaluation", *(["bench.training"] if isinstance(self.model, Staged) else [])]
        core = [bench.__version__, *map(code_digest, sources), self.protocol.digest()]
        core += [corpus.key for corpus in self.corpora]
        return digest([self.data_key, asdict(self.cell), code, core])

    @cached_property
    def label(self) -> str:
        cell = self.cell
        modalities = "+".join(cell.modalities)
        words = [
            self.model_label,
            cell.fusion.label(self.registry, cell.profile),
            *([modalities] if modalities else []),
        ]
        return " · ".join(words)

    @cached_property
    def model_label(self) -> str:
        """The model as people type it, and how it is computed where that is not the usual way."""
        engine = self.cell.engine
        precision = engine.get("precision", "fp32")
        said = [*([precision] if precision != "fp32" else []), *(["compiled"] if engine.get("compile") else [])]
        return " ".join([self.cell.model.label(self.registry, self.cell.profile), *said, *self._pretrained()])

    def _pretrained(self) -> list[str]:
        """Where branches begin, if not with random weights."""
        cell = self.cell
        names = [part.short for part in self.corpora]
        names += [f"{weights.sources} ({weights.file.rpartition('/')[2]})" for weights in cell.weights]
        return [f"pre-trained on {'+'.join(names)}"] if names else []


class ResolvedCorpus:
    """The plugins of a corpus, built, and the key of what it comes to."""

    def __init__(self, corpus: Corpus, parts: ResolvedCell) -> None:
        registry = parts.registry
        self.corpus, self.windowing = corpus, parts.windowing
        self.name = corpus.dataset.label(registry, parts.cell.profile)
        self.chain = [step.label(registry) for step in (*corpus.steps, *corpus.scalings)]
        self.dataset: Dataset = parts.dataset if corpus.own else corpus.dataset.build(registry)
        self.steps: list[Preprocessor] = [chosen(step.build(registry), step.modalities) for step in corpus.steps]
        self.scalings: list[tuple[Step, Scaling]] = [(step, step.build(registry)) for step in corpus.scalings]
        self._registry, self._parts = registry, parts

    @property
    def short(self) -> str:
        """For a row: of a stand-in it is said, where the evaluated data set does not say it already."""
        if self.corpus.own:
            return self.corpus.dataset.name
        return f"{self.name} (simulated)" if self.dataset.simulated else self.name

    @cached_property
    def key(self) -> str:
        """What its windows depend on."""
        if self.corpus.own:
            return self._parts.data_key
        corpus = self.corpus
        window, digest = self._parts.cell.window, self.dataset.digest()
        return prepared_key(self._registry, corpus.dataset, corpus.steps, digest, window, corpus.modalities, "whole")


def prepared_key(
    registry: Registry,
    dataset: Choice,
    steps: Sequence[Step],
    data_digest: str,
    window: Mapping[str, Any],
    modalities: Sequence[str],
    *more: str,
) -> str:
    """What prepared data depend on; `more` where segments do not decide how recordings are cut, or files of stimuli."""
    parts = (dataset, *steps)
    code = [choice.code(registry) for choice in parts]
    values = [asdict(choice) for choice in parts]
    core = [code_digest(name) for name in ("bench.data", "bench.readers", "bench.thresholds")]
    return digest([FORMAT, values, code, data_digest, dict(window), sorted(modalities), core, *more])
