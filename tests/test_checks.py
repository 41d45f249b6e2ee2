"""The contract over everything that is installed, and over plugins of each kind that break it."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import Annotated, Any, ClassVar, Literal

import click
import numpy as np
import pytest
from click.testing import CliRunner

from bench.api import (
    Executor,
    Extractor,
    Fusion,
    Plugin,
    Preprocessor,
    Range,
    Segment,
    Signal,
    Suite,
    When,
)
from bench.checks import checks_for, contract
from bench.checks.examples.plugins import ExampleDataset, HalfSubjects, NearestMean, NearestMeanRule, NearestSignal
from bench.checks.examples.recording import recording
from bench.checks.examples.windows import LENGTH, PEOPLE, part, table
from bench.cli import main
from bench.cli.check.failure import Failure, failure
from bench.cli.check.report import Report
from bench.errors import BenchError, PluginError, UsageError
from bench.readers import FileDataset
from bench.registry import Entry, Registry

REGISTRY = Registry()
INSTALLED = [
    (kind, name)
    for kind in REGISTRY.entries
    for name in REGISTRY.names(kind)
    if name not in ("from-file", "ray", "slurm")  # which need a file, or a cluster as in tests of their own
    and not (kind == "dataset" and issubclass(REGISTRY.get(kind, name).load(), FileDataset))  # as do these
]


def keeps(kind, name, options=None, registry=REGISTRY):
    """Call every check, and raise what they found together, each with the name of its check."""
    found = []
    for check in contract(kind, name, options, registry):
        try:
            check()
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other checks go on
            error.add_note(f"found by the check {check}")
            found.append(error)
    if found:
        raise ExceptionGroup(f"{kind} {name} does not keep its contract", found)


@pytest.mark.parametrize(("kind", "name"), INSTALLED)
def test_every_installed_plugin_keeps_its_contract(kind, name):
    keeps(kind, name)


@pytest.mark.parametrize("rule", ["average", "weighted", "vote", "stacking"])
def test_every_rule_of_late_fusion_keeps_the_contract(rule):
    keeps("fusion", "late", {"rule": rule})


def test_a_pool_of_processes_keeps_the_contract():
    keeps("executor", "local", {"jobs": 2})


def test_folds_from_a_file_keep_the_contract(tmp_path):
    lines = [f"P{number:02d},fold-{number % 3}" for number in range(1, PEOPLE + 1)]
    path = tmp_path / "folds.csv"
    path.write_text("\n".join(["subject,fold", *lines]))
    keeps("protocol", "from-file", {"path": str(path)})


# ------------------------------------------------------------------------------- what breaks it


def wrong(base, **members):
    """A plugin that differs from a sound one in these members."""
    return dataclass(frozen=True)(type("Wrong", (base,), members))()


def entry(kind, about="It is made up."):
    return Entry(kind, Plugin("made-up", "made_up:Wrong", about), "made_up", "made-up", "1.0")


def violations(kind, plugin, about="It is made up."):
    """Which checks find something, and what they say."""
    found = {}
    for check in checks_for(entry(kind, about), plugin, REGISTRY):
        try:
            check()
        except BenchError as error:
            found[check.id] = str(error)
    return found


def changing(*values):
    """A method that gives another value at each call."""
    turns = itertools.cycle(values)
    return lambda *_: next(turns)


class Step(Preprocessor):
    """A sound step, that changes nothing."""

    scope = "window"

    def apply(self, recording):
        return recording


class Table(Extractor):
    """A sound feature table: the mean of each channel."""

    def extract(self, windows, rate, modality, channels):
        return [f"{modality}.{name}" for name in channels], windows.mean(axis=2)


class Rule(NearestMeanRule):
    """One that copes with missing values."""

    def values(self, windows):
        return np.nan_to_num(super().values(windows))

    def fit(self, train, validation):
        values = self.values(train)
        everywhere = values.mean(axis=0)
        means = [values[train.labels == number] for number in range(len(train.classes))]
        self.means = np.stack([found.mean(axis=0) if len(found) else everywhere for found in means])


def rule(inputs="features", **members):
    """A model whose estimator differs from a sound one in these members."""
    cls = type("Wrong", (Rule,), members)
    base = NearestMean if inputs == "features" else NearestSignal
    return wrong(base, estimator=lambda self, seed, device: cls(inputs))


class Average(Fusion):
    """A sound late fusion."""

    def combine(self, probabilities, learnt):
        return np.mean(list(probabilities.values()), axis=0)


class Merging(Fusion):
    """A sound early fusion."""

    def merge(self, windows):
        return windows.merged()


class Defaults(Suite):
    """A sound suite of one grid."""

    def grids(self):
        return [{"model": ["logistic"]}]


class InTurn(Executor):
    """A sound executor."""

    def run(self, jobs):
        for job in jobs:
            yield from job()


SOUND = {
    "dataset": ExampleDataset(),
    "preprocessor": wrong(Step),
    "extractor": wrong(Table),
    "model": rule(),
    "signal model": rule("signals"),
    "late fusion": wrong(Average),
    "early fusion": wrong(Merging),
    "no fusion": wrong(Fusion, one_modality=True),
    "protocol": HalfSubjects(),
    "suite": wrong(Defaults),
    "executor": wrong(InTurn),
    "command": click.Command("made-up", help="It is made up."),
}


def kind_of(name):
    return {"extractor": "preprocessor"}.get(name, name.split()[-1])


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_found_in_a_sound_plugin(name):
    assert violations(kind_of(name), SOUND[name]) == {}


# ------------------------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    "about",
    ["", "No stop", "Two sentences. Of which one is too many.", "A line\nand another.", " It begins with a space."],
)
def test_an_announcement_is_one_sentence(about):
    assert violations("executor", wrong(InTurn), about) == {
        "about_is_one_sentence": f"Its description is {about!r}; "
        "write one sentence on one line that ends with a full stop."
    }


@dataclass
class Open(InTurn):
    pass


@dataclass(frozen=True)
class Silent(InTurn):
    number: Annotated[int, Range(1, 9)] = 1
    letter: str = "a"
    told: Annotated[str, "a word"] = ""


@dataclass(frozen=True)
class Unwritable(InTurn):
    place: Annotated[Any, "where"] = InTurn


@dataclass(frozen=True)
class Untrue(InTurn):
    number: Annotated[str, "how many"] = 1


@dataclass(frozen=True)
class Fast(InTurn):
    number: Annotated[int, Range(1, 9), "how many"] = 1
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {"fast": {"number": 1}}


@dataclass(frozen=True)
class Misspelt(Fast):
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {"nunber": 1}}


@dataclass(frozen=True)
class Outside(Fast):
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {"number": 10}}


@dataclass(frozen=True)
class Sound(InTurn):
    pass


class Undecorated(Sound):
    """It inherits being a dataclass, but not with these fields."""

    number: Annotated[int, Range(1, 9), "how many"] = 1
    letter: "Annotated[str, 'which']" = "a"
    inputs: "ClassVar[str]" = "none"
    searched: ClassVar[tuple[str, ...] | None] = None


@dataclass(frozen=True)
class Silenced(Fast):
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {}


class AnotherDefault(Silenced):
    number: int = 2


@dataclass(frozen=True)
class Below(AnotherDefault):
    """A dataclass of its own, but the class between is none."""


@dataclass(frozen=True)
class Wide(InTurn):
    number: Annotated[int, Range(1, 9, sampled=(2, 10)), "how many"] = 1


@dataclass(frozen=True)
class Logarithmic(InTurn):
    rate: Annotated[float, Range(0, 1, log=True), "how fast"] = 0.5


@dataclass(frozen=True)
class Early(InTurn):
    number: Annotated[int, Range(1, 9), When("rule", "many"), "how many"] = 1
    rule: Annotated[Literal["one", "many"], "which"] = "one"


@dataclass(frozen=True)
class Never(InTurn):
    rule: Annotated[Literal["one", "many"], "which"] = "one"
    number: Annotated[int, Range(1, 9), When("rule", "several"), "how many"] = 1


@dataclass(frozen=True)
class Astray(InTurn):
    number: Annotated[int, Range(1, 9), "how many"] = 1
    searched: ClassVar[tuple[str, ...] | None] = ("nunber",)


DECLARATIONS = [
    (
        Wide(),
        "spaces_can_be_searched",
        "'number' is sampled from 2 to 10; both must lie within Range(1, 9), the smaller first.",
    ),
    (
        Logarithmic(),
        "spaces_can_be_searched",
        "'rate' is sampled on a logarithmic scale from 0; begin above 0.",
    ),
    (
        Early(),
        "spaces_can_be_searched",
        "When of 'number' names 'rule', which is no option above it.",
    ),
    (
        Never(),
        "spaces_can_be_searched",
        "When of 'number': 'rule' is never 'several'; it takes one, many.",
    ),
    (
        Astray(),
        "spaces_can_be_searched",
        "searched of Astray names 'nunber', which is none of its options.",
    ),
    (
        Undecorated(),
        "dataclass_is_frozen",
        "The options 'number', 'letter' of Undecorated would be lost; add @dataclass(frozen=True) to the class.",
    ),
    (
        AnotherDefault(),
        "dataclass_is_frozen",
        "The option 'number' of AnotherDefault would be lost; add @dataclass(frozen=True) to the class.",
    ),
    (
        Below(),
        "dataclass_is_frozen",
        "The option 'number' of Below would be lost; add @dataclass(frozen=True) to the class.",
    ),
    (Open(), "dataclass_is_frozen", "Open can be changed after it is built; write @dataclass(frozen=True)."),
    (
        Silent(),
        "options_are_described",
        "'number', 'letter' of Silent have no description; write number: Annotated[..., \"what it means\"].",
    ),
    (
        Unwritable(),
        "options_survive_a_record",
        (
            f"Its options {{'place': {InTurn!r}}} cannot be written as JSON; "
            "use strings, numbers, booleans and tuples of them."
        ),
    ),
    (
        Untrue(),
        "options_survive_a_record",
        (
            "The option 'number' is 1, and '1' after it is written to JSON and read back; "
            "annotate it with the type of its values."
        ),
    ),
    (
        Fast(),
        "profiles_set_known_options",
        "There is no profile 'fast'; the profiles are 'smoke', 'small', 'paper'.",
    ),
    (
        Misspelt(),
        "profiles_set_known_options",
        "Profile 'smoke' has no option 'nunber'; did you mean 'number'? Known: number.",
    ),
    (
        Outside(),
        "profiles_set_known_options",
        "Profile 'smoke': 'number' takes a whole number from 1 to 9, not 10.",
    ),
]


@pytest.mark.parametrize(("plugin", "check", "message"), DECLARATIONS, ids=lambda value: type(value).__name__)
def test_a_wrong_declaration_is_found(plugin, check, message):
    assert violations("executor", plugin) == {check: message}


# ------------------------------------------------------------------------------- each kind


def loads(**changes):
    """A data set whose first recording is changed."""
    return wrong(ExampleDataset, load=lambda self, subject: [replace(recording(subject), **changes)])


def with_signal(signal):
    return loads(signals={**recording().signals, "eda": signal})


def with_segments(*segments):
    return loads(segments=[Segment(start, stop, trial, targets) for start, stop, trial, targets in segments])


CARD = ExampleDataset.card
STRESS = {"stress": ("calm", "stressed")}
MODALITIES = ExampleDataset().modalities

DATASETS = [
    (
        wrong(ExampleDataset, card=None),
        {"card_is_filled": "It has no card; write card: ClassVar[Card] = Card(...) in Wrong."},
    ),
    (
        wrong(ExampleDataset, card=replace(CARD, licence=" ")),
        {"card_is_filled": "The licence of its card is empty; state it, or write that it is unknown."},
    ),
    (
        wrong(ExampleDataset, modalities=(*MODALITIES, "eda")),
        {
            "modalities_have_names": "Its modalities are ('ecg', 'bvp', 'eda', 'eeg', 'eda'); "
            "name one or more, each once."
        },
    ),
    (
        wrong(ExampleDataset, modalities=("ecg", "bvp", "eda")),
        {"modalities_are_declared": "Recording P01/1 contains 'eeg', which is not in modalities; add it there."},
    ),
    (
        wrong(ExampleDataset, targets={}),
        {
            "labels_are_classes": "Recording P01/1: segment 'T1' has the target 'stress', "
            "which is not in targets; add it there.",
        },
    ),
    (
        wrong(ExampleDataset, targets={"stress": ("calm",)}),
        {
            "targets_have_classes": "The target 'stress' has the classes ('calm',); name two or more, each once.",
            "labels_are_classes": "Recording P01/1: segment 'T2' has the label 'stressed' for 'stress'; "
            "its classes are calm.",
        },
    ),
    (
        wrong(ExampleDataset, subjects=lambda self: ["P01", "P02", "P01"]),
        {"subjects_are_distinct": "It lists 'P01' 2 times; list each subject once."},
    ),
    (
        wrong(ExampleDataset, subjects=changing(["P01", "P02"], ["P01", "P03"])),
        {"subjects_are_distinct": "A second call of subjects() returns other subjects, or another order; sort them."},
    ),
    (
        wrong(ExampleDataset, load=lambda self, subject: []),
        {
            "recordings_are_of_the_subject": "There is no recording of 'P01'; leave that subject out of subjects().",
        },
    ),
    (
        loads(subject="P02"),
        {"recordings_are_of_the_subject": "load('P01') returns a recording of 'P02'; return those of 'P01' only."},
    ),
    (
        wrong(ExampleDataset, load=lambda self, subject: [recording(subject), recording(subject)]),
        {
            "recordings_are_of_the_subject": "The recordings of 'P01' have the sessions ['1', '1']; "
            "give each its own name."
        },
    ),
    (
        with_signal(Signal(np.zeros(960), 8.0)),
        {"signals_are_valid": "Recording P01/1: 'eda' has the shape (960,); expected (channels, time)."},
    ),
    (
        with_signal(Signal(np.zeros((1, 960)), 0.0)),
        {"signals_are_valid": "Recording P01/1: 'eda' has 0.0 samples per second; the rate must be positive."},
    ),
    (
        with_signal(Signal(np.array([["a", "b"]]), 8.0)),
        {"signals_are_valid": "Recording P01/1: 'eda' has the type <U1; values must be numbers."},
    ),
    (
        with_signal(Signal(np.zeros((1, 960)), 8.0, "", ("left", "right"))),
        {"signals_are_valid": "Recording P01/1: 'eda' has 1 channels and 2 channel names; name each channel, or none."},
    ),
    (
        with_segments((5, 40, "T1", {}), (39, 80, "T2", {})),
        {
            "segments_are_valid": "Recording P01/1: segment 'T2' starts before 'T1' stops; "
            "segments must be in order of time and not overlap."
        },
    ),
    (
        with_segments((40, 5, "T1", {})),
        {
            "segments_are_valid": "Recording P01/1: segment 'T1' runs from 40 s to 5 s; "
            "it must start at 0 s or later, and stop after it starts."
        },
    ),
    (
        with_segments((5, 121, "T1", {})),
        {
            "segments_are_valid": "Recording P01/1: segment 'T1' stops at 121 s, after the end of all signals; "
            "shorten it."
        },
    ),
    (
        with_segments((5, 40, "T1", {}), (50, 80, "T1", {})),
        {
            "segments_are_valid": "Recording P01/1: two segments have the trial 'T1'; trials must be distinct.",
        },
    ),
    (
        wrong(ExampleDataset, load=changing([recording("P01", "1")], [replace(recording("P02", "1"), subject="P01")])),
        {
            "loading_repeats": "Recording P01/1: the values of 'ecg' changed from one call of load() to the next; "
            "derive random numbers from an option such as a seed."
        },
    ),
    (
        wrong(ExampleDataset, load=changing([recording()], [])),
        {"loading_repeats": "Loading a subject returns 1 recordings, then 0."},
    ),
    (
        wrong(ExampleDataset, digest=lambda self: ""),
        {"digest_repeats": "Its digest is ''; return a string that changes with the data."},
    ),
    (
        wrong(ExampleDataset, digest=changing("a", "b")),
        {"digest_repeats": "A second call of digest() returns another digest; compute it from the data alone."},
    ),
]


def test_a_corpus_without_labels_is_sound():
    corpus = wrong(
        ExampleDataset,
        targets={},
        load=lambda self, subject: [replace(recording(subject), segments=[Segment(0.0, 60.0, "all", {})])],
    )
    assert violations("dataset", corpus) == {}


@pytest.mark.parametrize(("plugin", "messages"), DATASETS)
def test_a_wrong_data_set_is_found(plugin, messages):
    assert violations("dataset", plugin) == messages


def step(change, scope="session"):
    """A step that changes the values of each signal."""

    def apply(self, recording):
        signals = {name: replace(signal, values=change(signal.values)) for name, signal in recording.signals.items()}
        return replace(recording, signals=signals)

    return wrong(Step, apply=apply, scope=scope)


def with_other_segments(*changes, excluded=()):
    """A step that changes the first segments so, and drops the rest."""

    def apply(self, recording):
        segments = [replace(old, **change) for old, change in zip(recording.segments, changes, strict=False)]
        return replace(recording, segments=segments, excluded=dict(excluded))

    return wrong(Step, apply=apply)


def centred(values):
    return values - values.mean(axis=1, keepdims=True)


def centred_by_the_past(values):
    return values - np.cumsum(values, axis=1) / np.arange(1, values.shape[1] + 1)


def centred_together(self, recordings):
    """The mean of all recordings of a person is taken from each of them."""
    means = {
        name: np.concatenate([recording.signals[name].values for recording in recordings], axis=1).mean()
        for name in recordings[0].signals
    }
    return [
        replace(recording, signals={name: replace(signal, values=signal.values - means[name])
                                    for name, signal in recording.signals.items()})
        for recording in recordings
    ]  # fmt: skip


def shifted(values):
    return np.roll(values, -1, axis=1)


def doubled_in_place(values):
    values *= 2
    return values


def zeroed_in_place(values):
    values[:] = 0
    return values


def noisy(values):
    return values + np.random.default_rng().normal(size=values.shape)


def without_the_end(values):
    return values[:, : values.shape[1] // 2]


PREPROCESSORS = [
    (
        wrong(Step, scope="future"),
        {"scope_is_known": "Its scope is 'future'; write one of window, past, recording, session, everything."},
    ),
    (
        wrong(Step, apply=lambda self, recording: replace(recording, subject="P09")),
        {
            "subject_and_session_are_kept": "The subject 'P01' became 'P09'; "
            "change only the signals, with dataclasses.replace(recording, signals=...)."
        },
    ),
    (
        with_other_segments(),
        {
            "segments_are_kept_or_shortened": "It drops 3 of 3 segments and counts 0; "
            "add them, with the reason, to `excluded` of the recording."
        },
    ),
    (
        with_other_segments({}, {}, {"trial": "T9"}),
        {"segments_are_kept_or_shortened": "It adds the segment 'T9'; segments may only become shorter or be dropped."},
    ),
    (
        with_other_segments({"start": 4.0}, {}, {}),
        {
            "segments_are_kept_or_shortened": "The segment 'T1' from 5 s to 40 s now runs from 4 s to 40 s; "
            "segments may only become shorter."
        },
    ),
    (
        with_other_segments({"start": 20.0, "stop": 10.0}, {}, {}),
        {
            "segments_are_kept_or_shortened": "The segment 'T1' from 5 s to 40 s now runs from 20 s to 10 s; "
            "segments may only become shorter.",
            "signals_stay_valid": "Recording P01/1: segment 'T1' runs from 20.0 s to 10.0 s; "
            "it must start at 0 s or later, and stop after it starts.",
        },
    ),
    (
        with_other_segments({}, {"targets": {"stress": "calm"}}, {}),
        {"segments_are_kept_or_shortened": "It changes the targets of the segment 'T2'; leave them unchanged."},
    ),
    (
        with_other_segments({}, {}, {"stimulus": ""}),
        {"segments_are_kept_or_shortened": "It changes the stimulus of the segment 'T3'; leave them unchanged."},
    ),
    (
        with_other_segments({"ratings": {"arousal": 5.0}}, {}, {}),
        {"segments_are_kept_or_shortened": "It changes the ratings of the segment 'T1'; leave them unchanged."},
    ),
    (with_other_segments({"start": 6.0}, {"stop": 60.0}, excluded={"trial too short": 1}), {}),
    (
        wrong(Step, apply=lambda self, recording: replace(recording, signals={})),
        {
            "signals_stay_valid": "The transformed recording has no signals; "
            "keep those that the step does not transform."
        },
    ),
    (
        step(lambda values: values[0]),
        {"signals_stay_valid": "Recording P01/1: 'ecg' has the shape (15360,); expected (channels, time)."},
    ),
    (
        step(without_the_end),
        {
            "signals_stay_valid": "Recording P01/1: segment 'T2' stops at 80.0 s, after the end of all signals; "
            "shorten it."
        },
    ),
    (
        step(doubled_in_place),
        {"input_is_unchanged": "It changes the values of 'ecg' of its input; work on a copy."},
    ),
    (
        step(zeroed_in_place),
        {"input_is_unchanged": "It changes the values of 'ecg' of its input; work on a copy."},
    ),
    (
        step(noisy),
        {
            "applying_repeats": "In a second call, the values of 'ecg' changed; "
            "keep no state between recordings, and do not use random numbers."
        },
    ),
    (
        step(centred, "past"),
        {
            "scope_past_holds": "Its scope is 'past', but 'ecg' before 30 s depends on later samples; "
            "use a causal filter, or set the scope to 'recording'."
        },
    ),
    (
        step(shifted, "past"),
        {
            "scope_past_holds": "Its scope is 'past', but 'ecg' before 30 s depends on later samples; "
            "use a causal filter, or set the scope to 'recording'."
        },
    ),
    (
        step(centred_by_the_past, "window"),
        {
            "scope_window_holds": "Its scope is 'window', but 'ecg' depends on samples more than 10 s away; "
            "set the scope to 'past' or 'recording'."
        },
    ),
    (step(centred_by_the_past, "past"), {}),
    (step(shifted, "window"), {}),
    (step(centred, "session"), {}),
    (step(centred, "recording"), {}),
    (wrong(Step, apply_all=centred_together, scope="session"), {}),
    (
        wrong(Step, apply_all=centred_together, scope="recording"),
        {
            "scope_recording_holds": "Its scope is 'recording', but another recording of the subject "
            "changes the values of 'ecg'; set the scope to 'session'."
        },
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), PREPROCESSORS)
def test_a_wrong_step_is_found(plugin, messages):
    assert violations("preprocessor", plugin) == messages


def extractor(change):
    """A feature table that changes names and values of a sound one."""

    def extract(self, windows, rate, modality, channels):
        names, values = Table.extract(self, windows, rate, modality, channels)
        return change(names, values)

    return wrong(Table, extract=extract)


EXTRACTORS = [
    (
        extractor(lambda names, values: (["mean"] * len(names), values)),
        {
            "names_are_distinct": "The name 'mean' is used for a feature of 'ecg' and for one of 'bvp'; "
            "start names with the modality and the channel."
        },
    ),
    (
        extractor(lambda names, values: ([], values[:, :0])),
        {"names_are_distinct": "It computes no feature of 'ecg'; every modality needs at least one."},
    ),
    (
        extractor(lambda names, values: (names[:1], values)),
        dict.fromkeys(
            ("names_are_distinct", "values_are_numbers", "rows_are_independent", "extracting_repeats"),
            "For 12 windows of 'eeg' and 1 names, the values have the shape (12, 3); "
            "return one row per window and one name per column.",
        ),
    ),
    (
        extractor(lambda names, values: (names, values + np.inf)),
        {"values_are_numbers": "The feature 'ecg.ecg' is infinite; return NaN where it is undefined."},
    ),
    (extractor(lambda names, values: (names, values * np.nan)), {}),
    (
        extractor(lambda names, values: (names, values - values.mean(axis=0))),
        {"rows_are_independent": "'ecg.ecg' of a window changes with other windows; use that window alone."},
    ),
    (
        extractor(lambda names, values: ([f"{name}.{len(values)}" for name in names], values)),
        {"rows_are_independent": "The names of features of 'ecg' change with the windows."},
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), EXTRACTORS)
def test_a_wrong_feature_table_is_found(plugin, messages):
    assert violations("preprocessor", plugin) == messages


def test_random_features_are_found():
    plugin = extractor(lambda names, values: (names, noisy(values)))
    assert violations("preprocessor", plugin) == {
        "rows_are_independent": "'ecg.ecg' of a window changes with other windows; use that window alone.",
        "extracting_repeats": "Features of 'ecg' differ in a second call; do not use random numbers.",
    }


def predicts(change, inputs="features"):
    """A model whose probabilities are changed."""
    return rule(inputs, predict_proba=lambda self, windows: change(Rule.predict_proba(self, windows)))


def taught(change):
    """A model that does something to the training part before it learns."""

    def fit(self, train, validation):
        change(train)
        Rule.fit(self, train, validation)

    return rule(fit=fit)


class Forgetful(Rule):
    """One with columns only for the classes that it met."""

    def fit(self, train, validation):
        super().fit(train, validation)
        self.means = self.means[np.unique(train.labels)]


class Draws(Rule):
    """One that draws from outside its seed when it fits."""

    def fit(self, train, validation):
        super().fit(train, validation)
        self.means = noisy(self.means)


FIT = ("predictions_are_probabilities", "three_classes_work", "unseen_classes_have_a_column", "missing_features_work")
PREDICT = (*FIT, "rows_are_independent", "seed_decides", "data_stay")
UNEVEN = "Predictions are not probabilities: each row must be finite, not negative, and sum to 1."
COUNT = len(table(6))

MODELS = [
    (
        wrong(NearestMean, refuse=lambda self, combination: "", estimator=lambda self, seed, device: Rule("features")),
        {"refusal_is_a_sentence": "refuse() returns ''; return None, or the reason in one sentence."},
    ),
    (predicts(lambda found: found * 2), dict.fromkeys(PREDICT, UNEVEN)),
    (
        wrong(NearestMean, estimator=lambda self, seed, device: Forgetful("features")),
        {
            "unseen_classes_have_a_column": f"Predictions have the shape ({COUNT}, 2); expected ({COUNT}, 3).",
        },
    ),
    (
        taught(lambda train: train.start.__iadd__(1)),
        {"data_stay": "It changes the start of its input; work on a copy."},
    ),
    (
        wrong(NearestMean, estimator=lambda self, seed, device: NearestMeanRule("signals")),
        dict.fromkeys(PREDICT, "An estimator asked for signals, but its model declares inputs='features'."),
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), MODELS)
def test_a_wrong_model_is_found(plugin, messages):
    assert violations("model", plugin) == messages


def test_a_model_says_what_it_learns_from_and_where_it_runs():
    for member, message in [
        ({"inputs": "images"}, "Its inputs are 'images'; write one of features, signals, index."),
        ({"devices": ()}, "Its devices are (); write them as a tuple, such as ('cpu', 'cuda')."),
    ]:
        check = next(c for c in checks_for(entry("model"), wrong(NearestMean, **member)) if c.id == "inputs_are_known")
        with pytest.raises(PluginError) as caught:
            check()
        assert str(caught.value) == message


@pytest.mark.parametrize("inputs", ["features", "signals"])
def test_a_model_that_standardises_by_the_windows_beside_is_found(inputs):
    def values(self, windows):
        found = Rule.values(self, windows)
        return found - found.mean(axis=0)

    (check, message), *others = violations("model", rule(inputs, values=values)).items()
    assert (check, others) == ("rows_are_independent", [])
    gap = message.removeprefix("Predictions for a window change by up to ").partition(" ")[0]
    assert message == (
        f"Predictions for a window change by up to {gap} with other windows; "
        "learn in fit() only, and predict each row from its own window."
    )
    assert 0.01 < float(gap) < 1


def test_a_model_that_draws_without_its_seed_is_found():
    plugin = wrong(NearestMean, estimator=lambda self, seed, device: Draws("features"))
    ((check, message),) = violations("model", plugin).items()
    gap = message.removeprefix("Predictions of two fits with one seed differ by up to ").partition(";")[0]
    assert check == "seed_decides"
    assert message == (
        f"Predictions of two fits with one seed differ by up to {gap}; derive random numbers from the seed."
    )


def one_half(probabilities):
    """Late, and by the windows beside."""
    found = np.mean(list(probabilities.values()), axis=0)
    found[len(found) // 2 :] = found[len(found) // 2 :, ::-1]
    return found


def random_choice(probabilities):
    draws = np.random.default_rng().random(len(probabilities))
    return np.tensordot(draws / draws.sum(), np.stack(list(probabilities.values())), axes=1)


FUSIONS = [
    (
        wrong(Average, inner_folds=1),
        {
            "inner_folds_are_enough": "Its inner_folds is 1; write 0 if it does not learn, and 2 or more otherwise.",
            **dict.fromkeys(
                ("predictions_are_probabilities", "rows_are_independent", "fitting_repeats"),
                "This fusion needs inner splits, and the training part cannot be split by the protocol's groups.",
            ),
        },
    ),
    (
        wrong(Merging, inner_folds=3),
        {"inner_folds_are_enough": "Its inner_folds is 3, but it has no combine(); add one."},
    ),
    (
        wrong(Merging, merge=lambda self, windows: windows.merged().take(np.arange(len(windows))[::-1])),
        {
            "merge_leaves_one": "merge() changes the windows or their order; keep each row where it is.",
        },
    ),
    (
        wrong(Average, combine=lambda self, found, learnt: sum(found.values())),
        dict.fromkeys(("predictions_are_probabilities", "rows_are_independent", "fitting_repeats"), UNEVEN),
    ),
    (
        wrong(Average, refuse=lambda self, combination: "Two\nlines."),
        {"refusal_is_a_sentence": "refuse() returns 'Two\\nlines.'; return None, or the reason in one sentence."},
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), FUSIONS[:2] + FUSIONS[3:])
def test_a_wrong_fusion_is_found(plugin, messages):
    assert violations("fusion", plugin) == messages


def test_a_fusion_that_reorders_windows_is_found():
    plugin, messages = FUSIONS[2]
    found = violations("fusion", plugin)
    assert found["merge_leaves_one"] == messages["merge_leaves_one"]
    assert set(found) == {"merge_leaves_one", "rows_are_independent", "regression_is_supported"}


NO_METHOD = (
    "Wrong overrides none of merge(), exchange(), join() and combine(), so it combines nothing; override one of them."
)


def test_a_fusion_that_merges_nothing_is_found():
    found = violations("fusion", wrong(Fusion))
    assert list(found)[:2] == ["combines_modalities", "merge_leaves_one"]
    assert set(found.values()) == {NO_METHOD}


def test_a_fusion_that_merges_some_modalities_is_found():
    found = violations("fusion", wrong(Merging, merge=lambda self, windows: windows))
    assert found["merge_leaves_one"] == (
        "merge() turns ecg, eda, eeg into ecg, eda, eeg; return one modality, or implement combine() instead."
    )


def learnt_weights(self, probabilities, labels):
    return dict.fromkeys(probabilities, 1 / len(probabilities))


def weighted(self, probabilities, learnt):
    return sum(learnt[name] * found for name, found in probabilities.items())


@pytest.mark.parametrize("members", [{}, {"inner_folds": 0}])
def test_a_fusion_whose_learn_is_never_called_is_found(members):
    found = violations("fusion", wrong(Average, learn=learnt_weights, combine=weighted, **members))
    assert set(found) == {
        "inner_folds_are_enough", "predictions_are_probabilities", "rows_are_independent", "fitting_repeats",
    }  # fmt: skip
    assert set(found.values()) == {"learn() is never called, since inner_folds is 0; set it to 2 or more."}


def test_a_fusion_that_learns_is_sound():
    assert violations("fusion", wrong(Average, learn=learnt_weights, combine=weighted, inner_folds=2)) == {}


def test_a_fusion_that_looks_at_the_windows_beside_is_found():
    ((check, message),) = violations("fusion", wrong(Average, combine=lambda self, found, _: one_half(found))).items()
    gap = message.removeprefix("Predictions for a window change by up to ").partition(" ")[0]
    assert check == "rows_are_independent"
    assert message == (
        f"Predictions for a window change by up to {gap} with other windows or their order; "
        "combine each row by itself, and learn in learn()."
    )


def test_a_fusion_that_draws_at_random_is_found():
    found = violations("fusion", wrong(Average, combine=lambda self, found, _: random_choice(found)))
    assert found["fitting_repeats"] == "Predictions of two fits with the same seed differ; do not use random numbers."
    assert set(found) == {"rows_are_independent", "fitting_repeats"}


def test_a_fusion_is_not_given_inputs_that_it_refuses():
    def refuse(self, combination):
        return "it joins features only" if combination.model.inputs == "signals" else None

    def merge(self, windows):
        assert windows.feature_names("ecg")
        return windows.merged()

    assert violations("fusion", wrong(Merging, refuse=refuse, merge=merge)) == {}


ROWS = np.arange(len(table()))
P01 = np.flatnonzero(table()["subject"] == "P01")
REST = np.setdiff1d(ROWS, P01)


def protocol(*folds, **members):
    return wrong(HalfSubjects, outer=lambda self, table: iter(folds), **members)


PROTOCOLS = [
    (
        protocol(("a", REST, P01), groups=("mood",), inner=lambda self, table, rows, parts: iter(())),
        {
            "groups_are_columns": "Its groups contain 'mood'; "
            "the columns are subject, session, trial, stimulus and recording."
        },
    ),
    (
        protocol(("a", REST, P01), ("a", REST, P01)),
        {"folds_can_be_used": "Two folds have the name 'a'; names must be distinct."},
    ),
    (protocol((1, REST, P01)), {"folds_can_be_used": "A fold has the name 1; it must be a non-empty string."}),
    (
        protocol(("a", REST, np.append(P01, len(ROWS)))),
        {"folds_can_be_used": "Fold 'a' has the test row 288, but the table has rows 0 to 287."},
    ),
    (
        protocol(("a", REST, P01[:0])),
        {"folds_can_be_used": "Fold 'a' has no test rows; leave such folds out."},
    ),
    (
        protocol(("a", REST, np.append(P01, P01[:2]))),
        {"folds_can_be_used": "Fold 'a' contains a test row twice; list each row once."},
    ),
    (
        protocol(("a", REST, P01[2:]), ("b", np.append(REST, P01[0]), P01[2:])),
        {
            "folds_can_be_used": "Fold 'b' has rows of the subject 'P01' in its training and its test part, "
            "but subject is one of the protocol's groups."
        },
    ),
    (
        protocol(("a", REST, P01), inner=lambda self, table, rows, parts: iter([(rows[24:], P01)])),
        {
            "folds_can_be_used": "Fold 'a' has 24 validation rows that are also test rows.",
            "inner_splits_are_inside": "Inner split 1 of fold 'a' has 24 rows outside the training part; "
            "split `rows` alone.",
        },
    ),
    (
        protocol(("a", REST, P01), inner=lambda self, table, rows, parts: iter([(rows[25:], rows[:25])])),
        {
            "folds_can_be_used": "Fold 'a' has rows of the subject 'P03' in its training and its validation part, "
            "but subject is one of the protocol's groups.",
            "inner_splits_are_inside": "Inner split 1 of fold 'a' has rows of the subject 'P03' in its training "
            "and its validation part, but subject is one of the protocol's groups.",
        },
    ),
    (
        protocol(("a", REST, P01), inner=lambda self, table, rows, parts: iter([(rows, rows[:0])])),
        {
            "inner_splits_are_inside": "Inner split 1 of fold 'a' has an empty part, or a row in both parts; "
            "yield disjoint, non-empty parts."
        },
    ),
    (
        wrong(HalfSubjects, outer=lambda self, table: iter([("a", REST, np.random.default_rng().permutation(P01))])),
        {
            "folds_can_be_used": "The test rows of fold 'a' change in a second call; "
            "derive random numbers from an option such as a seed."
        },
    ),
    (
        wrong(HalfSubjects, outer=lambda self, table: table.insert(0, "new", 1) or iter([("a", REST, P01)])),
        {"folds_can_be_used": "It changes the table; work on a copy."},
    ),
    (
        protocol(),
        {"folds_can_be_used": "It yields no fold."},
    ),
    (
        protocol(("a", REST, P01), refuse=lambda self, combination: True),
        {"refusal_is_a_sentence": "refuse() returns True; return None, or the reason in one sentence."},
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), PROTOCOLS)
def test_a_wrong_protocol_is_found(plugin, messages):
    assert violations("protocol", plugin) == messages


def grids(*found):
    return wrong(Defaults, grids=lambda self: list(found))


SUITES = [
    (grids(), {"grids_repeat": "It has no grid; list at least one."}),
    (
        wrong(Defaults, grids=changing([{"seed": [1]}], [{"seed": [2]}], [{}])),
        {"grids_repeat": "A second call of grids() returns other grids; list them in a fixed order."},
    ),
    (
        grids({}, {"profile": "slow"}),
        {"grids_are_runnable": "Grid 2 cannot be run: There is no profile 'slow'. Known: paper, small, smoke."},
    ),
    (
        grids({"executor": "local"}),
        {
            "grids_are_runnable": "Grid 1 cannot be run: There is no key of a grid (in grid 1) 'executor'. Known: "
            "baselines, calibrate, compile, dataset, deterministic, fusion, modalities, model, objective, options, "
            "precision, preprocess, pretrain, profile, protocol, search, seed, target."
        },
    ),
    (
        grids({"options": {"model.D": 1}}),
        {"grids_are_runnable": "Grid 1 cannot be run: Model 'logistic' has no option 'D'. Known: C, class_weight."},
    ),
    (
        grids({"model": ["majority"], "fusion": ["late"]}),
        {
            "grids_are_runnable": "All combinations of grid 1 are refused: majority learns from no "
            "modality, so there is nothing to fuse; use --fusion none."
        },
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), SUITES)
def test_a_wrong_suite_is_found(plugin, messages):
    assert violations("suite", plugin) == messages


def test_a_suite_names_installed_plugins():
    found = violations("suite", grids({"model": ["perceptron-of-1958"]}))["grids_are_runnable"]
    assert found.startswith("Grid 1 cannot be run: There is no model 'perceptron-of-1958'")


def runs(carry_out):
    return wrong(InTurn, run=lambda self, jobs: carry_out(list(jobs)))


def each(found):
    """What all jobs gave, one by one."""
    return iter([result for results in found for result in results])


TWICE = "Job 1 of 4 was called 2 times; call each job once."
LOST = "It yields 3 results for 4 jobs, or other results than the jobs returned; yield each result once, unchanged."

EXECUTORS = [
    (runs(lambda jobs: each([(job(), job())[0] for job in jobs])), {"jobs_are_called_once": TWICE}),
    (
        runs(lambda jobs: each([job() for job in jobs[:3]])),
        {"jobs_are_called_once": "Job 4 of 4 was called 0 times; call each job once."},
    ),
    (runs(lambda jobs: each([job() for job in jobs][:3])), {"jobs_are_called_once": LOST}),
    (
        runs(lambda jobs: (replace(found, status="failed") for found in each([job() for job in jobs]))),
        {"jobs_are_called_once": LOST.replace("3 results", "4 results")},
    ),
    (
        runs(lambda jobs: iter(list(each([job() for job in jobs])) or [None])),
        {"no_jobs_give_no_results": "It yields 1 results without any job."},
    ),
    (runs(lambda jobs: each([job() for job in jobs[::-1]])), {}),
    (
        runs(lambda jobs: iter([job() for job in jobs])),
        {
            "jobs_are_called_once": "It yields a list instead of a TaskInfo; a job returns a "
            "sequence of results: write 'yield from job()'."
        },
    ),
]


@pytest.mark.parametrize(("plugin", "messages"), EXECUTORS)
def test_a_wrong_executor_is_found(plugin, messages):
    assert violations("executor", plugin) == messages


@pytest.mark.parametrize(
    ("plugin", "messages"),
    [
        (
            click.Command("made-up"),
            {"has_help": "It has no help text; add a docstring to the function, or pass help= to @click.command()."},
        ),
        (
            3,
            {
                "is_a_click_command": "Its target is 3; it must be a function decorated with @click.command().",
                "has_help": "It has no help text; add a docstring to the function, or pass help= to @click.command().",
            },
        ),
    ],
)
def test_a_wrong_command_is_found(plugin, messages):
    assert violations("command", plugin) == messages


# ------------------------------------------------------------------------------- examples


def test_people_sessions_trials_and_stimuli_of_the_table_are_as_documented():
    made = table()
    assert sorted(made["subject"].unique()) == [f"P{number:02d}" for number in range(1, 13)]
    assert sorted(made["stimulus"].unique()) == [f"S{number:02d}" for number in range(1, 13)]
    assert sorted(made["session"].unique()) == ["1", "2"]
    assert made.groupby("trial").size().eq(2).all()
    assert made.groupby("trial")[["subject", "session", "stimulus", "label"]].nunique().eq(1).all(axis=None)
    assert made.groupby(["subject", "stimulus"]).size().eq(2).all()
    assert made["label"].value_counts().nunique() == 1
    assert (made["stop"] - made["start"]).eq(LENGTH).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_made_up_signals_tell_the_labels_of_their_windows(classes):
    given = part("signals", classes=classes)
    level = given.windows.signals()[:, 0].mean(axis=1)
    means = [level[given.labels == number].mean() for number in range(classes)]
    assert np.all(np.diff(means) > 0.4)


# ------------------------------------------------------------------------------- contract and command


def test_a_check_has_a_readable_id_and_a_sentence():
    for check in contract("model", "logistic", registry=REGISTRY):
        assert str(check) == f"model-logistic-{check.id}"
        assert check.property.endswith(".")
        assert check.property.count(".") == 1


PLUGINS = """
from dataclasses import dataclass
from typing import Annotated

from bench.api import Executor, Plugin, Suite, hookimpl


@hookimpl
def bench_executors():
    return [Plugin("twin", "made_up_plugins:Once", "Calls each job."),
            Plugin("crash", "made_up_plugins:Crash", "Crashes."),
            Plugin("absent", "made_up_plugins:Absent", "Is not there.")]


@hookimpl
def bench_suites():
    return [Plugin("twin", "made_up_plugins:Empty", "Has no grid.")]


@dataclass(frozen=True)
class Once(Executor):
    times: Annotated[int, "how often each job is called"] = 1

    def run(self, jobs):
        print("calling", len(jobs))
        for job in jobs:
            for _ in range(self.times):
                found = job()
            yield from found


@dataclass(frozen=True)
class Crash(Executor):
    def run(self, jobs):
        raise LookupError("no such queue")


@dataclass(frozen=True)
class Empty(Suite):
    def grids(self):
        return []
"""


LINE = PLUGINS[: PLUGINS.index("raise LookupError")].count("\n") + 1
PLACE = f"made_up_plugins.py:{LINE}"


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """Made-up plugins, two kinds of which share a name."""
    (tmp_path / "made_up_plugins.py").write_text(PLUGINS)
    monkeypatch.syspath_prepend(tmp_path)
    known = Registry([EntryPoint("made-up", "made_up_plugins", "bench")])
    assert known.broken == []
    return known


@pytest.fixture
def bench(made_up):
    """The command line with these plugins."""
    return lambda *arguments: CliRunner().invoke(main, arguments, obj=made_up)


def test_every_check_that_fails_is_named(made_up):
    with pytest.raises(ExceptionGroup, match=r"^executor crash does not keep its contract") as caught:
        keeps("executor", "crash", registry=made_up)
    assert [(repr(error), *error.__notes__) for error in caught.value.exceptions] == [
        ("LookupError('no such queue')", f"found by the check executor-crash-{check}")
        for check in ("no_jobs_give_no_results", "jobs_are_called_once")
    ]


def test_the_command_prints_one_line_per_property(bench):
    result = bench("check", "twin")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "suite twin",
        "  ok    It can be imported and built with its default options, or with those given.",
        "  ok    Its description is one sentence that ends with a full stop.",
        "  ok    It is a frozen dataclass.",
        "  ok    Each option has a description.",
        "  ok    A search can sample its options: inside their ranges, and beside values that others can have.",
        "  ok    Its options are unchanged after they are written to JSON and read back.",
        "  ok    Its profiles set existing options to valid values.",
        "  fail  It has one or more grids, the same in every call. It has no grid; list at least one.",
        "  ok    `bench run` accepts each grid, and the plugins that it names are installed.",
        "executor twin",
        "  ok    It can be imported and built with its default options, or with those given.",
        "  ok    Its description is one sentence that ends with a full stop.",
        "  ok    It is a frozen dataclass.",
        "  ok    Each option has a description.",
        "  ok    A search can sample its options: inside their ranges, and beside values that others can have.",
        "  ok    Its options are unchanged after they are written to JSON and read back.",
        "  ok    Its profiles set existing options to valid values.",
        "  ok    Without jobs there are no results.",
        "  ok    Each job is called once, and each of its results is yielded once.",
        "17 of 18 checks passed.",
    ]


@pytest.mark.parametrize("option", ["executor.times=2", "executor.times=2,suite.no=1"])
def test_options_go_to_the_kind_that_they_name(bench, option):
    arguments = [part for each in option.split(",") for part in ("-o", each)]
    rows = json.loads(bench("check", "twin", "--json", *arguments).stdout)
    wrong_ones = {(row["kind"], row["check"]): row["reason"] for row in rows if not row["ok"]}
    assert wrong_ones["executor", "jobs_are_called_once"] == TWICE
    told = wrong_ones.get(("suite", "builds"))
    assert told == ("Suite 'twin' has no option 'no'. It has none."
                    if "suite" in option else None)  # fmt: skip


def test_json_has_every_property_with_its_reason(bench):
    result = bench("check", "crash", "--json")
    rows = json.loads(result.stdout)
    assert result.exit_code == 1
    assert rows[-1] == {
        "kind": "executor",
        "name": "crash",
        "check": "jobs_are_called_once",
        "property": "Each job is called once, and each of its results is yielded once.",
        "ok": False,
        "reason": "LookupError: no such queue",
        "place": PLACE,
    }
    assert [row["ok"] for row in rows] == [True] * 7 + [False] * 2


def test_a_reason_is_told_once_with_its_place_in_the_plugin_and_no_traceback(bench):
    result = bench("check", "crash")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-4:] == [
        f"  fail  Without jobs there are no results. LookupError: no such queue ({PLACE})",
        "  fail  Each job is called once, and each of its results is yielded once. Same reason as above.",
        "7 of 9 checks passed.",
        "Next: 'bench check crash --traceback'.",
    ]
    assert "Traceback" not in result.output


def test_the_traceback_of_each_reason_is_printed_once_on_request(bench):
    result = bench("check", "crash", "--traceback")
    assert result.stdout.count("        Traceback (most recent call last):\n") == 1
    assert "        LookupError: no such queue\n  fail  Each job is called once" in result.stdout
    assert result.stdout.endswith("7 of 9 checks passed.\n")
    rows = json.loads(bench("check", "crash", "--traceback", "--json").stdout)
    assert [row["traceback"].count("no such queue") for row in rows] == [0] * 7 + [2] * 2


def test_a_reason_is_named_again_where_there_are_several(capsys, made_up):
    report = Report(made_up.get("executor", "crash"), {}, with_traceback=False, silent=False)
    reasons = ["It is too long, and it goes on and on in many words.", "It is short."]
    first, second = (Failure(reason, "", "") for reason in reasons)
    check = contract("executor", "crash", registry=made_up)[0]
    for found in (first, first, second, first):
        report.show(check, found)
    assert [line.partition(f"{check.property} ")[2] for line in capsys.readouterr().out.splitlines()] == [
        reasons[0],
        "Same reason as above.",
        reasons[1],
        "Same reason as above: It is too long, and it goes on and on in many ...",
    ]


def test_the_place_is_that_of_a_cause_too(made_up):
    [failed] = [
        check for check in contract("executor", "crash", registry=made_up) if check.id == "jobs_are_called_once"
    ]

    def wrapped():
        try:
            failed()
        except LookupError as error:
            raise PluginError("It crashes.") from error

    found = failure(replace(failed, run=wrapped), made_up.get("executor", "crash"))
    assert str(found) == f"It crashes. ({PLACE})"
    assert failure(replace(failed, run=lambda: None), made_up.get("executor", "crash")) is None


@pytest.mark.parametrize(
    ("name", "options", "line"),
    [
        ("none", (), "Next: 'bench run --fusion none'."),
        ("clip", ("low=-3",), "Next: 'bench run --preprocess clip -o clip.low=-3'."),
        ("loso", (), "Next: 'bench run --protocol loso'."),
        ("feature", (), "16 of 16 checks passed."),  # it needs a network, so that no command follows from the fusion
    ],
)
def test_the_end_says_what_to_type_next(name, options, line):
    arguments = [part for option in options for part in ("-o", option)]
    result = CliRunner().invoke(main, ["check", name, *arguments], obj=REGISTRY)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == line


def test_a_plugin_that_cannot_be_built_is_told_in_two_lines(bench):
    assert bench("check", "absent").stdout.splitlines() == [
        "executor absent",
        (
            "  fail  It can be imported and built with its default options, or with those given. The executor "
            "'absent' of unknown cannot be imported: AttributeError: module 'made_up_plugins' has no attribute "
            "'Absent'."
        ),
        "  ok    Its description is one sentence that ends with a full stop.",
        "1 of 2 checks passed.",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("xyz",),
            "Error: There is no plugin 'xyz'. 'bench list' shows all of them.\n",
        ),
        (
            ("twin", "-o", "model.times=2"),
            "Error: There is no kind of 'twin' 'model'. Known: executor, suite.\n",
        ),
        (("twin", "-o", "times"), "Error: -o takes KEY=VALUE, as in -o C=0.1, not 'times'.\n"),
    ],
)
def test_a_question_that_makes_no_sense_exits_with_2(bench, arguments, message):
    result = bench("check", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (UsageError.exit_code, "", message)


def test_everything_right_exits_with_0():
    result = CliRunner().invoke(main, ["check", "none"], obj=REGISTRY)
    assert result.exit_code == 0
    assert "fail" not in result.stdout
